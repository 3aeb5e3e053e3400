-- Faxes that somebody has asked for, every attempt to send them, and how it was over with each
-- (requirement I4).  Times are UTC.  An attempt is written down before its call is made, so one
-- without a result is either going on or was cut off by the end of the program.  No page is here:
-- it is drawn anew for each attempt, so that no copy of an account lies about.

CREATE TABLE faxes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),     -- names the request for ever, at every repeat
    asked_at TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    number TEXT NOT NULL CHECK (number <> '' AND number NOT GLOB '*[^0-9]*'),
    what TEXT NOT NULL CHECK (what <> ''),
    call_id TEXT NOT NULL                           -- in which it was asked for
);

CREATE INDEX faxes_of_account ON faxes (account_id, asked_at);

CREATE TABLE fax_attempts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    fax_id INTEGER NOT NULL REFERENCES faxes (id),
    begun_at TEXT NOT NULL
);

CREATE INDEX fax_attempts_of ON fax_attempts (fax_id, id);
CREATE INDEX fax_attempts_by_time ON fax_attempts (begun_at);

-- No CHECK lists the outcomes: a result that the schema refuses would have the fax sent twice.
CREATE TABLE fax_results (
    attempt_id INTEGER PRIMARY KEY REFERENCES fax_attempts (id),
    ended_at TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome <> ''),
    why TEXT NOT NULL,                              -- in plain words
    pages INTEGER NOT NULL CHECK (pages >= 0),      -- that the far end has confirmed
    rate TEXT NOT NULL,
    call_id TEXT NOT NULL                           -- of the call that was made; '' without one
);

CREATE TABLE fax_ends (
    fax_id INTEGER PRIMARY KEY REFERENCES faxes (id),
    at TEXT NOT NULL,
    ending TEXT NOT NULL CHECK (ending IN ('sent', 'failed', 'withdrawn')),
    why TEXT NOT NULL
);

CREATE TRIGGER fax_attempts_alone BEFORE INSERT ON fax_attempts BEGIN
    SELECT raise(ABORT, 'a fax that is over is not sent again')
    WHERE EXISTS (SELECT 1 FROM fax_ends WHERE fax_id = NEW.fax_id);
    SELECT raise(ABORT, 'a fax is sent once at a time')
    WHERE EXISTS (SELECT 1 FROM fax_attempts LEFT JOIN fax_results ON attempt_id = fax_attempts.id
                  WHERE fax_id = NEW.fax_id AND attempt_id IS NULL);
END;

CREATE TRIGGER faxes_stay BEFORE UPDATE ON faxes BEGIN
    SELECT raise(ABORT, 'faxes are append-only');
END;
CREATE TRIGGER faxes_last BEFORE DELETE ON faxes BEGIN
    SELECT raise(ABORT, 'faxes are append-only');
END;
CREATE TRIGGER fax_attempts_stay BEFORE UPDATE ON fax_attempts BEGIN
    SELECT raise(ABORT, 'attempts are append-only');
END;
CREATE TRIGGER fax_attempts_last BEFORE DELETE ON fax_attempts BEGIN
    SELECT raise(ABORT, 'attempts are append-only');
END;
CREATE TRIGGER fax_results_stay BEFORE UPDATE ON fax_results BEGIN
    SELECT raise(ABORT, 'results are append-only');
END;
CREATE TRIGGER fax_results_last BEFORE DELETE ON fax_results BEGIN
    SELECT raise(ABORT, 'results are append-only');
END;
CREATE TRIGGER fax_ends_stay BEFORE UPDATE ON fax_ends BEGIN
    SELECT raise(ABORT, 'what is over is over');
END;
CREATE TRIGGER fax_ends_last BEFORE DELETE ON fax_ends BEGIN
    SELECT raise(ABORT, 'what is over is over');
END;
