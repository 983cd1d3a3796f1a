//! What can be told about the process: one type for each kind of fact.
//!
//! In: what people, recorders and neighbouring systems say happened. Out: [`Fact`]s, the bytes of which stand in the log
//! for ever: words and fields are added, never changed. Always: form is right (bounded, ids of their kind); whether it
//! fits what is known, and which rule it breaks, is told by [`crate::rule`]. Not here: who may tell it (`liuhen_api`).

use liuhen_proto::Sha256;
use liuhen_proto::ids::RoomId;
use serde::{Deserialize, Serialize};

pub mod appraisal;
pub mod batch;
pub mod catalogue;
pub mod certificate;
pub mod day;
pub mod incident;
pub mod key;
mod later_words;
pub mod organization;
pub mod parts;
pub mod plan;
pub mod record;
pub mod score;
pub mod site;
pub mod state;
pub mod waived;
pub mod words;

use crate::text::Text;

/// The number of an identity document. Here it is unreadable: the key is not in this room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdNumber {
    /// Keyed hash, to find the same number again.
    pub hash: Sha256,
    /// The number, encrypted: base64 of key id, nonce and AES-256-GCM.
    pub sealed: Text<200>,
    /// What everybody may see of it, `3704**********12` for instance.
    pub masked: Text<60>,
}

/// Whose file a fact goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaseKind {
    /// An organisation.
    Organization,
    /// An exam site.
    Site,
    /// A batch.
    Batch,
    /// A session.
    Session,
}

macro_rules! facts {
    ($($variant:ident($data:ty) = $text:literal, $case:ident;)*) => {
        /// Something that was told.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "fact")]
        pub enum Fact { $(
            #[doc = concat!("`", $text, "`")]
            #[serde(rename = $text)]
            $variant($data),
        )* }

        /// The kinds of facts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FactKind { $(
            #[doc = concat!("`", $text, "`")]
            $variant,
        )* }

        impl FactKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As it stands in records and entries.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Whose file it goes into.
            pub const fn case(self) -> CaseKind {
                match self { $(Self::$variant => CaseKind::$case,)* }
            }
        }

        impl Fact {
            /// Its kind.
            pub const fn kind(&self) -> FactKind {
                match self { $(Self::$variant(_) => FactKind::$variant,)* }
            }
        }

        $(impl From<$data> for Fact {
            fn from(data: $data) -> Self {
                Self::$variant(data)
            }
        })*
    };
}

