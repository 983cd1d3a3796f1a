//! A server with a site to look after, and a recorder's hand to put footage in.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use liuhen_api::auth::identity::IdentityVerifier;
use liuhen_api::auth::{Administrator, Token};
use liuhen_api::machines::authority::Authority;
use liuhen_api::machines::tls::Tls;
use liuhen_api::server::Doors;
use liuhen_api::vault::Vault;
use liuhen_api::{Config, server};
use liuhen_archive::custody::{Prover, Published, Publisher, Signer};
use liuhen_archive::live::OpenPlace;
use liuhen_archive::records::{Act, EndReason, NewRun, NewSegment, Postgres, RunEnd, Sqlite};
use liuhen_archive::{Archive, Live, Objects, Records, names};
use liuhen_media::reader::read_fragment;
use liuhen_media::segment_file::{SegmentWriter, scan};
use liuhen_proto::ids::{BootId, NodeId, PersonId, RecorderId, RunId, StreamId};
use liuhen_proto::index::IndexedFragment;
use liuhen_proto::segment::Sized256;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1::review_service_client::ReviewServiceClient;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::session_service_client::SessionServiceClient;
use liuhen_proto::world::{Clock, ManualClock, SeededRandom};
use liuhen_proto::{Principal, Sha256, Span, Timestamp};
use tokio_util::sync::CancellationToken;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::film::Film;

/// When the exam of these tests begins: 2026-11-22T09:00:00+08:00.
pub(crate) const NINE: i64 = 1_795_309_200_000_000;

/// So many seconds after nine.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(NINE + seconds * 1_000_000)
}

/// From so many seconds after nine to so many.
pub(crate) fn between(start: i64, end: i64) -> Option<Interval> {
    Some(Interval { start_us: at(start).as_micros(), end_us: at(end).as_micros() })
}

/// The same, as we say it.
pub(crate) fn interval(start: i64, end: i64) -> liuhen_proto::Interval {
    liuhen_proto::Interval::new(at(start), at(end)).unwrap()
}

#[derive(Clone)]
pub(crate) struct Bearer(Option<String>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        Ok(request)
    }
}

pub(crate) type Connection = InterceptedService<Channel, Bearer>;

/// A server, and what it serves from.
pub(crate) struct World {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) archive: Archive,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) address: SocketAddr,
    /// Where machines call, and the certificate that vouches for it.
    pub(crate) machines: (SocketAddr, String),
    pub(crate) token: String,
    stop: CancellationToken,
    log: tokio::sync::Mutex<Publisher>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What a server is told besides.
