//! The RTSP server of a camera program.

use std::path::PathBuf;
use std::sync::Arc;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer_rtsp_server as rtsp;
use gstreamer_rtsp_server::prelude::*;
use liuhen_proto::world::{Clock as _, SystemClock};

use super::spec::{Source, Spec};
use super::wire::Wire;
use super::{footage, player, synthetic};

/// Why a camera cannot be.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// GStreamer refused.
    #[error("{0}")]
    Gst(#[from] glib::Error),
    /// The port is taken, for instance.
    #[error("listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port that was asked for, 0 for any.
        port: u16,
        /// Why not.
        source: glib::BoolError,
    },
    /// The file holds what this camera does not speak.
    #[error("footage {0}: only H.264, H.265, AAC, Opus and G.711 are served")]
    Codec(PathBuf),
}

/// Serves the cameras for ever; `ready` hears the port once it listens.
pub fn serve(specs: &[Spec], wire: &Wire, port: u16, ready: impl FnOnce(u16)) -> Result<(), ServeError> {
    gst::init()?;
    let server = rtsp::RTSPServer::new();
    server.set_address("127.0.0.1");
    server.set_service(&port.to_string());
    wire.guard(&server)?;
    let mounts = server.mount_points().expect("a new server has mount points");
    for spec in specs {
        let factory = factory(&spec.source)?;
        wire.apply(&factory);
        tell_of_playing(&factory, &spec.path);
        mounts.add_factory(&format!("/{}", spec.path), factory);
    }
    let _source = server.attach(None).map_err(|source| ServeError::Listen { port, source })?;
    ready(u16::try_from(server.bound_port()).expect("a bound port"));
    glib::MainLoop::new(None, false).run();
    Ok(())
}

fn factory(source: &Source) -> Result<rtsp::RTSPMediaFactory, ServeError> {
    let factory = rtsp::RTSPMediaFactory::new();
    factory.set_shared(true);
    match source {
        Source::Footage(file) => {
            let footage = Arc::new(footage::load(file)?);
            let launch = player::launch(&footage).ok_or_else(|| ServeError::Codec(file.clone()))?;
            factory.set_launch(&launch);
            factory.connect_media_configure(move |_, media| player::play(Arc::clone(&footage), &media.element()));
        }
        synthetic => factory.set_launch(&synthetic::launch(synthetic).expect("what is no footage has a launch line")),
    }
    Ok(factory)
}

/// Prints `PLAYING path=… at_us=…` whenever somebody begins to watch: from then on the camera is to be seen.
fn tell_of_playing(factory: &rtsp::RTSPMediaFactory, path: &str) {
    let path = path.to_owned();
    factory.connect_media_configure(move |_, media| {
        let path = path.clone();
        media.connect_new_state(move |_, state| {
            if state == gst::ffi::GST_STATE_PLAYING {
                println!("PLAYING path={path} at_us={}", SystemClock.now().as_micros());
            }
        });
    });
}
