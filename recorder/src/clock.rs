//! Time: from the camera's media time to time since boot, from there to UTC.
//!
//! In: arrivals and media times, and the machine's clocks. Out: boot times and wall times for headers.
//! - [`Envelope`]: media → boot, along the lower envelope of (arrival − media); lateness is never a step.
//! - [`JumpDetector`]: says when a camera's media time jumped, so that the run ends.
//! - [`WallKeeper`]: boot → UTC, one versioned mapping at a time; what was wrong is corrected by a signed word.
//! - [`CameraFit`]: how the camera's own clock stands to this machine's.
//! - [`boot_id`]: the name of this boot.
//!
//! Not here: media time itself is never changed.

mod belief;
mod boot;
mod camera;
mod envelope;
mod history;
mod jump;
mod kernel;
mod wall;

pub use boot::boot_id;
pub use camera::{CameraFit, CameraReading};
pub use envelope::Envelope;
pub use history::{Correction, Signer};
pub use jump::JumpDetector;
pub use wall::{Discipline, WallKeeper, WallMapping};
