//! To the centre: what is live first, then what sessions wait for, then the rest; resuming by what the centre holds.
//!
//! In: the spool, the observations and the schedule, and the answers of the centre. Out: one `Control`, one `Observe` and
//! one `Upload` call, each on a connection of its own, so that footage never holds up the word that something
//! is wrong.
//! - Only what is synced is sent; only what is sealed leaves the spool.
//! - Never more than the centre's window of a run is under way, in chunks that interleave between runs.
//! - A lost connection is made anew for ever, and costs nothing but time.
//!
//! Not here: what is deleted ([`crate::spool`]), what cameras do ([`crate::camera`]).

mod centre_clock;
mod clock_words;
mod control;
mod lane;
mod limit;
mod observe;
mod order;
mod upload;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use liuhen_proto::ids::{RunId, StreamId};
use liuhen_proto::wire::ingest::v1::ingest_service_client::IngestServiceClient;
use liuhen_proto::world::{Clock, Randomness};
use liuhen_proto::{BootTime, Code};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::camera::World;
use crate::clock::WallKeeper;
use crate::config::{Config, Secret};
use crate::machine::keep::Keeper;
use crate::machine::tls::Connector;
use crate::machine::{Identity, IdentityError};
use crate::observations::Observations;
use crate::schedule::Schedule;
use crate::spool::Spool;
use crate::status::{Board, Reach};
use centre_clock::CentreClock;
use lane::Lane;
use limit::Limit;

const CONNECT: Duration = Duration::from_secs(5);
/// A link that is dead is found out within these two.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(5);
/// The largest answer: the settings of a thousand streams, with a reference still for each.
const MAX_ANSWER_BYTES: usize = 64 << 20;
const MOST_PAUSE: Duration = Duration::from_secs(5);

/// Why a call to the centre ended, or could not be made.
#[derive(Debug, thiserror::Error)]
pub enum UplinkError {
    /// The address or the token cannot be used at all.
    #[error("the centre's {what} cannot be used: {why}")]
    Settings {
        /// `address` or `token`.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// Who we are cannot be read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// It does not answer.
    #[error("the centre does not answer: {0}")]
    Connect(String),
    /// It ended the call.
    #[error("the centre ended the call: {:?}: {:.300}", .0.code(), .0.message())]
    Call(Status),
    /// It closed the call without an error.
    #[error("the centre closed the call")]
    Closed,
    /// It holds the connection and acknowledges nothing.
    #[error("the centre acknowledges nothing any more")]
    Stalled,
}

impl UplinkError {
    /// The closed list's code.
    pub const fn code(&self) -> Code {
        match self {
            Self::Settings { .. } => Code::InvalidArgument,
            Self::Identity(error) => error.code(),
            Self::Connect(_) | Self::Call(_) | Self::Closed | Self::Stalled => Code::Unavailable,
        }
    }
}

impl From<Status> for UplinkError {
    fn from(status: Status) -> Self {
        Self::Call(status)
    }
}

/// What the calls share.
#[derive(Clone)]
struct Link {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Randomness>,
    wall: Arc<WallKeeper>,
    spool: Arc<Spool>,
    board: Arc<Board>,
    observations: Arc<Observations>,
    /// Streams that go before evidence while they are live.
    viewing: Arc<BTreeSet<StreamId>>,
    centre_clock: Arc<CentreClock>,
    endpoints: Vec<Endpoint>,
    token: MetadataValue<Ascii>,
    /// Nothing where the centre is on this machine.
    connector: Option<Connector>,
    /// Set where the centre does not let us in.
    refused: Arc<AtomicBool>,
    schedule: Arc<Schedule>,
    reach: Arc<Reach>,
    limit: Arc<Limit>,
    /// When streams were divided last.
    divided: Arc<Mutex<BTreeMap<StreamId, BootTime>>>,
    /// Runs that the centre said STOP to; for as long as this process lives.
    aside: Arc<Mutex<BTreeSet<RunId>>>,
    /// Nothing more is recorded: go when all is handed over.
    recorded: CancellationToken,
}

impl Link {
    /// Sends nothing of the run on any connection.
    fn put_aside(&self, run: &str) {
        if let Ok(run) = run.parse() {
            self.aside.lock().expect("no one panics while holding the list").insert(run);
        }
    }

