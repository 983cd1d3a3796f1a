//! What can be done: one action for each RPC and each HTTP route.
//!
//! In: a path. Out: its action. Always: what is not declared here cannot be called; a test walks the descriptors and
//! fails for an RPC without an action. Not here: who may do it ([`super::table`]).

use liuhen_process::fact::FactKind;

/// Makes the list of actions, with the words that docs/ref/permissions.md shows for each.
macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident;)*) => {
        /// What a caller wants to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[doc = $doc])+ $name,)* }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What it is, in a sentence.
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+),)* }
            }
        }
    };
}

actions! {
    /// Ask whether the server lives, and what it serves.
    Probe;
    /// Get the page of the console: the same for everybody, and no data in it.
    OpenConsole;
    /// Log in, with a secret that the request itself holds.
    LogIn;
    /// Look after the own account: who am I, change the password, log out.
    OwnAccount;
    /// Declare organisations, sites, rooms, viewpoints, cameras and recorders; register keys.
    DeclareSite;
    /// Declare sessions, and revise when they must be recorded.
    PlanSession;
    /// Tell facts, or ask what the rules say of one; which kinds of facts, says the table of facts.
    TellFacts;
    /// Look after organisations, their staff and sites: filings, scopes, announcements, approvals, facilities.
    DescribeOrganization;
    /// Look after batches: plans, documents, candidates, the confirmed roster.
    PlanBatch;
    /// Say what the authority has confirmed or verified.
    Confirm;
    /// Take part in what happens in the rooms: checks, arrivals, entries, material, incidents.
    ServeSession;
    /// Lead a session: readiness, lots, turns, identities, and what happened against a rule.
    LeadSession;
    /// Supervise: forms, acknowledgements, decisions about incidents.
    Supervise;
    /// Decide about an appeal.
    DecideAppeal;
    /// Let a finding pass; which ones, says the rule pack.
    Waive;
    /// Mark: score sheets, groups of markers, their log, the look at what a computer marked.
    Mark;
    /// Enter scores from paper, and check what was entered.
    EnterScores;
    /// Settle results: amend and release scores, post notices, upload results, decide about objections.
    SettleResults;
    /// Issue certificates with the numbers of the platform, and report their data.
    Certify;
    /// Keep the volume of a batch: records on their shelves, receipts of the platform, the summary of the year.
    KeepRecords;
    /// Explain what was not recorded, close a batch, and say what happened against a rule with scores and certificates.
    CloseBatch;
    /// Read batches and sessions as they stand, names and numbers masked.
    ReadCases;
    /// See name and number of a candidate unmasked.
    RevealPerson;
    /// Say which days are worked.
    LoadCalendar;
    /// Say that the papers of a session are sealed.
    SealSession;
    /// Say how picture and sound are judged.
    SetJudgement;
    /// Read what was declared.
    ReadDeclared;
    /// Read what was recorded and what is missing, without the footage itself.
    ReadCoverage;
    /// See and hear footage.
    Watch;
    /// See footage by an address that was handed out: the ticket in it is the proof.
    WatchByTicket;
    /// Read the custody log.
    ReadLog;
    /// Read who has looked at footage, and why; and who was refused.
    ReadAccesses;
    /// Take a file of another device in, and correct what was declared about it.
    Import;
    /// Say that one has seen an alarm.
    Acknowledge;
    /// Make accounts, give and take roles, link identities and staff, end logins.
    ManagePeople;
    /// See who has an account and which roles.
    ReadPeople;
    /// Issue and revoke passes for a session.
    IssuePass;
    /// Revoke and replace keys of recorders.
    ManageMachines;
    /// Invite neighbouring systems, say what each may, revoke and replace their keys.
    ManageNeighbours;
    /// Get the first certificate of a recorder or a neighbour, with a token that the request itself holds.
    Enrol;
    /// Get a new certificate for the key of a recorder or a neighbour.
    RenewCertificate;
    /// Hand footage in, and say what the cameras do.
    HandIn;
}

