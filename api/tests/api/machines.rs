//! Recorders over TLS: by which keys they are let in, and until when.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use liuhen_api::machines::authority::{CENTRE, PublicKey};
use liuhen_archive::records::RefusalKind;
use liuhen_proto::Span;
use liuhen_proto::wire::machine::v1 as pb;
use liuhen_proto::wire::machine::v1::machine_service_client::MachineServiceClient;
use liuhen_proto::wire::people::v1 as people;
use liuhen_proto::wire::people::v1::people_service_client::PeopleServiceClient;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKeyData as _,
    SignatureAlgorithm,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint, Uri};
use tonic::{Code, Status};

use crate::permissions::status_of;
use crate::world::{Site, Told, World, at};

const UPLOAD: &str = "/liuhen.ingest.v1.IngestService/Upload";
const DAY: u32 = 86_400;

/// A machine with a key, and the certificate that it shows.
pub(crate) struct Machine {
    key: KeyPair,
    certificate: Vec<u8>,
}

impl Machine {
    /// With a certificate of its own.
    fn new() -> Self {
        Self::with_key(&PKCS_ED25519)
    }

    /// The same, with a key of a kind.
    pub(crate) fn with_key(kind: &'static SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(kind).unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap().der().to_vec();
        Self { key, certificate }
    }

    pub(crate) async fn connect(&self, world: &World) -> Channel {
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        channel(world, Some((CertificateDer::from(self.certificate.clone()), key))).await.unwrap()
    }

    pub(crate) async fn enrol(&mut self, world: &World, token: &str) -> Result<pb::Certificate, Status> {
        let mut client = MachineServiceClient::new(self.connect(world).await);
        let made = client.enrol(pb::EnrolRequest { token: token.to_owned() }).await?.into_inner().certificate.unwrap();
        self.certificate.clone_from(&made.der);
        Ok(made)
    }

    pub(crate) async fn renew(&mut self, world: &World) -> Result<pb::Certificate, Status> {
        let mut client = MachineServiceClient::new(self.connect(world).await);
        let made = client.renew(pb::RenewRequest {}).await?.into_inner().certificate.unwrap();
        self.certificate.clone_from(&made.der);
        Ok(made)
    }

    /// How an upload is answered: UNIMPLEMENTED where it was let in, since nothing takes footage in here.
    async fn uploads(&self, world: &World) -> Code {
        status_of(self.connect(world).await, UPLOAD).await
    }
}

struct Connector(Arc<ClientConfig>, std::net::SocketAddr);

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (config, address) = (TlsConnector::from(self.0.clone()), self.1);
        Box::pin(async move {
            let name = ServerName::try_from(CENTRE).unwrap();
            config.connect(name, TcpStream::connect(address).await?).await.map(TokioIo::new)
        })
    }
}

