//! Clips for the cameras of tests, made by FFmpeg: small, and each with what is hard about it.
//!
//! In: a directory. Out: files, and what is true of them. Beside them the real footage that lies next to the
//! project on some machines is found.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::world::run_tool;

/// How the sound of a clip is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClipSound {
    /// There is none.
    None,
    /// AAC.
    Aac,
    /// G.711 A-law.
    Alaw,
    /// G.711 µ-law.
    Mulaw,
    /// Opus.
    Opus,
}

/// A file that a camera can play.
#[derive(Debug, Clone)]
pub struct ClipFile {
    /// Short, and fit for a path.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Whether the pictures are H.265, which Chromium does not play.
    pub h265: bool,
    /// Its sound.
    pub sound: ClipSound,
}

const SECONDS: &str = "16";
/// Length of a clip that is made again for each test.
const BRIEF_SECONDS: &str = "4";

/// B-frames with AAC; variable frame rate; H.265 with a key frame every 8 s; both laws of G.711, all codes; SEI
/// with every picture of those with B-frames.
pub fn make(directory: &Path) -> Result<Vec<ClipFile>> {
    std::fs::create_dir_all(directory).context("make the directory of clips")?;
    // Every code of G.711 in a changing order: neighbours differ, so nothing is smoothed away unseen.
    let codes: Vec<u8> = (0..128_000u32).map(|n| (n.wrapping_mul(167).wrapping_add(n / 256) & 0xff) as u8).collect();
    let raw = directory.join("codes.raw");
    std::fs::write(&raw, codes).context("write the codes of G.711")?;
    let raw = raw.to_str().context("a path of text")?;
    let tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000"];
    let alaw = ["-f", "alaw", "-ar", "8000", "-ac", "1", "-i", raw];
    let mulaw = ["-f", "mulaw", "-ar", "8000", "-ac", "1", "-i", raw];
    // Timing in SEI, with every picture.
    let sei = "nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500";
    let avc = ["-c:v", "libx264", "-preset", "veryfast", "-threads", "1"];
    let bframes = [
        &avc[..],
        &["-bf", "3", "-b_strategy", "0", "-g", "20", "-x264-params", sei, "-c:a", "aac", "-b:a", "48k", "-use_editlist", "0"],
    ]
    .concat();
    let uneven = "select='not(eq(mod(n\\,7)\\,3)+eq(mod(n\\,11)\\,5)+between(mod(n\\,40)\\,20\\,27))'";
    let vfr = [&["-vf", uneven, "-vsync", "vfr"], &avc[..], &["-bf", "0", "-g", "50"]].concat();
    let hevc =
        ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=80:min-keyint=80:bframes=0:pools=1"];
    let plain = [&avc[..], &["-profile:v", "baseline", "-g", "20", "-c:a", "copy"]].concat();
    let clips = [
        Recipe { name: "bframes-aac", extension: "mp4", input: &tone, encode: &bframes, sound: ClipSound::Aac },
        Recipe { name: "vfr-silent", extension: "mp4", input: &[], encode: &vfr, sound: ClipSound::None },
        Recipe { name: "h265-gop8s", extension: "mp4", input: &[], encode: &hevc, sound: ClipSound::None },
        Recipe { name: "alaw", extension: "mkv", input: &alaw, encode: &plain, sound: ClipSound::Alaw },
        Recipe { name: "mulaw", extension: "mkv", input: &mulaw, encode: &plain, sound: ClipSound::Mulaw },
    ];
    clips.iter().map(|clip| clip.cook(directory)).collect()
}

