//! Whether a fact fits a session: what it names is known, and the state is one in which it can happen.

use liuhen_proto::Timestamp;
use liuhen_proto::canonical::{self, CanonicalError};
use liuhen_proto::ids::{CandidateId, RoomId, StaffId};

use super::super::incident::known_violation;
use super::super::{Telling, Unfit, View, Waived};
use super::{Phase, Session, known_staff};
use crate::fact::Fact;
use crate::fact::appraisal::DefenceHeld;
use crate::fact::parts::Seat;
use crate::fact::plan::{LotsCommitted, LotsDrawn, SessionPlanned};
use crate::fact::words::Subject;
use crate::form;
use crate::lots::{self, Announcement, DrawRecord};

/// Whether a fact fits, with what is known beyond the session.
pub(in crate::case) fn fits(view: &View, fact: &Fact, telling: &Telling) -> Result<(), Unfit> {
    known_staff(view, fact)?;
    known_rooms(view, fact)?;
    known_candidates(view, fact)?;
    if let Fact::TraceKept(it) = fact
        && !view.site.exemptions.get(&it.exemption).is_some_and(|exemption| exemption.rooms.contains(&it.room))
    {
        return Err(Unfit::unknown("trace_kept.exemption_id", it.exemption, "the exemptions of that room"));
    }
    known_violation(view, fact, telling)?;
    view.session.check(fact, telling)?;
    form::fits(view, fact)
}

fn known_rooms(view: &View, fact: &Fact) -> Result<(), Unfit> {
    let known = |(room, field): (RoomId, &str)| match view.rooms.contains_key(&room) {
        true => Ok(()),
        false => Err(Unfit::unknown(field, room, "the site")),
    };
    let rooms: Vec<(RoomId, &str)> = match fact {
        Fact::SessionPlanned(it) => {
            let rooms = it.rooms.iter().map(|room| (room.room, "session_planned.rooms.room_id"));
            let standby = it.standby_rooms.iter().map(|room| (*room, "session_planned.standby_room_ids"));
            rooms.chain(standby).chain(it.secure_rooms.iter().map(|room| (*room, "session_planned.secure_room_ids"))).collect()
        }
        Fact::ExaminersDispatched(it) => {
            it.panels.iter().map(|panel| (panel.room, "examiners_dispatched.panels.room_id")).collect()
        }
        Fact::LotsDrawnByHand(it) => it.places.iter().map(|place| (place.room, "lots_drawn_by_hand.places.room_id")).collect(),
        _ => room_of(fact).into_iter().collect(),
    };
    rooms.into_iter().try_for_each(known)
}

/// The one room that a fact names.
fn room_of(fact: &Fact) -> Option<(RoomId, &'static str)> {
    match fact {
        Fact::Moved(it) => Some((it.room, "moved.room_id")),
        Fact::Entered(it) => Some((it.room, "entered.room_id")),
        Fact::CameraTested(it) => Some((it.room, "camera_tested.room_id")),
        Fact::EquipmentFailed(it) => Some((it.room, "equipment_failed.room_id")),
        Fact::DutyAssigned(it) => Some((it.room?, "duty_assigned.room_id")),
        Fact::ChecklistAnswered(it) => Some((it.room?, "checklist_answered.room_id")),
        Fact::MaterialHandled(it) => Some((it.room?, "material_handled.room_id")),
        Fact::IncidentRecorded(it) => Some((it.room?, "incident_recorded.room_id")),
        _ => None,
    }
}

fn known_candidates(view: &View, fact: &Fact) -> Result<(), Unfit> {
    let known = |(candidate, field): (CandidateId, &str)| match view.batch.candidates.contains_key(&candidate) {
        true => Ok(()),
        false => Err(Unfit::unknown(field, candidate, "the batch")),
    };
    let one = |candidate, field| vec![(candidate, field)];
    let named: Vec<(CandidateId, &str)> = match fact {
        Fact::SeatsAssigned(it) => it.seats.iter().map(|seat| (seat.candidate, "seats_assigned.seats.candidate_id")).collect(),
        Fact::CandidateCheckedIn(it) => one(it.candidate, "candidate_checked_in.candidate_id"),
        Fact::IdentityDecided(it) => one(it.candidate, "identity_decided.candidate_id"),
        Fact::Entered(it) => one(it.candidate, "entered.candidate_id"),
        Fact::HandedIn(it) => one(it.candidate, "handed_in.candidate_id"),
        Fact::Moved(it) => one(it.candidate, "moved.candidate_id"),
        Fact::DefenceHeld(it) => one(it.candidate, "defence_held.candidate_id"),
        Fact::IncidentRecorded(it) => it.candidate.map_or_else(Vec::new, |who| one(who, "incident_recorded.candidate_id")),
        Fact::EquipmentFailed(it) => {
            let given = it.compensations.iter();
            given.map(|given| (given.candidate, "equipment_failed.compensations.candidate_id")).collect()
        }
        _ => Vec::new(),
    };
    named.into_iter().try_for_each(known)
}

