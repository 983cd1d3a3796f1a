//! Real encodings through the whole room: what comes out is what went in, and FFmpeg plays it without a word.

mod house;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use house::{access_unit, between, bytes_of, clip, cut_all, decoded, ffmpeg, footage, materialize, rate, run, store, stream};
use liuhen_media::g711;
use liuhen_media::playlist::{HlsSegment, Links, PlaylistKind, render, segments};
use liuhen_media::reader::{read_fragment, read_media};
use liuhen_media::select::Piece;
use liuhen_media::track::{Law, SampleEntry, Track, read_init};
use liuhen_media::virtual_mp4::plan;
use liuhen_media::writer::header_box;
use liuhen_proto::Sha256;
use liuhen_proto::fragment::TrackKind;
use tempfile::TempDir;

/// A clip of 10 s made by FFmpeg.
fn encode(dir: &TempDir, name: &str, arguments: &[&str]) -> PathBuf {
    let path = dir.path().join(name);
    let sources = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=10", "-f", "lavfi", "-i", "sine=r=48000:d=10"];
    ffmpeg(&[&sources, arguments, &["-y", path.to_str().unwrap()]].concat());
    path
}

fn h264_with_b_frames(dir: &TempDir) -> PathBuf {
    let x264 = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-b_strategy", "0", "-g", "50"];
    encode(dir, "b.mp4", &[&x264, &["-c:a", "aac"][..]].concat())
}

/// Every access unit comes out of the segment file as it went in.
fn check_samples(path: &Path, tracks: &[Track], units: &[liuhen_media::mp4_file::Mp4Unit]) {
    let file = std::fs::read(path).unwrap();
    let found = liuhen_media::segment_file::scan(path).unwrap().unwrap();
    for track in tracks {
        let mut stored = Vec::new();
        for fragment in &found.fragments {
            let bytes = &file[fragment.offset_bytes as usize..][..fragment.size_bytes as usize];
            let read = read_fragment(bytes).unwrap();
            let samples = read.tracks.iter().filter(|read| read.track == track.id).flat_map(|read| &read.samples);
            stored.extend(samples.map(|s| Bytes::copy_from_slice(&bytes[s.offset as usize..][..s.size as usize])));
        }
        assert!(stored == bytes_of(units, track.id), "track {} of {} came out otherwise", track.id, path.display());
    }
}

/// Records the clip twice with 7 s between, and plays the file, the virtual file and the playlist.
fn check_clip(source: &Path, pictures_of_all: bool) {
    let dir = tempfile::tempdir().unwrap();
    let (tracks, units) = clip(source);
    let cuts = cut_all(&tracks, units.iter().map(access_unit)).unwrap();
    let length_us = units.iter().map(|unit| unit.decode_us).max().unwrap();
    let files = [dir.path().join("1.mp4"), dir.path().join("2.mp4")];
    let first = store(&files[0], &tracks, run(1), 0, &cuts);
    let second = store(&files[1], &tracks, run(2), length_us + 7_000_000, &cuts);
    check_samples(&files[0], &tracks, &units);

    let pictures = decoded(source, "0:v:0");
    assert!(!pictures.is_empty() && decoded(&files[0], "0:v:0") == pictures, "the stored file shows other pictures");
    let pieces = [first, second];
    let plan = plan(stream(), &pieces, between(0.0, 100_000.0)).unwrap();
    let derived = dir.path().join("virtual.mp4");
    std::fs::write(&derived, materialize(&plan, &files)).unwrap();
    ffmpeg(&["-i", derived.to_str().unwrap(), "-f", "null", "-"]);
    if pictures_of_all {
        let twice = [&pictures[..], &pictures[..]].concat();
        assert!(decoded(&derived, "0:v:0") == twice, "the virtual file shows other pictures");
    }
    let pieces = if pictures_of_all { &pieces[..] } else { &pieces[..1] };
    check_playlist(&dir, pieces, &files, &pictures);
}

struct Files;

impl Links for Files {
    fn init(&self, segment: &HlsSegment) -> String {
        format!("{}-init.mp4", segment.run)
    }

    fn media(&self, segment: &HlsSegment) -> String {
        format!("{}-{}.m4s", segment.run, segment.first)
    }
}

