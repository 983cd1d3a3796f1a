//! Watches a source, and knows what it must have seen.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use liuhen_media::track::Track;
use liuhen_proto::Sha256;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::world::SystemClock;
use liuhen_recorder::config::{Config, SourceConfig};
use liuhen_recorder::source::{self, CameraClock, Choice, Event, Source, SourceError, Unit};
use liuhen_tests::clips::ClipFile;
use liuhen_tests::elementary;

/// What a source said.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) choice: Choice,
    /// Tracks, each time they were told.
    pub(crate) tracks: Vec<Vec<Track>>,
    pub(crate) units: Vec<Unit>,
    pub(crate) clocks: Vec<CameraClock>,
    /// Why it said no more, if it did.
    pub(crate) end: Option<SourceError>,
}

/// What stands in the configuration for this source; `keys` are further lines of the camera.
pub(crate) fn config(source: &str, keys: &str) -> SourceConfig {
    let text = format!(
        "recorder_id = \"rec_01J9Z0000000000000000000AA\"\nsite_id = \"site_01J9Z0000000000000000000AA\"\n\
         [spool]\ndirectory = \"spool\"\nquota = \"1 GiB\"\n[[camera]]\ncamera_id = \"cam_01J9Z0000000000000000000AA\"\n\
         evidence_stream_id = \"str_01J9Z0000000000000000000AA\"\nname = \"camera\"\nsource = '''{source}'''\n{keys}\n"
    );
    let secret = |_: &str| Some("s3cret".to_owned());
    let config = Config::parse(&text, std::path::Path::new("recorder.toml"), &secret).expect("a good configuration");
    config.cameras[0].source.clone()
}

/// The line that chooses a reader.
pub(crate) fn by(reader: &str) -> String {
    format!("reader = \"{reader}\"")
}

/// Connects.
pub(crate) async fn open(config: &SourceConfig) -> Result<Box<dyn Source>, SourceError> {
    let opened = tokio::time::timeout(Duration::from_secs(30), source::open(config, Arc::new(SystemClock))).await;
    opened.expect("connecting ends one way or the other")
}

/// Watches until it has seen enough, the source ends, or nothing more is to be hoped for.
pub(crate) async fn watch(config: &SourceConfig, enough: impl Fn(&Seen) -> bool) -> Result<Seen, SourceError> {
    let mut source = open(config).await?;
    Ok(go_on(source.as_mut(), enough).await)
}

/// The same for a source that is open.
pub(crate) async fn go_on(source: &mut dyn Source, enough: impl Fn(&Seen) -> bool) -> Seen {
    let choice = source.choice();
    let mut seen = Seen { choice, tracks: Vec::new(), units: Vec::new(), clocks: Vec::new(), end: None };
    let watching = async {
        while !enough(&seen) {
            match source.next().await {
                Ok(Event::Tracks(tracks)) => seen.tracks.push(tracks),
                Ok(Event::Unit(unit)) => seen.units.push(unit),
                Ok(Event::CameraClock(clock)) => seen.clocks.push(clock),
                Ok(Event::Alive) => {}
                Err(end) => return seen.end = Some(end),
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(40), watching).await;
    in_time.unwrap_or_else(|_| panic!("never enough: {} units, tracks {:?}, end {:?}", seen.units.len(), seen.tracks, seen.end));
    seen
}

impl Seen {
    /// Tracks as they were told last.
    pub(crate) fn last_tracks(&self) -> &[Track] {
        self.tracks.last().map_or(&[], Vec::as_slice)
    }

    fn id(&self, kind: TrackKind) -> Option<u32> {
        self.last_tracks().iter().find(|track| track.kind() == kind).map(|track| track.id)
    }

    /// Units of the picture or of the sound.
    pub(crate) fn of(&self, kind: TrackKind) -> Vec<&Unit> {
        let id = self.id(kind);
        self.units.iter().filter(|unit| Some(unit.unit.track) == id).collect()
    }

    pub(crate) fn pictures(&self) -> usize {
        self.of(TrackKind::Video).len()
    }

    pub(crate) fn sounds(&self) -> usize {
        self.of(TrackKind::Audio).len()
    }

    /// Packets that are told to be missing, of all tracks.
    pub(crate) fn lost(&self) -> u64 {
        self.units.iter().map(|unit| u64::from(unit.unit.lost_packets)).sum()
    }

    pub(crate) fn damaged(&self) -> usize {
        self.units.iter().filter(|unit| unit.unit.damaged).count()
    }

    /// Digests of the NAL units in the order in which they came.
    pub(crate) fn nal_units(&self, h265: bool) -> Result<Vec<Sha256>> {
        let data = self.of(TrackKind::Video).into_iter().flat_map(|unit| unit.unit.data.to_vec()).collect::<Vec<_>>();
        elementary::units_of(&data, h265)
    }

    /// The sound as it came.
    pub(crate) fn sound(&self) -> Vec<u8> {
        self.of(TrackKind::Audio).into_iter().flat_map(|unit| unit.unit.data.to_vec()).collect()
    }

    /// What came is an unbroken piece of what the camera plays, byte for byte.
    pub(crate) fn is_the_clip(&self, clip: &ClipFile) -> Result<()> {
        let file = clip.path.to_str().context("a path of text")?;
        if self.id(TrackKind::Video).is_some() {
            let sent = elementary::nal_units(file, clip.h265)?;
            elementary::is_piece_of_loop(&self.nal_units(clip.h265)?, &sent).context("pictures")?;
        }
        if self.id(TrackKind::Audio).is_some() {
            elementary::is_piece_of_loop(&self.sound(), &elementary::sound(file)?).context("sound")?;
        }
        Ok(())
    }

    /// Times: pictures a tenth of a second apart when sorted, sound without a hole, both on one clock.
    pub(crate) fn times_are_right(&self) -> Result<()> {
        for track in self.last_tracks() {
            let units = self.of(track.kind());
            let mut times: Vec<i64> = units.iter().map(|unit| unit.unit.pts).collect();
            if track.kind() == TrackKind::Audio {
                ensure!(times.is_sorted(), "sound goes back in time");
            }
            times.sort_unstable();
            // At both ends frames are missing that are sent later, or were sent before, and are shown between others.
            let ragged = if track.kind() == TrackKind::Video { 3 } else { 0 };
            let times = &times[ragged..times.len() - ragged];
            let steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let rate = i64::from(track.timescale.get());
            ensure!(steps.iter().all(|step| *step > 0 && *step <= rate / 5), "steps of {:?}: {steps:?}", track.kind());
            if track.kind() == TrackKind::Video {
                // A file in a loop is as long as its sound, and has a longer frame at its end.
                let even = steps.iter().filter(|step| (**step - rate / 10).abs() <= rate / 500).count();
                ensure!(even * 10 >= steps.len() * 9, "frames are not a tenth of a second apart: {steps:?}");
            }
            let common: Vec<_> = units.iter().filter_map(|unit| unit.common_us).collect();
            ensure!(common.len() == units.len(), "a unit without a common time");
        }
        Ok(())
    }
}
