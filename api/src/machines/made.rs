//! Whose a certificate is: a recorder's or a neighbour's, which are known by keys of the same kind.

use liuhen_archive::records::{Machine, NeighbourKey};
use liuhen_proto::{Timestamp, wire::machine::v1 as pb};

/// A certificate that was noted and is about to be signed.
#[derive(Debug, Clone)]
pub(super) enum Made {
    Recorder(Machine),
    Neighbour(NeighbourKey),
}

impl Made {
    /// Id of who has it.
    pub(super) fn whose(&self) -> String {
        match self {
            Self::Recorder(machine) => machine.recorder.to_string(),
            Self::Neighbour(key) => key.neighbour.to_string(),
        }
    }

    /// 40 hex digits.
    pub(super) fn serial(&self) -> &str {
        match self {
            Self::Recorder(machine) => &machine.serial,
            Self::Neighbour(key) => &key.serial,
        }
    }

    pub(super) const fn until(&self) -> Timestamp {
        match self {
            Self::Recorder(machine) => machine.until,
            Self::Neighbour(key) => key.until,
        }
    }

    /// As its owner is told of it.
    pub(super) fn told(&self, der: Vec<u8>, now: Timestamp) -> pb::Certificate {
        let (from_us, until_us) = (now.as_micros(), self.until().as_micros());
        let (recorder_id, neighbour_id) = match self {
            Self::Recorder(_) => (self.whose(), String::new()),
            Self::Neighbour(_) => (String::new(), self.whose()),
        };
        pb::Certificate { der, until_us, recorder_id, from_us, neighbour_id }
    }
}
