//! How well the judge judges: clips with known truth, made by this program with `ffmpeg` from real footage
//! and drawn scenes, through the recorder's own path (file → run → fragments → key frames → flags).
//!
//! `./dev bench judge [--generator tuning|second] [--seed N] [--each N] [--only KIND] [--incidents] [--verbose]`. The detectors
//! were tuned on `tuning`; `second` makes other scenes, faults and encodings. Prints precision, recall, delays
//! and false flags an hour of hard negatives; exits 1 where an incident is told later than 5 s, ends more than
//! 2 s beside its end, or a flag is wrong. Without footage beside the project, drawn scenes stand in for it.

#[path = "judge/clip.rs"]
mod clip;
#[path = "judge/path.rs"]
mod path;
#[path = "judge/score.rs"]
mod score;
#[path = "judge/second.rs"]
mod second;
#[path = "judge/tuning.rs"]
mod tuning;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Parser;
use liuhen_proto::judgement::FlagKind;

use crate::clip::{Chance, Clip};
use crate::path::Judged;
use crate::score::{NEAR, SOON, Score, median, most};

#[derive(Debug, Parser)]
struct Arguments {
    /// Which clips: tuning, or second.
    #[arg(long, default_value = "tuning")]
    generator: String,
    /// Chooses scenes, places, lengths and strengths.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Clips of each kind.
    #[arg(long, default_value_t = 6)]
    each: usize,
    /// Only clips whose name holds this.
    #[arg(long)]
    only: Option<String>,
    /// Only clips with an incident.
    #[arg(long)]
    incidents: bool,
    /// Prints every flag.
    #[arg(long)]
    verbose: bool,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    if arguments.verbose {
        let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| "warn".to_owned());
        tracing_subscriber::fmt().with_env_filter(filter).without_time().init();
    }
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("judge");
    std::fs::create_dir_all(&dir).expect("a directory on the disk that is built on");
    let chance = Chance(arguments.seed);
    let (clips, negatives) = match arguments.generator.as_str() {
        "second" => {
            let mut second = second::Second { dir: &dir, chance };
            (second.clips(arguments.each), second.negatives())
        }
        _ => {
            let mut tuning = tuning::Tuning { dir: &dir, chance, long: 300.0 };
            (tuning.clips(arguments.each), tuning.negatives())
        }
    };
    let clips: Vec<_> = clips.into_iter().chain(negatives).filter(|clip| wanted(clip, &arguments)).collect();
    let judged = judge_all(&dir, &clips);
    if arguments.verbose {
        clips.iter().zip(&judged).for_each(|(clip, judged)| tell(clip, judged));
    }
    std::process::exit(i32::from(!report(&arguments, &clips, &judged)));
}

fn wanted(clip: &Clip, arguments: &Arguments) -> bool {
    let named = arguments.only.as_ref().is_none_or(|only| clip.name.contains(only.as_str()));
    named && (!arguments.incidents || !clip.incidents.is_empty())
}

/// Two at a time, each in its turn.
fn judge_all(dir: &Path, clips: &[Clip]) -> Vec<Judged> {
    let next = Mutex::new(0..clips.len());
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(n) = next.lock().expect("nobody panics with it").next() else { return };
                    let files = clips[n].make(dir);
                    let judged = path::judge(&files, clips[n].reference);
                    results.lock().expect("nobody panics with it").push((n, judged));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("nobody panics with it");
    results.sort_by_key(|(n, _)| *n);
    results.into_iter().map(|(_, judged)| judged).collect()
}

fn tell(clip: &Clip, judged: &Judged) {
    println!("{} ({:.0} s, {} key frames)", clip.name, judged.seconds, judged.key_frames);
    for incident in &clip.incidents {
        println!("    truth {:<15} {:6.1} – {:6.1}", incident.kind.as_str(), incident.start, incident.end);
    }
    for flag in &judged.flags {
        let known = clip.incidents.iter().any(|incident| incident.kind == flag.kind);
        println!(
            "    {} {:<15} {:6.1} – {:6.1}, told {:6.1}: {:.2} {} against {:.2}",
            if known { "flag " } else { "WRONG" },
            flag.kind.as_str(),
            flag.start,
            flag.end,
            flag.told,
            flag.measured,
            flag.kind.unit(),
            flag.threshold
        );
    }
}

fn report(arguments: &Arguments, clips: &[Clip], judged: &[Judged]) -> bool {
    println!("judge: generator {}, seed {}, {} clips", arguments.generator, arguments.seed, clips.len());
    println!("  {:<15} incidents  recall  precision  told after (median, most)  end beside by (most)  false in negatives", "");
    let mut good = true;
    for &kind in FlagKind::ALL {
        let (mut score, mut in_negatives) = (Score::default(), 0);
        for (clip, judged) in clips.iter().zip(judged) {
            score.add(kind, &clip.incidents, &judged.flags);
            let false_here = judged.flags.iter().filter(|flag| flag.kind == kind).count();
            in_negatives += if clip.incidents.is_empty() { false_here } else { 0 };
        }
        println!(
            "  {:<15} {:9}  {:5.1}%  {:8.1}%  {:11.2} s, {:6.2} s  {:17.2} s  {:18}  {}",
            kind.as_str(),
            score.incidents,
            100.0 * score.recall(),
            100.0 * score.precision(),
            median(&score.delays),
            most(&score.delays),
            most(&score.end_errors),
            in_negatives,
            if score.holds() { "ok" } else { "NOT HELD" }
        );
        good &= score.holds();
    }
    let negatives = clips.iter().zip(judged).filter(|(clip, _)| clip.incidents.is_empty());
    let (seconds, flags) =
        negatives.fold((0.0, 0), |(seconds, flags), (_, judged)| (seconds + judged.seconds, flags + judged.flags.len()));
    println!(
        "  negatives: {:.0} min, {:.2} false flags an hour",
        seconds / 60.0,
        flags as f64 * 3_600.0 / f64::max(seconds, 1.0)
    );
    let (cpu, frames) = judged.iter().fold((0.0, 0), |(cpu, frames), one| (cpu + one.cpu, frames + one.key_frames));
    println!("  eye and judge: {:.2} ms of processor time a key frame, sound included", 1e3 * cpu / f64::from(frames.max(1)));
    println!("  limits: told within {SOON} s, end within {NEAR} s, no wrong flag: {}", if good { "ok" } else { "NOT HELD" });
    good
}
