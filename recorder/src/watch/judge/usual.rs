//! What is usual for a camera, learned from what it shows, for want of a reference that a person accepted.

/// So many values are taken at first before anything is called usual.
const ENOUGH: usize = 5;
/// So many are remembered.
const MEMORY: usize = 60;

/// Median of the latest values that were no fault.
#[derive(Debug, Default)]
pub(super) struct Usual {
    values: Vec<f32>,
    next: usize,
}

impl Usual {
    /// Takes a value in.
    pub(super) fn learn(&mut self, value: f32) {
        if self.values.len() < MEMORY {
            self.values.push(value);
        } else {
            self.values[self.next] = value;
            self.next = (self.next + 1) % MEMORY;
        }
    }

    /// What is usual; nothing before enough was seen.
    pub(super) fn value(&self) -> Option<f32> {
        self.at(0.5, ENOUGH)
    }

    /// The value below which that share of all lies; nothing before so many were seen, one at least.
    pub(super) fn at(&self, share: f32, enough: usize) -> Option<f32> {
        if self.values.len() < enough.max(1) {
            return None;
        }
        let mut sorted = self.values.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let place = (sorted.len() as f32 * share) as usize;
        sorted.get(place.min(sorted.len() - 1)).copied()
    }
}
