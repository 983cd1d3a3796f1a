//! One call, step by step: statement, original, segment files, commit.

use std::time::Duration;

use liuhen_archive::names;
use liuhen_archive::records::{Act, Import, MAX_IMPORT_SEGMENTS, Thing};
use liuhen_proto::ids::SiteId;
use liuhen_proto::import::ImportStatement;
use liuhen_proto::segment::Sized256;
use liuhen_proto::wire::archive::v1 as pb;
use liuhen_proto::wire::archive::v1::import_request::Step;
use liuhen_proto::wire::archive::v1::import_response::Answer;
use liuhen_proto::{Code, Problem, Sha256};
use tokio::sync::mpsc;
use tonic::{Status, Streaming};

use super::check::Footage;
use super::staging::{Incoming, Staged, Staging};
use super::store::{self, Whole};
use super::{Imports, MAX_LISTED, convert};
use crate::auth::Asking;
use crate::error::records as failed;

/// A caller that sends nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(120);
/// The largest chunk.
const MAX_CHUNK_BYTES: usize = 64 * 1024;
/// The largest segment file: what ingest rolls at, and a fragment.
const MAX_SEGMENT_BYTES: u64 = 528 * 1024 * 1024;
/// The original, and what was made of it: G.711 stored as FLAC may be twice as long; and every fragment has a head.
const MAX_GROWTH: u64 = 3;
const HEADS_BYTES: u64 = 64 * 1024 * 1024;
/// A caller is told how much is stored each time that so much has come.
const TOLD_BYTES: u64 = 4 * 1024 * 1024;

type Answers = mpsc::Sender<Result<pb::ImportResponse, Status>>;

/// Reads the call to its end; stores and records what it brought.
pub(super) async fn receive(
    imports: &Imports,
    (asking, act): (&Asking, &Act),
    steps: Streaming<pb::ImportRequest>,
    answers: &Answers,
) -> Result<pb::Imported, Problem> {
    let mut call = Call { steps, answers, stored: 0, told: 0 };
    let Step::Begin(begin) = call.next().await? else {
        return Err(Problem::field("begin", "must come first"));
    };
    let signed = imports.signed(begin.statement, &begin.signature, &begin.public_key).await?;
    let said = ImportStatement::from_bytes(signed.statement.as_bytes());
    let said = said.map_err(|error| Problem::field("statement", crate::error::chain(&error)))?;
    asking.about(Thing::Viewpoint(said.viewpoint), said.viewpoint).await?;
    if let Some(known) = known(imports, &said).await? {
        return Ok(pb::Imported { import: Some(convert::import(known)), receipt: None, repeated: true });
    }
    let site = site(imports, &said).await?;
    let mut footage = Footage::of(&said, act.at)?;
    let limit = said.original.size_bytes.saturating_mul(MAX_GROWTH).saturating_add(HEADS_BYTES);
    let staging = Staging::begin(&imports.staging, said.import, limit, &imports.archive).await?;
    let original = call.file(&staging, 0, Wanted::Original(said.original)).await?;
    let original = original.ok_or_else(|| Problem::field("file", "the original must come"))?;
    let mut segments = Vec::new();
    while let Some(file) = call.file(&staging, segments.len() + 1, Wanted::Segment { limit }).await? {
        if segments.len() == MAX_IMPORT_SEGMENTS {
            return Err(Problem::field("file", format!("more than {MAX_IMPORT_SEGMENTS} segments")));
        }
        segments.push(footage.segment(file).await?);
    }
    footage.finish()?;
    let original_name = names::original(site, said.import, &said.original.sha256);
    let whole = Whole { signed, said, site, original, original_name, segments };
    let _alone = imports.storing.lock().await;
    let written = store::store(&imports.archive, act, &staging, whole).await?;
    let receipt = Some(convert::receipt(&written.receipt));
    Ok(pb::Imported { import: Some(convert::import(written.value)), receipt, repeated: written.repeated })
}

/// The import of the same file, for the same viewpoint and start, that was taken in before. The newest thousand of a
/// viewpoint are looked at.
async fn known(imports: &Imports, said: &ImportStatement) -> Result<Option<Import>, Problem> {
    let records = &imports.archive.records;
    let found = records.imports(Some(said.viewpoint), MAX_LISTED).await.map_err(|error| failed("list imports", error))?;
    Ok(found.into_iter().find(|import| import.original == said.original && same_start(import, said)))
}

