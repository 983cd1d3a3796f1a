//! Cameras that answer over RTSP as real models do, word for word, and that can be told to misbehave.
//!
//! In: a [`Model`], whose replies are files, and [`Manners`]. Out: a [`Camera`] on loopback that streams pictures
//! and sound fit for its own description, and what was asked of it.
//! - Where a file has the reply, the file is the reply; changed are the CSeq, the camera's own address (it is the
//!   server's now), the channels or ports that the client chose, and Content-Length where that changed a body.
//! - What no file has is answered as plainly as RFC 2326 allows.
//! - Parameter sets are those of the description, and are sent again with each key frame if the model does so.
//!
//! Not here: pictures that a decoder likes: they are real ones, but of another camera than the description says.

mod auth;
mod connection;
mod film;
mod message;
pub mod models;
mod rtp;
mod sdp;
mod transport;
mod viewer;

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;

pub use auth::{Lock, Scheme};
pub use message::Request;
pub use models::Model;
pub use viewer::Look;

/// How a camera departs from what it should do.
#[derive(Debug, Clone, Default)]
pub struct Manners {
    /// Asks for name and password.
    pub lock: Option<Lock>,
    /// DESCRIBEs of these numbers, from 0, are answered 503.
    pub busy: Range<usize>,
    /// The session's timeout, told and kept: who says nothing for so long is cut off.
    pub timeout: Option<Duration>,
    /// Does not answer TEARDOWN, and keeps the connection.
    pub ignores_teardown: bool,
    /// Does not answer what is asked of it while it plays.
    pub ignores_keep_alive: bool,
    /// Answers 453 while another connection plays.
    pub one_viewer: bool,
    /// Answers SETUP over TCP with 461.
    pub only_udp: bool,
    /// The `ssrc` it tells is not the one it sends.
    pub lies_about_ssrc: bool,
    /// Answers SETUP of sound with this status.
    pub refuses_sound: Option<u16>,
    /// Answers DESCRIBE with 302 and this address.
    pub elsewhere: Option<String>,
    /// What becomes of the reply to DESCRIBE.
    pub fault: Option<Fault>,
}

/// What becomes of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// None comes.
    Silence,
    /// Half of it comes, and nothing more.
    Half,
    /// Half of it comes, and the connection ends.
    HalfAndEnd,
    /// Header lines without end.
    EndlessHeaders,
    /// One header line without end.
    EndlessLine,
    /// A body of 4 GB is announced, and begun.
    EndlessBody,
    /// The body is empty.
    EmptyBody,
    /// The description has ten thousand tracks.
    HugeDescription,
    /// It is no RTSP at all.
    NotRtsp,
    /// It belongs to another request.
    OtherSequence,
}

/// A camera. It is gone when this is dropped.
#[derive(Debug)]
pub struct Camera {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

/// What the connections of a camera share.
#[derive(Debug)]
struct State {
    model: Model,
    manners: Manners,
    address: SocketAddr,
    asked: Mutex<Vec<Request>>,
    describes: AtomicUsize,
    playing: AtomicUsize,
    cut_off: AtomicUsize,
}

impl State {
    fn asked(&self) -> MutexGuard<'_, Vec<Request>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Camera {
    /// Starts on a port of the system's choice.
    pub async fn start(model: Model, manners: Manners) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen on loopback")?;
        let address = listener.local_addr().context("ask for the port")?;
        let (asked, describes) = (Mutex::default(), AtomicUsize::new(0));
        let (playing, cut_off) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let state = Arc::new(State { model, manners, address, asked, describes, playing, cut_off });
        let shared = state.clone();
        let task = tokio::spawn(async move {
            // Connections end with the camera.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(connection::serve(stream, shared.clone()));
            }
        });
        Ok(Self { address, state, task })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("rtsp://{}/live", self.address)
    }

    /// All that was asked of it, oldest first.
    pub fn asked(&self) -> Vec<Request> {
        self.state.asked().clone()
    }

    /// How often this was asked.
    pub fn count(&self, method: &str) -> usize {
        self.state.asked().iter().filter(|request| request.method == method).count()
    }

    /// How many connections play now.
    pub fn playing(&self) -> usize {
        self.state.playing.load(Ordering::SeqCst)
    }

    /// How many connections it has cut off since they were idle.
    pub fn cut_off(&self) -> usize {
        self.state.cut_off.load(Ordering::SeqCst)
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.task.abort();
    }
}
