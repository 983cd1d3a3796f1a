//! Statements about people: accounts, grants, passes, logins; and where things stand.

pub(in crate::records) const INSERT_PERSON: &str = "INSERT INTO person (id, account, name, password_hash, must_change, \
     password_version, suspended, standing) VALUES ($1, $2, $3, $4, $5, $6, FALSE, 0)";
/// The columns of a [`super::super::Person`] without grants; then `standing`, `password_version`, and the hash.
macro_rules! person_columns {
    () => {
        "SELECT id, account, name, suspended, must_change, standing, password_version, password_hash FROM person"
    };
}
pub(in crate::records) const PERSON: &str = concat!(person_columns!(), " WHERE id = $1");
pub(in crate::records) const PERSON_BY_ACCOUNT: &str = concat!(person_columns!(), " WHERE account = $1");
pub(in crate::records) const PEOPLE: &str = concat!(person_columns!(), " WHERE id > $1 ORDER BY id LIMIT $2");
pub(in crate::records) const HAS_PEOPLE: &str = "SELECT id FROM person WHERE account IS NOT NULL LIMIT 1";
pub(in crate::records) const SET_PASSWORD: &str = "UPDATE person SET password_hash = $2, must_change = $3, \
     password_version = password_version + 1 WHERE id = $1 AND account IS NOT NULL";
pub(in crate::records) const SET_SUSPENDED: &str =
    "UPDATE person SET suspended = $2, standing = standing + 1 WHERE id = $1 AND suspended <> $2";

pub(in crate::records) const INSERT_GRANT: &str =
    "INSERT INTO role_grant (id, person, role, scope, from_us, until_us) VALUES ($1, $2, $3, $4, $5, $6)";
pub(in crate::records) const GRANT: &str =
    "SELECT id, role, scope, from_us, until_us, revoked_us, person FROM role_grant WHERE id = $1";
pub(in crate::records) const GRANTS_OF: &str =
    "SELECT id, role, scope, from_us, until_us, revoked_us, person FROM role_grant WHERE person = $1 ORDER BY id";
pub(in crate::records) const REVOKE_GRANT: &str = "UPDATE role_grant SET revoked_us = $2 WHERE id = $1 AND revoked_us IS NULL";

pub(in crate::records) const INSERT_LOGIN: &str = "INSERT INTO login (id, person, pass, opened_us, access_sha256, \
     access_until_us, refresh_sha256, refresh_until_us, identity) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
/// The columns of a [`super::super::Login`], its person and pass as ids.
macro_rules! login_columns {
    () => {
        "SELECT id, person, pass, opened_us, access_sha256, access_until_us, refresh_sha256, refresh_until_us, ended_us, \
         identity, (SELECT unlinked_us FROM identity WHERE identity.id = login.identity), \
         renewed_us, revoked_us FROM login"
    };
}
pub(in crate::records) const LOGIN: &str = concat!(login_columns!(), " WHERE id = $1");
pub(in crate::records) const LOGIN_BY_ACCESS: &str = concat!(login_columns!(), " WHERE access_sha256 = $1");
pub(in crate::records) const LOGIN_BY_REFRESH: &str = concat!(login_columns!(), " WHERE refresh_sha256 = $1");
pub(in crate::records) const LOGIN_BY_SPENT: &str = concat!(login_columns!(), " WHERE spent_refresh_sha256 = $1");
pub(in crate::records) const LOGINS: &str = concat!(login_columns!(), " WHERE id > $1 ORDER BY id LIMIT $2");
/// Only where nobody else has used the refresh token in between.
pub(in crate::records) const RENEW_LOGIN: &str = "UPDATE login SET access_sha256 = $3, access_until_us = $4, refresh_sha256 = $5, \
     refresh_until_us = $6, spent_refresh_sha256 = $2, renewed_us = $7 WHERE id = $1 AND refresh_sha256 = $2 AND ended_us IS NULL";
pub(in crate::records) const END_LOGIN: &str = "UPDATE login SET ended_us = $2 WHERE id = $1 AND ended_us IS NULL";
pub(in crate::records) const LOGINS_OF: &str = concat!(
    login_columns!(),
    " WHERE person = $1 AND ended_us IS NULL AND refresh_until_us > $2 ORDER BY opened_us DESC, id DESC LIMIT $3"
);
pub(in crate::records) const REVOKE_LOGIN: &str =
    "UPDATE login SET ended_us = $3, revoked_us = $3 WHERE id = $1 AND person = $2 AND ended_us IS NULL";
