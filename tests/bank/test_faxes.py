"""The outbox is emptied: busy lines, people, crashes, restarts, and circuits that callers need."""

import asyncio
from datetime import UTC, datetime

import pytest

from telcard import clock
from telcard.bank import FaxOrder, FaxRules, Sender, outbox
from telcard.bank.fax_plan import Ending, Outcome
from telcard.bank.faxes import AGAIN_S, BUSY_S, Faxes, can_fax
from telcard.errors import CardError, HungUp
from telcard.signalling import Cause
from telcard.storage import Database
from tests.support import faults
from tests.support.fake_exchange import BROKE_OFF, HUMAN, SENT, FakeChassis
from tests.support.faults import FaultyConnection

RULES = FaxRules(hours=None)
SENDER = Sender("The Bank", "+86 10 95588", "95588")
MINUTE = 60
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def order(key="one", number="02154321", account="10020030"):
    return FaxOrder(key, account, number, "statement", "call 1")


@pytest.fixture
def house(open_bank):
    """Run `play(faxes)` beside the outbox for `minutes`; gives the chassis and the faxes then."""

    def house(play, *far, minutes=600, rules=RULES, chassis=None, begin=NINE, **options):
        chassis = chassis or FakeChassis(*far)
        database = options.pop("database", None)

        async def main():
            bank = open_bank(on=clock.current(), database=database)
            faxes = Faxes(bank, chassis, SENDER, rules, **options)
            running = asyncio.create_task(faxes.run())
            await play(faxes)
            await asyncio.sleep(minutes * MINUTE)
            await faxes.drain()
            await running
            assert faxes.sending == ()
            told = await faxes.outbox.newest()
            bank.database.close()
            return chassis, told, bank.metrics

        return clock.run(main(), clock.VirtualClock(begin))

    return house


async def one(faxes):
    await faxes.put(order())


def test_a_fax_is_sent_and_everybody_knows_it(house):
    chassis, (fax,), metrics = house(one, SENT)
    (rung,) = chassis.rung
    assert (rung.number, rung.caller, rung.on_behalf_of) == ("02154321", "95588", "call 1")
    (line,) = chassis.lines
    assert (line.account, line.done, line.step, line.over) == ("0030", ["fax 1"], "fax", True)
    assert line.reason == "all pages went over (DCN after the last page; phase E)"
    assert line.ident == "+86 10 95588"
    assert [page.shape for page in line.pages] == [(2287, 1728)]
    (tried,) = fax.attempts
    assert (tried.outcome, tried.pages, tried.rate, tried.call_id) == (
        Outcome.SENT, 1, "V.17 at 14400 bit/s", "out 1",
    )  # fmt: skip
    assert fax.ending is Ending.SENT
    assert metrics.value("fax_attempts", outcome="sent") == 1
    assert metrics.value("faxes_over", ending="sent") == 1
    assert chassis.reports == [("fax_tried", {"fax": 1, "outcome": "sent", "why": line.reason})]


@pytest.mark.parametrize(
    ("far", "outcomes", "minutes"),
    [
        ((Cause.USER_BUSY, SENT), [Outcome.BUSY, Outcome.SENT], [0, 1]),
        ((Cause.NO_ANSWER, BROKE_OFF, SENT), [Outcome.NO_ANSWER, Outcome.BROKE_OFF, Outcome.SENT],
         [0, 2, 7]),
        ((HUMAN,), [Outcome.NO_FAX] * 2, [0, 1]),
        ((Cause.UNALLOCATED_NUMBER,), [Outcome.NO_NUMBER], [0]),
        ((HungUp(16),), [Outcome.NO_FAX] * 2, [0, 1]),
        ((CardError("board: it is down"), SENT), [Outcome.FAULT, Outcome.SENT], [0, 1]),
        ((RuntimeError("a bug"), SENT), [Outcome.FAULT, Outcome.SENT], [0, 1]),
        ((Cause.NO_CIRCUIT,), [Outcome.NO_WAY] * 6, [0, 1, 6, 21, 81, 321]),
    ],
)  # fmt: skip
def test_what_fails_is_tried_again_at_growing_distance(house, far, outcomes, minutes):
    chassis, (fax,), _ = house(one, *far)
    assert [tried.outcome for tried in fax.attempts] == outcomes
    assert [int(rung.at_s / MINUTE) for rung in chassis.rung] == minutes
    assert fax.ending is (Ending.SENT if outcomes[-1] is Outcome.SENT else Ending.FAILED)
    assert fax.why == fax.attempts[-1].why
    assert all(tried.why for tried in fax.attempts)


def test_reasons_are_in_plain_words(house):
    far = (Cause.USER_BUSY, Cause.NO_ANSWER, CardError("board: it is down"), RuntimeError("a bug"))
    chassis, (fax,), _ = house(one, *far, HUMAN)
    told = {line.id: line.record for line in chassis.lines}
    assert all(told.get(tried.call_id, tried.why) == tried.why for tried in fax.attempts)
    assert [tried.why for tried in fax.attempts[:5]] == [
        "user busy (cause 17)",
        "nobody answered in 60 s",
        "board: it is down",
        "RuntimeError: a bug",
        "no fax machine has answered (T1 expired: no DIS; phase B)",
    ]


