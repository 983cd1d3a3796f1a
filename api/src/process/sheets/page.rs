//! What is known, as the rows of a form.
//!
//! Always: what one reads of a page that was written unmasked is what was told; names and numbers are masked otherwise.
//! What is not known stays empty.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_archive::records::Known;
use liuhen_process::calendar::Date;
use liuhen_process::case::batch::Candidate;
use liuhen_process::fact::words::{IdDocumentType, Subject};
use liuhen_proto::Problem;
use liuhen_proto::ids::{CandidateId, RoomId, StaffId};
use liuhen_sheets::writer::Page;

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
        Shape::Plan => Ok((giving.plan(), BTreeSet::new())),
    }
}

pub(super) fn titled(title: &str, headings: &[&str], rows: Vec<Vec<String>>) -> Page {
    let headings = headings.iter().map(|heading| (*heading).to_owned()).collect();
    Page { title: title.to_owned(), headings, rows, ..Page::default() }
}

/// With a line of who signs below.
pub(super) fn signed(page: Page, who: &[&str]) -> Page {
    let line = who.iter().map(|who| format!("{who}：")).collect::<Vec<_>>().join("　　　　　　");
    Page { below: vec![line], ..page }
}

pub(super) fn number(place: usize) -> String {
    (place + 1).to_string()
}

/// A text by which 2 stands before 10: runs of digits are as long as each other.
pub(super) fn in_order(text: &str) -> String {
    let (mut padded, mut digits) = (String::new(), String::new());
    for character in text.chars().chain(['\0']) {
        match character.is_ascii_digit() {
            true => digits.push(character),
            false => {
                if !digits.is_empty() {
                    padded.push_str(&format!("{digits:0>12}"));
                    digits.clear();
                }
                padded.push(character);
            }
        }
    }
    padded
}

pub(super) fn text<const MAX: usize>(it: Option<&liuhen_process::text::Text<MAX>>) -> String {
    it.map_or_else(String::new, ToString::to_string)
}

impl Giving<'_> {
    pub(super) fn name(&self, it: &Candidate) -> String {
        let name = it.enrolled.name.as_str();
        if self.vault.is_some() { name.to_owned() } else { mask::name(name) }
    }

    /// Words that somebody wrote of a candidate: they may name anybody.
    fn words(&self, words: &str) -> String {
        if self.vault.is_some() { words.to_owned() } else { scores::MASKED.to_owned() }
    }

    /// Of which plan a session is, and on which day.
    pub(super) fn of_session(&self) -> String {
        let day = self.known.view.session.exam().map(|exam| Date::of(exam.start()).to_string());
        format!("{}　　考试日期：{}", self.of_plan(), day.unwrap_or_default())
    }

    /// A member of staff, masked whoever asks: the log says who saw candidates, and has no word for who saw staff.
    pub(super) fn staff(&self, staff: StaffId) -> String {
        self.known.view.organization.staff.get(&staff).map_or_else(String::new, |it| mask::name(it.name.as_str()))
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

    /// T附件2; document and ticket stand behind it where somebody has another document, or a ticket.
    fn enrolment(&self) -> Result<(Page, BTreeSet<CandidateId>), Problem> {
        let plan = self.known.view.batch.plan.as_ref();
        let occupation = plan.map_or_else(String::new, |plan| plan.occupation.name.to_string());
        let how = plan.map_or("", |plan| words::assessment_name(plan.assessment));
        let subjects: Vec<_> = self.known.view.batch.subjects().map(words::subject_name).collect();
        let enrolled = || self.candidates().values().map(|it| &it.enrolled);
        let has_documents = enrolled().any(|it| it.id_type != IdDocumentType::ResidentIdCard);
        let has_tickets = enrolled().any(|it| it.ticket.is_some());
        let mut rows = Vec::new();
        for (place, it) in self.candidates().values().enumerate() {
            let (enrolled, none) = (&it.enrolled, String::new);
            let mut row = vec![number(place), text(enrolled.employer.as_ref()), self.name(it), none(), self.id_number(it)?];
            row.extend([none(), none(), none(), none(), occupation.clone(), none()]);
            row.extend([words::level_name(enrolled.level).to_owned(), how.to_owned(), subjects.join("、")]);
            row.extend(has_documents.then(|| words::document_name(enrolled.id_type).to_owned()));
            row.extend(has_tickets.then(|| text(enrolled.ticket.as_ref())));
            rows.push(row);
        }
        let annex = ["序号", "所在单位", "姓名", "性别", "证件号码(注册学籍号)", "联系电话", "民族", "文化程度"];
        let more = ["所学专业", "职业名称", "工种名称", "技能等级", "考核方式", "考核科目"];
        let mut headings = [&annex[..], &more].concat();
        headings.extend(has_documents.then_some("证件类型"));
        headings.extend(has_tickets.then_some("准考证号"));
        Ok((titled("技工院校学生学籍统计表", &headings, rows), self.everybody()))
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
        rows.sort_by_cached_key(|row| row.iter().map(|text| in_order(text)).collect::<Vec<_>>());
        let shown = self.known.view.session.seats.keys().map(|(candidate, _)| *candidate).collect();
        Ok((titled("考场座次表", &["轮次", "考场", "座位号", "准考证号", "姓名"], rows), shown))
    }

    fn scores(&self) -> Result<(Page, BTreeSet<CandidateId>), Problem> {
        let subject = self.subject.ok_or_else(|| Problem::field("subject", "is required for scores"))?;
        let (mut rows, mut shown) = (Vec::new(), BTreeSet::new());
        for (id, it) in self.candidates() {
            let scores = &self.known.view.batch.scores;
            let Some(score) = scores.of(*id, subject) else { continue };
            let note = scores.notes.get(&(*id, subject)).map_or_else(String::new, |note| self.words(note.as_str()));
            shown.insert(*id);
            rows.push(vec![
                number(rows.len()),
                text(it.enrolled.ticket.as_ref()),
                self.name(it),
                words::subject_name(subject).to_owned(),
                scores::points(score.centi),
                note,
            ]);
        }
        let page = titled("成绩登记表", &["序号", "准考证号", "姓名", "考核科目", "成绩", "违纪记录"], rows);
        Ok((signed(page, &["登分人", "复核人", "日期"]), shown))
    }
}
