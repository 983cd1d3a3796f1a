//! Declarations: what is written, and the entry that says so.

use liuhen_proto::ids::{CameraId, ImportId, OrganizationId, RecorderId, RoomId, SessionId, SiteId, StreamId, ViewpointId};
use liuhen_proto::judgement::Thresholds;
use liuhen_proto::world::Randomness;
use sqlx::{query, query_as};

use super::custody::{append, receipt};
use super::{Conn, Db, lookup};
use crate::records::convert::{blob, failed};
use crate::records::draft::{self, Draft};
use crate::records::{
    Act, Camera, ExpectedWindow, NewCamera, NewOrganization, NewRecorder, NewRoom, NewSession, NewSite, NewViewpoint,
    Organization, Recorder, Room, Session, Site, StreamRole, Viewpoint, Written, check, sql,
};
use crate::{Error, Result};

/// Takes the caller's idempotency key for this content. Gives the id of what was made under it before.
pub(super) async fn claim(tx: &mut Conn, act: &Act, draft: &Draft, thing: impl ToString) -> Result<Option<String>> {
    check::act(act)?;
    let Some(key) = &act.key else { return Ok(None) };
    let (by, content) = (act.by.to_string(), blob(draft.content()));
    let claimed = query(sql::CLAIM_REQUEST).bind(&by).bind(key).bind(&content).bind(thing.to_string());
    let claimed = claimed.execute(&mut *tx).await.map_err(failed("take idempotency key"))?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let (known, thing): (Vec<u8>, String) =
        query_as(sql::READ_REQUEST).bind(&by).bind(key).fetch_one(tx).await.map_err(failed("read idempotency key"))?;
    if known == content { Ok(Some(thing)) } else { Err(Error::AlreadyExists { what: format!("idempotency key {key:?}") }) }
}

/// Appends the entries of something new; the first is the one that the caller is told of.
pub(super) async fn written<T>(
    tx: &mut Conn,
    act: &Act,
    value: T,
    drafts: Vec<Draft>,
    random: &dyn Randomness,
) -> Result<Written<T>> {
    let receipts = append(tx, act, drafts, random).await?;
    Ok(Written { value, receipt: receipts[0], repeated: false })
}

/// What was made under the same idempotency key before.
pub(super) async fn again<T>(tx: &mut Conn, value: Option<T>, idem: &str) -> Result<Written<T>> {
    let value = value.ok_or_else(|| Error::inconsistent(idem, "an idempotency key points to it, and it is not there"))?;
    Ok(Written { value, receipt: receipt(tx, idem).await?, repeated: true })
}

pub(super) fn require<T>(found: Option<T>, what: impl ToString) -> Result<T> {
    found.ok_or_else(|| Error::NotFound(what.to_string()))
}

pub(super) async fn organization(
    tx: &mut Conn,
    act: &Act,
    new: &NewOrganization,
    random: &dyn Randomness,
) -> Result<Written<Organization>> {
    check::name(&new.name)?;
    let it = Organization { id: OrganizationId::mint(act.at, random), name: new.name.clone(), kind: new.kind };
    let draft = draft::organization(&it);
    if let Some(known) = claim(tx, act, &draft, it.id).await? {
        let found = lookup::organization(tx, &known).await?;
        return again(tx, found, &format!("organization/{known}")).await;
    }
    let insert = query(sql::INSERT_ORGANIZATION).bind(it.id.to_string()).bind(&it.name).bind(it.kind.as_str());
    insert.execute(&mut *tx).await.map_err(failed("write organisation"))?;
    written(tx, act, it, vec![draft], random).await
}

pub(super) async fn site(tx: &mut Conn, act: &Act, new: &NewSite, random: &dyn Randomness) -> Result<Written<Site>> {
    check::name(&new.name)?;
    require(lookup::organization(tx, &new.organization.to_string()).await?, new.organization)?;
    let it =
        Site { id: SiteId::mint(act.at, random), organization: new.organization, name: new.name.clone(), region: new.region };
    let draft = draft::site(&it);
    if let Some(known) = claim(tx, act, &draft, it.id).await? {
        let found = lookup::site(tx, &known).await?;
        return again(tx, found, &format!("site/{known}")).await;
    }
    let insert = query(sql::INSERT_SITE).bind(it.id.to_string()).bind(it.organization.to_string()).bind(&it.name);
    let insert = insert.bind(it.region.map(|region| region.to_string()));
    insert.execute(&mut *tx).await.map_err(failed("write site"))?;
    written(tx, act, it, vec![draft], random).await
}

