//! What can be typed after `liuhen state`, `liuhen facts` and `liuhen events`.

use clap::Args;

use super::{Remote, Times};

#[derive(Debug, Args)]
pub(crate) struct State {
    /// `ses_…` or `bat_…` · 场次或批次编号
    #[arg(value_name = "SESSION|BATCH")]
    pub(crate) of: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Args)]
pub(crate) struct Facts {
    /// `org_…`, `site_…`, `bat_…` or `ses_…` · 机构、考点、批次或场次编号
    #[arg(value_name = "CASE")]
    pub(crate) of: String,
    /// Only those after this number · 起始序号（不含）
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) after: u64,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// First index of the log · 起始序号
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    pub(crate) from_index: u64,
    /// Only of this case; all in reach where it is missing · 只看一个机构、考点、批次或场次
    #[arg(long, value_name = "CASE", default_value = "")]
    pub(crate) of: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
