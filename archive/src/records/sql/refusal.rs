//! Statements about refusals.

/// The columns of a [`super::super::Refusal`].
macro_rules! refusal_columns {
    () => {
        "SELECT id, kind, subject, whose, origin, tries, at_us FROM refusal"
    };
}
pub(in crate::records) const INSERT_REFUSAL: &str =
    "INSERT INTO refusal (id, kind, subject, whose, origin, tries, at_us) VALUES ($1, $2, $3, $4, $5, $6, $7)";
pub(in crate::records) const NEWEST_REFUSALS: &str = concat!(refusal_columns!(), " ORDER BY at_us DESC, id DESC LIMIT $1");
pub(in crate::records) const REFUSALS: &str = concat!(refusal_columns!(), " WHERE id > $1 ORDER BY id LIMIT $2");