pub(super) async fn room(tx: &mut Conn, act: &Act, new: &NewRoom, random: &dyn Randomness) -> Result<Written<Room>> {
    check::name(&new.name)?;
    require(lookup::site(tx, &new.site.to_string()).await?, new.site)?;
    let it = Room { id: RoomId::mint(act.at, random), site: new.site, name: new.name.clone(), kind: new.kind };
    let draft = draft::room(&it);
    if let Some(known) = claim(tx, act, &draft, it.id).await? {
        let found = lookup::room(tx, &known).await?;
        return again(tx, found, &format!("room/{known}")).await;
    }
    let insert = query(sql::INSERT_ROOM).bind(it.id.to_string()).bind(it.site.to_string()).bind(&it.name).bind(it.kind.as_str());
    insert.execute(&mut *tx).await.map_err(failed("write room"))?;
    written(tx, act, it, vec![draft], random).await
}

pub(super) async fn viewpoint(
    tx: &mut Conn,
    act: &Act,
    new: &NewViewpoint,
    random: &dyn Randomness,
) -> Result<Written<Viewpoint>> {
    check::viewpoint(new)?;
    let room = require(lookup::room(tx, &new.room.to_string()).await?, new.room)?;
    let it = Viewpoint {
        id: ViewpointId::mint(act.at, random),
        room: new.room,
        name: new.name.clone(),
        required: new.required,
        sound_required: new.sound_required,
        sound_only: new.sound_only,
        seats: new.seats.clone(),
        thresholds: Thresholds::default(),
        reference: None,
        judgement_revision: 0,
    };
    let draft = draft::viewpoint(&it, room.site);
    if let Some(known) = claim(tx, act, &draft, it.id).await? {
        let found = lookup::viewpoint(tx, &known).await?;
        return again(tx, found, &format!("viewpoint/{known}")).await;
    }
    let insert = query(sql::INSERT_VIEWPOINT).bind(it.id.to_string()).bind(it.room.to_string()).bind(&it.name);
    let insert = insert.bind(it.required).bind(it.sound_required).bind(it.seats.join("\n")).bind(it.sound_only);
    insert.execute(&mut *tx).await.map_err(failed("write viewpoint"))?;
    written(tx, act, it, vec![draft], random).await
}

pub(super) async fn camera(tx: &mut Conn, act: &Act, new: &NewCamera, random: &dyn Randomness) -> Result<Written<Camera>> {
    check::camera(new)?;
    let site = require(lookup::site_of_viewpoint(tx, new.viewpoint).await?, new.viewpoint)?;
    let it = Camera {
        id: CameraId::mint(act.at, random),
        viewpoint: new.viewpoint,
        name: new.name.clone(),
        evidence: StreamId::mint(act.at, random),
        viewing: new.has_viewing_stream.then(|| StreamId::mint(act.at, random)),
        kind: new.kind,
    };
    let draft = draft::camera(&it, site);
    if let Some(known) = claim(tx, act, &draft, it.id).await? {
        let found = lookup::camera(tx, &known).await?;
        return again(tx, found, &format!("camera/{known}")).await;
    }
    insert_camera(tx, &it, None).await?;
    written(tx, act, it, vec![draft], random).await
}

/// The rows of a camera and its streams; `import` is what all their footage came with.
pub(super) async fn insert_camera(tx: &mut Conn, it: &Camera, import: Option<ImportId>) -> Result<()> {
    let insert = query::<Db>(sql::INSERT_CAMERA).bind(it.id.to_string()).bind(it.viewpoint.to_string()).bind(&it.name);
    insert.bind(it.kind.as_str()).execute(&mut *tx).await.map_err(failed("write camera"))?;
    let streams = [(Some(it.evidence), StreamRole::Evidence), (it.viewing, StreamRole::Viewing)];
    for (id, role) in streams.into_iter().filter_map(|(id, role)| Some((id?, role))) {
        let insert = query::<Db>(sql::INSERT_STREAM).bind(id.to_string()).bind(it.id.to_string()).bind(role.as_str());
        let insert = insert.bind(import.map(|import| import.to_string()));
        insert.execute(&mut *tx).await.map_err(failed("write stream"))?;
    }
    Ok(())
}

