//! What a recorder promises of its way to the centre; issue 4 says what it may take.
//!
//! A real recorder program with sixteen synthetic cameras, no judgement; a line that can be cut; a real node in this
//! process, so that the moment at which a fragment is STORED can be seen.
//! 1. From the end of a fragment to STORED, p99, beside the disk's own write + fsync of 250 kB at the same pace in the same
//!    minute. Limit: three times that, and 100 ms.
//! 2. Memory of the recorder, proportional set size. Limit: 8 MB for each camera.
//! 3. The line is cut for as long, and comes back with three times the bandwidth of what is live: how much of it the
//!    back-fill uses, and how far live footage is behind meanwhile. Limits: 90 %, and 5 s.
//!
//! `./dev bench uplink [--cameras N] [--seconds N]`. Prints ours, the peer and the limit; exits 1 beyond one.

#[path = "uplink/centre.rs"]
mod centre;
#[path = "uplink/disk.rs"]
mod disk;
#[expect(dead_code, reason = "the recorder's bench uses more of it")]
#[path = "recorder/processor.rs"]
mod processor;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser as _;
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_tests::faults::{Line, Proxy};
use liuhen_tests::program::{Program, built};
use liuhen_tests::world::RecorderProgram;
use tokio::time::Instant;

use crate::centre::Centre;
use crate::processor::Usage;

/// Some 0.44 Mbit/s: what the synthetic encoder makes of it; a fragment of 1.2 s has some 66 kB.
const CAMERA: &str = "synthetic:width=640,height=384,fps=25,gop=10";
/// What is live is given so long to come back before its delay counts.
const BACK_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Parser)]
struct Arguments {
    /// Cameras
    #[arg(long, default_value_t = 16)]
    cameras: usize,
    /// How long it is live, and how long the line is cut
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().context("a runtime")?;
    let holds = runtime.block_on(measure(&arguments))?;
    std::process::exit(i32::from(!holds));
}

async fn measure(arguments: &Arguments) -> Result<bool> {
    let (cameras, length) = (arguments.cameras, Duration::from_secs(arguments.seconds));
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).context("a directory on the disk that is built on")?;
    let home = directory.path().join("recorder");
    let public_key = RecorderProgram::make_key(&home)?;
    let centre = Centre::start(directory.path(), &public_key, cameras).await?;
    let proxy = Proxy::start(centre.address, Line::default()).await?;
    let recorder = start(&home, &proxy, &centre, None)?;
    centre.until_live(Duration::from_secs(60)).await?;
    println!("uplink: {cameras} cameras, live for {length:?}");

    let bytes = proxy.bytes();
    let disk = disk::Probe::start(directory.path(), cameras);
    let delays = centre.stored_after(length).await;
    let live_rate = (proxy.bytes() - bytes) as f64 / length.as_secs_f64();
    let disk_ms = disk.p99_ms();
    let pss = Usage::of([recorder.process()])?.pss_mb;
    recorder.stop(Duration::from_secs(30)).await?;
    ensure!(delays.len() > 100, "only {} fragments were seen", delays.len());

    let limit = live_rate * 3.0;
    println!("live: {:.2} MB/s; the line is cut for {length:?}, then has {:.2} MB/s", live_rate / 1e6, limit / 1e6);
    proxy.cut();
    let recorder = start(&home, &proxy, &centre, Some(limit))?;
    tokio::time::sleep(length).await;
    proxy.come_back();
    let filled = back_fill(&centre, &proxy, limit).await;
    recorder.stop(Duration::from_secs(30)).await?;
    let filled = filled?;

    let p99 = disk::percentile(&delays, 0.99);
    println!("\n{:<44} {:>12} {:>14} {:>12}", "", "ours", "peer", "limit");
    let rows = [
        row("end of fragment to STORED, p99, ms", p99, &format!("{disk_ms:.1} disk"), 3.0 * disk_ms + 100.0, true),
        row("memory, PSS, MB a camera", pss / cameras as f64, "", 8.0, true),
        row("back-fill, % of the bandwidth", filled.used * 100.0, "", 90.0, false),
        row("live behind during back-fill, at most, s", filled.behind, "", 5.0, true),
    ];
    println!(
        "p50 to STORED {:.1} ms; {} fragments; back-filled in {:.1} s",
        disk::percentile(&delays, 0.5),
        delays.len(),
        filled.took
    );
    Ok(rows.into_iter().all(|holds| holds))
}

