//! Live views by who is on duty: no purpose is asked for, and the entry names the duty.

use liuhen_archive::records::{Access, Role};
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1 as review;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::fact::Told;
use liuhen_proto::wire::session::v1::staff_service_client::StaffServiceClient;
use liuhen_proto::world::Clock as _;
use pb::OrganizationKind::SocialOrg;
use tonic::{Code, Status};

use crate::http::get;
use crate::people::{Someone, logged_in};
use crate::process::scene::{SUPERVISOR, Scene};
use crate::process::walk;
use crate::world::{Connection, pass};

/// A scene in which a supervisor has a duty in the theory room, and an account.
struct Duty {
    scene: Scene,
    supervisor: Someone,
}

async fn staff(scene: &Scene, token: &str) -> StaffServiceClient<Connection> {
    StaffServiceClient::new(scene.world.channel(Some(token)).await)
}

fn link(scene: &Scene, staff: usize, person: &str) -> pb::LinkStaffRequest {
    let (organization_id, staff_id) = (scene.organization.clone(), scene.staff[staff].clone());
    pb::LinkStaffRequest { organization_id, staff_id, person_id: person.to_owned() }
}

impl Duty {
    async fn begins() -> Self {
        let scene = Scene::planned(SocialOrg).await;
        let (staff_id, duty) = (scene.staff[SUPERVISOR].clone(), pb::Duty::SupervisorInternal.into());
        let reason = "改派到考场".to_owned();
        scene.lead(Told::DutyEnded(pb::DutyEnded { staff_id: staff_id.clone(), duty, reason })).await;
        scene.lead(Told::DutyAssigned(pb::DutyAssigned { staff_id, duty, room_id: scene.theory.clone() })).await;
        scene.it_is(0);
        let supervisor = scene.person(Role::SupervisorInternal).await;
        Self { scene, supervisor }
    }

    async fn links(&self) {
        let mut client = staff(&self.scene, &self.scene.world.token).await;
        let linked = client.link_staff(link(&self.scene, SUPERVISOR, &self.supervisor.id)).await.unwrap().into_inner();
        assert!(linked.recorded.is_some());
    }

    /// The stream of a room's camera: of the theory room, or of the other.
    async fn stream(&self, room: usize) -> String {
        let site = pb::GetSiteRequest { site_id: self.scene.site.clone() };
        let mut cameras = self.scene.world.sessions().await.get_site(site).await.unwrap().into_inner().cameras;
        cameras.retain(|camera| camera.camera_id == self.scene.cameras[room]);
        cameras.remove(0).evidence_stream_id
    }

    /// Looks from so many seconds before now on.
    async fn looks(&self, room: usize, ago: i64, purpose: &str) -> Result<review::OpenPlaybackResponse, Status> {
        let supervisor = self.scene.person(Role::SupervisorInternal).await;
        let now = self.scene.world.clock.now().as_micros();
        let interval = Some(Interval { start_us: now - ago * 1_000_000, end_us: now + 3_600_000_000 });
        let (stream_id, purpose) = (self.stream(room).await, purpose.to_owned());
        let request = review::OpenPlaybackRequest { stream_id, interval, purpose };
        Ok(supervisor.review(&self.scene.world).await.open_playback(request).await?.into_inner())
    }

    async fn entries(&self) -> Vec<Access> {
        let session = self.scene.session.parse().unwrap();
        self.scene.world.archive.records.accesses_of_session(session, 100).await.unwrap()
    }
}

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> Code {
    answer.unwrap_err().code()
}

#[tokio::test]
async fn who_is_on_duty_looks_live_without_saying_why_and_the_entry_names_the_duty() {
    let duty = Duty::begins().await;
    assert_eq!(code(duty.looks(0, 10, "").await), Code::InvalidArgument, "nobody knows whose duty it is");
    assert_eq!(duty.entries().await, []);
    duty.links().await;
    let opened = duty.looks(0, 10, "").await.unwrap();
    let noted = duty.entries().await;
    assert_eq!((noted.len(), noted[0].id.to_string(), &noted[0].by), (1, opened.access_id, &duty.supervisor.id));
    let why = &noted[0].what.purpose;
    for named in ["值守", "supervisor_internal", &duty.scene.staff[SUPERVISOR], &duty.scene.theory, &duty.scene.session] {
        assert!(why.contains(named), "{named}: {why}");
    }
    // One entry for the room and ten minutes; whoever says why has one of their own.
    assert!(duty.looks(0, 5, " ").await.is_ok());
    assert_eq!(duty.entries().await.len(), 1);
    duty.looks(0, 5, "巡查").await.unwrap();
    assert_eq!(duty.entries().await.len(), 2);
    pass(&duty.scene.world, 601);
    duty.looks(0, 5, "").await.unwrap();
    assert_eq!(duty.entries().await.len(), 3);
}

