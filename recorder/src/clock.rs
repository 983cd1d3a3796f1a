//! Time: from the camera's media time to time since boot, from there to UTC.
//!
//! In: arrivals and media times, and the machine's clocks. Out: boot times and wall times for headers.
//! - [`Envelope`]: media → boot, along the lower envelope of (arrival − media); lateness is never a step.
//! - [`JumpDetector`]: says when a camera's media time jumped, so that the run ends.
//! - [`WallKeeper`]: boot → UTC, one versioned mapping at a time.
//! - [`boot_id`]: the name of this boot.
//!
//! Not here: media time itself is never changed.

mod boot;
mod envelope;
mod jump;
mod wall;

pub use boot::boot_id;
pub use envelope::Envelope;
pub use jump::JumpDetector;
pub use wall::{WallKeeper, WallMapping};
