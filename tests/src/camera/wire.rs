//! How a camera program is spoken with: over what, whether in secret, and who may.

use std::path::PathBuf;

use gstreamer as gst;
use gstreamer_rtsp_server as rtsp;
use gstreamer_rtsp_server::gio;
use gstreamer_rtsp_server::prelude::*;

use super::server::ServeError;

/// The role of everybody who may watch.
const VIEWER: &str = "viewer";

/// How a camera program is spoken with.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct Wire {
    /// Sends datagrams, and nothing within the connection.
    #[arg(long)]
    pub udp: bool,
    /// A file with certificate and key: speaks TLS.
    #[arg(long)]
    pub identity: Option<PathBuf>,
    /// NAME:PASSWORD without which nothing is shown.
    #[arg(long)]
    pub login: Option<String>,
}

impl Wire {
    /// The words of the command line.
    pub(super) fn args(&self) -> Vec<String> {
        let udp = self.udp.then(|| "--udp".to_owned());
        let identity = self.identity.as_ref().map(|file| format!("--identity={}", file.display()));
        let login = self.login.as_ref().map(|login| format!("--login={login}"));
        [udp, identity, login].into_iter().flatten().collect()
    }

    /// How an address begins.
    pub(super) const fn scheme(&self) -> &'static str {
        if self.identity.is_some() { "rtsps" } else { "rtsp" }
    }

    /// Makes a stream be sent so.
    pub(super) fn apply(&self, factory: &rtsp::RTSPMediaFactory) {
        use gstreamer_rtsp_server::gst_rtsp::RTSPLowerTrans;
        // Datagrams to loopback as well would cost a second copy of everything.
        factory.set_protocols(if self.udp { RTSPLowerTrans::UDP } else { RTSPLowerTrans::TCP });
        if self.is_guarded() {
            let may = gst::Structure::builder(VIEWER).field("media.factory.access", true).field("media.factory.construct", true);
            factory.add_role_from_structure(&may.build());
        }
    }

    /// Makes a server ask for it.
    pub(super) fn guard(&self, server: &rtsp::RTSPServer) -> Result<(), ServeError> {
        if !self.is_guarded() {
            return Ok(());
        }
        let auth = rtsp::RTSPAuth::new();
        if let Some(file) = &self.identity {
            auth.set_tls_certificate(Some(&gio::TlsCertificate::from_file(file)?));
        }
        let mut token = rtsp::RTSPToken::builder().field("media.factory.role", VIEWER).build();
        match self.login.as_deref().and_then(|login| login.split_once(':')) {
            Some((name, password)) => auth.add_basic(&rtsp::RTSPAuth::make_basic(name, password), &token),
            None => auth.set_default_token(Some(&mut token)),
        }
        server.set_auth(Some(&auth));
        Ok(())
    }

    const fn is_guarded(&self) -> bool {
        self.identity.is_some() || self.login.is_some()
    }
}
