//! Numbers of identity documents: sealed before they are stored, opened for who may see them.
//!
//! In: a number, and keys from outside the database. Out: what is stored: AES-256-GCM, a keyed hash (HMAC-SHA-256) to find
//! the same number again, and what everybody may see of it. Always: each number has a nonce of its own; the newest key
//! seals, every key that is kept opens; a number never stands in an error or a log. Not here: who may see it.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liuhen_process::fact::IdNumber;
use liuhen_process::text::Text;
use liuhen_proto::Sha256;
use liuhen_proto::world::Randomness;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use serde::{Deserialize, Serialize};

/// What binds a sealed number to its use.
const USE: &[u8] = b"liuhen id number v1";
/// The longest number of a document, in bytes.
const MAX_NUMBER: usize = 40;

/// Why a number was not taken. It never says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not the form of a document's number.
    #[error("must be 4 to 40 letters, digits or hyphens")]
    Form,
    /// A resident identity number (GB 11643) whose last character does not fit the others.
    #[error("has a check character that does not fit: a digit was mistyped")]
    Check,
}

/// Why keys were not taken.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not the form of a file of keys.
    #[error("read the keys for identity numbers")]
    Form(#[source] toml::de::Error),
    /// A key that is none.
    #[error("{0} is no key: 32 bytes in base64 are")]
    NoKey(String),
    /// No key to seal with.
    #[error("there is no key")]
    Empty,
    /// A number that no key here opens.
    #[error("sealed with key {0:?}, which is not here")]
    Missing(String),
    /// What was stored is not what was sealed.
    #[error("what is stored does not open: it was changed, or the key of this name is another one")]
    Changed,
}

/// The keys as they stand in their file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Of the keyed hash, 32 bytes in base64. With another one numbers that were stored are not found any more.
    hash: String,
    /// The newest first.
    key: Vec<FileKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKey {
    /// Its name, which stands beside each number that it sealed.
    id: String,
    /// 32 bytes in base64.
    secret: String,
}

/// Keys, and the chance that nonces are made of.
pub struct Vault {
    hash: hmac::Key,
    keys: Vec<(String, LessSafeKey)>,
    lots: hmac::Key,
    random: Arc<dyn Randomness>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("keys", &self.keys.iter().map(|(id, _)| id).collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

fn secret(text: &str, name: &str) -> Result<[u8; 32], KeyError> {
    let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| KeyError::NoKey(name.to_owned()))
}

impl Vault {
    /// A new file of keys.
    pub fn generate(random: &dyn Randomness) -> String {
        let key = || {
            let mut bytes = [0; 32];
            random.fill(&mut bytes);
            STANDARD.encode(bytes)
        };
        let file = File { hash: key(), key: vec![FileKey { id: "1".to_owned(), secret: key() }] };
        toml::to_string(&file).expect("texts can be written")
    }

    /// From a file of keys.
    pub fn from_toml(text: &str, random: Arc<dyn Randomness>) -> Result<Self, KeyError> {
        let file: File = toml::from_str(text).map_err(KeyError::Form)?;
        let hash = secret(&file.hash, "hash")?;
        let mut keys = Vec::with_capacity(file.key.len());
        for key in file.key {
            if key.id.is_empty() || key.id.len() > 16 || !key.id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(KeyError::NoKey(key.id));
            }
            let unbound = UnboundKey::new(&AES_256_GCM, &secret(&key.secret, &key.id)?);
            let unbound = unbound.map_err(|_| KeyError::NoKey(key.id.clone()))?;
            keys.push((key.id, LessSafeKey::new(unbound)));
        }
        if keys.is_empty() {
            return Err(KeyError::Empty);
        }
        let of_hash = hmac::Key::new(hmac::HMAC_SHA256, &hash);
        let lots = hmac::sign(&of_hash, b"liuhen seeds of lots v1");
        let lots = hmac::Key::new(hmac::HMAC_SHA256, lots.as_ref());
        Ok(Self { hash: of_hash, keys, lots, random })
    }

