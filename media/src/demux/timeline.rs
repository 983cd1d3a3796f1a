//! Where the time stamps of a file jump, and on what one line of time its parts lie.
//!
//! In: presentation times of all tracks, microseconds, as the file gives them. Out: for each the part that it
//! belongs to; and where each part begins on the line of the import, which starts at 0.
//! - A jump ahead of at most a day is believed: the device recorded nothing meanwhile.
//! - A jump back, or further ahead, is a clock that was set: the part goes on where the one before ended.
//!
//! Not here: true time.

use liuhen_proto::Timestamp;

use super::SaidStart;

/// The most parts of one file.
pub const MAX_PARTS: usize = liuhen_proto::import::MAX_RUNS;
/// Pictures come in the order of decoding, sound comes as it was.
const MAX_BACK_US: [i64; 2] = [3_000_000, 300_000];
/// No picture and no packet of sound lasts longer.
const MAX_AHEAD_US: i64 = 10_000_000;
/// So far tracks of one file lie apart in it.
const MAX_INTERLEAVE_US: i64 = 10_000_000;
/// The last picture or sound before a jump is taken to last no longer.
const MAX_LAST_US: i64 = 1_000_000;
/// A longer pause is a clock that was set.
const MAX_PAUSE_US: i64 = 24 * 3_600 * 1_000_000;

/// A stretch of the file without a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The file's time at which it begins, microseconds.
    pub file_us: i64,
    /// Where that lies on the line of the import, microseconds from 0.
    pub start_us: i64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Lane {
    part: usize,
    latest_us: Option<i64>,
}

/// The line of time of one file.
#[derive(Debug)]
pub struct Timeline {
    parts: Vec<Part>,
    lanes: Vec<Lane>,
    end_us: i64,
}

/// More jumps than [`MAX_PARTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyParts;

impl Timeline {
    /// For so many tracks.
    pub fn new(tracks: usize) -> Self {
        Self { parts: Vec::new(), lanes: vec![Lane::default(); tracks], end_us: 0 }
    }

    /// The parts so far.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Which part the next unit of a track belongs to.
    pub fn place(&mut self, track: usize, video: bool, file_us: i64) -> Result<usize, TooManyParts> {
        let lane = self.lanes[track];
        let part = match lane.latest_us {
            Some(latest) if (-MAX_BACK_US[usize::from(!video)]..=MAX_AHEAD_US).contains(&file_us.saturating_sub(latest)) => {
                lane.part
            }
            _ => self.part_of(lane, file_us)?,
        };
        let Part { file_us: zero, start_us } = self.parts[part];
        // How long the last unit lasts nobody says; as long as the one before.
        let step =
            lane.latest_us.filter(|_| part == lane.part).map_or(0, |latest| file_us.saturating_sub(latest).clamp(0, MAX_LAST_US));
        self.end_us = self.end_us.max(start_us.saturating_add(file_us.saturating_sub(zero)).saturating_add(step));
        let latest = if part == lane.part { lane.latest_us.map_or(file_us, |latest| latest.max(file_us)) } else { file_us };
        self.lanes[track] = Lane { part, latest_us: Some(latest) };
        Ok(part)
    }

    /// The part that another track is in already, where this time is near what came there; else a new one.
    fn part_of(&mut self, lane: Lane, file_us: i64) -> Result<usize, TooManyParts> {
        let from = if lane.latest_us.is_some() { lane.part + 1 } else { lane.part };
        let near = |part: usize| {
            let latest = self.lanes.iter().filter(|other| other.part == part).filter_map(|other| other.latest_us).max();
            let latest = latest.unwrap_or(self.parts[part].file_us);
            file_us >= self.parts[part].file_us.saturating_sub(MAX_INTERLEAVE_US)
                && file_us <= latest.saturating_add(MAX_INTERLEAVE_US)
        };
        if let Some(part) = (from..self.parts.len()).find(|&part| near(part)) {
            return Ok(part);
        }
        if self.parts.len() == MAX_PARTS {
            return Err(TooManyParts);
        }
        let start_us = match (lane.latest_us, self.parts.get(lane.part)) {
            (Some(latest), Some(part)) if (0..=MAX_PAUSE_US).contains(&file_us.saturating_sub(latest)) => {
                self.end_us.max(part.start_us.saturating_add(file_us.saturating_sub(part.file_us)))
            }
            _ => self.end_us,
        };
        self.parts.push(Part { file_us, start_us });
        Ok(self.parts.len() - 1)
    }
}

