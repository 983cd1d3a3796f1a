//! Every statement, once, for both databases. SQLite reads `$1` too.

pub(super) mod access;
pub(super) mod identity;
pub(super) mod machine;
pub(super) mod neighbour;
pub(super) mod people;
pub(super) mod process;
pub(super) mod refusal;
pub(super) mod supervision;

pub(super) const READ_HEAD: &str = "SELECT size, frontier FROM head WHERE id = 1";
pub(super) const MOVE_HEAD: &str = "UPDATE head SET size = $1, frontier = $2 WHERE id = 1 AND size = $3";
pub(super) const INSERT_LEAVES: &str = "INSERT INTO leaf (idx, hash, subject, subject_seq, envelope, idem) ";
pub(super) const INSERT_TREE: &str = "INSERT INTO tree (size, root) VALUES ($1, $2)";
pub(super) const INSERT_BODIES: &str = "INSERT INTO body (sha256, bytes) ";
/// What stands there already stays.
pub(super) const OR_NOTHING: &str = " ON CONFLICT DO NOTHING";
pub(super) const READ_BODY: &str = "SELECT bytes FROM body WHERE sha256 = $1";
pub(super) const READ_SUBJECT: &str = "SELECT entries, head FROM subject WHERE subject = $1";
pub(super) const MOVE_SUBJECT: &str = "INSERT INTO subject (subject, entries, head) VALUES ($1, $2, $3) \
     ON CONFLICT (subject) DO UPDATE SET entries = excluded.entries, head = excluded.head";
pub(super) const READ_RECEIPT: &str = "SELECT leaf.idx, leaf.hash, tree.size, tree.root FROM leaf JOIN tree ON tree.size > leaf.idx \
     WHERE leaf.idem = $1 ORDER BY tree.size LIMIT 1";
pub(super) const ENTRIES: &str = "SELECT idx, envelope FROM leaf WHERE idx >= $1 ORDER BY idx LIMIT $2";
pub(super) const ENTRIES_OF: &str =
    "SELECT idx, envelope FROM leaf WHERE subject = $3 AND idx >= $1 ORDER BY subject_seq LIMIT $2";
pub(super) const LEAVES: &str =
    "SELECT idx, hash, subject, subject_seq, envelope, idem FROM leaf WHERE idx >= $1 ORDER BY idx LIMIT $2";
pub(super) const LEAF_BY_IDEM: &str = "SELECT idx, envelope FROM leaf WHERE idem = $1";
pub(super) const SUBJECTS: &str = "SELECT subject, entries, head FROM subject WHERE subject > $1 ORDER BY subject LIMIT $2";
pub(super) const NEWEST_TREE: &str = "SELECT size, root FROM tree ORDER BY size DESC LIMIT 1";

pub(super) const TREES: &str = "SELECT size, root FROM tree WHERE size > $1 ORDER BY size LIMIT $2";

pub(super) const CLAIM_REQUEST: &str =
    "INSERT INTO request (acted_by, request_key, content, thing) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
pub(super) const READ_REQUEST: &str = "SELECT content, thing FROM request WHERE acted_by = $1 AND request_key = $2";

pub(super) const INSERT_ORGANIZATION: &str = "INSERT INTO organization (id, name, kind) VALUES ($1, $2, $3)";
pub(super) const INSERT_SITE: &str = "INSERT INTO site (id, organization, name, region) VALUES ($1, $2, $3, $4)";
pub(super) const INSERT_ROOM: &str = "INSERT INTO room (id, site, name, kind) VALUES ($1, $2, $3, $4)";
pub(super) const INSERT_VIEWPOINT: &str =
    "INSERT INTO viewpoint (id, room, name, required, sound_required, seats, sound_only) VALUES ($1, $2, $3, $4, $5, $6, $7)";
pub(super) const INSERT_CAMERA: &str = "INSERT INTO camera (id, viewpoint, name, kind) VALUES ($1, $2, $3, $4)";
pub(super) const INSERT_STREAM: &str = "INSERT INTO stream (id, camera, role, import) VALUES ($1, $2, $3, $4)";
pub(super) const INSERT_RECORDER: &str =
    "INSERT INTO recorder (id, site, name, public_key, token_sha256) VALUES ($1, $2, $3, $4, $5)";
