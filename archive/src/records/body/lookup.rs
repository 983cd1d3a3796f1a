//! Lookups of what was declared.

use liuhen_proto::ids::{SessionId, SiteId, ViewpointId};
use liuhen_proto::{Interval, Sha256, Timestamp};
use sqlx::query_as;

use super::{Conn, Db};
use crate::records::convert::{blob, digest, failed, interval, lines, thresholds, word};
use crate::records::{
    Camera, Expectation, ExpectedStream, ExpectedWindow, Organization, Recorder, Reference, Room, Session, Site, SiteLayout,
    StreamPlace, StreamRole, TrustLevel, Viewpoint, sql,
};
use crate::{Error, Result};

type CameraRow = (String, String, String, String, Option<String>, String);
type RecorderRow = (String, String, String, Vec<u8>, Vec<u8>);
type ViewpointRow = (String, String, String, bool, bool, String, bool, String, Option<String>, Option<Vec<u8>>, i64);
/// A window and its viewpoint, then one of the viewpoint's streams: its id, camera, role, import and shift.
type ExpectationRow =
    (String, String, i64, i64, bool, bool, bool, Option<String>, Option<String>, Option<String>, Option<String>, Option<i64>);
/// Id, site, name, start and end of the exam, revision, and when it was sealed.
type SessionRow = (String, String, String, i64, i64, i64, Option<i64>);
type PlaceRow = (String, String, String, String, String, String, Option<String>);

pub(super) async fn organization(conn: &mut Conn, id: &str) -> Result<Option<Organization>> {
    let row = query_as(sql::ORGANIZATION).bind(id.to_owned()).fetch_optional(conn).await.map_err(failed("read organisation"))?;
    row.map(to_organization).transpose()
}

pub(super) async fn organizations(conn: &mut Conn, after: &str, limit: u32) -> Result<Vec<Organization>> {
    let rows = query_as(sql::ORGANIZATIONS).bind(after.to_owned()).bind(i64::from(limit)).fetch_all(conn).await;
    rows.map_err(failed("read organisations"))?.into_iter().map(to_organization).collect()
}

fn to_organization((id, name, kind): (String, String, String)) -> Result<Organization> {
    Ok(Organization { id: word("organization.id", &id)?, name, kind: word("organization.kind", &kind)? })
}

pub(super) async fn site(conn: &mut Conn, id: &str) -> Result<Option<Site>> {
    let row = query_as(sql::SITE).bind(id.to_owned()).fetch_optional(conn).await.map_err(failed("read site"))?;
    row.map(to_site).transpose()
}

pub(super) async fn sites(conn: &mut Conn) -> Result<Vec<Site>> {
    let rows = query_as::<Db, _>(sql::SITES).fetch_all(conn).await.map_err(failed("read sites"))?;
    rows.into_iter().map(to_site).collect()
}

fn to_site((id, organization, name, region): (String, String, String, Option<String>)) -> Result<Site> {
    let region = region.map(|region| word("site.region", &region)).transpose()?;
    Ok(Site { id: word("site.id", &id)?, organization: word("site.organization", &organization)?, name, region })
}

pub(super) async fn room(conn: &mut Conn, id: &str) -> Result<Option<Room>> {
    let row = query_as(sql::ROOM).bind(id.to_owned()).fetch_optional(conn).await.map_err(failed("read room"))?;
    row.map(to_room).transpose()
}

fn to_room((id, site, name, kind): (String, String, String, String)) -> Result<Room> {
    Ok(Room { id: word("room.id", &id)?, site: word("room.site", &site)?, name, kind: word("room.kind", &kind)? })
}

pub(super) async fn viewpoint(conn: &mut Conn, id: &str) -> Result<Option<Viewpoint>> {
    let row = query_as(sql::VIEWPOINT).bind(id.to_owned()).fetch_optional(conn).await.map_err(failed("read viewpoint"))?;
    row.map(to_viewpoint).transpose()
}

fn to_viewpoint(row: ViewpointRow) -> Result<Viewpoint> {
    let (id, room, name, required, sound_required, seats, sound_only, limits, still, sha256, revision) = row;
    let reference = match (still, sha256) {
        (Some(still), Some(sha256)) => {
            let (still, sha256) = (word("viewpoint.reference", &still)?, digest("viewpoint.reference_sha256", &sha256)?);
            Some(Reference { still, sha256 })
        }
        _ => None,
    };
    Ok(Viewpoint {
        id: word("viewpoint.id", &id)?,
        room: word("viewpoint.room", &room)?,
        name,
        required,
        sound_required,
        sound_only,
        seats: lines(&seats),
        thresholds: thresholds(&limits)?,
        reference,
        judgement_revision: u32::try_from(revision)
            .map_err(|error| Error::inconsistent("viewpoint.judgement_revision", error))?,
    })
}

