//! Telling facts: one, many, or only asking what the rules would say.

use futures_util::StreamExt as _;
use liuhen_archive::records::{Elsewhere, NewFact, RefusalKind, Role, Source, Thing};
use liuhen_process::case::{Breach, CaseId, Telling};
use liuhen_process::fact::Fact;
use liuhen_process::finding::Severity;
use liuhen_process::rule::{Moment, Refused, findings, judge};
use liuhen_process::text::Text;
use liuhen_proto::ids::{BatchId, FactId, PersonId, RoomId};
use liuhen_proto::scope::Place;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Code, Problem, Timestamp};
use tonic::{Status, Streaming};

use super::{Answers, Process, answer, thing, wire};
use crate::auth::Asking;
use crate::auth::action::{Action, of_fact};
use crate::error::records as failed;
use crate::refusals::Tried;

/// The longest that a device may have been away, and the farthest that its clock may be off: what is more is a slip.
const MAX_AWAY_US: i64 = 400 * 24 * 3_600_000_000;

fn case(text: &str) -> Result<CaseId, Problem> {
    text.parse().map_err(|error: String| Problem::field("case_id", error))
}

fn text<const MAX: usize>(field: &str, text: &str) -> Result<Text<MAX>, Problem> {
    Text::new(text).map_err(|error| Problem::field(field, error.to_string()))
}

fn breach(it: Option<pb::Breach>) -> Result<Option<Breach>, Problem> {
    let Some(it) = it else { return Ok(None) };
    Ok(Some(Breach { reason: text("breach.reason", &it.reason)?, site_head: text("breach.site_head", &it.site_head)? }))
}

fn elsewhere(it: Option<pb::Elsewhere>, now: Timestamp) -> Result<Option<Elsewhere>, Problem> {
    let Some(it) = it else { return Ok(None) };
    if it.ahead_us.unsigned_abs() > MAX_AWAY_US.unsigned_abs() {
        return Err(Problem::field("elsewhere.ahead_us", "is more than 400 days"));
    }
    let happened = it.device_time_us.saturating_sub(it.ahead_us);
    if now.as_micros().saturating_sub(happened) > MAX_AWAY_US || happened > now.as_micros().saturating_add(60_000_000) {
        let why = "with the offset it is more than 400 days ago, or in the future: look after the device's clock";
        return Err(Problem::field("elsewhere.device_time_us", why));
    }
    Ok(Some(Elsewhere { device_time: Timestamp::from_micros(it.device_time_us), ahead_us: it.ahead_us }))
}

fn source(it: Option<pb::Source>) -> Result<Option<Source>, Problem> {
    let Some(it) = it else { return Ok(None) };
    Ok(Some(Source { system: text("source.system", &it.system)?, id: text("source.id", &it.id)? }))
}

impl Process {
    /// Whether the caller may tell this of the case. A breach is the site head's to tell, a waiver of who the pack names.
    /// A neighbour tells what it is permitted to; `told` is missing where it is only asked. Who may not is noted: it may be
    /// somebody who tries to decide what is a supervisor's to decide.
    pub(super) async fn may_tell(
        &self,
        asking: &Asking,
        case: CaseId,
        fact: &Fact,
        told: Option<&NewFact>,
    ) -> Result<(), Problem> {
        let told = self.is_theirs(asking, case, fact, told).await;
        if told.as_ref().is_err_and(|problem| problem.code() == Code::PermissionDenied) {
            let (at, whose) = (Some(case.to_string()), Some(asking.principal().to_string()));
            self.refusals.note(&self.archive, Tried { kind: RefusalKind::Fact, at, whose, from: None }).await;
        }
        told
    }