pub(super) const INSERT_SESSION: &str =
    "INSERT INTO session (id, site, name, exam_start_us, exam_end_us, revision) VALUES ($1, $2, $3, $4, $5, 1)";
pub(super) const INSERT_WINDOW: &str =
    "INSERT INTO expected_window (session, viewpoint, start_us, end_us) VALUES ($1, $2, $3, $4)";
pub(super) const DELETE_WINDOWS: &str = "DELETE FROM expected_window WHERE session = $1";
pub(super) const REVISE_SESSION: &str = "UPDATE session SET revision = revision + 1 WHERE id = $1 AND revision = $2";

pub(super) const ORGANIZATION: &str = "SELECT id, name, kind FROM organization WHERE id = $1";
pub(super) const ORGANIZATIONS: &str = "SELECT id, name, kind FROM organization WHERE id > $1 ORDER BY id LIMIT $2";
pub(super) const SITE: &str = "SELECT id, organization, name, region FROM site WHERE id = $1";
pub(super) const SITES: &str = "SELECT id, organization, name, region FROM site ORDER BY id";
pub(super) const ROOM: &str = "SELECT id, site, name, kind FROM room WHERE id = $1";
pub(super) const ROOMS_OF_SITE: &str = "SELECT id, site, name, kind FROM room WHERE site = $1 ORDER BY id";
/// The columns of a [`super::Viewpoint`].
macro_rules! viewpoint_columns {
    () => {
        "viewpoint.id, viewpoint.room, viewpoint.name, required, sound_required, seats, sound_only, thresholds, \
         reference_still, reference_sha256, judgement_revision"
    };
}

pub(super) const VIEWPOINT: &str = concat!("SELECT ", viewpoint_columns!(), " FROM viewpoint WHERE id = $1");
pub(super) const VIEWPOINTS_OF_SITE: &str = concat!(
    "SELECT ",
    viewpoint_columns!(),
    " FROM viewpoint JOIN room ON room.id = viewpoint.room WHERE room.site = $1 ORDER BY viewpoint.id"
);
pub(super) const CAMERA: &str = "SELECT camera.id, camera.viewpoint, camera.name, e.id, v.id, camera.kind FROM camera \
     JOIN stream e ON e.camera = camera.id AND e.role = 'evidence' \
     LEFT JOIN stream v ON v.camera = camera.id AND v.role = 'viewing' WHERE camera.id = $1";
pub(super) const CAMERAS_OF_SITE: &str = "SELECT camera.id, camera.viewpoint, camera.name, e.id, v.id, camera.kind FROM room \
     JOIN viewpoint ON viewpoint.room = room.id JOIN camera ON camera.viewpoint = viewpoint.id \
     JOIN stream e ON e.camera = camera.id AND e.role = 'evidence' \
     LEFT JOIN stream v ON v.camera = camera.id AND v.role = 'viewing' WHERE room.site = $1 ORDER BY camera.id";
pub(super) const RECORDER: &str = "SELECT id, site, name, public_key, token_sha256 FROM recorder WHERE id = $1";
pub(super) const RECORDER_BY_TOKEN: &str = "SELECT id, site, name, public_key, token_sha256 FROM recorder WHERE token_sha256 = $1 \
     AND NOT EXISTS (SELECT 1 FROM machine_key WHERE recorder = recorder.id) \
     AND NOT EXISTS (SELECT 1 FROM machine_token WHERE recorder = recorder.id)";
pub(super) const RECORDERS_OF_SITE: &str =
    "SELECT id, site, name, public_key, token_sha256 FROM recorder WHERE site = $1 ORDER BY id";
