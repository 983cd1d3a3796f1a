-- What players report. Read 0001 first; the same rules hold.

-- A stretch that the player of a look says it has shown. By its own word: it proves nothing, so it has no entry in the
-- log, and `fsck` does not ask about it. What was served is in `access`.
CREATE TABLE watched (
    access      TEXT NOT NULL REFERENCES access (id),
    -- Thousandths: 1000 is as fast as it happened.
    speed_milli BIGINT NOT NULL CHECK (speed_milli BETWEEN 100 AND 16000),
    -- Of the footage, within the interval of the look. What meets at one speed is one row.
    start_us    BIGINT NOT NULL,
    end_us      BIGINT NOT NULL CHECK (end_us > start_us),
    -- When any of it was last reported, by the centre's clock.
    reported_us BIGINT NOT NULL,
    PRIMARY KEY (access, speed_milli, start_us)
);
