//! The process over gRPC: one session of each kind of organisation, and the user stories of exam day.

#[path = "process/described.rs"]
mod described;
#[path = "process/passes.rs"]
mod passes;
#[path = "../../../archive/tests/conformance/postgres.rs"]
mod postgres;
#[path = "process/results.rs"]
mod results;
#[path = "process/revealed.rs"]
mod revealed;
#[path = "process/scene.rs"]
pub(crate) mod scene;
#[path = "process/sheets.rs"]
mod sheets;
#[path = "process/supervision.rs"]
mod supervision;
#[path = "process/traced.rs"]
mod traced;

use liuhen_archive::records::Role;
use liuhen_proto::ids::IncidentId;
use liuhen_proto::wire::review::v1 as review;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::fact::Told;
use pb::OrganizationKind::{Enterprise, SocialOrg, TechnicalCollege};
use tonic::Code;

use crate::world::at;
use scene::{EXAMINERS, INVIGILATORS, SUPERVISOR, Scene, TURNS, blocked, breach, request, rules, signature};

/// From announcement to sealed papers, on both databases, with nothing found where nothing is wrong.
async fn walks(kind: pb::OrganizationKind) {
    walk(&Scene::planned(kind).await).await;
    let database = postgres::database().await.expect("PostgreSQL is installed: ./dev setup");
    walk(&Scene::planned_on(kind, Some(database)).await).await;
}

pub(crate) async fn walk(scene: &Scene) {
    let kind = scene.kind;
    if kind != Enterprise {
        scene.draws().await;
    } else {
        let places = scene.rooms().into_iter().flat_map(|room| [room, room]);
        for (place, room) in places.enumerate() {
            let staff_id = scene.staff[INVIGILATORS.start + place].clone();
            let (duty, room_id) = (pb::Duty::Invigilator.into(), room.clone());
            scene.lead(Told::DutyAssigned(pb::DutyAssigned { staff_id, duty, room_id })).await;
        }
    }
    assert_eq!(scene.state().await.phase, "planned");
    scene.prepares().await;
    for room in scene.rooms() {
        assert_eq!(rules(&scene.lead(scene.ready(room)).await.findings), [""; 0]);
    }
    assert_eq!(scene.state().await.phase, "ready");
    for (turn, start, end) in TURNS {
        scene.it_is(start - 600);
        for place in 0..3 {
            let matched = scene.checks_in(place, turn, pb::IdentityResult::Match);
            assert_eq!(rules(&scene.serve(matched).await.findings), [""; 0]);
            assert_eq!(rules(&scene.serve(scene.enters(place, turn)).await.findings), [""; 0]);
        }
        scene.it_is(start);
        let started = scene.lead(Told::TurnStarted(pb::TurnStarted { turn })).await;
        assert_eq!(rules(&started.findings), [""; 0], "{:?}", started.findings);
        assert_eq!(scene.state().await.phase, "running");
        scene.it_is(end - 60);
        for place in 0..3 {
            if turn == 3 {
                assert_eq!(rules(&scene.serve(scene.hears(place)).await.findings), [""; 0]);
            }
            assert_eq!(rules(&scene.serve(scene.hands_in(place, turn)).await.findings), [""; 0]);
        }
        scene.it_is(end);
        let ended = scene.lead(Told::TurnEnded(pb::TurnEnded { turn })).await;
        assert_eq!(rules(&ended.findings), [""; 0]);
    }
    assert_eq!(scene.state().await.phase, "ended");
    scene.signs(pb::Phase::After).await;
    let seals = Told::SessionSealed(pb::SessionSealed { signature: signature() });
    if kind == Enterprise {
        // The practical room is exempt: what was promised instead of a recording must be there (story 13).
        blocked(scene.try_as(Role::SiteHead, &scene.session, seals.clone()).await, "C7.traces");
        scene
            .serve(Told::TraceKept(pb::TraceKept {
                exemption_id: scene.exemption.clone(),
                room_id: scene.practical.clone(),
                trace: pb::TraceKind::Photos.into(),
                evidence_sha256: vec![vec![8; 32]],
            }))
            .await;
    }
    // Not past the rules.
    let request = pb::SealSessionRequest { session_id: scene.session.clone() };
    let past = scene.world.sessions().await.seal_session(request).await.unwrap_err();
    assert_eq!(past.code(), Code::FailedPrecondition);
    let sealed = scene.lead(seals).await;
    assert_eq!(rules(&sealed.findings), [""; 0]);
    let state = scene.state().await;
    assert_eq!((state.phase.as_str(), state.seats.len(), state.findings.len()), ("sealed", 9, 0));
    assert!(state.seats.iter().all(|seat| seat.left && seat.stays.len() == 1));

    // Recording may stop, and what it should have covered follows from the plan (H2).
    let request = pb::GetSessionRequest { session_id: scene.session.clone() };
    let session = scene.world.sessions().await.get_session(request).await.unwrap().into_inner().session.unwrap();
    assert_eq!(session.sealed_us, Some(at(16_200).as_micros()));
    assert_eq!(session.windows.len(), if kind == Enterprise { 2 } else { 3 }, "an exempt room is not expected");
    let window = session.windows[0].interval.unwrap();
    assert_eq!((window.start_us, window.end_us), (at(-2_700).as_micros(), at(18_000).as_micros()));
    // After that nothing happens in its rooms any more.
    let late = scene.try_as(Role::Invigilator, &scene.session, scene.enters(0, 1)).await.unwrap_err();
    assert_eq!(late.code(), Code::FailedPrecondition);
    let report = liuhen_archive::fsck(&scene.world.archive, &mut |_| ()).await.unwrap();
    assert!(report.sound, "{:?}", report.findings);
}

