"""The hotline: what a caller hears, and what is left behind however his call ends."""

import ast
import asyncio
import sqlite3
from datetime import date
from pathlib import Path

import pytest

import telcard
from telcard.bank import MENU, Choice, Visitor, service
from telcard.bank.hotline import ENTRIES, TRIES, ask_choice, check_menu
from telcard.errors import ConfigError
from telcard.speech import Date, Digits, Money, plan
from tests.support import faults
from tests.support.faults import FaultyConnection

ELSEWHERE = ("person", "statement")
MENU_PROMPT = ask_choice([choice for choice in MENU if choice.service not in ELSEWHERE]).prompt


FLOWS = [Path(telcard.__file__).with_name(room) for room in ("bank", "acd")]


def clips_named(path):
    """The words in a file that are said: what `say`, `Over`, `Question`, `offer` are given."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = node.args if name in ("say", "Over", "Question") else []
            given += [each.value for each in node.keywords if each.arg in ("offer", "prompt")]
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            said = getattr(node, "target", None) or node.targets[0]
            given = [node.value] if getattr(said, "id", "") in ("words", "prompt") else []
        else:
            continue
        yield from (word for each in given if each is not None for word in words_in(each))


def words_in(node):
    """Texts in an expression, but not those that a value is made of, as in `Digits("1")`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not isinstance(node, ast.Call):
        for child in ast.iter_child_nodes(node):
            yield from words_in(child)


def in_files(bank, text):
    """Whether `text` stands in any file of the database, its log included."""
    folder = bank.database.path.parent
    return any(text.encode() in file.read_bytes() for file in folder.iterdir())


# The flow


def test_of_all_questions_the_account_is_the_one_that_a_secret_follows(serve, people):
    call, _ = serve(people.ada, "0000", people.ada, people.pins[people.ada], "1", "*")
    assert call.before_secrets == [("enter_account",)] * 2


def test_a_caller_hears_his_balance_and_last_entries_and_goes(serve, people):
    call, record = serve(people.ada, people.pins[people.ada], "1", "2", "*")
    assert call.said == [
        ("welcome",),
        ("your_balance_is", Money(144755, "USD")),
        (
            *(
                "your_last_entries_are",
                "debit_of",
                Money(6000, "USD"),
                "on",
                Date(date(2026, 1, 4)),
            ),
            *(".", "debit_of", Money(8320, "USD"), "on", Date(date(2026, 1, 1))),
            *(".", "credit_of", Money(125075, "USD"), "on", Date(date(2025, 12, 30))),
        ),
        ("goodbye",),
    ]
    assert call.asked == [("enter_account",), ("enter_pin",), *[MENU_PROMPT] * 3]
    assert call.steps == [
        *("welcome", "account", "pin", "judged"),
        *("menu", "balance", "menu", "entries", "menu", "goodbye"),
    ]
    assert (record.disposition, record.cause, record.ended_by) == ("ANSWERED", 16, "system")
    assert (record.step, record.reason, record.account_tail) == ("goodbye", "goodbye", "0030")
    assert (record.caller, record.called) == ("0301234567", "8000")


def test_the_record_counts_from_the_offer_and_bills_from_the_answer(serve, people):
    call, record = serve(people.ada, people.pins[people.ada], "*")
    assert record.duration_ms == 1000 * call.verbs
    assert record.billed_s == call.verbs - 1


def test_everything_that_is_said_can_be_said(serve, people):
    for keys in (["1", "2", "5", "", "*"], ["5", "5", "5"], ["", ""], ["*"]):
        call, _ = serve(people.ada, people.pins[people.ada], *keys, call_id=str(keys))
        for words in (*call.said, *call.asked):
            plan(*words)


def test_every_clip_that_any_flow_names_exists():
    named = {name for room in FLOWS for path in room.glob("*.py") for name in clips_named(path)}
    assert len(named) > 20
    plan(*sorted(named))


def test_the_menu_tells_each_key_with_its_service():
    assert MENU_PROMPT[:4] == ("for_your_balance", "press", Digits("1"), ".")
    assert MENU_PROMPT[-3:] == ("to_end_the_call", "press", Digits("*"))


def test_nine_tells_the_menu_again(serve, people):
    call, record = serve(people.ada, people.pins[people.ada], "9", "9", "*")
    assert call.asked.count(MENU_PROMPT) == 3
    assert record.reason == "goodbye"


def test_an_account_without_entries_says_so(visit, open_bank, fake_call, run, people):
    bank = open_bank(pins={people.dora: "1234"})

    async def main():
        call = fake_call([people.dora, "1234", "1", "2", "*"])
        await visit(call, bank)
        return call.said

    assert run(main())[1:3] == [("your_balance_is", Money(0, "USD")), ("no_entries",)]
    bank.database.close()


def test_no_more_entries_are_told_than_there_are(serve, people):
    call, _ = serve(people.benno, people.pins[people.benno], "2", "*")
    assert sum(item in ("credit_of", "debit_of") for item in call.said[1]) == 2 < ENTRIES


