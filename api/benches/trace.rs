//! What a trace costs with a million candidates in the archive: from each end, over gRPC; issue 7 says what it may.
//!
//! A batch of 90 candidates is told to the records from plan to closing, and copied with all its rows but those of the log,
//! which a trace does not read; a hundred batches on a hundred days are of one organisation. No footage: what coverage costs
//! among 10 million segments, `./dev bench coverage` tells. One client asks about candidates at random, on SQLite and on the
//! PostgreSQL of the tests; all is in the cache of the system.
//! - Ours: `TraceService.Trace`, from the call to the whole answer. From a minute it is a room: thirty chains.
//! - Peer: the same candidates in plain tables with indexes in the same database, each end by one statement, no server
//!   between.
//! - Limit: p99 of ours 50 ms.
//!
//! `./dev bench trace [--candidates N] [--calls N] [--on sqlite|postgresql]`. Prints a table and one line of JSON; exits 1
//! beyond the limit or where an answer is wrong.

#[path = "trace/copies.rs"]
mod copies;
#[path = "trace/fill.rs"]
mod fill;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/api/film.rs"]
mod film;
#[path = "trace/peer.rs"]
mod peer;
#[expect(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../tests/api/people.rs"]
mod people;
#[path = "../../archive/tests/conformance/postgres.rs"]
mod postgres;
#[path = "trace/template.rs"]
mod template;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/api/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use liuhen_archive::Records;
use liuhen_archive::records::{Postgres, Role, Sqlite};
use liuhen_process::case::CaseId;
use liuhen_proto::wire::review::v1 as review;
use liuhen_proto::wire::review::v1::trace_request::From;
use liuhen_proto::wire::review::v1::trace_service_client::TraceServiceClient;
use liuhen_proto::world::{Clock as _, Randomness as _, SeededRandom, SystemClock};
use serde_json::json;

use crate::copies::{Copy, Template};
use crate::fill::Filling;
use crate::peer::{Peer, since};
use crate::template::Ends;
use crate::world::{Told, World};

/// So many candidates of a batch: three rooms.
const BATCH: usize = 90;
const ENDS: [&str; 5] = ["certificate", "candidate", "ticket", "seat", "minute"];
const LIMIT_MS: f64 = 50.0;
/// Batches are written so many at a time.
const AT_A_TIME: usize = 50;
/// So many calls from each end before any is measured.
const WARM: usize = 20;

struct Arguments {
    candidates: usize,
    calls: usize,
    on: Option<String>,
    /// The file or the address of a database that this process is to fill: its memory is not the server's.
    fill: Option<String>,
}

fn arguments() -> Arguments {
    let mut told = Arguments { candidates: 1_000_000, calls: 2_000, on: None, fill: None };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let mut value = || given.next().unwrap_or_else(|| panic!("{name} needs a value"));
        match name.as_str() {
            "--candidates" => told.candidates = value().parse().expect("a number of candidates"),
            "--calls" => told.calls = value().parse().expect("a number of calls"),
            "--on" => told.on = Some(value()),
            "--fill" => told.fill = Some(value()),
            // Given by cargo.
            "--bench" => {}
            _ => panic!("{name} is not known: --candidates N, --calls N, --on sqlite or postgresql"),
        }
    }
    told
}

fn main() {
    let arguments = arguments();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let holds = runtime.block_on(async {
        match &arguments.fill {
            Some(place) => fill(place, arguments.candidates).await,
            None => bench(&arguments).await,
        }
    });
    // What is measured is done; open connections need not be waited for.
    runtime.shutdown_background();
    std::process::exit(i32::from(!holds));
}

async fn bench(arguments: &Arguments) -> bool {
    let wanted = |name: &str| arguments.on.as_deref().is_none_or(|on| on == name);
    let mut holds = true;
    if wanted("sqlite") {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory on the disk that is built on");
        let file = directory.path().join("liuhen.db");
        let place = file.display().to_string();
        holds &= on("sqlite", arguments, &place, Told { sqlite: Some(file), ..Told::default() }).await;
    }
    if wanted("postgresql") {
        let url = postgres::database().await.expect("PostgreSQL is installed: ./dev setup");
        holds &= on("postgresql", arguments, &url, Told { database: Some(url.clone()), ..Told::default() }).await;
    }
    holds
}

