//! What is handed out to the supervision service platform: in the outbox with the seal, kept once, answered once.

use std::sync::Arc;

use liuhen_archive::records::{
    ExpectedWindow, HandedOut, MAX_DOCUMENT_BYTES, NewFact, NewOrganization, NewRoom, NewSession, NewSite, NewViewpoint,
    OrganizationKind, PlatformAnswer, Report, RoomKind, SETTLES, SupervisionState,
};
use liuhen_archive::{Error, Records};
use liuhen_process::case::{Breach, CaseId};
use liuhen_process::fact::Fact;
use liuhen_process::text::Text;
use liuhen_proto::ids::SessionId;
use serde_json::json;

use crate::process::{fact, new, planned};
use crate::world::{World, at, between};

const SEALED: i64 = 150 * 60;

/// A planned session is held against the rules, ended and sealed.
async fn seals(world: &World, session: SessionId) {
    let case = CaseId::Session(session);
    let breach = || Some(Breach { reason: Text::new("测试").unwrap(), site_head: Text::new("李站长").unwrap() });
    let begins = NewFact { breach: breach(), ..new(fact(json!({ "fact": "turn_started", "turn": 1 }))) };
    world.records.record_fact(&world.act(0), case, begins).await.unwrap();
    let ends = new(fact(json!({ "fact": "turn_ended", "turn": 1 })));
    world.records.record_fact(&world.act(90 * 60), case, ends).await.unwrap();
    let seals = fact(json!({ "fact": "session_sealed", "signature": { "name": "李站长", "post": "考点负责人" } }));
    world.records.record_fact(&world.act(SEALED), case, NewFact { breach: breach(), ..new(seals) }).await.unwrap();
}

async fn sealed(world: &World) -> SessionId {
    let session = planned(world).await.session;
    seals(world, session).await;
    session
}

async fn newest(world: &World, session: SessionId) -> Report {
    world.records.reports_of(session).await.unwrap().remove(0)
}

fn receipt() -> PlatformAnswer {
    let (reference, received_on) = (Text::new("JG-2026-1").unwrap(), "2026-11-23".parse().unwrap());
    PlatformAnswer::Received { reference, received_on, receipt: b"{\"status\":\"received\"}".to_vec() }
}

fn refusal() -> PlatformAnswer {
    PlatformAnswer::Refused { words: "批次不存在".to_owned(), receipt: b"{\"status\":\"refused\"}".to_vec() }
}

/// How many facts of the session say that it was received.
async fn receipts(world: &World, session: SessionId) -> usize {
    let facts = world.records.facts(CaseId::Session(session), 0, 100).await.unwrap();
    facts.iter().filter(|it| matches!(it.fact, Fact::SessionReceived(_))).count()
}

pub(crate) async fn a_sealed_session_is_in_the_outbox_until_it_is_received(world: &World) {
    let session = planned(world).await.session;
    assert_eq!(world.records.reports_of(session).await.unwrap(), []);
    seals(world, session).await;
    let waiting = newest(world, session).await;
    assert_eq!((waiting.state, waiting.version, waiting.tries), (SupervisionState::Waiting, 1, 0));
    assert_eq!((waiting.since, waiting.next, waiting.key()), (at(SEALED), at(SEALED).after(SETTLES), format!("{session}-1")));
    let due = async |seconds| world.records.reports_due(at(SEALED + seconds), 10).await.unwrap().len();
    assert_eq!((due(599).await, due(600).await), (0, 1));

    // What is kept once stands; too much is refused.
    let (first, other) = (b"{\"a\":1}".to_vec(), b"{\"a\":2}".to_vec());
    let act = world.act(SEALED + 600);
    let much = world.records.keep_document(&act, session, 1, vec![b' '; MAX_DOCUMENT_BYTES + 1]).await;
    assert!(matches!(much, Err(Error::Invalid { field: "document", .. })));
    let kept = world.records.keep_document(&act, session, 1, first.clone()).await.unwrap();
    assert_eq!(world.records.keep_document(&act, session, 1, other).await.unwrap(), kept);
    let (document, made) = kept.document.unwrap();
    assert_eq!((world.records.report_bytes(document.sha256).await.unwrap(), made), (Some(first), at(SEALED + 600)));
    assert!(matches!(world.records.keep_document(&act, session, 2, Vec::new()).await, Err(Error::NotFound(_))));

    let how = |taken, words: &str, seconds| HandedOut { taken, words: words.to_owned(), next: at(SEALED + seconds) };
    let tried = world.records.note_handed_out(&act, session, 1, how(false, "connect", 700)).await.unwrap();
    assert_eq!((tried.state, tried.tries, tried.words.as_str()), (SupervisionState::Waiting, 1, "connect"));
    let sent = world.records.note_handed_out(&act, session, 1, how(true, "", 800)).await.unwrap();
    assert_eq!((sent.state, sent.tries, sent.words.as_str()), (SupervisionState::Sent, 2, ""));
    let away = world.records.note_handed_out(&act, session, 1, how(false, "connect", 900)).await.unwrap();
    assert_eq!(away.state, SupervisionState::Sent, "the platform has it");
    assert_eq!((due(899).await, due(900).await), (0, 1));

    let act = world.act(SEALED + 900);
    let received = world.records.take_answer(&act, session, 1, receipt()).await.unwrap();
    assert_eq!((received.state, received.reference.as_deref()), (SupervisionState::Received, Some("JG-2026-1")));
    assert_eq!(due(1_000_000).await, 0);
    // The receipt is a fact of the session, told by the system, with the answer's digest; once.
    assert_eq!(world.records.take_answer(&act, session, 1, refusal()).await.unwrap(), received);
    assert_eq!(world.records.note_handed_out(&act, session, 1, how(false, "late", 0)).await.unwrap(), received);
    assert_eq!(receipts(world, session).await, 1);
    let facts = world.records.facts(CaseId::Session(session), 0, 100).await.unwrap();
    let told = facts.iter().find_map(|it| match &it.fact {
        Fact::SessionReceived(fact) => Some((it.by.clone(), it.source.clone().unwrap(), fact.document_sha256)),
        _ => None,
    });
    let (by, source, sha256) = told.unwrap();
    assert_eq!((by, sha256), (world.by.to_string(), received.receipt));
    assert_eq!((source.system.as_str(), source.id.to_string()), ("liuhen", format!("supervision/{session}-1")));
    assert!(world.records.report_bytes(sha256.unwrap()).await.unwrap().is_some());
    assert!(world.records.known(CaseId::Session(session)).await.unwrap().unwrap().view.session.received.is_some());
    world.log_is_whole().await;
}

