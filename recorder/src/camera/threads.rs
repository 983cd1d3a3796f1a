//! The threads that read cameras.
//!
//! A camera sends a frame as many small packets, and to wake a thread for each of them costs more than to read
//! them all. So cameras share few threads, and a thread that has nothing to do rests for some milliseconds
//! before it looks what has come for any of its cameras. What a packet's arrival is told to be is late by that
//! at most; the socket's buffer holds what comes meanwhile.
//!
//! Not here: what is done on a camera's thread ([`super::record`]); disk and network to the centre have others.

use std::io;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long a thread rests.
const REST: Duration = Duration::from_millis(20);
/// Streams of one thread; a stream of 2 Mbit/s is about a thousandth of a processor.
const STREAMS_PER_THREAD: usize = 64;

/// Running threads, which end when this is dropped. What still runs on them then is dropped too.
#[derive(Debug)]
pub struct Threads {
    handles: Vec<Handle>,
    assigned: usize,
    _end: DropGuard,
}

impl Threads {
    /// Starts as many as so many streams need.
    pub fn start(streams: usize) -> io::Result<Self> {
        let end = CancellationToken::new();
        let handles =
            (0..streams.div_ceil(STREAMS_PER_THREAD)).map(|number| start(number, end.clone())).collect::<io::Result<_>>()?;
        Ok(Self { handles, assigned: 0, _end: end.drop_guard() })
    }

    /// The thread for the next stream; those of one camera come one after the other and are spread.
    pub fn assign(&mut self) -> Option<&Handle> {
        self.assigned += 1;
        self.handles.get(self.assigned % self.handles.len().max(1))
    }
}

fn start(number: usize, end: CancellationToken) -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().on_thread_park(|| std::thread::sleep(REST)).build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new().name(format!("cameras {number}")).spawn(move || runtime.block_on(end.cancelled()))?;
    Ok(handle)
}
