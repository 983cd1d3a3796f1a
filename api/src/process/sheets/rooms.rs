//! 考场安排表 (E附件4), taken in and filled in: a room, and the tickets that sit there.
//!
//! Always: in a room that is told by its ranges of tickets, candidates sit in the order of their tickets, from 1; ranges
//! that are given hold the tickets of the room and no others. Not here: seat by seat (`seats`).

use std::collections::{BTreeMap, BTreeSet};

use liuhen_process::case::batch::Candidate;
use liuhen_process::fact::parts::{Seat, Turn};
use liuhen_process::fact::words::{Duty, Level, Subject};
use liuhen_process::text::Text;
use liuhen_proto::ids::RoomId;
use liuhen_proto::{Code, Problem};
use liuhen_sheets::annex::arrangement;
use liuhen_sheets::form::{Entry, Filled};
use liuhen_sheets::writer::Page;
use liuhen_sheets::{Trouble, Troubles};

use super::page::{Giving, titled};
use super::read::{Reading, Told, each};
use super::seats::{Plan, time, told};
use super::words;

/// Room by room, with the tickets that sit there.
pub(super) fn facts(reading: &Reading<'_>, filled: &Filled) -> Result<Vec<Told>, Troubles> {
    let plan = Plan::of(reading, filled)?;
    let mut sitting = BTreeMap::new();
    let rows = each(filled, |entry| {
        let room = plan.room(entry, arrangement::ROOM)?;
        let turn = plan.turn(entry, arrangement::TURN, Some(arrangement::TIME))?.number;
        let mut seats = Vec::new();
        for (first, last) in ranges(&plan, entry)? {
            let of_room = plan.tickets.range(first..=last).filter(|(ticket, _)| ticket.len() == first.len());
            for (_, (candidate, _)) in of_room {
                if let Some(row) = sitting.insert((*candidate, turn), entry.row) {
                    let english = format!("overlaps with row {row}");
                    return Err(plan.wrong(entry, arrangement::TICKETS, english, format!("考号区间与第 {row} 行重叠")));
                }
                let label = Text::new((seats.len() + 1).to_string()).expect("a number is a text");
                seats.push((entry.row, Seat { candidate: *candidate, turn, room, seat: label }));
            }
        }
        let said = entry.text(arrangement::COUNT);
        if seats.is_empty() || said.is_some_and(|said| said != seats.len().to_string()) {
            let (heading, found) = (if said.is_some() { arrangement::COUNT } else { arrangement::TICKETS }, seats.len());
            let english = format!("{found} candidates of the batch have tickets of this range");
            return Err(plan.wrong(entry, heading, english, format!("该考号区间内共有考生 {found} 人，与所填不符")));
        }
        Ok(seats)
    })?;
    told(rows.into_iter().flatten().collect())
}

/// First and last tickets of a row: `001-030`, `001~030`, `001至030`; several of them with commas between.
fn ranges<'a>(plan: &Plan<'_>, entry: &'a Entry) -> Result<Vec<(&'a str, &'a str)>, Trouble> {
    let text = entry.text(arrangement::TICKETS).unwrap_or_default();
    text.split(['、', ',', ';']).map(|part| range(plan, entry, part)).collect()
}

fn range<'a>(plan: &Plan<'_>, entry: &Entry, text: &'a str) -> Result<(&'a str, &'a str), Trouble> {
    let one = |separator: char| text.split_once(separator).filter(|(_, last)| !last.contains(separator));
    let found = ['~', '至', '-'].into_iter().find_map(one);
    let found = found.filter(|(first, last)| !first.is_empty() && first.len() == last.len() && first <= last);
    let english = "is no range of tickets: write the whole first and the whole last one, 2026001-2026030";
    found.ok_or_else(|| plan.wrong(entry, arrangement::TICKETS, english, "考号区间应写全首尾准考证号，如 2026001-2026030"))
}

/// Who sits in a room in a turn, in the order of tickets.
type Sitting<'a> = BTreeMap<&'a str, (&'a Candidate, &'a Seat)>;

/// The ranges of these tickets among all of the batch: between first and last of one there is no other's.
fn runs(sitting: &Sitting<'_>, all: &BTreeSet<(usize, &str)>) -> String {
    let mut runs: Vec<(&str, &str)> = Vec::new();
    let mut goes_on = None;
    for (length, ticket) in all {
        if !sitting.contains_key(ticket) {
            goes_on = None;
            continue;
        }
        match runs.last_mut() {
            Some(run) if goes_on == Some(*length) => run.1 = ticket,
            _ => runs.push((ticket, ticket)),
        }
        goes_on = Some(*length);
    }
    runs.iter().map(|(first, last)| format!("{first}~{last}")).collect::<Vec<_>>().join("、")
}

