//! Many facts told at once.

use liuhen_archive::Error;
use liuhen_archive::records::{NewFact, Source};
use liuhen_process::case::CaseId;
use liuhen_process::text::Text;
use liuhen_proto::ids::CandidateId;
use serde_json::json;

use crate::process::{enrols, fact, new, plan};
use crate::world::{World, at};

/// A row of a file, which names itself.
fn row(world: &World, number: u32, seen: u64) -> NewFact {
    let enrolled = enrols(CandidateId::mint(at(0), &world.random), &format!("A{number:07}"));
    let source = Source { system: Text::new("sheet:x").unwrap(), id: Text::new(format!("abc/{number}")).unwrap() };
    NewFact { source: Some(source), seen: Some(seen), ..new(fact(enrolled)) }
}

pub(crate) async fn many_facts_are_recorded_all_or_none(world: &World) {
    let batch = world.records.create_batch(&world.act(0), world.site.organization).await.unwrap().value;
    let case = CaseId::Batch(batch);
    let facts = async || world.records.known(case).await.unwrap().map_or(0, |known| known.facts);
    world.records.record_fact(&world.act(1), case, new(fact(plan(world)))).await.unwrap();

    // The third enrols the first once more: none of them stays.
    let (first, second) = (row(world, 2, 1), row(world, 3, 1));
    let again = NewFact { source: row(world, 4, 1).source, ..first.clone() };
    let refused = world.records.record_facts(&world.act(2), case, vec![first.clone(), second.clone(), again]).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    assert_eq!(facts().await, 1);
    assert!(world.records.fact_of_source(first.source.as_ref().unwrap()).await.unwrap().is_none());

    let told = world.records.record_facts(&world.act(3), case, vec![first.clone(), second.clone()]).await.unwrap();
    assert_eq!((told.facts, told.repeated, told.receipt.is_some()), (2, false, true));
    let recorded = world.records.facts(case, 1, 10).await.unwrap();
    assert_eq!(recorded.iter().map(|it| (it.number, &it.fact)).collect::<Vec<_>>(), [(2, &first.fact), (3, &second.fact)]);
    assert_eq!(recorded[1].source, second.source);

    let repeated = world.records.record_facts(&world.act(4), case, vec![first.clone(), second]).await.unwrap();
    assert_eq!((repeated.repeated, repeated.receipt, facts().await), (true, None, 3));
    // Somebody else told something in the meantime.
    let late = world.records.record_facts(&world.act(5), case, vec![row(world, 9, 1)]).await;
    assert!(matches!(late, Err(Error::Conflict { .. })), "{late:?}");
    let none = world.records.record_facts(&world.act(5), case, Vec::new()).await;
    let other = new(fact(json!({ "fact": "staff_arrived", "staff": first_staff(world), "badge_worn": true })));
    let other = world.records.record_facts(&world.act(5), case, vec![other]).await;
    for wrong in [none, other] {
        assert!(matches!(wrong, Err(Error::Invalid { .. })), "{wrong:?}");
    }
    world.log_is_whole().await;
}

fn first_staff(world: &World) -> String {
    liuhen_proto::ids::StaffId::mint(at(0), &world.random).to_string()
}
