//! Times as people type and read them: RFC 3339, or local wall time in the zone of the exam sites.
//!
//! In: text. Out: [`Timestamp`]; and back. China has one zone and no summer time since 1991, so the
//! default is UTC+8; another fixed offset may be named. No clock is read here.

use anyhow::{Context as _, bail};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use liuhen_proto::{Span, Timestamp};

/// The zone in which times are typed and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Zone(FixedOffset);

impl Default for Zone {
    fn default() -> Self {
        Self(FixedOffset::east_opt(8 * 3600).expect("8 hours are a valid offset"))
    }
}

impl std::str::FromStr for Zone {
    type Err = anyhow::Error;

    /// `Asia/Shanghai`, `UTC`, or an offset such as `+08:00`.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text {
            "Asia/Shanghai" | "Asia/Urumqi" | "PRC" | "CST-8" => Ok(Self::default()),
            "UTC" | "Z" => Ok(Self(FixedOffset::east_opt(0).expect("0 is a valid offset"))),
            _ => {
                let why = || format!("`{text}` is no zone: write Asia/Shanghai, UTC, or an offset such as +08:00");
                text.parse().map(Self).with_context(why)
            }
        }
    }
}

impl Zone {
    /// Reads RFC 3339, or `2026-11-22 10:42:15.5`, `2026-11-22T10:42`, or `10:42:15` of the day of `now`,
    /// `now`, or so long before now: `-90s`.
    pub(crate) fn read(self, text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
        if text == "now" {
            return Ok(now);
        }
        if let Some(ago) = text.strip_prefix('-') {
            let ago = humantime::parse_duration(ago).with_context(|| format!("`{text}` is no length of time, as -90s is"))?;
            let micros = i64::try_from(ago.as_micros()).context("that is too long ago")?;
            return Ok(now.before(Span::from_micros(micros)));
        }
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Ok(Timestamp::from_micros(moment.timestamp_micros()));
        }
        let local = self.read_local(text, now)?;
        let moment = local.and_local_timezone(self.0).single().context("a fixed offset has every local time once")?;
        Ok(Timestamp::from_micros(moment.timestamp_micros()))
    }

    fn read_local(self, text: &str, now: Timestamp) -> anyhow::Result<NaiveDateTime> {
        for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"] {
            if let Ok(local) = NaiveDateTime::parse_from_str(text, format) {
                return Ok(local);
            }
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(day.and_time(NaiveTime::MIN));
        }
        for format in ["%H:%M:%S%.f", "%H:%M"] {
            if let Ok(time) = NaiveTime::parse_from_str(text, format) {
                return Ok(self.local(now).date_naive().and_time(time));
            }
        }
        bail!("`{text}` is no time: write 2026-11-22T10:42:15+08:00, or `2026-11-22 10:42:15`, or 10:42:15 for today, or -90s")
    }

    fn local(self, at: Timestamp) -> DateTime<FixedOffset> {
        let utc = DateTime::from_timestamp_micros(at.as_micros()).unwrap_or_default();
        utc.with_timezone(&self.0)
    }

    /// For people: date and time to the millisecond, in this zone.
    pub(crate) fn show(self, at: Timestamp) -> String {
        self.local(at).format("%Y-%m-%d %H:%M:%S%.3f").to_string()
    }

    /// For people who know the day: the time only.
    pub(crate) fn show_time(self, at: Timestamp) -> String {
        self.local(at).format("%H:%M:%S%.3f").to_string()
    }
}

/// A length of time for people: `4.5 s`, `3 min 20 s`, `2 h 05 min`.
pub(crate) fn show_span(span: Span) -> String {
    let seconds = TimeDelta::microseconds(span.as_micros()).num_seconds();
    match seconds {
        0..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_322_535_000_000; // 2026-11-22T04:42:15Z, 12:42:15 in Shanghai

    fn read(text: &str) -> anyhow::Result<i64> {
        Zone::default().read(text, Timestamp::from_micros(NOON)).map(Timestamp::as_micros)
    }

    #[test]
    fn times_are_read_as_typed() {
        for text in [
            "2026-11-22T12:42:15+08:00",
            "2026-11-22T04:42:15Z",
            "2026-11-22 12:42:15",
            "2026-11-22T12:42:15.000",
            "12:42:15",
            "now",
            "-0s",
        ] {
            assert_eq!(read(text).unwrap(), NOON, "{text}");
        }
        assert_eq!(read("12:42").unwrap(), NOON - 15_000_000);
        assert_eq!(read("2026-11-22 12:42:15.25").unwrap(), NOON + 250_000);
        assert_eq!(read("-90s").unwrap(), NOON - 90_000_000);
    }

    #[test]
    fn what_is_no_time_says_how_to_write_one() {
        for text in ["", "tomorrow", "25:00", "2026-13-01", "2026-11-22 12:42:15 PM", "-", "-5"] {
            let error = format!("{:#}", read(text).unwrap_err());
            assert!(error.contains("is no time") || error.contains("is no length"), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_shown_reads_back() {
        for zone in [Zone::default(), "UTC".parse().unwrap(), "-03:30".parse().unwrap()] {
            let at = Timestamp::from_micros(NOON + 125_000);
            assert_eq!(zone.read(&zone.show(at), at).unwrap(), at);
            assert_eq!(zone.read(&zone.show_time(at), at).unwrap(), at);
        }
        assert!("Mars".parse::<Zone>().is_err());
    }

    #[test]
    fn spans_read_well() {
        assert_eq!(show_span(Span::from_millis(4_500)), "4.5 s");
        assert_eq!(show_span(Span::from_secs(200)), "3 min 20 s");
        assert_eq!(show_span(Span::from_secs(7_500)), "2 h 05 min");
    }
}