/// Fills a database in a process of its own, and asks it.
async fn on(name: &str, arguments: &Arguments, place: &str, told: Told) -> bool {
    let started = SystemClock.boot_now();
    let program = std::env::current_exe().expect("this program");
    let mut filling = std::process::Command::new(program);
    filling.args(["--fill", place, "--candidates", &arguments.candidates.to_string()]);
    let filled = tokio::task::spawn_blocking(move || filling.stderr(std::process::Stdio::inherit()).output());
    let filled = filled.await.expect("it is waited for").expect("the database is filled");
    assert!(filled.status.success(), "the database could not be filled");
    let ends: Vec<Ends> = serde_json::from_slice(&filled.stdout).expect("what was filled in");
    println!("{name}: {} candidates filled in within {:.0} s", arguments.candidates, since(started).as_secs_f64());

    let mut peer = Peer::open(&told).await;
    let started = SystemClock.boot_now();
    let world = World::start(told).await;
    // All that was told is over: the last certificates were reported three weeks after the exam.
    world.clock.step_wall(40 * 86_400_000_000);
    let access = people::logged_in(&world, Role::Auditor, "everything").await.access;
    let mut client = TraceServiceClient::new(world.channel(Some(&access)).await);
    println!("  the server is ready after {:.1} s", since(started).as_secs_f64());
    are_whole(&*world.archive.records, arguments.candidates, &ends).await;

    let before = memory();
    let mut all = BTreeMap::new();
    let random = SeededRandom::new(7);
    for end in ENDS {
        for call in 0..arguments.calls + WARM {
            let it = whoever(&random, arguments.candidates, &ends);
            let expected = if end == "minute" { neighbours(&it, &ends) } else { 1 };
            let ours = ask(&mut client, end, &it, expected).await;
            let (peers, found) = peer.walk(end, &it).await;
            assert_eq!(found, expected, "the peer, from {end}: {it:?}");
            if call >= WARM {
                let (of_ours, of_peer): &mut (Vec<f64>, Vec<f64>) = all.entry(end).or_default();
                of_ours.push(ours.as_secs_f64() * 1e3);
                of_peer.push(peers.as_secs_f64() * 1e3);
            }
        }
    }
    let after = memory();
    told_of(name, arguments, &mut all, (&before, &after))
}

fn told_of(
    name: &str,
    arguments: &Arguments,
    all: &mut BTreeMap<&str, (Vec<f64>, Vec<f64>)>,
    (before, after): (&BTreeMap<&str, f64>, &BTreeMap<&str, f64>),
) -> bool {
    println!("  {} calls from each end, ms{:>13}p50     p99     max   peer p50     p99     max", arguments.calls, "");
    let mut worst: f64 = 0.0;
    let mut figures = serde_json::Map::new();
    for end in ENDS {
        let Some((ours, peers)) = all.get_mut(end) else { continue };
        let (ours, peers) = ([0.5, 0.99, 1.0].map(|share| at(ours, share)), [0.5, 0.99, 1.0].map(|share| at(peers, share)));
        worst = worst.max(ours[1]);
        println!(
            "  {end:<34} {:>7.2} {:>7.2} {:>7.2}    {:>7.2} {:>7.2} {:>7.2}",
            ours[0], ours[1], ours[2], peers[0], peers[1], peers[2]
        );
        figures.insert(end.to_owned(), json!({ "ours_ms": ours, "peer_ms": peers }));
    }
    let holds = worst <= LIMIT_MS;
    println!("  limit, p99 {LIMIT_MS:>31.2} {}", if holds { "holds" } else { "BROKEN" });
    println!(
        "  memory of server and client: {:.0} MB before, {:.0} MB after, {:.0} MB at most",
        before["VmRSS"], after["VmRSS"], after["VmHWM"]
    );
    let json = json!({
        "bench": "trace", "on": name, "candidates": arguments.candidates, "calls": arguments.calls, "ends": figures,
        "memory_mb": after, "limit_p99_ms": LIMIT_MS, "holds": holds,
    });
    println!("{json}");
    holds
}

fn at(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * share).round() as usize]
}

/// Megabytes of this process: now, and at most.
fn memory() -> BTreeMap<&'static str, f64> {
    let status = std::fs::read_to_string("/proc/self/status").expect("the system tells");
    let field = |name: &'static str| {
        let line = status.lines().find(|line| line.starts_with(name)).expect("the system tells it");
        let kib: f64 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
        (name, kib * 1024.0 / 1e6)
    };
    [field("VmRSS"), field("VmHWM")].into()
}

/// Somebody at random.
fn whoever(random: &SeededRandom, candidates: usize, ends: &[Ends]) -> Ends {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    let number = usize::try_from(u64::from_be_bytes(bytes) % candidates as u64).expect("a number of a candidate");
    // Batches are whole.
    ends[number % ends.len()].of(Copy::new(number / ends.len()))
}

