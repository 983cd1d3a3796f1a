//! How this clock stands to the centre's, from four time stamps.
//!
//! Always: the way there and back is measured on the clock that never jumps, and an exchange during which the
//! system's clock was set counts for nothing.

use std::sync::Mutex;

use liuhen_proto::wire::ingest::v1::{ClockProbe, ClockReply};
use liuhen_proto::world::Clock;
use liuhen_proto::{BootTime, Timestamp};

use crate::clock::WallKeeper;

/// An offset, and how far it may be wrong, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    /// Recorder minus centre.
    pub(super) offset_us: i64,
    /// Half of the round trip.
    pub(super) error_us: i64,
}

/// An exchange that is under way, or was the last one.
#[derive(Debug, Clone, Copy)]
struct Asked {
    sent_us: i64,
    sent: BootTime,
    mapping: u32,
}

/// The last exchange.
#[derive(Debug, Default)]
pub(super) struct CentreClock(Mutex<(Option<Asked>, Option<Offset>)>);

impl CentreClock {
    /// A question to the centre; an answer to an earlier one counts no more.
    pub(super) fn ask(&self, clock: &dyn Clock, wall: &WallKeeper) -> ClockProbe {
        let mapping = wall.current();
        let sent = clock.boot_now();
        let sent_us = mapping.wall(sent).as_micros();
        let asked = Asked { sent_us, sent, mapping: mapping.mapping.version };
        self.0.lock().expect(UNHARMED).0 = Some(asked);
        ClockProbe { sent_us }
    }

    /// The mapping under which the last question was asked.
    pub(super) fn asked_under(&self) -> Option<u32> {
        self.0.lock().expect(UNHARMED).0.map(|asked| asked.mapping)
    }

    /// Takes a reply that has just arrived; waits for the disk where it is news. One that answers nothing, or that
    /// cannot be, is dropped.
    pub(super) fn take(&self, reply: &ClockReply, clock: &dyn Clock, wall: &WallKeeper) {
        let arrived = clock.boot_now();
        let Some(asked) = self.0.lock().expect(UNHARMED).0.filter(|asked| asked.sent_us == reply.sent_us) else { return };
        if wall.check().mapping.version != asked.mapping {
            return;
        }
        let received = asked.sent_us.saturating_add(arrived.since(asked.sent).as_micros());
        let Some(offset) = offset(reply, Timestamp::from_micros(received)) else { return };
        self.0.lock().expect(UNHARMED).1 = Some(offset);
        wall.compared(asked.mapping, offset.offset_us, offset.error_us);
    }

    /// The last offset.
    pub(super) fn get(&self) -> Option<Offset> {
        self.0.lock().expect(UNHARMED).1
    }
}

const UNHARMED: &str = "no one panics while holding the offset";

fn offset(reply: &ClockReply, received: Timestamp) -> Option<Offset> {
    let received_us = received.as_micros();
    let there = reply.sent_us.checked_sub(reply.centre_received_us)?;
    let back = received_us.checked_sub(reply.centre_sent_us)?;
    let on_the_way =
        received_us.checked_sub(reply.sent_us)?.checked_sub(reply.centre_sent_us.checked_sub(reply.centre_received_us)?)?;
    (on_the_way >= 0).then(|| Offset { offset_us: there.midpoint(back), error_us: on_the_way / 2 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use liuhen_proto::Span;
    use liuhen_proto::world::ManualClock;
    use proptest::prelude::*;

    #[test]
    fn an_exchange_counts_once_and_not_across_a_step() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_795_000_000_000_000)));
        let (wall, centre) = (WallKeeper::new(clock.clone()), CentreClock::default());
        // The centre's clock is five seconds behind; ten milliseconds each way.
        let exchange = |step_us: i64| {
            let probe = centre.ask(clock.as_ref(), &wall);
            let at = clock.now().as_micros() - 5_000_000 + 10_000;
            clock.advance(Span::from_millis(20));
            clock.step_wall(step_us);
            let reply = ClockReply { sent_us: probe.sent_us, centre_received_us: at, centre_sent_us: at };
            centre.take(&reply, clock.as_ref(), &wall);
        };
        exchange(3_600_000_000);
        assert_eq!(centre.get(), None);
        assert_eq!(centre.asked_under(), Some(1));
        clock.step_wall(-3_600_000_000);
        wall.check();
        exchange(0);
        assert_eq!(centre.get(), Some(Offset { offset_us: 5_000_000, error_us: 10_000 }));
        // What was never asked is no answer.
        centre.take(&ClockReply { sent_us: 1, centre_received_us: 1, centre_sent_us: 1 }, clock.as_ref(), &wall);
        assert_eq!(centre.get(), Some(Offset { offset_us: 5_000_000, error_us: 10_000 }));
    }

    proptest! {
        /// Whatever the delays on the way: the true offset lies within the error.
        #[test]
        fn the_truth_lies_within_the_error(ahead in -1i64 << 40..1i64 << 40, go in 0i64..1 << 30, stay in 0i64..1 << 20, back in 0i64..1 << 30) {
            let sent = 1_795_000_000_000_000;
            let (centre_received_us, centre_sent_us) = (sent - ahead + go, sent - ahead + go + stay);
            let reply = ClockReply { sent_us: sent, centre_received_us, centre_sent_us };
            let found = offset(&reply, Timestamp::from_micros(sent + go + stay + back)).unwrap();
            prop_assert!((found.offset_us - ahead).abs() <= found.error_us + 1);
        }

        #[test]
        fn rubbish_is_dropped_or_taken_but_never_panics(a: i64, b: i64, c: i64, d: i64) {
            offset(&ClockReply { sent_us: a, centre_received_us: b, centre_sent_us: c }, Timestamp::from_micros(d));
        }
    }
}
