//! A seeded simulation of the upload protocol: the recorder's spool and its Upload call, and two ingest nodes on the same
//! records and objects, all of them the real ones, over connections in memory that are cut, fall mute and lag; either
//! side dies at any step and comes back from its directory.
//!
//! After each: nothing that was STORED is lost, nothing is sealed twice, every name has one digest, the spool forgot
//! nothing that was not sealed, the log verifies.
//!
//! `LIUHEN_SEEDS=n` runs n seeds, `LIUHEN_SEED=n` that one. A seed decides what happens and where; threads of the kernel
//! decide the rest, so a seed that failed may take several tries to fail again.

mod centre;
mod chance;
mod check;
mod footage;
mod line;
mod site;
mod story;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_tests::faults::note;

use crate::centre::Template;
use crate::story::Tally;

/// As many as a run of all tests can wait for.
const SEEDS: u64 = 80;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

#[test]
fn whatever_happens_on_the_way_nothing_acknowledged_is_lost() {
    // What a seed that is run alone says: RUST_LOG=debug.
    let said = tracing_subscriber::EnvFilter::from_default_env();
    let _again = tracing_subscriber::fmt().with_env_filter(said).with_writer(std::io::stderr).try_init();
    let template = Template::make();
    let one = number("LIUHEN_SEED");
    let (first, seeds) = one.map_or((0, number("LIUHEN_SEEDS").unwrap_or(SEEDS)), |seed| (seed, 1));
    let next = AtomicU64::new(first);
    // Most of a seed is waiting.
    let threads = 8 * std::thread::available_parallelism().map_or(2, usize::from).min(8);
    let began = SystemClock.boot_now();
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let work = || {
            let mut tally = Tally::default();
            loop {
                let seed = next.fetch_add(1, Ordering::SeqCst);
                if seed >= first + seeds {
                    return tally;
                }
                tally.add(&run(seed, &template));
            }
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a seed failed; it is told above")).collect()
    });
    let mut all = Tally::default();
    tallies.iter().for_each(|tally| all.add(tally));
    let took = Duration::from(SystemClock.boot_now().since(began));
    println!("simulation: {seeds} seeds in {:.1} s; {all}", took.as_secs_f64());
    assert!(all.fragments > 0 && all.lost == 0);
    note("whatever_happens_on_the_way_nothing_acknowledged_is_lost", all.counts(seeds));
}

fn run(seed: u64, template: &Template) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(story::tell(seed, template))));
    runtime.shutdown_background();
    told.unwrap_or_else(|panic| {
        println!("LIUHEN_SEED={seed} fails");
        std::panic::resume_unwind(panic)
    })
}
