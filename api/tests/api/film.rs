//! Footage: what FFmpeg encodes, cut into fragments as a recorder would.

use std::num::NonZeroU32;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use liuhen_media::cutter::{AccessUnit, Cut, CutTrack, Cutter};
use liuhen_media::mp4_file::Mp4File;
use liuhen_media::track::{Track, init_segment};
use liuhen_media::writer::write_fragment;
use liuhen_proto::fragment::{ClockMapping, ClockSource, FragmentHeader, Sequence, TrackHeader};
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::time::MediaTime;
use liuhen_proto::{BootTime, Timestamp};

/// What a camera would send.
pub(crate) struct Film {
    pub(crate) tracks: Vec<Track>,
    pub(crate) init: Bytes,
    pub(crate) cuts: Vec<Cut>,
}

/// FFmpeg with these arguments; its complaints, which must be none where it is asked for errors only.
pub(crate) fn ffmpeg(arguments: &[&str]) -> String {
    let output = Command::new("ffmpeg").args(["-hide_banner", "-nostdin", "-v", "error"]).args(arguments).output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "ffmpeg {arguments:?}: {complaints}");
    complaints
}

impl Film {
    /// So many seconds of moving pictures with B-frames and a key frame each 2 s, and a tone.
    pub(crate) fn shoot(directory: &Path, seconds: u32, size: &str) -> Self {
        let path = directory.join(format!("film-{size}-{seconds}.mp4"));
        let picture = format!("testsrc=size={size}:rate=15");
        let (seconds, file) = (seconds.to_string(), path.to_str().unwrap());
        let input = ["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", &seconds];
        let encode = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "aac"];
        ffmpeg(&[&input[..], &encode[..], &["-y", file]].concat());
        Self::read(&path)
    }

    /// The same, without a tone.
    pub(crate) fn shoot_mute(directory: &Path, seconds: u32) -> Self {
        let path = directory.join("mute.mp4");
        let (seconds, file) = (seconds.to_string(), path.to_str().unwrap());
        let input = ["-f", "lavfi", "-i", "testsrc=size=160x96:rate=15", "-t", &seconds];
        let encode = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p"];
        ffmpeg(&[&input[..], &encode[..], &["-y", file]].concat());
        Self::read(&path)
    }

    fn read(path: &Path) -> Self {
        let mut file = Mp4File::open(path).unwrap();
        let tracks = file.tracks().to_vec();
        let mut cutter = Cutter::new(&tracks).unwrap();
        let mut cuts = Vec::new();
        while let Some(unit) = file.next_unit().unwrap() {
            let arrival = BootTime::from_micros(60_000_000 + unit.decode_us.unsigned_abs());
            let unit = AccessUnit {
                track: unit.track,
                pts: unit.pts,
                sync: unit.sync,
                data: unit.data,
                lost_packets: 0,
                damaged: false,
                arrival,
            };
            cuts.extend(cutter.push(unit).unwrap());
        }
        cuts.extend(cutter.finish());
        let init = init_segment(&tracks).unwrap().into();
        Self { tracks, init, cuts }
    }

    /// A fragment of a run that began at `start`, with its header; nothing after the last.
    pub(crate) fn fragment(
        &self,
        (stream, run, boot): (StreamId, RunId, BootId),
        start: Timestamp,
        place: usize,
    ) -> Option<(FragmentHeader, Bytes)> {
        let cut = self.cuts.get(place)?;
        let header = FragmentHeader {
            v: 1,
            stream,
            run,
            sequence: Sequence::new(place as u64).unwrap(),
            boot,
            clock: ClockMapping { version: 1, source: ClockSource::Synchronized },
            starts_with_sync: cut.starts_with_sync,
            tracks: cut.tracks.iter().map(|track| self.header_of(track, start)).collect(),
        };
        let bytes = write_fragment(&header, cut);
        Some((header, bytes))
    }

    fn header_of(&self, cut: &CutTrack, start: Timestamp) -> TrackHeader {
        let track = self.tracks.iter().find(|track| track.id == cut.track).unwrap();
        let micros = |ticks, timescale: NonZeroU32| MediaTime { ticks, timescale }.to_micros();
        let boot = |ticks| BootTime::from_micros(micros(ticks, track.timescale).unsigned_abs() + 60_000_000);
        let wall = |ticks| Timestamp::from_micros(start.as_micros() + micros(ticks, track.timescale));
        TrackHeader {
            track: cut.track,
            kind: track.kind(),
            codec: track.codec(),
            timescale: track.timescale,
            media_start: cut.media_start,
            media_end: cut.media_end,
            boot_start: boot(cut.media_start),
            boot_end: boot(cut.media_end),
            wall_start: wall(cut.media_start),
            wall_end: wall(cut.media_end),
            samples: u32::try_from(cut.samples.len()).unwrap(),
            lost_packets: cut.lost_packets,
            damaged: cut.damaged,
            origin: cut.origin.clone(),
            camera_wall_start: None,
        }
    }
}
