//! What becomes of a file that failed: what was STORED in it is read back and written to a file of its own.
//!
//! Always: what was STORED stays STORED while it is tried, and is sealed from the copy, never from what failed.

use std::sync::Arc;

use liuhen_proto::Span;

use super::Task;
use super::held::{Pending, Stage};
use crate::journal::{Copied, CopyError};
use crate::seal::full;

/// Between two tries on a disk that refuses.
const BETWEEN: Span = Span::from_secs(10);

impl Task {
    /// Gives segments whose file failed a file of their own, where the disk takes it.
    pub(super) async fn rescue(&mut self) {
        let now = self.shared.archive.clock.boot_now();
        if self.rescue_tried.is_some_and(|tried| now.since(tried) < BETWEEN) {
            return;
        }
        for place in 0..self.held.pending.len() {
            if self.held.pending[place].stage == Stage::Torn && !self.rescued(place).await {
                self.rescue_tried = Some(now);
                return;
            }
        }
    }

    async fn rescued(&mut self, place: usize) -> bool {
        let (run, shared, init) = (self.run(), Arc::clone(&self.shared), self.facts.run.init.clone());
        let pending = &self.held.pending[place];
        let (from, fragments) = (pending.path.clone(), pending.fragments.iter().map(|stored| stored.index.clone()));
        let fragments: Vec<_> = fragments.collect();
        let copied = tokio::task::spawn_blocking(move || shared.journal.copy(&from, run, &init, &fragments)).await;
        let pending = &mut self.held.pending[place];
        match copied {
            Ok(Ok(copied)) => {
                tracing::warn!(%run, from = %pending.path.display(), to = %copied.path.display(), "what was stored in a file that failed has a file of its own");
                moved(pending, copied);
                true
            }
            Ok(Err(error)) => {
                if matches!(error, CopyError::Changed { .. }) {
                    // The recorder still has it: it lets go of what is sealed only.
                    pending.stage = Stage::Stuck;
                    self.shared.journal.troubles.unsealed(run, &full(&error));
                }
                tracing::error!(%run, path = %pending.path.display(), error = %full(&error), "what was stored in a file that failed has no other place yet");
                false
            }
            Err(error) => {
                tracing::error!(%run, %error, "copying a file of the journal ended early");
                false
            }
        }
    }
}

/// The segment lies in a new file, whose fragments stand where those of the old one stood.
fn moved(pending: &mut Pending, copied: Copied) {
    pending.failed = Some(std::mem::replace(&mut pending.path, copied.path));
    for (stored, offset) in pending.fragments.iter_mut().zip(copied.offsets) {
        stored.index.offset_bytes = offset;
    }
    pending.object = Some(copied.object);
    pending.stage = Stage::Closed;
}
