//! The sections that may be left out: `[uplink]`, `[status]`, `[record]`.

use std::time::Duration;

use liuhen_proto::Span;
use serde::Deserialize;

use super::file::Context;
use super::{ConfigError, Rate, When};

/// How the centre is reached.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Uplink {
    limit: Option<String>,
}

/// Where people on site look.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Status {
    listen: Option<String>,
}

/// When cameras are recorded.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    when: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

/// Without a word of it, so much before and after a session's window is recorded.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// More than a day is `always`.
const MOST_MARGIN: Duration = Duration::from_secs(24 * 3600);

impl Context<'_> {
    pub(super) fn limit(&self, uplink: &Uplink) -> Result<Option<Rate>, ConfigError> {
        let parse = |text: &String| {
            let refused =
                |error: super::rate::RateError| self.refuse("uplink.limit", error.to_string(), "For instance \"4 Mbit/s\"");
            text.parse().map_err(refused)
        };
        uplink.limit.as_ref().map(parse).transpose()
    }

    pub(super) fn listen(&self, status: &Status) -> Result<Option<std::net::SocketAddr>, ConfigError> {
        let parse = |text: &String| {
            let what = |error: std::net::AddrParseError| format!("{text:.60?}: {error}");
            text.parse().map_err(|error| self.refuse("status.listen", what(error), "Write for instance \"127.0.0.1:7811\""))
        };
        status.listen.as_ref().map(parse).transpose()
    }

    pub(super) fn when(&self, record: &Record, has_centre: bool) -> Result<When, ConfigError> {
        let before = self.margin("record.before", record.before.as_deref())?;
        let after = self.margin("record.after", record.after.as_deref())?;
        match record.when.as_deref() {
            None | Some("always") if record.before.is_none() && record.after.is_none() => Ok(When::Always),
            None | Some("always") => {
                let key = if record.before.is_some() { "record.before" } else { "record.after" };
                Err(self.refuse(key, "goes with when = \"sessions\"".into(), "Leave it out, or record sessions only"))
            }
            Some("sessions") if has_centre => Ok(When::Sessions { before, after }),
            Some("sessions") => Err(self.refuse(
                "record.when",
                "sessions are told by the centre, and none is named".into(),
                "Set centre, or leave it out",
            )),
            Some(other) => Err(self.refuse("record.when", format!("{other:.40?} is not known"), "Write always or sessions")),
        }
    }

    fn margin(&self, key: &str, text: Option<&str>) -> Result<Span, ConfigError> {
        let margin = text.map_or(Ok(MARGIN), humantime::parse_duration);
        let margin = margin.map_err(|error| self.refuse(key, error.to_string(), "Write a time like \"45m\""))?;
        if margin > MOST_MARGIN {
            return Err(self.refuse(key, "is more than a day".into(), "Write at most 24h, or when = \"always\""));
        }
        Ok(Span::from_micros(margin.as_micros().try_into().unwrap_or(i64::MAX)))
    }
}
