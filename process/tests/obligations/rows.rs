//! The rows of the requirements, in their order.

use liuhen_process::fact::FactKind::{self, *};

/// How a row is held beside the rules that serve it, which are found by its id.
pub(super) enum Held {
    /// By facts that stand in the log.
    Recorded(&'static [FactKind]),
    /// By another system, whose word is taken in as these facts.
    Intake(&'static [FactKind]),
    /// By another part of this system.
    Elsewhere(&'static str),
    /// Not, and why.
    Not(&'static str),
    /// By work that is not done.
    Later(&'static str),
}

use Held::{Elsewhere, Intake, Later, Not, Recorded};

/// A row of the requirements.
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) what: &'static str,
    pub(super) held: &'static [Held],
}

const fn row(id: &'static str, what: &'static str, held: &'static [Held]) -> Row {
    Row { id, what, held }
}

const RETENTION: &[Held] = &[Later("retention and destruction (保存期限与销毁)")];

/// All of them.
pub(super) const ROWS: &[Row] = &[
    row("A1", "谁评价、谁发证、谁负责: who is responsible", &[Recorded(&[BatchPlanned])]),
    row(
        "A2",
        "属地化: the city of the organisation and that of the site watch",
        &[Elsewhere("scopes of roles: docs/ref/permissions.md")],
    ),
    row("A3", "One administration on the provincial platform", &[Intake(&[BatchPlanned, OutsideEventTold])]),
    row("A4", "The district audits and stamps the plan", &[Recorded(&[DocumentFiled])]),
    row("A5", "The district checks employer and social insurance", &[Recorded(&[EmploymentVerified])]),
    row(
        "A6",
        "逢考必督 by the district, with an evaluation for the city",
        &[
            Recorded(&[DutyAssigned, StaffArrived, DocumentFiled]),
            Not("that the evaluation was not filed, or too late: the text names no day; where it is filed, it is on record"),
        ],
    ),
    row("A7", "Only what the filing covers", &[Recorded(&[ScopeFiled])]),
    row("A8", "The dates of the annual plan are kept", &[Recorded(&[AnnouncementPublished])]),
    row("A9", "The body is on file", &[Intake(&[BodyFiled, ScopeFiled])]),
    row("A10", "All subjects, the same level for all", &[Recorded(&[BatchPlanned])]),
    row("B1", "The annual announcement, approved and in time", &[Recorded(&[AnnouncementPublished])]),
    row("B2", "The plan is filed in time and confirmed", &[Recorded(&[PlanFiled, PlanConfirmed])]),
    row("B3", "Windows of registration, review and tickets", &[Recorded(&[RegistrationHeld, ReviewFinished, TicketsReady])]),
    row(
        "B4",
        "The next plan only after the certificates of the last one",
        &[Recorded(&[BatchPlanned, CertificatesConfirmed, BatchClosed])],
    ),
    row(
        "B5",
        "Application with undertaking and photo",
        &[
            Intake(&[CandidateEnrolled]),
            Not("the format of the photo (JPG) and its white ground: the fact carries digest and size"),
        ],
    ),
    row(
        "B6",
        "One occupation an application, that of the post",
        &[Recorded(&[CandidateEnrolled]), Not("that the occupation is that of the post: the fact does not carry the post")],
    ),
    row("B7", "Students of the school, teaching done", &[Recorded(&[DocumentFiled])]),
    row("B8", "What is reviewed, and eight kinds of identity documents", &[Recorded(&[CandidateEnrolled, CandidateReviewed])]),
    row("B9", "Who is not qualified cannot sit", &[Recorded(&[CandidateReviewed])]),
    row("B10", "Confirmed data are not changed", &[Recorded(&[RosterFrozen, CandidateCorrected])]),
    row("B11", "Documents go up with the plan", &[Recorded(&[DocumentFiled])]),
    row("B12", "What the implementation plan says", &[Recorded(&[BatchPlanned, SessionPlanned])]),
    row("B13", "What the assessment plan of an enterprise says", &[Recorded(&[DocumentFiled])]),
    row("B14", "The undertaking, signed and stamped", &[Recorded(&[DocumentFiled])]),
    row("B15", "Contents, methods and weights", &[Recorded(&[BatchPlanned, ScoresReleased])]),
    row("B16", "Assessment of results or of a process", &[Recorded(&[ProcessEventHeld])]),
    row("C1", "The site is approved", &[Recorded(&[SiteApproved])]),
    row("C2", "Rooms, computers, stations fit", &[Recorded(&[RoomFitted])]),
    row("C3", "Seven facilities", &[Recorded(&[FacilityDeclared])]),
    row("C4", "警戒线, 专人值守, no unrelated persons", &[Recorded(&[DutyAssigned, FacilityDeclared, VisitorNoted])]),
    row("C5", "Identity, signal shielding, recording that keeps", &[Recorded(&[DeviceDeclared, CameraTested])]),
    row(
        "C6",
        "Every room in picture and sound, fully covered",
        &[Recorded(&[CoveragePlanSigned]), Elsewhere("what is recorded, and how well: coverage and judgement of the archive")],
    ),
    row("C7", "全程留痕 where an enterprise may not record", &[Recorded(&[ExemptionGranted, TraceKept])]),
    row("C8", "Theory rooms", &[Recorded(&[RoomFitted, ChecklistAnswered])]),
    row("C9", "Practical rooms", &[Recorded(&[ChecklistAnswered])]),
    row("C10", "Review rooms are quiet and tidy", &[Recorded(&[ChecklistAnswered])]),
    row("C11", "Theory in one place, practice in several", &[Recorded(&[SessionPlanned])]),
    row("C12", "Exams are held as arranged", &[Recorded(&[SeatsAssigned, Entered, Moved])]),
    row("C13", "The school hands tickets out", &[Recorded(&[TicketsReady])]),
    row("D1", "Own items, one paper once", &[Recorded(&[PapersAssigned])]),
    row("D2", "Papers are kept secret from hand to hand", &[Recorded(&[MaterialHandled])]),
    row("D3", "Carriers kept, transmission encrypted", &[Intake(&[OutsideEventSeen])]),
    row("D4", "Interface to platform and item bank", &[Intake(&[OutsideEventTold])]),
    row("P1", "Posts and duties are fixed", &[Recorded(&[DutyAssigned, DutyEnded])]),
    row("P2", "How many head and invigilate", &[Recorded(&[DutyAssigned, StaffArrived, StaffLeft])]),
    row("P3", "回避", &[Recorded(&[RelationDeclared])]),
    row("P4", "Trainers not with their trainees", &[Recorded(&[RelationDeclared])]),
    row(
        "P5",
        "Examiners: number, choice, rotation, leader",
        &[Recorded(&[ExaminersDispatched, ScoreSheetSigned]), Not("rotation (轮换制): it needs the sessions before this one")],
    ),
    row("P6", "An internal supervisor every time", &[Recorded(&[DutyAssigned, StaffArrived])]),
    row("P7", "Badges, and no crossed roles", &[Recorded(&[DutyAssigned, StaffArrived])]),
    row("P8", "监督和指导并重", &[Recorded(&[FormFilled, FormSigned])]),
    row("F1", "What is posted the day before", &[Recorded(&[ChecklistAnswered])]),
    row("F2", "Candidates see the room", &[Recorded(&[ChecklistAnswered])]),
    row("F3", "The head checks and meets", &[Recorded(&[ChecklistAnswered, DocumentFiled])]),
    row("F4", "Invigilators learn", &[Recorded(&[ChecklistAnswered])]),
    row("F5", "Examiners prepare", &[Recorded(&[ChecklistAnswered])]),
    row("F6", "The supervisor samples the day before", &[Recorded(&[FormFilled, FormItemRectified, FormSigned])]),
    row("F7", "考务手册", &[Recorded(&[DocumentFiled, ChecklistAnswered])]),
    row(
        "G1",
        "Invigilators by lot, anew for each session",
        &[Recorded(&[LotsCommitted, LotsDrawn, LotsDrawnByHand, ReserveTaken])],
    ),
    row("G2", "Main machine and network", &[Recorded(&[ChecklistAnswered])]),
    row("G3", "Bags of papers", &[Recorded(&[ChecklistAnswered, MaterialHandled])]),
    row("G4", "Place, devices, tools, material", &[Recorded(&[ChecklistAnswered])]),
    row("G5", "The supervisor checks; correct and report", &[Recorded(&[FormFilled, ItemCorrected, FormItemRectified])]),
    row("H1", "Papers and answers through the item bank", &[Intake(&[OutsideEventSeen])]),
    row(
        "H2",
        "The whole process in picture and sound",
        &[
            Recorded(&[IncidentRecorded, RecordingExplained, SessionReceived]),
            Elsewhere("windows and gaps: coverage of the archive"),
        ],
    ),
    row("H3", "No late entry, no early leaving", &[Recorded(&[Entered, HandedIn])]),
    row(
        "H4",
        "The head keeps time, deals with events, reports",
        &[Recorded(&[TurnStarted, TurnPaused, TurnResumed, TurnEnded, IncidentRecorded, IncidentReported])],
    ),
    row(
        "H5",
        "Invigilators identify, watch, record and report",
        &[Recorded(&[CandidateCheckedIn, IdentityDecided, IncidentRecorded, IncidentAcknowledged])],
    ),
    row("H6", "Examiners check, score and deal with equipment", &[Recorded(&[EquipmentFailed, DefenceHeld, ScoreSheetSigned])]),
    row(
        "H7",
        "The supervisor decides on violations",
        &[Recorded(&[IncidentDecided, IncidentAppealed, AppealDecided, CatalogueAdopted])],
    ),
    row("H8", "Staff do not disturb or help", &[Recorded(&[IncidentRecorded, IncidentDecided])]),
    row("I1", "Papers are collected and sealed", &[Recorded(&[MaterialHandled, SessionSealed])]),
    row("I2", "The supervisor evaluates", &[Recorded(&[FormSigned, BatchClosed])]),
    row(
        "I3",
        "Computer marking is confirmed",
        &[Intake(&[MachineTotalTold]), Recorded(&[MarkingPrepared, MachineTotalsConfirmed])],
    ),
    row("I4", "Keys and standards are encrypted", &[Recorded(&[MarkingPrepared, MarkingMaterialChanged])]),
    row("I5", "Markers log and back up", &[Recorded(&[MarkingLogged])]),
    row("I6", "Groups of markers", &[Recorded(&[MarkingGroupFormed, MarkingAnomalyRecorded, ScoreSheetSigned])]),
    row("I7", "Scores are entered as they are", &[Recorded(&[ScoreEntered, ScoreAmended, ScoresReleased])]),
    row("I8", "登分复核", &[Recorded(&[ScoresVerified, ScoreAmended])]),
    row("J1", "Public notice of 5 working days", &[Recorded(&[NoticePosted, ObjectionRaised, ResultsUploaded])]),
    row("J2", "Objections are investigated", &[Recorded(&[ObjectionRaised, ObjectionDecided])]),
    row("J3", "Certificate numbers", &[Intake(&[CertificateNumbered]), Recorded(&[CertificatesConfirmed])]),
    row("J4", "Own printing", &[Recorded(&[CertificateIssued]), Not("the type (小四号仿宋): the fact carries what is printed")]),
    row("J5", "Reissue with the original number", &[Recorded(&[CertificateReissued])]),
    row("J6", "Data are reported", &[Recorded(&[DataReported])]),
    row("J7", "Returned data are corrected", &[Recorded(&[DataReturned, DataCorrected])]),
    row("K1", "Kept by year and batch", &[Recorded(&[RecordFiled, BatchClosed])]),
    row("K2", "13 categories", &[Recorded(&[RecordFiled, RecordingExplained, BatchClosed])]),
    row("K3", "3 and 5 years", RETENTION),
    row("K4", "Destruction ledger", RETENTION),
    row(
        "K5",
        "Annual summary",
        &[
            Recorded(&[SummaryFiled]),
            Not("area, fees, resources, credit and experience: they stand in the document, whose digest the fact carries"),
        ],
    ),
];
