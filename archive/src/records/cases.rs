//! Cases that were put together before, so that a check-in does not read the whole batch again.
//!
//! Always: a case that is kept is what its first so many facts make, and those never change; whoever uses it reads the
//! facts that came since. Not here: facts that are not committed.

use std::collections::HashMap;
use std::sync::Mutex;

use liuhen_process::case::{CaseId, State};

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
        let mut kept = self.0.lock().expect("no one panics while looking");
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

    /// Keeps a case, unless a newer one is kept.
    pub(super) fn keep(&self, id: CaseId, facts: u64, state: &State) {
        let mut kept = self.0.lock().expect("no one panics while looking");
        if kept.cases.get(&id).is_some_and(|(_, newer, _)| *newer >= facts) {
            return;
        }
        kept.uses += 1;
        let uses = kept.uses;
        kept.cases.insert(id, (uses, facts, state.clone()));
        if kept.cases.len() > KEPT {
            let oldest = kept.cases.iter().min_by_key(|(_, (used, ..))| *used).map(|(id, _)| *id);
            oldest.and_then(|id| kept.cases.remove(&id));
        }
    }

    /// Forgets a case of which fewer facts are there than were.
    pub(super) fn forget(&self, id: CaseId) {
        self.0.lock().expect("no one panics while looking").cases.remove(&id);
    }
}
