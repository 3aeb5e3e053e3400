-- Telephone PINs, tries and alarms.  No PIN is here, and nothing from which one can be found
-- without the key, which is kept in a file elsewhere (requirement N5).

CREATE TABLE pins (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
    key_id TEXT NOT NULL,                       -- which key file the verifier was made with
    salt BLOB NOT NULL CHECK (length(salt) >= 16),
    time_cost INTEGER NOT NULL,                 -- Argon2id's parameters, RFC 9106
    memory_kib INTEGER NOT NULL,
    lanes INTEGER NOT NULL,
    verifier BLOB NOT NULL CHECK (length(verifier) >= 16),
    wrong INTEGER NOT NULL DEFAULT 0 CHECK (typeof(wrong) = 'integer' AND wrong >= 0),
    locked_at TEXT,                             -- UTC; null: not locked
    changed_at TEXT NOT NULL
);

-- Every try, right or wrong.  `account_id` is null when no account with a PIN was keyed: what was
-- keyed instead is not written down, since it may be somebody's PIN at the wrong prompt.
CREATE TABLE tries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts (id),
    call_id TEXT NOT NULL,
    caller TEXT NOT NULL,
    channel TEXT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('right', 'wrong', 'locked', 'unknown'))
);

CREATE INDEX tries_of_account ON tries (account_id, id);

CREATE TABLE alarms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('call ended', 'account locked', 'account unlocked')),
    account_id INTEGER REFERENCES accounts (id),
    call_id TEXT NOT NULL,
    caller TEXT NOT NULL,
    channel TEXT NOT NULL,
    wrong INTEGER NOT NULL
);

CREATE INDEX alarms_of_account ON alarms (account_id, id);

CREATE TRIGGER tries_stay BEFORE UPDATE ON tries BEGIN
    SELECT raise(ABORT, 'tries are append-only');
END;
CREATE TRIGGER tries_last BEFORE DELETE ON tries BEGIN
    SELECT raise(ABORT, 'tries are append-only');
END;
CREATE TRIGGER alarms_stay BEFORE UPDATE ON alarms BEGIN
    SELECT raise(ABORT, 'alarms are append-only');
END;
CREATE TRIGGER alarms_last BEFORE DELETE ON alarms BEGIN
    SELECT raise(ABORT, 'alarms are append-only');
END;
