//! From each end of the chain to all of it.

use liuhen_archive::records::Role;
use liuhen_proto::wire::review::v1 as review;
use liuhen_proto::wire::review::v1::trace_request::From;
use liuhen_proto::wire::review::v1::trace_service_client::TraceServiceClient;
use liuhen_proto::wire::session::v1::OrganizationKind;
use tonic::{Code, Status};

use super::scene::{NAMES, NUMBERS, Scene};
use crate::people::logged_in;

/// 2026-11-22T09:30:00+08:00, in microseconds: half an hour into the first turn.
const DURING: i64 = 1_795_311_000_000_000;

async fn asks(scene: &Scene, access: &str, from: From, purpose: &str) -> Result<review::TraceResponse, Status> {
    let mut client = TraceServiceClient::new(scene.world.channel(Some(access)).await);
    let request = review::TraceRequest { from: Some(from), purpose: purpose.to_owned() };
    Ok(client.trace(request).await?.into_inner())
}

/// The chain of the first candidate, by whoever may read all.
pub(super) async fn chain(scene: &Scene) -> review::CandidateTrace {
    let access = logged_in(&scene.world, Role::Auditor, "everything").await.access;
    let from = From::CandidateId(scene.candidates[0].clone());
    asks(scene, &access, from, "").await.unwrap().candidates.remove(0)
}

/// What is not there yet, and whose it is.
pub(super) fn open(chain: &review::CandidateTrace) -> Vec<(&str, &str, &[String])> {
    let is_open = |link: &&review::TraceLink| !["done", "not_needed"].contains(&link.standing.as_str());
    chain.links.iter().filter(is_open).map(|it| (it.step.as_str(), it.standing.as_str(), it.owners.as_slice())).collect()
}

/// With a certificate and a closed batch: the same chain from the certificate, the candidate, the ticket, the seat and the
/// minute; nothing of it is missing, and nobody is named.
pub(super) async fn from_each_end(scene: &Scene, certificate: &str) {
    let whole = chain(scene).await;
    assert_eq!(open(&whole), [], "{whole:#?}");
    assert_eq!((whole.batch_id.as_str(), whole.certificate_number.as_str()), (scene.batch.as_str(), certificate));
    let steps: Vec<_> = whole.links.iter().map(|link| link.step.as_str()).collect();
    assert_eq!((steps[0], *steps.last().unwrap()), ("planned", "closed"));
    assert_eq!(steps.iter().filter(|step| **step == "checked_in").count(), 3, "one for each turn: {steps:?}");
    // Story 19: invigilators with the proof of their lots, examiners, the form of the supervisor.
    for (step, kind) in [
        ("invigilators_chosen", if scene.kind == OrganizationKind::Enterprise { "duty_assigned" } else { "lots_drawn" }),
        ("examiners_sent", "examiners_dispatched"),
        ("supervised", "form_signed"),
    ] {
        let link = whole.links.iter().find(|link| link.step == step).unwrap();
        assert!(link.facts.iter().all(|it| it.fact.as_ref().is_some_and(|fact| fact.kind == kind)), "{link:?}");
    }
    assert_eq!(whole.stays.iter().map(|stay| stay.room_id.clone()).collect::<Vec<_>>(), scene.rooms().map(Clone::clone));
    assert!(whole.stays.iter().all(|stay| stay.seat == "01"), "{:?}", whole.stays);

    let access = logged_in(&scene.world, Role::Auditor, "everything").await.access;
    let (session_id, room_id) = (scene.session.clone(), scene.theory.clone());
    let seat = review::TraceSeat { session_id, room_id: room_id.clone(), seat: "01".to_owned(), turn: 1 };
    let ends = [From::CertificateNumber(certificate.to_owned()), From::Ticket("2026-0".to_owned()), From::Seat(seat)];
    for end in ends {
        let found = asks(scene, &access, end.clone(), "").await.unwrap();
        assert_eq!(found.candidates, std::slice::from_ref(&whole), "from {end:?}");
    }
    let minute = |at_us| From::Minute(review::TraceMinute { room_id: room_id.clone(), at_us });
    let there = asks(scene, &access, minute(DURING), "").await.unwrap();
    assert_eq!(there.candidates.len(), scene.candidates.len(), "all of them sat there");
    assert!(there.candidates.contains(&whole));
    let said = format!("{there:?}");
    assert!(NAMES.iter().chain(&NUMBERS).all(|secret| !said.contains(secret)), "somebody is named");
    for nowhere in [minute(DURING - 7_200_000_000), From::Ticket("2027-0".to_owned())] {
        assert_eq!(asks(scene, &access, nowhere, "").await.unwrap_err().code(), Code::NotFound);
    }

    // Who looked before is told for a purpose alone, and only to who may know.
    let with_looks = asks(scene, &access, From::Ticket("2026-0".to_owned()), "复查投诉").await.unwrap().candidates.remove(0);
    assert_eq!(with_looks.links, whole.links);
    let elsewhere = logged_in(&scene.world, Role::Auditor, "region/11").await.access;
    let hidden = asks(scene, &elsewhere, From::CertificateNumber(certificate.to_owned()), "").await.unwrap_err();
    assert_eq!(hidden.code(), Code::NotFound, "what is out of reach is not there");
}