/// What an announcement says.
pub(super) fn announced(it: &LotsCommitted) -> Result<Announcement, Unfit> {
    let lottery = canonical::from_bytes(it.lottery.as_str().as_bytes(), lots::MAX_BYTES);
    let wrong =
        |error: CanonicalError| Unfit::wrong("lots_committed.lottery", error.to_string(), format!("抽签方案无法读取：{error}"));
    Ok(Announcement { lottery: lottery.map_err(wrong)?, commitment: it.commitment_sha256 })
}

/// Who serves where by a record of lots; nobody where it cannot be read.
pub(crate) fn drawn(record: &str) -> Vec<(StaffId, RoomId)> {
    let places = |record: DrawRecord| record.result.iter().map(|seat| (seat.staff, seat.room)).collect();
    read(record).map_or_else(|_| Vec::new(), places)
}

fn read(record: &str) -> Result<DrawRecord, Unfit> {
    let unread = |error: CanonicalError| Unfit::wrong("lots_drawn.record", error.to_string(), "抽签记录格式不符，不能复核");
    DrawRecord::from_bytes(record.as_bytes()).map_err(unread)
}

/// At least one minute, at most a working day.
const COMPENSATION_MINUTES: std::ops::RangeInclusive<u32> = 1..=480;

impl Session {
    pub(super) fn check(&self, fact: &Fact, telling: &Telling) -> Result<(), Unfit> {
        self.check_phase(fact, telling)?;
        self.papers.check(fact)?;
        match fact {
            Fact::SessionPlanned(it) => self.can_be_planned(it),
            Fact::SeatsAssigned(it) => self.can_sit(&it.seats),
            Fact::CandidateCheckedIn(it) => self.seated(it.candidate, it.turn, "candidate_checked_in"),
            Fact::Entered(it) => self.can_enter(it.candidate, it.turn),
            Fact::Moved(it) => self.is_inside(it.candidate, it.turn, "moved", Some(telling.occurred)),
            Fact::HandedIn(it) => self.is_inside(it.candidate, it.turn, "handed_in", None),
            Fact::IdentityDecided(it) => match self.attendance.of(it.candidate, it.turn).and_then(|it| it.checked_in) {
                Some(_) => Ok(()),
                None => Err(Unfit::state(it.candidate, "not checked in", "check the identity first", "请先核验身份")),
            },
            Fact::RoomReady(it) if !self.rooms().any(|room| room == it.room) => {
                Err(Unfit::unknown("room_ready.room_id", it.room, "the rooms of the session"))
            }
            Fact::TurnStarted(it) => self.turn_is(it.turn, "turn_started", &[(false, false)]),
            Fact::TurnPaused(it) => self.turn_is(it.turn, "turn_paused", &[(true, false)]),
            Fact::TurnResumed(it) => self.turn_is(it.turn, "turn_resumed", &[(true, true)]),
            Fact::TurnEnded(it) => self.turn_is(it.turn, "turn_ended", &[(true, false), (true, true)]),
            Fact::LotsCommitted(it) => self.can_announce(it),
            Fact::LotsDrawn(it) => self.can_open(it),
            Fact::EquipmentFailed(it) => {
                match it.compensations.iter().position(|given| !COMPENSATION_MINUTES.contains(&given.minutes)) {
                    Some(place) => Err(Unfit::wrong(
                        format!("equipment_failed.compensations[{place}].minutes"),
                        "1 to 480 minutes are given back",
                        "补时应为 1 至 480 分钟",
                    )),
                    None => Ok(()),
                }
            }
            Fact::LotsDrawnByHand(it) if it.witnesses.len() < 2 => {
                let english = "a draw of paper lots needs two witnesses";
                Err(Unfit::wrong("lots_drawn_by_hand.witness_ids", english, "纸质抽签须有两名见证人"))
            }
            Fact::LotsDrawnByHand(it) => self.can_draw(it.reason.is_some(), "lots_drawn_by_hand.reason"),
            Fact::ReserveTaken(it) => match self.lots.reserves.contains(&it.reserve) {
                true => Ok(()),
                false => Err(Unfit::unknown("reserve_taken.reserve_id", it.reserve, "the reserves of the draw")),
            },
            Fact::SessionSealed(_) if self.phase() != Phase::Ended => {
                let english = "end its turns first; what happened otherwise can be told as it was";
                Err(Unfit::state("the session", self.phase().as_str(), english, "请先结束各轮次"))
            }
            Fact::FindingWaived(_) => Waived::check(&self.findings, fact),
            Fact::DefenceHeld(it) => self.can_be_heard(it),
            _ => Ok(()),
        }
    }

