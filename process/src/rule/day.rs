//! Rows C12, D2, H3 to H5 and I1: what happens in the rooms.

use liuhen_proto::Span;

use crate::case::presence::Identity;
use crate::fact::Fact;
use crate::fact::words::{MaterialKind, MaterialStep, SealState, Subject};
use crate::finding::Broken;

use super::Moment;
use super::people::turn;

fn minutes(minutes: u32) -> Span {
    Span::from_secs(minutes.saturating_mul(60))
}

/// Times of a turn bind in theory and practical tests, not in 综合评审.
fn timed(subject: Subject) -> bool {
    subject != Subject::ComprehensiveAppraisal
}

/// H3: nobody enters 30 minutes after the start, or later. At 29:59 one may, at 30:00 not (story 4).
pub(super) fn late_entry(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::Entered(it) = moment.fact else { return Vec::new() };
    let session = &moment.view.session;
    let Some(turn) = session.planned_turn(it.turn).filter(|turn| timed(turn.subject)) else { return Vec::new() };
    let Some(most) = moment.pack.parameters.late_entry_minutes else { return Vec::new() };
    let start = session.turn(it.turn).started.unwrap_or(turn.interval.start()).max(turn.interval.start());
    let late = moment.telling.occurred.since(start);
    if late < minutes(most) {
        return Vec::new();
    }
    let english = format!("came in {most} minutes after the start or later: the site head can record that the person was let in");
    let chinese = format!("开考 {most} 分钟后入场；不得入场而确已放行的，由考点负责人按违规事实登记");
    let broken = Broken::about(it.candidate, english, chinese).because("late_seconds", late.as_micros() / 1_000_000);
    vec![broken.because("turn", it.turn).because("provisional", moment.telling.provisional)]
}

/// H3: nobody leaves earlier than 30 minutes before the end (story 5).
pub(super) fn early_leave(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::HandedIn(it) = moment.fact else { return Vec::new() };
    let session = &moment.view.session;
    let Some(turn) = session.planned_turn(it.turn).filter(|turn| timed(turn.subject)) else { return Vec::new() };
    let Some(least) = moment.pack.parameters.early_leave_minutes else { return Vec::new() };
    let left = session.end_for(it.candidate, turn).since(moment.telling.occurred);
    if left <= minutes(least) {
        return Vec::new();
    }
    let english = format!("nobody hands in earlier than {least} minutes before the end");
    let chinese = format!("考试结束前 {least} 分钟之前不得交卷退场");
    let broken = Broken::about(it.candidate, english, chinese).because("seconds_left", left.as_micros() / 1_000_000);
    vec![broken.because("turn", it.turn).because("provisional", moment.telling.provisional)]
}

/// H5: nobody enters who was not identified; what does not match waits for the site head (story 3).
pub(super) fn identified(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::Entered(it) = moment.fact else { return Vec::new() };
    let identity = moment.view.session.attendance.of(it.candidate, it.turn).and_then(|presence| presence.identity);
    let (english, chinese) = match identity {
        Some(Identity::Verified) => return Vec::new(),
        Some(Identity::Unverified) => (
            "the identity does not match: the site head decides (identity_decided)",
            "身份核验不符，须考点负责人处理 identity_decided",
        ),
        Some(Identity::Refused) => ("the site head found that it is another person", "考点负责人认定非本人"),
        None => ("the identity was not checked (candidate_checked_in)", "尚未核验身份 candidate_checked_in"),
    };
    vec![Broken::about(it.candidate, english, chinese).because("turn", it.turn)]
}

/// C12: candidates sit where they are seated.
pub(super) fn right_room(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::Entered(it) = moment.fact else { return Vec::new() };
    let Some(seat) = moment.view.session.seats.get(&(it.candidate, it.turn)) else { return Vec::new() };
    if seat.room == it.room {
        return Vec::new();
    }
    let english = format!("the candidate’s seat is in {}, and the room entered is {}", seat.room, it.room);
    let chinese = format!("考生座位在 {}，实际进入 {}", seat.room, it.room);
    vec![Broken::about(it.candidate, english, chinese).because("seated", seat.room).because("entered", it.room)]
}

