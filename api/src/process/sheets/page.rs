//! What is known, as the rows of a form.
//!
//! Always: what one reads of a page that was written unmasked is what was told; names and numbers are masked otherwise.
//! What is not known stays empty.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_archive::records::Known;
use liuhen_process::case::batch::Candidate;
use liuhen_process::fact::words::Subject;
use liuhen_proto::ids::{CandidateId, RoomId};
use liuhen_proto::{Code, Problem};
use liuhen_sheets::writer::Page;

use super::seats::time;
use super::{Shape, scores, words};
use crate::error;
use crate::people::mask;
use crate::vault::Vault;

/// From what a page is made.
pub(super) struct Giving<'a> {
    pub(super) known: &'a Known,
    /// Opens numbers; nothing where all is masked.
    pub(super) vault: Option<&'a Vault>,
    pub(super) subject: Option<Subject>,
}

/// The form filled in, and whom it shows.
pub(super) fn page(shape: Shape, giving: &Giving<'_>) -> Result<(Page, BTreeSet<CandidateId>), Problem> {
    match shape {
        Shape::Roster => giving.roster(),
        Shape::Enrolment => giving.enrolment(),
        Shape::Arrangement => giving.arrangement().map(|page| (page, BTreeSet::new())),
        Shape::Seats => giving.seats(),
        Shape::Scores => giving.scores(),
    }
}

pub(super) fn titled(title: &str, headings: &[&str], rows: Vec<Vec<String>>) -> Page {
    let headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
    Page { title: title.to_owned(), headings, rows, ..Page::default() }
}

pub(super) fn number(place: usize) -> String {
    (place + 1).to_string()
}

pub(super) fn text<const MAX: usize>(it: Option<&liuhen_process::text::Text<MAX>>) -> String {
    it.map_or_else(String::new, ToString::to_string)
}

