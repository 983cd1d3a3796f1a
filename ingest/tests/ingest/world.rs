//! A centre of one node with two sites, which can be killed and started again.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use liuhen_archive::records::{
    Act, CameraKind, NewCamera, NewOrganization, NewRecorder, NewRoom, NewSite, NewViewpoint, OrganizationKind, Postgres,
    RoomKind, Sqlite,
};
use liuhen_archive::{Archive, Live, Objects, Records};
use liuhen_ingest::{Config, Ingest, Limits};
use liuhen_proto::ids::{NodeId, PersonId, RecorderId, SiteId, StreamId};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{Clock, OsRandom, SystemClock};
use liuhen_proto::{Principal, Sha256};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tonic::{Request, Status};

use crate::client::Upload;

/// A site with cameras and a recorder.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) site: SiteId,
    pub(crate) recorder: RecorderId,
    pub(crate) key: SigningKey,
    pub(crate) streams: Vec<StreamId>,
}

impl Site {
    pub(crate) fn principal(&self) -> Principal {
        Principal::Recorder { recorder: self.recorder, site: self.site }
    }
}

/// A running node.
struct Node {
    runtime: Runtime,
    address: SocketAddr,
    archive: Archive,
    syncs: Box<dyn Fn() -> u64 + Send + Sync>,
    healthy: watch::Receiver<bool>,
    missing: Vec<String>,
}

/// The centre.
pub(crate) struct World {
    dir: Arc<tempfile::TempDir>,
    /// Address of a PostgreSQL database; SQLite in the directory where there is none.
    database: Option<String>,
    node_id: NodeId,
    clock: Arc<dyn Clock>,
    limits: Limits,
    journal: PathBuf,
    node: Option<Node>,
    pub(crate) ours: Site,
    pub(crate) theirs: Site,
}

/// Limits that do not make a test wait.
pub(crate) fn quick() -> Limits {
    Limits { seal_wait: Duration::from_millis(10), tick: Duration::from_millis(20), ..Limits::default() }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(quick(), Arc::new(SystemClock)).await
    }

    pub(crate) async fn with(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("journal");
        Self::in_dir(dir, journal, limits, clock).await
    }

    /// With the journal in a directory of its own.
    pub(crate) async fn in_dir(dir: tempfile::TempDir, journal: PathBuf, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self::of_node(Arc::new(dir), None, journal, limits, clock).await
    }

    /// On a PostgreSQL database.
    pub(crate) async fn on_postgres(url: String, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("journal");
        Self::of_node(Arc::new(dir), Some(url), journal, limits, clock).await
    }

    async fn of_node(
        dir: Arc<tempfile::TempDir>,
        database: Option<String>,
        journal: PathBuf,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let archive = open(dir.path(), database.as_deref(), &clock).await;
        let (ours, theirs) = (declare(&archive, 1).await, declare(&archive, 2).await);
        drop(archive);
        let node_id = NodeId::mint(clock.now(), &OsRandom);
        let mut world = Self { dir, database, node_id, clock, limits, journal, node: None, ours, theirs };
        world.start().await;
        world
    }

    /// A second node: the same records and objects, and a journal of its own.
    pub(crate) async fn beside(&self) -> Self {
        let journal = self.dir.path().join("journal of the second");
        let mut second = Self {
            dir: Arc::clone(&self.dir),
            database: self.database.clone(),
            node_id: NodeId::mint(self.clock.now(), &OsRandom),
            clock: Arc::clone(&self.clock),
            limits: self.limits.clone(),
            journal,
            node: None,
            ours: self.ours.clone(),
            theirs: self.theirs.clone(),
        };
        second.start().await;
        second
    }

    /// Starts the node.
    pub(crate) async fn start(&mut self) {
        let (dir, clock, limits) = (self.dir.path().to_owned(), Arc::clone(&self.clock), self.limits.clone());
        let database = self.database.clone();
        let config = Config { node: self.node_id, journal_dir: self.journal.clone(), limits };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("node").enable_all().build().unwrap();
        let principals = [("ours", self.ours.principal()), ("theirs", self.theirs.principal())];
        let started = runtime.spawn(async move {
            let archive = open(&dir, database.as_deref(), &clock).await;
            let ingest = Ingest::open(config, archive.clone()).await.unwrap();
            let (syncs, healthy) = (Box::new(ingest.journal_syncs()), ingest.healthy());
            let missing = ingest.missing_objects();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let auth = move |mut request: Request<()>| -> Result<Request<()>, Status> {
                let token = request.metadata().get("token").and_then(|token| token.to_str().ok()).unwrap_or_default();
                let found = principals.iter().find(|(name, _)| *name == token).map(|(_, principal)| *principal);
                let admin = (token == "admin").then(|| Principal::Person(PersonId::mint(SystemClock.now(), &OsRandom)));
                if let Some(principal) = found.or(admin) {
                    request.extensions_mut().insert(principal);
                }
                Ok(request)
            };
            let service = tonic::service::interceptor::InterceptedService::new(ingest.service(), auth);
            let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
            tokio::spawn(async move {
                let _node = ingest;
                tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming).await.unwrap();
            });
            (address, archive, syncs, healthy, missing)
        });
        let (address, archive, syncs, healthy, missing) = started.await.unwrap();
        self.node = Some(Node { runtime, address, archive, syncs, healthy, missing });
    }

    /// Ends the node as a crash does: nothing is closed, nothing is told. What the kernel has, it keeps.
    pub(crate) fn kill(&mut self) {
        let node = self.node.take().expect("the node runs");
        // A runtime may not be dropped where others wait for it.
        std::thread::spawn(move || drop(node.runtime)).join().unwrap();
    }

    pub(crate) async fn restart(&mut self) {
        self.kill();
        self.start().await;
    }

    pub(crate) fn archive(&self) -> &Archive {
        &self.node.as_ref().expect("the node runs").archive
    }

    /// How often the node's journal was fsynced.
    pub(crate) fn journal_syncs(&self) -> u64 {
        (self.node.as_ref().expect("the node runs").syncs)()
    }

    /// Whether the node says that it can write.
    pub(crate) fn is_healthy(&self) -> bool {
        *self.node.as_ref().expect("the node runs").healthy.borrow()
    }

    /// Sealed objects that were gone when the node started.
    pub(crate) fn missing_objects(&self) -> Vec<String> {
        self.node.as_ref().expect("the node runs").missing.clone()
    }

    pub(crate) fn journal_dir(&self) -> &std::path::Path {
        &self.journal
    }

    pub(crate) fn objects_dir(&self) -> PathBuf {
        self.dir.path().join("objects")
    }

    /// A person who may declare.
    pub(crate) fn administrator(&self) -> Act {
        let at = self.clock.now();
        Act::new(Principal::Person(PersonId::mint(at, &OsRandom)), at)
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.node.as_ref().expect("the node runs").address)
    }

    pub(crate) fn journal_files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = self.journal.join("open").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    pub(crate) fn quarantined(&self) -> usize {
        self.journal.join("quarantine").read_dir().unwrap().count()
    }

    /// An Upload call of our recorder.
    pub(crate) async fn upload(&self) -> Upload {
        Upload::call(&self.address(), "ours").await.unwrap()
    }

    /// Waits until it is so, and no longer than 10 s.
    pub(crate) async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        for _ in 0..500 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not so after 10 s: {what}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.node.is_some() {
            self.kill();
        }
    }
}

