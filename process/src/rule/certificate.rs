//! Rows J3 to J7: numbers, issue, reissue and reports of certificates.

use std::collections::BTreeSet;

use crate::calendar::DayCount;
use crate::deadline::{Deadline, Rule, State, What};
use crate::fact::Fact;
use crate::fact::certificate::{CertificateIssued, CertificateNumbered};
use crate::fact::words::Level;
use crate::finding::Broken;

use super::Moment;

/// Letter, 12 digits, year, level, six digits: what is known of the rule of encoding (证书编码规则).
const LENGTH: usize = 22;
/// So many characters are the code of the organisation.
const CODE: usize = 13;

/// The parts of a number that is in form.
struct Number<'a> {
    code: &'a str,
    year: &'a str,
    level: char,
}

fn parts(number: &str) -> Option<Number<'_>> {
    let bytes = number.as_bytes();
    let digits = |from: usize, to: usize| bytes[from..to].iter().all(u8::is_ascii_digit);
    let level = *bytes.get(15)?;
    let is_number = bytes.len() == LENGTH
        && bytes[0].is_ascii_uppercase()
        && digits(1, 15)
        && (level.is_ascii_digit() || level.is_ascii_uppercase())
        && digits(16, LENGTH);
    is_number.then(|| Number { code: &number[..CODE], year: &number[CODE..15], level: char::from(level) })
}

fn numbered<'a>(moment: &'a Moment<'_>) -> Option<(&'a CertificateNumbered, Option<Number<'a>>)> {
    match moment.fact {
        Fact::CertificateNumbered(it) => Some((it, parts(it.number.as_str()))),
        _ => None,
    }
}

/// J3: the number is in form.
pub(super) fn form(moment: &Moment<'_>) -> Vec<Broken> {
    let Some((it, None)) = numbered(moment) else { return Vec::new() };
    let english = format!("{} is not in form: one letter, 14 digits, the level, 6 digits", it.number);
    vec![Broken::about(it.candidate, english, format!("证书编码 {} 不符合编码规则（22 位）", it.number))]
}

/// J3: it begins with the code of the organisation.
pub(super) fn code(moment: &Moment<'_>) -> Vec<Broken> {
    let Some((it, Some(number))) = numbered(moment) else { return Vec::new() };
    if moment.view.organization.codes.contains(number.code) {
        return Vec::new();
    }
    let english = format!("{} begins with the code of another organisation, or the filing is not on record", it.number);
    let chinese = format!("证书编码 {} 前 13 位不是本机构编码，或机构备案未登记", it.number);
    vec![Broken::about(it.candidate, english, chinese).because("code", number.code)]
}

/// J3: it says the level that the candidate applied for. Which letter stands for the two highest, no text says.
pub(super) fn level(moment: &Moment<'_>) -> Vec<Broken> {
    let Some((it, Some(number))) = numbered(moment) else { return Vec::new() };
    let Some(level) = moment.view.batch.candidates.get(&it.candidate).map(|it| it.enrolled.level) else { return Vec::new() };
    let says = match level {
        Level::SeniorSpecial | Level::Chief => number.level.is_ascii_uppercase(),
        level => level.as_str().chars().eq([number.level]),
    };
    if says {
        return Vec::new();
    }
    let english = format!("{} says level {}, the candidate applied for {level}", it.number, number.level);
    let chinese = format!("证书编码 {} 的等级位为 {}，申报等级为 {level}", it.number, number.level);
    vec![Broken::about(it.candidate, english, chinese).because("level", level)]
}

/// J3: nobody else has it, in this batch or another.
pub(super) fn unique(moment: &Moment<'_>) -> Vec<Broken> {
    let Some((it, _)) = numbered(moment) else { return Vec::new() };
    let owners = [&moment.view.batch.certificates.numbers, &moment.view.numbers_elsewhere];
    let mut owners = owners.into_iter().filter_map(|numbers| numbers.get(it.number.as_str()));
    let Some(other) = owners.find(|owner| **owner != it.candidate) else { return Vec::new() };
    let english = format!("{} is the number of {other} already", it.number);
    vec![Broken::about(it.candidate, english, format!("证书编码 {} 已属于 {other}", it.number)).because("other", other)]
}

/// J3: only who passed, and whose result is on the platform, gets one.
pub(super) fn passed(moment: &Moment<'_>) -> Vec<Broken> {
    let Some((it, _)) = numbered(moment) else { return Vec::new() };
    let batch = &moment.view.batch;
    let (english, chinese) = match (batch.notices.uploaded.contains_key(&it.candidate), batch.has_passed(it.candidate)) {
        (true, true) => return Vec::new(),
        (false, _) => ("the result is not uploaded (results_uploaded)", "认定结果尚未上传 results_uploaded"),
        (true, false) => ("the candidate has not passed", "该考生未合格"),
    };
    vec![Broken::about(it.candidate, english, chinese)]
}

fn issued<'a>(moment: &'a Moment<'_>) -> Option<&'a CertificateIssued> {
    match moment.fact {
        Fact::CertificateIssued(it) => Some(it),
        _ => None,
    }
}

/// J3: it says the year of issue.
pub(super) fn year(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(it) = issued(moment) else { return Vec::new() };
    let year = format!("{:02}", it.issued_on.year() % 100);
    match parts(it.number.as_str()) {
        Some(number) if number.year != year => {
            let english = format!("{} says year {}, it is issued in {}", it.number, number.year, it.issued_on.year());
            let chinese = format!("证书编码 {} 的年份位为 {}，发证年份为 {}", it.number, number.year, it.issued_on.year());
            vec![Broken::about(it.candidate, english, chinese).because("issued_on", it.issued_on)]
        }
        _ => Vec::new(),
    }
}