#[tokio::test]
async fn a_session_of_a_social_organisation_walks_from_announcement_to_sealed_papers() {
    walks(SocialOrg).await;
}

#[tokio::test]
async fn a_session_of_an_enterprise_walks_from_announcement_to_sealed_papers() {
    walks(Enterprise).await;
}

#[tokio::test]
async fn a_session_of_a_technical_college_walks_from_announcement_to_sealed_papers() {
    walks(TechnicalCollege).await;
}

/// Story 1.
#[tokio::test]
async fn a_room_without_a_tested_recording_is_not_ready_and_the_list_names_room_and_camera() {
    let scene = Scene::planned(SocialOrg).await;
    let request = pb::GetReadinessRequest { session_id: scene.session.clone() };
    let listed = scene.as_role(Role::SiteHead).await.get_readiness(request.clone()).await.unwrap().into_inner();
    let theory = listed.rooms.iter().find(|room| room.room_id == scene.theory).unwrap();
    let untested = theory.findings.iter().find(|finding| finding.rule == "C5.test").unwrap();
    assert!(!theory.may_begin && untested.about == scene.theory && untested.facts["camera"] == scene.cameras[0]);
    blocked(scene.try_as(Role::SiteHead, &scene.session, scene.ready(&scene.theory)).await, "C5.test");
    // The site head goes on with a substitute, which is a finding.
    let mut told = scene::request(&scene.session, scene.ready(&scene.theory));
    told.breach = breach();
    let taken = scene.as_role(Role::SiteHead).await.record_fact(told).await.unwrap().into_inner();
    assert!(rules(&taken.findings).contains(&"C5.test"));
    assert_eq!(scene.state().await.ready_room_ids, std::slice::from_ref(&scene.theory));
}

/// A finding is let pass by whom the pack names, there, and by nobody else.
#[tokio::test]
async fn a_finding_is_waived_by_whom_the_pack_names() {
    let scene = Scene::planned(SocialOrg).await;
    let mut told = scene::request(&scene.session, scene.ready(&scene.theory));
    told.breach = breach();
    scene.as_role(Role::SiteHead).await.record_fact(told).await.unwrap();
    let waives = |rule: &str| {
        Told::FindingWaived(pb::FindingWaived {
            rule: rule.to_owned(),
            about: scene.theory.clone(),
            reason: "手持录像机全程录像".to_owned(),
            signature: signature(),
        })
    };
    let others = scene.try_as(Role::ResponsibleHead, &scene.session, waives("C5.test")).await.unwrap_err();
    assert_eq!(others.code(), Code::PermissionDenied);
    let nothing = scene.try_as(Role::SiteHead, &scene.session, waives("H3.entry")).await.unwrap_err();
    assert_eq!(nothing.code(), Code::InvalidArgument, "nobody came late");
    scene.lead(waives("C5.test")).await;
    let state = scene.state().await;
    let of = |finding: &&pb::Finding| finding.rule == "C5.test";
    assert!(state.findings.iter().find(of).unwrap().waived);
}