pub(super) async fn camera(conn: &mut Conn, id: &str) -> Result<Option<Camera>> {
    let row = query_as(sql::CAMERA).bind(id.to_owned()).fetch_optional(conn).await.map_err(failed("read camera"))?;
    row.map(to_camera).transpose()
}

fn to_camera((id, viewpoint, name, evidence, viewing, kind): CameraRow) -> Result<Camera> {
    Ok(Camera {
        id: word("camera.id", &id)?,
        viewpoint: word("camera.viewpoint", &viewpoint)?,
        name,
        evidence: word("stream.id", &evidence)?,
        viewing: viewing.map(|viewing| word("stream.id", &viewing)).transpose()?,
        kind: word("camera.kind", &kind)?,
    })
}

/// The recorder, and SHA-256 of its token.
pub(super) async fn recorder(conn: &mut Conn, id: &str) -> Result<Option<(Recorder, Sha256)>> {
    let row = query_as(sql::RECORDER).bind(id.to_owned()).fetch_optional(conn).await.map_err(failed("read recorder"))?;
    row.map(to_recorder).transpose()
}

pub(super) async fn recorder_by_token(conn: &mut Conn, token_sha256: Sha256) -> Result<Option<Recorder>> {
    let row = query_as(sql::RECORDER_BY_TOKEN).bind(blob(token_sha256)).fetch_optional(conn).await;
    Ok(row.map_err(failed("read recorder"))?.map(to_recorder).transpose()?.map(|(recorder, _)| recorder))
}

pub(super) async fn recorders(conn: &mut Conn, site: &str) -> Result<Vec<(Recorder, Sha256)>> {
    let rows = query_as(sql::RECORDERS_OF_SITE).bind(site.to_owned()).fetch_all(conn).await.map_err(failed("read recorders"))?;
    rows.into_iter().map(to_recorder).collect()
}

fn to_recorder((id, site, name, key, token): RecorderRow) -> Result<(Recorder, Sha256)> {
    let public_key = key.as_slice().try_into().map_err(|error| Error::inconsistent("recorder.public_key", error))?;
    let recorder = Recorder { id: word("recorder.id", &id)?, site: word("recorder.site", &site)?, name, public_key };
    Ok((recorder, digest("recorder.token_sha256", &token)?))
}

pub(super) async fn layout(conn: &mut Conn, id: SiteId) -> Result<Option<SiteLayout>> {
    let key = id.to_string();
    let Some(site) = site(conn, &key).await? else { return Ok(None) };
    let rooms = query_as(sql::ROOMS_OF_SITE).bind(&key).fetch_all(&mut *conn).await.map_err(failed("read rooms"))?;
    let viewpoints =
        query_as(sql::VIEWPOINTS_OF_SITE).bind(&key).fetch_all(&mut *conn).await.map_err(failed("read viewpoints"))?;
    let cameras = query_as(sql::CAMERAS_OF_SITE).bind(&key).fetch_all(&mut *conn).await.map_err(failed("read cameras"))?;
    Ok(Some(SiteLayout {
        site,
        rooms: rooms.into_iter().map(to_room).collect::<Result<_>>()?,
        viewpoints: viewpoints.into_iter().map(to_viewpoint).collect::<Result<_>>()?,
        cameras: cameras.into_iter().map(to_camera).collect::<Result<_>>()?,
        recorders: recorders(conn, &key).await?.into_iter().map(|(recorder, _)| recorder).collect(),
    }))
}

pub(super) async fn site_of_viewpoint(conn: &mut Conn, viewpoint: ViewpointId) -> Result<Option<SiteId>> {
    let row: Option<(String,)> = query_as(sql::SITE_OF_VIEWPOINT)
        .bind(viewpoint.to_string())
        .fetch_optional(conn)
        .await
        .map_err(failed("read viewpoint"))?;
    row.map(|(site,)| word("room.site", &site)).transpose()
}

pub(super) async fn stream_place(conn: &mut Conn, stream: &str) -> Result<Option<StreamPlace>> {
    let row = query_as(sql::STREAM_PLACE).bind(stream.to_owned()).fetch_optional(conn).await.map_err(failed("read stream"))?;
    row.map(to_place).transpose()
}

