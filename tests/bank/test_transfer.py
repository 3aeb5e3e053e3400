"""The dialogue of a transfer, key by key."""

import pytest

from telcard.bank import ledger
from telcard.bank.receipts import receipt_number
from telcard.bank.transfer import MISTAKES, keyed_amount
from telcard.errors import StorageError
from telcard.speech import Digits, Money, plan
from tests.support import faults
from tests.support.faults import FaultyConnection

SAVINGS = "10020063"
HAPPY = ("3", "1", "12*50", "12*5", "1")


@pytest.fixture
def logged_in(serve, people):
    """Serve a caller who knows his PIN and then keys these."""
    return lambda *keys, **script: serve(people.ada, people.pins[people.ada], *keys, "*", **script)


@pytest.fixture
def balances(bank, people):
    def balances(of=bank):
        read = [
            of.database.transact(lambda c, n=number: ledger.balance(c, n).minor)
            for number in (people.ada, SAVINGS)
        ]
        assert of.database.transact(ledger.faults) == []
        return tuple(read)

    return balances


BEFORE = (144755, 500000)
AFTER = (144755 - 1250, 500000 + 1250)


def test_money_moves_between_two_accounts_and_a_receipt_is_told(logged_in, balances, bank):
    call, record = logged_in(*HAPPY)
    (transaction,) = bank.database.transact(
        lambda c: c.execute("SELECT transaction_id FROM transfers").fetchone()
    )
    receipt = receipt_number(transaction)
    assert call.asked[3:-1] == [
        (
            *("choose_source", "."),
            *("for_the_account", Digits("0030"), "press", Digits("1"), "."),
            *("for_the_account", Digits("0063"), "press", Digits("2"), "."),
            *("to_cancel", "press", Digits("*")),
        ),
        ("enter_amount",),
        ("enter_amount_again",),
        (
            *("you_are_transferring", Money(1250, "USD")),
            *("from_the_account", Digits("0030"), "to_the_account", Digits("0063"), "."),
            *("to_confirm", "press", Digits("1"), ".", "to_cancel", "press", Digits("*")),
        ),
    ]
    number = Digits(receipt)
    assert call.said[1] == (
        *("transfer_accepted", ".", "your_receipt_number_is", number, ".", number),
    )
    assert balances() == AFTER
    assert record.done == f"transfer, receipt {receipt}"
    assert (record.reason, record.account_tail) == ("goodbye", "0030")
    assert [step for step in call.steps if step not in ("welcome", "account", "pin", "judged")] == [
        *("menu", "transfer", "source", "amount", "confirm", "booking", "transferred"),
        *("menu", "goodbye"),
    ]


def test_the_other_way_round_is_the_other_key(logged_in, balances):
    logged_in("3", "2", "10", "10", "1")
    assert balances() == (144755 + 1000, 500000 - 1000)


def test_both_statements_show_it(logged_in, bank, people):
    logged_in(*HAPPY)
    for number, minor in ((people.ada, -1250), (SAVINGS, 1250)):
        (entry,) = bank.database.transact(lambda c, n=number: ledger.last_entries(c, n, 1))
        assert (entry.text, entry.amount.minor) == ("Transfer", minor)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        # at the choice of the account
        (("3", "*"), ()),
        (("3", "3", "0", "#"), ("too_many_mistakes",)),
        # at the amount: two that differ, three times; nonsense, nothing and too much count as well
        (("3", "1", "5", "6", "5", "7", "5", "8"), ("too_many_mistakes",)),
        (("3", "1", "*", "0", "1*2*3"), ("too_many_mistakes",)),
        (("3", "1", "10001", "5", "6", "0*00"), ("too_many_mistakes",)),
        # at the confirmation
        (("3", "1", "5", "5", "*"), ()),
        (("3", "1", "5", "5", "2", "3", "0"), ("too_many_mistakes",)),
        # not enough
        (("3", "1", "1447*56", "1447*56"), ("insufficient_funds",)),
    ],
)
def test_a_transfer_that_comes_to_nothing_says_so_and_the_call_goes_on(
    logged_in, balances, keys, words
):
    call, record = logged_in(*keys)
    assert call.said[-2:] == [(*words, ".", "nothing_transferred"), ("goodbye",)]
    assert balances() == BEFORE
    assert (record.reason, record.done) == ("goodbye", "")
    for said in (*call.said, *call.asked):
        plan(*said)


