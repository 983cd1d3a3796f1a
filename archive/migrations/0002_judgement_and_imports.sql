-- What detectors flag, what persons accept and import. Read 0001 first; the same rules hold.

-- Where only sound is expected: no picture is missed.
ALTER TABLE viewpoint ADD COLUMN sound_only BOOLEAN NOT NULL DEFAULT FALSE;
-- All that follows changes together. Counts the changes, from 0.
ALTER TABLE viewpoint ADD COLUMN judgement_revision BIGINT NOT NULL DEFAULT 0;
-- Where judgement differs from the detectors' own thresholds, one kind a line: `black 12000` in thousandths of the
-- kind's unit, `moved off`.
ALTER TABLE viewpoint ADD COLUMN thresholds TEXT NOT NULL DEFAULT '';
-- The still that a person accepted as the view from here, and its digest. Change together.
ALTER TABLE viewpoint ADD COLUMN reference_still TEXT;
ALTER TABLE viewpoint ADD COLUMN reference_sha256 BLOB;

-- `camera`; `pickup`, sound only; `import`, a device whose footage came as a file.
ALTER TABLE camera ADD COLUMN kind TEXT NOT NULL DEFAULT 'camera';

-- Where all footage of the stream was imported: the import.
ALTER TABLE stream ADD COLUMN import TEXT;
-- Changes, by a correction of the import: how much later the footage was taken than its fragments say.
ALTER TABLE stream ADD COLUMN shift_us BIGINT NOT NULL DEFAULT 0;

-- Changes. By what the gap, or a part of it, was filled: `captured`, or `imported`.
ALTER TABLE gap ADD COLUMN filled_by TEXT;

-- An imported run has no recorder. Neither database can say that of a column in the other's words, so it is
-- written anew.
ALTER TABLE run ADD COLUMN recorded_by TEXT REFERENCES recorder (id);
UPDATE run SET recorded_by = recorder;
ALTER TABLE run DROP COLUMN recorder;
ALTER TABLE run RENAME COLUMN recorded_by TO recorder;

-- A key that signs what its owner declares about files.
CREATE TABLE person_key (
    id         TEXT NOT NULL PRIMARY KEY,
    -- Whose.
    name       TEXT NOT NULL,
    -- Ed25519, 32 bytes.
    public_key BLOB NOT NULL UNIQUE
);

-- What a detector flagged in a stream. Made by the recorder; a report of a higher version replaces the one before.
CREATE TABLE flag (
    id              TEXT NOT NULL PRIMARY KEY,
    stream          TEXT NOT NULL REFERENCES stream (id),
    -- In which it began. It may not be opened yet, so it is no reference.
    run             TEXT NOT NULL,
    kind            TEXT NOT NULL,
    -- Name and version.
    detector        TEXT NOT NULL,
    -- All that follows changes.
    version         BIGINT NOT NULL CHECK (version >= 1),
    start_us        BIGINT NOT NULL,
    -- NULL while it goes on.
    end_us          BIGINT CHECK (end_us >= start_us),
    seen_us         BIGINT NOT NULL CHECK (seen_us >= start_us),
    -- `end_us`, or `seen_us` while it goes on: what is looked for by time is found by its end, as windows are.
    until_us        BIGINT NOT NULL,
    -- Thousandths of the kind's unit.
    measured_milli  BIGINT NOT NULL,
    threshold_milli BIGINT NOT NULL,
    -- The newest version that has entries, and in whose chains they stand, one a line. A report that it is still
    -- so has none.
    told            BIGINT NOT NULL,
    subjects        TEXT NOT NULL
);
CREATE INDEX flag_by_until ON flag (stream, until_us);

-- A picture made from a key frame. Derived: it has no entry, and can be made again.
CREATE TABLE still (
    id            TEXT NOT NULL PRIMARY KEY,
    stream        TEXT NOT NULL REFERENCES stream (id),
    run           TEXT NOT NULL,
    taken_us      BIGINT NOT NULL,
    width         BIGINT NOT NULL,
    height        BIGINT NOT NULL,
    object_name   TEXT NOT NULL,
    object_size   BIGINT NOT NULL,
    object_sha256 BLOB NOT NULL,
    UNIQUE (stream, taken_us)
);

-- Levels of a stretch of sound of up to five minutes, ten a second. Derived: it has no entry, and can be made again.
CREATE TABLE sound_level (
    stream   TEXT NOT NULL REFERENCES stream (id),
    start_us BIGINT NOT NULL,
    end_us   BIGINT NOT NULL CHECK (end_us > start_us AND end_us - start_us <= 300000000),
    run      TEXT NOT NULL,
    -- One byte for each tenth of a second: half decibels below full scale, 255 for silence.
    rms      BLOB NOT NULL,
    peak     BLOB NOT NULL,
    PRIMARY KEY (stream, start_us)
);

-- A file of another device.
CREATE TABLE import (
    id              TEXT NOT NULL PRIMARY KEY,
    viewpoint       TEXT NOT NULL REFERENCES viewpoint (id),
    -- What stands for the device, and where its footage plays.
    camera          TEXT NOT NULL REFERENCES camera (id),
    stream          TEXT NOT NULL REFERENCES stream (id),
    -- The file, byte for byte.
    original_name   TEXT NOT NULL,
    original_size   BIGINT NOT NULL,
    original_sha256 BLOB NOT NULL,
    -- What its fragments say that they cover; NULL where the file is only kept.
    start_us        BIGINT,
    end_us          BIGINT,
    segments        BIGINT NOT NULL,
    CHECK ((start_us IS NULL) = (segments = 0) AND (end_us IS NULL) = (segments = 0))
);
CREATE INDEX import_by_viewpoint ON import (viewpoint);

-- What was declared about an import, once for each signed statement. The statement has names in it, so it is in the
-- body of its entry.
CREATE TABLE import_revision (
    import           TEXT NOT NULL REFERENCES import (id),
    -- From 1.
    revision         BIGINT NOT NULL,
    clock_offset_us  BIGINT NOT NULL,
    at_us            BIGINT NOT NULL,
    statement_sha256 BLOB NOT NULL,
    signature        BLOB NOT NULL,
    signed_by        TEXT NOT NULL REFERENCES person_key (id),
    -- The sessions in whose chains it stands as well, one a line.
    sessions         TEXT NOT NULL,
    PRIMARY KEY (import, revision)
);
