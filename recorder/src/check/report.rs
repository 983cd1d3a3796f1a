//! What `check` found, for people in Chinese and English and for programs as JSON.

use std::fmt;

use liuhen_proto::ids::{CameraId, StreamId};
use serde::Serialize;

use crate::config::CameraConfig;
use crate::source::SourceError;

/// All cameras.
#[derive(Debug, Serialize)]
pub struct Report {
    /// In the order of the configuration.
    pub cameras: Vec<CameraReport>,
}

/// One camera.
#[derive(Debug, Serialize)]
pub struct CameraReport {
    /// What people call it.
    pub name: String,
    /// The camera.
    pub camera_id: CameraId,
    /// Its stream of evidence.
    pub stream_id: StreamId,
    /// Its address, without credentials.
    pub source: String,
    /// Whether it can be recorded.
    pub ok: bool,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Found {
    /// Codec of the picture.
    pub video: Option<String>,
    /// Pixels.
    pub width: Option<u16>,
    /// Pixels.
    pub height: Option<u16>,
    /// Frames a second, as they came.
    pub frame_rate: Option<f64>,
    /// The longest distance of two key frames; nothing where fewer than two came.
    pub key_frame_interval_secs: Option<f64>,
    /// Key frames that came.
    pub key_frames: u32,
    /// Codec of the sound.
    pub audio: Option<String>,
    /// The camera's clock minus ours, where it tells its time.
    pub clock_offset_ms: Option<i64>,
    /// Fragments that were made of it.
    pub fragments: u32,
    /// Bytes that came.
    pub bytes: u64,
}

/// What went wrong.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// What kind of trouble.
    pub trouble: Trouble,
    /// What happened.
    pub what: String,
    /// What to do next.
    pub next_step: &'static str,
    /// The same in Chinese.
    pub next_step_zh: &'static str,
}

/// Kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It does not answer, or refuses.
    Unreachable,
    /// It is connected and sends nothing.
    Silent,
    /// What it sends cannot be recorded.
    Unreadable,
}

impl Trouble {
    pub(super) const fn of(error: &SourceError) -> Self {
        match error {
            SourceError::Unreachable(_) | SourceError::Refused(..) | SourceError::Closed(_) | SourceError::Ended => {
                Self::Unreachable
            }
            SourceError::Invalid(_) => Self::Unreadable,
        }
    }

    const fn next_step(self) -> (&'static str, &'static str) {
        match self {
            Self::Unreachable => (
                "check cable, address, port, username and password; try the same address in a player",
                "请检查网线、地址、端口、用户名和密码，并用播放器打开同一地址试一试",
            ),
            Self::Silent => {
                ("check in the camera's own page that the stream is switched on", "请在摄像机自带的网页上确认该码流已开启")
            }
            Self::Unreadable => (
                "set the camera to H.264 or H.265, and AAC or G.711, and update its firmware",
                "请将摄像机设为 H.264 或 H.265 视频、AAC 或 G.711 音频，并更新固件",
            ),
        }
    }
}

impl Report {
    /// Whether each camera can be recorded.
    pub fn ok(&self) -> bool {
        self.cameras.iter().all(|camera| camera.ok)
    }
}

impl CameraReport {
    fn new(camera: &CameraConfig, found: Option<Found>, error: Option<Failure>) -> Self {
        Self {
            name: camera.name.clone(),
            camera_id: camera.camera_id,
            stream_id: camera.stream_id,
            source: camera.source.to_string(),
            ok: error.is_none(),
            found,
            error,
        }
    }

    pub(super) fn recorded(camera: &CameraConfig, found: Found) -> Self {
        Self::new(camera, Some(found), None)
    }

    pub(super) fn failed(camera: &CameraConfig, trouble: Trouble, what: String) -> Self {
        let (next_step, next_step_zh) = trouble.next_step();
        Self::new(camera, None, Some(Failure { trouble, what, next_step, next_step_zh }))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cameras.iter().try_for_each(|camera| write!(f, "{camera}"))
    }
}

impl fmt::Display for CameraReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.ok { "OK 正常" } else { "FAILED 失败" };
        writeln!(f, "{verdict}  {}  {}", self.name, self.source)?;
        if let Some(found) = &self.found {
            write!(f, "{found}")?;
        }
        if let Some(error) = &self.error {
            writeln!(f, "  what happened 原因: {}", error.what)?;
            writeln!(f, "  next step: {}", error.next_step)?;
            writeln!(f, "  下一步：{}", error.next_step_zh)?;
        }
        Ok(())
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.video, self.width, self.height) {
            (Some(video), Some(width), Some(height)) => write!(f, "  video 视频: {video}, {width} × {height}")?,
            _ => write!(f, "  video 视频: none 无")?,
        }
        match self.frame_rate {
            Some(rate) => writeln!(f, ", {rate:.1} fps")?,
            None => writeln!(f)?,
        }
        if self.video.is_some() {
            match self.key_frame_interval_secs {
                Some(seconds) => writeln!(f, "  key frames 关键帧间隔: {seconds:.1} s")?,
                None => writeln!(f, "  key frames 关键帧: {} in the time of the check 检查期间", self.key_frames)?,
            }
        }
        writeln!(f, "  audio 音频: {}", self.audio.as_deref().unwrap_or("none 无"))?;
        match self.clock_offset_ms {
            Some(ms) => writeln!(f, "  camera clock 摄像机时钟: {:+.3} s", ms as f64 / 1e3),
            None => writeln!(f, "  camera clock 摄像机时钟: not told 未提供"),
        }
    }
}
