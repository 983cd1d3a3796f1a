//! A camera's way into the spool: a bounded buffer, and the thread that empties it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

use bytes::Bytes;
use liuhen_proto::ids::StreamId;
use liuhen_proto::wire::ingest::v1::EndReason;
use tokio::sync::{Notify, mpsc};

use super::writer::{RunWriter, WriteError};
use super::{Spool, SpoolError};
use crate::cut::{Fragment, RunIds};

/// Why a fragment is not taken. The run is over: nothing more of it will be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The buffer is full: the disk is slower than the camera.
    #[error("the disk is slower than the camera")]
    Behind,
    /// No room, or the disk refuses.
    #[error("the spool has no room, or its disk refuses")]
    Full,
}

impl Refusal {
    /// For the record.
    pub const fn reason(self) -> EndReason {
        match self {
            Self::Behind => EndReason::DiskBehind,
            Self::Full => EndReason::DiskFull,
        }
    }
}

enum Order {
    Begin(RunIds, Bytes),
    Append(Fragment),
    End(EndReason),
}

/// What both ends of the buffer share.
#[derive(Debug, Default)]
struct Shared {
    /// Bytes that wait.
    waiting: AtomicU64,
    /// Why the writer gave the present run up; 0 for not.
    failed: AtomicI32,
    /// The present run is to be divided.
    divide: Arc<AtomicBool>,
    /// The thread is about something.
    busy: AtomicBool,
    taken: Notify,
}

