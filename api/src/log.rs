//! `liuhen.review.v1.LogService`: checkpoints and proofs of the custody log.
//!
//! In: an entry, a subject or an old size. Out: a proof under the newest checkpoint, as a file. Always: whoever may read an
//! entry may have its proof; a checkpoint and the growth of the log say nothing of what entries tell, so every reader of any
//! part of it may have them. Not here: making proofs (`liuhen_archive::custody`), the entries ([`crate::review`]).

use std::pin::Pin;

use futures_util::{Stream, StreamExt as _};
use liuhen_archive::Archive;
use liuhen_archive::custody::{LogError, Prover};
use liuhen_archive::records::{MAX_ROWS, Thing};
use liuhen_proto::custody::Envelope;
use liuhen_proto::custody::proof_file::MAX_LEAVES;
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::log_service_server::LogService;
use liuhen_proto::wire::review::v1::read_proof_request::Of;
use liuhen_proto::{Code, Problem, Sha256};
use tonic::{Request, Response, Status};

use crate::auth::Asking;
use crate::error::{chain, records as failed};

/// Bytes of a piece.
const PIECE_BYTES: usize = 64 * 1024;

/// The service.
pub(crate) struct Log {
    archive: Archive,
    prover: Option<Prover>,
}

impl Log {
    /// Of a log that is published here, or that is not.
    pub(crate) const fn new(archive: Archive, prover: Option<Prover>) -> Self {
        Self { archive, prover }
    }

    fn prover(&self) -> Result<&Prover, Problem> {
        self.prover.as_ref().ok_or_else(|| {
            let what = "this server does not publish the log: ask the one that watches coverage";
            Problem::new(Code::FailedPrecondition, what, "本服务不公布存证日志，请向负责监看的服务查询")
        })
    }

    async fn entry(&self, asking: &Asking, index: u64) -> Result<Vec<u8>, Problem> {
        let newest = self.prover()?.newest().await.map_err(unproved)?;
        let past_end = || LogError::PastEnd { size: newest.tree.size, asked: index }.into();
        let entries = match index < newest.tree.size {
            true => self.archive.records.entries(index, None, 1).await.map_err(|error| failed("read an entry", error))?,
            false => Vec::new(),
        };
        // What is not there is in nobody's reach.
        let Some(entry) = entries.first().filter(|entry| entry.index == index) else {
            asking.item_by_item();
            return Err(past_end());
        };
        let subject = Envelope::from_bytes(&entry.envelope).map(|envelope| envelope.subject).unwrap_or_default();
        // The name of what is out of reach is not told either.
        let hide = |problem: Problem| match problem.code() {
            Code::NotFound => Problem::not_found(format!("entry {index}")),
            _ => problem,
        };
        may_read(asking, &subject).await.map_err(hide)?;
        let proof = self.prover()?.entry(index, leaf_hash(&entry.envelope)).await.map_err(unproved)?;
        Ok(proof.to_bytes())
    }

    async fn subject(&self, asking: &Asking, subject: &str) -> Result<Vec<u8>, Problem> {
        if subject.is_empty() || subject.len() > 256 {
            return Err(Problem::field("subject", "is no id"));
        }
        may_read(asking, subject).await?;
        let size = self.prover()?.newest().await.map_err(unproved)?.tree.size;
        let mut leaves: Vec<(u64, Sha256)> = Vec::new();
        loop {
            let from = leaves.last().map_or(0, |(last, _)| last + 1);
            let page = self.archive.records.entries(from, Some(subject), MAX_ROWS).await;
            let page = page.map_err(|error| failed("list entries", error))?;
            let published = page.iter().take_while(|entry| entry.index < size);
            leaves.extend(published.map(|entry| (entry.index, leaf_hash(&entry.envelope))));
            let more = page.len() == MAX_ROWS as usize && page.last().is_some_and(|last| last.index < size);
            if leaves.len() > MAX_LEAVES {
                return Err(Problem::new(
                    Code::TooLarge,
                    format!("{subject} has more than {MAX_LEAVES} entries: ask for the proof of each"),
                    format!("{subject} 的条目超过 {MAX_LEAVES} 条，请逐条索取证明"),
                ));
            }
            if !more {
                break;
            }
        }
        if leaves.is_empty() {
            return Err(Problem::not_found(format!("an entry about {subject}")));
        }
        Ok(self.prover()?.entries(leaves).await.map_err(unproved)?.to_bytes())
    }
}

#[tonic::async_trait]
impl LogService for Log {
    type ReadProofStream = Pin<Box<dyn Stream<Item = Result<pb::ReadProofResponse, Status>> + Send>>;

    async fn get_checkpoint(
        &self,
        request: Request<pb::GetCheckpointRequest>,
    ) -> Result<Response<pb::GetCheckpointResponse>, Status> {
        Asking::of(&request)?.item_by_item();
        let prover = self.prover()?;
        let newest = prover.newest().await.map_err(unproved)?;
        Ok(Response::new(pb::GetCheckpointResponse {
            checkpoint: newest.note,
            key: prover.key().to_string(),
            tree_size: newest.tree.size,
            root_hash: newest.tree.root.as_bytes().to_vec(),
        }))
    }

    async fn read_proof(&self, request: Request<pb::ReadProofRequest>) -> Result<Response<Self::ReadProofStream>, Status> {
        let asking = Asking::of(&request)?;
        let proof = match request.into_inner().of {
            Some(Of::EntryIndex(index)) => self.entry(&asking, index).await?,
            Some(Of::Subject(subject)) => self.subject(&asking, &subject).await?,
            Some(Of::OldSize(size)) => {
                asking.item_by_item();
                self.prover()?.continuation(size).await.map_err(unproved)?.to_bytes()
            }
            None => return Err(Problem::field("of", "is required: entry_index, subject or old_size").into()),
        };
        let pieces: Vec<_> = proof.chunks(PIECE_BYTES).map(|data| Ok(pb::ReadProofResponse { data: data.to_vec() })).collect();
        Ok(Response::new(futures_util::stream::iter(pieces).boxed()))
    }
}

/// The chain of what stands in the caller's reach; the whole log, and chains of what stands nowhere, by those only who
/// have a role everywhere.
pub(crate) async fn may_read(asking: &Asking, subject: &str) -> Result<(), Problem> {
    let session = subject.parse().map(Thing::Session);
    let site = || subject.parse().map(Thing::Site);
    let room = || subject.parse().map(Thing::Room);
    let stream = || subject.parse().map(Thing::Stream);
    let import = || subject.parse().map(Thing::Import);
    let organization = || subject.parse().map(Thing::Organization);
    let thing = session.or_else(|_| site()).or_else(|_| room()).or_else(|_| stream());
    match thing.or_else(|_| import()).or_else(|_| organization()) {
        Ok(thing) => asking.about(thing, subject).await.map(drop),
        Err(_) => asking.everywhere(),
    }
}

/// What went wrong with a proof: logged where somebody must look.
fn unproved(error: LogError) -> Problem {
    match error.code() {
        Code::DataLoss | Code::Internal => tracing::error!(error = chain(&error), "prove what is in the log"),
        Code::Unavailable => tracing::warn!(error = chain(&error), "prove what is in the log"),
        _ => {}
    }
    error.into()
}
