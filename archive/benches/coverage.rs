//! What the coverage of one session costs in a large archive, beside what the database alone takes to
//! find the same rows; design.md section 11 says what it may.
//!
//! Synthetic segments of a minute, of 1000 cameras that recorded at the same time, in the order in which
//! they would have come in; only rows that coverage reads are there (no log, no objects). Sessions of four
//! viewpoints and three hours, each at another time in other rooms.
//! - Ours: `coverage::read`, from the session's id to what is missing.
//! - Peer: one connection that counts and sums the same rows by the same index, in plain SQL.
//! - Limit: p99 of ours 20 ms.
//!
//! `./dev bench coverage [segments]`, 10 million where none are given. Prints a table and one line of JSON;
//! exits 1 beyond the limit or where coverage is wrong.

use std::path::Path;
use std::sync::Arc;

use liuhen_archive::records::{
    Act, CameraKind, ExpectedWindow, NewCamera, NewOrganization, NewRoom, NewSession, NewSite, NewViewpoint, OrganizationKind,
    RoomKind, Session, Sqlite,
};
use liuhen_archive::{Archive, Live, Objects, coverage, names};
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{NodeId, RunId, SiteId, StreamId, ViewpointId};
use liuhen_proto::index::{KindCoverage, pack_coverage};
use liuhen_proto::world::{Clock as _, ManualClock, Randomness as _, SeededRandom, SystemClock};
use liuhen_proto::{Interval, Principal, Span, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};

