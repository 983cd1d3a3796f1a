//! What keeps this node from taking footage, for health: runs whose journal cannot be written. And sealed objects that
//! are gone, which keep it from nothing and are a case for a person.
//!
//! Always: told once when it begins and once when it is over; a run that has ended troubles nobody.

use std::collections::BTreeMap;
use std::sync::Mutex;

use liuhen_proto::ids::RunId;
use tokio::sync::watch;

/// Runs that cannot be written, and why.
#[derive(Debug)]
pub(crate) struct Troubles {
    of: Mutex<BTreeMap<RunId, String>>,
    missing: Mutex<Vec<String>>,
    healthy: watch::Sender<bool>,
}

impl Default for Troubles {
    fn default() -> Self {
        Self { of: Mutex::default(), missing: Mutex::default(), healthy: watch::Sender::new(true) }
    }
}

impl Troubles {
    /// Whether all runs can be written; changes are seen.
    pub(crate) fn healthy(&self) -> watch::Receiver<bool> {
        self.healthy.subscribe()
    }

    /// The journal of the run failed.
    pub(crate) fn begin(&self, run: RunId, why: &str) {
        let mut of = self.of.lock().expect("no one panics while holding the troubles");
        if of.insert(run, why.to_owned()).is_none() {
            tracing::error!(%run, why, "the journal of a run failed: nothing more is written to that file; look after the disk");
        }
        self.healthy.send_replace(false);
    }

    /// A sealed object is gone.
    pub(crate) fn missing(&self, object: String) {
        self.missing.lock().expect("no one panics while holding the troubles").push(object);
    }

    /// Sealed objects that were found to be gone.
    pub(crate) fn missing_objects(&self) -> Vec<String> {
        self.missing.lock().expect("no one panics while holding the troubles").clone()
    }

    /// The run can be written again, or needs it no more.
    pub(crate) fn end(&self, run: RunId) {
        let mut of = self.of.lock().expect("no one panics while holding the troubles");
        if of.remove(&run).is_some() {
            tracing::warn!(%run, "the journal of the run is written again");
            self.healthy.send_replace(of.is_empty());
        }
    }
}
