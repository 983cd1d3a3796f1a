//! Neighbouring systems over TLS: what each may tell and read, under which name, and until when.

use liuhen_archive::records::{RefusalKind, Role};
use liuhen_proto::ids::NeighbourId;
use liuhen_proto::wire::machine::v1 as pb;
use liuhen_proto::wire::machine::v1::neighbour_service_client::NeighbourServiceClient;
use liuhen_proto::wire::session::v1 as session;
use liuhen_proto::wire::session::v1::fact::Told;
use liuhen_proto::wire::session::v1::process_service_client::ProcessServiceClient;
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use session::OrganizationKind::SocialOrg;
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::machines::Machine;
use crate::people::logged_in;
use crate::process::scene::{Scene, request, signature};
use crate::world::{Connection, World, pass};

pub(crate) const SYSTEM: &str = "provincial-platform";

pub(crate) async fn manages(world: &World) -> NeighbourServiceClient<Connection> {
    NeighbourServiceClient::new(world.channel(Some(&world.token)).await)
}

pub(crate) fn permits(pushes: &[&str], reads: bool) -> Option<pb::Permits> {
    Some(pb::Permits { pushes: pushes.iter().map(|&kind| kind.to_owned()).collect(), reads })
}

pub(crate) fn invitation(scope: &str, permits: Option<pb::Permits>) -> pb::InviteNeighbourRequest {
    pb::InviteNeighbourRequest { system: SYSTEM.to_owned(), name: "省平台".to_owned(), scope: scope.to_owned(), permits }
}

fn replaces(neighbour: &str, for_good: bool) -> pb::ReplaceNeighbourRequest {
    pb::ReplaceNeighbourRequest { neighbour_id: neighbour.to_owned(), reason: "stolen".to_owned(), for_good }
}

async fn permitted(world: &World, neighbour: &str, permits: Option<pb::Permits>) {
    let request = pb::PermitNeighbourRequest { neighbour_id: neighbour.to_owned(), permits, reason: "a test".to_owned() };
    manages(world).await.permit_neighbour(request).await.unwrap();
}

/// A neighbour that has enrolled, and its id.
pub(crate) async fn enrolled(world: &World, scope: &str, permits: Option<pb::Permits>) -> (Machine, String) {
    let answer = manages(world).await.invite_neighbour(invitation(scope, permits)).await.unwrap().into_inner();
    let mut machine = Machine::with_key(&PKCS_ECDSA_P256_SHA256);
    let made = machine.enrol(world, &answer.token).await.unwrap();
    let neighbour = answer.neighbour.unwrap().neighbour_id;
    assert_eq!((made.neighbour_id.as_str(), made.recorder_id.as_str()), (neighbour.as_str(), ""));
    (machine, neighbour)
}

pub(crate) async fn process(world: &World, machine: &Machine) -> ProcessServiceClient<Channel> {
    ProcessServiceClient::new(machine.connect(world).await)
}

pub(crate) fn from(system: &str, id: &str, case: &str, told: Told) -> session::RecordFactRequest {
    let source = Some(session::Source { system: system.to_owned(), id: id.to_owned() });
    session::RecordFactRequest { source, ..request(case, told) }
}

fn plan_on_platform() -> Told {
    let event = session::OutsideEventKind::PlatformPlan.into();
    Told::OutsideEventTold(session::OutsideEventTold { event, reference: "P-1".to_owned(), document_sha256: Vec::new() })
}

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> Code {
    answer.unwrap_err().code()
}

