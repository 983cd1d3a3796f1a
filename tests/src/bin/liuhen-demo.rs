//! The demonstration, `./dev demo`.
//!
//! What happens goes to standard error; with `--once` the last thing on standard output is a JSON summary,
//! and the exit code says whether everything was as it must be.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use liuhen_tests::demo;

/// Two rooms of two RTSP cameras each, one of which is cut off for 20 s; an exam there, up to its certificates; the trace.
#[derive(Debug, Parser)]
struct Args {
    /// One round of about two minutes that checks itself and prints a JSON summary.
    #[arg(long)]
    once: bool,
    /// Play the files of this directory instead of synthetic rooms.
    #[arg(long, value_name = "DIR")]
    footage: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let Args { once, footage } = Args::parse();
    let options = demo::Options { once, footage };
    let summary = tokio::select! {
        summary = demo::run(&options) => summary?,
        _ = tokio::signal::ctrl_c() => None,
    };
    let Some(summary) = summary else {
        // Ctrl-C ends an endless demonstration as it should, and a round before it was checked.
        return Ok(if once { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    };
    println!("{}", serde_json::to_string_pretty(&summary)?);
    Ok(if summary.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
