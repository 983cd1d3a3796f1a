//! Rows P5, H6 and I3 to I8 as far as they are about marking: who judges, with what, and who enters and checks.

use liuhen_proto::ids::CandidateId;

use crate::case::score::Origin;
use crate::fact::Fact;
use crate::fact::score::ScoreEntered;
use crate::fact::words::Subject;
use crate::finding::Broken;

use super::Moment;

/// P5: each candidate is judged by as many examiners as a panel has. Papers are marked by groups (I6), and computers mark
/// for themselves.
pub(super) fn scored_by_enough(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ScoreEntered(it) = moment.fact else { return Vec::new() };
    if it.subject == Subject::Theory || moment.by_computer(it.subject) {
        return Vec::new();
    }
    let sheets = moment.view.batch.scores.sheets.get(&(it.candidate, it.subject));
    let (count, wanted) = (sheets.map_or(0, std::collections::BTreeMap::len), &moment.pack.parameters);
    let say = |english: String, chinese: String| {
        Broken::about(it.candidate, english, chinese).because("subject", it.subject).because("sheets", count)
    };
    let mut broken = Vec::new();
    if count < wanted.examiners as usize {
        let english = format!("{count} examiners have signed a score sheet, at least {} are asked for", wanted.examiners);
        broken.push(say(english, format!("{count} 名考评员签署评分表，应不少于 {} 名", wanted.examiners)));
    }
    if wanted.examiners_odd && count.is_multiple_of(2) {
        let english = format!("{count} examiners have signed a score sheet, the number must be odd");
        broken.push(say(english, format!("{count} 名考评员签署评分表，应为单数")));
    }
    broken
}

/// P5: who judges in a session was sent there as an examiner.
pub(super) fn scored_by_examiners(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ScoreSheetSigned(it) = moment.fact else { return Vec::new() };
    let Some(session) = it.session.and_then(|session| moment.view.sessions.get(&session)) else { return Vec::new() };
    if session.examines(it.examiner) {
        return Vec::new();
    }
    let english = format!("{} judges, and was not sent to this session as an examiner", it.examiner);
    let chinese = format!("{} 未被派遣为本场次考评员", it.examiner);
    vec![Broken::about(it.candidate, english, chinese).because("examiner", it.examiner).because("subject", it.subject)]
}

/// H6: what is entered from paper stands on a sheet that somebody signed.
pub(super) fn sheet_signed(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ScoreEntered(it) = moment.fact else { return Vec::new() };
    if moment.view.batch.scores.sheets.contains_key(&(it.candidate, it.subject)) {
        return Vec::new();
    }
    let english = "nobody has signed a score sheet for this score (score_sheet_signed)";
    vec![Broken::about(it.candidate, english, "该成绩没有签名的评分表 score_sheet_signed").because("subject", it.subject)]
}

/// I3: what marks is protected against viruses and tampering.
pub(super) fn protected(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::MarkingPrepared(it) = moment.fact else { return Vec::new() };
    if it.protected {
        return Vec::new();
    }
    let english = "marking is not protected against viruses and tampering";
    vec![Broken::about(it.subject, english, "阅卷系统未采取防病毒、防改动措施")]
}

/// I4: software, keys and standards are encrypted.
pub(super) fn encrypted(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::MarkingPrepared(it) = moment.fact else { return Vec::new() };
    if it.encrypted {
        return Vec::new();
    }
    let english = "marking software, keys or standards are not encrypted";
    vec![Broken::about(it.subject, english, "阅卷软件、标准答案、评分标准未加密")]
}

/// I4: nobody changes or copies keys and standards without approval.
pub(super) fn change_approved(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::MarkingMaterialChanged(it) = moment.fact else { return Vec::new() };
    if it.approval.is_some() {
        return Vec::new();
    }
    let english = "keys, standards or software of marking were changed or copied, and nobody had approved it";
    vec![Broken::about(it.subject, english, "未经同意修改或拷贝阅卷软件、标准答案或评分标准").because("by", it.changed_by)]
}

/// I5: the work on a subject that a computer marks is on record and its data are backed up before scores are released.
pub(super) fn logged(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ScoresReleased(_) = moment.fact else { return Vec::new() };
    let batch = &moment.view.batch;
    let silent = batch
        .subjects()
        .filter(|subject| moment.by_computer(*subject))
        .filter(|subject| !batch.scores.work.get(subject).is_some_and(|work| work.backed_up));
    let english = "no work log with a backup is on record for marking (marking_logged)";
    silent.map(|subject| Broken::about(subject, english, "缺少阅卷工作记录或数据备份 marking_logged")).collect()
}