def test_a_number_is_called_once_at_a_time_and_others_beside_it(house):
    async def play(faxes):
        for key in "abc":
            await faxes.put(order(key))
        await faxes.put(order("d", number="02154322"))
        await asyncio.sleep(5)
        assert [fax.id for fax in faxes.sending] == [1, 4]
        assert [each["number"] for each in faxes.status()["sending"]] == ["02154321", "02154322"]

    chassis, told, _ = house(play, SENT)
    assert [rung.number[-1] for rung in chassis.rung] == ["1", "2", "1", "1"]
    assert chassis.rung[2].at_s >= 30
    assert all(fax.ending is Ending.SENT for fax in told)


def test_only_so_many_go_at_once_and_callers_keep_their_circuits(house):
    chassis = FakeChassis(SENT, circuits=3)

    async def play(faxes):
        chassis.taken = 1  # a caller: two circuits are free, and two stay so
        for number in range(4):
            await faxes.put(order(str(number), number=f"0215432{number}"))
        await asyncio.sleep(100)
        assert faxes.sending == ()
        chassis.taken = 0
        await asyncio.sleep(BUSY_S)
        assert len(faxes.sending) == 2
        chassis.modems = False
        await asyncio.sleep(120)
        assert (len(chassis.rung), faxes.sending) == (2, ())
        chassis.modems = True

    chassis, told, _ = house(play, chassis=chassis)
    assert len(chassis.rung) == 4
    assert all(fax.ending is Ending.SENT for fax in told)


def test_a_house_without_modems_cannot_fax():
    chassis = FakeChassis(SENT)
    assert can_fax(chassis)
    chassis.card.board.capabilities.fax = False
    assert not can_fax(chassis)


def test_who_asks_by_night_is_called_in_the_morning(house):
    night = datetime(2026, 1, 5, 22, tzinfo=UTC)

    async def play(faxes):
        _, at_once = await faxes.put(order())
        assert not at_once

    chassis, (fax,), _ = house(play, SENT, begin=night, rules=FaxRules(zone=UTC), minutes=660)
    assert chassis.rung[0].at_s == 10 * 60 * MINUTE
    assert fax.ending is Ending.SENT


def test_what_waits_for_a_circuit_too_long_is_given_up_and_told(house):
    chassis = FakeChassis(SENT, circuits=0)
    rules = FaxRules(hours=None, keep_h=1)
    chassis, (fax,), metrics = house(one, chassis=chassis, minutes=62, rules=rules)
    assert (fax.state, fax.why, chassis.rung) == ("failed", "not sent within 1 h", [])
    assert metrics.value("faxes_over", ending="failed") == 1


def test_a_house_that_went_down_repeats_what_it_was_sending(open_bank):
    """Killed in the middle of the fax: the attempt counts, the next one is a minute later."""

    async def main():
        first = FakeChassis(SENT)
        bank = open_bank(on=clock.current())
        faxes = Faxes(bank, first, SENDER, RULES)
        running = asyncio.create_task(faxes.run())
        await faxes.put(order())
        await asyncio.sleep(10)
        assert len(first.rung) == 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        bank.database.close()
        await asyncio.sleep(5)

        again = FakeChassis(SENT)
        bank = open_bank(on=clock.current())
        faxes = Faxes(bank, again, SENDER, RULES)
        running = asyncio.create_task(faxes.run())
        await asyncio.sleep(200)
        await faxes.drain()
        await running
        (fax,) = await faxes.outbox.newest()
        bank.database.close()
        assert [tried.outcome for tried in fax.attempts] == [Outcome.INTERRUPTED, Outcome.SENT]
        assert again.rung[0].at_s == 75

    clock.run(main(), clock.VirtualClock(NINE))


def test_draining_ends_what_goes_on_and_begins_nothing(house):
    async def play(faxes):
        for number in range(5):
            await faxes.put(order(str(number), number=f"0215432{number}"))
        await asyncio.sleep(10)

    chassis, told, _ = house(play, SENT, minutes=0)
    assert len(chassis.rung) == 2
    assert sorted(fax.state for fax in told) == ["sent"] * 2 + ["waiting"] * 3


def test_a_fax_that_was_withdrawn_meanwhile_is_not_tried_again(house, tmp_path):
    async def play(faxes):
        await faxes.put(order())
        await asyncio.sleep(10)
        with Database(tmp_path / "bank.db") as books:  # as the command does, from another process
            books.transact(lambda c: outbox.withdraw(c, 1, "he has called us", NINE))

    chassis, (fax,), _ = house(play, Cause.USER_BUSY)
    assert (len(chassis.rung), fax.state) == (1, "withdrawn")


def test_books_that_are_away_are_waited_for(house):
    """At the plan, at the beginning of an attempt and at its result: nothing is lost or doubled."""
    nth = 1
    while True:
        nth += 3

        async def play(faxes, nth=nth):
            await faxes.put(order(str(nth), number=f"021{nth:05d}"))
            FaultyConnection.arm(nth)
            await asyncio.sleep(200)
            play.happened = FaultyConnection.disarm()

        rules = FaxRules(hours=None, asked_a_day=1000, number_a_day=1000)
        chassis, told, _ = house(
            play, SENT, minutes=5, rules=rules, database={"connect": faults.connect}
        )
        assert all(fax.ending is Ending.SENT for fax in told)
        assert len(chassis.rung) == 1
        if not play.happened:
            break
    assert nth > 15
    assert AGAIN_S < 200
