//! What a camera shows, and under which path: the command line's words and their meaning.
//!
//! In and out: `PATH=footage:FILE` or `PATH=synthetic:key=value;…`, read by [`FromStr`], written by
//! [`Display`](fmt::Display).

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// One stream of a camera program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Path of the stream, without the leading slash.
    pub path: String,
    /// What it shows.
    pub source: Source,
}

/// What a camera shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A room drawn by the program: a pattern, the clock and a label, and a ticking sound.
    Synthetic {
        /// Burnt into the picture.
        label: String,
        /// How the sound is encoded.
        sound: Sound,
        /// Size of the picture.
        size: Size,
        /// Frames a second.
        fps: u32,
        /// Frames from key frame to key frame.
        gop: u32,
    },
    /// A file, played again and again as it was encoded.
    Footage(PathBuf),
}

/// How a synthetic camera's sound is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// No sound.
    None,
    /// G.711 A-law, 8 kHz.
    Alaw,
    /// G.711 µ-law, 8 kHz.
    Mulaw,
    /// AAC, 16 kHz.
    Aac,
}

/// Pixels of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// Words that describe no camera.
#[derive(Debug, thiserror::Error)]
#[error(
    "camera `{text}`: {why}; write PATH=footage:FILE or PATH=synthetic:label=…;sound=none|alaw|mulaw|aac;size=320x240;fps=10;gop=20"
)]
pub struct SpecError {
    text: String,
    why: String,
}

impl Spec {
    /// A small synthetic room with G.711 sound, cheap enough for many on one machine.
    pub fn synthetic(path: &str, label: &str) -> Self {
        let size = Size { width: 320, height: 240 };
        let source = Source::Synthetic { label: label.to_owned(), sound: Sound::Alaw, size, fps: 10, gop: 20 };
        Self { path: path.to_owned(), source }
    }

    /// A file in a loop.
    pub fn footage(path: &str, file: impl Into<PathBuf>) -> Self {
        Self { path: path.to_owned(), source: Source::Footage(file.into()) }
    }
}

impl FromStr for Spec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let fail = |why: &str| SpecError { text: text.to_owned(), why: why.to_owned() };
        let (path, source) = text.split_once('=').ok_or_else(|| fail("no `=` after the path"))?;
        let (kind, rest) = source.split_once(':').ok_or_else(|| fail("no `:` after the kind"))?;
        match kind {
            "footage" => Ok(Self::footage(path, rest)),
            "synthetic" => {
                let mut spec = Self::synthetic(path, path);
                for word in rest.split(';').filter(|word| !word.is_empty()) {
                    let (key, value) = word.split_once('=').ok_or_else(|| fail("a key without `=`"))?;
                    spec.source.set(key, value).ok_or_else(|| fail(&format!("`{key}={value}` is not understood")))?;
                }
                Ok(spec)
            }
            other => Err(fail(&format!("no such kind: `{other}`"))),
        }
    }
}

impl Source {
    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        let Self::Synthetic { label, sound, size, fps, gop } = self else { return None };
        match key {
            "label" => value.clone_into(label),
            "sound" => *sound = Sound::ALL.into_iter().find(|sound| sound.word() == value)?,
            "fps" => *fps = value.parse().ok()?,
            "gop" => *gop = value.parse().ok()?,
            "size" => {
                let (width, height) = value.split_once('x')?;
                *size = Size { width: width.parse().ok()?, height: height.parse().ok()? };
            }
            _ => return None,
        }
        Some(())
    }
}

impl Sound {
    const ALL: [Self; 4] = [Self::None, Self::Alaw, Self::Mulaw, Self::Aac];

    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Alaw => "alaw",
            Self::Mulaw => "mulaw",
            Self::Aac => "aac",
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Footage(file) => write!(f, "{}=footage:{}", self.path, file.display()),
            Source::Synthetic { label, sound, size: Size { width, height }, fps, gop } => {
                let Self { path, .. } = self;
                write!(f, "{path}=synthetic:label={label};sound={};size={width}x{height};fps={fps};gop={gop}", sound.word())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let mut spec = Spec::synthetic("room1", "考场 1 · front");
        for sound in Sound::ALL {
            assert!(spec.source.set("sound", sound.word()).is_some());
            assert_eq!(spec.to_string().parse::<Spec>().expect("reads back"), spec);
        }
        let spec = Spec::footage("a", "/some/file=1.mkv");
        assert_eq!(spec.to_string().parse::<Spec>().expect("reads back"), spec);
    }

    #[test]
    fn rubbish_is_refused() {
        for text in ["", "a", "a=b", "a=film:x", "a=synthetic:size=3", "a=synthetic:colour=red"] {
            assert!(text.parse::<Spec>().is_err(), "{text}");
        }
    }
}
