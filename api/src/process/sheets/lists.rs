//! Lists that are given and never taken in: what came out of sessions, batches and years.
//!
//! Always: they say what is known, as facts told it; nobody signs here, and who signs does it on the printed page.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_process::case::presence::Identity;
use liuhen_process::fact::CaseKind;
use liuhen_process::fact::words::Subject;
use liuhen_proto::ids::{CandidateId, RoomId};
use liuhen_proto::wire::session::v1 as pb;
use liuhen_sheets::writer::Page;

use super::page::{Giving, number, text, titled};
use super::seats::time;
use super::{scores, words};

/// A list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// 签到表
    Attendance,
    /// 考场记录单
    RoomRecord,
    /// 成绩汇总表
    ScoreSummary,
    /// 证书发放名册
    Certificates,
    /// 年度认定情况统计表
    Year,
}

impl List {
    /// The list of a request; nothing where it is a form that can be taken in.
    pub(super) const fn of(form: pb::SheetForm) -> Option<Self> {
        match form {
            pb::SheetForm::Attendance => Some(Self::Attendance),
            pb::SheetForm::RoomRecord => Some(Self::RoomRecord),
            pb::SheetForm::ScoreSummary => Some(Self::ScoreSummary),
            pb::SheetForm::Certificates => Some(Self::Certificates),
            pb::SheetForm::Year => Some(Self::Year),
            _ => None,
        }
    }

    /// What it is about.
    pub(super) const fn case(self) -> CaseKind {
        match self {
            Self::Attendance | Self::RoomRecord => CaseKind::Session,
            Self::ScoreSummary | Self::Certificates => CaseKind::Batch,
            Self::Year => CaseKind::Organization,
        }
    }

    /// The list filled in, and whom it shows.
    pub(super) fn page(self, giving: &Giving<'_>) -> (Page, BTreeSet<CandidateId>) {
        match self {
            Self::Attendance => attendance(giving),
            Self::RoomRecord => (room_record(giving), BTreeSet::new()),
            Self::ScoreSummary => score_summary(giving),
            Self::Certificates => certificates(giving),
            Self::Year => (year(giving), BTreeSet::new()),
        }
    }
}

fn signed(page: Page, who: &[&str]) -> Page {
    Page { below: who.iter().map(|who| format!("{who}：")).collect(), ..page }
}

/// A line for each seat, with when its candidate was identified and left.
fn attendance(giving: &Giving<'_>) -> (Page, BTreeSet<CandidateId>) {
    let (session, mut rows, mut shown) = (&giving.known.view.session, Vec::new(), BTreeSet::new());
    for ((candidate, turn), seat) in &session.seats {
        let Some(it) = giving.candidates().get(candidate) else { continue };
        shown.insert(*candidate);
        let presence = session.attendance.of(*candidate, *turn);
        let identity = match presence.and_then(|presence| presence.identity) {
            Some(Identity::Verified) => "一致",
            Some(Identity::Unverified) => "未确认",
            Some(Identity::Refused) => "不一致",
            None => "缺考",
        };
        let at = |at: Option<liuhen_proto::Timestamp>| at.map_or_else(String::new, time);
        let ticket = text(it.enrolled.ticket.as_ref());
        rows.push(vec![
            turn.to_string(),
            giving.location(seat.room),
            seat.seat.to_string(),
            ticket,
            giving.name(it),
            identity.to_owned(),
            at(presence.and_then(|presence| presence.checked_in)),
            at(presence.and_then(|presence| presence.left)),
            String::new(),
        ]);
    }
    rows.sort();
    let headings = ["轮次", "考场", "座位号", "准考证号", "姓名", "身份核验", "签到时间", "交卷时间", "考生签名"];
    (signed(titled("签到表", &headings, rows), &["监考人员签名"]), shown)
}