#[tokio::test]
async fn off_duty_in_another_room_or_of_what_is_past_a_purpose_is_asked_for() {
    let duty = Duty::begins().await;
    duty.links().await;
    assert_eq!(code(duty.looks(1, 10, "").await), Code::InvalidArgument, "the duty of another room");
    assert_eq!(code(duty.looks(0, 700, "").await), Code::InvalidArgument, "it is no live view");
    duty.looks(1, 10, "巡查").await.unwrap();
    // A duty is one person's: another supervisor has none.
    let other = logged_in(&duty.scene.world, Role::SupervisorExternal, "everything").await;
    let now = duty.scene.world.clock.now().as_micros();
    let interval = Some(Interval { start_us: now, end_us: now + 1_000_000 });
    let request = review::OpenPlaybackRequest { stream_id: duty.stream(0).await, interval, purpose: String::new() };
    assert_eq!(code(other.review(&duty.scene.world).await.open_playback(request).await), Code::InvalidArgument);
    // It is taken away: so is what was opened by it.
    let opened = duty.looks(0, 10, "").await.unwrap();
    let (staff_id, kind) = (duty.scene.staff[SUPERVISOR].clone(), pb::Duty::SupervisorInternal.into());
    let ended = pb::DutyEnded { staff_id, duty: kind, reason: "身体不适".to_owned() };
    assert_ne!(get(duty.scene.world.address, &opened.hls_path).await.status, 403);
    duty.scene.lead(Told::DutyEnded(ended)).await;
    assert_eq!(code(duty.looks(0, 10, "").await), Code::InvalidArgument);
    assert_eq!(get(duty.scene.world.address, &opened.hls_path).await.status, 403, "the address ends with the duty");
}

#[tokio::test]
async fn after_the_session_the_duty_is_over() {
    // In all rooms: the supervisor's duty names none.
    let scene = Scene::planned(SocialOrg).await;
    let supervisor = scene.person(Role::SupervisorInternal).await;
    let duty = Duty { scene, supervisor };
    duty.links().await;
    assert_eq!(code(duty.looks(0, 10, "").await), Code::InvalidArgument, "hours before");
    duty.scene.it_is(-2_400);
    duty.looks(1, 10, "").await.unwrap();
    let opened = duty.looks(0, 10, "").await.unwrap();
    walk(&duty.scene).await;
    assert_eq!(duty.scene.state().await.phase, "sealed");
    assert_eq!(code(duty.looks(0, 10, "").await), Code::InvalidArgument);
    assert_eq!(get(duty.scene.world.address, &opened.hls_path).await.status, 403);
    duty.looks(0, 10, "复核").await.unwrap();
}

#[tokio::test]
async fn an_account_is_linked_by_who_looks_after_people_and_by_nobody_for_themselves() {
    let duty = Duty::begins().await;
    let scene = &duty.scene;
    let registrar = scene.person(Role::Registrar).await;
    assert_eq!(
        code(staff(scene, &registrar.access).await.link_staff(link(scene, 2, &duty.supervisor.id)).await),
        Code::PermissionDenied
    );
    // Nor by telling it as a fact.
    let registered = |person: &str| {
        Told::StaffRegistered(pb::StaffRegistered {
            staff_id: scene.staff[2].clone(),
            name: "工作人员2".to_owned(),
            person_id: person.to_owned(),
            ..<_>::default()
        })
    };
    let told = scene.try_as(Role::Registrar, &scene.organization, registered(&duty.supervisor.id)).await;
    assert_eq!(code(told), Code::PermissionDenied);
    let mut operator = staff(scene, &scene.world.token).await;
    let administrator = logged_in(&scene.world, Role::Administrator, "everything").await;
    let mut own = staff(scene, &administrator.access).await;
    assert_eq!(code(own.link_staff(link(scene, 2, &administrator.id)).await), Code::PermissionDenied);

    own.link_staff(link(scene, 2, &duty.supervisor.id)).await.unwrap();
    let again = own.link_staff(link(scene, 2, &duty.supervisor.id)).await.unwrap().into_inner();
    assert!(again.recorded.is_none(), "it is so already");
    assert_eq!(code(own.link_staff(link(scene, 3, &duty.supervisor.id)).await), Code::InvalidArgument, "one account, one member");
    let listed = pb::ListStaffRequest { organization_id: scene.organization.clone() };
    let listed = operator.list_staff(listed).await.unwrap().into_inner().staff;
    let linked: Vec<_> = listed.iter().filter(|it| !it.person_id.is_empty()).collect();
    assert_eq!((linked.len(), &linked[0].staff_id, linked[0].name_masked.as_str()), (1, &scene.staff[2], "工**"));
    // What was linked may be told again, and ends by the same call.
    scene.tell_as(Role::Registrar, &scene.organization, registered(&duty.supervisor.id)).await;
    let ended = own.link_staff(link(scene, 2, "")).await.unwrap().into_inner();
    assert_eq!(ended.staff.unwrap().person_id, "");
    for unknown in ["per_01KC0000000000000000000000", "somebody"] {
        assert!([Code::NotFound, Code::InvalidArgument].contains(&code(operator.link_staff(link(scene, 2, unknown)).await)));
    }
}
