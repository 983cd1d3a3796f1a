//! RTSP cameras on loopback.
//!
//! In: [`Spec`]s, and a [`Wire`] to speak over. Out: a running `liuhen-camera` ([`Camera`]), or, within that
//! program, [`serve`]. A [`Relay`] before it harms its datagrams. Beside them an [`RtmpServer`].
//! Always: media time goes on without a break when a footage file begins again, and no picture of a
//! footage file is encoded anew, so what the camera sent is known byte for byte.
//! Not here: cameras that misbehave on the wire; the recorder's own tests have those.

mod footage;
mod handle;
mod player;
mod relay;
mod rtmp;
mod server;
mod spec;
mod synthetic;
mod wire;

pub use handle::Camera;
pub use relay::{Harm, Relay};
pub use rtmp::RtmpServer;
pub use server::{ServeError, serve};
pub use spec::{Size, Sound, Source, Spec, SpecError};
pub use wire::Wire;
