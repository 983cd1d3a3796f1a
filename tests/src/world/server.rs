//! The server program `liuhen serve`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::centre::Centre;
use crate::program::{Program, built};

/// Where machines call.
#[derive(Debug, Clone, Default)]
pub struct MachinesDoor {
    /// 0 until the first start; kept afterwards.
    port: u16,
    /// SHA-256 of the authority's key.
    pub pin: String,
}

impl MachinesDoor {
    /// `https://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// As the server prints it.
    fn read(printed: &str) -> Option<Self> {
        let (_, after) = printed.split_once("https://127.0.0.1:")?;
        let port = after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()?;
        let (_, after) = after.split_once("centre_sha256 = \"")?;
        Some(Self { port, pin: after.split_once('"')?.0.to_owned() })
    }
}

/// A server with its data directory. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    data: PathBuf,
    log: PathBuf,
    /// 0 until the first start; kept afterwards, so that its callers find it again.
    port: u16,
    program: Option<Program>,
    /// Where machines call, and by what they know the server; nothing where recorders of this machine only are served.
    machines: Option<MachinesDoor>,
    /// What it shares with another server, for each of its commands; and what only `serve` is told.
    shared: Vec<String>,
    more: Vec<String>,
}

impl Server {
    /// Starts a server on this data directory; its log is written to the file `log`.
    pub async fn start(data: &Path, log: &Path) -> Result<Self> {
        Self::start_sharing(data, log, &[], &[]).await
    }

    /// Starts a server that shares something with others: arguments for all of its commands, and more for `serve`.
    pub async fn start_sharing(data: &Path, log: &Path, shared: &[String], more: &[&str]) -> Result<Self> {
        let (shared, more) = (shared.to_vec(), more.iter().map(|&argument| argument.to_owned()).collect());
        let (data, log) = (data.to_owned(), log.to_owned());
        let mut server = Self { data, log, port: 0, program: None, machines: None, shared, more };
        server.restart().await?;
        Ok(server)
    }

    /// Starts a server that takes recorders in over TLS.
    pub async fn start_for_machines(data: &Path, log: &Path) -> Result<Self> {
        let (data, log, machines) = (data.to_owned(), log.to_owned(), Some(MachinesDoor::default()));
        let mut server = Self { data, log, port: 0, program: None, machines, shared: Vec::new(), more: Vec::new() };
        server.restart().await?;
        Ok(server)
    }

    /// Starts it again at the same address, after [`Self::kill`] or [`Self::stop`].
    pub async fn restart(&mut self) -> Result<()> {
        let from = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        let data = self.data.to_str().context("a data directory whose name is text")?;
        let listen = format!("127.0.0.1:{}", self.port);
        let mut args = vec!["serve", "--listen", &listen, "--data", data];
        args.extend(self.shared.iter().chain(&self.more).map(String::as_str));
        let machines = self.machines.as_ref().map(|door| format!("127.0.0.1:{}", door.port));
        args.extend(machines.iter().flat_map(|address| ["--machines", address]));
        let mut program = Program::start("liuhen", &args, &self.log)?;
        let address = program.found(from, Duration::from_secs(60), "the address http://127.0.0.1:PORT", |printed| {
            let (_, after) = printed.split_once("http://127.0.0.1:")?;
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u16>().ok()
        });
        self.port = address.await?;
        if self.machines.is_some() {
            let door = program.found(from, Duration::from_secs(60), "the address for machines", MachinesDoor::read);
            self.machines = Some(door.await?);
        }
        self.program = Some(program);
        Ok(())
    }

    /// Where it listens, `http://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where machines call, where any do.
    pub const fn machines(&self) -> Option<&MachinesDoor> {
        self.machines.as_ref()
    }

    /// Its process id, while it runs.
    pub fn process(&self) -> Option<u32> {
        self.program.as_ref().map(Program::process)
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// All that it has printed.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The administrator's token.
    pub fn token(&self) -> Result<String> {
        let path = self.data.join("admin.token");
        let token = std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        Ok(token.trim().to_owned())
    }

    /// The server as an administrator sees it.
    pub async fn centre(&self) -> Result<Centre> {
        Centre::connect(&self.address(), &self.token()?).await
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        self.program.take().map_or(Ok(()), Program::kill)
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(&mut self) -> Result<()> {
        match self.program.take() {
            Some(program) => program.stop(Duration::from_secs(30)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Runs `liuhen fsck --json`; gives whether it found nothing, and its report.
    pub fn fsck(&self) -> Result<(bool, serde_json::Value)> {
        let mut command = std::process::Command::new(built("liuhen")?);
        command.args(["fsck", "--json"]).args(&self.shared).arg("--data").arg(&self.data);
        let output = command.output().context("run liuhen fsck")?;
        let report = serde_json::from_slice(&output.stdout).with_context(|| {
            let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            format!("fsck ({}) printed no JSON: {out}\n{errors}", output.status)
        })?;
        Ok((output.status.success(), report))
    }

    /// What `liuhen` prints as JSON, asked as the operator; one value for each line.
    pub fn ask(&self, arguments: &[&str]) -> Result<Vec<serde_json::Value>> {
        let printed = self.ask_in_words(&[arguments, &["--json"]].concat())?;
        printed.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
    }

    /// What it prints for people.
    pub fn ask_in_words(&self, arguments: &[&str]) -> Result<String> {
        let mut command = std::process::Command::new(built("liuhen")?);
        command.args(arguments).args(["--server", &self.address(), "--token-file"]);
        let output = command.arg(self.data.join("admin.token")).output().context("run liuhen")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{arguments:?} ended with {}: {errors}", output.status);
        Ok(String::from_utf8(output.stdout)?)
    }
}
