//! From a camera to the spool: what is captured lies there, plays, and says when it was.

use std::path::{Path, PathBuf};
use std::time::Duration;

use liuhen_media::segment_file;
use liuhen_recorder::config::Config;
use tokio_util::sync::CancellationToken;

fn config(directory: &Path, source: &str) -> Config {
    let text = format!(
        "recorder_id = \"rec_01J9Z0000000000000000000AA\"\nsite_id = \"site_01J9Z0000000000000000000AA\"\n\
         [spool]\ndirectory = \"spool\"\nquota = \"1 GiB\"\nsegment = \"4s\"\n\
         [[camera]]\ncamera_id = \"cam_01J9Z0000000000000000000AA\"\n\
         evidence_stream_id = \"str_01J9Z0000000000000000000AA\"\nname = \"front\"\nsource = \"{source}\"\n"
    );
    Config::parse(&text, &directory.join("recorder.toml"), &|_| None).unwrap()
}

fn segments(directory: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for run in std::fs::read_dir(directory.join("spool/runs")).into_iter().flatten().flatten() {
        for file in std::fs::read_dir(run.path()).into_iter().flatten().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if name.ends_with(".mp4") && name != "init.mp4" {
                all.push(file.path());
            }
        }
    }
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synthetic_camera_is_recorded_and_ffmpeg_plays_it() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path(), "synthetic:fps=25,gop=25,audio=pcma,frames=250,pace=fast");
    let stop = CancellationToken::new();
    let recording = tokio::spawn(liuhen_recorder::run(config, stop.clone()));
    let ended = || {
        std::fs::read_dir(directory.path().join("spool/runs"))
            .is_ok_and(|mut runs| runs.any(|run| run.is_ok_and(|run| run.path().join("end.json").exists())))
    };
    for _ in 0..200 {
        if ended() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.cancel();
    recording.await.unwrap().unwrap();
    let mut frames = 0;
    let mut end = None;
    for path in segments(directory.path()) {
        let found = segment_file::scan(&path).unwrap().unwrap();
        assert_eq!(found.torn_bytes, 0);
        for header in &found.headers {
            let video = &header.tracks[0];
            frames += video.samples;
            if let Some(end) = end {
                assert_eq!(video.wall_start, end);
            }
            end = Some(video.wall_end);
        }
        let output = std::process::Command::new("ffmpeg")
            .args(["-v", "warning", "-i"])
            .arg(&path)
            .args(["-f", "null", "-"])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
    assert_eq!(frames, 250);
}
