//! A scene: an organisation of a kind with its people, a site, a batch and a session, told over gRPC by who may.

#[path = "scene/planned.rs"]
mod planned;

use std::collections::HashMap;

use liuhen_archive::records::Role;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::{CandidateId, ExemptionId, FormId, StaffId};
use liuhen_proto::wire::people::v1::RefreshRequest;
use liuhen_proto::wire::session::v1::fact::Told;
use liuhen_proto::wire::session::v1::process_service_client::ProcessServiceClient;
use liuhen_proto::wire::session::v1::{self as pb, RecordFactResponse as Recorded};
use liuhen_proto::world::Clock as _;
use tokio::sync::Mutex;
use tonic::{Code, Status};

use crate::people::{Someone, anybody, logged_in};
use crate::world::{Connection, World, at, between};

/// Rooms, people and candidates of a session, and who tells.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) kind: pb::OrganizationKind,
    /// With when they showed themselves last: a login ends after a quarter of an hour, and is refreshed.
    people: Mutex<HashMap<Role, (Someone, Timestamp)>>,
    pub(crate) organization: String,
    pub(crate) site: String,
    pub(crate) theory: String,
    pub(crate) practical: String,
    /// Where candidates are appraised (综合评审).
    pub(crate) review: String,
    /// Cameras of the three rooms.
    pub(crate) cameras: Vec<String>,
    pub(crate) batch: String,
    pub(crate) session: String,
    pub(crate) staff: Vec<String>,
    pub(crate) candidates: Vec<String>,
    /// Leave not to record the practical room, where an enterprise has it.
    pub(crate) exemption: String,
}

pub(crate) const HEAD: usize = 0;
pub(crate) const SUPERVISOR: usize = 1;
pub(crate) const GUARD: usize = 2;
/// Seven who may invigilate, three who examine, three who appraise.
pub(crate) const INVIGILATORS: std::ops::Range<usize> = 3..10;
pub(crate) const EXAMINERS: std::ops::Range<usize> = 10..13;
const CHIEF: usize = 13;
const OFFICE: usize = 14;
const EXTERNAL: usize = 15;
const REVIEWERS: std::ops::Range<usize> = 16..19;
/// Turn, and from when to when, in seconds after nine.
pub(crate) const TURNS: [(u32, i64, i64); 3] = [(1, 0, 5_400), (2, 7_200, 10_800), (3, 12_600, 16_200)];
/// Resident identity numbers whose check characters fit.
pub(crate) const NUMBERS: [&str; 3] = ["11010519491231002X", "440308199901101512", "610102198005170016"];
pub(crate) const NAMES: [&str; 3] = ["欧阳踏雪无痕", "𠮷田丰", "Müller Ångström"];

fn text(text: &str) -> String {
    text.to_owned()
}

fn dates(first: &str, last: &str) -> Option<pb::DateRange> {
    Some(pb::DateRange { first: text(first), last: text(last) })
}

pub(crate) fn signature() -> Option<pb::Signature> {
    Some(pb::Signature { name: text("李站长"), post: text("考点负责人"), ..<_>::default() })
}

/// That it was done against a rule.
pub(crate) fn breach() -> Option<pb::Breach> {
    Some(pb::Breach { reason: text("公交停运，考点负责人同意入场"), site_head: text("李站长") })
}

pub(crate) fn answers(items: &[&str]) -> Vec<pb::FormAnswer> {
    let yes = pb::Answer::Yes.into();
    let photo = || vec![vec![9; 32]];
    let answer = |item: &&str| pb::FormAnswer { item: text(item), answer: yes, evidence_sha256: photo(), ..<_>::default() };
    items.iter().map(answer).collect()
}

impl Scene {
    /// With everything planned, approved and drawn, two hours before the first turn: theory at nine, practical at eleven,
    /// appraisals at half past twelve.
    pub(crate) async fn planned(kind: pb::OrganizationKind) -> Self {
        Self::planned_on(kind, None).await
    }

    /// The same on a PostgreSQL database.
    pub(crate) async fn planned_on(kind: pb::OrganizationKind, database: Option<String>) -> Self {
        let mut scene = Self::empty(kind, database).await;
        scene.organization().await;
        scene.site().await;
        scene.batch().await;
        scene.session().await;
        scene
    }

