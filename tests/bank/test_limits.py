"""Limits against harm: the time of a call, and what one number may do."""

import asyncio
import dataclasses
from datetime import timedelta

import pytest

from telcard import clock
from telcard.bank import Budget, Limits, hotline, service
from telcard.bank.hotline import MENU, Choice
from telcard.bank.limits import WARNING_S, Excess, TimeOver, watched
from telcard.bank.visit import services
from telcard.rehearsal import try_flow
from telcard.speech import plan
from telcard.units import SAMPLE_RATE

NUMBER = "0301234567"


@pytest.fixture
def ticking():
    return clock.VirtualClock()


@pytest.fixture
def run(ticking):
    """Run a coroutine in virtual time, which is the bank's too."""
    return lambda main: clock.run(main, ticking)


@pytest.fixture
def limited(open_bank, ticking):
    """Open the bank with these limits."""
    opened = []

    def limited(name="bank.db", caller=None, withheld=None, **limits):
        limits |= {"caller": Budget(**(caller or {})), "withheld": Budget(**(withheld or {}))}
        opened.append(open_bank(name=name, on=ticking, limits=Limits(**limits)))
        return opened[-1]

    yield limited
    for bank in opened:
        bank.database.close()


@pytest.fixture
def ring(visit, fake_call, people):
    """One call after the other, each with these keys; gives their records, the oldest first."""

    async def ring(bank, *keys, times=1, **script):
        keys = keys or (people.ada, people.pins[people.ada], "*")
        known = len(await bank.records.newest(1000))
        for n in range(times):
            await visit(fake_call(keys, call_id=f"call {known + n}", **script), bank)
        return (await bank.records.newest(times))[::-1]

    return ring


# The time of a call


def test_a_call_is_warned_a_minute_before_its_longest_time_and_then_ended(
    limited, visit, fake_call, run, people
):
    bank = limited(longest_call_s=300)

    async def main():
        call = fake_call((people.ada, people.pins[people.ada], *"9" * 400))
        began = asyncio.get_running_loop().time()
        seen = {}

        async def watch(call):
            await asyncio.sleep(9)
            for words in call.said:
                seen.setdefault(words, asyncio.get_running_loop().time() - began)

        call._before = watch
        await visit(call, bank)
        (record,) = await bank.records.newest()
        return call, record, seen, asyncio.get_running_loop().time() - began

    call, record, seen, took = run(main())
    assert call.said[-2:] == [("one_minute_left",), ("time_is_up", ".", "goodbye")]
    assert call.said.count(("one_minute_left",)) == 1
    assert 300 - WARNING_S <= seen["one_minute_left",] <= 300 - WARNING_S + 20
    assert 300 <= took <= 311
    assert (record.reason, record.step, record.cause) == ("time is up", "time_is_up", 16)
    assert bank.metrics.value("calls_over_limit", limit="time is up") == 1
    for words in call.said:
        plan(*words)


