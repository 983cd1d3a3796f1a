//! Where a camera's media comes from, as one text: `rtsp://…`, `srt://…`, `file:…` and so on.

mod piped;

use std::path::{Path, PathBuf};

use liuhen_proto::Sha256;
use url::Url;

pub use piped::{Piped, PipedSource};

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Name and password of a camera.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// Where media comes from.
#[derive(Debug, Clone)]
pub enum SourceConfig {
    /// A network camera that speaks RTSP.
    Rtsp(RtspSource),
    /// What GStreamer alone reads.
    Piped(PipedSource),
    /// An MP4 file.
    File(FileSource),
    /// A camera that exists in this program only, for tests and benchmarks.
    Synthetic(SyntheticSource),
}

/// Which of the two readers of RTSP reads a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reader {
    /// retina where it can, else GStreamer; the reason is told.
    #[default]
    Auto,
    /// retina, which costs a sixth.
    Retina,
    /// GStreamer, which speaks more.
    Gstreamer,
}

/// How RTSP's media travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Within the connection: nothing is lost on the way.
    #[default]
    Tcp,
    /// Datagrams, which may be lost.
    Udp,
}

/// An RTSP camera.
#[derive(Debug, Clone)]
pub struct RtspSource {
    /// Its address, without credentials; `rtsps` for TLS.
    pub url: Url,
    /// Name and password where it asks for them.
    pub credentials: Option<Credentials>,
    /// What reads it.
    pub reader: Reader,
    /// How its media travels.
    pub transport: Transport,
    /// With TLS: the certificate that it shows, where no authority vouches for it.
    pub certificate: Option<Sha256>,
}

impl RtspSource {
    /// A camera at this address, everything else as it is without a word in the configuration.
    pub fn new(url: Url) -> Self {
        Self { url, credentials: None, reader: Reader::Auto, transport: Transport::Tcp, certificate: None }
    }
}

/// How fast a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As it was recorded.
    Real,
    /// As fast as the spool takes it.
    Fast,
}

/// An MP4 file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSource {
    /// The file.
    pub path: PathBuf,
    /// How fast.
    pub pace: Pace,
}

/// Sound of a synthetic camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyntheticAudio {
    /// None.
    None,
    /// A tone in G.711 A-law.
    Pcma,
    /// A tone in G.711 µ-law.
    Pcmu,
}

/// A camera that exists in this program only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntheticSource {
    /// Pixels, a multiple of 16.
    pub width: u32,
    /// Pixels, a multiple of 16.
    pub height: u32,
    /// Frames a second; 0 for sound alone.
    pub fps: u32,
    /// Frames from one key frame to the next.
    pub gop: u32,
    /// Sound.
    pub audio: SyntheticAudio,
    /// It ends after so many frames, of sound alone after so many units of 20 ms; nothing for never.
    pub frames: Option<u64>,
    /// How fast.
    pub pace: Pace,
}

impl std::fmt::Display for SourceConfig {
    /// For logs: without credentials and without the query, where some cameras take a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rtsp(rtsp) => {
                let mut url = rtsp.url.clone();
                url.set_query(None);
                url.fmt(f)
            }
            Self::Piped(piped) => piped.fmt(f),
            Self::File(file) => write!(f, "file:{}", file.path.display()),
            Self::Synthetic(s) => write!(f, "synthetic:width={},height={},fps={}", s.width, s.height, s.fps),
        }
    }
}

/// What a source may begin with.
const KINDS: &str = "rtsp://, rtsps://, rtmp://, srt://, v4l2:, gstreamer:, file: or synthetic:";

/// Reads the text; what is wrong with it otherwise. `base` is where relative paths begin.
pub(super) fn parse(text: &str, base: &Path) -> Result<SourceConfig, String> {
    let (scheme, rest) = text.split_once(':').ok_or_else(|| format!("expected one of {KINDS}"))?;
    match scheme {
        "rtsp" | "rtsps" => Ok(SourceConfig::Rtsp(RtspSource::new(address(text)?))),
        "rtmp" | "rtmps" | "srt" | "v4l2" | "gstreamer" => piped::parse(scheme, text, rest).map(SourceConfig::Piped),
        "file" => file(rest, base).map(SourceConfig::File),
        "synthetic" => synthetic(rest).map(SourceConfig::Synthetic),
        _ => Err(format!("a source of kind {scheme:.20?} is not known; expected one of {KINDS}")),
    }
}

/// An address with a host and without credentials.
fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("not an address: {error}"))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("the address names no host".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address holds credentials; write username and password_file instead".into());
    }
    Ok(url)
}

fn file(rest: &str, base: &Path) -> Result<FileSource, String> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let pace = match query {
        "" | "pace=real" => Pace::Real,
        "pace=fast" => Pace::Fast,
        other => return Err(format!("{other:?} is not known; expected pace=real or pace=fast")),
    };
    if path.is_empty() {
        return Err("the path is missing".into());
    }
    Ok(FileSource { path: base.join(path), pace })
}

fn synthetic(rest: &str) -> Result<SyntheticSource, String> {
    let mut source = SyntheticSource {
        width: 320,
        height: 192,
        fps: 25,
        gop: 50,
        audio: SyntheticAudio::None,
        frames: None,
        pace: Pace::Real,
    };
    for pair in rest.split(',').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| format!("{pair:?} is no key=value"))?;
        set(&mut source, key, value)?;
    }
    let in_range = (16..=1920).contains(&source.width) && (16..=1088).contains(&source.height);
    if !in_range || !source.width.is_multiple_of(16) || !source.height.is_multiple_of(16) {
        return Err("width and height are multiples of 16, at most 1920 × 1088".into());
    }
    if !(0..=120).contains(&source.fps) || !(1..=10_000).contains(&source.gop) {
        return Err("fps is 0 to 120, gop 1 to 10000".into());
    }
    if source.fps == 0 && source.audio == SyntheticAudio::None {
        return Err("fps=0 is no picture, so audio=pcma or audio=pcmu is needed".into());
    }
    Ok(source)
}

fn set(source: &mut SyntheticSource, key: &str, value: &str) -> Result<(), String> {
    let number = || value.parse::<u32>().map_err(|_| format!("{key}={value:?} is no whole number"));
    match key {
        "width" => source.width = number()?,
        "height" => source.height = number()?,
        "fps" => source.fps = number()?,
        "gop" => source.gop = number()?,
        "frames" => source.frames = Some(number()?.into()),
        "audio" => {
            source.audio = match value {
                "none" => SyntheticAudio::None,
                "pcma" => SyntheticAudio::Pcma,
                "pcmu" => SyntheticAudio::Pcmu,
                _ => return Err(format!("audio={value:?}: expected none, pcma or pcmu")),
            };
        }
        "pace" => {
            source.pace = match value {
                "real" => Pace::Real,
                "fast" => Pace::Fast,
                _ => return Err(format!("pace={value:?}: expected real or fast")),
            };
        }
        _ => return Err(format!("{key:?} is not known; expected width, height, fps, gop, frames, audio or pace")),
    }
    Ok(())
}
