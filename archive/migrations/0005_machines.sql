-- Recorders that show who they are by a key, and what was refused. Read 0001 first; the same rules hold.

-- A key by which a recorder is known, with the newest certificate that was made for it.
CREATE TABLE machine_key (
    -- SHA-256 of the SubjectPublicKeyInfo, as it stands in the certificate.
    key_sha256        BLOB NOT NULL PRIMARY KEY,
    recorder          TEXT NOT NULL REFERENCES recorder (id),
    -- SHA-256 of the one-time token that it was enrolled by.
    enrolled_by       BLOB NOT NULL UNIQUE,
    -- These three change with each certificate. Counts them, from 1.
    version           BIGINT NOT NULL,
    -- 40 hex digits.
    serial            TEXT NOT NULL,
    until_us          BIGINT NOT NULL,
    -- Set once.
    revoked_us        BIGINT
);
CREATE INDEX machine_key_by_recorder ON machine_key (recorder);

-- What lets a recorder enrol from now on, instead of what did before. The first is the token in its row.
CREATE TABLE machine_token (
    recorder     TEXT NOT NULL REFERENCES recorder (id),
    -- Counts from 2.
    version      BIGINT NOT NULL,
    -- NULL: nothing lets it enrol.
    token_sha256 BLOB UNIQUE,
    PRIMARY KEY (recorder, version)
);

-- ---- What was refused ------------------------------------------------------------------------------

-- That somebody tried what they may not: an address to play from that is not theirs, a secret that is wrong, a machine
-- that is not known. One row stands for all tries of ten minutes that look the same.
CREATE TABLE refusal (
    id      TEXT NOT NULL PRIMARY KEY,
    kind    TEXT NOT NULL,
    -- Whose chain its entry stands in: a stream, a person, a recorder, or the node that refused.
    subject TEXT NOT NULL,
    -- Whose right it would have been; NULL where nobody knows.
    whose   TEXT,
    -- From where, as a network: 192.0.2.1/32, 2001:db8::/64. NULL where it is not known.
    origin  TEXT,
    -- How many tries there were since the last entry of the same kind, this one included.
    tries   BIGINT NOT NULL,
    at_us   BIGINT NOT NULL
);
CREATE INDEX refusal_by_time ON refusal (at_us);
