//! Checkpoints (C2SP tlog-checkpoint): a log says how many entries it has and what their root is, and signs it.
//!
//! In: a tree and the log's name, or a note from anybody and the keys that its reader trusts. Out: a [`Checkpoint`], and who
//! vouches for it. Always: it counts only when a trusted key of the log itself signed it, and by how many others it was seen
//! is told apart from that. Not here: whether one continues another ([`super::proof`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::note::{KeyKind, KeyName, Note, NoteError, NoteKey, VerifierKey};
use super::shape::MAX_TREE_SIZE;
use super::tree::TreeHead;
use crate::digest::Sha256;

/// What a log says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: the name of its keys.
    pub origin: KeyName,
    /// Its tree.
    pub tree: TreeHead,
}

/// Whom a reader trusts.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Keys of logs; a log that changed its key has several.
    pub logs: Vec<VerifierKey>,
    /// Keys of witnesses.
    pub witnesses: Vec<VerifierKey>,
}

/// A checkpoint that a trusted key of its log signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What the log says.
    pub checkpoint: Checkpoint,
    /// By which of its keys.
    pub keys: Vec<VerifierKey>,
    /// Which witnesses have seen it, and when by their own clocks, in seconds since 1970.
    pub witnesses: Vec<(KeyName, u64)>,
}

/// Why bytes are no checkpoint that counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// No note, or nobody known signed it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not the form of a checkpoint.
    #[error("not a checkpoint (C2SP tlog-checkpoint): {0}")]
    Form(&'static str),
    /// Only others signed it.
    #[error("no key of {origin} that you trust has signed this checkpoint")]
    Unsigned {
        /// Which log it names.
        origin: KeyName,
    },
}

impl Checkpoint {
    /// The text that is signed.
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.tree.size, BASE64.encode(self.tree.root.as_bytes()))
    }

    /// Reads the text. Extension lines are refused: what they say is in no tree.
    pub fn from_text(text: &str) -> Result<Self, CheckpointError> {
        let lines: Vec<_> = text.strip_suffix('\n').unwrap_or_default().split('\n').collect();
        let [origin, size, root] = lines[..] else { return Err(CheckpointError::Form("three lines are expected")) };
        let origin = origin.parse().map_err(|_| CheckpointError::Form("the first line is no origin"))?;
        let size = decimal(size).filter(|size| *size <= MAX_TREE_SIZE);
        let size = size.ok_or(CheckpointError::Form("the second line is no number of entries"))?;
        let root = hash(root).ok_or(CheckpointError::Form("the third line is no root"))?;
        let tree = TreeHead { size, root };
        if size == 0 && tree != TreeHead::empty() {
            return Err(CheckpointError::Form("the empty tree has another root"));
        }
        Ok(Self { origin, tree })
    }

    /// Signs it.
    pub fn sign(&self, key: &NoteKey) -> Note {
        let mut note = Note::new(self.to_text()).expect("a checkpoint's text is one of a note");
        note.sign(key);
        note
    }

    /// Reads a note, and checks who vouches for it.
    pub fn open(bytes: &[u8], trust: &Trust) -> Result<Opened, CheckpointError> {
        let note = Note::from_bytes(bytes)?;
        let checkpoint = Self::from_text(note.text())?;
        let of_log = |key: &&VerifierKey| key.kind() == KeyKind::Ed25519 && *key.name() == checkpoint.origin;
        let of_witness = |key: &&VerifierKey| key.kind() == KeyKind::Cosignature;
        let known: Vec<_> = trust.logs.iter().filter(of_log).chain(trust.witnesses.iter().filter(of_witness)).cloned().collect();
        let signers = note.verify(&known)?;
        let (mut keys, mut witnesses) = (Vec::new(), Vec::new());
        for signer in signers {
            match signer.at_secs {
                None => keys.push(signer.key),
                Some(at) => witnesses.push((signer.key.name().clone(), at)),
            }
        }
        if keys.is_empty() {
            return Err(CheckpointError::Unsigned { origin: checkpoint.origin });
        }
        Ok(Opened { checkpoint, keys, witnesses })
    }
}

/// A number as the specifications write it: no sign, no leading zeroes.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading = text.len() > 1 && text.starts_with('0');
    if digits && !leading { text.parse().ok() } else { None }
}

/// A hash as the specifications write it.
pub(super) fn hash(text: &str) -> Option<Sha256> {
    BASE64.decode(text).ok()?.as_slice().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SigningKey;

    fn key(seed: u8) -> NoteKey {
        NoteKey::new("example.org/log".parse().unwrap(), SigningKey::from_seed(&[seed; 32]))
    }

    fn trust(keys: &[&NoteKey]) -> Trust {
        Trust { logs: keys.iter().map(|key| key.verifier()).collect(), witnesses: Vec::new() }
    }

    fn checkpoint() -> Checkpoint {
        let tree = TreeHead { size: 20_852_163, root: Sha256::of(b"root") };
        Checkpoint { origin: "example.org/log".parse().unwrap(), tree }
    }

    #[test]
    fn what_a_log_signed_is_read_back_and_nothing_else() {
        let bytes = checkpoint().sign(&key(1)).to_bytes();
        let opened = Checkpoint::open(&bytes, &trust(&[&key(1)])).unwrap();
        assert_eq!((opened.checkpoint, opened.witnesses), (checkpoint(), Vec::new()));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(Checkpoint::open(&changed, &trust(&[&key(1)])).is_err(), "bit {bit}");
        }
        assert!(Checkpoint::open(&bytes, &trust(&[&key(2)])).is_err());
        assert!(Checkpoint::open(&bytes, &Trust::default()).is_err());
    }

    #[test]
    fn a_log_that_changes_its_key_signs_with_both() {
        let mut note = checkpoint().sign(&key(1));
        note.sign(&key(2));
        for known in [&key(1), &key(2)] {
            assert_eq!(Checkpoint::open(&note.to_bytes(), &trust(&[known])).unwrap().keys, [known.verifier()]);
        }
    }

    #[test]
    fn a_key_of_another_log_vouches_for_nothing() {
        let other = NoteKey::new("example.org/other".parse().unwrap(), SigningKey::from_seed(&[1; 32]));
        let note = checkpoint().sign(&other);
        assert_eq!(Checkpoint::open(&note.to_bytes(), &trust(&[&other])), Err(NoteError::Unsigned.into()));
    }

    #[test]
    fn only_one_spelling_is_read() {
        let root = BASE64.encode([0; 32]);
        let text = |size: &str, root: &str| format!("example.org/log\n{size}\n{root}\n");
        assert!(Checkpoint::from_text(&text("7", &root)).is_ok());
        for size in ["", "07", "+7", "-7", "7 ", "0x7", "9223372036854775808", "99999999999999999999"] {
            assert!(Checkpoint::from_text(&text(size, &root)).is_err(), "{size}");
        }
        assert!(Checkpoint::from_text(&text("0", &root)).is_err(), "the empty tree has one root");
        let short = BASE64.encode([0; 31]);
        for root in [&root[1..], &root[..43], &short, ""] {
            assert!(Checkpoint::from_text(&text("7", root)).is_err(), "{root}");
        }
        assert!(Checkpoint::from_text(&format!("{}extension\n", text("7", &root))).is_err());
    }
}