const CAMERAS: usize = 1000;
const VIEWPOINTS: usize = 4;
/// A session of three hours, and a run.
const SESSION_MINUTES: i64 = 180;
const SESSIONS: usize = 300;
const MINUTE_US: i64 = 60_000_000;
const LIMIT_MS: f64 = 20.0;
/// 2026-01-01T00:00:00Z.
const BEGIN: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn main() {
    let segments: i64 = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(10_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    std::process::exit(i32::from(!runtime.block_on(bench(segments))));
}

async fn bench(segments: i64) -> bool {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory on the disk that is built on");
    let minutes = (segments / CAMERAS as i64).max(2 * SESSION_MINUTES);
    let now = BEGIN.after(Span::from_micros(minutes * MINUTE_US));
    let (archive, records) = open(directory.path(), now).await;
    let (site, cameras) = declare(&archive).await;
    // Loading without a journal needs the file for itself.
    records.close().await;
    let started = SystemClock.boot_now();
    let rows = load(directory.path(), &cameras, minutes).await;
    println!("{rows} segments of {CAMERAS} cameras loaded in {:.0} s", SystemClock.boot_now().since(started).as_secs_f64());
    let (archive, _) = open(directory.path(), now).await;
    let sessions = sessions(&archive, site, &cameras, minutes).await;

    let mut database = connect(directory.path(), true).await;
    explain(&mut database).await;
    let (mut ours, mut peer, mut right) = (Vec::new(), Vec::new(), true);
    // Side by side: each session by both, who is first by turns.
    for (n, (session, streams)) in sessions.iter().enumerate() {
        for turn in [n, n + 1] {
            if turn.is_multiple_of(2) {
                let started = SystemClock.boot_now();
                let found = coverage::read(&archive, session.id).await.expect("coverage can be read");
                ours.push(millis(started));
                let tracks = found.viewpoints.iter().flat_map(|viewpoint| &viewpoint.tracks);
                right &= found.viewpoints.len() == VIEWPOINTS && tracks.clone().count() == 2 * VIEWPOINTS;
                right &= tracks.clone().all(|track| track.covered == [session.exam] && track.missing.is_empty());
            } else {
                let started = SystemClock.boot_now();
                let counted = count(&mut database, session, streams).await;
                peer.push(millis(started));
                right &= counted == VIEWPOINTS as i64 * SESSION_MINUTES;
            }
        }
    }
    report(rows, &mut ours, &mut peer, right)
}

fn millis(started: liuhen_proto::BootTime) -> f64 {
    SystemClock.boot_now().since(started).as_secs_f64() * 1e3
}

fn report(rows: u64, ours: &mut [f64], peer: &mut [f64], right: bool) -> bool {
    let mut at = |share: f64| {
        let of = |times: &mut [f64]| {
            times.sort_by(f64::total_cmp);
            times[((times.len() - 1) as f64 * share).round() as usize]
        };
        (of(ours), of(peer))
    };
    let ((ours_p50, peer_p50), (ours_p99, peer_p99)) = (at(0.5), at(0.99));
    let holds = right && ours_p99 <= LIMIT_MS;
    println!("coverage of {SESSIONS} sessions ({VIEWPOINTS} viewpoints, {} h) among {rows} segments, ms", SESSION_MINUTES / 60);
    println!("            p50     p99");
    println!("  ours  {ours_p50:>7.2} {ours_p99:>7.2}");
    println!("  peer  {peer_p50:>7.2} {peer_p99:>7.2}   counting the same rows in plain SQL");
    println!("  limit         {LIMIT_MS:>7.2}   {}", if holds { "holds" } else { "BROKEN" });
    let json = serde_json::json!({
        "bench": "coverage", "segments": rows, "sessions": SESSIONS, "ours_p50_ms": ours_p50, "ours_p99_ms": ours_p99,
        "peer_p50_ms": peer_p50, "peer_p99_ms": peer_p99, "limit_p99_ms": LIMIT_MS, "right": right, "holds": holds,
    });
    println!("{json}");
    holds
}

async fn open(directory: &Path, now: Timestamp) -> (Archive, Arc<Sqlite>) {
    let random = Arc::new(SeededRandom::new(now.as_micros().unsigned_abs()));
    let records = Arc::new(Sqlite::open(&directory.join("liuhen.db"), random.clone()).await.expect("a database"));
    let objects = Objects::open(&directory.join("objects")).expect("a directory");
    let clock = Arc::new(ManualClock::at(now));
    (Archive { records: records.clone(), objects, live: Live::new(now), clock, random }, records)
}

fn act(archive: &Archive) -> Act {
    Act::new(Principal::Node(NodeId::mint(BEGIN, &*archive.random)), BEGIN)
}

async fn declare(archive: &Archive) -> (SiteId, Vec<(ViewpointId, StreamId)>) {
    let (act, name) = (act(archive), || "bench".to_owned());
    let new = NewOrganization { name: name(), kind: OrganizationKind::Enterprise };
    let organization = archive.records.create_organization(&act, new).await.expect("declared").value.id;
    let site =
        archive.records.create_site(&act, NewSite { organization, name: name(), region: None }).await.expect("declared").value.id;
    let room = NewRoom { site, name: name(), kind: RoomKind::Theory };
    let room = archive.records.create_room(&act, room).await.expect("declared").value.id;
    let mut cameras = Vec::with_capacity(CAMERAS);
    for _ in 0..CAMERAS {
        let new = NewViewpoint { room, name: name(), required: true, sound_required: true, sound_only: false, seats: Vec::new() };
        let viewpoint = archive.records.create_viewpoint(&act, new).await.expect("declared").value.id;
        let new = NewCamera { viewpoint, name: name(), has_viewing_stream: false, kind: CameraKind::Camera };
        cameras.push((viewpoint, archive.records.create_camera(&act, new).await.expect("declared").value.evidence));
    }
    (site, cameras)
}

async fn connect(directory: &Path, read_only: bool) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(directory.join("liuhen.db")).read_only(read_only);
    let options =
        if read_only { options } else { options.journal_mode(SqliteJournalMode::Off).synchronous(SqliteSynchronous::Off) };
    SqliteConnection::connect_with(&options).await.expect("the database opens")
}

