//! The line between a recorder and a node: bytes in memory, which arrive in order, or late, or not at all.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::codegen::Service;
use tonic::codegen::http::Uri;
use tonic::transport::{Channel, Endpoint};

use crate::chance::Chance;

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fault {
    /// It breaks when so many bytes have gone to the centre.
    breaks_after: Option<u64>,
    /// When so many bytes have come back, no more do; a while later it breaks.
    mute_after: Option<u64>,
    /// Each piece comes so much later.
    lag: Duration,
}

impl Fault {
    pub(crate) fn by(chance: &Chance) -> Self {
        Self {
            breaks_after: chance.one_in(3).then(|| chance.below(120_000)),
            mute_after: chance.one_in(5).then(|| chance.below(3_000)),
            lag: if chance.one_in(4) { chance.millis_below(3) } else { Duration::ZERO },
        }
    }
}

/// How long a mute line stands.
const MUTE: Duration = Duration::from_millis(30);

/// A connection over a line to whoever takes its other end; `broken` breaks it, and is told when it breaks.
pub(crate) async fn connect(
    to: &mpsc::UnboundedSender<DuplexStream>,
    fault: Fault,
    broken: CancellationToken,
) -> Result<Channel, String> {
    let (ours, near) = tokio::io::duplex(64 * 1024);
    let (far, theirs) = tokio::io::duplex(64 * 1024);
    to.send(theirs).map_err(|_| "nobody is there".to_owned())?;
    let ((near_read, near_write), (far_read, far_write)) = (tokio::io::split(near), tokio::io::split(far));
    let there = carry(near_read, far_write, fault.breaks_after, fault.lag);
    let back = async move {
        carry(far_read, near_write, fault.mute_after, fault.lag).await;
        tokio::time::sleep(MUTE).await;
    };
    let stands = broken.clone();
    tokio::spawn({
        let (there, back) = (Box::pin(there), Box::pin(back));
        async move {
            tokio::select! {
                () = there => {}
                () = back => {}
                () = stands.cancelled() => {}
            }
            stands.cancel();
        }
    });
    let endpoint = Endpoint::from_static("http://centre");
    endpoint.connect_with_connector(Once(Some(ours))).await.map_err(|error| error.to_string())
}

async fn carry(mut from: ReadHalf<DuplexStream>, mut to: WriteHalf<DuplexStream>, limit: Option<u64>, lag: Duration) {
    let (mut left, mut piece) = (limit.unwrap_or(u64::MAX), vec![0; 4096]);
    while left > 0 {
        let Ok(count @ 1..) = from.read(&mut piece).await else { return };
        if lag > Duration::ZERO {
            tokio::time::sleep(lag).await;
        }
        let count = count.min(usize::try_from(left).unwrap_or(usize::MAX));
        if to.write_all(&piece[..count]).await.is_err() {
            return;
        }
        left -= count as u64;
    }
}

/// Gives the one end that it has.
struct Once(Option<DuplexStream>);

impl Service<Uri> for Once {
    type Response = TokioIo<DuplexStream>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = std::io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let end = self.0.take().ok_or_else(|| std::io::ErrorKind::NotConnected.into());
        Box::pin(async move { end.map(TokioIo::new) })
    }
}
