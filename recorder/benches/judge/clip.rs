//! Clips with known truth, made by the `ffmpeg` program; and the chance that chooses them.

use std::path::{Path, PathBuf};
use std::process::Command;

use liuhen_proto::Sha256;
use liuhen_proto::judgement::FlagKind;

/// What a clip has wrong, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Incident {
    pub(crate) kind: FlagKind,
    pub(crate) start: f64,
    pub(crate) end: f64,
}

/// How a clip is made, and what is true about it.
#[derive(Debug, Clone)]
pub(crate) struct Clip {
    /// What it shows, for people.
    pub(crate) name: String,
    /// Arguments of `ffmpeg` for each file, without the output; more than one follow each other.
    pub(crate) files: Vec<Vec<String>>,
    /// `mp4` or `alaw`.
    pub(crate) extension: &'static str,
    pub(crate) incidents: Vec<Incident>,
    /// Whether the first key frame is the viewpoint's reference still.
    pub(crate) reference: bool,
}

impl Clip {
    /// Makes the files that are not there yet.
    pub(crate) fn make(&self, dir: &Path) -> Vec<PathBuf> {
        self.files.iter().map(|arguments| make(dir, arguments, self.extension)).collect()
    }
}

/// Runs `ffmpeg`, unless the very same was made before.
pub(crate) fn make(dir: &Path, arguments: &[String], extension: &str) -> PathBuf {
    let name = Sha256::of(arguments.join("\n").as_bytes()).to_string();
    let path = dir.join(format!("{}.{extension}", &name[name.len() - 24..]));
    if path.exists() {
        return path;
    }
    let partial = path.with_extension(format!("{}.{extension}", std::process::id()));
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y", "-filter_threads", "1"]).args(arguments).arg(&partial);
    let output = command.output().expect("ffmpeg is installed (./dev setup)");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ffmpeg {}: {said}", arguments.join(" "));
    std::fs::rename(&partial, &path).expect("the same directory");
    path
}

/// `a b c` as arguments.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Chance that is the same for the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `least` to `most`, in thousandths.
    pub(crate) fn between(&mut self, least: f64, most: f64) -> f64 {
        let part = self.next() as f64 / u64::MAX as f64;
        ((least + (most - least) * part) * 1e3).round() / 1e3
    }

    /// One of them.
    pub(crate) fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[(self.next() % choices.len() as u64) as usize].clone()
    }
}

/// Where real clips lie, if they are beside the project.
pub(crate) fn footage(name: &str) -> Option<String> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let path = above.map(|folder| folder.join("shared/footage").join(name)).find(|path| path.is_file())?;
    Some(path.to_str()?.to_owned())
}

/// Arguments of `ffmpeg`: a chain that ends in `[o]`, encoded.
pub(crate) fn arguments(inputs: &[String], chain: &str, seconds: f64, encoder: &[String]) -> Vec<String> {
    let graph = ["-filter_complex", chain, "-map", "[o]", "-t", &seconds.to_string()].map(str::to_owned);
    [inputs, &graph, encoder].concat()
}
