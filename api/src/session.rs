//! `liuhen.session.v1.SessionService`: declares what is to be recorded.
//!
//! In: requests of people. Out: what was written, with the receipt of its entry. Always: form
//! is checked here and every refusal names its field; each call is one transaction of the records.
//! Not here: whether ids exist and fit together (`liuhen_archive`), rules of time (`liuhen_process`).

pub(crate) mod check;
pub(crate) mod convert;
mod judgement;

use std::collections::HashMap;

use liuhen_archive::records::{
    Act, NewCamera, NewOrganization, NewRecorder, NewRoom, NewSession, NewSite, NewViewpoint, OrganizationKind, RoomKind, Thing,
};
use liuhen_archive::{Archive, records};
use liuhen_process::case::CaseId;
use liuhen_process::window::EXAM_ROOM;
use liuhen_proto::ids::{OrganizationId, RoomId, SessionId, SiteId, ViewpointId};
use liuhen_proto::scope::Place;
use liuhen_proto::signing::PublicKey;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::session_service_server::SessionService;
use liuhen_proto::{Code, Interval, Problem, Sha256, wire};
use tonic::{Request, Response, Status};

use crate::auth::{Asking, Token};
use crate::error::records as failed;

/// The most windows of a session.
const MAX_WINDOWS: usize = 1000;
/// The most rooms that one call may name.
const MAX_ROOMS: usize = 1000;
/// The most sessions that one answer lists.
const MAX_SESSIONS: u32 = records::MAX_ROWS;

/// The service.
#[derive(Clone)]
pub(crate) struct Sessions {
    archive: Archive,
    machines: Option<pb::MachinesDoor>,
}

impl Sessions {
    /// `machines`: port of the door for machines, and by what they know us.
    pub(crate) fn new(archive: Archive, machines: Option<(u16, Sha256)>) -> Self {
        let door = |(port, pin): (u16, Sha256)| pb::MachinesDoor { port: port.into(), authority_sha256: pin.to_string() };
        Self { archive, machines: machines.map(door) }
    }

    fn act(&self, asking: &Asking, key: &str) -> Result<Act, Problem> {
        Ok(Act { by: asking.principal(), at: self.archive.clock.now(), key: check::key(key)? })
    }

    /// The windows that the caller gave, or those of the rule for the rooms.
    async fn windows(
        &self,
        site: SiteId,
        exam: Interval,
        request: &pb::CreateSessionRequest,
    ) -> Result<Vec<records::ExpectedWindow>, Problem> {
        if !request.windows.is_empty() {
            return windows(&request.windows);
        }
        if request.room_ids.is_empty() {
            return Err(Problem::field("windows", "is empty, and so is room_ids: name what must be recorded"));
        }
        if request.room_ids.len() > MAX_ROOMS {
            return Err(Problem::field("room_ids", format!("has more than {MAX_ROOMS} rooms")));
        }
        let interval = EXAM_ROOM.expected(exam).map_err(|error| Problem::field("exam", error.to_string()))?;
        let viewpoints = self.required_viewpoints(site, &request.room_ids).await?;
        Ok(viewpoints.into_iter().map(|viewpoint| records::ExpectedWindow { viewpoint, interval }).collect())
    }

    async fn required_viewpoints(&self, site: SiteId, room_ids: &[String]) -> Result<Vec<ViewpointId>, Problem> {
        let layout = self.layout(site).await?;
        let mut found = Vec::new();
        for (place, id) in room_ids.iter().enumerate() {
            let field = format!("room_ids[{place}]");
            let room: RoomId = wire::id(&field, id)?;
            if !layout.rooms.iter().any(|known| known.id == room) {
                return Err(Problem::field(field, format!("{room} is no room of {site}")));
            }
            if room_ids[..place].contains(id) {
                return Err(Problem::field(field, "stands there twice"));
            }
            let of_room = layout.viewpoints.iter().filter(|viewpoint| viewpoint.room == room && viewpoint.required);
            let before = found.len();
            found.extend(of_room.map(|viewpoint| viewpoint.id));
            if found.len() == before {
                return Err(Problem::field(field, format!("{room} has no required viewpoint: declare one, or give windows")));
            }
        }
        if found.len() > MAX_WINDOWS {
            return Err(Problem::field("room_ids", format!("they have more than {MAX_WINDOWS} required viewpoints")));
        }
        Ok(found)
    }

