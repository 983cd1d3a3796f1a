//! Footage in the eyes of FFmpeg.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// What FFmpeg made of a whole file or playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded {
    /// Pictures that came out of the decoder.
    pub frames: u64,
}

/// Runs a tool and gives what it printed; an error shows what it said.
pub fn run_tool<A: AsRef<OsStr>>(tool: &str, args: &[A]) -> Result<Vec<u8>> {
    let output = Command::new(tool).args(args).output().with_context(|| format!("run {tool}; `./dev setup` installs it"))?;
    ensure!(output.status.success(), "{tool} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}

/// Decodes all of a file or address; any word of complaint is an error.
pub fn ffmpeg_decodes(input: &str) -> Result<Decoded> {
    let args = [
        "-hide_banner",
        "-v",
        "error",
        "-xerror",
        "-i",
        input,
        "-map",
        "0",
        "-fps_mode",
        "passthrough",
        "-f",
        "null",
        "-progress",
        "pipe:1",
        "-",
    ];
    let output = Command::new("ffmpeg").args(args).output().context("run ffmpeg; `./dev setup` installs it")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && complaint.trim().is_empty(), "ffmpeg on {input}: {}\n{complaint}", output.status);
    let progress = String::from_utf8_lossy(&output.stdout);
    let frames = progress.lines().rev().find_map(|line| line.strip_prefix("frame=")).and_then(|count| count.trim().parse().ok());
    Ok(Decoded { frames: frames.unwrap_or(0) })
}

/// SHA-256 of each packet of a stream (`v:0`, `a:0`), in the order of the file.
pub fn packet_hashes(input: &str, stream: &str) -> Result<Vec<String>> {
    let entries = ["-show_data_hash", "sha256", "-show_entries", "packet=data_hash", "-of", "csv=p=0"];
    let args = ["-v", "error", "-select_streams", stream].iter().chain(&entries).chain(&[input]).copied().collect::<Vec<_>>();
    let text = String::from_utf8(run_tool("ffprobe", &args)?).context("ffprobe writes text")?;
    Ok(text.lines().map(|line| line.trim().trim_end_matches(',').to_owned()).filter(|line| !line.is_empty()).collect())
}
