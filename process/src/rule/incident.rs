//! Rows H2, H4, H5, H6 and H8: what goes wrong, and to whom it is told.

use liuhen_proto::ids::IncidentId;

use crate::case::incident::Incident;
use crate::fact::Fact;
use crate::fact::words::{IncidentKind, IncidentOutcome, IncidentSource, ReportTo};
use crate::finding::Broken;

use super::Moment;

/// Incidents that stand when the papers are sealed.
fn at_sealing<'a>(moment: &'a Moment<'_>) -> impl Iterator<Item = (&'a IncidentId, &'a Incident)> {
    let sealing = matches!(moment.fact, Fact::SessionSealed(_));
    moment.view.session.papers.incidents.iter().filter(move |_| sealing)
}

/// H2: the whole process is recorded; a hole that the system tells of accuses nobody.
pub(super) fn hole(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::IncidentRecorded(it) = moment.fact else { return Vec::new() };
    if it.about != IncidentKind::Technical || it.source != IncidentSource::System {
        return Vec::new();
    }
    let english = "part of the exam was not recorded; closing asks for a signed explanation";
    let broken = Broken::about(it.incident, english, "考试过程录像存在缺口，办结前须有签字说明");
    vec![broken.because("room", it.room.map_or_else(|| "session".to_owned(), |room| room.to_string()))]
}

/// H4: serious cheating was reported to the police before the papers are sealed.
pub(super) fn police(moment: &Moment<'_>) -> Vec<Broken> {
    // Which acts are serious is in the catalogue of violations.
    let serious = |incident: &Incident| {
        let (name, day) = &incident.catalogue;
        let catalogue = moment.view.organization.catalogue(name.as_deref(), *day);
        let item = catalogue.zip(incident.catalogue_item.as_deref()).and_then(|(catalogue, code)| catalogue.item(code));
        item.is_some_and(|item| item.police)
            && incident.about == IncidentKind::Candidate
            && incident.outcome == Some(IncidentOutcome::Confirmed)
    };
    let unreported = at_sealing(moment).filter(|(_, it)| serious(it) && !it.reported.contains(&ReportTo::Police));
    let english = "serious cheating is confirmed and was not reported to the police (incident_reported)";
    unreported.map(|(id, _)| Broken::about(id, english, "严重作弊已认定，尚未报告公安机关 incident_reported")).collect()
}

/// H4: the head reports what is out of the ordinary, or too hard to deal with on the spot.
pub(super) fn reported(moment: &Moment<'_>) -> Vec<Broken> {
    let unusual = |it: &Incident| matches!(it.about, IncidentKind::Emergency | IncidentKind::StaffMisconduct);
    let silent = at_sealing(moment).filter(|(_, it)| unusual(it) && it.reported.is_empty());
    let english = "an abnormal event was recorded and reported to nobody (incident_reported)";
    silent.map(|(id, _)| Broken::about(id, english, "异常事件已记录，尚未上报 incident_reported")).collect()
}

/// H5: invigilators report violations to the supervisor, who says that it was seen.
pub(super) fn seen_by_supervisor(moment: &Moment<'_>) -> Vec<Broken> {
    let violation = |it: &Incident| {
        it.source == IncidentSource::Person && matches!(it.about, IncidentKind::Candidate | IncidentKind::StaffMisconduct)
    };
    let unseen = at_sealing(moment).filter(|(_, it)| violation(it) && it.acknowledged.is_none());
    let english = "no supervisor has seen this violation (incident_acknowledged)";
    unseen.map(|(id, _)| Broken::about(id, english, "督导人员尚未确认该违纪记录 incident_acknowledged")).collect()
}

/// H6: who sat before equipment that failed, and is not to blame, gets the time back.
pub(super) fn compensated(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::EquipmentFailed(it) = moment.fact else { return Vec::new() };
    let inside = moment
        .view
        .session
        .attendance
        .candidates
        .iter()
        .filter(|(_, presence)| presence.left.is_none() && presence.rooms.last().is_some_and(|(_, room)| *room == it.room));
    let given = |candidate| it.compensations.iter().any(|given| given.candidate == candidate);
    if inside.clone().count() == 0 || inside.clone().any(|((candidate, _), _)| given(*candidate)) {
        return Vec::new();
    }
    let english = "equipment failed where candidates sit, and nobody gets time back: say how it was dealt with";
    vec![Broken::about(it.room, english, "考场设备故障，未给在场考生补时：请说明处理情况").because("inside", inside.count())]
}

/// H8: staff must not disturb or help candidates.
pub(super) fn staff_misconduct(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::IncidentDecided(it) = moment.fact else { return Vec::new() };
    let incident = moment.view.session.papers.incidents.get(&it.incident);
    let about_staff = incident.is_some_and(|incident| incident.about == IncidentKind::StaffMisconduct);
    if !about_staff || it.outcome != IncidentOutcome::Confirmed {
        return Vec::new();
    }
    vec![Broken::about(it.incident, "staff disturbed or helped candidates", "工作人员有影响考生考试或提供帮助的行为")]
}
