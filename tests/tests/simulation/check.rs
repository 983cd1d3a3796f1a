//! What must hold whatever happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use liuhen_archive::{Archive, Live};
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::RunId;
use liuhen_proto::{Interval, Sha256, Timestamp};

use crate::centre::{Declared, Node};
use crate::footage::Run;
use crate::site::Site;

/// What a node had STORED and not sealed: digests by run and sequence.
pub(crate) fn stored(live: &Live, declared: &Declared) -> BTreeMap<(RunId, Sequence), Sha256> {
    let always = Interval::new(Timestamp::from_micros(0), Timestamp::from_micros(i64::MAX / 2)).unwrap();
    let open = declared.streams.iter().flat_map(|&stream| live.open_in(stream, always));
    let named = |segment: liuhen_archive::live::OpenSegment| {
        let run = segment.run;
        segment.fragments.into_iter().map(move |fragment| ((run, fragment.sequence), fragment.sha256))
    };
    open.flat_map(named).collect()
}

/// Digest of a fragment that is sealed.
pub(crate) async fn sealed(archive: &Archive, run: RunId, sequence: Sequence) -> Option<Sha256> {
    let found = archive.records.segment(run, sequence).await.unwrap()?;
    found.fragments.into_iter().find(|fragment| fragment.sequence == sequence).map(|fragment| fragment.sha256)
}

/// A node that died had this STORED: come back, it has it, or it is sealed.
pub(crate) async fn kept(archive: &Archive, before: &Arc<Live>, after: &Live, declared: &Declared) -> u64 {
    let now = stored(after, declared);
    let mut count = 0;
    for (name, digest) in stored(before, declared) {
        let held = match now.get(&name) {
            Some(held) => Some(*held),
            None => sealed(archive, name.0, name.1).await,
        };
        assert_eq!(held, Some(digest), "{} {} was STORED", name.0, name.1);
        count += 1;
    }
    count
}

/// What was recorded and is not in the spool (any more) is sealed, as it was recorded.
pub(crate) async fn forgot_only_what_is_sealed(archive: &Archive, site: &Site) {
    let Some(spool) = site.spool() else { return };
    for run in &site.runs {
        for (sequence, digest) in numbered(run) {
            match spool.read(run.ids.run, sequence) {
                Ok(bytes) => assert_eq!(Sha256::of(&bytes), digest),
                Err(_) => {
                    let held = sealed(archive, run.ids.run, sequence).await;
                    assert_eq!(held, Some(digest), "{} {sequence} left the spool", run.ids.run);
                }
            }
        }
    }
}

fn numbered(run: &Run) -> impl Iterator<Item = (Sequence, Sha256)> {
    run.digests.iter().enumerate().map(|(place, &digest)| (Sequence::new(place as u64).unwrap(), digest))
}

/// At the end: every fragment that was recorded is sealed once, under its name, as it was recorded; the records, the
/// objects and the log agree. Gives how many there are.
pub(crate) async fn all_is_sealed(archive: &Archive, site: &Site, nodes: &[Node]) -> u64 {
    let mut count = 0;
    for run in &site.runs {
        let mut next = 0;
        while next < run.digests.len() as u64 {
            let sequence = Sequence::new(next).unwrap();
            let found = archive.records.segment(run.ids.run, sequence).await.unwrap();
            let found = found.unwrap_or_else(|| panic!("{} {sequence} is not sealed", run.ids.run));
            assert_eq!(found.segment.first, sequence, "segments of {} neither overlap nor leave holes", run.ids.run);
            for fragment in found.fragments {
                let digest = run.digests.get(usize::try_from(next).unwrap());
                assert_eq!((fragment.sequence.get(), Some(&fragment.sha256)), (next, digest), "{}", run.ids.run);
                next += 1;
            }
        }
        count += next;
    }
    assert!(nodes.iter().all(|node| node.quarantined() == 0), "something was set aside");
    let report = liuhen_archive::fsck(archive, &mut |_| {}).await.unwrap();
    assert!(report.sound, "{report:?}");
    count
}