#[derive(Default)]
pub(crate) struct Told {
    /// What makes the first administrator.
    pub(crate) set_up: Option<Sha256>,
    /// Who else vouches for people.
    pub(crate) identities: Option<Arc<dyn IdentityVerifier>>,
    /// Certificate and key of an outside authority for machines, as PEM.
    pub(crate) outside: Option<(String, String)>,
    /// Address of a PostgreSQL database; SQLite in its own directory where there is none.
    pub(crate) database: Option<String>,
    /// A SQLite file that is there already.
    pub(crate) sqlite: Option<PathBuf>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::start(Told::default()).await
    }

    /// One where nobody has an account, with the token that makes the first.
    pub(crate) async fn not_set_up() -> (Self, String) {
        let token = Token::generate("lhs", &SeededRandom::new(12));
        let told = Told { set_up: Some(token.sha256()), ..Told::default() };
        (Self::start(told).await, token.reveal().to_owned())
    }

    pub(crate) async fn start(told: Told) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (clock, random) = (Arc::new(ManualClock::at(at(0))), Arc::new(SeededRandom::new(11)));
        let records: Arc<dyn Records> = match &told.database {
            Some(url) => Arc::new(Postgres::open(url, random.clone()).await.unwrap()),
            None => {
                let file = told.sqlite.clone().unwrap_or_else(|| directory.path().join("liuhen.db"));
                Arc::new(Sqlite::open(&file, random.clone()).await.unwrap())
            }
        };
        let archive = Archive {
            records,
            objects: Objects::open(&directory.path().join("objects")).unwrap(),
            live: Live::new(clock.now()),
            clock: clock.clone(),
            random: random.clone(),
        };
        std::fs::create_dir(directory.path().join("journal")).unwrap();
        let token = Token::generate("lha", &*random);
        let node = liuhen_proto::ids::NodeId::mint(clock.now(), &*random);
        let administrator = Administrator { person: PersonId::mint(clock.now(), &*random), token: token.sha256() };
        let listener = server::listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let (authority, certificate) = match told.outside {
            Some((certificate, key)) => (Authority::outside(&certificate, &key, clock.now()).unwrap(), certificate),
            None => {
                let (certificate, key) = Authority::generate().unwrap();
                (Authority::from_pem(&certificate, &key).unwrap(), certificate)
            }
        };
        let authority = Arc::new(authority);
        let for_machines = server::listen_to_all("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let machines = (for_machines.local_addr().unwrap(), certificate);
        let doors = Doors::new(listener, None).with_machines(for_machines, Tls::for_machines(&authority).unwrap());
        let door = Some((machines.0.port(), authority.pin()));
        let staging = directory.path().join("staging");
        // With a chance of its own: what else is made stays the same.
        let chance = Arc::new(SeededRandom::new(21));
        let vault = Arc::new(Vault::from_toml(&Vault::generate(&*chance), chance).unwrap());
        let more = (tonic::service::Routes::default(), &[][..]);
        let published = Published::open(&directory.path().join("log")).unwrap();
        let origin = "liuhen.example/log".parse().unwrap();
        let signer = Signer::open(&directory.path().join("signer"), &origin, &SeededRandom::new(22)).unwrap();
        let prover = Prover::new(published.clone(), signer.verifier());
        let log = tokio::sync::Mutex::new(Publisher::new(archive.clone(), published, signer));
        tokio::spawn(liuhen_api::run(
            Config {
                set_up: told.set_up,
                identities: told.identities,
                authority: Some(authority),
                machines: door,
                log: Some(prover),
                ..Config::new(administrator, node, staging, vault)
            },
            archive.clone(),
            doors,
            more,
            stop.clone(),
        ));
        Self { directory, archive, clock, address, machines, token: token.reveal().to_owned(), stop, log }
    }

    pub(crate) async fn channel(&self, token: Option<&str>) -> Connection {
        let channel = Channel::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap();
        InterceptedService::new(channel, Bearer(token.map(str::to_owned)))
    }

    pub(crate) async fn sessions(&self) -> SessionServiceClient<Connection> {
        SessionServiceClient::new(self.channel(Some(&self.token)).await)
    }

    pub(crate) async fn review(&self) -> ReviewServiceClient<Connection> {
        ReviewServiceClient::new(self.channel(Some(&self.token)).await)
    }

    /// Publishes what is in the log now.
    pub(crate) async fn publish(&self) {
        self.log.lock().await.publish().await.unwrap();
    }

    /// Lets the server stop; its streams end.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// An organisation with a site with a room with a viewpoint with a camera, and a recorder.
    pub(crate) async fn site(&self) -> Site {
        self.site_in("").await
    }

    /// The same, in a district.
    pub(crate) async fn site_in(&self, region: &str) -> Site {
        let mut sessions = self.sessions().await;
        let name = |name: &str| name.to_owned();
        let request = pb::CreateOrganizationRequest { name: name("评价机构"), kind: 1, idempotency_key: String::new() };
        let organization = sessions.create_organization(request).await.unwrap().into_inner().organization.unwrap();
        let request = pb::CreateSiteRequest {
            organization_id: organization.organization_id.clone(),
            name: name("第一考点"),
            idempotency_key: String::new(),
            region: region.to_owned(),
        };
        let site = sessions.create_site(request).await.unwrap().into_inner().site.unwrap();
        let request = pb::CreateRoomRequest {
            site_id: site.site_id.clone(),
            name: name("0301"),
            kind: pb::RoomKind::Theory.into(),
            idempotency_key: String::new(),
        };
        let room = sessions.create_room(request).await.unwrap().into_inner().room.unwrap();
        let request = pb::CreateViewpointRequest {
            room_id: room.room_id.clone(),
            name: name("front"),
            required: true,
            sound_required: true,
            seats: vec![name("01"), name("02")],
            idempotency_key: String::new(),
            sound_only: false,
        };
        let viewpoint = sessions.create_viewpoint(request).await.unwrap().into_inner().viewpoint.unwrap();
        let request = pb::CreateCameraRequest {
            viewpoint_id: viewpoint.viewpoint_id.clone(),
            name: name("0301 front"),
            has_viewing_stream: false,
            idempotency_key: String::new(),
            kind: 0,
        };
        let camera = sessions.create_camera(request).await.unwrap().into_inner().camera.unwrap();
        let key = SigningKey::generate(&SeededRandom::new(5)).public();
        let request = pb::CreateRecorderRequest {
            site_id: site.site_id.clone(),
            name: name("recorder"),
            public_key: key.to_bytes().to_vec(),
            idempotency_key: String::new(),
        };
        let answer = sessions.create_recorder(request).await.unwrap().into_inner();
        let recorder = answer.recorder.unwrap();
        Site { organization, site, room, viewpoint, camera, recorder, token: answer.token }
    }

    /// Opens a run of the site's camera that films from so many seconds after nine on.
    pub(crate) async fn run<'a>(&'a self, site: &Site, film: &'a Film, seconds: i64) -> Run<'a> {
        let random = &*self.archive.random;
        let (run, boot) = (RunId::mint(at(seconds), random), BootId::mint(at(0), random));
        let recorder: RecorderId = site.recorder.recorder_id.parse().unwrap();
        let stream = site.stream();
        let new = NewRun { run, stream, recorder, boot, init: film.init.clone() };
        self.archive.records.open_run(&self.act(), new).await.unwrap();
        Run { world: self, film, run, stream, boot, start: at(seconds), next: 0, writer: None, indexed: Vec::new() }
    }

    /// Footage of a whole film, sealed in one segment.
    pub(crate) async fn recorded(&self, site: &Site, film: &Film, seconds: i64) -> RunId {
        let mut run = self.run(site, film, seconds).await;
        run.store(usize::MAX);
        run.seal().await;
        run.end().await;
        run.run
    }

    pub(crate) fn act(&self) -> Act {
        Act::new(Principal::Node(NodeId::mint(at(0), &*self.archive.random)), self.clock.now())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// What was declared.
pub(crate) struct Site {
    pub(crate) organization: pb::Organization,
    pub(crate) site: pb::Site,
    pub(crate) room: pb::Room,
    pub(crate) viewpoint: pb::Viewpoint,
    pub(crate) camera: pb::Camera,
    pub(crate) recorder: pb::Recorder,
    pub(crate) token: String,
}

impl Site {
    pub(crate) fn stream(&self) -> StreamId {
        self.camera.evidence_stream_id.parse().unwrap()
    }
}

/// A run that is being recorded, as ingest would do it.
pub(crate) struct Run<'a> {
    world: &'a World,
    film: &'a Film,
    pub(crate) run: RunId,
    stream: StreamId,
    boot: BootId,
    start: Timestamp,
    next: usize,
    writer: Option<SegmentWriter>,
    indexed: Vec<IndexedFragment>,
}