pub(super) const STREAM_PLACE: &str = "SELECT stream.id, stream.role, camera.id, viewpoint.id, room.id, room.site, stream.import FROM stream \
     JOIN camera ON camera.id = stream.camera JOIN viewpoint ON viewpoint.id = camera.viewpoint \
     JOIN room ON room.id = viewpoint.room WHERE stream.id = $1";
pub(super) const STREAMS_OF_SITE: &str = "SELECT stream.id, stream.role, camera.id, viewpoint.id, room.id, room.site, stream.import FROM room \
     JOIN viewpoint ON viewpoint.room = room.id JOIN camera ON camera.viewpoint = viewpoint.id \
     JOIN stream ON stream.camera = camera.id WHERE room.site = $1 ORDER BY stream.id";
pub(super) const SITE_OF_VIEWPOINT: &str =
    "SELECT room.site FROM viewpoint JOIN room ON room.id = viewpoint.room WHERE viewpoint.id = $1";
pub(super) const SESSION: &str =
    "SELECT id, site, name, exam_start_us, exam_end_us, revision, sealed_us FROM session WHERE id = $1";
pub(super) const SEAL_SESSION: &str = "UPDATE session SET sealed_us = $2 WHERE id = $1 AND sealed_us IS NULL";
pub(super) const SCHEDULE_OF_SITE: &str = "SELECT session.id, session.name, session.sealed_us, MIN(w.start_us), MAX(w.end_us) FROM session \
     JOIN expected_window w ON w.session = session.id WHERE session.site = $1 \
     GROUP BY session.id, session.name, session.sealed_us \
     HAVING MIN(w.start_us) < $3 AND (MAX(w.end_us) > $2 OR session.sealed_us IS NULL) \
     ORDER BY MIN(w.start_us) DESC, session.id DESC LIMIT $4";
pub(super) const STREAMS_OF_SESSION: &str = "SELECT DISTINCT stream.id FROM expected_window w JOIN camera ON camera.viewpoint = w.viewpoint \
     JOIN stream ON stream.camera = camera.id WHERE w.session = $1 AND stream.import IS NULL ORDER BY stream.id";
pub(super) const WINDOWS: &str =
    "SELECT viewpoint, start_us, end_us FROM expected_window WHERE session = $1 ORDER BY viewpoint, start_us";
pub(super) const ALL_SESSIONS: &str = "SELECT id FROM session WHERE (CAST($1 AS TEXT) IS NULL OR site = $1) \
     ORDER BY exam_start_us, id LIMIT $2";
pub(super) const SESSIONS_IN: &str = "SELECT id FROM session WHERE (CAST($1 AS TEXT) IS NULL OR site = $1) AND id IN \
     (SELECT session FROM expected_window WHERE end_us > $3 AND start_us < $4) ORDER BY exam_start_us, id LIMIT $2";
/// Of a site: by its own viewpoints, for by time alone whatever came after a day long past would be gone through.
pub(super) const SESSIONS_OF_SITE_IN: &str = "SELECT id FROM session WHERE site = $1 AND id IN \
     (SELECT w.session FROM room JOIN viewpoint v ON v.room = room.id JOIN expected_window w ON w.viewpoint = v.id \
     WHERE room.site = $1 AND w.end_us > $3 AND w.start_us < $4) ORDER BY exam_start_us, id LIMIT $2";
pub(super) const EXPECTATIONS: &str = "SELECT w.viewpoint, viewpoint.room, w.start_us, w.end_us, required, sound_required, sound_only, stream.id, camera.id, \
     stream.role, stream.import, stream.shift_us FROM expected_window w JOIN viewpoint ON viewpoint.id = w.viewpoint \
     LEFT JOIN camera ON camera.viewpoint = viewpoint.id \
     LEFT JOIN stream ON stream.camera = camera.id \
     WHERE w.session = $1 ORDER BY viewpoint.room, w.viewpoint, w.start_us, stream.id";

pub(super) const INSERT_RUN: &str =
    "INSERT INTO run (id, stream, recorder, boot, init, opened_us) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
pub(super) const RUN: &str = "SELECT run.id, stream, recorder, boot, init, opened_us, fragments, end_reason, import FROM run \
     JOIN stream ON stream.id = run.stream WHERE run.id = $1";
