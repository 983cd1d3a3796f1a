//! Which fragments a player needs for an interval: rounded outwards to where decoding can begin.

use bytes::Bytes;
use liuhen_proto::ids::RunId;
use liuhen_proto::index::IndexedFragment;

use crate::track::InitInfo;

/// Consecutive fragments of one run that lie in one stored file (an object, or a journal's segment file).
#[derive(Debug, Clone)]
pub struct Piece {
    /// The run.
    pub run: RunId,
    /// The run's init segment.
    pub init: Bytes,
    /// What it says.
    pub info: InitInfo,
    /// In the order of the file.
    pub fragments: Vec<IndexedFragment>,
}
