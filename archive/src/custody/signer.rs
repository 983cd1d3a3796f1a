//! Signs checkpoints, and remembers the largest: the high-water mark.
//!
//! In: a tree, with the proof that it continues the one that was signed last. Out: a signed checkpoint.
//! - Always: what is signed continues all that was signed before; the mark is on the disk before the signature is given out.
//!   So a database that was set back, or that was changed under its entries, gets no checkpoint any more.
//! - The mark is the checkpoint itself, so it can be restored from any copy of the newest one, and from nothing else.
//! - The directory may lie on another medium and belong to another user than the database: who sets back one of them has not
//!   set back the other.
//! - Not here: where trees come from ([`super::publisher`]). Blocks.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use liuhen_proto::custody::note::{KeyName, NoteKey, VerifierKey};
use liuhen_proto::custody::proof::continues;
use liuhen_proto::custody::{Checkpoint, TreeHead, Trust};
use liuhen_proto::digest::{hex, unhex};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::Randomness;

use super::{LogError, Result, durable};

/// The signer of one log.
#[derive(Debug)]
pub struct Signer {
    directory: PathBuf,
    key: NoteKey,
    mark: Checkpoint,
    note: Vec<u8>,
}

impl Signer {
    /// Opens the signer in a directory. Where there is none yet it is made: with a new key, for a log of this name, which has
    /// signed the empty tree.
    pub fn open(directory: &Path, origin: &KeyName, random: &dyn Randomness) -> Result<Self> {
        durable::make_directory(directory, 0o700).map_err(LogError::disk("make", directory))?;
        let (key, mark) = (read_key(directory)?, read(&mark_file(directory))?);
        match (key, mark) {
            (Some(key), Some(note)) => Self::with(directory, key, note),
            (None, None) => Self::make(directory, origin, random),
            (Some(_), None) => Err(LogError::Signer {
                path: mark_file(directory),
                why: "is missing, by which the signer knows what it has signed: put the newest checkpoint there that you have \
                      from anywhere, a copy of the published one for instance",
            }),
            // A start that was cut short: nobody has seen the key, or the key was lost.
            (None, Some(note)) => {
                let text = String::from_utf8_lossy(&note);
                let empty = text.lines().nth(1) == Some("0");
                if !empty {
                    let why = "is missing, with which this log was signed: restore it from a copy";
                    return Err(LogError::Signer { path: key_file(directory), why });
                }
                Self::make(directory, origin, random)
            }
        }
    }

    fn make(directory: &Path, origin: &KeyName, random: &dyn Randomness) -> Result<Self> {
        let secret = SigningKey::generate(random);
        let key = NoteKey::new(origin.clone(), secret.clone());
        let mark = Checkpoint { origin: origin.clone(), tree: TreeHead::empty() };
        let note = mark.sign(&key).to_bytes();
        // The mark first: a key without it would be taken for one whose mark was lost.
        let (mark_path, key_path) = (mark_file(directory), key_file(directory));
        durable::replace(&mark_path, &note, 0o640).map_err(LogError::disk("write", &mark_path))?;
        let seed = format!("{}\n", hex(&secret.to_seed()));
        durable::replace(&key_path, seed.as_bytes(), 0o600).map_err(LogError::disk("write", &key_path))?;
        Ok(Self { directory: directory.to_owned(), key, mark, note })
    }

    fn with(directory: &Path, secret: SigningKey, note: Vec<u8>) -> Result<Self> {
        let path = mark_file(directory);
        let broken = || LogError::Signer {
            path: path.clone(),
            why: "is no checkpoint that this log's key signed: put the newest one there that you have from anywhere",
        };
        let origin = note.split(|byte| *byte == b'\n').next().and_then(|line| std::str::from_utf8(line).ok());
        let origin: KeyName = origin.and_then(|origin| origin.parse().ok()).ok_or_else(broken)?;
        let key = NoteKey::new(origin, secret);
        let trust = Trust { logs: vec![key.verifier()], witnesses: Vec::new() };
        let opened = Checkpoint::open(&note, &trust).map_err(|_| broken())?;
        Ok(Self { directory: directory.to_owned(), key, mark: opened.checkpoint, note })
    }

    /// By this key its checkpoints are known.
    pub fn verifier(&self) -> VerifierKey {
        self.key.verifier()
    }

    /// The largest tree that was signed.
    pub const fn mark(&self) -> TreeHead {
        self.mark.tree
    }

    /// Signs a tree that continues [`Self::mark`], which the proof shows. The same tree again has the same signature.
    pub fn sign(&mut self, tree: TreeHead, proof: &[liuhen_proto::Sha256]) -> Result<Vec<u8>> {
        let signed = self.mark.tree;
        if tree.size < signed.size {
            return Err(LogError::Rewound { signed: signed.size, found: tree.size });
        }
        if !continues(signed, tree, proof) {
            return Err(LogError::Forked { signed: signed.size, found: tree.size });
        }
        if tree != signed {
            let mark = Checkpoint { origin: self.mark.origin.clone(), tree };
            let note = mark.sign(&self.key).to_bytes();
            let path = mark_file(&self.directory);
            durable::replace(&path, &note, 0o640).map_err(LogError::disk("write", &path))?;
            (self.mark, self.note) = (mark, note);
        }
        Ok(self.note.clone())
    }
}

fn key_file(directory: &Path) -> PathBuf {
    directory.join("log.key")
}

fn mark_file(directory: &Path) -> PathBuf {
    directory.join("signed.checkpoint")
}

fn read_key(directory: &Path) -> Result<Option<SigningKey>> {
    let path = key_file(directory);
    let Some(bytes) = read(&path)? else { return Ok(None) };
    let wrong = |why| LogError::Signer { path: path.clone(), why };
    let mode = std::fs::metadata(&path).map_err(LogError::disk("read", &path))?.mode();
    if mode & 0o077 != 0 {
        return Err(wrong("may be read by others: take that away (chmod 600), and have the key replaced if somebody did"));
    }
    let seed = std::str::from_utf8(&bytes).ok().and_then(|text| unhex(text.trim()));
    let seed = seed.and_then(|seed| <[u8; 32]>::try_from(seed).ok());
    seed.map(|seed| Some(SigningKey::from_seed(&seed))).ok_or_else(|| wrong("holds no key: restore it from a copy"))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LogError::disk("read", path)(error)),
    }
}
