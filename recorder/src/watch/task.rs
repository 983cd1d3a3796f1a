//! One thread judges all cameras, with what time there is.
//!
//! In: what was recorded, through one [`Seat`] for each stream. Out: observations. Always: a seat never waits:
//! what the thread has no time for is left out and counted; a panic in judging one stream ends the judgement of
//! its run and nothing else.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use liuhen_media::track::Track;
use liuhen_proto::ids::{RunId, StreamId};

use super::watched::{Part, Watched};
use crate::camera::{Onlooker, Stream, World};
use crate::config::Config;
use crate::cut::{Fragment, RunIds};
use crate::observations::Settings;
use crate::spool::SpoolError;

/// So many fragments of one stream may wait, and so many bytes.
const MAX_WAITING: u64 = 8;
const MAX_WAITING_BYTES: u64 = 16 << 20;
const TICK: Duration = Duration::from_millis(500);

enum Job {
    Began(StreamId, RunId, Vec<Track>),
    Recorded(StreamId, Look, Arc<Waiting>),
    Finish,
}

/// What is looked at: a fragment, and the key frame that ended it.
struct Look {
    bytes: Bytes,
    next_key: Option<Bytes>,
}

/// What waits of one stream.
#[derive(Debug, Default)]
struct Waiting {
    fragments: AtomicU64,
    bytes: AtomicU64,
    left_out: AtomicU64,
}

/// Where one stream is looked at from.
struct Seat {
    stream: StreamId,
    jobs: Sender<Job>,
    waiting: Arc<Waiting>,
}

impl Onlooker for Seat {
    fn began(&self, ids: RunIds, tracks: &[Track]) {
        // Where the thread is gone, nobody looks.
        let _ = self.jobs.send(Job::Began(self.stream, ids.run, tracks.to_vec()));
    }

    fn recorded(&self, fragment: &Fragment) {
        let (waiting, size) = (&self.waiting, fragment.bytes.len() as u64);
        let full = waiting.fragments.load(Ordering::Relaxed) >= MAX_WAITING
            || waiting.bytes.load(Ordering::Relaxed).saturating_add(size) > MAX_WAITING_BYTES;
        if full {
            let left_out = waiting.left_out.fetch_add(1, Ordering::Relaxed) + 1;
            // Told at the 1st, 2nd, 4th and so on: a night of it does not fill the log.
            if left_out.is_power_of_two() {
                tracing::warn!(stream.id = %self.stream, left_out, "no time to judge all fragments: the machine is busy; recording goes on");
            }
            return;
        }
        waiting.fragments.fetch_add(1, Ordering::Relaxed);
        waiting.bytes.fetch_add(size, Ordering::Relaxed);
        let look = Look { bytes: fragment.bytes.clone(), next_key: fragment.next_key.clone() };
        let _ = self.jobs.send(Job::Recorded(self.stream, look, waiting.clone()));
    }
}

/// The thread.
pub(crate) struct Watch {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

/// Starts to judge the cameras that are to be judged: gives each of their streams someone who looks on.
pub(crate) fn start(config: &Config, streams: &mut [Stream], world: &World) -> Result<Watch, SpoolError> {
    let (jobs, queue) = channel();
    let mut desk = Desk { watched: BTreeMap::new(), world: world.clone() };
    let now = world.clock.boot_now();
    for camera in config.cameras.iter().filter(|camera| camera.judged) {
        let viewing = camera.viewing.as_ref().map(|viewing| viewing.stream_id);
        let evidence = (camera.stream_id, viewing.map_or(Part::All, Part::BesideViewing));
        for (stream, part) in [evidence].into_iter().chain(viewing.map(|stream| (stream, Part::Viewing))) {
            desk.watched.insert(stream, Watched::new(stream, part, now));
        }
    }
    for stream in streams.iter_mut().filter(|stream| desk.watched.contains_key(&stream.id)) {
        stream.onlooker = Some(Arc::new(Seat { stream: stream.id, jobs: jobs.clone(), waiting: Arc::default() }));
    }
    let thread = std::thread::Builder::new()
        .name("watch".into())
        .spawn(move || desk.work(&queue))
        .map_err(SpoolError::io("start the thread that judges, for", &config.spool.directory))?;
    Ok(Watch { jobs, thread })
}

impl Watch {
    /// Judges what waits, ends all flags, and goes.
    pub(crate) async fn finish(self) {
        let _ = self.jobs.send(Job::Finish);
        // A panic of it was already printed.
        let _ = tokio::task::spawn_blocking(move || self.thread.join()).await;
    }
}

struct Desk {
    watched: BTreeMap<StreamId, Watched>,
    world: World,
}

impl Desk {
    fn work(mut self, queue: &Receiver<Job>) {
        let mut settings = self.world.observations.settings();
        let first = settings.borrow_and_update().clone();
        self.set(&first);
        let mut ticked = self.world.clock.boot_now();
        loop {
            let job = match queue.recv_timeout(TICK) {
                Ok(Job::Finish) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
            };
            if settings.has_changed().unwrap_or(false) {
                let new = settings.borrow_and_update().clone();
                self.set(&new);
            }
            if let Some(job) = job {
                self.take(job);
            }
            let now = self.world.clock.boot_now();
            if Duration::from(now.since(ticked)) >= TICK {
                ticked = now;
                self.each(|watched, world| watched.tick(world));
            }
        }
        self.each(|watched, world| watched.rest(world));
    }

