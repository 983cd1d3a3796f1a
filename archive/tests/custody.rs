//! What is published follows the records, whatever stops it; and what was set back or forked gets no signature any more.

#[path = "conformance/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use liuhen_archive::custody::{LogError, Prover, Published, Publisher, Signer};
use liuhen_archive::records::{Act, NewOrganization, OrganizationKind, Postgres, Sqlite};
use liuhen_archive::{Archive, Live, Objects, Records};
use liuhen_proto::custody::proof::{continues, includes, includes_many};
use liuhen_proto::custody::tile::{Content, Tile, bundle_from_bytes, bundles_between, tiles_between};
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{Checkpoint, Frontier, TreeHead, Trust};
use liuhen_proto::ids::NodeId;
use liuhen_proto::world::{ManualClock, SeededRandom};
use liuhen_proto::{Principal, Sha256, Timestamp};
use sqlx::{Connection as _, SqliteConnection};

const NOW: Timestamp = Timestamp::from_micros(1_795_312_800_000_000);

struct Log {
    directory: tempfile::TempDir,
    archive: Archive,
    publisher: Publisher,
}

impl Log {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let records = Sqlite::open(&directory.path().join("liuhen.db"), Arc::new(SeededRandom::new(3))).await.unwrap();
        Self::of(directory, Arc::new(records))
    }

    fn of(directory: tempfile::TempDir, records: Arc<dyn Records>) -> Self {
        let archive = Archive {
            records,
            objects: Objects::open(&directory.path().join("objects")).unwrap(),
            live: Live::new(NOW),
            clock: Arc::new(ManualClock::at(NOW)),
            random: Arc::new(SeededRandom::new(4)),
        };
        let publisher = publisher(directory.path(), &archive);
        Self { directory, archive, publisher }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// So many entries more.
    async fn grow(&self, count: usize) {
        grow(&*self.archive.records, count).await;
    }

    /// As after a restart.
    fn restart(&mut self) {
        self.publisher = publisher(self.directory.path(), &self.archive);
    }

    fn prover(&self) -> Prover {
        Prover::new(published(self.directory.path()), signer(self.directory.path()).unwrap().verifier())
    }

    /// The newest checkpoint, as an auditor reads it.
    fn checkpoint(&self) -> TreeHead {
        let trust = Trust { logs: vec![signer(self.directory.path()).unwrap().verifier()], witnesses: Vec::new() };
        Checkpoint::open(&std::fs::read(self.path("log/checkpoint")).unwrap(), &trust).unwrap().checkpoint.tree
    }

    async fn leaves(&self) -> Vec<Sha256> {
        let entries = self.archive.records.entries(0, None, 1000).await.unwrap();
        entries.iter().map(|entry| leaf_hash(&entry.envelope)).collect()
    }

    /// What somebody does who may write into the database: gives it another history, and a head that fits.
    async fn rewrite(&self, statement: &'static str) {
        let url = format!("sqlite://{}", self.path("liuhen.db").display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        let mut frontier = Frontier::default();
        for leaf in self.leaves().await {
            frontier.push(leaf);
        }
        let head = sqlx::query("UPDATE head SET size = $1, frontier = $2").bind(i64::try_from(frontier.size()).unwrap());
        head.bind(frontier.to_bytes()).execute(&mut connection).await.unwrap();
        let trees = sqlx::query("DELETE FROM tree WHERE size > $1").bind(i64::try_from(frontier.size()).unwrap());
        trees.execute(&mut connection).await.unwrap();
        let chains = "DELETE FROM subject WHERE subject NOT IN (SELECT subject FROM leaf)";
        sqlx::query(chains).execute(&mut connection).await.unwrap();
    }

    fn forget_what_was_published(&mut self) {
        std::fs::remove_dir_all(self.path("log")).unwrap();
        self.restart();
    }
}

async fn grow(records: &dyn Records, count: usize) {
    let act = Act::new(Principal::Node(NodeId::mint(NOW, &SeededRandom::new(5))), NOW);
    for _ in 0..count {
        let new = NewOrganization { name: "x".into(), kind: OrganizationKind::Enterprise };
        records.create_organization(&act, new).await.unwrap();
    }
}

fn published(directory: &Path) -> Published {
    Published::open(&directory.join("log")).unwrap()
}

fn signer(directory: &Path) -> Result<Signer, LogError> {
    Signer::open(&directory.join("signer"), &"liuhen.example/log".parse().unwrap(), &SeededRandom::new(9))
}

fn publisher(directory: &Path, archive: &Archive) -> Publisher {
    Publisher::new(archive.clone(), published(directory), signer(directory).unwrap())
}

/// All files below a directory, with what they hold.
fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut open, mut files) = (vec![directory.to_owned()], BTreeMap::new());
    while let Some(next) = open.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(path.strip_prefix(directory).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[tokio::test]
async fn what_is_published_is_what_the_records_hold_and_never_changes() {
    let mut log = Log::new().await;
    assert_eq!(log.publisher.publish().await.unwrap(), TreeHead::empty());
    let (mut seen, mut before) = (Vec::new(), BTreeMap::<PathBuf, Vec<u8>>::new());
    for more in [1, 2, 252, 1, 45] {
        log.grow(more).await;
        let tree = log.publisher.publish().await.unwrap();
        assert_eq!(tree, log.checkpoint());
        assert_eq!(log.publisher.publish().await.unwrap(), tree, "nothing came");
        seen.push(tree);
        let now = files(&log.path("log"));
        for (path, held) in before.iter().filter(|(path, _)| *path != Path::new("checkpoint")) {
            let part = path.to_str().unwrap().contains(".p/");
            assert!(now.get(path).map_or(part, |bytes| bytes == held), "{} changed", path.display());
        }
        for tile in tiles_between(0, tree.size).chain(bundles_between(0, tree.size)) {
            assert!(now.contains_key(Path::new(&tile.path())), "{} is missing", tile.path());
        }
        before = now;
    }
    assert!(!before.keys().any(|path| path.starts_with("tile/0/000.p")), "parts of a full tile are left");
    let bundle = Tile { content: Content::Entries, index: 0, width: 256 };
    let entries = bundle_from_bytes(bundle, &before[Path::new(&bundle.path())]).unwrap();
    let (leaves, tree, prover) = (log.leaves().await, log.checkpoint(), log.prover());
    assert!(entries.iter().map(|entry| leaf_hash(entry)).eq(leaves[..256].iter().copied()));
    for (index, leaf) in (0..).zip(&leaves) {
        let proof = prover.entry(index, *leaf).await.unwrap();
        assert!(includes(tree, index, *leaf, &proof.hashes), "entry {index}");
    }
    for old in seen {
        assert!(continues(old, tree, &prover.continuation(old.size).await.unwrap().hashes), "{}", old.size);
    }
    let mut frontier = Frontier::default();
    for leaf in &leaves {
        let old = TreeHead { size: frontier.size(), root: frontier.root() };
        assert!(continues(old, tree, &prover.continuation(old.size).await.unwrap().hashes), "{}, published or not", old.size);
        frontier.push(*leaf);
    }
    let some: Vec<_> = [0, 7, 8, 9, 255, 256, 300].map(|index: usize| (index as u64, leaves[index])).to_vec();
    assert!(includes_many(tree, &some, &prover.entries(some.clone()).await.unwrap().hashes));
    assert!(matches!(prover.entry(301, leaves[0]).await, Err(LogError::PastEnd { size: 301, asked: 301 })));
    assert!(prover.entry(3, leaves[4]).await.is_err(), "another entry than the one that stands there");
}

#[tokio::test]
async fn whatever_is_lost_but_the_signer_is_made_again() {
    let mut log = Log::new().await;
    log.grow(258).await;
    log.publisher.publish().await.unwrap();
    let whole = files(&log.path("log"));
    let older = whole[Path::new("checkpoint")].clone();
    log.grow(2).await;
    let tree = log.publisher.publish().await.unwrap();
    // Between signature and publication; between tiles and signature; with nothing but the records.
    std::fs::write(log.path("log/checkpoint"), older).unwrap();
    log.restart();
    assert_eq!((log.publisher.publish().await.unwrap(), log.checkpoint()), (tree, tree));
    std::fs::remove_file(log.path("log/checkpoint")).unwrap();
    log.restart();
    assert_eq!((log.publisher.publish().await.unwrap(), log.checkpoint()), (tree, tree));
    log.forget_what_was_published();
    log.publisher.publish().await.unwrap();
    let again = files(&log.path("log"));
    assert_eq!(log.checkpoint(), tree);
    assert!(
        again.iter().all(|(path, bytes)| path == Path::new("checkpoint") || whole.get(path).is_none_or(|held| held == bytes))
    );
}

#[tokio::test]
async fn a_database_that_was_set_back_gets_no_checkpoint() {
    let mut log = Log::new().await;
    log.grow(9).await;
    let signed = log.publisher.publish().await.unwrap();
    log.rewrite("DELETE FROM leaf WHERE idx >= 6").await;
    let rewound = |result| matches!(result, Err(LogError::Rewound { signed: 9, found: 6 }));
    assert!(rewound(log.publisher.publish().await));
    log.restart();
    assert!(rewound(log.publisher.publish().await), "by what is published");
    log.forget_what_was_published();
    assert!(rewound(log.publisher.publish().await), "by the signer alone");
    assert!(!log.path("log/checkpoint").exists());
    // Grown past it, with another history.
    log.grow(5).await;
    let forked = log.publisher.publish().await;
    assert!(matches!(forked, Err(LogError::Forked { signed: 9, found: 11 })), "{forked:?}");
    assert_eq!(signer(log.directory.path()).unwrap().mark(), signed);
}

#[tokio::test]
async fn a_changed_entry_is_noticed_where_it_is_in_an_open_tile_and_where_it_is_in_a_full_one() {
    for (place, entries) in [(4, 9), (4, 260)] {
        let mut log = Log::new().await;
        log.grow(entries).await;
        log.publisher.publish().await.unwrap();
        assert_eq!(place, 4);
        log.rewrite(
            "UPDATE leaf SET envelope = CAST(REPLACE(CAST(envelope AS TEXT), 'enterprise', 'enterprisf') AS BLOB) WHERE idx = 4",
        )
        .await;
        log.grow(1).await;
        let noticed = log.publisher.publish().await;
        match entries {
            9 => assert!(matches!(noticed, Err(LogError::Forked { signed: 9, found: 10 })), "{noticed:?}"),
            _ => assert!(matches!(noticed, Err(LogError::RootDiffers { size: 261, .. })), "{noticed:?}"),
        }
        log.forget_what_was_published();
        let noticed = log.publisher.publish().await;
        assert!(matches!(noticed, Err(LogError::Forked { .. })), "by the signer alone: {noticed:?}");
    }
}

#[tokio::test]
async fn a_signer_that_lost_its_memory_signs_nothing_until_it_has_it_again() {
    let mut log = Log::new().await;
    log.grow(3).await;
    let tree = log.publisher.publish().await.unwrap();
    let (directory, mark) = (log.directory.path().to_owned(), log.path("signer/signed.checkpoint"));
    let kept = std::fs::read(&mark).unwrap();
    let refused = |bytes: Option<&[u8]>| {
        match bytes {
            Some(bytes) => std::fs::write(&mark, bytes).unwrap(),
            None => std::fs::remove_file(&mark).unwrap(),
        }
        matches!(signer(&directory), Err(LogError::Signer { .. }))
    };
    assert!(refused(None) && refused(Some(b"")) && refused(Some(&kept[..kept.len() - 2])));
    assert!(refused(Some(&String::from_utf8(kept.clone()).unwrap().replace("\n3\n", "\n2\n").into_bytes())));
    // The published one is as good.
    std::fs::copy(log.path("log/checkpoint"), &mark).unwrap();
    assert_eq!(signer(&directory).unwrap().mark(), tree);

    let key = log.path("signer/log.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(signer(&directory), Err(LogError::Signer { .. })), "others may read the key");
    std::fs::remove_file(&key).unwrap();
    assert!(matches!(signer(&directory), Err(LogError::Signer { .. })), "the key of a log that was signed");
    std::fs::write(&key, "no key").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(signer(&directory), Err(LogError::Signer { .. })));
}

/// Publishes as fast as it can while four write, each over connections of its own; gives every tree that was signed.
async fn published_while_written(log: &mut Log, writers: Vec<Arc<dyn Records>>) -> Vec<TreeHead> {
    let mut writing = tokio::task::JoinSet::new();
    for records in writers {
        writing.spawn(async move { grow(&*records, 80).await });
    }
    let mut signed = vec![log.publisher.publish().await.unwrap()];
    loop {
        let over = writing.try_join_next();
        signed.push(log.publisher.publish().await.unwrap());
        match over {
            Some(ended) => ended.unwrap(),
            None if writing.is_empty() => return signed,
            None => {}
        }
    }
}

async fn every_signed_tree_is_continued(log: &Log, signed: &[TreeHead]) {
    let (newest, prover) = (log.checkpoint(), log.prover());
    assert_eq!(newest.size, 320);
    assert!(signed.len() > 5, "it was published while it was written");
    for old in signed {
        assert!(continues(*old, newest, &prover.continuation(old.size).await.unwrap().hashes), "{}", old.size);
    }
    for (index, leaf) in (0..).zip(log.leaves().await) {
        assert!(includes(newest, index, leaf, &prover.entry(index, leaf).await.unwrap().hashes), "entry {index}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_writers_and_a_publisher_agree_on_sqlite() {
    let mut log = Log::new().await;
    let writers = vec![log.archive.records.clone(); 4];
    let signed = published_while_written(&mut log, writers).await;
    every_signed_tree_is_continued(&log, &signed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_writers_and_a_publisher_agree_on_postgres() {
    let Some(url) = postgres::database().await else { return };
    let open = async |seed| {
        let records: Arc<dyn Records> = Arc::new(Postgres::open(&url, Arc::new(SeededRandom::new(seed))).await.unwrap());
        records
    };
    let mut log = Log::of(tempfile::tempdir().unwrap(), open(1).await);
    let writers = vec![open(2).await, open(3).await, open(4).await, open(5).await];
    let signed = published_while_written(&mut log, writers).await;
    every_signed_tree_is_continued(&log, &signed).await;
}
