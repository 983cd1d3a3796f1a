//! The gate of release: what holds the scores of a candidate back, and of no other (story 15).

use liuhen_proto::ids::CandidateId;

use crate::case::score::{Origin, Score};
use crate::fact::Fact;
use crate::fact::score::ReleasedResult;
use crate::fact::words::Subject;
use crate::finding::Broken;

use super::Moment;

fn each(moment: &Moment<'_>, look: impl Fn(&ReleasedResult) -> Vec<Broken>) -> Vec<Broken> {
    let Fact::ScoresReleased(it) = moment.fact else { return Vec::new() };
    it.results.iter().flat_map(look).collect()
}

/// I7: an incident that waits for a decision holds the candidate's scores back; one that was told of after the release,
/// the upload.
pub(super) fn incidents_decided(moment: &Moment<'_>) -> Vec<Broken> {
    let whose: Vec<_> = match moment.fact {
        Fact::ScoresReleased(it) => it.results.iter().map(|result| result.candidate).collect(),
        Fact::ResultsUploaded(it) => it.candidates.clone(),
        _ => return Vec::new(),
    };
    let waiting = |candidate: CandidateId| {
        let broken = |(session, incident)| {
            let english = format!("{incident} waits for a decision: a supervisor decides (incident_decided)");
            let chinese = format!("事件 {incident} 尚未处理，须由督导人员作出决定 incident_decided");
            Broken::about(candidate, english, chinese).because("session", session).because("incident", incident)
        };
        moment.view.open_incidents(candidate).map(broken).collect::<Vec<_>>()
    };
    whose.into_iter().flat_map(waiting).collect()
}

/// I7: who sat in a subject has a score in it.
pub(super) fn all_scored(moment: &Moment<'_>) -> Vec<Broken> {
    each(moment, |result| {
        let whose = result.candidate;
        let unscored =
            |subject: &Subject| moment.view.batch.scores.of(whose, *subject).is_none() && moment.view.sat(whose, *subject);
        let english = "the candidate sat in this subject, and has no score in it";
        let broken = |subject| Broken::about(whose, english, "该考生参加了该科目考核，尚无成绩").because("subject", subject);
        moment.view.batch.subjects().filter(unscored).map(broken).collect()
    })
}

fn unconfirmed(moment: &Moment<'_>, whose: CandidateId, of: impl Fn(&Score) -> bool) -> Vec<Subject> {
    let waits = |subject: &Subject| {
        let score = moment.view.batch.scores.of(whose, *subject);
        score.is_some_and(|score| !score.confirmed && of(score))
    };
    moment.view.batch.subjects().filter(waits).collect()
}

/// I3: a person has confirmed what a computer marked.
pub(super) fn machine_confirmed(moment: &Moment<'_>) -> Vec<Broken> {
    each(moment, |result| {
        let waiting = unconfirmed(moment, result.candidate, |score| score.origin == Origin::Machine);
        let english = "nobody has confirmed what the computer marked (machine_totals_confirmed)";
        let chinese = "智能化阅卷成绩未经阅卷人员复核确认 machine_totals_confirmed";
        let broken = |subject| Broken::about(result.candidate, english, chinese).because("subject", subject);
        waiting.into_iter().map(broken).collect()
    })
}

/// I8: entered and amended scores were checked.
pub(super) fn entry_verified(moment: &Moment<'_>) -> Vec<Broken> {
    each(moment, |result| {
        let waiting = unconfirmed(moment, result.candidate, |score| score.origin != Origin::Machine);
        let english = "nobody has checked the score that was entered or amended (scores_verified)";
        let broken =
            |subject| Broken::about(result.candidate, english, "登分或更正未经复核 scores_verified").because("subject", subject);
        waiting.into_iter().map(broken).collect()
    })
}

/// J1: an objection that was right is followed by an amended score.
pub(super) fn dispute_settled(moment: &Moment<'_>) -> Vec<Broken> {
    each(moment, |result| match moment.view.batch.scores.disputed.contains(&result.candidate) {
        false => Vec::new(),
        true => {
            let english = "an objection was right, and the score is as it was: amend it (score_amended)";
            vec![Broken::about(result.candidate, english, "异议成立，成绩尚未更正 score_amended")]
        }
    })
}

/// B15: total and outcome follow from the weights of the plan, as they stood when it was made.
pub(super) fn total_recomputed(moment: &Moment<'_>) -> Vec<Broken> {
    let mark = moment.pack.parameters.pass_mark_centi;
    each(moment, |result| {
        let Some(whole) = moment.view.batch.whole(result.candidate) else { return Vec::new() };
        let passed = whole.least >= mark && whole.total >= mark;
        if (result.total, result.passed) == (whole.total, passed) {
            return Vec::new();
        }
        let english = format!("by the plan the total is {} hundredths of a point, passed: {passed}", whole.total);
        let chinese = format!("按计划权重计算总分为百分之 {} 分，{}", whole.total, if passed { "合格" } else { "不合格" });
        let broken = Broken::about(result.candidate, english, chinese).because("told", result.total);
        vec![broken.because("total", whole.total).because("least", whole.least).because("mark", mark)]
    })
}
