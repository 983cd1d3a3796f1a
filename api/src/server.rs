//! One port for everything: gRPC (HTTP/2), reflection, health, and playback over HTTP.
//!
//! In: routes and a listening socket. Out: answers. Always: loopback only, until callers are known by
//! certificates and traffic is encrypted; every request passes the [`crate::auth`] layer.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use liuhen_proto::Code;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// How long open calls may go on when the server is told to stop.
const GRACE: Duration = Duration::from_secs(3);

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
    /// The socket broke.
    #[error("serve")]
    Serve(#[source] io::Error),
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
            Self::Serve(_) | Self::Reflection(_) => Code::Internal,
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

/// Adds reflection, and health for the services of these names.
pub(crate) async fn with_probes(routes: Routes, services: &[&'static str]) -> Result<Routes, ServeError> {
    let (reporter, health) = tonic_health::server::health_reporter();
    for service in services {
        reporter.set_service_status(service, tonic_health::ServingStatus::Serving).await;
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

/// Serves until `shutdown`, then lets open calls finish for a short while.
pub(crate) async fn serve(listener: TcpListener, app: Router, shutdown: CancellationToken) -> Result<(), ServeError> {
    let listener = listener.tap_io(|socket| {
        // Small answers must not wait for large ones; where the system refuses, they merely do.
        let _ = socket.set_nodelay(true);
    });
    let stop = shutdown.clone();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move { stop.cancelled().await });
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving.into_future() => served.map_err(ServeError::Serve),
        () = overdue => {
            tracing::info!("calls still open at shutdown are cut off");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
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

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let first = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let error = listen(first.local_addr().unwrap()).await.unwrap_err();
        assert_eq!(error.code(), Code::FailedPrecondition);
        assert!(error.to_string().contains(&first.local_addr().unwrap().to_string()));
    }
}
