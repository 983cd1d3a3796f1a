//! Rows of 考场座次表, as the seats of a session; and what rooms, turns and tickets are called in a form.
//!
//! Always: a room is one of the session's, by its location as planned or by its id; a turn is told, or is the only one, or
//! the only one that begins at the time that is told. Not here: rooms with ranges of tickets (`rooms`).

use std::collections::BTreeMap;

use liuhen_process::case::batch::Candidate;
use liuhen_process::fact::Fact;
use liuhen_process::fact::parts::{Seat, Turn};
use liuhen_process::fact::plan::{SeatsAssigned, SessionPlanned};
use liuhen_process::text::Text;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::{CandidateId, RoomId};
use liuhen_sheets::annex::seat;
use liuhen_sheets::form::{Entry, Filled};
use liuhen_sheets::{Trouble, Troubles};

use super::read::{Reading, Told, each, is_name};

/// The most seats of one telling, as on the wire.
const MAX_SEATS: usize = 2_000;
/// China's clock is so many minutes before UTC.
const CHINA: i64 = 8 * 60;

/// When a turn begins, by the clocks in China: `09:00`.
pub(super) fn time(at: Timestamp) -> String {
    let minutes = at.as_micros().div_euclid(60_000_000) + CHINA;
    let of_day = minutes.rem_euclid(24 * 60);
    format!("{:02}:{:02}", of_day / 60, of_day % 60)
}

/// The plan of a session as rows of a form speak of it.
pub(super) struct Plan<'a> {
    filled: &'a Filled,
    plan: &'a SessionPlanned,
    /// Candidates of the batch.
    pub(super) tickets: BTreeMap<&'a str, (CandidateId, &'a Candidate)>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(reading: &'a Reading<'a>, filled: &'a Filled) -> Result<Self, Trouble> {
        let english = "the session has no turns and rooms yet: tell of its plan first (session_planned)";
        let plan = reading.known.view.session.plan.as_ref();
        let plan = plan.ok_or_else(|| Trouble::of_file(english, "场次尚未登记轮次和考场，请先登记 session_planned"))?;
        let candidates = reading.known.view.batch.candidates.iter();
        let ticket = |(id, it): (&CandidateId, &'a Candidate)| Some((it.enrolled.ticket.as_ref()?.as_str(), (*id, it)));
        Ok(Self { filled, plan, tickets: candidates.filter_map(ticket).collect() })
    }

    pub(super) fn wrong(&self, entry: &Entry, heading: usize, english: impl Into<String>, chinese: impl Into<String>) -> Trouble {
        self.filled.trouble(entry, heading, english, chinese)
    }

    pub(super) fn room(&self, entry: &Entry, heading: usize) -> Result<RoomId, Trouble> {
        let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let said = plain(entry.text(heading).unwrap_or_default());
        let rooms = || self.plan.rooms.iter();
        let is_it = |place: &str, room: RoomId| plain(place) == said || room.to_string() == said;
        let found: Vec<_> = rooms().filter(|it| is_it(it.location.as_str(), it.room)).map(|it| it.room).collect();
        match found.as_slice() {
            [room] => Ok(*room),
            _ => {
                let known = rooms().map(|room| room.location.as_str()).collect::<Vec<_>>().join("；");
                let english = format!("is no room of the session, or of several; they are: {known}");
                Err(self.wrong(entry, heading, english, format!("不是本场次的考场或有重名，本场次考场为：{known}")))
            }
        }
    }

    /// The turn of a row, by its number or by when it begins.
    pub(super) fn turn(&self, entry: &Entry, number: usize, begins: Option<usize>) -> Result<&Turn, Trouble> {
        let turns = &self.plan.turns;
        if let Some(said) = entry.text(number) {
            let found = turns.iter().find(|turn| turn.number.to_string() == said);
            return found.ok_or_else(|| self.wrong(entry, number, "is no turn of the session", "本场次没有该轮次"));
        }
        let at = begins.and_then(|begins| Some((begins, first_time(entry.text(begins)?)?)));
        let all: Vec<_> =
            turns.iter().filter(|turn| at.as_ref().is_none_or(|(_, at)| time(turn.interval.start()) == *at)).collect();
        match all.as_slice() {
            [turn] => Ok(turn),
            _ => {
                let english = "which turn is not clear: fill in 轮次 (1, 2 …)";
                Err(self.wrong(entry, at.map_or(number, |(begins, _)| begins), english, "无法确定轮次，请填写“轮次”（1、2…）"))
            }
        }
    }

    fn candidate(&self, entry: &Entry, ticket: usize) -> Result<(CandidateId, &'a Candidate), Trouble> {
        let found = self.tickets.get(entry.text(ticket).unwrap_or_default());
        let english = "no candidate of the batch has this ticket";
        found.copied().ok_or_else(|| self.wrong(entry, ticket, english, "本批次没有该准考证号"))
    }
}

