//! Who may do what: the one table that decides, and the reason of every decision.
//!
//! In: a [`Caller`], an [`Action`], a place and the time. Out: yes, or why not. Always: what is not in the table is
//! refused; a role holds only within its scope and its time. Not here: whose token it is ([`super`]).

use liuhen_archive::records::Role;
use liuhen_proto::Timestamp;
use liuhen_proto::scope::Place;

use super::action::Action;
use super::caller::{Caller, Reach, Who};
use super::neighbour::Neighbour;

/// What the decision was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// By this role; nothing for machines and for what everybody may do.
    Allowed(Option<Role>),
    /// And why.
    Denied(Denial),
}

/// Why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// Nobody is known to call.
    NoCaller,
    /// No role of the caller may do it anywhere.
    NoRole,
    /// A role of the caller may do it, and not there.
    OutOfScope,
    /// Somebody else knows the caller's password.
    MustChangePassword,
    /// The caller is a neighbour, and nobody has permitted it.
    NotPermitted,
    /// The caller's certificate is over: it may renew it, and nothing else.
    MustRenew,
}

impl Decision {
    /// Whether it may be done.
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// The table: what each role may do within its scope.
pub const fn may(role: Role, action: Action) -> bool {
    use Action::{
        Acknowledge, Confirm, DecideAppeal, DeclareSite, DescribeOrganization, Import, IssuePass, LeadSession, LoadCalendar,
        ManageMachines, ManageNeighbours, ManagePeople, PlanBatch, PlanSession, ReadAccesses, ReadCases, ReadCoverage,
        ReadDeclared, ReadLog, ReadPeople, RevealPerson, SealSession, ServeSession, SetJudgement, Supervise, TellFacts, Waive,
        Watch,
    };
    use Action::{Certify, CloseBatch, EnterScores, KeepRecords, Mark, SettleResults};
    match role {
        Role::SiteHead => matches!(
            action,
            ReadDeclared
                | ReadCoverage
                | ReadCases
                | RevealPerson
                | Watch
                | TellFacts
                | DescribeOrganization
                | PlanSession
                | ServeSession
                | LeadSession
                | Waive
                | SealSession
                | SetJudgement
                | Acknowledge
                | Import
                | ReadPeople
                | IssuePass
        ),
        Role::Invigilator => matches!(action, ReadDeclared | ReadCoverage | ReadCases | TellFacts | ServeSession | Acknowledge),
        Role::Examiner => matches!(action, ReadDeclared | ReadCases | TellFacts | ServeSession | Mark),
        Role::ScoreClerk => matches!(action, ReadDeclared | ReadCases | TellFacts | EnterScores),
        Role::SupervisorInternal | Role::SupervisorExternal => {
            matches!(action, ReadDeclared | ReadCoverage | ReadCases | Watch | TellFacts | ServeSession | Supervise | Acknowledge)
        }
        Role::Inspector => matches!(action, ReadDeclared | ReadCoverage | ReadCases | Watch | Acknowledge),
        Role::Registrar => matches!(
            action,
            ReadDeclared
                | ReadCoverage
                | ReadCases
                | RevealPerson
                | TellFacts
                | DescribeOrganization
                | PlanBatch
                | Confirm
                | PlanSession
                | SettleResults
                | Certify
                | KeepRecords
        ),
        Role::Archivist => {
            matches!(action, ReadDeclared | ReadCoverage | ReadCases | Watch | Import | ReadLog | TellFacts | KeepRecords)
        }
        Role::ResponsibleHead => {
            matches!(
                action,
                ReadDeclared
                    | ReadCoverage
                    | ReadCases
                    | RevealPerson
                    | Watch
                    | TellFacts
                    | DescribeOrganization
                    | PlanBatch
                    | PlanSession
                    | DecideAppeal
                    | SettleResults
                    | CloseBatch
                    | Waive
                    | SealSession
                    | Acknowledge
                    | ReadLog
                    | ReadAccesses
                    | ReadPeople
            )
        }
        Role::Authority => matches!(
            action,
            ReadDeclared
                | ReadCoverage
                | ReadCases
                | RevealPerson
                | Watch
                | TellFacts
                | Confirm
                | Waive
                | ReadLog
                | ReadAccesses
                | ReadPeople
        ),
        Role::Auditor => {
            matches!(action, ReadDeclared | ReadCoverage | ReadCases | RevealPerson | Watch | ReadLog | ReadAccesses | ReadPeople)
        }
        // Who can make accounts sees no footage and no person: that takes another role, which stands in the log.
        Role::Administrator => matches!(
            action,
            DeclareSite
                | DescribeOrganization
                | TellFacts
                | ManageMachines
                | ManageNeighbours
                | PlanSession
                | LoadCalendar
                | SealSession
                | SetJudgement
                | ReadDeclared
                | ReadCoverage
                | ReadCases
                | Acknowledge
                | Import
                | ReadLog
                | ManagePeople
                | ReadPeople
                | IssuePass
        ),
    }
}

/// Decides about something at a place.
pub fn authorize(caller: Option<&Caller>, action: Action, place: &Place, now: Timestamp) -> Decision {
    decide(caller, action, now, |scope| scope.holds(place))
}

/// Decides whether it may be done anywhere at all; where exactly, the call asks.
pub fn authorize_somewhere(caller: Option<&Caller>, action: Action, now: Timestamp) -> Decision {
    decide(caller, action, now, |_| true)
}

/// A recorder hands in, and keeps its certificate.
const fn of_machine(action: Action, is_over: bool) -> Decision {
    match action {
        Action::RenewCertificate => Decision::Allowed(None),
        Action::HandIn if is_over => Decision::Denied(Denial::MustRenew),
        Action::HandIn => Decision::Allowed(None),
        _ => Decision::Denied(Denial::NoRole),
    }
}

/// A neighbour does within its scope what it is permitted to, and keeps its certificate. Which kinds of facts it tells:
/// [`Neighbour::tells`].
fn of_neighbour(it: &Neighbour, action: Action, holds: impl Fn(&Reach) -> bool) -> Decision {
    let permitted = match action {
        Action::RenewCertificate => return Decision::Allowed(None),
        Action::TellFacts => it.permits().pushes.iter().any(|kind| it.tells(*kind)),
        Action::ReadCases => it.permits().reads,
        _ => false,
    };
    if !permitted {
        Decision::Denied(Denial::NotPermitted)
    } else if it.is_over {
        Decision::Denied(Denial::MustRenew)
    } else if holds(&Reach::Scope(it.known.what.scope)) {
        Decision::Allowed(None)
    } else {
        Decision::Denied(Denial::OutOfScope)
    }
}

fn decide(caller: Option<&Caller>, action: Action, now: Timestamp, holds: impl Fn(&Reach) -> bool) -> Decision {
    if action.is_open() {
        return Decision::Allowed(None);
    }
    let Some(caller) = caller else { return Decision::Denied(Denial::NoCaller) };
    let person = match &caller.who {
        Who::Recorder { is_over, .. } => return of_machine(action, *is_over),
        Who::Neighbour(neighbour) => return of_neighbour(neighbour, action, holds),
        Who::Person(person) => person,
    };
    if action.is_of_machines() {
        return Decision::Denied(Denial::NoRole);
    }
    if action.is_of_own_account() {
        return Decision::Allowed(None);
    }
    if person.must_change {
        return Decision::Denied(Denial::MustChangePassword);
    }
    let mut denial = Denial::NoRole;
    for held in person.held.iter().filter(|held| held.is_in_time(now) && may(held.role, action)) {
        if holds(&held.reach) {
            return Decision::Allowed(Some(held.role));
        }
        denial = Denial::OutOfScope;
    }
    Decision::Denied(denial)
}
