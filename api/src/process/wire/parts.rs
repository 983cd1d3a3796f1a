//! Parts of facts, from the wire.

use liuhen_process::fact::parts::*;

use super::from_wire;

from_wire! { Signature {
    name: name,
    post: post,
    scan_sha256: scan_sha256,
    attested_by: attested_by_ids [2],
} }

from_wire! { Occupation {
    code: code,
    name: name,
} }

from_wire! { DateRange {
    first: first,
    last: last,
} }

from_wire! { AnnouncedItem {
    occupation: occupation,
    levels: levels [7],
    months: months [12],
} }

from_wire! { Qualification {
    kind: kind,
    number: number,
    valid_to: valid_to,
} }

from_wire! { SubjectPlan {
    subject: subject,
    weight_permille: weight_permille,
    minutes: minutes,
    by_computer: by_computer,
} }

from_wire! { Turn {
    number: number,
    subject: subject,
    interval: interval,
} }

from_wire! { RoomPlan {
    room: room_id,
    location: location,
} }

from_wire! { Seat {
    candidate: candidate_id,
    turn: turn,
    room: room_id,
    seat: seat,
} }

from_wire! { Panel {
    room: room_id,
    examiners: examiner_ids [50],
    lead: lead_id,
} }

from_wire! { DrawnPlace {
    staff: staff_id,
    room: room_id,
} }

from_wire! { ClipReference {
    camera: camera_id,
    interval: interval,
} }

from_wire! { FormAnswer {
    item: item,
    answer: answer,
    remark: remark,
    evidence_sha256: evidence_sha256 [20],
    grade: grade,
    count: count,
    text: text,
} }

from_wire! { Compensation {
    candidate: candidate_id,
    minutes: minutes,
} }
