//! Where things stand.

use liuhen_proto::scope::Place;
use sqlx::query_as;

use super::{Conn, Db};
use crate::Result;
use crate::records::Thing;
use crate::records::convert::{failed, word};
use crate::records::sql::people as sql;

type PlaceRow = (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

pub(super) async fn of(conn: &mut Conn, thing: Thing) -> Result<Option<Place>> {
    let (statement, id) = match thing {
        Thing::Archive => return Ok(Some(Place::default())),
        Thing::Organization(id) => (sql::PLACE_OF_ORGANIZATION, id.to_string()),
        Thing::Site(id) => (sql::PLACE_OF_SITE, id.to_string()),
        Thing::Room(id) => (sql::PLACE_OF_ROOM, id.to_string()),
        Thing::Viewpoint(id) => (sql::PLACE_OF_VIEWPOINT, id.to_string()),
        Thing::Stream(id) => (sql::PLACE_OF_STREAM, id.to_string()),
        Thing::Recorder(id) => (sql::PLACE_OF_RECORDER, id.to_string()),
        Thing::Batch(id) => (sql::PLACE_OF_BATCH, id.to_string()),
        Thing::Session(id) => (sql::PLACE_OF_SESSION, id.to_string()),
        Thing::Alarm(id) => (sql::PLACE_OF_ALARM, id.to_string()),
        Thing::Import(id) => (sql::PLACE_OF_IMPORT, id.to_string()),
        Thing::Still(id) => (sql::PLACE_OF_STILL, id.to_string()),
    };
    let row: Option<PlaceRow> =
        query_as::<Db, _>(statement).bind(id).fetch_optional(conn).await.map_err(failed("find where it stands"))?;
    row.map(to_place).transpose()
}

fn to_place((organization, region, site, room, session): PlaceRow) -> Result<Place> {
    Ok(Place {
        organization: organization.map(|id| word("site.organization", &id)).transpose()?,
        region: region.map(|region| word("site.region", &region)).transpose()?,
        site: site.map(|id| word("site.id", &id)).transpose()?,
        room: room.map(|id| word("room.id", &id)).transpose()?,
        session: session.map(|id| word("session.id", &id)).transpose()?,
    })
}
