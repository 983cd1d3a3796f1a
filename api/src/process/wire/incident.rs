//! From the wire: what is told of incidents and supervision.

use liuhen_process::fact::incident::*;

use super::from_wire;

from_wire! { IncidentRecorded {
    incident: incident_id,
    about: about,
    source: source,
    room: room_id,
    candidate: candidate_id,
    staff: staff_id,
    catalogue_item: catalogue_item,
    description: description,
    clips: clips [20],
    evidence_sha256: evidence_sha256 [20],
    catalogue: catalogue,
} }

from_wire! { IncidentAcknowledged {
    incident: incident_id,
} }

from_wire! { IncidentDecided {
    incident: incident_id,
    supervisor: supervisor_id,
    outcome: outcome,
    catalogue_item: catalogue_item,
    reasons: reasons,
    candidate_heard: candidate_heard,
    catalogue: catalogue,
} }

from_wire! { IncidentAppealed {
    incident: incident_id,
    grounds: grounds,
} }

from_wire! { AppealDecided {
    incident: incident_id,
    outcome: outcome,
    reasons: reasons,
    signature: signature,
} }

from_wire! { IncidentReported {
    incident: incident_id,
    to: to,
    reference: reference,
} }

from_wire! { FormFilled {
    form: form_id,
    template: template,
    phase: phase,
    supervisor: supervisor_id,
    answers: answers [200],
    problems: problems,
    guidance: guidance,
} }

from_wire! { FormItemRectified {
    form: form_id,
    item: item,
    rectification: rectification,
    evidence_sha256: evidence_sha256 [20],
    reported_to: reported_to,
} }

from_wire! { FormSigned {
    form: form_id,
    signature: signature,
} }