/// Fills the table of segments, minute by minute over all cameras, as they would have come in.
async fn load(directory: &Path, cameras: &[(ViewpointId, StreamId)], minutes: i64) -> u64 {
    let mut database = connect(directory, false).await;
    let prepare = "PRAGMA cache_size = -1000000; PRAGMA temp_store = MEMORY; \
        CREATE TEMP TABLE minute (n INTEGER PRIMARY KEY, start_us, coverage); \
        CREATE TEMP TABLE recording (block, stream, run, month, PRIMARY KEY (block, stream)) WITHOUT ROWID; BEGIN";
    sqlx::raw_sql(prepare).execute(&mut database).await.expect("prepared");
    for n in 0..minutes {
        let start = BEGIN.after(Span::from_micros(n * MINUTE_US));
        let insert = sqlx::query("INSERT INTO minute VALUES ($1, $2, $3)").bind(n).bind(start.as_micros());
        insert.bind(minute(start)).execute(&mut database).await.expect("a minute");
    }
    let random = SeededRandom::new(2);
    for block in 0..=minutes / SESSION_MINUTES {
        for (_, stream) in cameras {
            let run = RunId::mint(BEGIN.after(Span::from_micros(block * SESSION_MINUTES * MINUTE_US)), &random);
            let insert = sqlx::query("INSERT INTO recording VALUES ($1, $2, $3, $4)").bind(block).bind(stream.to_string());
            insert.bind(run.to_string()).bind(names::month(run)).execute(&mut database).await.expect("a run");
        }
    }
    let fill = "INSERT INTO segment SELECT month, run, n % 180 * 30, n % 180 * 30 + 29, stream, start_us, start_us + 60000000, coverage, \
        'media/2026/01/01/site_01M808TWZZ0NBTWXVZ54WDEN4Y/cam_01M808TWZZA93S9RTA1VZY272R-' || stream || '/' || run || '-' \
        || (n % 180 * 30) || '-' || (n % 180 * 30 + 29) || '-01234567.mp4', \
        15000000, randomblob(32), randomblob(32), FALSE, stream \
        FROM minute CROSS JOIN recording ON block = n / 180 ORDER BY n";
    let rows = sqlx::query(fill).execute(&mut database).await.expect("segments").rows_affected();
    sqlx::raw_sql("COMMIT; PRAGMA journal_mode = WAL").execute(&mut database).await.expect("committed");
    database.close().await.expect("closed");
    // What loading left to be written is not what is measured.
    let file = std::fs::File::open(directory.join("liuhen.db")).expect("the database is there");
    file.sync_all().expect("the disk writes");
    rows
}

/// What a minute of picture and sound adds to coverage.
fn minute(start: Timestamp) -> Vec<u8> {
    let interval = Interval::new(start, start.after(Span::from_micros(MINUTE_US))).expect("a minute is some time");
    let kind = |kind| KindCoverage {
        kind,
        covered: vec![interval],
        longest_fragment: Span::from_secs(2),
        lost_packets: 0,
        damaged: Vec::new(),
    };
    pack_coverage(&[kind(TrackKind::Video), kind(TrackKind::Audio)])
}

async fn sessions(
    archive: &Archive,
    site: SiteId,
    cameras: &[(ViewpointId, StreamId)],
    minutes: i64,
) -> Vec<(Session, Vec<StreamId>)> {
    let (act, random) = (act(archive), SeededRandom::new(3));
    let below = |limit: i64| {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        i64::from_le_bytes(bytes).rem_euclid(limit)
    };
    let mut sessions = Vec::with_capacity(SESSIONS);
    for _ in 0..SESSIONS {
        let start = BEGIN.after(Span::from_micros(below(minutes - SESSION_MINUTES) * MINUTE_US));
        let exam = Interval::new(start, start.after(Span::from_micros(SESSION_MINUTES * MINUTE_US))).expect("three hours");
        let first = usize::try_from(below((CAMERAS - VIEWPOINTS) as i64)).expect("it is not negative");
        let rooms = &cameras[first..first + VIEWPOINTS];
        let windows = rooms.iter().map(|(viewpoint, _)| ExpectedWindow { viewpoint: *viewpoint, interval: exam }).collect();
        let new = NewSession { site, name: "bench".to_owned(), exam, windows };
        let session = archive.records.create_session(&act, new).await.expect("declared").value;
        sessions.push((session, rooms.iter().map(|(_, stream)| *stream).collect()));
    }
    sessions
}

const COUNT: &str = "SELECT count(*), sum(end_us - start_us), sum(length(coverage)) FROM segment \
    WHERE stream = $1 AND start_us > $2 - 180000000 AND start_us < $3 AND end_us > $2";

async fn count(database: &mut SqliteConnection, session: &Session, streams: &[StreamId]) -> i64 {
    let mut counted = 0;
    for stream in streams {
        let query = sqlx::query_as::<_, (i64, i64, i64)>(COUNT).bind(stream.to_string());
        let query = query.bind(session.exam.start().as_micros()).bind(session.exam.end().as_micros());
        counted += query.fetch_one(&mut *database).await.expect("counted").0;
    }
    counted
}

async fn explain(database: &mut SqliteConnection) {
    let plan = sqlx::query_as::<_, (i64, i64, i64, String)>(concat!(
        "EXPLAIN QUERY PLAN ",
        "SELECT count(*) FROM segment WHERE stream = 'x' AND start_us > 1 AND start_us < 2 AND end_us > 1"
    ));
    for (.., step) in plan.fetch_all(database).await.expect("explained") {
        println!("plan of the peer: {step}");
    }
}
