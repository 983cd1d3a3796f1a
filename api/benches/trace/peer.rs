//! The peer: the same candidates in plain tables with indexes, in the same database, each end by one statement.
//!
//! No file of facts, no sources, nobody's reach, no coverage: what a program would keep that has the chain only. Asked over
//! a connection of its own, without a server between. Always: each statement gives a row for each candidate it finds, with
//! what each link says.

use std::str::FromStr as _;
use std::time::Duration;

use liuhen_proto::BootTime;
use liuhen_proto::world::{Clock as _, SystemClock};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::copies::{Copy, Rows, Value};
use crate::template::{Ends, NINE_US};
use crate::world::Told;

pub(crate) const TABLES: &str = "
    CREATE TABLE plain_batch (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, planned_us BIGINT NOT NULL,
        filed_us BIGINT, confirmed_us BIGINT, frozen_us BIGINT, released_us BIGINT, posted_us BIGINT, uploaded_us BIGINT,
        certificates_us BIGINT, reported_us BIGINT, closed_us BIGINT);
    CREATE TABLE plain_session (id TEXT NOT NULL PRIMARY KEY, batch TEXT NOT NULL, started_us BIGINT, ended_us BIGINT,
        sealed_us BIGINT);
    CREATE TABLE plain_candidate (id TEXT NOT NULL PRIMARY KEY, batch TEXT NOT NULL, name TEXT NOT NULL, ticket TEXT,
        level TEXT NOT NULL, enrolled_us BIGINT NOT NULL, reviewed_us BIGINT);
    CREATE TABLE plain_seat (session TEXT NOT NULL, room TEXT NOT NULL, turn BIGINT NOT NULL, seat TEXT NOT NULL,
        candidate TEXT NOT NULL, PRIMARY KEY (session, room, turn, seat));
    CREATE TABLE plain_presence (candidate TEXT NOT NULL, session TEXT NOT NULL, turn BIGINT NOT NULL, room TEXT NOT NULL,
        checked_us BIGINT, entered_us BIGINT, left_us BIGINT, PRIMARY KEY (candidate, session, turn));
    CREATE TABLE plain_mark (candidate TEXT NOT NULL, subject TEXT NOT NULL, centi BIGINT NOT NULL, marked_us BIGINT,
        confirmed_us BIGINT, PRIMARY KEY (candidate, subject));
    CREATE TABLE plain_certificate (number TEXT NOT NULL PRIMARY KEY, candidate TEXT NOT NULL, numbered_us BIGINT,
        issued_us BIGINT);";
pub(crate) const INDEXES: &str = "
    CREATE INDEX plain_candidate_by_ticket ON plain_candidate (ticket);
    CREATE INDEX plain_seat_by_candidate ON plain_seat (candidate);
    CREATE INDEX plain_presence_by_room ON plain_presence (room, entered_us);
    CREATE INDEX plain_certificate_by_candidate ON plain_certificate (candidate);";

/// All of the chain, for whom a condition finds.
const WALK: &str = "SELECT c.id, c.name, c.ticket, c.level, c.enrolled_us, c.reviewed_us, b.*, s.*, e.*, p.*, m.*, n.* \
    FROM plain_candidate c JOIN plain_batch b ON b.id = c.batch LEFT JOIN plain_seat e ON e.candidate = c.id \
    LEFT JOIN plain_session s ON s.id = e.session \
    LEFT JOIN plain_presence p ON p.candidate = c.id AND p.session = e.session AND p.turn = e.turn \
    LEFT JOIN plain_mark m ON m.candidate = c.id LEFT JOIN plain_certificate n ON n.candidate = c.id WHERE ";

