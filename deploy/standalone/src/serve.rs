//! `liuhen serve`: ingest, records, watcher and api in one process, on SQLite and a local directory; or one of several
//! processes on one PostgreSQL and one directory of objects.
//!
//! In: a data directory, what is shared, and addresses. Out: a server, until it is told to stop. Always: the
//! directory is locked; calls are taken only when the journal has been recovered; the address and the
//! file of the token are printed then, the token never.
//! Of several processes one watches; what another has STORED and not sealed, it does not see.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use liuhen_api::auth::{Administrator, Token};
use liuhen_api::machines::tls::Tls;
use liuhen_api::server::Doors;
use liuhen_api::supervision::{self, FileDrop, Http, Supervision};
use liuhen_api::webhook::{self, Webhook};
use liuhen_archive::alarms::{self, Alarms};
use liuhen_archive::custody::{Prover, Published, Publisher, Signer, publisher};
use liuhen_archive::records::{Postgres, Records, Sqlite};
use liuhen_archive::watcher::{self, Watcher};
use liuhen_archive::{Archive, Live, Objects};
use liuhen_ingest::Ingest;
use liuhen_proto::world::{Clock, OsRandom, Randomness, SystemClock};
use liuhen_proto::{Principal, Sha256};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::data::{DataDir, Layout};
use crate::outside::OutsideAuthority;

/// Services of ingest, for health.
const INGEST: &[&str] = &["liuhen.ingest.v1.IngestService"];

/// What a server is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory, made where it is missing; and what is shared with other servers.
    pub layout: Layout,
    /// Whether coverage is watched and alarms are raised: by one of those that share an archive.
    pub watches: bool,
    /// Address for people; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// How it is encrypted.
    pub encryption: Encryption,
    /// Address for machines.
    pub machines: Option<SocketAddr>,
    /// File of the keys for numbers of identity documents; one of our own where it is not set.
    pub identity_keys: Option<PathBuf>,
    /// Who signs their certificates instead of the built-in authority.
    pub outside: Option<OutsideAuthority>,
    /// Who else is told of alarms.
    pub webhook: Option<Webhook>,
    /// How sealed sessions are handed to the supervision service platform; they wait where nothing is said.
    pub supervision: Option<Supervision>,
}

/// How calls of people are encrypted.
#[derive(Debug, Clone)]
pub enum Encryption {
    /// Not at all: on loopback only.
    Here,
    /// Not at all, on whatever address.
    Plaintext,
    /// By TLS.
    Tls {
        /// File of the certificates, PEM.
        certificate: PathBuf,
        /// File of the key, PEM.
        key: PathBuf,
    },
}

/// Where machines are served.
#[derive(Debug, Clone, Copy)]
pub struct MachinesAddress {
    /// Where.
    pub address: SocketAddr,
    /// By this they know the server.
    pub pin: Sha256,
}

/// A server that is ready.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Where it listens, as `http://…` or `https://…`.
    pub url: String,
    /// The port of it.
    pub port: u16,
    /// Where machines are served, if anywhere.
    pub machines: Option<MachinesAddress>,
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
    let (listener, tls) = people_door(&config).await?;
    let outside = config.outside.as_ref().map(|outside| outside.read(clock.now())).transpose()?;
    let data = DataDir::open(config.layout, &*clock, &*random)?;
    let vault = crate::data::vault(&data.layout, config.identity_keys.as_deref(), &random)?;
    let archive = open(&data.layout, clock, random).await?;
    let node = data.names.node;
    let ingest_config = liuhen_ingest::Config::new(node, data.layout.journal());
    let ingest = Ingest::open(ingest_config, archive.clone()).await.context("take up the journal")?;
    let mut watching = tokio::task::JoinSet::new();
    if config.watches {
        watching.spawn(watcher::run(Watcher::new(archive.clone(), Principal::Node(node)), shutdown.clone()));
        watching.spawn(alarms::run(Alarms::new(archive.clone(), Principal::Node(node)), shutdown.clone()));
    }
    let log = config.watches.then(|| publish(&data, &archive)).and_then(|log| match log {
        Ok(log) => Some(log),
        // Footage is taken in all the same: what is not signed today can be signed when this is set right.
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the log is neither signed nor published · 存证日志未签名、未公布");
            None
        }
    });
    let log = log.map(|(publisher, prover)| {
        watching.spawn(publisher::run(publisher, shutdown.clone()));
        prover
    });
    if let Some(webhook) = config.webhook {
        watching.spawn(webhook::run(webhook, archive.clone(), shutdown.clone()));
    }
    if let Some(platform) = config.supervision {
        watching.spawn(supervision::run(platform, archive.clone(), Principal::Node(node), shutdown.clone()));
    }
    let administrator = Administrator { person: data.names.administrator, token: data.token.sha256() };
    let address = listener.local_addr().context("ask for the address")?;
    let url = format!("{}://{address}", if tls.is_some() { "https" } else { "http" });
    let mut doors = Doors::new(listener, tls);
    let mut machines = None;
    let mut authority = None;
    if let Some(address) = config.machines {
        let signs = Arc::new(outside.map_or_else(|| crate::data::authority(&data.layout), Ok)?);
        let listener = liuhen_api::server::listen_to_all(address).await?;
        machines = Some(MachinesAddress { address: listener.local_addr().context("ask for the address")?, pin: signs.pin() });
        doors = doors.with_machines(listener, Tls::for_machines(&signs)?);
        authority = Some(signs);
    }
    let set_up = match archive.records.has_people().await.context("look for accounts")? {
        true => None,
        false => Some(Token::generate("lhs", &*archive.random)),
    };
    let link = set_up.as_ref().map(|token| format!("{url}/#set-up={}", token.reveal()));
    ready(&Ready { url, port: address.port(), machines, token_file: data.layout.token(), set_up: link });

    // Calls of recorders last as long as they may: they are ended, so that the server can stop.
    let stopping = shutdown.clone();
    let services = Routes::new(ingest.service());
    let end_calls = async {
        stopping.cancelled().await;
        ingest.shutdown();
    };
    let health = INGEST.iter().map(|service| (*service, ingest.healthy())).collect();
    let set_up = set_up.map(|token| token.sha256());
    let vault = Arc::new(vault);
    let machines = machines.map(|door| (door.address.port(), door.pin));
    let config = liuhen_api::Config {
        health,
        set_up,
        authority,
        machines,
        log,
        ..liuhen_api::Config::new(administrator, node, data.layout.staging(), vault)
    };
    let serving = liuhen_api::run(config, archive, doors, (services, INGEST), shutdown.clone());
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

