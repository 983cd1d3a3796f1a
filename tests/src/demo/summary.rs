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
    /// From the certificate to the minute, and back.
    pub trace: TraceSummary,
    /// What each role was let see.
    pub people: Vec<PersonSummary>,
    /// Looks at footage of the session that stand in the log, with their purposes.
    pub looks: u64,
    /// Entries in the custody log.
    pub custody_entries: u64,
    /// Root of the custody log, hexadecimal.
    pub custody_root: String,
}

/// The chain of one candidate, as `liuhen trace` tells it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TraceSummary {
    /// Its number.
    pub certificate: String,
    /// Facts that were told of the exam.
    pub facts: u64,
    /// Links from the plan to the closed batch.
    pub links: usize,
    /// Those that are not there.
    pub links_open: Vec<String>,
    /// Facts in them that were told as a breach of a rule: the upload before the notice had lasted.
    pub breaches: usize,
    /// Stretches of the candidate's presence.
    pub stays: usize,
    /// Gaps that touch the stay in which the camera was lost.
    pub gaps: usize,
    /// Viewpoints that cover the candidate's seat in it.
    pub cover_the_seat: usize,
    /// Holes of that camera within the stay.
    pub holes_of_lost_camera: usize,
    /// Holes of the others of the room.
    pub holes_of_others: usize,
    /// Incidents in the candidate's rooms while the candidate was there.
    pub incidents: usize,
    /// Pictures that FFmpeg decoded from the clip of the candidate's own minute.
    pub clip_frames: u64,
    /// Whether that minute leads to the same chain.
    pub back_again: bool,
}

impl Summary {
    /// With the chain, and what is wrong with it.
    #[must_use]
    pub(super) fn with(mut self, trace: TraceSummary) -> Self {
        let wrong = [
            (!trace.links_open.is_empty(), "links of the chain are open"),
            (trace.links < 20 || trace.stays != 3, "the chain is too short"),
            (trace.breaches != 1, "the upload that came too early does not stand as a breach"),
            (trace.gaps == 0 || trace.holes_of_lost_camera == 0, "the lost camera left no hole in the candidate's stay"),
            (trace.cover_the_seat != 2, "the cameras of the room do not cover the seat"),
            (trace.holes_of_others != 0, "another camera of the room has holes in the candidate's stay"),
            (trace.incidents == 0, "no incident tells of the hole"),
            (trace.clip_frames == 0, "the candidate's minute holds no picture"),
            (!trace.back_again, "the minute does not lead back to the certificate"),
        ];
        self.problems.extend(wrong.iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, what)| format!("the trace: {what}")));
        self.ok = self.problems.is_empty();
        self.trace = trace;
        self
    }
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
