//! What a roster of 10,000 candidates costs as a spreadsheet; issue 7 says what it may.
//!
//! An XLSX file goes over gRPC (`SheetService.ImportSheet`): read, every row judged with those before it, all recorded with
//! their entries in the log, in one transaction; on SQLite, which waits for its disk, and on the PostgreSQL of the tests,
//! which does not. What is told apart: reading alone, in this process; reading and judging, as a dry run; all of it.
//! - Peer: openpyxl reads the same file, `executemany` writes its rows into a plain table with two unique keys; in
//!   PostgreSQL one statement a row, in one transaction. Nothing is judged, sealed or logged.
//! - Limit: 10 s for all of it.
//!
//! `./dev bench sheets [candidates]`. Prints a table and one line of JSON; exits 1 beyond the limit.

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/api/film.rs"]
mod film;
#[expect(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../tests/api/people.rs"]
mod people;
#[path = "../../archive/tests/conformance/postgres.rs"]
mod postgres;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/api/world.rs"]
mod world;

use std::path::Path;
use std::process::Command;

use liuhen_archive::records::{Act, NewFact, NewOrganization, OrganizationKind, Role};
use liuhen_process::case::{Breach, CaseId};
use liuhen_process::text::Text;
use liuhen_proto::BootTime;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::wire::session::v1::sheet_service_client::SheetServiceClient;
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_sheets::annex::ROSTER;
use liuhen_sheets::form::fill;
use liuhen_sheets::writer::{Page, to_xlsx};
use serde_json::json;
use sqlx::Connection as _;

use crate::world::{Connection, Told, World};

const LIMIT_SECONDS: f64 = 10.0;

fn main() {
    let candidates = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let holds = runtime.block_on(bench(candidates));
    // What is measured is done; open connections need not be waited for.
    runtime.shutdown_background();
    std::process::exit(i32::from(!holds));
}

async fn bench(candidates: usize) -> bool {
    let file = roster(candidates);
    println!("a roster of {candidates} candidates, XLSX of {} kB, seconds", file.len() / 1000);
    let started = SystemClock.boot_now();
    let filled = fill(&liuhen_sheets::read(&file).expect("a workbook"), &ROSTER, None).expect("a roster");
    let reading = seconds(started);
    assert_eq!(filled.entries.len(), candidates);
    println!("                 reading   and judging   all of it   peer: reading   writing");

    let url = postgres::database().await.expect("PostgreSQL is installed: ./dev setup");
    let peer_url = postgres::database().await.expect("PostgreSQL is installed: ./dev setup");
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory on the disk that is built on");
    let peer = peer(directory.path(), &file);
    let (mut holds, mut told) = (true, serde_json::Map::new());
    for name in ["sqlite", "postgresql"] {
        let database = (name == "postgresql").then(|| url.clone());
        let world = World::start(Told { database, sqlite: Some(directory.path().join("ours.db")), ..Told::default() }).await;
        let (dry, whole) = import(&world, candidates, &file).await;
        let writing = if name == "sqlite" { peer.1 } else { peer_in_postgres(&peer_url, directory.path()).await };
        println!("  {name:<12} {reading:>9.2} {dry:>13.2} {whole:>11.2} {:>15.2} {writing:>9.2}", peer.0);
        holds &= whole <= LIMIT_SECONDS;
        let ours = json!({ "reading": reading, "reading_and_judging": dry, "all": whole });
        told.insert(name.to_owned(), json!({ "ours_s": ours, "peer_s": { "reading": peer.0, "writing": writing } }));
    }
    println!("  limit        {LIMIT_SECONDS:>35.2}   {}", if holds { "holds" } else { "BROKEN" });
    println!("{}", json!({ "bench": "sheets", "candidates": candidates, "on": told, "limit_s": LIMIT_SECONDS, "holds": holds }));
    holds
}

fn seconds(started: BootTime) -> f64 {
    SystemClock.boot_now().since(started).as_secs_f64()
}

/// Names, resident identity numbers whose check character fits (GB 11643), tickets, employers.
fn roster(candidates: usize) -> Vec<u8> {
    let row = |place: usize| {
        let (day, order) = (place % 10_000, place / 10_000);
        let digits = format!("370402{}{:02}{:02}{:03}", 1960 + day / 200, 1 + day / 20 % 10, 1 + day % 20, order % 1_000);
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: usize = digits.bytes().zip(weights).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
        let check = char::from(b"10X98765432"[sum % 11]);
        let (number, ticket) = (format!("{digits}{check}"), format!("2026{place:07}"));
        vec![format!("王志芳{place}"), number, ticket, "枣庄某机械有限公司".to_owned(), "四级/中级工".to_owned()]
    };
    let headings = ["姓名", "证件号码", "准考证号", "工作单位", "申报等级"].map(str::to_owned).to_vec();
    let rows = (0..candidates).map(row).collect();
    to_xlsx(&Page { title: "考生名册".to_owned(), headings, rows, ..Page::default() }).expect("a workbook")
}

