//! One stream that is judged: its eye, its judge, and the flags that are open.
//!
//! In: the fragments of its runs, settings, and the passing of time. Out: flags, stills and levels into the
//! observations. Always: the judge lives over all runs, so that a camera that comes back is held against the
//! same reference and what is usual for it; a flag's reports have rising versions.
//!
//! - Of a camera with a viewing stream, what is *in* the picture is judged there, which costs little to decode;
//!   how large and how many the pictures are, and the sound, are judged on the evidence. Where the viewing
//!   stream stays away, the evidence is judged for all of it.

use std::collections::BTreeMap;

use liuhen_media::MediaError;
use liuhen_media::picture::{Luma, Picture};
use liuhen_media::track::Track;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{FlagId, RunId, StillId, StreamId};
use liuhen_proto::judgement::{FlagKind, Limit, Thresholds};
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::observe_request::Observation;
use liuhen_proto::{BootTime, Span, Timestamp};

use super::eye::{Eye, LUMA_HEIGHT, LUMA_WIDTH, Seen};
use super::judge::{FlagChange, Judge, MAX_HOLE};
use super::levels::{self, Stretch};
use crate::camera::World;
use crate::observations::{Flag, StreamSettings};

/// A flag that goes on is told again after so long.
const REPORT: Span = Span::from_secs(30);
/// One still in so many microseconds.
const STILL_US: i64 = 10_000_000;
const STILL_WIDTH: u32 = 640;
const STILL_QUALITY: u8 = 75;

/// What is judged on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All: it is the only stream of its camera.
    All,
    /// All but what is in the picture, as long as the viewing stream comes.
    BesideViewing(StreamId),
    /// What is in the picture.
    Viewing,
}

/// One stream.
pub(super) struct Watched {
    stream: StreamId,
    pub(super) part: Part,
    run: Option<RunId>,
    eye: Option<Eye>,
    judge: Judge,
    settings: StreamSettings,
    reference: Option<Luma>,
    /// Whether pictures are decoded.
    decodes: bool,
    open: BTreeMap<FlagKind, Open>,
    /// Where the last fragment ended.
    seen: Option<Timestamp>,
    /// When it came.
    pub(super) heard: Option<BootTime>,
    /// The stretch of ten seconds that has its still.
    still: Option<i64>,
    levels: Option<Stretch>,
    /// That it cannot be judged was told.
    told: bool,
}

/// A flag that goes on.
struct Open {
    flag: Flag,
    reported: BootTime,
}

impl Watched {
    pub(super) fn new(stream: StreamId, part: Part, now: BootTime) -> Self {
        let mut watched = Self {
            stream,
            part,
            run: None,
            eye: None,
            judge: Judge::new(Thresholds::default(), None),
            settings: StreamSettings::default(),
            reference: None,
            decodes: !matches!(part, Part::BesideViewing(_)),
            open: BTreeMap::new(),
            seen: None,
            heard: Some(now),
            still: None,
            levels: None,
            told: false,
        };
        watched.set_judge();
        watched
    }

    /// Takes other settings.
    pub(super) fn set(&mut self, settings: StreamSettings) {
        if settings == self.settings {
            return;
        }
        if settings.reference != self.settings.reference {
            let read = |jpeg: &bytes::Bytes| Luma::from_jpeg(jpeg, LUMA_WIDTH, LUMA_HEIGHT);
            let told = |error: &MediaError| tracing::error!(stream.id = %self.stream, %error, "the reference still cannot be decoded; judged without one");
            self.reference = settings.reference.as_ref().map(read).and_then(|luma| luma.inspect_err(told).ok());
        }
        self.settings = settings;
        self.set_judge();
    }

    /// What is not judged on this stream is off.
    fn set_judge(&mut self) {
        use FlagKind::{Black, Blurred, Covered, Frozen, Moved};
        let mut thresholds = self.settings.thresholds.clone();
        for &kind in FlagKind::ALL {
            let in_picture = matches!(kind, Black | Blurred | Covered | Frozen | Moved);
            let is_judged = if in_picture { self.decodes } else { self.part != Part::Viewing };
            if !is_judged {
                thresholds.set(kind, Limit::Off).expect("to judge nothing is always allowed");
            }
        }
        self.judge.set(thresholds, self.reference.as_ref());
    }

    /// A run began.
    pub(super) fn begin(&mut self, run: RunId, tracks: &[Track]) {
        let judged = tracks.iter().filter(|track| self.part != Part::Viewing || track.kind() == TrackKind::Video);
        self.eye = Some(Eye::new(&judged.cloned().collect::<Vec<_>>()));
        self.run = Some(run);
    }

    /// The next fragment of the run, and the key frame that ended it.
    pub(super) fn look(&mut self, bytes: &[u8], next_key: Option<&[u8]>, decode: bool, world: &World) {
        let (Some(eye), Some(run)) = (&mut self.eye, self.run) else { return };
        if decode != self.decodes {
            tracing::info!(stream.id = %self.stream, decode, "the viewing stream stays away or is back: the evidence is judged for it or no longer");
            self.decodes = decode;
            self.set_judge();
            return self.look(bytes, next_key, decode, world);
        }
        let looked = if decode { eye.look(bytes, next_key) } else { eye.glance(bytes) };
        let seen = match looked {
            Ok(seen) => seen,
            Err(error) => return self.tell(&error.to_string()),
        };
        self.heard = Some(world.clock.boot_now());
        let ends = [seen.pictures.as_ref().map(|pictures| pictures.at.end()), seen.sound.as_ref().map(|sound| sound.at.end())];
        self.seen = ends.into_iter().flatten().chain(self.seen).max();
        let changes = self.judge.see(&seen);
        self.flags(changes, world);
        self.derive(&seen, run, world);
    }

