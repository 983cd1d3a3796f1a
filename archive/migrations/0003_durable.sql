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