pub(crate) async fn what_is_refused_goes_again_as_the_next_version(world: &World) {
    let session = sealed(world).await;
    let again = async |seconds| world.records.report_again(&world.act(seconds), session, "已更正".to_owned()).await.unwrap();
    // What waits goes at once, and stays what it is.
    let hastened = again(SEALED + 1).await;
    assert_eq!((hastened.version, hastened.next), (1, at(SEALED + 1)));
    let act = world.act(SEALED + 10);
    world.records.keep_document(&act, session, 1, b"{}".to_vec()).await.unwrap();
    let refused = world.records.take_answer(&act, session, 1, refusal()).await.unwrap();
    assert_eq!((refused.state, refused.words.as_str(), &refused.reference), (SupervisionState::Refused, "批次不存在", &None));
    assert_eq!(receipts(world, session).await, 0);

    let next = again(SEALED + 20).await;
    assert_eq!((next.version, next.state, next.document), (2, SupervisionState::Waiting, None));
    assert_eq!(next.asked_by, Some(world.by.to_string()));
    assert_eq!(world.records.reports_due(at(SEALED + 20), 10).await.unwrap(), std::slice::from_ref(&next));
    let listed = world.records.reports(None, 10).await.unwrap();
    assert_eq!(listed, [next.clone(), refused.clone()]);
    assert_eq!(world.records.reports(Some(SupervisionState::Refused), 10).await.unwrap(), [refused]);
    assert!(matches!(world.records.report_again(&act, session, String::new()).await, Err(Error::Invalid { .. })));

    // Somebody tells of the receipt that they were given on paper: nothing waits any more.
    let told = json!({ "fact": "session_received", "reference": "JG-7", "received_on": "2026-11-24" });
    world.records.record_fact(&world.act(SEALED + 30), CaseId::Session(session), new(fact(told))).await.unwrap();
    let received = newest(world, session).await;
    assert_eq!((received.version, received.state, received.reference), (2, SupervisionState::Received, None));
    assert_eq!(world.records.reports_due(at(1_000_000), 10).await.unwrap(), []);
    assert_eq!(again(SEALED + 40).await.version, 3);
    world.log_is_whole().await;
}

pub(crate) async fn who_is_not_bound_hands_nothing_out(world: &World) {
    let act = world.act(0);
    let again = async |session: SessionId| world.records.report_again(&world.act(1), session, "催".to_owned()).await;
    let open = planned(world).await.session;
    assert!(matches!(again(open).await, Err(Error::Invalid { field: "session_id", .. })), "it is not sealed");
    let organization = NewOrganization { name: "企业".to_owned(), kind: OrganizationKind::Enterprise };
    let organization = world.records.create_organization(&act, organization).await.unwrap().value.id;
    let site = NewSite { organization, name: "厂区".to_owned(), region: None };
    let site = world.records.create_site(&act, site).await.unwrap().value.id;
    let room = NewRoom { site, name: "车间".to_owned(), kind: RoomKind::Practical };
    let room = world.records.create_room(&act, room).await.unwrap().value.id;
    let (name, seats) = ("front".to_owned(), Vec::new());
    let viewpoint = NewViewpoint { room, name, required: true, sound_required: true, sound_only: false, seats };
    let viewpoint = world.records.create_viewpoint(&act, viewpoint).await.unwrap().value.id;
    let windows = vec![ExpectedWindow { viewpoint, interval: between(0, 600) }];
    let session = NewSession { site, name: "下午".to_owned(), exam: between(0, 600), windows };
    let session = world.records.create_session(&act, session).await.unwrap().value.id;
    assert!(matches!(again(session).await, Err(Error::Invalid { field: "session_id", .. })), "its pack asks for no platform");
    assert!(matches!(again(world.unknown_session()).await, Err(Error::NotFound(_))));
    assert_eq!(world.records.reports(None, 10).await.unwrap(), []);
}

/// Two processes that hand out the same session are given the same answer; it is told once.
pub(crate) async fn an_answer_is_taken_by_one_of_two(world: &World, second: Arc<dyn Records>) {
    let session = sealed(world).await;
    let act = world.act(SEALED + 600);
    let (first, other) = tokio::join!(
        world.records.keep_document(&act, session, 1, b"{\"a\":1}".to_vec()),
        second.keep_document(&act, session, 1, b"{\"a\":2}".to_vec()),
    );
    assert_eq!(first.unwrap().document, other.unwrap().document);
    let (first, other) =
        tokio::join!(world.records.take_answer(&act, session, 1, receipt()), second.take_answer(&act, session, 1, receipt()));
    assert_eq!(first.unwrap(), other.unwrap());
    assert_eq!(receipts(world, session).await, 1);
    world.log_is_whole().await;
}

/// Rows of every kind that has entries.
pub(crate) async fn all_kinds(world: &World) {
    what_is_refused_goes_again_as_the_next_version(world).await;
}
