//! One track from its pad to the mailbox: what comes out of the parser becomes a unit.
//!
//! - Parameter sets in band are left out, for they stand in the track; everything else is the camera's own.
//! - Times are those of the RTP headers where there are any, else GStreamer's.
//! - Missing packets are told with the first unit that comes out after the hole was seen.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use gstreamer as gst;
use liuhen_media::cutter::{AccessUnit, MAX_ACCESS_UNIT_BYTES};
use liuhen_media::track::{SampleEntry, Track};
use liuhen_proto::Timestamp;
use liuhen_proto::world::Clock;

use super::mailbox::Mailbox;
use super::times::{RtpTimes, rescale, scale};
use super::tracks;
use crate::source::SourceError;
use crate::source::parameters::{begins, nal_kind};

/// Microseconds from 1900, where NTP begins, to 1970.
const NTP_TO_UNIX_US: i64 = 2_208_988_800_000_000;

/// A frame on its way to the reader.
#[derive(Debug)]
pub(super) struct Came {
    pub(super) track: Arc<Track>,
    pub(super) unit: AccessUnit,
    /// GStreamer's time, which all tracks share; microseconds.
    pub(super) running_us: Option<i64>,
    /// Where the camera's clock stood.
    pub(super) camera: Option<Timestamp>,
}

/// What the packets of an RTP track said, for whoever makes units of them.
#[derive(Debug, Clone)]
pub(super) struct Rtp {
    pub(super) times: Arc<Mutex<RtpTimes>>,
    pub(super) clock_rate: u32,
}

impl Rtp {
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut RtpTimes) -> T) -> T {
        // What a panicking thread left of the times is whole.
        look(&mut self.times.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The end of a branch.
pub(super) struct Branch {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) rtp: Option<Rtp>,
    track: Option<(gst::Caps, Arc<Track>)>,
    /// GStreamer's time and the ticks of the last unit.
    last: Option<(gst::ClockTime, i64)>,
    damaged: bool,
}

impl Branch {
    pub(super) const fn new(clock: Arc<dyn Clock>, mailbox: Arc<Mailbox>, rtp: Option<Rtp>) -> Self {
        Self { clock, mailbox, rtp, track: None, last: None, damaged: false }
    }

    /// Takes what the parser gives.
    pub(super) fn take(&mut self, sample: &gst::Sample) -> Result<gst::FlowSuccess, gst::FlowError> {
        let (Some(buffer), Some(caps)) = (sample.buffer(), sample.caps()) else { return Ok(gst::FlowSuccess::Ok) };
        let Some(track) = self.track(caps) else {
            return Err(self.refuse(format!("is not understood: {:.100}", describe(caps))));
        };
        if buffer.size() > MAX_ACCESS_UNIT_BYTES {
            tracing::warn!(size_bytes = buffer.size(), "dropped a frame that is too large");
            self.damaged = true;
            return Ok(gst::FlowSuccess::Ok);
        }
        let Ok(map) = buffer.map_readable() else { return Ok(gst::FlowSuccess::Ok) };
        let Picked { data, sync, whole } = pick(&track.entry, map.as_slice());
        let (lost_packets, holes) = self.loss(buffer);
        self.damaged |= holes || !whole;
        if data.is_empty() {
            self.mailbox.alive();
            return Ok(gst::FlowSuccess::Ok);
        }
        let running_us = buffer.pts().or(buffer.dts()).and_then(|at| running_us(sample, at));
        let (pts, camera) = self.time(&track, buffer);
        let damaged = std::mem::take(&mut self.damaged);
        let arrival = self.clock.boot_now();
        let unit = AccessUnit { track: track.id, pts, sync, data, lost_packets, damaged, arrival };
        let came = Box::new(Came { track, unit, running_us, camera });
        self.mailbox.push(came).map(|()| gst::FlowSuccess::Ok).map_err(|_| gst::FlowError::Flushing)
    }

    fn refuse(&self, what: String) -> gst::FlowError {
        self.mailbox.end(SourceError::Invalid(format!("what the camera sends {what}")));
        gst::FlowError::Error
    }

    fn track(&mut self, caps: &gst::CapsRef) -> Option<Arc<Track>> {
        if let Some((known, track)) = &self.track
            && known.as_ref() == caps
        {
            return Some(Arc::clone(track));
        }
        let track = Arc::new(tracks::track(caps)?);
        self.track = Some((caps.to_owned(), Arc::clone(&track)));
        Some(track)
    }

    /// Packets missing before this buffer, and whether anything is.
    fn loss(&self, buffer: &gst::BufferRef) -> (u32, bool) {
        let corrupted = buffer.flags().contains(gst::BufferFlags::CORRUPTED);
        match &self.rtp {
            Some(rtp) => {
                let (lost, damaged) = rtp.with(RtpTimes::take_loss);
                (lost, damaged || corrupted)
            }
            // Every stream begins with a break.
            None => (0, corrupted || self.last.is_some() && buffer.flags().contains(gst::BufferFlags::DISCONT)),
        }
    }

    /// The unit's time in ticks of the track, and where the camera's clock stood.
    fn time(&mut self, track: &Track, buffer: &gst::BufferRef) -> (i64, Option<Timestamp>) {
        let rate = track.timescale.get();
        let pts = buffer.pts().or(buffer.dts());
        let known = self.rtp.as_ref().and_then(|rtp| Some((rtp.with(|times| times.of(pts, rtp.clock_rate))?, rtp.clock_rate)));
        let ticks = match (known, pts, self.last) {
            (Some((time, clock_rate)), ..) => rescale(time.ticks, clock_rate, rate),
            // A moment that is forgotten: GStreamer's own clock tells how long after the last unit.
            (None, Some(pts), Some((at, ticks))) if self.rtp.is_some() => {
                let (before, after) = (at.saturating_sub(pts), pts.saturating_sub(at));
                ticks + scale(after.nseconds(), rate) - scale(before.nseconds(), rate)
            }
            (None, Some(pts), _) => scale(pts.nseconds(), rate),
            (None, None, last) => last.map_or(0, |(_, ticks)| ticks.saturating_add(1)),
        };
        let pts = pts.or(self.last.map(|(pts, _)| pts)).unwrap_or_default();
        self.last = Some((pts, ticks));
        (ticks, known.and_then(|(time, _)| from_ntp(time.ntp?)))
    }
}

/// Microseconds of the time that all tracks share; below zero before the beginning of a segment.
fn running_us(sample: &gst::Sample, at: gst::ClockTime) -> Option<i64> {
    let micros = |time: gst::ClockTime| i64::try_from(time.useconds()).ok();
    match sample.segment()?.downcast_ref::<gst::ClockTime>()?.to_running_time_full(at)? {
        gst::Signed::Positive(time) => micros(time),
        gst::Signed::Negative(time) => micros(time).map(|time| -time),
    }
}

fn describe(caps: &gst::CapsRef) -> String {
    caps.structure(0).map(|caps| caps.name().to_string()).unwrap_or_default()
}

/// Nothing where the camera does not know the time: it counts from 1900 or 1970 on.
fn from_ntp(nanoseconds: u64) -> Option<Timestamp> {
    const YEAR_US: i64 = 365 * 86_400 * 1_000_000;
    let unix = i64::try_from(nanoseconds / 1_000).ok()?.checked_sub(NTP_TO_UNIX_US)?;
    (unix > YEAR_US).then_some(Timestamp::from_micros(unix))
}

/// What is kept of a frame.
struct Picked {
    data: Bytes,
    /// Whether decoding can begin here.
    sync: bool,
    /// Whether all lengths were right.
    whole: bool,
}

/// Leaves parameter sets out, and finds out whether decoding can begin here.
fn pick(entry: &SampleEntry, data: &[u8]) -> Picked {
    let h265 = match entry {
        SampleEntry::H264 { .. } => false,
        SampleEntry::H265 { .. } => true,
        _ => return Picked { data: Bytes::copy_from_slice(data), sync: true, whole: true },
    };
    let (mut kept, mut sync, mut rest) = (BytesMut::with_capacity(data.len()), false, data);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let size = u32::from_be_bytes(*length) as usize;
        let Some((nal, after)) = after.split_at_checked(size) else { break };
        rest = after;
        let kind = nal_kind(nal, h265);
        let is_parameters = if h265 { matches!(kind, Some(32..=34)) } else { matches!(kind, Some(7 | 8)) };
        sync |= kind.is_some_and(|kind| begins(kind, h265));
        if !is_parameters {
            kept.extend_from_slice(length);
            kept.extend_from_slice(nal);
        }
    }
    Picked { data: kept.freeze(), sync, whole: rest.is_empty() }
}

