//! Why media is refused.

use liuhen_proto::Code;
use liuhen_proto::fragment::HeaderError;

/// Why bytes are no init segment, no fragment, or none that we take. Machines act on [`MediaError::code`].
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// A box ends before its content, or its size cannot be.
    #[error("box `{name}`: {why}")]
    Box {
        /// Its four letters, or what stands there.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A box that must be there is not.
    #[error("box `{0}` is missing")]
    Missing(&'static str),
    /// The fragment's header is no header.
    #[error("the fragment's header box is invalid")]
    Header(#[from] HeaderError),
    /// Header and boxes do not say the same.
    #[error("track {track}: the header says {what} {header}, the boxes say {boxes}")]
    Disagree {
        /// The track.
        track: u32,
        /// About what.
        what: &'static str,
        /// According to the header.
        header: i64,
        /// According to `moof`.
        boxes: i64,
    },
    /// The header lists other tracks than `moof`.
    #[error("track {0} is in only one of header and moof")]
    TrackMismatch(u32),
    /// Larger than allowed.
    #[error("{what} is {found} bytes, and at most {limit} are allowed")]
    TooLarge {
        /// What.
        what: &'static str,
        /// Bytes given.
        found: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// FLAC that is not ours.
    #[error("FLAC frame: {0}")]
    Flac(&'static str),
    /// FFmpeg cannot decode or encode it.
    #[error("{doing}: {why}")]
    Codec {
        /// What was tried.
        doing: &'static str,
        /// FFmpeg's own words.
        why: String,
    },
    /// A parameter set, codec record or list of tracks that cannot be.
    #[error("{0}")]
    Config(&'static str),
}

impl MediaError {
    /// What kind of error it is.
    pub const fn code(&self) -> Code {
        match self {
            Self::TooLarge { .. } => Code::TooLarge,
            _ => Code::InvalidArgument,
        }
    }

    pub(crate) fn in_box(name: [u8; 4], why: &'static str) -> Self {
        Self::Box { name: name.escape_ascii().to_string(), why }
    }
}