impl Action {
    /// Whether it needs no token of its own.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Probe | Self::OpenConsole | Self::LogIn | Self::WatchByTicket | Self::Enrol)
    }

    /// Whether who was given a password by somebody else may do it before having changed it.
    pub const fn is_of_own_account(self) -> bool {
        matches!(self, Self::OwnAccount)
    }

    /// Whether it is for machines.
    pub const fn is_of_machines(self) -> bool {
        matches!(self, Self::Enrol | Self::RenewCertificate | Self::HandIn)
    }

    /// Whether a neighbour does it where it is permitted to; by the door for machines, as all that it does.
    pub const fn is_of_neighbours(self) -> bool {
        matches!(self, Self::TellFacts | Self::ReadCases)
    }

    /// Whether it is about a thing that stands somewhere, so that a call must ask for that place.
    pub const fn is_about_a_place(self) -> bool {
        !self.is_open() && !matches!(self, Self::OwnAccount | Self::HandIn | Self::RenewCertificate)
    }
}

/// Every RPC that is served, with its action.
pub const RPCS: &[(&str, Action)] = &[
    ("/liuhen.ingest.v1.IngestService/Upload", Action::HandIn),
    ("/liuhen.ingest.v1.IngestService/Control", Action::HandIn),
    ("/liuhen.ingest.v1.IngestService/Observe", Action::HandIn),
    ("/liuhen.machine.v1.MachineService/Enrol", Action::Enrol),
    ("/liuhen.machine.v1.MachineService/Renew", Action::RenewCertificate),
    ("/liuhen.machine.v1.MachineService/ListMachines", Action::ManageMachines),
    ("/liuhen.machine.v1.MachineService/ReplaceMachine", Action::ManageMachines),
    ("/liuhen.machine.v1.NeighbourService/InviteNeighbour", Action::ManageNeighbours),
    ("/liuhen.machine.v1.NeighbourService/ListNeighbours", Action::ManageNeighbours),
    ("/liuhen.machine.v1.NeighbourService/PermitNeighbour", Action::ManageNeighbours),
    ("/liuhen.machine.v1.NeighbourService/ReplaceNeighbour", Action::ManageNeighbours),
    ("/liuhen.people.v1.PeopleService/SetUp", Action::LogIn),
    ("/liuhen.people.v1.PeopleService/LogIn", Action::LogIn),
    ("/liuhen.people.v1.PeopleService/LogInWithPass", Action::LogIn),
    ("/liuhen.people.v1.PeopleService/Refresh", Action::LogIn),
    ("/liuhen.people.v1.PeopleService/LogOut", Action::OwnAccount),
    ("/liuhen.people.v1.PeopleService/GetMe", Action::OwnAccount),
    ("/liuhen.people.v1.PeopleService/ChangePassword", Action::OwnAccount),
    ("/liuhen.people.v1.PeopleService/CreatePerson", Action::ManagePeople),
    ("/liuhen.people.v1.PeopleService/ResetPassword", Action::ManagePeople),
    ("/liuhen.people.v1.PeopleService/SetSuspended", Action::ManagePeople),
    ("/liuhen.people.v1.PeopleService/GrantRole", Action::ManagePeople),
    ("/liuhen.people.v1.PeopleService/RevokeGrant", Action::ManagePeople),
    ("/liuhen.people.v1.PeopleService/ListPeople", Action::ReadPeople),
    ("/liuhen.people.v1.PeopleService/IssuePasses", Action::IssuePass),
    ("/liuhen.people.v1.PeopleService/RevokePass", Action::IssuePass),
    ("/liuhen.people.v1.PeopleService/ListPasses", Action::IssuePass),
    ("/liuhen.people.v1.PeopleService/LogInWithIdentity", Action::LogIn),
    ("/liuhen.people.v1.PeopleService/LinkIdentity", Action::ManagePeople),
    ("/liuhen.people.v1.PeopleService/UnlinkIdentity", Action::ManagePeople),
    ("/liuhen.people.v1.PeopleService/ListIdentities", Action::ManagePeople),
    ("/liuhen.people.v1.PeopleService/ListLogins", Action::ManagePeople),
    ("/liuhen.people.v1.PeopleService/RevokeLogins", Action::ManagePeople),
    ("/liuhen.session.v1.SessionService/CreateOrganization", Action::DeclareSite),
    ("/liuhen.session.v1.SessionService/CreateSite", Action::DeclareSite),
    ("/liuhen.session.v1.SessionService/CreateRoom", Action::DeclareSite),
    ("/liuhen.session.v1.SessionService/CreateViewpoint", Action::DeclareSite),
    ("/liuhen.session.v1.SessionService/CreateCamera", Action::DeclareSite),
    ("/liuhen.session.v1.SessionService/CreateRecorder", Action::DeclareSite),
    ("/liuhen.session.v1.SessionService/RegisterKey", Action::DeclareSite),
    ("/liuhen.session.v1.SessionService/CreateSession", Action::PlanSession),
    ("/liuhen.session.v1.SessionService/ReviseSession", Action::PlanSession),
    ("/liuhen.session.v1.SessionService/SealSession", Action::SealSession),
    ("/liuhen.session.v1.SessionService/SetThresholds", Action::SetJudgement),
    ("/liuhen.session.v1.SessionService/AcceptReferenceStill", Action::SetJudgement),
    ("/liuhen.session.v1.SessionService/GetSite", Action::ReadDeclared),
    ("/liuhen.session.v1.SessionService/ListSites", Action::ReadDeclared),
    ("/liuhen.session.v1.SessionService/GetSession", Action::ReadDeclared),
    ("/liuhen.session.v1.SessionService/ListSessions", Action::ReadDeclared),
    ("/liuhen.session.v1.ProcessService/CreateBatch", Action::PlanBatch),
    ("/liuhen.session.v1.ProcessService/ListBatches", Action::ReadCases),
    ("/liuhen.session.v1.ProcessService/RecordFact", Action::TellFacts),
    ("/liuhen.session.v1.ProcessService/TryFact", Action::TellFacts),
    ("/liuhen.session.v1.ProcessService/PushFacts", Action::TellFacts),
    ("/liuhen.session.v1.ProcessService/ListFacts", Action::ReadCases),
    ("/liuhen.session.v1.ProcessService/GetBatchState", Action::ReadCases),
    ("/liuhen.session.v1.ProcessService/ListFindings", Action::ReadCases),
    ("/liuhen.session.v1.ProcessService/DescribePack", Action::ReadCases),
    ("/liuhen.session.v1.ProcessService/ListCandidates", Action::ReadCases),
    ("/liuhen.session.v1.ProcessService/RevealCandidate", Action::RevealPerson),
    ("/liuhen.session.v1.ProcessService/ListReveals", Action::ReadAccesses),
    ("/liuhen.session.v1.ProcessService/FindCandidate", Action::ReadCases),
    ("/liuhen.session.v1.ProcessService/GetSessionState", Action::ReadCases),
    ("/liuhen.session.v1.ProcessService/GetReadiness", Action::ReadCases),
    ("/liuhen.session.v1.ProcessService/AnnounceLots", Action::LeadSession),
    ("/liuhen.session.v1.ProcessService/DrawLots", Action::LeadSession),
    ("/liuhen.session.v1.ProcessService/LoadCalendar", Action::LoadCalendar),
    ("/liuhen.session.v1.ProcessService/WatchEvents", Action::ReadCases),
    ("/liuhen.session.v1.SheetService/ImportSheet", Action::TellFacts),
    ("/liuhen.session.v1.SheetService/ExportSheet", Action::ReadCases),
    ("/liuhen.session.v1.SheetService/RevealSheet", Action::RevealPerson),
    ("/liuhen.session.v1.StaffService/LinkStaff", Action::ManagePeople),
    ("/liuhen.session.v1.StaffService/ListStaff", Action::ReadPeople),
    ("/liuhen.session.v1.SupervisionService/ListReports", Action::ReadCases),
    ("/liuhen.session.v1.SupervisionService/GetReport", Action::ReadCases),
    ("/liuhen.session.v1.SupervisionService/ResendReport", Action::KeepRecords),
    ("/liuhen.review.v1.ReviewService/GetCoverage", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/WatchCoverage", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/ListGaps", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/ListSegments", Action::ReadCoverage),
    ("/liuhen.review.v1.TraceService/Trace", Action::ReadCases),
    ("/liuhen.review.v1.ReviewService/ReadClip", Action::Watch),
    ("/liuhen.review.v1.ReviewService/OpenPlayback", Action::Watch),
    ("/liuhen.review.v1.ReviewService/ListFlags", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/ListStills", Action::Watch),
    ("/liuhen.review.v1.ReviewService/GetStill", Action::Watch),
    ("/liuhen.review.v1.ReviewService/GetSoundLevels", Action::Watch),
    ("/liuhen.review.v1.AlarmService/WatchAlarms", Action::ReadCoverage),
    ("/liuhen.review.v1.AlarmService/ListAlarms", Action::ReadCoverage),
    ("/liuhen.review.v1.AlarmService/AcknowledgeAlarm", Action::Acknowledge),
    ("/liuhen.review.v1.StatusService/WatchStatus", Action::ReadCoverage),
    ("/liuhen.archive.v1.ImportService/Import", Action::Import),
    ("/liuhen.archive.v1.ImportService/CorrectImport", Action::Import),
    ("/liuhen.archive.v1.ImportService/GetImport", Action::ReadCoverage),
    ("/liuhen.archive.v1.ImportService/ListImports", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/ListEntries", Action::ReadLog),
    ("/liuhen.review.v1.LogService/GetCheckpoint", Action::ReadLog),
    ("/liuhen.review.v1.LogService/ReadProof", Action::ReadLog),
    ("/liuhen.review.v1.ReviewService/ListAccesses", Action::ReadAccesses),
    ("/liuhen.review.v1.ReviewService/ListRefusals", Action::ReadAccesses),
    ("/liuhen.review.v1.ReviewService/ReportWatched", Action::Watch),
    ("/grpc.health.v1.Health/Check", Action::Probe),
    ("/grpc.health.v1.Health/Watch", Action::Probe),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Action::Probe),
    ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Action::Probe),
];

/// The HTTP routes, by their paths or, where that ends with `/` and is not all of it, by what they begin with, with their
/// action.
pub const ROUTES: &[(&str, Action)] = &[
    ("/v1/play/", Action::WatchByTicket),
    ("/v1/login", Action::LogIn),
    ("/v1/renew", Action::LogIn),
    ("/v1/logout", Action::OwnAccount),
    ("/", Action::OpenConsole),
    ("/assets/", Action::OpenConsole),
];

/// What telling a fact of this kind is.
pub const fn of_fact(kind: FactKind) -> Action {
    use FactKind as Kind;
    match kind {
        Kind::BodyFiled
        | Kind::ScopeFiled
        | Kind::AnnouncementPublished
        | Kind::StaffRegistered
        | Kind::SiteApproved
        | Kind::FacilityDeclared
        | Kind::DeviceDeclared
        | Kind::RoomFitted
        | Kind::ExemptionGranted
        | Kind::CatalogueAdopted => Action::DescribeOrganization,
        Kind::BatchPlanned
        | Kind::DocumentFiled
        | Kind::PlanFiled
        | Kind::RegistrationHeld
        | Kind::ReviewFinished
        | Kind::TicketsReady
        | Kind::CandidateEnrolled
        | Kind::CandidateReviewed
        | Kind::RosterFrozen
        | Kind::CandidateCorrected
        | Kind::RelationDeclared
        | Kind::ProcessEventHeld
        | Kind::PapersAssigned
        | Kind::OutsideEventTold => Action::PlanBatch,
        Kind::PlanConfirmed | Kind::EmploymentVerified => Action::Confirm,
        Kind::SessionPlanned | Kind::SeatsAssigned | Kind::DutyAssigned | Kind::DutyEnded | Kind::ExaminersDispatched => {
            Action::PlanSession
        }
        Kind::CoveragePlanSigned
        | Kind::LotsCommitted
        | Kind::LotsDrawn
        | Kind::LotsDrawnByHand
        | Kind::ReserveTaken
        | Kind::IdentityDecided
        | Kind::RoomReady
        | Kind::TurnStarted
        | Kind::TurnPaused
        | Kind::TurnResumed
        | Kind::TurnEnded => Action::LeadSession,
        Kind::ChecklistAnswered
        | Kind::ItemCorrected
        | Kind::CameraTested
        | Kind::StaffArrived
        | Kind::StaffLeft
        | Kind::CandidateCheckedIn
        | Kind::Entered
        | Kind::HandedIn
        | Kind::Moved
        | Kind::MaterialHandled
        | Kind::EquipmentFailed
        | Kind::IncidentRecorded
        | Kind::IncidentReported
        | Kind::IncidentAppealed
        | Kind::TraceKept
        | Kind::VisitorNoted
        | Kind::DefenceHeld
        | Kind::OutsideEventSeen => Action::ServeSession,
        Kind::IncidentAcknowledged | Kind::IncidentDecided | Kind::FormFilled | Kind::FormItemRectified | Kind::FormSigned => {
            Action::Supervise
        }
        Kind::AppealDecided => Action::DecideAppeal,
        Kind::SessionSealed => Action::SealSession,
        Kind::FindingWaived | Kind::OrganizationFindingWaived | Kind::SiteFindingWaived | Kind::BatchFindingWaived => {
            Action::Waive
        }
        Kind::MarkingPrepared
        | Kind::MarkingGroupFormed
        | Kind::MarkingAnomalyRecorded
        | Kind::MarkingMaterialChanged
        | Kind::MarkingLogged
        | Kind::ScoreSheetSigned
        | Kind::MachineTotalsConfirmed => Action::Mark,
        Kind::MachineTotalTold | Kind::ScoreEntered | Kind::ScoresVerified => Action::EnterScores,
        Kind::ScoreAmended
        | Kind::ScoresReleased
        | Kind::NoticePosted
        | Kind::ObjectionRaised
        | Kind::ObjectionDecided
        | Kind::ResultsUploaded => Action::SettleResults,
        Kind::CertificateNumbered
        | Kind::CertificateIssued
        | Kind::CertificateReissued
        | Kind::DataReported
        | Kind::DataCorrected => Action::Certify,
        Kind::CertificatesConfirmed | Kind::DataReturned => Action::Confirm,
        Kind::RecordFiled | Kind::SessionReceived | Kind::SummaryFiled => Action::KeepRecords,
        Kind::RecordingExplained | Kind::BatchClosed => Action::CloseBatch,
    }
}

/// The action of a path; nothing where nothing is served under it.
pub fn of_path(path: &str) -> Option<Action> {
    let rpc = RPCS.iter().find(|(rpc, _)| *rpc == path);
    let is_route = |route: &str| route == path || route.len() > 1 && route.ends_with('/') && path.starts_with(route);
    rpc.or_else(|| ROUTES.iter().find(|(route, _)| is_route(route))).map(|(_, action)| *action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;

    fn rpcs_of_the_descriptors() -> Vec<String> {
        let ours = liuhen_proto::wire::DESCRIPTORS;
        let sets = [
            ours,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ];
        let mut paths = Vec::new();
        for set in sets {
            for file in prost_types::FileDescriptorSet::decode(set).unwrap().file {
                for service in &file.service {
                    for method in &service.method {
                        paths.push(format!("/{}.{}/{}", file.package(), service.name(), method.name()));
                    }
                }
            }
        }
        paths
    }

    #[test]
    fn every_rpc_has_an_action_and_every_action_an_rpc() {
        let served = rpcs_of_the_descriptors();
        assert!(served.len() >= 20);
        for path in &served {
            assert!(of_path(path).is_some(), "{path} has no action: declare one in RPCS");
        }
        for (path, _) in RPCS {
            assert!(served.iter().any(|s| s == path), "{path} is declared and not served");
        }
        for action in Action::ALL {
            let of_fact = FactKind::ALL.iter().any(|kind| of_fact(*kind) == *action);
            assert!(of_fact || RPCS.iter().chain(ROUTES).any(|(_, of)| of == action), "{action:?} is of no use");
        }
    }

    #[test]
    fn what_is_not_declared_has_no_action() {
        let paths = ["/v1", "/v1/play", "/v1/logins", "/assets", "/index.html", "/liuhen.session.v1.SessionService/DropAll"];
        for path in paths.iter().chain(&["//", "/.env", "/grpc.health.v1.Health/CheckX"]) {
            assert_eq!(of_path(path), None, "{path}");
        }
        assert_eq!(of_path("/"), Some(Action::OpenConsole));
        assert_eq!(of_path("/v1/play/abc/index.m3u8"), Some(Action::WatchByTicket));
    }
}
