//! Statements about looks.

/// The columns of a [`super::super::Access`] without its subjects.
macro_rules! access_columns {
    () => {
        "SELECT id, acted_by, kind, stream, start_us, end_us, session, purpose, at_us FROM access"
    };
}
pub(in crate::records) const ACCESS: &str = concat!(access_columns!(), " WHERE id = $1");
pub(in crate::records) const LOCKED_ACCESS: &str = concat!(access_columns!(), " WHERE id = $1 FOR NO KEY UPDATE");
pub(in crate::records) const INSERT_ACCESS: &str = "INSERT INTO access (id, acted_by, kind, stream, start_us, end_us, session, purpose, \
     at_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
pub(in crate::records) const INSERT_ACCESS_SUBJECT: &str = "INSERT INTO access_subject (subject, access) VALUES ($1, $2)";
pub(in crate::records) const ACCESS_SUBJECTS: &str = "SELECT subject FROM access_subject WHERE access = $1 ORDER BY subject";
pub(in crate::records) const ACCESSES_OF: &str =
    concat!(access_columns!(), " WHERE stream = $1 AND start_us < $3 AND end_us > $2 ORDER BY at_us DESC, id DESC LIMIT $4");
pub(in crate::records) const ACCESSES_OF_SESSION: &str = concat!(
    access_columns!(),
    " WHERE id IN (SELECT access FROM access_subject WHERE subject = $1) ORDER BY at_us DESC, id DESC LIMIT $2"
);
pub(in crate::records) const ACCESSES: &str = concat!(access_columns!(), " WHERE id > $1 ORDER BY id LIMIT $2");

pub(in crate::records) const WATCHED_OF: &str =
    "SELECT start_us, end_us, speed_milli, reported_us FROM watched WHERE access = $1 ORDER BY start_us, speed_milli";
pub(in crate::records) const INSERT_WATCHED: &str =
    "INSERT INTO watched (access, start_us, end_us, speed_milli, reported_us) VALUES ($1, $2, $3, $4, $5)";
pub(in crate::records) const DELETE_WATCHED: &str =
    "DELETE FROM watched WHERE access = $1 AND start_us = $2 AND speed_milli = $3";
