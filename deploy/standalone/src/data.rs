//! The data directory of one server: its lock, its names, its token.
//!
//! In: a path. Out: [`DataDir`], locked while it lives. Always: two servers never share a directory;
//! what is written here is whole or not there; the token is readable by its owner only.
//! ```text
//! DIR/liuhen.db   records and custody log       DIR/objects/     sealed segments
//! DIR/journal/    segments that are open        DIR/node.json    id of this node and of the administrator
//! DIR/admin.token token of the administrator    DIR/liuhen.lock  held by the server that runs
//! DIR/staging/    files that are being imported
//! DIR/identity.keys  keys for numbers of identity documents, where no other file is named
//! DIR/log/        the published log: checkpoint, tiles and entries, for whoever may read it
//! DIR/signer/     key of the log, and the newest checkpoint that it signed: keep a copy elsewhere
//! DIR/machines.key  key of the authority that recorders know, and DIR/machines.crt, its certificate
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use liuhen_api::auth::Token;
use liuhen_api::machines::authority::Authority;
use liuhen_api::vault::Vault;
use liuhen_proto::ids::{NodeId, PersonId};
use liuhen_proto::world::{Clock, Randomness};
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

/// What several servers have in common: records and log in PostgreSQL, sealed segments in one directory.
#[derive(Clone)]
pub struct SharedStore {
    /// Address of the database; it may hold a password.
    pub database: String,
    /// Sealed segments and their manifests.
    pub objects: PathBuf,
}

impl std::fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedStore").field("objects", &self.objects).finish_non_exhaustive()
    }
}

/// Where things lie: in a data directory, or in part in what several servers share.
#[derive(Debug, Clone)]
pub struct Layout {
    directory: PathBuf,
    shared: Option<SharedStore>,
}

impl Layout {
    /// Of this directory.
    pub fn of(directory: &Path, shared: Option<SharedStore>) -> Self {
        Self { directory: directory.to_owned(), shared }
    }

    /// What is shared with other servers, where anything is.
    pub const fn shared(&self) -> Option<&SharedStore> {
        self.shared.as_ref()
    }

    /// The SQLite database; not there where the database is shared.
    pub fn database(&self) -> PathBuf {
        self.directory.join("liuhen.db")
    }

    /// Sealed segments and their manifests.
    pub fn objects(&self) -> PathBuf {
        self.shared.as_ref().map_or_else(|| self.directory.join("objects"), |shared| shared.objects.clone())
    }

    /// Segments that are still open.
    pub fn journal(&self) -> PathBuf {
        self.directory.join("journal")
    }

    /// The published log.
    pub fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// Who signs it.
    pub fn signer(&self) -> PathBuf {
        self.directory.join("signer")
    }

    /// Files that are being taken in; empty at every start.
    pub fn staging(&self) -> PathBuf {
        self.directory.join("staging")
    }

    /// The administrator's token.
    pub fn token(&self) -> PathBuf {
        self.directory.join("admin.token")
    }

    /// Certificate and key of the authority that recorders know.
    fn authority(&self) -> (PathBuf, PathBuf) {
        (self.directory.join("machines.crt"), self.directory.join("machines.key"))
    }

    /// Keys for numbers of identity documents.
    fn identity_keys(&self) -> PathBuf {
        self.directory.join("identity.keys")
    }

    fn node(&self) -> PathBuf {
        self.directory.join("node.json")
    }

    fn lock(&self) -> PathBuf {
        self.directory.join("liuhen.lock")
    }
}

/// Under which ids this server acts and its administrator is named in the log.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The server.
    pub node: NodeId,
    /// The local administrator.
    pub administrator: PersonId,
}

/// A data directory that this process owns.
#[derive(Debug)]
pub struct DataDir {
    /// Where things lie.
    pub layout: Layout,
    /// Who acts.
    pub names: Names,
    /// The administrator's token.
    pub token: Token,
    // The lock lasts as long as the file is open, and no longer than the process.
    _lock: File,
}

impl DataDir {
    /// Opens the directory and locks it; at the first start it makes names and token.
    pub fn open(layout: Layout, clock: &dyn Clock, random: &dyn Randomness) -> anyhow::Result<Self> {
        let show = layout.directory.display();
        fs::DirBuilder::new().recursive(true).mode(0o750).create(&layout.directory).with_context(|| format!("make {show}"))?;
        let lock = lock(&layout.lock())?;
        for part in [layout.objects(), layout.journal()] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o750)
                .create(&part)
                .with_context(|| format!("make {}", part.display()))?;
        }
        one_file_system(&layout)?;
        let names = names(&layout, clock, random)?;
        let token = token(&layout, random)?;
        Ok(Self { layout, names, token, _lock: lock })
    }
}

/// The authority that recorders know; made where there is none. Two servers that share an archive share it: copy both files.
pub(crate) fn authority(layout: &Layout) -> anyhow::Result<Authority> {
    let (certificate, key) = layout.authority();
    let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("read {}", path.display()));
    match (certificate.exists(), key.exists()) {
        (true, true) => {}
        (false, false) => {
            let (made_certificate, made_key) = Authority::generate()?;
            // The key first: a certificate without it would be taken for one whose key was lost.
            write_whole(&key, made_key.as_bytes(), 0o600)?;
            write_whole(&certificate, made_certificate.as_bytes(), 0o640)?;
        }
        (true, false) => bail!("{} is lost, by which recorders know this server: restore it from a copy", key.display()),
        // A start that was cut short has made it; nobody knows it yet.
        (false, true) => {
            fs::remove_file(&key).with_context(|| format!("remove {}", key.display()))?;
            return authority(layout);
        }
    }
    Authority::from_pem(&read(&certificate)?, &read(&key)?)
        .with_context(|| format!("use {} and {}", certificate.display(), key.display()))
}

