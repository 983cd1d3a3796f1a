//! Clocks of recorders that had been wrong, and by how much.

use liuhen_proto::Timestamp;
use liuhen_proto::clock::ClockBasis;
use liuhen_proto::ids::{BootId, RecorderId, StreamId};
use liuhen_proto::signing::{PublicKey, Signature};

/// Which mapping from boot time to wall time fragments used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClockName {
    /// Whose clock.
    pub recorder: RecorderId,
    /// The boot.
    pub boot: BootId,
    /// Number of the mapping, from 1.
    pub mapping: u32,
}

/// What a recorder says of its clock, to be recorded.
#[derive(Debug, Clone)]
pub struct NewClockCorrection {
    /// Who says it, and of which clock.
    pub clock: ClockName,
    /// The exact bytes: [`liuhen_proto::clock::ClockStatement`].
    pub statement: Vec<u8>,
    /// Over the statement.
    pub signature: Signature,
}

/// A correction of a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockCorrection {
    /// What was wrong.
    pub clock: ClockName,
    /// From 1; the highest one stands.
    pub revision: u32,
    /// To be added to what fragments say, microseconds.
    pub shift_us: i64,
    /// How far that may be wrong.
    pub error_us: i64,
    /// How the better time is known.
    pub basis: ClockBasis,
    /// By the centre's clock.
    pub at: Timestamp,
    /// The exact text that was signed.
    pub statement: String,
    /// Over the statement.
    pub signature: Signature,
    /// The recorder's key.
    pub key: PublicKey,
}

/// A correction, and whose past it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockCorrected {
    /// The correction.
    pub correction: ClockCorrection,
    /// Streams with segments that were moved; what is sealed later is moved then.
    pub streams: Vec<StreamId>,
}
