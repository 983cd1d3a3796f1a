//! Facts from the wire: form is checked here, once, and every refusal names its field.
//!
//! In: messages. Out: [`Fact`]s of `liuhen_process`. Always: lists are bounded before they are read, identity numbers are
//! sealed before anything else sees them. Not here: whether a fact fits what is known.

use std::fmt::Display;
use std::str::FromStr;

use liuhen_process::calendar::Date;
use liuhen_process::fact::{Fact, IdNumber};
use liuhen_process::text::Text;
use liuhen_proto::wire::common::v1 as common;
use liuhen_proto::wire::session::v1::{self as pb, fact::Told};
use liuhen_proto::{Interval, Problem, Sha256, wire};

use crate::vault::Vault;

mod appraisal;
mod batch;
mod catalogue;
mod certificate;
mod day;
mod incident;
mod organization;
mod parts;
mod plan;
mod record;
mod score;
mod site;
mod state;
mod waived;

/// Where in a message one is, and with which key numbers are sealed.
pub(super) struct At<'a> {
    path: String,
    vault: &'a Vault,
}

impl<'a> At<'a> {
    pub(super) fn root(vault: &'a Vault) -> Self {
        Self { path: String::new(), vault }
    }

    pub(super) fn field(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Self { path, vault: self.vault }
    }

    fn item(&self, place: usize) -> Self {
        Self { path: format!("{}[{place}]", self.path), vault: self.vault }
    }

    fn refuse(&self, why: impl Display) -> Problem {
        Problem::field(&self.path, why.to_string())
    }
}

