//! The spool after a crash: the sound prefix is there, signed, and the run says how it ended.

mod support;

use std::path::Path;

use liuhen_media::segment_file;
use liuhen_proto::segment::SignedRange;
use proptest::prelude::*;
use support::{Settings, ends, runs, segments, until};

/// Records ten seconds, and leaves the directory as a crash would: no end, the last segment unsigned.
async fn crashed(directory: &Path) {
    let recorder =
        Settings::default().source("synthetic:width=64,height=48,fps=25,gop=25,audio=pcmu,frames=250,pace=fast").start(directory);
    until("the run ends", || !recorder.ends().is_empty()).await;
    recorder.stop().await;
    std::fs::remove_file(runs(directory)[0].join("end.json")).unwrap();
    let last = segments(directory).pop().unwrap();
    for extension in ["idx", "range.json"] {
        std::fs::remove_file(last.with_extension(extension)).unwrap();
    }
}

/// Starts a recorder without a camera that answers, and stops it again.
async fn restart(directory: &Path) {
    Settings::default().source("rtsp://127.0.0.1:9/none").start(directory).stop().await;
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { assert!(std::fs::copy(entry.path(), target).is_ok()) }
    }
}

/// Each segment is sound and its signature speaks of exactly what is in it; gives the number of fragments.
fn sound(directory: &Path) -> u64 {
    let mut next = 0;
    for path in segments(directory) {
        let found = segment_file::scan(&path).unwrap().unwrap();
        assert_eq!(found.torn_bytes, 0, "{}", path.display());
        let text = std::fs::read(path.with_extension("range.json")).unwrap();
        let statement = serde_json::from_slice::<SignedRange>(&text).unwrap().verify().unwrap();
        assert_eq!(statement.first.get(), next);
        assert!(found.fragments.iter().map(|fragment| &fragment.sha256).eq(&statement.fragments));
        next += found.fragments.len() as u64;
    }
    next
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn a_torn_tail_costs_no_whole_fragment_wherever_it_is_torn() {
    let (runtime, original) = (runtime(), tempfile::tempdir().unwrap());
    runtime.block_on(crashed(original.path()));
    let last = segments(original.path()).pop().unwrap();
    let whole = segment_file::scan(&last).unwrap().unwrap();
    let before = whole.fragments[0].sequence.get();
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(cut in 0..=whole.size_bytes, garbage in prop::collection::vec(any::<u8>(), 0..2_000))| {
        let directory = tempfile::tempdir().unwrap();
        copy(&original.path().join("spool"), &directory.path().join("spool"));
        let file = segments(directory.path()).pop().unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes.truncate(usize::try_from(cut).unwrap());
        bytes.extend(garbage);
        std::fs::write(&file, bytes).unwrap();
        runtime.block_on(restart(directory.path()));
        let end = |f: &liuhen_proto::index::IndexedFragment| f.offset_bytes + u64::from(f.size_bytes) + segment_file::SEAL_BYTES;
        let expected = whole.fragments.iter().filter(|fragment| end(fragment) <= cut).count() as u64;
        prop_assert_eq!(sound(directory.path()), before + expected);
        prop_assert_eq!(ends(directory.path()), ["RECORDER_CRASHED"]);
    });
}

/// A power cut may leave anything where the beginning of a file should be: that file is set aside, and the rest goes on.
#[test]
fn a_segment_without_a_beginning_is_set_aside_and_recording_goes_on() {
    let (runtime, directory) = (runtime(), tempfile::tempdir().unwrap());
    runtime.block_on(crashed(directory.path()));
    let last = segments(directory.path()).pop().unwrap();
    let before = segment_file::scan(&last).unwrap().unwrap().fragments[0].sequence.get();
    let torn = [&std::fs::read(&last).unwrap()[..10], &[0xf7; 500]].concat();
    std::fs::write(&last, &torn).unwrap();
    runtime.block_on(restart(directory.path()));
    assert_eq!(sound(directory.path()), before);
    let aside: Vec<_> = std::fs::read_dir(directory.path().join("spool/unreadable")).unwrap().flatten().collect();
    assert_eq!(aside.iter().map(|file| std::fs::read(file.path()).unwrap()).collect::<Vec<_>>(), [torn]);
}

#[test]
fn the_index_is_a_cache_and_the_signature_can_be_made_again() {
    let (runtime, directory) = (runtime(), tempfile::tempdir().unwrap());
    runtime.block_on(crashed(directory.path()));
    let files = segments(directory.path());
    std::fs::remove_file(files[0].with_extension("idx")).unwrap();
    std::fs::write(files[1].with_extension("idx"), "rubbish").unwrap();
    std::fs::write(files[1].with_extension("range.json"), "{torn").unwrap();
    runtime.block_on(restart(directory.path()));
    assert_eq!(sound(directory.path()), 10);
    let index = liuhen_proto::index::unpack(&std::fs::read(files[0].with_extension("idx")).unwrap()).unwrap();
    assert_eq!(index, segment_file::scan(&files[0]).unwrap().unwrap().fragments);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_never_began_is_cleared_away_and_footage_without_a_record_is_not() {
    let directory = tempfile::tempdir().unwrap();
    crashed(directory.path()).await;
    let run = runs(directory.path())[0].clone();
    let empty = run.with_file_name("run_01J9Z0000000000000000000AB");
    std::fs::create_dir_all(&empty).unwrap();
    std::fs::write(empty.join("init.mp4"), "torn").unwrap();
    std::fs::remove_file(run.join("run.json")).unwrap();
    restart(directory.path()).await;
    assert_eq!(runs(directory.path()), [run]);
    assert_eq!(segments(directory.path()).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_recorders_cannot_share_a_spool() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings::default().source("synthetic:fps=5");
    let first = settings.start(directory.path());
    until("the first runs", || !segments(directory.path()).is_empty()).await;
    let second = liuhen_recorder::run(settings.config(directory.path()), tokio_util::sync::CancellationToken::new()).await;
    assert!(second.unwrap_err().to_string().contains("another recorder"));
    first.stop().await;
}
