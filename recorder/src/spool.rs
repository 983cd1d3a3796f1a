//! The site's write-ahead log: what was captured lies here until the centre has sealed it.
//!
//! In: runs and fragments, from each camera through its own [`Intake`]; acknowledgements, from the
//! uplink. Out: fragments and signatures that wait to be sent.
//! - `offered <= synced <= written`: a fragment is offered to the uplink only when it is on the disk.
//! - A fragment goes only when it is sealed. When the room ends, sealed files go first, oldest first;
//!   unsealed ones never: new ones are refused.
//! - The disk itself may be full, though the quota is not reached: that is the same, and a little of it is left
//!   free, so that ends and signatures can still be written. What could not be written is written later.
//! - Each file plays as it lies; what was torn by a crash is cut off at the next start.
//!
//! ```text
//! spool/lock                       held while a recorder runs here
//! spool/runs/<run>/init.mp4        ftyp and moov
//!                 /run.json        stream and boot
//!                 /0000000000.mp4  a segment: init and fragments, named by its first fragment
//!                 /0000000000.idx  its index, a cache that is made again when it is missing
//!                 /0000000000.range.json   the recorder's signature over it
//!                 /sealed.json     up to where files were deleted because they were sealed
//!                 /end.json        number of fragments and reason, once the run has ended
//! ```
//!
//! Not here: the format of a segment file (`liuhen_media::segment_file`), the network.

mod debts;
mod flow;
mod forecast;
mod intake;
mod ranges;
mod recovery;
mod room;
mod run_files;
mod state;
mod writer;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use liuhen_media::segment_file::SegmentFileError;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{RecorderId, RunId, StreamId};
use liuhen_proto::segment::SignedRange;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::Clock;
use liuhen_proto::{Code, Timestamp};
use tokio::sync::watch;

use crate::config::SpoolConfig;
use debts::Debts;
use flow::Flows;
pub use flow::Reached;
pub use intake::{Intake, Refusal};
pub use ranges::Ranges;
use room::Room;
use state::State;
pub use state::{PendingStretch, RunSummary, Step, Waiting};

