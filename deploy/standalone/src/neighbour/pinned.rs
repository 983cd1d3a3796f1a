//! A connection to a centre's address for machines: TLS 1.3, with a key on both sides.
//!
//! In: an address, SHA-256 of the authority's key, our key. Out: a connection, and the authority's certificate. Always: the
//! centre is who its authority says it is, under the one name of all centres. Times in certificates play no part here: what
//! the authority signs for centres holds for all of this century.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use anyhow::{Context as _, Result};
use http::Uri;
use hyper_util::rt::TokioIo;
use liuhen_api::machines::authority::CENTRE;
use liuhen_proto::Sha256;
use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use webpki::KeyUsage;

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
const PORT: u16 = 7801;
/// A time of this century, in seconds.
const SOME_TIME: u64 = 1_800_000_000;

/// Connects, for tonic.
#[derive(Clone)]
pub(super) struct Connector {
    config: Arc<ClientConfig>,
    authority: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Connector {
    /// Shows this certificate; one of our own where there is none yet.
    pub(super) fn new(pin: Sha256, key: &KeyPair, certificate: Option<CertificateDer<'static>>) -> Result<Self> {
        let own = || CertificateParams::default().self_signed(key).map(|own| own.der().clone());
        let certificate = certificate.map_or_else(own, Ok).context("make a certificate of our own")?;
        let authority = Arc::<Mutex<Option<Vec<u8>>>>::default();
        let algorithms = ring::default_provider().signature_verification_algorithms;
        let verifier = Arc::new(Pinned { pin, algorithms, authority: Arc::clone(&authority) });
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(&[&TLS13]).context("set TLS up")?;
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let mut config = builder.with_client_auth_cert(vec![certificate], key).context("show our key")?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { config: Arc::new(config), authority })
    }

    /// The authority's certificate, DER, once a connection stands.
    pub(super) fn authority(&self) -> Option<Vec<u8>> {
        self.authority.lock().ok()?.clone()
    }

    async fn connect(self, to: Uri) -> io::Result<TokioIo<TlsStream<TcpStream>>> {
        let host = to.host().ok_or_else(|| io::Error::other("the address names no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let connecting = async {
            let socket = TcpStream::connect((host, to.port_u16().unwrap_or(PORT))).await?;
            socket.set_nodelay(true)?;
            let name = ServerName::try_from(CENTRE).map_err(io::Error::other)?;
            TlsConnector::from(self.config).connect(name, socket).await
        };
        match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(connected) => connected.map(TokioIo::new),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        Box::pin(self.clone().connect(to))
    }
}

/// Knows the centre by the key of its authority.
#[derive(Debug)]
struct Pinned {
    pin: Sha256,
    algorithms: WebPkiSupportedAlgorithms,
    authority: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Pinned {
    /// The authority among what the centre shows, by its key.
    fn find<'a>(&self, chain: &'a [CertificateDer<'a>]) -> Option<&'a CertificateDer<'a>> {
        chain.iter().find(|certificate| {
            let certificate = webpki::EndEntityCert::try_from(*certificate);
            certificate.is_ok_and(|certificate| Sha256::of(&certificate.subject_public_key_info()) == self.pin)
        })
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let unknown = || Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let authority = self.find(intermediates).ok_or_else(unknown)?;
        let anchor = webpki::anchor_from_trusted_cert(authority).map_err(|_| unknown())?;
        let certificate = webpki::EndEntityCert::try_from(end_entity).map_err(|_| unknown())?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(SOME_TIME));
        let (all, usage) = (self.algorithms.all, KeyUsage::server_auth());
        certificate.verify_for_usage(all, &[anchor], &[], time, usage, None, None).map_err(|_| unknown())?;
        let named = certificate.verify_is_valid_for_subject_name(name);
        named.map_err(|_| Error::InvalidCertificate(CertificateError::NotValidForName))?;
        if let Ok(mut kept) = self.authority.lock() {
            *kept = Some(authority.to_vec());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
