//! From the wire: what is told of marking, scores and their public notice.

use liuhen_process::fact::score::*;

use super::from_wire;

from_wire! { MarkingPrepared {
    subject: subject,
    system: system,
    encrypted: encrypted,
    protected: protected,
} }

from_wire! { MarkingGroupFormed {
    group: group,
    subject: subject,
    leader: leader_id,
    markers: marker_ids [100],
    standard_sha256: standard_sha256,
} }

from_wire! { MarkingAnomalyRecorded {
    group: group,
    what: what,
    reported_to: reported_to,
} }

from_wire! { MarkingMaterialChanged {
    subject: subject,
    what: what,
    changed_by: changed_by_id,
    approval: approval,
} }

from_wire! { MarkingLogged {
    subject: subject,
    marker: marker_id,
    worked_on: worked_on,
    work: work,
    backup_sha256: backup_sha256,
} }

from_wire! { ScoreSheetSigned {
    candidate: candidate_id,
    subject: subject,
    session: session_id,
    examiner: examiner_id,
    centi: score_centi,
    document_sha256: document_sha256,
    supersedes: supersedes_fact_id,
    signature: signature,
} }

from_wire! { MachineTotalTold {
    candidate: candidate_id,
    subject: subject,
    centi: score_centi,
    reference: reference,
} }

from_wire! { MachineTotalsConfirmed {
    subject: subject,
    marker: marker_id,
    candidates: candidate_ids [2000],
} }

from_wire! { ScoreEntered {
    candidate: candidate_id,
    subject: subject,
    centi: score_centi,
    clerk: clerk_id,
    violation_note: violation_note,
} }

from_wire! { ScoresVerified {
    subject: subject,
    verifier: verifier_id,
    candidates: candidate_ids [2000],
} }

from_wire! { ScoreAmended {
    candidate: candidate_id,
    subject: subject,
    supersedes: supersedes_fact_id,
    centi: score_centi,
    reason: reason,
    amended_by: amended_by_id,
    approved_by: approved_by_id,
    document_sha256: document_sha256,
} }

from_wire! { ReleasedResult {
    candidate: candidate_id,
    total: total_centi,
    passed: passed,
} }

from_wire! { ScoresReleased {
    results: results [2000],
    signature: signature,
} }

from_wire! { NoticePosted {
    notice: notice,
    posted_on: posted_on,
    channel: channel,
    place: place,
    document_sha256: document_sha256,
    candidates: candidate_ids [2000],
} }

from_wire! { ObjectionRaised {
    objection: objection,
    notice: notice,
    candidate: candidate_id,
    raised_on: raised_on,
    grounds: grounds,
} }

from_wire! { ObjectionDecided {
    objection: objection,
    decided_by: decided_by,
    upheld: upheld,
    reasons: reasons,
    signatures: signatures [20],
} }

from_wire! { ResultsUploaded {
    notice: notice,
    uploaded_on: uploaded_on,
    reference: reference,
    candidates: candidate_ids [2000],
} }