@pytest.mark.parametrize(
    ("keyed", "words"),
    [
        (("*",), ("amount_not_understood",)),
        (("12*345",), ("amount_not_understood",)),
        (("0*00",), ("amount_zero",)),
        (("10000*01",), ("the_most_is", Money(1_000_000, "USD"))),
        (("999999999999999",), ("the_most_is", Money(1_000_000, "USD"))),
        (("12", "13"), ("amounts_differ",)),
    ],
)
def test_each_mistake_with_an_amount_has_its_sentence_and_may_be_mended(
    logged_in, balances, keyed, words
):
    call, _ = logged_in("3", "1", *keyed, "12*50", "12*50", "1")
    assert call.said[1] == words
    assert balances() == AFTER
    assert MISTAKES == 3


def test_all_that_is_there_may_be_moved(logged_in, balances):
    logged_in("3", "1", "1447*55", "1447*55", "1")
    assert balances() == (0, 644755)


def test_of_three_accounts_the_target_is_asked_for_and_must_be_another(
    open_bank, visit, run, fake_call, people
):
    bank = open_bank(pins={people.chen: "1234"})

    async def main():
        call = fake_call((people.chen, "1234", "3", "1", "1", "3", "700", "700", "1", "*"))
        await visit(call, bank)
        return call

    call = run(main())
    target = call.asked[4]
    assert target[:2] == ("choose_target", ".")
    assert [item.keys for item in target if isinstance(item, Digits)] == [
        *("1123", "2", "1131", "3", "*"),
    ]
    assert call.said[1] == ("same_account",)
    balance = bank.database.transact(lambda c: ledger.balance(c, "20071131"))
    assert balance.minor == 190000
    bank.database.close()


def test_who_has_one_account_is_told_so(serve, people):
    call, _ = serve(people.benno, people.pins[people.benno], "3", "*")
    assert call.said[1] == ("no_other_account", ".", "nothing_transferred")


def test_ten_accounts_are_chosen_with_two_keys(open_bank, visit, run, fake_call, people):
    bank = open_bank()
    owner = bank.database.transact(lambda c: ledger.account(c, people.ada)).customer
    for n in range(8):
        bank.database.transact(
            lambda c, n=n: ledger.open_account(
                c, f"1002010{n}", "x", "USD", bank.clock.utc().date(), customer=owner
            )
        )

    async def main():
        call = fake_call((people.ada, people.pins[people.ada], "3", "2", "10", "1", "1", "1", "*"))
        await visit(call, bank)

    run(main())
    balance = bank.database.transact(lambda c: ledger.balance(c, "10020107"))
    assert balance.minor == 100
    bank.database.close()


@pytest.mark.parametrize("what", ["account", "PIN"])
@pytest.mark.parametrize("when", [0, 9])
def test_a_locked_account_gives_nothing_even_if_it_is_locked_in_the_last_moment(
    serve, bank, people, balances, what, when
):
    """Verb 9 asks for the confirmation."""

    async def lock(call):
        if call.verbs != max(when, 5):
            return
        if what == "account":
            await bank.ledger.lock(people.ada)
        else:
            bank.database.transact(
                lambda c: c.execute("UPDATE pins SET locked_at = '2026-01-05'") and None
            )

    call, _ = serve(people.ada, people.pins[people.ada], *HAPPY, "*", before=lock)
    assert ("account_locked", ".", "nothing_transferred") in call.said
    assert balances() == BEFORE


def test_money_that_is_gone_in_the_last_moment_is_not_moved(serve, bank, people, balances):
    async def spend(call):
        if call.verbs == 9:
            postings = (
                ledger.Posting(people.ada, ledger.Amount(-144000, "USD")),
                ledger.Posting("9000000002", ledger.Amount(144000, "USD")),
            )
            today = bank.clock.utc().date()
            await bank.ledger.post(ledger.Order("spent", today, "Cash", postings))

    call, _ = serve(people.ada, people.pins[people.ada], *HAPPY, "*", before=spend)
    assert call.said[-2] == ("insufficient_funds", ".", "nothing_transferred")
    assert balances() == (755, 500000)


# Hanging up


def test_who_hangs_up_before_he_confirms_has_done_nothing_and_afterwards_has_done_it_once(
    visit, open_bank, fake_call, run, people, balances
):
    keys = (people.ada, people.pins[people.ada], *HAPPY, "*")
    outcomes = []
    for verb in range(1, 100):
        bank = open_bank(name=f"{verb}.db")

        async def main(verb=verb, bank=bank):
            first = fake_call(keys, hang_up_at=verb)
            await visit(first, bank)
            second = fake_call((*keys[:2], "*"), call_id="call 2")
            await visit(second, bank)
            return first, second

        first, second = run(main())
        heard = any("transfer_accepted" in said for said in first.said)
        told_again = any("your_last_transfer" in said for said in second.said)
        outcomes.append((balances(bank), heard, told_again))
        bank.database.close()
        if first.reason == "goodbye":
            break
    nothing, unheard, heard = (BEFORE, False, False), (AFTER, False, True), (AFTER, True, False)
    assert sorted(set(outcomes), key=outcomes.index) == [nothing, unheard, heard]
    assert outcomes.count(unheard) == 1


