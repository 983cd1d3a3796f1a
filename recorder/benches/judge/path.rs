//! The recorder's own path, without waiting: file → access units → run → fragments → eye → judge.
//!
//! In: MP4 files (or raw A-law) of one camera, one after the other. Out: flags, with the moment at which the
//! recorder could tell them: when the unit arrived that completed the fragment.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use liuhen_media::cutter::AccessUnit;
use liuhen_media::mp4_file::Mp4File;
use liuhen_media::picture::Luma;
use liuhen_media::track::{Law, SampleEntry, Track};
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::judgement::{FlagKind, Thresholds};
use liuhen_proto::world::{ManualClock, SeededRandom};
use liuhen_proto::{BootTime, Timestamp};
use liuhen_recorder::clock::WallKeeper;
use liuhen_recorder::cut::{Fragment, Run, RunIds};
use liuhen_recorder::source::Unit;
use liuhen_recorder::watch::eye::{LUMA_HEIGHT, LUMA_WIDTH};
use liuhen_recorder::watch::{Eye, Judge};

const NOW: Timestamp = Timestamp::from_micros(1_795_338_000_000_000);
/// Since boot, when the first clip begins: the clock of the world's tests says [`NOW`] then.
const BEGIN_US: u64 = 3_600_000_000;
/// A-law that a camera sends at once.
const PACKET: usize = 320;

/// A flag, in seconds since the first clip began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Flag {
    pub(crate) kind: FlagKind,
    pub(crate) start: f64,
    pub(crate) end: f64,
    /// When it was told.
    pub(crate) told: f64,
    pub(crate) measured: f64,
    pub(crate) threshold: f64,
}

/// What judging a clip gave, and cost.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) flags: Vec<Flag>,
    pub(crate) seconds: f64,
    pub(crate) key_frames: u32,
    /// Processor seconds of eye and judge.
    pub(crate) cpu: f64,
}

struct Watcher {
    judge: Judge,
    judged: Judged,
    /// Media that came before this run, microseconds.
    before_us: u64,
}

/// Judges the files as one stream; with `reference`, the first key frame is the viewpoint's reference still.
pub(crate) fn judge(files: &[impl AsRef<Path>], reference: bool) -> Judged {
    let still = if reference { first_still(files[0].as_ref()) } else { None };
    let judge = Judge::new(Thresholds::default(), still.as_ref());
    let mut watcher = Watcher { judge, judged: Judged::default(), before_us: 0 };
    for file in files {
        watcher.file(file.as_ref());
    }
    let seconds = watcher.before_us as f64 / 1e6;
    let changes = watcher.judge.finish();
    watcher.note(changes, seconds);
    watcher.judged.seconds = seconds;
    watcher.judged
}

/// By way of a JPEG file, as a person's accepted still comes.
fn first_still(file: &Path) -> Option<Luma> {
    let (tracks, units) = read(file);
    let mut fragments = Vec::new();
    cut(&tracks, &units, 0, |fragment, _| fragments.push(fragment));
    let mut eye = Eye::new(&tracks);
    let key = eye.look(&fragments.first()?.bytes, None).expect("a fragment").pictures?.key?;
    let jpeg = key.jpeg(640, 80).expect("a still");
    Some(Luma::from_jpeg(&jpeg, LUMA_WIDTH, LUMA_HEIGHT).expect("a JPEG file"))
}

impl Watcher {
    fn file(&mut self, file: &Path) {
        let (tracks, units) = read(file);
        let mut eye = Eye::new(&tracks);
        let length = units.iter().map(|(at, _)| *at).max().unwrap_or(0);
        cut(&tracks, &units, self.before_us, |fragment, told_us| {
            let cpu = cpu_seconds();
            let seen = eye.look(&fragment.bytes, fragment.next_key.as_deref()).expect("our own fragment");
            let changes = self.judge.see(&seen);
            self.judged.cpu += cpu_seconds() - cpu;
            self.judged.key_frames += u32::from(seen.pictures.is_some_and(|pictures| pictures.key.is_some()));
            self.note(changes, told_us as f64 / 1e6);
        });
        self.before_us += length + 100_000;
    }

