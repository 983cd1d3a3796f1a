//! The recorder's key for the centre, and its certificate: one file, which its owner alone may read.
//!
//! Always: the key outlives every certificate, and another takes its place only when the centre has let that in; a file that
//! cannot be read is told, and never replaced in silence.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liuhen_proto::{Code, Timestamp};
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::durable;

/// Name of the file in the spool's directory.
pub const FILE_NAME: &str = "machine.json";
/// Name of the file of the key that is to take its place, until the centre has let that in.
const NEXT_NAME: &str = "machine.next.json";

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file cannot be read or written.
    #[error("cannot read or write {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else may read it.
    #[error("{0} can be read by others: take the permission away (chmod 600), and if others had access have the key replaced")]
    Exposed(PathBuf),
    /// It holds no key.
    #[error("{0} holds no key: restore it from a copy, or remove it and have the recorder enrol anew")]
    Form(PathBuf),
}

impl IdentityError {
    /// The closed list's code.
    pub const fn code(&self) -> Code {
        match self {
            Self::File { .. } => Code::Unavailable,
            Self::Exposed(_) | Self::Form(_) => Code::FailedPrecondition,
        }
    }
}

/// A certificate that the centre has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// X.509, DER.
    pub der: Vec<u8>,
    /// When it was made, by the centre's clock.
    pub from: Timestamp,
    /// Until when it holds, by the centre's clock.
    pub until: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// PKCS#8, PEM.
    key: String,
    certificate: Option<StoredCertificate>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCertificate {
    /// DER, base64.
    der: String,
    from_us: i64,
    until_us: i64,
}

/// A key, and the newest certificate for it.
#[derive(Clone)]
struct Shown {
    key: Arc<KeyPair>,
    certificate: Option<Certificate>,
}

/// The key, and the newest certificate for it.
pub struct Identity {
    path: PathBuf,
    shown: Mutex<Shown>,
    has_certificate: watch::Sender<bool>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Identity {
    /// What stands in the file; nothing where there is none.
    pub fn load(spool: &Path) -> Result<Option<Arc<Self>>, IdentityError> {
        Self::read(spool.join(FILE_NAME))
    }

    fn read(path: PathBuf) -> Result<Option<Arc<Self>>, IdentityError> {
        let file = |source| IdentityError::File { path: path.clone(), source };
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(file(error)),
        };
        if std::fs::metadata(&path).map_err(file)?.mode() & 0o077 != 0 {
            return Err(IdentityError::Exposed(path));
        }
        let read = || {
            let stored: Stored = serde_json::from_slice(&text).ok()?;
            let key = KeyPair::from_pem(&stored.key).ok()?;
            let certificate = match stored.certificate {
                None => None,
                Some(it) => Some(Certificate {
                    der: STANDARD.decode(it.der).ok()?,
                    from: Timestamp::from_micros(it.from_us),
                    until: Timestamp::from_micros(it.until_us),
                }),
            };
            Some((key, certificate))
        };
        let (key, certificate) = read().ok_or_else(|| IdentityError::Form(path.clone()))?;
        Ok(Some(Arc::new(Self::of(path, Shown { key: Arc::new(key), certificate }))))
    }

    /// The same; makes a key where there is none.
    pub fn load_or_make(spool: &Path) -> Result<Arc<Self>, IdentityError> {
        let path = spool.join(FILE_NAME);
        std::fs::create_dir_all(spool).map_err(|source| IdentityError::File { path: path.clone(), source })?;
        Self::read_or_make(path)
    }

    fn read_or_make(path: PathBuf) -> Result<Arc<Self>, IdentityError> {
        if let Some(known) = Self::read(path.clone())? {
            return Ok(known);
        }
        let made = Self::fresh(path)?;
        made.write(&made.now())?;
        Ok(Arc::new(made))
    }

