//! What this room decodes is what FFmpeg's own program decodes: pictures and sound of real encodings.
#![cfg(feature = "ffmpeg")]

mod house;

use std::path::Path;

use house::{clip, ffmpeg, footage};
use liuhen_media::picture::PictureDecoder;
use liuhen_media::reader::read_media;
use liuhen_media::sound::{Level, SoundMeter};
use liuhen_media::track::{Track, read_init};
use liuhen_proto::fragment::TrackKind;

/// The first picture of the file as FFmpeg shows it, grey, full range.
fn shown(path: &Path) -> Vec<u8> {
    let path = path.to_str().unwrap();
    let filter = "scale=64:36:flags=area:out_range=full,format=gray";
    ffmpeg(&["-i", path, "-frames:v", "1", "-vf", filter, "-f", "rawvideo", "-"])
}

fn check_first_picture(path: &Path) {
    let (tracks, units) = clip(path);
    let track = tracks.iter().find(|track| track.kind() == TrackKind::Video).unwrap();
    let unit = units.iter().find(|unit| unit.track == track.id && unit.sync).unwrap();
    let picture = PictureDecoder::new(&track.entry).unwrap().key_frame(&unit.data).unwrap().unwrap();
    let (ours, theirs) = (picture.luma(64, 36).pixels, shown(path));
    let difference: u64 = ours.iter().zip(&theirs).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    // Edges fall between our pixels otherwise than between FFmpeg's.
    assert!(difference < 4 * 64 * 36, "{}: {:.2} a pixel", path.display(), difference as f64 / (64.0 * 36.0));
    assert!(picture.jpeg(640, 80).unwrap().len() > 500);
}

#[test]
fn pictures_of_all_encodings_look_as_ffmpeg_shows_them() {
    let dir = tempfile::tempdir().unwrap();
    let encodings: [&[&str]; 5] = [
        &["-c:v", "libx264", "-preset", "veryfast", "-bf", "3"],
        &["-c:v", "libx264", "-pix_fmt", "yuv422p10le"],
        &["-c:v", "libx264", "-vf", "scale=out_range=full", "-color_range", "pc", "-pix_fmt", "yuv420p"],
        &["-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1", "-pix_fmt", "yuv420p10le"],
        &["-c:v", "libx264", "-flags", "+ilme+ildct"],
    ];
    for (n, encoding) in encodings.into_iter().enumerate() {
        let path = dir.path().join(format!("{n}.mp4"));
        let source = ["-f", "lavfi", "-i", "testsrc2=s=322x184:r=5:d=1"];
        ffmpeg(&[&source, encoding, &["-y", path.to_str().unwrap()]].concat());
        check_first_picture(&path);
    }
    for path in footage("video").iter().chain(&footage("bitstreams")) {
        check_first_picture(path);
    }
}

/// A fragmented file, since sound that is no AAC is not read from an ordinary one.
fn levels(encoding: &[&str]) -> Vec<Level> {
    let source = ["-f", "lavfi", "-i", "sine=r=16000:d=3,volume=6dB,apad=pad_dur=2"];
    let fragmented = ["-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "1000000", "-"];
    let bytes = ffmpeg(&[&source, encoding, &fragmented].concat());
    let boxes = boxes(&bytes);
    let init_end = boxes.iter().find(|found| found.0 == *b"moov").unwrap().2;
    let track: Track = read_init(&bytes[..init_end]).unwrap().tracks.swap_remove(0);
    let mut meter = SoundMeter::new(&track).unwrap();
    let mut levels = Vec::new();
    for pair in boxes.windows(2).filter(|pair| pair[0].0 == *b"moof") {
        let fragment = &bytes[pair[0].1..pair[1].2];
        for sample in &read_media(fragment).unwrap()[0].samples {
            levels.extend(meter.push(&fragment[sample.offset as usize..][..sample.size as usize]).unwrap());
        }
    }
    levels
}

/// Name, start and end of each box at the top.
fn boxes(bytes: &[u8]) -> Vec<([u8; 4], usize, usize)> {
    let (mut at, mut found) = (0, Vec::new());
    while at < bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        found.push((bytes[at + 4..at + 8].try_into().unwrap(), at, at + size));
        at += size;
    }
    found
}

#[test]
fn sound_of_all_encodings_is_as_loud_as_it_was_made() {
    let encodings: [&[&str]; 4] = [
        &["-c:a", "aac", "-b:a", "64k"],
        &["-c:a", "libopus", "-b:a", "48k"],
        &["-c:a", "flac", "-strict", "-2"],
        &["-c:a", "aac", "-ac", "2", "-ar", "44100"],
    ];
    for encoding in encodings {
        let levels = levels(encoding);
        assert!(levels.len().abs_diff(50) <= 2, "{encoding:?}: {} levels of 5 s", levels.len());
        // A sine at 1/8 of full scale, 6 dB louder.
        let stereo = if encoding.contains(&"2") && encoding.contains(&"-ac") { 3.0 } else { 0.0 };
        for level in &levels[5..25] {
            assert!((level.rms_db + 15.1 + stereo).abs() < 1.0 && level.clipped == 0, "{encoding:?}: {level:?}");
        }
        assert!(levels[40..48].iter().all(|level| level.rms_db < -70.0), "{encoding:?}: {:?}", &levels[40..48]);
    }
}