    fn note(&mut self, changes: Vec<liuhen_recorder::watch::FlagChange>, told: f64) {
        for change in changes {
            let seconds = |at: Timestamp| (at.as_micros() - NOW.as_micros()) as f64 / 1e6;
            let open = self.judged.flags.iter_mut().find(|flag| flag.kind == change.kind && flag.end.is_infinite());
            match (open, change.end) {
                (Some(flag), Some(end)) => {
                    (flag.end, flag.measured) = (seconds(end), change.measured_milli as f64 / 1e3);
                }
                (None, None) => self.judged.flags.push(Flag {
                    kind: change.kind,
                    start: seconds(change.start),
                    end: f64::INFINITY,
                    told,
                    measured: change.measured_milli as f64 / 1e3,
                    threshold: change.threshold_milli as f64 / 1e3,
                }),
                _ => panic!("a kind has at most one open flag, and only an open one ends: {change:?}"),
            }
        }
    }
}

/// Tracks, and units with the times at which a camera would send them, in microseconds.
fn read(file: &Path) -> (Vec<Track>, Vec<(u64, AccessUnit)>) {
    let unit = |track, at: u64, pts, sync, data| {
        (at, AccessUnit { track, pts, sync, data, lost_packets: 0, damaged: false, arrival: BootTime::from_micros(0) })
    };
    if file.extension().is_some_and(|extension| extension == "alaw") {
        let entry = SampleEntry::G711 { law: Law::A, sample_rate: 8_000, channels: 1 };
        let track = Track { id: 1, timescale: NonZeroU32::new(8_000).expect("not 0"), entry };
        let bytes = Bytes::from(std::fs::read(file).expect("the clip was made"));
        let packets = (0..bytes.len() / PACKET).map(|n| {
            let at = n * PACKET;
            unit(1, at as u64 * 125, at as i64, true, bytes.slice(at..at + PACKET))
        });
        return (vec![track], packets.collect());
    }
    let mut mp4 = Mp4File::open(file).expect("the clip was made");
    let tracks = mp4.tracks().to_vec();
    let (mut units, mut at) = (Vec::new(), 0);
    while let Some(found) = mp4.next_unit().expect("the clip is whole") {
        let scale = tracks.iter().find(|track| track.id == found.track).map_or(1, |track| i64::from(track.timescale.get()));
        // Nothing is sent before it was taken; B-frames follow the picture that they hang on.
        at = at.max((found.pts * 1_000_000 / scale).unsigned_abs());
        units.push(unit(found.track, at, found.pts, found.sync, found.data));
    }
    (tracks, units)
}

/// Cuts a run that begins so long after the first; `take` gets each fragment and when it was complete.
fn cut(tracks: &[Track], units: &[(u64, AccessUnit)], before_us: u64, mut take: impl FnMut(Fragment, u64)) {
    let (clock, random) = (Arc::new(ManualClock::at(NOW)), SeededRandom::new(before_us));
    let wall = Arc::new(WallKeeper::new(clock.clone()));
    let begin = || {
        let ids =
            RunIds { run: RunId::mint(NOW, &random), stream: StreamId::mint(NOW, &random), boot: BootId::mint(NOW, &random) };
        Run::begin(ids, tracks, wall.clone()).expect("tracks that are taken")
    };
    let (mut run, mut last) = (begin(), 0);
    for (at, unit) in units {
        let unit = Unit {
            unit: AccessUnit { arrival: BootTime::from_micros(BEGIN_US + before_us + at), ..unit.clone() },
            common_us: None,
        };
        let fragments = run.push(&unit).unwrap_or_else(|_| {
            // As the recorder does: the run ends, and the unit begins the next one.
            let ended = std::mem::replace(&mut run, begin()).finish();
            ended.into_iter().chain(run.push(&unit).expect("a run takes its first unit")).collect()
        });
        fragments.into_iter().for_each(|fragment| take(fragment, before_us + at));
        last = *at;
    }
    run.finish().into_iter().for_each(|fragment| take(fragment, before_us + last));
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}