/// Reads `2026-11-22T09:00:00.000000Z`, `2026-11-22 09:00:00` and the like; nothing where it is another text.
pub(super) fn parse_said(text: &str) -> Option<SaidStart> {
    let text = text.trim();
    let (utc, text) = text.strip_suffix('Z').map_or((false, text), |text| (true, text));
    let mut parts = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(str::parse::<i64>);
    let mut next = || parts.next()?.ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let fits = (1971..=2200).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..61).contains(&second);
    if !fits {
        return None;
    }
    // Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
    let shifted = if month > 2 { year } else { year - 1 };
    let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    let at = Timestamp::from_micros(((days * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000);
    Some(if utc { SaidStart::Utc(at) } else { SaidStart::Local(at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000;

    #[test]
    fn a_file_without_jumps_is_one_part_from_zero() {
        let mut line = Timeline::new(2);
        for i in 0..100 {
            assert_eq!(line.place(0, true, 5 * S + i * 40_000), Ok(0));
            assert_eq!(line.place(1, false, 5 * S - 20_000 + i * 40_000), Ok(0));
        }
        assert_eq!(line.parts(), [Part { file_us: 5 * S, start_us: 0 }]);
    }

    #[test]
    fn a_pause_is_believed_and_a_clock_that_was_set_is_not() {
        let mut line = Timeline::new(1);
        let places: Vec<_> = [0, 1, 2, 62, 63, 3, 4, 900_000].map(|s| line.place(0, true, s * S).unwrap()).into();
        assert_eq!(places, [0, 0, 0, 1, 1, 2, 2, 3]);
        let starts: Vec<_> = line.parts().iter().map(|part| part.start_us / S).collect();
        assert_eq!(starts, [0, 62, 64, 66]);
    }

    #[test]
    fn the_other_track_jumps_along_and_what_it_still_has_stays_where_it_was() {
        let mut line = Timeline::new(2);
        for s in 0..5 {
            line.place(0, true, s * S).unwrap();
            line.place(1, false, s * S).unwrap();
        }
        assert_eq!(line.place(0, true, 100 * S), Ok(1));
        assert_eq!(line.place(1, false, 5 * S), Ok(0));
        assert_eq!(line.place(1, false, 99 * S + S / 2), Ok(1));
        assert_eq!(line.parts().len(), 2);
    }

    #[test]
    fn sense_that_is_none_ends() {
        let mut line = Timeline::new(1);
        let placed: Vec<_> = (0..200).map(|i| line.place(0, true, if i % 2 == 0 { 0 } else { i64::MAX / 2 })).collect();
        assert_eq!(placed[MAX_PARTS - 1], Ok(MAX_PARTS - 1));
        assert_eq!(placed[MAX_PARTS], Err(TooManyParts));
    }

    #[test]
    fn times_that_files_tell_are_read() {
        let utc = parse_said("2026-11-22T09:00:00.000000Z");
        assert_eq!(utc, Some(SaidStart::Utc(Timestamp::from_micros(1_795_338_000 * S))));
        assert_eq!(parse_said("2026-11-22 09:00:00"), Some(SaidStart::Local(Timestamp::from_micros(1_795_338_000 * S))));
        assert_eq!(parse_said("2024-02-29 23:59:59").map(|_| ()), Some(()));
        assert!(["", "2026", "1904-01-01T00:00:00Z", "2026-13-01 00:00:00", "yesterday"].iter().all(|t| parse_said(t).is_none()));
    }
}
