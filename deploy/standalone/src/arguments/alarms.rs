//! What can be typed after `liuhen alarms`.

use clap::{Args, Subcommand};

use super::{Remote, Times};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Alarms {
    #[command(subcommand)]
    pub(crate) action: Option<AlarmAction>,
    /// Go on, and print each event as it comes · 持续显示
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub(crate) watch: bool,
    /// One site's only, `site_…` · 考点编号
    #[arg(long, value_name = "SITE", default_value = "")]
    pub(crate) site: String,
    /// Also those that are over: from when · 含已结束的告警：开始时间
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "to")]
    pub(crate) from: Option<String>,
    /// To when, not included · 结束时间（不含）
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "from")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlarmAction {
    /// Say that you have seen an alarm, and what you do; it stays open until all is well · 确认告警
    Ack(Acknowledge),
}

#[derive(Debug, Args)]
pub(crate) struct Acknowledge {
    /// `alarm_…` · 告警编号
    #[arg(value_name = "ALARM")]
    pub(crate) alarm: String,
    /// What was seen, or is done about it · 说明
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: String,
    /// Who says it, where the account is shared · 姓名
    #[arg(long, value_name = "NAME", env = "LIUHEN_NAME", default_value = "")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}
