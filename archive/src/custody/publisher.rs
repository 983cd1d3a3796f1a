//! Makes the published log follow the records.
//!
//! In: the head of the records and their entries. Out: tiles, then a signed checkpoint.
//! - Always, in this order: tiles are written, the root that they give is compared with the one that the records keep, the
//!   signer signs and remembers, the checkpoint is published. So a crash anywhere means: do it again.
//! - What is published of the open tile is compared with the records each time: an entry that was changed there is noticed.
//! - One publisher for each archive at a time. Not here: a timer, save in [`run`].

use std::sync::{Arc, Mutex, PoisonError};

use liuhen_proto::Span;
use liuhen_proto::custody::tile::{Content, TILE_WIDTH, Tile, bundle_to_bytes, bundles_between, tiles_between};
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{Checkpoint, TreeHead, shape};
use tokio_util::sync::CancellationToken;

use super::edge::Edge;
use super::tree::Tree;
use super::{LogError, Published, Result, Signer, on_disk};
use crate::Archive;
use crate::records::Entry;

/// How often the records are looked at.
pub const PERIOD: Span = Span::from_secs(2);

/// See the module.
pub struct Publisher {
    archive: Archive,
    published: Published,
    signer: Arc<Mutex<Signer>>,
    /// What is known to be published.
    edge: Option<Edge>,
}

/// Publishes whenever there is something new, until it is told to stop.
pub async fn run(mut publisher: Publisher, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(PERIOD.into());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = None;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let published = tokio::select! {
            () = shutdown.cancelled() => return,
            published = publisher.publish() => published,
        };
        // What goes on being wrong is told once.
        match published {
            Err(error) if told.as_ref() != Some(&error.to_string()) => {
                tracing::error!(error = &error as &dyn std::error::Error, "publish the log");
                told = Some(error.to_string());
            }
            Err(_) => {}
            Ok(_) => told = None,
        }
    }
}

impl Publisher {
    /// Publishes what the archive's records hold.
    pub fn new(archive: Archive, published: Published, signer: Signer) -> Self {
        Self { archive, published, signer: Arc::new(Mutex::new(signer)), edge: None }
    }

    /// Publishes once: what the records hold now. Nothing happens where nothing came.
    pub async fn publish(&mut self) -> Result<TreeHead> {
        let head = self.archive.records.head().await?;
        let head = TreeHead { size: head.size, root: head.root };
        let (edge, known) = match self.edge.take() {
            Some(edge) => (edge, true),
            // A crash may have come after the signature and before it was published.
            None => (self.begin().await?, false),
        };
        let old = edge.size();
        if head.size < old {
            return Err(LogError::Rewound { signed: old, found: head.size });
        }
        let edge = self.extend(edge, head.size).await?;
        self.sign((old, known), head).await?;
        self.edge = Some(edge);
        Ok(head)
    }

    /// What is published already, by its checkpoint.
    async fn begin(&self) -> Result<Edge> {
        let published = self.published.clone();
        on_disk(move || {
            let text = published.checkpoint()?.unwrap_or_default();
            // Whoever changed it gains nothing: tiles and root are compared with the records.
            let text = String::from_utf8_lossy(&text);
            let text = text.split_once("\n\n").map_or("", |(text, _)| text);
            let size = Checkpoint::from_text(&format!("{text}\n")).map_or(0, |checkpoint| checkpoint.tree.size);
            let mut rows = Vec::new();
            for tile in Edge::open_tiles(size) {
                let Content::Hashes { level } = tile.content else { unreachable!("only hashes have levels") };
                rows.resize(usize::from(level), Vec::new());
                rows.push(published.hashes(tile)?);
            }
            Ok(Edge::new(size, rows))
        })
        .await
    }

    /// Writes the tiles that a tree of `size` leaves has and the one of the edge has not.
    async fn extend(&self, mut edge: Edge, size: u64) -> Result<Edge> {
        let old = edge.size();
        for bundle in bundles_between(old, size) {
            let entries = self.entries(bundle).await?;
            let published = self.published.clone();
            edge = on_disk(move || {
                let bytes = bundle_to_bytes(entries.iter().map(|entry| &entry.envelope[..]));
                published.put(bundle, &bytes.expect("an envelope has two kilobytes at most"))?;
                take(edge, bundle, &entries, &published)
            })
            .await?;
        }
        let (edge, published) = (edge, self.published.clone());
        on_disk(move || {
            for tile in tiles_between(old, size).filter(|tile| !tile.is_full()) {
                let Content::Hashes { level } = tile.content else { unreachable!("only hashes have levels") };
                published.put_hashes(tile, edge.row(level))?;
            }
            Ok(edge)
        })
        .await
    }

    /// The entries of a bundle, all of them.
    async fn entries(&self, bundle: Tile) -> Result<Vec<Entry>> {
        let entries = self.archive.records.entries(bundle.start(), None, u32::from(bundle.width)).await?;
        let whole = entries.len() == usize::from(bundle.width);
        if !whole || (bundle.start()..).zip(&entries).any(|(index, entry)| entry.index != index) {
            let range = format!("entries {} to {}", bundle.start(), bundle.start() + u64::from(bundle.width) - 1);
            return Err(crate::Error::inconsistent(range, "some of them are missing").into());
        }
        Ok(entries)
    }

    /// Has the tree signed, and publishes that.
    async fn sign(&self, (old, known): (u64, bool), head: TreeHead) -> Result<()> {
        let (published, signer) = (self.published.clone(), Arc::clone(&self.signer));
        on_disk(move || {
            let mut signer = signer.lock().unwrap_or_else(PoisonError::into_inner);
            let mark = signer.mark();
            if known && head == mark {
                return Ok(());
            }
            let mut tree = Tree::new(&published, head.size);
            let found = tree.head()?;
            if found != head {
                return Err(LogError::RootDiffers { size: head.size, tiles: found.root, records: head.root });
            }
            let parts = shape::consistency(mark.size, head.size);
            let parts = parts.ok_or(LogError::Rewound { signed: mark.size, found: head.size })?;
            let note = signer.sign(head, &tree.parts(&parts)?)?;
            published.put_checkpoint(&note)?;
            let filled = tiles_between(old, head.size).chain(bundles_between(old, head.size));
            filled.filter(|tile| tile.is_full()).try_for_each(|tile| published.remove_parts(tile))
        })
        .await
    }
}

/// Adds the leaves of a bundle to the edge, and publishes the tiles that become full.
fn take(mut edge: Edge, bundle: Tile, entries: &[Entry], published: &Published) -> Result<Edge> {
    let known = usize::try_from(edge.size() - bundle.start()).unwrap_or(usize::MAX);
    debug_assert!(known < usize::from(TILE_WIDTH), "bundles come one after the other");
    let hashes: Vec<_> = entries.iter().map(|entry| leaf_hash(&entry.envelope)).collect();
    if !hashes.starts_with(edge.leaves()) {
        return Err(LogError::Forked { signed: edge.size(), found: bundle.start() + entries.len() as u64 });
    }
    for hash in &hashes[known..] {
        for (tile, hashes) in edge.push(*hash) {
            published.put_hashes(tile, &hashes)?;
        }
    }
    Ok(edge)
}
