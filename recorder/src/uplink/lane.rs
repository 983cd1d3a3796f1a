//! How far one run has come on one connection. No I/O here.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{BootTime, Span};

/// After a REPEAT, how long at first; it doubles.
const FIRST_PAUSE: Span = Span::from_millis(500);
/// What was signed is sealed in seconds. Where that is not told for so long, the centre is asked again what it holds: it may
/// be another node that sealed it. Each time after twice as long, since it may also be refused for good.
const ASK_AGAIN: Span = Span::from_secs(60);
const ASK_AGAIN_AT_MOST: Span = Span::from_secs(3600);
/// What the protocol allows at most.
const MAX_CHUNK_BYTES: u32 = 64 * 1024;
const MIN_CHUNK_BYTES: u32 = 1024;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The centre has not been asked yet.
    New,
    /// Asked; the answer is on its way.
    Opening,
    /// Fragments may go.
    Open,
    /// The centre said STOP: nothing more of it until a person has looked and the recorder was started anew.
    Aside,
}

/// A fragment that is being sent.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) sequence: Sequence,
    bytes: Bytes,
    offset: usize,
}

/// One run on one connection.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) stage: Stage,
    window_bytes: u64,
    max_fragment_bytes: u32,
    max_chunk_bytes: usize,
    /// Sent or being sent, and not acknowledged: length by sequence.
    under_way: BTreeMap<Sequence, u32>,
    under_way_bytes: u64,
    /// Fragments before it were sent on this connection.
    pub(super) cursor: Sequence,
    /// Segments that end before it have their signature sent on this connection.
    pub(super) signed_before: Sequence,
    pub(super) end_sent: bool,
    pub(super) ended: bool,
    pub(super) transfer: Option<Transfer>,
    /// When the centre told what it holds, or something was signed for it.
    asked: Option<BootTime>,
    ask_after: Span,
    not_before: Option<BootTime>,
    pause: Span,
}

impl Lane {
    pub(super) const fn new() -> Self {
        Self {
            stage: Stage::New,
            window_bytes: 0,
            max_fragment_bytes: 0,
            max_chunk_bytes: 0,
            under_way: BTreeMap::new(),
            under_way_bytes: 0,
            cursor: Sequence::FIRST,
            signed_before: Sequence::FIRST,
            end_sent: false,
            ended: false,
            transfer: None,
            asked: None,
            ask_after: ASK_AGAIN,
            not_before: None,
            pause: FIRST_PAUSE,
        }
    }

    /// The centre takes the run, under its own limits.
    pub(super) fn opened(&mut self, opened: &pb::RunOpened, now: BootTime) {
        self.stage = Stage::Open;
        self.asked = Some(now);
        self.window_bytes = opened.window_bytes.into();
        self.max_fragment_bytes = opened.max_fragment_bytes;
        self.max_chunk_bytes = opened.max_chunk_bytes.clamp(MIN_CHUNK_BYTES, MAX_CHUNK_BYTES) as usize;
    }

    /// Segments before `next` have their signature sent.
    pub(super) const fn signed(&mut self, next: Sequence, now: BootTime) {
        self.signed_before = next;
        self.asked = Some(now);
    }

    /// Whether the centre may be asked again what it holds: it owes nothing, and long ago was the last word.
    pub(super) fn may_ask_again(&self, now: BootTime) -> bool {
        let long_ago = self.asked.is_some_and(|asked| now.since(asked) > self.ask_after);
        long_ago && self.stage == Stage::Open && self.transfer.is_none() && !self.waits_for_answer()
    }

    /// Asks it with the next opening.
    pub(super) fn ask_again(&mut self) {
        let ask_after = self.ask_after.times(2).min(ASK_AGAIN_AT_MOST);
        *self = Self { ended: self.ended, pause: self.pause, ask_after, ..Self::new() };
    }

    /// Whether something of the run may be sent now.
    pub(super) fn may_send(&self, now: BootTime) -> bool {
        self.stage != Stage::Aside && self.stage != Stage::Opening && self.not_before.is_none_or(|at| now >= at)
    }

    /// Whether a fragment of that length fits the window. One alone always does.
    pub(super) fn fits(&self, size_bytes: u32) -> bool {
        self.under_way.is_empty() || self.under_way_bytes + u64::from(size_bytes) <= self.window_bytes
    }

    /// Whether the centre would take a fragment of that length at all.
    pub(super) const fn takes(&self, size_bytes: u32) -> bool {
        size_bytes <= self.max_fragment_bytes
    }

    /// Begins to send a fragment.
    pub(super) fn begin(&mut self, sequence: Sequence, bytes: Bytes) {
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if self.under_way.insert(sequence, size).is_none() {
            self.under_way_bytes += u64::from(size);
        }
        self.cursor = sequence.next();
        self.transfer = Some(Transfer { sequence, bytes, offset: 0 });
    }

    /// The next piece of the fragment that is being sent, of at most so many bytes: sequence, offset, bytes.
    pub(super) fn chunk(&mut self, most: usize) -> Option<(Sequence, u32, Bytes)> {
        let transfer = self.transfer.as_mut()?;
        let (start, end) = (transfer.offset, transfer.bytes.len().min(transfer.offset + self.max_chunk_bytes.min(most)));
        let piece = transfer.bytes.slice(start..end);
        let sequence = transfer.sequence;
        transfer.offset = end;
        if end == transfer.bytes.len() {
            self.transfer = None;
        }
        Some((sequence, u32::try_from(start).unwrap_or(u32::MAX), piece))
    }

