//! A disk that refuses: single system calls of this very process are made to fail by strace, which follows its
//! threads. What was STORED stays STORED, nothing is written to a file that failed, and the recorder is told.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use liuhen_proto::Span;
use liuhen_proto::wire::ingest::v1::{AckStep, ErrorAction};
use liuhen_proto::world::ManualClock;

use crate::client::Upload;
use crate::footage::{Footage, MORNING, Run};
use crate::world::{World, quick};

/// System calls that fail for as long as it lives. `when=` counts for each thread by itself.
struct Refusing {
    strace: Child,
    /// How many have failed.
    refused: Arc<AtomicUsize>,
}

impl Refusing {
    /// None where there is no strace, or it may not trace us; never under CI.
    fn begin(what: &[&str], only: Option<&Path>) -> Option<Self> {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-p"]).arg(std::process::id().to_string());
        let calls: Vec<_> = what.iter().map(|what| what.split(':').next().unwrap()).collect();
        strace.arg("-e").arg(format!("trace={}", calls.join(",")));
        for what in what {
            strace.arg("-e").arg(format!("inject={what}"));
        }
        if let Some(path) = only {
            strace.arg("-P").arg(path);
        }
        let mut child = match strace.stdin(Stdio::null()).stderr(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => return skipped(&error.to_string()),
        };
        // With -qq it says nothing when it begins; what it traces shows in our own status.
        let traced = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
        };
        while !traced() || !all_threads_traced() {
            if let Some(status) = child.try_wait().unwrap() {
                let said = BufReader::new(child.stderr.take().unwrap()).lines().next().transpose().unwrap();
                return skipped(&format!("strace ended ({status}): {}", said.unwrap_or_default()));
            }
            std::thread::yield_now();
        }
        let (stderr, refused) = (child.stderr.take().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&refused);
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok).filter(|line| line.contains("(INJECTED)")) {
                println!("{line}");
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Some(Self { strace: child, refused })
    }
}

fn all_threads_traced() -> bool {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("status")).ok())
        .all(|status| status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0")))
}

fn skipped<T>(why: &str) -> Option<T> {
    assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "no strace under CI: {why}");
    eprintln!("SKIPPED: a failing disk needs strace and the right to trace: {why}");
    None
}

impl Drop for Refusing {
    fn drop(&mut self) {
        let id = rustix::process::Pid::from_raw(i32::try_from(self.strace.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.strace.wait().unwrap();
    }
}

/// A node whose clock stands, so that nothing but the test lets time pass; and a run of which three fragments are STORED.
async fn stored() -> (World, Arc<ManualClock>, Run, Upload) {
    let clock = Arc::new(ManualClock::at(MORNING));
    let world = World::with(quick(), clock.clone()).await;
    let run = Run::new(world.ours.streams[0], &Footage::new(6, 2_000));
    let mut upload = world.upload().await;
    upload.open(&run).await;
    upload.store(&run, 0..3).await;
    assert!(world.is_healthy());
    (world, clock, run, upload)
}

async fn is_refused(upload: &mut Upload, run: &Run, sequence: u64, why: &str) {
    upload.send(run, sequence).await;
    let error = upload.refused(run, Some(sequence), "unavailable", ErrorAction::Repeat).await;
    assert!(error.message.contains(why), "{}", error.message);
}

/// All is sealed, as so many segments; nothing is left in the journal, and the archive is whole.
async fn ends_well(world: &World, run: &Run, upload: &mut Upload, segments: &[(u64, u64)]) {
    upload.sign(&world.ours, run, 0, 5).await;
    let mut sealed = Vec::new();
    while sealed.len() < segments.len() {
        let next = upload.sealed(run).await;
        sealed.push((next.first_sequence, next.last_sequence));
    }
    sealed.sort_unstable();
    assert_eq!(sealed, segments);
    world.until("the journal is empty", async || world.journal_files().is_empty()).await;
    let report = liuhen_archive::fsck(world.archive(), &mut |_| {}).await.unwrap();
    assert!(report.sound && report.findings.is_empty(), "{report:?}");
}

/// After a failed sync no second one is believed: the file is never written again, what was STORED in it is read back
/// and gets a file of its own, and the run goes on in another.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_ends_the_file_and_not_the_run() {
    let (world, clock, run, mut upload) = stored().await;
    let failed = world.journal_files().remove(0);
    let Some(refusing) = Refusing::begin(&["fdatasync:error=EIO"], None) else { return };
    is_refused(&mut upload, &run, 3, "Input/output error").await;
    assert!(!world.is_healthy());
    let refuses = || world.archive().live.storage_failures();
    world.until("alarms are told of the journal", async || refuses().iter().any(|failure| failure.place == "journal")).await;
    assert!(refuses()[0].why.contains("Input/output error"), "{:?}", refuses());
    let length = failed.metadata().unwrap().len();
    is_refused(&mut upload, &run, 3, "Input/output error").await;
    drop(refusing);
    upload.store(&run, 3..6).await;
    assert!(world.is_healthy());
    world.until("alarms are told that it is over", async || refuses().is_empty()).await;
    assert_eq!(failed.metadata().unwrap().len(), length, "what failed is never written again");
    clock.advance(Span::from_secs(11));
    world.until("what was stored has a file of its own", async || world.journal_files().len() == 3).await;
    ends_well(&world, &run, &mut upload, &[(0, 2), (3, 5)]).await;
}

/// The same, and the node dies before what was STORED has a file of its own, or right after.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_a_failed_sync_loses_nothing() {
    let (mut world, clock, run, mut upload) = stored().await;
    let Some(refusing) = Refusing::begin(&["fdatasync:error=EIO"], None) else { return };
    is_refused(&mut upload, &run, 3, "Input/output error").await;
    drop(refusing);
    // The first copy may have been refused as well; the next is tried ten seconds later.
    clock.advance(Span::from_secs(11));
    world.until("what was stored has a file of its own", async || world.journal_files().len() == 2).await;
    drop(upload);
    world.restart().await;
    let mut upload = world.upload().await;
    let held = upload.open(&run).await;
    assert!(matches!(held.as_slice(), [(0, 2 | 3, AckStep::Stored)]), "{held:?}");
    let next = held[0].1 + 1;
    upload.store(&run, next..6).await;
    ends_well(&world, &run, &mut upload, &[(0, next - 1), (next, 5)]).await;
}

