-- What is handed out to the supervision service platform (监管服务平台). Read 0001 first; the same rules hold.

-- A session that is to be handed out, or was. Written with the fact that seals it, where its rule pack asks for the platform.
CREATE TABLE supervision_report (
    session         TEXT NOT NULL REFERENCES session (id),
    -- Counts from 1: another one where somebody asked for it after an answer. With the session it is the key under which
    -- the platform knows it.
    version         BIGINT NOT NULL CHECK (version > 0),
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'received', 'refused')),
    since_us        BIGINT NOT NULL,
    -- Who asked for it: a principal. NULL where the seal did.
    asked_by        TEXT,
    -- Of the document: set once, all three together. Whatever is sent under the key is these bytes.
    document_sha256 BLOB,
    document_size   BIGINT,
    made_us         BIGINT,
    -- These four change with each try.
    tries           BIGINT NOT NULL CHECK (tries >= 0),
    tried_us        BIGINT,
    next_us         BIGINT NOT NULL,
    -- Why it was refused, in the platform's words; or what went wrong the last time. Empty where all is well.
    words           TEXT NOT NULL,
    -- Set once: when the platform answered, what it calls its receipt, and the SHA-256 of the answer.
    answered_us     BIGINT,
    reference       TEXT,
    receipt_sha256  BLOB,
    PRIMARY KEY (session, version),
    CHECK ((document_sha256 IS NULL) = (made_us IS NULL) AND (document_size IS NULL) = (made_us IS NULL))
);
CREATE INDEX supervision_report_by_next ON supervision_report (next_us, session) WHERE state IN ('waiting', 'sent');

-- The bytes of documents and receipts. Immutable.
CREATE TABLE supervision_document (
    sha256 BLOB NOT NULL PRIMARY KEY,
    bytes  BLOB NOT NULL
);
