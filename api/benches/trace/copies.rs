//! Copies of the template's rows, each with its own ids, tickets, numbers of certificates, days and digests.
//!
//! In: the template's file. Out: rows for each table that a trace reads, as the real path has written them: what differs
//! between two batches has the same length in all, so it is put in its place in the text. Always: a hundred batches share an
//! organisation and its site, on a hundred days. Not here: entries of the log, which a trace does not read.

use std::collections::HashMap;
use std::path::Path;

use liuhen_process::calendar::Date;
use liuhen_proto::Sha256;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Column as _, Connection as _, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

use crate::template::Ends;

/// So many batches of an organisation, each on another day.
pub(crate) const DAYS: usize = 100;
const DAY_MS: u64 = 86_400_000;
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// What belongs to the organisation; other ids belong to the batch, or to nobody here.
const SHARED: &[&str] = &["org", "site", "room", "vp", "cam", "str", "stf"];
const OWN: &[&str] = &["bat", "ses", "cand", "fact"];
/// Tables, and which of their rows are the organisation's; parents first.
const TABLES: &[(&str, &str)] = &[
    ("organization", "TRUE"),
    ("site", "TRUE"),
    ("room", "TRUE"),
    ("viewpoint", "TRUE"),
    ("camera", "TRUE"),
    ("stream", "TRUE"),
    ("batch", "FALSE"),
    ("session", "FALSE"),
    ("expected_window", "FALSE"),
    ("batch_session", "FALSE"),
    ("case_file", "id LIKE 'org%'"),
    ("fact", "case_file LIKE 'org%'"),
    ("body", "sha256 IN (SELECT body FROM fact WHERE case_file LIKE 'org%')"),
    ("fact_key", "case_file LIKE 'org%'"),
];

/// A value of a row.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// Rows of one table.
pub(crate) struct Rows {
    pub(crate) table: &'static str,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// Which copy.
#[derive(Clone, Copy)]
pub(crate) struct Copy {
    batch: usize,
}

impl Copy {
    pub(crate) const fn new(batch: usize) -> Self {
        Self { batch }
    }

    const fn organization(self) -> usize {
        self.batch / DAYS
    }

    const fn day(self) -> usize {
        self.batch % DAYS
    }

    pub(crate) fn micros(self, of_template: i64) -> i64 {
        of_template - i64::try_from(self.day() as u64 * DAY_MS * 1_000).expect("a hundred days")
    }
}

/// What stands in a text at a place, and differs from copy to copy.
enum Part {
    /// Of an id: the 26 characters of its ULID.
    Ulid {
        shared: bool,
    },
    Micros(i64),
    Date(Date),
    /// Seven digits.
    Ticket,
    /// Six digits of the organisation's code.
    Code,
    /// Three digits of the running number.
    Number,
    /// Eight digits of the salt of a body, which no two bodies share.
    Salt,
}

/// A text with what differs.
struct Patched {
    text: Vec<u8>,
    parts: Vec<(usize, Part)>,
}

enum Cell {
    Null,
    Integer(i64),
    Micros(i64),
    Text(Patched),
    Blob(Vec<u8>),
    Body(Patched),
    /// The digest of a body, by its digest in the template.
    Digest(Vec<u8>),
}

/// The rows of the template, by table: those of the organisation and those of the batch.
pub(crate) struct Template {
    tables: Vec<(&'static str, [Vec<Vec<Cell>>; 2])>,
}

impl Template {
    pub(crate) async fn read(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file);
        let mut database = SqliteConnection::connect_with(&options).await.expect("the template opens");
        let mut tables = Vec::new();
        for (table, shared) in TABLES {
            let mut parts = [Vec::new(), Vec::new()];
            for (part, condition) in parts.iter_mut().zip([shared.to_string(), format!("NOT ({shared})")]) {
                let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table} WHERE {condition}")));
                let rows = rows.fetch_all(&mut database).await.expect("the template is read");
                *part = rows.iter().map(cells).collect();
            }
            tables.push((*table, parts));
        }
        Self { tables }
    }

