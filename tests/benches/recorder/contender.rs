//! Who records: our recorder in several settings, and FFmpeg.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use liuhen_proto::wire::common::v1::Interval;
use liuhen_tests::program::Program;

use crate::processor::Usage;
use crate::scene::{Scene, text};

/// Length of a file of every contender: each ends one and begins another while it is measured, three times as often
/// as our recorder does by default.
pub(crate) const FILE_SECONDS: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// One who records.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// The most that it may cost, in parts of the peer.
    pub(crate) limit: Option<f64>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Ffmpeg,
    Recorder(Setting),
}

/// How our recorder is set.
#[derive(Debug, Clone, Copy)]
struct Setting {
    reader: &'static str,
    /// Picture and sound are judged, and the viewing streams recorded too.
    whole: bool,
}

/// In the order of their turns.
pub(crate) const CONTENDERS: [Contender; 4] = [
    Contender { name: "ffmpeg -c copy", limit: None, kind: Kind::Ffmpeg },
    Contender {
        name: "recorder, judgement off",
        limit: Some(0.6),
        kind: Kind::Recorder(Setting { reader: "retina", whole: false }),
    },
    Contender { name: "recorder, default", limit: Some(1.0), kind: Kind::Recorder(Setting { reader: "retina", whole: true }) },
    Contender {
        name: "recorder, GStreamer, off",
        limit: None,
        kind: Kind::Recorder(Setting { reader: "gstreamer", whole: false }),
    },
];

/// One who records now.
pub(crate) struct Running {
    programs: Vec<Program>,
    /// Where FFmpeg writes; nothing for the recorder, whose footage is at the server afterwards.
    files: Option<PathBuf>,
}

impl Contender {
    pub(crate) const fn is_peer(&self) -> bool {
        matches!(self.kind, Kind::Ffmpeg)
    }

    /// Starts it, and waits until it has written something of every camera.
    pub(crate) async fn start(&self, scene: &Scene) -> Result<Running> {
        match self.kind {
            Kind::Ffmpeg => ffmpeg(scene).await,
            Kind::Recorder(setting) => recorder(scene, setting).await,
        }
    }
}

async fn ffmpeg(scene: &Scene) -> Result<Running> {
    let files = scene.directory.join("ffmpeg");
    std::fs::create_dir_all(&files).context("make the peer's directory")?;
    let mut programs = Vec::new();
    for (index, camera) in scene.declared.cameras.iter().enumerate() {
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", &camera.url, "-c", "copy", "-f", "segment"]);
        command.args(["-segment_time", &FILE_SECONDS.to_string(), "-segment_format", "mp4", "-reset_timestamps", "1"]);
        command.arg(files.join(format!("{index}-%05d.mp4")));
        programs.push(Program::spawn("ffmpeg", command, &files.join(format!("{index}.log")))?);
    }
    until("ffmpeg begins a file of every camera", || {
        (0..scene.cameras()).all(|index| files.join(format!("{index}-00000.mp4")).exists())
    })
    .await?;
    Ok(Running { programs, files: Some(files) })
}

async fn recorder(scene: &Scene, setting: Setting) -> Result<Running> {
    let directory = scene.directory.join("recorder");
    let file = directory.join("recorder.toml");
    std::fs::write(directory.join("recorder.token"), &scene.declared.recorder_token).context("write the token")?;
    std::fs::write(&file, configuration(scene, setting)?).context("write recorder.toml")?;
    let program = Program::start("liuhen-recorder", &["run", "--config", text(&file)?], &directory.join("recorder.log"))?;
    let runs = directory.join("spool/runs");
    let live = || {
        let entries = std::fs::read_dir(&runs).into_iter().flatten().flatten();
        entries.filter(|run| run.path().join("0000000000.mp4").exists() && !run.path().join("end.json").exists()).count()
    };
    let streams = scene.cameras() * if setting.whole { 2 } else { 1 };
    until("the recorder writes a fragment of every stream", || live() >= streams).await?;
    Ok(Running { programs: vec![program], files: None })
}

fn configuration(scene: &Scene, setting: Setting) -> Result<String> {
    let (site, mut toml) = (&scene.declared, String::new());
    writeln!(toml, "centre = [{:?}]\ntoken_file = \"recorder.token\"", scene.server.address())?;
    writeln!(toml, "recorder_id = {:?}\nsite_id = {:?}", site.recorder_id, site.site_id)?;
    writeln!(toml, "[spool]\ndirectory = \"spool\"\nquota = \"4 GiB\"\nsegment = \"{FILE_SECONDS}s\"")?;
    for camera in &site.cameras {
        writeln!(toml, "[[camera]]\ncamera_id = {:?}\nevidence_stream_id = {:?}", camera.camera_id, camera.stream_id)?;
        writeln!(toml, "name = {:?}\nsource = {:?}\nreader = {:?}", camera.name, camera.url, setting.reader)?;
        match (setting.whole, &camera.viewing_stream_id, &camera.viewing_url) {
            (true, Some(stream), Some(url)) => writeln!(toml, "viewing_stream_id = {stream:?}\nviewing_source = {url:?}")?,
            _ => writeln!(toml, "judge = {{ enabled = false }}")?,
        }
    }
    Ok(toml)
}

async fn until(what: &str, so: impl Fn() -> bool) -> Result<()> {
    let wait = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.with_context(|| format!("never: {what}"))
}

impl Running {
    pub(crate) fn usage(&self) -> Result<Usage> {
        Usage::of(self.programs.iter().map(Program::process))
    }

    /// Stops it; an error where it did not record every camera from `from` to `until`.
    pub(crate) async fn stop_and_look(self, scene: &Scene, from: i64, until: i64) -> Result<()> {
        let stopping = self.programs.into_iter().map(|program| program.stop(PATIENCE));
        for stopped in futures_util::future::join_all(stopping).await {
            stopped?;
        }
        let Some(files) = self.files else { return sealed(scene, from, until).await };
        for camera in 0..scene.cameras() {
            let seconds = seconds(&files, camera)?;
            ensure!(seconds * 1e6 >= (until - from) as f64, "ffmpeg recorded {seconds:.1} s of camera {camera}");
        }
        std::fs::remove_dir_all(&files).context("clear the peer's directory")
    }
}

/// Seconds of a camera that lie in FFmpeg's files.
fn seconds(files: &std::path::Path, camera: usize) -> Result<f64> {
    let mut all = 0.0;
    for entry in std::fs::read_dir(files).context("read the peer's directory")?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{camera}-")) && name.ends_with(".mp4") {
            let path = entry.path();
            let show = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", text(&path)?];
            let duration = String::from_utf8(liuhen_tests::world::run_tool("ffprobe", &show)?).context("ffprobe writes text")?;
            all += duration.trim().parse::<f64>().context("a length")?;
        }
    }
    Ok(all)
}

/// Waits until the server has sealed all of every camera.
async fn sealed(scene: &Scene, from: i64, until: i64) -> Result<()> {
    let mut centre = scene.server.centre().await?;
    let window = Interval { start_us: from, end_us: until };
    for camera in &scene.declared.cameras {
        let covered = async {
            loop {
                let found = centre.segments(&camera.stream_id, window).await?;
                let parts = found.iter().filter_map(|segment| segment.interval);
                let covered: i64 = parts.map(|part| part.end_us.min(until) - part.start_us.max(from)).sum();
                if covered >= until - from - 100_000 {
                    return anyhow::Ok(());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let covered = tokio::time::timeout(PATIENCE, covered).await;
        covered.with_context(|| format!("{} was not recorded and sealed whole", camera.name))??;
    }
    Ok(())
}