# Identification


@pytest.mark.parametrize(
    "wrong", [("10020030", "0000"), ("99999999", "83640275"), ("20071115", "0")]
)
def test_what_is_wrong_is_not_told(serve, people, wrong):
    call, record = serve(*wrong, people.ada, people.pins[people.ada], "*")
    assert call.said == [("welcome",), ("not_recognised",), ("goodbye",)]
    assert record.account_tail == "0030"


def test_the_third_wrong_try_ends_the_call_and_is_an_alarm(serve, bank, people, run):
    call, record = serve(people.benno, "1", people.ada, "2", people.ada, "3", "1")
    assert call.said == [
        ("welcome",),
        ("not_recognised",),
        ("not_recognised",),
        ("too_many_tries",),
    ]
    assert len(call.secrets) == TRIES
    assert (record.reason, record.step) == ("too many tries", "too_many_tries")
    assert (record.account_tail, record.ended_by, record.cause) == ("0030", "system", 16)
    (alarm,) = run(bank.identity.alarms())
    assert (alarm.kind, alarm.account, alarm.call_id) == ("call ended", people.ada, call.id)
    assert (alarm.caller, alarm.channel, alarm.wrong) == ("0301234567", "telephone", 2)


def test_a_locked_account_hears_the_same_words_even_with_the_right_pin(serve, people):
    locked, _ = serve(*(people.ada, "0") * 3, call_id="call 1")
    right = (people.ada, people.pins[people.ada])
    again, record = serve(*right * 3, call_id="call 2")
    assert again.said == locked.said
    assert again.asked == locked.asked
    assert record.reason == "too many tries"


def test_an_account_that_is_none_leaves_no_digits_behind(serve, bank):
    """Callers key their PIN when asked for the account: it must not be written down."""
    call, record = serve("83640275", "83640275", *("99999999", "1") * 2)
    assert record.account_tail == ""
    assert "0275" not in repr(list(call.log))
    assert not in_files(bank, "0275")


def test_neither_pin_nor_account_is_in_events_records_or_files(serve, bank, people):
    pin = people.pins[people.ada]
    call, record = serve(people.ada, "71717171", people.ada, pin, "1", "2", "*")
    told = repr(list(call.log)) + repr(record) + repr(bank)
    assert pin not in told
    assert "71717171" not in told
    assert people.ada not in told
    assert people.ada[-4:] in told
    assert not in_files(bank, pin)
    assert not in_files(bank, "71717171")


# Wrong keys


def test_three_wrong_keys_in_a_row_end_the_call(serve, people):
    call, record = serve(people.ada, people.pins[people.ada], "5", "#", "6")
    assert call.said[1:] == [
        ("invalid_choice",),
        ("invalid_choice",),
        ("invalid_choice", ".", "goodbye"),
    ]
    assert record.reason == "invalid choices"


def test_a_right_key_forgives_the_wrong_ones(serve, people):
    _, record = serve(people.ada, people.pins[people.ada], "5", "5", "1", "5", "5", "*")
    assert record.reason == "goodbye"


def test_nobody_holds_a_line_for_ever(serve, people):
    call, record = serve(people.ada, people.pins[people.ada], *"9" * 1000)
    assert record.reason == "too many rounds"
    assert call.said[-1] == ("goodbye",)


# Every way a call can end

FULL = ("10020030", "0", "10020030", "83640275", "", "5", "1", "2", "9", "*")


def test_a_caller_may_hang_up_at_every_step(visit, open_bank, fake_call, run):
    reasons = []
    for verb in range(1, 100):
        bank = open_bank(name=f"{verb}.db")

        async def main(verb=verb, bank=bank):
            call = fake_call(FULL, hang_up_at=verb)
            await visit(call, bank)
            (record,) = await bank.records.newest()
            assert record.step == call.step
            assert all(secret.wiped for secret in call.secrets)
            return record

        record = run(main())
        bank.database.close()
        reasons.append(record.reason)
        if record.reason == "goodbye":
            break
        assert (record.reason, record.ended_by, record.cause) == ("caller hung up", "caller", 16)
        assert record.disposition == ("NO ANSWER" if verb == 1 else "ANSWERED")
    assert reasons[-1] == "goodbye"
    assert len(reasons) > 15


