//! Statements about recorders as machines.

/// The columns of a [`super::super::Machine`].
macro_rules! machine_columns {
    () => {
        "SELECT key_sha256, recorder, site, version, serial, until_us, revoked_us FROM machine_key \
         JOIN recorder ON recorder.id = machine_key.recorder"
    };
}
pub(in crate::records) const INSERT_MACHINE: &str =
    "INSERT INTO machine_key (key_sha256, recorder, enrolled_by, version, serial, until_us) VALUES ($1, $2, $3, 1, $4, $5)";
pub(in crate::records) const MACHINE: &str = concat!(machine_columns!(), " WHERE key_sha256 = $1");
pub(in crate::records) const MACHINE_BY_TOKEN: &str = concat!(machine_columns!(), " WHERE enrolled_by = $1");
pub(in crate::records) const MACHINES_OF: &str = concat!(machine_columns!(), " WHERE recorder = $1 ORDER BY key_sha256");
/// All of them, in the order of the keys of recorders.
pub(in crate::records) const MACHINES: &str = concat!(machine_columns!(), " WHERE recorder > $1 ORDER BY recorder, key_sha256");
pub(in crate::records) const RENEW_MACHINE: &str =
    "UPDATE machine_key SET version = version + 1, serial = $2, until_us = $3 WHERE key_sha256 = $1 AND revoked_us IS NULL";
pub(in crate::records) const REVOKE_MACHINES: &str =
    "UPDATE machine_key SET revoked_us = $2 WHERE recorder = $1 AND revoked_us IS NULL";
/// The recorder that a token lets enrol: the newest of its tokens, or the one in its row where there is no newer.
pub(in crate::records) const RECORDER_BY_ENROLMENT: &str = "SELECT recorder FROM machine_token t WHERE token_sha256 = $1 \
     AND version = (SELECT MAX(version) FROM machine_token n WHERE n.recorder = t.recorder) UNION ALL \
     SELECT id FROM recorder r WHERE token_sha256 = $1 \
     AND NOT EXISTS (SELECT 1 FROM machine_token n WHERE n.recorder = r.id)";
pub(in crate::records) const NEXT_TOKEN: &str = "SELECT COALESCE(MAX(version), 1) + 1 FROM machine_token WHERE recorder = $1";
pub(in crate::records) const INSERT_TOKEN: &str =
    "INSERT INTO machine_token (recorder, version, token_sha256) VALUES ($1, $2, $3)";
pub(in crate::records) const TOKENS: &str = "SELECT recorder, site, version, machine_token.token_sha256 FROM machine_token \
     JOIN recorder ON recorder.id = machine_token.recorder WHERE recorder > $1 ORDER BY recorder, version";
