//! A piece of network that can be told to hang: connections stay, and nothing passes; those that hung are lost.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes connections on to one address.
pub struct Proxy {
    pub address: SocketAddr,
    passes: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    pub async fn start(to: SocketAddr, passes: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (passes, gate) = watch::channel(passes);
        let task = tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                let gate = gate.clone();
                tokio::spawn(async move {
                    let Ok(to) = TcpStream::connect(to).await else { return };
                    let ((from_read, from_write), (to_read, to_write)) = (from.into_split(), to.into_split());
                    tokio::join!(pass(from_read, to_write, gate.clone()), pass(to_read, from_write, gate));
                });
            }
        });
        Self { address, passes, task }
    }

    pub fn hang(&self) {
        self.passes.send_replace(false);
    }

    pub fn pass(&self) {
        self.passes.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut gate: watch::Receiver<bool>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if !*gate.borrow() {
            // What hung is lost: of a connection that was given up nothing comes later.
            let _ = gate.wait_for(|passes| *passes).await;
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
