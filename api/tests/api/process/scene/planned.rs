//! What stands before the day: organisation, site, batch with its candidates, session.

use liuhen_archive::records::Role;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::fact::Told;

use super::{
    CHIEF, EXAMINERS, EXTERNAL, GUARD, HEAD, NAMES, NUMBERS, OFFICE, REVIEWERS, SUPERVISOR, Scene, TURNS, dates, signature, text,
};
use crate::world::between;

impl Scene {
    pub(super) async fn organization(&self) {
        let tell = async |told| self.tell_as(Role::Registrar, &self.organization, told).await;
        let valid = dates("2026-01-01", "2028-12-31");
        tell(Told::BodyFiled(pb::BodyFiled {
            authority: text("枣庄市人社局"), number: text("备 12"), valid: valid.clone()
        }))
        .await;
        let occupation = Some(pb::Occupation { code: text("6-18-01-01"), name: text("车工") });
        let levels = vec![pb::Level::Level4.into()];
        let scope = pb::ScopeFiled { occupation, levels: levels.clone(), valid, approval: text("批 7") };
        tell(Told::ScopeFiled(scope)).await;
        let announced = pb::AnnouncedItem { occupation: text("6-18-01-01"), levels, months: vec![11] };
        tell(Told::AnnouncementPublished(pb::AnnouncementPublished {
            year: 2026,
            approved_on: text("2026-01-10"),
            published_on: text("2026-01-20"),
            channel: text("网站"),
            document_sha256: vec![1; 32],
            items: vec![announced],
        }))
        .await;
        for (place, staff) in self.staff.iter().enumerate() {
            let name = format!("工作人员{place}");
            let card = pb::Qualification { kind: text("证卡"), number: format!("R{place:08}"), valid_to: text("2028-12-31") };
            let (staff_id, qualifications) = (staff.clone(), vec![card]);
            tell(Told::StaffRegistered(pb::StaffRegistered { staff_id, name, qualifications, ..<_>::default() })).await;
        }
    }

    pub(super) async fn site(&self) {
        let tell = async |told| self.tell_as(Role::SiteHead, &self.site, told).await;
        let valid = dates("2026-01-01", "2028-12-31");
        tell(Told::SiteApproved(pb::SiteApproved { authority: text("枣庄市人社局"), number: text("点 3"), valid })).await;
        for facility in 1..=8 {
            tell(Told::FacilityDeclared(pb::FacilityDeclared { facility, location: text("一楼"), present: true })).await;
        }
        for room in self.rooms() {
            for device in [pb::DeviceKind::IdReader, pb::DeviceKind::Jammer] {
                let serial = format!("{device:?}-{room}");
                let whole = self.kind == pb::OrganizationKind::SocialOrg;
                let room_id = if whole { String::new() } else { room.clone() };
                tell(Told::DeviceDeclared(pb::DeviceDeclared { device: device.into(), room_id, serial, works: true })).await;
            }
        }
        tell(Told::RoomFitted(pb::RoomFitted {
            room_id: self.theory.clone(),
            seats: vec![text("01"), text("02"), text("03")],
            single_desk: true,
            single_row: true,
            spacing_cm: 90,
            computers: 3,
        }))
        .await;
        if self.kind == pb::OrganizationKind::Enterprise {
            tell(Told::ExemptionGranted(pb::ExemptionGranted {
                exemption_id: self.exemption.clone(),
                reason: pb::ExemptionReason::Secrecy.into(),
                explanation: text("车间为涉密区域"),
                room_ids: vec![self.practical.clone()],
                valid: dates("2026-11-01", "2026-12-31"),
                measures: text("定时拍照"),
                traces: vec![pb::TraceKind::Photos.into()],
                approver: signature(),
            }))
            .await;
        }
        let room_ids = self.rooms().map(String::clone).to_vec();
        tell(Told::CoveragePlanSigned(pb::CoveragePlanSigned { room_ids, signature: signature() })).await;
    }

    pub(super) async fn batch(&mut self) {
        let request = pb::CreateBatchRequest { organization_id: self.organization.clone(), ..<_>::default() };
        let made = self.as_role(Role::Registrar).await.create_batch(request).await.unwrap().into_inner();
        self.batch = made.batch_id;
        let tell = async |told| self.tell_as(Role::Registrar, &self.batch, told).await;
        tell(self.plan()).await;
        if self.kind == pb::OrganizationKind::SocialOrg {
            let (opened_on, closed_on) = (text("2026-10-20"), text("2026-10-30"));
            tell(Told::RegistrationHeld(pb::RegistrationHeld { opened_on, closed_on })).await;
            tell(Told::ReviewFinished(pb::ReviewFinished { finished_on: text("2026-11-02") })).await;
        }
        for slot in 1..=9 {
            tell(Told::DocumentFiled(pb::DocumentFiled {
                slot,
                title: format!("资料 {slot}"),
                document_sha256: vec![2; 32],
                dated: text("2026-10-01"),
                stamped: true,
                signature: signature(),
            }))
            .await;
        }
        tell(Told::PlanFiled(pb::PlanFiled { filed_on: text("2026-10-10") })).await;
        let confirmed =
            pb::PlanConfirmed {
                authority: text("枣庄市人社局"), reference: text("确 1"), confirmed_on: text("2026-10-12")
            };
        self.tell_as(Role::Authority, &self.batch, Told::PlanConfirmed(confirmed)).await;
        for (place, candidate) in self.candidates.iter().enumerate() {
            tell(self.applies(place)).await;
            let verified = pb::EmploymentVerified {
                candidate_id: candidate.clone(),
                authority: text("市中区人社局"),
                true_as_said: true,
                ..<_>::default()
            };
            self.tell_as(Role::Authority, &self.batch, Told::EmploymentVerified(verified)).await;
            let outcome = pb::ReviewOutcome::Approved.into();
            let reviewed = pb::CandidateReviewed { candidate_id: candidate.clone(), outcome, reason: text("") };
            tell(Told::CandidateReviewed(reviewed)).await;
        }
        tell(Told::TicketsReady(pb::TicketsReady { ready_on: text("2026-11-10") })).await;
        tell(Told::RosterFrozen(pb::RosterFrozen::default())).await;
    }

