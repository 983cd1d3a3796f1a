//! A port for people and one for machines: gRPC (HTTP/2), reflection, health, and playback over HTTP.
//!
//! In: routes and listening sockets. Out: answers. Always: what is not encrypted is served on loopback only, unless told
//! otherwise; every request says by which door and from where it came, and passes the [`crate::auth`] layer.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use liuhen_proto::Code;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::machines::tls::{Tls, key_of};
use crate::peer::{Peer, Via};

/// How long open calls may go on when the server is told to stop.
const GRACE: Duration = Duration::from_secs(3);
/// A caller that is gone without a word is found out within these two: a recorder's line that was cut, a laptop
/// that was shut.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(10);
/// One message of an upload fits one frame; by default it would be cut into five.
const MAX_FRAME_BYTES: u32 = 128 * 1024;
/// Where the system is out of descriptors, it may have some again after so long.
const BREATH: Duration = Duration::from_millis(200);

/// Why the server cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address that others could reach, without encryption.
    #[error(
        "{address} is no loopback address, and calls would not be encrypted: give a certificate and its key (--tls-cert, --tls-key), \
         or use 127.0.0.1 or [::1] · 非本机地址须配置 TLS 证书"
    )]
    NotEncrypted {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The system refuses the address.
    #[error("listen on {address}: is another server running there?")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The descriptors for reflection cannot be read.
    #[error("offer reflection")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// The staging directory of imports cannot be made empty.
    #[error("make ready to take files in")]
    Staging(#[source] crate::import::CleanError),
}

impl ServeError {
    /// What kind of thing went wrong.
    pub fn code(&self) -> Code {
        match self {
            Self::NotEncrypted { .. } => Code::InvalidArgument,
            Self::Bind { .. } => Code::FailedPrecondition,
            Self::Reflection(_) => Code::Internal,
            Self::Staging(_) => Code::Unavailable,
        }
    }
}

/// A socket that people or machines call.
#[derive(Debug)]
pub struct Doors {
    people: (TcpListener, Option<Tls>),
    machines: Option<(TcpListener, Tls)>,
}

impl Doors {
    /// For people.
    pub const fn new(people: TcpListener, tls: Option<Tls>) -> Self {
        Self { people: (people, tls), machines: None }
    }

    /// And for machines.
    #[must_use]
    pub fn with_machines(self, listener: TcpListener, tls: Tls) -> Self {
        Self { machines: Some((listener, tls)), ..self }
    }
}

impl From<TcpListener> for Doors {
    fn from(people: TcpListener) -> Self {
        Self::new(people, None)
    }
}

/// Takes an address whose calls are not encrypted; port 0 lets the system choose one.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    if !address.ip().is_loopback() {
        return Err(ServeError::NotEncrypted { address });
    }
    listen_to_all(address).await
}

/// Takes any address: for calls that are encrypted.
pub async fn listen_to_all(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })
}

