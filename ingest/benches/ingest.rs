//! What ingest costs, beside what the same bytes cost `openssl` and the disk; design.md section 11 says
//! what it may.
//!
//! 1. In three rounds, ours and the peer in turn: sixteen runs of 2 Mbit/s fragments, as fast as they go, through the real gRPC service to SEALED on
//!    SQLite and a directory. Ours is the processor time of the node's own threads; the peer's is that of
//!    `openssl dgst -sha256` over the same bytes and of writing them with as many fsyncs. Limit: 70 %.
//!    Ours digests every byte twice, in its fragment and in its object, which alone is more than half of
//!    its processor time; so the peer with both levels is printed as well.
//! 2. Sixteen cameras, live but four times as fast: from sending a fragment to STORED, p99, beside the
//!    disk's own write + fsync at the same pace. Limit: three times, and 100 ms.
//!
//! `./dev bench ingest [seconds of footage a camera]`. Prints ours, the peer and the limit; exits 1 beyond it.

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/ingest/client.rs"]
mod client;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/ingest/footage.rs"]
mod footage;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/ingest/world.rs"]
mod world;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use liuhen_ingest::Limits;
use liuhen_proto::wire::ingest::v1::AckStep;
use liuhen_proto::wire::ingest::v1::upload_response::Answer;
use liuhen_proto::world::{Clock as _, SystemClock};

use crate::client::{Upload, end};
use crate::footage::{Footage, Run};
use crate::world::World;

const CAMERAS: usize = 16;
/// 50 frames of 10 kB in 2 s: 2 Mbit/s.
const FRAME_BYTES: usize = 10_000;
/// Fragments of a signed range: a minute.
const RANGE: u64 = 30;
/// Times that ours and the peer take turns.
const ROUNDS: u32 = 3;
/// Bytes on the way of one run.
const WINDOW: usize = 4 << 20;

fn main() {
    let seconds: u32 = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(240);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("recorders").enable_all().build();
    let ok = runtime.expect("a runtime").block_on(async {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory on the disk that is built on");
        let journal = dir.path().join("journal");
        let peers = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        let world = World::in_dir(dir, journal, Limits::default(), Arc::new(SystemClock)).await;
        let through = throughput(&world, peers.path(), u64::from(seconds / 2 / ROUNDS)).await;
        latency(&world, peers.path()).await && through
    });
    std::process::exit(i32::from(!ok));
}

/// Ours and the peer on the same bytes, in turn.
async fn throughput(world: &World, peers: &Path, fragments: u64) -> bool {
    let footage = Footage::new(u32::try_from(fragments).expect("few"), FRAME_BYTES);
    let count = fragments * CAMERAS as u64 * u64::from(ROUNDS);
    let mut bytes = 0;
    let (mut ours, mut wall, mut syncs) = (0.0, 0.0, 0);
    let (mut writing, mut hashing) = (0.0, 0.0);
    for round in 0..ROUNDS as usize {
        let runs: Vec<_> = (0..CAMERAS).map(|camera| run_of(world, &footage, round * CAMERAS + camera)).collect();
        bytes += (0..fragments).map(|sequence| runs[0].fragment(sequence).len()).sum::<usize>() * CAMERAS;
        let (cpu, synced, start) = (node_cpu(), world.journal_syncs(), seconds());
        let push = |run: &Run| tokio::spawn(push(world.address(), world.ours.clone(), run.clone(), fragments));
        for run in runs.iter().map(push).collect::<Vec<_>>() {
            run.await.expect("a run is sealed");
        }
        let synced = world.journal_syncs() - synced;
        (ours, wall, syncs) = (ours + node_cpu() - cpu, wall + seconds() - start, syncs + synced);
        let (wrote, hashed) = peer(peers, &runs[0], fragments, synced);
        (writing, hashing) = (writing + wrote, hashing + hashed);
    }
    let megabytes = bytes as f64 / 1e6;
    println!("ingest: {megabytes:.0} MB of {CAMERAS} cameras to SEALED in {wall:.2} s ({:.0} MB/s)", megabytes / wall);
    println!("  journal: {syncs} fsyncs, {:.0}/s, {:.2} fragments each", syncs as f64 / wall, count as f64 / syncs as f64);
    let theirs = writing + hashing;
    println!("  ours: {:.0} MB per second of processor time ({ours:.2} s)", megabytes / ours);
    println!(
        "  peer: {:.0} MB per second of processor time (openssl {hashing:.2} s, writing and {syncs} fsyncs {writing:.2} s)",
        megabytes / theirs
    );
    println!(
        "  (a peer that digests both levels, fragments and object, as the manifest needs: ours is {:.0} % of it)",
        100.0 * (theirs + hashing) / ours
    );
    verdict("  ours / peer", 100.0 * theirs / ours, 70.0, "%", theirs >= 0.7 * ours)
}

fn run_of(world: &World, footage: &Footage, camera: usize) -> Run {
    // Streams of one site: two cameras; the runs of a stream lie hours apart.
    let base = Run::new(world.ours.streams[camera % 2], footage);
    base.next_after(u32::try_from(camera).expect("few") * 36_000)
}

/// Sends a run within its window, signs every minute, and returns when all of it is sealed.
async fn push(address: String, site: world::Site, run: Run, fragments: u64) {
    let mut upload = Upload::call(&address, "ours").await.expect("the node takes calls");
    upload.open(&run).await;
    let (mut way, mut sealed) = (HashMap::new(), 0);
    for sequence in 0..fragments {
        let bytes = run.fragment(sequence);
        while way.values().sum::<usize>() + bytes.len() > WINDOW {
            sealed += hear(&mut upload, &mut way).await;
        }
        way.insert(sequence, bytes.len());
        upload.send_bytes(&run, sequence, &bytes).await;
        if (sequence + 1) % RANGE == 0 || sequence + 1 == fragments {
            upload.sign(&site, &run, sequence - sequence % RANGE, sequence).await;
        }
    }
    upload.say(end(&run, fragments)).await;
    while sealed < fragments {
        sealed += hear(&mut upload, &mut way).await;
    }
}

