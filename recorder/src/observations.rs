//! What was judged at the site and waits for the centre, and how the centre wants it to be judged.
//!
//! In: flags, stills and sound levels, from whoever judges; answers and settings of the centre. Out: what is
//! to be sent next, and the settings.
//! - A flag is on the disk before it is sent, and stays until its last word was acknowledged. One that was
//!   open when the recorder died ends where it was last seen.
//! - Stills and levels are derived data: they take a hundredth of the spool's quota beside the footage, and
//!   the oldest go when there are more.
//! - The newest still or level goes first: old ones must not hold up what people look at now.
//!
//! ```text
//! spool/observations/flags/<flag>.json      the last word about a flag
//!                   /derived/<n>.levels     an ObserveRequest as it is sent
//!                           /<n>.still
//!                   /settings.pb            Settings as they came
//! ```
//!
//! Not here: the call (`uplink`), what is judged (`watch`).

mod derived;
mod flags;
mod settings;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use liuhen_proto::ids::FlagId;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::observe_request::Observation;
use tokio::sync::watch;

use crate::spool::SpoolError;
use derived::Derived;
pub use flags::Flag;
use flags::Flags;
use settings::SettingsFile;
pub use settings::{Settings, StreamSettings};

/// Such a part of the quota, beside it, is for derived data.
const SHARE: u64 = 100;

/// Which observation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// What version of a flag.
    Flag(FlagId, u32),
    /// A still or levels.
    Derived(u64),
}

/// Observations that wait, and settings. No lock is held while the disk is waited for.
pub struct Observations {
    flags: Mutex<Flags>,
    derived: Mutex<Derived>,
    settings: SettingsFile,
    changed: watch::Sender<u64>,
}

impl Observations {
    /// Opens what lies in the spool's directory, and ends the flags that a crash left open.
    pub fn open(spool: &Path, quota_bytes: u64) -> Result<Arc<Self>, SpoolError> {
        let directory = spool.join("observations");
        let flags = Mutex::new(Flags::open(&directory.join("flags"))?);
        let derived = Mutex::new(Derived::open(&directory.join("derived"), quota_bytes / SHARE)?);
        let settings = SettingsFile::open(&directory.join("settings.pb"));
        Ok(Arc::new(Self { flags, derived, settings, changed: watch::channel(0).0 }))
    }

    /// Keeps the newest word about a flag. Blocking: it is on the disk when this returns.
    pub fn put_flag(&self, flag: Flag) {
        let path = {
            let flags = self.flags();
            if !flags.takes(flag.flag) {
                return tracing::error!(flag.id = %flag.flag, "more flags wait for the centre than can be kept: this one is lost");
            }
            flags.path(flag.flag)
        };
        if let Err(error) = flag.write(&path) {
            tracing::error!(flag.id = %flag.flag, %error, "a flag cannot be kept: it is lost if the recorder stops before it is sent");
        }
        self.flags().put(flag);
        self.tell();
    }

    /// Keeps a still or levels, and lets the oldest go where there are too many. Blocking.
    pub fn put_derived(&self, observation: Observation) {
        let is_still = matches!(observation, Observation::Still(_));
        let bytes = derived::encode(observation);
        let (path, sequence, gone) = self.derived().reserve(is_still, bytes.len() as u64);
        gone.iter().for_each(|path| derived::remove(path));
        match std::fs::write(&path, &bytes) {
            Ok(()) => {
                self.derived().ready(sequence);
                self.tell();
            }
            Err(error) => {
                derived::remove(&path);
                self.derived().forget(sequence);
                tracing::debug!(%error, "a still or levels cannot be kept");
            }
        }
    }

    /// What is to be sent next: flags, then levels, then stills, of those that are not under way. Blocking.
    pub fn next(&self, under_way: &BTreeSet<Name>) -> Option<(Name, pb::ObserveRequest)> {
        if let Some(flag) = self.flags().next(under_way) {
            let name = Name::Flag(flag.flag, flag.version);
            return Some((name, pb::ObserveRequest { observation: Some(Observation::Flag(flag.into())) }));
        }
        loop {
            let (sequence, path) = self.derived().next(under_way)?;
            match derived::read(&path) {
                Some(request) => return Some((Name::Derived(sequence), request)),
                // Torn by a crash, or gone by a hand: derived data is not missed.
                None => self.done(Name::Derived(sequence)),
            }
        }
    }

    /// The centre has it, or will never want it. Blocking.
    pub fn done(&self, name: Name) {
        let gone = match name {
            Name::Flag(flag, version) => self.flags().done(flag, version),
            Name::Derived(sequence) => self.derived().forget(sequence),
        };
        gone.iter().for_each(|path| derived::remove(path));
    }

    /// Whether a flag waits to be sent.
    pub fn has_flags(&self) -> bool {
        self.flags().is_waiting()
    }

    /// Counts what was put in.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Takes the centre's settings: they hold at once, and after a restart without the centre. Blocking.
    pub fn set_settings(&self, settings: &pb::Settings) {
        self.settings.set(settings);
    }

    /// How streams are judged, now and whenever it changes.
    pub fn settings(&self) -> watch::Receiver<Settings> {
        self.settings.subscribe()
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn flags(&self) -> MutexGuard<'_, Flags> {
        self.flags.lock().expect("no one panics while holding the flags")
    }

    fn derived(&self) -> MutexGuard<'_, Derived> {
        self.derived.lock().expect("no one panics while holding what is derived")
    }
}

impl std::fmt::Debug for Observations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observations").field("flags", &self.flags).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