fn row(what: &str, ours: f64, peer: &str, limit: f64, at_most: bool) -> bool {
    let holds = if at_most { ours <= limit } else { ours >= limit };
    let (sign, verdict) = (if at_most { "≤" } else { "≥" }, if holds { "holds" } else { "BROKEN" });
    println!("{what:<44} {ours:>12.1} {peer:>14} {sign:>4} {limit:>7.1}  {verdict}");
    holds
}

/// Starts the recorder, with a bandwidth in bytes a second where it has one.
fn start(home: &Path, proxy: &Proxy, centre: &Centre, limit: Option<f64>) -> Result<Program> {
    let mut toml = format!("centre = [\"{}\"]\ntoken_file = \"recorder.token\"\n", proxy.address());
    write!(toml, "recorder_id = \"{}\"\nsite_id = \"{}\"\n", centre.recorder, centre.site)?;
    write!(toml, "[spool]\ndirectory = \"spool\"\nquota = \"20 GiB\"\n")?;
    if let Some(limit) = limit {
        write!(toml, "[uplink]\nlimit = \"{:.0} kbit/s\"\n", limit * 8.0 / 1e3)?;
    }
    for (camera, stream) in &centre.cameras {
        write!(toml, "[[camera]]\ncamera_id = \"{camera}\"\nevidence_stream_id = \"{stream}\"\nname = \"{camera}\"\n")?;
        write!(toml, "source = \"{CAMERA}\"\n[camera.judge]\nenabled = false\n")?;
    }
    std::fs::write(home.join("recorder.toml"), toml).context("write recorder.toml")?;
    std::fs::write(home.join("recorder.token"), "bench\n").context("write the token")?;
    let mut command = std::process::Command::new(built("liuhen-recorder")?);
    command.arg("run").arg("--config").arg(home.join("recorder.toml"));
    Program::spawn("liuhen-recorder", command, &home.join("recorder.log"))
}

/// How a back-fill went.
struct Filled {
    /// Part of the bandwidth that was used while something waited.
    used: f64,
    /// The most that live footage was behind, once it was back; seconds.
    behind: f64,
    /// Seconds.
    took: f64,
}

async fn back_fill(centre: &Centre, proxy: &Proxy, limit: f64) -> Result<Filled> {
    let patience = Duration::from_secs(600);
    // The first answer may take a few seconds: the recorder waits between its tries.
    let began = Instant::now();
    let before = proxy.bytes();
    while proxy.bytes() < before + 1_000_000 {
        ensure!(began.elapsed() < patience, "nothing came after the line was back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (from, bytes) = (Instant::now(), proxy.bytes());
    let (mut behind, mut end) = (0.0_f64, (from, bytes));
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        // Heartbeats come each second; before the first one nothing is known of what waits.
        let backlog = centre.backlog_bytes();
        if backlog.is_some_and(|bytes| (bytes as f64) < limit) && from.elapsed() > Duration::from_secs(3) {
            break;
        }
        end = (Instant::now(), proxy.bytes());
        if began.elapsed() > BACK_WITHIN {
            behind = behind.max(centre.live_behind(SystemClock.now()));
        }
        ensure!(began.elapsed() < patience, "not filled in {patience:?}; {backlog:?} bytes wait");
    }
    let took = (end.0 - from).as_secs_f64();
    Ok(Filled { used: (end.1 - bytes) as f64 / took / limit, behind, took })
}
