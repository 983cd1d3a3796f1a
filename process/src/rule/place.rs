//! Rows C: the site, its rooms and devices.

use liuhen_proto::ids::RoomId;

use crate::fact::Fact;
use crate::fact::words::{DeviceKind, Duty, Facility, Subject};
use crate::finding::Broken;
use crate::words::{OrganizationKind, RoomKind};

use super::Moment;

fn opening(moment: &Moment<'_>) -> Option<RoomId> {
    match moment.fact {
        Fact::RoomReady(it) => Some(it.room),
        _ => None,
    }
}

/// C1: the city authority of the site has approved it.
pub(super) fn site_approved(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(room) = opening(moment) else { return Vec::new() };
    let day = moment.day();
    if moment.view.site.approvals.iter().any(|approval| approval.holds(day)) {
        return Vec::new();
    }
    let english = format!("the site is not approved for {day}: record the approval (site_approved)");
    vec![Broken::about(room, english, format!("考点在 {day} 无有效批准，请登记 site_approved")).because("day", day)]
}

/// C3: the site has its facilities.
pub(super) fn facilities(moment: &Moment<'_>) -> Vec<Broken> {
    if opening(moment).is_none() {
        return Vec::new();
    }
    let missing = moment.pack.parameters.facilities.iter().filter(|it| !moment.view.site.facilities.contains(it));
    let broken = |it: &crate::fact::words::Facility| {
        Broken::about(it, format!("the site has no {it} on record"), format!("考点未登记设施 {it}"))
    };
    missing.map(broken).collect()
}

/// C4: there is a cordon, and somebody on duty guards it.
pub(super) fn guarded(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TurnStarted(it) = moment.fact else { return Vec::new() };
    let mut broken = Vec::new();
    if !moment.view.site.facilities.contains(&Facility::Cordon) {
        broken.push(Broken::about(Facility::Cordon, "no cordon is on record (facility_declared)", "未登记警戒线"));
    }
    let session = &moment.view.session;
    if !session.on(Duty::Guard, None).any(|held| session.attendance.staff.contains_key(&held.staff)) {
        let about = format!("turn {}", it.turn);
        broken.push(Broken::about(about, "nobody on duty guards the cordon", "警戒线无专人在岗值守"));
    }
    broken
}

/// C5, C6: a recording of each required camera was played back today (story 1).
pub(super) fn tested(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(room) = opening(moment) else { return Vec::new() };
    let day = moment.day();
    if moment.view.exempt(room, day).is_some() {
        return Vec::new();
    }
    let Some(known) = moment.view.rooms.get(&room) else { return Vec::new() };
    if known.cameras.is_empty() {
        let english = "no camera watches this room: declare its viewpoints and cameras, or record a substitute";
        return vec![Broken::about(room, english, "该考场没有摄像机，请登记机位，或说明替代措施")];
    }
    let works = |camera: &&liuhen_proto::ids::CameraId| moment.view.session.tests.get(camera) != Some(&(day, true));
    let broken = |camera: &liuhen_proto::ids::CameraId| {
        let english = format!("{camera}: no recording of {day} was played back: test it (camera_tested)");
        let chinese = format!("{camera} 今日（{day}）未通过录像回放自检，请先自检 camera_tested");
        Broken::about(room, english, chinese).because("camera", camera).because("day", day)
    };
    known.cameras.iter().filter(works).map(broken).collect()
}

/// C5: devices that recognise identities and shield signals.
pub(super) fn devices(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(room) = opening(moment) else { return Vec::new() };
    let by_room = moment.pack.parameters.devices_by_room;
    let wanted = [DeviceKind::IdReader, DeviceKind::Jammer].into_iter();
    let missing = wanted.filter(|kind| !moment.view.site.has_device(*kind, room, by_room));
    let broken = |kind: DeviceKind| {
        Broken::about(room, format!("no {kind} that works is on record"), format!("未登记可用设备 {kind}"))
            .because("device", kind)
    };
    missing.map(broken).collect()
}

