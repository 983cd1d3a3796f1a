//! Rows A and B as far as they are about the plan and its papers.

use crate::calendar::{Date, DayCount};
use crate::fact::Fact;
use crate::fact::words::{Assessment, DocumentSlot, Subject};
use crate::finding::Broken;

use super::Moment;

/// The day that lies so many days before another, and whether the calendar is sure of it.
pub(super) fn before(moment: &Moment<'_>, day: Date, count: DayCount) -> (Date, bool) {
    let due = moment.calendar.days_before(day, count);
    (due.date, !due.is_firm())
}

/// A4: the district authority has audited and stamped the plan.
pub(super) fn stamped(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::RoomReady(it) = moment.fact else { return Vec::new() };
    let stamped = |filed: &Vec<crate::fact::batch::DocumentFiled>| filed.iter().any(|document| document.stamped);
    if moment.view.batch.documents.get(&DocumentSlot::StampedPlan).is_some_and(stamped) {
        return Vec::new();
    }
    let english = "the district authority has not stamped the plan: file the stamped page (stamped_plan) first";
    vec![Broken::about(it.room, english, "区（市）人社部门尚未审核盖章，请先上传盖章方案 stamped_plan")]
}

/// A5: the district authority has checked employer and social insurance of each candidate.
pub(super) fn employment(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::RosterFrozen(_) = moment.fact else { return Vec::new() };
    let unchecked = moment.view.batch.candidates.iter().filter(|(_, it)| it.employment != Some(true));
    let broken = |(id, it): (_, &crate::case::batch::Candidate)| {
        let (english, chinese) = match it.employment {
            None => ("the district authority has not checked employer and social insurance", "未核查工作单位和社保信息"),
            _ => ("the authority found that employer or social insurance are not as said", "工作单位或社保信息核查不符"),
        };
        Broken::about(id, english, chinese)
    };
    unchecked.map(broken).collect()
}

/// A10: the same subjects for everybody.
pub(super) fn subjects(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(it) = moment.fact else { return Vec::new() };
    let missing = moment.pack.parameters.subjects.iter().filter(|wanted| !it.subjects.iter().any(|s| s.subject == **wanted));
    let broken = |subject: &crate::fact::words::Subject| {
        Broken::about(subject, format!("the plan has no {subject} test"), format!("计划缺少考核科目 {subject}"))
    };
    missing.map(broken).collect()
}

/// A10: the highest levels are appraised as well (综合运用……综合评审等方式), the same for everybody at a level.
pub(super) fn appraisal(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(it) = moment.fact else { return Vec::new() };
    if it.subjects.iter().any(|plan| plan.subject == Subject::ComprehensiveAppraisal) {
        return Vec::new();
    }
    let appraised = it.levels.iter().filter(|level| moment.pack.parameters.appraisal_levels.contains(level));
    let broken = |level: &crate::fact::words::Level| {
        let english = format!("level {level} is certified with a comprehensive appraisal, and the plan has none");
        let chinese = format!("{level} 级认定应有综合评审，计划未安排");
        Broken::about(format!("level {level}"), english, chinese).because("level", level)
    };
    appraised.map(broken).collect()
}

/// B2: the plan is handed in so long before registration opens (S), before the first day (E, T). Whichever of the two
/// days is told of last is judged.
pub(super) fn filed_in_time(moment: &Moment<'_>) -> Vec<Broken> {
    let (Some(plan), batch) = (&moment.view.batch.plan, &moment.view.batch) else { return Vec::new() };
    let registers = moment.pack.parameters.registration.is_some();
    let (filed_on, opened_on) = match moment.fact {
        Fact::PlanFiled(it) => (Some(it.filed_on), batch.registration.as_ref().map(|registration| registration.first)),
        Fact::RegistrationHeld(it) if registers => (batch.filed_on, Some(it.opened_on)),
        _ => return Vec::new(),
    };
    let Some(filed_on) = filed_on else { return Vec::new() };
    let trigger = opened_on.filter(|_| registers).unwrap_or(plan.held.first);
    let (due, provisional) = before(moment, trigger, moment.pack.parameters.plan_filing);
    if filed_on <= due {
        return Vec::new();
    }
    let english = format!("plan_filed_late: handed in on {filed_on}, due by {due}");
    let chinese = format!("认定计划报送逾期：{filed_on} 报送，应在 {due} 前报送");
    let broken = Broken::about("plan", english, chinese).because("filed_on", filed_on).because("due", due);
    vec![broken.because("provisional", provisional)]
}