    async fn empty(kind: pb::OrganizationKind, database: Option<String>) -> Self {
        let world = World::start(crate::world::Told { database, ..<_>::default() }).await;
        world.clock.step_wall(-7_200_000_000);
        let mut people = HashMap::new();
        for role in [
            Role::Registrar,
            Role::Authority,
            Role::SiteHead,
            Role::Invigilator,
            Role::SupervisorInternal,
            Role::ResponsibleHead,
            Role::Auditor,
        ] {
            people.insert(role, (logged_in(&world, role, "everything").await, world.clock.now()));
        }
        let mut sessions = world.sessions().await;
        let request = pb::CreateOrganizationRequest { name: text("枣庄某机构"), kind: kind.into(), ..<_>::default() };
        let organization = sessions.create_organization(request).await.unwrap().into_inner().organization.unwrap();
        let organization = organization.organization_id;
        let request = pb::CreateSiteRequest {
            organization_id: organization.clone(),
            name: text("第一考点"),
            region: text("370402"),
            ..<_>::default()
        };
        let site = sessions.create_site(request).await.unwrap().into_inner().site.unwrap().site_id;
        let (mut rooms, mut cameras) = (Vec::new(), Vec::new());
        for (name, kind) in
            [("0301", pb::RoomKind::Theory), ("车间", pb::RoomKind::Practical), ("评审室", pb::RoomKind::ComprehensiveAppraisal)]
        {
            let request = pb::CreateRoomRequest { site_id: site.clone(), name: text(name), kind: kind.into(), ..<_>::default() };
            let room = sessions.create_room(request).await.unwrap().into_inner().room.unwrap().room_id;
            let request = pb::CreateViewpointRequest {
                room_id: room.clone(),
                name: text("front"),
                required: true,
                sound_required: true,
                ..<_>::default()
            };
            let viewpoint = sessions.create_viewpoint(request).await.unwrap().into_inner().viewpoint.unwrap();
            let request = pb::CreateCameraRequest { viewpoint_id: viewpoint.viewpoint_id, name: text(name), ..<_>::default() };
            let camera = sessions.create_camera(request).await.unwrap().into_inner().camera.unwrap();
            cameras.push(camera.camera_id);
            rooms.push(room);
        }
        let request = pb::CreateSessionRequest {
            site_id: site.clone(),
            name: text("上午"),
            exam: between(0, 16_200),
            room_ids: rooms.clone(),
            ..<_>::default()
        };
        let session = sessions.create_session(request).await.unwrap().into_inner().session.unwrap().session_id;
        let random = &*world.archive.random;
        let staff = (0..REVIEWERS.end).map(|_| StaffId::mint(at(0), random).to_string()).collect();
        let exemption = ExemptionId::mint(at(0), random).to_string();
        let candidates = (0..3).map(|_| CandidateId::mint(at(0), random).to_string()).collect();
        let [theory, practical, review] = <[String; 3]>::try_from(rooms).unwrap();
        let batch = String::new();
        let people = Mutex::new(people);
        Self {
            world,
            kind,
            people,
            organization,
            site,
            theory,
            practical,
            review,
            cameras,
            batch,
            session,
            staff,
            candidates,
            exemption,
        }
    }

    pub(crate) async fn as_role(&self, role: Role) -> ProcessServiceClient<Connection> {
        ProcessServiceClient::new(self.world.channel(Some(&self.person(role).await.access)).await)
    }

    pub(crate) async fn person(&self, role: Role) -> Someone {
        let mut people = self.people.lock().await;
        let (someone, seen) = people.get_mut(&role).unwrap();
        let now = self.world.clock.now();
        if *seen != now {
            let request = RefreshRequest { refresh_token: someone.refresh.clone() };
            let login = anybody(&self.world).await.refresh(request).await.unwrap().into_inner().login.unwrap();
            (someone.access, someone.refresh, *seen) = (login.access_token, login.refresh_token, now);
        }
        someone.clone()
    }

