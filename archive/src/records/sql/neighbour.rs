//! Statements about neighbouring systems.

/// The columns of a [`super::super::Neighbour`].
macro_rules! neighbour_columns {
    () => {
        "SELECT id, system, name, scope, version, reads, pushes FROM neighbour JOIN neighbour_permit p ON p.neighbour = id \
         AND version = (SELECT MAX(version) FROM neighbour_permit m WHERE m.neighbour = p.neighbour)"
    };
}
pub(in crate::records) const INSERT_NEIGHBOUR: &str =
    "INSERT INTO neighbour (id, system, name, scope) VALUES ($1, $2, $3, $4) ON CONFLICT (system) DO NOTHING";
pub(in crate::records) const COUNT_NEIGHBOURS: &str = "SELECT COUNT(*) FROM neighbour";
pub(in crate::records) const NEIGHBOUR: &str = concat!(neighbour_columns!(), " WHERE id = $1");
/// All of them after an id, in the order of ids.
pub(in crate::records) const NEIGHBOURS: &str = concat!(neighbour_columns!(), " WHERE id > $1 ORDER BY id");

pub(in crate::records) const INSERT_PERMIT: &str =
    "INSERT INTO neighbour_permit (neighbour, version, reads, pushes) VALUES ($1, $2, $3, $4)";
pub(in crate::records) const PERMITS: &str =
    "SELECT neighbour, version, reads, pushes FROM neighbour_permit WHERE neighbour > $1 ORDER BY neighbour, version";

pub(in crate::records) const NEXT_TOKEN: &str = "SELECT COALESCE(MAX(version), 0) + 1 FROM neighbour_token WHERE neighbour = $1";
pub(in crate::records) const INSERT_TOKEN: &str =
    "INSERT INTO neighbour_token (neighbour, version, token_sha256) VALUES ($1, $2, $3)";
pub(in crate::records) const TOKENS: &str =
    "SELECT neighbour, version, token_sha256 FROM neighbour_token WHERE neighbour > $1 ORDER BY neighbour, version";
/// The neighbour that a token lets enrol: the newest of its tokens.
pub(in crate::records) const NEIGHBOUR_BY_TOKEN: &str = "SELECT neighbour FROM neighbour_token t WHERE token_sha256 = $1 \
     AND version = (SELECT MAX(version) FROM neighbour_token n WHERE n.neighbour = t.neighbour)";

/// The columns of a [`super::super::NeighbourKey`].
macro_rules! key_columns {
    () => {
        "SELECT key_sha256, neighbour, version, serial, until_us, revoked_us FROM neighbour_key"
    };
}
pub(in crate::records) const INSERT_KEY: &str =
    "INSERT INTO neighbour_key (key_sha256, neighbour, enrolled_by, version, serial, until_us) VALUES ($1, $2, $3, 1, $4, $5)";
pub(in crate::records) const KEY: &str = concat!(key_columns!(), " WHERE key_sha256 = $1");
pub(in crate::records) const KEY_BY_TOKEN: &str = concat!(key_columns!(), " WHERE enrolled_by = $1");
pub(in crate::records) const KEYS_OF: &str = concat!(key_columns!(), " WHERE neighbour = $1 ORDER BY key_sha256");
pub(in crate::records) const KEYS: &str = concat!(key_columns!(), " WHERE neighbour > $1 ORDER BY neighbour, key_sha256");
pub(in crate::records) const RENEW_KEY: &str =
    "UPDATE neighbour_key SET version = version + 1, serial = $2, until_us = $3 WHERE key_sha256 = $1 AND revoked_us IS NULL";
pub(in crate::records) const REVOKE_KEYS: &str =
    "UPDATE neighbour_key SET revoked_us = $2 WHERE neighbour = $1 AND revoked_us IS NULL";
