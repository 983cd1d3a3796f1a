//! What an entry will say: one function for each kind of row. The same functions tell `fsck` what the
//! entry of a row must say, so a row that was changed disagrees with its entry.

use std::collections::BTreeMap;

use liuhen_proto::custody::{EntryType, Value};
use liuhen_proto::ids::{ImportId, RunId, SessionId};
use liuhen_proto::{Sha256, Timestamp};
use serde_json::{Map, Value as Json, json};

use super::{
    Camera, CameraKind, ExpectedWindow, Gap, LateSignature, Organization, Recorder, Room, Run, RunEnd, Segment, Session, Site,
    TrustLevel, Viewpoint,
};

pub(super) mod access;
pub(super) mod alarm;
pub(super) mod corrected;
pub(super) mod identity;
pub(super) mod imported;
pub(super) mod judged;
pub(super) mod machine;
pub(super) mod neighbour;
pub(super) mod people;
pub(super) mod process;
pub(super) mod refusal;
pub(super) mod supervision;

/// An entry without its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What kind of thing happened.
    pub kind: EntryType,
    /// Whose chain it goes into.
    pub subject: String,
    /// What the envelope says.
    pub data: BTreeMap<String, Value>,
    /// What has names and bulk; goes into the body.
    pub body: Option<Map<String, Json>>,
    /// Names what is told, so that it is not told twice.
    pub idem: String,
    /// The bytes of the body, where they were made before: a row that points to them must know their digest.
    pub salted: Option<Vec<u8>>,
}

fn draft(kind: EntryType, subject: impl ToString, idem: String) -> Draft {
    Draft { kind, subject: subject.to_string(), data: BTreeMap::new(), body: None, idem, salted: None }
}

fn record(what: &str, subject: impl ToString, id: impl ToString) -> Draft {
    draft(EntryType::Record, subject, format!("{what}/{}", id.to_string())).with("kind", what).with("id", id.to_string())
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

impl Draft {
    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.data.insert(key.to_owned(), value.into());
        self
    }

    /// Marks what did not come from a camera of ours, at the lower trust that it has.
    fn of_import(self, import: Option<ImportId>) -> Self {
        match import {
            Some(import) => self.with("trust", TrustLevel::Imported.as_str()).with("import", import.to_string()),
            None => self,
        }
    }

    fn body(mut self, body: Json) -> Self {
        let Json::Object(body) = body else { unreachable!("bodies are written as objects") };
        self.body = Some(body);
        self
    }

    /// What was asked for: the same key must come with the same. Ids and tokens are made anew by each call.
    pub(crate) fn content(&self) -> Sha256 {
        let mut body = self.body.clone().unwrap_or_default();
        body.remove("token_sha256");
        let mut data = self.data.clone();
        for made in ["id", "evidence", "viewing"] {
            data.remove(made);
        }
        let own = self.data.get("id") == Some(&Value::Text(self.subject.clone()));
        let subject = (!own).then_some(&self.subject);
        Sha256::of(&liuhen_proto::canonical::to_bytes(&(subject, data, body)))
    }
}

pub(crate) fn organization(it: &Organization) -> Draft {
    record("organization", it.id, it.id).with("organization_kind", it.kind.as_str()).body(json!({ "name": it.name }))
}

pub(crate) fn site(it: &Site) -> Draft {
    let draft = record("site", it.id, it.id).with("organization", it.organization.to_string());
    let draft = it.region.iter().fold(draft, |draft, region| draft.with("region", region.to_string()));
    draft.body(json!({ "name": it.name }))
}

pub(crate) fn room(it: &Room) -> Draft {
    record("room", it.site, it.id).with("room_kind", it.kind.as_str()).body(json!({ "name": it.name }))
}

pub(crate) fn viewpoint(it: &Viewpoint, site: impl ToString) -> Draft {
    let body = json!({ "name": it.name, "required": it.required, "sound_required": it.sound_required, "seats": it.seats });
    let draft = record("viewpoint", site, it.id).with("room", it.room.to_string());
    // In the data, so that a row which denies it is noticed; entries of the first version say nothing of it.
    let draft = if it.sound_only { draft.with("sound_only", 1_i64) } else { draft };
    draft.body(body)
}

pub(crate) fn camera(it: &Camera, site: impl ToString) -> Draft {
    let draft = record("camera", site, it.id).with("viewpoint", it.viewpoint.to_string());
    let draft = draft.with("evidence", it.evidence.to_string());
    let draft = it.viewing.iter().fold(draft, |draft, viewing| draft.with("viewing", viewing.to_string()));
    // Entries of the first version say nothing of a kind; all of them were of cameras.
    let draft = if it.kind == CameraKind::Camera { draft } else { draft.with("camera_kind", it.kind.as_str()) };
    draft.body(json!({ "name": it.name, "has_viewing_stream": it.viewing.is_some() }))
}

pub(crate) fn recorder(it: &Recorder, token_sha256: Sha256) -> Draft {
    record("recorder", it.site, it.id).body(json!({ "name": it.name, "token_sha256": token_sha256, "public_key": it.public_key }))
}

pub(crate) fn key(it: &Recorder) -> Draft {
    let draft = draft(EntryType::KeyAdd, it.site, format!("key/{}", it.id));
    draft.with("recorder", it.id.to_string()).with("alg", "ed25519").with("key", it.public_key.to_string())
}

