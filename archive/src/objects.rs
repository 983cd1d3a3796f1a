//! Objects: immutable, named files. A directory now.
//!
//! In: bytes with a name, or a finished file to be adopted. Out: whole objects and ranges of them.
//! Always: when [`Objects::put`] or [`Objects::adopt`] returns, the bytes and the directory entries that
//! lead to them are on the disk; a name is never given to other content. Not here: deletion of what
//! was recorded, which only the destruction ledger may do.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{GetOptions, GetRange, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions};

use crate::{Error, Result};

/// Name and size of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
}

/// The object store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<LocalFileSystem>,
    root: PathBuf,
}

impl Objects {
    /// Opens a directory as object store; makes it where it is missing.
    pub fn open(root: &Path) -> Result<Self> {
        let fail = |source| Error::Disk { what: "make directory", name: root.display().to_string(), source };
        make_directories(root).map_err(fail)?;
        let root = root.canonicalize().map_err(fail)?;
        let store = LocalFileSystem::new_with_prefix(&root).map_err(|source| Error::Object {
            what: "open object store",
            name: root.display().to_string(),
            source,
        })?;
        Ok(Self { store: Arc::new(store.with_fsync(true)), root })
    }

    /// Stores bytes under a name. The same bytes again are no error, other bytes are.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<()> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.store.put_opts(&parse(name)?, bytes.clone().into(), options).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) if self.get(name).await? == bytes => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => Err(Error::AlreadyExists { what: format!("object {name}") }),
            Err(source) => Err(Error::Object { what: "store object", name: name.to_owned(), source }),
        }
    }

    /// Makes a finished file of the same file system an object, without copying: by a hard link. The
    /// file stays where it is until the caller unlinks it. The same file again is no error, another is.
    pub async fn adopt(&self, file: &Path, name: &str) -> Result<()> {
        let (from, to) = (file.to_owned(), self.root.join(parse(name)?.as_ref()));
        let linked = tokio::task::spawn_blocking(move || link(&from, &to)).await;
        match linked.map_err(io::Error::other).and_then(|result| result) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(Error::AlreadyExists { what: format!("object {name}") })
            }
            Err(source) => Err(Error::Disk { what: "adopt object", name: name.to_owned(), source }),
        }
    }

    /// Gives an object a second name outside, on the same file system: for who takes up what was never recorded.
    pub async fn lend(&self, name: &str, file: &Path) -> Result<()> {
        let (from, to) = (self.root.join(parse(name)?.as_ref()), file.to_owned());
        let linked = tokio::task::spawn_blocking(move || std::fs::hard_link(from, to)).await;
        let fail = |source| Error::Disk { what: "lend object", name: name.to_owned(), source };
        linked.map_err(io::Error::other).and_then(|result| result).map_err(fail)
    }

    /// Takes an object back that was never recorded: for who stored it, and then could not record it. One that is not
    /// there is no error.
    pub async fn withdraw(&self, name: &str) -> Result<()> {
        match self.store.delete(&parse(name)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(Error::Object { what: "take back object", name: name.to_owned(), source }),
        }
    }

    /// A whole object. For what is known to be small: manifests.
    pub async fn get(&self, name: &str) -> Result<Bytes> {
        let fail = |source| Error::Object { what: "read object", name: name.to_owned(), source };
        self.store.get(&parse(name)?).await.map_err(fail)?.bytes().await.map_err(fail)
    }

    /// A range of an object, as one piece.
    pub async fn get_range(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        let fail = |source| Error::Object { what: "read object", name: name.to_owned(), source };
        self.store.get_range(&parse(name)?, range).await.map_err(fail)
    }

    /// An object as an open file, for who reads many ranges of it. Blocks; call it from a thread that may.
    pub fn file(&self, name: &str) -> Result<File> {
        let path = self.root.join(parse(name)?.as_ref());
        File::open(path).map_err(|error| {
            let name = name.to_owned();
            match error.kind() {
                io::ErrorKind::NotFound => {
                    let source = object_store::Error::NotFound { path: name.clone(), source: error.into() };
                    Error::Object { what: "open object", name, source }
                }
                _ => Error::Disk { what: "open object", name, source: error },
            }
        })
    }

    /// An object or a range of it, piece by piece.
    pub async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<BoxStream<'static, Result<Bytes>>> {
        let path = parse(name)?;
        let name = name.to_owned();
        let fail = move |source| Error::Object { what: "read object", name: name.clone(), source };
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let got = self.store.get_opts(&path, options).await.map_err(&fail)?;
        Ok(got.into_stream().map(move |piece| piece.map_err(&fail)).boxed())
    }

    /// Size of an object; nothing where it is not there.
    pub async fn size(&self, name: &str) -> Result<Option<u64>> {
        match self.store.head(&parse(name)?).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(Error::Object { what: "look for object", name: name.to_owned(), source }),
        }
    }

    /// All objects, in no order.
    pub fn list(&self) -> BoxStream<'static, Result<Listed>> {
        let fail = |source| Error::Object { what: "list objects below", name: "/".to_owned(), source };
        let listed = self.store.list(None);
        listed
            .map(move |meta| meta.map(|meta| Listed { name: meta.location.into(), size_bytes: meta.size }).map_err(fail))
            .boxed()
    }
}

fn parse(name: &str) -> Result<Name> {
    Name::parse(name).map_err(|source| Error::Object { what: "use the name", name: name.to_owned(), source: source.into() })
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    let source = File::open(from)?;
    source.sync_all()?;
    let parent = to.parent().expect("a name within the root has a parent");
    make_directories(parent)?;
    let made = match std::fs::hard_link(from, to) {
        Ok(()) => true,
        // Adopted before a crash, or the very same content came twice.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && same_content(&source, to)? => false,
        Err(error) => return Err(error),
    };
    File::open(parent).and_then(|parent| parent.sync_all()).inspect_err(|_| {
        // A second sync may claim what the first could not do. Made anew, the entry has to be written anew.
        if made {
            let _ = std::fs::remove_file(to);
        }
    })
}

fn same_content(source: &File, to: &Path) -> io::Result<bool> {
    let target = File::open(to)?;
    let (a, b) = (source.metadata()?, target.metadata()?);
    if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
        return Ok(true);
    }
    Ok(a.len() == b.len() && std::fs::read(to)? == read_all(source)?)
}

fn read_all(mut file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut file, &mut bytes)?;
    Ok(bytes)
}

/// Makes a directory and those above it, and puts every new entry on the disk.
fn make_directories(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_directories(parent)?;
    let made = match std::fs::create_dir(path) {
        Ok(()) => true,
        // Where another made it a moment ago, it may not be on the disk yet.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error),
    };
    File::open(parent).and_then(|parent| parent.sync_all()).inspect_err(|_| {
        // So that the next try makes and syncs it again.
        if made {
            let _ = std::fs::remove_dir(path);
        }
    })
}

#[cfg(test)]
mod tests;
