//! Rows P3, P4 and P7: who may not serve.

use std::collections::BTreeSet;

use liuhen_proto::ids::{CandidateId, RoomId};

use crate::case::session::{Held, drawn};
use crate::fact::Fact;
use crate::fact::words::{Duty, RelationKind};
use crate::finding::Broken;

use super::Moment;

/// Who gets which duty where, by this fact.
fn assigned(moment: &Moment<'_>) -> Vec<Held> {
    let invigilator = |(staff, room)| Held { staff, duty: Duty::Invigilator, room: Some(room) };
    match moment.fact {
        Fact::DutyAssigned(it) => vec![Held { staff: it.staff, duty: it.duty, room: it.room }],
        Fact::LotsDrawnByHand(it) => it.places.iter().map(|place| invigilator((place.staff, place.room))).collect(),
        Fact::LotsDrawn(it) => drawn(it.record.as_str()).into_iter().map(invigilator).collect(),
        Fact::ReserveTaken(it) => {
            let of = moment.view.session.duties.iter().filter(|held| held.staff == it.absent && held.duty == Duty::Invigilator);
            of.map(|held| Held { staff: it.reserve, ..*held }).collect()
        }
        Fact::ExaminersDispatched(it) => {
            let examiner = |staff, room| Held { staff, duty: Duty::Examiner, room: Some(room) };
            let panel = |panel: &crate::fact::parts::Panel| {
                panel.examiners.iter().map(|staff| examiner(*staff, panel.room)).collect::<Vec<_>>()
            };
            it.panels.iter().flat_map(panel).collect()
        }
        _ => Vec::new(),
    }
}

/// Duties that meet candidates by this fact: those that it gives; all where it seats candidates or begins a turn.
fn meeting(moment: &Moment<'_>) -> Vec<Held> {
    match moment.fact {
        Fact::SeatsAssigned(_) | Fact::TurnStarted(_) => moment.view.session.duties.clone(),
        _ => assigned(moment),
    }
}

/// Candidates whom a duty meets, in its room or anywhere.
fn candidates(moment: &Moment<'_>, room: Option<RoomId>) -> BTreeSet<CandidateId> {
    let seated = moment.view.session.seats.values();
    let there = |seat: &&crate::fact::parts::Seat| room.is_none_or(|room| seat.room == room);
    match moment.fact {
        Fact::SeatsAssigned(it) => it.seats.iter().filter(there).map(|seat| seat.candidate).collect(),
        Fact::TurnStarted(it) => seated.filter(|seat| seat.turn == it.turn).filter(there).map(|seat| seat.candidate).collect(),
        _ => seated.filter(there).map(|seat| seat.candidate).collect(),
    }
}

/// The first candidate of a duty to whom the person has such a relation, for each relation.
fn related(moment: &Moment<'_>, held: &Held, counts: impl Fn(RelationKind) -> bool) -> Vec<Broken> {
    let batch = &moment.view.batch;
    let candidates = candidates(moment, held.room);
    let mut broken = Vec::new();
    for relation in batch.relations_of(held.staff).filter(|relation| counts(relation.relation)) {
        let concerns = |candidate: &&CandidateId| match (&relation.unit, relation.candidate) {
            (Some(unit), _) => batch.candidates.get(candidate).is_some_and(|it| it.enrolled.employer.as_ref() == Some(unit)),
            (None, other) => other == Some(**candidate),
        };
        let Some(candidate) = candidates.iter().find(concerns) else { continue };
        let (staff, kind) = (held.staff, relation.relation);
        let english = format!("{staff} is related ({kind}) to {candidate}: give the duty to somebody else");
        let chinese = format!("{staff} 与 {candidate} 存在 {kind} 关系，应回避，请改派他人");
        let place = held.room.map_or_else(|| "session".to_owned(), |room| room.to_string());
        let about = Broken::about(staff, english, chinese).because("relation", kind);
        broken.push(about.because("candidate", candidate).because("place", place));
    }
    broken
}

/// At the start of a turn what was found and recorded before is not asked again.
fn news(moment: &Moment<'_>, rule: &str, broken: Vec<Broken>) -> Vec<Broken> {
    let begins = matches!(moment.fact, Fact::TurnStarted(_));
    let known = |it: &Broken| moment.view.session.findings.iter().any(|finding| finding.key() == (rule, it.about.as_str()));
    broken.into_iter().filter(|it| !begins || !known(it)).collect()
}

/// P3: nobody serves where a relation asks for recusal (回避), however late the relation or the seat was told of.
pub(super) fn recusal(moment: &Moment<'_>) -> Vec<Broken> {
    let held = meeting(moment);
    let broken = held.iter().flat_map(|held| related(moment, held, |kind| kind != RelationKind::Trainer)).collect();
    news(moment, "P3", broken)
}

/// P4: a trainer does not invigilate in the room of the own trainees.
pub(super) fn trainer(moment: &Moment<'_>) -> Vec<Broken> {
    let held = meeting(moment).into_iter().filter(|held| held.duty == Duty::Invigilator);
    let broken = held.flat_map(|held| related(moment, &held, |kind| kind == RelationKind::Trainer)).collect();
    news(moment, "P4", broken)
}

/// The three groups that are not mixed: 考务人员, 考评人员, 质量督导人员.
#[derive(PartialEq, Eq)]
enum Group {
    Staff,
    Examiners,
    Supervisors,
}

const fn group(duty: Duty) -> Group {
    match duty {
        Duty::SiteHead | Duty::ChiefInvigilator | Duty::Invigilator | Duty::ExamStaff | Duty::Guard => Group::Staff,
        Duty::Examiner | Duty::LeadExaminer => Group::Examiners,
        Duty::SupervisorInternal | Duty::SupervisorExternal => Group::Supervisors,
    }
}

/// P7: nobody serves in two of the three groups (不得交叉兼任).
pub(super) fn one_role(moment: &Moment<'_>) -> Vec<Broken> {
    let mut broken = Vec::new();
    for gets in assigned(moment) {
        let duties = &moment.view.session.duties;
        let crossed = duties.iter().find(|has| has.staff == gets.staff && group(has.duty) != group(gets.duty));
        let Some(has) = crossed else { continue };
        let english = format!("{} is {} already", gets.staff, has.duty);
        let chinese = format!("{} 已担任 {}，不得交叉兼任", gets.staff, has.duty);
        broken.push(Broken::about(gets.staff, english, chinese).because("has", has.duty).because("gets", gets.duty));
    }
    broken
}
