//! Facts by what they name: those of many at once, and numbers of certificates across batches.

use std::sync::Arc;

use liuhen_archive::records::{MAX_ROWS, NewOrganization, OrganizationKind};
use liuhen_archive::{Error, Records};
use liuhen_process::case::CaseId;
use liuhen_process::fact::key::Key;
use liuhen_process::rule::Refused;
use liuhen_proto::Sha256;
use liuhen_proto::ids::{CandidateId, OrganizationId};
use serde_json::{Value as Json, json};

use super::process::{Planned, enrols, fact, new, plan, planned};
use super::results::breach;
use crate::world::{World, at};

const NUMBER: &str = "S000037040001264000001";

fn numbered(candidate: CandidateId, number: &str) -> Json {
    json!({ "fact": "certificate_numbered", "candidate": candidate, "number": number, "reference": "FM-1" })
}

async fn told_all_the_same(world: &World, case: CaseId, told: Json) {
    world.records.record_fact(&world.act(3), case, breach(told)).await.unwrap();
}

/// What names any of many is what names each, and what names several of them is there once.
pub(crate) async fn facts_that_name_any_of_many_are_found_once(world: &World) {
    let (first, second) = (planned(world).await, planned(world).await);
    let keys = [first.candidate, second.candidate].map(Key::Candidate);
    let mut each = Vec::new();
    for key in &keys {
        each.extend(world.records.facts_naming(key, None, MAX_ROWS).await.unwrap());
    }
    each.sort_by_key(|it| (it.case.to_string(), it.number));
    let twice = [keys.as_slice(), &keys].concat();
    let any = world.records.facts_naming_any(&twice, None, MAX_ROWS).await.unwrap();
    assert_eq!(any, each);
    assert_eq!(any.len(), 6, "enrolled, reviewed and seated, each");
    let session = CaseId::Session(first.session);
    let there = world.records.facts_naming_any(&keys, Some(session), MAX_ROWS).await.unwrap();
    assert_eq!(there, world.records.facts_naming(&keys[0], Some(session), MAX_ROWS).await.unwrap());
    assert_eq!(world.records.facts_naming_any(&keys, None, 2).await.unwrap(), each[..2]);
    assert!(world.records.facts_naming_any(&[], None, MAX_ROWS).await.unwrap().is_empty());
    let milestones = world.records.facts_naming(&Key::Milestone, Some(session), MAX_ROWS).await.unwrap();
    assert_eq!(milestones.iter().map(|it| it.fact.kind().as_str()).collect::<Vec<_>>(), ["session_planned"]);
}

/// Who tells a number is shown whose it is elsewhere in the organisation, and no other batch is put together for that.
pub(crate) async fn telling_a_number_puts_no_other_batch_together(world: &World) {
    let (first, second) = (planned(world).await, planned(world).await);
    told_all_the_same(world, CaseId::Batch(first.batch), numbered(first.candidate, NUMBER)).await;
    let case = CaseId::Batch(second.batch);
    let known = world.records.known_for(case, &fact(numbered(second.candidate, NUMBER))).await.unwrap().unwrap();
    assert!(known.view.others.is_empty());
    assert_eq!(known.view.numbers_elsewhere.get(NUMBER), Some(&first.candidate));
    let free = world.records.known_for(case, &fact(numbered(second.candidate, "S000037040001264000002"))).await.unwrap();
    assert!(free.unwrap().view.numbers_elsewhere.is_empty());
    // Its own batch knows by itself.
    let own = fact(numbered(first.candidate, NUMBER));
    let own = world.records.known_for(CaseId::Batch(first.batch), &own).await.unwrap().unwrap();
    assert!(own.view.numbers_elsewhere.is_empty() && own.view.batch.certificates.numbers.contains_key(NUMBER));
    // Of the batches of an organisation who asks about it sees all.
    let organization = world.records.known(CaseId::Organization(world.site.organization)).await.unwrap().unwrap();
    assert_eq!(organization.view.others.len(), 2);

    // What other organisations tell is theirs: numbers begin with their codes.
    let kind = OrganizationKind::SocialOrg;
    let elsewhere = NewOrganization { name: "另一机构".to_owned(), kind };
    let elsewhere = world.records.create_organization(&world.act(0), elsewhere).await.unwrap().value.id;
    let (there, candidate) = batch_of(world, elsewhere).await;
    let known = world.records.known_for(there, &fact(numbered(candidate, NUMBER))).await.unwrap().unwrap();
    assert!(known.view.numbers_elsewhere.is_empty());
}

async fn batch_of(world: &World, organization: OrganizationId) -> (CaseId, CandidateId) {
    let case = CaseId::Batch(world.records.create_batch(&world.act(0), organization).await.unwrap().value);
    let candidate = CandidateId::mint(at(0), &world.random);
    let mut planned = plan(world);
    planned["organization"] = json!(organization);
    for told in [planned, enrols(candidate, "11010519491231002X")] {
        told_all_the_same(world, case, told).await;
    }
    (case, candidate)
}

/// A batch whose candidate passed and stands on the platform: nothing but the number itself is left to judge.
async fn uploaded(world: &World) -> Planned {
    let planned = planned(world).await;
    let (case, all) = (CaseId::Batch(planned.batch), [planned.candidate]);
    let result = json!({ "candidate": planned.candidate, "total": 7_500, "passed": true });
    let signature = json!({ "name": "张负责", "post": "负责人" });
    let released = json!({ "fact": "scores_released", "results": [result], "signature": signature });
    let posted = json!({
        "fact": "notice_posted", "notice": "GS-1", "posted_on": "2026-11-23", "channel": "public", "place": "公示栏",
        "document_sha256": Sha256::of(b"notice"), "candidates": all,
    });
    let uploaded = json!({
        "fact": "results_uploaded", "notice": "GS-1", "uploaded_on": "2026-12-01", "reference": "P-1", "candidates": all,
    });
    for told in [released, posted, uploaded] {
        told_all_the_same(world, case, told).await;
    }
    planned
}

/// Two processes tell the same number of candidates of different batches: one of them is refused.
pub(crate) async fn of_two_batches_that_tell_the_same_number_one_wins(world: &World, second: Arc<dyn Records>) {
    let valid = json!({ "first": "2026-01-01", "last": "2028-12-31" });
    let filed = json!({ "fact": "body_filed", "authority": "人社局", "number": "S000037040001", "valid": valid });
    told_all_the_same(world, CaseId::Organization(world.site.organization), filed).await;
    let (one, other) = (uploaded(world).await, uploaded(world).await);
    let (act, later) = (world.act(5), world.act(6));
    let both = tokio::join!(
        world.records.record_fact(&act, CaseId::Batch(one.batch), new(fact(numbered(one.candidate, NUMBER)))),
        second.record_fact(&later, CaseId::Batch(other.batch), new(fact(numbered(other.candidate, NUMBER)))),
    );
    let outcomes = [both.0, both.1];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    let refused = outcomes.into_iter().find_map(Result::err);
    let Some(Error::Refused(Refused::Blocked(found))) = refused else { panic!("{refused:?}") };
    assert_eq!(found.iter().map(|it| it.rule.as_str()).collect::<Vec<_>>(), ["J3.unique"]);
    world.log_is_whole().await;
}