facts! {
    BodyFiled(organization::BodyFiled) = "body_filed", Organization;
    ScopeFiled(organization::ScopeFiled) = "scope_filed", Organization;
    AnnouncementPublished(organization::AnnouncementPublished) = "announcement_published", Organization;
    StaffRegistered(organization::StaffRegistered) = "staff_registered", Organization;
    SiteApproved(site::SiteApproved) = "site_approved", Site;
    FacilityDeclared(site::FacilityDeclared) = "facility_declared", Site;
    DeviceDeclared(site::DeviceDeclared) = "device_declared", Site;
    RoomFitted(site::RoomFitted) = "room_fitted", Site;
    CoveragePlanSigned(site::CoveragePlanSigned) = "coverage_plan_signed", Site;
    ExemptionGranted(site::ExemptionGranted) = "exemption_granted", Site;
    BatchPlanned(batch::BatchPlanned) = "batch_planned", Batch;
    DocumentFiled(batch::DocumentFiled) = "document_filed", Batch;
    PlanFiled(batch::PlanFiled) = "plan_filed", Batch;
    PlanConfirmed(batch::PlanConfirmed) = "plan_confirmed", Batch;
    RegistrationHeld(batch::RegistrationHeld) = "registration_held", Batch;
    ReviewFinished(batch::ReviewFinished) = "review_finished", Batch;
    TicketsReady(batch::TicketsReady) = "tickets_ready", Batch;
    CandidateEnrolled(batch::CandidateEnrolled) = "candidate_enrolled", Batch;
    CandidateReviewed(batch::CandidateReviewed) = "candidate_reviewed", Batch;
    EmploymentVerified(batch::EmploymentVerified) = "employment_verified", Batch;
    RosterFrozen(batch::RosterFrozen) = "roster_frozen", Batch;
    CandidateCorrected(batch::CandidateCorrected) = "candidate_corrected", Batch;
    RelationDeclared(batch::RelationDeclared) = "relation_declared", Batch;
    ProcessEventHeld(batch::ProcessEventHeld) = "process_event_held", Batch;
    PapersAssigned(batch::PapersAssigned) = "papers_assigned", Batch;
    OutsideEventTold(batch::OutsideEventTold) = "outside_event_told", Batch;
    SessionPlanned(plan::SessionPlanned) = "session_planned", Session;
    SeatsAssigned(plan::SeatsAssigned) = "seats_assigned", Session;
    DutyAssigned(plan::DutyAssigned) = "duty_assigned", Session;
    DutyEnded(plan::DutyEnded) = "duty_ended", Session;
    ExaminersDispatched(plan::ExaminersDispatched) = "examiners_dispatched", Session;
    LotsCommitted(plan::LotsCommitted) = "lots_committed", Session;
    LotsDrawn(plan::LotsDrawn) = "lots_drawn", Session;
    LotsDrawnByHand(plan::LotsDrawnByHand) = "lots_drawn_by_hand", Session;
    ReserveTaken(plan::ReserveTaken) = "reserve_taken", Session;
    ChecklistAnswered(day::ChecklistAnswered) = "checklist_answered", Session;
    ItemCorrected(day::ItemCorrected) = "item_corrected", Session;
    CameraTested(day::CameraTested) = "camera_tested", Session;
    StaffArrived(day::StaffArrived) = "staff_arrived", Session;
    StaffLeft(day::StaffLeft) = "staff_left", Session;
    CandidateCheckedIn(day::CandidateCheckedIn) = "candidate_checked_in", Session;
    IdentityDecided(day::IdentityDecided) = "identity_decided", Session;
    Entered(day::Entered) = "entered", Session;
    HandedIn(day::HandedIn) = "handed_in", Session;
    Moved(day::Moved) = "moved", Session;
    MaterialHandled(day::MaterialHandled) = "material_handled", Session;
    EquipmentFailed(day::EquipmentFailed) = "equipment_failed", Session;
    IncidentRecorded(incident::IncidentRecorded) = "incident_recorded", Session;
    IncidentAcknowledged(incident::IncidentAcknowledged) = "incident_acknowledged", Session;
    IncidentDecided(incident::IncidentDecided) = "incident_decided", Session;
    IncidentAppealed(incident::IncidentAppealed) = "incident_appealed", Session;
    AppealDecided(incident::AppealDecided) = "appeal_decided", Session;
    IncidentReported(incident::IncidentReported) = "incident_reported", Session;
    FormFilled(incident::FormFilled) = "form_filled", Session;
    FormItemRectified(incident::FormItemRectified) = "form_item_rectified", Session;
    FormSigned(incident::FormSigned) = "form_signed", Session;
    RoomReady(state::RoomReady) = "room_ready", Session;
    TurnStarted(state::TurnStarted) = "turn_started", Session;
    TurnPaused(state::TurnPaused) = "turn_paused", Session;
    TurnResumed(state::TurnResumed) = "turn_resumed", Session;
    TurnEnded(state::TurnEnded) = "turn_ended", Session;
    SessionSealed(state::SessionSealed) = "session_sealed", Session;
    TraceKept(state::TraceKept) = "trace_kept", Session;
    VisitorNoted(state::VisitorNoted) = "visitor_noted", Session;
    OutsideEventSeen(state::OutsideEventSeen) = "outside_event_seen", Session;
    FindingWaived(state::FindingWaived) = "finding_waived", Session;
    CatalogueAdopted(catalogue::CatalogueAdopted) = "catalogue_adopted", Organization;
    OrganizationFindingWaived(waived::OrganizationFindingWaived) = "organization_finding_waived", Organization;
    SiteFindingWaived(waived::SiteFindingWaived) = "site_finding_waived", Site;
    BatchFindingWaived(waived::BatchFindingWaived) = "batch_finding_waived", Batch;
    DefenceHeld(appraisal::DefenceHeld) = "defence_held", Session;
    MarkingPrepared(score::MarkingPrepared) = "marking_prepared", Batch;
    MarkingGroupFormed(score::MarkingGroupFormed) = "marking_group_formed", Batch;
    MarkingAnomalyRecorded(score::MarkingAnomalyRecorded) = "marking_anomaly_recorded", Batch;
    MarkingMaterialChanged(score::MarkingMaterialChanged) = "marking_material_changed", Batch;
    MarkingLogged(score::MarkingLogged) = "marking_logged", Batch;
    ScoreSheetSigned(score::ScoreSheetSigned) = "score_sheet_signed", Batch;
    MachineTotalTold(score::MachineTotalTold) = "machine_total_told", Batch;
    MachineTotalsConfirmed(score::MachineTotalsConfirmed) = "machine_totals_confirmed", Batch;
    ScoreEntered(score::ScoreEntered) = "score_entered", Batch;
    ScoresVerified(score::ScoresVerified) = "scores_verified", Batch;
    ScoreAmended(score::ScoreAmended) = "score_amended", Batch;
    ScoresReleased(score::ScoresReleased) = "scores_released", Batch;
    NoticePosted(score::NoticePosted) = "notice_posted", Batch;
    ObjectionRaised(score::ObjectionRaised) = "objection_raised", Batch;
    ObjectionDecided(score::ObjectionDecided) = "objection_decided", Batch;
    ResultsUploaded(score::ResultsUploaded) = "results_uploaded", Batch;
    CertificateNumbered(certificate::CertificateNumbered) = "certificate_numbered", Batch;
    CertificatesConfirmed(certificate::CertificatesConfirmed) = "certificates_confirmed", Batch;
    CertificateIssued(certificate::CertificateIssued) = "certificate_issued", Batch;
    CertificateReissued(certificate::CertificateReissued) = "certificate_reissued", Batch;
    DataReported(certificate::DataReported) = "data_reported", Batch;
    DataReturned(certificate::DataReturned) = "data_returned", Batch;
    DataCorrected(certificate::DataCorrected) = "data_corrected", Batch;
    RecordFiled(record::RecordFiled) = "record_filed", Batch;
    RecordingExplained(record::RecordingExplained) = "recording_explained", Batch;
    SessionReceived(record::SessionReceived) = "session_received", Session;
    BatchClosed(record::BatchClosed) = "batch_closed", Batch;
    SummaryFiled(record::SummaryFiled) = "summary_filed", Organization;
}

