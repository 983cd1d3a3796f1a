//! Every change as a CloudEvent, from the log: what people see, what neighbours subscribe to and what auditors verify is
//! the same.
//!
//! Always: in the order of the log, each entry once; bodies, which hold names, are left out. Not here: footage.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::stream;
use liuhen_archive::records::{Entry, Thing};
use liuhen_process::case::CaseId;
use liuhen_proto::custody::{EntryType, Envelope, Value};
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Problem, Timestamp};
use serde_json::json;
use tokio::sync::watch;
use tonic::Status;

use super::{Answers, Process, thing};
use crate::auth::Asking;
use crate::error::records as failed;

/// Entries of one look.
const PAGE: u32 = 200;
/// The log is asked at least so often, since another node may have written.
const LONGEST: Duration = Duration::from_secs(1);

struct Watch {
    process: Process,
    asking: Asking,
    case: Option<CaseId>,
    next: u64,
    waiting: VecDeque<pb::WatchEventsResponse>,
    changes: watch::Receiver<u64>,
}

impl Process {
    pub(super) async fn events(
        &self,
        asking: Asking,
        it: pb::WatchEventsRequest,
    ) -> Result<Answers<pb::WatchEventsResponse>, Problem> {
        let case: Option<CaseId> = match it.case_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|error: String| Problem::field("case_id", error))?),
        };
        match case {
            Some(case) => drop(asking.about(thing(case), case).await?),
            None => asking.item_by_item(),
        }
        let changes = self.archive.live.subscribe();
        let watch = Watch { process: self.clone(), asking, case, next: it.from, waiting: VecDeque::new(), changes };
        Ok(Box::pin(stream::unfold(Some(watch), |watch| async move {
            let mut watch = watch?;
            match watch.next().await? {
                Ok(event) => Some((Ok(event), Some(watch))),
                Err(problem) => Some((Err(Status::from(problem)), None)),
            }
        })))
    }
}

impl Watch {
    /// The next event; nothing when the server stops.
    async fn next(&mut self) -> Option<Result<pb::WatchEventsResponse, Problem>> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(Ok(event));
            }
            let read = match self.read().await {
                Ok(read) => read,
                Err(problem) => return Some(Err(problem)),
            };
            if read > 0 {
                continue;
            }
            tokio::select! {
                () = self.process.stop.cancelled() => return None,
                _ = tokio::time::timeout(LONGEST, self.changes.changed()) => {}
            }
        }
    }

    async fn read(&mut self) -> Result<usize, Problem> {
        let subject = self.case.map(|case| case.to_string());
        let entries = self.process.archive.records.entries(self.next, subject.as_deref(), PAGE).await;
        let entries = entries.map_err(|error| failed("read the log", error))?;
        for entry in &entries {
            self.next = entry.index + 1;
            let envelope = Envelope::from_bytes(&entry.envelope);
            let envelope = envelope.map_err(|error| crate::error::fault("read an entry", &error))?;
            if self.case.is_some() || self.sees(&envelope.subject).await? {
                self.waiting.push_back(event(entry, &envelope)?);
            }
        }
        Ok(entries.len())
    }

    /// Whether what an entry is about lies in reach. What is about nothing that stands somewhere is for who sees all.
    async fn sees(&self, subject: &str) -> Result<bool, Problem> {
        let thing = match subject.parse::<CaseId>() {
            Ok(case) => thing(case),
            Err(_) => match subject.parse() {
                Ok(stream) => Thing::Stream(stream),
                Err(_) => Thing::Archive,
            },
        };
        self.asking.sees(thing).await
    }
}

fn event(entry: &Entry, envelope: &Envelope) -> Result<pb::WatchEventsResponse, Problem> {
    let entry_type = json!(envelope.r#type);
    let kind = match (envelope.r#type, envelope.data.get("kind")) {
        (EntryType::Record, Some(Value::Text(kind))) => format!("liuhen.{kind}"),
        (_, Some(Value::Text(kind))) => format!("liuhen.{}.{kind}", entry_type.as_str().unwrap_or("entry")),
        _ => format!("liuhen.{}", entry_type.as_str().unwrap_or("entry")),
    };
    let event = json!({
        "specversion": "1.0",
        "id": entry.index.to_string(),
        "source": "liuhen",
        "type": kind,
        "subject": envelope.subject,
        "time": rfc3339(envelope.at),
        "datacontenttype": "application/json",
        "data": envelope.data,
    });
    Ok(pb::WatchEventsResponse { entry: entry.index, event: event.to_string() })
}

/// RFC 3339, UTC, with microseconds.
fn rfc3339(at: Timestamp) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_micros()) * 1000);
    let Ok(time) = time else { return String::new() };
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second, micro) = time.to_hms_micro();
    format!("{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z", u8::from(month))
}
