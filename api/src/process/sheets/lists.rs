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

use super::page::{Giving, in_order, number, signed, text, titled};
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
    /// 卷内目录
    Volume,
    /// 归档完整性检查表
    Completeness,
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
            pb::SheetForm::Volume => Some(Self::Volume),
            pb::SheetForm::Completeness => Some(Self::Completeness),
            _ => None,
        }
    }

    /// What it is about.
    pub(super) const fn case(self) -> CaseKind {
        match self {
            Self::Attendance | Self::RoomRecord => CaseKind::Session,
            Self::ScoreSummary | Self::Certificates | Self::Volume | Self::Completeness => CaseKind::Batch,
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
            Self::Volume => (giving.contents(), BTreeSet::new()),
            Self::Completeness => (giving.completeness(), BTreeSet::new()),
        }
    }
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
            // Before the end somebody may still come, and the list may be printed to be signed.
            None if session.turn(*turn).ended.is_some() => "缺考",
            None => "",
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
    rows.sort_by_cached_key(|row: &Vec<String>| row[..3].iter().map(|text| in_order(text)).collect::<Vec<_>>());
    let headings = ["轮次", "考场", "座位号", "准考证号", "姓名", "身份核验", "签到时间", "交卷时间", "考生签名"];
    let page = signed(titled("签到表", &headings, rows), &["监考人员签名", "日期"]);
    (Page { above: vec![giving.of_session()], ..page }, shown)
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
        let state = session.turn(*turn);
        let at = |at: Option<liuhen_proto::Timestamp>| at.map_or_else(String::new, time);
        let subject = session.planned_turn(*turn).map_or("", |turn| words::subject_name(turn.subject));
        // An incident belongs to its room, not to a turn: it is counted with each.
        let incidents = session.papers.incidents.values().filter(|incident| incident.room == Some(*room)).count();
        vec![
            turn.to_string(),
            giving.location(*room),
            subject.to_owned(),
            should.to_string(),
            state.started.map_or_else(String::new, |_| came.to_string()),
            state.ended.map_or_else(String::new, |_| (should - came).to_string()),
            at(state.started),
            at(state.ended),
            incidents.to_string(),
        ]
    };
    let rows = rooms.iter().map(row).collect();
    let headings = ["轮次", "考场", "考核科目", "应考人数", "实考人数", "缺考人数", "开考时间", "结束时间", "本考场异常情况数"];
    let page = signed(titled("考场记录单", &headings, rows), &["监考人员签名", "考点负责人签名", "日期"]);
    Page { above: vec![giving.of_session()], ..page }
}

/// Whether somebody had a seat in a turn of a subject that is over, and never came to any.
fn stayed_away(giving: &Giving<'_>, candidate: CandidateId, subject: Subject) -> bool {
    let mut seats = giving.known.view.sessions.values().flat_map(|session| {
        let of = session.seats.keys().filter(move |(whose, _)| *whose == candidate).map(|(_, turn)| *turn);
        of.filter(|turn| session.planned_turn(*turn).is_some_and(|turn| turn.subject == subject)).map(|turn| {
            let came = session.attendance.of(candidate, turn).is_some_and(|presence| presence.checked_in.is_some());
            session.turn(turn).ended.is_some() && !came
        })
    });
    seats.next().is_some_and(|first| first && seats.all(|away| away))
}

/// A line for each candidate of whom anything was judged; 缺考 where somebody stayed away from a subject.
fn score_summary(giving: &Giving<'_>) -> (Page, BTreeSet<CandidateId>) {
    let batch = &giving.known.view.batch;
    let (subjects, mut rows, mut shown): (Vec<Subject>, _, _) = (batch.subjects().collect(), Vec::new(), BTreeSet::new());
    for (id, it) in giving.candidates() {
        if !batch.scores.any_of(*id) {
            continue;
        }
        shown.insert(*id);
        let mut row = vec![number(rows.len()), text(it.enrolled.ticket.as_ref()), giving.name(it)];
        let points = |subject: &Subject| match batch.scores.of(*id, *subject) {
            Some(score) => scores::points(score.centi),
            None if stayed_away(giving, *id, *subject) => "缺考".to_owned(),
            None => String::new(),
        };
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
    let page = signed(titled("成绩汇总表", &headings, rows), &["统分人", "复核人", "负责人", "日期"]);
    (Page { above: vec![giving.of_plan()], ..page }, shown)
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
    let page = signed(titled("证书发放名册", &headings, rows), &["发放人", "日期"]);
    (Page { above: vec![giving.of_plan()], ..page }, shown)
}

/// A line for each batch of the organisation (S八: 认定职业、等级、认定人次、取证人次、通过率).
fn year(giving: &Giving<'_>) -> Page {
    let (mut rows, mut all) = (Vec::new(), [0; 3]);
    for batch in giving.known.view.others.values() {
        let Some(plan) = &batch.plan else { continue };
        let figures = batch.figures();
        let levels: Vec<_> = plan.levels.iter().map(|level| words::level_name(*level)).collect();
        let rate = match figures.candidates {
            0 => String::new(),
            all => format!("{}%", scores::points((figures.passed * 10_000 + all / 2) / all)),
        };
        let three = [figures.candidates, figures.passed, figures.certificates];
        all.iter_mut().zip(three).for_each(|(sum, figure)| *sum += figure);
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
    let page = signed(titled("年度认定情况统计表", &headings, rows), &["填报人", "负责人", "日期"]);
    let [candidates, passed, certificates] = all;
    let sum = format!("合计：认定 {candidates} 人次，合格 {passed} 人次，取证 {certificates} 人次");
    Page { below: [vec![sum], page.below].concat(), ..page }
}