/// Reading and judging; all of it.
async fn import(world: &World, candidates: usize, file: &[u8]) -> (f64, f64) {
    let batch = batch(world, candidates).await;
    let access = people::logged_in(world, Role::Registrar, "everything").await.access;
    let mut sheets = SheetServiceClient::new(world.channel(Some(&access)).await);
    let request = |dry_run| pb::ImportSheetRequest {
        case_id: batch.to_string(),
        form: pb::SheetForm::Roster.into(),
        file: file.to_vec(),
        dry_run,
        ..<_>::default()
    };
    let dry = take(&mut sheets, request(true), candidates).await;
    (dry, take(&mut sheets, request(false), candidates).await)
}

async fn take(sheets: &mut SheetServiceClient<Connection>, request: pb::ImportSheetRequest, candidates: usize) -> f64 {
    let started = SystemClock.boot_now();
    let taken = sheets.import_sheet(request).await.expect("an answer").into_inner();
    let took = seconds(started);
    let is_whole = taken.taken && taken.rows as usize == candidates && taken.facts as usize == candidates && !taken.repeated;
    assert!(is_whole, "{:?}", taken.troubles.first());
    took
}

/// A batch with its plan and nobody in it.
async fn batch(world: &World, candidates: usize) -> CaseId {
    let (records, act): (_, Act) = (&world.archive.records, world.act());
    let new = NewOrganization { name: "枣庄某培训学校".to_owned(), kind: OrganizationKind::SocialOrg };
    let organization = records.create_organization(&act, new).await.expect("an organisation").value.id;
    let batch = CaseId::Batch(records.create_batch(&act, organization).await.expect("a batch").value);
    let fact = serde_json::from_value(json!({
        "fact": "batch_planned", "organization": organization, "name": "20261122枣庄某培训学校第1期社会化评价",
        "responsible": "张负责", "occupation": { "code": "6-18-01-01", "name": "车工" }, "levels": ["4"],
        "assessment": "result", "held": { "first": "2026-11-22", "last": "2026-11-22" }, "headcount": candidates,
        "subjects": [{ "subject": "theory", "weight_permille": 1000, "minutes": 90, "by_computer": true }],
    }));
    // No announcement and no filing stand behind this plan.
    let breach = Breach { reason: Text::new("基准测试").expect("short"), site_head: Text::new("李站长").expect("short") };
    let fact = fact.expect("a fact");
    let new = NewFact { fact, elsewhere: None, breach: Some(breach), source: None, seen: None };
    records.record_fact(&act, batch, new).await.expect("it is taken");
    batch
}

/// Seconds of reading and of writing into SQLite.
fn peer(directory: &Path, file: &[u8]) -> (f64, f64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let ours = root.join(".dev/python/bin/python3");
    let python = if ours.is_file() { ours } else { "python3".into() };
    let roster = directory.join("roster.xlsx");
    std::fs::write(&roster, file).expect("room on the disk");
    let script = root.join("tests/python/roster_peer.py");
    let printed = Command::new(python).arg("-B").arg(script).arg(roster).arg(directory).output().expect("python3 is there");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let told: serde_json::Value = serde_json::from_slice(&printed.stdout).expect("a line of JSON");
    (told["read"].as_f64().expect("seconds"), told["write"].as_f64().expect("seconds"))
}

/// Seconds of writing what the peer read.
async fn peer_in_postgres(url: &str, directory: &Path) -> f64 {
    let rows = std::fs::read_to_string(directory.join("rows.tsv")).expect("the peer wrote it");
    let mut database = sqlx::PgConnection::connect(url).await.expect("PostgreSQL answers");
    let table = "CREATE TABLE plain_roster (name TEXT NOT NULL, number TEXT NOT NULL UNIQUE, ticket TEXT UNIQUE, \
         employer TEXT, level TEXT NOT NULL)";
    sqlx::query(table).execute(&mut database).await.expect("a table");
    let started = SystemClock.boot_now();
    let mut tx = database.begin().await.expect("a transaction");
    for row in rows.lines() {
        let mut insert = sqlx::query("INSERT INTO plain_roster VALUES ($1, $2, $3, $4, $5)");
        for cell in row.split('\t') {
            insert = insert.bind(cell.to_owned());
        }
        insert.execute(&mut *tx).await.expect("a row");
    }
    tx.commit().await.expect("they are written");
    seconds(started)
}
