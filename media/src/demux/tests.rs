use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use liuhen_proto::Sha256;

use super::*;
use crate::cutter::{AccessUnit, Cutter};
use crate::ffmpeg::{CodecId, Decoder, Samples};
use crate::track::SampleEntry;

fn clip() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clips/tiny.mp4")
}

fn ffmpeg(arguments: &[&str]) {
    let output = Command::new("ffmpeg").args(["-v", "error", "-y", "-nostdin"]).args(arguments).output().expect("run ffmpeg");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn made(directory: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = directory.join(name);
    ffmpeg(&[arguments, &[path.to_str().unwrap()]].concat());
    path
}

fn units(path: &Path) -> (Reading, Vec<AccessUnit>) {
    let mut reading = Demuxer::open(path).unwrap().read(true).unwrap();
    let mut units = Vec::new();
    while let Some(found) = reading.next_unit().unwrap() {
        assert_eq!(found.part, 0);
        units.push(found.unit);
    }
    assert_eq!((reading.dropped(), reading.torn()), (0, None));
    (reading, units)
}

/// Digests of the coded slices alone: containers add and repeat what else there is.
fn slices(units: &[AccessUnit]) -> Vec<Sha256> {
    let mut found = Vec::new();
    for unit in units.iter().filter(|unit| unit.track == 1) {
        let mut rest = &unit.data[..];
        while let Some((length, behind)) = rest.split_first_chunk::<4>() {
            let (nal, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
            if (1..=5).contains(&(nal[0] & 31)) {
                found.push(Sha256::of(nal));
            }
            rest = behind;
        }
    }
    found
}

#[test]
fn every_container_gives_the_same_pictures_at_the_same_times() {
    let directory = tempfile::tempdir().unwrap();
    compare(directory.path(), &clip(), &["mkv", "mov", "ts", "flv"]);
    // AVI has no presentation times: without B-frames none are needed, with them nobody knows.
    let picture = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25", "-t", "2"];
    let plain = made(directory.path(), "plain.mp4", &[&picture[..], &["-c:v", "libx264", "-bf", "0", "-g", "10"]].concat());
    compare(directory.path(), &plain, &["avi", "mkv", "ts"]);
    let b_frames = made(directory.path(), "b.avi", &["-i", clip().to_str().unwrap(), "-c", "copy", "-an"]);
    let mut reading = Demuxer::open(&b_frames).unwrap().read(true).unwrap();
    assert!(matches!(reading.next_unit(), Err(DemuxError::NoTimes(_))));
}

fn compare(directory: &Path, source: &Path, extensions: &[&str]) {
    let (reading, expected) = units(source);
    let micros = |reading: &Reading, unit: &AccessUnit| unit.pts * 1_000_000 / i64::from(reading.tracks()[0].timescale.get());
    let times: Vec<_> = expected.iter().filter(|u| u.track == 1).map(|unit| micros(&reading, unit)).collect();
    let syncs = |units: &[AccessUnit]| units.iter().filter(|unit| unit.track == 1).map(|unit| unit.sync).collect::<Vec<_>>();
    for extension in extensions {
        let copy = ["-i", source.to_str().unwrap(), "-c", "copy"];
        let (other, found) = units(&made(directory, &format!("a.{extension}"), &copy));
        assert_eq!(slices(&found), slices(&expected), "{extension}");
        assert_eq!(other.tracks()[0].codec(), reading.tracks()[0].codec(), "{extension}");
        assert_eq!(syncs(&found), syncs(&expected), "{extension}");
        for (unit, time) in found.iter().filter(|unit| unit.track == 1).zip(&times) {
            assert!((micros(&other, unit) - time).abs() < 101_000, "{extension}: {} and {time}", micros(&other, unit));
        }
        let mut cutter = Cutter::new(other.tracks()).unwrap();
        let cut: usize = found.into_iter().map(|unit| cutter.push(unit).unwrap().len()).sum();
        assert!(cut + cutter.finish().len() > 0, "{extension}");
    }
}

#[test]
fn h265_without_a_record_of_its_own_gets_one() {
    let directory = tempfile::tempdir().unwrap();
    let picture = ["-f", "lavfi", "-i", "testsrc2=size=128x96:rate=10", "-t", "2"];
    let encode = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=1", "-pix_fmt", "yuv420p"];
    let path = made(directory.path(), "a.ts", &[&picture[..], &encode].concat());
    let (reading, found) = units(&path);
    let entry = reading.tracks()[0].entry.clone();
    assert!(matches!(&entry, SampleEntry::H265 { config, width: 128, height: 96 } if config.len() > 23), "{entry:?}");
    let key = found.iter().find(|unit| unit.sync).unwrap();
    let picture = crate::picture::PictureDecoder::new(&entry).unwrap().key_frame(&key.data).unwrap().unwrap();
    assert_eq!((picture.width(), picture.damaged()), (128, false));
}

#[test]
fn sound_is_taken_as_it_is_and_pcm_becomes_flac_without_loss() {
    let directory = tempfile::tempdir().unwrap();
    let tone = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=16000", "-t", "1", "-ac", "1"];
    let wav = made(directory.path(), "a.wav", &[&tone[..], &["-c:a", "pcm_s16le"]].concat());
    let (reading, found) = units(&wav);
    let mut decoder = Decoder::open(CodecId::AV_CODEC_ID_FLAC, &crate::g711::stream_info(16_000, 1)[4..]).unwrap();
    let mut heard: Vec<i16> = Vec::new();
    for unit in &found {
        decoder.push(&unit.data).unwrap();
        while let Some(frame) = decoder.frame().unwrap() {
            for plane in frame.samples() {
                let Samples::I16(samples) = plane else { panic!("16 bits were written") };
                heard.extend(samples);
            }
        }
    }
    assert_eq!(reading.tracks()[0].codec(), "fLaC");
    let raw = std::fs::read(&wav).unwrap();
    let expected: Vec<i16> = raw[raw.len() - heard.len() * 2..].chunks(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
    assert!(heard.len() == 16_000 && heard == expected, "{} samples", heard.len());
    for (name, codec) in [("a.mkv", "aac"), ("b.ts", "aac"), ("c.mkv", "libopus"), ("d.avi", "pcm_alaw"), ("e.mkv", "flac")] {
        let rate = if codec == "pcm_alaw" { "8000" } else { "48000" };
        let path = made(directory.path(), name, &[&tone[..], &["-ar", rate, "-c:a", codec]].concat());
        let (reading, found) = units(&path);
        let ticks = i64::from(reading.tracks()[0].timescale.get());
        let last = found.last().unwrap().pts;
        assert!((ticks * 85 / 100..ticks * 105 / 100).contains(&last), "{name}: {last} of {ticks}");
        assert!(found.windows(2).all(|pair| pair[0].pts < pair[1].pts), "{name}");
    }
}

#[test]
fn what_cannot_be_stored_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let picture = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=5", "-f", "lavfi", "-i", "sine", "-t", "1"];
    let mjpeg = made(directory.path(), "a.avi", &[&picture[..], &["-c:v", "mjpeg", "-an"]].concat());
    let error = Demuxer::open(&mjpeg).unwrap().read(true).unwrap_err();
    assert!(error.to_string().contains("pictures in MJPEG"), "{error}");
    assert_eq!(error.code(), Code::FailedPrecondition);
    let mp2 = made(directory.path(), "b.mkv", &[&picture[..], &["-c:v", "libx264", "-c:a", "mp2"]].concat());
    let error = Demuxer::open(&mp2).unwrap().read(true).unwrap_err();
    assert!(error.to_string().contains("sound in MP2"), "{error}");
    let reading = Demuxer::open(&mp2).unwrap().read(false).unwrap();
    assert_eq!(reading.tracks().len(), 1);
}

#[test]
fn lists_of_other_files_and_what_is_no_recording_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let source = clip();
    let source = source.to_str().unwrap();
    let refused = [
        ("a.m3u8", format!("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{source}\n#EXT-X-ENDLIST\n")),
        ("b.mp4", format!("ffconcat version 1.0\nfile '{source}'\n")),
        (
            "c.sdp",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5000 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
                .into(),
        ),
        ("d.txt", "nothing of interest".to_owned()),
        ("e.mp4", String::new()),
    ];
    for (name, text) in refused {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        let error = Demuxer::open(&path).unwrap_err();
        assert!(matches!(error, DemuxError::Unreadable { .. }), "{name}: {error}");
    }
    assert!(Demuxer::open(directory.path()).is_err());
    assert!(Demuxer::open(Path::new("http://127.0.0.1:1/a.mp4")).is_err());
}

#[test]
fn the_file_says_when_it_was_made() {
    let directory = tempfile::tempdir().unwrap();
    let source = clip();
    let made = made(
        directory.path(),
        "a.mkv",
        &["-i", source.to_str().unwrap(), "-c", "copy", "-metadata", "creation_time=2026-11-22T09:00:00Z"],
    );
    let said = Demuxer::open(&made).unwrap().said_start();
    assert_eq!(said, Some(SaidStart::Utc(Timestamp::from_micros(1_795_338_000_000_000))));
}

/// A file that was cut short gives what it has; bytes that were changed give an error, or something, never a panic.
#[test]
fn torn_and_changed_files_are_borne() {
    let directory = tempfile::tempdir().unwrap();
    let source = clip();
    for extension in ["mkv", "ts", "avi", "mp4", "flv"] {
        let audio: &[&str] = if extension == "avi" { &["-an", "-c:v", "libx264", "-bf", "0"] } else { &["-c", "copy"] };
        let path = made(directory.path(), &format!("a.{extension}"), &[&["-i", source.to_str().unwrap()], audio].concat());
        let whole = std::fs::read(&path).unwrap();
        let (_, all) = units(&path);
        let read = |bytes: &[u8]| -> Option<usize> {
            std::fs::write(&path, bytes).unwrap();
            let mut reading = Demuxer::open(&path).ok()?.read(true).ok()?;
            let mut count = 0;
            while let Ok(Some(_)) = reading.next_unit() {
                count += 1;
            }
            Some(count)
        };
        if ["mkv", "ts", "flv"].contains(&extension) {
            let half = read(&whole[..whole.len() / 2]).unwrap();
            assert!(half > 0 && half < all.len(), "{extension}: {half} of {}", all.len());
        }
        let mut state = 0x2545_f491_u64;
        for _ in 0..40 {
            let mut bytes = whole.clone();
            for _ in 0..8 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Heads are where sizes stand.
                let range = if state & 1 == 0 { bytes.len().min(600) } else { bytes.len() };
                let place = (state >> 33) as usize % range;
                bytes[place] = (state >> 8) as u8;
            }
            read(&bytes);
        }
    }
}

#[test]
fn sound_may_be_left_out() {
    let (reading, all) = units(&clip());
    assert!(reading.tracks().len() > 1 && all.iter().any(|unit| unit.track == 2 && unit.data != Bytes::new()));
    let mut reading = Demuxer::open(&clip()).unwrap().read(false).unwrap();
    assert_eq!(reading.tracks().len(), 1);
    while let Some(found) = reading.next_unit().unwrap() {
        assert_eq!(found.unit.track, 1);
    }
}
