//! What can go wrong in this room. Machines act on [`Error::code`]; people read the [`Problem`].

use liuhen_proto::{Code, Problem};

/// What can go wrong in this room.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database could not do it.
    #[error("{what}")]
    Database {
        /// What was being done.
        what: &'static str,
        /// Why not.
        #[source]
        source: sqlx::Error,
    },
    /// What is in the database cannot be: somebody else wrote there, or the disk lies.
    #[error("the records hold {what} that cannot be: {why}; run `liuhen fsck`")]
    Inconsistent {
        /// Which thing.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing of that name.
    #[error("{0} does not exist")]
    NotFound(String),
    /// The name is taken by something else.
    #[error("{what} already exists with other content")]
    AlreadyExists {
        /// Which name.
        what: String,
    },
    /// Somebody else changed it in the meantime.
    #[error("{what} has revision {found}, not {seen}: read it again and repeat")]
    Conflict {
        /// Which thing.
        what: String,
        /// Revision that the caller had seen.
        seen: u32,
        /// Revision that it has.
        found: u32,
    },
    /// A case has as many facts as one may have.
    #[error("{what} has {most} facts, which is the most that a case may have: nothing more can be told of it")]
    Full {
        /// Whose case.
        what: String,
        /// So many.
        most: u64,
    },
    /// Another node leads the recorder by now.
    #[error("{lease}; what {fence} had is compared with the records before it is sealed")]
    Stale {
        /// As it stands.
        lease: crate::records::Lease,
        /// Under which it was to be sealed.
        fence: crate::records::Fence,
    },
    /// The rules, or what is known, do not let it be.
    #[error(transparent)]
    Refused(#[from] liuhen_process::rule::Refused),
    /// A field that cannot be taken.
    #[error("{field}: {why}")]
    Invalid {
        /// Path of the field.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The object store could not do it.
    #[error("{what} {name}")]
    Object {
        /// What was being done.
        what: &'static str,
        /// To which object.
        name: String,
        /// Why not.
        #[source]
        source: object_store::Error,
    },
    /// The disk could not do it.
    #[error("{what} {name}")]
    Disk {
        /// What was being done.
        what: &'static str,
        /// To which file.
        name: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// What kind of thing went wrong.
    pub fn code(&self) -> Code {
        match self {
            Self::Database { source, .. } => database_code(source),
            Self::Inconsistent { .. } => Code::DataLoss,
            Self::NotFound(_) => Code::NotFound,
            Self::AlreadyExists { .. } => Code::AlreadyExists,
            Self::Conflict { .. } => Code::Conflict,
            Self::Stale { .. } | Self::Full { .. } => Code::FailedPrecondition,
            Self::Invalid { .. } => Code::InvalidArgument,
            Self::Refused(refused) => refused.code(),
            Self::Object { source: object_store::Error::NotFound { .. }, .. } => Code::NotFound,
            Self::Object { .. } | Self::Disk { .. } => Code::Unavailable,
        }
    }

    pub(crate) fn inconsistent(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Inconsistent { what: what.into(), why: why.to_string() }
    }

    /// Whether the same call may work at once: two writers met in the database.
    pub(crate) fn is_race(&self) -> bool {
        let Self::Database { source: sqlx::Error::Database(error), .. } = self else { return false };
        // Another writer took the name first: seen again, it is a repeat or a clash with a message of its own.
        // 40001 serialization failure, 40P01 deadlock (PostgreSQL); 5 SQLITE_BUSY, 517 SQLITE_BUSY_SNAPSHOT.
        error.is_unique_violation() || matches!(error.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
    }
}

fn database_code(error: &sqlx::Error) -> Code {
    match error {
        // A full or slow disk, a lost connection, a database that is starting: it may work later.
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Code::Unavailable,
        sqlx::Error::Database(_) => Code::Unavailable,
        _ => Code::Internal,
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        if let Error::Refused(refused) = error {
            return refused.into();
        }
        let message = chain(&error);
        match &error {
            Error::NotFound(thing) => Self::not_found(thing),
            Error::Invalid { field, why } => Self::field(*field, why.clone()),
            Error::AlreadyExists { what } => Self::new(error.code(), message, format!("{what} 已存在，且内容不同")),
            Error::Conflict { what, found, .. } => {
                Self::new(error.code(), message, format!("{what} 已被修改（现为第 {found} 版），请重新读取后再试"))
            }
            Error::Full { what, most } => {
                Self::new(error.code(), message, format!("{what} 的事实已达上限 {most} 条，不能再登记"))
            }
            Error::Stale { lease, .. } => {
                let zh = format!("录像机 {} 现由节点 {} 接收；本节点先与记录核对再封存", lease.recorder, lease.node);
                Self::new(error.code(), message, zh)
            }
            Error::Inconsistent { what, .. } => {
                Self::new(error.code(), message, format!("存档记录 {what} 与应有内容不符，请运行 liuhen fsck 核查"))
            }
            Error::Database { .. } => Self::new(error.code(), message, "数据库暂时无法完成该操作，请稍后重试并查看服务日志"),
            Error::Refused(_) => unreachable!("it was told above"),
            Error::Object { name, .. } | Error::Disk { name, .. } => {
                Self::new(error.code(), message.clone(), format!("无法读写存储对象 {name}，请检查磁盘后重试"))
            }
        }
    }
}

/// The error and its causes as one sentence.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
