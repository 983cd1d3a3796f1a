//! A connection to the centre's address for machines: TLS 1.3, with a key on both sides.
//!
//! In: an address, the pin, our identity. Out: a connection. Always: the centre is who its authority says it is, under the
//! one name of all centres; the authority is known by SHA-256 of its key, and by nothing else. Times in certificates play
//! no part: a recorder whose clock has died must reach the centre all the same, to learn what time it is.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use liuhen_proto::Sha256;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use webpki::KeyUsage;

use super::Identity;

/// The one name of all addresses for machines.
const CENTRE: &str = "centre.liuhen.internal";
const PATIENCE: Duration = Duration::from_secs(5);
const PORT: u16 = 7801;

/// Connects, for tonic.
#[derive(Clone)]
pub(crate) struct Connector {
    pin: Sha256,
    identity: Arc<Identity>,
}

impl Connector {
    pub(crate) const fn new(pin: Sha256, identity: Arc<Identity>) -> Self {
        Self { pin, identity }
    }

    /// Who we are.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The same, as somebody else.
    pub(crate) fn with(&self, identity: Arc<Identity>) -> Self {
        Self { identity, ..self.clone() }
    }

    /// With the certificate that is the newest now.
    fn config(&self) -> io::Result<ClientConfig> {
        let (certificate, key) = self.identity.shown().map_err(|error| io::Error::other(error.to_string()))?;
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_protocol_versions(&[&TLS13]).map_err(io::Error::other)?;
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Pinned::new(self.pin)));
        let mut config = builder.with_client_auth_cert(vec![certificate], key).map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }

    async fn connect(self, to: Uri) -> io::Result<TokioIo<TlsStream<TcpStream>>> {
        let host = to.host().ok_or_else(|| io::Error::other("the address names no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let connecting = async {
            let socket = TcpStream::connect((host, to.port_u16().unwrap_or(PORT))).await?;
            socket.set_nodelay(true)?;
            let name = ServerName::try_from(CENTRE).map_err(io::Error::other)?;
            TlsConnector::from(Arc::new(self.config()?)).connect(name, socket).await
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

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
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
}

impl Pinned {
    fn new(pin: Sha256) -> Self {
        Self { pin, algorithms: ring::default_provider().signature_verification_algorithms }
    }

    /// The authority among what the centre shows, by its key.
    fn authority<'a>(&self, chain: &'a [CertificateDer<'a>]) -> Option<&'a CertificateDer<'a>> {
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
        let authority = self.authority(intermediates).ok_or_else(unknown)?;
        let anchor = webpki::anchor_from_trusted_cert(authority).map_err(|_| unknown())?;
        let certificate = webpki::EndEntityCert::try_from(end_entity).map_err(|_| unknown())?;
        // What the authority signs for centres holds from 1975 to 4096: any time of this century does.
        let time = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
        let (all, usage) = (self.algorithms.all, KeyUsage::server_auth());
        certificate.verify_for_usage(all, &[anchor], &[], time, usage, None, None).map_err(|_| unknown())?;
        let named = certificate.verify_is_valid_for_subject_name(name);
        named.map_err(|_| Error::InvalidCertificate(CertificateError::NotValidForName))?;
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