/// What can be read from a field of the wire.
pub(super) trait FromWire<W>: Sized {
    fn from_wire(at: &At<'_>, field: W) -> Result<Self, Problem>;
}

/// At most so many.
pub(super) fn list<W, T: FromWire<W>>(at: &At<'_>, items: Vec<W>, most: usize) -> Result<Vec<T>, Problem> {
    if items.len() > most {
        return Err(at.refuse(format!("has {} items, at most {most} are allowed", items.len())));
    }
    items.into_iter().enumerate().map(|(place, item)| T::from_wire(&at.item(place), item)).collect()
}

fn parsed<T: FromStr<Err: Display>>(at: &At<'_>, text: &str) -> Result<T, Problem> {
    if text.is_empty() {
        return Err(at.refuse("is required"));
    }
    text.parse().map_err(|error: T::Err| at.refuse(error))
}

macro_rules! from_text {
    ($($kind:ty),* $(,)?) => { $(
        impl FromWire<String> for $kind {
            fn from_wire(at: &At<'_>, text: String) -> Result<Self, Problem> {
                parsed(at, &text)
            }
        }
    )* };
}

from_text! {
    Date, liuhen_proto::ids::BatchId, liuhen_proto::ids::CameraId, liuhen_proto::ids::CandidateId,
    liuhen_proto::ids::ExemptionId, liuhen_proto::ids::FormId, liuhen_proto::ids::IncidentId,
    liuhen_proto::ids::OrganizationId, liuhen_proto::ids::PersonId, liuhen_proto::ids::RoomId,
    liuhen_proto::ids::SessionId, liuhen_proto::ids::StaffId,
}

impl<const MAX: usize> FromWire<String> for Text<MAX> {
    fn from_wire(at: &At<'_>, text: String) -> Result<Self, Problem> {
        Self::new(text).map_err(|error| at.refuse(error))
    }
}

impl FromWire<String> for IdNumber {
    fn from_wire(at: &At<'_>, number: String) -> Result<Self, Problem> {
        at.vault.seal(&number).map_err(|error| at.refuse(error))
    }
}

impl<T: FromWire<String>> FromWire<String> for Option<T> {
    fn from_wire(at: &At<'_>, text: String) -> Result<Self, Problem> {
        if text.is_empty() { Ok(None) } else { T::from_wire(at, text).map(Some) }
    }
}

impl FromWire<Vec<u8>> for Sha256 {
    fn from_wire(at: &At<'_>, bytes: Vec<u8>) -> Result<Self, Problem> {
        wire::digest(&at.path, &bytes)
    }
}

impl FromWire<Vec<u8>> for Option<Sha256> {
    fn from_wire(at: &At<'_>, bytes: Vec<u8>) -> Result<Self, Problem> {
        if bytes.is_empty() { Ok(None) } else { Sha256::from_wire(at, bytes).map(Some) }
    }
}

impl FromWire<u32> for u32 {
    fn from_wire(_: &At<'_>, number: u32) -> Result<Self, Problem> {
        Ok(number)
    }
}

impl FromWire<Option<u32>> for Option<u32> {
    fn from_wire(_: &At<'_>, number: Option<u32>) -> Result<Self, Problem> {
        Ok(number)
    }
}

impl FromWire<bool> for bool {
    fn from_wire(_: &At<'_>, it: bool) -> Result<Self, Problem> {
        Ok(it)
    }
}

impl FromWire<Option<common::Interval>> for Interval {
    fn from_wire(at: &At<'_>, interval: Option<common::Interval>) -> Result<Self, Problem> {
        wire::interval(&at.path, interval.as_ref())
    }
}

macro_rules! from_words {
    ($($word:ident),* $(,)?) => { $(
        impl FromWire<i32> for liuhen_process::fact::words::$word {
            fn from_wire(at: &At<'_>, word: i32) -> Result<Self, Problem> {
                Self::from_wire(word).ok_or_else(|| at.refuse("is required, and is a word of the closed list"))
            }
        }
    )* };
}

from_words! {
    Answer, AppraisalMethod, Assessment, DeviceKind, DocumentSlot, Duty, ExemptionReason, Facility, IdDocumentType, IdentityMethod,
    IdentityResult, IncidentKind, IncidentOutcome, IncidentSource, Level, MaterialKind, MaterialStep,
    OutsideEventKind, Phase, RelationKind, ReportTo, ReviewOutcome, SealState, Subject, TraceKind,
    ViolationSubject,
}

// What comes after the exam.
from_text! { liuhen_proto::ids::FactId }
from_words! { DecidedBy, Medium, NoticeChannel, RecordCategory }

/// A message whose fields are read one by one: `ours: theirs`, and `[most]` for a list.
macro_rules! from_wire {
    ($name:ident { $($ours:ident: $theirs:ident $([$most:literal])?,)* }) => {
        impl super::FromWire<liuhen_proto::wire::session::v1::$name> for $name {
            fn from_wire(
                at: &super::At<'_>,
                it: liuhen_proto::wire::session::v1::$name,
            ) -> Result<Self, liuhen_proto::Problem> {
                Ok(Self { $($ours: super::from_wire!(@field at, it.$theirs, stringify!($theirs) $(, $most)?),)* })
            }
        }

        impl super::FromWire<Option<liuhen_proto::wire::session::v1::$name>> for $name {
            fn from_wire(
                at: &super::At<'_>,
                it: Option<liuhen_proto::wire::session::v1::$name>,
            ) -> Result<Self, liuhen_proto::Problem> {
                Self::from_wire(at, it.ok_or_else(|| at.refuse("is required"))?)
            }
        }

        impl super::FromWire<Option<liuhen_proto::wire::session::v1::$name>> for Option<$name> {
            fn from_wire(
                at: &super::At<'_>,
                it: Option<liuhen_proto::wire::session::v1::$name>,
            ) -> Result<Self, liuhen_proto::Problem> {
                it.map(|it| $name::from_wire(at, it)).transpose()
            }
        }
    };
    (@field $at:expr, $value:expr, $name:expr) => {
        super::FromWire::from_wire(&$at.field($name), $value)?
    };
    (@field $at:expr, $value:expr, $name:expr, $most:literal) => {
        super::list(&$at.field($name), $value, $most)?
    };
}

use from_wire;

/// A fact.
pub(super) fn fact(vault: &Vault, fact: Option<pb::Fact>) -> Result<Fact, Problem> {
    let at = At::root(vault).field("fact");
    let told = fact.and_then(|fact| fact.told).ok_or_else(|| at.refuse("is required"))?;
    Ok(match told {
        Told::BodyFiled(it) => Fact::BodyFiled(FromWire::from_wire(&at.field("body_filed"), it)?),
        Told::ScopeFiled(it) => Fact::ScopeFiled(FromWire::from_wire(&at.field("scope_filed"), it)?),
        Told::AnnouncementPublished(it) => {
            Fact::AnnouncementPublished(FromWire::from_wire(&at.field("announcement_published"), it)?)
        }
        Told::StaffRegistered(it) => Fact::StaffRegistered(FromWire::from_wire(&at.field("staff_registered"), it)?),
        Told::SiteApproved(it) => Fact::SiteApproved(FromWire::from_wire(&at.field("site_approved"), it)?),
        Told::FacilityDeclared(it) => Fact::FacilityDeclared(FromWire::from_wire(&at.field("facility_declared"), it)?),
        Told::DeviceDeclared(it) => Fact::DeviceDeclared(FromWire::from_wire(&at.field("device_declared"), it)?),
        Told::RoomFitted(it) => Fact::RoomFitted(FromWire::from_wire(&at.field("room_fitted"), it)?),
        Told::CoveragePlanSigned(it) => Fact::CoveragePlanSigned(FromWire::from_wire(&at.field("coverage_plan_signed"), it)?),
        Told::ExemptionGranted(it) => Fact::ExemptionGranted(FromWire::from_wire(&at.field("exemption_granted"), it)?),
        Told::BatchPlanned(it) => Fact::BatchPlanned(FromWire::from_wire(&at.field("batch_planned"), it)?),
        Told::DocumentFiled(it) => Fact::DocumentFiled(FromWire::from_wire(&at.field("document_filed"), it)?),
        Told::PlanFiled(it) => Fact::PlanFiled(FromWire::from_wire(&at.field("plan_filed"), it)?),
        Told::PlanConfirmed(it) => Fact::PlanConfirmed(FromWire::from_wire(&at.field("plan_confirmed"), it)?),
        Told::RegistrationHeld(it) => Fact::RegistrationHeld(FromWire::from_wire(&at.field("registration_held"), it)?),
        Told::ReviewFinished(it) => Fact::ReviewFinished(FromWire::from_wire(&at.field("review_finished"), it)?),
        Told::TicketsReady(it) => Fact::TicketsReady(FromWire::from_wire(&at.field("tickets_ready"), it)?),
        Told::CandidateEnrolled(it) => Fact::CandidateEnrolled(FromWire::from_wire(&at.field("candidate_enrolled"), it)?),
        Told::CandidateReviewed(it) => Fact::CandidateReviewed(FromWire::from_wire(&at.field("candidate_reviewed"), it)?),
        Told::EmploymentVerified(it) => Fact::EmploymentVerified(FromWire::from_wire(&at.field("employment_verified"), it)?),
        Told::RosterFrozen(it) => Fact::RosterFrozen(FromWire::from_wire(&at.field("roster_frozen"), it)?),
        Told::CandidateCorrected(it) => Fact::CandidateCorrected(FromWire::from_wire(&at.field("candidate_corrected"), it)?),
        Told::RelationDeclared(it) => Fact::RelationDeclared(FromWire::from_wire(&at.field("relation_declared"), it)?),
        Told::ProcessEventHeld(it) => Fact::ProcessEventHeld(FromWire::from_wire(&at.field("process_event_held"), it)?),
        Told::PapersAssigned(it) => Fact::PapersAssigned(FromWire::from_wire(&at.field("papers_assigned"), it)?),
        Told::OutsideEventTold(it) => Fact::OutsideEventTold(FromWire::from_wire(&at.field("outside_event_told"), it)?),
        Told::SessionPlanned(it) => Fact::SessionPlanned(FromWire::from_wire(&at.field("session_planned"), it)?),
        Told::SeatsAssigned(it) => Fact::SeatsAssigned(FromWire::from_wire(&at.field("seats_assigned"), it)?),
        Told::DutyAssigned(it) => Fact::DutyAssigned(FromWire::from_wire(&at.field("duty_assigned"), it)?),
        Told::DutyEnded(it) => Fact::DutyEnded(FromWire::from_wire(&at.field("duty_ended"), it)?),
        Told::ExaminersDispatched(it) => Fact::ExaminersDispatched(FromWire::from_wire(&at.field("examiners_dispatched"), it)?),
        Told::LotsCommitted(it) => Fact::LotsCommitted(FromWire::from_wire(&at.field("lots_committed"), it)?),
        Told::LotsDrawn(it) => Fact::LotsDrawn(FromWire::from_wire(&at.field("lots_drawn"), it)?),
        Told::LotsDrawnByHand(it) => Fact::LotsDrawnByHand(FromWire::from_wire(&at.field("lots_drawn_by_hand"), it)?),
        Told::ReserveTaken(it) => Fact::ReserveTaken(FromWire::from_wire(&at.field("reserve_taken"), it)?),
        Told::ChecklistAnswered(it) => Fact::ChecklistAnswered(FromWire::from_wire(&at.field("checklist_answered"), it)?),
        Told::ItemCorrected(it) => Fact::ItemCorrected(FromWire::from_wire(&at.field("item_corrected"), it)?),
        Told::CameraTested(it) => Fact::CameraTested(FromWire::from_wire(&at.field("camera_tested"), it)?),
        Told::StaffArrived(it) => Fact::StaffArrived(FromWire::from_wire(&at.field("staff_arrived"), it)?),
        Told::StaffLeft(it) => Fact::StaffLeft(FromWire::from_wire(&at.field("staff_left"), it)?),
        Told::CandidateCheckedIn(it) => Fact::CandidateCheckedIn(FromWire::from_wire(&at.field("candidate_checked_in"), it)?),
        Told::IdentityDecided(it) => Fact::IdentityDecided(FromWire::from_wire(&at.field("identity_decided"), it)?),
        Told::Entered(it) => Fact::Entered(FromWire::from_wire(&at.field("entered"), it)?),
        Told::HandedIn(it) => Fact::HandedIn(FromWire::from_wire(&at.field("handed_in"), it)?),
        Told::Moved(it) => Fact::Moved(FromWire::from_wire(&at.field("moved"), it)?),
        Told::MaterialHandled(it) => Fact::MaterialHandled(FromWire::from_wire(&at.field("material_handled"), it)?),
        Told::EquipmentFailed(it) => Fact::EquipmentFailed(FromWire::from_wire(&at.field("equipment_failed"), it)?),
        Told::IncidentRecorded(it) => Fact::IncidentRecorded(FromWire::from_wire(&at.field("incident_recorded"), it)?),
        Told::IncidentAcknowledged(it) => {
            Fact::IncidentAcknowledged(FromWire::from_wire(&at.field("incident_acknowledged"), it)?)
        }
        Told::IncidentDecided(it) => Fact::IncidentDecided(FromWire::from_wire(&at.field("incident_decided"), it)?),
        Told::IncidentAppealed(it) => Fact::IncidentAppealed(FromWire::from_wire(&at.field("incident_appealed"), it)?),
        Told::AppealDecided(it) => Fact::AppealDecided(FromWire::from_wire(&at.field("appeal_decided"), it)?),
        Told::IncidentReported(it) => Fact::IncidentReported(FromWire::from_wire(&at.field("incident_reported"), it)?),
        Told::FormFilled(it) => Fact::FormFilled(FromWire::from_wire(&at.field("form_filled"), it)?),
        Told::FormItemRectified(it) => Fact::FormItemRectified(FromWire::from_wire(&at.field("form_item_rectified"), it)?),
        Told::FormSigned(it) => Fact::FormSigned(FromWire::from_wire(&at.field("form_signed"), it)?),
        Told::RoomReady(it) => Fact::RoomReady(FromWire::from_wire(&at.field("room_ready"), it)?),
        Told::TurnStarted(it) => Fact::TurnStarted(FromWire::from_wire(&at.field("turn_started"), it)?),
        Told::TurnPaused(it) => Fact::TurnPaused(FromWire::from_wire(&at.field("turn_paused"), it)?),
        Told::TurnResumed(it) => Fact::TurnResumed(FromWire::from_wire(&at.field("turn_resumed"), it)?),
        Told::TurnEnded(it) => Fact::TurnEnded(FromWire::from_wire(&at.field("turn_ended"), it)?),
        Told::SessionSealed(it) => Fact::SessionSealed(FromWire::from_wire(&at.field("session_sealed"), it)?),
        Told::TraceKept(it) => Fact::TraceKept(FromWire::from_wire(&at.field("trace_kept"), it)?),
        Told::VisitorNoted(it) => Fact::VisitorNoted(FromWire::from_wire(&at.field("visitor_noted"), it)?),
        Told::OutsideEventSeen(it) => Fact::OutsideEventSeen(FromWire::from_wire(&at.field("outside_event_seen"), it)?),
        Told::FindingWaived(it) => Fact::FindingWaived(FromWire::from_wire(&at.field("finding_waived"), it)?),
        Told::CatalogueAdopted(it) => Fact::CatalogueAdopted(FromWire::from_wire(&at.field("catalogue_adopted"), it)?),
        Told::OrganizationFindingWaived(it) => {
            Fact::OrganizationFindingWaived(FromWire::from_wire(&at.field("organization_finding_waived"), it)?)
        }
        Told::SiteFindingWaived(it) => Fact::SiteFindingWaived(FromWire::from_wire(&at.field("site_finding_waived"), it)?),
        Told::BatchFindingWaived(it) => Fact::BatchFindingWaived(FromWire::from_wire(&at.field("batch_finding_waived"), it)?),
        Told::DefenceHeld(it) => Fact::DefenceHeld(FromWire::from_wire(&at.field("defence_held"), it)?),
        Told::MarkingPrepared(it) => Fact::MarkingPrepared(FromWire::from_wire(&at.field("marking_prepared"), it)?),
        Told::MarkingGroupFormed(it) => Fact::MarkingGroupFormed(FromWire::from_wire(&at.field("marking_group_formed"), it)?),
        Told::MarkingAnomalyRecorded(it) => {
            Fact::MarkingAnomalyRecorded(FromWire::from_wire(&at.field("marking_anomaly_recorded"), it)?)
        }
        Told::MarkingMaterialChanged(it) => {
            Fact::MarkingMaterialChanged(FromWire::from_wire(&at.field("marking_material_changed"), it)?)
        }
        Told::MarkingLogged(it) => Fact::MarkingLogged(FromWire::from_wire(&at.field("marking_logged"), it)?),
        Told::ScoreSheetSigned(it) => Fact::ScoreSheetSigned(FromWire::from_wire(&at.field("score_sheet_signed"), it)?),
        Told::MachineTotalTold(it) => Fact::MachineTotalTold(FromWire::from_wire(&at.field("machine_total_told"), it)?),
        Told::MachineTotalsConfirmed(it) => {
            Fact::MachineTotalsConfirmed(FromWire::from_wire(&at.field("machine_totals_confirmed"), it)?)
        }
        Told::ScoreEntered(it) => Fact::ScoreEntered(FromWire::from_wire(&at.field("score_entered"), it)?),
        Told::ScoresVerified(it) => Fact::ScoresVerified(FromWire::from_wire(&at.field("scores_verified"), it)?),
        Told::ScoreAmended(it) => Fact::ScoreAmended(FromWire::from_wire(&at.field("score_amended"), it)?),
        Told::ScoresReleased(it) => Fact::ScoresReleased(FromWire::from_wire(&at.field("scores_released"), it)?),
        Told::NoticePosted(it) => Fact::NoticePosted(FromWire::from_wire(&at.field("notice_posted"), it)?),
        Told::ObjectionRaised(it) => Fact::ObjectionRaised(FromWire::from_wire(&at.field("objection_raised"), it)?),
        Told::ObjectionDecided(it) => Fact::ObjectionDecided(FromWire::from_wire(&at.field("objection_decided"), it)?),
        Told::ResultsUploaded(it) => Fact::ResultsUploaded(FromWire::from_wire(&at.field("results_uploaded"), it)?),
        Told::CertificateNumbered(it) => Fact::CertificateNumbered(FromWire::from_wire(&at.field("certificate_numbered"), it)?),
        Told::CertificatesConfirmed(it) => {
            Fact::CertificatesConfirmed(FromWire::from_wire(&at.field("certificates_confirmed"), it)?)
        }
        Told::CertificateIssued(it) => Fact::CertificateIssued(FromWire::from_wire(&at.field("certificate_issued"), it)?),
        Told::CertificateReissued(it) => Fact::CertificateReissued(FromWire::from_wire(&at.field("certificate_reissued"), it)?),
        Told::DataReported(it) => Fact::DataReported(FromWire::from_wire(&at.field("data_reported"), it)?),
        Told::DataReturned(it) => Fact::DataReturned(FromWire::from_wire(&at.field("data_returned"), it)?),
        Told::DataCorrected(it) => Fact::DataCorrected(FromWire::from_wire(&at.field("data_corrected"), it)?),
        Told::RecordFiled(it) => Fact::RecordFiled(FromWire::from_wire(&at.field("record_filed"), it)?),
        Told::RecordingExplained(it) => Fact::RecordingExplained(FromWire::from_wire(&at.field("recording_explained"), it)?),
        Told::SessionReceived(it) => Fact::SessionReceived(FromWire::from_wire(&at.field("session_received"), it)?),
        Told::BatchClosed(it) => Fact::BatchClosed(FromWire::from_wire(&at.field("batch_closed"), it)?),
        Told::SummaryFiled(it) => Fact::SummaryFiled(FromWire::from_wire(&at.field("summary_filed"), it)?),
    })
}
