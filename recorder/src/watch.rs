//! WATCH. What is wrong with picture and sound, said while it is recorded; never a verdict.
//!
//! In: fragments, after they were cut. Out: [`FlagChange`]s, sound levels, and the decoded key frame for a
//! still. In the order data meets them:
//! - [`eye`]: a fragment's key frame and sound, decoded;
//! - [`judge`]: what is seen over time becomes flags, by one detector for each kind;
//! - `task`: one thread for all cameras, which runs both and writes down what they say.
//!
//! Always: nothing of the first two knows a clock, a disk or a network; the same fragments give the same flags.
//! What cannot be decoded is not judged. docs/design/judgement.md says why each detector is as it is.

pub mod eye;
pub mod judge;
mod levels;
pub(crate) mod task;
mod watched;

pub use eye::{Eye, Pictures, Seen, Sound};
pub use judge::{FlagChange, Judge};
