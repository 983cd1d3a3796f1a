//! Rows A6, P1, P2, P6, P7 and G1: who is on duty, and how many.

use std::collections::BTreeSet;

use liuhen_proto::ids::{RoomId, StaffId};

use crate::fact::Fact;
use crate::fact::words::Duty;
use crate::finding::Broken;
use crate::pack::Lots;

use super::Moment;

/// What somebody may do is said of the whole session: `turn 1` for instance.
pub(super) fn turn(number: u32) -> String {
    format!("turn {number}")
}

/// Rooms in which candidates of a turn sit.
pub(super) fn rooms(moment: &Moment<'_>, turn: u32) -> BTreeSet<RoomId> {
    moment.view.session.seats.values().filter(|seat| seat.turn == turn).map(|seat| seat.room).collect()
}

fn present(moment: &Moment<'_>, staff: StaffId) -> bool {
    moment.view.session.attendance.staff.contains_key(&staff)
}

/// How many persons with one of these duties are on duty in a room.
pub(super) fn on_duty(moment: &Moment<'_>, duties: &[Duty], room: RoomId) -> usize {
    let held = moment.view.session.duties.iter().filter(|held| duties.contains(&held.duty) && held.room == Some(room));
    held.map(|held| held.staff).filter(|staff| present(moment, *staff)).collect::<BTreeSet<_>>().len()
}

/// Whether somebody with this duty is on duty, wherever.
fn anybody(moment: &Moment<'_>, duty: Duty) -> bool {
    moment.view.session.on(duty, None).any(|held| present(moment, held.staff))
}

/// A6: the district authority sent a supervisor, who is on duty. It is the district's to do: it holds nobody up.
pub(super) fn supervised_from_outside(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TurnStarted(it) = moment.fact else { return Vec::new() };
    if anybody(moment, Duty::SupervisorExternal) {
        return Vec::new();
    }
    let english = "no supervisor of the district authority is on duty";
    vec![Broken::about(turn(it.turn), english, "区（市）人社部门派遣的质量督导员不在岗（逢考必督）")]
}

/// P1: posts are filled: somebody is 主考, somebody is 考务.
pub(super) fn posts(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TurnStarted(_) = moment.fact else { return Vec::new() };
    let empty = [Duty::ChiefInvigilator, Duty::ExamStaff].into_iter();
    let empty = empty.filter(|duty| moment.view.session.on(*duty, None).next().is_none());
    let broken = |duty| {
        let english = format!("nobody is assigned as {duty} (duty_assigned)");
        Broken::about(duty, english, format!("未明确 {duty} 岗位人员 duty_assigned"))
    };
    empty.map(broken).collect()
}

/// P2: no turn begins with too few invigilators on duty in a room (story 12).
pub(super) fn few_invigilators(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TurnStarted(it) = moment.fact else { return Vec::new() };
    let least = moment.pack.parameters.invigilators;
    let counted = rooms(moment, it.turn).into_iter().map(|room| (room, on_duty(moment, &[Duty::Invigilator], room)));
    let broken = |(room, there): (RoomId, usize)| {
        let english =
            format!("{there} invigilators are on duty, {least} are needed: wait, take a reserve, or tell it as a breach");
        let chinese = format!("在岗监考人员 {there} 名，应为 {least} 名：请等待或启用备用人员，确已开考的按违规事实登记");
        Broken::about(room, english, chinese).because("present", there).because("needed", least)
    };
    counted.filter(|(_, there)| *there < least as usize).map(broken).collect()
}

/// P2: where the number is exact, more is told as well.
pub(super) fn many_invigilators(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TurnStarted(it) = moment.fact else { return Vec::new() };
    if !moment.pack.parameters.invigilators_exact {
        return Vec::new();
    }
    let most = moment.pack.parameters.invigilators;
    let counted = rooms(moment, it.turn).into_iter().map(|room| (room, on_duty(moment, &[Duty::Invigilator], room)));
    let broken = |(room, there): (RoomId, usize)| {
        let english = format!("{there} invigilators are on duty, {most} are provided for");
        let chinese = format!("在岗监考人员 {there} 名，规定 {most} 名");
        Broken::about(room, english, chinese).because("present", there).because("needed", most)
    };
    counted.filter(|(_, there)| *there > most as usize).map(broken).collect()
}

