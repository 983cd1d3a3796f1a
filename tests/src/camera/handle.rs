//! A camera program from outside: started, cut off, started again at the same address.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::spec::Spec;
use super::wire::Wire;
use crate::program::Program;

/// A camera program. Dropping it kills it.
#[derive(Debug)]
pub struct Camera {
    specs: Vec<Spec>,
    wire: Wire,
    port: u16,
    log: PathBuf,
    program: Option<Program>,
}

impl Camera {
    /// Starts a program that serves these streams, at a port that the system chooses.
    pub async fn start(specs: Vec<Spec>, log: &Path) -> Result<Self> {
        Self::start_on(Wire::default(), specs, log).await
    }

    /// The same, spoken with in another way.
    pub async fn start_on(wire: Wire, specs: Vec<Spec>, log: &Path) -> Result<Self> {
        let mut camera = Self { specs, wire, port: 0, log: log.to_owned(), program: None };
        camera.restore().await?;
        Ok(camera)
    }

    /// Address of one of its streams.
    pub fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}/{path}", self.wire.scheme(), self.port)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Lets it hang, connected and without a word; `kill -STOP`.
    pub fn hang(&self) -> Result<()> {
        self.program.as_ref().context("the camera runs")?.hang()
    }

    /// Cuts the camera off at once, as when its plug is pulled.
    pub fn cut_off(&mut self) -> Result<()> {
        self.program.take().map_or(Ok(()), Program::kill)
    }

    /// Starts it again at the same address. Nothing happens where it runs.
    pub async fn restore(&mut self) -> Result<()> {
        if self.program.is_some() {
            return Ok(());
        }
        let from = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        let mut args = vec![format!("--port={}", self.port)];
        args.extend(self.wire.args());
        args.extend(self.specs.iter().map(Spec::to_string));
        let mut program = Program::start("liuhen-camera", &args, &self.log)?;
        let port = program.line("READY port=", from, Duration::from_secs(30)).await?;
        self.port = port.parse().context("the camera's port")?;
        self.program = Some(program);
        Ok(())
    }

    /// Its process id, while it runs.
    pub fn process(&self) -> Option<u32> {
        self.program.as_ref().map(Program::process)
    }

    /// When somebody last began to watch it: UTC microseconds by this machine's clock.
    pub fn playing_since_us(&self) -> Option<i64> {
        let log = std::fs::read_to_string(&self.log).ok()?;
        let last = log.lines().rev().find(|line| line.starts_with("PLAYING "))?;
        last.rsplit_once("at_us=")?.1.trim().parse().ok()
    }
}
