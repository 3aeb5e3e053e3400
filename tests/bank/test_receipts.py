"""Transfers between own accounts: once or not at all, and each with its receipt."""

import sqlite3
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.bank import ledger, receipts
from telcard.bank.money import Amount
from telcard.bank.receipts import Declined, Transfer, Why, accept, receipt_number, untold
from telcard.errors import Refused, StorageError
from telcard.storage import Database, bundled_migrations
from tests.support import faults
from tests.support.faults import FaultyConnection

MONDAY = date(2026, 1, 5)
NOW = "2026-01-05T09:00:00+00:00"
ADA, SAVINGS, BENNO = "10020030", "10020063", "10020048"
LARGEST = 10_000


def wanted(key="key 1", minor=1250, source=ADA, target=SAVINGS, proved=ADA, currency="USD"):
    return Transfer(key, proved, source, target, Amount(minor, currency), MONDAY, "call 1")


@pytest.fixture
def order(bank):
    """Have a transfer carried out; whatever comes of it, the ledger must be sound."""

    def order(transfer, largest=LARGEST):
        try:
            return bank.database.transact(lambda c: accept(c, transfer, largest, NOW))
        finally:
            assert bank.database.transact(ledger.faults) == []

    return order


COUNTS = {
    "transactions": "SELECT count(*) FROM transactions",
    "transfers": "SELECT count(*) FROM transfers",
}


def count(bank, table):
    return bank.database.transact(lambda c: c.execute(COUNTS[table]).fetchone())[0]


def test_a_transfer_gives_a_slip_for_the_customer(order):
    slip = order(wanted())
    assert slip.receipt == receipt_number(slip.transaction)
    assert (slip.amount, slip.business_date) == (Amount(1250, "USD"), MONDAY)
    assert (slip.source_tail, slip.target_tail) == ("0030", "0063")


def test_a_repeat_gives_the_same_slip_and_moves_nothing(order, bank):
    first = order(wanted(minor=144_755))  # all that there is: a second time would be declined
    assert order(wanted(minor=144_755)) == first
    assert count(bank, "transfers") == 1
    assert order(wanted("key 2", minor=1250, source=SAVINGS, target=ADA)) != first


def test_a_key_belongs_to_one_order(order):
    order(wanted())
    with pytest.raises(Refused, match="key 'key 1': belongs to another request"):
        order(wanted(minor=1251))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"target": ADA}, Why.SAME_ACCOUNT),
        ({"amount": Amount(0, "USD")}, Why.NOTHING),
        ({"amount": Amount(-5, "USD")}, Why.NOTHING),
        ({"amount": Amount(1_000_001, "USD")}, Why.OVER_LIMIT),
        ({"amount": Amount(144_756, "USD")}, Why.INSUFFICIENT),
    ],
)
def test_what_is_declined_says_why_and_leaves_nothing(order, bank, changes, why):
    before = count(bank, "transactions")
    with pytest.raises(Declined) as declined:
        order(replace(wanted(), **changes))
    assert declined.value.why is why
    assert count(bank, "transactions") == before


def test_the_limit_itself_may_be_moved(order):
    assert order(wanted(minor=144_700), largest=1447).amount.minor == 144_700


@pytest.mark.parametrize("changes", [{"source": BENNO}, {"target": BENNO}, {"proved": BENNO}])
def test_nobody_moves_what_is_not_his_own(order, changes):
    with pytest.raises(Refused, match="want two accounts of the customer who has proved himself"):
        order(replace(wanted(), **changes))


def test_the_bank_itself_cannot_order_by_telephone(order):
    with pytest.raises(Refused, match="want two accounts of the customer"):
        order(wanted(proved="9000000001", source="9000000001", target="9000000002"))


def test_a_locked_account_gives_nothing_but_still_takes(order, bank, run):
    run(bank.ledger.lock(ADA))
    with pytest.raises(Declined) as declined:
        order(wanted())
    assert declined.value.why is Why.LOCKED
    assert order(wanted(source=SAVINGS, target=ADA)).target_tail == "0030"
    run(bank.ledger.unlock(ADA))
    assert order(wanted("key 2"))


def test_the_database_itself_refuses_a_debit_of_a_locked_account_and_a_stranger_s_transfer(
    bank, order, run
):
    slip = order(wanted())
    with pytest.raises(StorageError, match="two postings between accounts of one customer"):
        bank.database.transact(
            lambda c: c.execute(
                "INSERT INTO transfers SELECT 1, customer_id, '1', '' FROM transfers"
            )
        )
    run(bank.ledger.lock(ADA))
    with pytest.raises(StorageError, match="a locked account takes no debit"):
        bank.database.transact(
            lambda c: c.execute(
                "INSERT INTO postings SELECT NULL, transaction_id, account_id, currency, minor,"
                " balance_minor FROM postings WHERE minor < 0 AND transaction_id = ?",
                (slip.transaction,),
            )
        )


@pytest.mark.parametrize("table", ["transfers", "receipts_told"])
@pytest.mark.parametrize("how", ["UPDATE {} SET call_id = ''", "DELETE FROM {}"])
def test_nothing_is_changed_afterwards(bank, order, run, table, how):
    run(bank.receipts.told(order(wanted()), "call 1"))
    with pytest.raises(StorageError, match=r"append-only|was told"):
        bank.database.transact(lambda c: c.execute(how.format(table)) and None)


