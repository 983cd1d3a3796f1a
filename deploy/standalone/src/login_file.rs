//! Where `liuhen login` keeps the tokens: one file, readable by its owner only.
//!
//! Always: a file that others can read is refused; what is written is whole or not there; one entry for each server, and
//! one of two commands that renew at the same time waits for the other.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use liuhen_proto::wire::people::v1 as pb;
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

/// A login at a server.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    pub(crate) access: String,
    pub(crate) access_until_us: i64,
    pub(crate) refresh: String,
}

impl From<&pb::Login> for Kept {
    fn from(login: &pb::Login) -> Self {
        Self { access: login.access_token.clone(), access_until_us: login.access_until_us, refresh: login.refresh_token.clone() }
    }
}

/// The file, locked while it lives.
pub(crate) struct LoginFile {
    path: PathBuf,
    /// Nothing where there is no such directory yet.
    lock: Option<File>,
    logins: BTreeMap<String, Kept>,
}

impl LoginFile {
    /// Opens it; one that is not there is empty.
    pub(crate) fn open() -> Result<Self> {
        Self::at(&path()?)
    }

    fn at(path: &Path) -> Result<Self> {
        let there = path.parent().is_some_and(Path::exists);
        let lock = if there { Some(locked(path)?) } else { None };
        let logins = match File::open(path) {
            Ok(mut file) => {
                let mode = file.metadata().context("look at the file of logins")?.mode();
                ensure!(mode & 0o077 == 0, "{} can be read by others: chmod 600 it, and log in again", path.display());
                let mut text = String::new();
                file.read_to_string(&mut text).with_context(|| format!("read {}", path.display()))?;
                serde_json::from_str(&text).with_context(|| format!("read {}; remove it and log in again", path.display()))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(|| format!("open {}", path.display())),
        };
        Ok(Self { path: path.to_owned(), lock, logins })
    }

    /// The login at a server.
    pub(crate) fn of(&self, server: &str) -> Option<&Kept> {
        self.logins.get(server)
    }

    /// Keeps a login; nothing: forgets it.
    pub(crate) fn keep(&mut self, server: &str, login: Option<Kept>) -> Result<()> {
        if self.lock.is_none() {
            let directory = self.path.parent().context("the file of logins has no directory")?;
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
            made.with_context(|| format!("make {}", directory.display()))?;
            self.lock = Some(locked(&self.path)?);
        }
        match login {
            Some(login) => self.logins.insert(server.to_owned(), login),
            None => self.logins.remove(server),
        };
        let new = self.path.with_extension("new");
        let file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new);
        let text = serde_json::to_string(&self.logins)?;
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
        written.with_context(|| format!("write {}", new.display()))?;
        fs::rename(&new, &self.path).with_context(|| format!("write {}", self.path.display()))
    }
}

/// Waits for others who hold it.
fn locked(path: &Path) -> Result<File> {
    let path = path.with_extension("lock");
    let lock = OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(&path);
    let lock = lock.with_context(|| format!("open {}", path.display()))?;
    rustix::fs::flock(&lock, FlockOperation::LockExclusive).context("wait for another `liuhen`")?;
    Ok(lock)
}

/// By `LIUHEN_LOGIN`, else below the user's configuration.
fn path() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("LIUHEN_LOGIN") {
        return Ok(path.into());
    }
    let below = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let below = below.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
    Ok(below.context("no HOME: set LIUHEN_LOGIN to where logins are kept")?.join("liuhen/login.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_kept_for_each_server_and_for_nobody_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("liuhen/login.json");
        let kept = |access: &str| Kept { access: access.to_owned(), access_until_us: 1, refresh: "r".to_owned() };
        let mut file = LoginFile::at(&path).unwrap();
        file.keep("http://one", Some(kept("a"))).unwrap();
        file.keep("http://two", Some(kept("b"))).unwrap();
        file.keep("http://one", None).unwrap();
        drop(file);
        let file = LoginFile::at(&path).unwrap();
        assert!(file.of("http://one").is_none() && file.of("http://two").unwrap().access == "b");
        drop(file);
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        assert!(LoginFile::at(&path).err().unwrap().to_string().contains("chmod 600"));
    }
}
