//! Checkpoints and proofs hold for what was signed, for nothing else, and the verdict says who besides the log has seen it.

use std::collections::BTreeMap;

use liuhen_proto::custody::note::{KeyKind, Note, NoteKey, VerifierKey};
use liuhen_proto::custody::proof_file::{Continuation, LeafProof, ManyProof};
use liuhen_proto::custody::shape::{self, Part};
use liuhen_proto::custody::tile::perfect_root;
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{Checkpoint, EntryType, Envelope, TreeHead, Trust, Value};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::{Sha256, Timestamp};
use liuhen_verify::proof::{self, Earlier, Verdict};

/// A log of so many entries, every one about another subject.
struct Log(Vec<String>);

impl Log {
    fn new(count: i64, said: &str) -> Self {
        let entry = |n: i64| {
            let data = BTreeMap::from([("n".to_owned(), Value::Integer(n)), ("said".to_owned(), said.into())]);
            let at = Timestamp::from_micros(1_790_000_000_000_000 + n);
            let (alg, by, subject, r#type) = ("sha256".into(), "node_01".into(), format!("ses_{n}"), EntryType::Record);
            let envelope = Envelope { alg, at, by, body: None, data, subject, subject_prev: None, subject_seq: 0, r#type, v: 1 };
            String::from_utf8(envelope.to_bytes().unwrap()).unwrap()
        };
        Self((0..count).map(entry).collect())
    }

    fn leaf(&self, index: u64) -> Sha256 {
        leaf_hash(self.0[usize::try_from(index).unwrap()].as_bytes())
    }

    fn hashes(&self, parts: &[Part]) -> Vec<Sha256> {
        let subtree = |it: shape::Subtree| {
            let leaves = (it.index << it.level)..((it.index + 1) << it.level);
            perfect_root(&leaves.map(|index| self.leaf(index)).collect::<Vec<_>>())
        };
        parts.iter().map(|part| shape::join(&part.subtrees().into_iter().map(subtree).collect::<Vec<_>>())).collect()
    }

    fn signed(&self, size: u64) -> Note {
        let tree = TreeHead { size, root: self.hashes(&[Part::whole(size)])[0] };
        Checkpoint { origin: key().verifier().name().clone(), tree }.sign(&key())
    }

    fn checkpoint(&self, size: u64) -> Vec<u8> {
        self.signed(size).to_bytes()
    }

    fn growth(&self, old_size: u64, size: u64) -> Vec<u8> {
        let hashes = self.hashes(&shape::consistency(old_size, size).unwrap());
        Continuation { old_size, hashes, checkpoint: self.checkpoint(size) }.to_bytes()
    }

    fn many(&self, indexes: &[u64], size: u64) -> Vec<u8> {
        let hashes = self.hashes(&shape::many(indexes, size).unwrap());
        ManyProof { indexes: indexes.to_vec(), hashes, checkpoint: self.checkpoint(size) }.to_bytes()
    }

    /// As `liuhen entries --json` prints them.
    fn lines(&self, indexes: &[u64]) -> String {
        let line = |index: &u64| {
            let envelope = &self.0[usize::try_from(*index).unwrap()];
            format!("{}\n", serde_json::json!({ "index": index, "envelope": envelope }))
        };
        let head = serde_json::json!({ "tree_size": self.0.len(), "root_hash": Sha256::of(b"of whatever is newest") });
        indexes.iter().map(line).collect::<String>() + &head.to_string()
    }
}

fn key() -> NoteKey {
    NoteKey::new("liuhen.example/log".parse().unwrap(), SigningKey::from_seed(&[7; 32]))
}

fn trust() -> Trust {
    Trust { logs: vec![key().verifier()], witnesses: Vec::new() }
}

fn earlier(checkpoint: Vec<u8>, growth: Option<Vec<u8>>) -> Earlier {
    Earlier { checkpoint: Some(checkpoint), growth }
}

fn wrong(verdict: &Verdict) -> Vec<&str> {
    verdict.findings.iter().filter(|it| !it.ok).map(|it| it.thing.as_str()).collect()
}

fn entries(proof: &[u8], lines: &str) -> Verdict {
    proof::entries(proof, &mut lines.as_bytes(), &trust(), &Earlier::default()).unwrap()
}

#[test]
fn entries_are_proved_as_they_were_handed_over_and_not_otherwise() {
    let (log, all) = (Log::new(21, "so"), [2, 3, 4, 20]);
    let proof = log.many(&all, 21);
    let verdict = entries(&proof, &log.lines(&all));
    assert_eq!(wrong(&verdict), Vec::<&str>::new());
    assert!(!verdict.fresh);
    assert_eq!(wrong(&entries(&proof, &log.lines(&[2, 3, 4]))), ["entry 20", "proof"]);
    assert_eq!(wrong(&entries(&proof, &log.lines(&[2, 3, 4, 5, 20]))), ["entry 5"]);
    assert_eq!(wrong(&entries(&proof, &log.lines(&[2, 3, 4, 4, 20]))), ["entry 4"]);
    assert_eq!(wrong(&entries(&proof, &log.lines(&all).replacen("so", "sn", 1))), ["proof"]);
    assert_eq!(wrong(&entries(&proof, "no line")), ["line 1"]);
    assert_eq!(wrong(&entries(b"no proof", &log.lines(&all))), ["proof"]);
    let newer = entries(&log.many(&[2, 3], 4), &log.lines(&all));
    assert_eq!((wrong(&newer), newer.findings.last().unwrap().thing.as_str()), (vec![], "newer entries"));

    let hashes = log.hashes(&shape::inclusion(13, 21).unwrap());
    let single = LeafProof { index: 13, hashes, checkpoint: log.checkpoint(21) }.to_bytes();
    assert_eq!(wrong(&entries(&single, &log.lines(&[13]))), Vec::<&str>::new());
    assert_eq!(wrong(&entries(&single, &log.lines(&[12]))), ["entry 13", "entry 12", "proof"]);
    for bit in 0..single.len() * 8 {
        let mut changed = single.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(wrong(&entries(&changed, &log.lines(&[13]))), Vec::<&str>::new(), "bit {bit}");
    }
}

#[test]
fn a_log_that_was_set_back_or_forked_does_not_pass_whoever_has_seen_it() {
    let (log, other) = (Log::new(21, "so"), Log::new(21, "otherwise"));
    let check = |note: &[u8], earlier: &Earlier| {
        let verdict = proof::checkpoint(note, &trust(), earlier);
        (wrong(&verdict).len(), verdict.fresh)
    };
    let now = log.checkpoint(21);
    assert_eq!(check(&now, &Earlier::default()), (0, false), "sealed locally only");
    assert_eq!(check(&now, &earlier(log.checkpoint(21), None)), (0, true));
    assert_eq!(check(&now, &earlier(log.checkpoint(13), None)), (0, false), "whether it only grew is not shown");
    assert_eq!(check(&now, &earlier(log.checkpoint(13), Some(log.growth(13, 21)))), (0, true));
    assert_eq!(check(&log.checkpoint(13), &earlier(log.checkpoint(21), None)), (1, false), "set back");
    assert_eq!(check(&other.checkpoint(21), &earlier(log.checkpoint(21), None)), (1, false), "forked");
    assert_eq!(check(&other.checkpoint(21), &earlier(log.checkpoint(13), Some(other.growth(13, 21)))), (1, false), "forked");
    assert_eq!(check(&now, &earlier(log.checkpoint(13), Some(log.growth(12, 21)))), (1, false), "the growth of another");
    assert_eq!(check(&now, &earlier(log.checkpoint(13), Some(log.growth(13, 20)))), (1, false), "the growth to another");
    assert_eq!(check(&now, &earlier(b"no note".to_vec(), None)), (1, false));
    assert_eq!(check(b"no note", &Earlier::default()), (1, false));
}

#[test]
fn a_witness_outside_establishes_freshness_and_a_key_of_nobody_does_not() {
    let (log, witness) = (Log::new(5, "so"), SigningKey::from_seed(&[8; 32]));
    let mut note = log.signed(5);
    let text = format!("cosignature/v1\ntime 1795312800\n{}", note.text());
    let known = VerifierKey::new("witness.example".parse().unwrap(), KeyKind::Cosignature, witness.public());
    // The id of a key is the first four bytes of what its text says in hex.
    let id = liuhen_proto::digest::unhex(&known.id().to_string()).unwrap();
    let signature = witness.sign(text.as_bytes());
    let bytes = [&id[..], &1_795_312_800_u64.to_be_bytes(), signature.as_bytes()].concat();
    note.add_lines(&format!("\u{2014} witness.example {}\n", base64(&bytes))).unwrap();
    let check = |trust: Trust| proof::checkpoint(&note.to_bytes(), &trust, &Earlier::default());
    assert!(!check(trust()).fresh);
    let seen = check(Trust { witnesses: vec![known.clone()], ..trust() });
    assert!(seen.fresh && wrong(&seen).is_empty(), "{seen:?}");
    assert_eq!(wrong(&check(Trust { logs: Vec::new(), witnesses: vec![known] })), ["checkpoint"], "a witness is no log");
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
