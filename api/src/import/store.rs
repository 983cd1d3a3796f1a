//! Objects, manifests, records: an import that was checked becomes part of the archive, or leaves nothing.

use liuhen_archive::records::{Act, Import, NewImport, NewImportedRun, NewSegment, Written};
use liuhen_archive::{Archive, names};
use liuhen_proto::ids::{CameraId, ImportId, SiteId, StreamId};
use liuhen_proto::import::{ImportStatement, SignedStatement};
use liuhen_proto::segment::{Manifest, ManifestFragment, Sized256};
use liuhen_proto::{Problem, Sha256};

use super::check::Segment;
use super::staging::{Staged, Staging};
use crate::error::records as failed;

/// The longest name of a camera, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// What came, and is right.
pub(super) struct Whole {
    pub(super) signed: SignedStatement,
    pub(super) said: ImportStatement,
    pub(super) site: SiteId,
    pub(super) original: Staged,
    pub(super) original_name: String,
    pub(super) segments: Vec<Segment>,
}

/// A segment with its names.
struct Named {
    segment: Segment,
    object: Sized256,
    name: String,
}

pub(super) async fn store(archive: &Archive, act: &Act, staging: &Staging, whole: Whole) -> Result<Written<Import>, Problem> {
    let Whole { signed, said, site, original, original_name, segments } = whole;
    let segments: Vec<_> = segments.into_iter().map(|segment| named((site, said.camera, said.stream), segment)).collect();
    let of_segments = segments.iter().flat_map(|named| [named.name.clone(), names::manifest(&named.name)]);
    let objects: Vec<String> = std::iter::once(original_name.clone()).chain(of_segments).collect();
    staging.note(said.import, &objects).await?;
    let stored = async {
        archive.objects.adopt(&original.path, &original_name).await.map_err(|error| failed("store the original", error))?;
        let new = NewImport {
            camera_name: camera_name(&said.device),
            original_name,
            runs: runs(&said, &segments)?,
            segments: put(archive, segments).await?,
            signed,
        };
        archive.records.take_import(act, new).await.map_err(|error| failed("record the import", error))
    };
    match stored.await {
        Ok(written) => {
            archive.live.footage_imported(written.value.stream);
            Ok(written)
        }
        Err(problem) => {
            withdraw(archive, said.import, &objects).await;
            Err(problem)
        }
    }
}

/// Takes back what was adopted, unless the records have it: another call may have brought the same, and an answer of
/// the database may have been lost.
async fn withdraw(archive: &Archive, import: ImportId, objects: &[String]) {
    match archive.records.import(import).await {
        Ok(None) => {
            for name in objects {
                if let Err(error) = archive.objects.withdraw(name).await {
                    tracing::error!(name, %error, "an object of an import that failed cannot be taken back; fsck will name it");
                }
            }
        }
        Ok(Some(_)) => {}
        Err(error) => tracing::error!(%import, %error, "nobody knows whether the import was recorded; fsck tells"),
    }
}

fn named(owner: (SiteId, CameraId, StreamId), segment: Segment) -> Named {
    let found = &segment.found;
    let object = Sized256 { sha256: found.sha256, size_bytes: found.size_bytes };
    let (first, last) = (&found.headers[0], &found.headers[found.headers.len() - 1]);
    let start = found.fragments.iter().map(|fragment| fragment.interval().start()).min();
    let start = start.expect("a checked segment has a fragment");
    let name = names::object_of(owner, start, (first.run, first.sequence, last.sequence), &object.sha256);
    Named { segment, object, name }
}

fn runs(said: &ImportStatement, segments: &[Named]) -> Result<Vec<NewImportedRun>, Problem> {
    let run = |run: &liuhen_proto::import::ImportedRun| {
        let segment = segments.iter().map(|named| &named.segment.found).find(|found| found.headers[0].run == run.run);
        let found = segment.ok_or_else(|| Problem::field("statement.runs", format!("{} has no segment", run.run)))?;
        Ok(NewImportedRun { run: run.run, boot: found.headers[0].boot, init: found.init.clone() })
    };
    said.runs.iter().map(run).collect()
}

async fn put(archive: &Archive, segments: Vec<Named>) -> Result<Vec<NewSegment>, Problem> {
    let mut stored = Vec::with_capacity(segments.len());
    for Named { segment: Segment { path, found }, object, name } in segments {
        let manifest = manifest(&found, object).to_bytes();
        let manifest_sha256 = Sha256::of(&manifest);
        let put = archive.objects.put(&names::manifest(&name), manifest.into()).await;
        put.map_err(|error| failed("store a manifest", error))?;
        archive.objects.adopt(&path, &name).await.map_err(|error| failed("store a segment", error))?;
        stored.push(NewSegment {
            stream: found.headers[0].stream,
            run: found.headers[0].run,
            object_name: name,
            object,
            manifest_sha256,
            fragments: found.fragments,
            unsigned_tail: false,
            stored: None,
            clock_mapping: None,
        });
    }
    Ok(stored)
}

/// No recorder signed any of it: what proves it is the statement of the import.
fn manifest(found: &liuhen_media::segment_file::Recovered, object: Sized256) -> Manifest {
    let fragments = found.fragments.iter().zip(&found.headers).map(|(index, header)| ManifestFragment {
        offset_bytes: index.offset_bytes,
        size_bytes: index.size_bytes,
        sha256: index.sha256,
        header: header.clone(),
    });
    Manifest {
        v: 1,
        r#type: "manifest".to_owned(),
        alg: "sha256".to_owned(),
        stream: found.headers[0].stream,
        run: found.headers[0].run,
        init: Sized256 { sha256: found.info.sha256, size_bytes: found.init.len() as u64 },
        object,
        fragments: fragments.collect(),
        signatures: Vec::new(),
        unsigned_tail: false,
    }
}

/// What the device is called, as the name of the camera that stands for it.
fn camera_name(device: &str) -> String {
    let mut end = device.len().min(MAX_NAME_BYTES);
    while !device.is_char_boundary(end) {
        end -= 1;
    }
    device[..end].to_owned()
}
