//! Proofs as texts: all that a check needs, besides the keys that its reader trusts and the entries.
//!
//! In: hashes and a checkpoint, or bytes from anybody. Out: [`LeafProof`] (C2SP tlog-proof, `….tlog-proof`), [`ManyProof`]
//! for all entries of one subject at once, and [`Continuation`], which is the request body of add-checkpoint (C2SP
//! tlog-witness) and so the file that goes to a witness on a stick.
//! Always: a checkpoint stands in each, byte for byte as it was published. Not here: whether the proof holds
//! ([`super::proof`]) and who signed ([`super::checkpoint`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::checkpoint::{decimal, hash};
use super::note::MAX_NOTE_BYTES;
use super::proof::MAX_PROOF_HASHES;
use crate::digest::Sha256;

/// The most leaves of a [`ManyProof`].
pub const MAX_LEAVES: usize = 1_000_000;
/// The most hashes of a [`ManyProof`].
const MAX_MANY_HASHES: usize = 4 * MAX_LEAVES;
/// The largest of these texts, in bytes.
pub const MAX_PROOF_FILE_BYTES: usize = 256 * 1024 * 1024;

const LEAF: &str = "c2sp.org/tlog-proof@v1";
const MANY: &str = "liuhen/many-proof@v1";

/// Why bytes are none of these texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not {what}: {why}")]
pub struct ProofFileError {
    what: &'static str,
    why: &'static str,
}

/// That one entry is in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafProof {
    /// Which entry.
    pub index: u64,
    /// The proof, the leaf's sibling first.
    pub hashes: Vec<Sha256>,
    /// Of the log.
    pub checkpoint: Vec<u8>,
}

/// That many entries are in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManyProof {
    /// Which entries; ascending.
    pub indexes: Vec<u64>,
    /// The parts of the tree that hold none of them, from left to right.
    pub hashes: Vec<Sha256>,
    /// Of the log.
    pub checkpoint: Vec<u8>,
}

/// That a log only grew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation {
    /// How many entries its reader has seen.
    pub old_size: u64,
    /// The proof.
    pub hashes: Vec<Sha256>,
    /// Of the log as it is now.
    pub checkpoint: Vec<u8>,
}

impl LeafProof {
    /// The text.
    pub fn to_bytes(&self) -> Vec<u8> {
        written(&format!("{LEAF}\nindex {}\n", self.index), &self.hashes, &self.checkpoint)
    }

    /// Reads the text. What stands in an `extra` line is not vouched for by anybody, and is passed over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofFileError> {
        let mut text = Text::new("a tlog-proof (C2SP)", bytes)?;
        let mut first = text.line()?;
        if first != LEAF {
            return Err(text.wrong("its first line is another one"));
        }
        first = text.line()?;
        if let Some(extra) = first.strip_prefix("extra ") {
            BASE64.decode(extra).map_err(|_| text.wrong("`extra` is no base64"))?;
            first = text.line()?;
        }
        let index = first.strip_prefix("index ").and_then(decimal).ok_or_else(|| text.wrong("it names no index"))?;
        let (hashes, checkpoint) = text.rest(MAX_PROOF_HASHES)?;
        Ok(Self { index, hashes, checkpoint })
    }
}

impl Continuation {
    /// The text.
    pub fn to_bytes(&self) -> Vec<u8> {
        written(&format!("old {}\n", self.old_size), &self.hashes, &self.checkpoint)
    }

    /// Reads the text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofFileError> {
        let mut text = Text::new("an add-checkpoint request (C2SP tlog-witness)", bytes)?;
        let old_size = text.line()?.strip_prefix("old ").and_then(decimal);
        let old_size = old_size.ok_or_else(|| text.wrong("its first line is not `old SIZE`"))?;
        let (hashes, checkpoint) = text.rest(MAX_PROOF_HASHES)?;
        Ok(Self { old_size, hashes, checkpoint })
    }
}

impl ManyProof {
    /// The text: runs of entries that follow one another have one line.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("{MANY}\n");
        for run in self.indexes.chunk_by(|one, next| next.checked_sub(1) == Some(*one)) {
            let (first, last) = (run[0], run[run.len() - 1]);
            head.push_str(&if first == last { format!("index {first}\n") } else { format!("index {first}-{last}\n") });
        }
        written(&head, &self.hashes, &self.checkpoint)
    }

    /// Reads the text.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofFileError> {
        let mut text = Text::new("a proof of many entries", bytes)?;
        if text.line()? != MANY {
            return Err(text.wrong("its first line is another one"));
        }
        let mut indexes: Vec<u64> = Vec::new();
        while let Some(run) = text.line_after("index ") {
            let (first, last) = run.split_once('-').unwrap_or((run, run));
            let (first, last) = decimal(first).zip(decimal(last)).ok_or_else(|| text.wrong("an index is no number"))?;
            let single = run.contains('-') && first == last;
            let before = indexes.last().is_some_and(|before| first.checked_sub(1).is_none_or(|one| one <= *before));
            if first > last || single || before {
                return Err(text.wrong("its indexes do not ascend in runs"));
            }
            if last - first >= (MAX_LEAVES - indexes.len()) as u64 {
                return Err(text.wrong("it has too many indexes"));
            }
            indexes.extend(first..=last);
        }
        let (hashes, checkpoint) = text.rest(MAX_MANY_HASHES)?;
        Ok(Self { indexes, hashes, checkpoint })
    }
}

