//! Server, recorder and cameras, standing together.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1::{Coverage, WatchCoverageRequest};
use liuhen_proto::world::{Clock as _, SystemClock};
use tokio_stream::StreamExt as _;

use super::centre::Centre;
use super::declared::Declared;
use super::plan::Plan;
use super::recorder::RecorderProgram;
use super::server::Server;
use crate::camera::{Camera, Spec};

/// A running site. Dropping it kills all its programs; its directory belongs to the caller.
#[derive(Debug)]
pub struct Site {
    /// The server.
    pub server: Server,
    /// The recorder.
    pub recorder: RecorderProgram,
    /// In the order of the plan.
    pub cameras: Vec<Camera>,
    /// Ids and addresses.
    pub declared: Declared,
    directory: PathBuf,
}

impl Site {
    /// Starts server and cameras, declares the site, and starts the recorder.
    pub async fn start(directory: &Path, plan: &Plan) -> Result<Self> {
        Self::start_with(directory, plan, Server::start(&directory.join("data"), &directory.join("server.log")).await?).await
    }

    /// The same with a recorder that comes over the network: encrypted, and known by its key.
    pub async fn start_over_network(directory: &Path, plan: &Plan) -> Result<Self> {
        let server = Server::start_for_machines(&directory.join("data"), &directory.join("server.log")).await?;
        Self::start_with(directory, plan, server).await
    }

    /// The same with a server that stands already.
    pub async fn start_with(directory: &Path, plan: &Plan, server: Server) -> Result<Self> {
        let mut cameras = Vec::new();
        for camera in plan.rooms.iter().flat_map(|room| &room.cameras) {
            let log = directory.join(format!("camera-{}.log", camera.spec.path));
            cameras.push(Camera::start(camera.specs(), &log).await?);
        }
        let url = |wanted: &Spec| {
            let plans = plan.rooms.iter().flat_map(|room| &room.cameras);
            let found = plans.zip(&cameras).find(|(plan, _)| plan.specs().iter().any(|spec| spec.path == wanted.path));
            found.map(|(_, camera)| camera.url(&wanted.path)).expect("every camera of the plan was started")
        };
        let recorder = directory.join("recorder");
        let public_key = RecorderProgram::make_key(&recorder)?;
        let declared = server.centre().await?.declare(plan, public_key, url).await.context("declare the site")?;
        let mut recorder = match server.machines() {
            None => RecorderProgram::configure(&recorder, &[server.address()], &declared)?,
            Some(door) => RecorderProgram::configure_for_network(&recorder, door, &declared)?,
        };
        recorder.start()?;
        Ok(Self { server, recorder, cameras, declared, directory: directory.to_owned() })
    }

    /// Waits until the recorder watches every camera.
    pub async fn until_watched(&self, patience: Duration) -> Result<()> {
        let watched = async {
            while self.cameras.iter().any(|camera| camera.playing_since_us().is_none()) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(patience, watched).await {
            Ok(()) => Ok(()),
            Err(_) => bail!("the recorder did not connect to every camera in {patience:?}\n{}", self.logs()),
        }
    }

    /// Waits until the recorder watches a camera that it lost at `after_us`, and gives the moment.
    pub async fn until_watched_after(&self, camera: usize, after_us: i64, patience: Duration) -> Result<i64> {
        let watched = async {
            loop {
                match self.cameras[camera].playing_since_us() {
                    Some(since_us) if since_us > after_us => return since_us,
                    _ => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        let since = tokio::time::timeout(patience, watched).await;
        since.with_context(|| format!("the recorder did not come back to the camera in {patience:?}\n{}", self.logs()))
    }

    /// Declares a session from `lead` from now on, `length` long.
    pub async fn session(&self, lead: Duration, length: Duration) -> Result<(String, Interval)> {
        let micros = |span: Duration| i64::try_from(span.as_micros()).expect("a span of a test");
        let start_us = now_us() + micros(lead);
        let window = Interval { start_us, end_us: start_us + micros(length) };
        let session = self.server.centre().await?.declare_session(&self.declared, window).await.context("declare the session")?;
        Ok((session, window))
    }

    /// Follows a session's coverage until `found` gives something.
    pub async fn until<T>(
        &self,
        session_id: &str,
        patience: Duration,
        what: &str,
        mut found: impl FnMut(&Coverage) -> Option<T>,
    ) -> Result<T> {
        let mut centre = self.server.centre().await?;
        let mut last = None;
        let follow = async {
            let request = WatchCoverageRequest { session_id: session_id.to_owned() };
            let mut board = centre.review.watch_coverage(request).await?.into_inner();
            while let Some(answer) = board.next().await {
                let coverage = answer?.coverage.context("coverage")?;
                if let Some(found) = found(&coverage) {
                    return Ok(found);
                }
                last = Some(coverage);
            }
            bail!("the board ended")
        };
        match tokio::time::timeout(patience, follow).await {
            Ok(result) => result.with_context(|| format!("wait for {what}")),
            Err(_) => bail!("{what} did not come in {patience:?}; last: {last:#?}\n{}", self.logs()),
        }
    }

    /// Waits until segments cover `interval` of every stream, as far as its gaps let them; all is sealed then.
    pub async fn until_sealed(&self, streams: &[&str], interval: Interval, patience: Duration) -> Result<()> {
        let mut centre: Centre = self.server.centre().await?;
        let deadline = now_us() + i64::try_from(patience.as_micros())?;
        for stream in streams {
            loop {
                let segments = centre.segments(stream, interval).await?;
                let end = segments.iter().filter_map(|segment| segment.interval).map(|interval| interval.end_us).max();
                if end.is_some_and(|end| end >= interval.end_us) {
                    break;
                }
                if now_us() > deadline {
                    bail!("{stream} is sealed up to {end:?} of {} after {patience:?}\n{}", interval.end_us, self.logs());
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        Ok(())
    }

    /// Lines that server and recorder logged as errors: a person would have to look.
    pub fn errors(&self) -> Vec<String> {
        let logs = [self.server.printed(), self.recorder.printed()];
        logs.iter().flat_map(|log| log.lines()).filter(|line| line.contains("ERROR")).map(str::to_owned).collect()
    }

    /// The directory of all that the site writes.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The last lines of what server and recorder said, for the report of a failed test.
    pub fn logs(&self) -> String {
        let tail = |text: String| {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(25)..].join("\n")
        };
        format!("-- server --\n{}\n-- recorder --\n{}", tail(self.server.printed()), tail(self.recorder.printed()))
    }
}

/// The wall clock, UTC microseconds.
fn now_us() -> i64 {
    SystemClock.now().as_micros()
}
