//! Crashes: whatever is killed, whenever, nothing that was promised is lost.

use std::time::Duration;

use liuhen_proto::segment::Manifest;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::common::v1::{Interval, TrackKind};
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use liuhen_tests::camera::Spec;
use liuhen_tests::faults::{Chance, Counts, note};
use liuhen_tests::uploader::{Identity, Uploader};
use liuhen_tests::world::{Plan, Site, digests_right};

const ROUNDS: u32 = 20;
/// What a recorder holds in memory when it is killed: a fragment, and what waits for the disk.
const IN_MEMORY_US: i64 = 3_000_000;

fn now_us() -> i64 {
    SystemClock.now().as_micros()
}

/// A recorder with a camera, and beside it a client that writes every promise down; server, recorder or both are
/// killed twenty times at random moments.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_promised_is_lost_in_twenty_crashes() {
    let chance = Chance::of_the_day();
    let directory = tempfile::tempdir().unwrap();
    let mut site =
        Site::start_over_network(directory.path(), &Plan::one_room([Spec::synthetic("crash", "crash")])).await.unwrap();
    let uploader = uploader(&site).await;
    site.until_watched(Duration::from_secs(30)).await.unwrap();
    let (session, window) = site.session(Duration::from_secs(3), Duration::from_secs(600)).await.unwrap();
    let mut dark: Vec<(i64, i64)> = Vec::new();
    for round in 0..ROUNDS {
        tokio::time::sleep(Duration::from_millis(1_000 + chance.below(3_500))).await;
        let what = chance.below(3);
        println!("round {round}: killing {}", ["the server", "the recorder", "both"][usize::try_from(what).unwrap()]);
        if what != 1 {
            site.server.kill().unwrap();
        }
        if what != 0 {
            site.recorder.kill().unwrap();
            let killed = now_us();
            site.recorder.start().unwrap();
            let back = site.until_watched_after(0, killed, Duration::from_secs(30)).await.unwrap();
            dark.push((killed - IN_MEMORY_US, back + 2_000_000));
        }
        if what != 1 {
            site.server.restart().await.unwrap();
        }
    }
    // Longer than the last darkness lasts, so that the end of what is looked at was recorded.
    tokio::time::sleep(Duration::from_secs(9)).await;
    let until = now_us();
    site.recorder.stop().await.unwrap();
    assert!(uploader.stored() > 50, "only {} fragments were ever promised", uploader.stored());
    let run = uploader.run();
    let promises = uploader.finish(Duration::from_secs(60)).await.unwrap_or_else(|error| panic!("{error:#}\n{}", site.logs()));

    let held = held(&site, &run.to_string()).await;
    let mut acknowledged = 0;
    for (sequence, (sha256, step)) in promises {
        if step >= 2 {
            acknowledged += 1;
            assert_eq!(held.get(&sequence), Some(&sha256), "fragment {sequence} was promised step {step}");
        }
    }
    let stream = site.declared.cameras[0].stream_id.clone();
    let interval = Interval { start_us: window.start_us, end_us: until - 3_000_000 };
    site.until_sealed(&[&stream], interval, Duration::from_secs(60)).await.unwrap();
    let coverage = site.server.centre().await.unwrap().coverage(&session).await.unwrap();
    let video = coverage.viewpoints[0].tracks.iter().find(|track| track.kind() == TrackKind::Video).unwrap();
    let mut lost = Vec::new();
    for start in (interval.start_us..interval.end_us - 1_000_000).step_by(1_000_000) {
        let end = start + 1_000_000;
        let known = dark.iter().any(|(from, to)| start < *to && end > *from);
        let within = |part: &Interval| (part.end_us.min(end) - part.start_us.max(start)).max(0);
        let covered: i64 = video.covered.iter().map(within).sum();
        if !known && covered < 950_000 {
            lost.push((start - window.start_us) / 1_000);
        }
    }
    // What was in memory when the recorder was killed, as far as it was back long enough before.
    let (mut in_memory_us, mut back_us) = (0, window.start_us);
    for &(from, to) in &dark {
        let (from, killed) = (from.max(back_us), from + IN_MEMORY_US);
        let covered = video.covered.iter().map(|part| (part.end_us.min(killed) - part.start_us.max(from)).max(0)).sum::<i64>();
        in_memory_us += (killed - from - covered).max(0);
        back_us = to;
    }
    let outages = dark.len() as u64;
    let dark: Vec<_> = dark.iter().map(|(a, b)| ((a - window.start_us) / 1_000, (b - window.start_us) / 1_000)).collect();
    assert!(lost.is_empty(), "lost seconds (ms of the window) {lost:?}, the recorder was dark in {dark:?}\n{}", site.logs());
    let (clean, report) = site.server.fsck().unwrap();
    assert!(clean, "{report}");
    assert!(site.errors().is_empty(), "{:#?}", site.errors());
    let counts = Counts {
        crashes: ROUNDS.into(),
        seeds: 1,
        acknowledged,
        never_acknowledged_ms: u64::try_from(in_memory_us / 1_000).unwrap(),
        outages,
        ..Counts::default()
    };
    note("nothing_that_was_promised_is_lost_in_twenty_crashes", counts);
}

async fn uploader(site: &Site) -> Uploader {
    let key = SigningKey::generate(&OsRandom);
    let mut centre = site.server.centre().await.unwrap();
    let plan = Plan::one_room([Spec::synthetic("client", "client")]);
    let declared = centre.declare(&plan, key.public().to_bytes().to_vec(), |_| String::new()).await.unwrap();
    let identity = Identity {
        address: site.server.address(),
        token: declared.recorder_token.clone(),
        recorder: declared.recorder_id.parse().unwrap(),
        site: declared.site_id.parse().unwrap(),
        stream: declared.cameras[0].stream_id.parse().unwrap(),
        key,
    };
    Uploader::start(identity).unwrap()
}

/// Digest of each fragment of a run, as the manifests of its objects have it; the objects are checked too.
async fn held(site: &Site, run: &str) -> std::collections::BTreeMap<u64, liuhen_proto::Sha256> {
    let mut held = std::collections::BTreeMap::new();
    let objects = walk(&site.server.data().join("objects"));
    let manifests = objects.iter().filter(|path| path.to_str().is_some_and(|path| path.ends_with(".manifest.json")));
    for path in manifests {
        let manifest = Manifest::from_bytes(&std::fs::read(path).unwrap()).unwrap();
        if manifest.run.to_string() == run {
            let sequences = manifest.first().get()..;
            held.extend(sequences.zip(manifest.fragments.iter().map(|fragment| fragment.sha256)));
        }
    }
    let stream = site.declared.cameras[0].stream_id.clone();
    let interval = Interval { start_us: now_us() - 3_600_000_000, end_us: now_us() };
    for segment in site.server.centre().await.unwrap().segments(&stream, interval).await.unwrap() {
        digests_right(site.server.data(), &segment).unwrap();
    }
    held
}

fn walk(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