    /// Lets it be so many seconds after nine.
    pub(crate) fn it_is(&self, seconds: i64) {
        let now = self.world.archive.clock.now();
        self.world.clock.step_wall(at(seconds).as_micros() - now.as_micros());
    }

    /// Tells a fact as a role, of the case that it belongs to.
    pub(crate) async fn try_as(&self, role: Role, case: &str, told: Told) -> Result<Recorded, Status> {
        let request = request(case, told);
        Ok(self.as_role(role).await.record_fact(request).await?.into_inner())
    }

    /// The same, where nothing stands in the way; with nothing found.
    pub(crate) async fn tell_as(&self, role: Role, case: &str, told: Told) -> Recorded {
        let what = format!("{told:?}");
        let recorded = self.try_as(role, case, told).await;
        recorded.unwrap_or_else(|status| panic!("{what}: {} {:?}", status.code(), status.message()))
    }

    pub(crate) async fn lead(&self, told: Told) -> Recorded {
        self.tell_as(Role::SiteHead, &self.session, told).await
    }

    pub(crate) async fn serve(&self, told: Told) -> Recorded {
        self.tell_as(Role::Invigilator, &self.session, told).await
    }

    pub(crate) async fn supervise(&self, told: Told) -> Recorded {
        self.tell_as(Role::SupervisorInternal, &self.session, told).await
    }

    pub(crate) async fn state(&self) -> pb::GetSessionStateResponse {
        let request = pb::GetSessionStateRequest { session_id: self.session.clone() };
        self.as_role(Role::SiteHead).await.get_session_state(request).await.unwrap().into_inner()
    }

    /// Two invigilators for each room, by lot.
    pub(crate) async fn draws(&self) -> pb::DrawLotsResponse {
        let places = |room: &String| pb::RoomPlaces { room_id: room.clone(), places: 2 };
        let request = pb::AnnounceLotsRequest {
            session_id: self.session.clone(),
            rooms: self.rooms().map(places).to_vec(),
            staff_ids: self.staff[INVIGILATORS].to_vec(),
            ..<_>::default()
        };
        let mut head = self.as_role(Role::SiteHead).await;
        head.announce_lots(request).await.unwrap();
        let word = pb::WitnessWord { staff_id: self.staff[SUPERVISOR].clone(), word: text("风调雨顺") };
        let request = pb::DrawLotsRequest { session_id: self.session.clone(), witnesses: vec![word], ..<_>::default() };
        head.draw_lots(request).await.unwrap().into_inner()
    }

    /// Checks, forms and arrivals that stand before a turn; nothing is found of any of them.
    pub(crate) async fn prepares(&self) {
        for (room, camera) in self.rooms().into_iter().zip(&self.cameras) {
            let exempt = self.kind == pb::OrganizationKind::Enterprise && room == &self.practical;
            if !exempt {
                self.tests(room, camera).await;
            }
            let items = answers(&["C8.quiet", "C9.equipment", "C9.tools", "C10.quiet", "G2.machines", "G3.papers", "G4.place"]);
            self.checks(pb::Phase::PreStart, room, items).await;
        }
        let items =
            ["F1.notices", "F2.acquainted", "F3.head_check", "F3.meeting", "F4.invigilators", "F5.examiners", "F7.handed_out"];
        self.checks(pb::Phase::DayBefore, "", answers(&items)).await;
        for phase in [pb::Phase::DayBefore, pb::Phase::PreStart] {
            self.signs(phase).await;
        }
        for staff in &self.staff {
            self.serve(Told::StaffArrived(pb::StaffArrived { staff_id: staff.clone(), badge_worn: true })).await;
        }
    }

    /// A recording of the day is played back.
    async fn tests(&self, room: &str, camera: &str) {
        let played = Some(pb::ClipReference { camera_id: text(camera), interval: between(-7_000, -6_990) });
        let tested = pb::CameraTested { room_id: text(room), camera_id: text(camera), works: true, played };
        self.serve(Told::CameraTested(tested)).await;
    }

    async fn checks(&self, phase: pb::Phase, room: &str, answers: Vec<pb::FormAnswer>) {
        let phase = phase.into();
        self.serve(Told::ChecklistAnswered(pb::ChecklistAnswered {
            phase,
            room_id: text(room),
            answers,
            template: text("checklist@1"),
        }))
        .await;
    }