def test_a_receipt_that_was_not_heard_is_told_at_the_next_call_and_then_no_more(
    visit, bank, fake_call, run, people
):
    keys = (people.ada, people.pins[people.ada])

    async def main():
        await visit(fake_call((*keys, *HAPPY), hang_up_at=10), bank)
        calls = [fake_call((*keys, "*"), call_id=f"call {n}") for n in (2, 3)]
        for call in calls:
            await visit(call, bank)
        return calls, await bank.records.newest()

    (second, third), records = run(main())
    said = second.said[1]
    assert said[:2] == ("your_last_transfer", Money(1250, "USD"))
    assert said[2:6] == ("from_the_account", Digits("0030"), "to_the_account", Digits("0063"))
    assert said[-4] == "your_receipt_number_is"
    assert records[1].done == f"receipt {said[-1].keys}"
    assert third.said == [("welcome",), ("goodbye",)]
    plan(*said)


# Faults of the storage


@pytest.mark.parametrize("afterwards", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_whichever_statement_of_it_fails_nothing_is_lost_or_done_twice(
    visit, open_bank, fake_call, run, people, balances, afterwards
):
    """A fault comes before a statement or hides that it was done; the caller hears the truth."""
    login = (people.ada, people.pins[people.ada])
    seen = set()
    for nth in range(1, 1000):
        bank = open_bank(name=f"{nth}.db", database={"connect": faults.connect})
        happened = []

        async def arm(call, nth=nth, happened=happened):
            if call.verbs == 5:  # the menu: he is identified
                FaultyConnection.arm(nth, afterwards=afterwards)
            elif call.steps[-1] == "goodbye":
                happened.append(FaultyConnection.disarm())

        async def main(bank=bank, arm=arm, happened=happened):
            call = fake_call((*login, *HAPPY, "*"), before=arm)
            await visit(call, bank)
            happened.append(FaultyConnection.disarm())
            moved = balances(bank)
            if moved == BEFORE or not await bank.receipts.untold(1):
                return call, moved, None
            again = fake_call((*login, "*"), call_id="call 2")
            await visit(again, bank)
            assert not await bank.receipts.untold(1)
            return call, moved, again

        call, moved, again = run(main())
        bank.database.close()
        accepted = any("transfer_accepted" in said for said in call.said)
        assert moved == AFTER if accepted else moved in (BEFORE, AFTER)
        if moved == AFTER:
            assert accepted or again is not None
            assert again is None or "your_last_transfer" in again.said[1]
        seen.add((moved == AFTER, accepted, again is not None))
        if not happened[0]:
            break
    else:
        pytest.fail("the sweep never ended")
    assert {(False, False, False), (True, True, False), (True, True, True)} <= seen


def test_a_storage_that_stays_away_at_the_booking_leaves_the_caller_with_the_truth(
    serve, bank, people, balances, monkeypatch
):
    accept = bank.receipts.accept
    tries = []

    async def flaky(wanted):
        tries.append(wanted)
        await accept(wanted)
        raise StorageError("bank.db: the answer was lost")

    monkeypatch.setattr(bank.receipts, "accept", flaky)
    call, record = serve(people.ada, people.pins[people.ada], *HAPPY)
    assert call.said[-1] == ("outcome_unknown",)
    assert (record.reason, record.cause) == ("storage away", 41)
    assert len(tries) == 2
    assert tries[0] == tries[1]
    assert balances() == AFTER
    monkeypatch.undo()
    again, _ = serve(people.ada, people.pins[people.ada], "*", call_id="call 2")
    assert "your_last_transfer" in again.said[1]


# Amounts


@pytest.mark.parametrize(
    ("keys", "currency", "minor"),
    [
        ("12", "USD", 1200),
        ("12*", "USD", 1200),
        ("12*5", "USD", 1250),
        ("12*50", "USD", 1250),
        ("*50", "USD", 50),
        ("*05", "USD", 5),
        ("0012*50", "USD", 1250),
        ("0", "USD", 0),
        ("500", "JPY", 500),
        ("500*", "JPY", 500),
        ("1*234", "KWD", 1234),
        ("99999999999999", "USD", 10**14 - 1),
        ("", "USD", None),
        ("*", "USD", None),
        ("1*234", "USD", None),
        ("1*2*3", "USD", None),
        ("5*0", "JPY", None),
        ("12#", "USD", None),
    ],
)
def test_an_amount_is_keyed_with_star_for_the_point(keys, currency, minor):
    assert keyed_amount(keys, currency) == minor
