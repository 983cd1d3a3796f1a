//! From the wire: what is told of a batch: an assessment plan and its candidates.

use liuhen_process::fact::batch::*;

use super::from_wire;

from_wire! { BatchPlanned {
    organization: organization_id,
    name: name,
    platform_plan: platform_plan,
    responsible: responsible,
    occupation: occupation,
    levels: levels [7],
    assessment: assessment,
    subjects: subjects [3],
    held: held,
    headcount: headcount,
} }

from_wire! { DocumentFiled {
    slot: slot,
    title: title,
    document_sha256: document_sha256,
    dated: dated,
    stamped: stamped,
    signature: signature,
} }

from_wire! { PlanFiled {
    filed_on: filed_on,
} }

from_wire! { PlanConfirmed {
    authority: authority,
    reference: reference,
    confirmed_on: confirmed_on,
} }

from_wire! { RegistrationHeld {
    opened_on: opened_on,
    closed_on: closed_on,
} }

from_wire! { ReviewFinished {
    finished_on: finished_on,
} }

from_wire! { TicketsReady {
    ready_on: ready_on,
} }

from_wire! { CandidateEnrolled {
    candidate: candidate_id,
    name: name,
    id_type: id_type,
    id_number: id_number,
    ticket: ticket,
    employer: employer,
    photo_sha256: photo_sha256,
    photo_bytes: photo_bytes,
    level: level,
} }

from_wire! { CandidateReviewed {
    candidate: candidate_id,
    outcome: outcome,
    reason: reason,
} }

from_wire! { EmploymentVerified {
    candidate: candidate_id,
    authority: authority,
    true_as_said: true_as_said,
    note: note,
} }

from_wire! { RosterFrozen {
    roster_sha256: roster_sha256,
} }

from_wire! { CandidateCorrected {
    candidate: candidate_id,
    name: name,
    id_number: id_number,
    ticket: ticket,
    reason: reason,
} }

from_wire! { RelationDeclared {
    staff: staff_id,
    relation: relation,
    candidate: candidate_id,
    unit: unit,
} }

from_wire! { ProcessEventHeld {
    title: title,
    held_on: held_on,
    candidates: candidate_ids [2000],
    evidence_sha256: evidence_sha256 [50],
} }

from_wire! { PapersAssigned {
    paper: paper,
    session: session_id,
} }

from_wire! { OutsideEventTold {
    event: event,
    reference: reference,
    document_sha256: document_sha256,
} }