/// FFmpeg's program drops pictures where the next run's media time begins again less than 10 s back (its
/// demuxer gives them all), so pictures are compared within one run, and over both only errors are looked for.
fn check_playlist(dir: &TempDir, pieces: &[Piece], files: &[PathBuf], pictures: &[String]) {
    let files: Vec<_> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    for (name, pieces) in [("one.m3u8", &pieces[..1]), ("all.m3u8", pieces)].into_iter().take(pieces.len()) {
        let found = segments(pieces, between(0.0, 100_000.0), false);
        for segment in &found {
            let parts = segment
                .ranges
                .iter()
                .map(|range| &files[range.piece][range.offset_bytes as usize..][..range.size_bytes as usize]);
            std::fs::write(dir.path().join(Files.media(segment)), parts.collect::<Vec<_>>().concat()).unwrap();
            let piece = &pieces[segment.ranges[0].piece];
            std::fs::write(dir.path().join(Files.init(segment)), &piece.init).unwrap();
        }
        assert_eq!(found.iter().filter(|segment| segment.discontinuity).count(), pieces.len() - 1);
        let list = dir.path().join(name);
        std::fs::write(&list, render(&found, PlaylistKind::Vod, &Files)).unwrap();
        let shown = decoded(&list, "0:v:0");
        assert!(pieces.len() > 1 || shown == pictures, "the playlist shows other pictures");
    }
}

#[test]
fn b_frames_and_aac() {
    let dir = tempfile::tempdir().unwrap();
    check_clip(&h264_with_b_frames(&dir), true);
}

#[test]
fn h265_with_a_long_group_and_no_sound() {
    let dir = tempfile::tempdir().unwrap();
    let x265 = ["-map", "0:v", "-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-bf", "2"];
    check_clip(
        &encode(&dir, "h265.mp4", &[&x265[..], &["-x265-params", "keyint=200:open-gop=0:log-level=error"]].concat()),
        true,
    );
}

#[test]
fn a_variable_frame_rate() {
    let dir = tempfile::tempdir().unwrap();
    let thinned = [
        "-vf",
        "select='not(mod(n,7))+gt(mod(n,5),2)'",
        "-fps_mode",
        "vfr",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-g",
        "20",
    ];
    check_clip(&encode(&dir, "vfr.mp4", &[&thinned[..], &["-c:a", "aac"]].concat()), true);
}

#[test]
fn the_clips_beside_the_project() {
    for path in footage("video") {
        check_clip(&path, false);
    }
}

/// Odd files may be refused, but never harm.
#[test]
fn the_odd_clips_beside_the_project_harm_nothing() {
    for path in footage("bitstreams") {
        let Ok(mut file) = liuhen_media::mp4_file::Mp4File::open(&path) else { continue };
        let tracks = file.tracks().to_vec();
        let mut units = Vec::new();
        while let Ok(Some(unit)) = file.next_unit() {
            units.push(unit);
        }
        let Ok(cuts) = cut_all(&tracks, units.iter().map(access_unit)) else { continue };
        let dir = tempfile::tempdir().unwrap();
        let stored = dir.path().join("odd.mp4");
        store(&stored, &tracks, run(1), 0, &cuts);
        check_samples(&stored, &tracks, &units);
    }
}

fn g711(law: Law, name: &str) {
    let dir = tempfile::tempdir().unwrap();
    let format = if law == Law::A { "alaw" } else { "mulaw" };
    let tone = ["-f", "lavfi", "-i", "sine=r=8000:d=9", "-f", format, "-"];
    let mut codes = ffmpeg(&tone);
    codes.extend((0..=255).cycle().take(8_000));
    let track = Track { id: 1, timescale: rate(8_000), entry: SampleEntry::G711 { law, sample_rate: 8_000, channels: 1 } };
    let unit = |(i, data): (usize, &[u8])| liuhen_media::cutter::AccessUnit {
        track: 1,
        pts: i as i64 * 320,
        sync: true,
        data: Bytes::copy_from_slice(data),
        lost_packets: 0,
        damaged: false,
        arrival: liuhen_proto::BootTime::from_micros(i as u64 * 40_000),
    };
    let cuts = cut_all(std::slice::from_ref(&track), codes.chunks(320).enumerate().map(unit)).unwrap();
    let path = dir.path().join(name);
    store(&path, &[track], run(1), 0, &cuts);
    let played = ffmpeg(&["-i", path.to_str().unwrap(), "-f", "s16le", "-"]);
    let expected: Vec<u8> = codes.iter().flat_map(|&code| g711::expand(law, code).to_le_bytes()).collect();
    assert!(played == expected, "FFmpeg hears something else than G.711 says");
    let restored: Vec<u8> =
        cuts.iter().flat_map(|cut| &cut.tracks[0].samples).flat_map(|s| g711::restore(law, 1, &s.data).unwrap()).collect();
    assert!(restored == codes, "the camera's bytes do not come back");
    let flac: usize = cuts.iter().flat_map(|cut| &cut.tracks[0].samples).map(|sample| sample.data.len()).sum();
    assert!(flac < codes.len() * 2);
}

