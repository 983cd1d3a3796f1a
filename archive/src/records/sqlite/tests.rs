use liuhen_proto::world::SeededRandom;

use super::super::sql;
use super::*;

/// A query that walks a whole table is fast in every test and slow in every archive.
#[tokio::test]
async fn no_query_of_every_day_walks_a_table_of_segments_entries_or_windows() {
    let directory = tempfile::tempdir().unwrap();
    let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(1))).await.unwrap();
    let any = format!("{}$1, $2){}$3", sql::process::FACTS_NAMING_ANY, sql::process::EACH_ONCE);
    for statement in [
        sql::COVERAGE_IN,
        sql::SEGMENTS_IN,
        sql::SEGMENT_AT,
        sql::SEALED_AT,
        sql::SEALED_RANGES,
        sql::SESSIONS_OF_STREAM,
        sql::SUBJECTS_OF_RANGE,
        sql::SESSIONS_IN,
        sql::SESSIONS_OF_SITE_IN,
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
        sql::process::FACTS_NAMING,
        sql::process::FACTS_NAMING_IN,
        sql::process::FACTS_NAMING_BESIDE,
        any.as_str(),
    ] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&records.writer).await.unwrap();
        let scans: Vec<_> = plan.iter().filter(|(.., step)| step.starts_with("SCAN") && !step.contains("(subquery")).collect();
        assert!(scans.is_empty(), "{statement}\n{plan:#?}");
    }
    // What names something is found by it, and not by going through the facts of its case.
    for statement in [sql::process::FACTS_NAMING_IN, sql::process::FACTS_NAMING_BESIDE] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&records.writer).await.unwrap();
        assert!(plan[0].3.contains("fact_key") && plan[0].3.contains("(key=?"), "{statement}\n{plan:#?}");
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

/// An archive of the first version keeps what it knows: its runs have recorders, its viewpoints are judged as they were.
#[tokio::test]
async fn an_archive_of_the_first_version_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("liuhen.db");
    let all = schema::migrator(schema::Dialect::Sqlite);
    let first =
        sqlx::migrate::Migrator::with_migrations(all.iter().filter(|migration| migration.version == 1).cloned().collect());
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true).foreign_keys(true);
    let old = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    first.run(&old).await.unwrap();
    let at = liuhen_proto::Timestamp::from_micros(1_795_341_600_000_000);
    let random = SeededRandom::new(1);
    let (run, viewpoint) = (liuhen_proto::ids::RunId::mint(at, &random), liuhen_proto::ids::ViewpointId::mint(at, &random));
    let (stream, camera) = (liuhen_proto::ids::StreamId::mint(at, &random), liuhen_proto::ids::CameraId::mint(at, &random));
    let (recorder, boot) = (liuhen_proto::ids::RecorderId::mint(at, &random), liuhen_proto::ids::BootId::mint(at, &random));
    let (site, room) = (liuhen_proto::ids::SiteId::mint(at, &random), liuhen_proto::ids::RoomId::mint(at, &random));
    let rows = format!(
        "INSERT INTO organization VALUES ('org', 'x', 'enterprise'); INSERT INTO site VALUES ('{site}', 'org', 'x');
         INSERT INTO room VALUES ('{room}', '{site}', 'x', 'theory'); INSERT INTO viewpoint VALUES ('{viewpoint}', '{room}', 'x', 1, 1, '');
         INSERT INTO camera VALUES ('{camera}', '{viewpoint}', 'x'); INSERT INTO stream VALUES ('{stream}', '{camera}', 'evidence');
         INSERT INTO recorder VALUES ('{recorder}', '{site}', 'x', x'00', x'00');
         INSERT INTO run VALUES ('{run}', '{stream}', '{recorder}', '{boot}', x'00', 1, 9, 'stopped');
         INSERT INTO late_signature VALUES ('{run}', 0, 1, x'00', x'00', x'00', 'x');"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(rows)).execute(&old).await.unwrap();
    old.close().await;

    let records = Sqlite::open(&file, Arc::new(SeededRandom::new(1))).await.unwrap();
    let found = crate::Records::run(&records, run).await.unwrap().unwrap();
    assert_eq!((found.recorder, found.import, found.end.map(|end| end.fragments)), (Some(recorder), None, Some(9)));
    let found = crate::Records::viewpoint(&records, viewpoint).await.unwrap().unwrap();
    assert_eq!((found.judgement_revision, found.sound_only, found.reference), (0, false, None));
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&records.writer).await.unwrap();
    assert!(broken.is_empty(), "{} references lead nowhere", broken.len());
    let held = sqlx::query("DELETE FROM recorder").execute(&records.writer).await;
    assert!(held.is_err(), "a run still holds its recorder");
}