    /// Whether the stream may be divided again; if so, it was now.
    fn may_divide(&self, stream: StreamId, now: BootTime) -> bool {
        let mut divided = self.divided.lock().expect("no one panics while holding the list");
        let may = divided.get(&stream).is_none_or(|last| now.since(*last) > order::DIVIDED_EVERY);
        if may {
            divided.insert(stream, now);
        }
        may
    }

    /// Where a run begins on a new connection.
    fn lane(&self, run: RunId) -> Lane {
        let mut lane = Lane::new();
        if self.aside.lock().expect("no one panics while holding the list").contains(&run) {
            lane.put_aside();
        }
        lane
    }
}

type Client = IngestServiceClient<InterceptedService<Channel, Bearer>>;

#[derive(Clone)]
struct Bearer(MetadataValue<Ascii>);

impl tonic::service::Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Starts the calls. Nothing where the configuration names no centre. The task ends after `recorded`,
/// when all is handed over.
pub fn start(config: &Config, world: &World, recorded: CancellationToken) -> Result<Option<JoinHandle<()>>, UplinkError> {
    let Some(link) = link(config, world, recorded)? else { return Ok(None) };
    let keeper = keeper(config, world, &link);
    Ok(Some(tokio::spawn(async move {
        // They end with this task, however that ends.
        let _keeper = keeper.map(|keeper| AbortOnDropHandle::new(tokio::spawn(keeper.run())));
        let _control = AbortOnDropHandle::new(tokio::spawn(repeat(link.clone(), "control", control::call)));
        let observe = repeat(link.clone(), "observe", observe::call);
        tokio::join!(repeat(link, "upload", upload::call), observe);
    })))
}

/// One `Upload` call over a connection that stands already, until the call ends. Nothing is sent where the configuration
/// names no centre.
pub async fn upload_over(
    channel: Channel,
    config: &Config,
    world: &World,
    recorded: CancellationToken,
) -> Result<(), UplinkError> {
    let Some(link) = link(config, world, recorded)? else { return Ok(()) };
    let client = over(channel, &link);
    upload::call(link, client).await
}

fn link(config: &Config, world: &World, recorded: CancellationToken) -> Result<Option<Link>, UplinkError> {
    let Some(token) = &config.token else { return Ok(None) };
    let link = Link {
        clock: world.clock.clone(),
        random: world.random.clone(),
        wall: world.wall.clone(),
        spool: world.spool.clone(),
        board: world.board.clone(),
        observations: world.observations.clone(),
        viewing: Arc::new(config.cameras.iter().filter_map(|camera| Some(camera.viewing.as_ref()?.stream_id)).collect()),
        centre_clock: Arc::default(),
        endpoints: config.centre.iter().map(|address| endpoint(address)).collect::<Result<_, _>>()?,
        token: bearer(token)?,
        connector: connector(config)?,
        refused: Arc::default(),
        schedule: world.schedule.clone(),
        reach: world.reach.clone(),
        limit: Arc::new(Limit::new(config.uplink_limit, world.clock.boot_now())),
        divided: Arc::default(),
        aside: Arc::default(),
        recorded,
    };
    Ok(Some(link))
}

/// Shows who we are, and knows the centre; nothing where that is on this machine.
fn connector(config: &Config) -> Result<Option<Connector>, UplinkError> {
    let Some(pin) = config.centre_pin else { return Ok(None) };
    Ok(Some(Connector::new(pin, Identity::load_or_make(&config.spool.directory)?)))
}

/// Who keeps our certificate.
fn keeper(config: &Config, world: &World, link: &Link) -> Option<Keeper> {
    let (connector, token) = (link.connector.clone()?, config.token.clone()?);
    let (clock, wall) = (world.clock.clone(), world.wall.clone());
    let now = Box::new(move || wall.current().wall(clock.boot_now()));
    let endpoints = config.centre.iter().zip(&link.endpoints);
    let endpoints = endpoints.filter(|(address, _)| is_encrypted(address)).map(|(_, endpoint)| endpoint.clone()).collect();
    Some(Keeper { connector, endpoints, token, refused: Arc::clone(&link.refused), clock: world.clock.clone(), now, made: None })
}

fn is_encrypted(address: &str) -> bool {
    address.starts_with("https://")
}

fn endpoint(address: &str) -> Result<Endpoint, UplinkError> {
    let endpoint = Endpoint::from_shared(address.to_owned())
        .map_err(|error| UplinkError::Settings { what: "address", why: error.to_string() })?;
    Ok(endpoint
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_ANSWER)
        .keep_alive_while_idle(true))
}