impl Giving<'_> {
    pub(super) fn name(&self, it: &Candidate) -> String {
        let name = it.enrolled.name.as_str();
        if self.vault.is_some() { name.to_owned() } else { mask::name(name) }
    }

    fn id_number(&self, it: &Candidate) -> Result<String, Problem> {
        let number = &it.enrolled.id_number;
        match self.vault {
            Some(vault) => vault.open(number).map_err(|error| error::fault("open a number", &error)),
            None => Ok(number.masked.to_string()),
        }
    }

    pub(super) fn candidates(&self) -> &BTreeMap<CandidateId, Candidate> {
        &self.known.view.batch.candidates
    }

    fn everybody(&self) -> BTreeSet<CandidateId> {
        self.candidates().keys().copied().collect()
    }

    fn roster(&self) -> Result<(Page, BTreeSet<CandidateId>), Problem> {
        let mut rows = Vec::new();
        for (place, it) in self.candidates().values().enumerate() {
            let enrolled = &it.enrolled;
            rows.push(vec![
                number(place),
                self.name(it),
                words::document_name(enrolled.id_type).to_owned(),
                self.id_number(it)?,
                text(enrolled.ticket.as_ref()),
                text(enrolled.employer.as_ref()),
                words::level_name(enrolled.level).to_owned(),
            ]);
        }
        let headings = ["序号", "姓名", "证件类型", "证件号码", "准考证号", "工作单位", "申报等级"];
        Ok((titled("考生名册", &headings, rows), self.everybody()))
    }

    /// T附件2, with the document and the ticket behind it.
    fn enrolment(&self) -> Result<(Page, BTreeSet<CandidateId>), Problem> {
        let occupation = self.known.view.batch.plan.as_ref().map_or_else(String::new, |plan| plan.occupation.name.to_string());
        let mut rows = Vec::new();
        for (place, it) in self.candidates().values().enumerate() {
            let (enrolled, none) = (&it.enrolled, String::new);
            rows.push(vec![
                number(place),
                text(enrolled.employer.as_ref()),
                self.name(it),
                none(),
                self.id_number(it)?,
                none(),
                none(),
                none(),
                none(),
                occupation.clone(),
                none(),
                words::level_name(enrolled.level).to_owned(),
                none(),
                none(),
                words::document_name(enrolled.id_type).to_owned(),
                text(enrolled.ticket.as_ref()),
            ]);
        }
        let annex = ["序号", "所在单位", "姓名", "性别", "证件号码(注册学籍号)", "联系电话", "民族", "文化程度"];
        let more = ["所学专业", "职业名称", "工种名称", "技能等级", "考核方式", "考核科目", "证件类型", "准考证号"];
        Ok((titled("技工院校学生学籍统计表", &[annex, more].concat(), rows), self.everybody()))
    }

    /// Where a room is; its id where another room of the session is called the same.
    pub(super) fn location(&self, room: RoomId) -> String {
        let rooms = || self.known.view.session.plan.iter().flat_map(|plan| &plan.rooms);
        let named = rooms().find(|it| it.room == room).map(|it| it.location.as_str());
        let alone = |name: &&str| rooms().filter(|it| it.location.as_str() == *name).count() == 1;
        named.filter(alone).map_or_else(|| room.to_string(), str::to_owned)
    }

    fn seats(&self) -> Result<(Page, BTreeSet<CandidateId>), Problem> {
        let mut rows = Vec::new();
        for ((candidate, turn), seat) in &self.known.view.session.seats {
            let Some(it) = self.candidates().get(candidate) else { continue };
            let ticket = text(it.enrolled.ticket.as_ref());
            rows.push(vec![turn.to_string(), self.location(seat.room), seat.seat.to_string(), ticket, self.name(it)]);
        }
        rows.sort();
        let shown = self.known.view.session.seats.keys().map(|(candidate, _)| *candidate).collect();
        Ok((titled("考场座次表", &["轮次", "考场", "座位号", "准考证号", "姓名"], rows), shown))
    }

    /// E附件4: a line for each room and turn.
    fn arrangement(&self) -> Result<Page, Problem> {
        let view = &self.known.view;
        let mut rooms: BTreeMap<(u32, String), BTreeSet<String>> = BTreeMap::new();
        for ((candidate, turn), seat) in &view.session.seats {
            let ticket = self.candidates().get(candidate).and_then(|it| it.enrolled.ticket.as_ref());
            let missing = || {
                let (english, chinese) =
                    ("not every seat has a ticket, so rooms have no ranges", "有考生没有准考证号，无法列出考号区间");
                Problem::new(
                    Code::FailedPrecondition,
                    format!("{english}: take the plan of seats"),
                    format!("{chinese}，请导出座次表"),
                )
            };
            rooms.entry((*turn, self.location(seat.room))).or_default().insert(ticket.ok_or_else(missing)?.to_string());
        }
        let plan = view.batch.plan.as_ref();
        let occupation = plan.map_or_else(String::new, |plan| plan.occupation.name.to_string());
        let levels = plan
            .map_or_else(String::new, |plan| plan.levels.iter().map(|it| words::level_name(*it)).collect::<Vec<_>>().join("、"));
        let row = |((turn, room), tickets): (&(u32, String), &BTreeSet<String>)| {
            let range = tickets.first().zip(tickets.last()).map_or_else(String::new, |(first, last)| format!("{first}~{last}"));
            let when = view
                .session
                .planned_turn(*turn)
                .map_or_else(String::new, |it| format!("{}-{}", time(it.interval.start()), time(it.interval.end())));
            let (count, turn) = (tickets.len().to_string(), turn.to_string());
            vec![room.clone(), occupation.clone(), count, levels.clone(), range, when, turn]
        };
        let rows = rooms.iter().map(row).collect();
        let headings = ["考场", "职业(工种)", "人数", "等级", "考号区间", "考试具体时间", "轮次"];
        Ok(titled("职业技能等级认定考场安排表", &headings, rows))
    }

    fn scores(&self) -> Result<(Page, BTreeSet<CandidateId>), Problem> {
        let subject = self.subject.ok_or_else(|| Problem::field("subject", "is required for scores"))?;
        let (mut rows, mut shown) = (Vec::new(), BTreeSet::new());
        for (id, it) in self.candidates() {
            let Some(score) = self.known.view.batch.scores.of(*id, subject) else { continue };
            shown.insert(*id);
            rows.push(vec![
                number(rows.len()),
                text(it.enrolled.ticket.as_ref()),
                self.name(it),
                words::subject_name(subject).to_owned(),
                scores::points(score.centi),
            ]);
        }
        Ok((titled("成绩登记表", &["序号", "准考证号", "姓名", "考核科目", "成绩"], rows), shown))
    }
}
