//! The init segment's boxes (ISO/IEC 14496-12): `ftyp` and `moov` with an `mvex`, no samples.
//!
//! In: tracks. Out: bytes, and from bytes tracks again. Always: no time of making and no name of a program
//! is written, so equal tracks give equal bytes. Not here: sample entries ([`entry`]).

pub(crate) mod entry;

use std::num::NonZeroU32;

use liuhen_proto::Sha256;
use liuhen_proto::fragment::{MAX_TRACKS, TrackKind};
use liuhen_proto::segment::MAX_INIT_BYTES;

use crate::boxes::{BoxReader, BoxWriter, RawBox};
use crate::error::MediaError;
use crate::track::{InitInfo, Track};

const UNITY_MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
/// `und` in three letters of 5 bits.
const LANGUAGE_UNDETERMINED: u16 = 0x55c4;

pub(crate) fn write(tracks: &[Track]) -> Result<Vec<u8>, MediaError> {
    check(tracks)?;
    let mut w = BoxWriter::with_capacity(1024);
    w.put_box(*b"ftyp", |w| {
        w.put(b"iso6").u32(0).put(b"iso6").put(b"mp41");
    });
    w.put_box(*b"moov", |w| {
        put_mvhd(w, tracks);
        for track in tracks {
            put_trak(w, track);
        }
        w.put_box(*b"mvex", |w| tracks.iter().for_each(|track| put_trex(w, track.id)));
    });
    let bytes = w.into_bytes();
    if bytes.len() > MAX_INIT_BYTES { Err(too_large(bytes.len())) } else { Ok(bytes) }
}

pub(crate) fn check(tracks: &[Track]) -> Result<(), MediaError> {
    if tracks.is_empty() || tracks.len() > MAX_TRACKS {
        return Err(MediaError::Config("a stream has 1 to 8 tracks"));
    }
    if tracks[0].id == 0 || !tracks.is_sorted_by(|a, b| a.id < b.id) {
        return Err(MediaError::Config("track ids are from 1, ascending and distinct"));
    }
    tracks.iter().try_for_each(|track| entry::check(&track.entry, track.timescale))
}

fn too_large(found: usize) -> MediaError {
    MediaError::TooLarge { what: "the init segment", found: found as u64, limit: MAX_INIT_BYTES as u64 }
}

fn put_mvhd(w: &mut BoxWriter, tracks: &[Track]) {
    let next_id = tracks.last().map_or(1, |track| track.id.saturating_add(1));
    w.put_full_box(*b"mvhd", 0, 0, |w| {
        w.u32(0).u32(0).u32(1_000).u32(0);
        w.u32(0x1_0000).u16(0x0100).zeros(10);
        put_matrix(w);
        w.zeros(24).u32(next_id);
    });
}

fn put_matrix(w: &mut BoxWriter) {
    for value in UNITY_MATRIX {
        w.u32(value);
    }
}

fn put_trak(w: &mut BoxWriter, track: &Track) {
    let video = track.kind() == TrackKind::Video;
    let (width, height) = entry::dimensions(&track.entry);
    w.put_box(*b"trak", |w| {
        w.put_full_box(*b"tkhd", 0, 3, |w| {
            w.u32(0).u32(0).u32(track.id).u32(0).u32(0).zeros(8);
            w.u16(0).u16(0).u16(if video { 0 } else { 0x0100 }).u16(0);
            put_matrix(w);
            w.u32(u32::from(width) << 16).u32(u32::from(height) << 16);
        });
        w.put_box(*b"mdia", |w| put_mdia(w, track, video));
    });
}

fn put_mdia(w: &mut BoxWriter, track: &Track, video: bool) {
    w.put_full_box(*b"mdhd", 0, 0, |w| {
        w.u32(0).u32(0).u32(track.timescale.get()).u32(0).u16(LANGUAGE_UNDETERMINED).u16(0);
    });
    w.put_full_box(*b"hdlr", 0, 0, |w| {
        w.u32(0).put(if video { b"vide" } else { b"soun" }).zeros(12);
        w.put(entry::handler_name(&track.entry).as_bytes()).u8(0);
    });
    w.put_box(*b"minf", |w| {
        if video {
            w.put_full_box(*b"vmhd", 0, 1, |w| {
                w.zeros(8);
            });
        } else {
            w.put_full_box(*b"smhd", 0, 0, |w| {
                w.zeros(4);
            });
        }
        w.put_box(*b"dinf", |w| {
            w.put_full_box(*b"dref", 0, 0, |w| {
                w.u32(1).put_full_box(*b"url ", 0, 1, |_| {});
            });
        });
        w.put_box(*b"stbl", |w| put_stbl(w, track));
    });
}

