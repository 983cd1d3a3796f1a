//! Which reader `auto` takes, and the reason that it tells.

use std::time::Duration;

use liuhen_media::track::SampleEntry;
use liuhen_proto::fragment::TrackKind;
use liuhen_recorder::source::SourceError;
use liuhen_tests::camera::{Camera, Spec, Wire};
use liuhen_tests::clips::{self, ClipSound};

use crate::watch::{by, config, go_on, open, watch};

/// retina where it can; GStreamer for Opus, which retina does not read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opus_is_read_by_gstreamer_and_the_reason_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let plain = clips::brief(directory.path(), "plain", Some("libx264"), ClipSound::Alaw).unwrap();
    let opus = clips::brief(directory.path(), "opus", Some("libx264"), ClipSound::Opus).unwrap();
    let specs = [&plain, &opus].map(|clip| Spec::footage(&clip.name, &clip.path));
    let camera = Camera::start(specs.to_vec(), &directory.path().join("camera.log")).await.unwrap();
    let seen = watch(&config(&camera.url("plain"), ""), |seen| seen.pictures() > 0).await.unwrap();
    assert_eq!((seen.choice.reader, seen.choice.reason.as_str()), ("retina", "it can, and costs least"));
    let seen = watch(&config(&camera.url("opus"), ""), |seen| seen.pictures() >= 45).await.unwrap();
    assert_eq!(seen.choice.reader, "gstreamer");
    assert!(seen.choice.reason.contains("retina") && seen.choice.reason.contains("opus"), "{}", seen.choice);
    let sound = seen.last_tracks().iter().find(|track| track.kind() == TrackKind::Audio).unwrap();
    assert!(matches!(sound.entry, SampleEntry::Opus { channels: 1, pre_skip: 0, .. }), "{sound:?}");
    seen.is_the_clip(&opus).unwrap();
    seen.times_are_right().unwrap();
    // Who insists on retina hears why it cannot, if there is no picture to go without the sound.
    let error = watch(&config(&camera.url("opus"), &by("retina")), |seen| seen.pictures() > 0).await.unwrap_err();
    assert!(error.to_string().contains("opus"), "{error}");
}

/// A camera that sends datagrams only: found out beforehand by the configuration, or from its answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_of_datagrams_is_read_by_gstreamer() {
    let directory = tempfile::tempdir().unwrap();
    let clip = clips::brief(directory.path(), "clip", Some("libx264"), ClipSound::Alaw).unwrap();
    let (wire, log) = (Wire { udp: true, ..Wire::default() }, directory.path().join("camera.log"));
    let mut camera = Camera::start_on(wire, vec![Spec::footage("clip", &clip.path)], &log).await.unwrap();
    for (keys, reason) in [("transport = \"udp\"", "overtake"), ("", "does not send over TCP")] {
        let seen = watch(&config(&camera.url("clip"), keys), |seen| seen.pictures() >= 45).await.unwrap();
        assert_eq!(seen.choice.reader, "gstreamer");
        assert!(seen.choice.reason.contains(reason), "{}", seen.choice);
        seen.is_the_clip(&clip).unwrap();
        seen.times_are_right().unwrap();
        assert_eq!((seen.lost(), seen.damaged()), (0, 0));
    }
    // Datagrams that no longer come say nothing; the connection that asked for them does.
    let mut source = open(&config(&camera.url("clip"), "transport = \"udp\"")).await.unwrap();
    go_on(source.as_mut(), |seen| seen.pictures() >= 5).await;
    camera.cut_off().unwrap();
    let ends = tokio::time::timeout(Duration::from_secs(4), go_on(source.as_mut(), |_| false)).await;
    assert!(matches!(ends.expect("it is noticed").end, Some(SourceError::Closed(_))));
}

/// What the camera does not have is told in words, by both readers; and nobody asks twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let camera = Camera::start(vec![Spec::synthetic("a", "a")], &directory.path().join("camera.log")).await.unwrap();
    for reader in ["auto", "retina", "gstreamer"] {
        let error = watch(&config(&camera.url("none"), &by(reader)), |_| true).await.unwrap_err();
        assert!(error.to_string().contains("404") && error.to_string().contains("path"), "{reader}: {error}");
        let error = watch(&config("rtsp://127.0.0.1:1/a", &by(reader)), |_| true).await.unwrap_err();
        let said = error.to_string().to_lowercase();
        assert!(matches!(error, SourceError::Unreachable(_)) && said.contains("refused"), "{reader}: {error}");
    }
}
