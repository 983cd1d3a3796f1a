//! Sample entries: how each codec stands in `stsd`, and its RFC 6381 name.

use std::num::NonZeroU32;

use bytes::Bytes;

use crate::boxes::{BoxReader, BoxWriter, RawBox};
use crate::error::MediaError;
use crate::g711;
use crate::track::{Law, SampleEntry, Track};

/// Refuses what cannot be written or would not play.
pub(crate) fn check(entry: &SampleEntry, timescale: NonZeroU32) -> Result<(), MediaError> {
    let refuse = |why| Err(MediaError::Config(why));
    match entry {
        SampleEntry::H264 { config, .. } if config.len() < 7 || config[0] != 1 => {
            refuse("avcC is too short or of no known version")
        }
        SampleEntry::H264 { config, .. } if config[4] & 3 != 3 => refuse("NAL units must have lengths of 4 bytes"),
        SampleEntry::H265 { config, .. } if config.len() < 23 || config[0] != 1 => {
            refuse("hvcC is too short or of no known version")
        }
        SampleEntry::H265 { config, .. } if config[21] & 3 != 3 => refuse("NAL units must have lengths of 4 bytes"),
        SampleEntry::Aac { config, .. } if config.len() < 2 || config.len() > 64 => {
            refuse("AudioSpecificConfig has 2 to 64 bytes")
        }
        SampleEntry::Opus { .. } if timescale.get() != 48_000 => refuse("Opus counts in 48 000 ticks a second"),
        SampleEntry::G711 { sample_rate, channels, .. } if *channels == 0 || *channels > 8 || *sample_rate > 655_350 => {
            refuse("FLAC has 1 to 8 channels and at most 655 350 samples a second")
        }
        SampleEntry::G711 { sample_rate, .. } if *sample_rate != timescale.get() => {
            refuse("the timescale of G.711 is its sample rate")
        }
        _ => Ok(()),
    }
}

pub(crate) const fn dimensions(entry: &SampleEntry) -> (u16, u16) {
    match entry {
        SampleEntry::H264 { width, height, .. } | SampleEntry::H265 { width, height, .. } => (*width, *height),
        _ => (0, 0),
    }
}

/// The handler's name is free text; it is where the init segment tells FLAC that was G.711 from other FLAC.
pub(crate) const fn handler_name(entry: &SampleEntry) -> &'static str {
    match entry {
        SampleEntry::H264 { .. } | SampleEntry::H265 { .. } => "liuhen picture",
        SampleEntry::G711 { law: Law::A, .. } => "liuhen sound pcma",
        SampleEntry::G711 { law: Law::Mu, .. } => "liuhen sound pcmu",
        _ => "liuhen sound",
    }
}

/// RFC 6381 name of what is stored.
pub(crate) fn codec(entry: &SampleEntry) -> String {
    match entry {
        SampleEntry::H264 { config, .. } => match config.get(1..4) {
            Some([profile, compatibility, level]) => format!("avc1.{profile:02x}{compatibility:02x}{level:02x}"),
            _ => "avc1".to_owned(),
        },
        SampleEntry::H265 { config, .. } => h265_codec(config).unwrap_or_else(|| "hvc1".to_owned()),
        SampleEntry::Aac { config, .. } => format!("mp4a.40.{}", aac_object_type(config).unwrap_or(2)),
        SampleEntry::Opus { .. } => "opus".to_owned(),
        SampleEntry::G711 { .. } | SampleEntry::Flac { .. } => "fLaC".to_owned(),
    }
}

/// ISO/IEC 14496-15 annex E.3.
fn h265_codec(config: &[u8]) -> Option<String> {
    let head = config.get(1..13)?;
    let space = ["", "A", "B", "C"][usize::from(head[0] >> 6)];
    let tier = if head[0] & 0x20 == 0 { 'L' } else { 'H' };
    let compatibility = u32::from_be_bytes(head[1..5].try_into().ok()?).reverse_bits();
    let mut name = format!("hvc1.{space}{}.{compatibility:X}.{tier}{}", head[0] & 0x1f, head[11]);
    let constraints = &head[5..11];
    let used = constraints.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    for byte in &constraints[..used] {
        name.push_str(&format!(".{byte:X}"));
    }
    Some(name)
}

