//! System calls that fail: strace is attached to a running program, fails the nth call of a kind in each of its
//! threads, and tells which calls there were.
//!
//! In: a process, and which call is to fail how. Out: every call, its file where that lies below a directory, and
//! whether it failed.
//! Always: when [`Calls::attach`] returns, strace watches all threads of the process; when [`Calls::stop`] returns,
//! none any more.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::skipped;

/// All calls by which a program changes files or promises that they are on the disk.
pub const CALLS: &[&str] =
    &["openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "link", "linkat", "unlink", "mkdir"];

/// The call that is to fail.
#[derive(Debug, Clone, Copy)]
pub struct Failing<'a> {
    /// Its name.
    pub call: &'a str,
    /// `EIO` or `ENOSPC`.
    pub error: &'a str,
    /// Which one in each thread, from 1 on.
    pub nth: u64,
    /// Counting those about this file only.
    pub only: Option<&'a Path>,
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// The file, relative to the directory that is looked at; where it is renamed or linked, the new name. Empty where
    /// the call is about something else.
    pub path: String,
    /// Whether it was made to fail.
    pub failed: bool,
}

impl Call {
    /// What kind of call on what kind of file it is: everything in the path that has a digit in it is left out.
    pub fn kind(&self) -> (String, String) {
        // Ids and numbers are all alike; what a file is called after is not.
        let is_name = |word: &str| word != "mp4" && word.bytes().any(|byte| byte.is_ascii_digit());
        let word = |word: &str| if is_name(word) { "#".to_owned() } else { word.to_owned() };
        let words = self.path.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
        let path = words.map(|part| {
            let end = part.len() - part.chars().last().filter(|last| !last.is_ascii_alphanumeric()).map_or(0, char::len_utf8);
            word(&part[..end]) + &part[end..]
        });
        (self.name.clone(), path.collect())
    }
}

/// strace, attached.
#[derive(Debug)]
pub struct Calls {
    strace: Child,
    log: PathBuf,
    below: PathBuf,
}

impl Calls {
    /// Attaches to a process, and looks at files below a directory. Nothing where that may not be done; never under CI.
    pub fn attach(process: u32, below: &Path, log: &Path, failing: Option<Failing<'_>>) -> Option<Self> {
        match Self::begin(process, below, log, failing) {
            Ok(calls) => Some(calls),
            Err(why) => skipped(&format!("failing system calls needs strace, and the right to attach it: {why:#}")),
        }
    }

    fn begin(process: u32, below: &Path, log: &Path, failing: Option<Failing<'_>>) -> Result<Self> {
        let traced = format!("trace={}", failing.map_or_else(|| CALLS.join(","), |failing| failing.call.to_owned()));
        let mut command = Command::new("strace");
        command.args(["-f", "-y", "-s", "300", "-e", &traced, "-e", "signal=none", "-p", &process.to_string(), "-o"]).arg(log);
        if let Some(Failing { call, error, nth, only }) = failing {
            command.args(["-e", &format!("inject={call}:error={error}:when={nth}")]);
            command.args(only.iter().flat_map(|path| [Path::new("-P"), path]));
        }
        let mut strace =
            command.stderr(Stdio::piped()).stdin(Stdio::null()).spawn().context("run strace; `./dev setup` installs it")?;
        let said = BufReader::new(strace.stderr.take().expect("it was asked for"));
        let mut lines = said.lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        ensure!(first.contains("attached"), "strace says: {first}");
        // It goes on to tell of new threads; nobody may keep it from that.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { strace, log: log.to_owned(), below: below.canonicalize()? })
    }

    /// Lets go, and gives all calls in the order in which they began.
    pub fn stop(mut self) -> Vec<Call> {
        let id = i32::try_from(self.strace.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a process id");
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("strace runs");
        self.strace.wait().expect("strace ends");
        let text = std::fs::read(&self.log).expect("strace has written its log");
        read(&String::from_utf8_lossy(&text), self.below.to_str().expect("a directory of a test"))
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        // An error means that it has ended.
        let _gone = self.strace.kill();
    }
}

/// Reads strace's log; calls that were interrupted by another thread's stand there in two lines.
fn read(log: &str, below: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut unfinished: BTreeMap<&str, usize> = BTreeMap::new();
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let (rest, failed) = (rest.trim_start(), line.contains("(INJECTED)"));
        if rest.starts_with("<... ") {
            if let Some(call) = unfinished.remove(thread).and_then(|place| calls.get_mut(place)) {
                call.failed = failed;
            }
            continue;
        }
        let Some((name, arguments)) = rest.split_once('(') else { continue };
        let path = path_in(arguments, below).unwrap_or_default();
        if rest.contains("<unfinished") {
            unfinished.insert(thread, calls.len());
        }
        calls.push(Call { name: name.to_owned(), path, failed });
    }
    calls
}

/// The last path below the directory that stands in the arguments, as a descriptor's or as a text.
fn path_in(arguments: &str, below: &str) -> Option<String> {
    let before_result = arguments.split(") = ").next()?;
    // The directory itself, or what is below it; not one whose name only begins like it.
    let (at, _) =
        before_result.rmatch_indices(below).find(|(at, _)| before_result[at + below.len()..].starts_with(['/', '>', '"']))?;
    let found = &before_result[at + below.len()..];
    let end = found.find(['>', '"']).unwrap_or(found.len());
    Some(found[..end].trim_start_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_across_threads() {
        let log = "\
7  openat(AT_FDCWD</x>, \"/d/runs/run_01AB/0000000000.mp4\", O_WRONLY|O_CREAT, 0666 <unfinished ...>
8  fsync(5</d/runs>) = 0
7  <... openat resumed>) = -1 EIO (Input/output error) (INJECTED)
8  pwrite64(9</d/runs/run_01AB/0000000000.mp4>, \"a>b\\\"\", 4, 0) = 4
8  write(1</dev/null>, \"x\", 1) = 1
8  linkat(AT_FDCWD, \"/d/a.mp4\", AT_FDCWD, \"/d/b/c2.mp4\", 0) = 0
";
        let calls = read(log, "/d");
        let told: Vec<_> = calls.iter().map(|call| (call.name.as_str(), call.path.as_str(), call.failed)).collect();
        let file = "runs/run_01AB/0000000000.mp4";
        assert_eq!(
            told,
            [
                ("openat", file, true),
                ("fsync", "runs", false),
                ("pwrite64", file, false),
                ("write", "", false),
                ("linkat", "b/c2.mp4", false)
            ]
        );
        assert_eq!(calls[0].kind(), ("openat".to_owned(), "runs/run_#/#.mp4".to_owned()));
    }
}
