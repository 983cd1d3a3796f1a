//! What is told of a connection's fragments: to the spool, and to whoever looks on.
//!
//! - A run begins with its first fragment; one without a fragment was never there.
//! - Where a fragment belongs to another run than the one before, the run was divided, and both are told of it.

use bytes::Bytes;
use liuhen_media::track::Track;
use liuhen_proto::ids::RunId;
use liuhen_proto::wire::ingest::v1::EndReason;

use super::Stream;
use crate::cut::{Fragment, RunIds};
use crate::spool::{Intake, Refusal};

/// Which run was told of last.
pub(super) struct Told {
    init: Bytes,
    run: Option<RunId>,
}

impl Told {
    /// All runs have this init segment.
    pub(super) const fn nothing(init: Bytes) -> Self {
        Self { init, run: None }
    }

    /// Whether a run has begun.
    pub(super) const fn has_begun(&self) -> bool {
        self.run.is_some()
    }

    /// Tells of the next fragment. After a refusal the run is to be ended for that reason.
    pub(super) fn fragment(
        &mut self,
        fragment: &Fragment,
        tracks: &[Track],
        intake: &Intake,
        stream: &Stream,
    ) -> Result<(), Refusal> {
        let (header, onlooker) = (&fragment.header, stream.onlooker.as_deref());
        if self.run != Some(header.run) {
            if self.has_begun() {
                intake.end(EndReason::Divided);
            }
            let ids = RunIds { run: header.run, stream: header.stream, boot: header.boot };
            intake.begin(ids, self.init.clone());
            self.run = Some(header.run);
            if let Some(onlooker) = onlooker {
                onlooker.began(ids, tracks);
            }
        }
        intake.append(fragment.clone())?;
        if let Some(onlooker) = onlooker {
            onlooker.recorded(fragment);
        }
        Ok(())
    }
}