def test_a_question_that_the_warning_comes_into_is_asked_again(
    limited, visit, fake_call, run, people
):
    bank = limited(longest_call_s=300)
    slept = []

    async def main():
        async def slow(call):
            if len(call.asked) == 2 and not slept:
                slept.append(call.verbs)
                await asyncio.sleep(290)

        call = fake_call((people.ada, people.pins[people.ada], "*"), before=slow)
        await visit(call, bank)
        return call, await bank.records.newest()

    call, (record,) = run(main())
    assert call.asked[:3] == [("enter_account",), ("enter_pin",), ("enter_pin",)]
    assert call.said == [("welcome",), ("one_minute_left",), ("goodbye",)]
    assert record.reason == "goodbye"


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_over_the_line_the_caller_hears_the_warning_and_the_end(limited, run, people, fidelity):
    """A question is cut off in the middle of its prompt, and asked again after the warning."""
    bank = limited(longest_call_s=120)

    async def caller(subscriber):
        await subscriber.dial("95588")
        await subscriber.hear("enter_account", eventually=True)
        await subscriber.press(f"{people.ada}#")
        await subscriber.hear("enter_pin", eventually=True)
        await subscriber.press(f"{people.pins[people.ada]}#")
        for _ in range(2):
            await subscriber.hear("to_repeat", timeout_s=60, eventually=True)
            await subscriber.press("9")
        await subscriber.hear("one_minute_left", timeout_s=60, eventually=True)
        await subscriber.hear("for_your_balance", eventually=True)
        while not any(heard.clip == "time_is_up" for heard in subscriber.heard):
            await subscriber.press("9")
            await subscriber.stay_silent(10)
        await subscriber.hung_up_by_far_end()

    trial = run(try_flow(lambda call: hotline(call, bank), caller, fidelity=fidelity))
    (call,) = trial.calls
    assert call.reason == "time is up"
    times = {
        event.facts["text"]: event.sample / SAMPLE_RATE
        for event in trial.events
        if event.name == "says"
    }
    (offered,) = (event.sample for event in trial.events if event.name == "offered")
    warned = times["This call will end within one minute."] - offered / SAMPLE_RATE
    assert warned == pytest.approx(60, abs=0.5)
    assert (call.ended - call.offered).total_seconds() == pytest.approx(125, abs=5)


def test_a_call_on_which_nothing_is_heard_is_ended(limited, visit, fake_call, run, people):
    """A service that hangs plays nothing, and the caller says nothing."""
    bank = limited(dead_air_s=40)

    @service("hang")
    async def hang(visitor):
        await asyncio.sleep(10**6)

    async def main():
        began = asyncio.get_running_loop().time()

        async def breathe(call):
            call.heard = asyncio.get_running_loop().time()

        call = fake_call((people.ada, people.pins[people.ada], "7"), before=breathe)
        type(call).quiet_s = property(
            lambda self: asyncio.get_running_loop().time() - getattr(self, "heard", began)
        )
        await visit(call, bank, menu=(*MENU, Choice("7", "press", "hang")))
        return call, await bank.records.newest(), call.summary.ended - call.summary.offered

    kept = fake_call.__dict__.get("quiet_s")
    try:
        call, (record,), took = run(main())
    finally:
        del services["hang"], fake_call.quiet_s
        assert kept is None
    assert call.said[-1] == ("nothing_heard", ".", "goodbye")
    assert (record.reason, record.step) == ("dead air", "dead_air")
    assert timedelta(seconds=40) < took < timedelta(seconds=55)
    assert bank.metrics.value("calls_over_limit", limit="dead air") == 1


@pytest.mark.parametrize("fidelity", ["sound", "events"])
def test_over_the_line_dead_air_is_measured_from_the_last_key(limited, run, people, fidelity):
    bank = limited(dead_air_s=40)
    keyed_at = []

    async def flow(call):
        async with watched(call, bank.limits):
            await call.answer()
            await call.say("welcome")
            await asyncio.sleep(10**6)

    async def caller(subscriber):
        await subscriber.dial("95588")
        await subscriber.hear("welcome")
        await subscriber.stay_silent(30)
        await subscriber.press("5")
        keyed_at.append(asyncio.get_running_loop().time())
        await subscriber.hung_up_by_far_end(timeout_s=60)
        keyed_at.append(asyncio.get_running_loop().time())

    async def main():
        with pytest.raises(TimeOver, match="dead air"):
            await try_flow(flow, caller, fidelity=fidelity)

    run(main())
    keyed, ended = keyed_at
    assert ended - keyed == pytest.approx(40, abs=0.5)


def test_the_time_stands_still_while_a_person_has_the_caller(run, fake_call):
    async def main():
        async with watched(fake_call(), Limits(longest_call_s=100)) as watch:
            await asyncio.sleep(60)
            with watch.standing_still():
                await asyncio.sleep(500)
            await asyncio.sleep(100)

    with pytest.raises(TimeOver) as over:
        run(main())
    assert over.value.excess is Excess.TIME


