//! Who may do what: one action for each RPC and each HTTP route, and one table that decides.
//!
//! In: a path and a [`Principal`]. Out: yes or no. Always: what is not declared here cannot be called;
//! a test walks the descriptors and fails for an RPC without an action.
//! Not here: whose token it is ([`super`]), and of which site a recorder may speak (`liuhen_ingest`).

use liuhen_proto::Principal;

/// What a caller wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Ask whether the server lives, and what it serves.
    Probe,
    /// Declare what is to be recorded, and revise it.
    Declare,
    /// Read what was declared.
    ReadDeclared,
    /// Read what was recorded and what is missing, without the footage itself.
    ReadCoverage,
    /// See footage.
    Watch,
    /// See footage by an address that was handed out: the ticket in it is the proof.
    WatchByTicket,
    /// Read the custody log.
    ReadLog,
    /// Take a file of another device in, and correct what was declared about it.
    Import,
    /// Say that one has seen an alarm.
    Acknowledge,
    /// Hand footage in, and say what the cameras do.
    HandIn,
}

/// Every RPC that is served, with its action.
const RPCS: &[(&str, Action)] = &[
    ("/liuhen.ingest.v1.IngestService/Upload", Action::HandIn),
    ("/liuhen.ingest.v1.IngestService/Control", Action::HandIn),
    ("/liuhen.ingest.v1.IngestService/Observe", Action::HandIn),
    ("/liuhen.session.v1.SessionService/CreateOrganization", Action::Declare),
    ("/liuhen.session.v1.SessionService/CreateSite", Action::Declare),
    ("/liuhen.session.v1.SessionService/CreateRoom", Action::Declare),
    ("/liuhen.session.v1.SessionService/CreateViewpoint", Action::Declare),
    ("/liuhen.session.v1.SessionService/CreateCamera", Action::Declare),
    ("/liuhen.session.v1.SessionService/CreateRecorder", Action::Declare),
    ("/liuhen.session.v1.SessionService/CreateSession", Action::Declare),
    ("/liuhen.session.v1.SessionService/ReviseSession", Action::Declare),
    ("/liuhen.session.v1.SessionService/SealSession", Action::Declare),
    ("/liuhen.session.v1.SessionService/SetThresholds", Action::Declare),
    ("/liuhen.session.v1.SessionService/AcceptReferenceStill", Action::Declare),
    ("/liuhen.session.v1.SessionService/RegisterKey", Action::Declare),
    ("/liuhen.session.v1.SessionService/GetSite", Action::ReadDeclared),
    ("/liuhen.session.v1.SessionService/ListSites", Action::ReadDeclared),
    ("/liuhen.session.v1.SessionService/GetSession", Action::ReadDeclared),
    ("/liuhen.session.v1.SessionService/ListSessions", Action::ReadDeclared),
    ("/liuhen.review.v1.ReviewService/GetCoverage", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/WatchCoverage", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/ListGaps", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/ListSegments", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/ReadClip", Action::Watch),
    ("/liuhen.review.v1.ReviewService/OpenPlayback", Action::Watch),
    ("/liuhen.review.v1.ReviewService/ListFlags", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/ListStills", Action::Watch),
    ("/liuhen.review.v1.ReviewService/GetStill", Action::Watch),
    ("/liuhen.review.v1.ReviewService/GetSoundLevels", Action::Watch),
    ("/liuhen.review.v1.AlarmService/WatchAlarms", Action::ReadCoverage),
    ("/liuhen.review.v1.AlarmService/ListAlarms", Action::ReadCoverage),
    ("/liuhen.review.v1.AlarmService/AcknowledgeAlarm", Action::Acknowledge),
    ("/liuhen.archive.v1.ImportService/Import", Action::Import),
    ("/liuhen.archive.v1.ImportService/CorrectImport", Action::Import),
    ("/liuhen.archive.v1.ImportService/GetImport", Action::ReadCoverage),
    ("/liuhen.archive.v1.ImportService/ListImports", Action::ReadCoverage),
    ("/liuhen.review.v1.ReviewService/ListEntries", Action::ReadLog),
    ("/grpc.health.v1.Health/Check", Action::Probe),
    ("/grpc.health.v1.Health/Watch", Action::Probe),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Action::Probe),
    ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Action::Probe),
];

/// The HTTP routes, by what their paths begin with, with their action.
const ROUTES: &[(&str, Action)] = &[("/v1/play/", Action::WatchByTicket)];

/// The action of a path; nothing where nothing is served under it.
pub fn of_path(path: &str) -> Option<Action> {
    let rpc = RPCS.iter().find(|(rpc, _)| *rpc == path);
    rpc.or_else(|| ROUTES.iter().find(|(prefix, _)| path.starts_with(prefix))).map(|(_, action)| *action)
}

/// Whether the action needs no token of its own.
pub fn is_open(action: Action) -> bool {
    matches!(action, Action::Probe | Action::WatchByTicket)
}

/// The table of decisions.
pub fn may(principal: Principal, action: Action) -> bool {
    match principal {
        Principal::Administrator(_) => action != Action::HandIn,
        Principal::Recorder { .. } => action == Action::HandIn || is_open(action),
        // A node acts inside the process; over the wire it has nothing to ask for.
        Principal::Node(_) => is_open(action),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Timestamp;
    use liuhen_proto::ids::{NodeId, PersonId, RecorderId, SiteId};
    use liuhen_proto::world::SeededRandom;
    use prost::Message as _;

    const ALL: &[Action] = &[
        Action::Probe,
        Action::Declare,
        Action::ReadDeclared,
        Action::ReadCoverage,
        Action::Watch,
        Action::WatchByTicket,
        Action::ReadLog,
        Action::Import,
        Action::Acknowledge,
        Action::HandIn,
    ];

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
    }

    #[test]
    fn what_is_not_declared_has_no_action() {
        for path in ["/", "/v1/play", "/liuhen.session.v1.SessionService/DropAll", "/grpc.health.v1.Health/CheckX"] {
            assert_eq!(of_path(path), None, "{path}");
        }
        assert_eq!(of_path("/v1/play/abc/index.m3u8"), Some(Action::WatchByTicket));
    }

    #[test]
    fn the_table_of_decisions() {
        let (now, random) = (Timestamp::from_micros(0), SeededRandom::new(1));
        let admin = Principal::Administrator(PersonId::mint(now, &random));
        let recorder = Principal::Recorder { recorder: RecorderId::mint(now, &random), site: SiteId::mint(now, &random) };
        let node = Principal::Node(NodeId::mint(now, &random));
        let allowed = |who| ALL.iter().copied().filter(|&action| may(who, action)).collect::<Vec<_>>();
        assert_eq!(allowed(admin), &ALL[..9]);
        assert_eq!(allowed(recorder), [Action::Probe, Action::WatchByTicket, Action::HandIn]);
        assert_eq!(allowed(node), [Action::Probe, Action::WatchByTicket]);
    }
}
