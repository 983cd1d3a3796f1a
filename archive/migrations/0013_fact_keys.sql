-- What each fact names: a candidate, an incident, a room, a ticket, a certificate. Read 0001 first; the same rules hold.

-- Follows from the fact's body and can be made anew from it; here a fact is found by what it names.
CREATE TABLE fact_key (
    -- As process::fact::key writes it.
    key       TEXT   NOT NULL,
    case_file TEXT   NOT NULL,
    number    BIGINT NOT NULL,
    PRIMARY KEY (key, case_file, number),
    FOREIGN KEY (case_file, number) REFERENCES fact (case_file, number)
);
CREATE INDEX fact_key_by_fact ON fact_key (case_file, number);
