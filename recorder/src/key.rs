//! The recorder's signing key: made at first use, readable by the recorder alone.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use liuhen_proto::Code;
use liuhen_proto::digest::{hex, unhex};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::Randomness;

use crate::durable;

/// Name of the key's file in the spool's directory.
pub const FILE_NAME: &str = "recorder.key";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or made.
    #[error("cannot read or make the key file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else may read it.
    #[error(
        "the key file {0} can be read by others: take the permission away (chmod 600), and if others had access make a new key"
    )]
    Exposed(PathBuf),
    /// It holds no key.
    #[error("the key file {0} holds no key: restore it from a copy, or remove it to make a new key and register that")]
    Form(PathBuf),
}

impl KeyFileError {
    /// The closed list's code.
    pub const fn code(&self) -> Code {
        match self {
            Self::File { .. } => Code::Unavailable,
            Self::Exposed(_) | Self::Form(_) => Code::FailedPrecondition,
        }
    }
}

/// Reads the key of the spool, or makes one where there is none.
pub fn load_or_make(directory: &Path, random: &dyn Randomness) -> Result<SigningKey, KeyFileError> {
    let path = directory.join(FILE_NAME);
    let file = |source| KeyFileError::File { path: path.clone(), source };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            if std::fs::metadata(&path).map_err(file)?.mode() & 0o077 != 0 {
                return Err(KeyFileError::Exposed(path));
            }
            let seed = unhex(text.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            seed.map(|seed| SigningKey::from_seed(&seed)).ok_or(KeyFileError::Form(path))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(directory).map_err(file)?;
            let key = SigningKey::generate(random);
            durable::write_private(&path, format!("{}\n", hex(&key.to_seed())).as_bytes()).map_err(file)?;
            Ok(key)
        }
        Err(error) => Err(file(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::OsRandom;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_made_once_and_belongs_to_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let key = load_or_make(directory.path(), &OsRandom).unwrap();
        let path = directory.path().join(FILE_NAME);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(load_or_make(directory.path(), &OsRandom).unwrap().public(), key.public());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(load_or_make(directory.path(), &OsRandom), Err(KeyFileError::Exposed(_))));
    }

    #[test]
    fn a_broken_key_is_never_replaced_in_silence() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        durable::write_private(&path, b"00").unwrap();
        assert!(matches!(load_or_make(directory.path(), &OsRandom), Err(KeyFileError::Form(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"00");
    }
}
