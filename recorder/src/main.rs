//! The program of the exam site: reads the configuration and runs.

#[path = "main/discover.rs"]
mod discover;

use std::path::{Path, PathBuf};
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
    /// Ask the network for ONVIF cameras and write lines of configuration for them
    Discover(discover::Options),
    /// Print the public key that is to be registered at the centre; makes the key at first use
    Key(KeyOptions),
}

#[derive(clap::Args)]
struct KeyOptions {
    /// The recorder's configuration, which names the spool directory
    #[arg(long, default_value = "recorder.toml")]
    config: PathBuf,
    /// The spool directory itself, where there is no configuration yet: the centre wants the key before it gives the ids
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    spool: Option<PathBuf>,
    /// Machine-readable output and logs
    #[arg(long)]
    json: bool,
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
    match arguments.command {
        Command::Run(options) => {
            log_to_stderr(options.json);
            runtime()?.block_on(run(read(&options.config)?))
        }
        Command::Check(options) => {
            log_to_stderr(options.json);
            runtime()?.block_on(check(read(&options.config)?, options.json))
        }
        Command::Discover(options) => {
            log_to_stderr(options.json);
            runtime()?.block_on(discover::run(options))
        }
        Command::Key(options) => {
            log_to_stderr(options.json);
            let spool = match options.spool {
                Some(spool) => spool,
                None => read(&options.config)?.spool.directory,
            };
            print_key(&spool, options.json)
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().context("start the runtime")
}

fn read(path: &Path) -> anyhow::Result<Config> {
    Ok(Config::read(path).inspect_err(|error| eprintln!("{}", error.problem().message_zh()))?)
}

fn log_to_stderr(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Colours are for people; in a journal or a file they are noise.
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
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

fn print_key(spool: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let key = key::load_or_make(spool, &OsRandom)?.public();
    if json {
        println!("{}", serde_json::json!({ "public_key": key }));
    } else {
        println!("{key}");
    }
    Ok(ExitCode::SUCCESS)
}
