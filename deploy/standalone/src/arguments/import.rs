//! What can be typed to take in footage of other devices, and to sign what one declares about it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Remote, Times};

/// The file of the one who signs.
#[derive(Debug, Args)]
pub(crate) struct KeyFile {
    /// File with your signing key, for your eyes only · 签名密钥文件
    #[arg(long = "key", value_name = "FILE", env = "LIUHEN_KEY", required = true)]
    pub(crate) file: Option<PathBuf>,
}

/// Prints the public half; makes the file where it is missing.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Key {
    #[command(subcommand)]
    pub(crate) action: Option<KeyAction>,
    #[command(flatten)]
    pub(crate) key: KeyFile,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyAction {
    /// Tell the server whose key it is, so that what it signs is accepted · 在服务端登记密钥
    Register {
        /// Whose key it is: name and office · 持有人
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        key: KeyFile,
        #[command(flatten)]
        remote: Remote,
    },
}

/// Takes files in, each as an import of its own; or shows and corrects what was taken in.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Import {
    #[command(subcommand)]
    pub(crate) action: Option<ImportAction>,
    /// MP4, MKV, AVI, TS, PS, DAV, FLV and others · 录像文件
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// `vp_…`: from where it was recorded · 机位编号
    #[arg(long, value_name = "VIEWPOINT", required = true)]
    pub(crate) viewpoint: Option<String>,
    /// What the device's clock showed at the first picture: `2026-11-22 09:00:00` · 文件开始时设备时钟的读数
    #[arg(long, value_name = "TIME", required_unless_present = "from_file", conflicts_with = "from_file")]
    pub(crate) start: Option<String>,
    /// Take that from the file itself, or from its name · 取自文件或文件名
    #[arg(long)]
    pub(crate) from_file: bool,
    /// How far the device's clock was ahead of true time: +3m20s, -45s, 0s · 设备时钟偏差（快为正）
    #[arg(long, value_name = "OFFSET", required = true, allow_hyphen_values = true)]
    pub(crate) clock_offset: Option<String>,
    /// How the offset is known · 偏差如何得知
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    pub(crate) offset_reason: Option<String>,
    /// Who had the file in their keeping until now · 文件此前由谁保管
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    pub(crate) custodian: Option<String>,
    /// Kind of device, make, serial number · 设备类型、型号、序列号
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    pub(crate) device: Option<String>,
    /// File with your signing key · 签名密钥文件
    #[arg(long, value_name = "FILE", env = "LIUHEN_KEY", required_unless_present = "dry_run")]
    pub(crate) key: Option<PathBuf>,
    /// Leave the sound out, which stays in the original · 不导入声音
    #[arg(long)]
    pub(crate) without_sound: bool,
    /// Only keep the file, signed: nothing of it plays or fills a gap · 仅保存原文件
    #[arg(long, conflicts_with = "without_sound")]
    pub(crate) keep_only: bool,
    /// Say what would be done, and do nothing · 仅预览
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(flatten)]
    pub(crate) times: Times,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportAction {
    /// List imports, newest first · 列出导入记录
    List {
        /// Only those of this viewpoint · 机位编号
        #[arg(long, value_name = "VIEWPOINT", default_value = "")]
        viewpoint: String,
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        times: Times,
    },
    /// Show an import with all that was declared; --json gives the exact signed bytes · 查看导入记录
    Show {
        /// `imp_…`
        #[arg(value_name = "IMPORT")]
        import: String,
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        times: Times,
    },
    /// Declare another clock offset; what was declared before stays readable · 更正时钟偏差
    Correct {
        /// `imp_…`
        #[arg(value_name = "IMPORT")]
        import: String,
        /// How far the device's clock was ahead of true time: +3m20s, -45s, 0s · 设备时钟偏差（快为正）
        #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
        clock_offset: String,
        /// Why · 原因
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        key: KeyFile,
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        times: Times,
    },
}