/// A line for each room and turn: who should have come, who came, and what happened there.
fn room_record(giving: &Giving<'_>) -> Page {
    let session = &giving.known.view.session;
    let mut rooms: BTreeMap<(u32, RoomId), (usize, usize)> = BTreeMap::new();
    for ((candidate, turn), seat) in &session.seats {
        let (should, came) = rooms.entry((*turn, seat.room)).or_default();
        *should += 1;
        *came += usize::from(session.attendance.of(*candidate, *turn).is_some_and(|it| it.checked_in.is_some()));
    }
    let row = |((turn, room), (should, came)): (&(u32, RoomId), &(usize, usize))| {
        let state = session.turns.get(turn);
        let at = |at: Option<liuhen_proto::Timestamp>| at.map_or_else(String::new, time);
        let subject = session.planned_turn(*turn).map_or("", |turn| words::subject_name(turn.subject));
        // An incident belongs to its room, not to a turn: it is counted with each.
        let incidents = session.papers.incidents.values().filter(|incident| incident.room == Some(*room)).count();
        vec![
            turn.to_string(),
            giving.location(*room),
            subject.to_owned(),
            should.to_string(),
            came.to_string(),
            (should - came).to_string(),
            at(state.and_then(|state| state.started)),
            at(state.and_then(|state| state.ended)),
            incidents.to_string(),
        ]
    };
    let rows = rooms.iter().map(row).collect();
    let headings = ["轮次", "考场", "考核科目", "应考人数", "实考人数", "缺考人数", "开考时间", "结束时间", "本考场异常情况数"];
    signed(titled("考场记录单", &headings, rows), &["监考人员签名", "考点负责人签名"])
}

/// A line for each candidate of whom anything was judged; 缺考 where a subject has no score.
fn score_summary(giving: &Giving<'_>) -> (Page, BTreeSet<CandidateId>) {
    let batch = &giving.known.view.batch;
    let (subjects, mut rows, mut shown): (Vec<Subject>, _, _) = (batch.subjects().collect(), Vec::new(), BTreeSet::new());
    for (id, it) in giving.candidates() {
        if !batch.scores.any_of(*id) {
            continue;
        }
        shown.insert(*id);
        let mut row = vec![number(rows.len()), text(it.enrolled.ticket.as_ref()), giving.name(it)];
        let points =
            |subject: &Subject| batch.scores.of(*id, *subject).map_or_else(|| "缺考".to_owned(), |it| scores::points(it.centi));
        row.extend(subjects.iter().map(points));
        // What was released is what counts; before, nobody has said whether it is enough.
        let released = batch.scores.released.get(id);
        row.push(released.map_or_else(String::new, |it| scores::points(it.total)));
        row.push(released.map_or("未发布", |it| if it.passed { "合格" } else { "不合格" }).to_owned());
        rows.push(row);
    }
    let mut headings = vec!["序号", "准考证号", "姓名"];
    headings.extend(subjects.iter().map(|subject| words::subject_name(*subject)));
    headings.extend(["总成绩", "结论"]);
    (signed(titled("成绩汇总表", &headings, rows), &["统分人", "复核人", "负责人"]), shown)
}

/// Certificates that were issued.
fn certificates(giving: &Giving<'_>) -> (Page, BTreeSet<CandidateId>) {
    let batch = &giving.known.view.batch;
    let occupation = batch.plan.as_ref().map_or_else(String::new, |plan| plan.occupation.name.to_string());
    let (mut rows, mut shown) = (Vec::new(), BTreeSet::new());
    for (id, certificate, issued_on) in batch.certificates.issued() {
        let Some(it) = giving.candidates().get(&id) else { continue };
        shown.insert(id);
        rows.push(vec![
            number(rows.len()),
            giving.name(it),
            occupation.clone(),
            words::level_name(it.enrolled.level).to_owned(),
            certificate.number.clone(),
            issued_on.to_string(),
            certificate.reissued.to_string(),
            String::new(),
        ]);
    }
    let headings = ["序号", "姓名", "职业(工种)", "等级", "证书编号", "发证日期", "补发次数", "领取人签名"];
    (signed(titled("证书发放名册", &headings, rows), &["发放人"]), shown)
}

/// A line for each batch of the organisation (S八: 认定职业、等级、认定人次、取证人次、通过率).
fn year(giving: &Giving<'_>) -> Page {
    let mut rows = Vec::new();
    for batch in giving.known.view.others.values() {
        let Some(plan) = &batch.plan else { continue };
        let figures = batch.figures();
        let levels: Vec<_> = plan.levels.iter().map(|level| words::level_name(*level)).collect();
        let rate = match figures.candidates {
            0 => String::new(),
            all => format!("{}%", scores::points((figures.passed * 10_000 + all / 2) / all)),
        };
        rows.push(vec![
            plan.held.last.year().to_string(),
            plan.name.to_string(),
            plan.occupation.name.to_string(),
            levels.join("、"),
            figures.candidates.to_string(),
            figures.passed.to_string(),
            rate,
            figures.certificates.to_string(),
        ]);
    }
    rows.sort();
    let headings = ["年度", "认定计划名称", "职业(工种)", "认定等级", "认定人次", "合格人次", "通过率", "取证人次"];
    signed(titled("年度认定情况统计表", &headings, rows), &["填报人", "负责人"])
}
