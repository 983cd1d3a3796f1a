//! The site: the recorder's spool and its Upload call, which die together and come back from the directory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::wire::ingest::v1::EndReason;
use liuhen_proto::world::{Clock as _, ManualClock, SeededRandom};
use liuhen_proto::{BootTime, Span};
use liuhen_recorder::camera::World;
use liuhen_recorder::clock::WallKeeper;
use liuhen_recorder::config::{Bytes, Config, Secret, SpoolConfig, When};
use liuhen_recorder::cut::RunIds;
use liuhen_recorder::observations::Observations;
use liuhen_recorder::schedule::Schedule;
use liuhen_recorder::spool::{Intake, Spool, SpoolError};
use liuhen_recorder::status::{Board, Reach};
use liuhen_recorder::uplink;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::centre::{Declared, key};
use crate::chance::Chance;
use crate::footage::Run;
use crate::line::{self, Fault};

/// Where the next line leads, and what is wrong with it. The story changes it.
#[derive(Default)]
pub(crate) struct Way {
    pub(crate) to: Option<mpsc::UnboundedSender<DuplexStream>>,
    pub(crate) fault: Fault,
    /// Breaks the line that stands.
    pub(crate) line: CancellationToken,
    /// Lines that were made.
    pub(crate) lines: u64,
}

/// A stream, and what is being recorded of it.
struct Camera {
    stream: StreamId,
    intake: Intake,
    run: Option<Run>,
    /// Where the last run ended. Fragments come faster than the clock goes, and no two runs may tell the same second.
    free_from: BootTime,
}

/// A recorder that runs.
struct Running {
    spool: Arc<Spool>,
    cameras: Vec<Camera>,
    boot: BootId,
    uplink: JoinHandle<()>,
}

/// The site.
pub(crate) struct Site {
    directory: PathBuf,
    clock: Arc<ManualClock>,
    declared: Declared,
    random: Arc<SeededRandom>,
    pub(crate) way: Arc<Mutex<Way>>,
    running: Option<Running>,
    /// All that was ever recorded.
    pub(crate) runs: Vec<Run>,
}

impl Site {
    pub(crate) fn new(directory: &Path, clock: &Arc<ManualClock>, declared: &Declared, seed: u64) -> Self {
        Self {
            directory: directory.join("spool"),
            clock: clock.clone(),
            declared: declared.clone(),
            random: Arc::new(SeededRandom::new(seed)),
            way: Arc::default(),
            running: None,
            runs: Vec::new(),
        }
    }

    pub(crate) async fn start(&mut self) {
        let config = SpoolConfig {
            directory: self.directory.clone(),
            quota: Bytes(1 << 30),
            keep_sealed: false,
            segment: Duration::from_secs(5),
            buffer: Bytes(1 << 26),
        };
        std::fs::create_dir_all(&self.directory).unwrap();
        let spool = loop {
            match Spool::open(config.clone(), self.declared.recorder, key(), self.clock.clone()) {
                Ok(spool) => break spool,
                // The threads of the one that died write what they were given, and let go.
                Err(SpoolError::Locked(_)) => tokio::time::sleep(Duration::from_millis(1)).await,
                Err(error) => panic!("{error}"),
            }
        };
        let boot = BootId::mint(self.clock.now(), self.random.as_ref());
        let world = World {
            clock: self.clock.clone(),
            random: self.random.clone(),
            wall: Arc::new(WallKeeper::new(self.clock.clone())),
            boot,
            spool: spool.clone(),
            board: Arc::new(Board::new(self.clock.clone(), [])),
            observations: Observations::open(&self.directory, 1 << 30).unwrap(),
            schedule: Arc::new(Schedule::open(&self.directory)),
            reach: Arc::new(Reach::new(self.clock.clone())),
        };
        let config = Config {
            centre_pin: None,
            centre: Vec::new(),
            token: Some(Secret::new("token")),
            recorder_id: self.declared.recorder,
            site_id: self.declared.site,
            spool: config,
            uplink_limit: None,
            status: None,
            when: When::Always,
            cameras: Vec::new(),
        };
        let camera = |&stream: &StreamId| {
            let intake = spool.intake(stream).unwrap();
            Camera { stream, intake, run: None, free_from: BootTime::from_micros(0) }
        };
        let cameras = self.declared.streams.iter().map(camera).collect();
        let uplink = tokio::spawn(call_for_ever(config, world, self.way.clone()));
        self.running = Some(Running { spool, cameras, boot, uplink });
    }

    /// What the recorder holds.
    pub(crate) fn spool(&self) -> Option<&Spool> {
        self.running.as_ref().map(|running| &*running.spool)
    }

    /// Whether something that was recorded is on its way to the disk.
    pub(crate) fn waits_for_disk(&self) -> bool {
        self.running.iter().flat_map(|running| &running.cameras).any(|camera| camera.intake.waits_for_disk())
    }

    /// Records fragments of a stream; a run begins where there is none.
    pub(crate) fn record(&mut self, place: usize, count: u64) {
        let Some(running) = &mut self.running else { return };
        let camera = &mut running.cameras[place];
        let ahead = camera.free_from.since(self.clock.boot_now()).max(Span::ZERO);
        let (now, boot_now) = (self.clock.now().after(ahead), self.clock.boot_now().max(camera.free_from));
        let run = camera.run.get_or_insert_with(|| {
            let ids = RunIds { run: RunId::mint(now, self.random.as_ref()), stream: camera.stream, boot: running.boot };
            camera.intake.begin(ids, Run::init());
            Run::new(ids, now, boot_now)
        });
        for _ in 0..count {
            let Some(fragment) = run.next() else { break };
            camera.intake.append(fragment).expect("there is room");
        }
    }

    /// Ends the runs that are being recorded of a stream.
    pub(crate) fn end(&mut self, place: usize) {
        let Some(running) = &mut self.running else { return };
        let camera = &mut running.cameras[place];
        if let Some(run) = camera.run.take() {
            camera.intake.end(EndReason::CameraClosed);
            camera.free_from = run.end();
            self.runs.push(run);
        }
    }

    /// As a crash does: what waits for the disk may still reach it, and nothing else happens.
    pub(crate) async fn kill(&mut self) {
        let Some(running) = self.running.take() else { return };
        running.uplink.abort();
        // It is over when nothing of it runs any more.
        let _ = running.uplink.await;
        self.runs.extend(running.cameras.into_iter().filter_map(|camera| camera.run));
    }
}

/// One call after the other, as the recorder makes them, for as long as it lives.
async fn call_for_ever(config: Config, world: World, way: Arc<Mutex<Way>>) {
    loop {
        let (to, fault, broken) = {
            let mut way = way.lock().unwrap();
            way.line = CancellationToken::new();
            way.lines += 1;
            (way.to.clone(), way.fault, way.line.clone())
        };
        if let Some(to) = to
            && let Ok(channel) = line::connect(&to, fault, broken).await
        {
            // However it ends, another follows.
            let _ = uplink::upload_over(channel, &config, &world, CancellationToken::new()).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The next line.
pub(crate) fn choose(way: &Mutex<Way>, to: Option<mpsc::UnboundedSender<DuplexStream>>, fault: Fault) {
    let mut way = way.lock().unwrap();
    (way.to, way.fault) = (to, fault);
}

/// Breaks the line that stands.
pub(crate) fn break_line(way: &Mutex<Way>) {
    way.lock().unwrap().line.cancel();
}

/// How many fragments by chance are recorded at once.
pub(crate) fn some(chance: &Chance) -> u64 {
    1 + chance.below(6)
}
