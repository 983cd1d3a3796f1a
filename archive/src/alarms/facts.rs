//! What is known at a moment, of every site: all that alarms are judged from.

use liuhen_proto::ids::{RecorderId, RoomId, SiteId, StreamId, ViewpointId};
use liuhen_proto::{Span, Timestamp};

use super::{SILENT_AFTER, UNHEARD_AFTER};
use crate::live::{CameraState, RecorderHealth, StorageFailure};
use crate::records::Gap;

/// All of it.
pub(super) struct Facts {
    pub(super) now: Timestamp,
    /// Since when the centre listens; recorders have had time to come where it was [`super::GRACE`] ago.
    pub(super) began: Timestamp,
    pub(super) patient: bool,
    pub(super) sites: Vec<SiteFacts>,
    /// What of the centre's own storage refuses.
    pub(super) storage: Vec<StorageFailure>,
}

/// A site.
pub(super) struct SiteFacts {
    pub(super) site: SiteId,
    /// Evidence streams of its cameras.
    pub(super) streams: Vec<StreamFacts>,
    pub(super) recorders: Vec<RecorderFacts>,
    /// What is not filled of required picture and sound: in open windows, and lost for a day.
    pub(super) gaps: Vec<(Gap, RoomId)>,
}

/// A stream that should be recorded as evidence.
pub(super) struct StreamFacts {
    pub(super) stream: StreamId,
    pub(super) viewpoint: ViewpointId,
    pub(super) room: RoomId,
    /// Whether a session expects its viewpoint to be whole now.
    pub(super) required: bool,
    /// Who speaks of it, and what it says.
    pub(super) recorder: Option<RecorderId>,
    pub(super) state: Option<CameraState>,
    pub(super) produced: Produced,
}

/// What a stream has produced, by its stored fragments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Produced {
    /// Number of fragments that were stored since the process began.
    pub(super) count: u64,
    /// When the last of them was noticed, or when the centre began.
    pub(super) noticed: Timestamp,
    /// End of the newest footage.
    pub(super) newest: Option<Timestamp>,
    /// Length of the newest fragment.
    pub(super) length: Span,
}

impl Produced {
    /// Up to when it is proven to have recorded. A clock that is ahead proves nothing of what is to come.
    pub(super) fn until(&self) -> Timestamp {
        self.newest.map_or(self.noticed, |newest| newest.min(self.noticed))
    }

    /// For how long it may be silent.
    pub(super) fn patience(&self) -> Span {
        SILENT_AFTER.max(self.length.times(2))
    }
}

/// A recorder.
pub(super) struct RecorderFacts {
    pub(super) recorder: RecorderId,
    /// Nothing where it has not been heard since the centre began.
    pub(super) health: Option<RecorderHealth>,
}

impl RecorderFacts {
    /// What it says, while it is heard.
    pub(super) fn heard(&self, now: Timestamp) -> Option<&RecorderHealth> {
        self.health.as_ref().filter(|health| health.connected && now.since(health.heard) <= UNHEARD_AFTER)
    }
}

impl SiteFacts {
    /// Whether a session expects anything of it now.
    pub(super) fn is_open(&self) -> bool {
        self.streams.iter().any(|stream| stream.required)
    }

    pub(super) fn recorder(&self, recorder: RecorderId) -> Option<&RecorderFacts> {
        self.recorders.iter().find(|facts| facts.recorder == recorder)
    }

    /// Footage of its evidence streams that waits there, by those who are heard or were heard last.
    pub(super) fn waiting(&self) -> Span {
        let pending = self.recorders.iter().filter_map(|recorder| recorder.health.as_ref()).flat_map(|health| &health.pending);
        let evidence = pending.filter(|range| self.streams.iter().any(|stream| stream.stream == range.stream));
        evidence.map(|range| range.interval.span()).fold(Span::ZERO, Span::plus)
    }
}
