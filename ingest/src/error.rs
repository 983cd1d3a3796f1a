//! Why a node cannot start. What a recorder is told is a `Refusal`.

use liuhen_proto::Code;

use crate::journal::JournalError;

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The journal could not be opened.
    #[error("open the journal")]
    Journal(#[from] JournalError),
    /// The records did not answer.
    #[error("compare the journal with the records")]
    Archive(#[from] liuhen_archive::Error),
}

impl Error {
    /// What kind of thing went wrong.
    pub fn code(&self) -> Code {
        match self {
            Self::Journal(_) => Code::Unavailable,
            Self::Archive(error) => error.code(),
        }
    }
}
