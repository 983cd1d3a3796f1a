//! TLS 1.3: for machines with a key on both sides, for people with the certificate that the site has.
//!
//! In: sockets. Out: encrypted connections; of a machine, with the key that its other end has proved to hold. Always: a
//! key is proved by the handshake, and judged by the call, so a machine without a right learns that in its own protocol;
//! a handshake takes ten seconds at most. People's certificate is read again when its files change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use liuhen_proto::Sha256;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::authority::{Authority, PublicKey};
use super::hands::Hands;
use crate::peer::Peer;

/// The longest handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often the files of a certificate are looked at.
const LOOK: Duration = Duration::from_secs(60);
/// The largest of them.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("read {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What is in the files cannot be used.
    #[error("use {} and {}: {why}", certificate.display(), key.display())]
    Unusable {
        /// File of the certificates.
        certificate: PathBuf,
        /// File of the key.
        key: PathBuf,
        /// Why not.
        why: String,
    },
    /// The authority cannot sign.
    #[error(transparent)]
    Authority(#[from] super::authority::AuthorityError),
    /// The library refuses.
    #[error("set TLS up")]
    Library(#[from] rustls::Error),
}

/// TLS at an address.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    hands: Hands,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls(…)")
    }
}

impl Tls {
    fn new(config: ServerConfig) -> Self {
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), hands: Hands::default() }
    }

    /// For machines: each must show a key.
    pub fn for_machines(authority: &Authority) -> Result<Self, TlsError> {
        let (chain, key) = authority.server()?;
        let mut config = builder()?.with_client_cert_verifier(Arc::new(AnyKey::new())).with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self::new(config))
    }

    /// For people: with the certificates and the key in these PEM files. Needs a runtime, since the files are looked at
    /// again from time to time.
    pub fn for_people(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let files = Files { certificate: certificate.to_owned(), key: key.to_owned() };
        let (first, read) = files.read()?;
        let current = Arc::new(Current(RwLock::new(Arc::new(first))));
        let mut config = builder()?.with_no_client_auth().with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        tokio::spawn(look_again(files, Arc::downgrade(&current), read));
        Ok(Self::new(config))
    }

    /// Shakes hands.
    pub(crate) async fn accept(&self, socket: TcpStream, from: Peer) -> io::Result<TlsStream<TcpStream>> {
        let _hand = self.hands.take(from).ok_or_else(|| io::Error::other("too many handshakes from one network"))?;
        match tokio::time::timeout(HANDSHAKE, self.acceptor.accept(socket)).await {
            Ok(accepted) => accepted,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// The key that the other end has proved to hold.
pub(crate) fn key_of(stream: &TlsStream<TcpStream>) -> Option<PublicKey> {
    let certificate = stream.get_ref().1.peer_certificates()?.first()?;
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    PublicKey::from_info(&certificate.subject_public_key_info())
}

fn builder() -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13])
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Takes any certificate whose key the other end proves to hold: the records say which keys are of recorders.
#[derive(Debug)]
struct AnyKey(WebPkiSupportedAlgorithms);

impl AnyKey {
    fn new() -> Self {
        Self(ring::default_provider().signature_verification_algorithms)
    }
}

impl ClientCertVerifier for AnyKey {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        webpki::EndEntityCert::try_from(certificate)
            .map_err(|_| rustls::Error::InvalidCertificate(CertificateError::BadEncoding))?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// The certificate as its files were when they were last read.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().ok().map(|current| Arc::clone(&current))
    }
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    /// The certificate, and the digest of what was read.
    fn read(&self) -> Result<(CertifiedKey, Sha256), TlsError> {
        let (certificate, key) = (bounded(&self.certificate)?, bounded(&self.key)?);
        let refused = |why: String| TlsError::Unusable { certificate: self.certificate.clone(), key: self.key.clone(), why };
        let chain = CertificateDer::pem_slice_iter(&certificate).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| refused(error.to_string()))?;
        if chain.is_empty() {
            return Err(refused("the first holds no certificate in PEM".to_owned()));
        }
        let secret = PrivateKeyDer::from_pem_slice(&key).map_err(|error| refused(error.to_string()))?;
        let certified = CertifiedKey::from_der(chain, secret, &provider()).map_err(|error| refused(error.to_string()))?;
        Ok((certified, Sha256::of(&[certificate, key].concat())))
    }
}

fn bounded(path: &Path) -> Result<Vec<u8>, TlsError> {
    let read = || {
        if std::fs::metadata(path)?.len() > MAX_FILE_BYTES {
            return Err(io::Error::other("it is far larger than a certificate or a key"));
        }
        std::fs::read(path)
    };
    read().map_err(|source| TlsError::File { path: path.to_owned(), source })
}

/// Takes the new certificate when the files have changed; where they cannot be used, the old one goes on.
async fn look_again(files: Files, current: std::sync::Weak<Current>, mut last: Sha256) {
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(current) = current.upgrade() else { return };
        match files.read() {
            Ok((_, digest)) if digest == last => {}
            Ok((certified, digest)) => {
                last = digest;
                tracing::info!(certificate = %files.certificate.display(), "the certificate has changed: the new one is shown");
                if let Ok(mut current) = current.0.write() {
                    *current = Arc::new(certified);
                }
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the certificate cannot be read again: the old one is shown");
            }
        }
    }
}