    /// The rows of a copy, table by table; with those of its organisation where it is the first of it.
    pub(crate) fn copy(&self, copy: Copy) -> Vec<Rows> {
        let is_first = copy.day() == 0;
        let wanted = |of: usize| of == 1 || is_first;
        let mut digests = HashMap::new();
        let mut bodies = HashMap::new();
        for (_, parts) in &self.tables {
            for row in parts.iter().enumerate().filter(|(of, _)| wanted(*of)).flat_map(|(_, rows)| rows) {
                if let [Cell::Digest(old), Cell::Body(body)] = row.as_slice() {
                    let body = body.of(copy);
                    digests.insert(old.as_slice(), Sha256::of(&body).as_bytes().to_vec());
                    bodies.insert(old.as_slice(), body);
                }
            }
        }
        let value = |row: &[Cell], cell: &Cell| match cell {
            Cell::Null => Value::Null,
            Cell::Integer(it) => Value::Integer(*it),
            Cell::Micros(it) => Value::Integer(copy.micros(*it)),
            Cell::Text(text) => Value::Text(String::from_utf8(text.of(copy)).expect("digits and letters were put in")),
            Cell::Blob(bytes) => Value::Blob(bytes.clone()),
            Cell::Digest(old) => Value::Blob(digests[old.as_slice()].clone()),
            Cell::Body(_) => match row {
                [Cell::Digest(old), ..] => Value::Blob(bodies[old.as_slice()].clone()),
                _ => unreachable!("a body stands beside its digest"),
            },
        };
        let rows = |(table, parts): &(&'static str, [Vec<Vec<Cell>>; 2])| {
            let rows = parts.iter().enumerate().filter(|(of, _)| wanted(*of)).flat_map(|(_, rows)| rows);
            Rows { table, rows: rows.map(|row| row.iter().map(|cell| value(row, cell)).collect()).collect() }
        };
        self.tables.iter().map(rows).collect()
    }
}

impl Ends {
    /// The same candidate in a copy.
    pub(crate) fn of(&self, copy: Copy) -> Self {
        let text = |text: &str| String::from_utf8(Patched::new(text.as_bytes()).of(copy)).expect("letters were put in");
        Self {
            candidate: text(&self.candidate),
            ticket: text(&self.ticket),
            certificate: text(&self.certificate),
            batch: text(&self.batch),
            session: text(&self.session),
            room: text(&self.room),
            seat: self.seat.clone(),
            during_us: copy.micros(self.during_us),
        }
    }
}

fn cells(row: &SqliteRow) -> Vec<Cell> {
    let cell = |place: usize| {
        let name = row.column(place).name();
        let raw = row.try_get_raw(place).expect("a column");
        if raw.is_null() {
            return Cell::Null;
        }
        match raw.type_info().name() {
            "TEXT" => Cell::Text(Patched::new(row.get::<String, _>(place).as_bytes())),
            "BLOB" => {
                let bytes: Vec<u8> = row.get(place);
                match name {
                    "body" | "sha256" => Cell::Digest(bytes),
                    "bytes" => Cell::Body(Patched::new(&bytes)),
                    _ => Cell::Blob(bytes),
                }
            }
            _ => {
                let number = row.try_get_unchecked(place).expect("a number or a truth");
                if name.ends_with("_us") { Cell::Micros(number) } else { Cell::Integer(number) }
            }
        }
    };
    (0..row.columns().len()).map(cell).collect()
}

