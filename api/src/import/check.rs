//! Whether segment files are the footage that the statement declares.
//!
//! In: a checked statement; segment files in the order of time. Out: what the records and the manifest say of them.
//! - Every fragment is read whole: its digest, its seal, its header against its boxes and against its run.
//! - Times: boot times count from 0 at the first picture or sound, wall times are the declared start plus these, to
//!   the microsecond, and nothing of it lies in the future.

use std::path::PathBuf;

use liuhen_archive::records::Import;
use liuhen_media::segment_file::{self, Recovered};
use liuhen_proto::fragment::{ClockSource, FragmentHeader, Sequence};
use liuhen_proto::ids::BootId;
use liuhen_proto::import::{CorrectionStatement, ImportStatement};
use liuhen_proto::{Problem, Sha256, Span, Timestamp};

use super::staging::Staged;
use crate::error::fault;

/// The longest film of one file.
const MAX_LENGTH: Span = Span::from_secs(31 * 24 * 3600);
/// Clocks of honest machines differ by less.
const FUTURE: Span = Span::from_secs(3600);

/// A segment file that is what it should be.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) found: Recovered,
}

/// The footage of an import, as it comes.
#[derive(Debug)]
pub(super) struct Footage {
    said: ImportStatement,
    latest: Timestamp,
    /// Which run is coming in.
    run: usize,
    next: Sequence,
    boot: Option<BootId>,
    /// Where the run's tracks ended, by their ids.
    ends: Vec<(u32, u64)>,
    began: bool,
}

impl Footage {
    /// Of a statement, at this moment.
    pub(super) fn of(said: &ImportStatement, now: Timestamp) -> Result<Self, Problem> {
        let start = said.true_start();
        let latest = now.after(FUTURE);
        if start.as_micros() < 0 || start > latest {
            return Err(Problem::field("statement.device_start", "with its offset it lies before 1970 or in the future"));
        }
        Ok(Self {
            said: said.clone(),
            latest: latest.min(start.after(MAX_LENGTH)),
            run: 0,
            next: Sequence::FIRST,
            boot: None,
            ends: Vec::new(),
            began: false,
        })
    }

    /// Takes the next file in.
    pub(super) async fn segment(&mut self, staged: Staged) -> Result<Segment, Problem> {
        let path = staged.path.clone();
        let found = tokio::task::spawn_blocking(move || segment_file::scan(&path)).await;
        let found = found.map_err(|error| fault("read a segment file", &error))?;
        let broken = |why: String| Problem::field("file", format!("is no sound segment file: {why}"));
        let found = found.map_err(|error| broken(crate::error::chain(&error)))?;
        let found = found.ok_or_else(|| broken("it has no init segment".to_owned()))?;
        if found.torn_bytes > 0 || found.headers.is_empty() || found.sha256 != staged.content.sha256 {
            return Err(broken(format!("{} fragments are sound, {} bytes are not", found.headers.len(), found.torn_bytes)));
        }
        if found.headers.len() > liuhen_proto::segment::MAX_FRAGMENTS {
            return Err(broken(format!("{} fragments", found.headers.len())));
        }
        for header in &found.headers {
            self.fragment(header, &found).map_err(|why| {
                let (run, sequence) = (header.run, header.sequence);
                Problem::field("file", format!("fragment {sequence} of {run}: {why}"))
            })?;
        }
        Ok(Segment { path: staged.path, found })
    }

    fn fragment(&mut self, header: &FragmentHeader, found: &Recovered) -> Result<(), String> {
        let Some(run) = self.said.runs.get(self.run).cloned() else {
            return Err("it is behind the last run of the statement".into());
        };
        if (header.run, header.stream, header.sequence) != (run.run, self.said.stream, self.next) {
            return Err(format!("{} of {} was to come", self.next, run.run));
        }
        if found.info.sha256 != run.init || Sha256::of(&found.init) != run.init {
            return Err("its init segment is not that of the statement".into());
        }
        if *self.boot.get_or_insert(header.boot) != header.boot {
            return Err("its boot is another one".into());
        }
        if header.clock.source != ClockSource::Declared {
            return Err("its clock is not `declared`".into());
        }
        self.tracks(header, found)?;
        self.next = self.next.next();
        if self.next.get() == run.fragments {
            (self.run, self.next) = (self.run + 1, Sequence::FIRST);
            self.ends.clear();
        }
        Ok(())
    }

    fn tracks(&mut self, header: &FragmentHeader, found: &Recovered) -> Result<(), String> {
        let zero = self.said.true_start();
        for track in &header.tracks {
            let known = found.info.track(track.track);
            if !known.is_some_and(|known| known.kind() == track.kind && known.timescale == track.timescale) {
                return Err(format!("track {} is not in its init segment", track.track));
            }
            let (start, end) = (track.boot_start.as_micros(), track.boot_end.as_micros());
            let wall = |boot: u64| zero.after(Span::from_micros(i64::try_from(boot).unwrap_or(i64::MAX)));
            if (track.wall_start, track.wall_end) != (wall(start), wall(end)) {
                return Err("its wall times are not the declared start and its boot times".into());
            }
            if track.wall_end > self.latest {
                return Err("it lies in the future, or more than 31 days behind the start".into());
            }
            match self.ends.iter_mut().find(|(id, _)| *id == track.track) {
                Some((_, before)) if start < *before => return Err("it begins before the one before ended".into()),
                Some((_, before)) => *before = end,
                None => self.ends.push((track.track, end)),
            }
        }
        let first = header.tracks.iter().map(|track| track.boot_start.as_micros()).min();
        if !self.began && first != Some(0) {
            return Err("the first picture or sound is not at boot time 0".into());
        }
        self.began = true;
        Ok(())
    }

    /// After the last file.
    pub(super) fn finish(&self) -> Result<(), Problem> {
        match self.said.runs.get(self.run) {
            None => Ok(()),
            Some(run) => {
                let why = format!("{} has {} fragments by the statement, and {} came", run.run, run.fragments, self.next);
                Err(Problem::field("statement.runs", why))
            }
        }
    }
}

/// Whether the footage may lie where a correction puts it.
pub(super) fn correction(known: &Import, said: &CorrectionStatement, now: Timestamp) -> Result<(), Problem> {
    let (Some(interval), Some(last)) = (known.interval, known.revisions.last()) else { return Ok(()) };
    let by = last.clock_offset_us.saturating_sub(said.clock_offset_us);
    let (start, end) = (interval.start().as_micros().saturating_add(by), interval.end().as_micros().saturating_add(by));
    if start < 0 || end > now.after(FUTURE).as_micros() {
        return Err(Problem::field("statement.clock_offset_us", "would put the footage before 1970 or into the future"));
    }
    Ok(())
}
