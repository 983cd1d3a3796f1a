//! What the encoder does with its bits: whether it makes ever finer key frames of one and the same picture.
//!
//! In: sizes of a group of pictures, and by how much its key frame differs from the next one. Out: whether that
//! may be the encoder's work alone. Always: a picture that comes to rest but lives does not pass: its noise keeps
//! costing bytes, or its key frames stay about as large as they were.

use super::super::usual::Usual;
use crate::watch::eye::PictureSample;

/// Key frames that are made finer are so much larger than the large ones of those before, …
const GROWN: f32 = 1.25;
/// … and so much where what lies between them says little: noise too weak to cost bytes, or a clock that does.
const GROWN_FAR: f32 = 1.5;
/// One of two key frames of one picture is so much larger: the encoder changed, not what it sees.
const RESIZED: f32 = 1.1;
/// A quarter of the pictures between key frames is smaller than this share of what is usual.
const FAR_LESS: f32 = 0.2;
/// Most tiles differ by less than this share of the least that is usual.
const CALMER: f32 = 0.85;
/// Half of the picture changed by so many hundredths of a step: another scene, or another light.
const OTHER_SCENE: f32 = 1_000.0;

/// A group of pictures between two key frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    /// The size of its key frame, and of the next one.
    keys: [f32; 2],
    /// A quarter of the pictures between are smaller.
    quarter: f32,
    /// By how much the middle tile differs between the key frames, hundredths of a step of luma.
    difference: f32,
}

impl Group {
    /// None where a key frame has nothing after it.
    pub(super) fn of(samples: &[PictureSample], next_key: u32, difference: u32) -> Option<Self> {
        let key = samples.first().filter(|sample| sample.sync)?.bytes as f32;
        let mut between: Vec<_> = samples.iter().filter(|sample| !sample.sync).map(|sample| sample.bytes as f32).collect();
        between.sort_unstable_by(f32::total_cmp);
        let quarter = *between.get(between.len() / 4)?;
        Some(Self { keys: [key, next_key as f32], quarter, difference: difference as f32 })
    }
}

/// What is usual for a picture that lives.
#[derive(Debug, Default)]
pub(super) struct Effort {
    key: Usual,
    quarter: Usual,
    difference: Usual,
    /// How large the key frame was with which the present scene or light began.
    scene: f32,
}

impl Effort {
    /// Takes in a group of a picture that lives.
    pub(super) fn learn(&mut self, group: &Group) {
        if group.difference >= OTHER_SCENE {
            // Larger key frames than those before may be due to what there is to see now.
            self.scene = group.keys[1];
        }
        self.key.learn(group.keys[0]);
        self.quarter.learn(group.quarter);
        self.difference.learn(group.difference);
    }

    /// Whether its key frames may be one picture, made finer or coarser; `again` where the ones before it were.
    pub(super) fn may_explain(&self, group: &Group, again: bool) -> bool {
        self.measured(group, again).unwrap_or(false)
    }

    fn measured(&self, group: &Group, again: bool) -> Option<bool> {
        let [one, other] = group.keys;
        let grown = one.max(other) / self.key.at(0.9)?.max(self.scene).max(1.0);
        let resized = one.max(other) >= one.min(other) * RESIZED;
        let next_to_nothing = group.quarter <= self.quarter.value()? * FAR_LESS;
        let calmer = group.difference <= self.difference.at(0.1)? * CALMER;
        tracing::trace!(grown, next_to_nothing, calmer, again, ?group, "effort");
        let far = grown >= GROWN_FAR && calmer;
        Some(if again { next_to_nothing || far } else { resized && (far || (next_to_nothing && grown >= GROWN)) })
    }
}
