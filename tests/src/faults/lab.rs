//! A real server, a real recorder with synthetic cameras, and a line between them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use liuhen_proto::ids::StreamId;
use liuhen_proto::world::{Clock as _, SystemClock};

use super::held::Held;
use super::network::{Line, Proxy};
use crate::camera::Spec;
use crate::world::{Declared, Plan, RecorderProgram, Server};

/// They stand; the recorder is started by the test. What is to lie on a disk of its own, the test links there first:
/// `data` and `recorder/spool` in the directory.
#[derive(Debug)]
pub struct Lab {
    /// The centre.
    pub server: Server,
    /// The line to it.
    pub proxy: Proxy,
    /// The recorder.
    pub recorder: RecorderProgram,
    /// Ids.
    pub declared: Declared,
    directory: PathBuf,
}

impl Lab {
    /// Starts server and line, and declares a camera for each source (`synthetic:…`).
    pub async fn start(directory: &Path, sources: &[String], line: Line) -> Result<Self> {
        let server = Server::start(&directory.join("data"), &directory.join("server.log")).await?;
        let centre = server.address().trim_start_matches("http://").parse().context("the server's address")?;
        let proxy = Proxy::start(centre, line).await?;
        let plan =
            Plan::one_room((0..sources.len()).map(|place| Spec::synthetic(&place.to_string(), &format!("camera {place}"))));
        let place_of = |spec: &Spec| spec.path.parse::<usize>().ok().and_then(|place| sources.get(place)).cloned();
        let recorder = directory.join("recorder");
        let public_key = RecorderProgram::make_key(&recorder)?;
        let url = |spec: &Spec| place_of(spec).unwrap_or_default();
        let declared = server.centre().await?.declare(&plan, public_key, url).await.context("declare the site")?;
        let recorder = RecorderProgram::configure(&recorder, &[proxy.address()], &declared)?;
        Ok(Self { server, proxy, recorder, declared, directory: directory.to_owned() })
    }

    /// The same cameras with other sources, from the recorder's next start on.
    pub fn change_sources(&mut self, source: &str) -> Result<()> {
        self.declared.cameras.iter_mut().for_each(|camera| source.clone_into(&mut camera.url));
        RecorderProgram::configure(&self.directory.join("recorder"), &[self.proxy.address()], &self.declared).map(drop)
    }

    /// Evidence streams, in the order of the sources.
    pub fn streams(&self) -> Vec<StreamId> {
        self.declared.cameras.iter().map(|camera| camera.stream_id.parse().expect("the server gives ids")).collect()
    }

    /// Directories of the runs in the spool.
    pub fn runs(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.spool().join("runs")).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    /// The spool's directory.
    pub fn spool(&self) -> PathBuf {
        self.directory.join("recorder").join("spool")
    }

    /// Waits until each camera has a segment in the spool, and gives the time by the wall clock, UTC microseconds.
    pub async fn until_recording(&self, patience: Duration) -> Result<i64> {
        let begun =
            || self.runs().iter().filter(|run| run.join("0000000000.mp4").exists()).count() >= self.declared.cameras.len();
        self.until("every camera is recorded", patience, begun).await?;
        Ok(SystemClock.now().as_micros())
    }

    /// Waits until every camera's run has ended.
    pub async fn until_recorded(&self, patience: Duration) -> Result<()> {
        self.until("every run has ended", patience, || self.runs().iter().all(|run| run.join("end.json").exists())).await
    }

    /// Waits until nothing is left in the spool: the centre has sealed all of it. Gives what the centre holds.
    pub async fn until_sealed(&self, patience: Duration) -> Result<Held> {
        self.until("all is sealed and the spool empty", patience, || self.runs().is_empty()).await?;
        let held = Held::read(self.server.data())?;
        ensure!(held.holes().is_empty(), "runs have holes: {:?}", held.holes());
        Ok(held)
    }

    /// Waits until it is so.
    pub async fn until(&self, what: &str, patience: Duration, mut so: impl FnMut() -> bool) -> Result<()> {
        let wait = async {
            while !so() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(patience, wait).await;
        waited.with_context(|| format!("not so after {patience:?}: {what}\n{}", self.logs()))
    }

    /// `fsck` finds nothing, and nobody logged an error but those that the test names.
    pub fn is_sound(&self, announced: &[&str]) -> Result<()> {
        let (clean, report) = self.server.fsck()?;
        ensure!(clean, "fsck: {report}");
        let logs = [self.server.printed(), self.recorder.printed()];
        let errors = logs.iter().flat_map(|log| log.lines()).filter(|line| line.contains("ERROR"));
        let errors: Vec<_> = errors.filter(|line| !announced.iter().any(|known| line.contains(known))).collect();
        ensure!(errors.is_empty(), "errors in the logs: {errors:#?}");
        Ok(())
    }

    /// The last lines of what server and recorder said.
    pub fn logs(&self) -> String {
        let tail = |text: String| {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(25)..].join("\n")
        };
        format!("-- server --\n{}\n-- recorder --\n{}", tail(self.server.printed()), tail(self.recorder.printed()))
    }
}