#[tokio::test]
async fn a_neighbour_tells_what_it_is_permitted_to_under_its_own_name() {
    let scene = Scene::planned(SocialOrg).await;
    let world = &scene.world;
    let (machine, neighbour) =
        enrolled(world, &scene.organization, permits(&["outside_event_told", "candidate_checked_in"], false)).await;
    let mut client = process(world, &machine).await;
    let told = client.record_fact(from(SYSTEM, "7/1", &scene.batch, plan_on_platform())).await.unwrap().into_inner();
    assert!(!told.repeated);
    let facts = session::ListFactsRequest { case_id: scene.batch.clone(), after: told.number - 1, limit: 1 };
    let listed = scene.as_role(Role::Auditor).await.list_facts(facts).await.unwrap().into_inner().facts.remove(0);
    assert_eq!((&listed.by, listed.source.unwrap().system.as_str()), (&neighbour, SYSTEM));

    // One stream: what is not permitted harms nothing else, and each refusal says why.
    let planned = scene.enters(0, 1);
    let breach = session::Breach { reason: "公交停运".to_owned(), site_head: "李站长".to_owned() };
    let checks_in = || scene.checks_in(0, 1, session::IdentityResult::Match);
    let mut breaches = from(SYSTEM, "7/5", &scene.session, checks_in());
    breaches.breach = Some(breach);
    let sealed = Told::SessionSealed(session::SessionSealed { signature: signature() });
    scene.it_is(-600);
    let pushed = [
        from(SYSTEM, "7/1", &scene.batch, plan_on_platform()),
        from("item-bank", "7/2", &scene.batch, plan_on_platform()),
        from(SYSTEM, "7/3", &scene.session, planned),
        from(SYSTEM, "7/4", &scene.session, sealed),
        breaches,
        from(SYSTEM, "7/6", &scene.session, checks_in()),
    ];
    let pushed = pushed.map(|fact| session::PushFactsRequest { fact: Some(fact) });
    let answers: Vec<_> = client.push_facts(tokio_stream::iter(pushed)).await.unwrap().into_inner().collect().await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(answers[0].recorded.as_ref().unwrap().repeated, "told again, it changes nothing");
    let why = ["must be provincial-platform", "no permit for entered", "session_sealed is a person's", "a breach is a person's"];
    for (answer, why) in answers[1..5].iter().zip(why) {
        let problem = answer.problem.as_ref().unwrap();
        assert_eq!(problem.code, "PERMISSION_DENIED");
        assert!(problem.english.contains(why), "{why}: {problem:?}");
    }
    assert!(answers[5].recorded.is_some(), "{:?}", answers[5]);
    let refused = world.archive.records.refusals(10).await.unwrap();
    assert!(
        refused.iter().any(|it| it.what.kind == RefusalKind::Fact && it.what.whose.as_ref() == Some(&neighbour)),
        "{refused:?}"
    );

    // Without a name for it there is no fact of a system; and what it only asks about is judged by the same permits.
    assert_eq!(code(client.record_fact(request(&scene.batch, plan_on_platform())).await), Code::PermissionDenied);
    let asks = |told| session::TryFactRequest { case_id: scene.session.clone(), fact: Some(session::Fact { told: Some(told) }) };
    assert_eq!(code(client.try_fact(asks(scene.enters(0, 1))).await), Code::PermissionDenied);
    client.try_fact(asks(checks_in())).await.unwrap();
}