pub(super) const RUNS: &str = "SELECT run.id, stream, recorder, boot, init, opened_us, fragments, end_reason, import FROM run \
     JOIN stream ON stream.id = run.stream WHERE run.id > $1 ORDER BY run.id LIMIT $2";
pub(super) const END_RUN: &str = "UPDATE run SET fragments = $2, end_reason = $3 WHERE id = $1 AND end_reason IS NULL";
pub(super) const SEALED_RANGES: &str =
    "SELECT first_sequence, last_sequence FROM segment WHERE month = $1 AND run = $2 ORDER BY first_sequence";

pub(super) const INSERT_LEASE: &str = "INSERT INTO lease (recorder, node, epoch, until_us) VALUES ($1, $2, $3, $4)";
pub(super) const SET_LEASE: &str = "UPDATE lease SET node = $2, epoch = $3, until_us = $4 WHERE recorder = $1";
pub(super) const LEASE: &str = "SELECT node, epoch, until_us FROM lease WHERE recorder = $1";

pub(super) const INSERT_SEGMENT: &str = "INSERT INTO segment (month, run, first_sequence, last_sequence, stream, start_us, end_us, \
     coverage, object_name, object_size, object_sha256, manifest_sha256, unsigned_tail, subject, stored_us, clock_mapping, \
     sealed_shift_us, shift_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)";
pub(super) const INSERT_SEGMENT_INDEX: &str =
    "INSERT INTO segment_index (month, run, first_sequence, fragments) VALUES ($1, $2, $3, $4)";
pub(super) const SESSIONS_OF_STREAM: &str = "SELECT DISTINCT w.session FROM stream JOIN camera ON camera.id = stream.camera \
     JOIN expected_window w ON w.viewpoint = camera.viewpoint \
     WHERE stream.id = $1 AND w.end_us > $2 AND w.start_us < $3 ORDER BY w.session";

/// The columns of a [`super::Segment`], `unsigned_tail`, its leaf's index and when it was stored included; its times are as
/// they are corrected, save for the shift of an import.
macro_rules! segment_columns {
    () => {
        "s.stream, s.run, s.first_sequence, s.last_sequence, s.start_us, s.end_us, s.object_name, s.object_size, \
         s.object_sha256, s.manifest_sha256, s.unsigned_tail AND NOT EXISTS (SELECT 1 FROM late_signature l \
         WHERE l.run = s.run AND l.first_sequence <= s.last_sequence AND l.last_sequence >= s.last_sequence), \
         (SELECT idx FROM leaf WHERE idem = 'segment/' || s.run || '/' || CAST(s.first_sequence AS TEXT) || '/' || s.subject), \
         s.stored_us, s.clock_mapping, s.shift_us"
    };
}

/// Segments that touch [$2, $3): those of usual length start at most three minutes before it.
macro_rules! touching {
    ($columns:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM segment s WHERE s.stream = $1 AND s.start_us > $2 - 180000000 AND s.start_us < $3 AND s.end_us > $2 \
             AND s.end_us - s.start_us <= 180000000 UNION ALL SELECT ",
            $columns,
            " FROM segment s WHERE s.stream = $1 AND s.start_us < $3 AND s.end_us > $2 AND s.end_us - s.start_us > 180000000"
        )
    };
}

pub(super) const SEGMENTS_IN: &str = concat!(touching!(segment_columns!()), " ORDER BY 5, 2, 3 LIMIT $4");
/// The same with the packed fragments of each; one statement, since a segment each would cost a round trip each.
pub(super) const INDEXED_SEGMENTS_IN: &str = concat!(
    touching!(concat!(
        segment_columns!(),
        ", (SELECT fragments FROM segment_index i \
         WHERE i.month = s.month AND i.run = s.run AND i.first_sequence = s.first_sequence)"
    )),
    " ORDER BY 5, 2, 3 LIMIT $4"
);
pub(super) const COVERAGE_IN: &str =
    concat!(touching!("s.run, s.first_sequence, s.last_sequence, s.start_us, s.end_us, s.coverage"), " ORDER BY 4");
