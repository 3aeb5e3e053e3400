"""For teams that test: your flow over bad lines, and with more callers than circuits.

    pytest examples/test_over_bad_lines.py
    pytest examples/test_over_bad_lines.py --telcard-seed=7     # other noise, other clicks

Fixtures and their options: docs/api/telcard.pytest_plugin.md; lines: `telcard.exchange.LINES`.
"""

from collections.abc import Callable

import pytest

import telcard
from telcard.errors import LineError
from telcard.exchange import LINES, Copper, Office, Subscriber, Town, TrunkGroup
from telcard.rehearsal import Trial


async def flow(call: telcard.Call) -> None:
    """The flow under test: put yours here."""
    await call.answer()
    await call.say("welcome")
    got = await call.collect("enter_account", max_digits=8)
    call.note("keyed", digits=got.digits)
    await call.say("goodbye")


async def caller(subscriber: Subscriber) -> None:
    """Hear both prompts whole, key a number, hear the goodbye."""
    await subscriber.dial("95588")
    await subscriber.hear_all(["welcome", "enter_account"])
    await subscriber.press("12345678")
    await subscriber.hear("goodbye")


@pytest.mark.parametrize("line", LINES)
def test_every_kind_of_line_is_good_enough(telcard_trial: Callable[..., Trial], line: str) -> None:
    """Keys and prompts get through over every line that has a name."""
    trial = telcard_trial(flow, caller, line=line)
    keyed = [event.facts["digits"] for event in trial.events if event.facts.get("step") == "keyed"]
    assert keyed == ["12345678"]


def test_how_bad_a_line_may_be(telcard_trial: Callable[..., Trial]) -> None:
    """Figures of one's own: weak, noisy, with an echo of 8 dB after 20 ms."""
    echo = (0.0,) * 160 + (1.0,)
    telcard_trial(flow, caller, line=Copper(loss_db=12, noise_dbm0=-48, echo=echo, erl_db=8))


def test_who_finds_no_circuit_is_refused_and_disturbs_nobody(
    telcard_town: Callable[..., Trial],
) -> None:
    """A town whose office has two circuits, and three callers."""

    async def play(town: Town) -> None:
        async with (
            town.subscriber("0215001") as first,
            town.subscriber("0215002", line="mobile") as second,
            town.subscriber("0215003") as third,
        ):
            await first.dial("95588")
            await second.dial("95588")
            with pytest.raises(LineError, match="none of 2 circuits is free"):
                await third.dial("95588")
            await second.hear_all(["welcome", "enter_account"])

    office = Office("suburb", ("0215",), TrunkGroup((1,), circuits=2))
    trial = telcard_town(flow, play, offices=[office])
    assert len(trial.calls) == 2