fn neighbours(it: &Ends, ends: &[Ends]) -> usize {
    let place = ends.iter().position(|end| end.ticket[9..] == it.ticket[9..]).expect("somebody of the template");
    ends.iter().filter(|end| end.room == ends[place].room).count()
}

async fn ask(client: &mut TraceServiceClient<world::Connection>, end: &str, it: &Ends, expected: usize) -> Duration {
    let from = match end {
        "certificate" => From::CertificateNumber(it.certificate.clone()),
        "candidate" => From::CandidateId(it.candidate.clone()),
        "ticket" => From::Ticket(it.ticket.clone()),
        "seat" => From::Seat(review::TraceSeat {
            session_id: it.session.clone(),
            room_id: it.room.clone(),
            seat: it.seat.clone(),
            turn: 1,
        }),
        _ => From::Minute(review::TraceMinute { room_id: it.room.clone(), at_us: it.during_us }),
    };
    let request = review::TraceRequest { from: Some(from), purpose: String::new() };
    let started = SystemClock.boot_now();
    let answer = client.trace(request).await.unwrap_or_else(|status| panic!("from {end}, {it:?}: {status}")).into_inner();
    let took = since(started);
    assert_eq!(answer.candidates.len(), expected, "from {end}");
    let found = answer.candidates.iter().find(|found| found.candidate_id == it.candidate).expect("the one who was asked for");
    assert_eq!((&found.batch_id, &found.certificate_number, &found.ticket), (&it.batch, &it.certificate, &it.ticket));
    let wanting: Vec<_> = found.links.iter().filter(|link| !["done", "not_needed"].contains(&link.standing.as_str())).collect();
    assert!(wanting.is_empty() && found.stays.len() == 1, "{wanting:?}");
    took
}

/// Some copies are read as the rules read them: every fact fits those before it.
async fn are_whole(records: &dyn Records, candidates: usize, ends: &[Ends]) {
    let random = SeededRandom::new(9);
    for _ in 0..20 {
        let it = whoever(&random, candidates, ends);
        for case in [&it.batch, &it.session] {
            let case: CaseId = case.parse().expect("a case");
            let known = records.known(case).await.expect("its facts fit").expect("it is there");
            let facts = records.facts(case, known.facts - 1, 2).await.expect("its facts are read");
            assert_eq!(facts.len(), 1, "{case} has as many facts as its row says");
        }
    }
}

/// The template, and all its copies; says on the way how far it is. The ends of the template go out as JSON.
async fn fill(place: &str, candidates: usize) -> bool {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory on the disk that is built on");
    let file = directory.path().join("template.db");
    let ends = template::make(&file, BATCH.min(candidates)).await;
    let template = Template::read(&file).await;
    let mut filling = open(place).await;
    filling.run(peer::TABLES).await;
    let (batches, mut rows) = (candidates.div_ceil(ends.len()), 0);
    for first in (0..batches).step_by(AT_A_TIME) {
        let copies = (first..batches.min(first + AT_A_TIME)).map(Copy::new);
        let mut tables: BTreeMap<usize, copies::Rows> = BTreeMap::new();
        for copy in copies {
            let own: Vec<_> = ends.iter().map(|it| it.of(copy)).collect();
            for (order, more) in template.copy(copy).into_iter().chain(peer::rows(copy, &own)).enumerate() {
                let table = tables.entry(order).or_insert_with(|| copies::Rows { table: more.table, rows: Vec::new() });
                table.rows.extend(more.rows);
            }
        }
        rows += filling.write(&tables.into_values().collect::<Vec<_>>()).await;
        eprint!("\r{} of {batches} batches, {rows} rows", batches.min(first + AT_A_TIME));
    }
    filling.run(peer::INDEXES).await;
    eprintln!("; keys and indexes");
    filling.finish().await;
    let told = serde_json::to_vec(&ends).expect("the ends are text and numbers");
    std::io::stdout().write_all(&told).expect("somebody reads it");
    true
}

/// With the schema of the records, and empty.
async fn open(place: &str) -> Filling {
    let random = Arc::new(SeededRandom::new(1));
    if place.starts_with("postgres:") {
        Postgres::open(place, random).await.expect("PostgreSQL answers").close().await;
        return Filling::postgres(place).await;
    }
    let file: PathBuf = place.into();
    Sqlite::open(Path::new(&file), random).await.expect("a database").close().await;
    Filling::sqlite(&file).await
}