/// The first time of a text: `9:00-10:30` begins at `09:00`.
fn first_time(text: &str) -> Option<String> {
    let colon = text.find(':')?;
    let hours = text[..colon].rsplit(|c: char| !c.is_ascii_digit()).next()?;
    let minutes = text.get(colon + 1..colon + 3)?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then(|| format!("{hours:02}:{minutes:02}"))
}

/// Seats with their rows, as one fact.
pub(super) fn told(rows: Vec<(u32, Seat)>) -> Result<Vec<Told>, Troubles> {
    if rows.len() > MAX_SEATS {
        let english = format!("more than {MAX_SEATS} seats: split the file");
        return Err(Trouble::of_file(english, format!("座位超过 {MAX_SEATS} 个，请拆分文件")).into());
    }
    let row = rows.first().map_or(0, |(row, _)| *row);
    let places = rows.iter().map(|(row, seat)| (seat.candidate.to_string(), *row)).collect();
    let seats = rows.into_iter().map(|(_, seat)| seat).collect();
    Ok(vec![Told { row, fact: Fact::SeatsAssigned(SeatsAssigned { seats }), rows: places }])
}

/// Seat by seat.
pub(super) fn facts(reading: &Reading<'_>, filled: &Filled) -> Result<Vec<Told>, Troubles> {
    let plan = Plan::of(reading, filled)?;
    let (mut sitting, mut taken) = (BTreeMap::new(), BTreeMap::new());
    let rows = each(filled, |entry| {
        let (room, turn) = (plan.room(entry, seat::ROOM)?, plan.turn(entry, seat::TURN, None)?.number);
        let (candidate, known) = plan.candidate(entry, seat::TICKET)?;
        if entry.text(seat::NAME).is_some_and(|name| !is_name(name, known.enrolled.name.as_str())) {
            let english = "is not the name of whose ticket this is: the row is shifted, or the ticket is another one's";
            return Err(plan.wrong(entry, seat::NAME, english, "姓名与准考证号不符，请核对是否错行"));
        }
        let label = Text::new(entry.text(seat::SEAT).unwrap_or_default());
        let label: Text<32> =
            label.map_err(|error| plan.wrong(entry, seat::SEAT, error.to_string(), "座位号过长或含控制字符"))?;
        if let Some(row) = sitting.insert((candidate, turn), entry.row) {
            let english = format!("sits in this turn by row {row} already");
            return Err(plan.wrong(entry, seat::TICKET, english, format!("该考生本轮次已在第 {row} 行编排")));
        }
        if let Some(row) = taken.insert((room, turn, label.to_string()), entry.row) {
            let english = format!("is taken in this turn by row {row}");
            return Err(plan.wrong(entry, seat::SEAT, english, format!("该座位本轮次已被第 {row} 行占用")));
        }
        Ok((entry.row, Seat { candidate, turn, room, seat: label }))
    })?;
    told(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_begins_at_the_first_time_that_is_told() {
        for (text, begins) in [("9:00-10:30", "09:00"), ("2026-11-22 14:05", "14:05"), ("上午09:00~10:30", "09:00")] {
            assert_eq!(first_time(text).as_deref(), Some(begins), "{text}");
        }
        assert_eq!((first_time("9点"), first_time("25:00"), first_time("9:")), (None, None, None));
        assert_eq!(time(Timestamp::from_micros(1_764_032_400_000_000)), "09:00");
    }
}
