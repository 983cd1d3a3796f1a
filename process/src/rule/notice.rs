//! Rows J1 and J2: public notice, objections, upload of results.

use crate::deadline::{Deadline, Rule, What};
use crate::fact::Fact;
use crate::fact::words::DecidedBy;
use crate::finding::Broken;

use super::Moment;

/// J1: only what was released is posted.
pub(super) fn released(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::NoticePosted(it) = moment.fact else { return Vec::new() };
    let held = it.candidates.iter().filter(|candidate| !moment.view.batch.scores.released.contains_key(candidate));
    let english = "the scores are not released (scores_released): leave the candidate out of this notice";
    held.map(|candidate| Broken::about(candidate, english, "该考生成绩尚未发布，不得公示 scores_released")).collect()
}

/// J1: results are posted where the guideline says.
pub(super) fn channel(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::NoticePosted(it) = moment.fact else { return Vec::new() };
    if moment.pack.parameters.notice_channels.contains(&it.channel) {
        return Vec::new();
    }
    let english = format!("{} is no place where the guideline has results posted", it.channel);
    vec![Broken::about(&it.notice, english, format!("公示渠道 {} 不符合工作指引要求", it.channel))]
}

/// J1: nothing is uploaded before the notice has lasted. The centre's clock decides: a day that has not come does not
/// count.
pub(super) fn lasted(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ResultsUploaded(it) = moment.fact else { return Vec::new() };
    let Some(notice) = moment.view.batch.notices.posted.get(it.notice.as_str()) else { return Vec::new() };
    let opens = Rule::DayAfter(moment.pack.parameters.public_notice);
    let opens = Deadline::new(What::UploadOpens, opens, "", notice.posted_on);
    let Err(not_yet) = opens.permit(it.uploaded_on.min(moment.day()), moment.calendar) else { return Vec::new() };
    let day = not_yet.opens().date;
    let (english, chinese) = match &not_yet.opens().provisional {
        None => (format!("results go up on {day} or later"), format!("公示期未满，{day} 起方可上传认定结果")),
        Some(years) => (
            format!("results go up about {day}: load the holiday table of {years} to know"),
            format!("暂定 {day} 起方可上传认定结果，请先载入 {years} 年节假日安排"),
        ),
    };
    let broken = Broken::about(&it.notice, english, chinese).because("posted_on", notice.posted_on);
    vec![broken.because("opens_on", day).because("provisional", !not_yet.opens().is_firm())]
}

/// J1: only what stands on the notice is uploaded.
pub(super) fn posted(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ResultsUploaded(it) = moment.fact else { return Vec::new() };
    let on_it = |candidate| moment.view.batch.notices.of.get(candidate).map(String::as_str) == Some(it.notice.as_str());
    let english = "the result does not stand on this notice, or was amended since: post it first (notice_posted)";
    let others = it.candidates.iter().filter(|candidate| !on_it(candidate));
    others
        .map(|candidate| Broken::about(candidate, english, "该成绩不在本次公示中，或公示后已更正，请先公示 notice_posted"))
        .collect()
}

/// J1: an objection holds the result back to which it is made.
pub(super) fn undisputed(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ResultsUploaded(it) = moment.fact else { return Vec::new() };
    let notices = &moment.view.batch.notices;
    let broken = |candidate: &liuhen_proto::ids::CandidateId| {
        let objection = notices.open_against(it.notice.as_str(), *candidate).next()?;
        let english = format!("objection {objection} is not decided (objection_decided)");
        Some(
            Broken::about(candidate, english, format!("异议 {objection} 尚未处理 objection_decided"))
                .because("objection", objection),
        )
    };
    it.candidates.iter().filter_map(broken).collect()
}

/// J2: in an enterprise the committee (考核委员会) decides.
pub(super) fn committee(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ObjectionDecided(it) = moment.fact else { return Vec::new() };
    if it.decided_by == DecidedBy::Committee && !it.signatures.is_empty() {
        return Vec::new();
    }
    let english = "the assessment committee investigates and decides, and its members sign";
    vec![Broken::about(&it.objection, english, "公示异议须由职业技能等级认定考核委员会调查并作出处理决定、成员签字")]
}
