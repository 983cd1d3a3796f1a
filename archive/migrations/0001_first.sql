-- What Liuhen knows. One text for SQLite and PostgreSQL: for PostgreSQL the word BLOB is read as BYTEA, and
-- what stands between the words `only SQLite` and `end` is left out.
--
-- Ids are TEXT: a prefix that tells the kind, and a ULID, so they sort by birth. Times are BIGINT, UTC,
-- microseconds since 1970, and end in _us. Intervals are half-open: the end is not in them. Digests are
-- the 32 bytes of a SHA-256. Words are those of closed lists. Every row that tells a fact has an entry in
-- the log that tells the same; `liuhen fsck` compares them. Columns never change unless it says so.

-- A body that certifies (评价机构).
CREATE TABLE organization (
    id   TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL
);

-- An exam site (考点).
CREATE TABLE site (
    id           TEXT NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL REFERENCES organization (id),
    name         TEXT NOT NULL
);

-- An exam room (考场).
CREATE TABLE room (
    id   TEXT NOT NULL PRIMARY KEY,
    site TEXT NOT NULL REFERENCES site (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL
);
CREATE INDEX room_by_site ON room (site);

-- A place from which a room is seen, whichever camera hangs there.
CREATE TABLE viewpoint (
    id             TEXT NOT NULL PRIMARY KEY,
    room           TEXT NOT NULL REFERENCES room (id),
    name           TEXT NOT NULL,
    -- Whether its recording must be whole: gaps are counted.
    required       BOOLEAN NOT NULL,
    sound_required BOOLEAN NOT NULL,
    -- Labels of the seats that it covers, one a line.
    seats          TEXT NOT NULL
);
CREATE INDEX viewpoint_by_room ON viewpoint (room);

-- A camera at a viewpoint.
CREATE TABLE camera (
    id        TEXT NOT NULL PRIMARY KEY,
    viewpoint TEXT NOT NULL REFERENCES viewpoint (id),
    name      TEXT NOT NULL
);
CREATE INDEX camera_by_viewpoint ON camera (viewpoint);

-- A stream of a camera: `evidence`, which is proof, or `viewing`, the small one.
CREATE TABLE stream (
    id     TEXT NOT NULL PRIMARY KEY,
    camera TEXT NOT NULL REFERENCES camera (id),
    role   TEXT NOT NULL CHECK (role IN ('evidence', 'viewing')),
    UNIQUE (camera, role)
);

-- A recorder of a site. It speaks for the cameras of this site only.
CREATE TABLE recorder (
    id           TEXT NOT NULL PRIMARY KEY,
    site         TEXT NOT NULL REFERENCES site (id),
    name         TEXT NOT NULL,
    -- Ed25519, 32 bytes.
    public_key   BLOB NOT NULL,
    -- SHA-256 of its bearer token. The token itself is kept nowhere.
    token_sha256 BLOB NOT NULL UNIQUE
);
CREATE INDEX recorder_by_site ON recorder (site);

-- A sitting of an exam (场次).
CREATE TABLE session (
    id            TEXT NOT NULL PRIMARY KEY,
    site          TEXT NOT NULL REFERENCES site (id),
    name          TEXT NOT NULL,
    exam_start_us BIGINT NOT NULL,
    exam_end_us   BIGINT NOT NULL CHECK (exam_end_us > exam_start_us),
    -- Changes: counts the revisions of the windows, from 1.
    revision      BIGINT NOT NULL
);
CREATE INDEX session_by_exam ON session (exam_start_us);

-- When a viewpoint must be recorded. Replaced as a whole when the session is revised; the log keeps the
-- old ones.
CREATE TABLE expected_window (
    session   TEXT NOT NULL REFERENCES session (id),
    viewpoint TEXT NOT NULL REFERENCES viewpoint (id),
    start_us  BIGINT NOT NULL,
    end_us    BIGINT NOT NULL CHECK (end_us > start_us),
    PRIMARY KEY (session, viewpoint, start_us)
);
-- What runs now, or is still to come, has its end ahead: few rows, however old the archive is.
CREATE INDEX expected_window_by_end ON expected_window (end_us);
CREATE INDEX expected_window_by_viewpoint ON expected_window (viewpoint, end_us);

-- A run: one unbroken recording of one stream. Made by the recorder, opened here when it is first heard of.
CREATE TABLE run (
    id          TEXT NOT NULL PRIMARY KEY,
    stream      TEXT NOT NULL REFERENCES stream (id),
    recorder    TEXT NOT NULL REFERENCES recorder (id),
    -- Boot of the recorder that its boot times belong to.
    boot        TEXT NOT NULL,
    -- `ftyp` and `moov`.
    init        BLOB NOT NULL,
    opened_us   BIGINT NOT NULL,
    -- Change once, together: how many fragments it has, and why it ended.
    fragments   BIGINT,
    end_reason  TEXT,
    CHECK ((fragments IS NULL) = (end_reason IS NULL))
);

-- A sealed segment: up to a minute of consecutive fragments of one run, one object.
-- Keyed by the month of the run's birth (202611), so that months can be partitions.
CREATE TABLE segment (
    month           BIGINT NOT NULL,
    run             TEXT NOT NULL,
    first_sequence  BIGINT NOT NULL CHECK (first_sequence >= 0),
    -- Included. No two segments of a run overlap.
    last_sequence   BIGINT NOT NULL CHECK (last_sequence >= first_sequence),
    stream          TEXT NOT NULL,
    -- Wall-clock interval that holds all its tracks.
    start_us        BIGINT NOT NULL,
    end_us          BIGINT NOT NULL CHECK (end_us > start_us),
    -- What it adds to coverage: liuhen.archive.v1.SegmentCoverage.
    coverage        BLOB NOT NULL,
    object_name     TEXT NOT NULL,
    object_size     BIGINT NOT NULL,
    object_sha256   BLOB NOT NULL,
    manifest_sha256 BLOB NOT NULL,
    -- Whether no signature covered its last fragment when it was sealed.
    unsigned_tail   BOOLEAN NOT NULL,
    -- Whose chain its first entry stands in: a session, or the stream where it touches none.
    subject         TEXT NOT NULL,
    PRIMARY KEY (month, run, first_sequence)
);
-- A segment spans three minutes at most, so what touches an interval starts at most that long before it;
-- the few that are longer, because a clock was set while they were recorded, have an index of their own.
-- In SQLite the index holds all that coverage reads, so the rows of one stream lie side by side: four times
-- three hours among ten million segments are 40 pages then, and 700 otherwise. An entry of an index of
-- PostgreSQL is bounded, and coverage is not, so it reads the rows there.
CREATE INDEX segment_by_time ON segment (stream, start_us
    /* only SQLite */ , end_us, run, first_sequence, last_sequence, coverage /* end */);
CREATE INDEX segment_long ON segment (stream, start_us
    /* only SQLite */ , end_us, run, first_sequence, last_sequence, coverage /* end */) WHERE end_us - start_us > 180000000;

-- The fragments of a segment, packed: liuhen.archive.v1.SegmentIndex. Apart from its row, since it is ten
-- times as large, and coverage has no need of it.
CREATE TABLE segment_index (
    month          BIGINT NOT NULL,
    run            TEXT NOT NULL,
    first_sequence BIGINT NOT NULL,
    fragments      BLOB NOT NULL,
    PRIMARY KEY (month, run, first_sequence)
);

-- A recorder's signature that came after its segments were sealed.
CREATE TABLE late_signature (
    run            TEXT NOT NULL REFERENCES run (id),
    first_sequence BIGINT NOT NULL,
    -- Included.
    last_sequence  BIGINT NOT NULL,
    -- The exact bytes that were signed, the signature and the key: liuhen_proto::segment::SignedRange.
    statement      BLOB NOT NULL,
    signature      BLOB NOT NULL,
    public_key     BLOB NOT NULL,
    -- Whose chain its first entry stands in.
    subject        TEXT NOT NULL,
    PRIMARY KEY (run, first_sequence, last_sequence)
);

-- A gap that was put on the board: a stretch of an expected window for which nothing is stored.
CREATE TABLE gap (
    id        TEXT NOT NULL PRIMARY KEY,
    session   TEXT NOT NULL REFERENCES session (id),
    viewpoint TEXT NOT NULL REFERENCES viewpoint (id),
    kind      TEXT NOT NULL,
    opened_us BIGINT NOT NULL,
    -- All that follows changes. `version` counts the changes, from 1.
    version   BIGINT NOT NULL,
    cause     TEXT NOT NULL,
    start_us  BIGINT NOT NULL,
    -- Where it ends; NULL while it is open; start_us where all of it was stored later.
    end_us    BIGINT CHECK (end_us >= start_us),
    closed_us BIGINT,
    CHECK ((end_us IS NULL) = (closed_us IS NULL)),
    UNIQUE (session, viewpoint, kind, start_us)
);

-- The answer to a call that gave an idempotency key.
CREATE TABLE request (
    acted_by    TEXT NOT NULL,
    request_key TEXT NOT NULL,
    -- SHA-256 of what was asked for.
    content     BLOB NOT NULL,
    -- Id of what was made.
    thing       TEXT NOT NULL,
    PRIMARY KEY (acted_by, request_key)
);

-- The custody log: an append-only Merkle tree (RFC 6962). One row, locked last by every write.
CREATE TABLE head (
    id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    -- All change together: the number of leaves, and the hashes of the perfect subtrees, largest first.
    size     BIGINT NOT NULL,
    frontier BLOB NOT NULL
);
INSERT INTO head (id, size, frontier) VALUES (1, 0, CAST('' AS BLOB));

-- An entry of the log. `idx` is counted under the lock of the head, never by a sequence: no index is
-- skipped, and none is seen before those under it.
CREATE TABLE leaf (
    idx         BIGINT NOT NULL PRIMARY KEY,
    -- RFC 6962 leaf hash of the envelope.
    hash        BLOB NOT NULL,
    subject     TEXT NOT NULL,
    subject_seq BIGINT NOT NULL,
    -- The exact bytes: RFC 8785 JSON.
    envelope    BLOB NOT NULL,
    -- Names what the entry tells, so that nothing is told twice.
    idem        TEXT NOT NULL UNIQUE,
    UNIQUE (subject, subject_seq)
);

-- The tree as it stood after each transaction.
CREATE TABLE tree (
    size BIGINT NOT NULL PRIMARY KEY,
    root BLOB NOT NULL
);

-- The newest entry of each subject's chain.
CREATE TABLE subject (
    subject TEXT NOT NULL PRIMARY KEY,
    -- Change together: number of entries, and leaf hash of the newest.
    entries BIGINT NOT NULL,
    head    BLOB NOT NULL
);

-- What envelopes point to by digest. May be destroyed; the envelope stays.
CREATE TABLE body (
    sha256 BLOB NOT NULL PRIMARY KEY,
    bytes  BLOB NOT NULL
);
