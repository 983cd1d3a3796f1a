//! What stands, and then every event, in the order of the archive.
//!
//! Always: what stands is read after the number up to which it holds, so an event in between is told twice rather than
//! not at all; who does not read is not sent to.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::Stream;
use liuhen_archive::Archive;
use liuhen_archive::records::Alarm;
use liuhen_proto::Problem;
use liuhen_proto::ids::SiteId;
use liuhen_proto::wire::review::v1 as pb;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::convert;
use super::names::Names;
use crate::auth::Asking;
use crate::error::records as failed;

/// The archive is asked at least so often, since another node may have written.
const LONGEST: Duration = Duration::from_secs(1);
/// And at most so often.
const SHORTEST: Duration = Duration::from_millis(100);
/// Events of one look.
const PAGE: u32 = 100;

struct Watch {
    archive: Archive,
    asking: Asking,
    site: Option<SiteId>,
    /// All events up to this one were told.
    told: u64,
    waiting: VecDeque<pb::WatchAlarmsResponse>,
    changes: watch::Receiver<u64>,
    shutdown: CancellationToken,
}

/// Of one site or all, from the beginning or after an event. Ends with the server, or after an error.
pub(super) async fn watch(
    archive: Archive,
    asking: Asking,
    (site, after): (Option<SiteId>, Option<u64>),
    shutdown: CancellationToken,
) -> Result<impl Stream<Item = Result<pb::WatchAlarmsResponse, Problem>> + Send, Problem> {
    let mut changes = archive.live.subscribe();
    changes.mark_unchanged();
    let newest = archive.records.newest_alarm_event().await.map_err(|error| failed("read alarms", error))?;
    let told = after.unwrap_or(newest);
    let mut watch = Watch { archive, asking, site, told, waiting: VecDeque::new(), changes, shutdown };
    if after.is_none() {
        watch.stands().await?;
    }
    watch.waiting.push_back(pb::WatchAlarmsResponse { event_number: told, caught_up: true, ..Default::default() });
    Ok(futures_util::stream::unfold(Some(watch), |watch| async move {
        let mut watch = watch?;
        match watch.next().await? {
            Ok(answer) => Some((Ok(answer), Some(watch))),
            Err(problem) => Some((Err(problem), None)),
        }
    }))
}

impl Watch {
    /// Of the site that was asked for, and in the caller's reach.
    async fn is_of_interest(&self, alarm: &Alarm) -> Result<bool, Problem> {
        let asked = self.site.is_none() || alarm.site == self.site;
        Ok(asked && self.asking.sees(super::of_site(alarm)).await?)
    }

    async fn stands(&mut self) -> Result<(), Problem> {
        let open = self.archive.records.open_alarms().await.map_err(|error| failed("read alarms", error))?;
        let mut names = Names::new(&self.archive);
        for alarm in &open {
            if !self.is_of_interest(alarm).await? {
                continue;
            }
            self.waiting.push_back(pb::WatchAlarmsResponse {
                event: pb::AlarmEventKind::Standing.into(),
                alarm: Some(convert::alarm(alarm, names.of(alarm).await?)),
                event_number: self.told,
                caught_up: false,
            });
        }
        Ok(())
    }

    /// The next answer; nothing when the server stops.
    async fn next(&mut self) -> Option<Result<pb::WatchAlarmsResponse, Problem>> {
        loop {
            if let Some(answer) = self.waiting.pop_front() {
                return Some(Ok(answer));
            }
            if let Err(problem) = self.read().await {
                return Some(Err(problem));
            }
            if self.waiting.is_empty() {
                self.rest().await?;
            }
        }
    }

    async fn read(&mut self) -> Result<(), Problem> {
        let events = self.archive.records.alarm_events(self.told, PAGE).await;
        let mut names = Names::new(&self.archive);
        for event in events.map_err(|error| failed("read alarms", error))? {
            self.told = event.number;
            if self.is_of_interest(&event.alarm).await? {
                self.waiting.push_back(convert::event(&event, names.of(&event.alarm).await?));
            }
        }
        Ok(())
    }

    /// Until something may have happened; nothing when the server stops.
    async fn rest(&mut self) -> Option<()> {
        let changed = async {
            tokio::time::sleep(SHORTEST).await;
            // An error means that nobody writes any more.
            let _ = tokio::time::timeout(LONGEST, self.changes.changed()).await;
        };
        tokio::select! {
            () = self.shutdown.cancelled() => None,
            () = changed => Some(()),
        }
    }
}
