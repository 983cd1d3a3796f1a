//! Puts gaps on the board: compares the clock with what is stored, and with what was flagged, every second.
//!
//! In: the time, windows, coverage and flags. Out: changes of gaps, in the log before anybody sees them.
//! - Level-triggered: each look computes from scratch what is lacking and makes the board say so; a look
//!   that is missed or repeated does no harm. [`lacking`] says what is, [`board`] what must change, [`cause`]
//!   why; they are pure.
//! - One watcher for each archive at a time.
//! - What was sealed or flagged is read again only when it has changed; what is open is read each time.
//! - Not here: a timer. [`Watcher::look`] is called by [`run`], or by a test that owns the time.

use std::collections::HashMap;

use liuhen_proto::ids::{SessionId, StreamId, ViewpointId};
use liuhen_proto::{BootTime, Interval, Principal, Span, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::coverage::{self, StreamCoverage, ViewpointCoverage};
use crate::records::{
    Act, CoveredSegment, Expectation, ExpectedStream, Flag, GapCause, GapKind, Session, StreamRole, TrustLevel,
};
use crate::{Archive, Result};
use board::Looked;

mod board;
mod cause;
mod lacking;

/// How often the watcher looks.
pub const PERIOD: Span = Span::from_millis(500);
/// Windows that ended longer ago are not looked at any more, whatever comes in for them.
pub const LOOK_BACK: Span = Span::from_secs(31 * 24 * 3600);
/// What is sealed and declared is read again after so long at the latest: another node may have changed it.
const REFRESH: Span = Span::from_secs(10);
/// Sessions whose windows are over are looked for so often.
const REFRESH_PAST: Span = Span::from_secs(60);

/// More flags than a window can hold that anybody looks into.
const MAX_FLAGS: u32 = 10_000;

/// See the module.
pub struct Watcher {
    archive: Archive,
    by: Principal,
    watched: HashMap<SessionId, Watched>,
    past: Vec<Session>,
    past_read: Option<BootTime>,
}

/// What is remembered of a session between looks.
struct Watched {
    revision: u32,
    expectations: Vec<Expectation>,
    read: BootTime,
    sealed: HashMap<(StreamId, Interval), Sealed>,
    flags: HashMap<(ViewpointId, Interval), Flagged>,
    /// Count of imports when the expectations were read: there may be streams that were not there before.
    imports: u64,
    /// Counter of each stream when a session that is over was looked at last.
    seen: Vec<u64>,
}

/// What is sealed of a stream within a window.
struct Sealed {
    count: u64,
    read: BootTime,
    segments: Vec<CoveredSegment>,
}

/// What was flagged at a viewpoint within a window.
struct Flagged {
    count: u64,
    read: BootTime,
    flags: Vec<Flag>,
}

/// Looks every second until it is told to stop.
pub async fn run(mut watcher: Watcher, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(PERIOD.into());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = watcher.look().await {
            tracing::error!(error = &error as &dyn std::error::Error, "look for gaps");
        }
    }
}

impl Watcher {
    /// Watches the archive in the name of a node.
    pub fn new(archive: Archive, by: Principal) -> Self {
        Self { archive, by, watched: HashMap::new(), past: Vec::new(), past_read: None }
    }

