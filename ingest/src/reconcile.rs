//! At the start: objects and records against each other, as far as they can have come apart since the last look. The
//! whole of them is `liuhen fsck`.
//!
//! - `sealing.*` in the journal names objects that were being sealed, synced before the object is there. One without a
//!   record is given back to the journal, and sealed, or recognised, like anything that is found there.
//! - `checked` says up to which entry of the log the objects of sealed segments were seen. One that is gone since is
//!   told as loudly as it goes, and keeps nothing from starting.
//! - Nothing is deleted here but links of the journal.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use liuhen_archive::{Archive, names};
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::{BootTime, Span};

use crate::error::Error;
use crate::journal::Journal;
use crate::run::Shared;

/// The most entries that a start looks through; more came only where no mark could be written.
const MOST_ENTRIES: u64 = 50_000;
const PAGE: u32 = 500;
/// How often the mark moves on while the node works.
const MARK_EVERY: Span = Span::from_secs(600);

/// What a node writes down to know later where to look.
#[derive(Debug)]
pub(crate) struct Notes {
    directory: PathBuf,
    sealing: Mutex<Sealing>,
    mark: Mutex<Option<(BootTime, u64)>>,
    /// Something is gone: the mark stays before it, so that every start tells of it until it is there again.
    stays: AtomicBool,
}

#[derive(Debug, Default)]
struct Sealing {
    /// None before the first, and after one that failed: what failed is not written again.
    file: Option<File>,
    number: u64,
    under_way: usize,
}

impl Notes {
    pub(crate) fn in_journal(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), sealing: Mutex::default(), mark: Mutex::default(), stays: AtomicBool::new(false) }
    }

    /// An object is about to be stored. Blocks.
    pub(crate) fn begin(&self, name: &str) -> io::Result<()> {
        let mut sealing = self.sealing.lock().expect("no one panics while noting what is sealed");
        let written = sealing.write(&self.directory, name);
        match written {
            Ok(()) => sealing.under_way += 1,
            Err(_) => sealing.file = None,
        }
        written
    }

    /// It is recorded, or will be tried again.
    pub(crate) fn end(&self) {
        let mut sealing = self.sealing.lock().expect("no one panics while noting what is sealed");
        sealing.under_way = sealing.under_way.saturating_sub(1);
        if sealing.under_way == 0
            && let Some(file) = &sealing.file
            && file.set_len(0).is_err()
        {
            // Names that stay there are looked at once more by the next start.
            sealing.file = None;
        }
    }

    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let ours = |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"sealing."));
        let paths = std::fs::read_dir(&self.directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        Ok(paths.into_iter().filter(ours).collect())
    }

    /// Names that were noted before the last start, perhaps cut short at the end.
    fn left(&self) -> io::Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for path in self.files()? {
            let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
            names.extend(text.lines().map(str::to_owned));
        }
        Ok(names)
    }

    fn clear(&self) -> io::Result<()> {
        self.files()?.iter().try_for_each(std::fs::remove_file)
    }

    fn checked(&self) -> Option<u64> {
        std::fs::read_to_string(self.directory.join("checked")).ok()?.trim().parse().ok()
    }

    /// Torn or lost, it only makes the next start look at more.
    fn set_checked(&self, entries: u64) {
        let (draft, path) = (self.directory.join("checked.new"), self.directory.join("checked"));
        if let Err(error) = std::fs::write(&draft, entries.to_string()).and_then(|()| std::fs::rename(&draft, &path)) {
            tracing::warn!(path = %path.display(), %error, "mark not moved on");
        }
    }

    /// Moves the mark on now and then, to where the log stood the time before: what is as old as that was synced long ago.
    pub(crate) async fn move_on(&self, archive: &Archive) {
        let now = archive.clock.boot_now();
        let due = |mark: &Option<(BootTime, u64)>| mark.is_none_or(|(since, _)| now.since(since) >= MARK_EVERY);
        if self.stays.load(Ordering::Relaxed) || !due(&self.mark.lock().expect("no one panics while moving the mark")) {
            return;
        }
        let Ok(head) = archive.records.head().await else { return };
        let before = self.mark.lock().expect("no one panics while moving the mark").replace((now, head.size));
        if let Some((_, entries)) = before {
            self.set_checked(entries);
        }
    }
}

impl Sealing {
    fn write(&mut self, directory: &Path, name: &str) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                self.number += 1;
                let path = directory.join(format!("sealing.{}", self.number));
                let file = File::options().create(true).append(true).open(path)?;
                File::open(directory)?.sync_all()?;
                none.insert(file)
            }
        };
        file.write_all(format!("{name}\n").as_bytes())?;
        file.sync_data()
    }
}

/// Objects without records: gives them back to the journal. Before what lies in the journal is read.
pub(crate) async fn objects_without_records(archive: &Archive, journal: &Journal, notes: &Notes) -> Result<(), Error> {
    for name in notes.left().map_err(|source| journal.unreadable(source))? {
        let Some((run, first)) = names::segment_of(&name) else { continue };
        let recorded = archive.records.segment(run, first).await?.is_some_and(|found| found.segment.object_name == name);
        if recorded || archive.objects.size(&name).await?.is_none() {
            continue;
        }
        archive.objects.lend(&name, &journal.free_path(run, first)).await?;
        tracing::warn!(name, "an object had no record: a crash came between the two. It was given back to the journal");
    }
    notes.clear().map_err(|source| journal.unreadable(source))?;
    Ok(())
}

/// Records without objects: tells of those that are gone since the last look. After what lies in the journal is read,
/// which gives back what it has.
pub(crate) async fn records_without_objects(shared: &Shared, notes: &Notes) -> Result<(), Error> {
    let archive = &shared.archive;
    let head = archive.records.head().await?.size;
    let oldest = head.saturating_sub(MOST_ENTRIES);
    let mut next = notes.checked().unwrap_or(oldest).max(oldest);
    let mut seen = BTreeSet::new();
    while next < head {
        let page = archive.records.scan_leaves(next, PAGE).await?;
        let Some(last) = page.last() else { break };
        next = last.index + 1;
        for (run, first) in page.iter().filter_map(|leaf| segment_of(&leaf.idem)).filter(|of| seen.insert(*of)) {
            let Some(found) = archive.records.segment(run, first).await? else { continue };
            let (name, expected) = (&found.segment.object_name, found.segment.object.size_bytes);
            let size = archive.objects.size(name).await?;
            if size != Some(expected) {
                shared.journal.troubles.missing(name.clone());
                tracing::error!(
                    name,
                    ?size,
                    expected,
                    "a sealed object is gone or cut short: run `liuhen fsck`, and restore it from a copy"
                );
            }
        }
    }
    if shared.journal.troubles.missing_objects().is_empty() {
        notes.set_checked(head);
    } else {
        notes.stays.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// The segment that an entry of this name tells of.
fn segment_of(idem: &str) -> Option<(RunId, Sequence)> {
    let mut parts = idem.strip_prefix("segment/")?.split('/');
    let (run, first) = (parts.next()?, parts.next()?);
    Some((run.parse().ok()?, Sequence::new(first.parse().ok()?)?))
}
