//! Checkpoints of a custody log, and proofs under them, against keys that the auditor has from elsewhere.
//!
//! In: the files that `liuhen log` writes, and entries as `liuhen entries --json` prints them. Out: a [`Verdict`]: what was
//! found, and whether it is established that the log was not made anew or set back: by a witness outside, or by an earlier
//! checkpoint of the auditor's own. Without either it is only as good as the log's own key, and the verdict says so.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use liuhen_proto::Sha256;
use liuhen_proto::custody::checkpoint::{Checkpoint, Opened, Trust};
use liuhen_proto::custody::proof::{continues, includes, includes_many};
use liuhen_proto::custody::proof_file::{Continuation, LeafProof, MAX_LEAVES, ManyProof};
use liuhen_proto::custody::tree::leaf_hash;

use crate::Finding;
use crate::log::{self, Line};

/// What was found, and whether nobody can have shown an older or another log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// One for each thing.
    pub findings: Vec<Finding>,
    /// Whether somebody besides the log's operator has seen this log, or its beginning.
    pub fresh: bool,
}

/// What the auditor has of an earlier visit.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// A checkpoint.
    pub checkpoint: Option<Vec<u8>>,
    /// That the log only grew since: `liuhen log prove --since SIZE`.
    pub growth: Option<Vec<u8>>,
}

/// Checks a checkpoint.
pub fn checkpoint(note: &[u8], trust: &Trust, earlier: &Earlier) -> Verdict {
    let mut findings = Vec::new();
    let fresh = opened(note, trust, earlier, &mut findings).is_some_and(|(_, fresh)| fresh);
    Verdict { findings, fresh }
}

/// Checks that entries are in the log that a proof's checkpoint tells of: a tlog-proof, or a proof of all about one subject.
pub fn entries(proof: &[u8], lines: &mut dyn BufRead, trust: &Trust, earlier: &Earlier) -> io::Result<Verdict> {
    let (mut findings, mut fresh) = (Vec::new(), false);
    match read(proof) {
        Err(why) => findings.push(Finding::wrong("proof", format!("cannot be read: {why}"), format!("无法读取证明：{why}"))),
        Ok(proof) => {
            if let Some((opened, is_fresh)) = opened(&proof.checkpoint, trust, earlier, &mut findings) {
                fresh = is_fresh;
                match leaves(lines)? {
                    Ok(leaves) => included(&proof, &opened, leaves, &mut findings),
                    Err(finding) => findings.push(finding),
                }
            }
        }
    }
    Ok(Verdict { findings, fresh })
}

/// Either kind of proof.
struct Proof {
    single: bool,
    indexes: Vec<u64>,
    hashes: Vec<Sha256>,
    checkpoint: Vec<u8>,
}

fn read(bytes: &[u8]) -> Result<Proof, String> {
    let leaf = LeafProof::from_bytes(bytes);
    if let Ok(LeafProof { index, hashes, checkpoint }) = leaf {
        return Ok(Proof { single: true, indexes: vec![index], hashes, checkpoint });
    }
    let ManyProof { indexes, hashes, checkpoint } = ManyProof::from_bytes(bytes).map_err(|error| error.to_string())?;
    Ok(Proof { single: false, indexes, hashes, checkpoint })
}

/// Leaf hashes of the entries that were handed over, by their indexes.
fn leaves(lines: &mut dyn BufRead) -> io::Result<Result<BTreeMap<u64, Sha256>, Finding>> {
    let (mut leaves, mut line, mut place) = (BTreeMap::new(), Vec::new(), 0);
    loop {
        if !log::read_line(lines, &mut line)? {
            return Ok(Ok(leaves));
        }
        place += 1;
        let (index, envelope) = match serde_json::from_slice(&line) {
            Ok(Line::Entry { index, envelope }) => (index, envelope),
            Ok(Line::Head { .. }) => continue,
            Err(error) => {
                let what = format!("is no line of exported entries: {error}");
                return Ok(Err(Finding::wrong(format!("line {place}"), what, format!("不是导出的日志行：{error}"))));
            }
        };
        if leaves.insert(index, leaf_hash(envelope.as_bytes())).is_some() || leaves.len() > MAX_LEAVES {
            return Ok(Err(Finding::wrong(format!("entry {index}"), "is there twice, or one too many", "重复或超出数量")));
        }
    }
}

