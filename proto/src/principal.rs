//! On whose behalf something is done. Every call carries one, every entry of the log names one.
//!
//! Not here: who may do what; that is decided in one place of the api.

use crate::ids::{NeighbourId, NodeId, PersonId, RecorderId, SiteId};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A person.
    Person(PersonId),
    /// A recorder; it speaks for the cameras of its site and no other.
    Recorder {
        /// Which one.
        recorder: RecorderId,
        /// Where it stands.
        site: SiteId,
    },
    /// A node of the centre, acting on its own: sealing a segment, opening a gap.
    Node(NodeId),
    /// A neighbouring system; it speaks under its own name, and decides nothing that a person must.
    Neighbour(NeighbourId),
}

impl Principal {
    /// Who it is, where it is a person.
    pub const fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Recorder { .. } | Self::Node(_) | Self::Neighbour(_) => None,
        }
    }
}

impl std::fmt::Display for Principal {
    /// The opaque id, as it stands in the log; never a name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(person) => person.fmt(f),
            Self::Recorder { recorder, .. } => recorder.fmt(f),
            Self::Node(node) => node.fmt(f),
            Self::Neighbour(neighbour) => neighbour.fmt(f),
        }
    }
}
