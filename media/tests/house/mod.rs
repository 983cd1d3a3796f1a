//! What a recorder and a centre do around this room, as small as it can be: clips in, stored runs out.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use liuhen_media::cutter::{AccessUnit, Cut, CutError, CutTrack, Cutter};
use liuhen_media::mp4_file::{Mp4File, Mp4Unit};
use liuhen_media::segment_file::{SegmentWriter, recover};
use liuhen_media::select::Piece;
use liuhen_media::track::{Track, init_segment};
use liuhen_media::virtual_mp4::{Plan, Slice};
use liuhen_media::writer::write_fragment;
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Sequence, TrackHeader};
use liuhen_proto::ids::{RunId, StreamId};
use liuhen_proto::time::MediaTime;
use liuhen_proto::{BootTime, Interval, Sha256, Timestamp};

/// 2026-11-22T09:00:00Z.
pub const START_US: i64 = 1_795_338_000_000_000;

pub fn run(n: u8) -> RunId {
    format!("run_01KAPM000000000000000000{n:02}").parse().unwrap()
}

pub fn stream() -> StreamId {
    "str_01KAPM00000000000000000000".parse().unwrap()
}

/// Seconds since [`START_US`].
pub fn between(from: f64, to: f64) -> Interval {
    let at = |secs: f64| Timestamp::from_micros(START_US + (secs * 1e6) as i64);
    Interval::new(at(from), at(to)).unwrap()
}

/// Where real clips lie, if they are beside the project.
pub fn footage(kind: &str) -> Vec<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/footage").join(kind));
    let Some(entries) = above.filter_map(|folder| std::fs::read_dir(folder).ok()).next() else { return Vec::new() };
    let mut clips: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "mp4")).collect();
    clips.sort();
    clips
}

/// Runs FFmpeg; it must succeed and have nothing to say.
pub fn ffmpeg(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("ffmpeg").args(["-v", "error", "-nostdin"]).args(arguments).output();
    let output = output.expect("ffmpeg is installed (./dev setup)");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "ffmpeg {}: {said}", arguments.join(" "));
    output.stdout
}

/// Digests of the decoded pictures or samples, one a line, without their times.
pub fn decoded(path: &Path, map: &str) -> Vec<String> {
    let text = ffmpeg(&["-i", path.to_str().unwrap(), "-map", map, "-fps_mode", "passthrough", "-f", "framemd5", "-"]);
    let lines = String::from_utf8(text).unwrap();
    lines.lines().filter(|line| !line.starts_with('#')).map(|line| line.rsplit(',').next().unwrap().trim().to_owned()).collect()
}

/// All access units of a clip.
pub fn clip(path: &Path) -> (Vec<Track>, Vec<Mp4Unit>) {
    let mut file = Mp4File::open(path).unwrap();
    let mut units = Vec::new();
    while let Some(unit) = file.next_unit().unwrap() {
        units.push(unit);
    }
    (file.tracks().to_vec(), units)
}

pub fn access_unit(unit: &Mp4Unit) -> AccessUnit {
    AccessUnit {
        track: unit.track,
        pts: unit.pts,
        sync: unit.sync,
        data: unit.data.clone(),
        lost_packets: 0,
        damaged: false,
        arrival: BootTime::from_micros(unit.decode_us.unsigned_abs() + 1_000_000),
    }
}

pub fn cut_all(tracks: &[Track], units: impl IntoIterator<Item = AccessUnit>) -> Result<Vec<Cut>, CutError> {
    let mut cutter = Cutter::new(tracks).unwrap();
    let mut cuts = Vec::new();
    for unit in units {
        cuts.extend(cutter.push(unit)?);
    }
    cuts.extend(cutter.finish());
    Ok(cuts)
}

fn track_header(cut: &CutTrack, track: &Track, after_us: i64) -> TrackHeader {
    let micros = |ticks| MediaTime { ticks, timescale: track.timescale }.to_micros() + after_us;
    TrackHeader {
        track: cut.track,
        kind: track.kind(),
        codec: track.codec(),
        timescale: track.timescale,
        media_start: cut.media_start,
        media_end: cut.media_end,
        boot_start: BootTime::from_micros(micros(cut.media_start).unsigned_abs()),
        boot_end: BootTime::from_micros(micros(cut.media_end).unsigned_abs()),
        wall_start: Timestamp::from_micros(START_US + micros(cut.media_start)),
        wall_end: Timestamp::from_micros(START_US + micros(cut.media_end)),
        samples: u32::try_from(cut.samples.len()).unwrap(),
        lost_packets: cut.lost_packets,
        damaged: cut.damaged,
        origin: cut.origin.clone(),
        camera_wall_start: None,
    }
}

/// The header of a recorder with a perfect clock, for a run that began so long after [`START_US`].
pub fn header(cut: &Cut, tracks: &[Track], run: RunId, sequence: u64, after_us: i64) -> FragmentHeader {
    let of = |cut: &CutTrack| track_header(cut, tracks.iter().find(|track| track.id == cut.track).unwrap(), after_us);
    FragmentHeader {
        v: 1,
        run,
        sequence: Sequence::new(sequence).unwrap(),
        stream: stream(),
        boot: "boot_01KAPM00000000000000000000".parse().unwrap(),
        clock: ClockMapping { version: 1, source: ClockSource::Synchronized },
        starts_with_sync: cut.starts_with_sync,
        tracks: cut.tracks.iter().map(of).collect(),
    }
}

/// Writes the run's segment file; returns what the index says of it after recovery.
pub fn store(path: &Path, tracks: &[Track], run: RunId, after_us: i64, cuts: &[Cut]) -> Piece {
    let mut writer = SegmentWriter::create(path, &init_segment(tracks).unwrap()).unwrap();
    for (sequence, cut) in cuts.iter().enumerate() {
        let bytes = write_fragment(&header(cut, tracks, run, sequence as u64, after_us), cut);
        writer.append(&bytes, Sha256::of(&bytes)).unwrap();
    }
    writer.sync().unwrap();
    let found = recover(path).unwrap().unwrap();
    assert_eq!((found.fragments.len(), found.torn_bytes), (cuts.len(), 0));
    Piece { run, init: found.init, info: found.info, fragments: found.fragments }
}

/// The virtual file's bytes, as an HTTP handler would send them.
pub fn materialize(plan: &Plan, files: &[PathBuf]) -> Vec<u8> {
    let files: Vec<_> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    let mut bytes = Vec::new();
    for slice in plan.slices(0..plan.size_bytes()) {
        match slice {
            Slice::Bytes(more) => bytes.extend_from_slice(&more),
            Slice::Stored { piece, offset_bytes, size_bytes, patches } => {
                let start = bytes.len();
                bytes.extend_from_slice(&files[piece][offset_bytes as usize..][..size_bytes as usize]);
                for patch in patches {
                    bytes[start + patch.at..][..patch.bytes.len()].copy_from_slice(&patch.bytes);
                }
            }
        }
    }
    bytes
}

pub fn rate(ticks: u32) -> NonZeroU32 {
    NonZeroU32::new(ticks).unwrap()
}

pub fn bytes_of(units: &[Mp4Unit], track: u32) -> Vec<Bytes> {
    units.iter().filter(|unit| unit.track == track).map(|unit| unit.data.clone()).collect()
}