impl Run<'_> {
    /// The next fragments reach STORED: they lie in the journal.
    pub(crate) fn store(&mut self, count: usize) {
        for _ in 0..count {
            let (place, of) = (self.next, (self.stream, self.run, self.boot));
            let Some((header, bytes)) = self.film.fragment(of, self.start, place) else { break };
            let writer = self.writer.get_or_insert_with(|| {
                let path = self.world.path(&format!("journal/{}-{place}.mp4", self.run));
                SegmentWriter::create(&path, &self.film.init).unwrap()
            });
            let sha256 = Sha256::of(&bytes);
            let offset = writer.append(&bytes, sha256).unwrap();
            let offsets = read_fragment(&bytes).unwrap().decode_time_offsets;
            let size = u32::try_from(bytes.len()).unwrap();
            let indexed = IndexedFragment::new(&header, sha256, offset, size, &offsets);
            let open = OpenPlace { path: writer.path().to_owned(), init: self.film.init.clone(), clock: None };
            self.world.archive.live.fragment_stored(self.stream, self.run, &open, indexed.clone());
            self.indexed.push(indexed);
            self.next += 1;
        }
        if let Some(writer) = &self.writer {
            writer.sync().unwrap();
        }
    }

    /// When the next fragment is whole; nothing after the last.
    pub(crate) fn next_end(&self) -> Option<Timestamp> {
        self.end_of(self.next)
    }

    /// Where what is stored ends.
    pub(crate) fn stored_until(&self) -> Option<Timestamp> {
        self.end_of(self.next.checked_sub(1)?)
    }

    fn end_of(&self, place: usize) -> Option<Timestamp> {
        let (header, _) = self.film.fragment((self.stream, self.run, self.boot), self.start, place)?;
        header.tracks.iter().map(|track| track.wall_end).max()
    }

    /// Whether all of the film is stored.
    pub(crate) fn is_over(&self) -> bool {
        self.next == self.film.cuts.len()
    }

    /// What is in the journal becomes a sealed segment, and the journal's file goes.
    pub(crate) async fn seal(&mut self) {
        let archive = &self.world.archive;
        let path = self.writer.take().expect("something is in the journal").path().to_owned();
        let whole = scan(&path).unwrap().unwrap();
        let fragments = std::mem::take(&mut self.indexed);
        let (first, last) = (&fragments[0], &fragments[fragments.len() - 1]);
        let place = archive.records.stream_place(self.stream).await.unwrap().unwrap();
        let start = first.interval().start();
        let name = names::object(&place, start, self.run, first.sequence, last.sequence, &whole.sha256);
        archive.objects.adopt(&path, &name).await.unwrap();
        let (first, last) = (first.sequence, last.sequence);
        let new = NewSegment {
            stream: self.stream,
            run: self.run,
            object_name: name,
            object: Sized256 { sha256: whole.sha256, size_bytes: whole.size_bytes },
            manifest_sha256: Sha256::of(b"no manifest in these tests"),
            fragments,
            unsigned_tail: true,
            stored: Some(self.world.clock.now()),
            clock_mapping: None,
        };
        archive.records.seal_segments(&self.world.act(), vec![new]).await.unwrap().remove(0).unwrap();
        archive.live.segment_sealed(self.stream, self.run, first, last);
        std::fs::remove_file(path).unwrap();
    }

    /// The run comes to its end.
    pub(crate) async fn end(&self) {
        let end = RunEnd { fragments: self.next as u64, reason: EndReason::Stopped };
        self.world.archive.records.end_run(&self.world.act(), self.run, end).await.unwrap();
        self.world.archive.live.run_ended(self.stream, self.run, EndReason::Stopped);
    }
}

/// Lets the hands of the clock go on.
pub(crate) fn pass(world: &World, seconds: u32) {
    world.clock.advance(Span::from_secs(seconds));
}