    /// After the papers are sealed nothing happens in the rooms any more; what had happened before can still be told.
    fn check_phase(&self, fact: &Fact, telling: &Telling) -> Result<(), Unfit> {
        let afterwards = matches!(
            fact,
            Fact::IncidentAcknowledged(_)
                | Fact::IncidentDecided(_)
                | Fact::IncidentAppealed(_)
                | Fact::AppealDecided(_)
                | Fact::IncidentReported(_)
                | Fact::FormFilled(_)
                | Fact::FormItemRectified(_)
                | Fact::FormSigned(_)
                | Fact::ItemCorrected(_)
                | Fact::TraceKept(_)
                | Fact::FindingWaived(_)
                | Fact::OutsideEventSeen(_)
                | Fact::SessionReceived(_)
        );
        match self.sealed {
            None if self.plan.is_none() && !matches!(fact, Fact::SessionPlanned(_)) => Err(Unfit::state(
                "the session",
                "new",
                "tell of its plan first (session_planned)",
                "请先登记场次计划 session_planned",
            )),
            Some(sealed) if !afterwards && telling.occurred >= sealed => {
                let english = "nothing can happen in its rooms any more; open another session, or tell when it happened";
                Err(Unfit::state("the session", "sealed", english, "该场次已封存；请另建场次，或说明实际发生时间"))
            }
            _ => Ok(()),
        }
    }

    fn can_be_planned(&self, it: &SessionPlanned) -> Result<(), Unfit> {
        if self.phase() > Phase::Ready {
            let english = "it has begun: its turns and rooms stand";
            return Err(Unfit::state("the session", self.phase().as_str(), english, "场次已开始，轮次和考场不能再改"));
        }
        if self.plan.as_ref().is_some_and(|plan| plan.batch != it.batch) {
            return Err(Unfit::wrong("session_planned.batch_id", "it belongs to another batch", "该场次属于另一批次"));
        }
        if it.turns.is_empty() || it.rooms.is_empty() {
            let english = "a session has at least one turn and one room";
            return Err(Unfit::wrong("session_planned.turns", english, "场次至少有一个轮次和一个考场"));
        }
        for (place, turn) in it.turns.iter().enumerate() {
            if it.turns[..place].iter().any(|other| other.number == turn.number) {
                let english = format!("turn {} stands there twice", turn.number);
                let field = format!("session_planned.turns[{place}].number");
                return Err(Unfit::wrong(field, english, format!("轮次 {} 重复", turn.number)));
            }
        }
        Ok(())
    }

    /// Who sits in an appraisal is heard there.
    fn can_be_heard(&self, it: &DefenceHeld) -> Result<(), Unfit> {
        if self.planned_turn(it.turn).is_none_or(|turn| turn.subject != Subject::ComprehensiveAppraisal) {
            let english = format!("turn {} is no comprehensive appraisal", it.turn);
            return Err(Unfit::wrong("defence_held.turn", english, format!("第 {} 轮不是综合评审", it.turn)));
        }
        self.seated(it.candidate, it.turn, "defence_held")
    }

