//! Signed notes (C2SP signed-note): a text, and below it who signed it.
//!
//! In: text and keys, or bytes from anybody. Out: a [`Note`], and who of those that a verifier knows has signed it.
//! - Always: signatures of keys that are not known count for nothing; one that names a known key and does not hold makes the
//!   whole note worthless, as the specification has it; what was read is written back byte for byte.
//! - Not here: what the text says ([`super::checkpoint`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::signing::Signature;

mod key;

pub use key::{KeyId, KeyKind, KeyName, NoteKey, NoteKeyError, VerifierKey};

/// The largest note, in bytes: 64 of the largest signatures that the specification speaks of.
pub const MAX_NOTE_BYTES: usize = 512 * 1024;
/// The most signatures of a note.
pub const MAX_SIGNATURES: usize = 64;

/// What signature lines begin with: an em dash (U+2014) and a space.
const SIGNATURE: &str = "\u{2014} ";

/// A text with signatures that nobody has looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One line below the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Who is said to have signed.
    pub name: KeyName,
    /// With which key.
    pub key: KeyId,
    /// What is said to be the signature.
    bytes: Vec<u8>,
}

/// Who has signed a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// By which key.
    pub key: VerifierKey,
    /// When, by the signer's own clock, in seconds since 1970; cosignatures say it.
    pub at_secs: Option<u64>,
}

/// Why bytes are no note, or why it is worth nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More bytes than a note may have.
    #[error("a note has at most {MAX_NOTE_BYTES} bytes, and this has {found}")]
    TooLarge {
        /// Bytes given.
        found: usize,
    },
    /// Not the form of a note.
    #[error("not a signed note (C2SP signed-note): {0}")]
    Form(&'static str),
    /// A signature names a known key, and is not its.
    #[error("the signature of {name} does not hold: the note was altered")]
    Signature {
        /// Whose.
        name: KeyName,
    },
    /// No known key signed it.
    #[error("none of the keys that you trust has signed this note")]
    Unsigned,
}

impl Note {
    /// A text without signatures. It ends with a line feed and has no other control characters.
    pub fn new(text: String) -> Result<Self, NoteError> {
        match check(&text) {
            Some(why) => Err(NoteError::Form(why)),
            None => Ok(Self { text, signatures: Vec::new() }),
        }
    }

    /// What is signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Who is said to have signed; nothing of it is checked.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature of the key: nothing where it has signed already, since one key has one signature.
    pub fn sign(&mut self, key: &NoteKey) {
        let verifier = key.verifier();
        let bytes = key.sign(self.text.as_bytes()).as_bytes().to_vec();
        self.add(NoteSignature { name: verifier.name().clone(), key: verifier.id(), bytes });
    }

    /// Adds what a witness has answered: signature lines. They are looked at when the note is verified.
    pub fn add_lines(&mut self, lines: &str) -> Result<(), NoteError> {
        for line in lines.split_inclusive('\n') {
            self.add(signature(line)?);
        }
        if self.signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::Form("it has too many signatures"));
        }
        Ok(())
    }

    fn add(&mut self, signature: NoteSignature) {
        if !self.signatures.iter().any(|it| (&it.name, it.key) == (&signature.name, signature.key)) {
            self.signatures.push(signature);
        }
    }

    /// Who of these has signed. At least one; an error where a signature of one of them does not hold.
    pub fn verify(&self, known: &[VerifierKey]) -> Result<Vec<Signer>, NoteError> {
        let mut signers = Vec::new();
        for signature in &self.signatures {
            let same = |key: &&VerifierKey| *key.name() == signature.name && key.id() == signature.key;
            let Some(key) = known.iter().find(same) else { continue };
            let broken = || NoteError::Signature { name: signature.name.clone() };
            let at_secs = signed(key, &self.text, &signature.bytes).ok_or_else(broken)?;
            signers.push(Signer { key: key.clone(), at_secs });
        }
        if signers.is_empty() { Err(NoteError::Unsigned) } else { Ok(signers) }
    }

    /// Reads a note.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge { found: bytes.len() });
        }
        let all = std::str::from_utf8(bytes).map_err(|_| NoteError::Form("it is no UTF-8"))?;
        // The last empty line: a text may have some of its own.
        let (text, lines) = all.rsplit_once("\n\n").ok_or(NoteError::Form("no empty line stands above the signatures"))?;
        let mut note = Self::new(format!("{text}\n"))?;
        for line in lines.split_inclusive('\n') {
            if note.signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::Form("it has too many signatures"));
            }
            note.signatures.push(signature(line)?);
        }
        if note.signatures.is_empty() {
            return Err(NoteError::Form("it has no signature"));
        }
        Ok(note)
    }

    /// The bytes of the note.
    pub fn to_bytes(&self) -> Vec<u8> {
        let line = |it: &NoteSignature| {
            let bytes = [&it.key.to_bytes()[..], &it.bytes].concat();
            format!("{SIGNATURE}{} {}\n", it.name, BASE64.encode(bytes))
        };
        let lines: String = self.signatures.iter().map(line).collect();
        format!("{}\n{lines}", self.text).into_bytes()
    }
}

/// What is wrong with a text, if anything.
fn check(text: &str) -> Option<&'static str> {
    if !text.ends_with('\n') {
        return Some("the text does not end with a line feed");
    }
    let control = text.bytes().any(|byte| byte < 0x20 && byte != b'\n');
    control.then_some("it holds control characters")
}

fn signature(line: &str) -> Result<NoteSignature, NoteError> {
    let wrong = NoteError::Form("a signature line is not `— NAME BASE64`");
    let parts = line.strip_suffix('\n').and_then(|line| line.strip_prefix(SIGNATURE)).and_then(|line| line.split_once(' '));
    let (name, text) = parts.ok_or_else(|| wrong.clone())?;
    let name: KeyName = name.parse().map_err(|_| wrong.clone())?;
    let bytes = BASE64.decode(text).map_err(|_| wrong.clone())?;
    let (key, bytes) = bytes.split_first_chunk::<4>().ok_or(wrong)?;
    Ok(NoteSignature { name, key: KeyId::from_bytes(*key), bytes: bytes.to_vec() })
}

/// Nothing where the signature does not hold; else when it was made, where that was signed as well.
fn signed(key: &VerifierKey, text: &str, bytes: &[u8]) -> Option<Option<u64>> {
    match key.kind() {
        KeyKind::Ed25519 => {
            let signature = Signature::try_from(bytes).ok()?;
            key.public().verifies(text.as_bytes(), &signature).then_some(None)
        }
        // C2SP tlog-cosignature: the time, and the signature over a header line, the time and the text.
        KeyKind::Cosignature => {
            let (time, signature) = bytes.split_first_chunk::<8>()?;
            let (time, signature) = (u64::from_be_bytes(*time), Signature::try_from(signature).ok()?);
            let holds = i64::try_from(time).is_ok() && key.public().verifies(cosigned(time, text).as_bytes(), &signature);
            holds.then_some(Some(time))
        }
    }
}

/// What a witness signs.
fn cosigned(time_secs: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time_secs}\n{text}")
}

#[cfg(test)]
mod tests;
