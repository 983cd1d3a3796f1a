//! What keeps this node from taking footage, for health and alarms: runs whose journal cannot be written, segments that
//! cannot be sealed. And sealed objects that are gone, which keep it from nothing and are a case for a person.
//!
//! Always: told once when it begins and once when it is over; a run that has ended troubles nobody.

use std::collections::BTreeMap;
use std::sync::Mutex;

use liuhen_archive::Archive;
use liuhen_proto::ids::RunId;
use tokio::sync::watch;

/// All that is wrong now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Wrong {
    /// Runs that cannot be written, and why.
    unwritten: BTreeMap<RunId, String>,
    /// Runs of which a segment cannot be sealed, and why.
    unsealed: BTreeMap<RunId, String>,
    /// Sealed objects that are gone, by name.
    missing: Vec<String>,
}

impl Wrong {
    fn journal(&self) -> Option<String> {
        self.unwritten.values().next().cloned()
    }

    fn objects(&self) -> Option<String> {
        let missing = || Some(format!("{} sealed objects are gone, first {}", self.missing.len(), self.missing.first()?));
        self.unsealed.values().next().cloned().or_else(missing)
    }
}

/// What is wrong with a node's storage.
#[derive(Debug)]
pub(crate) struct Troubles {
    wrong: Mutex<Wrong>,
    healthy: watch::Sender<bool>,
    told: watch::Sender<Wrong>,
}

impl Default for Troubles {
    fn default() -> Self {
        Self { wrong: Mutex::default(), healthy: watch::Sender::new(true), told: watch::Sender::default() }
    }
}

impl Troubles {
    /// Whether all runs can be written; changes are seen.
    pub(crate) fn healthy(&self) -> watch::Receiver<bool> {
        self.healthy.subscribe()
    }

    /// Tells those who raise alarms, for as long as the node is there.
    pub(crate) fn tell(&self, archive: Archive) -> impl Future<Output = ()> + Send + use<> {
        let mut told = self.told.subscribe();
        async move {
            loop {
                let wrong = told.borrow_and_update().clone();
                for (place, why) in [("journal", wrong.journal()), ("objects", wrong.objects())] {
                    archive.live.storage(place, archive.clock.now(), why);
                }
                if told.changed().await.is_err() {
                    return;
                }
            }
        }
    }

    /// The journal of the run failed.
    pub(crate) fn begin(&self, run: RunId, why: &str) {
        let known = self.change(|wrong| wrong.unwritten.insert(run, why.to_owned()));
        if known.is_none() {
            tracing::error!(%run, why, "the journal of a run failed: nothing more is written to that file; look after the disk");
        }
        self.healthy.send_replace(false);
    }

    /// A segment of the run cannot be sealed, and stays in the journal until the next start.
    pub(crate) fn unsealed(&self, run: RunId, why: &str) {
        self.change(|wrong| wrong.unsealed.insert(run, why.to_owned()));
    }

    /// A sealed object is gone.
    pub(crate) fn missing(&self, object: String) {
        self.change(|wrong| wrong.missing.push(object));
    }

    /// Sealed objects that were found to be gone.
    pub(crate) fn missing_objects(&self) -> Vec<String> {
        self.wrong.lock().expect("no one panics while holding the troubles").missing.clone()
    }

    /// The run can be written again, or needs it no more.
    pub(crate) fn end(&self, run: RunId) {
        if self.change(|wrong| wrong.unwritten.remove(&run)).is_some() {
            tracing::warn!(%run, "the journal of the run is written again");
            let wrong = self.wrong.lock().expect("no one panics while holding the troubles");
            self.healthy.send_replace(wrong.unwritten.is_empty());
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Wrong) -> T) -> T {
        let mut wrong = self.wrong.lock().expect("no one panics while holding the troubles");
        let given = change(&mut wrong);
        self.told.send_if_modified(|told| {
            let differs = *told != *wrong;
            if differs {
                told.clone_from(&wrong);
            }
            differs
        });
        given
    }
}
