//! What the recorder's own detectors say about the seconds of a check.

use std::collections::BTreeMap;

use liuhen_media::track::Track;
use liuhen_proto::judgement::{FlagKind, Thresholds};

use super::report::Preview;
use crate::watch::{Eye, FlagChange, Judge};

/// Looks at the fragments of a check.
pub(super) struct Judging {
    eye: Option<Eye>,
    judge: Judge,
    /// The worst of each kind.
    flags: BTreeMap<FlagKind, FlagChange>,
    /// Mean brightness of each key frame.
    brightness: Vec<f64>,
    /// Loudness of each tenth of a second, dBFS.
    levels: Vec<f32>,
    peak_db: Option<f32>,
}

impl Default for Judging {
    fn default() -> Self {
        let judge = Judge::new(Thresholds::default(), None);
        Self { eye: None, judge, flags: BTreeMap::new(), brightness: Vec::new(), levels: Vec::new(), peak_db: None }
    }
}

impl Judging {
    /// A run of these tracks begins.
    pub(super) fn begin(&mut self, tracks: &[Track]) {
        self.eye = Some(Eye::new(tracks));
    }

    /// A fragment. Decoding it takes milliseconds, which a check has.
    pub(super) fn see(&mut self, fragment: &[u8]) {
        let Some(Ok(seen)) = self.eye.as_mut().map(|eye| eye.look(fragment, None)) else { return };
        if let Some(luma) = seen.pictures.as_ref().and_then(|pictures| pictures.luma.as_ref()) {
            let sum: u64 = luma.pixels.iter().map(|pixel| u64::from(*pixel)).sum();
            self.brightness.push(sum as f64 / luma.pixels.len().max(1) as f64);
        }
        for level in seen.sound.iter().flat_map(|sound| &sound.levels) {
            self.levels.push(level.rms_db);
            self.peak_db = Some(self.peak_db.map_or(level.peak_db, |peak| peak.max(level.peak_db)));
        }
        let changes = self.judge.see(&seen);
        self.note(changes);
    }

    fn note(&mut self, changes: Vec<FlagChange>) {
        self.flags.extend(changes.into_iter().map(|change| (change.kind, change)));
    }

    /// All of it.
    pub(super) fn finish(mut self) -> Preview {
        let rest = self.judge.finish();
        self.note(rest);
        self.levels.sort_by(f32::total_cmp);
        let brightness =
            (!self.brightness.is_empty()).then(|| self.brightness.iter().sum::<f64>() / self.brightness.len() as f64);
        let rounded = |value: f64| (value * 10.0).round() / 10.0;
        Preview {
            brightness: brightness.map(rounded),
            sound_db: self.levels.get(self.levels.len() / 2).map(|level| rounded(f64::from(*level))),
            sound_peak_db: self.peak_db.map(|peak| rounded(f64::from(peak))),
            flags: self.flags.into_values().map(|flag| (flag.kind, flag.measured_milli)).collect(),
        }
    }
}
