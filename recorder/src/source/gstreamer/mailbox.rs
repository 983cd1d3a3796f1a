//! From GStreamer's threads to the one who reads: a queue with bounds.
//!
//! In: units, signs of life and the end, from any thread. Out: the same in order, the end last. Whoever brings
//! a unit waits while the queue is full; once it is closed, nobody waits and nothing is taken.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::branch::Came;
use crate::source::SourceError;

/// The most units that wait.
const MAX_UNITS: usize = 256;
/// The most bytes that wait, besides the last unit.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// What comes out.
#[derive(Debug)]
pub(super) enum Letter {
    /// A frame.
    Unit(Box<Came>),
    /// Something came that is no frame.
    Alive,
}

#[derive(Debug, Default)]
struct State {
    units: VecDeque<Box<Came>>,
    bytes: usize,
    alive: bool,
    opened: bool,
    begun: bool,
    ended: Option<SourceError>,
    closed: bool,
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    state: Mutex<State>,
    room: Condvar,
    came: Notify,
}

/// Nobody reads any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        // No invariant spans two statements: what a panicking thread left is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings a unit; waits for room.
    pub(super) fn push(&self, unit: Box<Came>) -> Result<(), Closed> {
        let full = |state: &mut State| {
            !state.closed && state.ended.is_none() && (state.units.len() >= MAX_UNITS || state.bytes >= MAX_BYTES)
        };
        let mut state = self.room.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
        if state.closed || state.ended.is_some() {
            return Err(Closed);
        }
        state.bytes += unit.unit.data.len();
        state.units.push_back(unit);
        state.begun = true;
        drop(state);
        self.came.notify_one();
        Ok(())
    }

    /// Tells that the camera lives.
    pub(super) fn alive(&self) {
        self.state().alive = true;
        self.came.notify_one();
    }

    /// Tells that the camera has said yes to everything.
    pub(super) fn open(&self) {
        self.state().opened = true;
        self.came.notify_one();
    }

    /// Waits until the camera has said yes, or something came.
    pub(super) async fn opened(&self) -> Result<(), SourceError> {
        loop {
            {
                let state = self.state();
                if state.opened || state.alive || !state.units.is_empty() {
                    return Ok(());
                }
                if let Some(why) = &state.ended {
                    return Err(why.clone());
                }
            }
            self.came.notified().await;
        }
    }

    /// Ends the queue; the first reason stands.
    pub(super) fn end(&self, why: SourceError) {
        self.state().ended.get_or_insert(why);
        self.room.notify_all();
        self.came.notify_one();
    }

    /// Why it ended, if it did.
    pub(super) fn reason(&self) -> Option<SourceError> {
        self.state().ended.clone()
    }

    /// Whether a unit has ever come.
    pub(super) fn has_begun(&self) -> bool {
        self.state().begun
    }

    /// Nothing is read any more: whoever waits for room goes on.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.units.clear();
        drop(state);
        self.room.notify_all();
    }

    fn take(&self) -> Option<Result<Letter, SourceError>> {
        let mut state = self.state();
        if let Some(unit) = state.units.pop_front() {
            state.bytes = state.bytes.saturating_sub(unit.unit.data.len());
            self.room.notify_all();
            return Some(Ok(Letter::Unit(unit)));
        }
        if let Some(why) = &state.ended {
            return Some(Err(why.clone()));
        }
        std::mem::take(&mut state.alive).then_some(Ok(Letter::Alive))
    }

    /// Waits for what comes next. There is one reader. May be cancelled: nothing is lost.
    pub(super) async fn next(&self) -> Result<Letter, SourceError> {
        loop {
            if let Some(letter) = self.take() {
                return letter;
            }
            self.came.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn the_end_comes_last_and_the_first_reason_stands() {
        let mailbox = Mailbox::default();
        mailbox.push(Came::example(3)).unwrap();
        mailbox.end(SourceError::Ended);
        mailbox.end(SourceError::Closed("later".into()));
        assert_eq!(mailbox.push(Came::example(1)), Err(Closed));
        assert!(matches!(mailbox.next().await, Ok(Letter::Unit(unit)) if unit.unit.data.len() == 3));
        assert_eq!(mailbox.next().await.unwrap_err(), SourceError::Ended);
    }

    #[tokio::test]
    async fn who_brings_too_much_waits_until_there_is_room_or_nobody_reads() {
        let mailbox = Arc::new(Mailbox::default());
        for _ in 0..MAX_UNITS {
            mailbox.push(Came::example(1)).unwrap();
        }
        let other = Arc::clone(&mailbox);
        let bringer = std::thread::spawn(move || (other.push(Came::example(1)), other.push(Came::example(1))));
        mailbox.next().await.unwrap();
        while mailbox.state().units.len() < MAX_UNITS {
            std::thread::yield_now();
        }
        assert!(!bringer.is_finished());
        mailbox.close();
        assert_eq!(bringer.join().unwrap(), (Ok(()), Err(Closed)));
    }
}
