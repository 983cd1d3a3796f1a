//! Sound levels of a tenth of a second each, gathered to stretches that are worth a message.

use liuhen_media::sound::Level;
use liuhen_proto::ids::{RunId, StreamId};
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{Span, Timestamp};

/// One level.
const STEP: Span = Span::from_millis(100);
/// So many make a stretch: ten seconds.
const STRETCH: usize = 100;
/// Where a level begins may differ by so much from where the one before ended: clocks are measured.
const SLACK_US: i64 = 50_000;

/// The stretch that is being gathered.
#[derive(Debug)]
pub(super) struct Stretch {
    run: RunId,
    start: Timestamp,
    rms: Vec<u8>,
    peak: Vec<u8>,
}

/// Half decibels below full scale; 255 for silence.
fn half_decibels(db: f32) -> u8 {
    // A cast from a float to an integer keeps within the integer's range, whatever the float is.
    (-db * 2.0).round() as u8
}

/// Takes levels in; gives the stretches that are full, or that these do not touch.
pub(super) fn gather(
    open: &mut Option<Stretch>,
    stream: StreamId,
    run: RunId,
    first: Timestamp,
    levels: &[Level],
) -> Vec<pb::SoundLevels> {
    let mut full = Vec::new();
    if levels.is_empty() {
        return full;
    }
    if open.as_ref().is_some_and(|stretch| !stretch.goes_on(run, first)) {
        full.extend(open.take().map(|stretch| stretch.message(stream)));
    }
    let stretch = open.get_or_insert_with(|| Stretch { run, start: first, rms: Vec::new(), peak: Vec::new() });
    stretch.rms.extend(levels.iter().map(|level| half_decibels(level.rms_db)));
    stretch.peak.extend(levels.iter().map(|level| half_decibels(level.peak_db)));
    if stretch.rms.len() >= STRETCH {
        full.extend(open.take().map(|stretch| stretch.message(stream)));
    }
    full
}

impl Stretch {
    fn goes_on(&self, run: RunId, first: Timestamp) -> bool {
        let length = STEP.times(u32::try_from(self.rms.len()).unwrap_or(u32::MAX));
        let end = self.start.after(length);
        run == self.run && (first.as_micros() - end.as_micros()).abs() <= SLACK_US
    }

    /// As it is sent.
    pub(super) fn message(self, stream: StreamId) -> pb::SoundLevels {
        pb::SoundLevels {
            stream_id: stream.to_string(),
            run_id: self.run.to_string(),
            start_us: self.start.as_micros(),
            rms: self.rms,
            peak: self.peak,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SeededRandom;

    fn levels(count: usize, db: f32) -> Vec<Level> {
        vec![Level { rms_db: db, peak_db: db + 6.0, clipped: 0, samples: 800 }; count]
    }

    #[test]
    fn loudness_is_told_in_half_decibels_and_kept_in_a_byte() {
        assert_eq!([0.0, -30.25, -127.5, -300.0, 3.0, f32::NAN].map(half_decibels), [0, 61, 255, 255, 0, 0]);
    }

    #[test]
    fn stretches_are_full_or_end_where_the_sound_does() {
        let (random, start) = (SeededRandom::new(1), Timestamp::from_micros(1_795_000_000_000_000));
        let (stream, run) = (StreamId::mint(start, &random), RunId::mint(start, &random));
        let at = |tenths: u32| start.after(STEP.times(tenths));
        let mut open = None;
        assert!(gather(&mut open, stream, run, at(0), &levels(20, -20.0)).is_empty());
        let full = gather(&mut open, stream, run, at(20).after(Span::from_millis(30)), &levels(80, -30.0));
        assert_eq!((full.len(), full[0].rms.len(), full[0].rms[0], full[0].peak[99]), (1, 100, 40, 48));
        assert!(gather(&mut open, stream, run, at(100), &levels(20, -20.0)).is_empty());
        let torn = gather(&mut open, stream, run, at(130), &levels(20, -20.0));
        assert_eq!((torn.len(), torn[0].rms.len(), torn[0].start_us), (1, 20, at(100).as_micros()));
        let next = RunId::mint(at(9), &random);
        assert_eq!(gather(&mut open, stream, next, at(150), &levels(5, -20.0)).len(), 1, "a stretch is of one run");
    }
}
