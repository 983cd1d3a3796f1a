//! What the tests of this room share: a recorder in a directory of its own, and a centre that checks.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

pub mod camera;
pub mod centre;
pub mod proxy;

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
    /// Further addresses of the centre.
    pub more_centres: Vec<std::net::SocketAddr>,
    /// Further sections.
    pub sections: String,
    /// Source of each camera, and its other lines.
    pub sources: Vec<(String, String)>,
    pub judged: bool,
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
        Self {
            centre: None,
            more_centres: Vec::new(),
            sections: String::new(),
            sources: Vec::new(),
            judged: false,
            quota,
            segment,
            keep_sealed: false,
            silence,
            keys: "",
        }
    }
}

impl Settings {
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.sources.push((source.into(), String::new()));
        self
    }

    /// Adds a line to the camera that was named last.
    pub fn line(mut self, line: impl AsRef<str>) -> Self {
        let (_, lines) = self.sources.last_mut().unwrap();
        *lines = format!("{lines}{}\n", line.as_ref());
        self
    }

    /// Gives the camera that was named last a viewing stream; its id ends in `B` and the camera's number.
    pub fn viewing(self, source: impl AsRef<str>) -> Self {
        let id = viewing_id(self.sources.len() - 1);
        self.line(format!("viewing_stream_id = \"{id}\"")).line(format!("viewing_source = \"{}\"", source.as_ref()))
    }

    pub fn config(&self, directory: &Path) -> Config {
        let centres: Vec<_> =
            self.centre.iter().chain(&self.more_centres).map(|address| format!("\"http://{address}\"")).collect();
        let centre = format!("centre = [{}]\n", centres.join(", "));
        let mut text = format!(
            "{centre}recorder_id = \"rec_01J9Z0000000000000000000AA\"\nsite_id = \"site_01J9Z0000000000000000000AA\"\n\
             [spool]\ndirectory = \"spool\"\nquota = \"{}\"\nsegment = \"{}\"\nkeep_sealed = {}\n{}\n",
            self.quota, self.segment, self.keep_sealed, self.sections
        );
        for (i, (source, lines)) in self.sources.iter().enumerate() {
            text += &format!(
                "[[camera]]\ncamera_id = \"cam_01J9Z0000000000000000000A{i}\"\n\
                 evidence_stream_id = \"{}\"\nname = \"camera {i}\"\n\
                 source = \"{source}\"\nsilence = \"{}\"\n{}\n{lines}[camera.judge]\nenabled = {}\n",
                evidence_id(i),
                self.silence,
                self.keys,
                self.judged
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

/// The evidence stream of camera number `i`.
pub fn evidence_id(i: usize) -> String {
    format!("str_01J9Z0000000000000000000A{i}")
}

/// The viewing stream of camera number `i`.
pub fn viewing_id(i: usize) -> String {
    format!("str_01J9Z0000000000000000000B{i}")
}

/// Directories of the runs of one stream in the spool, oldest first.
pub fn runs_of(directory: &Path, stream: &str) -> Vec<PathBuf> {
    let of_stream = |run: &PathBuf| std::fs::read_to_string(run.join("run.json")).is_ok_and(|text| text.contains(stream));
    runs(directory).into_iter().filter(of_stream).collect()
}

/// Headers of all fragments of one stream in the spool, oldest first.
pub fn headers_of(directory: &Path, stream: &str) -> Vec<liuhen_proto::fragment::FragmentHeader> {
    let runs = runs_of(directory, stream);
    let files = segments(directory).into_iter().filter(|path| runs.iter().any(|run| path.starts_with(run)));
    files.flat_map(|path| liuhen_media::segment_file::scan(&path).unwrap().unwrap().headers).collect()
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
