//! Rows F6, G5, H7, I2 and P8: supervision forms, and who decides.

use crate::fact::Fact;
use crate::fact::words::{Duty, Phase};
use crate::finding::Broken;

use super::Moment;

fn form(moment: &Moment<'_>, phase: Phase, english: &'static str, chinese: &'static str) -> Vec<Broken> {
    match moment.view.session.papers.signed(phase, None) {
        true => Vec::new(),
        false => vec![Broken::about(phase, english, chinese)],
    }
}

/// F6: the supervisor's sample of the day before.
pub(super) fn day_before_form(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TurnStarted(_) = moment.fact else { return Vec::new() };
    form(moment, Phase::DayBefore, "no supervisor has signed a form of the day before", "督导人员未签署考前一天督导表")
}

/// G5: the supervisor's check before the start.
pub(super) fn pre_start_form(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::TurnStarted(_) = moment.fact else { return Vec::new() };
    form(moment, Phase::PreStart, "no supervisor has signed a form of before the start", "督导人员未签署开考前督导表")
}

/// I2: the supervisor's overall evaluation.
pub(super) fn overall(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::SessionSealed(_) = moment.fact else { return Vec::new() };
    form(moment, Phase::After, "no supervisor has signed the overall evaluation", "督导人员未签署总体评价（质量督导表）")
}

/// P8: a form tells of problems and of guidance given (监督和指导并重).
pub(super) fn guidance(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::FormSigned(it) = moment.fact else { return Vec::new() };
    let Some(form) = moment.view.session.papers.forms.get(&it.form) else { return Vec::new() };
    if form.filled.problems.is_none() || form.filled.guidance.is_some() {
        return Vec::new();
    }
    vec![Broken::about(it.form, "problems are told of, and no guidance", "只写明问题，未写明指导意见")]
}

/// H7: only a supervisor of the session decides about a violation.
pub(super) fn decided_by_supervisor(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::IncidentDecided(it) = moment.fact else { return Vec::new() };
    let session = &moment.view.session;
    let supervises = [Duty::SupervisorInternal, Duty::SupervisorExternal];
    if supervises.into_iter().any(|duty| session.on(duty, None).any(|held| held.staff == it.supervisor)) {
        return Vec::new();
    }
    let english = format!("{} is no supervisor of this session: a supervisor decides", it.supervisor);
    let chinese = format!("{} 不是本场次的督导人员，违纪违规须由督导人员认定", it.supervisor);
    vec![Broken::about(it.incident, english, chinese).because("supervisor", it.supervisor)]
}
