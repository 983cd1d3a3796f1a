//! When a viewpoint must be recorded, where nobody has said it more exactly.

use std::collections::BTreeMap;

use liuhen_proto::ids::RoomId;
use liuhen_proto::time::IntervalError;
use liuhen_proto::{Interval, Span};

use crate::Clause;
use crate::calendar::Date;
use crate::case::View;

/// From so long before the start of an exam to so long after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowRule {
    /// Admission of the candidates begins so long before the start.
    pub before_start: Span,
    /// Sealing of the papers is done so long after the end.
    pub after_end: Span,
    /// What it rests on.
    pub clause: Clause,
}

/// The whole process is recorded (S四(四)2(1), T七(二)1): in exam rooms from the admission of the
/// candidates to the sealing of the papers. The times are the house's default for it (H2).
pub const EXAM_ROOM: WindowRule = WindowRule {
    before_start: Span::from_secs(45 * 60),
    after_end: Span::from_secs(30 * 60),
    clause: Clause("S四(四)2(1), T七(二)1"),
};

impl WindowRule {
    /// The window in which a room of this exam must be recorded.
    ///
    /// Fails only for an exam at the very end of time.
    pub fn expected(self, exam: Interval) -> Result<Interval, IntervalError> {
        Interval::new(exam.start().before(self.before_start), exam.end().after(self.after_end))
    }
}

/// When each room of a session must be recorded, as far as it is planned and as things went: from the plan, longer where
/// minutes were given back, a turn ended late or the papers were sealed later; never shorter, and never waiting for
/// somebody to press Start. Rooms that are exempt are not in it (E四(五)1).
pub fn rooms(view: &View) -> BTreeMap<RoomId, Interval> {
    let session = &view.session;
    let (Some(plan), Some(exam)) = (&session.plan, session.exam()) else { return BTreeMap::new() };
    let given = session.attendance.compensated.values().max().copied().unwrap_or_default();
    let late = session.turns.values().filter_map(|turn| turn.ended).max();
    let end = exam.end().after(given).max(late.unwrap_or(exam.end()));
    let Ok(exam) = Interval::new(exam.start(), end) else { return BTreeMap::new() };
    let Ok(window) = EXAM_ROOM.expected(exam) else { return BTreeMap::new() };
    let end = window.end().max(session.sealed.unwrap_or(window.end()));
    let Ok(window) = Interval::new(window.start(), end) else { return BTreeMap::new() };
    let all = plan.rooms.iter().map(|room| room.room).chain(plan.standby_rooms.iter().copied());
    let all = all.chain(plan.secure_rooms.iter().copied());
    let day = Date::of(exam.start());
    all.filter(|room| view.exempt(*room, day).is_none()).map(|room| (room, window)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Timestamp;

    #[test]
    fn an_exam_room_is_recorded_from_45_minutes_before_to_30_minutes_after() {
        let minute = |n: i64| Timestamp::from_micros(n * 60_000_000);
        let exam = Interval::new(minute(1_000), minute(1_120)).unwrap();
        let window = EXAM_ROOM.expected(exam).unwrap();
        assert_eq!((window.start(), window.end()), (minute(955), minute(1_150)));
    }
}
