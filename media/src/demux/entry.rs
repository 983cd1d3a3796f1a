//! Which codec of a file becomes which track, and how its packets become samples.

use std::num::NonZeroU32;

use bytes::Bytes;

use super::units::{self, Shape};
use crate::ffmpeg::{CodecId, Input, Kind, Stream, Unit};
use crate::track::{Law, SampleEntry, Track, read_init};

/// The widest and highest picture that is taken.
const MAX_SIDE: u32 = 8_192;
/// So much of a file is read ahead to find the first packet of sound, which says how it is encoded.
const MAX_AHEAD_BYTES: usize = 8 * 1024 * 1024;
/// STREAMINFO of FLAC.
const STREAM_INFO_BYTES: usize = 34;

/// A stream that is taken.
#[derive(Debug)]
pub(super) struct Lane {
    /// FFmpeg's number of the stream.
    pub(super) stream: usize,
    pub(super) track: Track,
    pub(super) shape: Shape,
    pub(super) time_base: (u32, u32),
    /// Ticks of the track that a packet lasts, where all last as long.
    pub(super) nominal: Option<i64>,
    /// Whether the file may leave presentation times out: without B-frames they are the decode times.
    pub(super) in_order: bool,
}

/// A name for people.
pub(super) fn name(stream: &Stream) -> String {
    let name = match stream.codec {
        CodecId::AV_CODEC_ID_H264 => "H.264",
        CodecId::AV_CODEC_ID_HEVC => "H.265",
        CodecId::AV_CODEC_ID_MJPEG => "MJPEG",
        CodecId::AV_CODEC_ID_MPEG4 => "MPEG-4 part 2",
        CodecId::AV_CODEC_ID_MPEG1VIDEO => "MPEG-1",
        CodecId::AV_CODEC_ID_MPEG2VIDEO => "MPEG-2",
        CodecId::AV_CODEC_ID_AAC => "AAC",
        CodecId::AV_CODEC_ID_AAC_LATM => "AAC in LATM",
        CodecId::AV_CODEC_ID_MP2 => "MP2",
        CodecId::AV_CODEC_ID_MP3 => "MP3",
        CodecId::AV_CODEC_ID_OPUS => "Opus",
        CodecId::AV_CODEC_ID_FLAC => "FLAC",
        CodecId::AV_CODEC_ID_PCM_ALAW => "G.711 A-law",
        CodecId::AV_CODEC_ID_PCM_MULAW => "G.711 µ-law",
        CodecId::AV_CODEC_ID_NONE => "an unknown codec",
        _ => return stream.name.clone(),
    };
    name.to_owned()
}

/// Reads until the first packet of sound, where AAC has no description but in its packets (ADTS).
pub(super) fn read_ahead(input: &mut Input, streams: &[Stream], sound: Option<usize>) -> Vec<Unit> {
    let adts = sound.and_then(|index| streams.get(index)).filter(|stream| is_adts(stream));
    let Some(adts) = adts else { return Vec::new() };
    let (mut ahead, mut bytes) = (Vec::new(), 0);
    while bytes < MAX_AHEAD_BYTES {
        // What ends here ends again when it is read in earnest, and is told then.
        let Ok(Some(unit)) = input.next() else { break };
        bytes += unit.data.len();
        let found = unit.stream == adts.index;
        ahead.push(unit);
        if found {
            break;
        }
    }
    ahead
}

fn is_adts(stream: &Stream) -> bool {
    stream.codec == CodecId::AV_CODEC_ID_AAC && stream.extradata.len() < 2
}

/// The track that a stream becomes; or why it becomes none, empty where the codec's name says it.
pub(super) fn lane(input: &Input, stream: &Stream, id: u32, ahead: &[Unit]) -> Result<Lane, String> {
    let (entry, shape) = match stream.kind {
        Kind::Video => picture(input, stream)?,
        _ => sound(stream, ahead)?,
    };
    let timescale = match &entry {
        SampleEntry::Opus { .. } => 48_000,
        SampleEntry::Aac { sample_rate, .. } | SampleEntry::G711 { sample_rate, .. } | SampleEntry::Flac { sample_rate, .. } => {
            *sample_rate
        }
        SampleEntry::H264 { .. } | SampleEntry::H265 { .. } => match stream.time_base {
            (1, ticks @ 1_000..=1_000_000) => ticks,
            _ => 90_000,
        },
    };
    let timescale = NonZeroU32::new(timescale).filter(|rate| rate.get() <= 1_000_000).ok_or("its sample rate makes no sense")?;
    let nominal = matches!(entry, SampleEntry::Aac { .. }).then_some(i64::from(stream.frame_size)).filter(|size| *size > 0);
    let track = Track { id, timescale, entry };
    crate::init::check(std::slice::from_ref(&track)).map_err(|error| error.to_string())?;
    Ok(Lane { stream: stream.index, track, shape, time_base: stream.time_base, nominal, in_order: stream.delay == 0 })
}

