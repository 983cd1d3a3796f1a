//! What is wrong with a stream that comes, and what could be better. Pure: facts in, troubles out.

use liuhen_proto::judgement::FlagKind;

use super::report::{Found, Preview};
use crate::config::Carries;
use crate::trouble::{Failure, Trouble};

/// A clock that is off by less is told, and no trouble: RTCP and the network leave some tenths.
const CLOCK_MS: i64 = 2_000;
/// So near to whole hours it is the time zone, and a clock that nobody has set for a while.
const ZONE_MS: i64 = 90_000;
const HOUR_MS: i64 = 3_600_000;
/// What a segment and its gap may cost beside the tolerance of 5 s; a little more for uneven clocks.
const KEY_FRAMES_SECS: f64 = 4.2;
/// Below it hands are not followed.
const FRAME_RATE: f64 = 12.0;
/// Below it faces and papers are not told apart.
const LINES: u16 = 720;
/// A picture that is small enough to be viewed as it is.
const SMALL_LINES: u16 = 480;

/// What must come and does not.
pub(super) fn missing(found: &Found, carries: Carries) -> Option<Failure> {
    let (picture, sound) = match carries {
        Carries::Anything => (false, false),
        Carries::PictureAndSound => (true, true),
        Carries::Picture => (true, false),
        Carries::Sound => (false, true),
    };
    let came = |what: &Option<String>| what.clone().map_or_else(String::new, |codec| format!("only {codec} comes"));
    if picture && found.video.is_none() {
        return Some(Failure::new(Trouble::NoPicture, came(&found.audio)));
    }
    (sound && found.audio.is_none()).then(|| Failure::new(Trouble::NoSound, came(&found.video)))
}

/// What could be better about the evidence.
pub(super) fn evidence(found: &Found, carries: Carries) -> Vec<Failure> {
    let mut all: Vec<_> = [clock(found), lost(found)].into_iter().flatten().collect();
    if found.video.is_some() {
        all.extend([key_frames(found), frame_rate(found), lines(found)].into_iter().flatten());
    }
    if carries == Carries::Anything && found.audio.is_none() {
        all.push(Failure::new(Trouble::SoundNotRecorded, String::new()));
    }
    let few = all.iter().any(|failure| failure.trouble == Trouble::LowFrameRate);
    let flags = found.preview.iter().flat_map(Preview::failures);
    all.extend(flags.filter(|flag| !few || flag.trouble != Trouble::LowFrameRate).collect::<Vec<_>>());
    all
}

/// What could be better about both streams together. `viewing` is none where none is configured, or it failed.
pub(super) fn together(evidence: &Found, configured: bool, viewing: Option<&Found>) -> Vec<Failure> {
    let (Some(codec), Some(height)) = (&evidence.video, evidence.height) else { return Vec::new() };
    let is_h265 = |codec: &str| codec.starts_with("H.265");
    let mut all = Vec::new();
    let viewed = viewing.and_then(|viewing| viewing.video.as_deref());
    if is_h265(codec) && viewed.is_none_or(is_h265) {
        all.push(Failure::new(Trouble::H265, codec.clone()));
    }
    if !configured && height > SMALL_LINES {
        all.push(Failure::new(Trouble::ViewingMissing, String::new()));
    }
    let Some(viewing) = viewing else { return all };
    if viewing.video.is_none() {
        all.push(Failure::new(Trouble::ViewingNoPicture, String::new()));
    } else if viewing.pixels() >= evidence.pixels() {
        all.push(Failure::new(Trouble::ViewingLarger, format!("viewing {}, evidence {}", viewing.size(), evidence.size())));
    }
    all
}

fn clock(found: &Found) -> Option<Failure> {
    let offset = found.clock_offset_ms.filter(|ms| ms.abs() > CLOCK_MS)?;
    let hours = (offset as f64 / HOUR_MS as f64).round() as i64;
    let seen = format!("{:+.1} s", offset as f64 / 1e3);
    if hours != 0 && (offset - hours * HOUR_MS).abs() <= ZONE_MS {
        return Some(Failure::new(Trouble::ClockZone, format!("{seen}, about {hours:+} h")));
    }
    Some(Failure::new(Trouble::ClockOff, seen))
}

fn lost(found: &Found) -> Option<Failure> {
    let Found { lost_packets, damaged_units, .. } = *found;
    (lost_packets > 0 || damaged_units > 0)
        .then(|| Failure::new(Trouble::PacketsLost, format!("{lost_packets} packets, {damaged_units} damaged frames")))
}

fn key_frames(found: &Found) -> Option<Failure> {
    let seen = match found.key_frame_interval_secs {
        Some(secs) if secs > KEY_FRAMES_SECS => format!("{secs:.1} s"),
        None => format!("{} in the time of the check", found.key_frames),
        Some(_) => return None,
    };
    Some(Failure::new(Trouble::KeyFramesFar, seen))
}

fn frame_rate(found: &Found) -> Option<Failure> {
    let rate = found.frame_rate.filter(|rate| *rate < FRAME_RATE)?;
    Some(Failure::new(Trouble::LowFrameRate, format!("{rate:.1} fps")))
}

fn lines(found: &Found) -> Option<Failure> {
    found.height.filter(|lines| *lines < LINES)?;
    Some(Failure::new(Trouble::LowResolution, found.size()))
}

impl Preview {
    /// Each flag as a trouble.
    fn failures(&self) -> impl Iterator<Item = Failure> + '_ {
        self.flags.iter().filter_map(|(kind, milli)| {
            let trouble = match kind {
                FlagKind::Black => Trouble::PictureBlack,
                FlagKind::Frozen => Trouble::PictureFrozen,
                FlagKind::Blurred => Trouble::PictureBlurred,
                FlagKind::Covered => Trouble::PictureCovered,
                FlagKind::LowFrameRate => Trouble::LowFrameRate,
                FlagKind::Silent => Trouble::SoundSilent,
                FlagKind::Clipped => Trouble::SoundClipped,
                // Without a reference nothing has moved; lines are told above, by their own limit.
                FlagKind::Moved | FlagKind::LowResolution => return None,
            };
            Some(Failure::new(trouble, format!("{:.1} {}", *milli as f64 / 1e3, kind.unit())))
        })
    }
}
