//! Pictures to send: real ones, small, made once.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use liuhen_proto::world::SystemClock;
use liuhen_recorder::config::{Pace, SourceConfig, SyntheticAudio, SyntheticSource};
use liuhen_recorder::source::{self, Event};
use tokio::sync::OnceCell;

use crate::world::run_tool;

/// Pictures from one key frame to the next.
pub(super) const GROUP: usize = 10;

/// NAL units of one group of pictures, and the parameter sets they were encoded with.
#[derive(Debug, Clone)]
pub(super) struct Film {
    pub(super) frames: Vec<Vec<Bytes>>,
    pub(super) sets: Vec<Bytes>,
}

impl Film {
    /// H.264, from the recorder's synthetic camera.
    pub(super) async fn h264() -> Result<&'static Self> {
        static FILM: OnceCell<Film> = OnceCell::const_new();
        FILM.get_or_try_init(synthetic).await
    }

    /// H.265, from x265.
    pub(super) async fn h265() -> Result<&'static Self> {
        static FILM: OnceCell<Film> = OnceCell::const_new();
        FILM.get_or_try_init(|| async { tokio::task::spawn_blocking(x265).await.context("make a film")? }).await
    }
}

async fn synthetic() -> Result<Film> {
    let config = SyntheticSource {
        width: 64,
        height: 64,
        fps: 25,
        gop: GROUP as u32,
        audio: SyntheticAudio::None,
        frames: Some(GROUP as u64),
        pace: Pace::Fast,
    };
    let mut source = source::open(&SourceConfig::Synthetic(config), Arc::new(SystemClock)).await?;
    let mut film = Film { frames: Vec::new(), sets: Vec::new() };
    while let Ok(event) = source.next().await {
        match event {
            Event::Tracks(tracks) => film.sets = avc_sets(&tracks[0].entry)?,
            Event::Unit(unit) => {
                film.frames.push(crate::elementary::split(&unit.unit.data)?.into_iter().map(Bytes::copy_from_slice).collect())
            }
            _ => {}
        }
    }
    ensure!(film.frames.len() == GROUP && film.sets.len() == 2, "the synthetic camera gave no film");
    Ok(film)
}

/// SPS and PPS of an avcC.
fn avc_sets(entry: &liuhen_media::track::SampleEntry) -> Result<Vec<Bytes>> {
    let liuhen_media::track::SampleEntry::H264 { config, .. } = entry else { anyhow::bail!("the synthetic camera sends H.264") };
    let sps = 8 + usize::from(config[7]);
    Ok(vec![config.slice(8..sps), config.slice(sps + 3..)])
}

fn x265() -> Result<Film> {
    let count = GROUP.to_string();
    let keys = format!("log-level=error:keyint={GROUP}:min-keyint={GROUP}:bframes=0:pools=1:info=0");
    let input = ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25", "-frames:v", &count];
    let output = ["-pix_fmt", "yuv420p", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", &keys, "-f", "hevc", "-"];
    let bytes = run_tool("ffmpeg", &[&input[..], &output[..]].concat())?;
    let mut film = Film { frames: Vec::new(), sets: Vec::new() };
    for unit in units(&bytes) {
        match unit[0] >> 1 & 0x3f {
            32..=34 => film.sets.push(Bytes::copy_from_slice(unit)),
            0..=31 => film.frames.push(vec![Bytes::copy_from_slice(unit)]),
            _ => {}
        }
    }
    film.sets.truncate(3);
    ensure!(film.frames.len() == GROUP && film.sets.len() == 3, "x265 gave {} frames", film.frames.len());
    Ok(film)
}

/// The units between start codes.
fn units(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts: Vec<_> = bytes.windows(3).enumerate().filter(|(_, three)| *three == [0, 0, 1]).map(|(at, _)| at + 3).collect();
    let ends = starts.clone().into_iter().skip(1).map(|at| at - 3).chain([bytes.len()]);
    starts.into_iter().zip(ends).map(|(start, end)| {
        let unit = &bytes[start..end];
        // A start code may have a zero before it, and no unit ends with one.
        &unit[..unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)]
    })
}