/// Why the spool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The file system refused.
    #[error("{act} {path}: {source}; check that the disk is mounted, has room and may be written")]
    Io {
        /// What was tried, as a verb.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A segment file cannot be read or written.
    #[error("write or read a segment of the spool")]
    Segment(#[from] SegmentFileError),
    /// Another recorder runs here.
    #[error("another recorder uses the spool {0}: stop it, or give this one its own directory")]
    Locked(PathBuf),
    /// Not in the spool (any more).
    #[error("fragment {1} of {0} is not in the spool")]
    Missing(RunId, Sequence),
    /// What lies there is not what was written.
    #[error("fragment {1} of {0} has changed on the disk: look after the disk")]
    Changed(RunId, Sequence),
}

impl SpoolError {
    /// The closed list's code.
    pub fn code(&self) -> Code {
        match self {
            Self::Io { .. } => Code::Unavailable,
            Self::Segment(error) => error.code(),
            Self::Locked(_) => Code::FailedPrecondition,
            Self::Missing(..) => Code::NotFound,
            Self::Changed(..) => Code::DataLoss,
        }
    }

    /// Makes a mapper of I/O errors.
    pub(crate) fn io(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { act, path, source }
    }
}

/// The spool. Shared by cameras and uplink; no lock is held while the disk is waited for.
pub struct Spool {
    config: SpoolConfig,
    recorder: RecorderId,
    key: SigningKey,
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    flows: Mutex<Flows>,
    room: Room,
    debts: Debts,
    changed: watch::Sender<u64>,
    /// Holds the lock of the directory.
    _lock: File,
}

impl Spool {
    /// Opens the directory, and recovers what a crash left.
    pub fn open(
        config: SpoolConfig,
        recorder: RecorderId,
        key: SigningKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, SpoolError> {
        let runs = config.directory.join("runs");
        std::fs::create_dir_all(&runs).map_err(SpoolError::io("make", &runs))?;
        let lock = lock(&config.directory)?;
        let state = recovery::recover(&runs, recorder, &key)?;
        let (changed, _) = watch::channel(0);
        let (flows, room, debts) = (Mutex::default(), Room::new(clock.boot_now()), Debts::default());
        let state = Mutex::new(state);
        Ok(Arc::new(Self { config, recorder, key, state, clock, flows, room, debts, changed, _lock: lock }))
    }

    /// A camera's way in; writes on a thread of its own.
    pub fn intake(self: &Arc<Self>, stream: StreamId) -> Result<Intake, SpoolError> {
        intake::Intake::start(self.clone(), stream)
    }

    /// Counts changes: new fragments, closed segments, ended runs.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// All runs that are not done: those that are being recorded first, then the others, oldest first.
    pub fn runs(&self) -> Vec<RunSummary> {
        self.lock().summaries()
    }

    /// What is to be sent of a run from `from` on: the next fragment that the centre does not hold, or a
    /// signature that is due before it, or the end. Nothing where all was sent or more is still to come.
    pub fn next(&self, run: RunId, from: Sequence, signed_before: Sequence) -> Option<Waiting> {
        self.lock().next(run, from, signed_before)
    }

    /// The fragment of a run that was offered last, from memory, once; nothing where it is another one.
    pub fn take_fresh(&self, run: RunId, sequence: Sequence) -> Option<Bytes> {
        self.lock().runs.get_mut(&run)?.take_fresh(sequence)
    }

    /// Gives a fragment. Blocking: it is read back from the disk, and its digest is checked.
    pub fn read(&self, run: RunId, sequence: Sequence) -> Result<Bytes, SpoolError> {
        let missing = || SpoolError::Missing(run, sequence);
        let (path, fragment) = self.lock().place(run, sequence).ok_or_else(missing)?;
        let mut bytes = vec![0; fragment.size_bytes as usize];
        let file = File::open(&path).map_err(SpoolError::io("open", &path))?;
        std::os::unix::fs::FileExt::read_exact_at(&file, &mut bytes, fragment.offset_bytes)
            .map_err(SpoolError::io("read", &path))?;
        if liuhen_proto::Sha256::of(&bytes) == fragment.sha256 {
            Ok(bytes.into())
        } else {
            Err(SpoolError::Changed(run, sequence))
        }
    }

    /// The centre says anew what it holds of the run: only what is sealed is held for ever.
    pub fn forget_stored(&self, run: RunId) {
        self.lock().forget_stored(run);
    }

    /// Notes how firmly the centre holds a range; what is sealed is deleted or may be.
    pub fn acknowledged(&self, run: RunId, first: Sequence, last: Sequence, step: Step) {
        self.room.acknowledged(self.clock.boot_now());
        let done = self.lock().acknowledge(run, first, last, step, self.config.keep_sealed);
        self.clear(done);
    }

    /// Notes that the centre has written the end of the run down.
    pub fn end_acknowledged(&self, run: RunId) {
        let done = self.lock().end_acknowledged(run, self.config.keep_sealed);
        self.clear(done);
    }

    /// What the centre has not stored yet, oldest first, at most `limit` stretches; and whether that is all.
    pub fn pending(&self, limit: usize) -> (Vec<PendingStretch>, bool) {
        self.lock().pending(limit)
    }

    /// Bytes in the spool.
    pub fn used_bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// Bytes of segments that are not sealed: these are never deleted.
    pub fn unsealed_bytes(&self) -> u64 {
        self.lock().unsealed_bytes()
    }

    /// Bytes of fragments that the centre has not stored.
    pub fn backlog_bytes(&self) -> u64 {
        self.lock().backlog_bytes()
    }

    /// Bytes that it may take.
    pub const fn quota_bytes(&self) -> u64 {
        self.config.quota.0
    }

    /// What of the stream reached the disk; nothing before its first fragment of this process.
    pub fn reached(&self, stream: StreamId) -> Option<Reached> {
        self.flows().of(stream, self.clock.boot_now())
    }

    /// From when on the run is not stored at the centre; nothing where all of it is that is here.
    pub fn waits_since(&self, run: RunId) -> Option<Timestamp> {
        self.lock().runs.get(&run)?.waits_since()
    }

    /// Whether a segment that was signed before `signed_before` is not sealed yet.
    pub fn waits_for_seal(&self, run: RunId, signed_before: Sequence) -> bool {
        self.lock().waits_for_seal(run, signed_before)
    }

    /// Asks the run's camera to end it at its next key frame and to go on with another at once, so that what is
    /// live need not wait behind what is old.
    pub fn divide(&self, run: RunId) {
        if let Some(run) = self.lock().runs.get(&run) {
            run.divide.store(true, Ordering::Relaxed);
        }
    }

    /// The signature over a segment, by its first fragment.
    pub fn signature(&self, run: RunId, first: Sequence) -> Option<SignedRange> {
        self.lock().signature(run, first)
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn flows(&self) -> MutexGuard<'_, Flows> {
        self.flows.lock().expect("no one panics while holding what reached the disk")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no one panics while holding the spool's state")
    }
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool").field("directory", &self.config.directory).finish_non_exhaustive()
    }
}

fn lock(directory: &Path) -> Result<File, SpoolError> {
    let path = directory.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(SpoolError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(SpoolError::Locked(directory.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(SpoolError::io("lock", &path)(error)),
    }
}