    fn set(&mut self, settings: &Settings) {
        for (stream, watched) in &mut self.watched {
            let new = settings.get(stream).cloned().unwrap_or_default();
            guarded(watched, &self.world, |watched, _| watched.set(new));
        }
    }

    fn each(&mut self, mut act: impl FnMut(&mut Watched, &World)) {
        self.watched.values_mut().for_each(|watched| guarded(watched, &self.world, &mut act));
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Began(stream, run, tracks) => {
                let Some(watched) = self.watched.get_mut(&stream) else { return };
                guarded(watched, &self.world, |watched, _| watched.begin(run, &tracks));
            }
            Job::Recorded(stream, Look { bytes, next_key }, waiting) => {
                waiting.fragments.fetch_sub(1, Ordering::Relaxed);
                waiting.bytes.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
                let decode = self.decodes(stream);
                let Some(watched) = self.watched.get_mut(&stream) else { return };
                guarded(watched, &self.world, |watched, world| {
                    watched.look(&bytes, next_key.as_deref(), decode, world);
                });
            }
            Job::Finish => {}
        }
    }

    /// Whether the stream's pictures are decoded: those of evidence only where no viewing stream shows the same.
    fn decodes(&self, stream: StreamId) -> bool {
        match self.watched.get(&stream).map(|watched| watched.part) {
            Some(Part::BesideViewing(viewing)) => {
                let now = self.world.clock.boot_now();
                self.watched.get(&viewing).is_none_or(|viewing| viewing.is_away(now))
            }
            _ => true,
        }
    }
}

/// A panic in what foreign bytes lead to ends the judgement of the run.
fn guarded(watched: &mut Watched, world: &World, act: impl FnOnce(&mut Watched, &World)) {
    if std::panic::catch_unwind(AssertUnwindSafe(|| act(watched, world))).is_err() {
        watched.broke(world);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::fragment::{FragmentHeader, Sequence};
    use liuhen_proto::ids::BootId;
    use liuhen_proto::world::{Clock, OsRandom, SystemClock};

    #[test]
    fn who_looks_on_never_waits_and_counts_what_it_leaves_out() {
        let now = SystemClock.now();
        let stream = StreamId::mint(now, &OsRandom);
        let (jobs, nobody_takes) = channel();
        let seat = Seat { stream, jobs, waiting: Arc::default() };
        let keeper = crate::clock::WallKeeper::new(Arc::new(SystemClock));
        let header = FragmentHeader {
            v: 1,
            run: RunId::mint(now, &OsRandom),
            sequence: Sequence::FIRST,
            stream,
            boot: BootId::mint(now, &OsRandom),
            clock: keeper.current().mapping,
            starts_with_sync: true,
            tracks: Vec::new(),
        };
        let fragment = |bytes: usize| Fragment { header: header.clone(), bytes: Bytes::from(vec![0; bytes]), next_key: None };
        (0..100).for_each(|_| seat.recorded(&fragment(100)));
        assert_eq!(seat.waiting.left_out.load(Ordering::Relaxed), 100 - MAX_WAITING);
        assert_eq!(nobody_takes.try_iter().count() as u64, MAX_WAITING);
        seat.waiting.fragments.store(0, Ordering::Relaxed);
        seat.recorded(&fragment(MAX_WAITING_BYTES as usize));
        assert_eq!(seat.waiting.left_out.load(Ordering::Relaxed), 101 - MAX_WAITING, "too many bytes");
        drop(nobody_takes);
        seat.recorded(&fragment(100));
    }
}