    /// The plan of a batch.
    pub(crate) fn plan(&self) -> Told {
        let subject = |subject: pb::Subject, weight_permille| pb::SubjectPlan {
            subject: subject.into(),
            weight_permille,
            minutes: 90,
            by_computer: subject == pb::Subject::Theory,
        };
        Told::BatchPlanned(pb::BatchPlanned {
            organization_id: self.organization.clone(),
            name: text("20261122枣庄某机构第1期社会化评价"),
            platform_plan: text("P-1"),
            responsible: text("张负责"),
            occupation: Some(pb::Occupation { code: text("6-18-01-01"), name: text("车工") }),
            levels: vec![pb::Level::Level4.into()],
            assessment: pb::Assessment::Result.into(),
            subjects: vec![
                subject(pb::Subject::Theory, 300),
                subject(pb::Subject::Practical, 500),
                subject(pb::Subject::ComprehensiveAppraisal, 200),
            ],
            held: dates("2026-11-22", "2026-11-22"),
            headcount: 3,
        })
    }

    pub(crate) fn applies(&self, place: usize) -> Told {
        Told::CandidateEnrolled(pb::CandidateEnrolled {
            candidate_id: self.candidates[place].clone(),
            name: text(NAMES[place]),
            id_type: pb::IdDocumentType::ResidentIdCard.into(),
            id_number: text(NUMBERS[place]),
            ticket: format!("2026-{place}"),
            employer: format!("单位{place}"),
            photo_sha256: vec![3; 32],
            photo_bytes: 18_000,
            level: pb::Level::Level4.into(),
        })
    }

    pub(super) async fn session(&self) {
        let tell = async |told| self.tell_as(Role::SiteHead, &self.session, told).await;
        let subjects = [pb::Subject::Theory, pb::Subject::Practical, pb::Subject::ComprehensiveAppraisal];
        let turn = |((number, from, to), subject): ((u32, i64, i64), pb::Subject)| pb::Turn {
            number,
            subject: subject.into(),
            interval: between(from, to),
        };
        let turns = TURNS.into_iter().zip(subjects).map(turn).collect();
        let room = |room: &String| pb::RoomPlan { room_id: room.clone(), location: text("1 号楼 3 层 0301") };
        tell(Told::SessionPlanned(pb::SessionPlanned {
            batch_id: self.batch.clone(),
            turns,
            rooms: self.rooms().map(room).to_vec(),
            ..<_>::default()
        }))
        .await;
        let seat = |(place, candidate): (usize, &String), turn, room: &String| pb::Seat {
            candidate_id: candidate.clone(),
            turn,
            room_id: room.clone(),
            seat: format!("0{}", place + 1),
        };
        let all = |it: (usize, &String)| {
            let rooms = self.rooms().into_iter().zip(1..);
            rooms.map(|(room, turn)| seat((it.0, it.1), turn, room)).collect::<Vec<_>>()
        };
        let seats = self.candidates.iter().enumerate().flat_map(all).collect();
        tell(Told::SeatsAssigned(pb::SeatsAssigned { seats })).await;
        let duties = [
            (HEAD, pb::Duty::SiteHead),
            (SUPERVISOR, pb::Duty::SupervisorInternal),
            (GUARD, pb::Duty::Guard),
            (CHIEF, pb::Duty::ChiefInvigilator),
            (OFFICE, pb::Duty::ExamStaff),
            (EXTERNAL, pb::Duty::SupervisorExternal),
        ];
        for (place, duty) in duties {
            let staff_id = self.staff[place].clone();
            tell(Told::DutyAssigned(pb::DutyAssigned { staff_id, duty: duty.into(), ..<_>::default() })).await;
        }
        let panel = |room: &String, who: std::ops::Range<usize>| pb::Panel {
            room_id: room.clone(),
            lead_id: self.staff[who.start].clone(),
            examiner_ids: self.staff[who].to_vec(),
        };
        let panels = vec![panel(&self.practical, EXAMINERS), panel(&self.review, REVIEWERS)];
        let sent = pb::ExaminersDispatched { dispatch: text("派 9"), at_random: true, panels };
        tell(Told::ExaminersDispatched(sent)).await;
    }
}
