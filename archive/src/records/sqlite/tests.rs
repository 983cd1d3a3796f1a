use liuhen_proto::world::SeededRandom;

use super::super::sql;
use super::*;

/// A query that walks a whole table is fast in every test and slow in every archive.
#[tokio::test]
async fn no_query_of_every_day_walks_a_table_of_segments_entries_or_windows() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    for statement in [
        sql::COVERAGE_IN,
        sql::SEGMENTS_IN,
        sql::SEGMENT_AT,
        sql::SEALED_AT,
        sql::SEALED_RANGES,
        sql::SESSIONS_OF_STREAM,
        sql::SUBJECTS_OF_RANGE,
        sql::SESSIONS_IN,
        sql::EXPECTATIONS,
        sql::READ_RECEIPT,
        sql::ENTRIES,
        sql::ENTRIES_OF,
        sql::GAPS_OF,
        sql::GAP_AT,
        sql::RECORDER_BY_TOKEN,
        sql::STREAM_PLACE,
        sql::STREAM_FOOTAGE,
        sql::JUDGEMENT_OF_SITE,
        sql::FLAG,
        sql::FLAGS_IN,
        sql::STILLS_IN,
        sql::LEVELS_IN,
        sql::KEY_BY_PUBLIC,
        sql::IMPORTS_OF,
        sql::IMPORT_REVISIONS,
    ] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&records.writer).await.unwrap();
        let scans: Vec<_> = plan.iter().filter(|(.., step)| step.starts_with("SCAN") && !step.contains("(subquery")).collect();
        assert!(scans.is_empty(), "{statement}\n{plan:#?}");
    }
    for (statement, covering) in [(sql::COVERAGE_IN, "COVERING "), (sql::SEGMENTS_IN, "")] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&records.writer).await.unwrap();
        let steps = plan.iter().map(|(.., step)| step.as_str()).collect::<Vec<_>>().join("\n");
        let usual = format!("{covering}INDEX segment_by_time (stream=? AND start_us>? AND start_us<?)");
        let long = format!("{covering}INDEX segment_long (stream=? AND start_us<?)");
        assert!(steps.contains(&usual) && steps.contains(&long), "{steps}");
    }
}

/// What is committed is on the disk: the two settings that it depends on.
#[tokio::test]
async fn a_commit_is_durable() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let (journal,): (String,) = sqlx::query_as("PRAGMA journal_mode").fetch_one(&records.writer).await.unwrap();
    let (synchronous,): (i64,) = sqlx::query_as("PRAGMA synchronous").fetch_one(&records.writer).await.unwrap();
    assert_eq!((journal.as_str(), synchronous), ("wal", 2));
    assert!(sqlx::query("DELETE FROM head").execute(&records.readers).await.is_err(), "readers cannot write");
}
