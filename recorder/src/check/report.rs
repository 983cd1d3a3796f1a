//! What `check` found, for people in Chinese and English and for programs as JSON.

use std::fmt;

use liuhen_proto::ids::{CameraId, StreamId};
use liuhen_proto::judgement::FlagKind;
use serde::Serialize;

use super::{CertificateReport, Seen, advice};
use crate::config::{CameraConfig, SourceConfig};
use crate::trouble::Failure;

/// All cameras.
#[derive(Debug, Serialize)]
pub struct Report {
    /// In the order of the configuration.
    pub cameras: Vec<CameraReport>,
    /// Whether the centre will let us in; nothing where none is called over the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateReport>,
}

/// One camera.
#[derive(Debug, Serialize)]
pub struct CameraReport {
    /// What people call it.
    pub name: String,
    /// The camera.
    pub camera_id: CameraId,
    /// Whether every stream of it can be recorded, with all that it is there for.
    pub ok: bool,
    /// Its stream of evidence.
    #[serde(flatten)]
    pub evidence: StreamReport,
    /// Its stream for viewing, where one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub viewing: Option<StreamReport>,
    /// What could be better.
    pub warnings: Vec<Failure>,
}

/// One stream.
#[derive(Debug, Serialize)]
pub struct StreamReport {
    /// The stream.
    pub stream_id: StreamId,
    /// Its address, without credentials.
    pub source: String,
    /// What read it: `retina`, `gstreamer`, `file` or `synthetic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<&'static str>,
    /// Why that one; empty where there was nothing to choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader_reason: Option<String>,
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
    /// Packets that did not arrive.
    pub lost_packets: u64,
    /// Frames or pieces of sound that are not whole.
    pub damaged_units: u32,
    /// Fragments that were made of it.
    pub fragments: u32,
    /// Bytes that came.
    pub bytes: u64,
    /// What picture and sound are like; nothing from a recorder that was built without judgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
}

/// What picture and sound are like.
#[derive(Debug, Default, Serialize)]
pub struct Preview {
    /// Mean brightness, 0 to 255.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brightness: Option<f64>,
    /// Median loudness, dBFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound_db: Option<f64>,
    /// The loudest moment, dBFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound_peak_db: Option<f64>,
    /// What the detectors flagged, and the worst value in thousandths; told as warnings.
    #[serde(skip)]
    pub flags: Vec<(FlagKind, i64)>,
}

impl Report {
    /// Whether each camera can be recorded.
    pub fn ok(&self) -> bool {
        self.cameras.iter().all(|camera| camera.ok)
    }
}

impl StreamReport {
    pub(super) fn new(stream_id: StreamId, source: &SourceConfig, (choice, seen): Seen) -> Self {
        let (found, error) = match seen {
            Ok(found) => (Some(found), None),
            Err(failure) => (None, Some(failure)),
        };
        let (reader, reader_reason) = choice.map(|choice| (choice.reader, choice.reason)).unzip();
        Self { stream_id, source: source.to_string(), reader, reader_reason, found, error }
    }

    pub(super) fn failed(stream_id: StreamId, source: &SourceConfig, failure: Failure) -> Self {
        Self::new(stream_id, source, (None, Err(failure)))
    }
}

impl CameraReport {
    pub(super) fn new(camera: &CameraConfig, mut evidence: StreamReport, viewing: Option<StreamReport>) -> Self {
        let mut warnings = Vec::new();
        if let Some(found) = &evidence.found {
            warnings = advice::evidence(found, camera.carries);
            let seen = viewing.as_ref().and_then(|viewing| viewing.found.as_ref());
            warnings.extend(advice::together(found, viewing.is_some(), seen));
            evidence.error = advice::missing(found, camera.carries);
        }
        let failed = |stream: &StreamReport| stream.error.is_some();
        let ok = !failed(&evidence) && !viewing.as_ref().is_some_and(failed);
        Self { name: camera.name.clone(), camera_id: camera.camera_id, ok, evidence, viewing, warnings }
    }
}

impl Found {
    /// Of the picture; 0 where there is none.
    pub(super) fn pixels(&self) -> u32 {
        u32::from(self.width.unwrap_or(0)) * u32::from(self.height.unwrap_or(0))
    }

    /// Of the picture.
    pub(super) fn size(&self) -> String {
        format!("{} × {}", self.width.unwrap_or(0), self.height.unwrap_or(0))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cameras.iter().try_for_each(|camera| write!(f, "{camera}"))?;
        self.certificate.iter().try_for_each(|certificate| write!(f, "{certificate}"))
    }
}

impl fmt::Display for CameraReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.ok { "OK 正常" } else { "FAILED 失败" };
        writeln!(f, "{verdict}  {}", self.name)?;
        write!(f, "  evidence 证据流: {}", self.evidence)?;
        if let Some(viewing) = &self.viewing {
            write!(f, "  viewing 查看流: {viewing}")?;
        }
        self.warnings.iter().try_for_each(|warning| write!(f, "{warning}"))
    }
}

impl fmt::Display for StreamReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.source)?;
        if let Some(reader) = self.reader {
            write!(f, "    reader 读取: {reader}")?;
            match self.reader_reason.as_deref() {
                None | Some("") => writeln!(f)?,
                Some(reason) => writeln!(f, " ({reason})")?,
            }
        }
        if let Some(found) = &self.found {
            write!(f, "{found}")?;
        }
        self.error.iter().try_for_each(|error| write!(f, "{error}"))
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.video {
            Some(video) => write!(f, "    video 视频: {video}, {}", self.size())?,
            None => write!(f, "    video 视频: none 无")?,
        }
        match self.frame_rate {
            Some(rate) => writeln!(f, ", {rate:.1} fps")?,
            None => writeln!(f)?,
        }
        if self.video.is_some() {
            match self.key_frame_interval_secs {
                Some(seconds) => writeln!(f, "    key frames 关键帧间隔: {seconds:.1} s")?,
                None => writeln!(f, "    key frames 关键帧: {} in the time of the check 检查期间", self.key_frames)?,
            }
        }
        writeln!(f, "    audio 音频: {}", self.audio.as_deref().unwrap_or("none 无"))?;
        match self.clock_offset_ms {
            Some(ms) => writeln!(f, "    camera clock 摄像机时钟: {:+.3} s", ms as f64 / 1e3)?,
            None => writeln!(f, "    camera clock 摄像机时钟: not told 未提供")?,
        }
        self.preview.iter().try_for_each(|preview| write!(f, "{preview}"))
    }
}

impl fmt::Display for Preview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(brightness) = self.brightness {
            writeln!(f, "    brightness 亮度: {brightness:.0} of 255")?;
        }
        if let (Some(level), Some(peak)) = (self.sound_db, self.sound_peak_db) {
            writeln!(f, "    sound level 音量: {level:.0} dBFS, peak 峰值 {peak:.0} dBFS")?;
        }
        Ok(())
    }
}
