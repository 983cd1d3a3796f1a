//! What a test wants to stand: rooms, and a camera at each of their viewpoints.

use crate::camera::Spec;

/// Rooms with their cameras.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// In the order in which they are declared.
    pub rooms: Vec<RoomPlan>,
}

/// A room.
#[derive(Debug, Clone)]
pub struct RoomPlan {
    /// What people call it.
    pub name: String,
    /// A viewpoint and a camera each.
    pub cameras: Vec<CameraPlan>,
}

/// A viewpoint and the camera that hangs there; each camera is a program of its own.
#[derive(Debug, Clone)]
pub struct CameraPlan {
    /// What people call it.
    pub name: String,
    /// What it shows.
    pub spec: Spec,
    /// Whether its sound must be recorded too.
    pub sound_required: bool,
}

impl Plan {
    /// One room with these cameras, named after their paths.
    pub fn one_room(specs: impl IntoIterator<Item = Spec>) -> Self {
        let camera = |spec: Spec| CameraPlan { name: spec.path.clone(), spec, sound_required: false };
        let cameras = specs.into_iter().map(camera).collect();
        Self { rooms: vec![RoomPlan { name: "Room 1".to_owned(), cameras }] }
    }
}
