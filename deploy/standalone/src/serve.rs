//! `liuhen serve`: ingest, records, watcher and api in one process, on SQLite and a local directory; or one of several
//! processes on one PostgreSQL and one directory of objects.
//!
//! In: a data directory, what is shared, and a loopback address. Out: a server, until it is told to stop. Always: the
//! directory is locked; calls are taken only when the journal has been recovered; the address and the
//! file of the token are printed then, the token never.
//! Of several processes one watches; what another has STORED and not sealed, it does not see.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use liuhen_api::auth::{Administrator, Token};
use liuhen_api::webhook::{self, Webhook};
use liuhen_archive::alarms::{self, Alarms};
use liuhen_archive::records::{Postgres, Records, Sqlite};
use liuhen_archive::watcher::{self, Watcher};
use liuhen_archive::{Archive, Live, Objects};
use liuhen_ingest::Ingest;
use liuhen_proto::Principal;
use liuhen_proto::world::{Clock, OsRandom, Randomness, SystemClock};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::data::{DataDir, Layout};

/// Services of ingest, for health.
const INGEST: &[&str] = &["liuhen.ingest.v1.IngestService"];

/// What a server is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory, made where it is missing; and what is shared with other servers.
    pub layout: Layout,
    /// Whether coverage is watched and alarms are raised: by one of those that share an archive.
    pub watches: bool,
    /// Loopback address; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Who else is told of alarms.
    pub webhook: Option<Webhook>,
}

/// A server that is ready.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where the operator's token lies.
    pub token_file: std::path::PathBuf,
    /// Where nobody has an account yet: the link by which the first administrator is made. It works once, and until the
    /// server stops.
    pub set_up: Option<String>,
}

/// Serves until `shutdown`; `ready` is called when calls are taken.
pub async fn run(config: Config, shutdown: CancellationToken, ready: impl FnOnce(&Ready)) -> Result<()> {
    let (clock, random): (Arc<dyn Clock>, Arc<dyn Randomness>) = (Arc::new(SystemClock), Arc::new(OsRandom));
    // The address first: who started it twice learns that at once.
    let listener = liuhen_api::server::listen(config.listen).await?;
    let data = DataDir::open(config.layout, &*clock, &*random)?;
    let archive = open(&data.layout, clock, random).await?;
    let node = data.names.node;
    let ingest_config = liuhen_ingest::Config::new(node, data.layout.journal());
    let ingest = Ingest::open(ingest_config, archive.clone()).await.context("take up the journal")?;
    let mut watching = tokio::task::JoinSet::new();
    if config.watches {
        watching.spawn(watcher::run(Watcher::new(archive.clone(), Principal::Node(node)), shutdown.clone()));
        watching.spawn(alarms::run(Alarms::new(archive.clone(), Principal::Node(node)), shutdown.clone()));
    }
    if let Some(webhook) = config.webhook {
        watching.spawn(webhook::run(webhook, archive.clone(), shutdown.clone()));
    }
    let administrator = Administrator { person: data.names.administrator, token: data.token.sha256() };
    let address = listener.local_addr().context("ask for the address")?;
    let set_up = match archive.records.has_people().await.context("look for accounts")? {
        true => None,
        false => Some(Token::generate("lhs", &*archive.random)),
    };
    let link = set_up.as_ref().map(|token| format!("http://{address}/#set-up={}", token.reveal()));
    ready(&Ready { address, token_file: data.layout.token(), set_up: link });

    // Calls of recorders last as long as they may: they are ended, so that the server can stop.
    let stopping = shutdown.clone();
    let services = Routes::new(ingest.service());
    let end_calls = async {
        stopping.cancelled().await;
        ingest.shutdown();
    };
    let health = INGEST.iter().map(|service| (*service, ingest.healthy())).collect();
    let set_up = set_up.map(|token| token.sha256());
    let config = liuhen_api::Config { health, set_up, ..liuhen_api::Config::new(administrator, data.layout.staging()) };
    let serving = liuhen_api::run(config, archive, listener, (services, INGEST), shutdown.clone());
    tokio::pin!(end_calls);
    tokio::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        () = &mut end_calls => serving.await,
    };
    shutdown.cancel();
    ingest.shutdown();
    while let Some(ended) = watching.join_next().await {
        ended.context("what watches the archive failed")?;
    }
    served.context("serve")
}

/// Opens what a data directory holds, or what is shared.
pub(crate) async fn open(layout: &Layout, clock: Arc<dyn Clock>, random: Arc<dyn Randomness>) -> Result<Archive> {
    let records = records(layout, random.clone()).await?;
    let objects = Objects::open(&layout.objects()).context("open the objects")?;
    let live = Live::new(clock.now());
    Ok(Archive { records, objects, live, clock, random })
}

async fn records(layout: &Layout, random: Arc<dyn Randomness>) -> Result<Arc<dyn Records>> {
    if let Some(shared) = layout.shared() {
        // Its address may hold a password, and is not told.
        return Ok(Arc::new(Postgres::open(&shared.database, random).await.context("open the PostgreSQL database")?));
    }
    let database = layout.database();
    let opened = Sqlite::open(&database, random).await;
    Ok(Arc::new(opened.with_context(|| format!("open {}", database.display()))?))
}

/// Cancelled by SIGINT and SIGTERM.
fn until_signal() -> Result<CancellationToken> {
    let token = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("told to stop");
        stop.cancel();
    });
    Ok(token)
}

/// The command.
pub(crate) async fn command(arguments: &crate::arguments::Serve, voice: crate::command::Voice) -> Result<()> {
    let shutdown = until_signal().context("listen for signals")?;
    let webhook = webhook_of(arguments)?;
    let layout = Layout::of(&arguments.data, arguments.shared.store());
    let config = Config { layout, watches: !arguments.only_ingest, listen: arguments.listen, webhook };
    run(config, shutdown, |ready| announce(ready, &arguments.data, voice)).await
}

/// Who else is told of alarms, where somebody is.
fn webhook_of(arguments: &crate::arguments::Serve) -> Result<Option<Webhook>> {
    let (Some(url), Some(file)) = (&arguments.webhook, &arguments.webhook_secret_file) else { return Ok(None) };
    let secret = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    let secret = webhook::Secret::parse(&secret).with_context(|| format!("read {}", file.display()))?;
    Ok(Some(Webhook::new(url.parse()?, secret)))
}

fn announce(ready: &Ready, data: &Path, voice: crate::command::Voice) {
    let (address, token) = (format!("http://{}", ready.address), ready.token_file.display());
    let words = if voice.json {
        let port = ready.address.port();
        let mut line = json!({ "address": address, "port": port, "data": data, "token_file": ready.token_file });
        if let Some(link) = &ready.set_up {
            line["set_up"] = link.as_str().into();
        }
        line.to_string()
    } else {
        let (serving, holds) = (voice.pick("留痕已启动", "Liuhen is serving"), voice.pick("本机管理令牌", "operator's token"));
        let first = ready.set_up.iter().map(|link| {
            let what = voice.pick("创建首个管理员（仅一次有效）", "make the first administrator (works once)");
            format!("\n{what}  liuhen admin set-up '{link}'")
        });
        format!("{serving}  {address}\n{holds}  {token}{}", first.collect::<String>())
    };
    // Programs wait for the line; where nobody reads, the server goes on all the same.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{words}").and_then(|()| out.flush());
}
