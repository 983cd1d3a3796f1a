//! Sums the ledger of the fault tests: `liuhen-faults LEDGER`. Ends with 1 where something is not as it must be.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use liuhen_tests::faults::Summary;

/// Sums what the fault tests have written down, and judges it.
#[derive(Parser)]
struct Arguments {
    /// The file that LIUHEN_FAULTS_LEDGER named while they ran.
    ledger: PathBuf,
}

fn main() -> anyhow::Result<ExitCode> {
    let summary = Summary::read(&Arguments::parse().ledger)?;
    print!("{summary}");
    Ok(if summary.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