    /// Checks and seals a number. Blanks at its ends are dropped, letters are written large.
    pub fn seal(&self, number: &str) -> Result<IdNumber, NumberError> {
        let number = normal(number)?;
        let (id, key) = &self.keys[0];
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce);
        let mut bytes = number.clone().into_bytes();
        let sealed = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(USE), &mut bytes);
        sealed.expect("a number is far shorter than what one nonce can seal");
        let sealed = format!("v1.{id}.{}.{}", STANDARD.encode(nonce), STANDARD.encode(&bytes));
        Ok(IdNumber {
            hash: self.hashed(&number),
            sealed: Text::new(sealed).expect("it is short and holds base64"),
            masked: Text::new(masked(&number)).expect("it is short and holds no control characters"),
        })
    }

    /// The keyed hash of a number.
    pub fn find(&self, number: &str) -> Result<Sha256, NumberError> {
        normal(number).map(|number| self.hashed(&number))
    }

    fn hashed(&self, number: &str) -> Sha256 {
        let tag = hmac::sign(&self.hash, number.as_bytes());
        tag.as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
    }

    /// The number again.
    pub fn open(&self, number: &IdNumber) -> Result<String, KeyError> {
        let parts: Vec<_> = number.sealed.as_str().split('.').collect();
        let ["v1", id, nonce, bytes] = parts.as_slice() else { return Err(KeyError::Changed) };
        let key = self.keys.iter().find(|(known, _)| known == id);
        let (_, key) = key.ok_or_else(|| KeyError::Missing((*id).to_owned()))?;
        let nonce = STANDARD.decode(nonce).ok().and_then(|nonce| nonce.try_into().ok()).ok_or(KeyError::Changed)?;
        let mut bytes = STANDARD.decode(bytes).map_err(|_| KeyError::Changed)?;
        let opened = key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(USE), &mut bytes);
        let opened = opened.map_err(|_| KeyError::Changed)?;
        String::from_utf8(opened.to_vec()).map_err(|_| KeyError::Changed)
    }

    /// 32 bytes that nobody without the keys can foretell, the same each time for the same name: seeds of lots.
    pub(crate) fn seed(&self, name: &str) -> [u8; 32] {
        hmac::sign(&self.lots, name.as_bytes()).as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
    }
}

fn normal(number: &str) -> Result<String, NumberError> {
    let number = number.trim().to_ascii_uppercase();
    let form = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !form || !(4..=MAX_NUMBER).contains(&number.len()) {
        return Err(NumberError::Form);
    }
    if is_resident(&number) && !checks(&number) {
        return Err(NumberError::Check);
    }
    Ok(number)
}

/// The form of a resident identity number: 17 digits and a digit or X.
fn is_resident(number: &str) -> bool {
    let (digits, last) = number.split_at(number.len().saturating_sub(1));
    digits.len() == 17 && digits.bytes().all(|byte| byte.is_ascii_digit()) && (last == "X" || last.as_bytes()[0].is_ascii_digit())
}

/// ISO 7064 MOD 11-2, as GB 11643 asks for.
fn checks(number: &str) -> bool {
    let value = |byte: u8| if byte == b'X' { 10 } else { u32::from(byte - b'0') };
    let sum = number.bytes().fold(0, |sum, byte| (sum * 2 + value(byte)) % 11);
    sum == 1
}

/// The first four and the last two characters of long numbers, the first one of short ones.
fn masked(number: &str) -> String {
    let (head, tail) = if number.len() >= 12 { (4, 2) } else { (1, 0) };
    let stars = "*".repeat(number.len() - head - tail);
    format!("{}{stars}{}", &number[..head], &number[number.len() - tail..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SeededRandom;

    fn vault(text: &str) -> Vault {
        Vault::from_toml(text, Arc::new(SeededRandom::new(4))).unwrap()
    }

    const NUMBER: &str = "11010519491231002X";

    #[test]
    fn a_number_opens_again_and_is_found_but_never_seen() {
        let vault = vault(&Vault::generate(&SeededRandom::new(3)));
        let (one, other) = (vault.seal(NUMBER).unwrap(), vault.seal(" 11010519491231002x ").unwrap());
        assert_ne!(one.sealed, other.sealed, "each has a nonce of its own");
        assert_eq!((one.hash, vault.find(NUMBER)), (other.hash, Ok(one.hash)));
        assert_eq!(vault.open(&one).unwrap(), NUMBER);
        assert_eq!(one.masked.as_str(), "1101************2X");
        assert!(!format!("{vault:?} {one:?}").contains("19491231"));
    }

    #[test]
    fn what_was_mistyped_is_told() {
        let vault = vault(&Vault::generate(&SeededRandom::new(3)));
        assert_eq!(vault.seal("110105194912310021"), Err(NumberError::Check));
        assert_eq!(vault.seal("11010519491231002X;"), Err(NumberError::Form));
        assert_eq!(vault.seal("护照123"), Err(NumberError::Form));
        assert_eq!(vault.seal("H0123456789").unwrap().masked.as_str(), "H**********");
    }

    #[test]
    fn an_old_key_opens_and_the_newest_seals() {
        let old = Vault::generate(&SeededRandom::new(3));
        let stored = vault(&old).seal(NUMBER).unwrap();
        let newer = old.replace("[[key]]", &format!("[[key]]\nid = \"2\"\nsecret = \"{}\"\n[[key]]", STANDARD.encode([7; 32])));
        let rotated = vault(&newer);
        assert_eq!(rotated.open(&stored).unwrap(), NUMBER);
        let again = rotated.seal(NUMBER).unwrap();
        assert!(again.sealed.as_str().starts_with("v1.2.") && again.hash == stored.hash);
        assert!(matches!(vault(&old).open(&again), Err(KeyError::Missing(id)) if id == "2"));
        let mut changed = stored.clone();
        changed.sealed = Text::new(stored.sealed.as_str().replacen("v1.1.", "v1.1.A", 1)).unwrap();
        assert!(vault(&old).open(&changed).is_err());
    }
}