fn picture(input: &Input, stream: &Stream) -> Result<(SampleEntry, Shape), String> {
    // Where the length of a NAL unit's length stands in the record, and how long the shortest record is.
    let (place, least, tag) = match stream.codec {
        CodecId::AV_CODEC_ID_H264 => (4, 7, *b"avc1"),
        CodecId::AV_CODEC_ID_HEVC => (21, 23, *b"hvc1"),
        _ => return Err(String::new()),
    };
    if stream.width == 0 || stream.height == 0 || stream.width.max(stream.height) > MAX_SIDE {
        return Err(format!("pictures of {} × {} pixels", stream.width, stream.height));
    }
    let (config, shape) = match stream.extradata.as_slice() {
        [1, ..] if stream.extradata.len() >= least => {
            let mut config = stream.extradata.clone();
            let shape = Shape::Lengths(usize::from(config[place] & 3) + 1);
            config[place] |= 3;
            (Bytes::from(config), shape)
        }
        _ => (record(input, stream.index, tag)?, Shape::ByteStream),
    };
    let (width, height) = (to_u16(stream.width), to_u16(stream.height));
    let entry = match stream.codec {
        CodecId::AV_CODEC_ID_H264 => SampleEntry::H264 { config, width, height },
        _ => SampleEntry::H265 { config, width, height },
    };
    Ok((entry, shape))
}

fn to_u16(pixels: u32) -> u16 {
    u16::try_from(pixels).expect("checked against MAX_SIDE")
}

fn record(input: &Input, stream: usize, tag: [u8; 4]) -> Result<Bytes, String> {
    let none = |_| "no parameter sets were found".to_owned();
    let moov = input.moov(stream, tag).map_err(none)?;
    let info = read_init(&moov).map_err(none)?;
    match info.tracks.into_iter().next().map(|track| track.entry) {
        Some(SampleEntry::H264 { config, .. } | SampleEntry::H265 { config, .. }) => Ok(config),
        _ => Err("no parameter sets were found".to_owned()),
    }
}

fn sound(stream: &Stream, ahead: &[Unit]) -> Result<(SampleEntry, Shape), String> {
    let (sample_rate, channels) = (stream.sample_rate, stream.channels);
    let pcm = |shape: Shape| {
        if !(1..=8).contains(&channels) || sample_rate == 0 {
            return Err(format!("{sample_rate} samples a second, {channels} channels"));
        }
        let config = Bytes::from(crate::g711::stream_info(sample_rate, channels));
        Ok((SampleEntry::Flac { config, sample_rate, channels }, shape))
    };
    match stream.codec {
        CodecId::AV_CODEC_ID_AAC if is_adts(stream) => {
            let first = ahead.iter().find(|unit| unit.stream == stream.index);
            let adts = first.and_then(|unit| units::adts(&unit.data)).ok_or("no packet says how it is encoded")?;
            let config = Bytes::copy_from_slice(&adts.config);
            Ok((SampleEntry::Aac { config, sample_rate: adts.sample_rate, channels: adts.channels }, Shape::Adts))
        }
        CodecId::AV_CODEC_ID_AAC => {
            let config = Bytes::copy_from_slice(&stream.extradata);
            Ok((SampleEntry::Aac { config, sample_rate, channels }, Shape::Whole))
        }
        CodecId::AV_CODEC_ID_OPUS => {
            let head = stream.extradata.as_slice();
            let (Some(b"OpusHead"), Some(&[channels, a, b, c, d, e, f, _, _, 0])) = (head.get(..8), head.get(9..19)) else {
                return Err("its head is not that of one or two channels".to_owned());
            };
            let (pre_skip, input_rate) = (u16::from_le_bytes([a, b]), u32::from_le_bytes([c, d, e, f]));
            Ok((SampleEntry::Opus { channels: channels.into(), pre_skip, input_rate }, Shape::Whole))
        }
        CodecId::AV_CODEC_ID_FLAC => {
            let info = stream.extradata.strip_prefix(b"fLaC").and_then(|blocks| blocks.get(4..)).unwrap_or(&stream.extradata);
            let info = info.get(..STREAM_INFO_BYTES).ok_or("its STREAMINFO is missing")?;
            let config = [&[0x80, 0, 0, STREAM_INFO_BYTES as u8], info].concat().into();
            Ok((SampleEntry::Flac { config, sample_rate, channels }, Shape::Whole))
        }
        CodecId::AV_CODEC_ID_PCM_ALAW | CodecId::AV_CODEC_ID_PCM_MULAW => {
            let law = if stream.codec == CodecId::AV_CODEC_ID_PCM_ALAW { Law::A } else { Law::Mu };
            Ok((SampleEntry::G711 { law, sample_rate, channels }, Shape::G711 { channels }))
        }
        CodecId::AV_CODEC_ID_PCM_S16LE => pcm(Shape::Pcm { channels, width: 2, sample: |b| i16::from_le_bytes([b[0], b[1]]) }),
        CodecId::AV_CODEC_ID_PCM_S16BE => pcm(Shape::Pcm { channels, width: 2, sample: |b| i16::from_be_bytes([b[0], b[1]]) }),
        CodecId::AV_CODEC_ID_PCM_U8 => pcm(Shape::Pcm { channels, width: 1, sample: |b| (i16::from(b[0]) - 128) << 8 }),
        CodecId::AV_CODEC_ID_PCM_S8 => pcm(Shape::Pcm { channels, width: 1, sample: |b| i16::from(b[0].cast_signed()) << 8 }),
        _ => Err(String::new()),
    }
}