async fn channel(
    world: &World,
    shown: Option<(CertificateDer<'static>, PrivateKeyDer<'static>)>,
) -> Result<Channel, tonic::transport::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(world.machines.1.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let mut config = match shown {
        Some((certificate, key)) => builder.with_client_auth_cert(vec![certificate], key).unwrap(),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = Connector(Arc::new(config), world.machines.0);
    Endpoint::from_static("http://machines").connect_with_connector(connector).await
}

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> Code {
    answer.unwrap_err().code()
}

async fn machines(world: &World) -> MachineServiceClient<crate::world::Connection> {
    MachineServiceClient::new(world.channel(Some(&world.token)).await)
}

fn replace(site: &Site, for_good: bool) -> pb::ReplaceMachineRequest {
    pb::ReplaceMachineRequest { recorder_id: site.recorder.recorder_id.clone(), reason: "stolen".to_owned(), for_good }
}

#[tokio::test]
async fn a_recorder_enrols_by_its_token_and_is_known_by_its_key() {
    let world = World::new().await;
    let site = world.site().await;
    let mut machine = Machine::new();
    assert_eq!(machine.uploads(&world).await, Code::Unauthenticated, "nobody knows it yet");
    for wrong in ["", "lhr_wrong", "令牌", &world.token, &"x".repeat(10_000)] {
        assert_eq!(code(machine.enrol(&world, wrong).await), Code::Unauthenticated, "{wrong:.20}");
    }
    let made = machine.enrol(&world, &site.token).await.unwrap();
    assert_eq!(
        (made.recorder_id.as_str(), made.until_us - made.from_us),
        (site.recorder.recorder_id.as_str(), 90 * 86_400_000_000)
    );
    assert_eq!(machine.uploads(&world).await, Code::Unimplemented, "it is let in");
    let known = machines(&world).await.list_machines(pb::ListMachinesRequest { recorder_id: made.recorder_id }).await;
    let known = known.unwrap().into_inner().machines;
    let key = PublicKey::from_info(&machine.key.subject_public_key_info()).unwrap().sha256().to_string();
    assert_eq!((known.len(), known[0].key.clone(), known[0].version, known[0].revoked_us), (1, key, 1, None));

    // The answer was lost: with the same key once more. With another one, it is spent.
    machine.enrol(&world, &site.token).await.unwrap();
    assert_eq!(code(Machine::new().enrol(&world, &site.token).await), Code::Unauthenticated);
    // And hands nothing in on this machine any more.
    assert_eq!(crate::permissions::call(&world, UPLOAD, Some(&site.token), bytes::Bytes::new()).await, Code::Unauthenticated);
    let tried: Vec<_> = world.archive.records.refusals(10).await.unwrap().into_iter().map(|it| it.what.kind).collect();
    assert!(!tried.is_empty() && tried.iter().all(|kind| *kind == RefusalKind::Machine), "{tried:?}");
}

#[tokio::test]
async fn who_shows_no_key_or_an_unknown_one_is_refused() {
    let world = World::new().await;
    let site = world.site().await;
    // Without a key the handshake fails, which a client of TLS 1.3 learns with its first call.
    if let Ok(bare) = channel(&world, None).await {
        assert_eq!(status_of(bare, UPLOAD).await, Code::Unknown);
    }
    assert_eq!(Machine::new().uploads(&world).await, Code::Unauthenticated);
    // By the door for machines nobody else comes in; by that for people no machine gets a certificate.
    let mut machine = Machine::new();
    machine.enrol(&world, &site.token).await.unwrap();
    let people = PeopleServiceClient::new(machine.connect(&world).await).get_me(people::GetMeRequest {}).await;
    assert_eq!(code(people), Code::Unimplemented);
    let enrol = machines(&world).await.enrol(pb::EnrolRequest { token: site.token.clone() }).await;
    assert_eq!(code(enrol), Code::Unimplemented);
    // Without TLS there is nothing at all.
    let plain = Endpoint::from_shared(format!("http://{}", world.machines.0)).unwrap().connect().await;
    if let Ok(channel) = plain {
        assert_ne!(status_of(channel, UPLOAD).await, Code::Unimplemented);
    }
}

#[tokio::test]
async fn a_certificate_that_is_over_is_renewed_for_a_year() {
    let world = World::new().await;
    let site = world.site().await;
    let mut machine = Machine::new();
    machine.enrol(&world, &site.token).await.unwrap();
    world.clock.advance(Span::from_secs(90 * DAY));
    assert_eq!(machine.uploads(&world).await, Code::PermissionDenied, "it is over: renew it first");
    // Eleven months after it was over; asked twice, it is one.
    world.clock.advance(Span::from_secs(334 * DAY));
    let renewed = machine.renew(&world).await.unwrap();
    assert_eq!(renewed.until_us - renewed.from_us, 90 * 86_400_000_000);
    assert_eq!(machine.renew(&world).await.unwrap().until_us, renewed.until_us);
    let keys = pb::ListMachinesRequest { recorder_id: renewed.recorder_id.clone() };
    let known = machines(&world).await.list_machines(keys).await.unwrap().into_inner().machines;
    assert_eq!((known.len(), known[0].version), (1, 2));
    assert_eq!(machine.uploads(&world).await, Code::Unimplemented);
    // Thirteen months after.
    world.clock.advance(Span::from_secs((90 + 396) * DAY));
    assert_eq!(code(machine.renew(&world).await), Code::Unauthenticated);
    assert_eq!(machine.uploads(&world).await, Code::Unauthenticated);
    // By a new token it is let in again, with another key.
    let token = machines(&world).await.replace_machine(replace(&site, false)).await.unwrap().into_inner().token;
    assert_eq!(code(machine.enrol(&world, &token).await), Code::Unauthenticated, "that key was revoked");
    Machine::new().enrol(&world, &token).await.unwrap();
}

#[tokio::test]
async fn a_revoked_key_lets_nobody_in_at_once() {
    let world = World::new().await;
    let site = world.site().await;
    let (mut machine, mut other) = (Machine::new(), Machine::new());
    machine.enrol(&world, &site.token).await.unwrap();
    let connected = machine.connect(&world).await;
    assert_eq!(status_of(connected.clone(), UPLOAD).await, Code::Unimplemented);
    let answer = machines(&world).await.replace_machine(replace(&site, true)).await.unwrap().into_inner();
    assert_eq!(answer.token, "");
    assert_eq!(status_of(connected, UPLOAD).await, Code::Unauthenticated, "on the connection that stands");
    assert_eq!(code(machine.renew(&world).await), Code::Unauthenticated);
    assert_eq!(code(other.enrol(&world, &site.token).await), Code::Unauthenticated, "it was for good");
    let token = machines(&world).await.replace_machine(replace(&site, false)).await.unwrap().into_inner().token;
    other.enrol(&world, &token).await.unwrap();
    assert_eq!(other.uploads(&world).await, Code::Unimplemented);
    let empty = pb::ReplaceMachineRequest { reason: String::new(), ..replace(&site, false) };
    assert_eq!(code(machines(&world).await.replace_machine(empty).await), Code::InvalidArgument);
}

/// An intermediate authority that a site has from its own: certificate and key, and who vouches for it.
fn outside() -> ((String, String), CertificateDer<'static>) {
    let (root_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap());
    let (mut root, mut intermediate) = (CertificateParams::default(), CertificateParams::default());
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.distinguished_name.push(DnType::CommonName, "Root");
    intermediate.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    intermediate.distinguished_name.push(DnType::OrganizationName, "枣庄评价机构");
    let anchor = root.self_signed(&root_key).unwrap().der().clone();
    let certificate = intermediate.signed_by(&key, &Issuer::new(root, root_key)).unwrap();
    ((certificate.pem(), key.serialize_pem()), anchor)
}

#[tokio::test]
async fn an_authority_of_the_sites_own_signs_instead_of_the_built_in_one() {
    let (outside, root) = outside();
    let intermediate = CertificateDer::from_pem_slice(outside.0.as_bytes()).unwrap();
    let world = World::start(Told { outside: Some(outside), ..Told::default() }).await;
    let site = world.site().await;
    let mut machine = Machine::new();
    assert_eq!(machine.uploads(&world).await, Code::Unauthenticated);
    let made = machine.enrol(&world, &site.token).await.unwrap();
    assert_eq!(machine.uploads(&world).await, Code::Unimplemented, "it hands in");
    // Whoever trusts the site's root knows the recorder by that, within its time.
    let (made, anchor) = (CertificateDer::from(made.der), webpki::anchor_from_trusted_cert(&root).unwrap());
    let certificate = webpki::EndEntityCert::try_from(&made).unwrap();
    let is_known = |seconds: i64| {
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_micros(at(seconds).as_micros() as u64));
        let all = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
        let (chain, usage) = ([intermediate.clone()], webpki::KeyUsage::client_auth());
        certificate.verify_for_usage(all, std::slice::from_ref(&anchor), &chain, time, usage, None, None).map(drop)
    };
    assert_eq!(is_known(60), Ok(()));
    assert!(is_known(91 * 86_400).is_err());
    // And it is renewed, and revoked, as by the built-in one.
    world.clock.advance(Span::from_secs(60 * DAY));
    machine.renew(&world).await.unwrap();
    assert_eq!(machine.uploads(&world).await, Code::Unimplemented);
    machines(&world).await.replace_machine(replace(&site, true)).await.unwrap();
    assert_eq!(machine.uploads(&world).await, Code::Unauthenticated);
}
