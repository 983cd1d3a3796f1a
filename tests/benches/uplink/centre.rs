//! A real node in this process, and what it sees.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use liuhen_archive::records::{
    Act, CameraKind, NewCamera, NewOrganization, NewRecorder, NewRoom, NewSite, NewViewpoint, OrganizationKind, Records,
    RoomKind, Sqlite,
};
use liuhen_archive::{Archive, Live, Objects};
use liuhen_ingest::{Config, Ingest};
use liuhen_proto::digest::hex;
use liuhen_proto::ids::{CameraId, NodeId, PersonId, RecorderId, SiteId, StreamId};
use liuhen_proto::signing::PublicKey;
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use liuhen_proto::{Principal, Sha256, Timestamp};
use tokio::time::Instant;
use tonic::Request;

/// How finely it is looked whether something was stored.
const LOOK: Duration = Duration::from_millis(1);

/// The node.
pub(crate) struct Centre {
    pub(crate) address: SocketAddr,
    pub(crate) recorder: RecorderId,
    pub(crate) site: SiteId,
    pub(crate) cameras: Vec<(CameraId, StreamId)>,
    live: Arc<Live>,
    _ingest: Ingest,
}

impl Centre {
    /// Declares the cameras, and takes calls.
    pub(crate) async fn start(directory: &Path, public_key: &[u8], cameras: usize) -> Result<Self> {
        let random = Arc::new(OsRandom);
        let archive = Archive {
            records: Arc::new(Sqlite::open(&directory.join("liuhen.db"), random.clone()).await?),
            objects: Objects::open(&directory.join("objects"))?,
            live: Live::new(SystemClock.now()),
            clock: Arc::new(SystemClock),
            random,
        };
        let node = NodeId::mint(SystemClock.now(), &OsRandom);
        let public_key: PublicKey = hex(public_key).parse()?;
        let (recorder, site, cameras) = declare(archive.records.as_ref(), public_key, cameras).await?;
        let ingest = Ingest::open(Config::new(node, directory.join("journal")), archive.clone()).await?;
        let principal = Principal::Recorder { recorder, site };
        let known = move |mut request: Request<()>| {
            request.extensions_mut().insert(principal);
            Ok(request)
        };
        let service = tonic::service::interceptor::InterceptedService::new(ingest.service(), known);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.context("listen")?;
        let address = listener.local_addr().context("the address")?;
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
        Ok(Self { address, recorder, site, cameras, live: archive.live, _ingest: ingest })
    }

    /// Waits until two fragments of each camera are stored.
    pub(crate) async fn until_live(&self, patience: Duration) -> Result<()> {
        let began = Instant::now();
        let is_live = |stream| self.live.newest(stream).is_some_and(|newest| newest.count >= 2);
        while !self.cameras.iter().all(|(_, stream)| is_live(*stream)) {
            ensure!(began.elapsed() < patience, "not all cameras are stored in {patience:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// For so long: of each fragment how many milliseconds after its end it was stored.
    pub(crate) async fn stored_after(&self, length: Duration) -> Vec<f64> {
        let (began, mut known, mut delays) = (Instant::now(), BTreeMap::new(), Vec::new());
        while began.elapsed() < length {
            tokio::time::sleep(LOOK).await;
            let now = SystemClock.now();
            for (_, stream) in &self.cameras {
                let Some(newest) = self.live.newest(*stream) else { continue };
                if known.insert(*stream, newest.count).is_some_and(|count| count != newest.count) {
                    delays.push(now.since(newest.end).as_micros() as f64 / 1e3);
                }
            }
        }
        delays
    }

    /// How far the newest footage of the camera that is worst off is behind, beyond the length of its fragments; seconds.
    pub(crate) fn live_behind(&self, now: Timestamp) -> f64 {
        let behind = |stream| {
            let newest = self.live.newest(stream)?;
            Some((now.since(newest.end).as_micros() - newest.length.as_micros()) as f64 / 1e6)
        };
        self.cameras.iter().filter_map(|(_, stream)| behind(*stream)).fold(0.0, f64::max)
    }

    /// What the recorder says that waits, by a heartbeat of the last two seconds.
    pub(crate) fn backlog_bytes(&self) -> Option<u64> {
        let health = self.live.recorder(self.recorder)?;
        let fresh = SystemClock.now().since(health.heard) < liuhen_proto::Span::from_secs(2);
        fresh.then_some(health.status.backlog_bytes)
    }
}

async fn declare(
    records: &dyn Records,
    public_key: PublicKey,
    cameras: usize,
) -> Result<(RecorderId, SiteId, Vec<(CameraId, StreamId)>)> {
    let act = Act::new(Principal::Person(PersonId::mint(SystemClock.now(), &OsRandom)), SystemClock.now());
    let new = NewOrganization { name: "org".into(), kind: OrganizationKind::ALL[0] };
    let organization = records.create_organization(&act, new).await?.value.id;
    let site = records.create_site(&act, NewSite { organization, name: "site".into(), region: None }).await?.value.id;
    let room = records.create_room(&act, NewRoom { site, name: "room".into(), kind: RoomKind::ALL[0] }).await?.value.id;
    let mut streams = Vec::new();
    for number in 0..cameras {
        let name = number.to_string();
        let (required, sound_required, sound_only, seats) = (true, false, false, Vec::new());
        let new = NewViewpoint { room, name: name.clone(), required, sound_required, sound_only, seats };
        let viewpoint = records.create_viewpoint(&act, new).await?.value.id;
        let new = NewCamera { viewpoint, name, has_viewing_stream: false, kind: CameraKind::Camera };
        let camera = records.create_camera(&act, new).await?.value;
        streams.push((camera.id, camera.evidence));
    }
    let new = NewRecorder { site, name: "recorder".into(), public_key, token_sha256: Sha256::of(b"bench") };
    Ok((records.create_recorder(&act, new).await?.value.id, site, streams))
}
