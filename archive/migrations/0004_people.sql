-- Who may see and do what. Read 0001 first; the same rules hold.

-- Where the site lies: six digits of GB/T 2260 (370402). NULL where nobody has said.
ALTER TABLE site ADD COLUMN region TEXT;

-- A person. Names stand here and in bodies of entries; answers and logs mask them.
CREATE TABLE person (
    id               TEXT NOT NULL PRIMARY KEY,
    -- What they log in with; NULL for one who has passes only.
    account          TEXT UNIQUE,
    name             TEXT NOT NULL,
    -- All that follows changes. Argon2id, as a PHC string; NULL without an account.
    password_hash    TEXT,
    -- Whether somebody else knows the password, so that it must be changed first.
    must_change      BOOLEAN NOT NULL,
    -- Counts the passwords, from 1; 0 without an account.
    password_version BIGINT NOT NULL,
    suspended        BOOLEAN NOT NULL,
    -- Counts how often `suspended` was set, from 0.
    standing         BIGINT NOT NULL
);

-- A role that a person has somewhere.
CREATE TABLE role_grant (
    id         TEXT NOT NULL PRIMARY KEY,
    person     TEXT NOT NULL REFERENCES person (id),
    role       TEXT NOT NULL,
    -- `everything`, `region/3704`, or an id.
    scope      TEXT NOT NULL,
    from_us    BIGINT NOT NULL,
    -- Not included; NULL without end.
    until_us   BIGINT CHECK (until_us > from_us),
    -- Set once.
    revoked_us BIGINT
);
CREATE INDEX role_grant_by_person ON role_grant (person);

-- What lets one person into one session: a badge and a PIN.
CREATE TABLE pass (
    id           TEXT NOT NULL PRIMARY KEY,
    person       TEXT NOT NULL REFERENCES person (id),
    role         TEXT NOT NULL,
    session      TEXT NOT NULL REFERENCES session (id),
    room         TEXT NOT NULL REFERENCES room (id),
    until_us     BIGINT NOT NULL,
    -- SHA-256 of what the badge holds.
    badge_sha256 BLOB NOT NULL UNIQUE,
    -- Argon2id, as a PHC string.
    pin_hash     TEXT NOT NULL,
    -- Set once.
    revoked_us   BIGINT
);
CREATE INDEX pass_by_session ON pass (session);

-- That a person was let in. Tokens are kept as SHA-256.
CREATE TABLE login (
    id                      TEXT NOT NULL PRIMARY KEY,
    person                  TEXT NOT NULL REFERENCES person (id),
    -- NULL where it was by password.
    pass                    TEXT REFERENCES pass (id),
    opened_us               BIGINT NOT NULL,
    -- All that follows changes.
    access_sha256           BLOB NOT NULL UNIQUE,
    access_until_us         BIGINT NOT NULL,
    refresh_sha256          BLOB NOT NULL UNIQUE,
    refresh_until_us        BIGINT NOT NULL,
    -- The refresh token that was used last: whoever shows it again has stolen it, or was stolen from.
    spent_refresh_sha256    BLOB UNIQUE,
    ended_us                BIGINT
);
CREATE INDEX login_by_person ON login (person);

-- ---- Looks ----------------------------------------------------------------------------------------

-- That somebody looked at footage, and why: written before the first byte is shown.
CREATE TABLE access (
    id       TEXT NOT NULL PRIMARY KEY,
    acted_by TEXT NOT NULL,
    kind     TEXT NOT NULL,
    -- What was asked for: a stream in an interval, or a session.
    stream   TEXT REFERENCES stream (id),
    start_us BIGINT,
    end_us   BIGINT CHECK (end_us > start_us),
    session  TEXT REFERENCES session (id),
    purpose  TEXT NOT NULL,
    at_us    BIGINT NOT NULL,
    CHECK ((stream IS NULL) = (start_us IS NULL) AND (stream IS NULL) = (end_us IS NULL) AND (stream IS NULL) <> (session IS NULL))
);
CREATE INDEX access_by_stream ON access (stream, start_us);

-- Whose chains its entries stand in: sessions that it touched, or the stream.
CREATE TABLE access_subject (
    subject TEXT NOT NULL,
    access  TEXT NOT NULL REFERENCES access (id),
    PRIMARY KEY (subject, access)
);
CREATE INDEX access_subject_by_access ON access_subject (access);
