//! What can be typed after `liuhen`. Help is short, and in both languages.

mod alarms;
mod case;
mod import;
mod judgement;
mod log;
mod neighbours;
mod people;
mod sheets;
mod staff;
mod supervision;
mod trace;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::language::Language;
use crate::moment::Zone;

pub(crate) use alarms::{Acknowledge, AlarmAction, Alarms};
pub(crate) use case::{Events, Facts, State};
pub(crate) use import::{Import, ImportAction, Key, KeyAction, KeyFile};
pub(crate) use judgement::{Flags, Levels, Reference, Stills, Thresholds};
pub(crate) use log::{LogAction, LogOf};
pub(crate) use neighbours::{
    EnrolNeighbour, InviteNeighbour, NeighbourAction, NeighbourOf, Neighbours, NeighboursAction, Permitted, RenewNeighbour,
};
pub(crate) use people::{
    Add, Admin, AdminAction, Asking, ChangePassword, Grant, IdentityAction, LogIn, OfPerson, PassAction, RecorderAction,
    ReplaceRecorder, RevokeRecorder, RoleIn, SetUp, TokenAction, WithReason,
};
pub(crate) use sheets::{FormOf, Sheets, SheetsAction};
pub(crate) use staff::{StaffAction, StaffMember, StaffOf};
pub(crate) use supervision::{Platform, StateWord, Supervision, SupervisionAction};

pub(crate) use trace::Trace;

/// Keeps evidence of exams: records, shows what is missing, proves it later. 留痕：考试全程录像与存证
#[derive(Debug, Parser)]
#[command(name = "liuhen", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Language of messages; by LANG where it is missing · 消息语言
    #[arg(long, global = true, value_name = "zh|en")]
    pub(crate) lang: Option<Language>,
    /// Print JSON, for programs · 输出 JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server: ingest, records, playback, in one process · 启动服务
    Serve(Serve),
    /// Log in; the tokens are kept in a file of yours · 登录
    Login(LogIn),
    /// Log out · 退出登录
    Logout(Asking),
    /// Show who you are, and what you may do where · 查看当前身份
    Whoami(Asking),
    /// Change your password · 修改密码
    Passwd(ChangePassword),
    /// Look after accounts, roles, passes, identities elsewhere, logins and recorders' keys · 账号、角色与通行证管理
    Admin(Admin),
    /// At a neighbouring system: have a certificate made for its key, and renew it · 外部系统接入
    Neighbour(NeighbourOf),
    /// Declare organisation, site, rooms, viewpoints, cameras, recorder and sessions from a file · 按文件登记考点
    Declare(Declare),
    /// Show a site with all that stands in it; all sites where none is named · 查看考点
    Site(ShowSite),
    /// Show a session, or all; say that its papers are sealed · 查看场次，登记封存
    Session(ShowSession),
    /// Show how far a session or a batch is, and what was found · 查看场次或批次的进展与问题
    State(State),
    /// List what was told of an organisation, a site, a batch or a session · 列出已登记的事实
    Facts(Facts),
    /// Print every change as a CloudEvent, and go on · 持续输出全部变更
    Events(Events),
    /// Walk the chain: from a certificate, a candidate, a ticket, a seat or a minute to all of it · 倒查：从证书、考生、座位或时刻追溯全过程
    Trace(Trace),
    /// Show what a session should hold, holds, and lacks · 场次录像覆盖情况
    Coverage(Coverage),
    /// List the sealed segments of a stream · 列出已封存的录像片段
    Segments(Segments),
    /// Save the footage of an interval as an MP4 file · 导出录像片段
    Clip(Clip),
    /// Print the addresses to play an interval from · 获取播放地址
    Play(Play),
    /// List what detectors have flagged: a flag is never a verdict · 画面声音检测提示
    Flags(Flags),
    /// List stills of a stream, or save them; derived data, no evidence · 截图（非证据）
    Stills(Stills),
    /// Show how loud a stream's sound was; derived data, no evidence · 声音电平（非证据）
    Levels(Levels),
    /// Accept a still as the view from a viewpoint · 确认机位的基准画面
    Reference(Reference),
    /// Show or change how picture and sound are judged at a viewpoint · 检测阈值
    Thresholds(Thresholds),
    /// Show what is wrong now, in words of footage, and acknowledge it · 告警
    Alarms(Alarms),
    /// What the supervision service platform was handed for sealed sessions, and what it answered · 监管服务平台报送
    Supervision(Supervision),
    /// Show who has looked at footage, and why; this look is noted as well · 查看调阅记录
    Looks(Looks),
    /// Show what was tried and refused: addresses of others, wrong passwords, unknown recorders · 查看被拒绝的访问
    Refusals(Asking),
    /// List entries of the custody log · 查看存证日志
    Entries(Entries),
    /// The custody log for those who verify it: its signed checkpoint, and proofs · 存证日志的检查点与证明
    Log(LogOf),
    /// Take in footage of another device: an NVR, a card, a hand-held camera · 导入其他设备的录像
    Import(Box<Import>),
    /// Take in and give spreadsheets: rosters, rooms, seats, scores · 导入导出表格（名册、考场、座次、成绩）
    Sheets(Sheets),
    /// Make or show the key with which you sign what you declare; register it · 签名密钥
    Key(Key),
    /// Check that objects, manifests, records and custody log agree · 核验全部存档
    Fsck(Fsck),
}

