//! The supervision service platform: a sealed session is handed out over HTTP to a platform that fails in every way, and as
//! a file; its receipt is a fact. On both databases.

#[path = "supervision/filled.rs"]
mod filled;
#[path = "supervision/platform.rs"]
mod platform;
#[path = "supervision/shape.rs"]
mod shape;
#[path = "supervision/tls.rs"]
mod tls;

use std::sync::Arc;
use std::time::Duration;

use liuhen_api::supervision::{self, Adapter, FileDrop, Http, Supervision};
use liuhen_api::webhook::Secret;
use liuhen_archive::records::{Report, Role, SupervisionState};
use liuhen_process::case::CaseId;
use liuhen_proto::Principal;
use liuhen_proto::ids::{NodeId, SessionId};
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::process_service_client::ProcessServiceClient;
use liuhen_proto::wire::session::v1::supervision_service_client::SupervisionServiceClient;
use pb::OrganizationKind::{Enterprise, SocialOrg};
use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::scene::{NAMES, NUMBERS, Scene, rules};
use super::{postgres, walk};
use crate::world::at;
use platform::{Platform, SECRET, Step, until};

/// When the exam of the scene is sealed, in seconds from nine.
const SEALED: i64 = 16_200;
/// When it is handed out: its last window is over half an hour after the last turn, and its segments are sealed.
const SETTLED: i64 = 18_600;

fn secret() -> Secret {
    Secret::parse(&format!("whsec_{SECRET}")).unwrap()
}

fn http(address: &str) -> Arc<dyn Adapter> {
    let platform = Http::new(address, secret(), tls::trusting(None)).unwrap();
    Arc::new(platform.with_patience(Duration::from_millis(500)))
}

