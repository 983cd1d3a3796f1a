//! Which facts make which link, and how each stands.

use liuhen_proto::ids::{CandidateId, SessionId};

use super::{Link, Standing, Step, Told};
use crate::case::CaseId;
use crate::fact::words::{Duty, Subject};
use crate::fact::{Fact, FactKind as Kind};
use crate::pack::Pack;

/// The chain of a candidate. `facts`: those that name the candidate, and the milestones of their cases.
pub fn chain(candidate: CandidateId, facts: &[Told<'_>], pack: &Pack) -> Vec<Link> {
    let mut facts = facts.to_vec();
    facts.sort_by_key(|told| (told.telling.occurred, told.case, told.number));
    let maker = Maker { candidate, facts: &facts, pack };
    let mut links = maker.before();
    for session in maker.sessions() {
        links.extend(maker.session(session));
    }
    links.extend(maker.subjects().into_iter().flat_map(|subject| maker.marked(subject)));
    links.extend(maker.after());
    stand(&mut links);
    links
}

/// What is not there is missing where anything after it is.
fn stand(links: &mut [Link]) {
    let mut is_later = false;
    for link in links.iter_mut().rev() {
        match link.standing {
            Standing::Done => is_later = true,
            Standing::Open if is_later => link.standing = Standing::Missing,
            Standing::Open | Standing::Missing | Standing::NotNeeded => {}
        }
    }
}

struct Maker<'a> {
    candidate: CandidateId,
    facts: &'a [Told<'a>],
    pack: &'a Pack,
}

/// Where a link belongs.
#[derive(Clone, Copy, Default)]
struct Place {
    session: Option<SessionId>,
    turn: Option<u32>,
    subject: Option<Subject>,
}

