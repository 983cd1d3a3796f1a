//! Cameras with two streams, and cameras of which only a part is wanted.

mod support;

use liuhen_proto::fragment::TrackKind;
use support::camera::{Act, Camera};
use support::centre::{Centre, Manners};
use support::{Settings, evidence_id, headers_of, runs, runs_of, until, viewing_id};

/// What kinds of tracks there are in the stream's fragments.
fn kinds(directory: &std::path::Path, stream: &str) -> Vec<TrackKind> {
    let mut kinds = Vec::new();
    for track in headers_of(directory, stream).iter().flat_map(|header| &header.tracks) {
        if !kinds.contains(&track.kind) {
            kinds.push(track.kind);
        }
    }
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pickup_is_recorded_in_fragments_of_two_seconds() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Settings::default().source("synthetic:fps=0,audio=pcma,frames=1000,pace=fast").start(directory.path());
    until("the run ends", || !recorder.ends().is_empty()).await;
    recorder.stop().await;
    let headers = headers_of(directory.path(), &evidence_id(0));
    assert_eq!(headers.len(), 10, "20 s");
    assert!(headers.iter().all(|header| header.tracks.len() == 1 && header.tracks[0].kind == TrackKind::Audio));
    assert!(headers.windows(2).all(|pair| pair[0].tracks[0].wall_end == pair[1].tracks[0].wall_start), "without holes");
    let length = |header: &liuhen_proto::fragment::FragmentHeader| header.tracks[0].interval().span().as_secs_f64();
    assert!(headers.iter().all(|header| (1.5..=2.5).contains(&length(header))), "{:?}", headers.iter().map(length));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_camera_is_not_there_for_is_not_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let camera = "synthetic:fps=25,gop=25,audio=pcma,frames=250,pace=fast";
    let recorder = Settings::default()
        .source(camera)
        .line("carries = \"sound\"")
        .source(camera)
        .line("carries = \"picture\"")
        .source(camera)
        .line("carries = \"picture_and_sound\"")
        .start(directory.path());
    until("the runs end", || recorder.ends().len() == 3).await;
    recorder.stop().await;
    let kinds = |i| kinds(directory.path(), &evidence_id(i));
    assert_eq!(kinds(0), [TrackKind::Audio]);
    assert_eq!(kinds(1), [TrackKind::Video]);
    assert_eq!(kinds(2), [TrackKind::Video, TrackKind::Audio]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pickup_without_sound_is_told_and_not_recorded() {
    let (centre, address) = Centre::start(Manners::default()).await;
    let camera = Camera::start(vec![vec![Act::Frames(50), Act::Silence]]).await;
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { centre: Some(address), ..Settings::default() };
    let recorder = settings.source(camera.url()).line("carries = \"sound\"").start(directory.path());
    let told = |state: &mut support::centre::State| {
        let last = state.statuses.last().and_then(|status| status.streams.first().cloned());
        last.is_some_and(|status| status.detail.contains("no sound") && status.detail.contains("avc1"))
    };
    until("the centre is told", || centre.with(told)).await;
    recorder.stop().await;
    assert!(runs(directory.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewing_stream_that_hangs_harms_no_evidence_and_the_other_way_round() {
    let hangs = Camera::start(vec![vec![Act::Frames(30), Act::Silence]]).await;
    let directory = tempfile::tempdir().unwrap();
    let good = "synthetic:width=64,height=64,fps=25,gop=25";
    let settings = Settings { silence: "1s", ..Settings::default() };
    let settings = settings.source(good).viewing(hangs.url()).source(hangs.url()).viewing(good);
    let recorder = settings.start(directory.path());
    let [evidence, viewing] = [evidence_id(0), viewing_id(1)];
    until("those that hang are tried again", || {
        let again = |stream: &str| runs_of(directory.path(), stream).len() >= 2;
        again(&viewing_id(0)) && again(&evidence_id(1))
    })
    .await;
    recorder.stop().await;
    for stream in [evidence, viewing] {
        assert_eq!(runs_of(directory.path(), &stream).len(), 1, "{stream} has one unbroken run");
        let headers = headers_of(directory.path(), &stream);
        assert!(headers.windows(2).all(|pair| pair[0].tracks[0].wall_end == pair[1].tracks[0].wall_start));
        assert!(headers.iter().map(|header| header.tracks[0].samples).sum::<u32>() >= 25);
    }
}