    /// Time passes: flags that go on are told again; those of a stream that stays away end where they were seen.
    pub(super) fn tick(&mut self, world: &World) {
        let now = world.clock.boot_now();
        if self.is_away(now) {
            self.rest(world);
        }
        for open in self.open.values_mut() {
            let seen = self.seen.map_or(open.flag.seen, |seen| seen.max(open.flag.seen));
            if now.since(open.reported) < REPORT || seen == open.flag.seen {
                continue;
            }
            open.flag.seen = seen;
            open.flag.version = open.flag.version.saturating_add(1);
            open.reported = now;
            world.observations.put_flag(open.flag.clone());
        }
    }

    /// Whether nothing came for so long that what was said before says nothing about now.
    pub(super) fn is_away(&self, now: BootTime) -> bool {
        self.heard.is_none_or(|heard| now.since(heard) > MAX_HOLE.times(2))
    }

    /// Nothing comes for a while, or never again: all ends where it was last seen.
    pub(super) fn rest(&mut self, world: &World) {
        let changes = self.judge.finish();
        self.flags(changes, world);
        if let Some(stretch) = self.levels.take() {
            world.observations.put_derived(Observation::Levels(stretch.message(self.stream)));
        }
    }

    /// Judging it panicked: what is half done is thrown away, and the next run is judged anew.
    pub(super) fn broke(&mut self, world: &World) {
        self.tell("judging it panicked");
        (self.eye, self.levels) = (None, None);
        self.judge = Judge::new(Thresholds::default(), None);
        self.set_judge();
        for mut open in std::mem::take(&mut self.open).into_values() {
            let end = self.seen.unwrap_or(open.flag.seen).max(open.flag.start.after(Span::from_micros(1)));
            (open.flag.end, open.flag.seen) = (Some(end), end);
            open.flag.version = open.flag.version.saturating_add(1);
            world.observations.put_flag(open.flag);
        }
    }

    fn tell(&mut self, why: &str) {
        if !std::mem::replace(&mut self.told, true) {
            tracing::error!(stream.id = %self.stream, why, "a stream cannot be judged; it is recorded all the same. Told once");
        }
    }

    fn flags(&mut self, changes: Vec<FlagChange>, world: &World) {
        let Some(run) = self.run else { return };
        for change in changes {
            let known = self.open.remove(&change.kind).filter(|open| open.flag.start == change.start);
            let mut flag = known.map(|open| open.flag).unwrap_or_else(|| Flag {
                flag: FlagId::mint(world.clock.now(), world.random.as_ref()),
                stream: self.stream,
                run,
                kind: change.kind,
                start: change.start,
                end: None,
                seen: change.start,
                version: 0,
                measured_milli: 0,
                threshold_milli: 0,
                detector: change.detector.to_owned(),
            });
            flag.version = flag.version.saturating_add(1);
            flag.end = change.end.map(|end| end.max(change.start.after(Span::from_micros(1))));
            flag.seen = flag.end.or(self.seen).unwrap_or(change.start).max(flag.start);
            (flag.measured_milli, flag.threshold_milli) = (change.measured_milli, change.threshold_milli);
            tracing::info!(stream.id = %self.stream, flag.kind = %flag.kind, ended = flag.end.is_some(), measured_milli = flag.measured_milli, "flag");
            world.observations.put_flag(flag.clone());
            if flag.end.is_none() {
                self.open.insert(flag.kind, Open { flag, reported: world.clock.boot_now() });
            }
        }
    }

    fn derive(&mut self, seen: &Seen, run: RunId, world: &World) {
        if let Some(pictures) = &seen.pictures
            && let Some(key) = &pictures.key
        {
            let taken = pictures.key_at;
            let stretch = taken.as_micros().div_euclid(STILL_US);
            if self.still != Some(stretch) {
                self.still = Some(stretch);
                match still(key, self.stream, run, taken, world) {
                    Ok(still) => world.observations.put_derived(Observation::Still(still)),
                    Err(error) => self.tell(&error.to_string()),
                }
            }
        }
        if let Some(sound) = &seen.sound {
            for stretch in levels::gather(&mut self.levels, self.stream, run, sound.first, &sound.levels) {
                world.observations.put_derived(Observation::Levels(stretch));
            }
        }
    }
}

fn still(key: &Picture, stream: StreamId, run: RunId, taken: Timestamp, world: &World) -> Result<pb::Still, MediaError> {
    let jpeg = key.jpeg(STILL_WIDTH, STILL_QUALITY)?;
    let (width, height) = jpeg_size(&jpeg).ok_or(MediaError::Config("a still that was just made has no size"))?;
    Ok(pb::Still {
        still_id: StillId::mint(world.clock.now(), world.random.as_ref()).to_string(),
        stream_id: stream.to_string(),
        run_id: run.to_string(),
        taken_us: taken.as_micros(),
        jpeg,
        width,
        height,
    })
}

/// Width and height, as the frame header says (ITU-T T.81, B.2.2).
fn jpeg_size(jpeg: &[u8]) -> Option<(u32, u32)> {
    let mut rest = jpeg.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let (&[_, marker, high, low], _) = rest.split_first_chunk::<4>()?;
        if (0xc0..=0xc2).contains(&marker) {
            let (&[_, _, _, _, _, h1, h0, w1, w0], _) = rest.split_first_chunk::<9>()?;
            return Some((u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into()));
        }
        rest = rest.get(2 + usize::from(u16::from_be_bytes([high, low]))..)?;
    }
}