impl Maker<'_> {
    fn link(&self, step: Step, place: Place, kinds: &'static [Kind], makes: impl Fn(&Fact) -> bool) -> Link {
        let is_here = |told: &&Told<'_>| place.session.is_none_or(|session| told.case == CaseId::Session(session));
        let made = self.facts.iter().filter(|told| kinds.contains(&told.fact.kind())).filter(is_here);
        let facts: Vec<_> = made.filter(|told| makes(told.fact)).map(|told| (told.case, told.number)).collect();
        let standing = if facts.is_empty() { Standing::Open } else { Standing::Done };
        Link { step, session: place.session, turn: place.turn, subject: place.subject, standing, facts, kinds }
    }

    fn of_all(&self, step: Step, kinds: &'static [Kind]) -> Link {
        self.link(step, Place::default(), kinds, |_| true)
    }

    fn before(&self) -> Vec<Link> {
        vec![
            self.of_all(Step::Planned, &[Kind::BatchPlanned]),
            self.of_all(Step::PlanFiled, &[Kind::PlanFiled]),
            self.of_all(Step::PlanConfirmed, &[Kind::PlanConfirmed]),
            self.of_all(Step::Enrolled, &[Kind::CandidateEnrolled]),
            self.of_all(Step::Reviewed, &[Kind::CandidateReviewed]),
            self.of_all(Step::RosterFrozen, &[Kind::RosterFrozen]),
        ]
    }

    /// Sessions in which the candidate has a seat or was seen, in the order in which they were.
    fn sessions(&self) -> Vec<SessionId> {
        let mut sessions = Vec::new();
        for told in self.facts {
            if let CaseId::Session(session) = told.case
                && self.turn_of(told.fact).is_some()
                && !sessions.contains(&session)
            {
                sessions.push(session);
            }
        }
        sessions
    }

    /// In which turn a fact of a session concerns the candidate.
    fn turn_of(&self, fact: &Fact) -> Option<u32> {
        let (candidate, turn) = match fact {
            Fact::SeatsAssigned(it) => {
                let seat = it.seats.iter().find(|seat| seat.candidate == self.candidate)?;
                (seat.candidate, seat.turn)
            }
            Fact::CandidateCheckedIn(it) => (it.candidate, it.turn),
            Fact::Entered(it) => (it.candidate, it.turn),
            Fact::HandedIn(it) => (it.candidate, it.turn),
            Fact::Moved(it) => (it.candidate, it.turn),
            Fact::DefenceHeld(it) => (it.candidate, it.turn),
            _ => return None,
        };
        (candidate == self.candidate).then_some(turn)
    }

    fn session(&self, session: SessionId) -> Vec<Link> {
        let here = Place { session: Some(session), ..Place::default() };
        let turns = self.turns(session);
        let chosen = &[Kind::LotsDrawn, Kind::LotsDrawnByHand, Kind::DutyAssigned];
        let mut examiners = self.link(Step::ExaminersSent, here, &[Kind::ExaminersDispatched], |_| true);
        // Nobody judges what a computer marks.
        if turns.iter().all(|(_, subject)| *subject == Some(Subject::Theory)) && examiners.standing == Standing::Open {
            examiners.standing = Standing::NotNeeded;
        }
        let mut links = vec![
            self.link(Step::SessionPlanned, here, &[Kind::SessionPlanned], |_| true),
            self.link(Step::InvigilatorsChosen, here, chosen, chooses_invigilators),
            examiners,
        ];
        for (turn, subject) in turns {
            links.extend(self.turn(Place { turn: Some(turn), subject, ..here }));
        }
        links.push(self.link(Step::Supervised, here, &[Kind::FormSigned], |_| true));
        links.push(self.link(Step::Sealed, here, &[Kind::SessionSealed], |_| true));
        links
    }

    /// Turns in which the candidate sits or was seen, with what is examined there, as the last plan says.
    fn turns(&self, session: SessionId) -> Vec<(u32, Option<Subject>)> {
        let here = self.facts.iter().filter(|told| told.case == CaseId::Session(session));
        let plan = here.clone().rev().find_map(|told| match told.fact {
            Fact::SessionPlanned(plan) => Some(plan),
            _ => None,
        });
        let mut turns: Vec<u32> = here.clone().flat_map(|told| self.turns_of(told.fact)).collect();
        turns.sort_unstable();
        turns.dedup();
        let subject = |turn: u32| plan?.turns.iter().find(|planned| planned.number == turn).map(|planned| planned.subject);
        turns.into_iter().map(|turn| (turn, subject(turn))).collect()
    }

    fn turns_of(&self, fact: &Fact) -> Vec<u32> {
        match fact {
            Fact::SeatsAssigned(it) => {
                it.seats.iter().filter(|seat| seat.candidate == self.candidate).map(|seat| seat.turn).collect()
            }
            fact => self.turn_of(fact).into_iter().collect(),
        }
    }

    fn turn(&self, place: Place) -> Vec<Link> {
        let turn = place.turn.unwrap_or_default();
        let in_turn = |fact: &Fact| self.turns_of(fact).contains(&turn);
        let mut links = vec![
            self.link(Step::Seated, place, &[Kind::SeatsAssigned], in_turn),
            self.link(Step::CheckedIn, place, &[Kind::CandidateCheckedIn], in_turn),
            self.link(Step::Entered, place, &[Kind::Entered, Kind::Moved], in_turn),
            self.link(
                Step::TurnStarted,
                place,
                &[Kind::TurnStarted],
                |fact| matches!(fact, Fact::TurnStarted(it) if it.turn == turn),
            ),
        ];
        if place.subject == Some(Subject::ComprehensiveAppraisal) {
            links.push(self.link(Step::Defended, place, &[Kind::DefenceHeld], in_turn));
        }
        links.push(self.link(Step::HandedIn, place, &[Kind::HandedIn], in_turn));
        links
    }

    /// What the plan examines.
    fn subjects(&self) -> Vec<Subject> {
        let plan = self.facts.iter().rev().find_map(|told| match told.fact {
            Fact::BatchPlanned(plan) => Some(plan),
            _ => None,
        });
        plan.map_or_else(Vec::new, |plan| plan.subjects.iter().map(|subject| subject.subject).collect())
    }

    fn marked(&self, subject: Subject) -> [Link; 2] {
        let place = Place { subject: Some(subject), ..Place::default() };
        let kinds = &[Kind::ScoreSheetSigned, Kind::MachineTotalTold, Kind::ScoreEntered, Kind::ScoreAmended];
        let marked = self.link(Step::Marked, place, kinds, |fact| is_of(fact, subject));
        let verified = &[Kind::MachineTotalsConfirmed, Kind::ScoresVerified];
        let mut verified = self.link(Step::Verified, place, verified, |fact| is_of(fact, subject));
        // A sheet that its examiners signed needs nobody else.
        let by_sheets = |told: &Told<'_>| matches!(told.fact, Fact::ScoreSheetSigned(it) if it.subject == subject);
        let otherwise = |told: &Told<'_>| match told.fact {
            Fact::MachineTotalTold(it) => it.subject == subject,
            Fact::ScoreEntered(it) => it.subject == subject,
            _ => false,
        };
        let sheets_only = self.facts.iter().any(by_sheets) && !self.facts.iter().any(otherwise);
        if sheets_only && verified.standing == Standing::Open {
            verified.standing = Standing::NotNeeded;
        }
        [marked, verified]
    }

    /// The last word on whether the candidate passed.
    fn passed(&self) -> Option<bool> {
        self.facts.iter().rev().find_map(|told| match told.fact {
            Fact::ScoresReleased(it) => {
                it.results.iter().find(|result| result.candidate == self.candidate).map(|result| result.passed)
            }
            _ => None,
        })
    }

    fn after(&self) -> Vec<Link> {
        let mut links = vec![
            self.of_all(Step::Released, &[Kind::ScoresReleased]),
            self.of_all(Step::Posted, &[Kind::NoticePosted]),
            self.of_all(Step::Uploaded, &[Kind::ResultsUploaded]),
        ];
        let mut certificate = vec![
            self.of_all(Step::Numbered, &[Kind::CertificateNumbered]),
            self.of_all(Step::CertificateConfirmed, &[Kind::CertificatesConfirmed]),
            self.of_all(Step::Issued, &[Kind::CertificateIssued]),
            self.of_all(Step::Reported, &[Kind::DataReported]),
        ];
        let is_reported = self.pack.parameters.data_report.is_some();
        let is_out = self.passed() == Some(false);
        for link in &mut certificate {
            let is_needed = !is_out && (is_reported || link.step != Step::Reported);
            if !is_needed && link.standing == Standing::Open {
                link.standing = Standing::NotNeeded;
            }
        }
        links.extend(certificate);
        links.push(self.of_all(Step::Closed, &[Kind::BatchClosed]));
        links
    }
}

/// Of the posts, only that of an invigilator.
fn chooses_invigilators(fact: &Fact) -> bool {
    !matches!(fact, Fact::DutyAssigned(it) if it.duty != Duty::Invigilator)
}

/// Whether a fact of marking is of a subject.
fn is_of(fact: &Fact, subject: Subject) -> bool {
    let of = match fact {
        Fact::ScoreSheetSigned(it) => it.subject,
        Fact::MachineTotalTold(it) => it.subject,
        Fact::MachineTotalsConfirmed(it) => it.subject,
        Fact::ScoreEntered(it) => it.subject,
        Fact::ScoresVerified(it) => it.subject,
        Fact::ScoreAmended(it) => it.subject,
        _ => return false,
    };
    of == subject
}
