//! The files of a neighbour: key, certificate and the centre's authority as PEM, and what is known of them as JSON.
//!
//! Always: a key that others can read is refused, and one that cannot be read is never replaced in silence; each file is
//! whole or not there.

use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum;
use liuhen_proto::Sha256;
use liuhen_proto::world::{OsRandom, Randomness as _};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};

use crate::data::write_whole;

const KEY: &str = "neighbour.key";
const CERTIFICATE: &str = "neighbour.crt";
const AUTHORITY: &str = "centre.crt";
const ENROLLED: &str = "neighbour.json";
/// Characters of a line of PEM (RFC 7468 section 2).
const LINE: usize = 64;

/// Ed25519 in PKCS #8 (RFC 8410 section 7): this, then the 32 bytes of the seed. Without the public key, which would make it
/// version 2: OpenSSL reads none of those.
const ED25519: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What kind of key is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyKind {
    /// ECDSA with P-256: every TLS library knows it
    P256,
    /// Ed25519
    Ed25519,
}

impl KeyKind {
    /// A new key, PKCS #8, PEM.
    fn generate(self) -> Result<String> {
        match self {
            Self::P256 => Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).context("make a key")?.serialize_pem()),
            Self::Ed25519 => {
                let mut seed = [0; 32];
                OsRandom.fill(&mut seed);
                Ok(pem("PRIVATE KEY", &[&ED25519[..], &seed].concat()))
            }
        }
    }
}

/// What is known of a key that has enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrolled {
    /// `nbr_…`
    pub(crate) neighbour_id: String,
    /// Address for machines.
    pub(crate) centre: String,
    /// SHA-256 of the key of its authority.
    pub(crate) centre_sha256: Sha256,
    /// When the certificate was made, by the centre's clock.
    pub(crate) from_us: i64,
    /// Until when it holds.
    pub(crate) until_us: i64,
}

/// The directory that holds the files.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What is known of its key; nothing where it has not enrolled.
    pub(crate) fn enrolled(&self) -> Result<Option<Enrolled>> {
        let path = self.file(ENROLLED);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).with_context(|| format!("read {}", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        }
    }

    /// The key.
    pub(crate) fn key(&self) -> Result<KeyPair> {
        let path = self.file(KEY);
        let read = || format!("read {}", path.display());
        let mode = std::fs::metadata(&path).with_context(read)?.mode();
        ensure!(mode & 0o077 == 0, "{} can be read by others: chmod 600 it, and have the key replaced", path.display());
        let text = std::fs::read_to_string(&path).with_context(read)?;
        KeyPair::from_pem(&text).with_context(|| format!("{} holds no key: restore it, or enrol anew", path.display()))
    }

    /// The same; makes one where there is none.
    pub(crate) fn key_or_make(&self, kind: KeyKind) -> Result<KeyPair> {
        if self.file(KEY).exists() {
            return self.key();
        }
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.with_context(|| format!("make {}", self.0.display()))?;
        write_whole(&self.file(KEY), kind.generate()?.as_bytes(), 0o600)?;
        self.key()
    }

    /// The newest certificate.
    pub(crate) fn certificate(&self) -> Result<CertificateDer<'static>> {
        let path = self.file(CERTIFICATE);
        CertificateDer::from_pem_file(&path).with_context(|| format!("read {}", path.display()))
    }

    /// Keeps what the centre has made. What says that it has enrolled is written last.
    pub(crate) fn keep(&self, certificate: &[u8], authority: &[u8], enrolled: &Enrolled) -> Result<()> {
        write_whole(&self.file(CERTIFICATE), pem("CERTIFICATE", certificate).as_bytes(), 0o644)?;
        write_whole(&self.file(AUTHORITY), pem("CERTIFICATE", authority).as_bytes(), 0o644)?;
        write_whole(&self.file(ENROLLED), &serde_json::to_vec_pretty(enrolled)?, 0o644)
    }
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_made_once_and_is_its_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::at(&directory.path().join("neighbour"));
        assert!(folder.key().is_err() && folder.enrolled().unwrap().is_none());
        let made = folder.key_or_make(KeyKind::P256).unwrap();
        let again = folder.key_or_make(KeyKind::Ed25519).unwrap();
        assert_eq!(made.serialize_pem(), again.serialize_pem(), "the one that is there");
        let other = Folder::at(&directory.path().join("other")).key_or_make(KeyKind::Ed25519).unwrap();
        assert!(other.is_compatible(&rcgen::PKCS_ED25519) && other.serialize_der().len() == ED25519.len() + 32);
        let path = folder.file(KEY);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(folder.key_or_make(KeyKind::P256).unwrap_err().to_string().contains("chmod 600"));
        write_whole(&path, b"nothing", 0o600).unwrap();
        assert!(folder.key_or_make(KeyKind::P256).is_err());
        assert_eq!(std::fs::read(path).unwrap(), b"nothing");
    }

    #[test]
    fn a_certificate_reads_back_from_pem() {
        let key = KeyPair::generate().unwrap();
        let made = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        let written = pem("CERTIFICATE", made.der());
        assert_eq!(CertificateDer::from_pem_slice(written.as_bytes()).unwrap(), *made.der());
        assert!(written.lines().all(|line| line.len() <= LINE));
    }
}