/// Keys for numbers of identity documents, from the file that the operator names, or from one of our own, which is made
/// where there is none. What is lost with it are the numbers: keep a copy in another place than those of the archive.
pub(crate) fn vault(layout: &Layout, named: Option<&Path>, random: &Arc<dyn Randomness>) -> anyhow::Result<Vault> {
    let own = layout.identity_keys();
    let path = named.unwrap_or(&own);
    if named.is_none() && !own.exists() {
        write_whole(&own, Vault::generate(&**random).as_bytes(), 0o600)?;
    }
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    Vault::from_toml(&text, Arc::clone(random)).with_context(|| format!("use {}", path.display()))
}

/// What is sealed goes from the journal to the objects by a second name, which no other file system can give.
fn one_file_system(layout: &Layout) -> anyhow::Result<()> {
    let (journal, objects) = (layout.journal(), layout.objects());
    let of = |path: &Path| fs::metadata(path).map(|it| it.dev()).with_context(|| format!("look at {}", path.display()));
    if of(&journal)? != of(&objects)? {
        let (journal, objects) = (journal.display(), objects.display());
        bail!(
            "{journal} and {objects} lie on two file systems: put them on one · {journal} 与 {objects} 不在同一文件系统，请放到同一文件系统"
        );
    }
    Ok(())
}

/// Reads who acts in a directory that a server has opened before.
pub(crate) fn read_names(layout: &Layout) -> anyhow::Result<Names> {
    let path = layout.node();
    let text = fs::read(&path).with_context(|| format!("read {}: is this the data directory of a server?", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("read {}", path.display()))
}

fn lock(path: &Path) -> anyhow::Result<File> {
    let open = OpenOptions::new().create(true).truncate(false).write(true).mode(0o640).open(path);
    let file = open.with_context(|| format!("open {}", path.display()))?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => bail!(
            "another server is using {0}: stop it first, or give another directory · {0} 正被另一个服务使用，请先停止它或换一个目录",
            path.parent().unwrap_or(path).display()
        ),
        Err(error) => Err(error).with_context(|| format!("lock {}", path.display())),
    }
}

fn names(layout: &Layout, clock: &dyn Clock, random: &dyn Randomness) -> anyhow::Result<Names> {
    if layout.node().exists() {
        return read_names(layout);
    }
    let now = clock.now();
    let names = Names { node: NodeId::mint(now, random), administrator: PersonId::mint(now, random) };
    let text = serde_json::to_string_pretty(&names).context("write ids as JSON")?;
    write_whole(&layout.node(), text.as_bytes(), 0o640)?;
    Ok(names)
}

fn token(layout: &Layout, random: &dyn Randomness) -> anyhow::Result<Token> {
    let path = layout.token();
    if let Some(token) = read_token(&path)? {
        return Ok(token);
    }
    let token = Token::generate("lha", random);
    write_whole(&path, format!("{}\n", token.reveal()).as_bytes(), 0o600)?;
    Ok(token)
}

/// The token in a file; nothing where there is no file.
pub(crate) fn read_token(path: &Path) -> anyhow::Result<Option<Token>> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let why = || format!("{} holds no token: it must be one line; remove it to get a new one", path.display());
            Token::parse(&text).with_context(why).map(Some)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

/// Writes a file that is either whole or not there, whatever happens meanwhile.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let write = || -> io::Result<()> {
        let mut draft = path.as_os_str().to_owned();
        draft.push(".new");
        let draft = PathBuf::from(draft);
        // A draft that a crash left must not lend its mode to the new file.
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().create_new(true).write(true).mode(mode).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent)?.sync_all()
    };
    write().with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Timestamp;
    use liuhen_proto::world::{ManualClock, SeededRandom};
    use std::os::unix::fs::PermissionsExt as _;

    fn open(directory: &Path, seed: u64) -> anyhow::Result<DataDir> {
        DataDir::open(Layout::of(directory, None), &ManualClock::at(Timestamp::from_micros(1)), &SeededRandom::new(seed))
    }

    #[test]
    fn names_and_token_are_made_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        let first = open(&path, 1).unwrap();
        let (node, token) = (first.names.node, first.token.clone());
        drop(first);
        let second = open(&path, 2).unwrap();
        assert_eq!((second.names.node, second.token), (node, token));
        assert_eq!(fs::metadata(path.join("admin.token")).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_authority_is_made_once_and_a_lost_key_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let layout = Layout::of(directory.path(), None);
        let first = authority(&layout).unwrap().pin();
        assert_eq!(authority(&layout).unwrap().pin(), first);
        let key = directory.path().join("machines.key");
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        // Cut short before its certificate was there.
        fs::remove_file(directory.path().join("machines.crt")).unwrap();
        assert_ne!(authority(&layout).unwrap().pin(), first);
        fs::remove_file(key).unwrap();
        assert!(authority(&layout).unwrap_err().to_string().contains("is lost"));
    }

    #[test]
    fn two_servers_never_share_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let first = open(directory.path(), 1).unwrap();
        let error = open(directory.path(), 1).unwrap_err().to_string();
        assert!(error.contains("another server"), "{error}");
        drop(first);
        open(directory.path(), 1).unwrap();
    }

    #[test]
    fn a_broken_token_file_is_told_and_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("admin.token"), "two words").unwrap();
        assert!(format!("{:#}", open(directory.path(), 1).unwrap_err()).contains("holds no token"));
    }
}
