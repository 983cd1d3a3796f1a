//! What is known of a session: its plan, people, seats, turns, material.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_proto::ids::{CameraId, CandidateId, ExemptionId, RoomId, StaffId};
use liuhen_proto::{Interval, Sha256, Timestamp, canonical};

use super::incident::Papers;
use super::presence::{Attendance, Identity};
use super::{Telling, Unfit, View, Waived, batch};
use crate::calendar::Date;
use crate::fact::Fact;
use crate::fact::parts::{Seat, Turn};
use crate::fact::plan::SessionPlanned;
use crate::fact::words::{Duty, MaterialKind, MaterialStep, TraceKind};
use crate::finding::Finding;
use crate::lots::{Announcement, DrawRecord};

mod check;

pub(crate) use check::drawn;
pub(super) use check::fits;

/// How far a session is; forward only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Nothing is known but that it is.
    New,
    /// It has turns and rooms.
    Planned,
    /// A room may begin.
    Ready,
    /// Somebody has checked in.
    CheckedIn,
    /// A turn has begun.
    Running,
    /// All turns that had begun are interrupted.
    Paused,
    /// All turns are over.
    Ended,
    /// The papers are sealed.
    Sealed,
}

impl Phase {
    /// As people read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Planned => "planned",
            Self::Ready => "ready",
            Self::CheckedIn => "checked_in",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Sealed => "sealed",
        }
    }
}

/// How far a turn is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TurnState {
    /// When it began.
    pub started: Option<Timestamp>,
    /// It is interrupted.
    pub paused: bool,
    /// When it was over.
    pub ended: Option<Timestamp>,
}

/// Who does what, where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Who.
    pub staff: StaffId,
    /// What.
    pub duty: Duty,
    /// Where; the whole session where it is not set.
    pub room: Option<RoomId>,
}

/// How invigilators came to their rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LotState {
    /// Draws that were announced or held on paper, by number, with what names them.
    pub held: Vec<(u32, Sha256)>,
    /// What was announced and is not drawn yet.
    pub open: Option<Announcement>,
    /// How many draws were held.
    pub draws: u32,
    /// Who is left, in drawn order.
    pub reserves: Vec<StaffId>,
}

/// A session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// The plan; nothing before.
    pub plan: Option<SessionPlanned>,
    /// Who sits where, by turn.
    pub seats: BTreeMap<(CandidateId, u32), Seat>,
    /// Who does what.
    pub duties: Vec<Held>,
    /// Whether examiners were sent.
    pub dispatched: bool,
    /// Lots.
    pub lots: LotState,
    /// Cameras with the day on which a recording of theirs was played back, and whether it worked.
    pub tests: BTreeMap<CameraId, (Date, bool)>,
    /// Who is where.
    pub attendance: Attendance,
    /// Counts of material by kind and step.
    pub material: BTreeMap<(MaterialKind, MaterialStep), u32>,
    /// Incidents, forms, checklists.
    pub papers: Papers,
    /// Rooms that may begin.
    pub ready: BTreeSet<RoomId>,
    /// How far each turn is.
    pub turns: BTreeMap<u32, TurnState>,
    /// What was kept instead of recordings.
    pub traces: BTreeSet<(ExemptionId, RoomId, TraceKind)>,
    /// When the papers were sealed.
    pub sealed: Option<Timestamp>,
    /// What rules found.
    pub findings: Vec<Finding>,
    /// Findings that were let pass.
    pub waived: Waived,
    /// Who heard whom at an appraisal, by turn: the last time.
    pub defences: BTreeMap<(CandidateId, u32), BTreeSet<StaffId>>,
    /// When the supervision service platform took its recordings in.
    pub received: Option<Date>,
}

impl Session {
    /// How far it is.
    pub fn phase(&self) -> Phase {
        let Some(plan) = &self.plan else { return Phase::New };
        let started = self.turns.values().any(|turn| turn.started.is_some());
        let over = plan.turns.iter().all(|turn| self.turn(turn.number).ended.is_some());
        let running = self.turns.values().any(|turn| turn.started.is_some() && turn.ended.is_none() && !turn.paused);
        match () {
            () if self.sealed.is_some() => Phase::Sealed,
            () if started && over => Phase::Ended,
            () if started && !running && self.turns.values().any(|turn| turn.paused) => Phase::Paused,
            () if started => Phase::Running,
            () if self.attendance.has_begun() => Phase::CheckedIn,
            () if !self.ready.is_empty() => Phase::Ready,
            () => Phase::Planned,
        }
    }

