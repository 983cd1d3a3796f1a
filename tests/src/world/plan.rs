//! What a test wants to stand: rooms, and a camera at each of their viewpoints.

use liuhen_proto::wire::session::v1::{OrganizationKind, RoomKind};

use crate::camera::Spec;

/// Rooms with their cameras, and whose they are.
#[derive(Debug, Clone)]
pub struct Plan {
    /// A technical college where nobody says otherwise.
    pub kind: OrganizationKind,
    /// In the order in which they are declared.
    pub rooms: Vec<RoomPlan>,
}

/// A room.
#[derive(Debug, Clone)]
pub struct RoomPlan {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub kind: RoomKind,
    /// Each at a viewpoint of its own, or at that of the one before it.
    pub cameras: Vec<CameraPlan>,
}

impl RoomPlan {
    /// A room for theory.
    pub fn theory(name: impl Into<String>, cameras: Vec<CameraPlan>) -> Self {
        Self { name: name.into(), kind: RoomKind::Theory, cameras }
    }
}

/// A camera and the viewpoint at which it hangs; each camera is a program of its own.
#[derive(Debug, Clone)]
pub struct CameraPlan {
    /// What people call it.
    pub name: String,
    /// What it shows.
    pub spec: Spec,
    /// Whether its viewpoint's sound must be recorded too.
    pub sound_required: bool,
    /// The small stream beside it.
    pub viewing: Option<Spec>,
    /// Whether it is a room pickup: sound only.
    pub pickup: bool,
    /// Whether it hangs at the viewpoint of the camera before it.
    pub beside: bool,
}

impl CameraPlan {
    /// A camera with one stream, at a viewpoint of its own, named after its path.
    pub fn of(spec: Spec) -> Self {
        Self { name: spec.path.clone(), spec, sound_required: false, viewing: None, pickup: false, beside: false }
    }

    /// All its streams, evidence first.
    pub fn specs(&self) -> Vec<Spec> {
        std::iter::once(&self.spec).chain(&self.viewing).cloned().collect()
    }
}

impl Plan {
    /// A technical college with these rooms.
    pub const fn of(rooms: Vec<RoomPlan>) -> Self {
        Self { kind: OrganizationKind::TechnicalCollege, rooms }
    }

    /// One room with these cameras, named after their paths.
    pub fn one_room(specs: impl IntoIterator<Item = Spec>) -> Self {
        let cameras = specs.into_iter().map(CameraPlan::of).collect();
        Self::of(vec![RoomPlan::theory("Room 1", cameras)])
    }
}
