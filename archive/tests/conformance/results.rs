//! After the exam: a batch sees its sessions and the other batches of its organisation, and of two who amend one wins.

use std::sync::Arc;

use liuhen_archive::records::{Act, NewFact, Recorded, Written};
use liuhen_archive::{Error, Records};
use liuhen_process::case::{Breach, CaseId};
use liuhen_process::finding::Severity;
use liuhen_process::rule::Refused;
use liuhen_process::text::Text;
use liuhen_proto::Principal;
use liuhen_proto::ids::{IncidentId, PersonId, StaffId};
use serde_json::{Value as Json, json};

use super::process::{Planned, fact, new, planned};
use crate::world::{World, at};

const NUMBER: &str = "S000037040001264000001";

async fn tell(world: &World, case: CaseId, told: Json) -> Written<Recorded> {
    world.records.record_fact(&world.act(1), case, new(fact(told))).await.unwrap()
}

/// Told as what happened all the same.
pub(crate) fn breach(told: Json) -> NewFact {
    let breach = Breach { reason: Text::new("测试").unwrap(), site_head: Text::new("李站长").unwrap() };
    NewFact { breach: Some(breach), ..new(fact(told)) }
}

/// The rules that refuse a fact.
async fn refused(world: &World, case: CaseId, told: Json) -> Vec<String> {
    refused_to(world, &world.act(2), case, told).await
}

async fn refused_to(world: &World, act: &Act, case: CaseId, told: Json) -> Vec<String> {
    match world.records.record_fact(act, case, new(fact(told))).await {
        Err(Error::Refused(Refused::Blocked(found))) => {
            let blocking = found.into_iter().filter(|it| it.severity == Severity::Block);
            blocking.map(|it| it.rule).collect()
        }
        other => panic!("{other:?}"),
    }
}

async fn staff(world: &World) -> [StaffId; 3] {
    let all = [(); 3].map(|()| StaffId::mint(at(0), &world.random));
    for staff in all {
        let told = json!({ "fact": "staff_registered", "staff": staff, "name": "赵志强" });
        tell(world, CaseId::Organization(world.site.organization), told).await;
    }
    all
}

/// A batch whose candidate sat, was judged, and whose score was entered and checked.
async fn scored(world: &World) -> (Planned, [StaffId; 3]) {
    let planned = planned(world).await;
    let [examiner, clerk, verifier] = staff(world).await;
    let (batch, candidate) = (CaseId::Batch(planned.batch), planned.candidate);
    let session = CaseId::Session(planned.session);
    tell(world, session, json!({ "fact": "duty_assigned", "staff": examiner, "duty": "supervisor_internal" })).await;
    let checked =
        json!({ "fact": "candidate_checked_in", "candidate": candidate, "turn": 1, "method": "face", "result": "match" });
    tell(world, session, checked).await;
    let sheet = json!({
        "fact": "score_sheet_signed", "candidate": candidate, "subject": "practical", "session": planned.session,
        "examiner": examiner, "centi": 7_500, "signature": { "name": "赵志强", "post": "考评员" },
    });
    tell(world, batch, sheet).await;
    let entered =
        json!({ "fact": "score_entered", "candidate": candidate, "subject": "practical", "centi": 7_500, "clerk": clerk });
    // Two persons are two logins.
    let login = || Act::new(Principal::Person(PersonId::mint(at(0), &world.random)), at(1));
    let (first, second) = (login(), login());
    world.records.record_fact(&first, batch, new(fact(entered))).await.unwrap();
    let verified = json!({ "fact": "scores_verified", "subject": "practical", "verifier": verifier, "candidates": [candidate] });
    assert_eq!(refused_to(world, &first, batch, verified.clone()).await, ["I8.login"]);
    world.records.record_fact(&second, batch, new(fact(verified))).await.unwrap();
    (planned, [examiner, clerk, verifier])
}

fn released(planned: &Planned) -> Json {
    let result = json!({ "candidate": planned.candidate, "total": 7_500, "passed": true });
    json!({ "fact": "scores_released", "results": [result], "signature": { "name": "张负责", "post": "负责人" } })
}

/// What waits in a session of the batch holds the release back, until it is decided there (story 15).
pub(crate) async fn a_batch_sees_what_waits_in_its_sessions(world: &World) {
    let (planned, [supervisor, ..]) = scored(world).await;
    let (batch, session) = (CaseId::Batch(planned.batch), CaseId::Session(planned.session));
    let incident = IncidentId::mint(at(0), &world.random);
    let found = json!({
        "fact": "incident_recorded", "incident": incident, "about": "candidate", "source": "person",
        "candidate": planned.candidate, "description": "发现手机",
    });
    tell(world, session, found).await;
    assert_eq!(refused(world, batch, released(&planned)).await, ["I7.incident"]);
    let decided = json!({
        "fact": "incident_decided", "incident": incident, "supervisor": supervisor, "outcome": "dismissed",
        "reasons": "查无实据", "candidate_heard": true,
    });
    tell(world, session, decided).await;
    tell(world, batch, released(&planned)).await;
    let known = world.records.known(batch).await.unwrap().unwrap();
    assert!(known.view.batch.has_passed(planned.candidate));
    assert_eq!(known.view.sessions.keys().collect::<Vec<_>>(), [&planned.session]);
    world.log_is_whole().await;
}

/// A certificate's number is unique across the batches of the organisation (J3).
pub(crate) async fn a_batch_sees_the_numbers_of_other_batches(world: &World) {
    let numbered = |it: &Planned| json!({ "fact": "certificate_numbered", "candidate": it.candidate, "number": NUMBER, "reference": "FM-1" });
    let first = planned(world).await;
    let told = breach(numbered(&first));
    world.records.record_fact(&world.act(3), CaseId::Batch(first.batch), told).await.unwrap();
    let second = planned(world).await;
    let rules = refused(world, CaseId::Batch(second.batch), numbered(&second)).await;
    assert!(rules.contains(&"J3.unique".to_owned()), "{rules:?}");
    world.log_is_whole().await;
}

/// Two processes amend the same score: it names the one that it supersedes, so one is refused.
pub(crate) async fn of_two_who_amend_a_score_one_wins(world: &World, second: Arc<dyn Records>) {
    let (planned, [_, clerk, verifier]) = scored(world).await;
    let case = CaseId::Batch(planned.batch);
    let known = world.records.known(case).await.unwrap().unwrap();
    let score = *known.view.batch.scores.scores.values().next().unwrap();
    // Who reads it from the records, and not from memory, knows the login as well.
    let read = second.known(case).await.unwrap().unwrap();
    assert!(score.by.is_some() && read.view.batch.scores == known.view.batch.scores, "{score:?}");
    let amended = |centi: u32| {
        new(fact(json!({
            "fact": "score_amended", "candidate": planned.candidate, "subject": "practical", "supersedes": score.fact,
            "centi": centi, "reason": "合分错误", "amended_by": clerk, "approved_by": verifier,
        })))
    };
    let (act, other) = (world.act(5), world.act(6));
    let both =
        tokio::join!(world.records.record_fact(&act, case, amended(7_600)), second.record_fact(&other, case, amended(9_900)));
    let outcomes = [both.0, both.1];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(Error::Refused(Refused::Unfit(_))))), "{outcomes:?}");
    world.log_is_whole().await;
}
