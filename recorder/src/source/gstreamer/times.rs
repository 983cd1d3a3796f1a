//! What the headers of a track's RTP packets say: its own clock, the camera's clock, and what is missing.
//!
//! In: packets in the order in which the jitter buffer gives them. Out: for the presentation time that GStreamer
//! made of a packet, the ticks that really stood in it. GStreamer bends its times to this machine's clock;
//! ours go on as the camera counts.

use std::collections::VecDeque;

use gstreamer as gst;

/// Packets' times that are remembered: more than any depayloader and parser hold back.
const MEMORY: usize = 512;
/// A hole of more packets is a camera that counts anew.
const MAX_HOLE: u16 = 10_000;

/// One moment of the camera's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    /// From 0, in the order in which they came.
    number: u64,
    pts: gst::ClockTime,
    ticks: i64,
    /// Nanoseconds since 1900.
    ntp: Option<u64>,
}

/// What stands in the fixed header of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    sequence: u16,
    timestamp: u32,
    source: u32,
}

impl Header {
    /// Reads 12 bytes; nothing where they are no RTP.
    pub(super) fn read(bytes: [u8; 12]) -> Option<Self> {
        let [flags, _, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = bytes;
        (flags >> 6 == 2).then_some(Self {
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            source: u32::from_be_bytes([c0, c1, c2, c3]),
        })
    }
}

/// The times of one RTP track.
#[derive(Debug, Default)]
pub(super) struct RtpTimes {
    last: Option<(Header, i64)>,
    moments: VecDeque<Moment>,
    /// The moment of the unit before.
    used: Option<Moment>,
    lost: u32,
    damaged: bool,
}

/// What is known of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnitTime {
    /// Ticks of the RTP clock.
    pub(super) ticks: i64,
    /// The camera's clock, nanoseconds since 1900.
    pub(super) ntp: Option<u64>,
}

impl RtpTimes {
    /// Notes a packet and the time that GStreamer gave it.
    pub(super) fn packet(&mut self, header: Header, pts: Option<gst::ClockTime>, ntp: Option<u64>) {
        let ticks = match self.last {
            Some((last, ticks)) => {
                if last.source == header.source {
                    self.count(header.sequence.wrapping_sub(last.sequence));
                } else {
                    self.damaged = true;
                }
                ticks.saturating_add(i64::from(header.timestamp.wrapping_sub(last.timestamp).cast_signed()))
            }
            None => i64::from(header.timestamp),
        };
        self.last = Some((header, ticks));
        let Some(pts) = pts else { return };
        if self.moments.back().is_none_or(|last| last.pts != pts || last.ticks != ticks) {
            if self.moments.len() >= MEMORY {
                self.moments.pop_front();
            }
            let number = self.moments.back().map_or(0, |last| last.number + 1);
            self.moments.push_back(Moment { number, pts, ticks, ntp });
        }
    }

    const fn count(&mut self, step: u16) {
        match step {
            0 | 1 => {}
            2..MAX_HOLE => self.lost = self.lost.saturating_add(step as u32 - 1),
            // The camera counts anew, or the other way round: how many are missing is not known.
            _ => self.damaged = true,
        }
    }

    /// What is missing since this was last asked: packets, and whether their number is all that is known.
    pub(super) const fn take_loss(&mut self) -> (u32, bool) {
        let loss = (self.lost, self.damaged || self.lost > 0);
        (self.lost, self.damaged) = (0, false);
        loss
    }

