//! What is recorded as one: a stream of a camera, and who looks on while it is recorded.

use std::sync::Arc;
use std::time::Duration;

use liuhen_media::track::Track;
use liuhen_proto::ids::StreamId;

use crate::config::{CameraConfig, Carries, SourceConfig};
use crate::cut::{Fragment, RunIds};

/// What a stream is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// What is kept as evidence.
    Evidence,
    /// The small one that is shown, and judged.
    Viewing,
}

/// Is told what was recorded. Never makes the recording wait: what it has no time for it lets go.
pub trait Onlooker: Send + Sync {
    /// A run began.
    fn began(&self, ids: RunIds, tracks: &[Track]);
    /// The next fragment of the run, after the spool took it.
    fn recorded(&self, fragment: &Fragment);
}

/// One stream of one camera.
#[derive(Clone)]
pub struct Stream {
    /// Its id.
    pub id: StreamId,
    /// What people call the camera.
    pub name: String,
    /// Where it comes from.
    pub source: SourceConfig,
    /// How long it may say nothing at all while it is connected.
    pub silence: Duration,
    /// Which tracks of it are recorded.
    pub carries: Carries,
    /// What it is there for.
    pub role: Role,
    /// Who looks on.
    pub onlooker: Option<Arc<dyn Onlooker>>,
}

impl Stream {
    /// The streams of a camera; nobody looks on yet.
    pub fn of(camera: &CameraConfig) -> Vec<Self> {
        let evidence = Self {
            id: camera.stream_id,
            name: camera.name.clone(),
            source: camera.source.clone(),
            silence: camera.silence,
            carries: camera.carries,
            role: Role::Evidence,
            onlooker: None,
        };
        // The evidence has the sound, whether the small stream has it too or not.
        let carries = if camera.carries == Carries::PictureAndSound { Carries::Anything } else { camera.carries };
        let viewing = camera.viewing.iter().map(|viewing| Self {
            id: viewing.stream_id,
            source: viewing.source.clone(),
            carries,
            role: Role::Viewing,
            ..evidence.clone()
        });
        let viewing: Vec<_> = viewing.collect();
        std::iter::once(evidence).chain(viewing).collect()
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}
