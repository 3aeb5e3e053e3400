"""A trial of a flow: what a user's test sees, also when his flow or his script is wrong."""

import functools

import pytest

import telcard
from telcard.engine import FIDELITIES
from telcard.exchange import NotHeard, Subscriber, Town
from telcard.rehearsal import Trial, try_flow


async def greet(call: telcard.Call) -> None:
    await call.answer()
    await call.say("welcome")
    got = await call.collect("enter_account")
    call.note("got", digits=len(got.digits))
    await call.say("goodbye")


async def polite(caller: Subscriber) -> None:
    await caller.dial("95588")
    await caller.hear_all(["welcome", "enter_account"])
    await caller.press("12345#")
    await caller.hear("goodbye")


@pytest.fixture(params=FIDELITIES)
def trial_of(telcard_trial, request):
    """Trials in either fidelity."""
    return functools.partial(telcard_trial, fidelity=request.param)


def test_a_flow_and_a_script_that_fit_leave_a_call(trial_of) -> None:
    trial = trial_of(greet, polite)
    assert isinstance(trial, Trial)
    (call,) = trial.calls
    assert (call.caller, call.called, call.step) == ("02154321001", "95588", "got")
    assert call.disposition.value == "ANSWERED"
    assert "welcome" in " ".join(str(event) for event in trial.events).lower()


def test_callers_come_at_once_and_are_numbered(trial_of) -> None:
    trial = trial_of(greet, polite, polite, polite)
    assert sorted(call.caller for call in trial.calls) == [f"0215432100{n}" for n in (1, 2, 3)]


def test_a_caller_who_hears_something_else_fails_the_trial(trial_of) -> None:
    async def expects_a_pin(caller: Subscriber) -> None:
        await caller.dial("95588")
        await caller.hear_all(["welcome", "enter_pin"])

    with pytest.raises(NotHeard, match="wanted to hear 'enter_pin', heard 'enter_account"):
        trial_of(greet, expects_a_pin)


def test_a_flow_that_breaks_fails_the_trial_with_its_own_error(trial_of) -> None:
    async def broken(call: telcard.Call) -> None:
        await call.answer()
        raise ZeroDivisionError("a slip")

    with pytest.raises(ZeroDivisionError, match="a slip"):
        trial_of(broken, polite)


def test_a_caller_who_hangs_up_fails_nothing(trial_of) -> None:
    async def hasty(caller: Subscriber) -> None:
        await caller.dial("95588")
        await caller.hang_up()

    assert trial_of(greet, hasty).calls[0].ended_by.value == "caller"


def test_it_runs_in_a_loop_of_ones_own_too() -> None:
    trial = telcard.run(try_flow(greet, polite, seed=3), telcard.VirtualClock())
    assert len(trial.calls) == 1


def test_a_whole_town_may_play_and_its_error_comes_out_after_the_calls(telcard_town) -> None:
    seen = []

    async def play(town: Town) -> None:
        async with town.subscriber("0216", line="satellite") as caller:
            await caller.dial("95588")
            await caller.hear_all(["welcome", "enter_account"])
            seen.append(town.seed)
            raise ZeroDivisionError("a slip of the town")

    with pytest.raises(ZeroDivisionError, match="a slip of the town"):
        telcard_town(greet, play, seed=5)
    assert seen == [5]


def test_the_seed_of_the_run_is_the_towns(telcard_town, telcard_seed: int) -> None:
    async def play(town: Town) -> None:
        assert town.seed == telcard_seed

    assert telcard_town(greet, play).calls == ()


def test_callers_may_have_bad_lines(telcard_trial) -> None:
    assert len(telcard_trial(greet, polite, line="noisy_rural").calls) == 1
    with pytest.raises(ValueError, match="line 'string': want a Copper or one of good_local"):
        telcard_trial(greet, polite, line="string")