fn put_stbl(w: &mut BoxWriter, track: &Track) {
    w.put_full_box(*b"stsd", 0, 0, |w| {
        w.u32(1);
        entry::put(w, track);
    });
    for name in [b"stts", b"stsc"] {
        w.put_full_box(*name, 0, 0, |w| {
            w.u32(0);
        });
    }
    w.put_full_box(*b"stsz", 0, 0, |w| {
        w.u32(0).u32(0);
    });
    w.put_full_box(*b"stco", 0, 0, |w| {
        w.u32(0);
    });
}

fn put_trex(w: &mut BoxWriter, track: u32) {
    w.put_full_box(*b"trex", 0, 0, |w| {
        w.u32(track).u32(1).u32(0).u32(0).u32(0);
    });
}

pub(crate) fn read(bytes: &[u8]) -> Result<InitInfo, MediaError> {
    if bytes.len() > MAX_INIT_BYTES {
        return Err(too_large(bytes.len()));
    }
    let mut file = BoxReader::new(bytes);
    let ftyp = file.next_box()?.ok_or(MediaError::Missing("ftyp"))?;
    let moov = file.next_box()?.ok_or(MediaError::Missing("moov"))?;
    if ftyp.name != *b"ftyp" || moov.name != *b"moov" {
        return Err(MediaError::Config("an init segment is `ftyp` and then `moov`"));
    }
    if !file.is_empty() {
        return Err(MediaError::Config("an init segment is nothing but `ftyp` and `moov`"));
    }
    let mut tracks = read_tracks(moov)?;
    tracks.sort_by_key(|track| track.id);
    if tracks.is_empty() || !tracks.is_sorted_by(|a, b| a.id < b.id) {
        return Err(MediaError::Config("`moov` must have tracks with distinct ids"));
    }
    let size_bytes = u32::try_from(bytes.len()).expect("checked against MAX_INIT_BYTES");
    Ok(InitInfo { tracks, sha256: Sha256::of(bytes), size_bytes })
}

fn read_tracks(moov: RawBox<'_>) -> Result<Vec<Track>, MediaError> {
    moov.reader().find(*b"mvex", "mvex")?;
    let mut reader = moov.reader();
    let mut tracks = Vec::new();
    while let Some(trak) = reader.next_box()? {
        if trak.name != *b"trak" {
            continue;
        }
        if tracks.len() == MAX_TRACKS {
            return Err(MediaError::Config("a stream has 1 to 8 tracks"));
        }
        tracks.push(read_trak(trak)?);
    }
    Ok(tracks)
}

pub(crate) fn read_trak(trak: RawBox<'_>) -> Result<Track, MediaError> {
    let mut tkhd = trak.reader().find(*b"tkhd", "tkhd")?.reader();
    let (version, _) = tkhd.version_flags()?;
    tkhd.take(if version == 1 { 16 } else { 8 })?;
    let id = tkhd.u32()?;
    let mdia = trak.reader().find(*b"mdia", "mdia")?.reader();
    let mut mdhd = mdia.find(*b"mdhd", "mdhd")?.reader();
    let (version, _) = mdhd.version_flags()?;
    mdhd.take(if version == 1 { 16 } else { 8 })?;
    let timescale = NonZeroU32::new(mdhd.u32()?).ok_or_else(|| mdhd.error("a timescale is not 0"))?;
    if id == 0 {
        return Err(tkhd.error("a track's id is not 0"));
    }
    let mut hdlr = mdia.find(*b"hdlr", "hdlr")?.reader();
    hdlr.take(24)?;
    let name = hdlr.rest();
    let stbl = mdia.find(*b"minf", "minf")?.reader().find(*b"stbl", "stbl")?.reader();
    let mut stsd = stbl.find(*b"stsd", "stsd")?.reader();
    stsd.take(8)?;
    let entry = stsd.next_box()?.ok_or(MediaError::Missing("sample entry"))?;
    Ok(Track { id, timescale, entry: entry::read(entry, name)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{aac_track, g711_track, h264_track};
    use crate::track::Law;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_reads_back() {
        let tracks = [h264_track(1), aac_track(2), g711_track(3, Law::Mu)];
        let bytes = write(&tracks).unwrap();
        let info = read(&bytes).unwrap();
        assert_eq!(info.tracks, tracks);
        assert_eq!(info.size_bytes as usize, bytes.len());
        assert_eq!(bytes, write(&tracks).unwrap());
    }

    #[test]
    fn tracks_that_cannot_be_are_refused() {
        assert!(write(&[]).is_err());
        assert!(write(&[h264_track(2), aac_track(2)]).is_err());
        assert!(write(&[h264_track(0)]).is_err());
        assert!(write(&(1..=9).map(h264_track).collect::<Vec<_>>()).is_err());
    }

    proptest! {
        #[test]
        fn mutated_and_torn_bytes_never_panic(at in 0usize..4000, value: u8, length in 0usize..4000) {
            let mut bytes = write(&[h264_track(1), aac_track(2), g711_track(3, Law::A)]).unwrap();
            let place = at % bytes.len();
            bytes[place] = value;
            let _ = read(&bytes);
            let _ = read(&bytes[..length.min(bytes.len())]);
        }
    }
}