fn included(proof: &Proof, opened: &Opened, mut leaves: BTreeMap<u64, Sha256>, findings: &mut Vec<Finding>) {
    let tree = opened.checkpoint.tree;
    let newer = leaves.split_off(&tree.size).len();
    let missing = proof.indexes.iter().filter(|index| !leaves.contains_key(index));
    findings.extend(
        missing.map(|index| Finding::wrong(format!("entry {index}"), "is proved, and was not handed over", "有证明但未提交")),
    );
    let mut proved = proof.indexes.iter().peekable();
    for index in leaves.keys() {
        while proved.next_if(|proved| *proved < index).is_some() {}
        if proved.peek() != Some(&index) {
            findings.push(Finding::wrong(format!("entry {index}"), "was handed over without a proof", "已提交但没有证明"));
        }
    }
    let leaves: Vec<_> = leaves.into_iter().filter(|(index, _)| proof.indexes.binary_search(index).is_ok()).collect();
    let holds = match leaves[..] {
        [(index, leaf)] if proof.single => includes(tree, index, leaf, &proof.hashes),
        _ => !proof.single && leaves.len() == proof.indexes.len() && includes_many(tree, &leaves, &proof.hashes),
    };
    let count = leaves.len();
    findings.push(if holds {
        let what = format!("{count} entries are in the log, as they were handed over");
        Finding::right("proof", what, format!("{count} 条均在日志中，内容未变"))
    } else {
        Finding::wrong(
            "proof",
            "does not hold: an entry was changed, or the proof is of others",
            "证明不成立：条目被改动，或证明属于其他条目",
        )
    });
    if newer > 0 {
        let what = format!("{newer} entries are newer than the checkpoint, and not proved by it");
        findings.push(Finding::right("newer entries", what, format!("{newer} 条晚于检查点，未经其证明")));
    }
}

/// A checkpoint that counts, and whether its freshness is established.
fn opened(note: &[u8], trust: &Trust, earlier: &Earlier, findings: &mut Vec<Finding>) -> Option<(Opened, bool)> {
    let opened = match Checkpoint::open(note, trust) {
        Ok(opened) => opened,
        Err(error) => {
            findings.push(Finding::wrong("checkpoint", error.to_string(), format!("检查点无效：{error}")));
            return None;
        }
    };
    let (origin, tree) = (&opened.checkpoint.origin, opened.checkpoint.tree);
    let what = format!("{origin} has {} entries, root {}, signed by its key", tree.size, tree.root);
    findings.push(Finding::right("checkpoint", what, format!("{origin} 共 {} 条，根 {}，签名有效", tree.size, tree.root)));
    for (name, at) in &opened.witnesses {
        let what = format!("has seen it, by its own clock {at} s after 1970");
        findings.push(Finding::right(format!("witness {name}"), what, format!("已见证（其时钟：1970 年起第 {at} 秒）")));
    }
    let known = seen_before(&opened, trust, earlier, findings)?;
    let fresh = known || !opened.witnesses.is_empty();
    if !fresh {
        let what = "not established: no witness outside and no earlier checkpoint of yours; whoever holds the log's key could \
                    have made all of it anew";
        findings.push(Finding::right("freshness", what, "本地封存, 未经外部见证"));
    }
    Some((opened, fresh))
}

/// Whether it continues what the auditor saw before; nothing where it does not.
fn seen_before(now: &Opened, trust: &Trust, earlier: &Earlier, findings: &mut Vec<Finding>) -> Option<bool> {
    let Some(note) = &earlier.checkpoint else { return Some(false) };
    let mut refuse = |what: String, what_zh: &str| {
        findings.push(Finding::wrong("earlier checkpoint", what, what_zh));
        None
    };
    let old = match Checkpoint::open(note, trust) {
        Ok(old) if old.checkpoint.origin == now.checkpoint.origin => old.checkpoint.tree,
        Ok(_) => return refuse("is of another log".to_owned(), "属于另一日志"),
        Err(error) => return refuse(error.to_string(), "此前的检查点无效"),
    };
    let tree = now.checkpoint.tree;
    if old.size > tree.size {
        return refuse(
            format!("has {} entries, and this one fewer: the log was set back", old.size),
            "日志被回退：条数少于此前所见",
        );
    }
    let grown = match &earlier.growth {
        _ if old == tree => true,
        // Of one size there is one root.
        _ if old.size == tree.size => false,
        None => {
            let what =
                format!("has {} entries: `liuhen log prove --since {}` shows whether only new ones came", old.size, old.size);
            findings.push(Finding::right("earlier checkpoint", what, "尚需增长证明（--growth）"));
            return Some(false);
        }
        Some(growth) => {
            let growth = match Continuation::from_bytes(growth) {
                Ok(growth) => growth,
                Err(error) => return refuse(format!("its growth: {error}"), "增长证明无法读取"),
            };
            let to = Checkpoint::open(&growth.checkpoint, trust).map(|opened| opened.checkpoint);
            if growth.old_size != old.size || to.as_ref() != Ok(&now.checkpoint) {
                return refuse("its growth is between other checkpoints".to_owned(), "增长证明不属于这两个检查点");
            }
            continues(old, tree, &growth.hashes)
        }
    };
    if !grown {
        return refuse(
            "is not continued by this one: entries were changed, removed or slipped in".to_owned(),
            "日志分叉：条目被改动、删除或插入",
        );
    }
    let what = format!("its {} entries are the first of this one", old.size);
    findings.push(Finding::right("earlier checkpoint", what, format!("此前的 {} 条原样保留", old.size)));
    Some(true)
}