#[tokio::test]
async fn a_neighbour_reads_where_it_is_permitted_to_and_nothing_out_of_its_scope() {
    let scene = Scene::planned(SocialOrg).await;
    let world = &scene.world;
    let (machine, neighbour) = enrolled(world, &scene.site, permits(&["outside_event_told"], false)).await;
    let mut client = process(world, &machine).await;
    let state = session::GetSessionStateRequest { session_id: scene.session.clone() };
    assert_eq!(code(client.get_session_state(state.clone()).await), Code::PermissionDenied);
    permitted(world, &neighbour, permits(&["outside_event_told"], true)).await;
    assert_eq!(client.get_session_state(state.clone()).await.unwrap().into_inner().phase, "planned");
    // A batch is the organisation's, and this one is of the site; another site is out of reach altogether.
    let batch = session::GetBatchStateRequest { batch_id: scene.batch.clone() };
    assert_eq!(code(client.get_batch_state(batch).await), Code::NotFound);
    assert_eq!(code(client.record_fact(from(SYSTEM, "1", &scene.batch, plan_on_platform())).await), Code::NotFound);

    // What it watches ends with the permit to, within seconds.
    let watch = session::WatchEventsRequest { from: 0, case_id: scene.session.clone() };
    let mut events = client.watch_events(watch).await.unwrap().into_inner();
    assert!(events.message().await.unwrap().is_some());
    permitted(world, &neighbour, permits(&["outside_event_told"], false)).await;
    let ended = async {
        loop {
            if let Err(status) = events.message().await {
                return status.code();
            }
        }
    };
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), ended).await;
    assert_eq!(ended.expect("it ends"), Code::Unauthenticated);
    assert_eq!(code(client.get_session_state(state).await), Code::PermissionDenied);
    // Nothing else is served to it: it hands nothing in, looks at nothing, and is nobody with an account.
    for (path, expected) in [
        ("/liuhen.ingest.v1.IngestService/Upload", Code::PermissionDenied),
        ("/liuhen.session.v1.ProcessService/RevealCandidate", Code::Unimplemented),
        ("/liuhen.review.v1.ReviewService/OpenPlayback", Code::Unimplemented),
        ("/liuhen.people.v1.PeopleService/GetMe", Code::Unimplemented),
        ("/liuhen.machine.v1.NeighbourService/ListNeighbours", Code::Unimplemented),
    ] {
        assert_eq!(crate::permissions::status_of(machine.connect(world).await, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_neighbour_enrols_once_renews_by_itself_and_is_cut_off_at_once() {
    let scene = Scene::planned(SocialOrg).await;
    let world = &scene.world;
    let permits = permits(&["outside_event_told"], true);
    let answer = manages(world).await.invite_neighbour(invitation(&scene.organization, permits)).await.unwrap().into_inner();
    let id = answer.neighbour.unwrap().neighbour_id;
    let mut machine = Machine::with_key(&PKCS_ED25519);
    let reads = session::GetBatchStateRequest { batch_id: scene.batch.clone() };
    assert_eq!(code(process(world, &machine).await.get_batch_state(reads.clone()).await), Code::Unauthenticated);
    machine.enrol(world, &answer.token).await.unwrap();
    assert_eq!(code(Machine::with_key(&PKCS_ED25519).enrol(world, &answer.token).await), Code::Unauthenticated, "spent");
    let mut client = process(world, &machine).await;
    client.get_batch_state(reads.clone()).await.unwrap();

    pass(world, 91 * 86_400);
    assert_eq!(code(client.get_batch_state(reads.clone()).await), Code::PermissionDenied, "it is over: renew it first");
    machine.renew(world).await.unwrap();
    client.get_batch_state(reads.clone()).await.unwrap();

    let next = manages(world).await.replace_neighbour(replaces(&id, false)).await.unwrap().into_inner().token;
    assert_eq!(code(client.get_batch_state(reads.clone()).await), Code::Unauthenticated, "on the connection that stands");
    assert_eq!(code(machine.renew(world).await), Code::Unauthenticated);
    assert_eq!(code(machine.enrol(world, &next).await), Code::Unauthenticated, "that key was revoked");
    let mut other = Machine::with_key(&PKCS_ECDSA_P256_SHA256);
    other.enrol(world, &next).await.unwrap();
    process(world, &other).await.get_batch_state(reads.clone()).await.unwrap();
    assert_eq!(manages(world).await.replace_neighbour(replaces(&id, true)).await.unwrap().into_inner().token, "");
    assert_eq!(code(process(world, &other).await.get_batch_state(reads).await), Code::Unauthenticated);
    let listed = manages(world).await.list_neighbours(pb::ListNeighboursRequest {}).await.unwrap().into_inner().neighbours;
    assert_eq!((listed.len(), listed[0].keys.len()), (1, 2));
    assert!(listed[0].keys.iter().all(|key| key.revoked_us.is_some()), "{listed:?}");
}

#[tokio::test]
async fn nobody_invites_beyond_their_own_scope_or_permits_what_is_a_persons() {
    let world = World::new().await;
    let (ours, theirs) = (world.site().await, world.site().await);
    let administrator = logged_in(&world, Role::Administrator, &ours.site.site_id).await;
    let mut client = NeighbourServiceClient::new(world.channel(Some(&administrator.access)).await);
    let (own, foreign) = (&ours.site.site_id, &theirs.site.site_id);
    for scope in [foreign.as_str(), "everything", "region/37", "site", ""] {
        assert_eq!(code(client.invite_neighbour(invitation(scope, None)).await), Code::InvalidArgument, "{scope}");
    }
    for kind in ["incident_decided", "identity_decided", "turn_started", "finding_waived", "no_such_kind"] {
        let refused = client.invite_neighbour(invitation(own, permits(&[kind], false))).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("permits.pushes[0]"), "{refused}");
    }
    for system in ["", "省平台", "a b", &"x".repeat(61)] {
        let request = pb::InviteNeighbourRequest { system: (*system).to_owned(), ..invitation(own, None) };
        assert_eq!(code(client.invite_neighbour(request).await), Code::InvalidArgument, "{system}");
    }
    client.invite_neighbour(invitation(own, None)).await.unwrap();
    assert_eq!(code(client.invite_neighbour(invitation(own, None)).await), Code::AlreadyExists);

    let request = pb::InviteNeighbourRequest { system: "scoring".to_owned(), ..invitation(foreign, None) };
    let other = manages(&world).await.invite_neighbour(request).await.unwrap().into_inner().neighbour.unwrap().neighbour_id;
    let listed = client.list_neighbours(pb::ListNeighboursRequest {}).await.unwrap().into_inner().neighbours;
    assert_eq!(listed.iter().map(|it| it.system.as_str()).collect::<Vec<_>>(), [SYSTEM]);
    let nobody = NeighbourId::mint(crate::world::at(0), &*world.archive.random).to_string();
    for id in [&other, &nobody] {
        assert_eq!(code(client.replace_neighbour(replaces(id, true)).await), Code::NotFound);
    }
}
