//! The signing key of a person, in a file of their own.
//!
//! In: a path. Out: a [`SigningKey`]. Always: the file is made for its owner alone and refused where others may
//! read it; what it holds is never printed, and a broken file is never replaced.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use liuhen_proto::digest::{hex, unhex};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::Randomness;

use crate::data::write_whole;

/// Reads a key.
pub(crate) fn read(path: &Path) -> Result<SigningKey> {
    let show = path.display();
    let hint = || format!("read the key {show}: `liuhen key --key {show}` makes one · 可用 liuhen key --key {show} 生成密钥");
    let text = std::fs::read_to_string(path).with_context(hint)?;
    if std::fs::metadata(path).with_context(|| format!("read {show}"))?.mode() & 0o077 != 0 {
        bail!(
            "others may read the key {show}: take that away (chmod 600), and make a new key if somebody did · \
             密钥文件可被他人读取，请执行 chmod 600；如已泄露请更换密钥"
        );
    }
    let seed = unhex(text.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let seed =
        seed.with_context(|| format!("{show} holds no key: restore it from a copy, or make another under another name"))?;
    Ok(SigningKey::from_seed(&seed))
}

/// Reads a key, or makes one where there is no file; and whether it was made.
pub(crate) fn read_or_make(path: &Path, random: &dyn Randomness) -> Result<(SigningKey, bool)> {
    match std::fs::symlink_metadata(path) {
        Ok(_) => Ok((read(path)?, false)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = SigningKey::generate(random);
            write_whole(path, format!("{}\n", hex(&key.to_seed())).as_bytes(), 0o600)?;
            Ok((key, true))
        }
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::world::SeededRandom;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("me.key");
        assert!(format!("{:#}", read(&path).unwrap_err()).contains("liuhen key"));
        let (key, made) = read_or_make(&path, &SeededRandom::new(1)).unwrap();
        let (again, again_made) = read_or_make(&path, &SeededRandom::new(2)).unwrap();
        assert_eq!((key.public(), made), (again.public(), !again_made));
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn a_broken_file_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("me.key");
        write_whole(&path, b"ff", 0o600).unwrap();
        assert!(read_or_make(&path, &SeededRandom::new(1)).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"ff");
    }
}
