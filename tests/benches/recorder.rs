//! What the recorder costs, beside `ffmpeg -c copy -f segment`, one process for each camera; design.md
//! section 11 says what it may.
//!
//! Sixteen cameras of one program send the same clip, encoded once, 1080p25 of 2 Mbit/s, over RTSP/TCP. In
//! each round every contender records them in turn, into files of the same length: ours with spool, digests
//! and uplink to a real server, the peer into files alone. Cameras and server are programs of their own and
//! not counted. What was recorded is looked at afterwards: who records nothing costs nothing.
//!
//! Limits, of the medians of all rounds: ours without judgement 0.6 of the peer; by default, with judgement and
//! the viewing streams of 640 × 360 recorded too, as much as the peer. GStreamer as reader is printed beside.
//!
//! `./dev bench recorder [--rounds N] [--seconds N] [--cameras N] [--only WORD]`. Exits 1 beyond a limit.

#[path = "recorder/contender.rs"]
mod contender;
#[path = "recorder/processor.rs"]
mod processor;
#[path = "recorder/scene.rs"]
mod scene;

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser as _;

use crate::contender::{CONTENDERS, Contender};
use crate::processor::{Machine, Usage};
use crate::scene::Scene;

/// After the first byte of every camera: what belongs to connecting is over.
const SETTLE: Duration = Duration::from_secs(3);

#[derive(Debug, clap::Parser)]
struct Arguments {
    /// Times that all contenders take turns
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each is measured in a round
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Cameras
    #[arg(long, default_value_t = 16)]
    cameras: usize,
    /// Only the contenders whose name holds this word
    #[arg(long)]
    only: Option<String>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// One contender in one round.
#[derive(Debug, Clone, Copy)]
struct Measured {
    /// Processor seconds for a second of one camera.
    cost: f64,
    usage: Usage,
    /// Part of the machine's processors that others had: builds, tests, other guests.
    others: f64,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().context("a runtime")?;
    let holds = runtime.block_on(measure(&arguments))?;
    std::process::exit(i32::from(!holds));
}

async fn measure(arguments: &Arguments) -> Result<bool> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).context("a directory on the disk that is built on")?;
    let mut scene = Scene::start(directory.path(), arguments.cameras).await?;
    let wanted = |contender: &&Contender| arguments.only.as_ref().is_none_or(|word| contender.name.contains(word.as_str()));
    let contenders: Vec<&Contender> = CONTENDERS.iter().filter(wanted).collect();
    println!(
        "recorder: {} cameras, {}, {} rounds of {} s, files of {} s",
        arguments.cameras,
        scene.clip(),
        arguments.rounds,
        arguments.seconds,
        contender::FILE_SECONDS
    );
    let mut rounds = vec![Vec::new(); contenders.len()];
    for round in 1..=arguments.rounds {
        for (contender, measured) in contenders.iter().zip(&mut rounds) {
            let found = turn(&mut scene, contender, Duration::from_secs(arguments.seconds)).await;
            let found = found.with_context(|| format!("{} in round {round}", contender.name))?;
            println!("  round {round}: {:<28} {:.5}   others {:>3.0} %", contender.name, found.cost, 100.0 * found.others);
            measured.push(found);
        }
    }
    Ok(table(&contenders, &rounds))
}

/// Lets a contender record, measures it, stops it, and looks at what it recorded.
async fn turn(scene: &mut Scene, contender: &Contender, length: Duration) -> Result<Measured> {
    let running = contender.start(scene).await?;
    tokio::time::sleep(SETTLE).await;
    let (before, machine, from) = (running.usage()?, Machine::now()?, scene::now_us());
    tokio::time::sleep(length).await;
    let (after, machine_after, until) = (running.usage()?, Machine::now()?, scene::now_us());
    let seconds = (until - from) as f64 / 1e6;
    let cpu = after.cpu_seconds - before.cpu_seconds;
    let known = cpu + scene.cpu_seconds_since_asked()?;
    running.stop_and_look(scene, from, until).await?;
    Ok(Measured { cost: cpu / seconds / scene.cameras() as f64, usage: after, others: machine_after.busy_since(&machine, known) })
}

fn table(contenders: &[&Contender], rounds: &[Vec<Measured>]) -> bool {
    let median = |measured: &[Measured], of: &dyn Fn(&Measured) -> f64| {
        let mut all: Vec<f64> = measured.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        if all.is_empty() { f64::NAN } else { all[all.len() / 2] }
    };
    let costs: Vec<f64> = rounds.iter().map(|measured| median(measured, &|m| m.cost)).collect();
    let peer = contenders.iter().position(|contender| contender.is_peer()).map(|at| costs[at]);
    println!("\n{:<28} {:>16} {:>8} {:>9} {:>9} {:>8}", "", "CPU-s per", "of the", "PSS", "RSS", "threads");
    println!("{:<28} {:>16} {:>8} {:>9} {:>9} {:>8}", "median of all rounds", "stream-second", "peer", "MB", "MB", "");
    let mut holds = true;
    for ((contender, measured), cost) in contenders.iter().zip(rounds).zip(costs) {
        let [pss, rss, threads] =
            [|m: &Measured| m.usage.pss_mb, |m: &Measured| m.usage.rss_mb, |m: &Measured| m.usage.threads as f64]
                .map(|of| median(measured, &of));
        let ratio = peer.map(|peer| cost / peer);
        let verdict = match (contender.limit, ratio) {
            (Some(limit), Some(ratio)) if ratio > limit => {
                holds = false;
                format!("limit {limit:.1}: BROKEN")
            }
            (Some(limit), Some(_)) => format!("limit {limit:.1}: holds"),
            _ => String::new(),
        };
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        println!("{:<28} {cost:>16.5} {ratio:>8} {pss:>9.0} {rss:>9.0} {threads:>8.0}  {verdict}", contender.name);
    }
    holds
}
