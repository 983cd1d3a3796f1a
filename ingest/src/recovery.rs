//! What a node finds in its journal when it starts.
//!
//! - Everything that was STORED is in the sound prefix of some file. It is read, not believed.
//! - What the records have already is taken away; the rest waits for its signature as before, and is seen
//!   in `Live` before the first call is taken. A recovered file never grows: what follows begins a new one.
//! - A file that nobody can place is set aside for a person; it keeps nothing else from starting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liuhen_archive::live::OpenPlace;
use liuhen_media::segment_file::{self, Recovered};
use liuhen_proto::ids::RunId;
use liuhen_proto::segment::Sized256;

use crate::clocks::{clock_of, know_clocks};
use crate::error::Error;
use crate::gate::facts;
use crate::run::held::{Held, Pending, Stage, Stored};
use crate::run::settle::{Left, left, sealed_digests};
use crate::run::{Handle, Shared, Task};
use crate::seal::full;

/// Reads the journal and begins the runs that have something in it.
pub(crate) async fn recover(shared: &Arc<Shared>) -> Result<Vec<Handle>, Error> {
    let mut runs: BTreeMap<RunId, Vec<Pending>> = BTreeMap::new();
    for (path, run) in shared.journal.files()? {
        let Some(run) = run else {
            set_aside(shared, &path, "its name is not that of a journal's file");
            continue;
        };
        let Some(found) = read(shared, &path).await else { continue };
        if !is_sealed(shared, run, &path, &found).await? {
            runs.entry(run).or_default().push(pending(shared, path, found));
        }
    }
    let mut handles = Vec::with_capacity(runs.len());
    for (run, segments) in runs {
        handles.extend(begin(shared, run, segments).await?);
    }
    Ok(handles)
}

/// The sound part of a file; nothing where there is none, or none that can be read.
async fn read(shared: &Arc<Shared>, path: &Path) -> Option<Recovered> {
    let file = path.to_owned();
    let read = tokio::task::spawn_blocking(move || segment_file::recover(&file)).await;
    match read.map_err(|error| error.to_string()).and_then(|read| read.map_err(|error| full(&error))) {
        Ok(Some(found)) if !found.fragments.is_empty() => {
            let fragments = found.fragments.len();
            tracing::info!(path = %path.display(), fragments, torn_bytes = found.torn_bytes, "found in the journal");
            Some(found)
        }
        Ok(_) => {
            // Begun, and nothing in it was ever acknowledged.
            remove(path);
            None
        }
        Err(why) => {
            set_aside(shared, path, &why);
            None
        }
    }
}

/// Whether the records have all of it already; then the file goes. What they have in part is settled by its run.
async fn is_sealed(shared: &Arc<Shared>, run: RunId, path: &Path, found: &Recovered) -> Result<bool, Error> {
    let (first, last) = (&found.fragments[0], &found.fragments[found.fragments.len() - 1]);
    let sealed = sealed_digests(&*shared.archive.records, run, first.sequence, last.sequence).await?;
    match left(found.fragments.iter().map(|fragment| (fragment.sequence, fragment.sha256)), &sealed) {
        Left::Nothing if is_stored(shared, run, path, found).await? => {
            remove(path);
            Ok(true)
        }
        Left::Nothing | Left::Clash(_) => {
            set_aside(
                shared,
                path,
                "the records hold other fragments under the same names, or what they hold is not in the objects",
            );
            Ok(true)
        }
        Left::All | Left::Pieces(_) => Ok(false),
    }
}

