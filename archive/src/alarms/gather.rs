//! Gathers facts. What is declared is read again every ten seconds, all else each time.

use std::collections::HashMap;

use liuhen_proto::ids::{RoomId, SiteId, StreamId, ViewpointId};
use liuhen_proto::{Interval, Span, Timestamp};

use super::facts::{Facts, Produced, RecorderFacts, SiteFacts, StreamFacts};
use super::{Alarms, GRACE, REFRESH};
use crate::Result;
use crate::records::{Expectation, Gap, GapCause, GapKind, MAX_ROWS, Session, SiteLayout};

/// What is lost stays an alarm for so long after its session.
const LOST_FOR: Span = Span::from_secs(24 * 3600);
/// For the first look at a stream: how far back its newest footage is looked for.
const LOOK_BACK: Span = Span::from_secs(3600);

impl Alarms {
    pub(super) async fn gather(&mut self) -> Result<Facts> {
        let (now, boot) = (self.archive.clock.now(), self.archive.clock.boot_now());
        let (began, began_boot) = *self.began.get_or_insert((now, boot));
        let mut sites = Vec::new();
        for site in self.archive.records.sites().await? {
            sites.push(self.site(site.id, now).await?);
        }
        let storage = self.archive.live.storage_failures();
        Ok(Facts { now, began, patient: boot.since(began_boot) >= GRACE, sites, storage })
    }

    async fn site(&mut self, site: SiteId, now: Timestamp) -> Result<SiteFacts> {
        let layout = self.layout(site).await?;
        let rooms: HashMap<ViewpointId, RoomId> = layout.viewpoints.iter().map(|view| (view.id, view.room)).collect();
        let recent = Interval::new(now.before(LOST_FOR), now.after(Span::from_micros(1))).expect("a day is some time");
        let (mut required, mut gaps) = (Vec::new(), Vec::new());
        for session in self.archive.records.sessions_in(Some(recent), Some(site), MAX_ROWS).await? {
            let expected = self.expected(&session).await?;
            let open = expected.iter().filter(|expected| expected.required && expected.interval.contains(now));
            let open: Vec<ViewpointId> = open.map(|expected| expected.viewpoint).collect();
            let of_session = self.archive.records.gaps_of(session.id).await?;
            let counted = of_session.into_iter().filter(|gap| is_counted(gap, &open));
            gaps.extend(
                counted.filter_map(|gap| Some((rooms.get(&gap.viewpoint).copied()?, gap))).map(|(room, gap)| (gap, room)),
            );
            required.extend(open);
        }
        let mut streams = Vec::new();
        for camera in &layout.cameras {
            let Some(&room) = rooms.get(&camera.viewpoint) else { continue };
            let spoken = self.archive.live.recorder_of(camera.evidence);
            let status = spoken
                .as_ref()
                .and_then(|(_, health)| health.status.streams.iter().find(|status| status.stream == camera.evidence));
            streams.push(StreamFacts {
                stream: camera.evidence,
                viewpoint: camera.viewpoint,
                room,
                required: required.contains(&camera.viewpoint),
                recorder: spoken.as_ref().map(|(recorder, _)| *recorder),
                state: status.map(|status| status.state),
                produced: self.produced(camera.evidence, now).await?,
            });
        }
        let recorder = |id| RecorderFacts { recorder: id, health: self.archive.live.recorder(id) };
        let recorders = layout.recorders.iter().map(|it| recorder(it.id)).collect();
        Ok(SiteFacts { site, streams, recorders, gaps })
    }

    async fn layout(&mut self, site: SiteId) -> Result<SiteLayout> {
        let boot = self.archive.clock.boot_now();
        if let Some((layout, _)) = self.layouts.get(&site).filter(|(_, read)| boot.since(*read) < REFRESH) {
            return Ok(layout.clone());
        }
        let layout = self.archive.records.layout(site).await?.ok_or_else(|| crate::Error::NotFound(site.to_string()))?;
        self.layouts.insert(site, (layout.clone(), boot));
        Ok(layout)
    }

    async fn expected(&mut self, session: &Session) -> Result<Vec<Expectation>> {
        let boot = self.archive.clock.boot_now();
        let known = self.expectations.get(&session.id);
        if let Some((_, known, _)) = known.filter(|(seen, _, read)| *seen == session.revision && boot.since(*read) < REFRESH) {
            return Ok(known.clone());
        }
        let expected = self.archive.records.expectations(session.id).await?;
        self.expectations.retain(|_, (_, _, read)| boot.since(*read) < REFRESH.times(2));
        self.expectations.insert(session.id, (session.revision, expected.clone(), boot));
        Ok(expected)
    }

    /// What a stream has produced; what is sealed is asked for once.
    async fn produced(&mut self, stream: StreamId, now: Timestamp) -> Result<Produced> {
        let live = self.archive.live.newest(stream);
        let old = match self.produced.get(&stream) {
            Some(old) => *old,
            None => {
                let hour = Interval::new(now.before(LOOK_BACK), now.after(Span::from_micros(1))).expect("an hour is some time");
                let sealed = self.archive.records.coverage_in(stream, hour).await?;
                let newest = sealed.iter().map(|segment| segment.interval.end()).max();
                Produced { count: 0, noticed: now, newest, length: Span::ZERO }
            }
        };
        let produced = match live {
            Some(live) if live.count != old.count => {
                let newest = old.newest.max(Some(live.end));
                Produced { count: live.count, noticed: now, newest, length: live.length }
            }
            _ => old,
        };
        self.produced.insert(stream, produced);
        Ok(produced)
    }
}

/// Whether a gap is told of now: while its window is open and it goes on, or where it is lost.
fn is_counted(gap: &Gap, open: &[ViewpointId]) -> bool {
    let missing = matches!(gap.kind, GapKind::NoPicture | GapKind::NoSound) && !gap.is_filled();
    let ongoing = gap.end.is_none() && open.contains(&gap.viewpoint);
    missing && (ongoing || gap.cause == GapCause::Lost)
}