/// A camera's way in. Taking never waits for the disk.
#[derive(Debug)]
pub struct Intake {
    orders: Option<mpsc::UnboundedSender<Order>>,
    shared: Arc<Shared>,
    limit: u64,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Intake {
    pub(super) fn start(spool: Arc<Spool>, stream: StreamId) -> Result<Self, SpoolError> {
        let (orders, waiting) = mpsc::unbounded_channel();
        let (shared, limit) = (Arc::new(Shared::default()), spool.config.buffer.0);
        let directory = spool.config.directory.clone();
        let for_thread = shared.clone();
        let thread = std::thread::Builder::new()
            .name(format!("spool {}", &stream.to_string()[..12]))
            .spawn(move || write_all(&spool, waiting, &for_thread))
            .map_err(SpoolError::io("start a writer for", &directory))?;
        Ok(Self { orders: Some(orders), shared, limit, thread: Some(thread) })
    }

    /// Begins a run; the one before has ended.
    pub fn begin(&self, ids: RunIds, init: Bytes) {
        self.shared.failed.store(0, Ordering::SeqCst);
        self.shared.divide.store(false, Ordering::Relaxed);
        self.order(Order::Begin(ids, init));
    }

    /// Takes a fragment of the present run.
    pub fn append(&self, fragment: Fragment) -> Result<(), Refusal> {
        if self.shared.failed.load(Ordering::SeqCst) != 0 {
            return Err(Refusal::Full);
        }
        let size = fragment.bytes.len() as u64;
        if self.shared.waiting.load(Ordering::SeqCst).saturating_add(size) > self.limit {
            return Err(Refusal::Behind);
        }
        self.shared.waiting.fetch_add(size, Ordering::SeqCst);
        self.order(Order::Append(fragment));
        Ok(())
    }

    /// Ends the present run.
    pub fn end(&self, reason: EndReason) {
        self.order(Order::End(reason));
    }

    /// Whether the present run is to go on as another one from its next key frame on. Told once.
    pub fn take_division(&self) -> bool {
        self.shared.divide.swap(false, Ordering::Relaxed)
    }

    /// Whether something that was taken is not on the disk yet.
    pub fn waits_for_disk(&self) -> bool {
        self.shared.waiting.load(Ordering::SeqCst) > 0 || self.shared.busy.load(Ordering::SeqCst)
    }

    /// Whether a new run may begin after a refusal: at least half of the buffer is free.
    pub fn is_ready(&self) -> bool {
        self.shared.waiting.load(Ordering::SeqCst) <= self.limit / 2
    }

    /// Waits until half of the buffer is free; for sources that can wait.
    pub async fn ready(&self) {
        loop {
            let taken = self.shared.taken.notified();
            if self.is_ready() {
                return;
            }
            taken.await;
        }
    }

    /// Waits until all that was taken is on the disk.
    pub async fn close(mut self) {
        self.orders = None;
        let Some(thread) = self.thread.take() else { return };
        // The thread ends by itself once the buffer is empty; a panic of it was already printed.
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }

    fn order(&self, order: Order) {
        if let Some(orders) = &self.orders
            && orders.send(order).is_err()
        {
            self.shared.failed.store(EndReason::DiskFull.into(), Ordering::SeqCst);
        }
    }
}

/// The thread: takes what waits, writes it, and syncs once for all of it.
fn write_all(spool: &Arc<Spool>, mut orders: mpsc::UnboundedReceiver<Order>, shared: &Shared) {
    let mut run: Option<RunWriter> = None;
    while let Some(first) = orders.blocking_recv() {
        shared.busy.store(true, Ordering::SeqCst);
        let mut next = Some(first);
        while let Some(order) = next {
            carry_out(spool, &mut run, order, shared);
            next = orders.try_recv().ok();
        }
        if let Some(writer) = &mut run
            && let Err(error) = writer.sync()
        {
            give_up(spool, &mut run, error.into(), shared);
        }
        shared.busy.store(false, Ordering::SeqCst);
        shared.taken.notify_waiters();
    }
}

fn carry_out(spool: &Arc<Spool>, run: &mut Option<RunWriter>, order: Order, shared: &Shared) {
    let result = match order {
        Order::Begin(ids, init) => {
            let divide = shared.divide.clone();
            RunWriter::begin(spool.clone(), ids, init, divide).map(|writer| *run = Some(writer)).map_err(Into::into)
        }
        Order::Append(fragment) => {
            shared.waiting.fetch_sub(fragment.bytes.len() as u64, Ordering::SeqCst);
            run.as_mut().map_or(Ok(()), |writer| writer.append(&fragment))
        }
        Order::End(reason) => run.take().map_or(Ok(()), |writer| writer.end(reason).map_err(Into::into)),
    };
    if let Err(error) = result {
        give_up(spool, run, error, shared);
    }
}

/// Ends the run with what is on the disk, and lets the camera know.
fn give_up(spool: &Spool, run: &mut Option<RunWriter>, error: WriteError, shared: &Shared) {
    if !matches!(error, WriteError::Full) || !spool.is_full() {
        spool.disk_refused(matches!(error, WriteError::Full));
    }
    match &error {
        WriteError::Full => {
            tracing::error!(
                "no room in the spool: nothing is recorded until some is sealed, the quota is raised or the disk is cleared"
            )
        }
        WriteError::Disk(error) => tracing::error!(%error, "the spool's disk refuses"),
    }
    shared.failed.store(EndReason::DiskFull.into(), Ordering::SeqCst);
    if let Some(writer) = run.take()
        && let Err(error) = writer.end(EndReason::DiskFull)
    {
        tracing::error!(%error, "cannot write the end of the run down; it is tried again every second");
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::clock::WallKeeper;
    use crate::config::{Bytes as Size, Pace, SourceConfig, SpoolConfig, SyntheticAudio, SyntheticSource};
    use crate::cut::Run;
    use crate::source::{self, Event};
    use liuhen_proto::ids::{BootId, RecorderId, RunId};
    use liuhen_proto::signing::SigningKey;
    use liuhen_proto::world::{Clock, OsRandom, SystemClock};
    use std::time::Duration;

    fn spool(directory: &std::path::Path, buffer: u64) -> Arc<Spool> {
        spool_with(directory, buffer, Arc::new(SystemClock))
    }

    pub(in crate::spool) fn spool_with(directory: &std::path::Path, buffer: u64, clock: Arc<dyn Clock>) -> Arc<Spool> {
        let config = SpoolConfig {
            directory: directory.to_owned(),
            quota: Size(1 << 30),
            keep_sealed: false,
            segment: Duration::from_secs(60),
            buffer: Size(buffer),
        };
        let recorder = RecorderId::mint(SystemClock.now(), &OsRandom);
        Spool::open(config, recorder, SigningKey::generate(&OsRandom), clock).unwrap()
    }

    /// A run of twenty seconds, whole.
    pub(in crate::spool) async fn footage() -> (RunIds, Bytes, Vec<Fragment>) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let now = clock.now();
        let stream = StreamId::mint(now, &OsRandom);
        let ids = RunIds { run: RunId::mint(now, &OsRandom), stream, boot: BootId::mint(now, &OsRandom) };
        let (audio, pace) = (SyntheticAudio::None, Pace::Fast);
        let camera = SyntheticSource { width: 64, height: 64, fps: 25, gop: 25, audio, frames: Some(500), pace };
        let mut source = source::open(&SourceConfig::Synthetic(camera), clock.clone()).await.unwrap();
        let (mut run, mut fragments) = (None, Vec::new());
        while let Ok(event) = source.next().await {
            match event {
                Event::Tracks(tracks) => {
                    run = Some(Run::begin(ids, &tracks, Arc::new(WallKeeper::new(clock.clone()))).unwrap());
                }
                Event::Unit(unit) => fragments.extend(run.as_mut().unwrap().push(&unit).unwrap()),
                _ => {}
            }
        }
        let run = run.unwrap();
        let init = run.init().clone();
        fragments.extend(run.finish());
        (ids, init, fragments)
    }

    #[tokio::test]
    async fn a_disk_that_hangs_fills_the_buffer_and_stops_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let (ids, init, fragments) = footage().await;
        let size: u64 = fragments.iter().map(|fragment| fragment.bytes.len() as u64).sum();
        let spool = spool(directory.path(), size / 2);
        let intake = spool.intake(ids.stream).unwrap();
        let hanging = spool.lock();
        intake.begin(ids, init);
        let refused = fragments.into_iter().find_map(|fragment| intake.append(fragment).err());
        assert_eq!(refused, Some(Refusal::Behind));
        assert!(!intake.is_ready(), "nothing new begins while the disk is behind");
        intake.end(Refusal::Behind.reason());
        drop(hanging);
        intake.close().await;
        let held = spool.next(ids.run, liuhen_proto::fragment::Sequence::FIRST, liuhen_proto::fragment::Sequence::FIRST);
        assert!(held.is_some(), "what was taken is on the disk");
        let end = std::fs::read_to_string(directory.path().join(format!("runs/{}/end.json", ids.run))).unwrap();
        assert!(end.contains("DISK_BEHIND"), "{end}");
    }

    #[tokio::test]
    async fn what_is_not_synced_is_not_offered_and_what_changed_is_not_given_out() {
        let directory = tempfile::tempdir().unwrap();
        let (ids, init, fragments) = footage().await;
        let spool = spool(directory.path(), 1 << 30);
        let intake = spool.intake(ids.stream).unwrap();
        intake.begin(ids, init);
        let first = fragments[0].clone();
        intake.append(first.clone()).unwrap();
        intake.close().await;
        let sequence = first.header.sequence;
        assert_eq!(spool.read(ids.run, sequence).unwrap(), first.bytes);
        assert!(matches!(spool.read(ids.run, sequence.next()), Err(SpoolError::Missing(..))));
        let path = directory.path().join(format!("runs/{}/0000000000.mp4", ids.run));
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() - first.bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(spool.read(ids.run, sequence), Err(SpoolError::Changed(..))));
    }
}
