//! ARCHIVE → PEOPLE. gRPC services, HTTP playback, and who may use them.
//!
//! In: calls of people, programs and recorders, by a door for each; an [`Archive`] to answer from. Out: answers.
//! In the order a call meets them:
//! - [`server`]: the listening sockets, TLS; reflection and health;
//! - [`auth`]: whose call it is, and whether it may be made;
//! - [`machines`]: `MachineService` and `NeighbourService`, keys and certificates of recorders and neighbouring systems;
//! - `people`: `PeopleService`, who is let in and who may do what; and pages of browsers, by cookies;
//! - `duty`: who looks live because they are on duty;
//! - `access`: the entry of every look at footage, before anything is shown; `watched`: what its player says of it;
//! - `session`: `SessionService`, what is to be recorded;
//! - `process`: `ProcessService`, `StaffService` and `SheetService`, what happened, judged by the rules; [`vault`]: numbers of identity documents;
//! - `import`: `ImportService`, footage that comes as a file;
//! - `review`: `ReviewService`, what was recorded and what is missing;
//! - `log`: `LogService`, checkpoints of the custody log and proofs;
//! - `alarm`: `AlarmService`, what is wrong now; [`webhook`]: the same to a program elsewhere;
//! - [`supervision`]: `SupervisionService`, sealed sessions for the supervision service platform, and its receipts;
//! - `limit`: how often something may be done;
//! - `refusals`: what was tried and refused, in the log; `peer`: from where;
//! - `status`: `StatusService`, how all rooms of a day stand;
//! - `console`: the page for browsers, and gRPC as browsers can speak it;
//! - `playback`: HLS and virtual MP4 under `/v1/play/<ticket>/`;
//! - `footage`: where the bytes lie, and the bytes;
//! - `error`: errors of the rooms below, as callers see them.
//!
//! Always: every call carries a principal or asks for nothing that needs one. Not here: what is stored
//! and how (`liuhen_archive`), what a fragment is (`liuhen_media`), taking footage in (`liuhen_ingest`).

mod access;
mod alarm;
pub mod auth;
mod console;
mod duty;
mod error;
mod footage;
mod import;
mod limit;
mod log;
pub mod machines;
mod peer;
mod people;
mod playback;
mod process;
mod refusals;
mod review;
pub mod server;
mod session;
mod status;
pub mod supervision;
mod trace;
pub mod vault;
mod watched;
pub mod webhook;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use liuhen_archive::Archive;
use liuhen_archive::custody::Prover;
use liuhen_proto::ids::NodeId;
use liuhen_proto::wire::archive::v1::import_service_server::ImportServiceServer;
use liuhen_proto::wire::machine::v1::machine_service_server::MachineServiceServer;
use liuhen_proto::wire::machine::v1::neighbour_service_server::NeighbourServiceServer;
use liuhen_proto::wire::people::v1::people_service_server::PeopleServiceServer;
use liuhen_proto::wire::review::v1::alarm_service_server::AlarmServiceServer;
use liuhen_proto::wire::review::v1::log_service_server::LogServiceServer;
use liuhen_proto::wire::review::v1::review_service_server::ReviewServiceServer;
use liuhen_proto::wire::review::v1::status_service_server::StatusServiceServer;
use liuhen_proto::wire::review::v1::trace_service_server::TraceServiceServer;
use liuhen_proto::wire::session::v1::process_service_server::ProcessServiceServer;
use liuhen_proto::wire::session::v1::session_service_server::SessionServiceServer;
use liuhen_proto::wire::session::v1::sheet_service_server::SheetServiceServer;
use liuhen_proto::wire::session::v1::staff_service_server::StaffServiceServer;
use liuhen_proto::wire::session::v1::supervision_service_server::SupervisionServiceServer;
use liuhen_proto::{Sha256, Span};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use auth::identity::IdentityVerifier;
use auth::{Administrator, Authenticator};
pub use import::CleanError;
use machines::authority::Authority;
use server::{Doors, ServeError};

