//! The server over gRPC, as its administrator.

use anyhow::{Context as _, Result, bail};
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1::alarm_service_client::AlarmServiceClient;
use liuhen_proto::wire::review::v1::review_service_client::ReviewServiceClient;
use liuhen_proto::wire::review::v1::{self as review, read_clip_response::Part};
use liuhen_proto::wire::session::v1 as session;
use liuhen_proto::wire::session::v1::process_service_client::ProcessServiceClient;
use liuhen_proto::wire::session::v1::session_service_client::SessionServiceClient;
use tokio_stream::{Stream, StreamExt as _};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use super::declared::{Declared, DeclaredCamera};
use super::plan::{CameraPlan, Plan};
use crate::camera::Spec;

/// Puts a bearer token on every call.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

impl Bearer {
    /// For this token.
    pub fn new(token: &str) -> Result<Self> {
        Ok(Self(format!("Bearer {token}").parse().context("a token of printable characters")?))
    }
}

/// A connection that is the administrator.
#[derive(Debug, Clone)]
pub struct Centre {
    /// What should happen.
    pub sessions: SessionServiceClient<InterceptedService<Channel, Bearer>>,
    /// What did.
    pub review: ReviewServiceClient<InterceptedService<Channel, Bearer>>,
    /// What is wrong.
    pub alarms: AlarmServiceClient<InterceptedService<Channel, Bearer>>,
    /// What was told of it.
    pub process: ProcessServiceClient<InterceptedService<Channel, Bearer>>,
}

/// A clip that was read whole.
#[derive(Debug, Clone)]
pub struct Clip {
    /// What it says of itself.
    pub info: review::ClipInfo,
    /// The file.
    pub bytes: Vec<u8>,
}

impl Centre {
    /// Connects as whoever holds the token.
    pub async fn connect(address: &str, token: &str) -> Result<Self> {
        let endpoint = Endpoint::from_shared(address.to_owned()).context("the server's address")?;
        let channel = endpoint.connect().await.with_context(|| format!("connect to {address}"))?;
        let bearer = Bearer::new(token)?;
        let sessions = SessionServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let review = ReviewServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let alarms = AlarmServiceClient::with_interceptor(channel.clone(), bearer.clone());
        let process = ProcessServiceClient::with_interceptor(channel, bearer);
        Ok(Self { sessions, review, alarms, process })
    }

    /// Declares organisation, site, rooms, viewpoints, cameras and recorder. `url` tells where a stream is.
    pub async fn declare(&mut self, plan: &Plan, public_key: Vec<u8>, url: impl Fn(&Spec) -> String) -> Result<Declared> {
        let (name, kind) = ("留痕 test organisation".into(), plan.kind.into());
        let request = session::CreateOrganizationRequest { name, kind, ..Default::default() };
        let organization = self.sessions.create_organization(request).await?.into_inner().organization.context("organization")?;
        let organization_id = organization.organization_id;
        let mut declared = Declared { organization_id: organization_id.clone(), ..Default::default() };
        let request = session::CreateSiteRequest {
            organization_id,
            name: "Test site 考点".into(),
            region: "370402".into(),
            ..Default::default()
        };
        let site_id = self.sessions.create_site(request).await?.into_inner().site.context("site")?.site_id;
        declared.site_id.clone_from(&site_id);
        for room in &plan.rooms {
            let kind = room.kind.into();
            let request =
                session::CreateRoomRequest { site_id: site_id.clone(), name: room.name.clone(), kind, ..Default::default() };
            let room_id = self.sessions.create_room(request).await?.into_inner().room.context("room")?.room_id;
            for camera in &room.cameras {
                let before = if camera.beside { declared.cameras.last() } else { None };
                let viewpoint_id = match before {
                    Some(before) => before.viewpoint_id.clone(),
                    None => self.declare_viewpoint(&room_id, camera).await?,
                };
                let camera = self.declare_camera(viewpoint_id, &room.name, camera, &url).await?;
                declared.cameras.push(camera);
            }
            declared.rooms.push((room_id, room.name.clone()));
        }
        let request = session::CreateRecorderRequest { site_id, name: "Recorder 1".into(), public_key, ..Default::default() };
        let answer = self.sessions.create_recorder(request).await?.into_inner();
        declared.recorder_id = answer.recorder.context("recorder")?.recorder_id;
        declared.recorder_token = answer.token;
        Ok(declared)
    }

    async fn declare_viewpoint(&mut self, room_id: &str, plan: &CameraPlan) -> Result<String> {
        let request = session::CreateViewpointRequest {
            room_id: room_id.to_owned(),
            name: plan.name.clone(),
            required: true,
            sound_required: plan.sound_required,
            seats: vec!["01".into(), "02".into(), "03".into()],
            ..Default::default()
        };
        let viewpoint = self.sessions.create_viewpoint(request).await?.into_inner().viewpoint.context("viewpoint")?;
        Ok(viewpoint.viewpoint_id)
    }