fn digits(text: &[u8], at: usize, count: usize) -> Option<&str> {
    let found = text.get(at..at + count).filter(|found| found.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(found).ok()
}

impl Patched {
    fn new(text: &[u8]) -> Self {
        let (mut parts, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let found = part_at(text, at);
            let length = found.as_ref().map_or(1, |(_, length)| *length);
            parts.extend(found.map(|(parts, _)| parts).unwrap_or_default());
            at += length;
        }
        Self { text: text.to_vec(), parts }
    }

    fn of(&self, copy: Copy) -> Vec<u8> {
        let mut text = self.text.clone();
        for (at, part) in &self.parts {
            let mut put = |new: String| text[*at..*at + new.len()].copy_from_slice(new.as_bytes());
            match part {
                Part::Ulid { shared } => ulid(&mut text[*at..*at + 26], copy, *shared),
                Part::Micros(it) => put(copy.micros(*it).to_string()),
                Part::Date(it) => put(it.minus_days(u32::try_from(copy.day()).expect("a hundred days")).to_string()),
                Part::Ticket => put(format!("{:07}", copy.batch)),
                Part::Code => put(format!("{:06}", copy.organization())),
                Part::Number => put(format!("{:03}", copy.day())),
                Part::Salt => put(format!("{:08x}", copy.batch)),
            }
        }
        text
    }
}

/// What differs and begins at a place, with how long it is.
fn part_at(text: &[u8], at: usize) -> Option<(Vec<(usize, Part)>, usize)> {
    let rest = &text[at..];
    let ids = SHARED.iter().map(|kind| (kind, true)).chain(OWN.iter().map(|kind| (kind, false)));
    for (kind, shared) in ids {
        let begins = rest.starts_with(kind.as_bytes()) && rest.get(kind.len()) == Some(&b'_');
        let from = kind.len() + 1;
        if begins && rest.get(from..from + 26).is_some_and(|ulid| ulid.iter().all(|letter| CROCKFORD.contains(letter))) {
            return Some((vec![(at + from, Part::Ulid { shared })], from + 26));
        }
    }
    let salt = b"\"salt\":\"";
    if rest.starts_with(salt) {
        return Some((vec![(at + salt.len(), Part::Salt)], salt.len() + 64));
    }
    if rest.starts_with(b"ZK") && digits(rest, 2, 10).is_some() {
        return Some((vec![(at + 2, Part::Ticket)], 12));
    }
    if rest.starts_with(b"S000037") && digits(rest, 7, 6).is_some() {
        // Behind the code year and level, and the running number, whose last three digits are the candidate's.
        let number = digits(rest, 13, 9).map(|_| (at + 16, Part::Number));
        let length = if number.is_some() { 22 } else { 13 };
        return Some((std::iter::once((at + 7, Part::Code)).chain(number).collect(), length));
    }
    let is_micros = rest.starts_with(b"179") && rest.get(16).is_none_or(|next| !next.is_ascii_digit());
    if let Some(micros) = digits(rest, 0, 16).filter(|_| is_micros) {
        return Some((vec![(at, Part::Micros(micros.parse().expect("digits")))], 16));
    }
    let is_date = rest.starts_with(b"2026-") && digits(rest, 5, 2).is_some() && rest.get(7) == Some(&b'-');
    let date = rest.get(..10).filter(|_| is_date).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
    date.map(|date| (vec![(at, Part::Date(date))], 10))
}

/// Born so many days before, and told apart by the first five letters of its chance.
fn ulid(text: &mut [u8], copy: Copy, shared: bool) {
    let digit = |letter: &u8| CROCKFORD.iter().position(|it| it == letter).expect("a letter of a ULID") as u64;
    let (index, days) = if shared { (copy.organization(), 0) } else { (copy.batch, copy.day()) };
    let mut millis = text[..10].iter().fold(0, |millis, letter| millis << 5 | digit(letter));
    millis -= days as u64 * DAY_MS;
    let mut put = |places: std::ops::Range<usize>, mut value: u64| {
        for place in places.rev() {
            text[place] = CROCKFORD[usize::try_from(value & 31).expect("five bits")];
            value >>= 5;
        }
    };
    put(0..10, millis);
    put(10..15, index as u64);
}
