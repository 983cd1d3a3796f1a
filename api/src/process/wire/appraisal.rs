//! From the wire: what is told of comprehensive appraisals.

use liuhen_process::fact::appraisal::*;

use super::from_wire;

from_wire! { DefenceHeld {
    candidate: candidate_id,
    turn: turn,
    method: method,
    examiners: examiner_ids [50],
    interval: interval,
    questions: questions [50],
    evidence_sha256: evidence_sha256 [20],
} }