/// A process that hands out until it is stopped.
struct Running {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    fn start(scene: &Scene, adapter: Arc<dyn Adapter>) -> Self {
        let stop = CancellationToken::new();
        let by = Principal::Node(NodeId::mint(at(0), &*scene.world.archive.random));
        let supervision = Supervision { looks: Duration::from_millis(10), ..Supervision::new(adapter) };
        let task = tokio::spawn(supervision::run(supervision, scene.world.archive.clone(), by, stop.clone()));
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

fn session(scene: &Scene) -> SessionId {
    scene.session.parse().unwrap()
}

async fn newest(scene: &Scene) -> Option<Report> {
    scene.world.archive.records.reports_of(session(scene)).await.unwrap().into_iter().next()
}

/// Waits for so many tries; then nothing happens until the clock goes on.
async fn tried(scene: &Scene, tries: u32) -> Report {
    until(&format!("{tries} tries"), async || newest(scene).await.filter(|it| it.tries >= tries)).await
}

async fn calls(scene: &Scene, role: Role) -> SupervisionServiceClient<crate::world::Connection> {
    SupervisionServiceClient::new(scene.world.channel(Some(&scene.person(role).await.access)).await)
}

/// A session of which everything is over.
async fn sealed(kind: pb::OrganizationKind, database: Option<String>) -> Scene {
    let scene = Scene::planned_on(kind, database).await;
    walk(&scene).await;
    scene
}

async fn of_both(test: impl AsyncFn(Scene)) {
    test(sealed(SocialOrg, None).await).await;
    let database = postgres::database().await.expect("PostgreSQL is installed: ./dev setup");
    test(sealed(SocialOrg, Some(database)).await).await;
}

/// Whatever the platform does, the session comes to it, with the same key and the same bytes each time.
async fn a_platform_that_fails(scene: Scene) {
    let faults = [
        Step::Status(500),
        Step::Status(302),
        Step::Hangs,
        Step::SignsWrongly,
        Step::DoesNotSign,
        Step::Rambles,
        Step::Mumbles,
        Step::Status(404),
    ];
    let many = u32::try_from(faults.len()).unwrap();
    let platform = Platform::does(faults.into_iter().chain([Step::Accepts]));
    let address = platform.listen().await;
    let running = Running::start(&scene, http(&address));
    let mut words = Vec::new();
    for tries in 1..=many {
        // The first time its last segments are waited for, then ever longer.
        scene.it_is(SETTLED + 3_700 * i64::from(tries));
        let it = tried(&scene, tries).await;
        assert_eq!((it.state, it.tries), (SupervisionState::Waiting, tries), "{}", it.words);
        words.push(it.words);
    }
    let said = |place: usize, part: &str| assert!(words[place].contains(part), "{words:?}");
    said(0, "500");
    said(1, "302");
    said(2, "does not answer");
    said(3, "not signed");
    said(4, "not signed");
    said(5, "65536 bytes");
    said(6, "cannot be read");
    said(7, "404");
    // It has it, and is asked for its receipt.
    scene.it_is(SETTLED + 3_700 * i64::from(many + 1));
    assert_eq!(tried(&scene, many + 1).await.state, SupervisionState::Sent);
    // Another process goes on where this one was.
    running.stop().await;
    let running = Running::start(&scene, http(&address));
    scene.it_is(SETTLED + 3_700 * i64::from(many + 2));
    let it = tried(&scene, many + 2).await;
    assert_eq!((it.state, it.reference), (SupervisionState::Received, Some(format!("JG-{}-1", scene.session))));
    running.stop().await;
    let came = platform.came();
    assert_eq!(came.len(), 10, "what is received is not sent again");
    assert!(came.iter().all(|it| *it == came[0] && it.genuine), "one key, the same bytes");
    assert_eq!(*platform.astray.lock().unwrap(), 0, "redirects are not followed");
    let facts = scene.world.archive.records.facts(CaseId::Session(session(&scene)), 0, 1000).await.unwrap();
    assert_eq!(facts.iter().filter(|it| it.fact.kind().as_str() == "session_received").count(), 1);
    let report = liuhen_archive::fsck(&scene.world.archive, &mut |_| ()).await.unwrap();
    assert!(report.sound, "{:?}", report.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_comes_to_a_platform_that_fails_in_every_way_once() {
    of_both(a_platform_that_fails).await;
}

/// What the platform was told before a process died is not told under another key, nor otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_stopped_while_the_platform_thinks_loses_and_doubles_nothing() {
    let scene = sealed(SocialOrg, None).await;
    let platform = Platform::does([Step::Hangs]);
    let address = platform.listen().await;
    let patient: Arc<dyn Adapter> = Arc::new(Http::new(&address, secret(), tls::trusting(None)).unwrap());
    let running = Running::start(&scene, patient);
    scene.it_is(SETTLED);
    until("the platform is told", async || (platform.came().len() == 1).then_some(())).await;
    running.stop().await;
    assert_eq!(newest(&scene).await.unwrap().state, SupervisionState::Waiting);
    let running = Running::start(&scene, http(&address));
    let it = until("a receipt", async || newest(&scene).await.filter(|it| it.answered.is_some())).await;
    running.stop().await;
    assert_eq!((it.state, it.tries), (SupervisionState::Received, 1));
    assert_eq!(platform.came()[0], platform.came()[1]);
}

/// A refusal waits for a person, who hands it out again; who may not does not.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_seen_and_handed_out_again_by_who_keeps_records() {
    let scene = sealed(SocialOrg, None).await;
    filled::fill(&scene).await;
    let platform = Platform::does([Step::Refuses("批次未备案")]);
    let running = Running::start(&scene, http(&platform.listen().await));
    scene.it_is(SETTLED);
    until("a refusal", async || newest(&scene).await.filter(|it| it.state == SupervisionState::Refused)).await;
    let mut office = calls(&scene, Role::Registrar).await;
    let refused: i32 = pb::SupervisionState::Refused.into();
    let listed = office.list_reports(pb::ListReportsRequest { state: refused, limit: 0 }).await.unwrap().into_inner().reports;
    assert_eq!(
        (listed.len(), listed[0].words.as_str(), listed[0].key.clone()),
        (1, "批次未备案", format!("{}-1", scene.session))
    );
    assert_eq!((listed[0].next_us, listed[0].receipt_sha256.len()), (None, 32));
    let again = || pb::ResendReportRequest { session_id: scene.session.clone(), reason: "已补备案".to_owned() };
    let denied = calls(&scene, Role::Invigilator).await.resend_report(again()).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let silent = pb::ResendReportRequest { reason: String::new(), ..again() };
    assert_eq!(office.resend_report(silent).await.unwrap_err().code(), Code::InvalidArgument);
    let report = office.resend_report(again()).await.unwrap().into_inner().report.unwrap();
    assert_eq!((report.version, report.state()), (2, pb::SupervisionState::Waiting));
    until("a receipt", async || newest(&scene).await.filter(|it| it.state == SupervisionState::Received)).await;
    running.stop().await;
    let shown = office.get_report(pb::GetReportRequest { session_id: scene.session.clone() }).await.unwrap().into_inner();
    let states: Vec<_> = shown.reports.iter().map(|it| (it.version, it.state())).collect();
    assert_eq!(states, [(2, pb::SupervisionState::Received), (1, pb::SupervisionState::Refused)]);
    let came = platform.came();
    assert_eq!(came.iter().map(|it| it.key.clone()).collect::<Vec<_>>(), [1, 2].map(|n| format!("{}-{n}", scene.session)));
    assert_eq!(shown.document, came[1].body);
    let document: serde_json::Value = serde_json::from_slice(&shown.document).unwrap();
    shape::is_as_documented(&document);
    let streams: Vec<_> = document["viewpoints"].as_array().unwrap().iter().map(|it| &it["streams"][0]).collect();
    let filmed = streams.into_iter().find(|stream| stream["segments"] == 2).expect("one camera has footage");
    let manifests = filled::manifests().map(|sha256| sha256.as_bytes().to_vec()).concat();
    assert_eq!(filmed["manifests_sha256"], liuhen_proto::Sha256::of(&manifests).to_string());
    names_nobody(&scene, &String::from_utf8(shown.document).unwrap());
}

/// No name, no number, and nobody's id.
fn names_nobody(scene: &Scene, document: &str) {
    let people = scene.staff.iter().chain(&scene.candidates).map(String::as_str);
    for person in NAMES.into_iter().chain(NUMBERS).chain(["李站长", "per_", filled::DESCRIPTION]).chain(people) {
        assert!(!document.contains(person), "{person}: {document}");
    }
}

/// The drop has a file for the session, whole; the answer beside it is its receipt.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_dropped_as_a_file_and_its_answer_is_found() {
    of_both(async |scene: Scene| {
        let directory = tempfile::tempdir().unwrap();
        let running = Running::start(&scene, Arc::new(FileDrop::open(directory.path()).unwrap()));
        scene.it_is(SETTLED);
        let sent = tried(&scene, 1).await;
        assert_eq!((sent.state, sent.words.as_str()), (SupervisionState::Sent, ""));
        let name = format!("{}-1.json", scene.session);
        let file = std::fs::read(directory.path().join("reports").join(&name)).unwrap();
        assert_eq!(liuhen_proto::Sha256::of(&file), sent.document.unwrap().0.sha256);
        let document: serde_json::Value = serde_json::from_slice(&file).unwrap();
        assert_eq!(document["key"], format!("{}-1", scene.session));
        let answer = serde_json::json!({
            "status": "received", "key": document["key"], "reference": "JG-9", "received_on": "2026-11-22",
        });
        std::fs::write(directory.path().join("answers").join(&name), answer.to_string()).unwrap();
        scene.it_is(SETTLED + 100);
        let received = tried(&scene, 2).await;
        assert_eq!((received.state, received.reference.as_deref()), (SupervisionState::Received, Some("JG-9")));
        running.stop().await;
        assert_eq!(std::fs::read(directory.path().join("reports").join(&name)).unwrap(), file);
    })
    .await;
}

/// A day after the seal the session stands as a finding, until the receipt comes; nobody hands out what no pack asks for.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_nobody_takes_in_is_found_after_a_day() {
    let scene = sealed(SocialOrg, None).await;
    let mut process = scene.as_role(Role::Registrar).await;
    let request = pb::ListFindingsRequest { case_id: scene.session.clone() };
    let found = process.list_findings(request).await.unwrap().into_inner().findings;
    assert!(!rules(&found).contains(&"H2.platform"), "{found:?}");
    scene.it_is(SEALED + 600 + 24 * 3_600);
    // Logins do not last for a day.
    let registrar = crate::people::logged_in(&scene.world, Role::Registrar, "everything").await;
    let channel = scene.world.channel(Some(&registrar.access)).await;
    let mut process = ProcessServiceClient::new(channel);
    for case in [&scene.session, &scene.batch] {
        let request = pb::ListFindingsRequest { case_id: case.clone() };
        let found = process.list_findings(request).await.unwrap().into_inner().findings;
        let it = found.iter().find(|it| it.rule == "H2.platform").expect("it is not received");
        assert_eq!((it.derived, it.about.as_str()), (true, scene.session.as_str()));
        assert!(it.english.starts_with("not_reported_to_supervision_platform"), "{}", it.english);
    }
    let enterprise = sealed(Enterprise, None).await;
    assert_eq!(newest(&enterprise).await, None);
}