    /// A supervision form of a phase, filled in and signed.
    pub(crate) async fn signs(&self, phase: pb::Phase) {
        let form_id = FormId::mint(at(0), &*self.world.archive.random).to_string();
        let answers = self.needed("supervision-internal@1", phase).await;
        self.supervise(Told::FormFilled(pb::FormFilled {
            form_id: form_id.clone(),
            template: text("supervision-internal@1"),
            phase: phase.into(),
            supervisor_id: self.staff[SUPERVISOR].clone(),
            answers,
            ..<_>::default()
        }))
        .await;
        self.supervise(Told::FormSigned(pb::FormSigned { form_id, signature: signature() })).await;
    }

    /// Answers to all that a form needs in a phase, as the server describes it.
    pub(crate) async fn needed(&self, template: &str, phase: pb::Phase) -> Vec<pb::FormAnswer> {
        let request = pb::DescribePackRequest { organization_id: self.organization.clone() };
        let pack = self.as_role(Role::SupervisorInternal).await.describe_pack(request).await.unwrap().into_inner();
        let form = pack.forms.into_iter().find(|form| form.template == template).unwrap();
        let needed = form.items.into_iter().filter(|item| item.needed && item.phases.contains(&phase.into()));
        let answer = |item: pb::TemplateItem| pb::FormAnswer {
            grade: (item.value() == pb::ItemValue::Grade).then_some(item.most),
            text: if item.value() == pb::ItemValue::Text { text("无") } else { String::new() },
            ..answers(&[item.item.as_str()]).remove(0)
        };
        needed.map(answer).collect()
    }

    pub(crate) fn rooms(&self) -> [&String; 3] {
        [&self.theory, &self.practical, &self.review]
    }

    /// A candidate is heard by those who appraise.
    pub(crate) fn hears(&self, place: usize) -> Told {
        Told::DefenceHeld(pb::DefenceHeld {
            candidate_id: self.candidates[place].clone(),
            turn: 3,
            method: pb::AppraisalMethod::OralDefence.into(),
            examiner_ids: self.staff[REVIEWERS].to_vec(),
            interval: between(12_600, 13_500),
            questions: vec![text("简述刀具磨损的判断方法")],
            evidence_sha256: vec![vec![10; 32]],
        })
    }

    /// A candidate is identified.
    pub(crate) fn checks_in(&self, place: usize, turn: u32, result: pb::IdentityResult) -> Told {
        Told::CandidateCheckedIn(pb::CandidateCheckedIn {
            candidate_id: self.candidates[place].clone(),
            turn,
            method: pb::IdentityMethod::Face.into(),
            result: result.into(),
            photo_sha256: vec![4; 32],
        })
    }

    pub(crate) fn enters(&self, place: usize, turn: u32) -> Told {
        let room_id = self.rooms()[turn as usize - 1].clone();
        Told::Entered(pb::Entered { candidate_id: self.candidates[place].clone(), turn, room_id })
    }

    pub(crate) fn hands_in(&self, place: usize, turn: u32) -> Told {
        Told::HandedIn(pb::HandedIn { candidate_id: self.candidates[place].clone(), turn })
    }

    pub(crate) fn ready(&self, room: &str) -> Told {
        Told::RoomReady(pb::RoomReady { room_id: text(room), substitute: text("") })
    }
}

pub(crate) fn request(case: &str, told: Told) -> pb::RecordFactRequest {
    let fact = Some(pb::Fact { told: Some(told) });
    pb::RecordFactRequest { case_id: text(case), fact, ..<_>::default() }
}

/// The rules that an answer tells of, in their order.
pub(crate) fn rules(findings: &[pb::Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.as_str()).collect()
}

/// That a rule blocks: with its name and clause, in both languages.
pub(crate) fn blocked(answer: Result<Recorded, Status>, rule: &str) {
    use tonic_types::StatusExt as _;
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{}", status.message());
    assert!(status.message().contains(&format!("[{rule}, ")), "{}", status.message());
    let chinese = status.get_details_localized_message().unwrap().message;
    assert!(chinese.contains(&format!("〔{rule}，")), "{chinese}");
}
