//! The commands that ask a running server, and `fsck`, which does not.

pub(crate) mod admin;
pub(crate) mod alarms;
pub(crate) mod case;
pub(crate) mod clip;
pub(crate) mod coverage;
pub(crate) mod declare;
pub(crate) mod entries;
pub(crate) mod flags;
pub(crate) mod fsck;
pub(crate) mod import;
mod judgement;
pub(crate) mod key;
pub(crate) mod levels;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod looks;
pub(crate) mod neighbour;
pub(crate) mod refusals;
pub(crate) mod segments;
pub(crate) mod sheets;
pub(crate) mod show;
pub(crate) mod stills;
pub(crate) mod supervision;
pub(crate) mod thresholds;
pub(crate) mod trace;

use liuhen_proto::wire::common::v1::{Interval, TrustLevel};
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_proto::{Span, Timestamp};

use crate::arguments::FromTo;
use crate::language::Language;
use crate::moment::Zone;
use crate::say::sayln;

/// How a command speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    pub(crate) language: Language,
    pub(crate) json: bool,
}

impl Voice {
    /// Prints one line of JSON.
    pub(crate) fn line(self, value: &serde_json::Value) {
        sayln!("{value}");
    }

    /// The words of this language.
    pub(crate) fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        self.language.pick(chinese, english)
    }
}

/// What was typed as `--from` and `--to`.
fn interval(span: &FromTo) -> anyhow::Result<liuhen_proto::Interval> {
    read_interval(span.times.zone, &span.from, &span.to)
}

fn read_interval(zone: Zone, from: &str, to: &str) -> anyhow::Result<liuhen_proto::Interval> {
    let now = SystemClock.now();
    let (from, to) = (zone.read(from, now)?, zone.read(to, now)?);
    liuhen_proto::Interval::new(from, to)
        .map_err(|_| anyhow::anyhow!("--to {} is not after --from {}", zone.show(to), zone.show(from)))
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// Start and end for people.
fn show_interval(zone: Zone, interval: &Interval) -> String {
    let (start, end) = (zone.show(at(interval.start_us)), zone.show(at(interval.end_us)));
    let same_day = start.get(..10) == end.get(..10);
    format!("{start} – {}", if same_day { &end[11..] } else { &end })
}

fn span_of(interval: &Interval) -> Span {
    Span::from_micros(interval.end_us.saturating_sub(interval.start_us))
}

/// Start and end for machines.
fn json_interval(interval: &Interval) -> serde_json::Value {
    serde_json::json!({ "start_us": interval.start_us, "end_us": interval.end_us })
}

/// `captured` or `imported`; null where it is not told.
fn json_trust(trust: TrustLevel) -> serde_json::Value {
    match trust {
        TrustLevel::Captured => "captured".into(),
        TrustLevel::Imported => "imported".into(),
        TrustLevel::Unspecified => serde_json::Value::Null,
    }
}

/// What people must know of where footage comes from.
fn show_trust(trust: TrustLevel, voice: Voice) -> &'static str {
    match trust {
        TrustLevel::Imported => voice.language.pick("  导入录像（非采集时封存）", "  imported (not sealed at capture)"),
        TrustLevel::Captured | TrustLevel::Unspecified => "",
    }
}

fn hex(bytes: &[u8]) -> String {
    liuhen_proto::digest::hex(bytes)
}

/// A size for people.
fn show_size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