/// J3: nothing is issued before the authority has confirmed it.
pub(super) fn confirmed(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(it) = issued(moment) else { return Vec::new() };
    let certificate = moment.view.batch.certificates.of.get(&it.candidate);
    if certificate.is_some_and(|certificate| certificate.confirmed_on.is_some()) {
        return Vec::new();
    }
    let english = "the authority has not confirmed this certificate (certificates_confirmed)";
    vec![Broken::about(it.candidate, english, "该证书未经人社部门审核确认 certificates_confirmed")]
}

/// J4: what is printed is the number that the platform gave.
pub(super) fn number_printed(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(it) = issued(moment) else { return Vec::new() };
    another_number(moment, it.candidate, it.number.as_str(), "the certificate bears another number than the platform gave")
}

/// J5: who gets it again gets the number that it had.
pub(super) fn original_number(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::CertificateReissued(it) = moment.fact else { return Vec::new() };
    another_number(moment, it.candidate, it.number.as_str(), "a reissued certificate keeps its original number")
}

fn another_number(moment: &Moment<'_>, whose: liuhen_proto::ids::CandidateId, told: &str, english: &str) -> Vec<Broken> {
    let Some(certificate) = moment.view.batch.certificates.of.get(&whose) else { return Vec::new() };
    if certificate.number == told {
        return Vec::new();
    }
    let chinese = format!("证书编码应为 {}", certificate.number);
    vec![Broken::about(whose, english, chinese).because("number", &certificate.number).because("told", told)]
}

/// 中文数字+级/等级名称, as S六(二) has it.
const fn level_text(level: Level) -> &'static str {
    match level {
        Level::Level5 => "五级/初级工",
        Level::Level4 => "四级/中级工",
        Level::Level3 => "三级/高级工",
        Level::Level2 => "二级/技师",
        Level::Level1 => "一级/高级技师",
        Level::SeniorSpecial => "特级技师",
        Level::Chief => "首席技师",
    }
}

/// J4: what stands in the fields: the level in words and numbers, and —— where there is no job type.
pub(super) fn fields(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(it) = issued(moment) else { return Vec::new() };
    let batch = &moment.view.batch;
    let mut broken = Vec::new();
    let level = batch.candidates.get(&it.candidate).map(|candidate| candidate.enrolled.level);
    if let Some(level) = level.filter(|level| level_text(*level) != it.level.as_str()) {
        let english = format!("the level field of a certificate of level {level} is filled in otherwise");
        let chinese = format!("“职业技能等级”应填写“{}”", level_text(level));
        broken.push(Broken::about(it.candidate, english, chinese).because("field", "level"));
    }
    let planned = batch.plan.as_ref().map(|plan| plan.occupation.name.as_str());
    if planned == Some(it.occupation.as_str()) && it.job_type.as_str() != "——" {
        let english = "there is no job type: the field has ——";
        broken.push(Broken::about(it.candidate, english, "不含“工种/职业方向”的，应填写“——”").because("field", "job_type"));
    }
    broken
}

/// J4: what is written by hand bears the seal.
pub(super) fn hand_sealed(moment: &Moment<'_>) -> Vec<Broken> {
    let Some(it) = issued(moment) else { return Vec::new() };
    if !it.handwritten || it.hand_sealed {
        return Vec::new();
    }
    let english = "characters of the name are written by hand, without the seal";
    vec![Broken::about(it.candidate, english, "姓名手写汉字未加盖印章")]
}

fn late(
    moment: &Moment<'_>,
    what: What,
    (count, from): (DayCount, crate::calendar::Date),
    done: crate::calendar::Date,
) -> Option<Broken> {
    let deadline = Deadline::new(what, Rule::After(count), "", from);
    if deadline.state(Some(done), done, moment.calendar) != State::Missed {
        return None;
    }
    let due = deadline.due(moment.calendar).date;
    let english = format!("{}: on {done}, due by {due}", what.as_str());
    let chinese = format!("{}逾期：{done} 办理，应在 {due} 前办理", what.zh());
    Some(Broken::about(from, english, chinese).because("due", due).because("done", done))
}

/// J6: data are reported within so many days of the issue; each day of issue counts for itself.
pub(super) fn reported_in_time(moment: &Moment<'_>) -> Vec<Broken> {
    let (Fact::DataReported(it), Some(count)) = (moment.fact, moment.pack.parameters.data_report) else { return Vec::new() };
    let issued = |candidate| moment.view.batch.certificates.of.get(candidate).and_then(|certificate| certificate.issued_on);
    let days: BTreeSet<_> = it.candidates.iter().filter_map(issued).collect();
    days.into_iter().filter_map(|day| late(moment, What::DataReport, (count, day), it.reported_on)).collect()
}

/// J7: what came back is put right within so many days.
pub(super) fn corrected_in_time(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::DataCorrected(it) = moment.fact else { return Vec::new() };
    let Some(returned) = moment.view.batch.certificates.returned.get(it.returning.as_str()) else { return Vec::new() };
    let count = moment.pack.parameters.data_return;
    late(moment, What::ReturnedData, (count, returned.told.returned_on), it.reported_on).into_iter().collect()
}