async fn open(dir: &std::path::Path, database: Option<&str>, clock: &Arc<dyn Clock>) -> Archive {
    let random = Arc::new(OsRandom);
    let records: Arc<dyn Records> = match database {
        Some(url) => Arc::new(Postgres::open(url, random.clone()).await.unwrap()),
        None => Arc::new(Sqlite::open(&dir.join("liuhen.db"), random.clone()).await.unwrap()),
    };
    Archive {
        records,
        objects: Objects::open(&dir.join("objects")).unwrap(),
        live: Live::new(clock.now()),
        clock: Arc::clone(clock),
        random,
    }
}

async fn declare(archive: &Archive, seed: u8) -> Site {
    let (records, act) =
        (&archive.records, Act::new(Principal::Person(PersonId::mint(archive.clock.now(), &OsRandom)), archive.clock.now()));
    let name = |what: &str| format!("{what} {seed}");
    let new = NewOrganization { name: name("org"), kind: OrganizationKind::ALL[0] };
    let organization = records.create_organization(&act, new).await.unwrap().value.id;
    let site = records.create_site(&act, NewSite { organization, name: name("site"), region: None }).await.unwrap().value.id;
    let room = NewRoom { site, name: name("room"), kind: RoomKind::ALL[0] };
    let room = records.create_room(&act, room).await.unwrap().value.id;
    let mut streams = Vec::new();
    for place in ["front", "back"] {
        let new =
            NewViewpoint { room, name: name(place), required: true, sound_required: false, sound_only: false, seats: Vec::new() };
        let viewpoint = records.create_viewpoint(&act, new).await.unwrap().value.id;
        let new = NewCamera { viewpoint, name: name(place), has_viewing_stream: false, kind: CameraKind::Camera };
        streams.push(records.create_camera(&act, new).await.unwrap().value.evidence);
    }
    let key = SigningKey::from_seed(&[seed; 32]);
    let token_sha256 = Sha256::of(&[seed]);
    let new = NewRecorder { site, name: name("recorder"), public_key: key.public(), token_sha256 };
    let recorder = records.create_recorder(&act, new).await.unwrap().value.id;
    Site { site, recorder, key, streams }
}
