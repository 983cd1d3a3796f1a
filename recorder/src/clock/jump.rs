//! Tells a camera's clock that jumped from a frame that is late.

use liuhen_proto::BootTime;

/// Media time may be ahead of what is possible, or behind what was, by so much: reordered pictures
/// and uneven sending stay well below it.
const TOLERANCE_US: i64 = 2_000_000;

/// Watches one track of one run.
#[derive(Debug, Default)]
pub struct JumpDetector {
    last: Option<Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    media_us: i64,
    latest_media_us: i64,
    arrival: BootTime,
}

impl JumpDetector {
    /// Notes a sample; `least_us` is the least arrival − media so far. Returns by how much media time
    /// jumped, if it did.
    ///
    /// Backward: behind the latest by more than the tolerance. Forward: the sample comes from the future
    /// by all that is known, and did so in a single step; frames that were held back and come in a burst
    /// catch up in small steps.
    pub fn observe(&mut self, media_us: i64, arrival: BootTime, least_us: Option<i64>) -> Option<i64> {
        let latest = self.last.map_or(media_us, |last| last.latest_media_us.max(media_us));
        let last = self.last.replace(Seen { media_us, latest_media_us: latest, arrival })?;
        let backward = media_us.saturating_sub(last.latest_media_us);
        if backward < -TOLERANCE_US {
            return Some(backward);
        }
        let arrival_us = i64::try_from(arrival.as_micros()).unwrap_or(i64::MAX);
        let from_the_future = least_us? - arrival_us.saturating_sub(media_us);
        let step = media_us.saturating_sub(last.media_us).saturating_sub(arrival.since(last.arrival).as_micros());
        (from_the_future > TOLERANCE_US && step > TOLERANCE_US).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Envelope;

    /// Plays (media, arrival) in milliseconds; the jumps found.
    fn jumps(frames: impl IntoIterator<Item = (i64, i64)>) -> Vec<i64> {
        let (mut envelope, mut detector) = (Envelope::default(), JumpDetector::default());
        let mut found = Vec::new();
        for (media, arrival) in frames {
            let arrival = BootTime::from_micros(u64::try_from(arrival * 1_000).unwrap());
            found.extend(detector.observe(media * 1_000, arrival, envelope.least_us()));
            envelope.observe(media * 1_000, arrival);
        }
        found
    }

    #[test]
    fn an_hour_ahead_and_an_hour_back_are_jumps() {
        assert_eq!(jumps([(0, 100), (40, 140), (3_600_080, 180)]), [3_600_000_000]);
        assert_eq!(jumps([(3_600_000, 100), (3_600_040, 140), (80, 180)]).len(), 1);
    }

    #[test]
    fn lateness_bursts_reordering_and_silence_are_none() {
        let stall = (0..500).map(|i| (i * 40, if (100..350).contains(&i) { 14_000 } else { i * 40 }));
        assert!(jumps(stall).is_empty());
        let buffered_at_connect = (0..300).map(|i| (i * 40, if i < 200 { 8_000 } else { i * 40 }));
        assert!(jumps(buffered_at_connect).is_empty());
        let reordered = (0..100).map(|i| (i * 40 + [160, 0, -80, -40][usize::try_from(i % 4).unwrap()], i * 40));
        assert!(jumps(reordered.map(|(m, a)| (m + 1_000, a + 1_000))).is_empty());
        assert!(jumps([(0, 0), (30_000, 30_000), (60_000, 60_000)]).is_empty());
    }
}
