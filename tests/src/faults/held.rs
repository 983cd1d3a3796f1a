//! What a centre holds, read from its data directory alone: manifests and objects, as an auditor would.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use liuhen_media::segment_file;
use liuhen_proto::fragment::FragmentHeader;
use liuhen_proto::ids::{RunId, StreamId};
use liuhen_proto::segment::Manifest;
use liuhen_proto::{Interval, Sha256};

const WITHIN_A_RUN_US: i64 = 200_000;
const BETWEEN_RUNS_US: i64 = 500_000;

/// All runs of which something is sealed.
#[derive(Debug, Default)]
pub struct Held {
    /// By their id.
    pub runs: BTreeMap<RunId, HeldRun>,
}

/// What is sealed of a run.
#[derive(Debug)]
pub struct HeldRun {
    /// Its stream.
    pub stream: StreamId,
    /// Digest and wall-clock time of each fragment.
    pub fragments: BTreeMap<u64, (Sha256, Interval)>,
    /// What each fragment says of itself.
    pub headers: BTreeMap<u64, FragmentHeader>,
}

impl Held {
    /// Reads all manifests and their objects. An error where anything is there twice, has a hole within its
    /// object, or is not what its manifest says.
    pub fn read(data: &Path) -> Result<Self> {
        let mut held = Self::default();
        for path in files(&data.join("objects"))?.iter().filter(|path| text(path).ends_with(".manifest.json")) {
            let manifest = Manifest::from_bytes(&std::fs::read(path)?).with_context(|| format!("read {}", path.display()))?;
            let object = PathBuf::from(text(path).replace(".manifest.json", ".mp4"));
            let found = segment_file::scan(&object)?.with_context(|| format!("{} holds nothing", object.display()))?;
            ensure!(found.sha256 == manifest.object.sha256, "{} is not what its manifest says", object.display());
            ensure!(found.torn_bytes == 0, "{} has a torn end", object.display());
            held.take_in(&manifest)?;
        }
        held.nothing_is_doubled()?;
        Ok(held)
    }

    fn take_in(&mut self, manifest: &Manifest) -> Result<()> {
        let empty = || HeldRun { stream: manifest.stream, fragments: BTreeMap::new(), headers: BTreeMap::new() };
        let run = self.runs.entry(manifest.run).or_insert_with(empty);
        for fragment in &manifest.fragments {
            let (sequence, interval) = (fragment.header.sequence.get(), fragment.header.interval());
            let doubled = run.fragments.insert(sequence, (fragment.sha256, interval)).is_some();
            run.headers.insert(sequence, fragment.header.clone());
            ensure!(!doubled, "fragment {sequence} of {} is sealed twice", manifest.run);
        }
        Ok(())
    }

    /// No two fragments of a stream tell the same second, beyond the rounding of a frame within a run, and beyond what
    /// the clock's model may correct itself by from one run to the next.
    fn nothing_is_doubled(&self) -> Result<()> {
        let mut streams: BTreeMap<StreamId, Vec<(RunId, Interval)>> = BTreeMap::new();
        for (id, run) in &self.runs {
            streams.entry(run.stream).or_default().extend(run.fragments.values().map(|(_, interval)| (*id, *interval)));
        }
        for (stream, mut parts) in streams {
            parts.sort_by_key(|(_, interval)| interval.start());
            for pair in parts.windows(2) {
                let ((before, first), (after, second)) = (pair[0], pair[1]);
                let overlap = first.end().as_micros() - second.start().as_micros();
                let limit = if before == after { WITHIN_A_RUN_US } else { BETWEEN_RUNS_US };
                ensure!(overlap < limit, "{stream} tells {overlap} µs twice at {:?}", second.start());
            }
        }
        Ok(())
    }

    /// How many fragments there are.
    pub fn fragments(&self) -> u64 {
        self.runs.values().map(|run| run.fragments.len() as u64).sum()
    }

    /// Fragments that a run lacks before its last one.
    pub fn holes(&self) -> Vec<(RunId, u64)> {
        let of_run = |(id, run): (&RunId, &HeldRun)| {
            let end = run.fragments.last_key_value().map_or(0, |(last, _)| last + 1);
            let lacking = (0..end).filter(|sequence| !run.fragments.contains_key(sequence));
            lacking.map(|sequence| (*id, sequence)).collect::<Vec<_>>()
        };
        self.runs.iter().flat_map(of_run).collect()
    }

    /// The longest time within the stream's footage that nothing covers, microseconds.
    pub fn longest_hole_us(&self, stream: StreamId) -> i64 {
        let runs = self.runs.values().filter(|run| run.stream == stream);
        let mut parts: Vec<_> = runs.flat_map(|run| run.fragments.values().map(|(_, interval)| *interval)).collect();
        parts.sort_by_key(|part| part.start());
        let holes = parts.windows(2).map(|pair| pair[1].start().as_micros() - pair[0].end().as_micros());
        holes.max().unwrap_or(0).max(0)
    }

    /// Microseconds between `from` and `to` that nothing of the stream covers.
    pub fn missing_us(&self, stream: StreamId, from: i64, to: i64) -> i64 {
        let runs = self.runs.values().filter(|run| run.stream == stream);
        let parts = runs.flat_map(|run| run.fragments.values());
        let covered =
            |(_, part): &(Sha256, Interval)| (part.end().as_micros().min(to) - part.start().as_micros().max(from)).max(0);
        (to - from) - parts.map(covered).sum::<i64>()
    }
}

fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(|| format!("list {}", directory.display()))? {
        let path = entry?.path();
        if path.is_dir() { all.extend(files(&path)?) } else { all.push(path) }
    }
    Ok(all)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}
