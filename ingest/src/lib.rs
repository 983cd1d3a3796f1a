//! UPLINK → GATE → ARCHIVE. Takes runs in, checks, journals, seals, acknowledges.
//!
//! In: Upload, Control and Observe calls of recorders. Out: sealed segments in the archive, open ones in its
//! `Live`, and acknowledgements by the ladder RECEIVED → STORED → SEALED. In the order data meets them:
//! - `grpc`: tonic and no rules; `wire`: messages into words of the domain, form checked once;
//! - `call`: one Upload call, with `assembly` of fragments from chunks and the `allowance` of its recorder;
//! - `control`: one Control call, with the `settings` that the recorder judges by, and corrections of its `clocks`;
//! - `observe`: one Observe call;
//! - `gate`: who may speak for which stream, what a fragment must be; `extents`: one story of each minute;
//! - `lease`: which recorders this node leads;
//! - `run`: one task for each run: its order, its file, its signatures;
//! - `journal`: files, group fsync, quarantine; `recovery`: what is found in them at the start;
//! - `reconcile`: objects and records against each other, at the start;
//! - `seal`: from the journal into the archive; `troubles`: what keeps the journal from being written.
//!
//! Always: an acknowledgement is given after what it promises is on the disk; every size is bounded
//! before memory is reserved; one recorder's fault harms no other. Not here: who the caller is (its
//! `Principal` comes with the request), and any FFmpeg.

mod allowance;
mod answers;
mod assembly;
mod call;
mod clocks;
pub mod config;
mod control;
mod error;
mod extents;
mod gate;
mod grpc;
mod journal;
mod lease;
mod observe;
mod reconcile;
mod recovery;
pub mod refusal;
mod run;
mod schedule;
mod seal;
mod settings;
mod troubles;
mod wire;

use std::sync::Arc;

use liuhen_archive::Archive;
use liuhen_proto::wire::ingest::v1::ingest_service_server::IngestServiceServer;
use tokio_util::sync::CancellationToken;

use crate::control::Standing;
use crate::gate::Gate;
use crate::journal::Journal;
use crate::lease::Leases;
use crate::reconcile::Notes;
use crate::run::Shared;
use crate::seal::Sealer;

pub use config::{Config, Limits};
pub use error::Error;
pub use grpc::Service;
pub use journal::JournalError;

/// The largest request, in bytes: an inventory of 10000 stretches fits.
const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024;

/// A node that takes footage in.
pub struct Ingest {
    service: Service,
}

impl Ingest {
    /// Opens the journal, takes up what it holds, and is ready for calls when it returns.
    pub async fn open(config: Config, archive: Archive) -> Result<Self, Error> {
        let Config { node, journal_dir, limits } = config;
        let journal = Journal::at(&journal_dir, limits.quarantine_bytes)?;
        let leases = Arc::new(Leases::new(archive.clone(), node, (limits.lease, limits.lease_renewal)));
        let notes = Arc::new(Notes::in_journal(&journal_dir));
        reconcile::objects_without_records(&archive, &journal, &notes).await?;
        let sealer = Sealer::start(archive.clone(), node, Arc::clone(&leases), Arc::clone(&notes), &limits);
        let shared = Arc::new(Shared { archive, journal, extents: extents::Extents::default(), limits, leases, sealer });
        let found = recovery::recover(&shared).await?;
        reconcile::records_without_objects(&shared, &notes).await?;
        tokio::spawn(shared.journal.troubles.tell(shared.archive.clone()));
        let gate = Arc::new(Gate::new(shared, found));
        let (standing, shutdown) = (Arc::new(Standing::default()), CancellationToken::new());
        Ok(Self { service: Service { gate, standing, shutdown } })
    }

    /// The gRPC service. The server in front of it puts a `Principal` into each request's extensions.
    pub fn service(&self) -> IngestServiceServer<Service> {
        IngestServiceServer::new(self.service.clone()).max_decoding_message_size(MAX_REQUEST_BYTES)
    }

    /// How often the journal was fsynced since the start. A reader that never goes back.
    pub fn journal_syncs(&self) -> impl Fn() -> u64 + Send + Sync + use<> {
        let gate = Arc::clone(&self.service.gate);
        move || gate.shared.journal.syncs.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Whether everything that recorders send can be written. For health: false while a journal file fails.
    pub fn healthy(&self) -> tokio::sync::watch::Receiver<bool> {
        self.service.gate.shared.journal.troubles.healthy()
    }

    /// Sealed objects that were gone when the node started, by name: a case for a person, and for `liuhen fsck`.
    pub fn missing_objects(&self) -> Vec<String> {
        self.service.gate.shared.journal.troubles.missing_objects()
    }

    /// Ends all calls. What is in the journal stays there for the next start.
    pub fn shutdown(&self) {
        self.service.shutdown.cancel();
    }
}
