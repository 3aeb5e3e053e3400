"""Echo on calls: what a hybrid gives back of a prompt hides digits, unless it is cancelled."""

import asyncio

import numpy as np
import pytest

import telcard
from telcard import units
from telcard.calls import Call
from telcard.dsp import EchoState, g711
from telcard.dsp.copper import Copper
from telcard.engine import EchoCancelling, Until
from telcard.errors import HungUp
from telcard.exchange import Town
from telcard.exchange.hybrid import RESISTIVE, Pair, hybrid_echo

LINE = Copper(
    loss_db=(0.0, 6.0), noise_dbm0=-62.0, echo=hybrid_echo(Pair(km=4), RESISTIVE), erl_db=0.5
)
"""Digits arrive 6 dB weaker than they were keyed, the prompt's echo 6.5 dB below the prompt."""


def loud(seconds: float) -> bytes:
    chance = np.random.default_rng(2)
    sound = chance.normal(0, units.dbm0_to_rms(-9.0), round(8000 * seconds))
    return g711.encode_alaw(np.clip(sound, -32000, 32000).astype(np.int16)).tobytes()


def keyed_over_a_prompt(
    how: EchoCancelling | None, signalling: str
) -> tuple[str, EchoState | None]:
    """Digits that are heard of eight that are keyed while a loud prompt plays."""
    heard: list[str] = []
    states: list[EchoState | None] = []

    async def flow(call: Call) -> None:
        await call.answer()
        lane = call.channel.lane  # type: ignore[attr-defined]
        lane.on_digit(lambda event: heard.append(event.digit))
        await call.channel.play([loud(5.0)], Until())
        states.append(None if lane.echo is None else lane.echo.state)

    async def main() -> None:
        async with (
            telcard.open("emulator:d300sc_e1", echo_canceller=how, signalling=signalling) as card,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(card.serve(flow))
            async with Town(card.far_ends) as town, town.subscriber("0215001", line=LINE) as one:
                await one.dial("95588")
                await one.stay_silent(2.0)
                await one.press("15937208")
                with pytest.raises(HungUp):
                    await one.stay_silent(20)
            await card.drain()

    telcard.run(main(), telcard.VirtualClock())
    return "".join(heard), states[0]


@pytest.mark.parametrize("signalling", ["cas", "pri"])
def test_digits_keyed_over_a_loud_prompt_are_found(signalling: str) -> None:
    without, nothing = keyed_over_a_prompt(None, signalling)
    assert nothing is None
    cancelled, state = keyed_over_a_prompt(EchoCancelling(tail_ms=32), signalling)
    assert cancelled == "15937208", (cancelled, without)
    assert len(without) <= 4, (cancelled, without)
    assert state in (EchoState.CONVERGED, EchoState.DOUBLE_TALK)


def test_a_call_may_switch_it_on_and_off(on_card) -> None:
    async def scene(card, circuits) -> None:
        await circuits[0].dial()
        call = await anext(card.incoming())
        await call.answer()
        call.cancel_echo(EchoCancelling(tail_ms=8))
        assert call.channel.lane.echo is not None
        call.cancel_echo(None)
        assert call.channel.lane.echo is None
        await call.hang_up()

    on_card(scene)


def test_without_sound_there_is_no_echo_to_cancel() -> None:
    async def main() -> None:
        async with telcard.open(
            "emulator:d300sc_e1", fidelity="events", echo_canceller=EchoCancelling()
        ) as card:
            lane = card.board.lines[0].open_lane(1)
            assert lane.echo is None
            lane.close()

    telcard.run(main(), telcard.VirtualClock())