fn bearer(token: &Secret) -> Result<MetadataValue<Ascii>, UplinkError> {
    let mut value: MetadataValue<Ascii> = format!("Bearer {}", token.reveal())
        .parse()
        .map_err(|_| UplinkError::Settings { what: "token", why: "it holds characters that cannot be sent".into() })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Makes the call again and again, at one address after the other, until it says that it is done.
async fn repeat<F: Future<Output = Result<(), UplinkError>>>(link: Link, name: &'static str, call: impl Fn(Link, Client) -> F) {
    let mut failures = 0;
    let mut last_error = String::new();
    // Without a certificate the centre lets nobody in; who has one and is refused all the same tries again.
    if let Some(connector) = &link.connector
        && link.endpoints.iter().all(|endpoint| endpoint.uri().scheme_str() == Some("https"))
    {
        connector.identity().certified().await;
    }
    for endpoint in link.endpoints.iter().cycle() {
        let began = link.clock.boot_now();
        let result = match connect(&link, endpoint).await {
            Ok(client) => call(link.clone(), client).await,
            Err(error) => Err(error),
        };
        let Err(error) = result else { return };
        if let UplinkError::Call(status) = &error
            && matches!(status.code(), tonic::Code::Unauthenticated | tonic::Code::PermissionDenied)
        {
            link.refused.store(true, Ordering::Relaxed);
        }
        let error = error.to_string();
        // The same trouble is told once, not every five seconds for a night.
        if error != last_error {
            tracing::warn!(call = name, error, "uplink lost; trying again");
            last_error = error;
        }
        if link.clock.boot_now().since(began) > liuhen_proto::Span::from_secs(10) {
            failures = 0;
        }
        tokio::time::sleep(pause(failures, link.random.as_ref())).await;
        failures += 1;
    }
}

fn pause(failures: u32, random: &dyn Randomness) -> Duration {
    let mut byte = [0];
    random.fill(&mut byte);
    let pause = Duration::from_millis(250).saturating_mul(1 << failures.min(8)).min(MOST_PAUSE);
    pause.mul_f64(0.75 + f64::from(byte[0]) / 512.0)
}

async fn connect(link: &Link, endpoint: &Endpoint) -> Result<Client, UplinkError> {
    let connecting = async {
        match &link.connector {
            Some(connector) if endpoint.uri().scheme_str() == Some("https") => {
                endpoint.connect_with_connector(connector.clone()).await
            }
            _ => endpoint.connect().await,
        }
    };
    let channel = connecting.await.map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        UplinkError::Connect(source.unwrap_or_else(|| error.to_string()))
    })?;
    Ok(over(channel, link))
}

fn over(channel: Channel, link: &Link) -> Client {
    let client = IngestServiceClient::with_interceptor(channel, Bearer(link.token.clone()));
    client.max_decoding_message_size(MAX_ANSWER_BYTES)
}
