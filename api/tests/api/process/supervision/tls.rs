//! Over TLS the platform is who its name says, vouched for by whom we trust; else nothing is told to it.

use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use liuhen_api::supervision::{Adapter as _, Answer, Http, Trouble};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::platform::Platform;
use super::secret;
use crate::world::at;

/// Trusts this certificate and no other.
pub(super) fn trusting(certificate: Option<&CertificateDer<'static>>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    certificate.into_iter().for_each(|certificate| roots.add(certificate.clone()).unwrap());
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap();
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Listens under a certificate for that name; gives its port.
async fn listen(platform: &Platform, name: &str) -> (u16, CertificateDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap().der().clone();
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).unwrap().with_no_client_auth();
    let config = builder.with_single_cert(vec![certificate.clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into())).unwrap();
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let (port, app) = (listener.local_addr().unwrap().port(), platform.app());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(socket).await else { continue };
            let service = TowerToHyperService::new(app.clone());
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (port, certificate)
}

#[tokio::test]
async fn a_platform_over_tls_is_who_it_should_be_or_hears_nothing() {
    let platform = Platform::default();
    let (port, certificate) = listen(&platform, "localhost").await;
    let post = async |trusted| {
        let adapter = Http::new(&format!("https://localhost:{port}/v1/sessions"), secret(), trusted).unwrap();
        adapter.hand_out("ses_1-1", "{}".into(), at(0)).await
    };
    assert!(matches!(post(trusting(None)).await, Err(Trouble::Connect(_))), "nobody vouches for it");
    let (_, another) = listen(&platform, "localhost").await;
    assert!(matches!(post(trusting(Some(&another))).await, Err(Trouble::Connect(_))), "somebody else is vouched for");
    assert_eq!(platform.came().len(), 0, "it was told nothing");
    assert!(matches!(post(trusting(Some(&certificate))).await, Ok(Answer::Said(_))));

    let (port, certificate) = listen(&platform, "jg.example.cn").await;
    let adapter = Http::new(&format!("https://localhost:{port}/v1/sessions"), secret(), trusting(Some(&certificate))).unwrap();
    let other = adapter.hand_out("ses_1-1", "{}".into(), at(0)).await;
    assert!(matches!(other, Err(Trouble::Connect(_))), "it has another name: {other:?}");
    assert_eq!(platform.came().len(), 1);
}
