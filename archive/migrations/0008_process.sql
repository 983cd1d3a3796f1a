-- What is told about the process, and which days are worked. Read 0001 first; the same rules hold.

-- An assessment plan (认定计划) with all that is done under it. What it is stands in its facts.
CREATE TABLE batch (
    id           TEXT NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL REFERENCES organization (id)
);
CREATE INDEX batch_by_organization ON batch (organization, id);

-- The file of an organisation, a site, a batch or a session: whoever adds a fact locks its row first.
CREATE TABLE case_file (
    id    TEXT NOT NULL PRIMARY KEY,
    -- How many facts there are.
    facts BIGINT NOT NULL CHECK (facts >= 0)
);

-- Something that was told. Immutable. What it says stands in the body of its entry, and nowhere else.
CREATE TABLE fact (
    case_file   TEXT NOT NULL REFERENCES case_file (id),
    -- From 1, without holes.
    number      BIGINT NOT NULL,
    id          TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    at_us       BIGINT NOT NULL,
    -- When it happened: at_us, or the device's time corrected by its offset.
    occurred_us BIGINT NOT NULL,
    -- 1: told later, from a device that was away from the centre.
    provisional BIGINT NOT NULL CHECK (provisional IN (0, 1)),
    -- Who told it: a principal.
    told_by     TEXT NOT NULL,
    -- The rules that judged it, by name and version.
    pack        TEXT NOT NULL,
    -- The neighbouring system that told it and its own name for it; NULL where a person did.
    source      TEXT,
    source_id   TEXT,
    -- What it was found to break: how many rules, and how many of them block.
    findings    BIGINT NOT NULL,
    blocking    BIGINT NOT NULL,
    -- Of its body, which may be destroyed one day.
    body        BLOB NOT NULL,
    PRIMARY KEY (case_file, number),
    UNIQUE (source, source_id)
);

-- A year's days, as the State Council's notice has them. The newest revision of a year holds.
CREATE TABLE calendar_year (
    year     BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    -- JSON: see docs/ref/calendar.md.
    days     TEXT NOT NULL,
    PRIMARY KEY (year, revision)
);

-- Somebody saw name and number of a candidate unmasked. Immutable; the entry came first.
CREATE TABLE reveal (
    id        TEXT NOT NULL PRIMARY KEY,
    acted_by  TEXT NOT NULL,
    batch     TEXT NOT NULL REFERENCES batch (id),
    candidate TEXT NOT NULL,
    purpose   TEXT NOT NULL,
    at_us     BIGINT NOT NULL
);
CREATE INDEX reveal_by_candidate ON reveal (batch, candidate, id);
