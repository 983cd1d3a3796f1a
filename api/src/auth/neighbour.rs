//! Neighbouring systems as callers: what each may tell, and under which name.
//!
//! In: a key that was proved, and what the records permit. Out: a [`Caller`]. Always: a neighbour tells what happened
//! elsewhere, and never what a person must decide here; it speaks under its own system name; what it began under other
//! permits ends. Not here: its certificates ([`crate::machines`]).

use std::sync::Arc;

use liuhen_archive::records::{Neighbour as Known, NeighbourKey, NewFact, Permits, RefusalKind};
use liuhen_process::fact::FactKind;
use liuhen_proto::scope::Place;
use liuhen_proto::{Code, Principal, Problem};

use super::action::Action;
use super::caller::{Caller, Who};
use super::table::authorize;
use super::{Authenticator, unknown_key};
use crate::machines::RENEWED_UNTIL;
use crate::machines::authority::PublicKey;
use crate::peer::Peer;
use crate::refusals::Tried;

/// A neighbour that was let in.
#[derive(Debug, Clone)]
pub struct Neighbour {
    /// By which key.
    pub key: PublicKey,
    /// As it stands in the records.
    pub known: Known,
    /// Whether its certificate is over.
    pub is_over: bool,
}

/// Whether a neighbour can be permitted to tell facts of a kind. What is not in the list is a person's: a signature, a
/// check of one's own, a draw, a permission, a decision. What another system has seen, planned or registered is not.
pub const fn can_tell(kind: FactKind) -> bool {
    use FactKind as Kind;
    matches!(
        kind,
        Kind::BodyFiled
            | Kind::ScopeFiled
            | Kind::AnnouncementPublished
            | Kind::StaffRegistered
            | Kind::SiteApproved
            | Kind::FacilityDeclared
            | Kind::DeviceDeclared
            | Kind::RoomFitted
            | Kind::BatchPlanned
            | Kind::DocumentFiled
            | Kind::PlanFiled
            | Kind::RegistrationHeld
            | Kind::TicketsReady
            | Kind::CandidateEnrolled
            | Kind::RelationDeclared
            | Kind::ProcessEventHeld
            | Kind::PapersAssigned
            | Kind::OutsideEventTold
            | Kind::SessionPlanned
            | Kind::SeatsAssigned
            | Kind::DutyAssigned
            | Kind::DutyEnded
            | Kind::ExaminersDispatched
            | Kind::StaffArrived
            | Kind::StaffLeft
            | Kind::CandidateCheckedIn
            | Kind::Entered
            | Kind::HandedIn
            | Kind::EquipmentFailed
            | Kind::IncidentRecorded
            | Kind::VisitorNoted
            | Kind::OutsideEventSeen
            | Kind::SessionReceived
            | Kind::MachineTotalTold
            | Kind::ResultsUploaded
            | Kind::CertificateNumbered
    )
}

impl Neighbour {
    /// What it may, as the records say.
    pub const fn permits(&self) -> &Permits {
        &self.known.what.permits
    }

    /// Whether it may tell facts of this kind. Asked of the table as well, so that a permit of old gives nothing that a
    /// newer version keeps for persons.
    pub fn tells(&self, kind: FactKind) -> bool {
        can_tell(kind) && self.permits().pushes.contains(&kind)
    }

    /// Whether it may tell facts of this kind, and as it tells it where it does; why not.
    pub(crate) fn may_tell(&self, kind: FactKind, told: Option<&NewFact>) -> Result<(), Problem> {
        let system = &self.known.what.system;
        let refused = |english: String, chinese: String| Err(Problem::new(Code::PermissionDenied, english, chinese));
        if !can_tell(kind) {
            return refused(
                format!("{kind} is a person's to tell, and no system's"),
                format!("{kind} 须由人员办理，系统不得代报"),
            );
        }
        if !self.tells(kind) {
            let english =
                format!("{system} has no permit for {kind}: an administrator gives it by `liuhen admin neighbours permit`");
            return refused(english, format!("{system} 未获 {kind} 的推送许可：请管理员用 liuhen admin neighbours permit 授予"));
        }
        let Some(told) = told else { return Ok(()) };
        if told.breach.is_some() {
            let english = "a breach is a person's to tell: leave `breach` out".to_owned();
            return refused(english, "违规情形须由人员说明，系统不得代报：请去掉 breach".to_owned());
        }
        match &told.source {
            Some(source) if source.system.to_string() == *system => Ok(()),
            _ => refused(
                format!("a neighbour speaks under its own name: `source.system` must be {system}"),
                format!("外部系统只能以自身名义推送：source.system 须为 {system}"),
            ),
        }
    }
}

impl Authenticator {
    /// The neighbour of a key, while that holds.
    pub(super) async fn neighbour(
        &self,
        key: PublicKey,
        (known, newest): (Known, NeighbourKey),
        from: Option<Peer>,
    ) -> Result<Caller, Problem> {
        let now = self.archive.clock.now();
        let why = if newest.revoked.is_some() {
            "its key was revoked"
        } else if newest.until.after(RENEWED_UNTIL) <= now {
            "its certificate was over long ago"
        } else {
            let principal = Principal::Neighbour(known.id);
            let who = Who::Neighbour(Arc::new(Neighbour { key, known, is_over: newest.until <= now }));
            return Ok(Caller { principal, who });
        };
        let at = Some(known.id.to_string());
        tracing::info!(neighbour = at, why, "a neighbour was not let in");
        self.refusals.note(&self.archive, Tried { kind: RefusalKind::Machine, at, whose: None, from }).await;
        Err(unknown_key())
    }

    /// Whether what it began goes on: under the same permits, with a key that holds.
    pub(super) async fn neighbour_still_may(&self, it: &Neighbour, action: Action, places: &[Place]) -> bool {
        let found = match self.archive.records.neighbour_by_key(it.key.sha256()).await {
            Ok(found) => found,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "whether a neighbour may still is not known");
                return false;
            }
        };
        let Some((known, newest)) = found.filter(|(known, _)| *known == it.known) else { return false };
        let Ok(again) = self.neighbour(it.key, (known, newest), None).await else { return false };
        let now = self.archive.clock.now();
        super::authorize_somewhere(Some(&again), action, now).is_allowed()
            && places.iter().all(|place| authorize(Some(&again), action, place, now).is_allowed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::action::of_fact;

    /// What a supervisor, the head, the authority or nobody but one person decides, no system tells.
    #[test]
    fn no_neighbour_tells_what_a_person_must_decide() {
        use Action::{CloseBatch, Confirm, DecideAppeal, LeadSession, SealSession, Supervise, Waive};
        for kind in FactKind::ALL.iter().filter(|kind| can_tell(**kind)) {
            let of = of_fact(*kind);
            assert!(
                ![CloseBatch, Confirm, DecideAppeal, LeadSession, SealSession, Supervise, Waive].contains(&of),
                "{kind}: {of:?}"
            );
        }
        for kind in [FactKind::RosterFrozen, FactKind::CandidateReviewed, FactKind::ChecklistAnswered, FactKind::ExemptionGranted]
        {
            assert!(!can_tell(kind), "{kind}");
        }
    }
}
