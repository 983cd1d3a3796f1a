//! The disk alone: as many fragments, of a camera of 1.7 Mbit/s, written and fsynced by nobody but us.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use liuhen_proto::world::{Clock as _, SystemClock};

const FRAGMENT_BYTES: usize = 250_000;
const EVERY: Duration = Duration::from_millis(1_200);

/// Writes until it is asked.
pub(crate) struct Probe {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Vec<f64>>,
}

impl Probe {
    /// As many fragments as so many cameras make.
    pub(crate) fn start(directory: &Path, cameras: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, path) = (stop.clone(), directory.join("probe"));
        let thread = std::thread::spawn(move || {
            let mut file = std::fs::File::create(path).expect("a file on the disk that is built on");
            let (bytes, mut took) = (vec![7; FRAGMENT_BYTES], Vec::new());
            while !stopped.load(Ordering::Relaxed) {
                let began = SystemClock.boot_now();
                file.write_all(&bytes).and_then(|()| file.sync_data()).expect("the disk takes it");
                let spent = SystemClock.boot_now().since(began);
                took.push(spent.as_micros() as f64 / 1e3);
                std::thread::sleep((EVERY / u32::try_from(cameras.max(1)).unwrap_or(1)).saturating_sub(spent.into()));
            }
            took
        });
        Self { stop, thread }
    }

    /// Ends it.
    pub(crate) fn p99_ms(self) -> f64 {
        self.stop.store(true, Ordering::Relaxed);
        percentile(&self.thread.join().expect("the probe does not panic"), 0.99)
    }
}

/// Of values in any order.
pub(crate) fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 * part) as usize).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