    async fn layout(&self, site: SiteId) -> Result<records::SiteLayout, Problem> {
        let layout = self.archive.records.layout(site).await.map_err(|error| failed("read the site", error))?;
        layout.ok_or_else(|| Problem::not_found(site))
    }
}

/// Where a site stands.
pub(crate) fn place(site: &records::Site) -> Place {
    Place { organization: Some(site.organization), region: site.region, site: Some(site.id), ..Place::default() }
}

fn windows(windows: &[pb::ExpectedWindow]) -> Result<Vec<records::ExpectedWindow>, Problem> {
    if windows.is_empty() || windows.len() > MAX_WINDOWS {
        return Err(Problem::field("windows", format!("has {} windows, 1 to {MAX_WINDOWS} are allowed", windows.len())));
    }
    let mut seen = std::collections::HashSet::new();
    let window = |(place, window): (usize, &pb::ExpectedWindow)| {
        let field = |name: &str| format!("windows[{place}].{name}");
        let viewpoint: ViewpointId = wire::id(&field("viewpoint_id"), &window.viewpoint_id)?;
        let interval = check::window(&field("interval"), window.interval.as_ref())?;
        if !seen.insert(viewpoint) {
            return Err(Problem::field(field("viewpoint_id"), "stands there twice: give each viewpoint one window"));
        }
        Ok(records::ExpectedWindow { viewpoint, interval })
    };
    windows.iter().enumerate().map(window).collect()
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn set_thresholds(&self, request: Request<pb::SetThresholdsRequest>) -> Answer<pb::SetThresholdsResponse> {
        Ok(Response::new(self.judge_by(request).await?))
    }

    async fn accept_reference_still(
        &self,
        request: Request<pb::AcceptReferenceStillRequest>,
    ) -> Answer<pb::AcceptReferenceStillResponse> {
        Ok(Response::new(self.accept_reference(request).await?))
    }

    async fn register_key(&self, request: Request<pb::RegisterKeyRequest>) -> Answer<pb::RegisterKeyResponse> {
        Ok(Response::new(self.keep_key(request).await?))
    }

    async fn create_organization(
        &self,
        request: Request<pb::CreateOrganizationRequest>,
    ) -> Answer<pb::CreateOrganizationResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, &request.get_ref().idempotency_key)?;
        let request = request.into_inner();
        asking.everywhere()?;
        let kind = OrganizationKind::from_wire(request.kind).ok_or_else(|| Problem::field("kind", "is required"))?;
        let new = NewOrganization { name: check::name(&request.name)?, kind };
        let written = self.archive.records.create_organization(&act, new).await;
        let written = written.map_err(|error| failed("declare the organisation", error))?;
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::CreateOrganizationResponse { organization: Some(convert::organization(written.value)), receipt }))
    }

    async fn create_site(&self, request: Request<pb::CreateSiteRequest>) -> Answer<pb::CreateSiteResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, &request.get_ref().idempotency_key)?;
        let request = request.into_inner();
        let organization: OrganizationId = wire::id("organization_id", &request.organization_id)?;
        asking.about(Thing::Organization(organization), organization).await?;
        let new = NewSite { organization, name: check::name(&request.name)?, region: check::region(&request.region)? };
        let written = self.archive.records.create_site(&act, new).await.map_err(|error| failed("declare the site", error))?;
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::CreateSiteResponse { site: Some(convert::site(written.value)), receipt }))
    }

    async fn create_room(&self, request: Request<pb::CreateRoomRequest>) -> Answer<pb::CreateRoomResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, &request.get_ref().idempotency_key)?;
        let request = request.into_inner();
        let site: SiteId = wire::id("site_id", &request.site_id)?;
        asking.about(Thing::Site(site), site).await?;
        let kind = RoomKind::from_wire(request.kind).ok_or_else(|| Problem::field("kind", "is required"))?;
        let new = NewRoom { site, name: check::name(&request.name)?, kind };
        let written = self.archive.records.create_room(&act, new).await.map_err(|error| failed("declare the room", error))?;
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::CreateRoomResponse { room: Some(convert::room(written.value)), receipt }))
    }

    async fn create_viewpoint(&self, request: Request<pb::CreateViewpointRequest>) -> Answer<pb::CreateViewpointResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, &request.get_ref().idempotency_key)?;
        let request = request.into_inner();
        let room: RoomId = wire::id("room_id", &request.room_id)?;
        asking.about(Thing::Room(room), room).await?;
        let new = NewViewpoint {
            room,
            name: check::name(&request.name)?,
            required: request.required,
            sound_required: request.sound_required,
            sound_only: check::sound_only(&request)?,
            seats: check::seats(&request.seats)?,
        };
        let written = self.archive.records.create_viewpoint(&act, new).await;
        let written = written.map_err(|error| failed("declare the viewpoint", error))?;
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::CreateViewpointResponse { viewpoint: Some(convert::viewpoint(written.value)), receipt }))
    }

    async fn create_camera(&self, request: Request<pb::CreateCameraRequest>) -> Answer<pb::CreateCameraResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, &request.get_ref().idempotency_key)?;
        let request = request.into_inner();
        let viewpoint: ViewpointId = wire::id("viewpoint_id", &request.viewpoint_id)?;
        asking.about(Thing::Viewpoint(viewpoint), viewpoint).await?;
        let new = NewCamera {
            viewpoint,
            name: check::name(&request.name)?,
            has_viewing_stream: request.has_viewing_stream,
            kind: check::camera_kind(&request)?,
        };
        let written = self.archive.records.create_camera(&act, new).await.map_err(|error| failed("declare the camera", error))?;
        // Its recorder judges its streams as well, from now on.
        self.archive.live.judgement_changed();
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::CreateCameraResponse { camera: Some(convert::camera(written.value)), receipt }))
    }

    async fn create_recorder(&self, request: Request<pb::CreateRecorderRequest>) -> Answer<pb::CreateRecorderResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, &request.get_ref().idempotency_key)?;
        let request = request.into_inner();
        let key = PublicKey::try_from(request.public_key.as_slice());
        let token = Token::generate("lhr", &*self.archive.random);
        let site: SiteId = wire::id("site_id", &request.site_id)?;
        asking.about(Thing::Site(site), site).await?;
        let new = NewRecorder {
            site,
            name: check::name(&request.name)?,
            public_key: key.map_err(|error| Problem::field("public_key", error.to_string()))?,
            token_sha256: token.sha256(),
        };
        let written = self.archive.records.create_recorder(&act, new).await;
        let written = written.map_err(|error| failed("declare the recorder", error))?;
        // A repeated call has made no token: the first one is known to its owner only.
        let token = if written.repeated { String::new() } else { token.reveal().to_owned() };
        let receipt = Some(convert::receipt(&written.receipt));
        let recorder = Some(convert::recorder(written.value));
        Ok(Response::new(pb::CreateRecorderResponse { recorder, token, receipt, machines: self.machines.clone() }))
    }

    async fn create_session(&self, request: Request<pb::CreateSessionRequest>) -> Answer<pb::CreateSessionResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, &request.get_ref().idempotency_key)?;
        let request = request.into_inner();
        let site: SiteId = wire::id("site_id", &request.site_id)?;
        asking.about(Thing::Site(site), site).await?;
        let name = check::name(&request.name)?;
        let exam = check::window("exam", request.exam.as_ref())?;
        let windows = self.windows(site, exam, &request).await?;
        let written = self.archive.records.create_session(&act, NewSession { site, name, exam, windows }).await;
        let written = written.map_err(|error| failed("declare the session", error))?;
        self.archive.live.sessions_changed();
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::CreateSessionResponse { session: Some(convert::session(written.value)), receipt }))
    }

    async fn revise_session(&self, request: Request<pb::ReviseSessionRequest>) -> Answer<pb::ReviseSessionResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, "")?;
        let request = request.into_inner();
        let session: SessionId = wire::id("session_id", &request.session_id)?;
        asking.about(Thing::Session(session), session).await?;
        if request.revision == 0 {
            return Err(Problem::field("revision", "is required: the one that you have read").into());
        }
        let windows = windows(&request.windows)?;
        let reason = check::text("reason", &request.reason, check::MAX_REASON_BYTES)?;
        let written = self.archive.records.revise_session(&act, session, request.revision, windows, reason).await;
        let written = written.map_err(|error| failed("revise the session", error))?;
        self.archive.live.sessions_changed();
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::ReviseSessionResponse { session: Some(convert::session(written.value)), receipt }))
    }

    async fn seal_session(&self, request: Request<pb::SealSessionRequest>) -> Answer<pb::SealSessionResponse> {
        let asking = Asking::of(&request)?;
        let act = self.act(&asking, "")?;
        let session: SessionId = wire::id("session_id", &request.get_ref().session_id)?;
        asking.about(Thing::Session(session), session).await?;
        let known = self.archive.records.known(CaseId::Session(session)).await;
        let known = known.map_err(|error| failed("read the session", error))?;
        if known.is_some_and(|known| known.view.session.plan.is_some() && known.view.session.sealed.is_none()) {
            let english = format!("{session} has a plan: tell session_sealed (ProcessService), by which its rules are asked");
            let chinese = format!("{session} 已有场次计划，请通过 ProcessService 登记 session_sealed");
            return Err(Problem::new(Code::FailedPrecondition, english, chinese).into());
        }
        let written = self.archive.records.seal_session(&act, session).await;
        let written = written.map_err(|error| failed("seal the session", error))?;
        self.archive.live.sessions_changed();
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::SealSessionResponse { session: Some(convert::session(written.value)), receipt }))
    }

    async fn get_site(&self, request: Request<pb::GetSiteRequest>) -> Answer<pb::GetSiteResponse> {
        let site: SiteId = wire::id("site_id", &request.get_ref().site_id)?;
        Asking::of(&request)?.about(Thing::Site(site), site).await?;
        Ok(Response::new(convert::layout(self.layout(site).await?)))
    }

    async fn list_sites(&self, request: Request<pb::ListSitesRequest>) -> Answer<pb::ListSitesResponse> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        let mut sites = self.archive.records.sites().await.map_err(|error| failed("list sites", error))?;
        sites.retain(|site| asking.may_at(&place(site)));
        Ok(Response::new(pb::ListSitesResponse { sites: sites.into_iter().map(convert::site).collect() }))
    }

    async fn get_session(&self, request: Request<pb::GetSessionRequest>) -> Answer<pb::GetSessionResponse> {
        let id: SessionId = wire::id("session_id", &request.get_ref().session_id)?;
        Asking::of(&request)?.about(Thing::Session(id), id).await?;
        let session = self.archive.records.session(id).await.map_err(|error| failed("read the session", error))?;
        let session = session.ok_or_else(|| Problem::not_found(id))?;
        Ok(Response::new(pb::GetSessionResponse { session: Some(convert::session(session)) }))
    }

    async fn list_sessions(&self, request: Request<pb::ListSessionsRequest>) -> Answer<pb::ListSessionsResponse> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        let request = request.into_inner();
        let interval = request.interval.map(|interval| wire::interval("interval", Some(&interval))).transpose()?;
        let site = Some(request.site_id.as_str()).filter(|id| !id.is_empty()).map(|id| wire::id("site_id", id)).transpose()?;
        let limit = check::limit(request.limit, MAX_SESSIONS)?;
        let sessions = self.archive.records.sessions_in(interval, site, limit).await;
        let mut sessions = sessions.map_err(|error| failed("list sessions", error))?;
        let sites = self.archive.records.sites().await.map_err(|error| failed("list sites", error))?;
        let sites: HashMap<SiteId, Place> = sites.iter().map(|site| (site.id, place(site))).collect();
        sessions.retain(|session| {
            let at = sites.get(&session.site).copied().unwrap_or_default();
            asking.may_at(&Place { session: Some(session.id), ..at })
        });
        Ok(Response::new(pb::ListSessionsResponse { sessions: sessions.into_iter().map(convert::session).collect() }))
    }
}