    async fn is_theirs(&self, asking: &Asking, case: CaseId, fact: &Fact, told: Option<&NewFact>) -> Result<(), Problem> {
        let (action, is_breach) = (of_fact(fact.kind()), told.is_some_and(|told| told.breach.is_some()));
        // What happened against a rule after the exam is the responsible head's to tell, whoever tells it otherwise.
        let of_results = matches!(action, Action::Mark | Action::EnterScores | Action::SettleResults | Action::Certify);
        let mut actions = vec![if is_breach && of_results { Action::CloseBatch } else { action }];
        if let Some(neighbour) = asking.caller.neighbour() {
            neighbour.may_tell(fact.kind(), told)?;
            actions = vec![Action::TellFacts];
        }
        if is_breach && matches!(case, CaseId::Session(_)) {
            actions.push(Action::LeadSession);
        }
        for action in actions {
            let asking = asking.to_do(action);
            asking.somewhere()?;
            let place = asking.about(thing(case), case).await?;
            if let Some(room) = self.room_of(&asking, case, fact).await?
                && !asking.may_at(&Place { room: Some(room), ..place })
            {
                let english = format!("{room} is not in your charge");
                return Err(Problem::new(Code::PermissionDenied, english, format!("{room} 不在您的职责范围内")));
            }
        }
        if let Fact::SessionPlanned(it) = fact {
            self.may_join(asking, case, it.batch).await?;
        }
        if let Fact::StaffRegistered(it) = fact {
            self.may_link(asking, case, it).await?;
        }
        let Some((rule, _)) = fact.waives() else { return Ok(()) };
        let place = asking.to_do(Action::Waive).about(thing(case), case).await?;
        let known = self.known(asking, case).await?;
        let waiver = known.pack.weight(rule).and_then(|weight| weight.waiver.as_deref());
        let role = waiver.and_then(|waiver| waiver.parse::<Role>().ok());
        if role.is_some_and(|role| asking.caller.has(role, &place, self.archive.clock.now())) {
            return Ok(());
        }
        let who = waiver.unwrap_or("nobody");
        let english = format!("{who} may let {rule} pass");
        Err(Problem::new(Code::PermissionDenied, english, format!("{rule} 须由 {who} 豁免")))
    }

    /// Where a fact happens: in the room that it names, or where the candidate sits whom it is about. The latter is asked
    /// only for who holds a pass: all others have the whole session.
    async fn room_of(&self, asking: &Asking, case: CaseId, fact: &Fact) -> Result<Option<RoomId>, Problem> {
        let (candidate, turn) = match fact {
            Fact::CandidateCheckedIn(it) => (it.candidate, it.turn),
            Fact::HandedIn(it) => (it.candidate, it.turn),
            _ => return Ok(fact.room()),
        };
        if !asking.caller.holds_pass() {
            return Ok(None);
        }
        let known = self.known(asking, case).await?;
        let session = &known.view.session;
        let now = session.attendance.of(candidate, turn).and_then(|presence| presence.rooms.last()).map(|(_, room)| *room);
        Ok(now.or_else(|| session.seats.get(&(candidate, turn)).map(|seat| seat.room)))
    }

    /// A session belongs to a batch of the site's own organisation, or to one that the caller may read: with it come the
    /// candidates.
    async fn may_join(&self, asking: &Asking, case: CaseId, batch: BatchId) -> Result<(), Problem> {
        let place =
            async |thing| self.archive.records.place_of(thing).await.map_err(|error| failed("find where it stands", error));
        let (here, there) = (place(thing(case)).await?, place(Thing::Batch(batch)).await?);
        let own = here.zip(there).is_some_and(|(here, there)| here.organization == there.organization);
        if !own {
            asking.to_do(Action::ReadCases).about(Thing::Batch(batch), batch).await?;
        }
        Ok(())
    }

    pub(super) async fn record(&self, asking: &Asking, it: pb::RecordFactRequest) -> Result<pb::RecordFactResponse, Problem> {
        let case = case(&it.case_id)?;
        // Before anything is said of its form: who may not tell it hears nothing of it.
        asking.about(thing(case), case).await?;
        let new = NewFact {
            fact: wire::fact(&self.vault, it.fact)?,
            elsewhere: elsewhere(it.elsewhere, self.archive.clock.now())?,
            breach: breach(it.breach)?,
            source: source(it.source)?,
            seen: it.facts_seen,
        };
        self.may_tell(asking, case, &new.fact, Some(&new)).await?;
        self.tell(asking, case, new, &it.idempotency_key).await
    }

    pub(super) async fn tell(
        &self,
        asking: &Asking,
        case: CaseId,
        new: NewFact,
        key: &str,
    ) -> Result<pb::RecordFactResponse, Problem> {
        let act = self.act(asking, key)?;
        let changes_sessions = matches!(case, CaseId::Session(_));
        let written = self.archive.records.record_fact(&act, case, new).await;
        let written = written.map_err(|error| failed("record the fact", error))?;
        if changes_sessions && !written.repeated {
            self.archive.live.sessions_changed();
        }
        Ok(answer::recorded(&written))
    }

