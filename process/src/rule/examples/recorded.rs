//! Rows that ask for a record and for no judgement: the fact is taken, nothing is found, and it reads back as it was told.

use crate::fact::Fact;
use crate::fact::batch::{DocumentFiled, OutsideEventTold};
use crate::fact::parts::RoomPlan;
use crate::fact::site::RoomFitted;
use crate::fact::state::OutsideEventSeen;
use crate::fact::words::{DocumentSlot, IdDocumentType, OutsideEventKind};

use super::places;
use super::world::{World, candidate_enrolled, date, file, plan, room, session_planned, text};

/// Proves that every kind of organisation can tell such facts.
fn taken(tell: impl Fn(&mut World) -> Vec<Fact>) {
    for (kind, region) in places() {
        let mut world = World::new(kind, region);
        for fact in tell(&mut world) {
            let before = world.view.clone();
            let written = serde_json::to_string(&fact).unwrap();
            assert_eq!(serde_json::from_str::<Fact>(&written).unwrap(), fact);
            world.tell(fact);
            world.view = before;
        }
    }
}

fn document(slot: DocumentSlot) -> Fact {
    let (title, document_sha256, dated) = (text("资料"), file(slot.as_str()), date("2026-09-01"));
    DocumentFiled { slot, title, document_sha256, dated, stamped: true, signature: None }.into()
}

fn batch_event(event: OutsideEventKind) -> Fact {
    OutsideEventTold { event, reference: text("PT-2026-0311"), document_sha256: Some(file("event")) }.into()
}

fn session_event(event: OutsideEventKind) -> Fact {
    OutsideEventSeen { event, reference: text("CBT-1"), document_sha256: Some(file("event")) }.into()
}

macro_rules! recorded {
    ($($name:ident $tell:expr;)*) => {$(
        #[test]
        #[expect(non_snake_case, reason = "the row of the requirements stands in the name as it is written there")]
        fn $name() {
            taken($tell);
        }
    )*};
}

recorded! {
    row_A1_a_batch_names_its_organisation_and_who_is_responsible |world| {
        let planned = plan(world.with_organization());
        assert!(!planned.responsible.as_str().is_empty());
        vec![planned.into()]
    };
    row_A3_the_plan_of_the_platform_is_kept_by_its_id |world| {
        assert!(plan(world.planned()).platform_plan.is_some());
        vec![batch_event(OutsideEventKind::PlatformPlan)]
    };
    row_B7_enrolment_and_teaching_plan_are_filed |world| {
        world.planned();
        vec![document(DocumentSlot::EnrolmentStatistics), document(DocumentSlot::TeachingPlan)]
    };
    row_B8_eight_kinds_of_identity_documents_count |world| {
        world.planned().view.batch.frozen = None;
        assert_eq!(IdDocumentType::ALL.len(), 8);
        IdDocumentType::ALL.iter().map(|&id_type| Fact::from(crate::fact::batch::CandidateEnrolled { id_type, ..candidate_enrolled(3) })).collect()
    };
    row_B13_the_plan_of_an_enterprise_refers_to_its_work_plan |world| {
        world.planned();
        vec![document(DocumentSlot::WorkPlan)]
    };
    row_C2_a_room_is_fitted_out |world| {
        world.planned();
        vec![RoomFitted { room: room(2), seats: vec![text("G1")], single_desk: true, single_row: false, spacing_cm: 200, computers: 0 }.into()]
    };
    row_C11_a_session_may_be_in_several_places |world| {
        let mut planned = session_planned();
        world.planned();
        planned.rooms.push(RoomPlan { room: room(4), location: text("二号厂区3号楼1层101室") });
        vec![planned.into()]
    };
    row_D3_keys_of_encrypted_papers_are_told |world| {
        world.open();
        vec![session_event(OutsideEventKind::KeyUsed)]
    };
    row_D4_the_item_bank_is_named |world| {
        world.planned();
        vec![batch_event(OutsideEventKind::ItemBankLink)]
    };
    row_H1_papers_answers_and_operation_logs_are_told |world| {
        world.during_turn(1);
        let events = [OutsideEventKind::PaperTransferred, OutsideEventKind::AnswersUploaded, OutsideEventKind::OperationLog];
        events.map(session_event).to_vec()
    };
}
