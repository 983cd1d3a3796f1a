//! Cases that were put together before, so that a check-in does not read the whole batch again.
//!
//! Always: a case that is kept is what its first so many facts make, and those never change; whoever uses it reads the
//! facts that came since. Not here: facts that are not committed.

use std::collections::HashMap;
use std::sync::Mutex;

use liuhen_process::case::{CaseId, State};

use super::Recorded;
use crate::{Error, Result};

/// So many cases are kept; what was used longest ago goes first.
const KEPT: usize = 512;

#[derive(Default)]
struct Kept {
    /// Counts uses.
    uses: u64,
    cases: HashMap<CaseId, (u64, u64, State)>,
}

/// The cases that are kept.
#[derive(Default)]
pub(super) struct Cases(Mutex<Kept>);

impl Cases {
    /// The case with the number of its facts; nothing is known of one that is not kept.
    pub(super) fn get(&self, id: CaseId) -> (u64, State) {
        let mut kept = self.lock();
        kept.uses += 1;
        let uses = kept.uses;
        match kept.cases.get_mut(&id) {
            Some((used, facts, state)) => {
                *used = uses;
                (*facts, state.clone())
            }
            None => (0, State::new(id.kind())),
        }
    }

    /// Lets the case that so many facts make take those that follow, in place while nobody else looks at it: a session of
    /// thousands of seats is not copied for each check-in. Nothing happens where somebody else was first.
    pub(super) fn take(&self, id: CaseId, from: u64, facts: &[Recorded]) -> Result<()> {
        let mut kept = self.lock();
        kept.uses += 1;
        let uses = kept.uses;
        let (used, have, state) = kept.cases.entry(id).or_insert_with(|| (uses, 0, State::new(id.kind())));
        if *have != from {
            return Ok(());
        }
        *used = uses;
        let mut taken = Ok(());
        for it in facts {
            taken = state.take(&it.fact, &it.telling, &it.findings).map_err(|unfit| (it, unfit));
            if taken.is_err() {
                break;
            }
            *have = it.number;
        }
        let taken = taken.map_err(|(it, unfit)| Error::inconsistent(it.telling.id.to_string(), unfit));
        if kept.cases.len() > KEPT {
            let oldest = kept.cases.iter().min_by_key(|(_, (used, ..))| *used).map(|(id, _)| *id);
            oldest.and_then(|id| kept.cases.remove(&id));
        }
        taken
    }

    /// Forgets a case.
    pub(super) fn forget(&self, id: CaseId) {
        self.lock().cases.remove(&id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().expect("no one panics while looking")
    }
}
