//! What all contenders share: the clip, the cameras, the server, and the site that is declared there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_tests::camera::{Camera, Spec};
use liuhen_tests::world::{CameraPlan, Declared, Plan, RecorderProgram, Server, run_tool};

use crate::processor::cpu_seconds;

/// Cameras and a server that run.
pub(crate) struct Scene {
    pub(crate) directory: PathBuf,
    pub(crate) server: Server,
    pub(crate) declared: Declared,
    camera: Camera,
    clip: String,
    asked_cpu_seconds: f64,
}

impl Scene {
    /// Encodes the clip, starts cameras and server, and declares the site.
    pub(crate) async fn start(directory: &Path, cameras: usize) -> Result<Self> {
        let (clip, small) = (directory.join("evidence.mp4"), directory.join("viewing.mp4"));
        encode(&clip, "1920x1080", 2_000)?;
        encode(&small, "640x360", 384)?;
        let mut plan = Plan::one_room((0..cameras).map(|camera| Spec::footage(&format!("evidence{camera}"), &clip)));
        for (number, camera) in plan.rooms.iter_mut().flat_map(|room| &mut room.cameras).enumerate() {
            camera.viewing = Some(Spec::footage(&format!("viewing{number}"), &small));
        }
        let specs = plan.rooms.iter().flat_map(|room| &room.cameras).flat_map(CameraPlan::specs).collect();
        let camera = Camera::start(specs, &directory.join("camera.log")).await?;
        let server = Server::start(&directory.join("data"), &directory.join("server.log")).await?;
        let public_key = RecorderProgram::make_key(&directory.join("recorder"))?;
        let declared = server.centre().await?.declare(&plan, public_key, |spec| camera.url(&spec.path)).await?;
        let clip = format!("{}; for viewing {}", described(&clip)?, described(&small)?);
        Ok(Self { directory: directory.to_owned(), server, declared, camera, clip, asked_cpu_seconds: 0.0 })
    }

    /// What the cameras send.
    pub(crate) fn clip(&self) -> &str {
        &self.clip
    }

    pub(crate) fn cameras(&self) -> usize {
        self.declared.cameras.len()
    }

    /// Processor time of cameras and server since this was last asked.
    pub(crate) fn cpu_seconds_since_asked(&mut self) -> Result<f64> {
        let processes = [self.camera.process(), self.server.process()];
        let now = processes.into_iter().flatten().map(cpu_seconds).sum::<Result<f64>>()?;
        Ok(now - std::mem::replace(&mut self.asked_cpu_seconds, now))
    }
}

/// Twenty seconds of a moving picture with noise, a key frame every two seconds.
fn encode(file: &Path, size: &str, kbit: u32) -> Result<()> {
    let picture = format!("testsrc2=size={size}:rate=25,noise=alls=6:allf=t");
    let rate = [format!("{kbit}k"), format!("{}k", kbit * 2)];
    let input = ["-v", "error", "-f", "lavfi", "-i", &picture, "-t", "20", "-pix_fmt", "yuv420p"];
    let codec = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-sc_threshold", "0", "-bf", "0"];
    let rate = ["-b:v", &rate[0], "-maxrate", &rate[0], "-bufsize", &rate[1], "-y", text(file)?];
    run_tool("ffmpeg", &[&input[..], &codec, &rate].concat()).context("encode the clip")?;
    Ok(())
}

fn described(file: &Path) -> Result<String> {
    let entries = ["-show_entries", "stream=codec_name,width,height,r_frame_rate,bit_rate", "-of", "csv=p=0"];
    let found = run_tool("ffprobe", &[&["-v", "error"], &entries[..], &[text(file)?]].concat())?;
    let found = String::from_utf8(found).context("ffprobe writes text")?;
    let fields: Vec<&str> = found.trim().split(',').collect();
    let [codec, width, height, rate, bits] = fields[..] else { anyhow::bail!("ffprobe said {found:?}") };
    let megabits = bits.parse::<f64>().context("a bit rate")? / 1e6;
    Ok(format!("{codec} {width} × {height}, {} fps, {megabits:.2} Mbit/s", rate.trim_end_matches("/1")))
}

pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path of text")
}

/// The wall clock, UTC microseconds.
pub(crate) fn now_us() -> i64 {
    SystemClock.now().as_micros()
}