fn written(head: &str, hashes: &[Sha256], checkpoint: &[u8]) -> Vec<u8> {
    let hashes: String = hashes.iter().map(|hash| BASE64.encode(hash.as_bytes()) + "\n").collect();
    [head.as_bytes(), hashes.as_bytes(), b"\n", checkpoint].concat()
}

/// What is left to be read.
struct Text<'a> {
    what: &'static str,
    rest: &'a str,
}

impl<'a> Text<'a> {
    fn new(what: &'static str, bytes: &'a [u8]) -> Result<Self, ProofFileError> {
        if bytes.len() > MAX_PROOF_FILE_BYTES {
            return Err(ProofFileError { what, why: "it is too large" });
        }
        let rest = std::str::from_utf8(bytes).map_err(|_| ProofFileError { what, why: "it is no UTF-8" })?;
        Ok(Self { what, rest })
    }

    const fn wrong(&self, why: &'static str) -> ProofFileError {
        ProofFileError { what: self.what, why }
    }

    fn line(&mut self) -> Result<&'a str, ProofFileError> {
        let (line, rest) = self.rest.split_once('\n').ok_or_else(|| self.wrong("it ends early"))?;
        self.rest = rest;
        Ok(line)
    }

    /// The next line without what it begins with; nothing where it begins otherwise.
    fn line_after(&mut self, begin: &str) -> Option<&'a str> {
        let (line, rest) = self.rest.split_once('\n')?;
        let line = line.strip_prefix(begin)?;
        self.rest = rest;
        Some(line)
    }

    /// Hashes up to an empty line, and the checkpoint below it.
    fn rest(mut self, most: usize) -> Result<(Vec<Sha256>, Vec<u8>), ProofFileError> {
        let mut hashes = Vec::new();
        loop {
            match self.line()? {
                "" => break,
                _ if hashes.len() == most => return Err(self.wrong("it has too many hashes")),
                line => hashes.push(hash(line).ok_or_else(|| self.wrong("a line is no hash"))?),
            }
        }
        if self.rest.is_empty() || self.rest.len() > MAX_NOTE_BYTES {
            return Err(self.wrong("no checkpoint stands below it"));
        }
        Ok((hashes, self.rest.as_bytes().to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(count: u8) -> Vec<Sha256> {
        (0..count).map(|n| Sha256::of(&[n])).collect()
    }

    const CHECKPOINT: &[u8] = b"example.org/log\n7\nroot\n\n\xe2\x80\x94 example.org/log AAAAAAA=\n";

    #[test]
    fn what_is_written_is_read_back() {
        let checkpoint = CHECKPOINT.to_vec();
        for count in [0, 1, 63] {
            let leaf = LeafProof { index: 73_894, hashes: hashes(count), checkpoint: checkpoint.clone() };
            assert_eq!(LeafProof::from_bytes(&leaf.to_bytes()), Ok(leaf.clone()));
            let grown = Continuation { old_size: 0, hashes: hashes(count), checkpoint: checkpoint.clone() };
            assert_eq!(Continuation::from_bytes(&grown.to_bytes()), Ok(grown));
            for indexes in [vec![], vec![0], vec![0, 1, 2, 9, 11, 12, u64::MAX - 1, u64::MAX]] {
                let many = ManyProof { indexes, hashes: hashes(count), checkpoint: checkpoint.clone() };
                assert_eq!(ManyProof::from_bytes(&many.to_bytes()), Ok(many));
            }
        }
        let many = ManyProof { indexes: vec![3, 4, 5, 7], hashes: vec![], checkpoint };
        assert!(many.to_bytes().starts_with(b"liuhen/many-proof@v1\nindex 3-5\nindex 7\n\nexample.org/log\n"));
    }

    #[test]
    fn an_extra_line_is_passed_over() {
        let text = "c2sp.org/tlog-proof@v1\nextra YWdl\nindex 0\n\ncheckpoint\n";
        let read = LeafProof::from_bytes(text.as_bytes()).unwrap();
        assert_eq!(read, LeafProof { index: 0, hashes: vec![], checkpoint: b"checkpoint\n".to_vec() });
    }

    #[test]
    fn other_texts_are_refused() {
        let leaf = |rest: &str| LeafProof::from_bytes(format!("{LEAF}\n{rest}").as_bytes()).is_err();
        assert!(leaf("index 01\n\nc\n") && leaf("index 1\n") && leaf("index 1\nAAAA\n\nc\n") && leaf("index 1\n\n"));
        assert!(leaf("extra %\nindex 1\n\nc\n") && leaf("\nindex 1\n\nc\n"));
        let long = LeafProof { index: 1, hashes: hashes(64), checkpoint: CHECKPOINT.to_vec() };
        assert!(LeafProof::from_bytes(&long.to_bytes()).is_err());
        let many = |indexes: &str| ManyProof::from_bytes(format!("{MANY}\n{indexes}\n\nc\n").as_bytes()).is_err();
        assert!(!many("index 3-5") && !many("index 3\nindex 5"));
        assert!(many("index 5-3") && many("index 3-3") && many("index 3\nindex 4") && many("index 3\nindex 3"));
        assert!(many("index 3\nindex 0") && many("index 0-18446744073709551615") && many("index 0-1000000"));
        assert!(Continuation::from_bytes(b"old -1\n\nc\n").is_err() && Continuation::from_bytes(b"\xff").is_err());
    }
}