/// Whether the objects that hold the sealed fragments are there. One that is gone is given back from the journal, where
/// that has the very same file.
async fn is_stored(shared: &Arc<Shared>, run: RunId, path: &Path, found: &Recovered) -> Result<bool, Error> {
    let (mut next, last) = (found.fragments[0].sequence, found.fragments[found.fragments.len() - 1].sequence);
    let mut whole = true;
    while next <= last {
        let Some(segment) = shared.archive.records.segment(run, next).await? else { break };
        let segment = segment.segment;
        next = segment.last.next();
        let (name, object) = (&segment.object_name, segment.object);
        if shared.archive.objects.size(name).await? == Some(object.size_bytes) {
            continue;
        }
        let same = Sized256 { sha256: found.sha256, size_bytes: found.size_bytes } == object;
        if same && shared.archive.objects.size(name).await?.is_none() {
            shared.archive.objects.adopt(path, name).await?;
            tracing::error!(name, path = %path.display(), "a sealed object was missing and was given back from the journal; look after the disk of the objects");
        } else {
            tracing::error!(
                name,
                "a sealed object is missing, or has another size; run `liuhen fsck`, and look after the disk of the objects"
            );
            whole = false;
        }
    }
    Ok(whole)
}

fn pending(shared: &Arc<Shared>, path: PathBuf, found: Recovered) -> Pending {
    let stored = found.fragments.into_iter().zip(found.headers).map(|(index, header)| Stored { index, header });
    Pending {
        path,
        fragments: stored.collect(),
        signatures: Vec::new(),
        signed: false,
        stage: Stage::Closed,
        touched: shared.archive.clock.boot_now(),
        object: Some(Sized256 { sha256: found.sha256, size_bytes: found.size_bytes }),
        failed: None,
    }
}

async fn begin(shared: &Arc<Shared>, run: RunId, mut segments: Vec<Pending>) -> Result<Option<Handle>, Error> {
    let records = &shared.archive.records;
    let known = match records.run(run).await? {
        Some(known) => records.stream_place(known.stream).await?.map(|place| facts(known, place)),
        None => None,
    };
    let facts = match known.unwrap_or_else(|| Err("its run is not in the records".to_owned())) {
        Ok(facts) => facts,
        Err(why) => {
            segments.iter().for_each(|segment| set_aside(shared, &segment.path, &why));
            return Ok(None);
        }
    };
    let ours =
        |segment: &Pending| segment.fragments[0].header.run == run && segment.fragments[0].header.stream == facts.run.stream;
    for stray in segments.extract_if(.., |segment| !ours(segment)) {
        set_aside(shared, &stray.path, "its fragments belong to another run than its name says");
    }
    let segments = without_copies(shared, segments);
    know_clocks(shared, &facts.run).await?;
    for segment in &segments {
        let clock = clock_of(&facts.run, &segment.fragments);
        let place = OpenPlace { path: segment.path.clone(), init: facts.run.init.clone(), clock };
        for stored in &segment.fragments {
            shared.extents.note(&stored.header);
            shared.archive.live.fragment_stored(facts.run.stream, run, &place, stored.index.clone());
        }
    }
    let held = Held::new(records.sealed_ranges(run).await?, segments, facts.run.end);
    Ok(Some(Task::start(Arc::clone(shared), Arc::new(facts), held, 0, None)))
}

/// Of files that hold the same fragments the longer one: a crash came between a copy and the end of what was copied.
/// Where two share some only, the second is settled when the first is sealed.
fn without_copies(shared: &Arc<Shared>, mut segments: Vec<Pending>) -> Vec<Pending> {
    segments.sort_by_key(|segment| (segment.first(), std::cmp::Reverse(segment.last())));
    let mut kept: Vec<Pending> = Vec::with_capacity(segments.len());
    for segment in segments {
        let Some(before) = kept.last().filter(|before| before.last() >= segment.first()) else {
            kept.push(segment);
            continue;
        };
        let last = before.last().min(segment.last());
        if before.digests(segment.first(), last) != segment.digests(segment.first(), last) {
            set_aside(shared, &segment.path, "another file of the journal holds other fragments under the same names");
        } else if segment.last() <= before.last() {
            remove(&segment.path);
        } else {
            kept.push(segment);
        }
    }
    kept
}

fn set_aside(shared: &Arc<Shared>, path: &Path, why: &str) {
    let moved = shared.journal.set_aside(path);
    tracing::error!(path = %path.display(), why, ?moved, "a file of the journal was set aside in quarantine");
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(path = %path.display(), %error, "file stays in the journal");
    }
}