/// I6: papers that are marked later are marked by a group with a leader.
pub(super) fn marked_by_group(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ScoreSheetSigned(it) = moment.fact else { return Vec::new() };
    let mut groups = moment.view.batch.scores.groups.values().filter(|group| group.subject == it.subject);
    if it.session.is_some() || groups.any(|group| group.leader == it.examiner || group.markers.contains(&it.examiner)) {
        return Vec::new();
    }
    let english = format!("{} belongs to no marking group of {}: form one (marking_group_formed)", it.examiner, it.subject);
    let chinese = format!("{} 不属于科目 {} 的阅卷工作组，请登记 marking_group_formed", it.examiner, it.subject);
    vec![Broken::about(it.candidate, english, chinese).because("marker", it.examiner)]
}

/// I6: the leader tells the organisation what is not as it should be.
pub(super) fn anomaly_reported(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::MarkingAnomalyRecorded(it) = moment.fact else { return Vec::new() };
    if it.reported_to.is_some() {
        return Vec::new();
    }
    let english = "an anomaly of marking was reported to nobody";
    vec![Broken::about(&it.group, english, "阅卷异常情况未向上汇报")]
}

/// I7: what is entered is what the sheets come to: who enters changes nothing.
pub(super) fn entered_as_judged(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ScoreEntered(it) = moment.fact else { return Vec::new() };
    let Some(mean) = moment.view.batch.scores.mean_of_sheets(it.candidate, it.subject) else { return Vec::new() };
    if mean == it.centi {
        return Vec::new();
    }
    let english = format!("{} hundredths of a point are entered, the sheets come to {mean}", it.centi);
    let chinese = format!("登分为百分之 {} 分，评分表合计为百分之 {mean} 分", it.centi);
    let broken = Broken::about(it.candidate, english, chinese).because("subject", it.subject);
    vec![broken.because("entered", it.centi).because("sheets", mean)]
}

/// I7: papers with a record of a violation are checked, and that is written down.
pub(super) fn violation_noted(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ScoreEntered(it) = moment.fact else { return Vec::new() };
    if it.violation_note.is_some() || !is_suspect(moment, it) {
        return Vec::new();
    }
    let english = "the room record has a violation of this candidate: check the paper, and note it with the score";
    vec![Broken::about(it.candidate, english, "该考生有考场违纪记录，登分时须核对试卷并做好记录").because("subject", it.subject)]
}

fn is_suspect(moment: &Moment<'_>, it: &ScoreEntered) -> bool {
    moment.view.has_violation(it.candidate) || moment.view.open_incidents(it.candidate).next().is_some()
}

/// I8: who checks is not who entered; what was amended, the second person checks whom the amendment names.
pub(super) fn checked_by_another(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ScoresVerified(it) = moment.fact else { return Vec::new() };
    let broken = |candidate: &CandidateId| {
        let score = moment.view.batch.scores.of(*candidate, it.subject)?;
        let (english, chinese) = match score.origin {
            Origin::Entered(clerk) if clerk == it.verifier => {
                ("who entered the score checks it: somebody else does".to_owned(), "登分人员不得复核本人录入的成绩".to_owned())
            }
            Origin::Amended(second) if second != it.verifier => (
                format!("the amendment names {second} as the second person, who checks it"),
                format!("成绩更正须由 {second} 复核"),
            ),
            Origin::Machine | Origin::Entered(_) | Origin::Amended(_) => return None,
        };
        Some(Broken::about(candidate, english, chinese).because("verifier", it.verifier).because("told_by", score.fact))
    };
    it.candidates.iter().filter_map(broken).collect()
}

/// I8: two persons are two logins: under the one that entered or amended a score, nobody checks it. What a machine told has
/// no login.
pub(super) fn checked_under_another_login(moment: &Moment<'_>) -> Vec<Broken> {
    let (Fact::ScoresVerified(it), Some(login)) = (moment.fact, moment.telling.by) else { return Vec::new() };
    let english = "the score was entered or amended under this login: the second person logs in, and checks it";
    let chinese = "录入或更正该成绩的账号不得复核，须由第二人用本人账号登录复核";
    let broken = |candidate: &CandidateId| {
        let score = moment.view.batch.scores.of(*candidate, it.subject).filter(|score| score.by == Some(login))?;
        Some(Broken::about(candidate, english, chinese).because("login", login).because("told_by", score.fact))
    };
    it.candidates.iter().filter_map(broken).collect()
}

/// J1: what was on public notice and is amended stands as a finding, and is posted again.
pub(super) fn amended_after_notice(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::ScoreAmended(it) = moment.fact else { return Vec::new() };
    let Some(notice) = moment.view.batch.notices.of.get(&it.candidate) else { return Vec::new() };
    let english = format!("the result stood on notice {notice}: release and post it again");
    let chinese = format!("该成绩已在公示 {notice} 中公示，更正后须重新发布并公示");
    vec![Broken::about(it.candidate, english, chinese).because("supersedes", it.supersedes).because("subject", it.subject)]
}