def test_what_is_left_of_the_time_is_left_afterwards(run, fake_call):
    async def main():
        async with watched(fake_call(), Limits(longest_call_s=100)) as watch:
            await asyncio.sleep(60)
            with watch.standing_still():
                await asyncio.sleep(500)
            await asyncio.sleep(39)

    run(main())


def test_a_timeout_of_somebody_else_s_is_left_alone(run, fake_call):
    async def theirs():
        async with watched(fake_call(), Limits()) as watch, watch.warning():
            async with asyncio.timeout(1):
                await asyncio.sleep(2)

    with pytest.raises(TimeoutError):
        run(theirs())


# What one number may do


def test_a_number_that_has_called_too_often_hears_so_and_may_call_again_later(limited, ring, run):
    bank = limited(caller={"calls": 3}, window_s=600)

    async def main():
        records = await ring(bank, times=5)
        await asyncio.sleep(601)
        return records, await ring(bank)

    records, (later,) = run(main())
    assert [record.reason for record in records] == [
        *["goodbye"] * 3,
        *["too many calls"] * 2,
    ]
    assert (records[3].disposition, records[3].cause) == ("ANSWERED", 16)
    assert later.reason == "goodbye"
    assert bank.metrics.value("calls_over_limit", limit="too many calls") == 2


def test_another_number_is_not_concerned(limited, ring, run):
    bank = limited(caller={"calls": 1})

    async def main():
        await ring(bank)
        return [*await ring(bank), *await ring(bank, caller="0309999")]

    assert [record.reason for record in run(main())] == ["too many calls", "goodbye"]


def test_wrong_pins_are_counted_for_the_number_over_all_accounts_and_calls(
    limited, ring, run, people
):
    bank = limited(caller={"wrong_pins": 4})

    async def main():
        await ring(bank, people.ada, "1", "99999999", "2", people.ada, people.pins[people.ada], "*")
        await ring(bank, people.benno, "3", people.benno, "4", people.ada, people.pins[people.ada])
        return await ring(bank)

    (record,) = run(main())
    assert record.reason == "too many wrong PINs"


def test_a_restart_forgets_nothing(limited, ring, run):
    def calls(times):
        bank = limited(caller={"calls": 2})
        records = run(ring(bank, times=times))
        bank.database.close()
        return [record.reason for record in records]

    assert calls(2) == ["goodbye"] * 2
    assert calls(1) == ["too many calls"]


def test_calls_at_once_of_one_number_are_limited_and_refusals_are_not_counted(
    limited, visit, fake_call, run, people
):
    bank = limited(caller={"at_once": 2, "calls": 3})
    keys = (people.ada, people.pins[people.ada], "*")

    async def main():
        crowd = [fake_call(keys, call_id=f"call {n}") for n in range(5)]
        await asyncio.gather(*(visit(call, bank) for call in crowd))
        last = fake_call(keys, call_id="last")
        await visit(last, bank)
        return [call.reason for call in crowd], last.reason

    crowd, last = run(main())
    assert sorted(crowd) == ["goodbye"] * 2 + ["too many calls at once"] * 3
    assert last == "goodbye"


def test_who_withholds_his_number_has_a_budget_with_all_the_others(limited, ring, run):
    bank = limited(caller={"calls": 1}, withheld={"calls": 3})

    async def main():
        return await ring(bank, caller="", times=4)

    assert [record.reason for record in run(main())] == [*["goodbye"] * 3, "too many calls"]


def test_a_house_may_refuse_with_a_cause_before_the_answer(limited, ring, run):
    bank = limited(caller={"calls": 1}, refusal="cause")

    async def main():
        return await ring(bank, times=2)

    _, record = run(main())
    assert (record.reason, record.cause, record.disposition) == ("too many calls", 21, "NO ANSWER")
    assert record.billed_s == 0


def test_the_defaults_leave_people_alone():
    limits = Limits()
    assert limits.longest_call_s > 2 * WARNING_S
    assert limits.withheld.calls > limits.caller.calls
    assert {field.name for field in dataclasses.fields(Budget)} == {
        "at_once",
        "calls",
        "wrong_pins",
    }