/// P2: one site head, who is there; where the text names no number, one at least.
pub(super) fn site_head(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TurnStarted(it) = moment.fact else { return Vec::new() };
    let heads: BTreeSet<_> = moment.view.session.on(Duty::SiteHead, None).map(|held| held.staff).collect();
    let on_duty = heads.iter().filter(|head| present(moment, **head)).count();
    let most = if moment.pack.parameters.one_site_head { 1 } else { heads.len() };
    if on_duty >= 1 && heads.len() <= most {
        return Vec::new();
    }
    let english = format!("{} site heads are assigned, {on_duty} are on duty; one is needed", heads.len());
    let chinese = format!("考点（考试）负责人已安排 {} 名、在岗 {on_duty} 名，须有 1 名在岗", heads.len());
    vec![Broken::about(turn(it.turn), english, chinese).because("assigned", heads.len()).because("present", on_duty)]
}

/// P6: an internal supervisor is on duty (逢考必督).
pub(super) fn supervised(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TurnStarted(it) = moment.fact else { return Vec::new() };
    if anybody(moment, Duty::SupervisorInternal) {
        return Vec::new();
    }
    let english = "no internal supervisor is on duty: wait for one, or tell it as a breach";
    let chinese = "内部质量督导员不在岗（逢考必督）：请等待，确已开考的按违规事实登记";
    vec![Broken::about(turn(it.turn), english, chinese)]
}

/// P6: a supervisor is qualified (符合条件): some qualification on record holds on the day.
pub(super) fn supervisor_qualified(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::DutyAssigned(it) = moment.fact else { return Vec::new() };
    if it.duty != Duty::SupervisorInternal || qualified(moment, it.staff) {
        return Vec::new();
    }
    let english = "the supervisor has no qualification on record that holds on this day (staff_registered)";
    vec![Broken::about(it.staff, english, "未登记该质量督导员在有效期内的资格 staff_registered")]
}

/// Whether a person has a qualification that holds on the day. Which one is asked for is not known as a list.
pub(super) fn qualified(moment: &Moment<'_>, staff: StaffId) -> bool {
    let known = moment.view.organization.staff.get(&staff);
    known.is_some_and(|it| it.qualifications.iter().any(|card| card.valid_to.is_none_or(|last| moment.day() <= last)))
}

/// P7: badges are worn.
pub(super) fn badge(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::StaffArrived(it) = moment.fact else { return Vec::new() };
    if it.badge_worn {
        return Vec::new();
    }
    vec![Broken::about(it.staff, "no badge is worn", "未佩戴证卡")]
}

/// G1: invigilators came to their rooms by lot, drawn for this session, and nobody was put beside the lot.
pub(super) fn drawn(moment: &Moment<'_>) -> Vec<Broken> {
    let lots = moment.pack.parameters.lots;
    let drawn = moment.view.session.lots.draws > 0;
    match moment.fact {
        Fact::TurnStarted(it) if lots != Lots::Free && !drawn => {
            let (english, chinese) = match lots {
                Lots::Drawn => ("no lots were drawn", "本场次未抽签确定监考人员"),
                _ => ("invigilators were not placed at random", "本场次未随机安排考场监考人员"),
            };
            let english = format!("{english} for this session: draw lots (lots_drawn), or tell it as a breach");
            vec![Broken::about(turn(it.turn), english, format!("{chinese}：请先抽签 lots_drawn"))]
        }
        Fact::DutyAssigned(it) if lots != Lots::Free && drawn && it.duty == Duty::Invigilator && it.room.is_some() => {
            let english = "lots were drawn: take a reserve (reserve_taken) or draw again with a reason";
            vec![Broken::about(
                it.staff,
                english,
                "已抽签，不得另行指派考场监考人员：请启用备用人员 reserve_taken，或说明理由重新抽签",
            )]
        }
        _ => Vec::new(),
    }
}

/// G1: what was drawn had been announced before, so that nobody chose the result.
pub(super) fn announced(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::LotsDrawn(_) = moment.fact else { return Vec::new() };
    if moment.view.session.lots.open.is_some() {
        return Vec::new();
    }
    let english = "nothing was committed to before the draw (lots_committed): nobody can tell whether the seed was chosen";
    vec![Broken::about("lots", english, "抽签前未公布承诺值 lots_committed，无法证明种子未经挑选")]
}
