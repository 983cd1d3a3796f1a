//! What the site's technician writes: one TOML file.
//!
//! In: the file, and the environment for secrets. Out: a [`Config`] that is known to make sense.
//! - Every refusal names file, key and remedy; a key that is not known is refused.
//! - Secrets are read from files or the environment, and no `Debug` shows them.
//! - Relative paths are relative to the configuration file.

mod file;
mod options;
mod rate;
mod size;
mod source;

use std::path::{Path, PathBuf};
use std::time::Duration;

use liuhen_proto::fragment::TrackKind;
use liuhen_proto::ids::{CameraId, RecorderId, SiteId, StreamId};
use liuhen_proto::{Code, Problem, Sha256};

pub use rate::Rate;
pub use size::Bytes;
pub use source::{
    Credentials, FileSource, Pace, Piped, PipedSource, Reader, RtspSource, Secret, SourceConfig, SyntheticAudio, SyntheticSource,
    Transport,
};

/// The environment variable that holds the recorder's token where `token_file` is not set.
pub const TOKEN_VARIABLE: &str = "LIUHEN_RECORDER_TOKEN";

/// The whole configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Addresses of the centre, tried in order; empty where footage only gathers at the site.
    pub centre: Vec<String>,
    /// By which the centre lets this recorder enrol, and on one machine hand in; nothing where there is no centre.
    pub token: Option<Secret>,
    /// SHA-256 of the public key of the centre's authority; nothing where the centre is on this machine.
    pub centre_pin: Option<Sha256>,
    /// This recorder.
    pub recorder_id: RecorderId,
    /// Where it stands.
    pub site_id: SiteId,
    /// Where footage gathers.
    pub spool: SpoolConfig,
    /// How much of the link footage may take; nothing for all of it.
    pub uplink_limit: Option<Rate>,
    /// Where the status page is served, if anywhere.
    pub status: Option<std::net::SocketAddr>,
    /// When cameras are recorded.
    pub when: When,
    /// What is recorded.
    pub cameras: Vec<CameraConfig>,
}

/// When cameras are recorded: a setting of privacy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// For sessions only, which the centre tells.
    Sessions {
        /// So long before a session's window.
        before: liuhen_proto::Span,
        /// So long after it.
        after: liuhen_proto::Span,
    },
}

/// The spool.
#[derive(Debug, Clone)]
pub struct SpoolConfig {
    /// Its directory; the recorder's key lies there too.
    pub directory: PathBuf,
    /// How much it may take.
    pub quota: Bytes,
    /// Keep sealed footage until its room is needed, instead of deleting it as soon as it is sealed.
    pub keep_sealed: bool,
    /// How long a segment may be.
    pub segment: Duration,
    /// Fragments of one camera that may wait for the disk; beyond it the run ends, the loss is ours.
    pub buffer: Bytes,
}

/// One camera: its evidence stream, and its viewing stream where it has one.
#[derive(Debug, Clone)]
pub struct CameraConfig {
    /// The camera.
    pub camera_id: CameraId,
    /// Its stream of evidence.
    pub stream_id: StreamId,
    /// What people call it.
    pub name: String,
    /// Where the evidence comes from.
    pub source: SourceConfig,
    /// The small stream of the same camera.
    pub viewing: Option<ViewingConfig>,
    /// What it is there for.
    pub carries: Carries,
    /// Whether picture and sound are judged.
    pub judged: bool,
    /// How long a connected camera may say nothing at all; at least three times the longest distance of two frames.
    pub silence: Duration,
}

/// A camera's second stream: small enough to be shown from anywhere, and to be judged.
#[derive(Debug, Clone)]
pub struct ViewingConfig {
    /// Its id.
    pub stream_id: StreamId,
    /// Where it comes from.
    pub source: SourceConfig,
}

/// What a camera is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// Whatever comes.
    Anything,
    /// Both must come.
    PictureAndSound,
    /// Its sound is not recorded.
    Picture,
    /// Its picture is not recorded: a room pickup.
    Sound,
}

impl Carries {
    /// Whether a track of this kind is recorded.
    pub const fn takes(self, kind: TrackKind) -> bool {
        match self {
            Self::Anything | Self::PictureAndSound => true,
            Self::Picture => matches!(kind, TrackKind::Video),
            Self::Sound => matches!(kind, TrackKind::Audio),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file or one that it names cannot be read.
    #[error("{file}: {key}: cannot read {path}: {source}. {remedy}")]
    Read {
        /// The configuration file.
        file: PathBuf,
        /// The key that names the path.
        key: String,
        /// What could not be read.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// Not TOML, or not of this shape.
    #[error("{file}: {message}. Compare with the example in the guide")]
    Form {
        /// The configuration file.
        file: PathBuf,
        /// What the reader says: line, key and what is expected.
        message: String,
    },
    /// A value that cannot be.
    #[error("{file}: {key}: {what}. {remedy}")]
    Value {
        /// The configuration file.
        file: PathBuf,
        /// The key.
        key: String,
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
}

impl ConfigError {
    /// The closed list's code.
    pub const fn code(&self) -> Code {
        match self {
            Self::Read { .. } => Code::NotFound,
            Self::Form { .. } | Self::Value { .. } => Code::InvalidArgument,
        }
    }

    /// For people, in both languages.
    pub fn problem(&self) -> Problem {
        let zh = match self {
            Self::Read { file, key, path, .. } => {
                format!("配置文件 {}：{key} 指向的 {} 无法读取，请检查路径和权限", file.display(), path.display())
            }
            Self::Form { file, message } => format!("配置文件 {} 格式有误：{message}，请对照手册中的示例", file.display()),
            Self::Value { file, key, what, .. } => format!("配置文件 {}：{key} 的值有误（{what}），请改正", file.display()),
        };
        Problem::new(self.code(), self.to_string(), zh)
    }
}

impl Config {
    /// Reads and checks the file, and the secrets that it names.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            file: path.to_owned(),
            key: "(file)".into(),
            path: path.to_owned(),
            source,
            remedy: "Give the path of the recorder's TOML file with --config",
        })?;
        Self::parse(&text, path, &|name| std::env::var(name).ok())
    }

    /// Checks a text as if it stood in the file `path`; `variable` looks the environment up.
    pub fn parse(text: &str, path: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        file::check(text, &file::Context { path, variable })
    }
}
