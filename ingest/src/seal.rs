//! Seals segments: turns a closed file of the journal into an object that is recorded and in the log.
//!
//! In: [`Closed`] segments. Out: their receipts.
//! - In this order, each step on the disk before the next: manifest, object (a hard link), records with
//!   their entries; then the segment leaves `Live`, then the journal. A crash between any two of them is
//!   made good by doing it again.
//! - Segments go to the records in batches, so that the head of the log is locked seldom.
//! - Not here: when a segment is closed (`run`).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use liuhen_archive::records::{Act, Fence, LateSignature, Lease, NewSegment, Sealed, StreamPlace};
use liuhen_archive::{Archive, names};
use liuhen_media::segment_file;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{NodeId, RecorderId, RunId, StreamId};
use liuhen_proto::segment::{Manifest, ManifestFragment, SignedRange, Sized256};
use liuhen_proto::{Code, Principal, Problem, Sha256, Timestamp};
use tokio::sync::{mpsc, oneshot};

use crate::clocks;
use crate::config::Limits;
use crate::lease::Leases;
use crate::reconcile::Notes;
use crate::run::held::Stored;

/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A segment of the journal that grows no more.
#[derive(Debug)]
pub(crate) struct Closed {
    pub(crate) place: StreamPlace,
    pub(crate) init: Sized256,
    pub(crate) path: PathBuf,
    /// Where it is not known yet, the file is read.
    pub(crate) object: Option<Sized256>,
    pub(crate) fragments: Vec<Stored>,
    pub(crate) signatures: Vec<SignedRange>,
    /// A signature covers the last fragment.
    pub(crate) signed: bool,
    /// Who recorded it.
    pub(crate) recorder: RecorderId,
    /// Another node's lease, where that is known and does not seal it.
    pub(crate) under: Option<Fence>,
}

/// A segment that is in the archive.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) sealed: Sealed,
    pub(crate) object_sha256: Sha256,
    pub(crate) manifest_sha256: Sha256,
    pub(crate) unsigned_tail: bool,
}

/// Why a segment cannot be sealed. What may pass is waited out inside.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error("{act}")]
    Archive {
        act: &'static str,
        #[source]
        source: liuhen_archive::Error,
    },
    /// Another node leads the recorder.
    #[error("{0}, and may seal it first")]
    Stale(Lease),
    /// Some of it is sealed already, in another segment.
    #[error("record segment: {0}")]
    Taken(Problem),
    /// What the records said.
    #[error("record segment: {0}")]
    Records(Problem),
    #[error("the journal's file {} is not what was written: {why}", path.display())]
    File { path: PathBuf, why: String },
    #[error("note in the journal what is sealed")]
    Note(#[source] std::io::Error),
    #[error("read the journal's file back")]
    Unread(#[source] segment_file::SegmentFileError),
}

impl SealError {
    fn code(&self) -> Code {
        match self {
            Self::Archive { source, .. } => source.code(),
            Self::Stale(_) => Code::FailedPrecondition,
            Self::Taken(problem) | Self::Records(problem) => problem.code(),
            Self::File { .. } => Code::DataLoss,
            Self::Note(_) | Self::Unread(_) => Code::Unavailable,
        }
    }

    fn may_pass(&self) -> bool {
        matches!(self.code(), Code::Unavailable | Code::Conflict | Code::ResourceExhausted | Code::Internal)
    }
}

impl From<liuhen_archive::Error> for SealError {
    fn from(error: liuhen_archive::Error) -> Self {
        match error {
            liuhen_archive::Error::Stale { lease, .. } => Self::Stale(lease),
            error @ liuhen_archive::Error::AlreadyExists { .. } => Self::Taken(error.into()),
            error => Self::Records(error.into()),
        }
    }
}

type Leased = (NewSegment, Fence);
type Reply = oneshot::Sender<Result<Sealed, SealError>>;

/// Seals segments. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sealer {
    archive: Archive,
    node: NodeId,
    leases: Arc<Leases>,
    notes: Arc<Notes>,
    batch: mpsc::Sender<(Leased, Reply)>,
}

impl Sealer {
    /// Begins the task that makes batches; it ends when the last sealer is gone.
    pub(crate) fn start(archive: Archive, node: NodeId, leases: Arc<Leases>, notes: Arc<Notes>, limits: &Limits) -> Self {
        let (batch, waiting) = mpsc::channel(limits.seal_batch.max(1));
        tokio::spawn(record(archive.clone(), node, Arc::clone(&notes), waiting, (limits.seal_wait, limits.seal_batch.max(1))));
        Self { archive, node, leases, notes, batch }
    }

