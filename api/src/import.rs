//! `liuhen.archive.v1.ImportService`: footage that comes as a file.
//!
//! In: a signed statement, the original byte for byte, and the segment files that the importer made of it. Out: an
//! import that plays, or nothing at all.
//! - [`receive`]: the call, step by step; what it sends lies in [`staging`] until all of it was checked;
//! - [`check`]: whether the footage is what the statement says, and its times what the statement declares;
//! - [`store`]: objects, manifests and records, in this order; what fails leaves none of them.
//!
//! Always: trust is "imported" and never more; nothing is taken without the signature of a registered key; the
//! same file for the same viewpoint and start is taken once. Not here: how a file is read (the importer's side).

mod check;
mod convert;
mod receive;
mod staging;
mod store;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use liuhen_archive::Archive;
use liuhen_archive::records::{Act, Thing};
use liuhen_proto::ids::{ImportId, ViewpointId};
use liuhen_proto::import::{CorrectionStatement, MAX_STATEMENT_BYTES, SignedStatement};
use liuhen_proto::signing::{PublicKey, Signature};
use liuhen_proto::wire::archive::v1 as pb;
use liuhen_proto::wire::archive::v1::import_service_server::ImportService;
use liuhen_proto::{Code, Problem, wire};
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::auth::Asking;
use crate::error::records as failed;
use crate::session::check::limit;

pub use staging::CleanError;
pub(crate) use staging::clean;

/// So many files are taken in at once.
const AT_ONCE: usize = 4;
/// The most imports that are listed at once.
const MAX_LISTED: u32 = 1000;

/// The service.
#[derive(Clone)]
pub(crate) struct Imports {
    archive: Archive,
    staging: Arc<PathBuf>,
    places: Arc<Semaphore>,
    /// One stores at a time: two calls may bring the same import, and what fails is taken back.
    storing: Arc<Mutex<()>>,
}

type Answer<T> = Result<Response<T>, Status>;

impl Imports {
    /// `staging` lies on the file system of the objects, and is empty.
    pub(crate) fn new(archive: Archive, staging: PathBuf) -> Self {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Self { archive, staging: Arc::new(staging), places, storing: Arc::default() }
    }

    /// Reads what was signed, and whether its key is registered.
    async fn signed(&self, statement: Vec<u8>, signature: &[u8], public_key: &[u8]) -> Result<SignedStatement, Problem> {
        if statement.len() > MAX_STATEMENT_BYTES {
            return Err(Problem::field("statement", format!("has more than {MAX_STATEMENT_BYTES} bytes")));
        }
        let signed = SignedStatement {
            statement: String::from_utf8(statement).map_err(|_| Problem::field("statement", "is no UTF-8"))?,
            signature: Signature::try_from(signature).map_err(|error| Problem::field("signature", error.to_string()))?,
            key: PublicKey::try_from(public_key).map_err(|error| Problem::field("public_key", error.to_string()))?,
        };
        if !signed.holds() {
            return Err(Problem::field("signature", "is not that of the key over this statement"));
        }
        let known = self.archive.records.key_by_public(signed.key).await.map_err(|error| failed("look the key up", error))?;
        if known.is_none() {
            let key = signed.key;
            return Err(Problem::new(
                Code::FailedPrecondition,
                format!("the key {key} is not registered: `liuhen key register NAME` registers it"),
                format!("密钥 {key} 未登记：请先用 liuhen key register 登记"),
            ));
        }
        Ok(signed)
    }
}

#[tonic::async_trait]
impl ImportService for Imports {
    type ImportStream = Pin<Box<dyn Stream<Item = Result<pb::ImportResponse, Status>> + Send>>;

    async fn import(&self, request: Request<tonic::Streaming<pb::ImportRequest>>) -> Answer<Self::ImportStream> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        let act = Act::new(asking.principal(), self.archive.clock.now());
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            let (en, zh) = (format!("{AT_ONCE} files are being taken in: try again later"), "正在导入的文件过多，请稍后再试");
            Problem::new(Code::ResourceExhausted, en, zh)
        })?;
        let (answers, answered) = mpsc::channel(16);
        let (imports, steps) = (self.clone(), request.into_inner());
        tokio::spawn(async move {
            let _place = place;
            let last = match receive::receive(&imports, (&asking, &act), steps, &answers).await {
                Ok(imported) => Ok(pb::ImportResponse { answer: Some(pb::import_response::Answer::Imported(imported)) }),
                Err(problem) => Err(Status::from(problem)),
            };
            // Where nobody listens any more, a repeated call tells what came of it.
            let _ = answers.send(last).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answered))))
    }

    async fn correct_import(&self, request: Request<pb::CorrectImportRequest>) -> Answer<pb::CorrectImportResponse> {
        let asking = Asking::of(&request)?;
        let act = Act::new(asking.principal(), self.archive.clock.now());
        let request = request.into_inner();
        let import: ImportId = wire::id("import_id", &request.import_id)?;
        asking.about(Thing::Import(import), import).await?;
        let signed = self.signed(request.statement, &request.signature, &request.public_key).await?;
        let said = CorrectionStatement::from_bytes(signed.statement.as_bytes());
        let said = said.map_err(|error| Problem::field("statement", crate::error::chain(&error)))?;
        if said.import != import {
            return Err(Problem::field("statement", format!("is about {}", said.import)).into());
        }
        let known = self.archive.records.import(import).await.map_err(|error| failed("read the import", error))?;
        let known = known.ok_or_else(|| Problem::not_found(import))?;
        check::correction(&known, &said, act.at)?;
        let written = self.archive.records.correct_import(&act, signed).await;
        let written = written.map_err(|error| failed("correct the import", error))?;
        self.archive.live.footage_imported(written.value.stream);
        let receipt = Some(convert::receipt(&written.receipt));
        Ok(Response::new(pb::CorrectImportResponse { import: Some(convert::import(written.value)), receipt }))
    }

    async fn get_import(&self, request: Request<pb::GetImportRequest>) -> Answer<pb::GetImportResponse> {
        let import: ImportId = wire::id("import_id", &request.get_ref().import_id)?;
        Asking::of(&request)?.about(Thing::Import(import), import).await?;
        let known = self.archive.records.import(import).await.map_err(|error| failed("read the import", error))?;
        let known = known.ok_or_else(|| Problem::not_found(import))?;
        Ok(Response::new(pb::GetImportResponse { import: Some(convert::import(known)) }))
    }

    async fn list_imports(&self, request: Request<pb::ListImportsRequest>) -> Answer<pb::ListImportsResponse> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        let request = request.into_inner();
        let viewpoint = Some(request.viewpoint_id.as_str()).filter(|id| !id.is_empty());
        let viewpoint: Option<ViewpointId> = viewpoint.map(|id| wire::id("viewpoint_id", id)).transpose()?;
        let limit = limit(request.limit, MAX_LISTED)?;
        let found = self.archive.records.imports(viewpoint, limit).await.map_err(|error| failed("list imports", error))?;
        let mut imports = Vec::with_capacity(found.len());
        for import in found {
            if asking.sees(Thing::Import(import.id)).await? {
                imports.push(convert::import(import));
            }
        }
        Ok(Response::new(pb::ListImportsResponse { imports }))
    }
}