pub(super) async fn recorder(tx: &mut Conn, act: &Act, new: &NewRecorder, random: &dyn Randomness) -> Result<Written<Recorder>> {
    check::name(&new.name)?;
    require(lookup::site(tx, &new.site.to_string()).await?, new.site)?;
    let id = RecorderId::mint(act.at, random);
    let it = Recorder { id, site: new.site, name: new.name.clone(), public_key: new.public_key };
    let draft = draft::recorder(&it, new.token_sha256);
    if let Some(known) = claim(tx, act, &draft, it.id).await? {
        let found = lookup::recorder(tx, &known).await?.map(|(recorder, _)| recorder);
        return again(tx, found, &format!("recorder/{known}")).await;
    }
    let insert = query(sql::INSERT_RECORDER).bind(it.id.to_string()).bind(it.site.to_string()).bind(&it.name);
    let insert = insert.bind(it.public_key.to_bytes().to_vec()).bind(blob(new.token_sha256));
    insert.execute(&mut *tx).await.map_err(failed("write recorder"))?;
    let key = draft::key(&it);
    written(tx, act, it, vec![draft, key], random).await
}

pub(super) async fn session(tx: &mut Conn, act: &Act, new: &NewSession, random: &dyn Randomness) -> Result<Written<Session>> {
    check::name(&new.name)?;
    check::windows(&new.windows)?;
    require(lookup::site(tx, &new.site.to_string()).await?, new.site)?;
    let windows = in_order(&new.windows);
    let id = SessionId::mint(act.at, random);
    let it = Session { id, site: new.site, name: new.name.clone(), exam: new.exam, windows, revision: 1, sealed: None };
    let draft = draft::session(&it);
    if let Some(known) = claim(tx, act, &draft, it.id).await? {
        let found = lookup::session(tx, &known).await?;
        return again(tx, found, &format!("session/{known}/1")).await;
    }
    let insert = query(sql::INSERT_SESSION).bind(it.id.to_string()).bind(it.site.to_string()).bind(&it.name);
    let insert = insert.bind(it.exam.start().as_micros()).bind(it.exam.end().as_micros());
    insert.execute(&mut *tx).await.map_err(failed("write session"))?;
    insert_windows(tx, &it).await?;
    written(tx, act, it, vec![draft], random).await
}

pub(super) async fn revise(
    tx: &mut Conn,
    act: &Act,
    (id, seen): (SessionId, u32),
    windows: &[ExpectedWindow],
    reason: &str,
    random: &dyn Randomness,
) -> Result<Written<Session>> {
    check::windows(windows)?;
    check::reason(reason)?;
    let revised = query(sql::REVISE_SESSION).bind(id.to_string()).bind(i64::from(seen));
    let revised = revised.execute(&mut *tx).await.map_err(failed("revise session"))?.rows_affected();
    let mut it = require(lookup::session(tx, &id.to_string()).await?, id)?;
    if revised != 1 {
        return Err(Error::Conflict { what: id.to_string(), seen, found: it.revision });
    }
    it.windows = in_order(windows);
    query(sql::DELETE_WINDOWS).bind(id.to_string()).execute(&mut *tx).await.map_err(failed("replace windows"))?;
    insert_windows(tx, &it).await?;
    let draft = draft::session_revised(&it, Some(reason));
    written(tx, act, it, vec![draft], random).await
}

/// In the order in which they are read back, so that a session is the same before and after.
fn in_order(windows: &[ExpectedWindow]) -> Vec<ExpectedWindow> {
    let mut windows = windows.to_vec();
    windows.sort_by_key(|window| (window.viewpoint, window.interval));
    windows
}

async fn insert_windows(tx: &mut Conn, session: &Session) -> Result<()> {
    for window in &session.windows {
        let site = require(lookup::site_of_viewpoint(tx, window.viewpoint).await?, window.viewpoint)?;
        if site != session.site {
            let why = format!("{} belongs to {site}, and the session to {}", window.viewpoint, session.site);
            return Err(Error::Invalid { field: "windows.viewpoint_id", why });
        }
        let insert = query::<Db>(sql::INSERT_WINDOW).bind(session.id.to_string()).bind(window.viewpoint.to_string());
        let insert = insert.bind(window.interval.start().as_micros()).bind(window.interval.end().as_micros());
        insert.execute(&mut *tx).await.map_err(failed("write window"))?;
    }
    Ok(())
}
