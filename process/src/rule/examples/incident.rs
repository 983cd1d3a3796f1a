//! Rows H2, H4 to H8: what goes wrong, and to whom it is told.

use liuhen_proto::Interval;

use crate::fact::Fact;
use crate::fact::day::EquipmentFailed;
use crate::fact::incident::{IncidentAcknowledged, IncidentDecided, IncidentReported};
use crate::fact::parts::Compensation;
use crate::fact::words::{IncidentKind, IncidentOutcome, IncidentSource, ReportTo};

use super::world::{SUPERVISOR, World, at, candidate, incident, incident_id, room, sealed, staff, text};
use super::{Example, change};

fn recorded(world: &mut World) -> Fact {
    world.during_turn(1).when(at("09:20:00"));
    incident(IncidentKind::Candidate).into()
}

fn decided(outcome: IncidentOutcome) -> IncidentDecided {
    IncidentDecided {
        incident: incident_id(1),
        supervisor: staff(SUPERVISOR),
        outcome,
        catalogue_item: Some(text("4.1")),
        reasons: text("录像可证"),
        candidate_heard: true,
        catalogue: None,
    }
}

/// An incident was seen by the supervisor and reported; the papers are sealed.
fn dealt_with(world: &mut World, about: IncidentKind, outcome: Option<IncidentOutcome>) -> Fact {
    world.over().tell(incident(about)).tell(IncidentAcknowledged { incident: incident_id(1) });
    for to in [ReportTo::Authority, ReportTo::Police] {
        world.tell(IncidentReported { incident: incident_id(1), to, reference: text("回执 12") });
    }
    if let Some(outcome) = outcome {
        world.tell(decided(outcome));
    }
    sealed().into()
}

fn the_incident(world: &mut World) -> &mut crate::case::incident::Incident {
    world.view.session.papers.incidents.get_mut(&incident_id(1)).unwrap()
}

/// Something is to be decided, dismissed for now.
fn decides(world: &mut World, about: IncidentKind) -> Fact {
    world.during_turn(1).tell(incident(about));
    let code = if about == IncidentKind::StaffMisconduct { "5.1" } else { "4.1" };
    IncidentDecided { catalogue_item: Some(text(code)), ..decided(IncidentOutcome::Dismissed) }.into()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: "H2",
        fact: recorded,
        spoil: change!(IncidentRecorded, it => (it.about, it.source) = (IncidentKind::Technical, IncidentSource::System)),
    },
    Example {
        rule: "H4.police",
        fact: |world| dealt_with(world, IncidentKind::Candidate, Some(IncidentOutcome::Confirmed)),
        spoil: |world, _| the_incident(world).reported = vec![ReportTo::Authority],
    },
    Example {
        rule: "H4.reported",
        fact: |world| dealt_with(world, IncidentKind::Emergency, None),
        spoil: |world, _| the_incident(world).reported.clear(),
    },
    Example {
        rule: "H5.reported",
        fact: |world| dealt_with(world, IncidentKind::Candidate, None),
        spoil: |world, _| the_incident(world).acknowledged = None,
    },
    Example {
        rule: "H6",
        fact: |world| {
            world.during_turn(1).when(at("09:40:00"));
            let interval = Interval::new(at("09:30:00"), at("09:40:00")).unwrap();
            let compensations = vec![Compensation { candidate: candidate(1), minutes: 10 }];
            EquipmentFailed { room: room(1), what: text("考试机死机"), interval, compensations }.into()
        },
        spoil: change!(EquipmentFailed, it => it.compensations.clear()),
    },
    Example {
        rule: "H7",
        fact: |world| decides(world, IncidentKind::Candidate),
        spoil: change!(IncidentDecided, it => it.supervisor = staff(11)),
    },
    Example {
        rule: "H8",
        fact: |world| decides(world, IncidentKind::StaffMisconduct),
        spoil: change!(IncidentDecided, it => it.outcome = IncidentOutcome::Confirmed),
    },
];
