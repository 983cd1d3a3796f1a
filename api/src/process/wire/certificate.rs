//! From the wire: what is told of certificates: numbers, issue, reports.

use liuhen_process::fact::certificate::*;

use super::from_wire;

from_wire! { CertificateNumbered {
    candidate: candidate_id,
    number: number,
    reference: reference,
} }

from_wire! { CertificatesConfirmed {
    authority: authority,
    reference: reference,
    confirmed_on: confirmed_on,
    candidates: candidate_ids [2000],
} }

from_wire! { CertificateIssued {
    candidate: candidate_id,
    number: number,
    occupation: occupation,
    job_type: job_type,
    level: level_text,
    issued_on: issued_on,
    handwritten: handwritten,
    hand_sealed: hand_sealed,
    document_sha256: document_sha256,
} }

from_wire! { CertificateReissued {
    candidate: candidate_id,
    number: number,
    applied_on: applied_on,
    issued_on: issued_on,
    reason: reason,
    document_sha256: document_sha256,
} }

from_wire! { DataReported {
    reported_on: reported_on,
    reference: reference,
    candidates: candidate_ids [2000],
} }

from_wire! { DataReturned {
    returning: returning,
    returned_on: returned_on,
    reason: reason,
    candidates: candidate_ids [2000],
} }

from_wire! { DataCorrected {
    returning: returning,
    reported_on: reported_on,
    reference: reference,
} }
