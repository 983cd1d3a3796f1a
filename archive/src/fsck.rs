//! Reads everything again, and says whether it still agrees: log, rows, manifests and objects.
//!
//! In: an archive, which may go on working meanwhile. Out: a [`Report`], and [`Progress`] on the way.
//! - The log is judged up to its size at the beginning; rows are read after that and leaves last, so what
//!   is written meanwhile is never taken for damage.
//! - Nothing is repaired and nothing is written. A finding tells the thing, what is wrong and what to do.
//! - Not here: whether outside parties have seen the same root; checkpoints do that.

use std::collections::{HashMap, HashSet};

use liuhen_proto::Sha256;

use crate::records::scan::LogState;
use crate::{Archive, Error, Result};

mod files;
mod log;
mod objects;
mod report;
mod rows;

pub use report::{Checked, Finding, FindingKind, Progress, Report, Stage};

/// Rows that are read at a time.
const PAGE: u32 = 500;

/// Reads everything again. An error means that it could not be read, not that something is wrong with it.
pub async fn fsck(archive: &Archive, progress: &mut (dyn FnMut(Progress) + Send)) -> Result<Report> {
    let log = archive.records.scan_log().await?;
    let (report, told, references) = (Report::default(), Told::default(), HashSet::new());
    let mut fsck = Fsck { archive, progress, log, report, told, references };
    fsck.rows().await?;
    fsck.objects().await?;
    fsck.log().await?;
    let report = fsck.report;
    Ok(Report { sound: report.damage == 0, ..report })
}

struct Fsck<'a> {
    archive: &'a Archive,
    progress: &'a mut (dyn FnMut(Progress) + Send),
    /// As it was at the beginning.
    log: LogState,
    report: Report,
    told: Told,
    /// Stills that persons accepted as views, by their ids.
    references: HashSet<String>,
}

/// Which things have rows, so that an entry whose row is gone is noticed.
#[derive(Default)]
struct Told {
    /// The first bytes of the name's digest: ten million segments fit into memory.
    things: HashSet<u64>,
    /// Newest version in the rows, of things that have versions.
    versions: HashMap<u64, u64>,
}

impl Told {
    fn row(&mut self, idem: &str) {
        let (thing, version) = thing_of(idem);
        self.things.insert(thing);
        if let Some(version) = version {
            let newest = self.versions.entry(thing).or_insert(version);
            *newest = version.max(*newest);
        }
    }
}

/// The thing that an entry of this name tells of, and which version of it.
fn thing_of(idem: &str) -> (u64, Option<u64>) {
    let mut parts = idem.split('/');
    let kind = parts.next().unwrap_or("");
    let rest: Vec<_> = parts.collect();
    let (name, version) = match (kind, rest.as_slice()) {
        // One entry for each session whose window it touches.
        ("segment", [run, first, ..]) => (format!("segment/{run}/{first}"), None),
        ("signature", [run, first, last, ..]) => (format!("signature/{run}/{first}/{last}"), None),
        ("flag", [flag, version, ..]) => (format!("flag/{flag}"), version.parse().ok()),
        ("clock", [recorder, boot, mapping, revision, ..]) => (format!("clock/{recorder}/{boot}/{mapping}/{revision}"), None),
        ("import", [import, revision, ..]) => (format!("import/{import}/{revision}"), None),
        ("gap" | "session" | "judgement" | "certificate", [id, version]) => (format!("{kind}/{id}"), version.parse().ok()),
        _ => (idem.to_owned(), None),
    };
    let digest = Sha256::of(name.as_bytes());
    let (head, _) = digest.as_bytes().split_first_chunk::<8>().expect("a digest has 32 bytes");
    (u64::from_be_bytes(*head), version)
}

impl Fsck<'_> {
    fn progress(&mut self, stage: Stage, done: u64, of: Option<u64>) {
        (self.progress)(Progress { stage, done, of });
    }

    fn find(&mut self, kind: FindingKind, thing: impl Into<String>, detail: impl Into<String>) {
        self.report.find(kind, thing.into(), detail.into());
    }

    /// What a scan gives; nothing more of it where a row cannot even be read, which is a finding.
    fn readable<T: Default>(&mut self, what: &str, page: Result<T>) -> Result<T> {
        match page {
            Err(Error::Inconsistent { what: row, why }) => {
                self.find(FindingKind::RowUnreadable, what, format!("{row}: {why}"));
                Ok(T::default())
            }
            page => page,
        }
    }
}