/// What a server is made of.
#[derive(Debug, Clone)]
pub struct Config {
    /// The one local account.
    pub administrator: Administrator,
    /// Who acts where nobody is known.
    pub node: NodeId,
    /// SHA-256 of the token that makes the first account, where there is none yet.
    pub set_up: Option<Sha256>,
    /// How long an address to play from holds.
    pub ticket_lifetime: Span,
    /// A directory of our own on the file system of the objects, where files lie that are being taken in.
    pub staging: PathBuf,
    /// Who else vouches for people; nothing where all log in with passwords and passes.
    pub identities: Option<Arc<dyn IdentityVerifier>>,
    /// Who signs certificates of recorders; nothing where none is served over TLS.
    pub authority: Option<Arc<Authority>>,
    /// Port of the door for machines, and by what they know us; nothing where there is none.
    pub machines: Option<(u16, Sha256)>,
    /// Keys for numbers of identity documents.
    pub vault: Arc<vault::Vault>,
    /// Proofs of the log; nothing where this server does not publish it.
    pub log: Option<Prover>,
    /// Services of other rooms that are not always well, with where their state is seen, for health.
    pub health: Vec<(&'static str, watch::Receiver<bool>)>,
}

impl Config {
    /// With this administrator; addresses hold for 12 hours, which is longer than any working day.
    pub const fn new(administrator: Administrator, node: NodeId, staging: PathBuf, vault: Arc<vault::Vault>) -> Self {
        Self {
            administrator,
            node,
            set_up: None,
            ticket_lifetime: Span::from_secs(12 * 3600),
            staging,
            identities: None,
            authority: None,
            machines: None,
            vault,
            log: None,
            health: Vec::new(),
        }
    }
}

/// What all calls share.
struct Shared {
    archive: Archive,
    auth: Authenticator,
    inits: footage::Inits,
    looks: access::Looks,
    duties: duty::Duties,
    refusals: Arc<refusals::Refusals>,
    limits: limit::Limits,
    tickets: playback::Tickets,
    clips: playback::Clips,
    ticket_lifetime: Span,
}

/// Names of the services that are served here, for health.
const SERVICES: &[&str] = &[
    "liuhen.people.v1.PeopleService",
    "liuhen.machine.v1.MachineService",
    "liuhen.machine.v1.NeighbourService",
    "liuhen.session.v1.SessionService",
    "liuhen.session.v1.ProcessService",
    "liuhen.session.v1.SheetService",
    "liuhen.session.v1.StaffService",
    "liuhen.session.v1.SupervisionService",
    "liuhen.review.v1.ReviewService",
    "liuhen.review.v1.AlarmService",
    "liuhen.review.v1.LogService",
    "liuhen.review.v1.StatusService",
    "liuhen.review.v1.TraceService",
    "liuhen.archive.v1.ImportService",
];

/// All that is served, behind the auth layer. `more` are services of other rooms that run in this
/// process, with their names for health; streams of ours end at `shutdown`.
pub async fn app(
    config: Config,
    archive: Archive,
    more: (Routes, &[&'static str]),
    shutdown: CancellationToken,
) -> Result<Router, ServeError> {
    let refusals = Arc::new(refusals::Refusals::new(config.node));
    let authenticator = Authenticator::new(archive.clone(), config.administrator, Arc::clone(&refusals));
    let machines = machines::Machines::new(archive.clone(), Arc::clone(&refusals), config.authority);
    let shared = Arc::new(Shared {
        archive: archive.clone(),
        auth: authenticator.clone(),
        inits: footage::Inits::default(),
        looks: access::Looks::default(),
        duties: duty::Duties::default(),
        refusals: Arc::clone(&refusals),
        limits: limit::Limits::default(),
        tickets: playback::Tickets::default(),
        clips: playback::Clips::default(),
        ticket_lifetime: config.ticket_lifetime,
    });
    import::clean(&config.staging, &archive).await.map_err(ServeError::Staging)?;
    let people = people::People::new(archive.clone(), authenticator.clone(), Arc::clone(&refusals), config.set_up);
    let people = people.with_identities(config.identities);
    let imports = import::Imports::new(archive.clone(), config.staging);
    let process = process::Process::new(archive.clone(), config.vault, Arc::clone(&refusals), shutdown.clone());
    let pages = people::web::routes(people.clone());
    let routes = more
        .0
        .add_service(PeopleServiceServer::new(people))
        .add_service(MachineServiceServer::new(machines))
        .add_service(NeighbourServiceServer::new(machines::Neighbours::new(archive.clone())))
        .add_service(ImportServiceServer::new(imports))
        .add_service(AlarmServiceServer::new(alarm::AlarmCalls::new(archive.clone(), shutdown.clone())))
        .add_service(LogServiceServer::new(log::Log::new(archive.clone(), config.log)))
        .add_service(StatusServiceServer::new(status::Statuses::new(archive.clone(), shutdown.clone())))
        .add_service(StaffServiceServer::new(process.clone()))
        .add_service(SupervisionServiceServer::new(supervision::Reports::new(archive.clone())))
        .add_service(SheetServiceServer::new(process.clone()).max_decoding_message_size(process::sheets::MAX_REQUEST_BYTES))
        .add_service(ProcessServiceServer::new(process))
        .add_service(SessionServiceServer::new(session::Sessions::new(archive, config.machines)))
        .add_service(TraceServiceServer::new(trace::Trace::new(shared.clone())))
        .add_service(ReviewServiceServer::new(review::Review::new(shared.clone(), shutdown)));
    let services: Vec<_> = SERVICES.iter().chain(more.1).copied().collect();
    let routes = server::with_probes(routes, &services, config.health).await?;
    let app = routes.into_axum_router().merge(playback::routes(shared)).merge(pages).merge(console::routes());
    Ok(console::speaks_grpc_web(app.layer(from_fn_with_state(authenticator, auth::guard))))
}

/// Serves until `shutdown`; open calls are given a short while to finish.
pub async fn run(
    config: Config,
    archive: Archive,
    doors: impl Into<Doors>,
    more: (Routes, &[&'static str]),
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let app = app(config, archive, more, shutdown.clone()).await?;
    server::serve(doors.into(), app, shutdown).await
}
