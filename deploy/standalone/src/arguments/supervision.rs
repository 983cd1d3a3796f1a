//! What can be typed after `liuhen supervision`, and what `liuhen serve` is told of the platform.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Remote, Times};

/// How the supervision service platform is reached; not at all where nothing is given: sessions wait then.
#[derive(Debug, Clone, Args)]
pub(crate) struct Platform {
    /// Drop a file for each sealed session into this directory, for the supervision service platform · 监管服务平台交换目录
    #[arg(long, value_name = "DIR", conflicts_with = "supervision_url")]
    pub(crate) supervision_drop: Option<PathBuf>,
    /// Post each sealed session to this address of the platform, `https://…`, signed · 监管服务平台接口地址
    #[arg(long, value_name = "URL", requires = "supervision_secret_file")]
    pub(crate) supervision_url: Option<String>,
    /// File with the secret that signs both sides: `whsec_` and base64, as in Standard Webhooks · 监管服务平台签名密钥文件
    #[arg(long, value_name = "FILE", requires = "supervision_url")]
    pub(crate) supervision_secret_file: Option<PathBuf>,
    /// File with the certificates (PEM) of whoever vouches for the platform; else those that browsers trust · CA 证书文件
    #[arg(long, value_name = "FILE", requires = "supervision_url")]
    pub(crate) supervision_ca: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Supervision {
    #[command(subcommand)]
    pub(crate) action: SupervisionAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SupervisionAction {
    /// List sessions that are handed out, newest first · 列出报送情况
    List {
        /// Only those that are so far · 按状态筛选
        #[arg(long, value_name = "STATE")]
        state: Option<StateWord>,
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        times: Times,
    },
    /// Show all that was handed out for a session; --document prints what the platform was given · 查看某场次的报送
    Show {
        /// `ses_…` · 场次编号
        #[arg(value_name = "SESSION")]
        session: String,
        /// Print the newest document instead, as it was handed out · 输出报送内容
        #[arg(long)]
        document: bool,
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        times: Times,
    },
    /// Hand a session out at once: what waits goes now, what was answered goes again · 立即报送或重新报送
    Resend {
        /// `ses_…` · 场次编号
        #[arg(value_name = "SESSION")]
        session: String,
        /// Why; it stands in the log · 事由
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        times: Times,
    },
}

/// How far it is, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateWord {
    Waiting,
    Sent,
    Received,
    Refused,
}
