//! Which recorders this node leads.
//!
//! - A recorder that calls is led by the node that it calls; the one that led it before hears of it when it renews.
//! - What is sealed names the epoch under which it is; the records refuse it where another stands ([`Fence`]).
//! - Not here: what becomes of what a node holds of a recorder that it leads no more (`run::settle`).

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use liuhen_archive::records::{Claim, Fence, Lease};
use liuhen_archive::{Archive, Result};
use liuhen_proto::Span;
use liuhen_proto::ids::{NodeId, RecorderId};
use tokio_util::sync::CancellationToken;

/// A recorder that this node leads.
struct Led {
    lease: Lease,
    /// Cancelled when another node leads it.
    lost: CancellationToken,
}

/// The recorders that this node leads, as far as it knows.
pub(crate) struct Leases {
    archive: Archive,
    node: NodeId,
    span: Span,
    renewal: Duration,
    of: Mutex<HashMap<RecorderId, Led>>,
}

impl Leases {
    pub(crate) fn new(archive: Archive, node: NodeId, (span, renewal): (Span, Duration)) -> Self {
        Self { archive, node, span, renewal, of: Mutex::default() }
    }

    /// The recorder has called: this node leads it now. The token is cancelled when another does.
    pub(crate) async fn called(&self, recorder: RecorderId) -> Result<(Lease, CancellationToken)> {
        let lease = self.claim(recorder, true).await?;
        let of = self.of.lock().expect("no one panics while holding the leases");
        // Where another call was answered elsewhere in this very moment, the lease is lost already.
        let lost = of.get(&recorder).filter(|led| led.lease.epoch == lease.epoch).map(|led| led.lost.clone());
        Ok((lease, lost.unwrap_or_else(cancelled)))
    }

    /// Renews the lease until it is lost; gives who leads then.
    pub(crate) async fn keep(&self, lease: Lease, lost: &CancellationToken) -> Option<Lease> {
        loop {
            tokio::select! {
                () = lost.cancelled() => return None,
                () = tokio::time::sleep(self.renewal) => {}
            }
            match self.claim(lease.recorder, false).await {
                Ok(now) if now.fence() != lease.fence() => return Some(now),
                Ok(_) => {}
                // While the records do not answer nobody else can take it over either.
                Err(error) => tracing::warn!(recorder = %lease.recorder, %error, "lease not renewed"),
            }
        }
    }

    /// Under which lease something of the recorder may be sealed; or who leads it.
    pub(crate) async fn fence(&self, recorder: RecorderId) -> Result<std::result::Result<Fence, Lease>> {
        let now = self.archive.clock.now();
        let known = self.of.lock().expect("no one panics while holding the leases").get(&recorder).map(|led| led.lease);
        let lease = match known.filter(|lease| lease.until > now) {
            Some(lease) => lease,
            None => self.claim(recorder, false).await?,
        };
        Ok(if lease.node == self.node { Ok(lease.fence()) } else { Err(lease) })
    }

    async fn claim(&self, recorder: RecorderId, called: bool) -> Result<Lease> {
        let at = self.archive.clock.now();
        let claim = Claim { recorder, node: self.node, at, until: at.after(self.span), called };
        let lease = self.archive.records.claim_lease(claim).await?;
        self.note(lease);
        Ok(lease)
    }

    fn note(&self, lease: Lease) {
        let mut of = self.of.lock().expect("no one panics while holding the leases");
        match of.get_mut(&lease.recorder) {
            // Answers may overtake each other.
            Some(led) if led.lease.epoch > lease.epoch => return,
            Some(led) if led.lease.fence() == lease.fence() => {
                led.lease.until = led.lease.until.max(lease.until);
                return;
            }
            Some(led) => {
                tracing::warn!(recorder = %lease.recorder, node = %lease.node, epoch = lease.epoch, "another node leads the recorder");
                led.lost.cancel();
            }
            None => {}
        }
        if lease.node == self.node {
            of.insert(lease.recorder, Led { lease, lost: CancellationToken::new() });
        } else {
            of.remove(&lease.recorder);
        }
    }
}

fn cancelled() -> CancellationToken {
    let token = CancellationToken::new();
    token.cancel();
    token
}