/// How to reach the server.
#[derive(Debug, Args)]
pub(crate) struct Remote {
    /// Address of the server · 服务地址
    #[arg(long, value_name = "URL", env = "LIUHEN_SERVER", default_value = "http://127.0.0.1:7800")]
    pub(crate) server: String,
    /// File with a token, DIR/admin.token for instance; LIUHEN_TOKEN holds the token itself; else that of `liuhen login` · 令牌文件
    #[arg(long, value_name = "FILE", env = "LIUHEN_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// File with the certificates (PEM) of whoever vouches for an https:// server; else those that browsers trust · CA 证书文件
    #[arg(long, value_name = "FILE", env = "LIUHEN_CA")]
    pub(crate) ca: Option<PathBuf>,
}

/// How times are typed and shown.
#[derive(Debug, Args)]
pub(crate) struct Times {
    /// Zone of times without one: Asia/Shanghai, UTC or +08:00 · 时区
    #[arg(long, value_name = "ZONE", env = "LIUHEN_ZONE", default_value = "Asia/Shanghai")]
    pub(crate) zone: Zone,
}

/// From when to when. Times: 2026-11-22T10:42:15+08:00, `2026-11-22 10:42:15`, 10:42:15 (today), -90s (ago), now.
#[derive(Debug, Args)]
pub(crate) struct FromTo {
    /// Start: `2026-11-22 10:42:15`, 10:42:15 (today), -90s (ago), or RFC 3339 · 开始时间
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) from: String,
    /// End, not included; the same forms, or `now` · 结束时间（不含）
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) times: Times,
}

/// Why footage is looked at.
#[derive(Debug, Args)]
pub(crate) struct Purpose {
    /// Why you look; it stands in the log before anything is shown · 查看事由
    #[arg(long, value_name = "TEXT", env = "LIUHEN_PURPOSE")]
    pub(crate) purpose: String,
}

/// Where several servers keep what they share, instead of the data directory.
#[derive(Clone, Args)]
pub(crate) struct SharedStore {
    /// PostgreSQL database for records and log: `postgres://USER:PASSWORD@HOST/NAME` · PostgreSQL 数据库
    #[arg(long, value_name = "URL", env = "LIUHEN_DATABASE", hide_env_values = true, requires = "objects")]
    pub(crate) database: Option<String>,
    /// Directory of sealed segments, on the file system that holds the data directories · 共享的存档目录
    #[arg(long, value_name = "DIR", env = "LIUHEN_OBJECTS", requires = "database")]
    pub(crate) objects: Option<PathBuf>,
}

impl std::fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedStore").field("objects", &self.objects).finish_non_exhaustive()
    }
}

impl SharedStore {
    /// What is shared, where anything is.
    pub(crate) fn store(&self) -> Option<crate::data::SharedStore> {
        let (database, objects) = (self.database.clone()?, self.objects.clone()?);
        Some(crate::data::SharedStore { database, objects })
    }
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Directory of records, objects, journal and token; made where it is missing · 数据目录
    #[arg(long, value_name = "DIR", env = "LIUHEN_DATA")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) shared: SharedStore,
    /// Take footage in beside another server on the same database, which watches coverage and raises alarms · 仅接收录像
    #[arg(long, requires = "database")]
    pub(crate) only_ingest: bool,
    /// Address for people and programs; port 0 lets the system choose · 监听地址
    ///
    /// Without a certificate only programs of this machine may reach it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7800")]
    pub(crate) listen: SocketAddr,
    /// Certificate and those that vouch for it, PEM; read again when it changes · TLS 证书文件
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Its key, PEM · TLS 私钥文件
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Serve people on the network WITHOUT encryption: passwords and footage can be read on the way · 允许明文（不安全）
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) allow_plaintext: bool,
    /// Address for recorders on the network, 0.0.0.0:7801 for instance: encrypted, with a certificate on both sides · 录像机接入地址
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) machines: Option<SocketAddr>,
    /// File of the keys that seal numbers of identity documents; DIR/identity.keys where it is not given, made at the
    /// first start. Keep a copy: without it no number can be read again · 证件号码加密密钥文件，请另行备份
    #[arg(long, value_name = "FILE", env = "LIUHEN_IDENTITY_KEYS")]
    pub(crate) identity_keys: Option<PathBuf>,
    /// Certificate (PEM) of an authority of yours that signs recorders' certificates instead of the built-in one · 自有 CA 证书文件
    #[arg(long, value_name = "FILE", requires = "machines", requires = "machines_ca_key")]
    pub(crate) machines_ca: Option<PathBuf>,
    /// Its key, PEM (PKCS #8) · 自有 CA 私钥文件
    #[arg(long, value_name = "FILE", requires = "machines_ca")]
    pub(crate) machines_ca_key: Option<PathBuf>,
    /// Tell each alarm to this address as well, `http://…`, by a signed POST · 告警推送地址
    #[arg(long, value_name = "URL", requires = "webhook_secret_file")]
    pub(crate) webhook: Option<String>,
    /// File with the secret that signs them: `whsec_` and base64, as in Standard Webhooks · 推送签名密钥文件
    #[arg(long, value_name = "FILE", requires = "webhook")]
    pub(crate) webhook_secret_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) platform: Platform,
}

