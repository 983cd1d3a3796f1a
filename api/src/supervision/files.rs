//! A directory that the platform, or a program of it, looks into: a file for each document, and one for each answer.
//!
//! Always: a file appears whole and on the disk, under a name made of ids alone, and is never written again; what is
//! there under the name with other bytes stays. Answers are read, bounded, and never touched.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use liuhen_archive::records::MAX_RECEIPT_BYTES;
use liuhen_proto::{Span, Timestamp};

use super::adapter::{Adapter, Answer, Trouble};
use super::answer;

/// Where documents lie.
const REPORTS: &str = "reports";
/// Where answers are looked for.
const ANSWERS: &str = "answers";

/// Drops files.
#[derive(Debug, Clone)]
pub struct FileDrop {
    directory: PathBuf,
}

impl FileDrop {
    /// Into this directory: `reports` and `answers` are made in it where they are missing.
    pub fn open(directory: &Path) -> io::Result<Self> {
        for name in [REPORTS, ANSWERS] {
            fs::create_dir_all(directory.join(name))?;
        }
        Ok(Self { directory: directory.to_owned() })
    }
}

#[async_trait]
impl Adapter for FileDrop {
    fn name(&self) -> String {
        self.directory.display().to_string()
    }

    /// Looking into a directory costs nothing.
    fn asks_again(&self) -> Span {
        Span::from_secs(60)
    }

    async fn hand_out(&self, key: &str, document: Bytes, _: Timestamp) -> Result<Answer, Trouble> {
        let (directory, key) = (self.directory.clone(), key.to_owned());
        let dropped = tokio::task::spawn_blocking(move || hand_out(&directory, &key, &document));
        dropped.await.unwrap_or_else(|error| Err(disk("write into", Path::new(REPORTS))(io::Error::other(error))))
    }
}

fn disk<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Trouble + 'a {
    move |source| Trouble::Disk { what, name: path.display().to_string(), source }
}

fn hand_out(directory: &Path, key: &str, document: &[u8]) -> Result<Answer, Trouble> {
    let name = format!("{key}.json");
    drop_file(&directory.join(REPORTS), &name, document)?;
    let path = directory.join(ANSWERS).join(&name);
    match read_bounded(&path, MAX_RECEIPT_BYTES) {
        Ok(bytes) => answer::read(key, &bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Answer::Taken),
        Err(error) => Err(disk("read", &path)(error)),
    }
}

/// Written beside, synced, and given its name, which must not be taken; then the directory is synced.
fn drop_file(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
    let path = directory.join(name);
    if is_there(&path, bytes)? {
        return Ok(());
    }
    let part = directory.join(format!(".{name}.part"));
    write_synced(&part, bytes).map_err(disk("write", &part))?;
    let linked = fs::hard_link(&part, &path);
    fs::remove_file(&part).map_err(disk("remove", &part))?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => is_there(&path, bytes).map(drop)?,
        linked => linked.map_err(disk("write", &path))?,
    }
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(disk("sync", directory))
}

/// Whether the file is there with these bytes; with others it is somebody else's.
fn is_there(path: &Path, bytes: &[u8]) -> Result<bool, Trouble> {
    match read_bounded(path, bytes.len()) {
        Ok(found) if found == bytes => Ok(true),
        Ok(_) => Err(Trouble::Occupied(path.display().to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(disk("read", path)(error)),
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a crash has left.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A plain file, and one byte more than it may have where it has more.
fn read_bounded(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_is_never_overwritten_and_answers_are_found() {
        let directory = tempfile::tempdir().unwrap();
        let at = FileDrop::open(directory.path()).unwrap().directory;
        // A crash before had left half a file.
        fs::write(at.join("reports/.ses_1-1.json.part"), "{").unwrap();
        assert_eq!(hand_out(&at, "ses_1-1", b"{\"a\":1}").unwrap(), Answer::Taken);
        assert_eq!(hand_out(&at, "ses_1-1", b"{\"a\":1}").unwrap(), Answer::Taken, "the same again");
        let names: Vec<_> = fs::read_dir(at.join("reports")).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names, ["ses_1-1.json"]);
        assert!(matches!(hand_out(&at, "ses_1-1", b"{\"a\":2}"), Err(Trouble::Occupied(_))));
        assert_eq!(fs::read(at.join("reports/ses_1-1.json")).unwrap(), b"{\"a\":1}");

        let received = r#"{"status":"received","key":"ses_1-1","reference":"JG-1","received_on":"2026-11-23"}"#;
        fs::write(at.join("answers/ses_1-1.json"), received).unwrap();
        assert!(matches!(hand_out(&at, "ses_1-1", b"{\"a\":1}").unwrap(), Answer::Said(_)));
        fs::write(at.join("answers/ses_1-1.json"), vec![b' '; MAX_RECEIPT_BYTES + 1]).unwrap();
        assert!(matches!(hand_out(&at, "ses_1-1", b"{\"a\":1}"), Err(Trouble::TooLong)));
        // What leads elsewhere is not followed.
        std::os::unix::fs::symlink("/dev/zero", at.join("answers/ses_2-1.json")).unwrap();
        assert!(matches!(hand_out(&at, "ses_2-1", b"{}"), Err(Trouble::Disk { .. })));
    }
}