    /// Looks once, as of the archive's clock. One session that cannot be judged harms no other; the first
    /// error is given back after all were looked at.
    pub async fn look(&mut self) -> Result<()> {
        let now = self.archive.clock.now();
        let running = Interval::new(now, now.after(Span::from_micros(1))).expect("a microsecond is some time");
        let mut sessions = self.sessions(running).await?;
        let running: Vec<_> = sessions.iter().map(|session| session.id).collect();
        self.read_past().await?;
        sessions.extend(self.past.iter().filter(|past| !running.contains(&past.id)).cloned());
        self.watched.retain(|id, _| sessions.iter().any(|session| session.id == *id));
        let mut failed = None;
        for session in sessions {
            let is_running = running.contains(&session.id);
            if let Err(error) = self.look_at(&session, is_running).await {
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Sessions of all sites of which a window touches the interval.
    async fn sessions(&self, interval: Interval) -> Result<Vec<Session>> {
        let mut sessions = Vec::new();
        for site in self.archive.records.sites().await? {
            sessions.extend(self.archive.records.sessions_in(Some(interval), Some(site.id), crate::records::MAX_ROWS).await?);
        }
        Ok(sessions)
    }

    async fn read_past(&mut self) -> Result<()> {
        let (now, boot) = (self.archive.clock.now(), self.archive.clock.boot_now());
        if self.past_read.is_some_and(|read| boot.since(read) < REFRESH_PAST) {
            return Ok(());
        }
        // Up to now, the running ones included: so a window that ends is looked at once more.
        let past = Interval::new(now.before(LOOK_BACK), now.after(Span::from_micros(1))).expect("a month is some time");
        self.past = self.sessions(past).await?;
        self.past_read = Some(boot);
        Ok(())
    }

    async fn look_at(&mut self, session: &Session, running: bool) -> Result<()> {
        let (now, boot) = (self.archive.clock.now(), self.archive.clock.boot_now());
        let (revision, imports) = (session.revision, self.archive.live.import_count());
        let mut watched = match self.watched.remove(&session.id) {
            Some(old) if (old.revision, old.imports) == (revision, imports) && boot.since(old.read) < REFRESH => old,
            old => {
                let expectations = self.archive.records.expectations(session.id).await?;
                let same = old.filter(|old| old.revision == revision && old.expectations == expectations);
                let (sealed, flags, seen) = same.map(|old| (old.sealed, old.flags, old.seen)).unwrap_or_default();
                Watched { revision, expectations, read: boot, sealed, flags, imports, seen }
            }
        };
        let seen = self.counters(&watched.expectations);
        // A session that is over changes only when footage comes in for it.
        let looked = if running || watched.seen != seen { self.judge(session, &mut watched, now).await } else { Ok(()) };
        // While windows run the counters are left alone, so the first look after the end is never skipped.
        watched.seen = if running || looked.is_err() { Vec::new() } else { seen };
        self.watched.insert(session.id, watched);
        looked
    }

    fn counters(&self, expectations: &[Expectation]) -> Vec<u64> {
        let streams = expectations.iter().flat_map(|expected| &expected.streams);
        streams.map(|stream| self.archive.live.version(stream.stream)).chain([1]).collect()
    }

    async fn judge(&self, session: &Session, watched: &mut Watched, now: Timestamp) -> Result<()> {
        let mut viewpoints: Vec<(ViewpointCoverage, Vec<Flag>)> = Vec::new();
        // Rooms that are still to open lack nothing.
        for expected in watched.expectations.iter().filter(|expected| expected.interval.start() < now) {
            let mut stored = Vec::with_capacity(expected.streams.len());
            for &ExpectedStream { stream, role, .. } in &expected.streams {
                // A viewing stream fills no gap.
                if role == StreamRole::Viewing {
                    stored.push(Vec::new());
                    continue;
                }
                // Open first, then the count: a segment that goes over in between is seen twice, never not at all.
                let open = self.archive.live.open_in(stream, expected.interval);
                let sealed = self.sealed(&mut watched.sealed, stream, expected.interval).await?;
                stored.push(coverage::join(open, sealed));
            }
            let flags = self.flags(&mut watched.flags, expected).await?.to_vec();
            viewpoints.push((coverage::viewpoint(expected, &stored, now), flags));
        }
        let looked: Vec<_> = viewpoints.iter().map(|(viewpoint, flags)| look(viewpoint, flags, now)).collect();
        let gaps = self.archive.records.gaps_of(session.id).await?;
        let changes = board::changes(session.id, &looked, &gaps, now, |viewpoint, kind, missing, old| match kind {
            GapKind::NoPicture | GapKind::NoSound => cause::of(&self.archive.live, &captured(viewpoint), missing, old, now),
            GapKind::Damaged => GapCause::PacketsLost,
            _ => GapCause::Judged,
        });
        if changes.is_empty() {
            return Ok(());
        }
        for gap in self.archive.records.change_gaps(&Act::new(self.by, now), changes).await? {
            tracing::info!(gap.id = %gap.id, session.id = %gap.session, viewpoint.id = %gap.viewpoint, kind = %gap.kind,
                cause = %gap.cause, open = gap.end.is_none(), filled = gap.is_filled(), "gap changed");
        }
        self.archive.live.changed();
        Ok(())
    }

    async fn flags<'f>(
        &self,
        known: &'f mut HashMap<(ViewpointId, Interval), Flagged>,
        expected: &Expectation,
    ) -> Result<&'f [Flag]> {
        let of_window = (expected.viewpoint, expected.interval);
        let read = self.archive.clock.boot_now();
        let count = expected.streams.iter().map(|stream| self.archive.live.flag_count(stream.stream)).sum();
        let fresh = known.get(&of_window).is_some_and(|old| old.count == count && read.since(old.read) < REFRESH);
        if !fresh {
            let flags = self.archive.records.flags_in(expected.viewpoint, expected.interval, MAX_FLAGS).await?;
            known.insert(of_window, Flagged { count, read, flags });
        }
        Ok(&known[&of_window].flags)
    }

    async fn sealed<'s>(
        &self,
        known: &'s mut HashMap<(StreamId, Interval), Sealed>,
        stream: StreamId,
        window: Interval,
    ) -> Result<&'s [CoveredSegment]> {
        let (count, read) = (self.archive.live.sealed_count(stream), self.archive.clock.boot_now());
        let fresh = known.get(&(stream, window)).is_some_and(|old| old.count == count && read.since(old.read) < REFRESH);
        if !fresh {
            let segments = self.archive.records.coverage_in(stream, window).await?;
            known.insert((stream, window), Sealed { count, read, segments });
        }
        Ok(&known[&(stream, window)].segments)
    }
}

fn look<'v>(viewpoint: &'v ViewpointCoverage, flags: &[Flag], now: Timestamp) -> Looked<'v> {
    Looked { viewpoint, lacking: lacking::of(viewpoint, flags, now) }
}

/// Streams that a recorder records as evidence: what is missing is missing from them. Nobody waits for an import.
fn captured(viewpoint: &ViewpointCoverage) -> Vec<StreamId> {
    let is_captured = |stream: &&StreamCoverage| (stream.role, stream.trust) == (StreamRole::Evidence, TrustLevel::Captured);
    viewpoint.by_stream.iter().filter(is_captured).map(|stream| stream.stream).collect()
}

#[cfg(test)]
mod tests;
