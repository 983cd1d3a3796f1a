//! What holds of a session whatever is told, said without the code that keeps it.

use std::collections::BTreeSet;

use liuhen_proto::Timestamp;

use crate::case::session::{Session, TurnState};
use crate::case::{Phase, Telling};
use crate::fact::Fact;

/// A pause is no step back.
fn rank(phase: Phase) -> Phase {
    if phase == Phase::Paused { Phase::Running } else { phase }
}

/// Waits, runs, is interrupted, is over.
fn word(turn: TurnState) -> &'static str {
    match (turn.started, turn.paused, turn.ended) {
        (_, _, Some(_)) => "ended",
        (None, ..) => "waiting",
        (Some(_), true, None) => "paused",
        (Some(_), false, None) => "running",
    }
}

/// From which states a fact takes a turn, and to which.
fn steps(fact: &Fact) -> Option<(u32, &'static [&'static str], &'static str)> {
    match fact {
        Fact::TurnStarted(it) => Some((it.turn, &["waiting"], "running")),
        Fact::TurnPaused(it) => Some((it.turn, &["running"], "paused")),
        Fact::TurnResumed(it) => Some((it.turn, &["paused"], "running")),
        Fact::TurnEnded(it) => Some((it.turn, &["running", "paused"], "ended")),
        _ => None,
    }
}

/// What a fact that was taken has done.
pub(crate) fn step(was: &Session, is: &Session, fact: &Fact, telling: &Telling) -> Result<(), String> {
    let moved = (was.phase(), is.phase());
    must(rank(moved.1) >= rank(moved.0), || format!("{moved:?}: back"))?;
    must(is.findings.starts_with(&was.findings), || "a finding was changed".to_owned())?;
    must(was.phase() <= Phase::Ready || was.plan == is.plan, || "the plan changed after it began".to_owned())?;
    turns(was, is, fact)?;
    if let Some(sealed) = was.sealed {
        after_sealing(was, is, sealed, telling)?;
    }
    Ok(())
}

fn turns(was: &Session, is: &Session, fact: &Fact) -> Result<(), String> {
    let step = steps(fact);
    for number in 1..6 {
        let (before, after) = (word(was.turn(number)), word(is.turn(number)));
        match step.filter(|(turn, ..)| *turn == number) {
            Some((_, from, to)) => must(from.contains(&before) && after == to, || format!("turn {number}: {before} to {after}"))?,
            None => must(before == after, || format!("turn {number} went from {before} to {after} by itself"))?,
        }
    }
    Ok(())
}

/// Sealed once, and nothing happens in the rooms from then on.
fn after_sealing(was: &Session, is: &Session, sealed: Timestamp, telling: &Telling) -> Result<(), String> {
    must(is.sealed == Some(sealed), || "sealed twice".to_owned())?;
    if telling.occurred < sealed {
        return Ok(());
    }
    let rooms = |session: &Session| (session.attendance.clone(), session.material.clone(), session.ready.clone());
    must(rooms(was) == rooms(is), || "something happened after sealing".to_owned())
}

/// What holds of a session at any time: one seat for one candidate in a turn, and the other way round.
pub(crate) fn state(is: &Session) -> Result<(), String> {
    let places: BTreeSet<_> = is.seats.values().map(|seat| (seat.turn, seat.room, &seat.seat)).collect();
    must(places.len() == is.seats.len(), || "two sit on one seat".to_owned())?;
    let gone = is.attendance.candidates.values().filter(|presence| presence.left.is_some());
    must(gone.into_iter().all(|presence| !presence.rooms.is_empty()), || "somebody left who never came".to_owned())?;
    let over = is.turns.values().all(|turn| turn.ended.is_none() || turn.started.is_some());
    must(over, || "a turn ended that never began".to_owned())?;
    let sealed = is.sealed.is_none() || is.turns.values().all(|turn| turn.started.is_none() || turn.ended.is_some());
    must(sealed, || "sealed while a turn runs".to_owned())
}

fn must(holds: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken()) }
}