/// A clip of four seconds. Pictures of 10 a second, with a key frame each second, by `encoder`; none without one.
/// All but H.265 have B-frames.
pub fn brief(directory: &Path, name: &str, encoder: Option<&str>, sound: ClipSound) -> Result<ClipFile> {
    let path = directory.join(format!("{name}.mkv"));
    let picture: &[&str] = match encoder {
        None => &[],
        Some("libx265") => {
            &["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=10:bframes=0:pools=1"]
        }
        // Large enough for several packets a frame.
        Some(encoder) => {
            &["-c:v", encoder, "-preset", "veryfast", "-threads", "1", "-bf", "2", "-b_strategy", "0", "-g", "10", "-crf", "4"]
        }
    };
    let heard: &[&str] = match sound {
        ClipSound::None => &[],
        ClipSound::Aac => &["-c:a", "aac", "-ar", "16000", "-b:a", "32k"],
        ClipSound::Opus => &["-c:a", "libopus", "-ar", "48000", "-b:a", "32k"],
        ClipSound::Alaw => &["-c:a", "pcm_alaw", "-ar", "8000"],
        ClipSound::Mulaw => &["-c:a", "pcm_mulaw", "-ar", "8000"],
    };
    let mut arguments = vec!["-v", "error", "-y"];
    if encoder.is_some() {
        arguments.extend(["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10"]);
    }
    if sound != ClipSound::None {
        // A tone that rises all the time, so that no packet is like another.
        arguments.extend(["-f", "lavfi", "-i", "aevalsrc='0.4*sin(2*PI*(200+150*t)*t)':s=48000"]);
    }
    arguments.extend(picture.iter().chain(heard));
    arguments.extend(["-pix_fmt", "yuv420p", "-t", BRIEF_SECONDS, path.to_str().context("a path of text")?]);
    run_tool("ffmpeg", &arguments).with_context(|| format!("make the clip {name}"))?;
    Ok(ClipFile { name: name.to_owned(), path, h265: encoder == Some("libx265"), sound })
}

/// How FFmpeg makes a clip.
struct Recipe<'a> {
    name: &'a str,
    extension: &'a str,
    /// Arguments for the sound.
    input: &'a [&'a str],
    /// Arguments of the encoders.
    encode: &'a [&'a str],
    sound: ClipSound,
}

impl Recipe<'_> {
    fn cook(&self, directory: &Path) -> Result<ClipFile> {
        let path = directory.join(format!("{}.{}", self.name, self.extension));
        let video = ["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10"];
        let end = ["-pix_fmt", "yuv420p", "-t", SECONDS, path.to_str().context("a path of text")?];
        let arguments = [&video[..], self.input, self.encode, &end].concat();
        run_tool("ffmpeg", &arguments).with_context(|| format!("make the clip {}", self.name))?;
        Ok(ClipFile { name: self.name.to_owned(), path, h265: self.name.starts_with("h265"), sound: self.sound })
    }
}

/// The real footage beside the project; none, said loudly, where there is none.
pub fn footage() -> Result<Vec<ClipFile>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/footage/video");
    // A worktree of the project may lie one level deeper.
    let deeper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/footage/video");
    let Some(directory) = [directory, deeper].into_iter().find(|directory| directory.is_dir()) else {
        eprintln!("NO REAL FOOTAGE beside the project: only generated clips are tested here");
        return Ok(Vec::new());
    };
    let entries =
        std::fs::read_dir(&directory).context("read the footage directory")?.filter_map(|entry| Some(entry.ok()?.path()));
    let film = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "mkv" || extension == "mp4");
    let mut paths: Vec<PathBuf> = entries.filter(film).collect();
    paths.sort();
    paths.into_iter().map(probe).collect()
}

fn probe(path: PathBuf) -> Result<ClipFile> {
    let text = path.to_str().context("a path of text")?;
    let codecs = run_tool("ffprobe", &["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", text])?;
    let codecs = String::from_utf8(codecs).context("ffprobe writes text")?;
    let sound = match codecs.lines().nth(1).map(str::trim) {
        Some("aac") => ClipSound::Aac,
        Some("pcm_alaw") => ClipSound::Alaw,
        Some("pcm_mulaw") => ClipSound::Mulaw,
        Some("opus") => ClipSound::Opus,
        _ => ClipSound::None,
    };
    let name = path.file_stem().and_then(|stem| stem.to_str()).context("a file with a name of text")?.to_owned();
    Ok(ClipFile { name, h265: codecs.starts_with("hevc"), path, sound })
}