/// D2: what is secret is handed over by two persons, with its seal whole.
pub(super) fn signed_over(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::MaterialHandled(it) = moment.fact else { return Vec::new() };
    let mut broken = Vec::new();
    let mut signers = it.signed_by.clone();
    signers.sort_unstable();
    signers.dedup();
    if signers.len() < 2 && matches!(it.step, MaterialStep::HandedOver | MaterialStep::Opened | MaterialStep::Sealed) {
        let english = "two persons sign when it changes hands, is opened or sealed";
        broken.push(Broken::about(&it.package, english, "交接、启封、封装须两人签字").because("signed_by", signers.len()));
    }
    if it.seal == SealState::Broken && it.step != MaterialStep::Opened {
        broken.push(Broken::about(&it.package, "the seal was found broken", "封签破损").because("step", it.step));
    }
    broken
}

/// H4: the head keeps the time: no turn begins before its time, and none ends before the time of those who still sit.
pub(super) fn time_kept(moment: &Moment<'_>) -> Vec<Broken> {
    let (session, at) = (&moment.view.session, moment.telling.occurred);
    match moment.fact {
        Fact::TurnStarted(it) => {
            let planned = session.planned_turn(it.turn).map(|turn| turn.interval.start());
            let Some(planned) = planned.filter(|planned| at < *planned) else { return Vec::new() };
            let broken = Broken::about(turn(it.turn), "the turn begins before its time", "开考早于规定时间");
            vec![broken.because("seconds", planned.since(at).as_micros() / 1_000_000)]
        }
        Fact::TurnEnded(it) => {
            let Some(planned) = session.planned_turn(it.turn) else { return Vec::new() };
            let sits = session
                .attendance
                .candidates
                .iter()
                .filter(|((_, turn), presence)| *turn == it.turn && presence.left.is_none() && !presence.rooms.is_empty());
            let cut = sits.filter(|((candidate, _), _)| at < session.end_for(*candidate, planned)).count();
            if cut == 0 {
                return Vec::new();
            }
            let english = format!("the turn ends before the time of {cut} candidates who still sit");
            let chinese = format!("提前结束考试，尚有 {cut} 名在场考生未到结束时间");
            vec![Broken::about(turn(it.turn), english, chinese).because("candidates", cut)]
        }
        _ => Vec::new(),
    }
}

/// I1: no more papers are issued than candidates entered; and no fewer, where nothing but theory is on paper.
fn issued_to_all(moment: &Moment<'_>) -> Option<Broken> {
    let session = &moment.view.session;
    let issued = session.counted(MaterialKind::Papers, MaterialStep::Issued);
    let on_paper = |turn: &u32| moment.subject(*turn).is_some_and(|subject| !moment.by_computer(subject));
    let entered = session.attendance.candidates.iter().filter(|((_, turn), it)| on_paper(turn) && !it.rooms.is_empty());
    let entered = u32::try_from(entered.count()).unwrap_or(u32::MAX);
    let turns = session.plan.iter().flat_map(|plan| &plan.turns);
    let theory_only = turns.filter(|turn| on_paper(&turn.number)).all(|turn| turn.subject == Subject::Theory);
    if issued == 0 || issued == entered || (issued < entered && !theory_only) {
        return None;
    }
    let english = format!("{issued} papers were issued to {entered} candidates who entered");
    let broken = Broken::about(MaterialKind::Papers, english, format!("发出试卷 {issued} 份，入场考生 {entered} 人"));
    Some(broken.because("issued", issued).because("entered", entered))
}

/// I1: as much is collected and sealed as was issued, to as many as were there.
pub(super) fn all_collected(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::SessionSealed(_) = moment.fact else { return Vec::new() };
    let session = &moment.view.session;
    let kinds = [MaterialKind::Papers, MaterialKind::Workpieces, MaterialKind::AnswerSheets];
    let mut broken: Vec<_> = issued_to_all(moment).into_iter().collect();
    for kind in kinds {
        let counts =
            [MaterialStep::Issued, MaterialStep::Collected, MaterialStep::Sealed].map(|step| session.counted(kind, step));
        let [issued, collected, sealed] = counts;
        if issued == collected && collected == sealed {
            continue;
        }
        let english = format!("{kind}: {issued} issued, {collected} collected, {sealed} sealed");
        let chinese = format!("{kind}：发出 {issued}、收回 {collected}、封装 {sealed}，数量不一致");
        let said = Broken::about(kind, english, chinese).because("issued", issued).because("collected", collected);
        broken.push(said.because("sealed", sealed));
    }
    broken
}
