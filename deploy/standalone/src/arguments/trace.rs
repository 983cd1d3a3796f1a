//! What can be typed after `liuhen trace`.

use clap::Args;

use super::{Remote, Times};

/// From where to trace: one of the ends.
#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// Number of a certificate, or `cand_…` · 证书编号或考生编号
    #[arg(value_name = "CERTIFICATE|CANDIDATE", required_unless_present_any = ["ticket", "seat", "at"], conflicts_with_all = ["ticket", "seat", "at"])]
    pub(crate) from: Option<String>,
    /// Admission ticket · 准考证号
    #[arg(long, value_name = "TICKET", conflicts_with_all = ["seat", "at"])]
    pub(crate) ticket: Option<String>,
    /// Label of a seat, with --session and --room · 座位号
    #[arg(long, value_name = "SEAT", requires = "session", requires = "room", conflicts_with = "at")]
    pub(crate) seat: Option<String>,
    /// A moment in a room, with --room: `2026-11-22 10:42:15` · 时刻
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "room")]
    pub(crate) at: Option<String>,
    /// `ses_…` · 场次编号
    #[arg(long, value_name = "SESSION", requires = "seat")]
    pub(crate) session: Option<String>,
    /// `room_…` · 考场编号
    #[arg(long, value_name = "ROOM")]
    pub(crate) room: Option<String>,
    /// Of the seat, this turn only · 场内轮次
    #[arg(long, value_name = "N", default_value_t = 0, requires = "seat")]
    pub(crate) turn: u32,
    /// Why you want to know who looked at the footage before; it stands in the log · 查阅目的（同时列出以往调阅记录）
    #[arg(long, value_name = "TEXT", env = "LIUHEN_PURPOSE", default_value = "")]
    pub(crate) purpose: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}
