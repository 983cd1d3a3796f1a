//! Media time to time since boot. A frame cannot arrive before it was captured, so the earliest
//! arrivals of the last minute tell the truth, and all others were late.

use std::collections::VecDeque;

use liuhen_proto::BootTime;

/// How far back arrivals count.
const WINDOW_US: i64 = 60_000_000;
/// Arrivals are gathered into stretches of this length, of which only the earliest counts.
const STRETCH_US: i64 = 1_000_000;
/// The mapping moves at most so much.
const SLEW_PPM: i64 = 500;

/// The mapping of one track of one run. Media times are microseconds on the track's own clock.
#[derive(Debug, Default)]
pub struct Envelope {
    /// (arrival stretch, least arrival − media), ascending in both: a later, lower one drops those before it.
    least: VecDeque<(i64, i64)>,
    settled: Option<Settled>,
}

#[derive(Debug, Clone, Copy)]
struct Settled {
    at_media_us: i64,
    offset_us: i64,
}

impl Envelope {
    /// Notes that the sample of `media_us` came in at `arrival`.
    pub fn observe(&mut self, media_us: i64, arrival: BootTime) {
        let arrival_us = i64::try_from(arrival.as_micros()).unwrap_or(i64::MAX);
        let offset = arrival_us.saturating_sub(media_us);
        let stretch = arrival_us / STRETCH_US;
        while self.least.back().is_some_and(|&(_, least)| least >= offset) {
            self.least.pop_back();
        }
        if self.least.back().is_none_or(|&(last, _)| last != stretch) {
            self.least.push_back((stretch, offset));
        }
        while self.least.front().is_some_and(|&(first, _)| first < stretch - WINDOW_US / STRETCH_US) {
            self.least.pop_front();
        }
    }

    /// The least arrival − media of the window; nothing before the first arrival.
    pub fn least_us(&self) -> Option<i64> {
        self.least.front().map(|&(_, least)| least)
    }

    /// When `media_us` was captured; moves the mapping on to there. Calls come in the order of media
    /// time; the first one fixes the mapping, and from there it slews by at most 500 ppm.
    pub fn settle(&mut self, media_us: i64) -> BootTime {
        let target = self.least_us().or(self.settled.map(|settled| settled.offset_us)).unwrap_or(0);
        let settled = match self.settled {
            None => Settled { at_media_us: media_us, offset_us: target },
            Some(Settled { at_media_us, offset_us }) => {
                let reach = media_us.saturating_sub(at_media_us).max(0) / 1_000_000 * SLEW_PPM
                    + media_us.saturating_sub(at_media_us).max(0) % 1_000_000 * SLEW_PPM / 1_000_000;
                let offset_us = offset_us.saturating_add(target.saturating_sub(offset_us).clamp(-reach, reach));
                Settled { at_media_us: at_media_us.max(media_us), offset_us }
            }
        };
        self.settled = Some(settled);
        BootTime::from_micros(u64::try_from(media_us.saturating_add(settled.offset_us)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boot(us: i64) -> BootTime {
        BootTime::from_micros(u64::try_from(us).unwrap())
    }

    #[test]
    fn a_stall_and_a_burst_are_no_step() {
        let mut envelope = Envelope::default();
        let mut ends = Vec::new();
        for frame in 0..1_000 {
            let media = frame * 40_000;
            let stalled = (10_000_000..20_000_000).contains(&media);
            envelope.observe(media, boot(5_000_000 + if stalled { 20_000_000 } else { media + 3_000 }));
            if frame % 25 == 24 {
                ends.push(envelope.settle(media + 40_000).as_micros());
            }
        }
        assert!(ends.windows(2).all(|pair| pair[1] - pair[0] == 1_000_000), "{ends:?}");
    }

    #[test]
    fn what_is_early_later_corrects_slowly() {
        let mut envelope = Envelope::default();
        envelope.observe(0, boot(1_300_000));
        assert_eq!(envelope.settle(0), boot(1_300_000));
        envelope.observe(1_000_000, boot(2_000_000));
        assert_eq!(envelope.settle(1_000_000), boot(2_299_500));
    }

    #[test]
    fn the_window_forgets() {
        let mut envelope = Envelope::default();
        envelope.observe(0, boot(1_000_000));
        for second in 1..200 {
            envelope.observe(second * 1_000_000, boot(1_000_000 + second * 1_000_100));
        }
        let least = envelope.least_us().unwrap();
        assert!((1_000_000 + 138 * 100..=1_000_000 + 140 * 100).contains(&least), "{least}");
        assert!(envelope.least.len() <= 62);
    }

    proptest! {
        /// Whatever the lateness: times go forward, at a rate within 500 ppm of the camera's.
        #[test]
        fn settled_times_go_forward_at_the_cameras_rate(late in prop::collection::vec(0i64..30_000_000, 2..300)) {
            let mut envelope = Envelope::default();
            let mut before: Option<u64> = None;
            for (second, late) in late.iter().enumerate() {
                let media = i64::try_from(second).unwrap() * 1_000_000;
                envelope.observe(media, boot(7_000_000 + media + late));
                let now = envelope.settle(media + 1_000_000).as_micros();
                if let Some(before) = before {
                    prop_assert!((999_500..=1_000_500).contains(&(now - before)), "{} {}", before, now);
                }
                before = Some(now);
            }
        }

        /// The envelope is exactly the least of what came within the window.
        #[test]
        fn the_least_is_the_least(arrivals in prop::collection::vec((0i64..3_000_000, 0i64..5_000_000), 1..200)) {
            let mut envelope = Envelope::default();
            let (mut now, mut all) = (100_000_000, Vec::new());
            for (step, late) in arrivals {
                now += step;
                envelope.observe(now - late, boot(now));
                all.push((now / STRETCH_US, late));
                let least = all.iter().filter(|(s, _)| *s >= now / STRETCH_US - 60).map(|(_, l)| *l).min();
                prop_assert_eq!(envelope.least_us(), least);
            }
        }
    }
}
