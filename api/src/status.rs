//! `liuhen.review.v1.StatusService`: how all rooms of a day stand, in one stream.
//!
//! In: an interval, a site or none. Out: sessions with the rooms that the caller may know of, at once, at every change and
//! at least every two seconds. Always: it comes from what is stored; what is out of the caller's reach is not there, room
//! by room. Not here: coverage itself (`liuhen_archive`), what a standing is (`standing`).

mod standing;
mod watch;

use std::pin::Pin;

use futures_util::{Stream, StreamExt as _};
use liuhen_archive::Archive;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::status_service_server::StatusService;
use liuhen_proto::{Interval, Problem, Span, wire};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::auth::Asking;

/// A day, with the night before and after it.
const MAX_WATCHED: Span = Span::from_secs(48 * 3600);

/// The service.
#[derive(Clone)]
pub(crate) struct Statuses {
    archive: Archive,
    shutdown: CancellationToken,
}

impl Statuses {
    pub(crate) fn new(archive: Archive, shutdown: CancellationToken) -> Self {
        Self { archive, shutdown }
    }
}

fn day(interval: Option<&liuhen_proto::wire::common::v1::Interval>) -> Result<Interval, Problem> {
    let interval = wire::interval("interval", interval)?;
    if interval.span() > MAX_WATCHED {
        return Err(Problem::field("interval", "is longer than 48 hours"));
    }
    Ok(interval)
}

#[tonic::async_trait]
impl StatusService for Statuses {
    type WatchStatusStream = Pin<Box<dyn Stream<Item = Result<pb::WatchStatusResponse, Status>> + Send>>;

    async fn watch_status(&self, request: Request<pb::WatchStatusRequest>) -> Result<Response<Self::WatchStatusStream>, Status> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        let request = request.into_inner();
        let interval = day(request.interval.as_ref())?;
        let site = Some(request.site_id.as_str()).filter(|id| !id.is_empty()).map(|id| wire::id("site_id", id)).transpose()?;
        let watch = watch::Watch::new(self.archive.clone(), asking, (interval, site), self.shutdown.clone());
        Ok(Response::new(watch.stream().await?.map(|answer| answer.map_err(Status::from)).boxed()))
    }
}
