-- What keeps acknowledged footage from being lost. Read 0001 first; the same rules hold.

-- ---- Ingest on more than one node ----------------------------------------------------------------

-- Which ingest node leads a recorder. It routes and is no evidence, so it has no entry; every column but the first changes.
CREATE TABLE lease (
    recorder TEXT NOT NULL PRIMARY KEY REFERENCES recorder (id),
    node     TEXT NOT NULL,
    -- Counts the nodes that have led it. What is sealed says under which it was taken in.
    epoch    BIGINT NOT NULL CHECK (epoch >= 1),
    until_us BIGINT NOT NULL
);

-- ---- Sealing of papers ------------------------------------------------------------------------

-- When the papers of the session were sealed (封存), UTC, microseconds: recording for it may stop. Set once, never
-- changed; nothing before.
ALTER TABLE session ADD COLUMN sealed_us BIGINT;

-- ---- Late footage ---------------------------------------------------------------------------------

-- Changes. Whether footage of it, or of a part, came long after it was recorded.
ALTER TABLE gap ADD COLUMN late_upload BOOLEAN NOT NULL DEFAULT FALSE;
-- When its last fragment was STORED, by the centre's clock; NULL where that is not known, and for imports.
ALTER TABLE segment ADD COLUMN stored_us BIGINT;

-- ---- Alarms ---------------------------------------------------------------------------------------

-- Something that was wrong, and is, until it is closed. `condition_key` says what with whom: `no_fragments/str_…`.
CREATE TABLE alarm (
    id            TEXT NOT NULL PRIMARY KEY,
    condition_key TEXT NOT NULL,
    kind          TEXT NOT NULL,
    -- NULL where it is about the centre itself.
    site          TEXT REFERENCES site (id),
    recorder      TEXT REFERENCES recorder (id),
    since_us      BIGINT NOT NULL,
    opened_us     BIGINT NOT NULL,
    -- Whose chain its entries stand in: the site, or the node that raised it.
    subject       TEXT NOT NULL,
    -- All that follows changes. `version` counts its events, from 1.
    version       BIGINT NOT NULL,
    -- Severity, figures and whom it concerns: liuhen.review.v1.AlarmState. Of no weight for evidence, so without entry
    -- while it is open.
    state         BLOB NOT NULL,
    changed_us    BIGINT NOT NULL,
    closed_us     BIGINT,
    -- Number of its acknowledgements.
    acknowledged  BIGINT NOT NULL
);
-- The same thing is wrong once at a time.
CREATE UNIQUE INDEX alarm_open ON alarm (condition_key) WHERE closed_us IS NULL;
CREATE INDEX alarm_by_opened ON alarm (opened_us);

-- What a person said to an alarm.
CREATE TABLE alarm_acknowledgement (
    alarm    TEXT NOT NULL REFERENCES alarm (id),
    -- From 1.
    number   BIGINT NOT NULL,
    acted_by TEXT NOT NULL,
    -- Who it was, where the account is shared; may be empty.
    name     TEXT NOT NULL,
    note     TEXT NOT NULL,
    at_us    BIGINT NOT NULL,
    PRIMARY KEY (alarm, number)
);

-- What is told to those who watch, in the order in which it happened: no number is seen before those under it.
CREATE TABLE alarm_event (
    number  BIGINT NOT NULL PRIMARY KEY,
    alarm   TEXT NOT NULL REFERENCES alarm (id),
    -- Of the alarm, right after it, as is the state.
    version BIGINT NOT NULL,
    event   TEXT NOT NULL,
    at_us   BIGINT NOT NULL,
    state   BLOB NOT NULL
);
CREATE INDEX alarm_event_by_alarm ON alarm_event (alarm);

-- Up to which event a webhook has been told.
CREATE TABLE webhook (
    -- SHA-256 of its address, in hex.
    name      TEXT NOT NULL PRIMARY KEY,
    delivered BIGINT NOT NULL
);

-- ---- Clocks that are corrected ------------------------------------------------------------------

-- The mapping from boot time to wall time that all fragments of the segment used; NULL where they used several, where
-- it was imported, and where it was sealed before this was written down.
ALTER TABLE segment ADD COLUMN clock_mapping BIGINT;
-- How much later than its fragments say it had been known to be when it was sealed; its entry says so too.
ALTER TABLE segment ADD COLUMN sealed_shift_us BIGINT NOT NULL DEFAULT 0;
-- Changes, with start_us, end_us and coverage, when a recorder corrects its clock: how much later than its fragments
-- say they are. What lies in objects, manifests and segment_index stays as it was seen.
ALTER TABLE segment ADD COLUMN shift_us BIGINT NOT NULL DEFAULT 0;

-- What a recorder signed about a clock of its own that had been wrong. Of one mapping the highest revision stands.
CREATE TABLE clock_correction (
    recorder   TEXT NOT NULL REFERENCES recorder (id),
    -- One of its boots; runs of it may be heard of later.
    boot       TEXT NOT NULL,
    mapping    BIGINT NOT NULL CHECK (mapping >= 1),
    -- From 1.
    revision   BIGINT NOT NULL CHECK (revision >= 1),
    -- To be added to what fragments say.
    shift_us   BIGINT NOT NULL,
    at_us      BIGINT NOT NULL,
    -- The exact text that was signed, the signature and the key.
    statement  TEXT NOT NULL,
    signature  BLOB NOT NULL,
    public_key BLOB NOT NULL,
    -- The sessions in whose chains it stands as well, one a line.
    sessions   TEXT NOT NULL,
    PRIMARY KEY (recorder, boot, mapping, revision)
);
CREATE INDEX run_by_boot ON run (recorder, boot);
