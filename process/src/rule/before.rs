//! Rows B, C13 and D1: registration, review, tickets, roster, papers.

use crate::calendar::Date;
use crate::fact::Fact;
use crate::finding::Broken;

use super::Moment;
use super::plan::before;

/// B3: people can apply for just so many days (应为7天).
pub(super) fn registration(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::RegistrationHeld(it) = moment.fact else { return Vec::new() };
    let Some(wanted) = moment.pack.parameters.registration else { return Vec::new() };
    let days = it.opened_on.days_until(it.closed_on) + 1;
    if days == u32::from(wanted.n) {
        return Vec::new();
    }
    let english = format!("registration is open for {days} days, {} are asked for", wanted.n);
    let chinese = format!("报名时间为 {days} 天，应为 {} 天", wanted.n);
    vec![Broken::about("registration", english, chinese).because("days", days).because("asked", wanted.n)]
}

/// B3: applications are reviewed within so many days after the close.
pub(super) fn review(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ReviewFinished(it) = moment.fact else { return Vec::new() };
    let (Some(wanted), Some(registration)) = (moment.pack.parameters.review, &moment.view.batch.registration) else {
        return Vec::new();
    };
    let due = moment.calendar.days_after(registration.last, wanted).date;
    if it.finished_on <= due {
        return Vec::new();
    }
    let english = format!("reviewed on {}, due by {due}", it.finished_on);
    let chinese = format!("{} 完成审核，应在 {due} 前完成", it.finished_on);
    vec![Broken::about("review", english, chinese).because("due", due).because("finished_on", it.finished_on)]
}

fn tickets_by(moment: &Moment<'_>, ready_on: Date) -> Vec<Broken> {
    let (Some(wanted), Some(plan)) = (moment.pack.parameters.tickets, &moment.view.batch.plan) else { return Vec::new() };
    let (due, provisional) = before(moment, plan.held.first, wanted);
    if ready_on <= due {
        return Vec::new();
    }
    let english = format!("tickets on {ready_on}, due by {due}");
    let chinese = format!("准考证 {ready_on} 才可领取，应在 {due} 前");
    vec![Broken::about("tickets", english, chinese).because("due", due).because("provisional", provisional)]
}

/// B3: tickets can be had so long before.
pub(super) fn tickets(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TicketsReady(it) = moment.fact else { return Vec::new() };
    tickets_by(moment, it.ready_on)
}

/// C13: the school hands tickets out so long before.
pub(super) fn tickets_handed_out(moment: &Moment<'_>) -> Vec<Broken> {
    tickets(moment)
}

/// B5: there is a photo, and it is small enough where that is asked for.
pub(super) fn photo(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::CandidateEnrolled(it) = moment.fact else { return Vec::new() };
    let most = moment.pack.parameters.photo_bytes;
    let (english, chinese) = match (it.photo_sha256, most) {
        (None, _) => ("there is no photo".to_owned(), "缺少照片".to_owned()),
        (Some(_), Some(most)) if it.photo_bytes > most => (
            format!("the photo has {} bytes, at most {most} are asked for", it.photo_bytes),
            format!("照片 {} 字节，应不超过 {most} 字节", it.photo_bytes),
        ),
        _ => return Vec::new(),
    };
    vec![Broken::about(it.candidate, english, chinese).because("bytes", it.photo_bytes)]
}

/// B6: one application of a person in a batch.
pub(super) fn once(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::CandidateEnrolled(it) = moment.fact else { return Vec::new() };
    let Some(first) = moment.view.batch.applied.with_document(&it.id_number.hash) else { return Vec::new() };
    let english = format!("the same identity document applies as {first} already");
    vec![Broken::about(it.candidate, english, format!("同一证件已以 {first} 申报")).because("first", first)]
}

/// B9: nobody gets a seat who was not approved.
pub(super) fn approved(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::SeatsAssigned(it) = moment.fact else { return Vec::new() };
    let mut candidates: Vec<_> = it.seats.iter().map(|seat| seat.candidate).collect();
    candidates.sort_unstable();
    candidates.dedup();
    let unapproved = candidates.into_iter().filter(|candidate| !moment.view.batch.may_sit(*candidate));
    let english = "the application is not approved: approve it (candidate_reviewed) or leave the seat free";
    unapproved.map(|candidate| Broken::about(candidate, english, "该考生未通过资格审核，不得编排座位")).collect()
}

/// B10: confirmed data are changed as a correction only, which stands as a finding.
pub(super) fn corrected(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::CandidateCorrected(it) = moment.fact else { return Vec::new() };
    let Some(frozen) = &moment.view.batch.frozen else { return Vec::new() };
    let english = "data of a confirmed roster were changed: the reason stands with the correction";
    let broken = Broken::about(it.candidate, english, "已确认名单的信息被更正，理由见更正记录");
    vec![broken.because("roster_version", frozen.version + 1)]
}

/// D1: one paper for one session of one batch.
pub(super) fn paper_once(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::PapersAssigned(it) = moment.fact else { return Vec::new() };
    let used = moment.view.batch.papers.get(it.paper.as_str());
    let Some(other) = used.and_then(|used| used.iter().find(|session| **session != it.session)) else { return Vec::new() };
    let english = format!("paper {} is meant for {other} already: one paper, one time, one batch", it.paper);
    let chinese = format!("试卷 {} 已用于 {other}：同一份试卷仅供同一时间、同一批次使用", it.paper);
    vec![Broken::about(&it.paper, english, chinese).because("first", other)]
}