pub(in crate::records) const END_LOGINS_OF: &str =
    "UPDATE login SET ended_us = $2 WHERE person = $1 AND ended_us IS NULL AND id <> $3";

pub(in crate::records) const INSERT_PASS: &str = "INSERT INTO pass (id, person, role, session, room, until_us, badge_sha256, pin_hash) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// The columns of a [`super::super::Pass`], the digest of its PIN, and when its session's papers were sealed.
macro_rules! pass_columns {
    () => {
        "SELECT pass.id, pass.person, person.name, pass.role, pass.session, pass.room, pass.until_us, pass.revoked_us, \
         (SELECT MIN(opened_us) FROM login WHERE login.pass = pass.id), pass.pin_hash, session.sealed_us FROM pass \
         JOIN person ON person.id = pass.person JOIN session ON session.id = pass.session"
    };
}
pub(in crate::records) const PASS: &str = concat!(pass_columns!(), " WHERE pass.id = $1");
pub(in crate::records) const PASS_BY_BADGE: &str = concat!(pass_columns!(), " WHERE pass.badge_sha256 = $1");
pub(in crate::records) const PASSES_OF: &str = concat!(pass_columns!(), " WHERE pass.session = $1 ORDER BY pass.id");
pub(in crate::records) const PASSES: &str = concat!(pass_columns!(), " WHERE pass.id > $1 ORDER BY pass.id LIMIT $2");
pub(in crate::records) const REVOKE_PASS: &str = "UPDATE pass SET revoked_us = $2 WHERE id = $1 AND revoked_us IS NULL";

/// Organisation, region and site, room, session of what stands at `$from`.
macro_rules! place {
    ($room:literal, $session:literal, $from:literal) => {
        concat!("SELECT site.organization, site.region, site.id, ", $room, ", ", $session, " FROM ", $from)
    };
}
/// Of what stands in a room.
macro_rules! place_in_room {
    ($from:literal) => {
        place!("room.id", "NULL", $from)
    };
}
pub(in crate::records) const PLACE_OF_ORGANIZATION: &str = "SELECT id, NULL, NULL, NULL, NULL FROM organization WHERE id = $1";
pub(in crate::records) const PLACE_OF_BATCH: &str = "SELECT organization, (SELECT region FROM site \
     WHERE site.organization = batch.organization AND region IS NOT NULL ORDER BY site.id LIMIT 1), NULL, NULL, NULL \
     FROM batch WHERE id = $1";
pub(in crate::records) const PLACE_OF_SITE: &str = place!("NULL", "NULL", "site WHERE site.id = $1");
pub(in crate::records) const PLACE_OF_ROOM: &str = place_in_room!("room JOIN site ON site.id = room.site WHERE room.id = $1");
pub(in crate::records) const PLACE_OF_VIEWPOINT: &str =
    place_in_room!("viewpoint JOIN room ON room.id = viewpoint.room JOIN site ON site.id = room.site WHERE viewpoint.id = $1");
pub(in crate::records) const PLACE_OF_STREAM: &str = place_in_room!(
    "stream JOIN camera ON camera.id = stream.camera JOIN viewpoint ON viewpoint.id = camera.viewpoint \
     JOIN room ON room.id = viewpoint.room JOIN site ON site.id = room.site WHERE stream.id = $1"
);
pub(in crate::records) const PLACE_OF_STILL: &str = place_in_room!(
    "still JOIN stream ON stream.id = still.stream JOIN camera ON camera.id = stream.camera \
     JOIN viewpoint ON viewpoint.id = camera.viewpoint JOIN room ON room.id = viewpoint.room \
     JOIN site ON site.id = room.site WHERE still.id = $1"
);
pub(in crate::records) const PLACE_OF_IMPORT: &str = place_in_room!(
    "import JOIN viewpoint ON viewpoint.id = import.viewpoint JOIN room ON room.id = viewpoint.room \
     JOIN site ON site.id = room.site WHERE import.id = $1"
);
pub(in crate::records) const PLACE_OF_RECORDER: &str =
    place!("NULL", "NULL", "recorder JOIN site ON site.id = recorder.site WHERE recorder.id = $1");
pub(in crate::records) const PLACE_OF_SESSION: &str =
    place!("NULL", "session.id", "session JOIN site ON site.id = session.site WHERE session.id = $1");
/// An alarm of the centre itself stands nowhere.
pub(in crate::records) const PLACE_OF_ALARM: &str =
    place!("NULL", "NULL", "alarm LEFT JOIN site ON site.id = alarm.site WHERE alarm.id = $1");
