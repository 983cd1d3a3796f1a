//! Rows A7 to A9 and B1: what an organisation may certify, and what it has announced.

use crate::calendar::Date;
use crate::fact::Fact;
use crate::finding::Broken;

use super::Moment;

/// A7: occupation and levels lie within what is on file.
pub(super) fn scope(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(it) = moment.fact else { return Vec::new() };
    let code = it.occupation.code.as_str();
    let outside = it.levels.iter().filter(|level| !moment.view.organization.may_certify(code, **level, it.held.first));
    let broken = |level: &crate::fact::words::Level| {
        let english = format!("{code} at level {level} is not within the filed scope on {}", it.held.first);
        let chinese = format!("{} 时职业 {code} {level} 级不在备案范围内", it.held.first);
        Broken::about(format!("{code}/{level}"), english, chinese).because("day", it.held.first)
    };
    outside.map(broken).collect()
}

/// A8: the plan is in a month that was announced.
pub(super) fn announced(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(it) = moment.fact else { return Vec::new() };
    let (year, month) = (u32::from(it.held.first.year()), u32::from(it.held.first.month()));
    let promised = |item: &crate::fact::parts::AnnouncedItem| {
        let month = item.months.is_empty() || item.months.contains(&month);
        item.occupation == it.occupation.code && it.levels.iter().all(|level| item.levels.contains(level)) && month
    };
    let announcements = moment.view.organization.announcements.iter().filter(|it| it.year == year);
    if announcements.flat_map(|it| &it.items).any(promised) {
        return Vec::new();
    }
    let english = format!("no announcement of {year} names this occupation and these levels for month {month}");
    let chinese = format!("{year} 年度公告未公布该职业等级在 {month} 月的认定计划");
    vec![Broken::about(&it.occupation.code, english, chinese).because("month", format!("{year}-{month:02}"))]
}

/// A9: the body is on file.
pub(super) fn on_file(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::BatchPlanned(it) = moment.fact else { return Vec::new() };
    if moment.view.organization.filings.iter().any(|filing| filing.holds(it.held.first)) {
        return Vec::new();
    }
    let english = format!("the organisation is not on file with the authority on {}", it.held.first);
    let chinese = format!("{} 时评价机构不在备案有效期内", it.held.first);
    vec![Broken::about(it.organization, english, chinese).because("day", it.held.first)]
}

/// B1: the announcement stands in time.
pub(super) fn announcement_in_time(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::AnnouncementPublished(it) = moment.fact else { return Vec::new() };
    let Some(month) = moment.pack.parameters.announcement_by_month else { return Vec::new() };
    let year = u16::try_from(it.year).unwrap_or(u16::MAX);
    let in_time = (it.published_on.year(), it.published_on.month()) <= (year, month);
    let is_first = !moment.view.organization.announcements.iter().any(|before| before.year == it.year);
    if in_time || !is_first || newly_selected(moment, year).is_some_and(|due| it.published_on <= due) {
        return Vec::new();
    }
    let english = format!("published on {}, due by the end of month {month} of {}", it.published_on, it.year);
    let chinese = format!("{} 发布，应在 {} 年 {month} 月底前发布", it.published_on, it.year);
    vec![Broken::about(it.year, english, chinese).because("published_on", it.published_on)]
}

/// Until when a body announces that came on file in that year only. The text counts from the day on which the province
/// published it; the nearest that is told of is the first day of its first filing.
fn newly_selected(moment: &Moment<'_>, year: u16) -> Option<Date> {
    let months = moment.pack.parameters.first_announcement_months?;
    let first = moment.view.organization.filings.iter().map(|filing| filing.first).min()?;
    (first.year() == year).then(|| first.plus_months(months))
}

/// B1: the authority approves the announcement before it is published.
pub(super) fn announcement_approved(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::AnnouncementPublished(it) = moment.fact else { return Vec::new() };
    if it.approved_on.is_some_and(|approved| approved <= it.published_on) {
        return Vec::new();
    }
    let english = "the authority had not approved the announcement when it was published";
    let broken = Broken::about(it.year, english, "计划公告未经人社部门审核确认即发布");
    vec![broken.because("published_on", it.published_on)]
}
