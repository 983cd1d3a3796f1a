//! Starts, watches and kills programs.
//!
//! In: a program's name and arguments. Out: a [`Program`] that is killed when it is dropped.
//! Always: what a program prints is kept in a file, so that a failed test can show it. Children stay in
//! the process group of the test, so that a test runner that gives up kills them too.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// Where a program of the workspace was built: beside the one that runs now.
pub fn built(name: &str) -> Result<PathBuf> {
    let current = std::env::current_exe().context("where this program is")?;
    let places = current.ancestors().skip(1).take(2).map(|directory| directory.join(name));
    places.into_iter().find(|path| path.is_file()).with_context(|| {
        format!("program {name} is not built beside {}; run `cargo build --workspace --bins` first", current.display())
    })
}

/// A running program.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    output: PathBuf,
}

impl Program {
    /// Starts a program of the workspace; what it prints goes to `log`, after what stands there.
    pub fn start<A: AsRef<OsStr>>(name: &str, args: &[A], log: &Path) -> Result<Self> {
        let mut command = Command::new(built(name)?);
        command.args(args);
        Self::spawn(name, command, log)
    }

    /// Starts any program.
    pub fn spawn(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        let output = File::options().create(true).append(true).open(log).with_context(|| format!("open {}", log.display()))?;
        let errors = output.try_clone().context("share the log")?;
        let child = command.stdin(Stdio::piped()).stdout(output).stderr(errors).spawn();
        let child = child.with_context(|| format!("start {name}"))?;
        Ok(Self { name: name.to_owned(), child, output: log.to_owned() })
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// All that it has printed.
    pub fn printed(&self) -> String {
        let mut text = Vec::new();
        let read = File::open(&self.output).and_then(|mut file| file.read_to_end(&mut text));
        read.map(|_| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
    }

    /// Waits for a line that begins with `start`, and gives the rest of it. What its log held before, `from`
    /// bytes, is not looked at.
    pub async fn line(&mut self, start: &str, from: u64, patience: Duration) -> Result<String> {
        let line = |printed: &str| {
            let whole = printed.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            whole.filter_map(|line| line.strip_prefix(start)).next().map(|rest| rest.trim().to_owned())
        };
        self.found(from, patience, start, line).await
    }

    /// Waits until `find` gives something for what was printed after the first `from` bytes of its log.
    pub async fn found<T>(&mut self, from: u64, patience: Duration, what: &str, find: impl Fn(&str) -> Option<T>) -> Result<T> {
        let from = usize::try_from(from).context("a log of this size")?;
        let wait = async {
            loop {
                let printed = self.printed();
                if let Some(found) = printed.get(from..).and_then(&find) {
                    return Ok(found);
                }
                if let Some(status) = self.child.try_wait().context("ask after the program")? {
                    bail!("{} ended ({status}) before it said {what}:\n{}", self.name, tail(&printed));
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(patience, wait).await {
            Ok(found) => found,
            Err(_) => bail!("{} did not say {what} in {patience:?}:\n{}", self.name, tail(&self.printed())),
        }
    }

    /// `kill -STOP`: it lives and does nothing more, until it is killed.
    pub fn hang(&self) -> Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.context("a process id")?, rustix::process::Signal::STOP).context("send SIGSTOP")
    }

    /// `kill -9`: no word of farewell, as in a crash.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill().with_context(|| format!("kill {}", self.name))?;
        self.child.wait().with_context(|| format!("wait for {}", self.name))?;
        Ok(())
    }

    /// Asks it to end (SIGTERM) and waits.
    pub async fn stop(mut self, patience: Duration) -> Result<ExitStatus> {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(id.context("a process id")?, rustix::process::Signal::TERM).context("send SIGTERM")?;
        let ended = tokio::time::timeout(patience, async {
            loop {
                if let Some(status) = self.child.try_wait()? {
                    return Ok::<_, std::io::Error>(status);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        match ended.await {
            Ok(status) => status.with_context(|| format!("wait for {}", self.name)),
            Err(_) => bail!("{} did not end in {patience:?} after SIGTERM:\n{}", self.name, tail(&self.printed())),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
