//! What a fact names, so that the fact can be found by it.
//!
//! In: a fact. Out: its [`Key`]s. Always: they follow from the fact alone, so an index of them can be made anew at any time;
//! none of them tells who a person is. Not here: the index (`liuhen_archive`).

use std::collections::BTreeSet;

use liuhen_proto::ids::{CandidateId, IncidentId, RoomId};

use super::Fact;
use super::words::Duty;
use crate::text::Text;

/// Something that facts name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A step of the whole case: a plan, a start, a seal. Of all cases it is the same.
    Milestone,
    /// A candidate.
    Candidate(CandidateId),
    /// An incident.
    Incident(IncidentId),
    /// A room in which somebody sits or came, or something happened.
    Room(RoomId),
    /// 准考证号: whose ticket it is, and was.
    Ticket(Text<40>),
    /// The number of a certificate, as the platform gave it.
    Certificate(Text<40>),
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Milestone => f.write_str("milestone"),
            Self::Candidate(id) => id.fmt(f),
            Self::Incident(id) => id.fmt(f),
            Self::Room(id) => id.fmt(f),
            Self::Ticket(text) => write!(f, "ticket:{text}"),
            Self::Certificate(text) => write!(f, "certificate:{text}"),
        }
    }
}

impl Fact {
    /// All that it names.
    pub fn keys(&self) -> BTreeSet<Key> {
        let mut keys: BTreeSet<Key> = self.candidates().into_iter().map(Key::Candidate).collect();
        keys.extend(self.others());
        keys
    }

    /// Whom it concerns.
    fn candidates(&self) -> Vec<CandidateId> {
        match self {
            Self::CandidateEnrolled(it) => vec![it.candidate],
            Self::CandidateReviewed(it) => vec![it.candidate],
            Self::EmploymentVerified(it) => vec![it.candidate],
            Self::CandidateCorrected(it) => vec![it.candidate],
            Self::RelationDeclared(it) => it.candidate.into_iter().collect(),
            Self::ProcessEventHeld(it) => it.candidates.clone(),
            Self::SeatsAssigned(it) => it.seats.iter().map(|seat| seat.candidate).collect(),
            Self::CandidateCheckedIn(it) => vec![it.candidate],
            Self::IdentityDecided(it) => vec![it.candidate],
            Self::Entered(it) => vec![it.candidate],
            Self::HandedIn(it) => vec![it.candidate],
            Self::Moved(it) => vec![it.candidate],
            Self::EquipmentFailed(it) => it.compensations.iter().map(|given| given.candidate).collect(),
            Self::IncidentRecorded(it) => it.candidate.into_iter().collect(),
            Self::DefenceHeld(it) => vec![it.candidate],
            _ => self.candidates_after(),
        }
    }

    /// The same, of what comes after the exam.
    fn candidates_after(&self) -> Vec<CandidateId> {
        match self {
            Self::ScoreSheetSigned(it) => vec![it.candidate],
            Self::MachineTotalTold(it) => vec![it.candidate],
            Self::MachineTotalsConfirmed(it) => it.candidates.clone(),
            Self::ScoreEntered(it) => vec![it.candidate],
            Self::ScoresVerified(it) => it.candidates.clone(),
            Self::ScoreAmended(it) => vec![it.candidate],
            Self::ScoresReleased(it) => it.results.iter().map(|result| result.candidate).collect(),
            Self::NoticePosted(it) => it.candidates.clone(),
            Self::ObjectionRaised(it) => it.candidate.into_iter().collect(),
            Self::ResultsUploaded(it) => it.candidates.clone(),
            Self::CertificateNumbered(it) => vec![it.candidate],
            Self::CertificatesConfirmed(it) => it.candidates.clone(),
            Self::CertificateIssued(it) => vec![it.candidate],
            Self::CertificateReissued(it) => vec![it.candidate],
            Self::DataReported(it) => it.candidates.clone(),
            Self::DataReturned(it) => it.candidates.clone(),
            _ => Vec::new(),
        }
    }

    /// What else it names.
    fn others(&self) -> Vec<Key> {
        match self {
            Self::BatchPlanned(_)
            | Self::PlanFiled(_)
            | Self::PlanConfirmed(_)
            | Self::RosterFrozen(_)
            | Self::BatchClosed(_)
            | Self::SessionPlanned(_)
            | Self::LotsDrawn(_)
            | Self::LotsDrawnByHand(_)
            | Self::ExaminersDispatched(_)
            | Self::FormSigned(_)
            | Self::TurnStarted(_)
            | Self::TurnEnded(_)
            | Self::SessionSealed(_)
            | Self::SessionReceived(_) => vec![Key::Milestone],
            Self::DutyAssigned(it) if it.duty == Duty::Invigilator => vec![Key::Milestone],
            Self::CandidateEnrolled(it) => it.ticket.clone().map(Key::Ticket).into_iter().collect(),
            Self::CandidateCorrected(it) => it.ticket.clone().map(Key::Ticket).into_iter().collect(),
            Self::SeatsAssigned(it) => it.seats.iter().map(|seat| Key::Room(seat.room)).collect(),
            Self::Entered(it) => vec![Key::Room(it.room)],
            Self::Moved(it) => vec![Key::Room(it.room)],
            Self::EquipmentFailed(it) => vec![Key::Room(it.room)],
            Self::IncidentRecorded(it) => std::iter::once(Key::Incident(it.incident)).chain(it.room.map(Key::Room)).collect(),
            Self::IncidentAcknowledged(it) => vec![Key::Incident(it.incident)],
            Self::IncidentDecided(it) => vec![Key::Incident(it.incident)],
            Self::IncidentAppealed(it) => vec![Key::Incident(it.incident)],
            Self::AppealDecided(it) => vec![Key::Incident(it.incident)],
            Self::IncidentReported(it) => vec![Key::Incident(it.incident)],
            Self::CertificateNumbered(it) => vec![Key::Certificate(it.number.clone())],
            _ => Vec::new(),
        }
    }
}