/// Takes one answer; says how many fragments it seals.
async fn hear(upload: &mut Upload, way: &mut HashMap<u64, usize>) -> u64 {
    match upload.answer().await.expect("the call goes on") {
        Answer::FragmentAck(ack) if ack.step() == AckStep::Stored => {
            way.remove(&ack.first_sequence);
            0
        }
        Answer::SegmentSealed(sealed) => sealed.last_sequence - sealed.first_sequence + 1,
        Answer::Error(error) => panic!("{}", error.message),
        _ => 0,
    }
}

/// Processor time of writing the bytes to as many files with as many fsyncs, and of openssl over them.
fn peer(dir: &Path, run: &Run, fragments: u64, syncs: u64) -> (f64, f64) {
    let pieces: Vec<_> = (0..fragments).map(|sequence| run.fragment(sequence)).collect();
    let each = (fragments * CAMERAS as u64).div_ceil(syncs.max(1)).max(1);
    let (before, mut written) = (own_cpu(), 0);
    let mut paths = Vec::new();
    for camera in 0..CAMERAS {
        for (minute, range) in pieces.chunks(RANGE as usize).enumerate() {
            let path = dir.join(format!("{camera}-{minute}.mp4"));
            let mut file = std::fs::File::create(&path).expect("a file");
            for piece in range {
                std::io::Write::write_all(&mut file, piece).expect("room");
                written += 1;
                if written % each == 0 {
                    file.sync_data().expect("synced");
                }
            }
            paths.push(path);
        }
    }
    let writing = own_cpu() - before;
    let before = children_cpu();
    let openssl =
        std::process::Command::new("openssl").args(["dgst", "-sha256"]).args(&paths).output().expect("openssl is there");
    assert!(openssl.status.success());
    let hashing = children_cpu() - before;
    (writing, hashing)
}

/// Four fragments a second of each camera: ours to STORED, and the disk alone at the same pace.
async fn latency(world: &World, dir: &Path) -> bool {
    const EACH: u64 = 24;
    let footage = Footage::new(u32::try_from(EACH).expect("few"), FRAME_BYTES);
    let mut disk = Vec::new();
    let mut ours = Vec::new();
    let mut cameras = Vec::new();
    for camera in 0..CAMERAS {
        // Far from the runs of the first part.
        let run = run_of(world, &footage, camera + (ROUNDS as usize + 1) * CAMERAS);
        let mut upload = world.upload().await;
        upload.open(&run).await;
        cameras.push((upload, run, std::fs::File::create(dir.join(format!("probe-{camera}"))).expect("a file")));
    }
    let pause = Duration::from_millis(500) / u32::try_from(CAMERAS).expect("few");
    for sequence in 0..EACH {
        for (upload, run, probe) in &mut cameras {
            let bytes = run.fragment(sequence);
            let start = seconds();
            std::io::Write::write_all(probe, &bytes).expect("room");
            probe.sync_data().expect("synced");
            disk.push(seconds() - start);
            tokio::time::sleep(pause / 2).await;
            let start = seconds();
            upload.send_bytes(run, sequence, &bytes).await;
            upload.acked(run, sequence, AckStep::Stored).await;
            ours.push(seconds() - start);
            tokio::time::sleep(pause / 2).await;
        }
    }
    let (disk, ours) = (p99(disk) * 1e3, p99(ours) * 1e3);
    println!("latency: {} fragments of {CAMERAS} cameras, p99", EACH * CAMERAS as u64);
    println!("  ours, sent to STORED: {ours:.1} ms");
    println!("  peer, the disk's write + fsync: {disk:.1} ms");
    verdict("  ours", ours, 3.0 * disk + 100.0, "ms", ours <= 3.0 * disk + 100.0)
}

fn p99(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}

fn verdict(what: &str, found: f64, limit: f64, unit: &str, holds: bool) -> bool {
    println!("{what}: {found:.0} {unit}, limit {limit:.0} {unit}: {}", if holds { "holds" } else { "BROKEN" });
    holds
}

fn seconds() -> f64 {
    SystemClock.boot_now().as_micros() as f64 / 1e6
}

/// Processor time of the node's threads and of those that its database runs, seconds.
fn node_cpu() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").expect("Linux");
    let cpu = |path: &Path| {
        let name = std::fs::read_to_string(path.join("comm")).ok()?;
        let ours = name.starts_with("node") || name.starts_with("sqlx");
        ours.then(|| ticks(&path.join("stat"), [13, 14])).flatten()
    };
    threads.filter_map(|thread| cpu(&thread.ok()?.path())).sum()
}

fn own_cpu() -> f64 {
    ticks(Path::new("/proc/thread-self/stat"), [13, 14]).expect("Linux")
}

fn children_cpu() -> f64 {
    ticks(Path::new("/proc/self/stat"), [15, 16]).expect("Linux")
}

/// Fields of a `stat` file that count hundredths of a second (proc(5), fields from 0).
fn ticks(path: &Path, fields: [usize; 2]) -> Option<f64> {
    let stat = std::fs::read_to_string(path).ok()?;
    // The name may hold blanks; it ends with the last parenthesis and is field 1.
    let rest: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.iter().map(|&field| rest.get(field - 2)?.parse::<u64>().ok()).sum::<Option<u64>>()?;
    Some(ticks as f64 / 100.0)
}