impl Giving<'_> {
    /// The table of E附件4: of a subject in its own shape; of all turns in the shape of theory, which can be taken in.
    pub(super) fn arrangement(&self) -> Result<Page, Problem> {
        let rooms = self.rooms()?;
        let page = match self.subject {
            None | Some(Subject::Theory) => self.by_tickets(&rooms),
            Some(subject) => self.by_examiners(&rooms, subject),
        };
        let title = match self.subject {
            None => "职业技能等级认定考场安排表",
            Some(Subject::Theory) => "职业技能等级认定理论考试考场安排表",
            Some(Subject::Practical) => "职业技能等级认定技能考核考场安排表",
            Some(Subject::ComprehensiveAppraisal) => "职业技能等级认定综合评审考场安排表",
        };
        let days: BTreeSet<_> = rooms.keys().map(|(turn, _)| self.day(*turn)).collect();
        let people: BTreeSet<_> = rooms.values().flat_map(|sitting| sitting.values().map(|(_, seat)| seat.candidate)).collect();
        let days = days.into_iter().collect::<Vec<_>>().join("、");
        let above = format!("考试地点：　　　　　　考试时间：{days}　　参评人数：{}", people.len());
        Ok(Page { title: title.to_owned(), above: vec![above], ..page })
    }

    /// Rooms by turn, those of the subject that is asked for.
    fn rooms(&self) -> Result<BTreeMap<(u32, RoomId), Sitting<'_>>, Problem> {
        let session = &self.known.view.session;
        let mut rooms: BTreeMap<(u32, RoomId), Sitting<'_>> = BTreeMap::new();
        for ((candidate, turn), seat) in &session.seats {
            let asked = |of: &Turn| self.subject.is_none_or(|subject| of.subject == subject);
            if !session.planned_turn(*turn).is_some_and(asked) {
                continue;
            }
            let known = self.candidates().get(candidate);
            let found = known.and_then(|it| Some((it.enrolled.ticket.as_ref()?.as_str(), (it, seat))));
            let (ticket, found) = found.ok_or_else(no_ticket)?;
            rooms.entry((*turn, seat.room)).or_default().insert(ticket, found);
        }
        Ok(rooms)
    }

    fn by_tickets(&self, rooms: &BTreeMap<(u32, RoomId), Sitting<'_>>) -> Page {
        let all = self.candidates().values().filter_map(|it| it.enrolled.ticket.as_ref());
        let all: BTreeSet<_> = all.map(|ticket| (ticket.as_str().len(), ticket.as_str())).collect();
        let (mut rows, mut is_by_ticket) = (Vec::new(), true);
        let needs_turn = !self.times_tell();
        for ((turn, room), sitting) in rooms {
            let mut row = vec![
                self.location(*room),
                self.occupation(),
                sitting.len().to_string(),
                levels(sitting),
                runs(sitting, &all),
                self.when(*turn),
                self.on_duty(*room, &[Duty::Invigilator, Duty::ChiefInvigilator]),
            ];
            row.extend(needs_turn.then(|| turn.to_string()));
            rows.push(row);
            is_by_ticket &= (1..).zip(sitting.values()).all(|(place, (_, seat))| seat.seat.as_str() == place.to_string());
        }
        let mut headings = vec!["考场", "职业(工种)", "人数", "等级", "考号区间", "考试具体时间", "监考人员"];
        headings.extend(needs_turn.then_some("轮次"));
        let note = "注：座位号未按准考证号顺序从 1 编排，以考场座次表为准";
        Page { below: if is_by_ticket { Vec::new() } else { vec![note.to_owned()] }, ..titled("", &headings, rows) }
    }

    fn by_examiners(&self, rooms: &BTreeMap<(u32, RoomId), Sitting<'_>>, subject: Subject) -> Page {
        let row = |((turn, room), sitting): (&(u32, RoomId), &Sitting<'_>)| {
            vec![
                self.location(*room),
                self.occupation(),
                levels(sitting),
                self.when(*turn),
                self.on_duty(*room, &[Duty::LeadExaminer]),
                self.on_duty(*room, &[Duty::Examiner]),
                String::new(),
            ]
        };
        let rows = rooms.iter().map(row).collect();
        let (lead, examiners) = match subject {
            Subject::ComprehensiveAppraisal => ("评审组长", "评审人员"),
            _ => ("考评组长", "考评员"),
        };
        titled("", &["考场", "职业(工种)", "等级", "考试具体时间", lead, examiners, "统分人"], rows)
    }

    fn occupation(&self) -> String {
        self.known.view.batch.plan.as_ref().map_or_else(String::new, |plan| plan.occupation.name.to_string())
    }

    /// Whether turns are told apart by when they begin.
    fn times_tell(&self) -> bool {
        let turns = || self.known.view.session.plan.iter().flat_map(|plan| &plan.turns);
        let begins: BTreeSet<_> = turns().map(|turn| time(turn.interval.start())).collect();
        begins.len() == turns().count()
    }

    fn day(&self, turn: u32) -> String {
        let turn = self.known.view.session.planned_turn(turn);
        turn.map_or_else(String::new, |turn| {
            let day = liuhen_process::calendar::Date::of(turn.interval.start());
            format!("{}年{}月{}日", day.year(), day.month(), day.day())
        })
    }

    fn when(&self, turn: u32) -> String {
        let turn = self.known.view.session.planned_turn(turn);
        turn.map_or_else(String::new, |it| format!("{}-{}", time(it.interval.start()), time(it.interval.end())))
    }

    /// Who serves in a room, masked: of staff no entry could say who saw them.
    fn on_duty(&self, room: RoomId, duties: &[Duty]) -> String {
        let held = self.known.view.session.duties.iter();
        let held = held.filter(|held| held.room == Some(room) && duties.contains(&held.duty));
        held.map(|held| self.staff(held.staff)).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("、")
    }
}

fn levels(sitting: &Sitting<'_>) -> String {
    let levels: BTreeSet<Level> = sitting.values().map(|(candidate, _)| candidate.enrolled.level).collect();
    levels.into_iter().map(words::level_name).collect::<Vec<_>>().join("、")
}

fn no_ticket() -> Problem {
    let (english, chinese) = ("not every seat has a ticket, so rooms have no ranges", "有考生没有准考证号，无法列出考号区间");
    let (english, chinese) = (format!("{english}: take the plan of seats"), format!("{chinese}，请导出座次表"));
    Problem::new(Code::FailedPrecondition, english, chinese)
}
