//! A bad network before a camera: datagrams of its first track are lost and overtake each other, as was asked for.
//!
//! In: the address of a camera that sends datagrams. Out: an address at which it is reached. The RTSP connection is
//! passed on as it is, but for the ports at which the media is awaited: the relay puts its own there.
//! Always: the same packets are harmed in each run, and what was done is counted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::{AbortHandle, JoinSet};

/// What is done to datagrams.
#[derive(Debug, Clone, Copy, Default)]
pub struct Harm {
    /// Of a hundred, so many are lost.
    pub lost_percent: u64,
    /// Every n-th comes after the one that follows it; 0 for none.
    pub swap_every: u64,
    /// So many at the beginning are spared.
    pub spared: u64,
}

/// What was done.
#[derive(Debug, Default)]
struct Done {
    passed: AtomicU64,
    lost: AtomicU64,
    swapped: AtomicU64,
}

/// A running relay. Dropping it ends it.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    done: Arc<Done>,
    task: AbortHandle,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Relay {
    /// Begins to relay.
    pub async fn start(camera: SocketAddr, harm: Harm) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
        let (address, done) = (listener.local_addr().context("where it listens")?, Arc::new(Done::default()));
        let counted = Arc::clone(&done);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(connection(client, camera, harm, Arc::clone(&counted)));
            }
        });
        Ok(Self { address, done, task: task.abort_handle() })
    }

    /// Address of a stream.
    pub fn url(&self, path: &str) -> String {
        format!("rtsp://{}/{path}", self.address)
    }

    /// Datagrams that passed.
    pub fn passed(&self) -> u64 {
        self.done.passed.load(Ordering::Relaxed)
    }

    /// Datagrams that were lost.
    pub fn lost(&self) -> u64 {
        self.done.lost.load(Ordering::Relaxed)
    }

    /// Datagrams that were overtaken.
    pub fn swapped(&self) -> u64 {
        self.done.swapped.load(Ordering::Relaxed)
    }
}

/// One RTSP connection; it ends when either side ends it.
async fn connection(client: TcpStream, camera: SocketAddr, harm: Harm, done: Arc<Done>) -> Result<()> {
    let camera = TcpStream::connect(camera).await.context("reach the camera")?;
    let ((from_client, mut to_client), (mut from_camera, mut to_camera)) = (client.into_split(), camera.into_split());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { tokio::io::copy(&mut from_camera, &mut to_client).await.map(drop).context("answers") });
    let (mut lines, mut setups) = (BufReader::new(from_client), 0);
    let mut line = String::new();
    while tasks.try_join_next().is_none() && lines.read_line(&mut line).await.context("read a request")? > 0 {
        if let Some((before, ports)) = line.split_once("client_port=") {
            let harm = if setups == 0 { harm } else { Harm::default() };
            setups += 1;
            line = format!("{before}client_port={}", media(ports, harm, &done, &mut tasks).await?);
        }
        to_camera.write_all(line.as_bytes()).await.context("pass a request on")?;
        line.clear();
    }
    Ok(())
}

/// Stands at two ports of its own for the two at which the client waits, and gives the rest of the line with them.
async fn media(ports: &str, harm: Harm, done: &Arc<Done>, tasks: &mut JoinSet<Result<()>>) -> Result<String> {
    let end = ports.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(ports.len());
    let (pair, rest) = ports.split_at(end);
    let (data, control) = pair.split_once('-').context("two ports")?;
    let mut own = Vec::new();
    for (port, harm) in [(data, harm), (control, Harm::default())] {
        let socket = UdpSocket::bind("127.0.0.1:0").await.context("a port for datagrams")?;
        own.push(socket.local_addr().context("where it waits")?.port().to_string());
        let to = SocketAddr::from(([127, 0, 0, 1], port.parse().context("a port")?));
        tasks.spawn(pass(socket, to, harm, Arc::clone(done)));
    }
    Ok(format!("{}{rest}", own.join("-")))
}

async fn pass(socket: UdpSocket, to: SocketAddr, harm: Harm, done: Arc<Done>) -> Result<()> {
    let (mut datagram, mut held) = (vec![0; 65_536], None);
    for number in 1_u64.. {
        let (size, _) = socket.recv_from(&mut datagram).await.context("a datagram")?;
        let harmed = number > harm.spared;
        // Spread over the packets without a rhythm that frames could have too.
        let die = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        if harmed && die % 100 < harm.lost_percent {
            done.lost.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        if harmed && harm.swap_every > 0 && number.is_multiple_of(harm.swap_every) && held.is_none() {
            held = Some(datagram[..size].to_vec());
            continue;
        }
        socket.send_to(&datagram[..size], to).await.context("pass a datagram on")?;
        done.passed.fetch_add(1, Ordering::Relaxed);
        if let Some(held) = held.take() {
            socket.send_to(&held, to).await.context("pass a datagram on")?;
            done.swapped.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}
