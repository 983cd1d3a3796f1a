//! A whole exam site on this machine: server, recorder, cameras, and a session to be recorded.
//!
//! In: a [`Plan`]. Out: a running [`Site`], whose parts can be killed and started again, and whose records
//! are read over gRPC as anybody else would. Always: one directory holds all that the site writes; what
//! is waited for is a condition with a limit, never a fixed time.
//! Not here: what a test makes of it.

mod centre;
mod declared;
mod media;
mod plan;
mod recorder;
mod server;
mod site;
mod stored;

pub use centre::{Bearer, Centre, Clip};
pub use declared::{Declared, DeclaredCamera};
pub use media::{Decoded, ffmpeg_decodes, packet_hashes, run_tool};
pub use plan::{CameraPlan, Plan, RoomPlan};
pub use recorder::RecorderProgram;
pub use server::{MachinesDoor, Server};
pub use site::Site;
pub use stored::digests_right;