fn same_start(import: &Import, said: &ImportStatement) -> bool {
    let first = import.revisions.first().and_then(|revision| revision.statement.as_deref());
    let first = first.and_then(|statement| ImportStatement::from_bytes(statement.as_bytes()).ok());
    // A file that was only kept may be taken in again, to be played.
    first.is_some_and(|first| first.device_start == said.device_start && (import.segments > 0 || said.runs.is_empty()))
}

/// Where the viewpoint is. Sites are few and imports rare: each is looked at.
async fn site(imports: &Imports, said: &ImportStatement) -> Result<SiteId, Problem> {
    let records = &imports.archive.records;
    for site in records.sites().await.map_err(|error| failed("list sites", error))? {
        let layout = records.layout(site.id).await.map_err(|error| failed("read the site", error))?;
        if layout.is_some_and(|layout| layout.viewpoints.iter().any(|found| found.id == said.viewpoint)) {
            return Ok(site.id);
        }
    }
    Err(Problem::not_found(said.viewpoint))
}

/// Which file may come next.
#[derive(Clone, Copy)]
enum Wanted {
    /// Exactly this one.
    Original(Sized256),
    /// A segment file, or `commit`; everything together has at most so many bytes.
    Segment { limit: u64 },
}

/// The steps of a call as they come.
struct Call<'a> {
    steps: Streaming<pb::ImportRequest>,
    answers: &'a Answers,
    stored: u64,
    told: u64,
}

impl Call<'_> {
    async fn next(&mut self) -> Result<Step, Problem> {
        let gone = |why: String| {
            Problem::new(
                Code::Unavailable,
                format!("the call broke off, nothing was taken in: {why}"),
                "连接中断，未导入任何内容",
            )
        };
        let step = tokio::time::timeout(PATIENCE, self.steps.message()).await;
        let step =
            step.map_err(|_| gone("nothing came for two minutes".into()))?.map_err(|status| gone(status.message().into()))?;
        let step = step.ok_or_else(|| gone("it ended before `commit`".into()))?;
        step.step.ok_or_else(|| Problem::field("step", "is required"))
    }

    /// The next file; none at `commit`.
    async fn file(&mut self, staging: &Staging, number: usize, wanted: Wanted) -> Result<Option<Staged>, Problem> {
        let announced = match (self.next().await?, wanted) {
            (Step::File(file), _) => file,
            (Step::Commit(_), Wanted::Segment { .. }) => return Ok(None),
            _ => return Err(Problem::field("step", "`file` must follow, or `commit` where the original has come")),
        };
        let sha256 = Sha256::try_from(announced.sha256.as_slice());
        let sha256 = sha256.map_err(|_| Problem::field("file.sha256", "must have 32 bytes"))?;
        let announced = Sized256 { sha256, size_bytes: announced.size_bytes };
        match wanted {
            Wanted::Original(original) if original != announced => {
                return Err(Problem::field("file", "is another original than that of the statement"));
            }
            Wanted::Segment { limit } if announced.size_bytes > limit.saturating_sub(self.stored).min(MAX_SEGMENT_BYTES) => {
                return Err(Problem::field("file.size_bytes", "is more than can have come out of the original"));
            }
            _ if announced.size_bytes == 0 => return Err(Problem::field("file.size_bytes", "is 0")),
            _ => {}
        }
        let mut incoming = staging.file(number, announced).await?;
        let mut left = announced.size_bytes;
        while left > 0 {
            left = left.saturating_sub(self.chunk(&mut incoming).await?);
        }
        self.tell().await;
        incoming.finish().await.map(Some)
    }

    async fn chunk(&mut self, incoming: &mut Incoming) -> Result<u64, Problem> {
        let Step::Chunk(chunk) = self.next().await? else {
            return Err(Problem::field("chunk", "the file is not whole yet"));
        };
        if chunk.data.is_empty() || chunk.data.len() > MAX_CHUNK_BYTES {
            return Err(Problem::field(
                "chunk.data",
                format!("has {} bytes; 1 to {MAX_CHUNK_BYTES} are taken", chunk.data.len()),
            ));
        }
        incoming.write(&chunk.data).await?;
        self.stored += chunk.data.len() as u64;
        if self.stored - self.told >= TOLD_BYTES {
            self.tell().await;
        }
        Ok(chunk.data.len() as u64)
    }

    async fn tell(&mut self) {
        self.told = self.stored;
        // A caller that does not read is not waited for: the last answer is what counts.
        let _ = self.answers.try_send(Ok(pb::ImportResponse { answer: Some(Answer::StoredBytes(self.stored)) }));
    }
}
