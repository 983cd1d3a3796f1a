//! `liuhen.review.v1.AlarmService`: what is wrong now, in words of footage, and what persons say to it.
//!
//! In: requests of people. Out: alarms of their sites as the archive has them, with words in both languages. Always: what a
//! watcher is told comes from the archive in its order, so nothing is missed between two calls. Not here: what is wrong
//! (`liuhen_archive`), who else is told ([`crate::webhook`]).

pub(crate) mod convert;
pub(crate) mod names;
mod watch;
mod words;

use std::pin::Pin;

use futures_util::{Stream, StreamExt as _};
use liuhen_archive::Archive;
use liuhen_archive::records::{Act, Alarm, AlarmQuery, MAX_ROWS, Thing};
use liuhen_proto::ids::{AlarmId, SiteId};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::alarm_service_server::AlarmService;
use liuhen_proto::{Problem, wire};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::auth::Asking;
use crate::error::records as failed;
use crate::session::check;
use crate::session::convert::receipt;
use names::Names;

type Answer<T> = Result<Response<T>, Status>;

/// The service.
#[derive(Clone)]
pub(crate) struct AlarmCalls {
    archive: Archive,
    shutdown: CancellationToken,
}

impl AlarmCalls {
    pub(crate) fn new(archive: Archive, shutdown: CancellationToken) -> Self {
        Self { archive, shutdown }
    }
}

fn site(id: &str) -> Result<Option<SiteId>, Problem> {
    Some(id).filter(|id| !id.is_empty()).map(|id| wire::id("site_id", id)).transpose()
}

/// An alarm of the centre itself is seen by those who have a role everywhere.
fn of_site(alarm: &Alarm) -> Thing {
    alarm.site.map_or(Thing::Archive, Thing::Site)
}

#[tonic::async_trait]
impl AlarmService for AlarmCalls {
    type WatchAlarmsStream = Pin<Box<dyn Stream<Item = Result<pb::WatchAlarmsResponse, Status>> + Send>>;

    async fn watch_alarms(&self, request: Request<pb::WatchAlarmsRequest>) -> Answer<Self::WatchAlarmsStream> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        let request = request.into_inner();
        let of = (site(&request.site_id)?, request.after_event);
        let watched = watch::watch(self.archive.clone(), asking, of, self.shutdown.clone()).await?;
        Ok(Response::new(watched.map(|answer| answer.map_err(Status::from)).boxed()))
    }

    async fn list_alarms(&self, request: Request<pb::ListAlarmsRequest>) -> Answer<pb::ListAlarmsResponse> {
        let asking = Asking::of(&request)?;
        asking.item_by_item();
        let request = request.into_inner();
        let limit = check::limit(request.limit, MAX_ROWS)?;
        let interval = request.interval.as_ref().map(|interval| wire::interval("interval", Some(interval))).transpose()?;
        let query = AlarmQuery { interval, site: site(&request.site_id)?, open_only: request.open_only };
        let found = self.archive.records.alarms(query, limit.saturating_add(1)).await;
        let mut found = found.map_err(|error| failed("list alarms", error))?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let truncated = found.len() > wanted;
        found.truncate(wanted);
        let mut names = Names::new(&self.archive);
        let mut alarms = Vec::with_capacity(found.len());
        for alarm in &found {
            if !asking.sees(of_site(alarm)).await? {
                continue;
            }
            alarms.push(convert::alarm(alarm, names.of(alarm).await?));
        }
        Ok(Response::new(pb::ListAlarmsResponse { alarms, truncated }))
    }

    async fn acknowledge_alarm(&self, request: Request<pb::AcknowledgeAlarmRequest>) -> Answer<pb::AcknowledgeAlarmResponse> {
        let asking = Asking::of(&request)?;
        let act = Act::new(asking.principal(), self.archive.clock.now());
        let request = request.into_inner();
        let alarm: AlarmId = wire::id("alarm_id", &request.alarm_id)?;
        asking.about(Thing::Alarm(alarm), alarm).await?;
        let note = check::text("note", &request.note, check::MAX_REASON_BYTES)?;
        let name = if request.name.trim().is_empty() { String::new() } else { check::name(&request.name)? };
        let written = self.archive.records.acknowledge_alarm(&act, alarm, name, note).await;
        let written = written.map_err(|error| failed("acknowledge the alarm", error))?;
        self.archive.live.changed();
        let mut names = Names::new(&self.archive);
        Ok(Response::new(pb::AcknowledgeAlarmResponse {
            alarm: Some(convert::alarm(&written.value, names.of(&written.value).await?)),
            receipt: Some(receipt(&written.receipt)),
            repeated: written.repeated,
        }))
    }
}