#[test]
fn a_law_plays_as_flac_and_comes_back() {
    g711(Law::A, "a.mp4");
}

#[test]
fn mu_law_plays_as_flac_and_comes_back() {
    g711(Law::Mu, "mu.mp4");
}

/// Boxes of a file, each with its name.
fn boxes(mut bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let size = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
        found.push((&bytes[4..8], &bytes[..size]));
        bytes = &bytes[size..];
    }
    found
}

/// A foreign client puts our header box in front of what FFmpeg wrote.
#[test]
fn fragments_that_ffmpeg_wrote_are_taken() {
    let dir = tempfile::tempdir().unwrap();
    let source = h264_with_b_frames(&dir);
    let path = dir.path().join("foreign.mp4");
    let flags = ["-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof", path.to_str().unwrap()];
    ffmpeg(&[&["-i", source.to_str().unwrap()], &flags[..]].concat());
    let file = std::fs::read(&path).unwrap();
    let found = boxes(&file);
    let info = read_init(&[found[0].1, found[1].1].concat()).unwrap();
    assert_eq!(info.tracks.iter().map(Track::kind).collect::<Vec<_>>(), [TrackKind::Video, TrackKind::Audio]);
    let own = cut_all(&info.tracks, clip(&source).1.iter().map(access_unit)).unwrap();
    let mut taken = 0;
    for pair in found.windows(2).filter(|pair| pair[0].0 == b"moof") {
        let media = [pair[0].1, pair[1].1].concat();
        let tracks = read_media(&media).unwrap();
        let mut header = house::header(&own[0], &info.tracks, run(1), taken, 0);
        for (track, read) in header.tracks.iter_mut().zip(&tracks) {
            let length: i64 = read.samples.iter().map(|sample| i64::from(sample.duration)).sum();
            (track.media_start, track.media_end) = (read.decode_time, read.decode_time + length);
            track.samples = read.samples.len() as u32;
        }
        let bytes = [header_box(&header), media].concat();
        let read = read_fragment(&bytes).unwrap();
        assert_eq!(read.decode_time_offsets.len(), 2);
        assert_ne!(Sha256::of(&bytes), Sha256::of(b""));
        taken += 1;
    }
    assert_eq!(taken, 5);
}

/// A player learns the length from the head, and the index brings it to any place, over a gap too.
#[test]
fn the_virtual_file_tells_its_length_and_can_be_sought_in() {
    let dir = tempfile::tempdir().unwrap();
    let source = h264_with_b_frames(&dir);
    let (tracks, units) = clip(&source);
    let cuts = cut_all(&tracks, units.iter().map(access_unit)).unwrap();
    let files = [dir.path().join("1.mp4"), dir.path().join("2.mp4")];
    let pieces = [store(&files[0], &tracks, run(1), 0, &cuts), store(&files[1], &tracks, run(2), 30_000_000, &cuts)];
    let plan = plan(stream(), &pieces, between(0.0, 100.0)).unwrap();
    let path = dir.path().join("virtual.mp4");
    std::fs::write(&path, materialize(&plan, &files)).unwrap();
    let path = path.to_str().unwrap();
    let probe = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path];
    let output = std::process::Command::new("ffprobe").args(probe).output().unwrap();
    let secs: f64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    assert!((39.9..40.3).contains(&secs), "{secs} s");
    for (at, first) in [("4.0", 100), ("34.0", 100), ("38.0", 200)] {
        let shown = ffmpeg(&["-ss", at, "-i", path, "-map", "0:v", "-frames:v", "1", "-f", "framemd5", "-"]);
        let shown = String::from_utf8(shown).unwrap();
        let digest = shown.lines().last().unwrap().rsplit(',').next().unwrap().trim().to_owned();
        let place = decoded(&source, "0:v:0").iter().position(|picture| *picture == digest).unwrap();
        // FFmpeg shows pictures of negative composition offsets a few places later than they are due.
        assert!(place.abs_diff(first) <= 4, "at {at} s it shows picture {place}, not {first}");
    }
}
