//! What one round found out, as JSON.

use serde::{Deserialize, Serialize};

/// The result of one round.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Whether everything was as it must be.
    pub ok: bool,
    /// What was not, in words.
    pub problems: Vec<String>,
    /// `ses_…`
    pub session_id: String,
    /// Length of the expected window, seconds.
    pub window_s: f64,
    /// In the order of the plan.
    pub cameras: Vec<CameraSummary>,
    /// The gap of the camera that was cut off.
    pub gap: Option<GapSummary>,
    /// Gaps that nobody caused.
    pub other_gaps: Vec<String>,
    /// Whether `liuhen fsck` found objects, manifests, entries and tree in agreement.
    pub fsck_clean: bool,
    /// What it counted.
    pub fsck: serde_json::Value,
    /// What each role was let see.
    pub people: Vec<PersonSummary>,
    /// Looks at footage of the session that stand in the log, with their purposes.
    pub looks: u64,
    /// Entries in the custody log.
    pub custody_entries: u64,
    /// Root of the custody log, hexadecimal.
    pub custody_root: String,
}

/// Somebody with one role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PersonSummary {
    /// Named after the role.
    pub account: String,
    /// Whether they were let see footage.
    pub sees_footage: bool,
    /// Whether their role is for that.
    pub should: bool,
}

/// One camera.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CameraSummary {
    /// What people call it.
    pub name: String,
    /// `str_…`
    pub stream_id: String,
    /// Seconds of the window in which it was to be seen.
    pub seconds_streamed: u64,
    /// How many of them are covered, for each kind of track.
    pub seconds_covered: Vec<(String, u64)>,
    /// Sealed segments.
    pub segments: usize,
    /// Of them, those whose object and manifest have the digest that the log holds.
    pub digests_right: usize,
    /// Bytes of the objects.
    pub bytes: u64,
    /// Pictures that FFmpeg decoded from the playlist of the whole window.
    pub hls_frames: u64,
    /// Pictures that FFmpeg decoded from the clips of the window.
    pub clip_frames: u64,
}

/// A gap against what was done to the camera.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct GapSummary {
    /// As the server says it.
    pub cause: String,
    /// How long the camera was really away: from the kill until somebody could see it again.
    pub true_length_s: f64,
    /// Start of the gap minus the kill.
    pub start_error_s: f64,
    /// End of the gap minus the moment at which the camera was to be seen again.
    pub end_error_s: f64,
    /// The longest fragment there can be: neither error may be greater.
    pub fragment_s: f64,
    /// A hole up to this length is no gap.
    pub tolerance_s: f64,
    /// From the start of the gap until this program saw it on the board.
    pub on_board_after_s: f64,
    /// From the camera's return to the network until the recorder had it again.
    pub reconnected_after_s: f64,
}
