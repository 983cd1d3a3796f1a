//! What holds for both readers, with the same cameras.

use std::time::Duration;

use liuhen_media::track::{SampleEntry, Track};
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_recorder::source::SourceError;
use liuhen_tests::camera::{Camera, Spec};
use liuhen_tests::clips::{self, ClipFile, ClipSound};

use crate::watch::{Seen, by, config, go_on, open, watch};

const READERS: [&str; 2] = ["retina", "gstreamer"];

async fn camera(directory: &std::path::Path, clips: &[&ClipFile]) -> Camera {
    let specs = clips.iter().map(|clip| Spec::footage(&clip.name, &clip.path)).collect();
    Camera::start(specs, &directory.join("camera.log")).await.expect("the camera starts")
}

fn kinds(tracks: &[Track]) -> Vec<TrackKind> {
    tracks.iter().map(Track::kind).collect()
}

/// Pictures in another order than shown, and AAC; H.265 and G.711; sound alone: units, times and clock are the camera's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_and_times_are_the_cameras_own() {
    let directory = tempfile::tempdir().unwrap();
    let clip = |name, encoder, sound| clips::brief(directory.path(), name, encoder, sound).unwrap();
    let (avc, hevc) = (clip("avc", Some("libx264"), ClipSound::Aac), clip("hevc", Some("libx265"), ClipSound::Alaw));
    let pickup = clip("pickup", None, ClipSound::Mulaw);
    let camera = camera(directory.path(), &[&avc, &hevc, &pickup]).await;
    let all = READERS.into_iter().flat_map(|reader| [&avc, &hevc, &pickup].map(|clip| the_cameras_own(&camera, reader, clip)));
    // Side by side, for each takes as long as the camera's clip.
    futures_util::future::join_all(all).await;
}

async fn the_cameras_own(camera: &Camera, reader: &str, clip: &ClipFile) {
    let has_picture = clip.name != "pickup";
    let config = config(&camera.url(&clip.name), &by(reader));
    // Beyond the end of the file, where the camera begins anew.
    let enough = |seen: &Seen| {
        let told = seen.clocks.iter().any(|clock| clock.track == 1) || !has_picture && !seen.clocks.is_empty();
        told && if has_picture { seen.pictures() >= 50 } else { seen.sounds() >= 100 }
    };
    let seen = watch(&config, enough).await.unwrap();
    let what = format!("{} by {reader}", clip.name);
    assert_eq!((seen.choice.reader, &seen.end), (reader, &None), "{what}");
    assert_eq!(seen.tracks.len(), 1, "{what}: {:?}", seen.tracks);
    let expected: &[TrackKind] = if has_picture { &[TrackKind::Video, TrackKind::Audio] } else { &[TrackKind::Audio] };
    assert_eq!(kinds(seen.last_tracks()), expected, "{what}");
    tracks_are_right(clip, seen.last_tracks());
    seen.is_the_clip(clip).unwrap_or_else(|error| panic!("{what}: {error:#}"));
    seen.times_are_right().unwrap_or_else(|error| panic!("{what}: {error:#}"));
    assert_eq!((seen.lost(), seen.damaged()), (0, 0), "{what}");
    if has_picture {
        let reordered = seen.of(TrackKind::Video).windows(2).any(|pair| pair[1].unit.pts < pair[0].unit.pts);
        assert_eq!(reordered, !clip.h265, "{what}: frames are sent in another order than shown");
        let keys = seen.of(TrackKind::Video).iter().filter(|unit| unit.unit.sync).count();
        assert!((4..=7).contains(&keys), "{what}: {keys} key frames in 5 s");
    }
    let now = SystemClock.now().as_micros();
    let clock = seen.clocks.last().unwrap();
    assert!((clock.at.as_micros() - now).abs() < 10_000_000, "{what}: {clock:?}, now {now}");
}

