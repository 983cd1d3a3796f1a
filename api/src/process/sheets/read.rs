//! From a file to the facts that its rows tell.

use std::sync::Arc;

use liuhen_archive::records::Known;
use liuhen_process::fact::Fact;
use liuhen_process::fact::words::Subject;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::{OrganizationId, StaffId};
use liuhen_proto::world::Randomness;
use liuhen_sheets::form::{Entry, Filled, fill};
use liuhen_sheets::{Trouble, Troubles};

use super::{Shape, persons, plan, rooms, scores, seats};
use crate::people::mask;
use crate::vault::Vault;

/// With what rows are read.
pub(super) struct Reading<'a> {
    pub(super) known: &'a Known,
    pub(super) vault: &'a Vault,
    pub(super) random: &'a dyn Randomness,
    pub(super) now: Timestamp,
    /// Of scores, where the file does not say.
    pub(super) subject: Option<Subject>,
    /// Whose batch it is.
    pub(super) organization: Option<OrganizationId>,
    /// Who enters scores.
    pub(super) clerk: Option<StaffId>,
}

/// A fact, and the rows that tell it, in the order of what it names.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) row: u32,
    pub(super) fact: Fact,
    /// Rows by the candidate whom they are about, where a fact is about many.
    pub(super) rows: Vec<(String, u32)>,
}

/// The rows of a file.
pub(super) struct Sheet {
    pub(super) filled: Filled,
    pub(super) told: Vec<Told>,
}

/// Reads a file as a form.
pub(super) fn filled(file: &[u8], sheet: Option<&str>, shape: Shape) -> Result<Filled, Troubles> {
    fill(&liuhen_sheets::read(file)?, shape.form(), sheet)
}

/// What its rows tell.
pub(super) fn told(filled: &Filled, shape: Shape, reading: &Reading<'_>) -> Result<Vec<Told>, Troubles> {
    match shape {
        Shape::Roster | Shape::Enrolment => persons::facts(reading, filled),
        Shape::Arrangement => rooms::facts(reading, filled),
        Shape::Seats => seats::facts(reading, filled),
        Shape::Scores => scores::facts(reading, filled),
        Shape::Plan => plan::facts(reading, filled),
    }
}

/// Goes over all rows: what is wrong with any of them is told together.
pub(super) fn each<'a, T>(filled: &'a Filled, mut take: impl FnMut(&'a Entry) -> Result<T, Trouble>) -> Result<Vec<T>, Troubles> {
    let (mut taken, mut troubles) = (Vec::with_capacity(filled.entries.len()), Troubles::default());
    for entry in &filled.entries {
        match take(entry) {
            Ok(it) => taken.push(it),
            Err(trouble) => troubles.push(trouble),
        }
    }
    if troubles.is_empty() { Ok(taken) } else { Err(troubles) }
}

/// Whether a row names the person whom it is about, masked or not.
pub(super) fn is_name(said: &str, name: &str) -> bool {
    said == name || said == mask::name(name)
}

/// What a row needs in a new thread.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) vault: Arc<Vault>,
    pub(super) random: Arc<dyn Randomness>,
    pub(super) now: Timestamp,
}
