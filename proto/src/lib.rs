//! THE LANGUAGE. What every room of Liuhen says in the same words, and the bytes that are for ever.
//!
//! In: nothing of ours; every other room depends on this one. Out, in the order data meets them:
//! - [`world`]: the one home of clocks and randomness;
//! - [`ids`], [`time`], [`digest`]: types that cannot be confused with one another;
//! - [`code`]: the closed list of error codes, mapped once to gRPC and once to HTTP;
//! - [`principal`]: on whose behalf something is done; [`scope`]: where somebody may do it;
//! - [`fragment`], [`segment`]: what a fragment, a signed range and an object's manifest say of themselves;
//! - [`import`]: what a person declares and signs about a file of another device;
//! - [`clock`]: what a recorder signs about a clock of its own that had been wrong;
//! - [`judgement`]: what detectors may find, and thresholds;
//! - [`index`]: where each fragment of a segment lies, and what it adds to coverage;
//! - [`custody`]: envelope, body, subject chain, leaf and tree, with their check;
//! - [`words!`]: closed lists of words, the same in code, records and on the wire;
//! - [`wire`]: the messages and services of the .proto files, and their descriptors for reflection.
//!
//! Always: what has a golden file under `tests/golden` never changes its bytes; a new version is
//! added beside it. An auditor's verifier needs this room and nothing else of ours.
//! Not here: boxes of fMP4 (`liuhen_media`), rules of the assessment process (`liuhen_process`), I/O
//! other than reading the clock and the system's randomness.

pub mod canonical;
pub mod clock;
pub mod code;
pub mod custody;
pub mod digest;
pub mod fragment;
pub mod ids;
pub mod import;
pub mod index;
pub mod judgement;
pub mod principal;
pub mod scope;
pub mod segment;
pub mod signing;
pub mod time;
pub mod wire;
mod words;
pub mod world;

pub use code::{Code, Problem};
pub use digest::Sha256;
pub use principal::Principal;
pub use time::{BootTime, Interval, MediaTime, Span, Timestamp};