pub(super) const SEGMENT_AT: &str = concat!(
    "SELECT ",
    segment_columns!(),
    " FROM segment s WHERE s.month = $1 AND s.run = $2 AND s.first_sequence <= $3 ORDER BY s.first_sequence DESC LIMIT 1"
);
pub(super) const SEGMENT_INDEX: &str =
    "SELECT fragments FROM segment_index WHERE month = $1 AND run = $2 AND first_sequence = $3";
/// `unsigned_tail` as it was sealed, the coverage, and what the corrections of its clock say: what `fsck` compares.
pub(super) const SEGMENTS: &str = "SELECT stream, run, first_sequence, last_sequence, start_us, end_us, object_name, object_size, \
     object_sha256, manifest_sha256, unsigned_tail, subject, coverage, (SELECT import FROM stream WHERE stream.id = segment.stream), clock_mapping, \
     sealed_shift_us, shift_us, COALESCE((SELECT c.shift_us FROM run JOIN clock_correction c ON c.recorder = run.recorder \
     AND c.boot = run.boot AND c.mapping = segment.clock_mapping WHERE run.id = segment.run ORDER BY c.revision DESC LIMIT 1), 0) \
     FROM segment WHERE month >= $1 AND (month > $1 OR run > $2 OR (run = $2 AND first_sequence > $3)) \
     ORDER BY month, run, first_sequence LIMIT $4";

pub(super) const INSERT_SIGNATURE: &str = "INSERT INTO late_signature (run, first_sequence, last_sequence, statement, signature, public_key, subject) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
pub(super) const SIGNATURE: &str = "SELECT run, first_sequence, last_sequence, statement, signature, public_key, subject FROM late_signature \
     WHERE run = $1 AND first_sequence = $2 AND last_sequence = $3";
pub(super) const SIGNATURES: &str = "SELECT run, first_sequence, last_sequence, statement, signature, public_key, subject FROM late_signature \
     WHERE run > $1 OR (run = $1 AND (first_sequence > $2 OR (first_sequence = $2 AND last_sequence > $3))) \
     ORDER BY run, first_sequence, last_sequence LIMIT $4";
/// In whose chains the segments of a range stand.
pub(super) const SUBJECTS_OF_RANGE: &str = "SELECT DISTINCT subject FROM segment \
     WHERE month = $1 AND run = $2 AND first_sequence <= $4 AND last_sequence >= $3 ORDER BY subject";

pub(super) const INSERT_GAP: &str = "INSERT INTO gap (id, session, viewpoint, kind, opened_us, version, cause, start_us, end_us, closed_us) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
pub(super) const UPDATE_GAP: &str = "UPDATE gap SET version = $2, cause = $3, start_us = $4, end_us = $5, closed_us = $6, filled_by = $7, late_upload = $8 \
     WHERE id = $1 AND version = $2 - 1";
pub(super) const GAP: &str = "SELECT id, session, viewpoint, kind, opened_us, version, cause, start_us, end_us, closed_us, filled_by, late_upload FROM gap WHERE id = $1";
pub(super) const GAP_AT: &str = "SELECT id, session, viewpoint, kind, opened_us, version, cause, start_us, end_us, closed_us, filled_by, late_upload FROM gap \
     WHERE session = $1 AND viewpoint = $2 AND kind = $3 AND start_us = $4";
pub(super) const GAPS_OF: &str = "SELECT id, session, viewpoint, kind, opened_us, version, cause, start_us, end_us, closed_us, filled_by, late_upload FROM gap \
     WHERE session = $1 ORDER BY start_us, viewpoint, kind";
pub(super) const GAPS: &str = "SELECT id, session, viewpoint, kind, opened_us, version, cause, start_us, end_us, closed_us, filled_by, late_upload FROM gap \
     WHERE id > $1 ORDER BY id LIMIT $2";