/// C6: the site head has signed that the cameras cover the room.
pub(super) fn covered(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(room) = opening(moment) else { return Vec::new() };
    if moment.view.site.covered.contains(&room) {
        return Vec::new();
    }
    vec![Broken::about(room, "nobody has signed that the cameras cover this room", "考点负责人未签字确认该考场全覆盖")]
}

/// C7: only an enterprise may leave a room unrecorded.
pub(super) fn exemption_allowed(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ExemptionGranted(it) = moment.fact else { return Vec::new() };
    if moment.view.kind == OrganizationKind::Enterprise {
        return Vec::new();
    }
    vec![Broken::about(it.exemption, "only an enterprise may be exempt from recording", "只有企业可以申请监控豁免")]
}

/// C7: what was promised instead of a recording is there.
pub(super) fn traces(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::SessionSealed(_) = moment.fact else { return Vec::new() };
    let day = moment.day();
    let mut broken = Vec::new();
    for room in moment.view.session.rooms() {
        let exemptions = moment.view.site.exemptions.iter();
        for (id, exemption) in exemptions.filter(|(_, it)| it.rooms.contains(&room) && it.valid.holds(day)) {
            for trace in exemption.traces.iter().filter(|trace| !moment.view.session.traces.contains(&(*id, room, **trace))) {
                let english = format!("{trace} is missing, which {id} asks for instead of a recording");
                let chinese = format!("缺少替代留痕 {trace}（豁免 {id}），全程留痕不可缺");
                broken.push(Broken::about(room, english, chinese).because("trace", trace).because("exemption", id));
            }
        }
    }
    broken
}

/// C8: seats stand apart in a theory room.
pub(super) fn seats_apart(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(room) = opening(moment) else { return Vec::new() };
    if moment.view.rooms.get(&room).map(|room| room.kind) != Some(RoomKind::Theory) {
        return Vec::new();
    }
    let Some(fitted) = moment.view.site.fitted.get(&room) else {
        return vec![Broken::about(
            room,
            "how the room is fitted out is not on record (room_fitted)",
            "未登记考场布置 room_fitted",
        )];
    };
    let parameters = &moment.pack.parameters;
    let mut broken = Vec::new();
    if let Some(least) = parameters.spacing_cm.filter(|least| fitted.spacing_cm < *least) {
        let english = format!("seats are {} cm apart, {least} cm are asked for", fitted.spacing_cm);
        let chinese = format!("座位间距 {} 厘米，应不少于 {least} 厘米", fitted.spacing_cm);
        broken.push(Broken::about(room, english, chinese).because("spacing_cm", fitted.spacing_cm));
    }
    if !fitted.single_desk {
        broken.push(Broken::about(room, "not everybody has a desk alone", "未做到单人、单桌"));
    }
    if parameters.single_row && !fitted.single_row {
        broken.push(Broken::about(room, "desks do not stand in single rows", "未做到单行"));
    }
    broken
}

/// C8: where theory is examined by computer, there is one for everybody who sits in the room.
pub(super) fn computers(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(room) = opening(moment) else { return Vec::new() };
    let session = &moment.view.session;
    let theory = session.plan.iter().flat_map(|plan| &plan.turns).filter(|turn| turn.subject == Subject::Theory);
    let seated = |turn: u32| session.seats.values().filter(|seat| seat.room == room && seat.turn == turn).count();
    let most = theory.map(|turn| seated(turn.number)).max().unwrap_or(0);
    let there = moment.view.site.fitted.get(&room).map_or(0, |fitted| fitted.computers as usize);
    if there >= most || !moment.by_computer(Subject::Theory) {
        return Vec::new();
    }
    let english = format!("{there} computers are on record for {most} candidates who sit here");
    let chinese = format!("登记计算机 {there} 台，同场考生 {most} 人");
    vec![Broken::about(room, english, chinese).because("computers", there).because("candidates", most)]
}
