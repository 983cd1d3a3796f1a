//! What the holder of a pass tells: of one room.

use liuhen_archive::records::Role;
use liuhen_proto::wire::people::v1 as people;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::process_service_client::ProcessServiceClient;
use pb::OrganizationKind::SocialOrg;
use tonic::Code;

use super::scene::{Scene, request};
use crate::people::anybody;

/// An invigilator of the theory room checks in who sits there, and nobody whose workplace is in another room.
#[tokio::test]
async fn a_pass_is_for_the_candidates_of_its_room() {
    let scene = Scene::planned(SocialOrg).await;
    let head = scene.person(Role::SiteHead).await;
    let new = people::NewPass { name: "韩梅梅".to_owned(), role: 0, room_id: scene.theory.clone() };
    let passes = people::IssuePassesRequest { session_id: scene.session.clone(), passes: vec![new] };
    let pass = head.people(&scene.world).await.issue_passes(passes).await.unwrap().into_inner().passes.remove(0);
    let enter = people::LogInWithPassRequest { badge: pass.badge, pin: pass.pin };
    // The day goes on for longer than a token lives.
    let tells = async |told| {
        let login = anybody(&scene.world).await.log_in_with_pass(enter.clone()).await.unwrap().into_inner().login.unwrap();
        let mut holder = ProcessServiceClient::new(scene.world.channel(Some(&login.access_token)).await);
        holder.record_fact(request(&scene.session, told)).await
    };

    scene.it_is(-600);
    let elsewhere = tells(scene.checks_in(0, 2, pb::IdentityResult::Match)).await.unwrap_err();
    assert_eq!(elsewhere.code(), Code::PermissionDenied, "{elsewhere}");
    assert!(elsewhere.message().contains(&scene.practical), "{elsewhere}");
    tells(scene.checks_in(0, 1, pb::IdentityResult::Match)).await.unwrap();
    tells(scene.enters(0, 1)).await.unwrap();
    let elsewhere = tells(scene.enters(0, 2)).await.unwrap_err();
    assert_eq!(elsewhere.code(), Code::PermissionDenied, "{elsewhere}");
    // Who was led to another room hands in there.
    scene
        .lead(pb::fact::Told::Moved(pb::Moved {
            candidate_id: scene.candidates[0].clone(),
            turn: 1,
            room_id: scene.practical.clone(),
            reason: "电脑故障".to_owned(),
        }))
        .await;
    scene.it_is(5_000);
    let gone = tells(scene.hands_in(0, 1)).await.unwrap_err();
    assert_eq!(gone.code(), Code::PermissionDenied, "{gone}");
    scene.serve(scene.hands_in(0, 1)).await;
}
