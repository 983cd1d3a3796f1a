//! The chain for programs.

use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::session::v1::Subject;
use serde_json::{Value, json};

use crate::command::json_interval;

pub(super) fn candidate(it: &pb::CandidateTrace) -> Value {
    json!({
        "candidate_id": it.candidate_id, "batch_id": it.batch_id, "name_masked": it.name_masked, "ticket": it.ticket,
        "certificate_number": it.certificate_number, "links": it.links.iter().map(link).collect::<Vec<_>>(),
        "stays": it.stays.iter().map(stay).collect::<Vec<_>>(), "incidents": it.incidents.iter().map(fact).collect::<Vec<_>>(),
    })
}

/// `theory`; nothing where the link is of no subject.
pub(super) fn subject(link: &pb::TraceLink) -> Option<String> {
    match link.subject() {
        Subject::Unspecified => None,
        subject => Some(subject.as_str_name().trim_start_matches("SUBJECT_").to_lowercase()),
    }
}

fn link(it: &pb::TraceLink) -> Value {
    json!({
        "step": it.step, "chinese": it.chinese, "standing": it.standing, "session_id": it.session_id, "turn": it.turn,
        "subject": subject(it), "facts": it.facts.iter().map(fact).collect::<Vec<_>>(), "kinds": it.kinds, "owners": it.owners,
    })
}

fn fact(it: &pb::TraceFact) -> Value {
    let fact = it.fact.clone().unwrap_or_default();
    let source = fact.source.map(|it| json!({ "system": it.system, "id": it.id }));
    json!({
        "case_id": it.case_id, "number": fact.number, "fact_id": fact.fact_id, "kind": fact.kind, "at_us": fact.at_us,
        "occurred_us": fact.occurred_us, "provisional": fact.provisional, "by": fact.by, "breach": fact.breach,
        "source": source, "findings": fact.findings.len(),
    })
}

fn stay(it: &pb::TraceStay) -> Value {
    let viewpoint = |viewpoint: &pb::ViewpointCoverage| {
        let holes = |track: &pb::TrackCoverage| track.missing.iter().map(json_interval).collect::<Vec<_>>();
        json!({
            "viewpoint_id": viewpoint.viewpoint_id, "stream_ids": viewpoint.stream_ids,
            "covers_seat": it.seat_viewpoint_ids.contains(&viewpoint.viewpoint_id),
            "missing": viewpoint.tracks.iter().flat_map(holes).collect::<Vec<_>>(),
        })
    };
    let look =
        |look: &pb::Access| json!({ "access_id": look.access_id, "by": look.by, "purpose": look.purpose, "at_us": look.at_us });
    json!({
        "session_id": it.session_id, "turn": it.turn, "room_id": it.room_id, "seat": it.seat,
        "interval": it.interval.as_ref().map(json_interval), "viewpoints": it.viewpoints.iter().map(viewpoint).collect::<Vec<_>>(),
        "gap_ids": it.gaps.iter().map(|gap| gap.gap_id.clone()).collect::<Vec<_>>(),
        "accesses": it.accesses.iter().map(look).collect::<Vec<_>>(),
    })
}
