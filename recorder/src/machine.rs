//! Who this recorder is to the centre: a key of its own, and the certificate that the centre has made for it.
//!
//! In: the spool's directory, the one-time token, the pin of the centre's authority. Out: encrypted connections on which
//! both sides have proved who they are. In the order of their use:
//! - [`identity`]: the key and the certificate, in one file;
//! - `tls`: a connection; the centre is known by the key of its authority;
//! - `keep`: enrols once, and renews when a third of the time is left.
//!
//! Always: recording waits for none of this; no clock is asked whether a certificate holds: ours may be wrong, and the
//! centre judges by its own. Not here: the key that signs footage ([`crate::key`]).

pub mod identity;
pub(crate) mod keep;
pub(crate) mod tls;

pub use identity::{Certificate, Identity, IdentityError};