/// What a copy's plain rows are.
pub(crate) fn rows(copy: Copy, ends: &[Ends]) -> Vec<Rows> {
    let at = |seconds: i64| Value::Integer(copy.micros(NINE_US + seconds * 1_000_000));
    let text = |text: &str| Value::Text(text.to_owned());
    let Some(first) = ends.first() else { return Vec::new() };
    let days = [-34, -33, -32, -10, 3, 3, 12, 16, 20, 21].map(|day| at(day * 86_400));
    let batch = [text(&first.batch), text("20261122枣庄某培训学校第1期社会化评价")].into_iter().chain(days).collect();
    let session = vec![text(&first.session), text(&first.batch), at(0), at(5_400), at(5_700)];
    let each = |row: &dyn Fn(&Ends) -> Vec<Value>| ends.iter().map(row).collect::<Vec<_>>();
    let table = |table, rows| Rows { table, rows };
    vec![
        table("plain_batch", vec![batch]),
        table("plain_session", vec![session]),
        table(
            "plain_candidate",
            each(&|it| {
                let (id, ticket) = (text(&it.candidate), text(&it.ticket));
                vec![id, text(&it.batch), text("王志芳"), ticket, text("4"), at(-20 * 86_400), at(-18 * 86_400)]
            }),
        ),
        table(
            "plain_seat",
            each(&|it| vec![text(&it.session), text(&it.room), Value::Integer(1), text(&it.seat), text(&it.candidate)]),
        ),
        table(
            "plain_presence",
            each(&|it| {
                let (who, session, room) = (text(&it.candidate), text(&it.session), text(&it.room));
                vec![who, session, Value::Integer(1), room, at(-1_500), at(-1_495), at(5_000)]
            }),
        ),
        table(
            "plain_mark",
            each(&|it| vec![text(&it.candidate), text("theory"), Value::Integer(7_500), at(86_400), at(2 * 86_400)]),
        ),
        table(
            "plain_certificate",
            each(&|it| vec![text(&it.certificate), text(&it.candidate), at(14 * 86_400), at(18 * 86_400)]),
        ),
    ]
}

/// The condition of an end, and what it is asked with.
fn condition(end: &str, it: &Ends) -> (&'static str, Vec<String>, Option<i64>) {
    match end {
        "certificate" => ("n.number = $1", vec![it.certificate.clone()], None),
        "candidate" => ("c.id = $1", vec![it.candidate.clone()], None),
        "ticket" => ("c.ticket = $1", vec![it.ticket.clone()], None),
        "seat" => {
            let asked = vec![it.session.clone(), it.room.clone(), it.seat.clone()];
            ("e.session = $1 AND e.room = $2 AND e.turn = 1 AND e.seat = $3", asked, None)
        }
        // Nobody stays for more than a day, so entries of a day are looked at.
        _ => {
            let within = "p.room = $1 AND p.entered_us <= $2 AND p.entered_us > $2 - 86400000000 AND p.left_us > $2";
            (within, vec![it.room.clone()], Some(it.during_us))
        }
    }
}

/// Where the peer is asked.
pub(crate) enum Peer {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Peer {
    pub(crate) async fn open(told: &Told) -> Self {
        match (&told.database, &told.sqlite) {
            (Some(url), _) => {
                let options = PgConnectOptions::from_str(url).expect("an address");
                Self::Postgres(PgConnection::connect_with(&options).await.expect("PostgreSQL answers"))
            }
            (None, file) => {
                let options = SqliteConnectOptions::new().filename(file.as_ref().expect("a file")).read_only(true);
                Self::Sqlite(SqliteConnection::connect_with(&options).await.expect("the file opens"))
            }
        }
    }

    /// How long one walk takes, and how many candidates it finds.
    pub(crate) async fn walk(&mut self, end: &str, it: &Ends) -> (Duration, usize) {
        let (condition, texts, number) = condition(end, it);
        let statement = format!("{WALK}{condition}");
        let started = SystemClock.boot_now();
        macro_rules! asked {
            ($database:expr) => {{
                let mut query = sqlx::query(AssertSqlSafe(statement));
                for text in texts {
                    query = query.bind(text);
                }
                if let Some(number) = number {
                    query = query.bind(number);
                }
                query.fetch_all($database).await.expect("the peer answers").len()
            }};
        }
        let found = match self {
            Self::Sqlite(database) => asked!(database),
            Self::Postgres(database) => asked!(database),
        };
        (since(started), found)
    }
}

pub(crate) fn since(started: BootTime) -> Duration {
    Duration::from_secs_f64(SystemClock.boot_now().since(started).as_secs_f64())
}
