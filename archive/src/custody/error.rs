//! What can go wrong with the published log. Machines act on [`LogError::code`]; people read the [`Problem`].

use std::io;
use std::path::{Path, PathBuf};

use liuhen_proto::{Code, Problem, Sha256};

/// What can go wrong with the published log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Fewer entries than were signed.
    #[error(
        "the records hold {found} entries, and {signed} were signed before: the database was set back to an older state, \
         so nothing is signed; restore the newer one, or have an auditor look at it"
    )]
    Rewound {
        /// Entries of the tree that was signed last.
        signed: u64,
        /// Entries there are.
        found: u64,
    },
    /// Another history than was signed.
    #[error(
        "the log of {found} entries does not continue the one of {signed} that was signed before: entries were changed, so \
         nothing is signed; run `liuhen fsck`"
    )]
    Forked {
        /// Entries of the tree that was signed last.
        signed: u64,
        /// Entries of the one that was to be signed.
        found: u64,
    },
    /// Tiles and records disagree.
    #[error("the root of {size} entries is {tiles} by the tiles and {records} by the records; run `liuhen fsck`")]
    RootDiffers {
        /// Of how many entries.
        size: u64,
        /// By what is published.
        tiles: Sha256,
        /// By what is kept.
        records: Sha256,
    },
    /// A tile that is published already would have to change.
    #[error("{} is published, and by the records it has other bytes; run `liuhen fsck`", path.display())]
    TileDiffers {
        /// Which file.
        path: PathBuf,
    },
    /// A file of the published log is not what it must be.
    #[error("{} is {why}: remove the directory of the published log, it is made again from the records", path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// What the signer keeps is not whole.
    #[error("{} {why}", path.display())]
    Signer {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// Nothing is published yet.
    #[error("nothing of the log is published yet: wait a few seconds; where it stays so, look into the server's log")]
    NotPublished,
    /// Past the end of what is published.
    #[error("the published log has {size} entries: {asked} is past its end")]
    PastEnd {
        /// Entries that are published.
        size: u64,
        /// What was asked for.
        asked: u64,
    },
    /// The disk could not do it.
    #[error("{what} {}", path.display())]
    Disk {
        /// What was being done.
        what: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The records could not do it.
    #[error("read the log")]
    Records(#[from] crate::Error),
}

impl LogError {
    /// What kind of thing went wrong.
    pub fn code(&self) -> Code {
        match self {
            Self::Rewound { .. } | Self::Forked { .. } | Self::RootDiffers { .. } | Self::TileDiffers { .. } => Code::DataLoss,
            Self::Broken { .. } | Self::Signer { .. } => Code::DataLoss,
            Self::NotPublished | Self::Disk { .. } => Code::Unavailable,
            Self::PastEnd { .. } => Code::OutOfRange,
            Self::Records(error) => error.code(),
        }
    }

    /// For what was being done to a file.
    pub(super) fn disk(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Disk { what, path, source }
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        let (code, message) = (error.code(), error.to_string());
        let zh = match error {
            LogError::Rewound { signed, found } => {
                format!(
                    "存证日志现有 {found} 条，少于已签名的 {signed} 条：数据库被回退，已停止签名，请恢复较新的数据库或请审计人员核查"
                )
            }
            LogError::Forked { signed, .. } => {
                format!("存证日志与已签名的 {signed} 条不一致：条目被改动，已停止签名，请运行 liuhen fsck 核查")
            }
            LogError::RootDiffers { size, .. } => format!("前 {size} 条的根与记录不符，请运行 liuhen fsck 核查"),
            LogError::TileDiffers { path } => format!("{} 已公布，内容与记录不符，请运行 liuhen fsck 核查", path.display()),
            LogError::Broken { path, .. } => format!("{} 已损坏：请移除公布日志目录，系统会按记录重新生成", path.display()),
            LogError::Signer { path, .. } => format!("签名器文件 {} 不完整，请从副本恢复", path.display()),
            LogError::NotPublished => "存证日志尚未公布，请稍候重试；若持续如此请查看服务日志".to_owned(),
            LogError::PastEnd { size, asked } => format!("已公布 {size} 条，{asked} 超出范围"),
            LogError::Disk { path, .. } => format!("无法读写 {}，请检查磁盘后重试", path.display()),
            LogError::Records(error) => return error.into(),
        };
        Self::new(code, message, zh)
    }
}