    async fn declare_camera(
        &mut self,
        viewpoint_id: String,
        room: &str,
        plan: &CameraPlan,
        url: impl Fn(&Spec) -> String,
    ) -> Result<DeclaredCamera> {
        let kind = if plan.pickup { session::CameraKind::Pickup } else { session::CameraKind::Camera };
        let request = session::CreateCameraRequest {
            viewpoint_id: viewpoint_id.clone(),
            name: plan.name.clone(),
            has_viewing_stream: plan.viewing.is_some(),
            kind: kind.into(),
            ..Default::default()
        };
        let camera = self.sessions.create_camera(request).await?.into_inner().camera.context("camera")?;
        Ok(DeclaredCamera {
            name: plan.name.clone(),
            room: room.to_owned(),
            viewpoint_id,
            camera_id: camera.camera_id,
            stream_id: camera.evidence_stream_id,
            viewing_stream_id: plan.viewing.as_ref().map(|_| camera.viewing_stream_id),
            url: url(&plan.spec),
            viewing_url: plan.viewing.as_ref().map(url),
            pickup: plan.pickup,
            sound_required: plan.sound_required,
        })
    }

    /// Declares a session in which every camera must record for the whole window.
    pub async fn declare_session(&mut self, declared: &Declared, window: Interval) -> Result<String> {
        let mut viewpoints: Vec<_> = declared.cameras.iter().map(|camera| camera.viewpoint_id.clone()).collect();
        viewpoints.dedup();
        let windows = viewpoints.into_iter().map(|viewpoint_id| session::ExpectedWindow { viewpoint_id, interval: Some(window) });
        let request = session::CreateSessionRequest {
            site_id: declared.site_id.clone(),
            name: "Session 场次 1".into(),
            exam: Some(window),
            windows: windows.collect(),
            room_ids: declared.rooms.iter().map(|(id, _)| id.clone()).collect(),
            ..Default::default()
        };
        let session = self.sessions.create_session(request).await?.into_inner().session.context("session")?;
        Ok(session.session_id)
    }

    /// Coverage of a session now.
    pub async fn coverage(&mut self, session_id: &str) -> Result<review::Coverage> {
        let request = review::GetCoverageRequest { session_id: session_id.to_owned() };
        self.review.get_coverage(request).await?.into_inner().coverage.context("coverage")
    }

    /// Every change from the first on, as CloudEvents.
    pub async fn events(&mut self) -> Result<impl Stream<Item = Result<serde_json::Value>> + Unpin + use<>> {
        let request = session::WatchEventsRequest { from: 0, case_id: String::new() };
        let events = self.process.watch_events(request).await?.into_inner();
        Ok(events.map(|answer| Ok(serde_json::from_str(&answer?.event)?)))
    }

    /// Sealed segments of a stream that touch the interval.
    pub async fn segments(&mut self, stream_id: &str, interval: Interval) -> Result<Vec<review::Segment>> {
        let request = review::ListSegmentsRequest { stream_id: stream_id.to_owned(), interval: Some(interval), limit: 0 };
        let answer = self.review.list_segments(request).await?.into_inner();
        anyhow::ensure!(!answer.truncated, "more segments than one answer holds");
        Ok(answer.segments)
    }

    /// A clip, whole.
    pub async fn clip(&mut self, stream_id: &str, interval: Interval) -> Result<Clip> {
        let request =
            review::ReadClipRequest { stream_id: stream_id.to_owned(), interval: Some(interval), purpose: "a test".to_owned() };
        let mut parts = self.review.read_clip(request).await?.into_inner();
        let Some(Part::Info(info)) = parts.next().await.transpose()?.and_then(|part| part.part) else {
            bail!("the clip does not begin with what it is");
        };
        let mut bytes = Vec::new();
        while let Some(part) = parts.next().await.transpose()? {
            let Some(Part::Data(data)) = part.part else { bail!("the clip says twice what it is") };
            bytes.extend_from_slice(&data);
        }
        Ok(Clip { info, bytes })
    }

    /// Paths of the HLS playlist and the virtual MP4 of an interval.
    pub async fn playback(&mut self, stream_id: &str, interval: Interval) -> Result<(String, String)> {
        let request = review::OpenPlaybackRequest {
            stream_id: stream_id.to_owned(),
            interval: Some(interval),
            purpose: "a test".to_owned(),
        };
        let answer = self.review.open_playback(request).await?.into_inner();
        Ok((answer.hls_path, answer.mp4_path))
    }
}
