//! Coverage as it is now, and again at every change.
//!
//! Always: the first answer comes at once, another at least every [`LONGEST`], and not more often than
//! every [`SHORTEST`], however fast fragments come. Who does not read is not sent to: a change that was
//! missed is in the next answer.

use std::time::Duration;

use futures_util::Stream;
use liuhen_archive::{Archive, coverage};
use liuhen_proto::Problem;
use liuhen_proto::ids::SessionId;
use liuhen_proto::wire::review::v1 as pb;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::convert;
use crate::error::records as failed;

/// At least so often.
const LONGEST: Duration = Duration::from_secs(5);
/// At most so often.
const SHORTEST: Duration = Duration::from_millis(250);

/// Coverage and gaps of a session.
pub(super) async fn read(archive: &Archive, session: SessionId) -> Result<pb::Coverage, Problem> {
    let coverage = coverage::read(archive, session).await.map_err(|error| failed("read the coverage", error))?;
    let gaps = archive.records.gaps_of(session).await.map_err(|error| failed("list gaps", error))?;
    Ok(convert::coverage(&coverage, &gaps))
}

struct Watch {
    archive: Archive,
    session: SessionId,
    changes: watch::Receiver<u64>,
    shutdown: CancellationToken,
    last: pb::Coverage,
}

/// Fails at once where there is no such session; ends with the server, or after an error.
pub(super) async fn watch(
    archive: Archive,
    session: SessionId,
    shutdown: CancellationToken,
) -> Result<impl Stream<Item = Result<pb::Coverage, Problem>> + Send, Problem> {
    let mut changes = archive.live.subscribe();
    changes.mark_unchanged();
    let first = read(&archive, session).await?;
    let watch = Watch { archive, session, changes, shutdown, last: first.clone() };
    let rest = futures_util::stream::unfold(Some(watch), |watch| async move {
        let mut watch = watch?;
        match watch.next().await? {
            Ok(coverage) => Some((Ok(coverage), Some(watch))),
            Err(problem) => Some((Err(problem), None)),
        }
    });
    Ok(futures_util::StreamExt::chain(futures_util::stream::iter([Ok(first)]), rest))
}

impl Watch {
    /// The next answer; nothing when the server stops.
    async fn next(&mut self) -> Option<Result<pb::Coverage, Problem>> {
        let due = tokio::time::sleep(LONGEST);
        tokio::pin!(due);
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => return None,
                () = tokio::time::sleep(SHORTEST) => {}
            }
            let changed = tokio::select! {
                () = self.shutdown.cancelled() => return None,
                changed = self.changes.changed() => changed.is_ok(),
                () = &mut due => false,
            };
            let coverage = match read(&self.archive, self.session).await {
                Ok(coverage) => coverage,
                Err(problem) => return Some(Err(problem)),
            };
            // Another camera's fragment is no news here.
            let news = pb::Coverage { as_of_us: self.last.as_of_us, ..coverage.clone() } != self.last;
            if news || !changed || due.is_elapsed() {
                self.last = coverage.clone();
                return Some(Ok(coverage));
            }
        }
    }
}
