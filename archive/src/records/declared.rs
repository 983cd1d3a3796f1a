//! What was declared: organisations, sites, rooms, viewpoints, cameras, recorders, sessions.

use liuhen_proto::ids::{CameraId, OrganizationId, RecorderId, RoomId, SessionId, SiteId, StreamId, ViewpointId};
use liuhen_proto::judgement::Thresholds;
use liuhen_proto::scope::Region;
use liuhen_proto::signing::PublicKey;
use liuhen_proto::wire::session::v1 as wire;
use liuhen_proto::words;
use liuhen_proto::{Interval, Sha256, Timestamp};

use super::{Reference, TrustLevel};

pub use liuhen_process::words::{OrganizationKind, RoomKind};

words! {
    /// What a camera is.
    CameraKind = wire::CameraKind {
        /// Gives pictures, and often sound.
        Camera = "camera",
        /// A room pickup: sound only.
        Pickup = "pickup",
        /// No device on the network: footage that was imported from a file.
        Import = "import",
    }
}

/// A body that certifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// At most 200 bytes.
    pub name: String,
    /// Which guideline binds it.
    pub kind: OrganizationKind,
}

/// A place where exams are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// At most 200 bytes.
    pub name: String,
    /// Its district; nothing where nobody has said.
    pub region: Option<Region>,
}

/// An exam room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Where it is.
    pub site: SiteId,
    /// At most 200 bytes.
    pub name: String,
    /// What it is for.
    pub kind: RoomKind,
}

/// A place from which a room is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewpoint {
    /// Its id.
    pub id: ViewpointId,
    /// What is seen from it.
    pub room: RoomId,
    /// At most 200 bytes.
    pub name: String,
    /// Whether its recording must be whole.
    pub required: bool,
    /// Whether sound must be recorded as well.
    pub sound_required: bool,
    /// Whether only sound is expected: no picture is missed.
    pub sound_only: bool,
    /// Seats that it covers, at most 500 labels of at most 32 bytes.
    pub seats: Vec<String>,
    /// Where judgement differs from the detectors' own thresholds.
    pub thresholds: Thresholds,
    /// What the view should be, where somebody has said so.
    pub reference: Option<Reference>,
    /// Counts the changes of thresholds and reference, from 0.
    pub judgement_revision: u32,
}

/// A camera at a viewpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// Its id.
    pub id: CameraId,
    /// Where it hangs.
    pub viewpoint: ViewpointId,
    /// At most 200 bytes.
    pub name: String,
    /// What is proof.
    pub evidence: StreamId,
    /// The small stream, where it offers one.
    pub viewing: Option<StreamId>,
    /// What it is.
    pub kind: CameraKind,
}

/// A recorder of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorder {
    /// Its id.
    pub id: RecorderId,
    /// Where it stands; it speaks for the cameras of this site only.
    pub site: SiteId,
    /// At most 200 bytes.
    pub name: String,
    /// What its signatures are checked with.
    pub public_key: PublicKey,
}

/// When a viewpoint must be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedWindow {
    /// Which viewpoint.
    pub viewpoint: ViewpointId,
    /// When.
    pub interval: Interval,
}

/// A sitting of an exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Where it is held.
    pub site: SiteId,
    /// At most 200 bytes.
    pub name: String,
    /// From the start of the exam to its end.
    pub exam: Interval,
    /// At most 1000.
    pub windows: Vec<ExpectedWindow>,
    /// Counts the revisions of the windows, from 1.
    pub revision: u32,
    /// When its papers were sealed; nothing before.
    pub sealed: Option<Timestamp>,
}

/// A session as the recorder of its site needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledSession {
    /// Which one.
    pub session: SessionId,
    /// At most 200 bytes.
    pub name: String,
    /// From the first expected window's start to the last one's end.
    pub window: Interval,
    /// The streams that are expected to be recorded for it, in the order of birth.
    pub streams: Vec<StreamId>,
    /// Its papers are sealed.
    pub sealed: bool,
}

/// An organisation to be declared.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// 1 to 200 bytes.
    pub name: String,
    /// Which guideline binds it.
    pub kind: OrganizationKind,
}

/// A site to be declared.
#[derive(Debug, Clone)]
pub struct NewSite {
    /// Whose it is.
    pub organization: OrganizationId,
    /// 1 to 200 bytes.
    pub name: String,
    /// Its district.
    pub region: Option<Region>,
}

