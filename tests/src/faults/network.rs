//! A line between recorder and centre that misbehaves: a TCP proxy.
//!
//! In: where the centre listens, and how the line is. Out: an address for the recorder, and what happened.
//! - Each direction has a delay with jitter and a bandwidth; what goes in comes out in order, as TCP promises.
//! - A *stall* carries nothing for a while, and then everything. A *cut* resets all connections and refuses new ones. A *hang* is a half-open partition: connections stay,
//!   new ones are taken, and nothing comes through. Connections that hung never speak again, also when the line
//!   is back: both ends must notice by themselves.
//! - Not here: lost packets ([`super::Loss`]), which only a kernel can lose.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Chance;

/// The largest piece that is carried at once.
const PIECE: usize = 4 << 10;
/// So many pieces are under way at once; then the line pushes back.
const UNDER_WAY: usize = 64;

/// What one direction is like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    /// Each piece comes so much later.
    pub delay: Duration,
    /// And by chance so much later still.
    pub jitter: Duration,
    /// No more than so much; nothing for no bound.
    pub bytes_per_second: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Stalled,
    Hanging,
    Cut,
}

/// What the proxy saw.
#[derive(Debug, Default)]
struct Seen {
    connections: AtomicU64,
    bytes: AtomicU64,
    /// Connections that hung, by which end gave them up.
    recorder_noticed: AtomicU64,
    centre_noticed: AtomicU64,
}

/// The line. Dropping it cuts it for good.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    /// State, and how often it has changed: what hung once stays hung.
    state: watch::Sender<(State, u64)>,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Listens, and hands everything on to `centre`. Both directions are like `line`.
    pub async fn start(centre: SocketAddr, line: Line) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen for the proxy")?;
        let address = listener.local_addr().context("the proxy's address")?;
        let (state, watched) = watch::channel((State::Open, 0));
        let seen = Arc::new(Seen::default());
        let task = tokio::spawn(accept(listener, centre, line, watched, Arc::clone(&seen)));
        Ok(Self { address, state, seen, task })
    }

    /// For the recorder's configuration.
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Resets all connections and refuses new ones.
    pub fn cut(&self) {
        self.turn(State::Cut);
    }

    /// Carries nothing until it comes back; then what waited comes at once.
    pub fn stall(&self) {
        self.turn(State::Stalled);
    }

    /// Swallows everything, and says nothing to anyone.
    pub fn hang(&self) {
        self.turn(State::Hanging);
    }

    /// New connections come through again, and those that stalled.
    pub fn come_back(&self) {
        self.turn(State::Open);
    }

    /// How many connections were made.
    pub fn connections(&self) -> u64 {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// How many bytes came through towards the centre and back.
    pub fn bytes(&self) -> u64 {
        self.seen.bytes.load(Ordering::SeqCst)
    }

    /// How many of the connections that hung were given up by the recorder, and by the centre.
    pub fn noticed(&self) -> (u64, u64) {
        (self.seen.recorder_noticed.load(Ordering::SeqCst), self.seen.centre_noticed.load(Ordering::SeqCst))
    }

    fn turn(&self, state: State) {
        self.state.send_modify(|(now, changes)| (*now, *changes) = (state, *changes + 1));
    }
}

