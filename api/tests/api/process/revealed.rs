//! Names and numbers of candidates: masked, sealed, and every look at them told.

use liuhen_archive::records::Role;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::fact::Told;
use pb::OrganizationKind::SocialOrg;
use tonic::Code;

use super::scene::{NAMES, NUMBERS, Scene};
use crate::world::at;

/// What is known of persons is masked; numbers are stored sealed; whoever sees them unmasked stands in the log first.
#[tokio::test]
async fn names_and_numbers_are_masked_and_every_look_at_them_is_told() {
    let log = crate::masked::Log::hear();
    let scene = Scene::planned(SocialOrg).await;
    let request = pb::ListCandidatesRequest { batch_id: scene.batch.clone(), ..<_>::default() };
    let listed = scene.as_role(Role::Invigilator).await.list_candidates(request).await.unwrap().into_inner();
    let mut said = format!("{listed:?} {:?}", scene.state().await);
    let mut registrar = scene.as_role(Role::Registrar).await;
    let batch_id = scene.batch.clone();
    let batch = registrar.get_batch_state(pb::GetBatchStateRequest { batch_id }).await.unwrap().into_inner();
    said += &format!("{batch:?}");
    for case_id in [&scene.organization, &scene.site, &scene.batch, &scene.session] {
        let request = pb::ListFactsRequest { case_id: case_id.clone(), ..<_>::default() };
        said += &format!("{:?}", registrar.list_facts(request).await.unwrap().into_inner());
    }
    for bad in ["11010519491231002", "110105194912310021"] {
        let Told::CandidateEnrolled(enrolled) = scene.applies(0) else { unreachable!() };
        let wrong = pb::CandidateEnrolled { id_number: bad.to_owned(), ..enrolled };
        said += &format!("{:?}", scene.try_as(Role::Registrar, &scene.batch, Told::CandidateEnrolled(wrong)).await);
    }
    let twice = scene.try_as(Role::Registrar, &scene.batch, scene.applies(0)).await.unwrap_err();
    said += &format!("{twice:?} {}", String::from_utf8_lossy(twice.details()));
    // Entries and events hold no body; what was logged, at whichever level, none either.
    let mut events = registrar.watch_events(pb::WatchEventsRequest::default()).await.unwrap().into_inner();
    let newest = scene.world.archive.records.head().await.unwrap().size;
    while let Some(event) = events.message().await.unwrap() {
        said += &event.event;
        if event.entry + 1 == newest {
            break;
        }
    }
    let logged = log.map_or_else(String::new, |log| log.text());
    for planted in NAMES.iter().chain(&NUMBERS) {
        assert!(!said.contains(planted), "{planted} is said");
        assert!(!logged.contains(planted), "{planted} is logged");
    }
    assert!(said.contains("liuhen.fact.candidate_enrolled") && logged.contains("RecordFact"));
    assert!(said.contains("欧**") && said.contains("1101************2X"));

    // By its number a candidate is found, masked; unmasked only with a purpose, and after the entry.
    let request = pb::FindCandidateRequest { batch_id: scene.batch.clone(), id_number: NUMBERS[1].to_lowercase() };
    let found = registrar.find_candidate(request).await.unwrap().into_inner().candidate.unwrap();
    assert_eq!((found.candidate_id.as_str(), found.name_masked.as_str()), (scene.candidates[1].as_str(), "𠮷**"));
    let reveal = |purpose: &str| pb::RevealCandidateRequest {
        batch_id: scene.batch.clone(),
        candidate_id: scene.candidates[1].clone(),
        purpose: purpose.to_owned(),
    };
    assert_eq!(registrar.reveal_candidate(reveal("")).await.unwrap_err().code(), Code::InvalidArgument);
    let denied = scene.as_role(Role::Invigilator).await.reveal_candidate(reveal("好奇")).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let shown = registrar.reveal_candidate(reveal("核对照片")).await.unwrap().into_inner();
    assert_eq!((shown.name.as_str(), shown.id_number.as_str()), (NAMES[1], NUMBERS[1]));
    let request = pb::ListRevealsRequest { batch_id: scene.batch.clone(), ..<_>::default() };
    let looks = scene.as_role(Role::Auditor).await.list_reveals(request).await.unwrap().into_inner().reveals;
    assert_eq!(looks.len(), 1);
    let by = &scene.person(Role::Registrar).await.id;
    assert_eq!((&looks[0].by, looks[0].purpose.as_str(), looks[0].at_us), (by, "核对照片", at(-7_200).as_micros()));

    // The database's files hold no number, in no page.
    let mut pages = Vec::new();
    for file in std::fs::read_dir(scene.world.directory.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            pages.extend(std::fs::read(path).unwrap());
        }
    }
    assert!(pages.len() > 100_000);
    let holds = |needle: &[u8]| pages.windows(needle.len()).any(|window| window == needle);
    assert!(holds(scene.candidates[0].as_bytes()));
    for number in NUMBERS {
        assert!(!holds(number.as_bytes()), "a number lies in the database");
    }
    let report = liuhen_archive::fsck(&scene.world.archive, &mut |_| ()).await.unwrap();
    assert!(report.sound, "{:?}", report.findings);
}
