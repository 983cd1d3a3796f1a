//! HOW IT RUNS on one machine: the program `liuhen`, a server for one site and the commands to use it.
//!
//! In: a command line. Out: a running server, or what one asked for. In the order a command meets them:
//! - `arguments`, `language`, `moment`, `say`, `key_file`, `login_file`: what was typed, and how people are spoken to;
//! - [`serve`]: ingest, records, watcher and api in one process, over a [`data`] directory; [`outside`]: an authority of the site's own;
//! - `neighbour`: the key and the certificate of a neighbouring system, where that has no program of its own for it;
//! - `command`: what asks a running server, over the same gRPC as everybody else (`client`); and `fsck`.
//!
//! Always: `--json` prints JSON and nothing else to the standard output; what people should know goes to
//! the standard error. Not here: any rule; this room only puts the others together.

mod arguments;
mod client;
mod command;
pub mod data;
mod key_file;
mod language;
mod login_file;
mod moment;
mod neighbour;
pub mod outside;
mod say;
pub mod serve;
mod tls;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use arguments::{Arguments, Command};
use command::Voice;
use language::Language;

/// Runs the command line of this process. Exit codes: 0 done; 1 failed, or `fsck` found something; 2 a
/// command line that cannot be read.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let voice = Voice { language: arguments.lang.unwrap_or_else(Language::of_environment), json: arguments.json };
    let filter = EnvFilter::try_from_env("LIUHEN_LOG").unwrap_or_else(|_| EnvFilter::new(usual_log(&arguments.command)));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::new(error).context("start"), voice),
    };
    let done = runtime.block_on(run(&arguments.command, voice));
    // Calls that are still open must not keep a server that was told to stop.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    match done {
        Ok(code) => code,
        Err(error) => failed(&error, voice),
    }
}

fn usual_log(command: &Command) -> &'static str {
    match command {
        Command::Serve(_) => "info",
        _ => "warn",
    }
}

async fn run(command: &Command, voice: Voice) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(arguments) => serve::command(arguments, voice).await?,
        Command::Login(arguments) => command::login::log_in(arguments, voice).await?,
        Command::Logout(arguments) => command::login::log_out(arguments, voice).await?,
        Command::Whoami(arguments) => command::login::who_am_i(arguments, voice).await?,
        Command::Passwd(arguments) => command::login::change_password(arguments, voice).await?,
        Command::Admin(arguments) => command::admin::run(arguments, voice).await?,
        Command::Neighbour(arguments) => command::neighbour::run(arguments, voice).await?,
        Command::Declare(arguments) => command::declare::run(arguments, voice).await?,
        Command::Site(arguments) => command::show::site(arguments, voice).await?,
        Command::Session(arguments) => command::show::session(arguments, voice).await?,
        Command::State(arguments) => command::case::state(arguments, voice).await?,
        Command::Facts(arguments) => command::case::facts(arguments, voice).await?,
        Command::Events(arguments) => command::case::events(arguments, voice).await?,
        Command::Trace(arguments) => command::trace::run(arguments, voice).await?,
        Command::Coverage(arguments) => command::coverage::run(arguments, voice).await?,
        Command::Segments(arguments) => command::segments::run(arguments, voice).await?,
        Command::Clip(arguments) => command::clip::run(arguments, voice).await?,
        Command::Play(arguments) => command::clip::play(arguments, voice).await?,
        Command::Flags(arguments) => command::flags::run(arguments, voice).await?,
        Command::Stills(arguments) => command::stills::run(arguments, voice).await?,
        Command::Levels(arguments) => command::levels::run(arguments, voice).await?,
        Command::Reference(arguments) => command::thresholds::reference(arguments, voice).await?,
        Command::Thresholds(arguments) => command::thresholds::run(arguments, voice).await?,
        Command::Alarms(arguments) => command::alarms::run(arguments, voice).await?,
        Command::Looks(arguments) => command::looks::run(arguments, voice).await?,
        Command::Supervision(arguments) => command::supervision::run(arguments, voice).await?,
        Command::Refusals(arguments) => command::refusals::run(arguments, voice).await?,
        Command::Entries(arguments) => command::entries::run(arguments, voice).await?,
        Command::Log(arguments) => command::log::run(arguments, voice).await?,
        Command::Import(arguments) => return command::import::run(arguments, voice).await,
        Command::Sheets(arguments) => return command::sheets::run(arguments, voice).await,
        Command::Key(arguments) => command::key::run(arguments, voice).await?,
        Command::Fsck(arguments) => return command::fsck::run(arguments, voice).await,
    }
    Ok(ExitCode::SUCCESS)
}

fn failed(error: &anyhow::Error, voice: Voice) -> ExitCode {
    eprintln!("{}: {error:#}", voice.pick("错误", "error"));
    ExitCode::FAILURE
}
