//! From what GStreamer says of a stream (caps) to the track of a run.

use bytes::Bytes;
use gstreamer as gst;
use liuhen_media::track::{Law, SampleEntry, Track};

use crate::source::parameters::{AUDIO, VIDEO, VIDEO_TIMESCALE, timescale};

/// The track that these caps describe; nothing where they do not say enough.
pub(super) fn track(caps: &gst::CapsRef) -> Option<Track> {
    let caps = caps.structure(0)?;
    let number = |field: &str| caps.get::<i32>(field).ok();
    let bytes = |field: &str| {
        let buffer = caps.get::<gst::Buffer>(field).ok()?;
        Some(Bytes::copy_from_slice(buffer.map_readable().ok()?.as_slice()))
    };
    let size = || Some((u16::try_from(number("width")?).ok()?, u16::try_from(number("height")?).ok()?));
    let channels = u16::try_from(number("channels").unwrap_or(1)).ok()?;
    let sample_rate = || u32::try_from(number("rate")?).ok().filter(|rate| *rate > 0);
    let entry = match caps.name().as_str() {
        "video/x-h264" => {
            let (width, height) = size()?;
            SampleEntry::H264 { config: bytes("codec_data")?, width, height }
        }
        "video/x-h265" => {
            let (width, height) = size()?;
            SampleEntry::H265 { config: bytes("codec_data")?, width, height }
        }
        "audio/mpeg" => SampleEntry::Aac { config: bytes("codec_data")?, sample_rate: sample_rate()?, channels },
        "audio/x-alaw" => SampleEntry::G711 { law: Law::A, sample_rate: sample_rate()?, channels },
        "audio/x-mulaw" => SampleEntry::G711 { law: Law::Mu, sample_rate: sample_rate()?, channels },
        "audio/x-opus" => opus(caps, channels),
        _ => return None,
    };
    let (id, rate) = match &entry {
        SampleEntry::H264 { .. } | SampleEntry::H265 { .. } => (VIDEO, VIDEO_TIMESCALE),
        SampleEntry::Opus { .. } => (AUDIO, 48_000),
        _ => (AUDIO, sample_rate()?),
    };
    Some(Track { id, timescale: timescale(rate), entry })
}

/// A camera sends no header, and is heard from the middle: there is nothing to leave out. A file has one.
fn opus(caps: &gst::StructureRef, channels: u16) -> SampleEntry {
    let headers = caps.get::<gst::Array>("streamheader").ok();
    let head = headers.and_then(|all| all.as_slice().first()?.get::<gst::Buffer>().ok());
    let head = head.and_then(|head| head.map_readable().ok().map(|map| map.to_vec())).unwrap_or_default();
    let pre_skip = head.get(10..12).map_or(0, |two| u16::from_le_bytes([two[0], two[1]]));
    let input_rate = head.get(12..16).map_or(48_000, |four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
    SampleEntry::Opus { channels, pre_skip, input_rate }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    fn of(text: &str) -> Option<Track> {
        gst::init().expect("GStreamer is there");
        track(gst::Caps::from_str(text).expect("caps").as_ref())
    }

    #[test]
    fn caps_become_tracks() {
        let track = of("video/x-h264,width=640,height=360,codec_data=(buffer)0142c01e").expect("a track");
        let config = Bytes::from_static(&[1, 0x42, 0xc0, 0x1e]);
        assert_eq!(track.entry, SampleEntry::H264 { config, width: 640, height: 360 });
        assert_eq!((track.id, track.timescale.get()), (VIDEO, 90_000));
        let track = of("audio/x-alaw,rate=8000,channels=1").expect("a track");
        assert_eq!((track.id, track.timescale.get()), (AUDIO, 8_000));
        let track = of("audio/mpeg,mpegversion=4,rate=16000,channels=1,codec_data=(buffer)1408").expect("a track");
        assert_eq!(track.timescale.get(), 16_000);
        let header = "4f707573486561640102380100770100000000";
        let track = of(&format!("audio/x-opus,channels=2,streamheader=(buffer)<{header}>")).expect("a track");
        assert_eq!(track.entry, SampleEntry::Opus { channels: 2, pre_skip: 312, input_rate: 96_000 });
    }

    #[test]
    fn caps_that_do_not_say_enough_are_no_track() {
        for text in
            ["video/x-h264,width=640,height=360", "video/x-raw,width=1,height=1", "audio/mpeg,mpegversion=4", "audio/x-alaw"]
        {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
