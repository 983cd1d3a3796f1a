-- Neighbouring systems that tell facts and read states. Read 0001 first; the same rules hold.

-- Another system: an exam platform, a scoring system.
CREATE TABLE neighbour (
    id     TEXT NOT NULL PRIMARY KEY,
    -- As it names itself in the source of each fact: nobody else's, and for ever.
    system TEXT NOT NULL UNIQUE,
    name   TEXT NOT NULL,
    -- Where it may: `everything`, `region/3704`, or an id.
    scope  TEXT NOT NULL
);

-- What it may, from now on. The newest holds.
CREATE TABLE neighbour_permit (
    neighbour TEXT NOT NULL REFERENCES neighbour (id),
    -- Counts from 1.
    version   BIGINT NOT NULL,
    -- Whether it reads cases as they stand.
    reads     BOOLEAN NOT NULL,
    -- Kinds of facts that it tells, one a line.
    pushes    TEXT NOT NULL,
    PRIMARY KEY (neighbour, version)
);

-- What lets it enrol from now on. The newest holds.
CREATE TABLE neighbour_token (
    neighbour    TEXT NOT NULL REFERENCES neighbour (id),
    -- Counts from 1.
    version      BIGINT NOT NULL,
    -- NULL: nothing lets it enrol.
    token_sha256 BLOB UNIQUE,
    PRIMARY KEY (neighbour, version)
);

-- A key by which it is known, with the newest certificate that was made for it.
CREATE TABLE neighbour_key (
    -- SHA-256 of the SubjectPublicKeyInfo, as it stands in the certificate.
    key_sha256  BLOB NOT NULL PRIMARY KEY,
    neighbour   TEXT NOT NULL REFERENCES neighbour (id),
    -- SHA-256 of the one-time token that it was enrolled by.
    enrolled_by BLOB NOT NULL UNIQUE,
    -- These three change with each certificate. Counts them, from 1.
    version     BIGINT NOT NULL,
    -- 40 hex digits.
    serial      TEXT NOT NULL,
    until_us    BIGINT NOT NULL,
    -- Set once.
    revoked_us  BIGINT
);
CREATE INDEX neighbour_key_by_neighbour ON neighbour_key (neighbour);
