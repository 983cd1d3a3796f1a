//! RTSP cameras on loopback.
//!
//! In: [`Spec`]s. Out: a running `liuhen-camera` ([`Camera`]), or, within that program, [`serve`].
//! Always: media time goes on without a break when a footage file begins again, and no picture of a
//! footage file is encoded anew, so what the camera sent is known byte for byte.
//! Not here: cameras that misbehave on the wire; the recorder's own tests have those.

mod footage;
mod handle;
mod player;
mod server;
mod spec;
mod synthetic;

pub use handle::Camera;
pub use server::{ServeError, serve};
pub use spec::{Size, Sound, Source, Spec, SpecError};
