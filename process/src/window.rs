//! When a viewpoint must be recorded, where nobody has said it more exactly.

use liuhen_proto::time::IntervalError;
use liuhen_proto::{Interval, Span};

use crate::Clause;

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
