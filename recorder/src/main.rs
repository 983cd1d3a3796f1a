//! The program of the exam site: reads the configuration and runs.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use liuhen_proto::world::OsRandom;
use liuhen_recorder::config::Config;
use liuhen_recorder::key;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Records the cameras of an exam site and hands the footage over to the centre.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Record all cameras until told to stop
    Run(Options),
    /// Connect to each camera, record some seconds, and say what is found
    Check(Options),
    /// Print the public key that is to be registered at the centre; makes the key at first use
    Key(Options),
}

#[derive(clap::Args)]
struct Options {
    /// The recorder's configuration
    #[arg(long, default_value = "recorder.toml")]
    config: PathBuf,
    /// Machine-readable output and logs
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match start(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("liuhen-recorder: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (Command::Run(options) | Command::Check(options) | Command::Key(options)) = &arguments.command;
    log_to_stderr(options.json);
    let config = Config::read(&options.config).inspect_err(|error| eprintln!("{}", error.problem().message_zh()))?;
    let runtime = tokio::runtime::Runtime::new().context("start the runtime")?;
    match &arguments.command {
        Command::Run(_) => runtime.block_on(run(config)),
        Command::Check(options) => runtime.block_on(check(config, options.json)),
        Command::Key(options) => print_key(&config, options.json),
    }
}

fn log_to_stderr(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json { log.json().init() } else { log.init() }
}

async fn run(config: Config) -> anyhow::Result<ExitCode> {
    let shutdown = CancellationToken::new();
    tokio::spawn(stop_on_signal(shutdown.clone()));
    liuhen_recorder::run(config, shutdown).await?;
    Ok(ExitCode::SUCCESS)
}

async fn stop_on_signal(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    shutdown.cancel();
}

async fn check(config: Config, json: bool) -> anyhow::Result<ExitCode> {
    let report = liuhen_recorder::check::check(&config).await;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(if report.ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_key(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let key = key::load_or_make(&config.spool.directory, &OsRandom)?.public();
    if json {
        println!("{}", serde_json::json!({ "recorder_id": config.recorder_id, "public_key": key }));
    } else {
        println!("{key}");
    }
    Ok(ExitCode::SUCCESS)
}
