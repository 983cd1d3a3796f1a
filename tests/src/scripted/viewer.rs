//! Looks at a camera as the recorder does, for a moment.
//!
//! In: how to reach it. Out: its tracks, its first units, and the fragments that the recorder makes of them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use liuhen_media::reader::read_fragment;
use liuhen_media::track::{SampleEntry, Track, read_init};
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use liuhen_recorder::clock::WallKeeper;
use liuhen_recorder::config::{RtspSource, SourceConfig};
use liuhen_recorder::cut::{Run, RunIds};
use liuhen_recorder::source::{self, Choice, Event, Source, SourceError, Unit};

/// Units of each track that make a look.
const ENOUGH: usize = 10;
/// How long a look takes at the most.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was seen.
#[derive(Debug)]
pub struct Look {
    /// What read it, and why.
    pub choice: Choice,
    /// Its tracks, as they were at last.
    pub tracks: Vec<Track>,
    /// Units since then.
    pub units: Vec<Unit>,
}

impl Look {
    /// Connects, and takes what comes, until enough has come of all tracks.
    pub async fn at(config: &RtspSource) -> Result<Self, SourceError> {
        let mut source = source::open(&SourceConfig::Rtsp(config.clone()), Arc::new(SystemClock)).await?;
        let mut look = Self { choice: source.choice(), tracks: Vec::new(), units: Vec::new() };
        // What has come by then is what there is; the test judges it.
        let filled = tokio::time::timeout(PATIENCE, look.fill(source.as_mut())).await;
        source.close().await;
        filled.unwrap_or(Ok(()))?;
        Ok(look)
    }

    async fn fill(&mut self, source: &mut dyn Source) -> Result<(), SourceError> {
        while self.tracks.is_empty() || !self.tracks.iter().all(|track| self.of(track.id) >= ENOUGH) {
            match source.next().await? {
                Event::Tracks(tracks) => (self.tracks, self.units) = (tracks, Vec::new()),
                Event::Unit(unit) => self.units.push(unit),
                Event::CameraClock(_) | Event::Alive => {}
            }
        }
        Ok(())
    }

    /// Where the first picture that stands alone is; the recorder begins there.
    fn first_key(&self) -> Option<usize> {
        let is_picture = |track: u32| self.tracks.iter().any(|known| known.kind() == TrackKind::Video && known.id == track);
        self.units.iter().position(|unit| unit.unit.sync && is_picture(unit.unit.track))
    }

    /// Units of a track since then.
    fn of(&self, track: u32) -> usize {
        let since = self.first_key().map_or(&[][..], |first| &self.units[first..]);
        since.iter().filter(|unit| unit.unit.track == track).count()
    }

    /// In some words, for instance `H.264 1920×1080, AAC 16000 Hz`.
    pub fn words(&self) -> String {
        let words: Vec<_> = self.tracks.iter().map(words).collect();
        words.join(", ")
    }

    /// Makes fragments of it, and holds that they hold all tracks and begin with a picture that stands alone.
    pub fn recorded(&self) -> Result<()> {
        let now = SystemClock.now();
        let random = &OsRandom;
        let ids = RunIds { run: RunId::mint(now, random), stream: StreamId::mint(now, random), boot: BootId::mint(now, random) };
        let mut run = Run::begin(ids, &self.tracks, Arc::new(WallKeeper::new(Arc::new(SystemClock)))).context("begin a run")?;
        ensure!(read_init(run.init()).context("read the init segment")?.tracks.len() == self.tracks.len(), "tracks are missing");
        let first = self.first_key().context("no key frame came")?;
        let mut fragments = Vec::new();
        for unit in &self.units[first..] {
            fragments.extend(run.push(unit).with_context(|| format!("push a unit of track {}", unit.unit.track))?);
        }
        fragments.extend(run.finish());
        ensure!(
            fragments.first().is_some_and(|fragment| fragment.header.starts_with_sync),
            "the first fragment stands not alone"
        );
        for track in &self.tracks {
            let mut samples = 0;
            for fragment in &fragments {
                let read = read_fragment(&fragment.bytes).context("read a fragment")?;
                samples += read.tracks.iter().filter(|read| read.track == track.id).map(|read| read.samples.len()).sum::<usize>();
            }
            // Packets of G.711 are stored together.
            ensure!(samples > 0, "no samples of track {}", track.id);
        }
        ensure!(!self.units.iter().any(|unit| unit.unit.damaged || unit.unit.lost_packets > 0), "a camera that loses nothing");
        Ok(())
    }
}

fn words(track: &Track) -> String {
    let sound = |name: &str, rate: &u32, channels: &u16| match channels {
        1 => format!("{name} {rate} Hz"),
        _ => format!("{name} {rate} Hz ×{channels}"),
    };
    match &track.entry {
        SampleEntry::H264 { width, height, .. } => format!("H.264 {width}×{height}"),
        SampleEntry::H265 { width, height, .. } => format!("H.265 {width}×{height}"),
        SampleEntry::Aac { sample_rate, channels, .. } => sound("AAC", sample_rate, channels),
        SampleEntry::G711 { law, sample_rate, channels } => sound(law.as_str(), sample_rate, channels),
        SampleEntry::Opus { channels, .. } => sound("Opus", &48_000, channels),
        other => format!("{other:?}"),
    }
}
