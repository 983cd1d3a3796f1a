-- People whom somebody else vouches for. Read 0001 first; the same rules hold.

-- That whom an outside provider knows as so-and-so is this person. Subjects may tell who somebody is: they stand here and
-- in bodies of entries; answers mask them.
CREATE TABLE identity (
    id          TEXT NOT NULL PRIMARY KEY,
    person      TEXT NOT NULL REFERENCES person (id),
    -- Who vouches, and what they call the person: `iss` and `sub` of OpenID Connect.
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    linked_us   BIGINT NOT NULL,
    -- Set once.
    unlinked_us BIGINT
);
-- It is nobody else's at the same time.
CREATE UNIQUE INDEX identity_that_holds ON identity (issuer, subject) WHERE unlinked_us IS NULL;
CREATE INDEX identity_by_person ON identity (person);

-- What a provider has signed lets in once: kept until its own end.
CREATE TABLE identity_token (
    -- Of what was signed, without the signature.
    token_sha256 BLOB NOT NULL PRIMARY KEY,
    until_us     BIGINT NOT NULL
);
CREATE INDEX identity_token_by_end ON identity_token (until_us);

-- NULL where the login was not by an identity.
ALTER TABLE login ADD COLUMN identity TEXT REFERENCES identity (id);
CREATE INDEX login_by_identity ON login (identity);
