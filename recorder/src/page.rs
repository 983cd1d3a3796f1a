//! What the site sees of its recorder: a page for people, numbers for Prometheus, and one word for whoever restarts
//! programs.
//!
//! In: what cameras, spool and uplink tell. Out, over HTTP: `GET /`, `GET /metrics`, `GET /healthz`.
//! - It shows and changes nothing; no secret and no camera's address is in it.
//! - Recording waits for none of it: without the page, it goes on.
//!
//! Not here: who may reach it; it listens where the configuration says, which should be this machine only.

mod html;
mod metrics;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve as serve_http};
use liuhen_proto::ids::StreamId;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::{Span, Timestamp};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::camera::{Role, Stream, World};

/// Until an address that could not be had is tried again.
const AGAIN: Duration = Duration::from_secs(10);

/// What is shown.
#[derive(Clone)]
pub struct Site {
    world: World,
    streams: Arc<Vec<(StreamId, String, Role)>>,
    has_centre: bool,
}

/// All of it, as it is at one moment.
struct Seen {
    now: Timestamp,
    cameras: Vec<Camera>,
    spool: Spool,
    /// Whether the centre is heard; nothing where there is none.
    centre: Option<bool>,
    clock_source: liuhen_proto::fragment::ClockSource,
}

struct Camera {
    name: String,
    role: Role,
    status: pb::StreamStatus,
}

struct Spool {
    used_bytes: u64,
    unsealed_bytes: u64,
    backlog_bytes: u64,
    quota_bytes: u64,
    left: Option<Span>,
    full: bool,
}

impl Camera {
    /// How long ago its last fragment on the disk ended.
    fn age(&self, now: Timestamp) -> Option<Span> {
        self.status.last_fragment_us.map(|end| now.since(Timestamp::from_micros(end)))
    }
}

impl Site {
    /// Shows these streams; `has_centre` where a centre is named.
    pub fn new(world: World, streams: &[Stream], has_centre: bool) -> Self {
        let streams = streams.iter().map(|stream| (stream.id, stream.name.clone(), stream.role)).collect();
        Self { world, streams: Arc::new(streams), has_centre }
    }

    async fn look(&self) -> Seen {
        let spool = self.world.spool.clone();
        // It looks at the disk.
        let left = tokio::task::spawn_blocking(move || spool.left()).await.ok().flatten();
        let (spool, mapping) = (&self.world.spool, self.world.wall.current());
        let statuses = self.world.board.statuses(spool);
        let camera = |(id, name, role): &(StreamId, String, Role)| {
            let id = id.to_string();
            let status = statuses.iter().find(|status| status.stream_id == id).cloned().unwrap_or_default();
            Camera { name: name.clone(), role: *role, status }
        };
        Seen {
            now: mapping.wall(self.world.clock.boot_now()),
            cameras: self.streams.iter().map(camera).collect(),
            spool: Spool {
                used_bytes: spool.used_bytes(),
                unsealed_bytes: spool.unsealed_bytes(),
                backlog_bytes: spool.backlog_bytes(),
                quota_bytes: spool.quota_bytes(),
                left,
                full: spool.is_full(),
            },
            centre: self.has_centre.then(|| self.world.reach.is_heard()),
            clock_source: mapping.mapping.source,
        }
    }
}

/// Serves until `shutdown`. An address that cannot be had is told, and tried again and again.
pub async fn serve(address: SocketAddr, site: Site, shutdown: CancellationToken) {
    let router = Router::new().route("/", get(page)).route("/metrics", get(numbers)).route("/healthz", get(health));
    let router = router.with_state(site);
    let mut told = false;
    while !shutdown.is_cancelled() {
        match TcpListener::bind(address).await {
            Ok(listener) => {
                let served = serve_http(listener, router.clone()).with_graceful_shutdown(shutdown.clone().cancelled_owned());
                tracing::info!(%address, "status page");
                if let Err(error) = served.await {
                    tracing::warn!(%error, "the status page ended; serving it again");
                }
            }
            Err(error) if !told => {
                told = true;
                tracing::error!(%address, %error, "the status page cannot be served; check `listen` in [status]; recording goes on");
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

async fn page(State(site): State<Site>) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        // Nothing from elsewhere, and no scripts at all.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ];
    (headers, Html(html::page(&site.look().await))).into_response()
}

async fn numbers(State(site): State<Site>) -> Response {
    match metrics::text(&site.look().await) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Says that the program answers. Whether cameras record is no reason to restart it: that would record less.
async fn health() -> &'static str {
    "ok\n"
}