#[derive(Debug, Args)]
pub(crate) struct Declare {
    /// What to declare, in TOML; --example shows how · 登记文件
    #[arg(value_name = "FILE", required_unless_present = "example")]
    pub(crate) file: Option<PathBuf>,
    /// Print an example of such a file, with its explanation · 输出示例文件
    #[arg(long)]
    pub(crate) example: bool,
    /// Read and check the file, declare nothing · 只检查文件
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Args)]
pub(crate) struct ShowSite {
    /// `site_…`
    #[arg(value_name = "SITE")]
    pub(crate) site: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// Shows a session, or all; or says that its papers are sealed.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ShowSession {
    #[command(subcommand)]
    pub(crate) action: Option<SessionAction>,
    /// `ses_…`; all sessions where it is missing · 场次编号
    #[arg(value_name = "SESSION")]
    pub(crate) session: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionAction {
    /// Say that the papers of a session are sealed: recording for it may stop; happens once · 登记试卷封存
    Seal {
        /// `ses_…` · 场次编号
        #[arg(value_name = "SESSION")]
        session: String,
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        times: Times,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Coverage {
    /// `ses_…` · 场次编号
    #[arg(value_name = "SESSION")]
    pub(crate) session: String,
    /// Go on, and print again at every change · 持续显示
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Args)]
pub(crate) struct Segments {
    /// `str_…` · 视频流编号
    #[arg(value_name = "STREAM")]
    pub(crate) stream: String,
    #[command(flatten)]
    pub(crate) span: FromTo,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Clip {
    /// `str_…` · 视频流编号
    #[arg(value_name = "STREAM")]
    pub(crate) stream: String,
    /// Where to write it; must not exist yet · 输出文件
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) span: FromTo,
    #[command(flatten)]
    pub(crate) purpose: Purpose,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Play {
    /// `str_…` · 视频流编号
    #[arg(value_name = "STREAM")]
    pub(crate) stream: String,
    #[command(flatten)]
    pub(crate) span: FromTo,
    #[command(flatten)]
    pub(crate) purpose: Purpose,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Looks {
    /// `ses_…`; or `str_…` with --from and --to · 场次或视频流编号
    #[arg(value_name = "SESSION|STREAM")]
    pub(crate) of: String,
    /// Start; needed with a stream: `2026-11-22 10:42:15`, 10:42:15 (today), -90s (ago) · 开始时间
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "to")]
    pub(crate) from: Option<String>,
    /// End, not included; the same forms, or `now` · 结束时间（不含）
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "from")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) purpose: Purpose,
    #[command(flatten)]
    pub(crate) times: Times,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Entries {
    /// Only those about this id; all where it is missing · 对象编号
    #[arg(long, value_name = "ID", default_value = "")]
    pub(crate) subject: String,
    /// First index of the log · 起始序号
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    pub(crate) from_index: u64,
    /// At most so many; all to the end of the log where it is missing · 最多条数
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Fsck {
    /// The server's data directory; the server may be running · 数据目录
    #[arg(long, value_name = "DIR", env = "LIUHEN_DATA")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) shared: SharedStore,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn times_with_spaces_and_hyphens_are_taken() {
        let line = [
            "liuhen",
            "clip",
            "str_1",
            "--from",
            "-90s",
            "--to",
            "2026-11-22 10:42:15",
            "-o",
            "a.mp4",
            "--purpose",
            "p",
            "--json",
        ];
        let Command::Clip(clip) = Arguments::parse_from(line).command else { panic!("a clip was asked for") };
        assert_eq!((clip.span.from.as_str(), clip.span.to.as_str()), ("-90s", "2026-11-22 10:42:15"));
    }
}
