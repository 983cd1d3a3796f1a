//! What an ingest node is told: where its journal lies, and its bounds.

use std::path::PathBuf;
use std::time::Duration;

use liuhen_proto::Span;
use liuhen_proto::fragment::MAX_FRAGMENT_BYTES;
use liuhen_proto::ids::NodeId;
use liuhen_proto::segment::MAX_FRAGMENTS;

/// Where the journal lies, and the bounds.
#[derive(Debug, Clone)]
pub struct Config {
    /// In whose name segments are sealed.
    pub node: NodeId,
    /// The node's journal; on the same file system as a local object directory, so that sealing is a hard link.
    pub journal_dir: PathBuf,
    /// Bounds and times.
    pub limits: Limits,
}

impl Config {
    /// The usual bounds.
    pub fn new(node: NodeId, journal_dir: impl Into<PathBuf>) -> Self {
        Self { node, journal_dir: journal_dir.into(), limits: Limits::default() }
    }
}

/// Bounds of what is taken from outside, and the times by which segments are closed.
#[derive(Debug, Clone)]
pub struct Limits {
    /// A larger fragment is refused.
    pub max_fragment_bytes: u32,
    /// A larger chunk is refused.
    pub max_chunk_bytes: u32,
    /// What a recorder may have on the way of one run; told to it, and twice of it is held to.
    pub window_bytes: u32,
    /// What one recorder may have in memory here, in all its runs and calls.
    pub recorder_bytes: u64,
    /// How many runs one recorder may have open at once.
    pub recorder_runs: usize,
    /// An open segment that speaks of more time is closed without waiting for a signature.
    pub roll_span: Span,
    /// An open segment of so many fragments is closed without waiting for a signature. At most 4096.
    pub roll_fragments: usize,
    /// An open segment of so many bytes is closed without waiting for a signature.
    pub roll_bytes: u64,
    /// A segment is sealed as `unsigned_tail` so long after its last fragment came.
    pub unsigned_after: Span,
    /// How often the times above are looked at.
    pub tick: Duration,
    /// How long the first segment of a batch waits for others before it goes to the records.
    pub seal_wait: Duration,
    /// A batch of so many segments does not wait.
    pub seal_batch: usize,
    /// How long a lease holds that nobody renews.
    pub lease: Span,
    /// How often a lease is renewed while its recorder's call stands.
    pub lease_renewal: Duration,
    /// What another node leads and does not seal for so long is sealed all the same.
    pub left_over: Span,
    /// A recorder whose Control call is silent for so long is taken for gone.
    pub silent_after: Duration,
    /// What the quarantine may hold; what comes beyond it is only logged.
    pub quarantine_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_fragment_bytes: MAX_FRAGMENT_BYTES,
            max_chunk_bytes: 64 * 1024,
            // Two of the largest fragments: one on the wire while the other is being synced.
            window_bytes: 2 * MAX_FRAGMENT_BYTES,
            recorder_bytes: 256 * 1024 * 1024,
            recorder_runs: 512,
            // Recorders sign every 60 s; one fragment more and some patience.
            roll_span: Span::from_secs(75),
            roll_fragments: MAX_FRAGMENTS,
            roll_bytes: 512 * 1024 * 1024,
            unsigned_after: Span::from_secs(300),
            tick: Duration::from_secs(1),
            seal_wait: Duration::from_millis(250),
            seal_batch: 64,
            lease: Span::from_secs(30),
            lease_renewal: Duration::from_secs(10),
            // A recorder that lives hands it in again within minutes.
            left_over: Span::from_secs(900),
            // It speaks every second.
            silent_after: Duration::from_secs(5),
            quarantine_bytes: 64 * 1024 * 1024,
        }
    }
}