fn tracks_are_right(clip: &ClipFile, tracks: &[Track]) {
    for track in tracks {
        match &track.entry {
            SampleEntry::H264 { config, width, height } => {
                assert_eq!((config[0], *width, *height, clip.h265, track.timescale.get()), (1, 320, 180, false, 90_000));
            }
            SampleEntry::H265 { config, width, height } => {
                assert_eq!((config[0], *width, *height, clip.h265, track.timescale.get()), (1, 320, 180, true, 90_000));
            }
            SampleEntry::Aac { sample_rate, channels, .. } => {
                assert_eq!((*sample_rate, *channels, clip.sound), (16_000, 1, ClipSound::Aac));
            }
            SampleEntry::G711 { sample_rate, channels, .. } => {
                assert!(matches!(clip.sound, ClipSound::Alaw | ClipSound::Mulaw));
                assert_eq!((*sample_rate, *channels), (8_000, 1));
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Each reader's times of the same frames are the same, to the tick.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_readers_tell_the_same_steps() {
    let directory = tempfile::tempdir().unwrap();
    let clip = clips::brief(directory.path(), "avc", Some("libx264"), ClipSound::Aac).unwrap();
    let camera = camera(directory.path(), &[&clip]).await;
    let mut steps = Vec::new();
    for reader in READERS {
        let seen = watch(&config(&camera.url("avc"), &by(reader)), |seen| seen.pictures() >= 60).await.unwrap();
        let of = seen.of(TrackKind::Video);
        let first = of.iter().position(|unit| unit.unit.sync && unit.unit.data.len() > 1_000).unwrap();
        // The first key frame of the file may be another one for each: compare what is the same everywhere, the
        // distances of the frames of one second.
        let mut second: Vec<i64> = of[first..first + 10].iter().map(|unit| unit.unit.pts - of[first].unit.pts).collect();
        second.sort_unstable();
        steps.push(second);
    }
    let far = steps[0].iter().zip(&steps[1]).map(|(a, b)| (a - b).abs()).max().unwrap();
    assert!(far <= 900, "retina {:?}, GStreamer {:?}", steps[0], steps[1]);
}

/// A camera whose plug is pulled is noticed at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_dies_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    for reader in READERS {
        let log = directory.path().join(format!("{reader}.log"));
        let mut camera = Camera::start(vec![Spec::synthetic("a", "a")], &log).await.unwrap();
        let mut source = open(&config(&camera.url("a"), &by(reader))).await.unwrap();
        go_on(source.as_mut(), |seen| seen.pictures() >= 5).await;
        camera.cut_off().unwrap();
        let ends = tokio::time::timeout(Duration::from_secs(3), go_on(source.as_mut(), |_| false)).await;
        let end = ends.unwrap_or_else(|_| panic!("{reader} does not notice")).end;
        assert!(matches!(end, Some(SourceError::Closed(_))), "{reader}: {end:?}");
    }
}

/// A camera that hangs is waited for, and whoever waits may go at any time: while connecting too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_hangs_holds_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let camera = Camera::start(vec![Spec::synthetic("a", "a")], &directory.path().join("camera.log")).await.unwrap();
    let mut sources = Vec::new();
    for reader in READERS {
        let mut source = open(&config(&camera.url("a"), &by(reader))).await.unwrap();
        go_on(source.as_mut(), |seen| seen.pictures() >= 5).await;
        sources.push(source);
    }
    camera.hang().unwrap();
    for source in &mut sources {
        // What is under way comes; then nothing does, and the wait ends when we want.
        let waited = tokio::time::timeout(Duration::from_secs(1), go_on(source.as_mut(), |_| false)).await;
        assert!(waited.is_err(), "it did not wait: {waited:?}");
    }
    for reader in READERS {
        let config = config(&camera.url("a"), &by(reader));
        let connecting = tokio::time::timeout(Duration::from_millis(500), open(&config)).await;
        assert!(connecting.is_err(), "{reader} connected to a camera that hangs");
    }
    let began = SystemClock.boot_now();
    drop(sources);
    assert!(SystemClock.boot_now().since(began).as_micros() < 2_000_000, "dropping a source waits for the camera");
    until_no_thread_is_left("gst-down").await;
}

/// Waits until what GStreamer left behind is gone.
async fn until_no_thread_is_left(name: &str) {
    let left = || {
        let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        threads.filter(|thread| std::fs::read_to_string(thread.path().join("comm")).is_ok_and(|comm| comm.trim() == name)).count()
    };
    for _ in 0..500 {
        if left() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} threads {name} are left after 10 s", left());
}
