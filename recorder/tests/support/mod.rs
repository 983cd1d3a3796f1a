//! What the tests of this room share: a recorder in a directory of its own, and a centre that checks.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

pub mod camera;
pub mod centre;

use std::path::{Path, PathBuf};
use std::time::Duration;

use liuhen_recorder::config::Config;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A recorder that runs inside the test.
pub struct Recorder {
    pub directory: PathBuf,
    stop: CancellationToken,
    task: JoinHandle<Result<(), liuhen_recorder::RunError>>,
}

/// Settings of a recorder.
#[derive(Clone)]
pub struct Settings {
    pub centre: Option<std::net::SocketAddr>,
    pub sources: Vec<String>,
    pub quota: &'static str,
    pub segment: &'static str,
    pub keep_sealed: bool,
    pub silence: &'static str,
    /// Further lines of each camera.
    pub keys: &'static str,
}

impl Default for Settings {
    fn default() -> Self {
        let (quota, segment, silence) = ("1 GiB", "4s", "5s");
        Self { centre: None, sources: Vec::new(), quota, segment, keep_sealed: false, silence, keys: "" }
    }
}

impl Settings {
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.sources.push(source.into());
        self
    }

    pub fn config(&self, directory: &Path) -> Config {
        let centre = self.centre.map(|address| format!("centre = [\"http://{address}\"]\n")).unwrap_or_default();
        let mut text = format!(
            "{centre}recorder_id = \"rec_01J9Z0000000000000000000AA\"\nsite_id = \"site_01J9Z0000000000000000000AA\"\n\
             [spool]\ndirectory = \"spool\"\nquota = \"{}\"\nsegment = \"{}\"\nkeep_sealed = {}\n",
            self.quota, self.segment, self.keep_sealed
        );
        for (i, source) in self.sources.iter().enumerate() {
            text += &format!(
                "[[camera]]\ncamera_id = \"cam_01J9Z0000000000000000000A{i}\"\n\
                 evidence_stream_id = \"str_01J9Z0000000000000000000A{i}\"\nname = \"camera {i}\"\n\
                 source = \"{source}\"\nsilence = \"{}\"\n{}\n",
                self.silence, self.keys
            );
        }
        Config::parse(&text, &directory.join("recorder.toml"), &|_| Some("t0ken".into())).unwrap()
    }

    pub fn start(&self, directory: &Path) -> Recorder {
        let stop = CancellationToken::new();
        let task = tokio::spawn(liuhen_recorder::run(self.config(directory), stop.clone()));
        Recorder { directory: directory.to_owned(), stop, task }
    }
}

impl Recorder {
    /// Stops as a person would, and waits for it.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }

    /// Reasons of the runs that have ended, oldest first.
    pub fn ends(&self) -> Vec<String> {
        ends(&self.directory)
    }
}

/// Directories of the runs in the spool, oldest first.
pub fn runs(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory.join("spool/runs")).into_iter().flatten().flatten();
    let mut runs: Vec<_> = entries.map(|entry| entry.path()).collect();
    runs.sort();
    runs
}

/// Reasons of the runs that have ended, oldest first.
pub fn ends(directory: &Path) -> Vec<String> {
    let end = |run: PathBuf| {
        let text = std::fs::read(run.join("end.json")).ok()?;
        let end: serde_json::Value = serde_json::from_slice(&text).ok()?;
        Some(end["reason"].as_str()?.trim_start_matches("END_REASON_").to_owned())
    };
    runs(directory).into_iter().filter_map(end).collect()
}

/// Segment files, oldest first.
pub fn segments(directory: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for run in runs(directory) {
        for file in std::fs::read_dir(run).into_iter().flatten().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if name.ends_with(".mp4") && name != "init.mp4" {
                all.push(file.path());
            }
        }
    }
    all.sort();
    all
}

/// Waits until it is so; fails after a minute.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..3_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

/// What FFmpeg has to say about the file; nothing is good.
pub fn ffmpeg_says(path: &Path) -> String {
    let command = std::process::Command::new("ffmpeg")
        .args(["-v", "warning", "-i"])
        .arg(path)
        .args(["-f", "null", "-"])
        .output()
        .expect("ffmpeg is installed");
    String::from_utf8_lossy(&command.stderr).into_owned()
}
