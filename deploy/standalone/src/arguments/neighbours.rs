//! What can be typed after `liuhen admin neighbours` and `liuhen neighbour`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Asking, Remote, WithReason};
use crate::neighbour::KeyKind;

#[derive(Debug, Args)]
pub(crate) struct Neighbours {
    #[command(subcommand)]
    pub(crate) action: NeighboursAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NeighboursAction {
    /// Show neighbouring systems, what each may, and by which keys it is known · 查看外部系统
    List(Asking),
    /// Make one, and the one-time token by which it enrols · 邀请外部系统接入
    Invite(InviteNeighbour),
    /// Say all that it may from now on; what is not said is taken away · 变更许可
    Permit {
        #[command(flatten)]
        permitted: Permitted,
        #[command(flatten)]
        what: WithReason,
    },
    /// Revoke its keys at once, and make a one-time token by which it enrols again · 吊销并重新接入
    Replace {
        #[command(flatten)]
        what: WithReason,
        /// Where to write the token · 一次性令牌文件
        #[arg(long, value_name = "FILE")]
        token: PathBuf,
    },
    /// Revoke its keys at once, and let it in no more · 吊销
    Revoke(WithReason),
}

#[derive(Debug, Args)]
pub(crate) struct Permitted {
    /// Kinds of facts that it tells, with commas between: `outside_event_told,seats_assigned` · 可推送的事实种类
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub(crate) push: Vec<String>,
    /// It reads cases as they stand, names and numbers masked · 可读取业务状态
    #[arg(long)]
    pub(crate) read: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InviteNeighbour {
    /// As it names itself in the source of each fact: a-z 0-9 . _ - · 系统标识
    #[arg(value_name = "SYSTEM")]
    pub(crate) system: String,
    /// For people · 名称
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Where it may: everything, region/3704, or the id of an organisation, a site or a session · 范围
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: String,
    #[command(flatten)]
    pub(crate) permitted: Permitted,
    /// Where to write the one-time token · 一次性令牌文件
    #[arg(long, value_name = "FILE")]
    pub(crate) token: PathBuf,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct NeighbourOf {
    #[command(subcommand)]
    pub(crate) action: NeighbourAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NeighbourAction {
    /// Make a key, and have a certificate made for it by a one-time token · 凭一次性令牌接入
    Enrol(EnrolNeighbour),
    /// Have a new certificate made when a third of its time is left; run it daily · 续期，建议每天运行
    Renew(RenewNeighbour),
}

#[derive(Debug, Args)]
pub(crate) struct EnrolNeighbour {
    /// The centre's address for machines: https://exam.example.cn:7801 · 中心的机器接入地址
    #[arg(long, value_name = "URL")]
    pub(crate) centre: String,
    /// SHA-256 of its authority's key, as the server prints it: by this the centre is known · 中心 CA 指纹
    #[arg(long, value_name = "HEX")]
    pub(crate) centre_sha256: String,
    /// File with the one-time token · 一次性令牌文件
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: PathBuf,
    /// Where key and certificate are kept; made where it is missing · 存放目录
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// What kind of key is made · 密钥类型
    #[arg(long, value_enum, value_name = "KIND", default_value = "p256")]
    pub(crate) key: KeyKind,
}

#[derive(Debug, Args)]
pub(crate) struct RenewNeighbour {
    /// Where key and certificate are kept · 存放目录
    #[arg(long, value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Though it is not due yet · 立即续期
    #[arg(long)]
    pub(crate) always: bool,
}
