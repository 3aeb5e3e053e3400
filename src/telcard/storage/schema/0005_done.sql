-- What was done in a call (services, receipts), which calls the bank made itself and for whom, and
-- the indexes by which a number is counted: its calls and its wrong PINs within the last hour, say.

ALTER TABLE call_records ADD COLUMN done TEXT NOT NULL DEFAULT '';
ALTER TABLE call_records ADD COLUMN outgoing INTEGER NOT NULL DEFAULT 0 CHECK (outgoing IN (0, 1));
ALTER TABLE call_records ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT ''; -- call_id

CREATE INDEX call_records_of_caller ON call_records (caller, offered_at);
CREATE INDEX call_records_by_time ON call_records (offered_at);
CREATE INDEX tries_of_caller ON tries (caller, at);