    /// A seat is taken once in a turn, and a candidate has one.
    fn can_sit(&self, seats: &[Seat]) -> Result<(), Unfit> {
        let mut taken = std::collections::BTreeMap::new();
        for seat in self.seats.values() {
            taken.insert((seat.turn, seat.room, &seat.seat), seat.candidate);
        }
        for (place, seat) in seats.iter().enumerate() {
            let field = format!("seats_assigned.seats[{place}]");
            if self.planned_turn(seat.turn).is_none() {
                return Err(Unfit::unknown(field + ".turn", format!("turn {}", seat.turn), "the plan of the session"));
            }
            if !self.rooms().any(|room| room == seat.room) {
                return Err(Unfit::unknown(field + ".room_id", seat.room, "the rooms of the session"));
            }
            if seats[..place].iter().any(|other| (other.candidate, other.turn) == (seat.candidate, seat.turn)) {
                return Err(Unfit::wrong(field, "the candidate has two seats in this turn", "该考生在本轮次有两个座位"));
            }
            match taken.insert((seat.turn, seat.room, &seat.seat), seat.candidate) {
                Some(other) if other != seat.candidate => {
                    let english = format!("seat {} is taken in turn {}", seat.seat, seat.turn);
                    return Err(Unfit::wrong(field + ".seat", english, format!("第 {} 轮座位 {} 已有人", seat.turn, seat.seat)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn seated(&self, candidate: CandidateId, turn: u32, fact: &str) -> Result<(), Unfit> {
        match self.seats.contains_key(&(candidate, turn)) {
            true => Ok(()),
            false => Err(Unfit::unknown(format!("{fact}.candidate_id"), candidate, "the seats of that turn")),
        }
    }

    fn can_enter(&self, candidate: CandidateId, turn: u32) -> Result<(), Unfit> {
        self.seated(candidate, turn, "entered")?;
        match self.attendance.of(candidate, turn) {
            Some(presence) if presence.left.is_some() => {
                Err(Unfit::state(candidate, "gone", "the candidate has handed in and left", "该考生已交卷离场"))
            }
            Some(presence) if !presence.rooms.is_empty() => {
                Err(Unfit::state(candidate, "inside", "tell of a move instead (moved)", "该考生已入场，换考场请用 moved"))
            }
            _ => Ok(()),
        }
    }

    /// `at`: what a device tells later may have happened before the candidate left.
    fn is_inside(&self, candidate: CandidateId, turn: u32, fact: &str, at: Option<Timestamp>) -> Result<(), Unfit> {
        self.seated(candidate, turn, fact)?;
        match self.attendance.of(candidate, turn) {
            Some(presence) if presence.left.is_some_and(|left| at.is_none_or(|at| at >= left)) => {
                Err(Unfit::state(candidate, "gone", "the candidate has handed in and left", "该考生已交卷离场"))
            }
            Some(presence) if !presence.rooms.is_empty() => Ok(()),
            _ => Err(Unfit::state(candidate, "outside", "tell of the entry first (entered)", "请先登记入场 entered")),
        }
    }

    /// `states`: whether it is started, and whether it is interrupted.
    fn turn_is(&self, number: u32, fact: &str, states: &[(bool, bool)]) -> Result<(), Unfit> {
        if self.planned_turn(number).is_none() {
            return Err(Unfit::unknown(format!("{fact}.turn"), format!("turn {number}"), "the plan of the session"));
        }
        let turn = self.turn(number);
        let state = (turn.started.is_some(), turn.paused);
        let word = match (turn.started, turn.paused, turn.ended) {
            (_, _, Some(_)) => "ended",
            (None, _, _) => "waiting",
            (_, true, _) => "paused",
            _ => "running",
        };
        match turn.ended.is_none() && states.contains(&state) {
            true => Ok(()),
            false => Err(Unfit::state(format!("turn {number}"), word, "states go forward only", "状态只能向前推进")),
        }
    }

    /// Another draw for the same session names its reason and the one before it, which is kept (story 2).
    fn can_announce(&self, it: &LotsCommitted) -> Result<(), Unfit> {
        let lottery = announced(it)?.lottery;
        let last = self.lots.held.last();
        let number = last.map_or(1, |(number, _)| number + 1);
        let previous = lottery.again().map(|again| again.previous);
        if lottery.number() != number || previous != last.map(|(_, digest)| *digest) {
            let english = format!("it must be draw {number} of the session, and name the reason and the draw before it");
            let chinese = format!("应为本场次第 {number} 次抽签，并写明理由和前一次抽签");
            return Err(Unfit::wrong("lots_committed.lottery", english, chinese));
        }
        Ok(())
    }

    /// What was announced, or what nobody had announced: that is a finding (G1).
    fn can_open(&self, it: &LotsDrawn) -> Result<(), Unfit> {
        let record = read(it.record.as_str())?;
        let wrong = |difference: lots::Difference| Unfit::wrong("lots_drawn.record", difference.to_string(), difference.zh());
        match &self.lots.open {
            Some(open) => record.verify_announced(open.commitment).map_err(wrong),
            None => {
                record.verify().map_err(wrong)?;
                self.can_draw(it.reason.is_some(), "lots_drawn.reason")
            }
        }
    }

    fn can_draw(&self, has_reason: bool, field: &str) -> Result<(), Unfit> {
        if self.lots.held.is_empty() || has_reason {
            return Ok(());
        }
        let english = "lots were drawn for this session: another draw needs its reason, and the first one is kept";
        Err(Unfit::wrong(field, english, "本场次已抽签；重新抽签须说明理由，原结果保留"))
    }
}