    pub(super) async fn judge(&self, asking: &Asking, it: pb::TryFactRequest) -> Result<pb::TryFactResponse, Problem> {
        let case = case(&it.case_id)?;
        asking.about(thing(case), case).await?;
        let fact = wire::fact(&self.vault, it.fact)?;
        self.may_tell(asking, case, &fact, None).await?;
        if fact.kind().case() != case.kind() {
            return Err(Problem::field("case_id", format!("a {} is told of another kind of case", fact.kind())));
        }
        let known = self.archive.records.known_for(case, &fact).await.map_err(|error| failed("read the case", error))?;
        let known = known.ok_or_else(|| Problem::not_found(case))?;
        let now = self.archive.clock.now();
        let telling = would_be(asking.principal().person(), now, &known.pack.name, &*self.archive.random);
        let moment = Moment { view: &known.view, pack: &known.pack, calendar: &known.calendar, telling: &telling, fact: &fact };
        Ok(match judge(&moment) {
            Ok(found) => pb::TryFactResponse { taken: true, findings: answer::findings(&found), ..<_>::default() },
            Err(Refused::Blocked(found)) => pb::TryFactResponse { findings: answer::findings(&found), ..<_>::default() },
            Err(Refused::Unfit(unfit)) => {
                let problem: Problem = unfit.into();
                let (unfit, unfit_chinese) = (problem.message().to_owned(), problem.message_zh().to_owned());
                pb::TryFactResponse { unfit, unfit_chinese, ..<_>::default() }
            }
        })
    }

    /// One answer for each, in their order. The next one is read when the last one is answered.
    pub(super) fn push(&self, asking: Asking, facts: Streaming<pb::PushFactsRequest>) -> Answers<pb::PushFactsResponse> {
        let this = self.clone();
        let answer = move |(place, fact): (usize, Result<pb::PushFactsRequest, Status>)| {
            let (this, asking) = (this.clone(), asking.clone());
            async move {
                let told = match fact?.fact {
                    Some(fact) if fact.source.is_some() => this.record(&asking, fact).await,
                    Some(_) => Err(Problem::field("fact.source", "is required: system and its own name for the fact")),
                    None => Err(Problem::field("fact", "is required")),
                };
                let (recorded, problem) = match told {
                    Ok(recorded) => (Some(recorded), None),
                    // It may work later: the whole stream is told again from there.
                    Err(problem) if problem.code() == Code::Unavailable => return Err(problem.into()),
                    Err(problem) => (None, Some(answer::problem(&problem))),
                };
                Ok(pb::PushFactsResponse { place: place as u64, recorded, problem })
            }
        };
        Box::pin(facts.enumerate().then(answer))
    }

    pub(super) async fn facts(&self, asking: &Asking, it: pb::ListFactsRequest) -> Result<pb::ListFactsResponse, Problem> {
        let case = case(&it.case_id)?;
        asking.about(thing(case), case).await?;
        let limit = if it.limit == 0 { liuhen_archive::records::MAX_ROWS } else { it.limit };
        let facts = self.archive.records.facts(case, it.after, limit).await.map_err(|error| failed("read facts", error))?;
        Ok(pb::ListFactsResponse { facts: facts.iter().map(answer::summary).collect() })
    }
}

/// How a fact would be told now, and by whom where a rule asks for the login.
pub(super) fn would_be(
    by: Option<PersonId>,
    now: Timestamp,
    pack: &str,
    random: &dyn liuhen_proto::world::Randomness,
) -> Telling {
    let id = FactId::mint(now, random);
    Telling { id, by, at: now, occurred: now, provisional: false, breach: None, pack: pack.to_owned() }
}

/// What the rules would find, and whether any of it blocks.
pub(super) fn would_find(known: &liuhen_archive::records::Known, fact: &Fact, now: Timestamp) -> (Vec<pb::Finding>, bool) {
    let telling = would_be(None, now, &known.pack.name, &liuhen_proto::world::SeededRandom::new(0));
    let moment = Moment { view: &known.view, pack: &known.pack, calendar: &known.calendar, telling: &telling, fact };
    let found = findings(&moment);
    let blocks = found.iter().any(|finding| finding.severity == Severity::Block);
    (answer::findings(&found), blocks)
}
