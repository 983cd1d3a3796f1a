//! Statements about identities.

/// The columns of a [`super::super::Identity`].
macro_rules! identity_columns {
    () => {
        "SELECT id, person, issuer, subject, linked_us, unlinked_us FROM identity"
    };
}
pub(in crate::records) const INSERT_IDENTITY: &str =
    "INSERT INTO identity (id, person, issuer, subject, linked_us) VALUES ($1, $2, $3, $4, $5)";
pub(in crate::records) const IDENTITY: &str = concat!(identity_columns!(), " WHERE id = $1");
pub(in crate::records) const IDENTITY_THAT_HOLDS: &str =
    concat!(identity_columns!(), " WHERE issuer = $1 AND subject = $2 AND unlinked_us IS NULL");
pub(in crate::records) const IDENTITIES_OF: &str = concat!(identity_columns!(), " WHERE person = $1 ORDER BY id");
pub(in crate::records) const IDENTITIES: &str = concat!(identity_columns!(), " WHERE id > $1 ORDER BY id LIMIT $2");
pub(in crate::records) const UNLINK_IDENTITY: &str = "UPDATE identity SET unlinked_us = $2 WHERE id = $1 AND unlinked_us IS NULL";
pub(in crate::records) const END_LOGINS_BY_IDENTITY: &str =
    "UPDATE login SET ended_us = $2 WHERE identity = $1 AND ended_us IS NULL";

pub(in crate::records) const INSERT_TOKEN: &str =
    "INSERT INTO identity_token (token_sha256, until_us) VALUES ($1, $2) ON CONFLICT (token_sha256) DO NOTHING";
pub(in crate::records) const DELETE_TOKENS: &str = "DELETE FROM identity_token WHERE until_us <= $1";
