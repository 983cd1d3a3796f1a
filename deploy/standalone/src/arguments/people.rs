//! What can be typed after `liuhen admin`, `liuhen login` and its like.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Neighbours, Remote, StaffOf, Times};

/// Where a password comes from.
#[derive(Debug, Args)]
pub(crate) struct Password {
    /// File that holds the password, and nothing else; it is asked for where this is missing · 密码文件
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

/// Lets you in; the tokens are kept in a file that only you can read.
#[derive(Debug, Args)]
pub(crate) struct LogIn {
    /// What you log in with · 账号
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Asking {
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Args)]
pub(crate) struct ChangePassword {
    #[command(flatten)]
    pub(crate) password: Password,
    /// File that holds the new one; it is asked for where this is missing · 新密码文件
    #[arg(long, value_name = "FILE")]
    pub(crate) new_password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Admin {
    #[command(subcommand)]
    pub(crate) action: AdminAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminAction {
    /// Make the first administrator, with the link that `liuhen serve` has printed · 创建首个管理员
    SetUp(SetUp),
    /// List accounts with their roles · 列出账号
    People(Asking),
    /// Make an account; its first password is printed once · 新建账号
    Add(Add),
    /// Give somebody a new password, which is printed once; all their logins end · 重置密码
    Reset(OfPerson),
    /// Let somebody in no longer; all their logins end · 停用账号
    Suspend(WithReason),
    /// Let somebody in again · 恢复账号
    Resume(WithReason),
    /// Give somebody a role · 授予角色
    Grant(Grant),
    /// Take a role away, at once · 收回角色
    Revoke(WithReason),
    /// Passes for the day of an exam · 考试当天通行证
    Passes(Passes),
    /// Keys of a recorder: list, replace, revoke · 录像机密钥
    Recorder(RecorderKeys),
    /// Which account a staff member has, so that it is known who is on duty: list, link, unlink · 考务人员账号
    Staff(StaffOf),
    /// Neighbouring systems that tell facts and read states: list, invite, permit, replace, revoke · 外部系统
    Neighbours(Neighbours),
    /// Whom an outside provider of identities knows as whom: link, unlink, list · 外部身份
    Identity(Identities),
    /// Logins of somebody that are alive: list, end · 登录令牌
    Tokens(Tokens),
}

#[derive(Debug, Args)]
pub(crate) struct Tokens {
    #[command(subcommand)]
    pub(crate) action: TokenAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenAction {
    /// Show which logins of a person are alive, since when, and when they were last renewed · 查看有效登录
    List {
        /// `per_…` · 人员编号
        #[arg(value_name = "PERSON")]
        person: String,
        #[command(flatten)]
        asking: Asking,
    },
    /// End all of them, or one, at once · 终止登录
    Revoke {
        /// `per_…` · 人员编号
        #[arg(value_name = "PERSON")]
        person: String,
        /// `login_…`; all where it is missing · 登录编号
        #[arg(long, value_name = "LOGIN")]
        login: Option<String>,
        /// Why; it stands in the log · 原因
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Identities {
    #[command(subcommand)]
    pub(crate) action: IdentityAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IdentityAction {
    /// Say that whom a provider knows as SUBJECT is this person · 关联外部身份
    Link {
        /// `per_…` · 人员编号
        #[arg(value_name = "PERSON")]
        person: String,
        /// Who vouches: `iss` of its tokens, https://login.example.cn for instance · 签发方
        #[arg(long, value_name = "ISSUER")]
        issuer: String,
        /// What they call the person: `sub` of its tokens · 外部账号标识
        #[arg(long, value_name = "SUBJECT")]
        subject: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Say that it is so no longer; logins by it end · 解除关联
    Unlink(WithReason),
    /// Show all identities that a person ever had · 查看外部身份
    List {
        /// `per_…` · 人员编号
        #[arg(value_name = "PERSON")]
        person: String,
        #[command(flatten)]
        asking: Asking,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RecorderKeys {
    #[command(subcommand)]
    pub(crate) action: RecorderAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecorderAction {
    /// Show by which keys a recorder is known, and until when · 查看密钥
    Keys(KeysOf),
    /// Revoke its keys at once, and make a one-time token for what takes its place · 吊销并更换
    Replace(ReplaceRecorder),
    /// Revoke its keys at once, and let nothing take its place · 吊销
    Revoke(RevokeRecorder),
}

#[derive(Debug, Args)]
pub(crate) struct KeysOf {
    /// `rec_…` · 录像机编号
    #[arg(value_name = "RECORDER")]
    pub(crate) recorder: String,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Debug, Args)]
pub(crate) struct ReplaceRecorder {
    #[command(flatten)]
    pub(crate) what: RevokeRecorder,
    /// Where to write the token; becomes the recorder's token_file · 一次性令牌文件
    #[arg(long, value_name = "FILE")]
    pub(crate) token: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeRecorder {
    /// `rec_…` · 录像机编号
    #[arg(value_name = "RECORDER")]
    pub(crate) recorder: String,
    /// Why; it stands in the log · 原因
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct SetUp {
    /// The link, or what stands in it after `set-up=` · 链接
    #[arg(value_name = "LINK")]
    pub(crate) link: String,
    /// What you will log in with: a-z 0-9 . _ - · 账号
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: String,
    /// Your name · 姓名
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) password: Password,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct RoleIn {
    /// site-head, invigilator, examiner, score-clerk, supervisor-internal, supervisor-external, inspector, registrar,
    /// archivist, responsible-head, authority, auditor or administrator · 角色
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: String,
    /// Where: `everything`, `region/370402`, or the id of an organisation, a site, a room or a session · 范围
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: String,
    /// Until when, not included; without end where it is missing · 截止时间
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) until: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What they will log in with: a-z 0-9 . _ - · 账号
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,
    /// Their name · 姓名
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) grant: RoleIn,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Args)]
pub(crate) struct OfPerson {
    /// `per_…` · 人员编号
    #[arg(value_name = "PERSON")]
    pub(crate) person: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct WithReason {
    /// `per_…`, `grant_…`, `pass_…`, `idn_…` or `nbr_…` · 编号
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Why; it stands in the log · 原因
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// `per_…` · 人员编号
    #[arg(value_name = "PERSON")]
    pub(crate) person: String,
    #[command(flatten)]
    pub(crate) grant: RoleIn,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Args)]
pub(crate) struct Passes {
    #[command(subcommand)]
    pub(crate) action: PassAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PassAction {
    /// Make passes, all or none, and a page to print them from · 签发通行证
    Issue {
        /// `ses_…` · 场次编号
        #[arg(value_name = "SESSION")]
        session: String,
        /// Who: one a line, `NAME,ROOM` or `NAME,ROOM,examiner`; ROOM is an id or the room's name · 名单文件
        #[arg(long, value_name = "FILE")]
        list: PathBuf,
        /// Where to write the page with badges and PINs; must not exist yet · 打印页
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        remote: Remote,
    },
    /// Show passes of a session · 查看通行证
    List {
        /// `ses_…` · 场次编号
        #[arg(value_name = "SESSION")]
        session: String,
        #[command(flatten)]
        asking: Asking,
    },
    /// End a pass, at once · 收回通行证
    Revoke(WithReason),
}
