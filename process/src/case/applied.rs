//! Whose a ticket and an identity document are in a batch.
//!
//! Always: it follows from the candidates, and changes with them; it is there so that an application is not compared with
//! ten thousand others. Two may share a document, which a rule finds (B6), and never a ticket when they apply.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_proto::Sha256;
use liuhen_proto::ids::CandidateId;

use crate::fact::batch::CandidateEnrolled;
use crate::text::Text;

/// Who applied with what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    tickets: BTreeMap<Text<40>, BTreeSet<CandidateId>>,
    documents: BTreeMap<Sha256, BTreeSet<CandidateId>>,
}

impl Applied {
    /// The first who has the ticket.
    pub fn with_ticket(&self, ticket: &Text<40>) -> Option<CandidateId> {
        self.tickets.get(ticket)?.first().copied()
    }

    /// The first whose document it is, by the keyed hash of its number.
    pub fn with_document(&self, hash: &Sha256) -> Option<CandidateId> {
        self.documents.get(hash)?.first().copied()
    }

    pub(super) fn add(&mut self, it: &CandidateEnrolled) {
        if let Some(ticket) = &it.ticket {
            self.tickets.entry(ticket.clone()).or_default().insert(it.candidate);
        }
        self.documents.entry(it.id_number.hash).or_default().insert(it.candidate);
    }

    /// What the candidate had is another's to have.
    pub(super) fn remove(&mut self, it: &CandidateEnrolled) {
        if let Some(ticket) = &it.ticket {
            leave(&mut self.tickets, ticket, it.candidate);
        }
        leave(&mut self.documents, &it.id_number.hash, it.candidate);
    }
}

fn leave<K: Ord>(owners: &mut BTreeMap<K, BTreeSet<CandidateId>>, what: &K, candidate: CandidateId) {
    if let Some(of) = owners.get_mut(what) {
        of.remove(&candidate);
        if of.is_empty() {
            owners.remove(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enrolled(number: u32, ticket: &str, document: &[u8]) -> CandidateEnrolled {
        let hash = Sha256::of(document);
        serde_json::from_value(serde_json::json!({
            "candidate": format!("cand_01KAPM3ZC00000000000000{number:03}"), "name": "王芳", "id_type": "resident_id_card",
            "id_number": { "hash": hash, "sealed": "x", "masked": "3**1" }, "ticket": ticket, "photo_bytes": 1, "level": "4",
        }))
        .unwrap()
    }

    #[test]
    fn what_a_candidate_no_longer_has_is_free_and_the_first_is_named() {
        let mut applied = Applied::default();
        let (one, two) = (enrolled(1, "T-1", b"1"), enrolled(2, "T-2", b"1"));
        applied.add(&two);
        applied.add(&one);
        let ticket = |text: &str| Text::new(text).unwrap();
        assert_eq!(applied.with_document(&one.id_number.hash), Some(one.candidate));
        applied.remove(&one);
        applied.add(&enrolled(1, "T-3", b"2"));
        assert_eq!(applied.with_document(&two.id_number.hash), Some(two.candidate));
        assert_eq!((applied.with_ticket(&ticket("T-1")), applied.with_ticket(&ticket("T-3"))), (None, Some(one.candidate)));
    }
}
