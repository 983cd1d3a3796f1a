//! Every system call of the spool fails once, with EIO and with ENOSPC: what it had offered before is there
//! afterwards, for the recorder that goes on and for the next one that opens the directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use liuhen_media::reader::read_fragment;
use liuhen_proto::Sha256;
use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{BootId, RecorderId, RunId, StreamId};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::wire::ingest::v1::EndReason;
use liuhen_proto::world::{Clock as _, OsRandom, SystemClock};
use liuhen_recorder::config::{Config, SpoolConfig};
use liuhen_recorder::cut::{Fragment, RunIds};
use liuhen_recorder::spool::{Spool, Waiting};
use liuhen_tests::faults::{CALLS, Call, Calls, Counts, Failing, note};
use liuhen_tests::uploader::Footage;
use tokio::time::Instant;

/// Fragments of a run; a segment holds two.
const FRAGMENTS: u64 = 5;
/// How long a fragment may take where nothing fails.
const PATIENCE: Duration = Duration::from_secs(20);
/// A run of which nothing was offered for so long was given up.
const GIVEN_UP: Duration = Duration::from_millis(400);

/// What the spool offered, and what it is.
type Offered = BTreeMap<(RunId, u64), Sha256>;

fn config(directory: &Path) -> SpoolConfig {
    let text = "recorder_id = \"rec_01J9Z0000000000000000000AA\"\nsite_id = \"site_01J9Z0000000000000000000AA\"\n\
        [spool]\ndirectory = \"spool\"\nquota = \"1 GiB\"\nsegment = \"2s\"\n\
        [[camera]]\ncamera_id = \"cam_01J9Z0000000000000000000AA\"\nname = \"camera\"\n\
        evidence_stream_id = \"str_01J9Z0000000000000000000AA\"\nsource = \"synthetic:\"\n";
    Config::parse(text, &directory.join("recorder.toml"), &|_| None).unwrap().spool
}

fn open(directory: &Path, key: &SigningKey) -> Arc<Spool> {
    let recorder: RecorderId = "rec_01J9Z0000000000000000000AA".parse().unwrap();
    Spool::open(config(directory), recorder, key.clone(), Arc::new(SystemClock)).unwrap()
}

/// Writes a run as a camera does, fragment by fragment, and notes what is offered. Nothing here is asynchronous: only
/// the spool's own thread makes system calls.
fn write(spool: &Arc<Spool>, stream: StreamId, offered: &mut Offered, patience: Duration) {
    let now = SystemClock.now();
    let mut footage = Footage::new(RunId::mint(now, &OsRandom), stream, BootId::mint(now, &OsRandom), now).unwrap();
    let run = footage.run;
    let intake = spool.intake(stream).unwrap();
    intake.begin(RunIds { run, stream, boot: footage.boot }, footage.init.clone().into());
    for place in 0..FRAGMENTS {
        let bytes = footage.fragment(place).unwrap();
        let header = read_fragment(&bytes).unwrap().header.clone();
        let sha256 = Sha256::of(&bytes);
        if intake.append(Fragment { header, bytes, next_key: None }).is_err() {
            break;
        }
        if is_offered(spool, run, place, patience) {
            offered.insert((run, place), sha256);
        }
    }
    intake.end(EndReason::Stopped);
    // A runtime without a reactor: it wakes nobody by a system call that could fail too.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(intake.close());
}

/// Waits until the fragment is offered. False where that takes so long that the spool must have given the run up, which
/// the next fragment is told.
fn is_offered(spool: &Spool, run: RunId, place: u64, patience: Duration) -> bool {
    let (sequence, signed) = (Sequence::new(place).unwrap(), Sequence::new(u64::from(u32::MAX)).unwrap());
    let began = Instant::now();
    while began.elapsed() < patience {
        match spool.next(run, sequence, signed) {
            Some(Waiting::Fragment { sequence: found, .. }) if found == sequence => return true,
            Some(Waiting::End { .. }) => return false,
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    false
}

/// All that was offered is there, and is what was offered.
fn all_held(spool: &Spool, offered: &Offered, when: &str) {
    for ((run, place), sha256) in offered {
        let bytes = spool.read(*run, Sequence::new(*place).unwrap());
        let bytes = bytes.unwrap_or_else(|error| panic!("{when}: fragment {place} of {run} was offered: {error}"));
        assert_eq!(Sha256::of(&bytes), *sha256, "{when}: fragment {place} of {run}");
    }
}

/// Where an fsync has failed, nobody knows what the disk holds; a second one would say that all is well.
fn left_alone_after_a_failed_sync(calls: &[Call]) {
    for (place, failed) in calls.iter().enumerate().filter(|(_, call)| call.failed && call.name.ends_with("sync")) {
        let again = calls[place + 1..].iter().find(|call| call.name.ends_with("sync") && call.path == failed.path);
        let footage = failed.path.ends_with(".mp4") && !failed.path.ends_with("init.mp4");
        assert!(!footage || again.is_none(), "{} was synced again after its fsync had failed", failed.path);
    }
}

#[test]
fn every_system_call_of_the_spool_may_fail() {
    let directory = tempfile::tempdir().unwrap();
    let (key, log) = (SigningKey::generate(&OsRandom), directory.path().join("strace.log"));
    let stream: StreamId = "str_01J9Z0000000000000000000AA".parse().unwrap();
    let spool = open(directory.path(), &key);
    let below = directory.path().join("spool");
    let process = std::process::id();
    let (mut offered, mut injected) = (Offered::new(), 0);
    let Some(watched) = Calls::attach(process, &below, &log, None) else { return };
    write(&spool, stream, &mut offered, PATIENCE);
    let known: BTreeSet<_> = watched.stop().iter().filter(|call| !call.path.is_empty()).map(Call::kind).collect();
    assert_eq!(offered.len() as u64, FRAGMENTS);
    assert!(known.len() > 10, "{known:#?}");
    for error in ["EIO", "ENOSPC"] {
        let mut failed = BTreeSet::new();
        for &call in CALLS.iter().filter(|name| known.iter().any(|(known, _)| known == *name)) {
            for nth in 1.. {
                let failing = Failing { call, error, nth, only: None };
                let watched = Calls::attach(process, &below, &log, Some(failing)).expect("it went a moment ago");
                write(&spool, stream, &mut offered, GIVEN_UP);
                let calls = watched.stop();
                all_held(&spool, &offered, &format!("after {failing:?}"));
                left_alone_after_a_failed_sync(&calls);
                let count = calls.iter().filter(|call| call.failed).count() as u64;
                if count == 0 {
                    break;
                }
                injected += count;
                failed.extend(calls.iter().filter(|call| call.failed).map(Call::kind));
            }
        }
        let skipped: Vec<_> = known.difference(&failed).collect();
        assert!(skipped.is_empty(), "never failed with {error}: {skipped:#?}");
    }
    drop(spool);
    all_held(&open(directory.path(), &key), &offered, "at the next start");
    let counts = Counts { injected_failures: injected, acknowledged: offered.len() as u64, ..Counts::default() };
    note("every_system_call_of_the_spool_may_fail", counts);
}
