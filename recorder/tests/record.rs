//! From a camera to the spool: what is captured lies there, plays, and says when it was.

mod support;

use liuhen_media::segment_file;
use support::{Settings, ffmpeg_says, segments, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synthetic_camera_is_recorded_and_ffmpeg_plays_it() {
    let directory = tempfile::tempdir().unwrap();
    let camera = "synthetic:fps=25,gop=25,audio=pcma,frames=250,pace=fast";
    let recorder = Settings::default().source(camera).start(directory.path());
    until("the run ends", || !recorder.ends().is_empty()).await;
    assert_eq!(recorder.ends(), ["SOURCE_ENDED"]);
    recorder.stop().await;
    let (mut frames, mut end) = (0, None);
    let segments = segments(directory.path());
    assert!(segments.len() >= 3, "10 s in segments of 4 s");
    for path in segments {
        let found = segment_file::scan(&path).unwrap().unwrap();
        assert_eq!(found.torn_bytes, 0);
        for header in &found.headers {
            let video = &header.tracks[0];
            frames += video.samples;
            assert!(end.is_none_or(|end| video.wall_start == end), "fragments touch in wall time");
            end = Some(video.wall_end);
        }
        assert_eq!(ffmpeg_says(&path), "");
    }
    assert_eq!(frames, 250);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_spool_refuses_what_is_new_and_keeps_what_is_unsealed() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Settings { quota: "1 MiB", ..Settings::default() }
        .source("synthetic:width=640,height=480,fps=25,gop=2,pace=fast,frames=2000")
        .start(directory.path());
    until("the run ends", || !recorder.ends().is_empty()).await;
    assert_eq!(recorder.ends()[0], "DISK_FULL");
    recorder.stop().await;
    let bytes: u64 = segments(directory.path()).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert!(bytes <= 1 << 20 && bytes > 1 << 18, "{bytes}");
}

/// Fragments' digests of what the camera had sent, by track, over all segments.
fn origins(directory: &std::path::Path) -> Vec<liuhen_proto::Sha256> {
    let headers = segments(directory).into_iter().flat_map(|path| segment_file::scan(&path).unwrap().unwrap().headers);
    headers.flat_map(|header| header.tracks).filter_map(|track| Some(track.origin?.sha256)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_segment_file_played_again_gives_the_same_frames_and_sound() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let recorder = Settings { segment: "60s", ..Settings::default() }
        .source("synthetic:fps=25,gop=25,audio=pcma,frames=250,pace=fast")
        .start(first.path());
    until("the run ends", || !recorder.ends().is_empty()).await;
    recorder.stop().await;
    let file = segments(first.path()).remove(0);
    let recorder = Settings { segment: "60s", ..Settings::default() }
        .source(format!("file:{}?pace=fast", file.display()))
        .start(second.path());
    until("the run ends", || !recorder.ends().is_empty()).await;
    recorder.stop().await;
    assert!(!origins(first.path()).is_empty());
    assert_eq!(origins(first.path()), origins(second.path()));
    let samples = |path: &std::path::Path| {
        segment_file::scan(path).unwrap().unwrap().headers.iter().map(|h| h.tracks[0].samples).sum::<u32>()
    };
    assert_eq!(samples(&file), samples(&segments(second.path())[0]));
}
