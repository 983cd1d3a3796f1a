//! What can be typed about judgement of picture and sound: flags, stills, levels, thresholds.

use std::path::PathBuf;

use clap::Args;

use super::{FromTo, Purpose, Remote, Times};

#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// `ses_…`, within its windows; or `vp_…` with --from and --to · 场次或机位编号
    #[arg(value_name = "SESSION|VIEWPOINT")]
    pub(crate) of: String,
    /// Start; needed with a viewpoint: `2026-11-22 10:42:15`, 10:42:15 (today), -90s (ago) · 开始时间
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "to")]
    pub(crate) from: Option<String>,
    /// End, not included; the same forms, or `now` · 结束时间（不含）
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires = "from")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) times: Times,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Stills {
    /// `str_…` · 视频流编号
    #[arg(value_name = "STREAM")]
    pub(crate) stream: String,
    /// Save them into this directory, made where it is missing; a file that is there already stays · 保存目录
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) span: FromTo,
    #[command(flatten)]
    pub(crate) purpose: Purpose,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct Levels {
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
pub(crate) struct Reference {
    /// `vp_…` · 机位编号
    #[arg(value_name = "VIEWPOINT")]
    pub(crate) viewpoint: String,
    /// `still_…` of a camera of this viewpoint: `liuhen stills` lists them · 截图编号
    #[arg(value_name = "STILL")]
    pub(crate) still: String,
    /// Site of the viewpoint; found by itself where it is missing · 考点编号
    #[arg(long, value_name = "SITE")]
    pub(crate) site: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// Kinds: black, frozen, blurred, covered, moved, low_frame_rate, low_resolution, silent, clipped.
#[derive(Debug, Args)]
pub(crate) struct Thresholds {
    /// `vp_…` · 机位编号
    #[arg(value_name = "VIEWPOINT")]
    pub(crate) viewpoint: String,
    /// silent=-60, frozen=off, black=default; what is not named stays; shows them where nothing is named · 阈值
    #[arg(value_name = "KIND=VALUE", requires = "reason")]
    pub(crate) changes: Vec<String>,
    /// Why, kept in the custody log; needed with a change · 修改原因
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Site of the viewpoint; found by itself where it is missing · 考点编号
    #[arg(long, value_name = "SITE")]
    pub(crate) site: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