#[cfg(test)]
impl Came {
    /// A frame of so many bytes.
    pub(super) fn example(size: usize) -> Box<Self> {
        let entry = SampleEntry::G711 { law: liuhen_media::track::Law::A, sample_rate: 8_000, channels: 1 };
        let track = Track { id: 2, timescale: crate::source::parameters::timescale(8_000), entry };
        let arrival = liuhen_proto::BootTime::from_micros(0);
        let data = Bytes::from(vec![0; size]);
        let unit = AccessUnit { track: 2, pts: 0, sync: true, data, lost_packets: 0, damaged: false, arrival };
        Box::new(Self { track: Arc::new(track), unit, running_us: None, camera: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_sets_are_left_out_and_a_broken_length_is_damage() {
        let entry = SampleEntry::H264 { config: Bytes::new(), width: 1, height: 1 };
        let picked = pick(&entry, &[0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x68, 0, 0, 0, 2, 0x06, 5, 0, 0, 0, 1, 0x65]);
        assert_eq!(picked.data[..], [0, 0, 0, 2, 0x06, 5, 0, 0, 0, 1, 0x65]);
        assert!(picked.sync && picked.whole);
        let picked = pick(&entry, &[0, 0, 0, 1, 0x41, 0, 0, 0, 9, 0x41]);
        assert_eq!((&picked.data[..], picked.sync, picked.whole), (&[0, 0, 0, 1, 0x41][..], false, false));
        let entry = SampleEntry::H265 { config: Bytes::new(), width: 1, height: 1 };
        let picked = pick(&entry, &[0, 0, 0, 2, 0x40, 1, 0, 0, 0, 2, 0x2a, 1]);
        assert_eq!((&picked.data[..], picked.sync), (&[0, 0, 0, 2, 0x2a, 1][..], true));
    }

    #[test]
    fn a_camera_that_counts_from_the_beginning_of_an_age_knows_no_time() {
        assert_eq!(from_ntp(10_000_000_000), None);
        assert_eq!(from_ntp(2_208_988_900 * 1_000_000_000), None);
        let at = from_ntp((1_795_305_600 + 2_208_988_800) * 1_000_000_000).unwrap();
        assert_eq!(at.as_micros(), 1_795_305_600_000_000);
    }
}
