//! What people call what an alarm is about. Read once for each site and answer.

use std::collections::HashMap;

use liuhen_archive::Archive;
use liuhen_archive::records::{Alarm, SiteLayout};
use liuhen_proto::Problem;
use liuhen_proto::ids::{RecorderId, RoomId, SiteId, StreamId};

use crate::error::records as failed;

/// Looks names up.
pub(crate) struct Names<'a> {
    archive: &'a Archive,
    layouts: HashMap<SiteId, Option<SiteLayout>>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(archive: &'a Archive) -> Self {
        Self { archive, layouts: HashMap::new() }
    }

    /// Of the alarm's site; nothing where it is about the centre.
    pub(crate) async fn of(&mut self, alarm: &Alarm) -> Result<Option<&SiteLayout>, Problem> {
        let Some(site) = alarm.site else { return Ok(None) };
        if !self.layouts.contains_key(&site) {
            let layout = self.archive.records.layout(site).await.map_err(|error| failed("read the site", error))?;
            self.layouts.insert(site, layout);
        }
        Ok(self.layouts.get(&site).and_then(Option::as_ref))
    }
}

pub(super) fn room(layout: Option<&SiteLayout>, id: RoomId) -> String {
    let found = layout.and_then(|layout| layout.rooms.iter().find(|room| room.id == id));
    found.map_or_else(|| id.to_string(), |room| room.name.clone())
}

pub(super) fn camera(layout: Option<&SiteLayout>, stream: StreamId) -> String {
    let is_of = |stream| move |camera: &&liuhen_archive::records::Camera| camera.evidence == stream;
    let found = layout.and_then(|layout| layout.cameras.iter().find(is_of(stream)));
    found.map_or_else(|| stream.to_string(), |camera| camera.name.clone())
}

pub(super) fn recorder(layout: Option<&SiteLayout>, id: RecorderId) -> String {
    let found = layout.and_then(|layout| layout.recorders.iter().find(|recorder| recorder.id == id));
    found.map_or_else(|| id.to_string(), |recorder| recorder.name.clone())
}
