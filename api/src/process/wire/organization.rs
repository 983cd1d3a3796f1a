//! From the wire: what is told of an organisation.

use liuhen_process::fact::organization::*;

use super::from_wire;

from_wire! { BodyFiled {
    authority: authority,
    number: number,
    valid: valid,
} }

from_wire! { ScopeFiled {
    occupation: occupation,
    levels: levels [7],
    valid: valid,
    approval: approval,
} }

from_wire! { AnnouncementPublished {
    year: year,
    approved_on: approved_on,
    published_on: published_on,
    channel: channel,
    document_sha256: document_sha256,
    items: items [500],
} }

from_wire! { StaffRegistered {
    staff: staff_id,
    name: name,
    unit: unit,
    qualifications: qualifications [20],
    person: person_id,
} }
