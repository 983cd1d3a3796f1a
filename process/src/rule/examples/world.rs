//! A world in which nothing is wrong: an organisation, a site, a batch and a session, told fact by fact.
//!
//! In: a kind of organisation and a place. Out: a [`World`] at some hour, and the facts to go on with. Always: what it
//! tells is judged as it is told, and nothing is found. Ids come from counters, so that a test says which room it means.
//! Also read by the tests in `process/tests`: only what is public is used.

use std::str::FromStr;

use liuhen_proto::ids::{BatchId, CameraId, CandidateId, ExemptionId, FactId, FormId, IncidentId};
use liuhen_proto::ids::{OrganizationId, PersonId, RoomId, SessionId, StaffId};
use liuhen_proto::{Interval, Sha256, Span, Timestamp};

use crate::calendar::{Calendar, Date};
use crate::case::{Breach, Telling, View};
use crate::fact::Fact;
use crate::fact::parts::Signature;
use crate::finding::Finding;
use crate::pack::Pack;
use crate::rule::{Moment, Refused, judge};
use crate::text::Text;
use crate::words::OrganizationKind;

#[path = "world/after.rs"]
mod after;
#[path = "world/batch.rs"]
mod batch;
#[path = "world/day.rs"]
mod day;
#[path = "world/organization.rs"]
mod organization;
#[path = "world/session.rs"]
mod session;

pub(crate) use after::{CLERK, MARKER, NUMBER, VERIFIER};
pub(crate) use after::{certificates_confirmed, closed, issue, notice, numbered, record, reported, results, score, sheet};
pub(crate) use after::{summary, upload};
pub(crate) use batch::{candidate_enrolled, plan};
pub(crate) use day::{checked_in, entered, handed_in, heard, incident, no, sealed, sound, started};
pub(crate) use organization::announcement;
pub(crate) use session::{EXAMINED, duty, session_planned};

/// Where the overlay of a city binds.
pub(crate) const ZAOZHUANG: &str = "370402";
/// The day of the exam.
pub(crate) const DAY: &str = "2026-10-17";
/// 考点负责人
pub(crate) const HEAD: u32 = 1;
/// 内部质量督导员
pub(crate) const SUPERVISOR: u32 = 5;
/// 外部质量督导员
pub(crate) const OUTSIDE: u32 = 6;

/// What is known at some hour, and the rules that bind.
pub(crate) struct World {
    pub(crate) kind: OrganizationKind,
    pub(crate) view: View,
    pub(crate) pack: Pack,
    pub(crate) calendar: Calendar,
    pub(crate) telling: Telling,
    told: u32,
}

fn id<T: FromStr<Err: std::fmt::Debug>>(prefix: &str, n: u32) -> T {
    format!("{prefix}_{n:026}").parse().expect("digits make an id")
}

pub(crate) fn room(n: u32) -> RoomId {
    id(RoomId::PREFIX, n)
}

pub(crate) fn camera(n: u32) -> CameraId {
    id(CameraId::PREFIX, n)
}

pub(crate) fn staff(n: u32) -> StaffId {
    id(StaffId::PREFIX, n)
}

pub(crate) fn candidate(n: u32) -> CandidateId {
    id(CandidateId::PREFIX, n)
}

pub(crate) fn the_organization() -> OrganizationId {
    id(OrganizationId::PREFIX, 1)
}

pub(crate) fn the_batch() -> BatchId {
    id(BatchId::PREFIX, 1)
}

pub(crate) fn session_id(n: u32) -> SessionId {
    id(SessionId::PREFIX, n)
}

pub(crate) fn incident_id(n: u32) -> IncidentId {
    id(IncidentId::PREFIX, n)
}

pub(crate) fn form_id(n: u32) -> FormId {
    id(FormId::PREFIX, n)
}

pub(crate) fn exemption_id(n: u32) -> ExemptionId {
    id(ExemptionId::PREFIX, n)
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("a text of a test is short")
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().expect("a date of a test is one")
}

/// Some file.
pub(crate) fn file(content: &str) -> Sha256 {
    Sha256::of(content.as_bytes())
}

pub(crate) fn signature(post: &str) -> Signature {
    Signature { name: text("王建国"), post: text(post), scan_sha256: None, attested_by: Vec::new() }
}

/// A moment of a day in China, `09:00:00` for instance.
pub(crate) fn on(day: &str, time: &str) -> Timestamp {
    let [hours, minutes, seconds] = [0, 3, 6].map(|from| time[from..from + 2].parse::<u32>().expect("HH:MM:SS"));
    date(day).start().after(Span::from_secs(hours * 3600 + minutes * 60 + seconds))
}

/// A moment of the exam day.
pub(crate) fn at(time: &str) -> Timestamp {
    on(DAY, time)
}

pub(crate) fn between(from: &str, to: &str) -> Interval {
    Interval::new(at(from), at(to)).expect("from comes first")
}

impl World {
    /// Nothing is known yet.
    pub(crate) fn new(kind: OrganizationKind, region: Option<&str>) -> Self {
        let region = region.map(|region| region.parse().expect("a region of a test is one"));
        let pack = Pack::newest(kind, region);
        let at = on("2026-01-15", "10:00:00");
        let telling = Telling {
            id: id(FactId::PREFIX, 0),
            by: None,
            at,
            occurred: at,
            provisional: false,
            breach: None,
            pack: pack.name.clone(),
        };
        let view = View { region, ..View::new(kind) };
        Self { kind, view, pack, calendar: Calendar::embedded(), telling, told: 0 }
    }

    /// The clock stands there, for what happens and for what is told.
    pub(crate) fn when(&mut self, at: Timestamp) -> &mut Self {
        (self.telling.at, self.telling.occurred) = (at, at);
        self
    }

    /// Who tells from now on.
    pub(crate) fn logged_in(&mut self, n: u32) -> &mut Self {
        self.telling.by = Some(id(PersonId::PREFIX, n));
        self
    }

    /// What the rules say.
    pub(crate) fn judge(&self, fact: &Fact) -> Result<Vec<Finding>, Refused> {
        judge(&Moment { view: &self.view, pack: &self.pack, calendar: &self.calendar, telling: &self.telling, fact })
    }

    /// The same, told as what happened against a rule.
    pub(crate) fn judge_breach(&mut self, fact: &Fact) -> Result<Vec<Finding>, Refused> {
        self.telling.breach = Some(Breach { reason: text("考生路上遇事故"), site_head: text("王建国") });
        let judged = self.judge(fact);
        self.telling.breach = None;
        judged
    }

    /// Takes a fact with what is found about it.
    pub(crate) fn take(&mut self, fact: impl Into<Fact>) -> Result<Vec<Finding>, Refused> {
        let fact = fact.into();
        let found = self.judge(&fact)?;
        self.record(&fact, &found);
        Ok(found)
    }

    /// Takes a fact as it was judged.
    pub(crate) fn record(&mut self, fact: &Fact, found: &[Finding]) {
        self.view.take(fact, &self.telling, found).expect("what fits is taken");
        self.told += 1;
        self.telling.id = id(FactId::PREFIX, self.told);
    }

    /// Takes a fact about which nothing is found.
    pub(crate) fn tell(&mut self, fact: impl Into<Fact>) -> &mut Self {
        let fact = fact.into();
        let found = self.take(fact.clone()).unwrap_or_else(|refused| panic!("{}: {refused:?}", fact.kind()));
        assert!(found.is_empty(), "{}, {}: {found:#?}", self.pack.name, fact.kind());
        self
    }
}
