-- Which sessions were planned under which batch. Read 0001 first; the same rules hold.

-- Follows from the first plan of a session, whose batch no later one changes: the facts say it, and here it is found.
CREATE TABLE batch_session (
    session TEXT NOT NULL PRIMARY KEY REFERENCES session (id),
    batch   TEXT NOT NULL REFERENCES batch (id)
);
CREATE INDEX batch_session_by_batch ON batch_session (batch, session);
