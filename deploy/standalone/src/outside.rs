//! The files of an outside authority for recorders' certificates, which signs instead of the built-in one.
//!
//! In: two PEM files. Out: the authority, tried; or why it cannot sign. Nothing is written: files and key are the site's.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use liuhen_api::machines::LIFETIME;
use liuhen_api::machines::authority::Authority;
use liuhen_proto::Timestamp;

/// The largest file that may hold a certificate or a key.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// Where an outside authority lies.
#[derive(Debug, Clone)]
pub struct OutsideAuthority {
    /// File of its certificate, PEM; those that vouch for it may stand below.
    pub certificate: PathBuf,
    /// File of its key, PEM.
    pub key: PathBuf,
}

impl OutsideAuthority {
    /// Reads and tries it.
    pub(crate) fn read(&self, now: Timestamp) -> Result<Authority> {
        let (certificate, key) = (read(&self.certificate)?, read(&self.key)?);
        let authority = Authority::outside(&certificate, &key, now);
        let authority = authority.with_context(|| format!("use {} and {}", self.certificate.display(), self.key.display()))?;
        // It goes on signing when its time is over, since recorders know its key; only others would mind.
        if authority.until().is_some_and(|until| until < now.after(LIFETIME)) {
            tracing::warn!(
                certificate = %self.certificate.display(),
                "the authority ends sooner than the certificates that it signs: renew its certificate, with the same key"
            );
        }
        Ok(authority)
    }
}

fn read(path: &Path) -> Result<String> {
    let read = || format!("read {}", path.display());
    let size = fs::metadata(path).with_context(read)?.len();
    ensure!(size <= MAX_FILE_BYTES, "{} is far larger than a certificate or a key · 文件过大", path.display());
    fs::read_to_string(path).with_context(read)
}