/// The newest segment of a run that begins at or before a fragment: the only one that can hold it.
pub(super) const SEALED_AT: &str = "SELECT first_sequence, last_sequence, object_name, object_sha256, manifest_sha256, subject \
     FROM segment WHERE month = $1 AND run = $2 AND first_sequence <= $3 ORDER BY first_sequence DESC LIMIT 1";
pub(super) const SESSION_IDS: &str = "SELECT id FROM session WHERE id > $1 ORDER BY id LIMIT $2";

pub(super) const INSERT_CLOCK_CORRECTION: &str = "INSERT INTO clock_correction (recorder, boot, mapping, revision, shift_us, at_us, statement, \
     signature, public_key, sessions) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
/// The columns of a [`super::ClockCorrection`], and where it was told.
macro_rules! correction_columns {
    () => {
        "recorder, boot, mapping, revision, shift_us, at_us, statement, signature, public_key, sessions FROM clock_correction"
    };
}
pub(super) const CORRECTIONS_OF_MAPPING: &str =
    concat!("SELECT ", correction_columns!(), " WHERE recorder = $1 AND boot = $2 AND mapping = $3 ORDER BY revision");
pub(super) const CLOCK_CORRECTIONS: &str = concat!(
    "SELECT ",
    correction_columns!(),
    " WHERE recorder > $1 OR (recorder = $1 AND (boot > $2 OR (boot = $2 AND (mapping > $3 OR (mapping = $3 AND revision > $4))))) \
     ORDER BY recorder, boot, mapping, revision LIMIT $5"
);
pub(super) const CLOCK_SHIFT: &str = "SELECT shift_us FROM clock_correction WHERE recorder = $1 AND boot = $2 AND mapping = $3 \
     ORDER BY revision DESC LIMIT 1";
pub(super) const CLOCK_SHIFTS: &str = "SELECT mapping, shift_us FROM clock_correction c WHERE recorder = $1 AND boot = $2 \
     AND revision = (SELECT MAX(revision) FROM clock_correction o WHERE o.recorder = c.recorder AND o.boot = c.boot \
     AND o.mapping = c.mapping) ORDER BY mapping";
pub(super) const RUNS_OF_BOOT: &str = "SELECT id, stream FROM run WHERE recorder = $1 AND boot = $2 ORDER BY id";
pub(super) const SEGMENT_TIMES: &str = "SELECT first_sequence, start_us, end_us, shift_us, coverage FROM segment \
     WHERE month = $1 AND run = $2 AND clock_mapping = $3 ORDER BY first_sequence";
pub(super) const SHIFT_SEGMENT: &str = "UPDATE segment SET start_us = $4, end_us = $5, shift_us = $6, coverage = $7 \
     WHERE month = $1 AND run = $2 AND first_sequence = $3";

pub(super) const STREAM_FOOTAGE: &str = "SELECT import, shift_us FROM stream WHERE id = $1";
pub(super) const SET_SHIFT: &str = "UPDATE stream SET shift_us = $2 WHERE id = $1";

pub(super) const SET_JUDGEMENT: &str = "UPDATE viewpoint SET thresholds = $3, reference_still = $4, reference_sha256 = $5, \
     judgement_revision = judgement_revision + 1 WHERE id = $1 AND judgement_revision = $2";
pub(super) const JUDGEMENT_OF_SITE: &str = "SELECT stream.id, viewpoint.id, thresholds, reference_still FROM room \
     JOIN viewpoint ON viewpoint.room = room.id JOIN camera ON camera.viewpoint = viewpoint.id \
     JOIN stream ON stream.camera = camera.id WHERE room.site = $1 AND stream.import IS NULL ORDER BY stream.id";

/// The columns of a [`super::FlagReport`], and where it was told.
macro_rules! flag_columns {
    () => {
        "f.id, f.stream, f.run, f.kind, f.start_us, f.end_us, f.seen_us, f.version, f.measured_milli, f.threshold_milli, \
         f.detector, f.told, f.subjects"
    };
}

