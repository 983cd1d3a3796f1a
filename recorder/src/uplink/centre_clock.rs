//! How this clock stands to the centre's, from four time stamps.

use std::sync::Mutex;

use liuhen_proto::Timestamp;
use liuhen_proto::wire::ingest::v1::ClockReply;

/// An offset, and how far it may be wrong, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offset {
    /// Recorder minus centre.
    pub(super) offset_us: i64,
    /// Half of the round trip.
    pub(super) error_us: i64,
}

/// The last offset.
#[derive(Debug, Default)]
pub(super) struct CentreClock(Mutex<Option<Offset>>);

impl CentreClock {
    /// Takes a reply that arrived at `received`. One that cannot be is dropped.
    pub(super) fn take(&self, reply: &ClockReply, received: Timestamp) {
        let Some(offset) = offset(reply, received) else { return };
        *self.0.lock().expect("no one panics while holding the offset") = Some(offset);
    }

    /// The last offset.
    pub(super) fn get(&self) -> Option<Offset> {
        *self.0.lock().expect("no one panics while holding the offset")
    }
}

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
    use proptest::prelude::*;

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
