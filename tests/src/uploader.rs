//! A client that hands fragments in and writes down every acknowledgement, so that a test can hold the server
//! to its word.
//!
//! In: who it is. Out: [`Uploader`], which goes on through every crash of the server, and at the end tells the
//! highest step that was promised for each fragment. The fragments are sound, a second each.

mod footage;
mod talk;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use liuhen_proto::Sha256;
use liuhen_proto::ids::{BootId, RecorderId, RunId, SiteId, StreamId};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use footage::Footage;

/// How a client hands in.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// From fragment to fragment. They speak of a second each: what is tested here is not time.
    pub pace: Duration,
    /// Fragments of one signed range; the centre seals a segment at its end.
    pub range: u64,
    /// The run ends after so many; nothing for not before it is told to.
    pub fragments: Option<u64>,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { pace: Duration::from_millis(150), range: 20, fragments: None }
    }
}

/// On whose behalf fragments are handed in.
pub struct Identity {
    /// Address of the server.
    pub address: String,
    /// Bearer token of the recorder.
    pub token: String,
    /// The recorder.
    pub recorder: RecorderId,
    /// Where it stands.
    pub site: SiteId,
    /// A stream of its site.
    pub stream: StreamId,
    /// The recorder's key.
    pub key: SigningKey,
}

/// What was promised: for each sequence the digest and the highest step (`AckStep` as a number).
pub type Promises = BTreeMap<u64, (Sha256, i32)>;

/// A running client.
pub struct Uploader {
    promises: Arc<Mutex<Promises>>,
    deaf: Arc<AtomicBool>,
    finish: watch::Sender<bool>,
    task: JoinHandle<Result<()>>,
    run: RunId,
}

impl Uploader {
    /// Starts handing fragments in.
    pub fn start(identity: Identity) -> Result<Self> {
        Self::start_in(identity, Rhythm::default())
    }

    /// Starts handing fragments in, in another rhythm.
    pub fn start_in(identity: Identity, rhythm: Rhythm) -> Result<Self> {
        let now = SystemClock.now();
        let run = RunId::mint(now, &OsRandom);
        let footage = Footage::new(run, identity.stream, BootId::mint(now, &OsRandom), now).context("make fragments")?;
        let promises = Arc::new(Mutex::new(Promises::new()));
        let deaf = Arc::new(AtomicBool::new(false));
        let (finish, finished) = watch::channel(false);
        let heard = talk::Heard { promises: Arc::clone(&promises), deaf: Arc::clone(&deaf) };
        let task = tokio::spawn(talk::until_sealed(identity, rhythm, footage, heard, finished));
        Ok(Self { promises, deaf, finish, task, run })
    }

    /// The run.
    pub fn run(&self) -> RunId {
        self.run
    }

    /// Hears no promise, or hears again. For the moment at which a disk loses power: a real cut takes the machine that
    /// promises with it, ours lets it say a last word about a disk that is no more.
    pub fn be_deaf(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::SeqCst);
    }

    /// Whether all of its run is sealed, or the centre broke a promise.
    pub fn is_done(&self) -> bool {
        self.task.is_finished()
    }

    /// How many fragments were promised to be STORED at least.
    pub fn stored(&self) -> usize {
        self.promises().values().filter(|(_, step)| *step >= 2).count()
    }

    /// Ends the run, waits until all of it is SEALED, and gives all that was ever promised.
    pub async fn finish(self, patience: Duration) -> Result<Promises> {
        self.finish.send_replace(true);
        let ended = tokio::time::timeout(patience, self.task).await;
        ended.with_context(|| format!("the run was not sealed in {patience:?}"))?.context("the client panicked")??;
        Ok(self.promises.lock().expect("no one panics while holding the promises").clone())
    }

    fn promises(&self) -> Promises {
        self.promises.lock().expect("no one panics while holding the promises").clone()
    }
}