    /// The time of a unit to which GStreamer gave this time: that of its packet, and for a later unit of the same
    /// packet what lies between. Of a burst GStreamer gives several moments one time, or units none: those take the
    /// moments in order.
    pub(super) fn of(&mut self, pts: Option<gst::ClockTime>, clock_rate: u32) -> Option<UnitTime> {
        let used = self.used;
        let is_new = |moment: &&Moment| used.is_none_or(|used| moment.number > used.number);
        let found = match pts {
            None => self.moments.iter().find(is_new).or_else(|| self.moments.back()),
            Some(pts) => {
                let again = || self.moments.iter().rev().find(|moment| moment.pts == pts);
                let before = || self.moments.iter().rev().find(|moment| moment.pts < pts);
                let exact = self.moments.iter().filter(is_new).find(|moment| moment.pts == pts);
                exact.or_else(again).or_else(before)
            }
        };
        let found = *found?;
        self.used = Some(found);
        let after = pts.map_or(0, |pts| pts.saturating_sub(found.pts).nseconds());
        let ntp = found.ntp.map(|ntp| ntp.saturating_add(after));
        Some(UnitTime { ticks: found.ticks.saturating_add(scale(after, clock_rate)), ntp })
    }
}

/// Nanoseconds to ticks, to the nearest.
pub(super) fn scale(nanoseconds: u64, rate: u32) -> i64 {
    let ticks = (u128::from(nanoseconds) * u128::from(rate) + 500_000_000) / 1_000_000_000;
    i64::try_from(ticks).unwrap_or(i64::MAX)
}

/// Ticks of one rate to ticks of another, to the nearest.
pub(super) fn rescale(ticks: i64, from: u32, to: u32) -> i64 {
    if from == to || from == 0 {
        return ticks;
    }
    let (from, to) = (i128::from(from), i128::from(to));
    i64::try_from((i128::from(ticks) * to + from / 2).div_euclid(from)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header { sequence, timestamp, source: 7 }
    }

    fn millis(millis: u64) -> Option<gst::ClockTime> {
        Some(gst::ClockTime::from_mseconds(millis))
    }

    #[test]
    fn ticks_go_on_where_the_camera_counts_over_and_holes_are_counted() {
        let mut times = RtpTimes::default();
        times.packet(header(65_534, u32::MAX - 99), millis(0), None);
        times.packet(header(65_535, u32::MAX - 99), millis(0), None);
        times.packet(header(2, 3_500), millis(40), Some(5));
        assert_eq!((times.take_loss(), times.take_loss()), ((2, true), (0, false)));
        let [first, second] = [0, 40].map(|at| times.of(millis(at), 90_000).unwrap());
        assert_eq!((second.ticks - first.ticks, second.ntp), (3_600, Some(5)));
        times.packet(header(40_000, 7_100), millis(80), None);
        assert_eq!(times.take_loss(), (0, true), "a jump of the count is damage without a number");
    }

    #[test]
    fn a_later_unit_of_a_packet_lies_after_the_first() {
        let mut times = RtpTimes::default();
        times.packet(header(1, 1_000), millis(100), Some(1_000));
        let second = times.of(millis(164), 16_000).unwrap();
        assert_eq!(second, UnitTime { ticks: 1_000 + 1_024, ntp: Some(64_001_000) });
        assert_eq!(times.of(millis(50), 16_000), None);
    }

    #[test]
    fn moments_of_a_burst_are_taken_in_order() {
        let mut times = RtpTimes::default();
        for n in 0..3 {
            times.packet(header(n, 1_000 + 3_600 * u32::from(n)), millis(100), None);
            times.packet(header(n, 1_000 + 3_600 * u32::from(n)), millis(100), None);
        }
        let ticks = [millis(100), millis(100), None, None].map(|at| times.of(at, 90_000).unwrap().ticks);
        assert_eq!(ticks, [1_000, 4_600, 8_200, 8_200], "two units of one moment have one time");
    }

    #[test]
    fn what_is_no_rtp_is_none() {
        assert_eq!(Header::read([0; 12]), None);
        assert_eq!(Header::read([0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]), Some(Header { sequence: 1, timestamp: 2, source: 3 }));
    }

    #[test]
    fn other_rates_are_rounded() {
        assert_eq!([rescale(90_000, 90_000, 8_000), rescale(-1, 3, 1), rescale(2, 3, 1)], [8_000, 0, 1]);
        assert_eq!([scale(33_333_333, 90_000), scale(0, 1)], [3_000, 0]);
    }
}
