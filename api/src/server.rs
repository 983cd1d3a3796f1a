//! One port for everything: gRPC (HTTP/2), reflection, health, and playback over HTTP.
//!
//! In: routes and a listening socket. Out: answers. Always: loopback only, until callers are known by
//! certificates and traffic is encrypted; every request passes the [`crate::auth`] layer.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use liuhen_proto::Code;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

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
    /// An address that others could reach.
    #[error(
        "{address} is no loopback address: calls are not encrypted yet, so only programs of this machine may reach the server; \
         use 127.0.0.1 or [::1]"
    )]
    NotLoopback {
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
            Self::NotLoopback { .. } => Code::InvalidArgument,
            Self::Bind { .. } => Code::FailedPrecondition,
            Self::Reflection(_) => Code::Internal,
            Self::Staging(_) => Code::Unavailable,
        }
    }
}

/// Takes the address; port 0 lets the system choose one.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback { address });
    }
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
pub(crate) async fn serve(listener: TcpListener, app: Router, shutdown: CancellationToken) -> Result<(), ServeError> {
    let (builder, graceful) = (builder(), GracefulShutdown::new());
    loop {
        let socket = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        match socket {
            Ok((socket, _)) => connection(&builder, socket, &app, &graceful),
            // The one connection is lost; others may go on, and new ones come later.
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::info!("calls still open at shutdown are cut off");
    }
    Ok(())
}

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

/// One connection is a task of its own: what goes wrong on it harms no other.
fn connection(builder: &auto::Builder<TokioExecutor>, socket: TcpStream, app: &Router, graceful: &GracefulShutdown) {
    // Small answers must not wait for large ones; where the system refuses, they merely do.
    let _ = socket.set_nodelay(true);
    let service = TowerToHyperService::new(app.clone());
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(socket), service).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    });
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
        let serving = tokio::spawn(serve(listener, Router::new(), shutdown.clone()));
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
