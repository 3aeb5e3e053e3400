-- What carried a call: its signalling ('cas', 'r2', 'pri', 'fxo', 'fxs'), the circuit by its line's
-- name, and where in the network its end arose (Q.850, 2.2.3), where a message has told it.  Older
-- calls have '', "not known".  No CHECK lists the kinds: a record that the schema refuses is lost,
-- and a new signalling must not lose any.

ALTER TABLE call_records ADD COLUMN signalling TEXT NOT NULL DEFAULT '';
ALTER TABLE call_records ADD COLUMN circuit TEXT NOT NULL DEFAULT '';
ALTER TABLE call_records ADD COLUMN location TEXT NOT NULL DEFAULT '';