async fn accept(listener: TcpListener, centre: SocketAddr, line: Line, state: watch::Receiver<(State, u64)>, seen: Arc<Seen>) {
    // Connections end with the proxy.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((recorder, _)) = listener.accept().await {
        seen.connections.fetch_add(1, Ordering::SeqCst);
        connections.spawn(connection(recorder, centre, line, state.clone(), Arc::clone(&seen)));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(
    recorder: TcpStream,
    centre: SocketAddr,
    line: Line,
    mut state: watch::Receiver<(State, u64)>,
    seen: Arc<Seen>,
) {
    let (now, _) = *state.borrow_and_update();
    if now == State::Cut {
        return reset(recorder);
    }
    if now == State::Hanging {
        let (read, _write) = recorder.into_split();
        return swallow(read, &seen.recorder_noticed).await;
    }
    let Ok(centre) = TcpStream::connect(centre).await else { return reset(recorder) };
    // Pieces are small, and each is as late as the line says, not later. An error would only make it slower.
    let _ = (recorder.set_nodelay(true), centre.set_nodelay(true));
    let ((from_recorder, to_recorder), (from_centre, to_centre)) = (recorder.into_split(), centre.into_split());
    let up = Carrier::new(line, state.clone(), &seen).carry(from_recorder, to_centre);
    let down = Carrier::new(line, state.clone(), &seen).carry(from_centre, to_recorder);
    let (Some((from_recorder, to_centre)), Some((from_centre, to_recorder))) = tokio::join!(up, down) else { return };
    if state.borrow().0 == State::Cut {
        [from_recorder.reunite(to_recorder), from_centre.reunite(to_centre)].into_iter().flatten().for_each(reset);
        return;
    }
    // The other halves stay open until both ends have given up: neither hears of the other's farewell.
    tokio::join!(swallow(from_recorder, &seen.recorder_noticed), swallow(from_centre, &seen.centre_noticed));
    drop((to_recorder, to_centre));
}

/// Says RST instead of a farewell.
fn reset(stream: TcpStream) {
    // An error would make it a farewell.
    let _ = stream.set_zero_linger();
}

/// Takes what comes and hands nothing on, until the other end gives up.
async fn swallow(mut read: OwnedReadHalf, noticed: &AtomicU64) {
    let mut buffer = vec![0; PIECE];
    while read.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    noticed.fetch_add(1, Ordering::SeqCst);
}

/// Carries one direction of one connection.
struct Carrier<'a> {
    line: Line,
    state: watch::Receiver<(State, u64)>,
    seen: &'a Seen,
    /// What is under way, and when it arrives.
    under_way: VecDeque<(Instant, Vec<u8>)>,
    last_due: Instant,
    chance: Chance,
}

impl<'a> Carrier<'a> {
    fn new(line: Line, state: watch::Receiver<(State, u64)>, seen: &'a Seen) -> Self {
        let chance = Chance::seeded(seen.connections.load(Ordering::SeqCst));
        Self { line, state, seen, under_way: VecDeque::new(), last_due: Instant::now(), chance }
    }

    /// Until the giver closes, or the line stops; then both halves are given back.
    async fn carry(mut self, mut read: OwnedReadHalf, mut write: OwnedWriteHalf) -> Option<(OwnedReadHalf, OwnedWriteHalf)> {
        let mut buffer = vec![0; PIECE];
        let mut closed = false;
        loop {
            if self.state.borrow_and_update().0 == State::Stalled {
                self.state.changed().await.ok()?;
                continue;
            }
            let due = self.under_way.front().map(|(due, _)| *due);
            if closed && due.is_none() {
                return None;
            }
            tokio::select! {
                biased;
                _ = self.state.changed() => {
                    if matches!(self.state.borrow().0, State::Cut | State::Hanging) {
                        return Some((read, write));
                    }
                }
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    let (_, piece) = self.under_way.pop_front()?;
                    write.write_all(&piece).await.ok()?;
                    self.seen.bytes.fetch_add(piece.len() as u64, Ordering::SeqCst);
                }
                count = read.read(&mut buffer), if !closed && self.under_way.len() < UNDER_WAY => {
                    match count {
                        Ok(count) if count > 0 => self.send(&buffer[..count]),
                        _ => closed = true,
                    }
                }
            }
        }
    }

    fn send(&mut self, piece: &[u8]) {
        let jitter = self.chance.between(Duration::ZERO, self.line.jitter);
        let arrives = self.last_due.max(Instant::now() + self.line.delay + jitter);
        let takes = self.line.bytes_per_second.map_or(0, |bytes| piece.len() as u64 * 1_000_000 / bytes);
        self.last_due = arrives + Duration::from_micros(takes);
        self.under_way.push_back((self.last_due, piece.to_vec()));
    }
}