/// B2: no room begins without the authority's confirmation of the plan.
pub(super) fn confirmed(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::RoomReady(it) = moment.fact else { return Vec::new() };
    if moment.view.batch.confirmed_on.is_some() {
        return Vec::new();
    }
    let english = "the authority has not confirmed the plan: record its confirmation (plan_confirmed) first";
    vec![Broken::about(it.room, english, "认定计划未经人社部门确认，请先登记确认 plan_confirmed")]
}

/// B11: the papers that the kind of organisation asks for are on file.
pub(super) fn documents(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::RoomReady(_) = moment.fact else { return Vec::new() };
    let wanted = moment.pack.parameters.documents.iter();
    let missing = wanted.filter(|slot| !moment.view.batch.documents.contains_key(slot));
    let broken = |slot: &DocumentSlot| {
        Broken::about(slot, format!("{slot} is not on file: file it first"), format!("缺少资料 {slot}，请先上传"))
    };
    missing.map(broken).collect()
}

/// B12: the name of the plan, `YYYYMMDD机构名第N期社会化评价` for instance.
pub(super) fn name(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(it) = moment.fact else { return Vec::new() };
    let Some(ending) = moment.pack.parameters.plan_name_ending.as_deref() else { return Vec::new() };
    let days = std::iter::successors(Some(it.held.first), |day| day.next().filter(|day| *day <= it.held.last));
    // The platform may put words of its own before what the organisation writes. A plan of years has no day to look for.
    if days.take(400).any(|day| well_named(it.name.as_str(), day, ending)) {
        return Vec::new();
    }
    let english = format!("the name of the plan is not of the form: day of the exam as YYYYMMDD, organisation, 第N期{ending}");
    vec![Broken::about("plan", english, format!("计划名称应为“考试日期YYYYMMDD＋机构名称＋第N期{ending}”"))]
}

/// Whether a name says the day, then an organisation, then `第N期` and what follows it.
fn well_named(name: &str, day: Date, ending: &str) -> bool {
    let dated = name.split_once(&format!("{:04}{:02}{:02}", day.year(), day.month(), day.day()));
    let Some((organization, number)) = dated.and_then(|(_, rest)| rest.rsplit_once('第')) else { return false };
    let number = number.strip_suffix(ending).and_then(|number| number.strip_suffix('期'));
    !organization.is_empty() && number.is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
}

/// B14: the undertaking is signed and stamped.
pub(super) fn undertaking(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::DocumentFiled(it) = moment.fact else { return Vec::new() };
    if it.slot != DocumentSlot::Undertaking || (it.stamped && it.signature.is_some()) {
        return Vec::new();
    }
    vec![Broken::about(it.slot, "the undertaking must be signed by the head and stamped", "承诺书须负责人签字并盖章")]
}

/// B15: the weights make a whole.
pub(super) fn weights(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(it) = moment.fact else { return Vec::new() };
    let sum: u64 = it.subjects.iter().map(|subject| u64::from(subject.weight_permille)).sum();
    if sum == 1000 {
        return Vec::new();
    }
    let english = format!("the weights add up to {sum} thousandths, not to 1000");
    vec![Broken::about("plan", english, format!("考评权重合计为千分之 {sum}，应为千分之 1000")).because("sum_permille", sum)]
}

/// B15, B16: the way of assessing is one that the guideline knows.
pub(super) fn method(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(it) = moment.fact else { return Vec::new() };
    if moment.pack.parameters.assessments.contains(&it.assessment) {
        return Vec::new();
    }
    let english = format!("{} is no way of assessing that the guideline knows for this kind of organisation", it.assessment);
    vec![Broken::about("plan", english, format!("工作指引未规定该类机构采用 {} 的评价方式", it.assessment))]
}

/// D1: theory is examined by computer, in principle always.
pub(super) fn theory_by_computer(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(it) = moment.fact else { return Vec::new() };
    if it.subjects.iter().all(|plan| plan.subject != Subject::Theory || plan.by_computer) {
        return Vec::new();
    }
    vec![Broken::about("plan", "theory is planned on paper, and by computer in principle", "理论考试原则上应采取智能化考试方式")]
}

/// B16: dated events belong to a process assessment.
pub(super) fn process(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ProcessEventHeld(it) = moment.fact else { return Vec::new() };
    let planned = moment.view.batch.plan.as_ref().map(|plan| plan.assessment);
    if matches!(planned, Some(Assessment::Process | Assessment::Combined)) {
        return Vec::new();
    }
    let english = "the plan knows no process assessment: this event counts for nothing";
    vec![Broken::about(it.held_on, english, "计划未采用过程化考核，该过程事件不计入评价")]
}
