//! The centre: nodes on one database and one object directory, each with a journal of its own and a thread that can be
//! taken away from under it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc as wait;
use std::time::Duration;

use liuhen_archive::records::{
    Act, CameraKind, NewCamera, NewOrganization, NewRecorder, NewRoom, NewSite, NewViewpoint, OrganizationKind, RoomKind, Sqlite,
};
use liuhen_archive::{Archive, Live, Objects};
use liuhen_ingest::{Config, Ingest, Limits};
use liuhen_proto::ids::{NodeId, PersonId, RecorderId, SiteId, StreamId};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{Clock, ManualClock, SeededRandom};
use liuhen_proto::{Principal, Sha256, Span, Timestamp};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Request;

/// 2026-11-22T08:00:00Z.
pub(crate) const MORNING: Timestamp = Timestamp::from_micros(1_795_334_400_000_000);

/// Who records, and what.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) recorder: RecorderId,
    pub(crate) site: SiteId,
    pub(crate) streams: Vec<StreamId>,
}

/// The same key for every seed.
pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

/// A database in which all is declared, to begin each seed with.
pub(crate) struct Template {
    directory: tempfile::TempDir,
    pub(crate) declared: Declared,
}

impl Template {
    pub(crate) fn make() -> Self {
        let directory = scratch();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let declared = runtime.block_on(async {
            let random = SeededRandom::new(1);
            let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(2))).await.unwrap();
            let declared = declare(&records, &random).await;
            records.close().await;
            declared
        });
        Self { directory, declared }
    }

    /// Puts a copy of it into a directory.
    pub(crate) fn copy(&self, to: &Path) {
        std::fs::copy(self.directory.path().join("liuhen.db"), to.join("liuhen.db")).unwrap();
    }
}

/// In memory where there is such a place: thousands of small files and syncs.
pub(crate) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.unwrap()
}

async fn declare(records: &dyn liuhen_archive::Records, random: &SeededRandom) -> Declared {
    let act = Act::new(Principal::Person(PersonId::mint(MORNING, random)), MORNING);
    let new = NewOrganization { name: "org".into(), kind: OrganizationKind::ALL[0] };
    let organization = records.create_organization(&act, new).await.unwrap().value.id;
    let site = records.create_site(&act, NewSite { organization, name: "site".into(), region: None }).await.unwrap().value.id;
    let room = NewRoom { site, name: "room".into(), kind: RoomKind::ALL[0] };
    let room = records.create_room(&act, room).await.unwrap().value.id;
    let mut streams = Vec::new();
    for name in ["front", "back"] {
        let name = name.to_owned();
        let (required, sound_required, sound_only) = (true, true, true);
        let new = NewViewpoint { room, name: name.clone(), required, sound_required, sound_only, seats: Vec::new() };
        let viewpoint = records.create_viewpoint(&act, new).await.unwrap().value.id;
        let new = NewCamera { viewpoint, name, has_viewing_stream: false, kind: CameraKind::Camera };
        streams.push(records.create_camera(&act, new).await.unwrap().value.evidence);
    }
    let new = NewRecorder { site, name: "recorder".into(), public_key: key().public(), token_sha256: Sha256::of(b"token") };
    let recorder = records.create_recorder(&act, new).await.unwrap().value.id;
    Declared { recorder, site, streams }
}

/// Opens records and objects of a seed.
pub(crate) async fn open(directory: &Path, clock: &Arc<ManualClock>, seed: u64) -> Archive {
    let random = Arc::new(SeededRandom::new(seed));
    Archive {
        records: Arc::new(Sqlite::open(&directory.join("liuhen.db"), random.clone()).await.unwrap()),
        objects: Objects::open(&directory.join("objects")).unwrap(),
        live: Live::new(clock.now()),
        clock: clock.clone(),
        random,
    }
}

/// A node that runs.
struct Running {
    lines: mpsc::UnboundedSender<DuplexStream>,
    live: Arc<Live>,
    stop: CancellationToken,
    thread: std::thread::JoinHandle<()>,
}

/// A node.
pub(crate) struct Node {
    id: NodeId,
    directory: PathBuf,
    journal: PathBuf,
    clock: Arc<ManualClock>,
    principal: Principal,
    /// How long it gathers what it seals: where that is long, much is STORED when it dies.
    seal_wait: Duration,
    starts: u64,
    running: Option<Running>,
}

impl Node {
    pub(crate) fn new(directory: &Path, number: u64, clock: &Arc<ManualClock>, declared: &Declared, seed: u64) -> Self {
        let principal = Principal::Recorder { recorder: declared.recorder, site: declared.site };
        let id = NodeId::mint(MORNING, &SeededRandom::new(100 + number));
        let journal = directory.join(format!("journal {number}"));
        let (directory, clock) = (directory.to_owned(), clock.clone());
        let seal_wait = Duration::from_millis([1, 20, 100][usize::try_from(seed % 3).unwrap()]);
        Self { id, directory, journal, clock, principal, seal_wait, starts: number << 32, running: None }
    }

    pub(crate) fn start(&mut self) {
        self.starts += 1;
        let (directory, clock, principal, seed) = (self.directory.clone(), self.clock.clone(), self.principal, self.starts);
        let limits = Limits {
            seal_wait: self.seal_wait,
            tick: Duration::from_millis(5),
            unsigned_after: Span::from_secs(60),
            left_over: Span::from_secs(120),
            lease: Span::from_secs(20),
            lease_renewal: Duration::from_millis(20),
            ..Limits::default()
        };
        let config = Config { node: self.id, journal_dir: self.journal.clone(), limits };
        let (stop, (lines, incoming), (ready, started)) = (CancellationToken::new(), mpsc::unbounded_channel(), wait::channel());
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let archive = open(&directory, &clock, seed).await;
                let ingest = Ingest::open(config, archive.clone()).await.unwrap();
                ready.send(archive.live.clone()).unwrap();
                let known = move |mut request: Request<()>| {
                    request.extensions_mut().insert(principal);
                    Ok(request)
                };
                let service = tonic::service::interceptor::InterceptedService::new(ingest.service(), known);
                let incoming = UnboundedReceiverStream::new(incoming).map(Ok::<_, std::io::Error>);
                let serving = tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming);
                tokio::select! {
                    served = serving => served.unwrap(),
                    () = stopped.cancelled() => {}
                }
            });
            // All tasks end where they stand; what the disk was asked for, it does.
        });
        let live = started.recv().expect("the node starts");
        self.running = Some(Running { lines, live, stop, thread });
    }

    pub(crate) fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// As a crash does: nothing is closed, nothing is told. Gives what it had STORED and not sealed.
    pub(crate) fn kill(&mut self) -> Option<Arc<Live>> {
        let running = self.running.take()?;
        running.stop.cancel();
        running.thread.join().expect("a node does not panic");
        Some(running.live)
    }

    pub(crate) fn live(&self) -> Option<Arc<Live>> {
        self.running.as_ref().map(|running| running.live.clone())
    }

    /// Where lines to it begin; of one that is dead, nobody takes the other end.
    pub(crate) fn lines(&self) -> Option<mpsc::UnboundedSender<DuplexStream>> {
        self.running.as_ref().map(|running| running.lines.clone())
    }

    /// Files of segments that are not sealed.
    pub(crate) fn journal_files(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.journal.join("open"));
        files.map(|files| files.map(|file| file.unwrap().path()).collect()).unwrap_or_default()
    }

    /// What was set aside for a person.
    pub(crate) fn quarantined(&self) -> usize {
        std::fs::read_dir(self.journal.join("quarantine")).map_or(0, Iterator::count)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}