/// Adds reflection, and health for the services of these names; of some it changes.
pub(crate) async fn with_probes(
    routes: Routes,
    services: &[&'static str],
    changing: Vec<(&'static str, watch::Receiver<bool>)>,
) -> Result<Routes, ServeError> {
    let (reporter, health) = tonic_health::server::health_reporter();
    for service in services {
        reporter.set_service_status(service, ServingStatus::Serving).await;
    }
    for (service, well) in changing {
        tokio::spawn(follow(reporter.clone(), service, well));
    }
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(liuhen_proto::wire::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let v1 = reflection().build_v1().map_err(ServeError::Reflection)?;
    let v1alpha = reflection().build_v1alpha().map_err(ServeError::Reflection)?;
    Ok(routes.add_service(health).add_service(v1).add_service(v1alpha))
}

/// Tells the health of a service as it changes, until its room is gone.
async fn follow(reporter: HealthReporter, service: &'static str, mut well: watch::Receiver<bool>) {
    loop {
        let status = if *well.borrow_and_update() { ServingStatus::Serving } else { ServingStatus::NotServing };
        reporter.set_service_status(service, status).await;
        if well.changed().await.is_err() {
            return;
        }
    }
}

/// Serves until `shutdown`, then lets open calls finish for a short while.
pub(crate) async fn serve(doors: Doors, app: Router, shutdown: CancellationToken) -> Result<(), ServeError> {
    let (house, graceful) = (House { builder: builder(), app }, GracefulShutdown::new());
    let (people, tls) = doors.people;
    let people = accept(people, move |socket, from| house_door(socket, from, tls.clone()), &house, &graceful, &shutdown);
    let machines = async {
        if let Some((listener, tls)) = doors.machines {
            accept(listener, move |socket, from| machines_door(socket, from, tls.clone()), &house, &graceful, &shutdown).await;
        }
    };
    tokio::join!(people, machines);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::info!("calls still open at shutdown are cut off");
    }
    Ok(())
}

/// What all connections share.
#[derive(Clone)]
struct House {
    builder: auto::Builder<TokioExecutor>,
    app: Router,
}

/// A connection, encrypted or not.
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

async fn house_door(socket: TcpStream, from: Peer, tls: Option<Tls>) -> io::Result<(Stream, Via)> {
    match tls {
        None => Ok((Stream::Plain(socket), Via::Plain)),
        Some(tls) => Ok((Stream::Tls(Box::new(tls.accept(socket, from).await?)), Via::Tls)),
    }
}

async fn machines_door(socket: TcpStream, from: Peer, tls: Tls) -> io::Result<(Stream, Via)> {
    let stream = tls.accept(socket, from).await?;
    let key = key_of(&stream);
    Ok((Stream::Tls(Box::new(stream)), Via::Machines(key)))
}

/// One connection is a task of its own: what goes wrong on it harms no other.
async fn accept<F>(
    listener: TcpListener,
    open: impl Fn(TcpStream, Peer) -> F,
    house: &House,
    graceful: &GracefulShutdown,
    shutdown: &CancellationToken,
) where
    F: Future<Output = io::Result<(Stream, Via)>> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => return,
        };
        match accepted {
            Ok((socket, from)) => {
                // Small answers must not wait for large ones; where the system refuses, they merely do.
                let _ = socket.set_nodelay(true);
                let from = Peer::of(from);
                tokio::spawn(connection(open(socket, from), from, house.clone(), graceful.watcher()));
            }
            // The one connection is lost; others may go on, and new ones come later.
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn connection(opening: impl Future<Output = io::Result<(Stream, Via)>>, from: Peer, house: House, watcher: Watcher) {
    let result = match opening.await {
        Ok((Stream::Plain(socket), via)) => talk(TokioIo::new(socket), (from, via), house, watcher).await,
        Ok((Stream::Tls(socket), via)) => talk(TokioIo::new(*socket), (from, via), house, watcher).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection broke");
    }
}

async fn talk<S>(stream: S, (from, via): (Peer, Via), house: House, watcher: Watcher) -> Result<(), BoxError>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let app = TowerToHyperService::new(house.app);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(from);
        request.extensions_mut().insert(via);
        app.call(request)
    });
    let connection = house.builder.serve_connection_with_upgrades(stream, service).into_owned();
    watcher.watch(connection).await
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_ANSWER)
        .max_frame_size(MAX_FRAME_BYTES)
        .enable_connect_protocol();
    builder
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn only_loopback_is_served() {
        for address in ["0.0.0.0:0", "[::]:0", "192.168.1.1:0"] {
            let error = listen(address.parse().unwrap()).await.unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{address}");
            assert!(error.to_string().contains("loopback"));
        }
        assert!(listen("127.0.0.1:0".parse().unwrap()).await.unwrap().local_addr().unwrap().port() > 0);
    }

    /// A caller whose line was cut never says so: it answers no ping. What it held is free again after a while.
    #[tokio::test]
    async fn a_caller_that_is_gone_without_a_word_is_found_out() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(serve(listener.into(), Router::new(), shutdown.clone()));
        let mut socket = TcpStream::connect(address).await.unwrap();
        // RFC 9113: the preface, empty settings, and a word that the server's settings were read.
        socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0").await.unwrap();
        let mut heard = Vec::new();
        let patience = (KEEP_ALIVE + KEEP_ALIVE_ANSWER) * 3;
        let ended = tokio::time::timeout(patience, socket.read_to_end(&mut heard)).await.expect("the server hangs up");
        // It may end the connection with or without the rest of what it wanted to say.
        let _ = ended;
        let frames = frames(&heard);
        let settings = frames.iter().find(|(kind, _)| *kind == 4).expect("settings").1;
        let frame_size = settings.chunks_exact(6).find(|setting| setting[..2] == [0, 5]).expect("a frame size");
        assert_eq!(frame_size[2..], MAX_FRAME_BYTES.to_be_bytes());
        assert!(frames.iter().any(|(kind, _)| *kind == 6), "it asked first");
        shutdown.cancel();
        serving.await.unwrap().unwrap();
    }

    /// Kind and payload of each frame.
    fn frames(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
        let mut frames = Vec::new();
        while let Some((&[a, b, c, kind, ..], rest)) = bytes.split_first_chunk::<9>() {
            let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
            let Some((payload, rest)) = rest.split_at_checked(length) else { break };
            frames.push((kind, payload));
            bytes = rest;
        }
        frames
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let first = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let error = listen(first.local_addr().unwrap()).await.unwrap_err();
        assert_eq!(error.code(), Code::FailedPrecondition);
        assert!(error.to_string().contains(&first.local_addr().unwrap().to_string()));
    }
}