    /// A turn of the plan.
    pub fn planned_turn(&self, number: u32) -> Option<&Turn> {
        self.plan.as_ref()?.turns.iter().find(|turn| turn.number == number)
    }

    /// How far a turn is.
    pub fn turn(&self, number: u32) -> TurnState {
        self.turns.get(&number).copied().unwrap_or_default()
    }

    /// From the first turn's start to the last one's end.
    pub fn exam(&self) -> Option<Interval> {
        let turns = &self.plan.as_ref()?.turns;
        let start = turns.iter().map(|turn| turn.interval.start()).min()?;
        let end = turns.iter().map(|turn| turn.interval.end()).max()?;
        Interval::new(start, end).ok()
    }

    /// When a turn is over for a candidate: its end and the minutes given back.
    pub fn end_for(&self, candidate: CandidateId, turn: &Turn) -> Timestamp {
        let given = self.attendance.compensated.get(&candidate).copied().unwrap_or_default();
        turn.interval.end().after(given)
    }

    /// Who does something, in a room or for the whole session.
    pub fn on(&self, duty: Duty, room: Option<RoomId>) -> impl Iterator<Item = &Held> {
        let there = move |held: &&Held| room.is_none() || held.room.is_none() || held.room == room;
        self.duties.iter().filter(move |held| held.duty == duty).filter(there)
    }

    /// Candidates who sit in a room, in whichever turn.
    pub fn candidates_in(&self, room: RoomId) -> impl Iterator<Item = CandidateId> {
        self.seats.values().filter(move |seat| seat.room == room).map(|seat| seat.candidate)
    }

    /// Rooms of the plan.
    pub fn rooms(&self) -> impl Iterator<Item = RoomId> {
        self.plan.iter().flat_map(|plan| plan.rooms.iter().map(|room| room.room))
    }

    /// So much of a kind of material went through a step.
    pub fn counted(&self, kind: MaterialKind, step: MaterialStep) -> u32 {
        self.material.get(&(kind, step)).copied().unwrap_or(0)
    }

    /// Findings that nobody has let pass.
    pub fn standing_findings(&self) -> impl Iterator<Item = &Finding> {
        self.waived.mark(&self.findings).filter(|(_, waived)| !waived).map(|(finding, _)| finding)
    }

    pub(super) fn apply(&mut self, fact: &Fact, telling: &Telling, findings: &[Finding]) -> Result<(), Unfit> {
        self.check(fact, telling)?;
        self.attendance.apply(fact, telling);
        self.papers.apply(fact, telling);
        self.apply_own(fact, telling);
        self.findings.extend_from_slice(findings);
        Ok(())
    }

    fn apply_own(&mut self, fact: &Fact, telling: &Telling) {
        match fact {
            Fact::SessionPlanned(it) => self.plan = Some(it.clone()),
            Fact::SeatsAssigned(it) => {
                self.seats.extend(it.seats.iter().map(|seat| ((seat.candidate, seat.turn), seat.clone())));
            }
            Fact::DutyAssigned(it) => self.duties.push(Held { staff: it.staff, duty: it.duty, room: it.room }),
            Fact::DutyEnded(it) => self.duties.retain(|held| (held.staff, held.duty) != (it.staff, it.duty)),
            Fact::ExaminersDispatched(it) => self.dispatch(it),
            Fact::LotsCommitted(it) => {
                if let Ok(announced) = check::announced(it) {
                    self.lots.held.push((announced.lottery.number(), announced.commitment));
                    self.lots.open = Some(announced);
                }
            }
            Fact::LotsDrawnByHand(it) => {
                let number = u32::try_from(self.lots.held.len() + 1).unwrap_or(u32::MAX);
                self.lots.held.push((number, Sha256::of(&canonical::to_bytes(it))));
                self.draw(it.places.iter().map(|place| (place.staff, place.room)), &it.reserves);
            }
            Fact::LotsDrawn(it) => {
                if let Ok(record) = DrawRecord::from_bytes(it.record.as_str().as_bytes()) {
                    if self.lots.open.take().is_none() {
                        self.lots.held.push((record.lottery.number(), record.commitment));
                    }
                    self.draw(record.result.iter().map(|seat| (seat.staff, seat.room)), &record.reserves);
                }
            }
            Fact::ReserveTaken(it) => {
                self.lots.reserves.retain(|reserve| *reserve != it.reserve);
                for held in self.duties.iter_mut().filter(|held| held.staff == it.absent && held.duty == Duty::Invigilator) {
                    held.staff = it.reserve;
                }
            }
            Fact::CameraTested(it) => {
                self.tests.insert(it.camera, (telling.day(), it.works));
            }
            Fact::MaterialHandled(it) => {
                let sum = self.material.entry((it.material, it.step)).or_default();
                *sum = sum.saturating_add(it.count);
            }
            Fact::RoomReady(it) => {
                self.ready.insert(it.room);
            }
            Fact::TurnStarted(it) => self.turns.entry(it.turn).or_default().started = Some(telling.occurred),
            Fact::TurnPaused(it) => self.turns.entry(it.turn).or_default().paused = true,
            Fact::TurnResumed(it) => self.turns.entry(it.turn).or_default().paused = false,
            Fact::TurnEnded(it) => {
                let turn = self.turns.entry(it.turn).or_default();
                (turn.ended, turn.paused) = (Some(telling.occurred), false);
            }
            Fact::SessionSealed(_) => self.sealed = Some(telling.occurred),
            Fact::TraceKept(it) => {
                self.traces.insert((it.exemption, it.room, it.trace));
            }
            Fact::FindingWaived(_) => self.waived.take(&self.findings, fact),
            Fact::DefenceHeld(it) => {
                self.defences.insert((it.candidate, it.turn), it.examiners.iter().copied().collect());
            }
            Fact::SessionReceived(it) => self.received = Some(it.received_on),
            _ => {}
        }
    }