pub(super) async fn streams_of_site(conn: &mut Conn, site: SiteId) -> Result<Vec<StreamPlace>> {
    let rows = query_as(sql::STREAMS_OF_SITE).bind(site.to_string()).fetch_all(conn).await.map_err(failed("read streams"))?;
    rows.into_iter().map(to_place).collect()
}

fn to_place((stream, role, camera, viewpoint, room, site, import): PlaceRow) -> Result<StreamPlace> {
    Ok(StreamPlace {
        stream: word("stream.id", &stream)?,
        role: word::<StreamRole>("stream.role", &role)?,
        camera: word("camera.id", &camera)?,
        viewpoint: word("viewpoint.id", &viewpoint)?,
        room: word("room.id", &room)?,
        site: word("room.site", &site)?,
        trust: TrustLevel::of(import.map(|import| word("stream.import", &import)).transpose()?),
    })
}

pub(super) async fn session(conn: &mut Conn, id: &str) -> Result<Option<Session>> {
    let row: Option<SessionRow> =
        query_as(sql::SESSION).bind(id.to_owned()).fetch_optional(&mut *conn).await.map_err(failed("read session"))?;
    let Some((id, site, name, start, end, revision, sealed)) = row else { return Ok(None) };
    let windows: Vec<(String, i64, i64)> =
        query_as(sql::WINDOWS).bind(&id).fetch_all(conn).await.map_err(failed("read windows"))?;
    let window = |(viewpoint, start, end): (String, i64, i64)| {
        let interval = interval("expected_window", start, end)?;
        Ok(ExpectedWindow { viewpoint: word("expected_window.viewpoint", &viewpoint)?, interval })
    };
    Ok(Some(Session {
        id: word("session.id", &id)?,
        site: word("session.site", &site)?,
        name,
        exam: interval("session.exam", start, end)?,
        windows: windows.into_iter().map(window).collect::<Result<_>>()?,
        revision: u32::try_from(revision).map_err(|error| Error::inconsistent("session.revision", error))?,
        sealed: sealed.map(Timestamp::from_micros),
    }))
}

pub(super) async fn sessions(
    conn: &mut Conn,
    within: Option<Interval>,
    site: Option<SiteId>,
    limit: u32,
) -> Result<Vec<Session>> {
    let statement = match (within, site) {
        (Some(_), Some(_)) => sql::SESSIONS_OF_SITE_IN,
        (Some(_), None) => sql::SESSIONS_IN,
        (None, _) => sql::ALL_SESSIONS,
    };
    let mut ids = query_as(statement).bind(site.map(|site| site.to_string())).bind(i64::from(limit));
    if let Some(within) = within {
        ids = ids.bind(within.start().as_micros()).bind(within.end().as_micros());
    }
    let ids: Vec<(String,)> = ids.fetch_all(&mut *conn).await.map_err(failed("read sessions"))?;
    let mut sessions = Vec::with_capacity(ids.len());
    for (id,) in ids {
        sessions.extend(session(conn, &id).await?);
    }
    Ok(sessions)
}

pub(super) async fn expectations(conn: &mut Conn, session: SessionId) -> Result<Vec<Expectation>> {
    let rows: Vec<ExpectationRow> =
        query_as(sql::EXPECTATIONS).bind(session.to_string()).fetch_all(conn).await.map_err(failed("read windows"))?;
    let mut expectations: Vec<Expectation> = Vec::new();
    for (viewpoint, room, start, end, required, sound_required, sound_only, stream, camera, role, import, shift) in rows {
        let (viewpoint, interval) = (word("viewpoint.id", &viewpoint)?, interval("expected_window", start, end)?);
        let stream = match (stream, camera, role) {
            (Some(stream), Some(camera), Some(role)) => {
                let import = import.map(|import| word("stream.import", &import)).transpose()?;
                Some(ExpectedStream {
                    stream: word("stream.id", &stream)?,
                    camera: word("camera.id", &camera)?,
                    role: word("stream.role", &role)?,
                    trust: TrustLevel::of(import),
                    shift_us: shift.unwrap_or_default(),
                })
            }
            _ => None,
        };
        match expectations.last_mut() {
            // A viewpoint with several cameras.
            Some(last) if last.viewpoint == viewpoint && last.interval == interval => last.streams.extend(stream),
            _ => {
                let (room, streams) = (word("viewpoint.room", &room)?, stream.into_iter().collect());
                expectations.push(Expectation { viewpoint, room, interval, required, sound_required, sound_only, streams });
            }
        }
    }
    Ok(expectations)
}
