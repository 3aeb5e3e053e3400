-- Call detail records (requirement R2): one row a call, however it ended.  Times are UTC.
-- A call is known by its id and the instant it was offered, since ids start again with the program.

CREATE TABLE call_records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id TEXT NOT NULL CHECK (call_id <> ''),
    caller TEXT NOT NULL,
    called TEXT NOT NULL,
    channel TEXT NOT NULL,
    offered_at TEXT NOT NULL,
    answered_at TEXT,
    ended_at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),      -- from offered to ended
    billed_s INTEGER NOT NULL CHECK (billed_s >= 0),            -- from answered, started seconds
    disposition TEXT NOT NULL CHECK (disposition IN ('ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED')),
    cause INTEGER NOT NULL CHECK (cause BETWEEN 0 AND 127),     -- ITU-T Q.850
    ended_by TEXT NOT NULL,
    step TEXT NOT NULL,                                         -- of the flow, when it ended
    reason TEXT NOT NULL,                                       -- why the flow ended
    account_tail TEXT NOT NULL CHECK (length(account_tail) <= 4), -- of an account that exists
    recording TEXT NOT NULL,
    UNIQUE (call_id, offered_at),
    CHECK (answered_at IS NOT NULL OR billed_s = 0)
);

CREATE TRIGGER call_records_stay BEFORE UPDATE ON call_records BEGIN
    SELECT raise(ABORT, 'call records are append-only');
END;
CREATE TRIGGER call_records_last BEFORE DELETE ON call_records BEGIN
    SELECT raise(ABORT, 'call records are append-only');
END;