fn aac_object_type(config: &[u8]) -> Option<u8> {
    let first = config.first()? >> 3;
    if first == 31 { Some(32 + ((config[0] & 7) << 3 | config.get(1)? >> 5)) } else { Some(first) }
}

pub(crate) fn put(w: &mut BoxWriter, track: &Track) {
    match &track.entry {
        SampleEntry::H264 { config, width, height } => put_video(w, *b"avc1", *b"avcC", config, *width, *height),
        SampleEntry::H265 { config, width, height } => put_video(w, *b"hvc1", *b"hvcC", config, *width, *height),
        SampleEntry::Aac { config, sample_rate, channels } => {
            put_audio(w, *b"mp4a", *sample_rate, *channels, |w| put_esds(w, config));
        }
        SampleEntry::Opus { channels, pre_skip, input_rate } => put_audio(w, *b"Opus", 48_000, *channels, |w| {
            w.put_box(*b"dOps", |w| {
                w.u8(0).u8(u8::try_from(*channels).unwrap_or(2)).u16(*pre_skip).u32(*input_rate).u16(0).u8(0);
            });
        }),
        SampleEntry::G711 { sample_rate, channels, .. } => {
            put_flac(w, *sample_rate, *channels, &g711::stream_info(*sample_rate, *channels));
        }
        SampleEntry::Flac { config, sample_rate, channels } => put_flac(w, *sample_rate, *channels, config),
    }
}

fn put_video(w: &mut BoxWriter, name: [u8; 4], config_name: [u8; 4], config: &[u8], width: u16, height: u16) {
    w.put_box(name, |w| {
        w.zeros(6).u16(1).zeros(16).u16(width).u16(height);
        w.u32(0x48_0000).u32(0x48_0000).u32(0).u16(1).zeros(32).u16(0x18).u16(0xffff);
        w.put_box(config_name, |w| {
            w.put(config);
        });
    });
}

fn put_audio(w: &mut BoxWriter, name: [u8; 4], rate: u32, channels: u16, config: impl FnOnce(&mut BoxWriter)) {
    w.put_box(name, |w| {
        w.zeros(6).u16(1).zeros(8).u16(channels).u16(16).u32(0);
        // 16.16: a rate that does not fit is written as 0, and the codec's own record tells it.
        w.u32(u16::try_from(rate).map_or(0, |rate| u32::from(rate) << 16));
        config(w);
    });
}

fn put_flac(w: &mut BoxWriter, rate: u32, channels: u16, blocks: &[u8]) {
    put_audio(w, *b"fLaC", rate, channels, |w| {
        w.put_full_box(*b"dfLa", 0, 0, |w| {
            w.put(blocks);
        });
    });
}

/// ISO/IEC 14496-1 descriptors; all are shorter than 128 bytes, so a length is one byte.
fn put_esds(w: &mut BoxWriter, config: &[u8]) {
    let length = u8::try_from(config.len()).expect("checked to be at most 64 bytes");
    w.put_full_box(*b"esds", 0, 0, |w| {
        w.u8(0x03).u8(3 + 2 + 13 + 2 + length + 3).u16(0).u8(0);
        w.u8(0x04).u8(13 + 2 + length).u8(0x40).u8(0x15).zeros(3).u32(0).u32(0);
        w.u8(0x05).u8(length).put(config);
        w.u8(0x06).u8(1).u8(2);
    });
}

pub(crate) fn read(entry: RawBox<'_>, handler: &[u8]) -> Result<SampleEntry, MediaError> {
    match &entry.name {
        b"avc1" | b"avc3" => {
            read_video(entry, *b"avcC", "avcC").map(|(config, width, height)| SampleEntry::H264 { config, width, height })
        }
        b"hvc1" | b"hev1" => {
            read_video(entry, *b"hvcC", "hvcC").map(|(config, width, height)| SampleEntry::H265 { config, width, height })
        }
        b"mp4a" => {
            let (sample_rate, channels, boxes) = read_audio(entry)?;
            let config = read_esds(boxes.find(*b"esds", "esds")?)?;
            Ok(SampleEntry::Aac { config, sample_rate, channels })
        }
        b"Opus" => {
            let (_, _, boxes) = read_audio(entry)?;
            let mut dops = boxes.find(*b"dOps", "dOps")?.reader();
            dops.u8()?;
            Ok(SampleEntry::Opus { channels: dops.u8()?.into(), pre_skip: dops.u16()?, input_rate: dops.u32()? })
        }
        b"fLaC" => read_flac(entry, handler),
        _ => Err(entry.error("this codec is not taken: H.264, H.265, AAC, Opus and FLAC are")),
    }
}