def test_what_was_not_heard_waits_until_it_was(bank, order, run):
    customer = bank.database.transact(lambda c: ledger.account(c, ADA)).customer
    slips = [order(wanted(f"key {n}", minor=n)) for n in (1, 2)]
    assert run(bank.receipts.untold(customer)) == slips
    run(bank.receipts.told(slips[0], "call 2"))
    assert run(bank.receipts.untold(customer)) == slips[1:]
    other = bank.database.transact(lambda c: ledger.account(c, BENNO)).customer
    assert bank.database.transact(lambda c: untold(c, other)) == []


def test_a_file_from_before_there_were_customers_gets_one_for_each_account(tmp_path):
    path = tmp_path / "old.db"
    with Database(path, migrations=bundled_migrations()[:3]) as old:
        old.transact(
            lambda c: (
                c.executemany(
                    "INSERT INTO accounts (number, name, kind, currency, opened_on)"
                    " VALUES (?, ?, ?, 'USD', '2026-01-01')",
                    [
                        ("100001", "Ada", "customer"),
                        ("100002", "", "customer"),
                        ("900000", "x", "internal"),
                    ],
                )
                and None
            )
        )
    with Database(path) as new:
        owners = new.transact(
            lambda c: c.execute(
                "SELECT number, customers.name FROM accounts LEFT JOIN customers"
                " ON customers.id = customer_id ORDER BY number"
            ).fetchall()
        )
        assert owners == [("100001", "Ada"), ("100002", "100002"), ("900000", None)]
        assert [each.number for each in new.transact(lambda c: ledger.accounts_of(c, 1))] == [
            "100001"
        ]
        with pytest.raises(StorageError, match="an account keeps its customer"):
            new.transact(lambda c: c.execute("UPDATE accounts SET customer_id = 2") and None)
        with pytest.raises(StorageError, match="needs its customer"):
            new.transact(
                lambda c: (
                    c.execute(
                        "INSERT INTO accounts (number, name, kind, currency, opened_on)"
                        " VALUES ('100003', '', 'customer', 'USD', '2026-01-01')"
                    )
                    and None
                )
            )


# Receipt numbers


def test_receipt_numbers_by_hand():
    # ISO/IEC 7812-1 annex B works 7992739871 out to check digit 3.
    assert receipt_number(7_992_739_871) == "79927398713"
    assert receipt_number(1) == "00000018"


@given(st.integers(0, 10**9), st.data())
def test_one_misheard_digit_is_always_noticed(transaction, data):
    receipt = receipt_number(transaction)
    place = data.draw(st.integers(0, len(receipt) - 1))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != receipt[place]]))
    wrong = receipt[:place] + digit + receipt[place + 1 :]
    assert receipt_number(int(wrong[:-1]))[-1] != wrong[-1]


# Money is conserved, whatever breaks

ACCOUNTS = ("20071115", "20071123", "20071131")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(ACCOUNTS),
            st.sampled_from(ACCOUNTS),
            st.integers(0, 20_000_000),
            st.integers(0, 60),  # the statement that fails; 0: none
            st.booleans(),
        ),
        max_size=8,
    )
)
@settings(max_examples=15, deadline=None)
def test_random_transfers_with_crashes_move_money_and_never_make_it(
    tmp_path_factory, ready_made, steps
):
    """Each is asked for until it is answered, with the file reopened after a fault."""
    path = tmp_path_factory.mktemp("money") / "bank.db"
    path.write_bytes(ready_made.read_bytes())
    expected = {ACCOUNTS[0]: 15_000_000, ACCOUNTS[1]: 0, ACCOUNTS[2]: 120_000}
    total = sum(expected.values())
    seen = set()
    for number, (source, target, minor, nth, afterwards) in enumerate(steps):
        transfer = wanted(f"key {number}", minor, source, target, proved=ACCOUNTS[0])
        done = None
        for attempt in range(2):
            if attempt == 0 and nth:
                FaultyConnection.arm(nth, afterwards=afterwards)
            else:
                FaultyConnection.disarm()
            try:
                with Database(path, connect=faults.connect) as database:
                    done = database.transact(lambda c, t=transfer: accept(c, t, 1_000_000, NOW))
                break
            except Declined:
                break
            except (StorageError, sqlite3.Error):
                continue
        FaultyConnection.disarm()
        can = source != target and 0 < minor <= expected[source]
        assert (done is not None) == can
        if done is not None:
            assert done.receipt not in seen
            seen.add(done.receipt)
            expected[source] -= minor
            expected[target] += minor
    with Database(path) as database:
        found = {
            number: database.transact(lambda c, n=number: ledger.balance(c, n).minor)
            for number in ACCOUNTS
        }
        assert found == expected
        assert sum(found.values()) == total
        assert database.transact(ledger.faults) == []
        assert (
            database.transact(
                lambda c: {row[0] for row in c.execute("SELECT receipt FROM transfers")}
            )
            == seen
        )


def test_the_module_s_verbs_and_the_class_s_are_the_same(bank, run):
    slip = run(bank.receipts.accept(wanted()))
    assert bank.database.transact(lambda c: receipts.accept(c, wanted(), LARGEST, NOW)) == slip
    with pytest.raises(Declined, match="transfer: nothing to move"):
        run(bank.receipts.check(replace(wanted("key 2"), amount=Amount(0, "USD"))))
