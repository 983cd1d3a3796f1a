//! Gaps: what the watcher has put on the board.

use liuhen_proto::Timestamp;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{GapId, SessionId, ViewpointId};
use liuhen_proto::judgement::FlagKind;
use liuhen_proto::wire::review::v1 as wire;
use liuhen_proto::words;

use super::TrustLevel;

words! {
    /// What is missing.
    GapKind = wire::GapKind {
        /// Pictures.
        NoPicture = "no_picture",
        /// Sound.
        NoSound = "no_sound",
        /// Nothing is missing, but what is stored is known to be incomplete.
        Damaged = "damaged",
        /// Flagged: black.
        Black = "black",
        /// Flagged: frozen.
        Frozen = "frozen",
        /// Flagged: blurred.
        Blurred = "blurred",
        /// Flagged: covered.
        Covered = "covered",
        /// Flagged: moved.
        Moved = "moved",
        /// Flagged: too few pictures.
        LowFrameRate = "low_frame_rate",
        /// Flagged: too small a picture.
        LowResolution = "low_resolution",
        /// Flagged: nothing to hear.
        Silent = "silent",
        /// Flagged: overdriven.
        Clipped = "clipped",
    }
}

impl From<TrackKind> for GapKind {
    fn from(kind: TrackKind) -> Self {
        match kind {
            TrackKind::Video => Self::NoPicture,
            TrackKind::Audio => Self::NoSound,
        }
    }
}

impl From<FlagKind> for GapKind {
    fn from(kind: FlagKind) -> Self {
        match kind {
            FlagKind::Black => Self::Black,
            FlagKind::Frozen => Self::Frozen,
            FlagKind::Blurred => Self::Blurred,
            FlagKind::Covered => Self::Covered,
            FlagKind::Moved => Self::Moved,
            FlagKind::LowFrameRate => Self::LowFrameRate,
            FlagKind::LowResolution => Self::LowResolution,
            FlagKind::Silent => Self::Silent,
            FlagKind::Clipped => Self::Clipped,
        }
    }
}

words! {
    /// Why it is missing, as far as is known.
    GapCause = wire::GapCause {
        /// The recorder is there and cannot reach the camera, or the camera went silent.
        CameraUnreachable = "camera_unreachable",
        /// The centre does not hear the recorder.
        RecorderUnreachable = "recorder_unreachable",
        /// The recorder holds the footage and will send it.
        UploadPending = "upload_pending",
        /// The recorder's clock was stepped.
        ClockStep = "clock_step",
        /// The recorder's spool is full.
        DiskFull = "disk_full",
        /// Switched off on purpose.
        StoppedOnPurpose = "stopped_on_purpose",
        /// None of these is known to be so.
        Unknown = "unknown",
        /// A detector flagged it.
        Judged = "judged",
        /// Packets were lost between camera and recorder.
        PacketsLost = "packets_lost",
        /// It was announced, is not held here and is no longer at the site.
        Lost = "lost",
    }
}

/// A stretch of an expected window for which nothing is stored, or nothing that is sound; or for which that was so when
/// it was put on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its id.
    pub id: GapId,
    /// The session whose window lacks it.
    pub session: SessionId,
    /// The viewpoint.
    pub viewpoint: ViewpointId,
    /// What is missing.
    pub kind: GapKind,
    /// Why.
    pub cause: GapCause,
    /// End of the last stored fragment, or start of the window.
    pub start: Timestamp,
    /// Start of the next stored fragment, or end of the window; nothing while it is open. The same as
    /// `start` where nothing of it is missing any more: it was stored later, or is no longer expected. The
    /// log keeps that it was.
    pub end: Option<Timestamp>,
    /// When it was put on the board.
    pub opened: Timestamp,
    /// When its end was known; nothing while it is open.
    pub closed: Option<Timestamp>,
    /// By what it was filled, or a part of it; imported where imported footage was needed. Nothing where no footage came:
    /// a flag that was taken back, a window that is no longer expected.
    pub filled_by: Option<TrustLevel>,
    /// Whether captured footage of it, or of a part, came more than the tolerance and [`super::LATE`] after it was
    /// recorded. Once so, it stays so.
    pub late_upload: bool,
}

impl Gap {
    /// Whether nothing of it is missing any more.
    pub fn is_filled(&self) -> bool {
        self.end == Some(self.start)
    }
}

/// A change of the board. (session, viewpoint, kind, start) names a gap: opening it again changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GapChange {
    /// Puts a gap on the board; with an end where it is over already.
    Open {
        /// The session whose window lacks it.
        session: SessionId,
        /// The viewpoint.
        viewpoint: ViewpointId,
        /// What is missing.
        kind: GapKind,
        /// Why.
        cause: GapCause,
        /// Where it starts.
        start: Timestamp,
        /// Where it ends, if that is known.
        end: Option<Timestamp>,
    },
    /// Makes a gap of the board say this from now on.
    Change {
        /// Which one.
        gap: GapId,
        /// Why it is missing.
        cause: GapCause,
        /// Where it starts.
        start: Timestamp,
        /// Where it ends, if that is known; the same as `start` where it was filled.
        end: Option<Timestamp>,
        /// By what it was filled, or a part of it.
        filled_by: Option<TrustLevel>,
        /// Whether what it loses by this came late.
        late: bool,
    },
}
