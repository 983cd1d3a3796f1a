//! Encrypted connections to a server, as its callers make them.
//!
//! In: an address, and the certificates of whoever vouches for it: the usual ones of the web, or those of a file. Out: a
//! connection. Always: TLS 1.3, and the server is who its name says.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connects, for tonic.
#[derive(Clone)]
pub(crate) struct Connector(Arc<ClientConfig>);

impl Connector {
    /// Trusts the certificates in the file, or where there is none those that browsers trust.
    pub(crate) fn new(ca: Option<&Path>) -> Result<Self> {
        let mut config = web(ca)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self(Arc::new(config)))
    }

    async fn connect(self, to: Uri) -> io::Result<TokioIo<TlsStream<TcpStream>>> {
        let host = to.host().ok_or_else(|| io::Error::other("the address names no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
        let connecting = async {
            let socket = TcpStream::connect((host, to.port_u16().unwrap_or(443))).await?;
            socket.set_nodelay(true)?;
            TlsConnector::from(self.0).connect(name, socket).await
        };
        match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(connected) => connected.map(TokioIo::new),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Trusts the certificates in the file, or where there is none those that browsers trust; speaks HTTP/1.1.
pub(crate) fn web(ca: Option<&Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match ca {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let read = || format!("read {}", path.display());
            for certificate in CertificateDer::pem_file_iter(path).with_context(read)? {
                roots.add(certificate.with_context(read)?).with_context(read)?;
            }
            ensure!(!roots.is_empty(), "{} holds no certificate in PEM", path.display());
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_protocol_versions(&[&TLS13]).context("set TLS up")?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
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
