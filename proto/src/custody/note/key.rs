//! Keys of signed notes: a name, and a key of Ed25519.
//!
//! In: names and keys. Out: [`VerifierKey`], as others type it (`name+id+key`), and [`NoteKey`], which signs.
//! Always: name and id together tell a key; the id is the first four bytes of a SHA-256 and proves nothing by itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::digest::{Sha256, hex, unhex};
use crate::signing::{PublicKey, Signature, SigningKey};

/// The longest name, in bytes (C2SP tlog-cosignature).
const MAX_NAME_BYTES: usize = 255;

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteKeyError {
    /// Not a name.
    #[error("a key's name has 1 to {MAX_NAME_BYTES} bytes, no spaces, control characters or `+`")]
    Name,
    /// Not a key.
    #[error("not a verifier key: NAME+ID+KEY with 8 hex digits and base64 is expected (C2SP signed-note)")]
    Form,
    /// The id is that of another key.
    #[error("the id of this key is {expected}, and {found} stands in it: it was mistyped or altered")]
    Id {
        /// By name and key.
        expected: KeyId,
        /// What it says.
        found: KeyId,
    },
    /// Of a kind that nothing here can check.
    #[error("a key of kind {found:#04x} cannot be checked here: 0x01 (Ed25519) and 0x04 (cosignature) can")]
    Kind {
        /// Which one.
        found: u8,
    },
}

/// Who signs: a log or a witness. By custom an address without `https://`, which need not be reachable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(String);

impl KeyName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for KeyName {
    type Err = NoteKeyError;
    fn from_str(text: &str) -> Result<Self, NoteKeyError> {
        let wrong = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if text.is_empty() || text.len() > MAX_NAME_BYTES || text.chars().any(wrong) {
            return Err(NoteKeyError::Name);
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Display for KeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tells the keys of one name apart. In text 8 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    pub(super) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    pub(super) const fn to_bytes(self) -> [u8; 4] {
        self.0
    }

    fn of(name: &KeyName, kind: KeyKind, public: PublicKey) -> Self {
        let digest = Sha256::of_parts(&[name.0.as_bytes(), b"\n", &[kind as u8], &public.to_bytes()]);
        let (id, _) = digest.as_bytes().split_first_chunk::<4>().expect("a digest has 32 bytes");
        Self(*id)
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// What a key signs; the number is that of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum KeyKind {
    /// The text itself: a log's key.
    Ed25519 = 1,
    /// The text with a time: a witness's key.
    Cosignature = 4,
}

/// A key that checks notes. In text `NAME+ID+KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    kind: KeyKind,
    public: PublicKey,
}

impl VerifierKey {
    /// Of a name and a key.
    pub const fn new(name: KeyName, kind: KeyKind, public: PublicKey) -> Self {
        Self { name, kind, public }
    }

    /// Whose it is.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// What it signs.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key.
    pub const fn public(&self) -> PublicKey {
        self.public
    }

    /// By this its signatures are found.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.name, self.kind, self.public)
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = [&[self.kind as u8][..], &self.public.to_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, self.id(), BASE64.encode(key))
    }
}

impl std::str::FromStr for VerifierKey {
    type Err = NoteKeyError;
    fn from_str(text: &str) -> Result<Self, NoteKeyError> {
        let mut parts = text.splitn(3, '+');
        let mut part = || parts.next().ok_or(NoteKeyError::Form);
        let (name, id, key): (KeyName, _, _) = (part()?.parse()?, part()?, part()?);
        let id = unhex(id).and_then(|id| id.try_into().ok()).map(KeyId).ok_or(NoteKeyError::Form)?;
        let bytes = BASE64.decode(key).map_err(|_| NoteKeyError::Form)?;
        let (kind, key) = bytes.split_first().ok_or(NoteKeyError::Form)?;
        let kind = match kind {
            1 => KeyKind::Ed25519,
            4 => KeyKind::Cosignature,
            found => return Err(NoteKeyError::Kind { found: *found }),
        };
        let key = Self::new(name, kind, PublicKey::try_from(key).map_err(|_| NoteKeyError::Form)?);
        let expected = key.id();
        if id == expected { Ok(key) } else { Err(NoteKeyError::Id { expected, found: id }) }
    }
}

/// A key that signs notes as a log does. Its `Debug` shows the public half only.
#[derive(Debug, Clone)]
pub struct NoteKey {
    name: KeyName,
    key: SigningKey,
}

impl NoteKey {
    /// Of a name and a key.
    pub const fn new(name: KeyName, key: SigningKey) -> Self {
        Self { name, key }
    }

    /// The half that everybody may know.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::new(self.name.clone(), KeyKind::Ed25519, self.key.public())
    }

    pub(super) fn sign(&self, text: &[u8]) -> Signature {
        self.key.sign(text)
    }
}
