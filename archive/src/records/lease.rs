//! Which ingest node leads a recorder.
//!
//! Leases route, they do not protect: that nothing is sealed twice lies in unique keys. What a lease adds is that a
//! node that was cut off does not seal pieces of what another has taken over meanwhile. Not evidence: without entries.

use std::fmt;

use liuhen_proto::Timestamp;
use liuhen_proto::ids::{NodeId, RecorderId};

/// Who leads a recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The recorder.
    pub recorder: RecorderId,
    /// The node.
    pub node: NodeId,
    /// Counts the nodes that have led it, from 1.
    pub epoch: u64,
    /// After it, another node may lead without being called.
    pub until: Timestamp,
}

impl Lease {
    /// What is sealed under it must say.
    pub const fn fence(&self) -> Fence {
        Fence { recorder: self.recorder, node: self.node, epoch: self.epoch }
    }
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} leads {} since epoch {}", self.node, self.recorder, self.epoch)
    }
}

/// Under which lease a segment is sealed. Where another stands by then, it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fence {
    /// The recorder.
    pub recorder: RecorderId,
    /// The node that led it.
    pub node: NodeId,
    /// In which epoch.
    pub epoch: u64,
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of epoch {}", self.node, self.epoch)
    }
}

/// Wants to lead a recorder.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The recorder.
    pub recorder: RecorderId,
    /// The node.
    pub node: NodeId,
    /// When it is asked, by the node's clock.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The recorder itself has called: it leads whoever led before. Otherwise only where nobody leads any more.
    pub called: bool,
}
