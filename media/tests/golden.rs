//! The permanent formats, byte for byte: init segment, fragment, segment file; and the texts and files that
//! are derived from them. `LIUHEN_BLESS=1` writes the files anew; a change of the first three breaks what is stored.

mod house;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use house::{between, cut_all, materialize, rate, run, store, stream};
use liuhen_media::cutter::AccessUnit;
use liuhen_media::playlist::{HlsSegment, Links, PlaylistKind, render, segments};
use liuhen_media::track::{Law, SampleEntry, Track, read_init};
use liuhen_media::virtual_mp4::plan;
use liuhen_proto::BootTime;

/// SPS and PPS of Baseline profile, 16×16.
const AVCC: &[u8] = &[
    1, 0x42, 0xc0, 0x0a, 0xff, 0xe1, 0, 10, 0x67, 0x42, 0xc0, 0x0a, 0xdc, 0x4f, 0x84, 0x40, 0x00, 0x00, 1, 0, 4, 0x68, 0xce,
    0x3c, 0x80,
];

fn tracks() -> [Track; 3] {
    let h264 = SampleEntry::H264 { config: Bytes::from_static(AVCC), width: 16, height: 16 };
    let aac = SampleEntry::Aac { config: Bytes::from_static(&[0x15, 0x88]), sample_rate: 8_000, channels: 1 };
    let g711 = SampleEntry::G711 { law: Law::Mu, sample_rate: 8_000, channels: 1 };
    [
        Track { id: 1, timescale: rate(90_000), entry: h264 },
        Track { id: 2, timescale: rate(8_000), entry: aac },
        Track { id: 3, timescale: rate(8_000), entry: g711 },
    ]
}

fn unit(track: u32, pts: i64, sync: bool, data: Vec<u8>) -> AccessUnit {
    let arrival = BootTime::from_micros(0);
    AccessUnit { track, pts, sync, data: data.into(), lost_packets: u32::from(pts == 9_000), damaged: pts == 9_000, arrival }
}

/// 4 s: pictures at 10 a second with B-frames in groups of 2 s, AAC, and all codes of µ-law.
fn units() -> Vec<AccessUnit> {
    let order = |i: i64| i / 20 * 20 + [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11, 15, 13, 14, 18, 16, 17, 19][(i % 20) as usize];
    let mut units = Vec::new();
    for i in 0..40 {
        units.push(unit(1, order(i) * 9_000, i % 20 == 0, vec![0, 0, 0, 2, if i % 20 == 0 { 0x65 } else { 0x41 }, i as u8]));
        units.push(unit(3, i * 800, true, (0..800).map(|at| (at * 7 + i) as u8).collect()));
        if i * 800 / 1_024 != (i + 1) * 800 / 1_024 {
            units.push(unit(2, i * 800 / 1_024 * 1_024 + 40, true, vec![0x21, i as u8, 3]));
        }
    }
    units
}

struct ByRun;

impl Links for ByRun {
    fn init(&self, segment: &HlsSegment) -> String {
        format!("{}.mp4", segment.run)
    }

    fn media(&self, segment: &HlsSegment) -> String {
        format!("{}/{}-{}.m4s", segment.run, segment.first, segment.last)
    }
}

fn check(name: &str, bytes: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("LIUHEN_BLESS").is_some() {
        std::fs::write(&path, bytes).unwrap();
    }
    let golden = std::fs::read(&path).unwrap();
    let differs = golden.iter().zip(bytes).position(|(a, b)| a != b);
    assert!(golden == bytes, "{name} differs at {differs:?} ({} bytes, {} in the golden file)", bytes.len(), golden.len());
}

#[test]
fn the_formats_are_those_of_the_golden_files() {
    let dir = tempfile::tempdir().unwrap();
    let tracks = tracks();
    let cuts = cut_all(&tracks, units()).unwrap();
    let files: [PathBuf; 2] = [dir.path().join("1.mp4"), dir.path().join("2.mp4")];
    let pieces = [store(&files[0], &tracks, run(1), 0, &cuts), store(&files[1], &tracks, run(2), 10_000_000, &cuts)];
    let file = std::fs::read(&files[0]).unwrap();
    let first = &pieces[0].fragments[0];
    check("init.v1.mp4", &pieces[0].init);
    check("fragment.v1.m4s", &file[first.offset_bytes as usize..][..first.size_bytes as usize]);
    check("segment.v1.mp4", &file);

    let found = segments(&pieces, between(0.0, 20.0), false);
    check("playlist.m3u8", render(&found, PlaylistKind::Vod, &ByRun).as_bytes());
    let plan = plan(stream(), &pieces, between(1.0, 11.0)).unwrap();
    check("virtual.mp4", &materialize(&plan, &files));
}

/// What was stored by version 1 reads for ever, whatever the writer does by then.
#[test]
fn stored_files_of_version_1_read() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let info = read_init(&std::fs::read(golden.join("init.v1.mp4")).unwrap()).unwrap();
    assert_eq!(info.tracks, tracks());
    let found = liuhen_media::segment_file::scan(&golden.join("segment.v1.mp4")).unwrap().unwrap();
    assert_eq!((found.fragments.len(), found.torn_bytes), (2, 0));
    let fragment = std::fs::read(golden.join("fragment.v1.m4s")).unwrap();
    let read = liuhen_media::reader::read_fragment(&fragment).unwrap();
    assert_eq!(read.header.tracks.iter().map(|track| track.samples).collect::<Vec<_>>(), [20, 16, 4]);
}
