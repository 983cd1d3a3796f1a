//! Statements about the process.

pub(in crate::records) const INSERT_BATCH: &str = "INSERT INTO batch (id, organization) VALUES ($1, $2)";
pub(in crate::records) const BATCH: &str = "SELECT organization FROM batch WHERE id = $1";
pub(in crate::records) const BATCHES_OF: &str = "SELECT id FROM batch WHERE organization = $1 ORDER BY id";
pub(in crate::records) const BATCHES: &str = "SELECT id, organization FROM batch WHERE id > $1 ORDER BY id LIMIT $2";

pub(in crate::records) const INSERT_BATCH_SESSION: &str =
    "INSERT INTO batch_session (session, batch) VALUES ($1, $2) ON CONFLICT DO NOTHING";
/// Sessions that have a plan and stand in no batch: what waits in them would hold nobody's score back.
pub(in crate::records) const UNJOINED_SESSIONS: &str = "SELECT f.case_file FROM fact f
    LEFT JOIN batch_session b ON b.session = f.case_file
    WHERE f.kind = 'session_planned' AND b.session IS NULL GROUP BY f.case_file ORDER BY f.case_file LIMIT $1";
pub(in crate::records) const SESSIONS_OF_BATCH: &str = "SELECT session FROM batch_session WHERE batch = $1 ORDER BY session";

/// Whoever comes first makes the row, and everybody locks it by counting on.
pub(in crate::records) const INSERT_CASE: &str = "INSERT INTO case_file (id, facts) VALUES ($1, 0) ON CONFLICT DO NOTHING";
pub(in crate::records) const LOCK_CASE: &str = "UPDATE case_file SET facts = facts + $2 WHERE id = $1 RETURNING facts";
pub(in crate::records) const CASE_FACTS: &str = "SELECT facts FROM case_file WHERE id = $1";
/// Cases whose number of facts is another one than that of their rows.
pub(in crate::records) const MISCOUNTED_CASES: &str = "SELECT c.id, c.facts, COUNT(f.id)
    FROM case_file c LEFT JOIN fact f ON f.case_file = c.id
    GROUP BY c.id, c.facts HAVING c.facts <> COUNT(f.id) ORDER BY c.id LIMIT $1";

pub(in crate::records) const INSERT_FACTS: &str = "INSERT INTO fact (case_file, number, id, kind, at_us, occurred_us, provisional, \
     told_by, pack, source, source_id, findings, blocking, body) ";
/// The columns of a [`super::super::Recorded`], with the body of its entry while that is there.
macro_rules! fact_columns {
    ($from:literal) => {
        concat!(
            "SELECT f.case_file, f.number, f.id, f.kind, f.at_us, f.occurred_us, f.provisional, f.told_by, f.pack, f.source, \
             f.source_id, b.bytes FROM ",
            $from,
            "fact f LEFT JOIN body b ON b.sha256 = f.body "
        )
    };
    () => {
        fact_columns!("")
    };
}
pub(in crate::records) const FACTS_OF: &str =
    concat!(fact_columns!(), " WHERE f.case_file = $1 AND f.number > $2 ORDER BY f.number LIMIT $3");
pub(in crate::records) const FACT: &str = concat!(fact_columns!(), " WHERE f.id = $1");
pub(in crate::records) const FACT_OF_SOURCE: &str = concat!(fact_columns!(), " WHERE f.source = $1 AND f.source_id = $2");
pub(in crate::records) const FACTS: &str = concat!(fact_columns!(), " WHERE f.id > $1 ORDER BY f.id LIMIT $2");

pub(in crate::records) const INSERT_FACT_KEYS: &str = "INSERT INTO fact_key (key, case_file, number) ";
/// Facts by what they name. CROSS: SQLite would go through all facts of a case to find those that name something.
macro_rules! facts_naming {
    ($and:literal) => {
        concat!(
            fact_columns!("fact_key k CROSS JOIN "),
            "WHERE k.key = $1 AND f.case_file = k.case_file AND f.number = k.number ",
            $and
        )
    };
}
pub(in crate::records) const FACTS_NAMING: &str = facts_naming!("ORDER BY f.case_file, f.number LIMIT $2");
/// Of one case: a statement of its own, for what every case has (a milestone) would else be gone through in all.
pub(in crate::records) const FACTS_NAMING_IN: &str =
    facts_naming!("AND k.case_file = $2 ORDER BY f.case_file, f.number LIMIT $3");
/// Of other batches of the organisation of a batch.
pub(in crate::records) const FACTS_NAMING_BESIDE: &str = concat!(
    fact_columns!("fact_key k CROSS JOIN batch CROSS JOIN "),
    "WHERE k.key = $1 AND batch.id = k.case_file AND f.case_file = k.case_file AND f.number = k.number AND batch.id <> $2 \
     AND batch.organization = (SELECT own.organization FROM batch own WHERE own.id = $2) ORDER BY f.case_file, f.number LIMIT $3"
);
/// Facts that name any of some things, each once: keys follow, then the rest.
pub(in crate::records) const FACTS_NAMING_ANY: &str =
    concat!(fact_columns!(), "WHERE (f.case_file, f.number) IN (SELECT case_file, number FROM fact_key WHERE key IN (");
pub(in crate::records) const OF_CASE: &str = " AND case_file = ";
pub(in crate::records) const EACH_ONCE: &str = ") ORDER BY f.case_file, f.number LIMIT ";
pub(in crate::records) const KEYS_OF_FACT: &str = "SELECT key FROM fact_key WHERE case_file = $1 AND number = $2";

pub(in crate::records) const REGION_OF_ORGANIZATION: &str =
    "SELECT region FROM site WHERE organization = $1 AND region IS NOT NULL ORDER BY id LIMIT 1";
/// The rooms of a site with the cameras at their required viewpoints; what was imported has no camera of its own.
pub(in crate::records) const ROOMS_OF: &str = "SELECT room.id, room.kind, c.id FROM room \
     LEFT JOIN viewpoint v ON v.room = room.id AND v.required LEFT JOIN camera c ON c.viewpoint = v.id AND c.kind <> 'import' \
     WHERE room.site = $1 ORDER BY room.id, c.id";
/// The required viewpoints of a site, with their rooms.
pub(in crate::records) const VIEWPOINTS_OF: &str =
    "SELECT v.room, v.id FROM room JOIN viewpoint v ON v.room = room.id WHERE room.site = $1 AND v.required ORDER BY v.id";

pub(in crate::records) const INSERT_CALENDAR: &str =
    "INSERT INTO calendar_year (year, revision, days) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
pub(in crate::records) const CALENDAR_YEAR: &str = "SELECT days FROM calendar_year WHERE year = $1 AND revision = $2";
pub(in crate::records) const CALENDAR_YEARS: &str = "SELECT days FROM calendar_year ORDER BY year, revision";

pub(in crate::records) const INSERT_REVEAL: &str =
    "INSERT INTO reveal (id, acted_by, batch, candidate, purpose, at_us) VALUES ($1, $2, $3, $4, $5, $6)";
pub(in crate::records) const REVEALS_OF: &str = "SELECT id, acted_by, batch, candidate, purpose, at_us FROM reveal \
     WHERE batch = $1 AND (CAST($2 AS TEXT) IS NULL OR candidate = $2) ORDER BY id DESC LIMIT $3";
pub(in crate::records) const REVEALS: &str =
    "SELECT id, acted_by, batch, candidate, purpose, at_us FROM reveal WHERE id > $1 ORDER BY id LIMIT $2";
