//! Rows P5 and H6: examiners, how many and who, and whom they heard.

use std::collections::BTreeSet;

use liuhen_proto::ids::RoomId;

use crate::fact::Fact;
use crate::fact::words::{Duty, Subject};
use crate::finding::Broken;

use super::Moment;
use super::people::{on_duty, qualified, rooms};

/// What is wrong with a number of examiners, in both languages.
fn counted(moment: &Moment<'_>, count: usize) -> Vec<(String, String)> {
    let parameters = &moment.pack.parameters;
    let mut broken = Vec::new();
    if count < parameters.examiners as usize {
        let least = parameters.examiners;
        let english = format!("{count} examiners, at least {least} are asked for");
        broken.push((english, format!("考评员 {count} 名，应不少于 {least} 名")));
    }
    if parameters.examiners_odd && count.is_multiple_of(2) {
        broken.push((format!("{count} examiners, the number must be odd"), format!("考评员 {count} 名，应为单数")));
    }
    broken
}

fn in_room(moment: &Moment<'_>, room: RoomId, count: usize) -> Vec<Broken> {
    let wrong = counted(moment, count).into_iter();
    wrong.map(|(english, chinese)| Broken::about(room, english, chinese).because("examiners", count)).collect()
}

/// P5: enough examiners, an odd number where that is asked for: when they are sent, and on duty when they begin.
pub(super) fn enough(moment: &Moment<'_>) -> Vec<Broken> {
    match moment.fact {
        Fact::ExaminersDispatched(it) => {
            let count = |panel: &crate::fact::parts::Panel| panel.examiners.iter().collect::<BTreeSet<_>>().len();
            it.panels.iter().flat_map(|panel| in_room(moment, panel.room, count(panel))).collect()
        }
        // Theory is marked later, by whoever marks it.
        Fact::TurnStarted(it) if moment.subject(it.turn).is_some_and(|subject| subject != Subject::Theory) => {
            let examining = [Duty::Examiner, Duty::LeadExaminer];
            let rooms = rooms(moment, it.turn).into_iter();
            rooms.flat_map(|room| in_room(moment, room, on_duty(moment, &examining, room))).collect()
        }
        _ => Vec::new(),
    }
}

/// H6: who came to an appraisal was heard, by as many examiners as are asked for.
pub(super) fn heard(moment: &Moment<'_>) -> Vec<Broken> {
    match moment.fact {
        Fact::DefenceHeld(it) => {
            let count = it.examiners.iter().collect::<BTreeSet<_>>().len();
            let few = counted(moment, count).into_iter();
            few.map(|(english, chinese)| Broken::about(it.candidate, english, chinese).because("examiners", count)).collect()
        }
        Fact::TurnEnded(it) if moment.subject(it.turn) == Some(Subject::ComprehensiveAppraisal) => {
            let session = &moment.view.session;
            let came =
                session.attendance.candidates.iter().filter(|((_, turn), there)| *turn == it.turn && !there.rooms.is_empty());
            let unheard = came.filter(|((candidate, turn), _)| !session.defences.contains_key(&(*candidate, *turn)));
            let english = "came to the appraisal, and nobody has told that the candidate was heard (defence_held)";
            let chinese = "考生参加综合评审，未登记评审记录 defence_held";
            unheard.map(|((candidate, _), _)| Broken::about(candidate, english, chinese).because("turn", it.turn)).collect()
        }
        _ => Vec::new(),
    }
}

/// P5: one of a panel leads it (组长负责制).
pub(super) fn led(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ExaminersDispatched(it) = moment.fact else { return Vec::new() };
    let leaderless = |panel: &&crate::fact::parts::Panel| !panel.lead.is_some_and(|lead| panel.examiners.contains(&lead));
    let broken =
        |panel: &crate::fact::parts::Panel| Broken::about(panel.room, "nobody of the panel leads it", "考评组未指定组长");
    it.panels.iter().filter(leaderless).map(broken).collect()
}

/// P5: the platform chooses at random whom it sends.
pub(super) fn at_random(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ExaminersDispatched(it) = moment.fact else { return Vec::new() };
    if it.at_random {
        return Vec::new();
    }
    vec![Broken::about(&it.dispatch, "the examiners were not chosen at random", "考评人员未经系统平台随机派遣")]
}

/// P5: an examiner has a card that holds on the day.
pub(super) fn carded(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ExaminersDispatched(it) = moment.fact else { return Vec::new() };
    let examiners: BTreeSet<_> = it.panels.iter().flat_map(|panel| panel.examiners.iter().copied()).collect();
    let english = "the examiner has no qualification on record that holds on this day (staff_registered)";
    let chinese = "未登记该考评员在有效期内的资格 staff_registered";
    examiners.into_iter().filter(|staff| !qualified(moment, *staff)).map(|staff| Broken::about(staff, english, chinese)).collect()
}
