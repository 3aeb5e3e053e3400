-- The ledger: double entry, append-only (requirement B11).
--
-- An amount is an integer count of minor units (cents).  Credit is positive in every account, so a
-- customer who has money has a positive balance and the vault that holds it a negative one.
--
-- A transaction is written in three steps: its row, its postings, its seal.  The seal's trigger
-- proves the transaction as a whole; a deferred foreign key makes COMMIT fail without a seal; and
-- nothing can be added once it is there.  So no program, ours or another, can leave half a posting.

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE CHECK (length(number) BETWEEN 6 AND 20 AND number NOT GLOB '*[^0-9]*'),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('customer', 'internal')),
    currency TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
    lowest_minor INTEGER CHECK (typeof(lowest_minor) IN ('integer', 'null')), -- null: no limit
    opened_on TEXT NOT NULL CHECK (date(opened_on) IS opened_on)
);

CREATE TABLE transactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    business_date TEXT NOT NULL CHECK (date(business_date) IS business_date), -- data, not the clock
    booked_at TEXT NOT NULL,                                                  -- UTC, for people
    text TEXT NOT NULL,
    reverses INTEGER UNIQUE REFERENCES transactions (id) CHECK (reverses < id),
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),                               -- idempotency
    request_hash BLOB NOT NULL CHECK (length(request_hash) = 32),
    FOREIGN KEY (id) REFERENCES seals (transaction_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE postings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_id INTEGER NOT NULL REFERENCES transactions (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    currency TEXT NOT NULL,
    minor INTEGER NOT NULL CHECK (typeof(minor) = 'integer' AND minor <> 0),
    balance_minor INTEGER NOT NULL CHECK (typeof(balance_minor) = 'integer') -- the account's, after
);

CREATE INDEX postings_of_account ON postings (account_id, id);
CREATE INDEX postings_of_transaction ON postings (transaction_id);

CREATE TABLE seals (
    transaction_id INTEGER PRIMARY KEY REFERENCES transactions (id)
);

CREATE TRIGGER posting_fits AFTER INSERT ON postings BEGIN
    SELECT raise(ABORT, 'a sealed transaction takes no more postings')
    WHERE EXISTS (SELECT 1 FROM seals WHERE transaction_id = NEW.transaction_id);
    SELECT raise(ABORT, 'a posting must be in its account''s currency')
    WHERE NEW.currency IS NOT (SELECT currency FROM accounts WHERE id = NEW.account_id);
    SELECT raise(ABORT, 'a posting must follow all earlier ones')
    WHERE EXISTS (SELECT 1 FROM postings WHERE id > NEW.id);
    SELECT raise(ABORT, 'a posting must carry the balance that it makes')
    WHERE NEW.balance_minor IS NOT NEW.minor + coalesce(
        (SELECT balance_minor FROM postings WHERE account_id = NEW.account_id AND id < NEW.id
         ORDER BY id DESC LIMIT 1), 0);
END;

CREATE TRIGGER seal_proves AFTER INSERT ON seals BEGIN
    SELECT raise(ABORT, 'a transaction needs two postings or more')
    WHERE (SELECT count(*) FROM postings WHERE transaction_id = NEW.transaction_id) < 2;
    SELECT raise(ABORT, 'postings must sum to zero in each currency')
    WHERE EXISTS (SELECT 1 FROM postings WHERE transaction_id = NEW.transaction_id
                  GROUP BY currency HAVING sum(minor) <> 0);
    SELECT raise(ABORT, 'an account may not fall below its limit')
    WHERE EXISTS (
        SELECT 1 FROM accounts JOIN (
            SELECT account_id, sum(minor) AS moved, max(id) AS last
            FROM postings WHERE transaction_id = NEW.transaction_id GROUP BY account_id
        ) AS here ON accounts.id = here.account_id JOIN postings ON postings.id = here.last
        WHERE here.moved < 0 AND postings.balance_minor < accounts.lowest_minor);
    SELECT raise(ABORT, 'a reversal must mirror what it reverses')
    WHERE (SELECT reverses FROM transactions WHERE id = NEW.transaction_id) IS NOT NULL
    AND EXISTS (
        SELECT 1 FROM postings WHERE transaction_id IN (
            NEW.transaction_id, (SELECT reverses FROM transactions WHERE id = NEW.transaction_id))
        GROUP BY account_id HAVING sum(minor) <> 0);
END;

CREATE TRIGGER transactions_stay BEFORE UPDATE ON transactions BEGIN
    SELECT raise(ABORT, 'transactions are append-only: correct by a reversal');
END;
CREATE TRIGGER transactions_last BEFORE DELETE ON transactions BEGIN
    SELECT raise(ABORT, 'transactions are append-only: correct by a reversal');
END;
CREATE TRIGGER postings_stay BEFORE UPDATE ON postings BEGIN
    SELECT raise(ABORT, 'postings are append-only: correct by a reversal');
END;
CREATE TRIGGER postings_last BEFORE DELETE ON postings BEGIN
    SELECT raise(ABORT, 'postings are append-only: correct by a reversal');
END;
CREATE TRIGGER seals_stay BEFORE UPDATE ON seals BEGIN
    SELECT raise(ABORT, 'seals are append-only');
END;
CREATE TRIGGER seals_last BEFORE DELETE ON seals BEGIN
    SELECT raise(ABORT, 'seals are append-only');
END;
CREATE TRIGGER accounts_stay BEFORE UPDATE OF id, number, kind, currency ON accounts BEGIN
    SELECT raise(ABORT, 'an account keeps its number, kind and currency');
END;
CREATE TRIGGER accounts_last BEFORE DELETE ON accounts BEGIN
    SELECT raise(ABORT, 'accounts are never deleted');
END;
