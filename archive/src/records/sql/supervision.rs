//! Statements about what is handed out to the supervision service platform.

/// The columns of a [`super::super::Report`].
macro_rules! report_columns {
    () => {
        "SELECT session, version, state, since_us, asked_by, document_sha256, document_size, made_us, tries, tried_us, next_us, \
         words, answered_us, reference, receipt_sha256 FROM supervision_report"
    };
}
pub(in crate::records) const INSERT_REPORT: &str = "INSERT INTO supervision_report (session, version, state, since_us, asked_by, \
     tries, next_us, words) VALUES ($1, $2, 'waiting', $3, $4, 0, $5, '') ON CONFLICT DO NOTHING";
pub(in crate::records) const REPORT: &str = concat!(report_columns!(), " WHERE session = $1 AND version = $2");
pub(in crate::records) const REPORTS_OF: &str = concat!(report_columns!(), " WHERE session = $1 ORDER BY version DESC");
pub(in crate::records) const REPORTS_DUE: &str =
    concat!(report_columns!(), " WHERE state IN ('waiting', 'sent') AND next_us <= $1 ORDER BY next_us, session LIMIT $2");
pub(in crate::records) const NEWEST_REPORTS: &str = concat!(
    report_columns!(),
    " WHERE CAST($1 AS TEXT) IS NULL OR state = $1 ORDER BY since_us DESC, session DESC, version DESC LIMIT $2"
);
/// By session: all versions of one are on a page.
pub(in crate::records) const REPORTED_SESSIONS: &str =
    "SELECT session FROM supervision_report WHERE session > $1 GROUP BY session ORDER BY session LIMIT $2";

pub(in crate::records) const INSERT_REPORT_BYTES: &str =
    "INSERT INTO supervision_document (sha256, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING";
pub(in crate::records) const REPORT_BYTES: &str = "SELECT bytes FROM supervision_document WHERE sha256 = $1";
pub(in crate::records) const KEEP_DOCUMENT: &str = "UPDATE supervision_report SET document_sha256 = $3, document_size = $4, \
     made_us = $5 WHERE session = $1 AND version = $2 AND document_sha256 IS NULL AND state = 'waiting'";
/// What the platform has is not forgotten because it could not be asked.
pub(in crate::records) const NOTE_HANDED_OUT: &str = "UPDATE supervision_report SET \
     state = CASE WHEN $3 THEN 'sent' ELSE state END, tries = tries + 1, tried_us = $4, next_us = $5, words = $6 \
     WHERE session = $1 AND version = $2 AND state IN ('waiting', 'sent')";
pub(in crate::records) const HASTEN_REPORT: &str =
    "UPDATE supervision_report SET next_us = $3 WHERE session = $1 AND version = $2 AND state IN ('waiting', 'sent')";
pub(in crate::records) const RECEIVE_REPORTS: &str = "UPDATE supervision_report SET state = 'received', answered_us = $2, words = '' \
     WHERE session = $1 AND state IN ('waiting', 'sent')";
pub(in crate::records) const ANSWER_REPORT: &str = "UPDATE supervision_report SET state = $3, answered_us = $4, words = $5, \
     reference = $6, receipt_sha256 = $7, tries = tries + 1, tried_us = $4 \
     WHERE session = $1 AND version = $2 AND state IN ('waiting', 'sent')";