/// With a batch come its candidates: nobody joins one of another organisation that they may not read.
#[tokio::test]
async fn a_session_joins_no_batch_that_its_planner_may_not_read() {
    let scene = Scene::planned(SocialOrg).await;
    let elsewhere = scene.world.site().await;
    let head = crate::people::logged_in(&scene.world, Role::SiteHead, &elsewhere.site.site_id).await;
    let session_id = crate::people::session_of(&scene.world, &elsewhere).await;
    let plan = Told::SessionPlanned(pb::SessionPlanned {
        batch_id: scene.batch.clone(),
        turns: vec![pb::Turn { number: 1, subject: pb::Subject::Theory.into(), interval: crate::world::between(0, 600) }],
        rooms: vec![pb::RoomPlan { room_id: elsewhere.room.room_id.clone(), location: "1".to_owned() }],
        ..<_>::default()
    });
    let channel = scene.world.channel(Some(&head.access)).await;
    let mut process = pb::process_service_client::ProcessServiceClient::new(channel);
    let refused = process.record_fact(request(&session_id, plan)).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::NotFound, format!("{} does not exist", scene.batch).as_str()));
}

/// Story 2.
#[tokio::test]
async fn lots_spare_who_is_recused_and_another_draw_needs_a_reason() {
    let scene = Scene::planned(SocialOrg).await;
    let trainer = &scene.staff[INVIGILATORS.start];
    scene
        .tell_as(
            Role::Registrar,
            &scene.batch,
            Told::RelationDeclared(pb::RelationDeclared {
                staff_id: trainer.clone(),
                relation: pb::RelationKind::Trainer.into(),
                candidate_id: scene.candidates[0].clone(),
                unit: String::new(),
            }),
        )
        .await;
    let drawn = scene.draws().await;
    assert_eq!((drawn.places.len(), drawn.reserve_ids.as_slice()), (6, std::slice::from_ref(trainer)));
    let record = liuhen_process::lots::DrawRecord::from_bytes(drawn.record.as_bytes()).unwrap();
    record.verify().unwrap();
    let again = pb::AnnounceLotsRequest {
        session_id: scene.session.clone(),
        rooms: vec![pb::RoomPlaces { room_id: scene.theory.clone(), places: 2 }],
        staff_ids: scene.staff[INVIGILATORS].to_vec(),
        reason: String::new(),
    };
    let mut head = scene.as_role(Role::SiteHead).await;
    assert_eq!(head.announce_lots(again.clone()).await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(scene.state().await.draws, 1);
    let reasoned = pb::AnnounceLotsRequest { reason: "两人临时缺席".to_owned(), ..again };
    head.announce_lots(reasoned).await.unwrap();
}

/// Story 3.
#[tokio::test]
async fn who_does_not_match_stays_outside_until_the_site_head_decides() {
    let scene = Scene::planned(SocialOrg).await;
    scene.it_is(-600);
    scene.serve(scene.checks_in(0, 1, pb::IdentityResult::Mismatch)).await;
    let state = scene.state().await;
    let mine =
        |seat: &&pb::SeatState| seat.seat.as_ref().is_some_and(|it| it.turn == 1 && it.candidate_id == scene.candidates[0]);
    assert_eq!(state.seats.iter().find(mine).unwrap().identity, "unverified");
    blocked(scene.try_as(Role::Invigilator, &scene.session, scene.enters(0, 1)).await, "H5.identity");
    let decided = Told::IdentityDecided(pb::IdentityDecided {
        candidate_id: scene.candidates[0].clone(),
        turn: 1,
        accepted: true,
        reason: "换发新证，照片较旧".to_owned(),
    });
    let refused = scene.try_as(Role::Invigilator, &scene.session, decided.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    scene.lead(decided).await;
    scene.serve(scene.enters(0, 1)).await;
}

/// Stories 4 and 5; the clock of a tablet decides nothing.
#[tokio::test]
async fn nobody_enters_after_thirty_minutes_or_leaves_before_the_last_thirty() {
    let scene = Scene::planned(TechnicalCollege).await;
    for place in 0..3 {
        scene.it_is(-600);
        scene.serve(scene.checks_in(place, 1, pb::IdentityResult::Match)).await;
    }
    scene.it_is(1_799);
    scene.serve(scene.enters(0, 1)).await;
    scene.it_is(1_800);
    let refused = scene.try_as(Role::Invigilator, &scene.session, scene.enters(1, 1)).await;
    blocked(refused, "H3.entry");
    // That the site head let the person in all the same is a fact, and a finding; an invigilator cannot say so alone.
    let mut told = request(&scene.session, scene.enters(1, 1));
    told.breach = breach();
    let alone = scene.as_role(Role::Invigilator).await.record_fact(told.clone()).await.unwrap_err();
    assert_eq!(alone.code(), Code::PermissionDenied);
    let taken = scene.as_role(Role::SiteHead).await.record_fact(told).await.unwrap().into_inner();
    assert_eq!((rules(&taken.findings), taken.findings[0].clause.as_str()), (vec!["H3.entry"], "T七(二)1"));

    scene.it_is(5_400 - 1_801);
    blocked(scene.try_as(Role::Invigilator, &scene.session, scene.hands_in(0, 1)).await, "H3.leaving");
    scene.it_is(5_400 - 1_800);
    scene.serve(scene.hands_in(0, 1)).await;

    // A tablet that was away took an entry at 29:59; its clock was five minutes ahead.
    let mut told = request(&scene.session, scene.enters(2, 1));
    told.elsewhere = Some(pb::Elsewhere { device_time_us: at(1_799 + 300).as_micros(), ahead_us: 300_000_000 });
    told.idempotency_key = "tablet-7/1".to_owned();
    let mut invigilator = scene.as_role(Role::Invigilator).await;
    let taken = invigilator.record_fact(told.clone()).await.unwrap().into_inner();
    assert_eq!((taken.occurred_us, taken.provisional), (at(1_799).as_micros(), true));
    let again = invigilator.record_fact(told).await.unwrap().into_inner();
    assert_eq!((again.repeated, again.number), (true, taken.number));
}

/// Story 4 for enterprises: no guideline gives a limit.
#[tokio::test]
async fn an_enterprise_lets_late_candidates_in() {
    let scene = Scene::planned(Enterprise).await;
    scene.it_is(1_800);
    scene.serve(scene.checks_in(0, 1, pb::IdentityResult::Match)).await;
    scene.serve(scene.enters(0, 1)).await;
}

fn incident(scene: &Scene) -> (String, Told) {
    let incident_id = IncidentId::mint(at(0), &*scene.world.archive.random).to_string();
    let recorded = Told::IncidentRecorded(pb::IncidentRecorded {
        incident_id: incident_id.clone(),
        about: pb::IncidentKind::Candidate.into(),
        source: pb::IncidentSource::Person.into(),
        room_id: scene.theory.clone(),
        candidate_id: scene.candidates[1].clone(),
        description: "桌内发现手机".to_owned(),
        evidence_sha256: vec![vec![5; 32]],
        ..<_>::default()
    });
    (incident_id, recorded)
}

/// Stories 8 and 9.
#[tokio::test]
async fn only_a_supervisor_decides_and_who_else_tries_stands_in_the_log() {
    let scene = Scene::planned(SocialOrg).await;
    scene.it_is(600);
    let (incident_id, recorded) = incident(&scene);
    scene.serve(recorded.clone()).await;
    assert_eq!(scene.try_as(Role::Invigilator, &scene.session, recorded).await.unwrap_err().code(), Code::InvalidArgument);
    scene.it_is(899);
    assert!(!scene.state().await.incidents[0].escalated);
    scene.it_is(900);
    let standing = &scene.state().await.incidents[0];
    assert!(standing.escalated && standing.standing == "suspected", "unacknowledged after five minutes it escalates");
    let seen = Told::IncidentAcknowledged(pb::IncidentAcknowledged { incident_id: incident_id.clone() });
    scene.supervise(seen).await;
    let standing = scene.state().await.incidents[0].clone();
    assert_eq!((standing.recorded_us, standing.acknowledged_us), (at(600).as_micros(), Some(at(900).as_micros())));
    assert!(!standing.escalated);

    let decides = |supervisor: usize| {
        Told::IncidentDecided(pb::IncidentDecided {
            incident_id: incident_id.clone(),
            supervisor_id: scene.staff[supervisor].clone(),
            outcome: pb::IncidentOutcome::Confirmed.into(),
            catalogue_item: "2.7".to_owned(),
            reasons: "携带手机入座".to_owned(),
            candidate_heard: true,
            catalogue: String::new(),
        })
    };
    let tried = scene.try_as(Role::Invigilator, &scene.session, decides(SUPERVISOR)).await.unwrap_err();
    assert_eq!(tried.code(), Code::PermissionDenied);
    let mut auditor = scene.person(Role::Auditor).await.review(&scene.world).await;
    let request = review::ListRefusalsRequest::default();
    let refused = auditor.list_refusals(request).await.unwrap().into_inner().refusals;
    let noted = &refused[0];
    assert_eq!((noted.kind(), &noted.subject), (review::RefusalKind::Fact, &scene.session));
    assert_eq!(noted.whose, scene.person(Role::Invigilator).await.id);

    blocked(scene.try_as(Role::SupervisorInternal, &scene.session, decides(EXAMINERS.start)).await, "H7");
    scene.supervise(decides(SUPERVISOR)).await;
    assert_eq!(scene.state().await.incidents[0].standing, "confirmed");
    let twice = scene.try_as(Role::SupervisorInternal, &scene.session, decides(SUPERVISOR)).await.unwrap_err();
    assert_eq!(twice.code(), Code::FailedPrecondition);
}

/// Story 11.
#[tokio::test]
async fn a_form_with_an_open_item_is_not_signed() {
    let scene = Scene::planned(SocialOrg).await;
    let form_id = liuhen_proto::ids::FormId::mint(at(0), &*scene.world.archive.random).to_string();
    let rest = scene.needed("supervision-internal@1", pb::Phase::PreStart).await;
    let fills = |remark: &str, photos: usize| {
        let broken = pb::FormAnswer {
            item: "seals".to_owned(),
            answer: pb::Answer::No.into(),
            remark: remark.to_owned(),
            evidence_sha256: vec![vec![6; 32]; photos],
            ..<_>::default()
        };
        Told::FormFilled(pb::FormFilled {
            form_id: form_id.clone(),
            template: "supervision-internal@1".to_owned(),
            phase: pb::Phase::PreStart.into(),
            supervisor_id: scene.staff[SUPERVISOR].clone(),
            answers: std::iter::once(broken).chain(rest.clone()).collect(),
            ..<_>::default()
        })
    };
    for (remark, photos) in [("", 1), ("封条破损", 0)] {
        let bare = scene.try_as(Role::SupervisorInternal, &scene.session, fills(remark, photos)).await.unwrap_err();
        assert_eq!(bare.code(), Code::InvalidArgument);
        assert!(bare.message().starts_with("form_filled.answers[0]"), "{}", bare.message());
    }
    scene.supervise(fills("封条破损", 1)).await;
    let signs = Told::FormSigned(pb::FormSigned { form_id: form_id.clone(), signature: signature() });
    let open = scene.try_as(Role::SupervisorInternal, &scene.session, signs.clone()).await.unwrap_err();
    assert_eq!((open.code(), scene.state().await.forms[0].open_items.len()), (Code::FailedPrecondition, 1));
    let rectification = "换袋重封，两人签字".to_owned();
    let (item, evidence_sha256) = ("seals".to_owned(), vec![vec![7; 32]]);
    let rectified =
        pb::FormItemRectified { form_id, item, rectification, evidence_sha256, reported_to: "区人社局".to_owned() };
    scene.supervise(Told::FormItemRectified(rectified)).await;
    scene.supervise(signs).await;
}

/// Story 12.
#[tokio::test]
async fn with_one_invigilator_a_turn_gets_no_permission_but_that_it_began_can_be_told() {
    for kind in [SocialOrg, TechnicalCollege, Enterprise] {
        let scene = Scene::planned(kind).await;
        let drawn = scene.draws().await;
        scene.prepares().await;
        let in_theory = drawn.places.iter().find(|place| place.room_id == scene.theory).unwrap();
        scene.serve(Told::StaffLeft(pb::StaffLeft { staff_id: in_theory.staff_id.clone() })).await;
        scene.it_is(0);
        let starts = Told::TurnStarted(pb::TurnStarted { turn: 1 });
        if kind == Enterprise {
            assert!(rules(&scene.lead(starts).await.findings).contains(&"P2.few"), "it warns");
            continue;
        }
        blocked(scene.try_as(Role::SiteHead, &scene.session, starts.clone()).await, "P2.few");
        assert_eq!(scene.state().await.phase, "planned");
        let told = pb::RecordFactRequest { breach: breach(), ..request(&scene.session, starts) };
        let taken = scene.as_role(Role::SiteHead).await.record_fact(told).await.unwrap().into_inner();
        assert_eq!(rules(&taken.findings), ["P2.few"]);
        assert_eq!(scene.state().await.phase, "running");
    }
}