@pytest.mark.parametrize("how", ["breaks", "is cancelled"])
def test_a_flow_that_ends_badly_at_any_step_leaves_one_record(
    visit, open_bank, fake_call, run, how
):
    for verb in range(1, 100):
        bank = open_bank(name=f"{verb}.db")

        async def cancel(call, verb=verb):
            if call.verbs == verb:
                asyncio.current_task().cancel()

        async def main(verb=verb, bank=bank, cancel=cancel):
            script = {"break_at": verb} if how == "breaks" else {"before": cancel}
            call = fake_call(FULL, **script)
            task = asyncio.create_task(visit(call, bank))
            await asyncio.wait([task])
            (record,) = await bank.records.newest()
            assert all(secret.wiped for secret in call.secrets)
            if record.reason == "goodbye":
                assert task.exception() is None
                return True
            assert record.step == call.step
            if how == "breaks":
                assert isinstance(task.exception(), RuntimeError)
                got = (record.reason, record.disposition, record.ended_by, record.cause)
                assert got == ("flow broke", "FAILED", "failure", 41)
            else:
                assert task.cancelled()
                assert (record.reason, record.ended_by) == ("cancelled", "system")
            return False

        finished = run(main())
        bank.database.close()
        if finished:
            assert verb > 15
            return
    pytest.fail("the walk never ended")


def test_whichever_statement_fails_the_caller_is_told_and_the_record_is_kept(
    visit, open_bank, fake_call, run
):
    for nth in range(1, 1000):
        bank = open_bank(name=f"{nth}.db", database={"connect": faults.connect})

        async def main(bank=bank, nth=nth):
            call = fake_call(FULL)
            FaultyConnection.arm(nth)
            await visit(call, bank)
            happened = FaultyConnection.disarm()
            await bank.records.flush()
            (record,) = await bank.records.newest()
            assert all(secret.wiped for secret in call.secrets)
            return call, record, happened

        call, record, happened = run(main())
        delayed = bank.metrics.value("call_records_delayed")
        bank.database.close()
        if not happened:
            assert record.reason == "goodbye"
            assert nth > 40
            return
        if delayed:  # only the record itself met the fault
            assert record.reason == "goodbye"
        else:
            assert call.said[-1] == ("not_available",)
            got = (record.reason, record.cause, record.disposition, record.ended_by)
            assert got == ("storage away", 41, "ANSWERED", "system"), nth
    pytest.fail("the sweep never ended")


def test_a_caller_who_hangs_up_while_told_of_the_fault_still_leaves_a_record(
    visit, open_bank, fake_call, run, caplog
):
    bank = open_bank(database={"busy_s": 0.0})
    other = sqlite3.connect(bank.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def main():
        call = fake_call(("10020030", "83640275"), hang_up_at=2)
        await visit(call, bank)
        assert bank.records.waiting == 1
        other.close()
        await bank.records.flush()
        return await bank.records.newest()

    (record,) = run(main())
    assert (record.reason, record.step) == ("caller hung up", "storage_away")
    said = [entry.getMessage().partition("bank.db: ")[2] for entry in caplog.records]
    assert said == ["is locked by another program (SQLITE_BUSY)"] * 2
    bank.database.close()


# The menu is data


def test_a_new_entry_is_a_service_and_a_line(serve, people):
    @service("name")
    async def tell_name(visitor: Visitor) -> None:
        await visitor.call.say("credit_of", Digits(visitor.account.tail))

    menu = (Choice("7", offer="press", service="name"), *MENU[-1:])
    call, record = serve(people.ada, people.pins[people.ada], "1", "7", "*", menu=menu)
    assert call.asked[-1][:3] == ("press", "press", Digits("7"))
    assert call.said[1:3] == [("invalid_choice",), ("credit_of", Digits("0030"))]
    assert record.reason == "goodbye"


@pytest.mark.parametrize(
    ("menu", "reason"),
    [
        (
            (Choice("1", "press", "nonsense"),),
            "key 1: want a service of balance, .* got 'nonsense'",
        ),
        ((Choice("12", "press", "balance"),), "want one key of .* got '12'"),
        ((Choice("", "press", "balance"),), "want one key of .* got ''"),
        ((Choice("1", "press", "balance"), Choice("1", "press", "entries")), "got '1'"),
    ],
)
def test_a_menu_that_cannot_work_is_refused_and_ends_the_call(
    visit, bank, fake_call, run, menu, reason
):
    with pytest.raises(ConfigError, match=reason):
        check_menu(menu)

    async def main():
        call = fake_call()
        with pytest.raises(ConfigError, match=reason):
            await visit(call, bank, menu=menu)
        (record,) = await bank.records.newest()
        return call.verbs, record.reason

    assert run(main()) == (0, "flow broke")


def test_many_calls_at_once_each_leave_their_record_and_the_same_story_twice(
    visit, open_bank, fake_call, run, people
):
    stories = []
    for name in ("one.db", "two.db"):
        bank = open_bank(people.pins, name, entropy=bytes)

        async def main(bank=bank):
            calls = [
                fake_call(
                    (people.ada, people.pins[people.ada], *"129*"),
                    call_id=f"call {n}",
                    caller=f"030{n}",
                )
                for n in range(30)
            ]
            await asyncio.gather(*(visit(call, bank) for call in calls))
            return [call.log.digest() for call in calls], await bank.records.newest()

        digests, records = run(main())
        assert len(records) == 30
        assert {record.reason for record in records} == {"goodbye"}
        stories.append((digests, records))
        bank.database.close()
    assert stories[0] == stories[1]