/// Who publishes the log, and who proves what is published.
fn publish(data: &DataDir, archive: &Archive) -> Result<(Publisher, Prover)> {
    let origin = format!("liuhen/{}", data.names.node).parse().context("name the log")?;
    let signer = Signer::open(&data.layout.signer(), &origin, &*archive.random).context("open the signer of the log")?;
    let published = Published::open(&data.layout.log())?;
    let prover = Prover::new(published.clone(), signer.verifier());
    Ok((Publisher::new(archive.clone(), published, signer), prover))
}

/// The socket for people, and how it is encrypted.
async fn people_door(config: &Config) -> Result<(TcpListener, Option<Tls>)> {
    let listener = match &config.encryption {
        Encryption::Here => liuhen_api::server::listen(config.listen).await?,
        Encryption::Plaintext | Encryption::Tls { .. } => liuhen_api::server::listen_to_all(config.listen).await?,
    };
    let tls = match &config.encryption {
        Encryption::Tls { certificate, key } => Some(Tls::for_people(certificate, key)?),
        Encryption::Here | Encryption::Plaintext => None,
    };
    if matches!(config.encryption, Encryption::Plaintext) && !config.listen.ip().is_loopback() {
        tracing::error!(
            address = %config.listen,
            "NOT ENCRYPTED, as you have told it: passwords and footage can be read by whoever is on the way · 未加密：密码与录像可被窃听"
        );
    }
    Ok((listener, tls))
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
    let (webhook, supervision) = (webhook_of(arguments)?, supervision_of(&arguments.platform)?);
    let layout = Layout::of(&arguments.data, arguments.shared.store());
    let config = Config {
        layout,
        watches: !arguments.only_ingest,
        listen: arguments.listen,
        encryption: encryption(arguments),
        machines: arguments.machines,
        identity_keys: arguments.identity_keys.clone(),
        outside: outside(arguments),
        webhook,
        supervision,
    };
    run(config, shutdown, |ready| announce(ready, &arguments.data, voice)).await
}

fn outside(arguments: &crate::arguments::Serve) -> Option<OutsideAuthority> {
    let (certificate, key) = arguments.machines_ca.clone().zip(arguments.machines_ca_key.clone())?;
    Some(OutsideAuthority { certificate, key })
}

fn encryption(arguments: &crate::arguments::Serve) -> Encryption {
    match (arguments.tls_cert.clone(), arguments.tls_key.clone()) {
        (Some(certificate), Some(key)) => Encryption::Tls { certificate, key },
        _ if arguments.allow_plaintext => Encryption::Plaintext,
        _ => Encryption::Here,
    }
}

/// Who else is told of alarms, where somebody is.
fn webhook_of(arguments: &crate::arguments::Serve) -> Result<Option<Webhook>> {
    let (Some(url), Some(file)) = (&arguments.webhook, &arguments.webhook_secret_file) else { return Ok(None) };
    Ok(Some(Webhook::new(url.parse()?, secret_in(file)?)))
}

/// How the supervision service platform is reached, where it is.
fn supervision_of(arguments: &crate::arguments::Platform) -> Result<Option<Supervision>> {
    if let Some(directory) = &arguments.supervision_drop {
        let files = FileDrop::open(directory).with_context(|| format!("make ready {}", directory.display()))?;
        return Ok(Some(Supervision::new(Arc::new(files))));
    }
    let (Some(url), Some(file)) = (&arguments.supervision_url, &arguments.supervision_secret_file) else { return Ok(None) };
    let trusts = Arc::new(crate::tls::web(arguments.supervision_ca.as_deref())?);
    let platform = Http::new(url, secret_in(file)?, trusts)?;
    Ok(Some(Supervision::new(Arc::new(platform))))
}

fn secret_in(file: &Path) -> Result<webhook::Secret> {
    let secret = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    webhook::Secret::parse(&secret).with_context(|| format!("read {}", file.display()))
}

fn announce(ready: &Ready, data: &Path, voice: crate::command::Voice) {
    let (address, token) = (&ready.url, ready.token_file.display());
    let words = if voice.json {
        let mut line = json!({ "address": address, "port": ready.port, "data": data, "token_file": ready.token_file });
        if let Some(door) = ready.machines {
            let url = format!("https://{}", door.address);
            line["machines"] = json!({ "address": url, "port": door.address.port(), "centre_sha256": door.pin });
        }
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
        let machines = ready.machines.iter().map(|door| {
            let what = voice.pick("录像机接入", "recorders");
            format!("\n{what}  https://{}  centre_sha256 = \"{}\"", door.address, door.pin)
        });
        let more: String = machines.chain(first).collect();
        format!("{serving}  {address}\n{holds}  {token}{more}")
    };
    // Programs wait for the line; where nobody reads, the server goes on all the same.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{words}").and_then(|()| out.flush());
}
