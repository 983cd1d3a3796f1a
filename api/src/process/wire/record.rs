//! From the wire: what is told of the records of a batch: what is kept, where, and what closes it.

use liuhen_process::fact::record::*;

use super::from_wire;

from_wire! { RecordFiled {
    record: record,
    category: category,
    title: title,
    dated: dated,
    medium: medium,
    version: version,
    pages: pages,
    document_sha256: document_sha256,
    storage_box: storage_box,
    shelf: shelf,
    signature: signature,
} }

from_wire! { RecordingExplained {
    session: session_id,
    incident: incident_id,
    explanation: explanation,
    evidence_sha256: evidence_sha256 [50],
    signature: signature,
} }

from_wire! { SessionReceived {
    reference: reference,
    received_on: received_on,
    document_sha256: document_sha256,
} }

from_wire! { BatchClosed {
    signature: signature,
} }

from_wire! { SummaryFiled {
    year: year,
    filed_on: filed_on,
    candidates: candidates,
    passed: passed,
    certificates: certificates,
    document_sha256: document_sha256,
} }