/// A room to be declared.
#[derive(Debug, Clone)]
pub struct NewRoom {
    /// Where it is.
    pub site: SiteId,
    /// 1 to 200 bytes.
    pub name: String,
    /// What it is for.
    pub kind: RoomKind,
}

/// A viewpoint to be declared.
#[derive(Debug, Clone)]
pub struct NewViewpoint {
    /// What is seen from it.
    pub room: RoomId,
    /// 1 to 200 bytes.
    pub name: String,
    /// Whether its recording must be whole.
    pub required: bool,
    /// Whether sound must be recorded as well.
    pub sound_required: bool,
    /// Whether only sound is expected; goes with `sound_required`.
    pub sound_only: bool,
    /// At most 500 labels of 1 to 32 bytes.
    pub seats: Vec<String>,
}

/// A camera to be declared. Its stream ids are made with it.
#[derive(Debug, Clone)]
pub struct NewCamera {
    /// Where it hangs.
    pub viewpoint: ViewpointId,
    /// 1 to 200 bytes.
    pub name: String,
    /// Whether it offers a small stream as well; a pickup has none.
    pub has_viewing_stream: bool,
    /// What it is. What stands for an import is made with the import only.
    pub kind: CameraKind,
}

/// A recorder to be declared.
#[derive(Debug, Clone)]
pub struct NewRecorder {
    /// Where it stands.
    pub site: SiteId,
    /// 1 to 200 bytes.
    pub name: String,
    /// What its signatures are checked with.
    pub public_key: PublicKey,
    /// SHA-256 of its bearer token. A repeated call keeps the first one.
    pub token_sha256: Sha256,
}

/// A session to be declared.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Where it is held.
    pub site: SiteId,
    /// 1 to 200 bytes.
    pub name: String,
    /// From the start of the exam to its end.
    pub exam: Interval,
    /// 1 to 1000, of viewpoints of the site, one for each viewpoint.
    pub windows: Vec<ExpectedWindow>,
}

/// A site with all that stands in it, each list in the order of birth.
#[derive(Debug, Clone)]
pub struct SiteLayout {
    /// The site.
    pub site: Site,
    /// Its rooms.
    pub rooms: Vec<Room>,
    /// The viewpoints of its rooms.
    pub viewpoints: Vec<Viewpoint>,
    /// The cameras at its viewpoints.
    pub cameras: Vec<Camera>,
    /// Its recorders.
    pub recorders: Vec<Recorder>,
}

/// What a stream of a camera is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamRole {
    /// The main stream, which is proof and counts for coverage.
    Evidence,
    /// The small stream, for wall and review.
    Viewing,
}

impl StreamRole {
    /// As it stands in the records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Viewing => "viewing",
        }
    }
}

impl std::str::FromStr for StreamRole {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "evidence" => Ok(Self::Evidence),
            "viewing" => Ok(Self::Viewing),
            _ => Err(format!("{text:?} is no StreamRole")),
        }
    }
}

/// Where a stream belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamPlace {
    /// Which stream.
    pub stream: StreamId,
    /// What it is for.
    pub role: StreamRole,
    /// Its camera.
    pub camera: CameraId,
    /// Where the camera hangs.
    pub viewpoint: ViewpointId,
    /// What is seen from there.
    pub room: RoomId,
    /// Where that is.
    pub site: SiteId,
    /// Where its footage comes from; nobody records what was imported.
    pub trust: TrustLevel,
}

/// A stream of which coverage is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedStream {
    /// Which stream.
    pub stream: StreamId,
    /// Its camera.
    pub camera: CameraId,
    /// What it is for; only evidence counts.
    pub role: StreamRole,
    /// Where its footage comes from.
    pub trust: TrustLevel,
    /// How much later it was taken than its fragments say. Lookups have it in their answers already; it stands here so
    /// that who remembers answers sees that they have changed.
    pub shift_us: i64,
}

/// An expected window with what coverage needs to know of its viewpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Which viewpoint.
    pub viewpoint: ViewpointId,
    /// What is seen from it.
    pub room: RoomId,
    /// When it must be recorded.
    pub interval: Interval,
    /// Whether its recording must be whole.
    pub required: bool,
    /// Whether sound must be recorded as well.
    pub sound_required: bool,
    /// Whether only sound is expected.
    pub sound_only: bool,
    /// All streams of its cameras.
    pub streams: Vec<ExpectedStream>,
}
