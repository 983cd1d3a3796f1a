//! Datagrams that are lost are seen, and datagrams that overtake each other are not lost.

use liuhen_proto::fragment::TrackKind;
use liuhen_tests::camera::{Camera, Harm, Relay, Spec, Wire};
use liuhen_tests::clips::{self, ClipFile, ClipSound};

use crate::watch::{Seen, config, watch};

/// Watches a camera across a bad network, until so many pictures came.
async fn across(harm: Harm, pictures: usize) -> (ClipFile, Relay, Seen, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let clip = clips::brief(directory.path(), "clip", Some("libx264"), ClipSound::None).unwrap();
    let (wire, log) = (Wire { udp: true, ..Wire::default() }, directory.path().join("camera.log"));
    let camera = Camera::start_on(wire, vec![Spec::footage("clip", &clip.path)], &log).await.unwrap();
    let relay = Relay::start(camera.address(), harm).await.unwrap();
    let config = config(&relay.url("clip"), "transport = \"udp\"");
    let seen = watch(&config, |seen| seen.pictures() >= pictures).await.unwrap();
    (clip, relay, seen, directory)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_overtakes_is_not_lost() {
    let (clip, relay, seen, _directory) = across(Harm { swap_every: 7, spared: 10, lost_percent: 0 }, 45).await;
    assert!(relay.swapped() >= 20, "only {} of {} were overtaken", relay.swapped(), relay.passed());
    assert_eq!((seen.lost(), seen.damaged()), (0, 0));
    seen.is_the_clip(&clip).unwrap();
    seen.times_are_right().unwrap();
}

/// Of a hundred packets five are lost, some overtake each other: the number is right, and every frame that lacks a
/// piece is marked, or the one after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_is_seen() {
    let (clip, relay, seen, _directory) = across(Harm { lost_percent: 5, swap_every: 11, spared: 10 }, 60).await;
    let (lost, told) = (relay.lost(), seen.lost());
    eprintln!(
        "{lost} of {} packets lost, {told} told, {} of {} frames marked",
        relay.passed() + lost,
        seen.damaged(),
        seen.pictures()
    );
    assert!(lost >= 10, "only {lost} of {} were lost", relay.passed());
    // What was lost at the very end nobody has missed yet.
    assert!(told <= lost && told + 6 >= lost, "{lost} were lost, {told} are told");
    let share = seen.damaged() * 100 / seen.pictures();
    assert!(share >= 5, "{share} % of the frames are marked");
    let sent = liuhen_tests::elementary::nal_units(clip.path.to_str().unwrap(), false).unwrap();
    let mut unmarked = 0;
    let units = seen.of(TrackKind::Video);
    for (n, unit) in units.iter().enumerate() {
        let came = liuhen_tests::elementary::units_of(&unit.unit.data, false).unwrap_or_default();
        let is_whole = !came.is_empty() && came.iter().all(|nal| sent.contains(nal));
        let is_marked = unit.unit.damaged || units.get(n + 1).is_some_and(|next| next.unit.damaged);
        unmarked += usize::from(!is_whole && !is_marked);
    }
    assert_eq!(unmarked, 0, "of {} frames, {} marked", units.len(), seen.damaged());
}