fn windows(windows: &[ExpectedWindow]) -> Json {
    let window = |w: &ExpectedWindow| {
        json!({
            "viewpoint": w.viewpoint,
            "start_us": w.interval.start().as_micros(),
            "end_us": w.interval.end().as_micros(),
        })
    };
    windows.iter().map(window).collect()
}

/// A session as it was declared: `windows` are those of its first revision.
pub(crate) fn session(it: &Session) -> Draft {
    let draft = draft(EntryType::SessionOpen, it.id, format!("session/{}/1", it.id)).with("id", it.id.to_string());
    let draft = draft.with("site", it.site.to_string());
    let draft = draft.with("exam_start_us", it.exam.start()).with("exam_end_us", it.exam.end());
    draft.body(json!({ "name": it.name, "windows": windows(&it.windows) }))
}

/// A later revision. The reason stands in the log only.
pub(crate) fn session_revised(it: &Session, reason: Option<&str>) -> Draft {
    let idem = format!("session/{}/{}", it.id, it.revision);
    let draft = draft(EntryType::Record, it.id, idem).with("kind", "session.revise");
    let draft = draft.with("revision", i64::from(it.revision));
    let mut body = json!({ "windows": windows(&it.windows) });
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    draft.body(body)
}

/// The papers of the session are sealed.
pub(crate) fn session_sealed(session: SessionId, at: Timestamp) -> Draft {
    let draft = draft(EntryType::Record, session, format!("session/{session}/sealed")).with("kind", "session.sealed");
    draft.with("sealed_us", at)
}

pub(crate) fn run_open(it: &Run) -> Draft {
    let draft = draft(EntryType::Record, it.stream, format!("run/{}", it.run)).with("kind", "run.open");
    let draft = draft.with("run", it.run.to_string()).of_import(it.import);
    let draft = it.recorder.iter().fold(draft, |draft, recorder| draft.with("recorder", recorder.to_string()));
    draft.with("boot", it.boot.to_string()).with("init_sha256", it.init_sha256).with("opened_us", it.opened)
}

pub(crate) fn run_end(it: &Run, end: RunEnd) -> Draft {
    let draft = draft(EntryType::Record, it.stream, format!("run/{}/end", it.run)).with("kind", "run.end");
    draft.with("run", it.run.to_string()).with("fragments", integer(end.fragments)).with("reason", end.reason.as_str())
}

/// `it.unsigned_tail` as it was when the segment was sealed, `it.interval` as its fragments say; `sealed_shift_us` is how
/// much later it was known to be when it was sealed.
pub(crate) fn segment(it: &Segment, sealed_shift_us: i64, subject: &str) -> Draft {
    let draft = draft(EntryType::Segment, subject, segment_idem(it.run, it.first.get(), subject));
    let draft = draft.with("stream", it.stream.to_string()).with("run", it.run.to_string());
    let draft = draft.with("first", integer(it.first.get())).with("last", integer(it.last.get()));
    let draft = draft.with("start_us", it.interval.start()).with("end_us", it.interval.end());
    let draft = draft.with("object", it.object_name.as_str()).with("object_size", integer(it.object.size_bytes));
    let draft = draft.with("object_sha256", it.object.sha256).with("manifest_sha256", it.manifest_sha256);
    let draft = draft.with("unsigned_tail", i64::from(it.unsigned_tail)).of_import(it.import);
    // Entries of earlier versions say nothing of a clock.
    let draft = it.clock_mapping.iter().fold(draft, |draft, mapping| draft.with("clock", i64::from(*mapping)));
    if sealed_shift_us == 0 { draft } else { draft.with("shift_us", sealed_shift_us) }
}

pub(crate) fn segment_idem(run: RunId, first: u64, subject: &str) -> String {
    format!("segment/{run}/{first}/{subject}")
}

pub(crate) fn late_signature(it: &LateSignature, subject: &str) -> Draft {
    let idem = format!("signature/{}/{}/{}/{subject}", it.run, it.first, it.last);
    let draft = draft(EntryType::SegmentSigned, subject, idem).with("run", it.run.to_string());
    let draft = draft.with("first", integer(it.first.get())).with("last", integer(it.last.get()));
    let draft = draft.with("statement_sha256", Sha256::of(it.signed.statement.as_bytes()));
    draft.with("signature", it.signed.signature.to_string()).with("key", it.signed.key.to_string())
}

pub(crate) fn gap(it: &Gap, version: i64) -> Draft {
    let state = if it.is_filled() {
        "filled"
    } else if it.end.is_some() {
        "closed"
    } else {
        "open"
    };
    let draft = draft(EntryType::Gap, it.session, format!("gap/{}/{version}", it.id)).with("gap", it.id.to_string());
    let draft = draft.with("viewpoint", it.viewpoint.to_string()).with("kind", it.kind.as_str());
    let draft = draft.with("cause", it.cause.as_str()).with("state", state).with("start_us", it.start);
    let draft = draft.with("opened_us", it.opened);
    let draft = it.filled_by.iter().fold(draft, |draft, by| draft.with("filled_by", by.as_str()));
    let draft = if it.late_upload { draft.with("late_upload", 1_i64) } else { draft };
    let times: [(&str, Option<Timestamp>); 2] = [("end_us", it.end), ("closed_us", it.closed)];
    times.into_iter().fold(draft, |draft, (key, at)| at.into_iter().fold(draft, |draft, at| draft.with(key, at)))
}