pub(super) const FLAG: &str = concat!("SELECT ", flag_columns!(), " FROM flag f WHERE f.id = $1");
pub(super) const LOCKED_FLAG: &str = concat!("SELECT ", flag_columns!(), " FROM flag f WHERE f.id = $1 FOR UPDATE");
pub(super) const INSERT_FLAG: &str = "INSERT INTO flag (id, stream, run, kind, start_us, end_us, seen_us, until_us, version, \
     measured_milli, threshold_milli, detector, told, subjects) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
pub(super) const UPDATE_FLAG: &str = "UPDATE flag SET start_us = $2, end_us = $3, seen_us = $4, until_us = $5, version = $6, \
     measured_milli = $7, threshold_milli = $8, told = $9, subjects = $10 WHERE id = $1";
pub(super) const FLAGS: &str = concat!("SELECT ", flag_columns!(), " FROM flag f WHERE f.id > $1 ORDER BY f.id LIMIT $2");
pub(super) const FLAGS_IN: &str = concat!(
    "SELECT ",
    flag_columns!(),
    ", camera.id, camera.viewpoint FROM camera JOIN stream ON stream.camera = camera.id JOIN flag f ON f.stream = stream.id \
     WHERE camera.viewpoint = $1 AND f.until_us >= $2 AND f.start_us < $3 ORDER BY f.start_us, f.id LIMIT $4"
);

/// The columns of a [`super::Still`].
macro_rules! still_columns {
    () => {
        "id, stream, run, taken_us, width, height, object_name, object_size, object_sha256"
    };
}