fn read_video(entry: RawBox<'_>, name: [u8; 4], text: &'static str) -> Result<(Bytes, u16, u16), MediaError> {
    let mut reader = entry.reader();
    reader.take(24)?;
    let (width, height) = (reader.u16()?, reader.u16()?);
    reader.take(50)?;
    let config = reader.find(name, text)?.content;
    if config.len() < 7 {
        return Err(MediaError::in_box(name, "ends before its content"));
    }
    Ok((Bytes::copy_from_slice(config), width, height))
}

fn read_audio(entry: RawBox<'_>) -> Result<(u32, u16, BoxReader<'_>), MediaError> {
    let mut reader = entry.reader();
    reader.take(16)?;
    let channels = reader.u16()?;
    reader.take(6)?;
    let rate = reader.u32()? >> 16;
    Ok((rate, channels, reader))
}

fn read_flac(entry: RawBox<'_>, handler: &[u8]) -> Result<SampleEntry, MediaError> {
    let (_, channels, boxes) = read_audio(entry)?;
    let dfla = boxes.find(*b"dfLa", "dfLa")?;
    let mut reader = dfla.reader();
    reader.u32()?;
    let blocks = reader.rest();
    let Some(info) = blocks.get(4..38) else {
        return Err(dfla.error("ends before STREAMINFO does"));
    };
    let sample_rate = u32::from_be_bytes([0, info[10], info[11], info[12]]) >> 4;
    let named = |law| {
        handler.strip_suffix(&[0]).unwrap_or(handler)
            == handler_name(&SampleEntry::G711 { law, sample_rate, channels }).as_bytes()
    };
    match [Law::A, Law::Mu].into_iter().find(|&law| named(law)) {
        Some(law) => Ok(SampleEntry::G711 { law, sample_rate, channels }),
        None => Ok(SampleEntry::Flac { config: Bytes::copy_from_slice(blocks), sample_rate, channels }),
    }
}

/// AudioSpecificConfig out of the descriptors.
fn read_esds(esds: RawBox<'_>) -> Result<Bytes, MediaError> {
    let mut reader = esds.reader();
    reader.u32()?;
    let mut es = descriptor(&mut reader, 0x03)?;
    es.take(2)?;
    let flags = es.u8()?;
    if flags & 0x80 != 0 {
        es.take(2)?;
    }
    if flags & 0x40 != 0 {
        let length = es.u8()?;
        es.take(length.into())?;
    }
    if flags & 0x20 != 0 {
        es.take(2)?;
    }
    let mut decoder = descriptor(&mut es, 0x04)?;
    decoder.take(13)?;
    let mut specific = descriptor(&mut decoder, 0x05)?;
    Ok(Bytes::copy_from_slice(specific.rest()))
}

fn descriptor<'a>(reader: &mut BoxReader<'a>, tag: u8) -> Result<BoxReader<'a>, MediaError> {
    if reader.u8()? != tag {
        return Err(MediaError::in_box(*b"esds", "has not the descriptors of AAC"));
    }
    let mut length = 0;
    for _ in 0..4 {
        let byte = reader.u8()?;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(BoxReader::new(reader.take(length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_have_their_rfc_6381_names() {
        let h264 = SampleEntry::H264 { config: Bytes::from_static(&[1, 0x64, 0, 0x1f, 255, 0xe0, 0]), width: 16, height: 16 };
        assert_eq!(codec(&h264), "avc1.64001f");
        let mut hvcc = vec![1, 0x01, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93];
        hvcc.resize(23, 0);
        assert_eq!(codec(&SampleEntry::H265 { config: hvcc.into(), width: 16, height: 16 }), "hvc1.1.6.L93.B0");
        assert_eq!(
            codec(&SampleEntry::Aac { config: Bytes::from_static(&[0x12, 0x10]), sample_rate: 44_100, channels: 2 }),
            "mp4a.40.2"
        );
    }
}
