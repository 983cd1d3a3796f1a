//! What can be typed after `liuhen log`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Remote;

/// The custody log for those who verify it.
#[derive(Debug, Args)]
pub(crate) struct LogOf {
    #[command(subcommand)]
    pub(crate) action: LogAction,
}

/// What to do with it.
#[derive(Debug, Subcommand)]
pub(crate) enum LogAction {
    /// Print the newest checkpoint: how many entries there are, and their root, signed; the key on standard error · 最新检查点
    Checkpoint {
        /// Write it to a file, which is replaced · 输出文件
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Save a proof that an entry or all about an id is in the log, or that the log only grew · 保存证明文件
    Prove {
        #[command(flatten)]
        of: ProofOf,
        /// Where to write it; must not exist yet · 输出文件
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        remote: Remote,
    },
}

/// What is to be proved: one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ProofOf {
    /// Index of an entry: a tlog-proof (C2SP) · 条目序号
    #[arg(long, value_name = "INDEX")]
    pub(crate) entry: Option<u64>,
    /// All entries about this id · 对象编号
    #[arg(long, value_name = "ID")]
    pub(crate) subject: Option<String>,
    /// That the log only grew since it had so many entries: what a witness takes (C2SP add-checkpoint) · 自该条数起只增不改
    #[arg(long, value_name = "SIZE")]
    pub(crate) since: Option<u64>,
}
