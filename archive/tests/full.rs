//! A case has an end: so many facts, and a clear word to whoever tells one more.

#[path = "conformance/world.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of the world")]
mod world;

#[path = "conformance/process.rs"]
#[expect(dead_code, reason = "the conformance suite uses more of it")]
mod process;

use std::sync::Arc;

use liuhen_archive::Error;
use liuhen_archive::records::{MAX_FACTS, MAX_PUSHED_FACTS, NewFact, Source, Sqlite};
use liuhen_process::case::CaseId;
use liuhen_process::text::Text;
use liuhen_proto::world::SeededRandom;
use liuhen_proto::{Code, Problem};
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};
use world::World;

/// Of a case that is full nothing more is recorded, and its number of facts stays; systems come to the end sooner than
/// persons, who have to seal it.
#[tokio::test]
async fn nothing_more_is_told_of_a_full_case() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("liuhen.db");
    let world = World::on(Arc::new(Sqlite::open(&path, Arc::new(SeededRandom::new(1))).await.unwrap())).await;
    let planned = process::planned(&world).await;
    let case = CaseId::Session(planned.session);
    let mut database = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let mut fill = async |facts: u64| {
        let fills = sqlx::query("UPDATE case_file SET facts = $1 WHERE id = $2");
        fills.bind(i64::try_from(facts).unwrap()).bind(case.to_string()).execute(&mut database).await.unwrap();
    };
    let seen = json!({ "fact": "outside_event_seen", "event": "operation_log", "reference": "CBT-1" });
    let tell = async |source: Option<Source>| {
        let told = NewFact { source, ..process::new(process::fact(seen.clone())) };
        world.records.record_fact(&world.act(5), case, told).await.map(|_| ())
    };
    let pushed = Source { system: Text::new("cbt").unwrap(), id: Text::new("1").unwrap() };

    fill(MAX_FACTS).await;
    let refused = tell(None).await.unwrap_err();
    assert!(matches!(refused, Error::Full { most: MAX_FACTS, .. }), "{refused}");
    let problem = Problem::from(refused);
    assert_eq!(problem.code(), Code::FailedPrecondition);
    assert!(problem.message().contains("200000 facts") && problem.message_zh().contains("上限 200000"), "{problem:?}");

    fill(MAX_PUSHED_FACTS).await;
    let refused = tell(Some(pushed)).await.unwrap_err();
    assert!(matches!(refused, Error::Full { most: MAX_PUSHED_FACTS, .. }), "{refused}");
    let told = tell(None).await;
    assert!(!matches!(told, Err(Error::Full { .. })), "{told:?}");

    let counted = sqlx::query_as("SELECT facts FROM case_file WHERE id = $1").bind(case.to_string());
    let (facts,): (i64,) = counted.fetch_one(&mut database).await.unwrap();
    assert_eq!(facts, i64::try_from(MAX_PUSHED_FACTS + u64::from(told.is_ok())).unwrap());
}