pub(super) const INSERT_STILL: &str =
    concat!("INSERT INTO still (", still_columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING");
pub(super) const STILL: &str = concat!("SELECT ", still_columns!(), " FROM still WHERE id = $1");
pub(super) const STILLS: &str = concat!("SELECT ", still_columns!(), " FROM still WHERE id > $1 ORDER BY id LIMIT $2");
pub(super) const STILLS_IN: &str = concat!(
    "SELECT ",
    still_columns!(),
    " FROM still WHERE stream = $1 AND taken_us >= $2 AND taken_us < $3 ORDER BY taken_us LIMIT $4"
);
pub(super) const INSERT_LEVELS: &str =
    "INSERT INTO sound_level (stream, start_us, end_us, run, rms, peak) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
/// A stretch speaks of five minutes at most.
pub(super) const LEVELS_IN: &str = "SELECT stream, run, start_us, rms, peak FROM sound_level \
     WHERE stream = $1 AND start_us > $2 - 300000000 AND start_us < $3 AND end_us > $2 ORDER BY start_us";

pub(super) const INSERT_KEY: &str = "INSERT INTO person_key (id, name, public_key) VALUES ($1, $2, $3)";
pub(super) const KEY: &str = "SELECT id, name, public_key FROM person_key WHERE id = $1";
pub(super) const KEY_BY_PUBLIC: &str = "SELECT id, name, public_key FROM person_key WHERE public_key = $1";
pub(super) const KEYS: &str = "SELECT id, name, public_key FROM person_key WHERE id > $1 ORDER BY id LIMIT $2";

pub(super) const INSERT_IMPORT: &str = "INSERT INTO import (id, viewpoint, camera, stream, original_name, original_size, original_sha256, \
     start_us, end_us, segments) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
pub(super) const INSERT_IMPORT_REVISION: &str = "INSERT INTO import_revision (import, revision, clock_offset_us, at_us, statement_sha256, \
     signature, signed_by, sessions) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// The columns of an [`super::Import`].
macro_rules! import_columns {
    () => {
        "id, viewpoint, camera, stream, original_name, original_size, original_sha256, start_us, end_us, segments FROM import"
    };
}
pub(super) const IMPORT: &str = concat!("SELECT ", import_columns!(), " WHERE id = $1");
pub(super) const IMPORTS_AFTER: &str = concat!("SELECT ", import_columns!(), " WHERE id > $1 ORDER BY id LIMIT $2");
pub(super) const IMPORTS: &str = concat!("SELECT ", import_columns!(), " ORDER BY id DESC LIMIT $1");
pub(super) const IMPORTS_OF: &str = concat!("SELECT ", import_columns!(), " WHERE viewpoint = $2 ORDER BY id DESC LIMIT $1");
/// With the key, the entry in the import's own chain, and the shift of the stream: one statement, so that the shift is
/// always that of the newest revision.
pub(super) const IMPORT_REVISIONS: &str = "SELECT revision, clock_offset_us, at_us, statement_sha256, signature, signed_by, sessions, \
     person_key.public_key, leaf.idx, leaf.envelope, stream.shift_us FROM import_revision r \
     JOIN person_key ON person_key.id = r.signed_by JOIN import ON import.id = r.import JOIN stream ON stream.id = import.stream \
     LEFT JOIN leaf ON leaf.idem = 'import/' || r.import || '/' || CAST(r.revision AS TEXT) WHERE r.import = $1 ORDER BY revision";

/// The columns of a [`super::Alarm`], and whose chain it stands in.
macro_rules! alarm_columns {
    () => {
        "SELECT id, condition_key, kind, site, recorder, since_us, opened_us, subject, version, state, changed_us, closed_us, \
         acknowledged FROM alarm"
    };
}
pub(super) const INSERT_ALARM: &str = "INSERT INTO alarm (id, condition_key, kind, site, recorder, since_us, opened_us, subject, \
     version, state, changed_us, acknowledged) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $7, 0)";
pub(super) const UPDATE_ALARM: &str =
    "UPDATE alarm SET version = $2, state = $3, changed_us = $4, closed_us = $5, acknowledged = $6 WHERE id = $1";
pub(super) const ALARM: &str = concat!(alarm_columns!(), " WHERE id = $1");
pub(super) const LOCKED_ALARM: &str = concat!(alarm_columns!(), " WHERE id = $1 FOR UPDATE");
pub(super) const ALARM_STANDING: &str = concat!(alarm_columns!(), " WHERE condition_key = $1 AND closed_us IS NULL");
pub(super) const ALARMS_OPEN: &str = concat!(alarm_columns!(), " WHERE closed_us IS NULL ORDER BY opened_us, id");
pub(super) const ALARMS: &str = concat!(alarm_columns!(), " WHERE id > $1 ORDER BY id LIMIT $2");
pub(super) const ALARMS_IN: &str = concat!(
    alarm_columns!(),
    " WHERE (CAST($1 AS TEXT) IS NULL OR site = $1) AND opened_us < $3 AND (closed_us IS NULL OR (closed_us > $2 AND NOT $4)) \
     ORDER BY opened_us DESC, id DESC LIMIT $5"
);
pub(super) const INSERT_ACKNOWLEDGEMENT: &str =
    "INSERT INTO alarm_acknowledgement (alarm, number, acted_by, name, note, at_us) VALUES ($1, $2, $3, $4, $5, $6)";
pub(super) const ACKNOWLEDGEMENTS: &str =
    "SELECT acted_by, name, note, at_us FROM alarm_acknowledgement WHERE alarm = $1 ORDER BY number";
pub(super) const INSERT_ALARM_EVENT: &str = "INSERT INTO alarm_event (number, alarm, version, event, at_us, state) \
     VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM alarm_event), $1, $2, $3, $4, $5)";
pub(super) const ALARM_EVENTS: &str =
    "SELECT number, alarm, version, event, at_us, state FROM alarm_event WHERE number > $1 ORDER BY number LIMIT $2";
pub(super) const NEWEST_ALARM_EVENT: &str = "SELECT COALESCE(MAX(number), 0) FROM alarm_event";
pub(super) const EVENT_BEFORE_OPEN: &str =
    "SELECT MIN(number) - 1 FROM alarm_event WHERE alarm IN (SELECT id FROM alarm WHERE closed_us IS NULL)";
pub(super) const WEBHOOK: &str = "SELECT delivered FROM webhook WHERE name = $1";
pub(super) const MOVE_WEBHOOK: &str = "INSERT INTO webhook (name, delivered) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET delivered = excluded.delivered";
