-- Customers who own several accounts, accounts that are locked, and transfers between a customer's
-- own accounts with the receipts that were told (requirement B2).

CREATE TABLE customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL CHECK (name <> '')
);

ALTER TABLE accounts ADD COLUMN customer_id INTEGER REFERENCES customers (id); -- null: the bank's own
ALTER TABLE accounts ADD COLUMN locked_at TEXT;                                -- UTC; null: not locked

-- Until now an account was its customer.
INSERT INTO customers (id, name) SELECT id, coalesce(nullif(name, ''), number) FROM accounts
WHERE kind = 'customer';
UPDATE accounts SET customer_id = id WHERE kind = 'customer';

CREATE INDEX accounts_of_customer ON accounts (customer_id, id);

CREATE TRIGGER accounts_owned AFTER INSERT ON accounts BEGIN
    SELECT raise(ABORT, 'a customer''s account needs its customer, the bank''s own has none')
    WHERE (NEW.kind = 'customer') IS NOT (NEW.customer_id IS NOT NULL);
END;
CREATE TRIGGER accounts_keep_customer BEFORE UPDATE OF customer_id ON accounts BEGIN
    SELECT raise(ABORT, 'an account keeps its customer');
END;
CREATE TRIGGER customers_last BEFORE DELETE ON customers BEGIN
    SELECT raise(ABORT, 'customers are never deleted');
END;

-- Money still comes in: a salary must not bounce because its account was reported as lost.
CREATE TRIGGER posting_unlocked AFTER INSERT ON postings WHEN NEW.minor < 0 BEGIN
    SELECT raise(ABORT, 'a locked account takes no debit')
    WHERE (SELECT locked_at FROM accounts WHERE id = NEW.account_id) IS NOT NULL;
END;

-- A transfer that a customer has ordered for himself; its money and its key are the transaction's.
CREATE TABLE transfers (
    transaction_id INTEGER PRIMARY KEY REFERENCES transactions (id),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    receipt TEXT NOT NULL UNIQUE CHECK (receipt <> '' AND receipt NOT GLOB '*[^0-9]*'),
    call_id TEXT NOT NULL
);

CREATE INDEX transfers_of_customer ON transfers (customer_id, transaction_id);

CREATE TRIGGER transfers_own AFTER INSERT ON transfers BEGIN
    SELECT raise(ABORT, 'a transfer is two postings between accounts of one customer')
    WHERE (SELECT count(*) FROM postings JOIN accounts ON accounts.id = account_id
           WHERE transaction_id = NEW.transaction_id AND accounts.customer_id = NEW.customer_id) <> 2
    OR (SELECT count(*) FROM postings WHERE transaction_id = NEW.transaction_id) <> 2;
END;

-- That a customer has heard a receipt to its end.  A transfer without one is told at his next call.
CREATE TABLE receipts_told (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_id INTEGER NOT NULL REFERENCES transfers (transaction_id),
    at TEXT NOT NULL,
    call_id TEXT NOT NULL
);

CREATE INDEX receipts_told_of ON receipts_told (transaction_id);

CREATE TRIGGER transfers_stay BEFORE UPDATE ON transfers BEGIN
    SELECT raise(ABORT, 'transfers are append-only: correct by a reversal');
END;
CREATE TRIGGER transfers_last BEFORE DELETE ON transfers BEGIN
    SELECT raise(ABORT, 'transfers are append-only: correct by a reversal');
END;
CREATE TRIGGER receipts_told_stay BEFORE UPDATE ON receipts_told BEGIN
    SELECT raise(ABORT, 'what was told was told');
END;
CREATE TRIGGER receipts_told_last BEFORE DELETE ON receipts_told BEGIN
    SELECT raise(ABORT, 'what was told was told');
END;

-- What a customer is told of a transfer.
CREATE VIEW slips AS
SELECT transfers.transaction_id, transfers.customer_id, transfers.receipt, credit.minor,
    credit.currency, giver.number AS source, taker.number AS target, transactions.business_date,
    EXISTS (SELECT 1 FROM receipts_told WHERE transaction_id = transfers.transaction_id) AS told
FROM transfers
JOIN transactions ON transactions.id = transfers.transaction_id
JOIN postings AS credit ON credit.transaction_id = transactions.id AND credit.minor > 0
JOIN postings AS debit ON debit.transaction_id = transactions.id AND debit.minor < 0
JOIN accounts AS taker ON taker.id = credit.account_id
JOIN accounts AS giver ON giver.id = debit.account_id;