    /// Seals a segment; tries again for as long as what hinders it may pass.
    pub(crate) async fn seal(&self, closed: &Closed) -> Result<Done, SealError> {
        let mut wait = Duration::from_millis(100);
        let mut first = true;
        loop {
            // A sync that failed once may succeed without having written anything: what is sealed then is what the
            // disk gives back.
            match self.try_seal(closed, std::mem::take(&mut first)).await {
                Err(error) if error.may_pass() => {
                    tracing::warn!(path = %closed.path.display(), error = %full(&error), "sealing is tried again");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                done => return done,
            }
        }
    }

    /// Records a signature that came after its segment was sealed.
    pub(crate) async fn append(&self, run: RunId, signed: SignedRange) -> liuhen_archive::Result<()> {
        let Some(statement) = signed.verify() else { return Ok(()) };
        let late = LateSignature { run, first: statement.first, last: statement.last(), signed };
        let act = Act::new(Principal::Node(self.node), self.archive.clock.now());
        self.archive.records.append_signature(&act, late).await.map(|_| ())
    }

    async fn try_seal(&self, closed: &Closed, first: bool) -> Result<Done, SealError> {
        let object = match closed.object {
            Some(object) if first => object,
            _ => read_object(closed).await?,
        };
        let fence = match closed.under {
            Some(fence) => fence,
            None => self.leases.fence(closed.recorder).await.map_err(SealError::from)?.map_err(SealError::Stale)?,
        };
        let (run, first, last) = closed.range();
        let stored = last_written(&closed.path).await;
        let start = closed.fragments.iter().map(|stored| stored.index.interval().start()).min();
        let start = start.expect("a segment has a fragment");
        let name = names::object(&closed.place, start, run, first, last, &object.sha256);
        let noted = Noted::begin(&self.notes, &name).await?;
        let (manifest_sha256, unsigned_tail) = self.put_manifest(&name, closed.manifest(object)).await?;
        let wrap = |act| move |source| SealError::Archive { act, source };
        self.archive.objects.adopt(&closed.path, &name).await.map_err(wrap("store object"))?;
        let fragments = closed.fragments.iter().map(|stored| stored.index.clone()).collect();
        let stream = closed.place.stream;
        let clock_mapping = clocks::mapping_of(&closed.fragments);
        let segment = NewSegment {
            stream,
            run,
            object_name: name,
            object,
            manifest_sha256,
            fragments,
            unsigned_tail,
            stored,
            clock_mapping,
        };
        let sealed = self.record((segment, fence)).await?;
        drop(noted);
        self.leave_journal(stream, closed).await;
        Ok(Done { sealed, object_sha256: object.sha256, manifest_sha256, unsigned_tail })
    }

    /// Stores the manifest. Where an earlier try left one that says the same of the same bytes, perhaps
    /// with another signature, that one stands: its name is taken for ever.
    async fn put_manifest(&self, object: &str, manifest: Manifest) -> Result<(Sha256, bool), SealError> {
        let name = names::manifest(object);
        let wrap = |source| SealError::Archive { act: "store manifest", source };
        let bytes = manifest.to_bytes();
        let sha256 = Sha256::of(&bytes);
        match self.archive.objects.put(&name, bytes.into()).await {
            Ok(()) => Ok((sha256, manifest.unsigned_tail)),
            Err(error) if error.code() == Code::AlreadyExists => {
                let bytes = self.archive.objects.get(&name).await.map_err(wrap)?;
                match Manifest::from_bytes(&bytes) {
                    Ok(old) if old.object == manifest.object && old.fragments == manifest.fragments => {
                        Ok((Sha256::of(&bytes), old.unsigned_tail))
                    }
                    _ => Err(wrap(error)),
                }
            }
            Err(error) => Err(wrap(error)),
        }
    }

    async fn record(&self, segment: Leased) -> Result<Sealed, SealError> {
        let (reply, answer) = oneshot::channel();
        let gone = || SealError::Records(Problem::new(Code::Unavailable, "the node is shutting down", "节点正在关闭"));
        self.batch.send((segment, reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// After the records have it: readers look at `Live` first, so nothing is missed between the two.
    async fn leave_journal(&self, stream: StreamId, closed: &Closed) {
        let (run, first, last) = closed.range();
        self.archive.live.segment_sealed(stream, run, first, last);
        if let Err(error) = tokio::fs::remove_file(&closed.path).await {
            // Harmless: the next start finds it sealed and takes it away.
            tracing::warn!(path = %closed.path.display(), %error, "sealed file stays in the journal");
        }
    }
}

/// An object that is being stored is noted in the journal until it is recorded, or was not.
struct Noted(Arc<Notes>);

impl Noted {
    async fn begin(notes: &Arc<Notes>, name: &str) -> Result<Self, SealError> {
        let (noted, name) = (Arc::clone(notes), name.to_owned());
        let written = tokio::task::spawn_blocking(move || noted.begin(&name)).await;
        written.map_err(std::io::Error::other).and_then(|written| written).map_err(SealError::Note)?;
        Ok(Self(Arc::clone(notes)))
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// When the last fragment was written down: what the file says of itself, so that it is known after a restart too.
async fn last_written(path: &std::path::Path) -> Option<Timestamp> {
    let written = tokio::fs::metadata(path).await.ok()?.modified().ok()?;
    let since = written.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_micros(i64::try_from(since.as_micros()).ok()?))
}

impl Closed {
    fn range(&self) -> (RunId, Sequence, Sequence) {
        let (first, last) = (&self.fragments[0], &self.fragments[self.fragments.len() - 1]);
        (first.header.run, first.index.sequence, last.index.sequence)
    }

    fn manifest(&self, object: Sized256) -> Manifest {
        let fragment = |stored: &Stored| ManifestFragment {
            offset_bytes: stored.index.offset_bytes,
            size_bytes: stored.index.size_bytes,
            sha256: stored.index.sha256,
            header: stored.header.clone(),
        };
        Manifest {
            v: 1,
            r#type: "manifest".to_owned(),
            alg: "sha256".to_owned(),
            stream: self.place.stream,
            run: self.fragments[0].header.run,
            init: self.init,
            object,
            fragments: self.fragments.iter().map(fragment).collect(),
            signatures: self.signatures.clone(),
            unsigned_tail: !self.signed,
        }
    }
}

/// Digests a file that was found in the journal, and makes sure that it is whole.
async fn read_object(closed: &Closed) -> Result<Sized256, SealError> {
    let path = closed.path.clone();
    let found = tokio::task::spawn_blocking(move || segment_file::scan_disk(&path)).await;
    let fail = |why: String| SealError::File { path: closed.path.clone(), why };
    let found = found.map_err(|error| fail(error.to_string()))?.map_err(SealError::Unread)?;
    let found = found.ok_or_else(|| fail("it has no init segment".to_owned()))?;
    if found.torn_bytes > 0 || found.fragments.len() != closed.fragments.len() {
        return Err(fail(format!("{} of {} fragments are sound", found.fragments.len(), closed.fragments.len())));
    }
    let object = Sized256 { sha256: found.sha256, size_bytes: found.size_bytes };
    if closed.object.is_some_and(|written| written != object) {
        return Err(fail("it has another digest".to_owned()));
    }
    Ok(object)
}

/// Takes segments as they come and records them in batches.
async fn record(
    archive: Archive,
    node: NodeId,
    notes: Arc<Notes>,
    mut waiting: mpsc::Receiver<(Leased, Reply)>,
    (wait, size): (Duration, usize),
) {
    while let Some(first) = waiting.recv().await {
        let mut batch = vec![first];
        let gather = async {
            while batch.len() < size {
                match waiting.recv().await {
                    Some(next) => batch.push(next),
                    None => break,
                }
            }
        };
        // Late is fine: the batch goes as it is.
        let _ = tokio::time::timeout(wait, gather).await;
        let (segments, replies): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let act = Act::new(Principal::Node(node), archive.clock.now());
        match archive.records.seal_leased(&act, segments).await {
            Ok(sealed) => {
                let pairs = replies.into_iter().zip(sealed);
                pairs.for_each(|(reply, sealed)| drop(reply.send(sealed.map_err(SealError::from))));
                notes.move_on(&archive).await;
            }
            Err(error) => {
                let problem = Problem::from(error);
                tracing::warn!(segments = replies.len(), problem = problem.message(), "batch of segments not recorded");
                replies.into_iter().for_each(|reply| drop(reply.send(Err(SealError::Records(problem.clone())))));
            }
        }
    }
}

/// The error and its causes as one sentence.
pub(crate) fn full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