impl Fact {
    /// The room in which it happens, where it names one and only one.
    pub fn room(&self) -> Option<RoomId> {
        match self {
            Self::Entered(it) => Some(it.room),
            Self::Moved(it) => Some(it.room),
            Self::RoomReady(it) => Some(it.room),
            Self::CameraTested(it) => Some(it.room),
            Self::EquipmentFailed(it) => Some(it.room),
            Self::TraceKept(it) => Some(it.room),
            Self::ChecklistAnswered(it) => it.room,
            Self::ItemCorrected(it) => it.room,
            Self::MaterialHandled(it) => it.room,
            Self::IncidentRecorded(it) => it.room,
            _ => None,
        }
    }
}

impl Fact {
    /// The rule and the thing of the finding that it lets pass.
    pub fn waives(&self) -> Option<(&str, &str)> {
        match self {
            Self::FindingWaived(it) => Some((it.rule.as_str(), it.about.as_str())),
            Self::OrganizationFindingWaived(it) => Some((it.rule.as_str(), it.about.as_str())),
            Self::SiteFindingWaived(it) => Some((it.rule.as_str(), it.about.as_str())),
            Self::BatchFindingWaived(it) => Some((it.rule.as_str(), it.about.as_str())),
            _ => None,
        }
    }
}

impl FactKind {
    /// Whether rules about it look at the sessions of its batch.
    pub const fn looks_at_sessions(self) -> bool {
        matches!(
            self,
            Self::ScoreSheetSigned
                | Self::ScoreEntered
                | Self::ScoresReleased
                | Self::ResultsUploaded
                | Self::RecordingExplained
                | Self::BatchClosed
        )
    }

    /// Whether rules about it look at all of other batches of the organisation.
    pub const fn looks_at_other_batches(self) -> bool {
        matches!(self, Self::BatchPlanned | Self::PapersAssigned | Self::SummaryFiled)
    }

    /// Whether rules about it compare it with what is told of other batches, all of them or what they name.
    pub const fn looks_across_batches(self) -> bool {
        self.looks_at_other_batches() || matches!(self, Self::CertificateNumbered)
    }
}

impl std::fmt::Display for FactKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for FactKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|kind| kind.as_str() == text);
        found.copied().ok_or_else(|| format!("{text:?} is no kind of fact"))
    }
}