    /// With a new key, which is written nowhere yet.
    fn fresh(path: PathBuf) -> Result<Self, IdentityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)
            .map_err(|error| IdentityError::File { path: path.clone(), source: io::Error::other(error.to_string()) })?;
        Ok(Self::of(path, Shown { key: Arc::new(key), certificate: None }))
    }

    fn of(path: PathBuf, shown: Shown) -> Self {
        let has_certificate = watch::Sender::new(shown.certificate.is_some());
        Self { path, shown: Mutex::new(shown), has_certificate }
    }

    /// One with another key, which may [take its place](Self::become_other). It is on the disk before the centre hears of
    /// it: where the answer is lost, the same key asks again, since the token is of use for no other.
    pub(crate) fn another(&self) -> Result<Arc<Self>, IdentityError> {
        Self::read_or_make(self.path.with_file_name(NEXT_NAME))
    }

    /// Takes over another's key and certificate: the centre knows us by those from now on.
    pub(crate) fn become_other(&self, other: &Self) -> Result<(), IdentityError> {
        self.take(other.now())?;
        std::fs::remove_file(&other.path).map_err(|source| IdentityError::File { path: other.path.clone(), source })
    }

    /// The newest certificate that the centre has made.
    pub fn certificate(&self) -> Option<Certificate> {
        self.now().certificate
    }

    /// Waits for the first certificate.
    pub(crate) async fn certified(&self) {
        // The sender is ours, and so does not go away.
        let _ = self.has_certificate.subscribe().wait_for(|has| *has).await;
    }

    fn now(&self) -> Shown {
        self.shown.lock().expect("no one panics while holding a certificate").clone()
    }

    /// Keeps a new one.
    pub(crate) fn keep(&self, certificate: Certificate) -> Result<(), IdentityError> {
        self.take(Shown { certificate: Some(certificate), ..self.now() })
    }

    fn take(&self, shown: Shown) -> Result<(), IdentityError> {
        self.write(&shown)?;
        let has_certificate = shown.certificate.is_some();
        *self.shown.lock().expect("no one panics while holding a certificate") = shown;
        self.has_certificate.send_replace(has_certificate);
        Ok(())
    }

    fn write(&self, shown: &Shown) -> Result<(), IdentityError> {
        let certificate = shown.certificate.as_ref().map(|it| StoredCertificate {
            der: STANDARD.encode(&it.der),
            from_us: it.from.as_micros(),
            until_us: it.until.as_micros(),
        });
        let stored = Stored { key: shown.key.serialize_pem(), certificate };
        let text = serde_json::to_vec_pretty(&stored).map_err(io::Error::other);
        let written = text.and_then(|text| durable::write_private(&self.path, &text));
        written.map_err(|source| IdentityError::File { path: self.path.clone(), source })
    }

    /// What a connection shows: the centre's certificate, or one of our own where there is none yet; the key is the same.
    pub(crate) fn shown(&self) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
        let Shown { key, certificate } = self.now();
        let own = || CertificateParams::default().self_signed(&*key).map(|own| own.der().clone());
        let certificate = certificate.map_or_else(own, |it| Ok(CertificateDer::from(it.der)))?;
        Ok((certificate, PrivateKeyDer::Pkcs8(key.serialize_der().into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_made_once_and_outlives_its_certificates() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Identity::load(directory.path()).unwrap().is_none());
        let made = Identity::load_or_make(directory.path()).unwrap();
        let certificate = Certificate { der: vec![1, 2], from: Timestamp::from_micros(1), until: Timestamp::from_micros(2) };
        made.keep(certificate.clone()).unwrap();
        let again = Identity::load_or_make(directory.path()).unwrap();
        assert_eq!((again.certificate(), again.now().key.serialize_pem()), (Some(certificate), made.now().key.serialize_pem()));
        assert_eq!(std::fs::metadata(directory.path().join(FILE_NAME)).unwrap().mode() & 0o777, 0o600);
        assert!(!format!("{again:?}").contains("PRIVATE"));
    }

    #[test]
    fn another_key_takes_its_place_when_it_is_told_to() {
        let directory = tempfile::tempdir().unwrap();
        let first = Identity::load_or_make(directory.path()).unwrap();
        let other = first.another().unwrap();
        let key = |of: &Identity| of.now().key.serialize_pem();
        assert_ne!(key(&first), key(&other));
        assert_eq!(key(&other), key(&first.another().unwrap()), "after a crash it is the same that asks again");
        assert_eq!(key(&first), key(&Identity::load_or_make(directory.path()).unwrap()), "it has not taken its place");
        first.become_other(&other).unwrap();
        assert_eq!([key(&first), key(&Identity::load_or_make(directory.path()).unwrap())], [key(&other), key(&other)]);
        assert_ne!(key(&first.another().unwrap()), key(&other), "the next one is new");
    }

    #[test]
    fn what_others_may_read_or_nobody_can_is_told_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        Identity::load_or_make(directory.path()).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Identity::load_or_make(directory.path()), Err(IdentityError::Exposed(_))));
        durable::write_private(&path, b"{}").unwrap();
        assert!(matches!(Identity::load_or_make(directory.path()), Err(IdentityError::Form(_))));
        assert_eq!(std::fs::read(&path).unwrap(), b"{}");
    }
}