    fn dispatch(&mut self, it: &crate::fact::plan::ExaminersDispatched) {
        self.dispatched = true;
        self.duties.retain(|held| !matches!(held.duty, Duty::Examiner | Duty::LeadExaminer));
        for panel in &it.panels {
            for examiner in &panel.examiners {
                let duty = if panel.lead == Some(*examiner) { Duty::LeadExaminer } else { Duty::Examiner };
                self.duties.push(Held { staff: *examiner, duty, room: Some(panel.room) });
            }
        }
    }

    fn draw(&mut self, places: impl Iterator<Item = (StaffId, RoomId)>, reserves: &[StaffId]) {
        self.lots.draws += 1;
        self.lots.reserves = reserves.to_vec();
        self.duties.retain(|held| held.duty != Duty::Invigilator);
        self.duties.extend(places.map(|(staff, room)| Held { staff, duty: Duty::Invigilator, room: Some(room) }));
    }

    /// Whether somebody was checked in for a turn, and is not refused.
    pub fn is_checked_in(&self, candidate: CandidateId, turn: u32) -> bool {
        let presence = self.attendance.of(candidate, turn);
        presence.is_some_and(|presence| presence.identity.is_some_and(|identity| identity != Identity::Refused))
    }
}

/// The staff that a fact names.
pub(super) fn staff_of(fact: &Fact) -> Vec<(StaffId, &'static str)> {
    match fact {
        Fact::DutyAssigned(it) => vec![(it.staff, "duty_assigned.staff_id")],
        Fact::StaffArrived(it) => vec![(it.staff, "staff_arrived.staff_id")],
        Fact::IncidentDecided(it) => vec![(it.supervisor, "incident_decided.supervisor_id")],
        Fact::FormFilled(it) => vec![(it.supervisor, "form_filled.supervisor_id")],
        Fact::ReserveTaken(it) => vec![(it.reserve, "reserve_taken.reserve_id")],
        Fact::ExaminersDispatched(it) => {
            let examiners = it.panels.iter().flat_map(|panel| &panel.examiners);
            examiners.map(|examiner| (*examiner, "examiners_dispatched.panels.examiner_ids")).collect()
        }
        Fact::LotsDrawnByHand(it) => it.places.iter().map(|place| (place.staff, "lots_drawn_by_hand.places.staff_id")).collect(),
        Fact::MaterialHandled(it) => it.signed_by.iter().map(|staff| (*staff, "material_handled.signed_by_ids")).collect(),
        Fact::DefenceHeld(it) => it.examiners.iter().map(|staff| (*staff, "defence_held.examiner_ids")).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn known_staff(view: &View, fact: &Fact) -> Result<(), Unfit> {
    staff_of(fact).into_iter().try_for_each(|(staff, field)| batch::known_staff(view, staff, field))
}