    /// The centre has these: their room in the window is free again.
    pub(super) fn acknowledged(&mut self, first: Sequence, last: Sequence) {
        self.pause = FIRST_PAUSE;
        if first > last {
            return;
        }
        let done: Vec<_> = self.under_way.range(first..=last).map(|(&sequence, _)| sequence).collect();
        done.into_iter().for_each(|sequence| self.no_longer_under_way(sequence));
    }

    /// The centre wants it again, after a while: the fragment, or where none is named the opening.
    pub(super) fn repeat(&mut self, sequence: Option<Sequence>, now: BootTime) {
        let at = now.as_micros() + self.pause.as_micros().unsigned_abs();
        self.not_before = Some(BootTime::from_micros(at));
        self.pause = self.pause.times(2).min(Span::from_secs(30));
        match sequence {
            Some(sequence) => {
                self.drop_transfer(sequence);
                self.no_longer_under_way(sequence);
                self.cursor = self.cursor.min(sequence);
            }
            None => *self = Self { pause: self.pause, not_before: self.not_before, ended: self.ended, ..Self::new() },
        }
    }

    /// The centre does not want the fragment.
    pub(super) fn skip(&mut self, sequence: Sequence) {
        self.drop_transfer(sequence);
        self.no_longer_under_way(sequence);
    }

    /// The centre wants nothing of the run.
    pub(super) fn put_aside(&mut self) {
        *self = Self { stage: Stage::Aside, ..Self::new() };
    }

    /// Whether the centre owes an answer.
    pub(super) fn waits_for_answer(&self) -> bool {
        self.stage == Stage::Opening || !self.under_way.is_empty() || (self.end_sent && !self.ended)
    }

    fn drop_transfer(&mut self, sequence: Sequence) {
        if self.transfer.as_ref().is_some_and(|transfer| transfer.sequence == sequence) {
            self.transfer = None;
        }
    }

    fn no_longer_under_way(&mut self, sequence: Sequence) {
        if let Some(size) = self.under_way.remove(&sequence) {
            self.under_way_bytes = self.under_way_bytes.saturating_sub(size.into());
        }
    }
}

/// How long the centre may owe an answer before the connection counts as dead.
pub(super) const STALLED: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(place: u64) -> Sequence {
        Sequence::new(place).unwrap()
    }

    fn open(window_bytes: u32) -> Lane {
        let mut lane = Lane::new();
        let limits = pb::RunOpened { window_bytes, max_fragment_bytes: 1 << 20, max_chunk_bytes: 1 << 30, ..Default::default() };
        lane.opened(&limits, BootTime::from_micros(0));
        lane
    }

    #[test]
    fn pieces_touch_and_are_never_larger_than_allowed() {
        let mut lane = open(1 << 20);
        let bytes: Bytes = (0..200_000u32).map(|i| i as u8).collect();
        lane.begin(at(7), bytes.clone());
        let mut whole = Vec::new();
        while let Some((sequence, offset, piece)) = lane.chunk(usize::MAX) {
            assert_eq!((sequence, offset as usize), (at(7), whole.len()));
            assert!(!piece.is_empty() && piece.len() <= 64 * 1024);
            whole.extend(piece);
        }
        assert_eq!(whole, bytes);
    }

    #[test]
    fn repeat_waits_and_stop_is_final() {
        let mut lane = open(1 << 20);
        lane.begin(at(0), Bytes::from_static(b"x"));
        let now = BootTime::from_micros(1_000_000);
        lane.repeat(Some(at(0)), now);
        assert!(!lane.may_send(now) && lane.may_send(BootTime::from_micros(1_500_000)));
        assert_eq!(lane.cursor, at(0));
        lane.put_aside();
        assert!(!lane.may_send(BootTime::from_micros(u64::MAX)) && !lane.waits_for_answer());
    }

    #[test]
    fn the_centre_is_asked_again_once_it_owes_nothing_for_a_minute() {
        let minute = |minutes: u64| BootTime::from_micros(minutes * 60_000_001);
        let mut lane = open(1 << 20);
        lane.begin(at(0), Bytes::from_static(b"x"));
        while lane.chunk(usize::MAX).is_some() {}
        lane.signed(at(1), minute(1));
        assert!(!lane.may_ask_again(minute(3)), "it owes an answer; that is looked after elsewhere");
        lane.acknowledged(at(0), at(0));
        assert!(!lane.may_ask_again(minute(1)) && lane.may_ask_again(minute(2)));
        lane.ask_again();
        assert_eq!((lane.stage, lane.may_ask_again(minute(9))), (Stage::New, false));
        lane.opened(&pb::RunOpened::default(), minute(10));
        assert!(!lane.may_ask_again(minute(11)) && lane.may_ask_again(minute(12)));
    }

    proptest! {
        /// Whatever is sent and acknowledged: the window holds, unless one fragment alone is larger.
        #[test]
        fn the_window_holds(steps in prop::collection::vec((1u32..400, any::<bool>(), 0u64..20), 1..100)) {
            let mut lane = open(1_000);
            let mut next = 0;
            for (size, acknowledge, back) in steps {
                if acknowledge {
                    lane.acknowledged(at(0), at(next.max(back) - back));
                } else if lane.fits(size) {
                    lane.begin(at(next), Bytes::from(vec![0; size as usize]));
                    next += 1;
                }
                prop_assert!(lane.under_way_bytes <= 1_000);
                prop_assert_eq!(lane.under_way_bytes, lane.under_way.values().map(|size| u64::from(*size)).sum::<u64>());
            }
        }
    }
}
