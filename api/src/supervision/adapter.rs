//! What stands between us and a platform whose interface no guideline describes: replaceable, one trait.

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use liuhen_archive::records::{MAX_RECEIPT_BYTES, PlatformAnswer};
use liuhen_proto::{Span, Timestamp};

/// Hands documents out, and brings what the platform says to them.
#[async_trait]
pub trait Adapter: std::fmt::Debug + Send + Sync + 'static {
    /// Names it in the program's own log; never with a secret in it.
    fn name(&self) -> String;

    /// How long after a document was taken the platform is asked for its receipt, by handing it out again.
    fn asks_again(&self) -> Span;

    /// Hands a document out under its key, or asks what became of it: the same key comes with the same bytes, as often
    /// as it takes. An answer counts only where the adapter knows that it is the platform's.
    async fn hand_out(&self, key: &str, document: Bytes, now: Timestamp) -> Result<Answer, Trouble>;
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The platform has it, and says nothing yet.
    Taken,
    /// It has taken the session in, or will not.
    Said(PlatformAnswer),
}

/// Why a document was not handed out, or what came back does not count. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Nobody is there, or not who it should be.
    #[error("connect to the supervision service platform")]
    Connect(#[source] std::io::Error),
    /// It says nothing.
    #[error("the supervision service platform does not answer within {0} s")]
    Late(u64),
    /// It does not speak HTTP.
    #[error("speak HTTP with the supervision service platform")]
    Broken(#[source] hyper::Error),
    /// It could not, or sends us elsewhere.
    #[error("the supervision service platform answers {0}")]
    Status(StatusCode),
    /// Nobody needs so many words.
    #[error("the answer has more than {MAX_RECEIPT_BYTES} bytes, which is the most that is read")]
    TooLong,
    /// Somebody else may have said it.
    #[error("the answer is not signed with the secret that both sides know, or long ago: compare secret and clock of both")]
    Unsigned,
    /// It does not say what an answer says.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
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
    /// Somebody else has put a file there.
    #[error("{0} holds something else: it is never overwritten; look where it comes from, and move it away")]
    Occupied(String),
}
