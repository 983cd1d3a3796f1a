//! Segments against manifests and objects, and objects against segments.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use liuhen_proto::digest::Hasher;
use liuhen_proto::fragment::{FragmentHeader, Sequence};
use liuhen_proto::index::{self, IndexedFragment, KindCoverage};
use liuhen_proto::segment::Manifest;
use liuhen_proto::{Code, Interval, Sha256};

use super::{FindingKind, Fsck, PAGE, Stage};
use crate::objects::Listed;
use crate::records::scan::StoredSegment;
use crate::{Result, names};

/// How often a row is looked for before its object counts as an orphan, and how long between: seals are batched
/// for 250 ms, so two seconds are enough on a busy node.
const LOOKS: u32 = 8;
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

impl Fsck<'_> {
    pub(super) async fn objects(&mut self) -> Result<()> {
        // Listed before the rows are read: what is sealed meanwhile has its row by then.
        let listed: Vec<_> = self.archive.objects.list().try_collect().await?;
        self.report.checked.objects = listed.len() as u64;
        let mut known = HashSet::new();
        let mut after: Option<StoredSegment> = None;
        loop {
            let page = self.archive.records.scan_segments(after.as_ref(), PAGE).await;
            let mut page = self.readable("segments", page)?;
            for stored in &page {
                self.segment(stored).await?;
                let name = &stored.segment.object_name;
                known.extend([name.clone(), names::manifest(name)]);
                self.progress(Stage::Objects, self.report.checked.segments, None);
            }
            match page.pop() {
                Some(last) => after = Some(last),
                None => break,
            }
        }
        known.extend(self.files().await?);
        let strays = listed.into_iter().filter(|object| !known.contains(&object.name)).collect();
        for object in self.still_strays(strays).await? {
            self.find(FindingKind::Orphan, object.name, format!("{} bytes", object.size_bytes));
        }
        Ok(())
    }

    /// Of objects without a row those that get none: what was being sealed when the rows were read has its row
    /// within moments.
    async fn still_strays(&self, mut strays: Vec<Listed>) -> Result<Vec<Listed>> {
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
            let mut left = Vec::new();
            for object in strays {
                if !self.is_sealed(&object.name).await? {
                    left.push(object);
                }
            }
            strays = left;
            if strays.is_empty() {
                break;
            }
        }
        Ok(strays)
    }

    async fn is_sealed(&self, name: &str) -> Result<bool> {
        let Some((run, first)) = names::segment_of(name) else { return self.is_file(name).await };
        let found = self.archive.records.segment(run, first).await?;
        Ok(found.is_some_and(|found| name == found.segment.object_name || name == names::manifest(&found.segment.object_name)))
    }

    async fn segment(&mut self, stored: &StoredSegment) -> Result<()> {
        self.report.checked.segments += 1;
        self.row(&stored.draft()).await?;
        if stored.segment.shift_us != stored.corrected_us {
            let (said, found) = (stored.corrected_us, stored.segment.shift_us);
            let detail = format!("its times are moved by {found} us, and the corrections of its clock say {said} us");
            self.find(FindingKind::RowChanged, &stored.segment.object_name, detail);
        }
        let manifest = self.manifest(stored).await?;
        if let Some(manifest) = &manifest
            && let Some(why) = disagrees(stored, manifest)
        {
            self.find(FindingKind::ManifestDisagrees, names::manifest(&stored.segment.object_name), why);
        }
        self.object(stored, manifest.as_ref()).await
    }

    /// The manifest, where it is what was sealed.
    async fn manifest(&mut self, stored: &StoredSegment) -> Result<Option<Manifest>> {
        let name = names::manifest(&stored.segment.object_name);
        let bytes = match self.archive.objects.get(&name).await {
            Ok(bytes) => bytes,
            Err(error) if error.code() == Code::NotFound => {
                self.find(FindingKind::ManifestMissing, name, format!("SHA-256 {}", stored.segment.manifest_sha256));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.report.checked.bytes += bytes.len() as u64;
        let (found, expected) = (Sha256::of(&bytes), stored.segment.manifest_sha256);
        if found != expected {
            self.find(FindingKind::ManifestChanged, name, format!("SHA-256 is {found}, and {expected} was sealed"));
            return Ok(None);
        }
        match Manifest::from_bytes(&bytes) {
            Ok(manifest) => Ok(Some(manifest)),
            Err(error) => {
                self.find(FindingKind::ManifestDisagrees, name, error.to_string());
                Ok(None)
            }
        }
    }

    async fn object(&mut self, stored: &StoredSegment, manifest: Option<&Manifest>) -> Result<()> {
        let (name, expected) = (&stored.segment.object_name, stored.segment.object);
        let (found, size) = match self.digest(name).await {
            Ok(found) => found,
            Err(error) if error.code() == Code::NotFound => {
                self.find(FindingKind::ObjectMissing, name, format!("SHA-256 {}", expected.sha256));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.report.checked.bytes += size;
        if found == expected.sha256 {
            return Ok(());
        }
        let mut detail =
            format!("SHA-256 is {found}, and {} was sealed; {size} of {} bytes", expected.sha256, expected.size_bytes);
        if let Some(manifest) = manifest {
            detail.push_str(&self.damaged_fragments(name, manifest, size).await?);
        }
        self.find(FindingKind::ObjectChanged, name, detail);
        Ok(())
    }

    pub(super) async fn digest(&self, name: &str) -> Result<(Sha256, u64)> {
        let mut pieces = self.archive.objects.read(name, None).await?;
        let (mut hasher, mut size) = (Hasher::default(), 0);
        while let Some(piece) = pieces.try_next().await? {
            hasher.update(&piece);
            size += piece.len() as u64;
        }
        Ok((hasher.finish(), size))
    }

    /// Which fragments of a changed object are not what they were.
    async fn damaged_fragments(&self, name: &str, manifest: &Manifest, size: u64) -> Result<String> {
        let mut damaged = Vec::new();
        for fragment in &manifest.fragments {
            let range = fragment.offset_bytes..fragment.offset_bytes + u64::from(fragment.size_bytes);
            let whole = range.end <= size && Sha256::of(&self.archive.objects.get_range(name, range).await?) == fragment.sha256;
            if !whole {
                damaged.push(fragment.header.sequence.to_string());
            }
        }
        let list = if damaged.is_empty() { "none".to_owned() } else { damaged.join(", ") };
        Ok(format!("; damaged fragments: {list}"))
    }
}

/// What a manifest says otherwise than the row, its coverage or its index.
fn disagrees(stored: &StoredSegment, manifest: &Manifest) -> Option<String> {
    let segment = &stored.segment;
    let headers: Vec<&FragmentHeader> = manifest.fragments.iter().map(|fragment| &fragment.header).collect();
    let interval = headers.iter().map(|header| header.interval()).reduce(Interval::hull);
    let row = (segment.stream, segment.run, segment.first, segment.last, segment.object, segment.unsigned_tail);
    let said = (manifest.stream, manifest.run, manifest.first(), manifest.last(), manifest.object, manifest.unsigned_tail);
    if row != said || interval != Some(segment.interval) {
        return Some("stream, run, sequences, times, object or unsigned tail".to_owned());
    }
    let said = clock_mapping(&headers);
    if segment.clock_mapping.is_some_and(|mapping| said != Some(mapping)) {
        return Some("the mapping of its clock".to_owned());
    }
    if let Some(why) = signatures(manifest) {
        return Some(why);
    }
    let Some(Ok(fragments)) = stored.index.as_deref().map(index::unpack) else {
        return Some("the segment's index is missing or cannot be read".to_owned());
    };
    let same = |(indexed, fragment): (&IndexedFragment, &liuhen_proto::segment::ManifestFragment)| {
        let offsets: Vec<_> = indexed.tracks.iter().map(|track| track.decode_time_offset_bytes).collect();
        let derived =
            IndexedFragment::new(&fragment.header, fragment.sha256, fragment.offset_bytes, fragment.size_bytes, &offsets);
        *indexed == derived
    };
    if fragments.len() != headers.len() || !fragments.iter().zip(&manifest.fragments).all(same) {
        return Some("the segment's index".to_owned());
    }
    let coverage = index::coverage_of(&fragments).into_iter().map(|kind| kind.moved(segment.shift_us)).collect();
    (!is_coverage(&stored.coverage, coverage)).then(|| "the segment's coverage".to_owned())
}

/// The mapping that all of them used.
fn clock_mapping(headers: &[&FragmentHeader]) -> Option<u32> {
    let first = headers.first()?.clock.version;
    headers.iter().all(|header| header.clock.version == first).then_some(first)
}

/// Whether a row says this of its segment. Rows of the first version say that something is damaged, and not where.
fn is_coverage(packed: &[u8], mut coverage: Vec<KindCoverage>) -> bool {
    if packed == index::pack_coverage(&coverage) {
        return true;
    }
    for kind in coverage.iter_mut().filter(|kind| !kind.damaged.is_empty()) {
        kind.damaged.clone_from(&kind.covered);
    }
    index::unpack_coverage(packed).is_ok_and(|said| said == coverage)
}

/// Whether the recorder's signatures hold, and speak of these fragments.
fn signatures(manifest: &Manifest) -> Option<String> {
    for signed in &manifest.signatures {
        let Some(statement) = signed.verify() else { return Some("a signature does not hold".to_owned()) };
        let digest_at = |sequence: Sequence| {
            let place = sequence.get().checked_sub(statement.first.get())?;
            statement.fragments.get(usize::try_from(place).ok()?)
        };
        let other = |fragment: &&liuhen_proto::segment::ManifestFragment| {
            digest_at(fragment.header.sequence).is_some_and(|signed| *signed != fragment.sha256)
        };
        if statement.run != manifest.run || statement.stream != manifest.stream {
            return Some("a signature speaks of another run".to_owned());
        }
        if let Some(fragment) = manifest.fragments.iter().find(other) {
            return Some(format!("fragment {} is not what the recorder signed", fragment.header.sequence));
        }
    }
    None
}