/// A write that fails and is taken back ends the file at its sound end.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_ends_the_file_at_its_sound_end() {
    let (world, _clock, run, mut upload) = stored().await;
    let file = world.journal_files().remove(0);
    let sound = std::fs::read(&file).unwrap();
    let Some(refusing) = Refusing::begin(&["pwrite64:error=ENOSPC"], Some(&file)) else { return };
    is_refused(&mut upload, &run, 3, "No space left").await;
    assert_eq!(std::fs::read(&file).unwrap(), sound);
    upload.store(&run, 3..6).await;
    drop(refusing);
    assert!(world.is_healthy() && world.journal_files().len() == 2);
    ends_well(&world, &run, &mut upload, &[(0, 2), (3, 5)]).await;
}

/// A write that fails and cannot be taken back either.
#[tokio::test(flavor = "multi_thread")]
async fn a_torn_write_is_never_sealed() {
    let (world, _clock, run, mut upload) = stored().await;
    let file = world.journal_files().remove(0);
    // The fragment is written, and its seal is not.
    let refuse = ["pwrite64:error=EIO:when=2", "ftruncate:error=EIO"];
    let Some(refusing) = Refusing::begin(&refuse, Some(&file)) else { return };
    is_refused(&mut upload, &run, 3, "Input/output error").await;
    upload.store(&run, 3..6).await;
    drop(refusing);
    ends_well(&world, &run, &mut upload, &[(0, 2), (3, 5)]).await;
}

/// Steps of sealing fail, the commit of the records among them; when the disk takes them again it is sealed, and the
/// object is there.
#[tokio::test(flavor = "multi_thread")]
async fn sealing_is_tried_again_until_the_disk_takes_it() {
    let steps =
        [("linkat:error=EIO:when=1", 1), ("mkdir:error=ENOSPC:when=1", 1), ("fsync:error=EIO:when=1", 3), ("fsync:error=EIO", 4)];
    for (refused, times) in steps {
        let (world, _clock, run, mut upload) = stored().await;
        upload.store(&run, 3..6).await;
        let Some(refusing) = Refusing::begin(&[refused], None) else { return };
        upload.sign(&world.ours, &run, 0, 5).await;
        world.until("it was refused", async || refusing.refused.load(Ordering::SeqCst) >= times).await;
        drop(refusing);
        upload.sealed(&run).await;
        let report = liuhen_archive::fsck(world.archive(), &mut |_| {}).await.unwrap();
        assert!(report.sound, "{refused}: {report:?}");
        assert!(world.journal_files().is_empty(), "{refused}");
    }
}
