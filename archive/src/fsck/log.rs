//! The log: every leaf, every chain, every root that was noted.

use std::collections::HashMap;

use liuhen_proto::Sha256;
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{Envelope, Frontier};

use super::{FindingKind, Fsck, PAGE, Stage, thing_of};
use crate::Result;
use crate::records::scan::Leaf;

/// What the leaves give, so far.
#[derive(Default)]
struct Walk {
    /// Nothing once a leaf is missing: no root can be computed any more.
    frontier: Option<Frontier>,
    next: u64,
    chains: HashMap<String, (u64, Option<Sha256>)>,
    /// The size at which the roots agreed last.
    agreed: u64,
    differs: bool,
}

impl Fsck<'_> {
    pub(super) async fn log(&mut self) -> Result<()> {
        let size = self.log.size;
        let mut walk = Walk { frontier: Some(Frontier::default()), ..Walk::default() };
        let mut trees = self.archive.records.scan_trees(0, PAGE).await?;
        trees.reverse();
        while walk.next < size {
            let page = self.archive.records.scan_leaves(walk.next, PAGE).await;
            let page = self.readable(&format!("leaves from {}", walk.next), page)?;
            if page.is_empty() {
                break;
            }
            for leaf in page.into_iter().take_while(|leaf| leaf.index < size) {
                self.missing(&mut walk, leaf.index);
                self.leaf(&mut walk, &leaf).await?;
                walk.next = leaf.index + 1;
                while let Some((size, root)) = trees.pop_if(|(size, _)| *size <= walk.next) {
                    self.root(&mut walk, size, root);
                    if trees.is_empty() {
                        trees = self.archive.records.scan_trees(size, PAGE).await?;
                        trees.reverse();
                    }
                }
            }
            self.progress(Stage::Log, walk.next, Some(size));
        }
        self.missing(&mut walk, size);
        self.heads(&walk).await
    }

    /// Tells of every index from the next one expected up to the one that was found.
    fn missing(&mut self, walk: &mut Walk, found: u64) {
        for index in walk.next..found {
            self.find(FindingKind::EntryMissing, format!("entry {index}"), "no leaf has this index");
        }
        if walk.next < found {
            walk.frontier = None;
            walk.next = found;
        }
    }

    async fn leaf(&mut self, walk: &mut Walk, leaf: &Leaf) -> Result<()> {
        self.report.checked.entries += 1;
        let (thing, hash) = (format!("entry {}", leaf.index), leaf_hash(&leaf.envelope));
        if let Some(frontier) = &mut walk.frontier {
            frontier.push(hash);
        }
        if hash != leaf.hash {
            self.find(FindingKind::EntryChanged, &thing, format!("its hash is {hash}, and {} was noted", leaf.hash));
        }
        let envelope = match Envelope::from_bytes(&leaf.envelope) {
            Ok(envelope) => envelope,
            Err(error) => {
                self.find(FindingKind::EntryChanged, thing, error.to_string());
                return Ok(());
            }
        };
        if (&envelope.subject, envelope.subject_seq) != (&leaf.subject, leaf.subject_seq) {
            let detail =
                format!("it is {}/{}, kept as {}/{}", envelope.subject, envelope.subject_seq, leaf.subject, leaf.subject_seq);
            self.find(FindingKind::EntryChanged, &thing, detail);
        }
        let chain = walk.chains.entry(envelope.subject.clone()).or_default();
        let follows = (envelope.subject_seq, envelope.subject_prev) == *chain;
        // Goes on from here, so that each break is told once.
        let expected = std::mem::replace(chain, (envelope.subject_seq + 1, Some(hash)));
        if !follows {
            let detail = format!(
                "entry {} is number {}, and {} was expected, or it names another before it",
                leaf.index, envelope.subject_seq, expected.0
            );
            self.find(FindingKind::ChainBroken, format!("chain of {}", envelope.subject), detail);
        }
        self.is_told(leaf);
        self.body(&thing, &envelope).await
    }

    /// Whether the rows still have what the entry tells.
    fn is_told(&mut self, leaf: &Leaf) {
        let (thing, version) = thing_of(&leaf.idem);
        if !self.told.things.contains(&thing) {
            self.find(FindingKind::RowMissing, &leaf.idem, format!("entry {}", leaf.index));
        } else if let Some(version) = version
            && self.told.versions.get(&thing).is_some_and(|newest| *newest < version)
        {
            self.find(FindingKind::RowChanged, &leaf.idem, format!("entry {} is newer than the row", leaf.index));
        }
    }

    async fn body(&mut self, thing: &str, envelope: &Envelope) -> Result<()> {
        let Some(sha256) = envelope.body else { return Ok(()) };
        self.report.checked.bodies += 1;
        match self.archive.records.body(sha256).await? {
            None => self.find(FindingKind::BodyMissing, thing, format!("body {sha256}")),
            Some(bytes) if Sha256::of(&bytes) != sha256 => {
                self.find(FindingKind::BodyChanged, thing, format!("body {sha256} is {}", Sha256::of(&bytes)));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// A root that was noted against the one that the leaves give.
    fn root(&mut self, walk: &mut Walk, size: u64, root: Sha256) {
        let Some(frontier) = walk.frontier.as_ref().filter(|frontier| frontier.size() == size && !walk.differs) else { return };
        if frontier.root() == root {
            walk.agreed = size;
            return;
        }
        walk.differs = true;
        let detail = format!("the root of {size} entries is {}, and {root} was noted", frontier.root());
        self.find(FindingKind::RootDiffers, format!("entries {} to {}", walk.agreed, size - 1), detail);
    }

    async fn heads(&mut self, walk: &Walk) -> Result<()> {
        if let Some(frontier) = &walk.frontier
            && frontier.to_bytes() != self.log.frontier
        {
            self.find(FindingKind::HeadDiffers, "head of the log", format!("of {} entries", self.log.size));
        }
        if self.log.newest_tree.is_some_and(|(size, _)| size != self.log.size) {
            self.find(FindingKind::HeadDiffers, "head of the log", "no root was noted for its size");
        }
        let moved = self.archive.records.scan_log().await?.size != self.log.size;
        let mut after = String::new();
        loop {
            let page = self.archive.records.scan_chains(&after, PAGE).await;
            let page = self.readable(&format!("chains after {after:?}"), page)?;
            for chain in &page {
                self.report.checked.chains += 1;
                let given = walk.chains.get(&chain.subject).copied().unwrap_or_default();
                // What was written meanwhile is not in the walk.
                let newer = moved && chain.entries > given.0;
                if !newer && given != (chain.entries, Some(chain.head)) {
                    let detail = format!("{} entries are noted, and {} found", chain.entries, given.0);
                    self.find(FindingKind::HeadDiffers, format!("chain of {}", chain.subject), detail);
                }
            }
            match page.last() {
                Some(last) => after.clone_from(&last.subject),
                None => return Ok(()),
            }
        }
    }
}
