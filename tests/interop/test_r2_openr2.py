"""R2 against openr2: every variant that it knows, calling and called, through tones and bits.

What openr2 1.3.3 cannot do, and so is not asked of it here:

* China, calling, with the caller's number asked for: A-1 asks for digits of both numbers, and it
  waits for ever after the category (between telcard's own ends: tests/trunks/test_r2.py);
* it takes B-2 of the ITU for an accepted call, and in Colombia B-2 as well, which it sends itself
  when the called party is busy;
* in China and Mexico it tells an unnamed cause by B-8, which neither has: the call ends with 111;
* it never asks for a digit twice.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

import telcard
from telcard.cards import EmulatedCard, load
from telcard.clock import current
from telcard.dsp import g711
from telcard.engine import Engine
from telcard.signalling import CallFacts, Cause
from telcard.signalling.r2 import VARIANTS, Wishes, variant
from telcard.trunks import R2Trunk, TrunkCall
from telcard.units import NS
from tests.support.openr2 import OpenR2, OpenR2End, Sound, peer_program
from tests.support.peers import PeerMissing

pytestmark = pytest.mark.interop

try:
    peer_program()
except PeerMissing as missing:
    pytest.skip(str(missing), allow_module_level=True)

Scene = Callable[[R2Trunk, OpenR2End, list[TrunkCall]], Awaitable[None]]

FACTS = CallFacts(called="95588", caller="1380013", complete=True)
CIRCUIT = "dtiB1T1"
CALLERS = [name for name in VARIANTS if name != "cn"]


def play(
    name: str, scene: Scene, *, wishes: Wishes | None = None, overrides: Any = None, **options: Any
) -> None:
    """Run a scene between a trunk of ours and openr2 on its first circuit."""

    async def main() -> None:
        spec = load("d300sc_e1")
        engine = Engine(spec.lanes, clock=current(), name="card")
        card = EmulatedCard(spec, engine)
        await card.bring_up()
        known = variant(name, overrides)
        trunk = R2Trunk(card, card.spans[0], known, wishes=wishes or Wishes(called_digits=5))
        offered: list[TrunkCall] = []
        with OpenR2(name, **options) as peer:
            far = card.far_ends[0]
            end = OpenR2End(far.line, far.end, 1, peer)
            trunk.start(offered.append)
            await asyncio.sleep(0.3)
            async with asyncio.timeout(85):
                await scene(trunk, end, offered)
                while trunk.query()[0].call:
                    await asyncio.sleep(0.1)
            assert trunk.query()[0].state in ("idle/released", "released, guarded")
            end.close()
        await trunk.stop()
        assert not card.pools["voice"].taken
        await card.bring_down()
        engine.close()

    telcard.run(main(), telcard.VirtualClock())


async def called_by(end: OpenR2End, offered: list[TrunkCall], caller: str = "1380013") -> TrunkCall:
    """openr2 calls, and the call is offered."""
    end.peer.call(caller, "95588")
    async with asyncio.timeout(20):
        while not offered:
            await asyncio.sleep(0.02)
    return offered[0]


async def gone(end: OpenR2End) -> None:
    """openr2 was told that the call is over, and lets go as well."""
    await end.until("gone")
    end.peer.disconnect()
    await end.until("ended")


@pytest.mark.parametrize("name", CALLERS)
@pytest.mark.parametrize("caller", ["1380013", ""])
def test_openr2_calls_is_answered_and_we_hang_up(name: str, caller: str) -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = await called_by(end, offered, caller)
        assert (call.called, call.caller) == ("95588", caller)
        assert call.facts.category == "subscriber"
        call.ring()
        await call.through()
        assert await end.until("accepted") == ["0"]  # with charge
        call.answer()
        await end.until("answered")
        await asyncio.sleep(0.3)
        await call.clear()
        assert await end.until("gone") == ["6"]
        end.peer.disconnect()
        await end.until("ended")

    play(name, scene)


@pytest.mark.parametrize("name", CALLERS)
def test_openr2_calls_and_hangs_up_first(name: str) -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = await called_by(end, offered)
        call.answer()
        await end.until("answered")
        end.peer.disconnect()
        assert await call.cleared == Cause.NORMAL_CLEARING
        await call.clear()
        await end.until("ended")

    play(name, scene, wishes=Wishes(called_digits=5, caller_after=2))


@pytest.mark.parametrize("name", CALLERS)
@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (Cause.USER_BUSY, "0"),
        (Cause.NO_CIRCUIT, "1"),
        (Cause.UNALLOCATED_NUMBER, "2"),
        (Cause.DESTINATION_OUT_OF_ORDER, "3"),
    ],
)
def test_openr2_calls_and_is_refused(name: str, cause: Cause, told: str) -> None:
    if name == "co" and cause is Cause.USER_BUSY:
        told = "accepted"  # see above
    if name == "mx" and cause is not Cause.NO_CIRCUIT:
        told = "0"  # B-2 says all that is no congestion

    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = await called_by(end, offered)
        await call.clear(cause)
        if told == "accepted":
            await end.until("accepted")
        else:
            assert await end.until("gone") == [told]
        end.peer.disconnect()
        await end.until("ended")

    play(name, scene)


def test_openr2_calls_china_without_the_callers_number() -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = await called_by(end, offered)
        assert call.called == "95588"
        call.answer()
        await end.until("answered")
        await call.clear()
        await gone(end)

    play("cn", scene, wishes=Wishes(called_digits=5, caller=False))


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("mode", [0, 1])
def test_openr2_is_called_answers_and_hangs_up(name: str, mode: int) -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = trunk.dial(FACTS, circuit=CIRCUIT)
        assert await end.until("offered") == ["1380013", "95588", "0"]
        assert not call.alerting.done()
        end.peer.tell("a", mode)
        await call.alerting
        assert call.in_band
        end.peer.tell("w")
        await call.answered
        assert trunk.query()[0].direction == "out"
        end.peer.disconnect()
        assert await call.cleared == Cause.NORMAL_CLEARING
        await call.clear()
        await end.until("ended")

    if name == "cn" and mode == 1:
        return  # it sends B-7, which four tones do not make
    play(name, scene, max_ani=7, ani_first=name not in ("mx", "cn"))


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ("busy", Cause.USER_BUSY),
        ("congestion", Cause.SWITCHING_EQUIPMENT_CONGESTION),
        ("unallocated", Cause.UNALLOCATED_NUMBER),
        ("out of order", Cause.DESTINATION_OUT_OF_ORDER),
    ],
)
def test_openr2_is_called_and_refuses(name: str, told: str, cause: Cause) -> None:
    wanted = cause
    if name == "mx" and told == "unallocated":
        wanted = Cause.USER_BUSY  # B-2 says both
    if name in ("mx", "cn") and told == "out of order":
        wanted = Cause.PROTOCOL_ERROR

    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = trunk.dial(FACTS, circuit=CIRCUIT)
        await end.until("offered")
        end.peer.disconnect(told)
        assert await call.cleared == wanted
        await call.clear()
        await gone(end)

    play(name, scene, max_ani=7)


@pytest.mark.parametrize("name", ["itu", "br", "mx"])
def test_we_call_and_give_up_while_it_rings(name: str) -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = trunk.dial(FACTS, circuit=CIRCUIT)
        await end.until("offered")
        end.peer.tell("a", 0)
        await call.alerting
        await asyncio.sleep(3)
        await call.clear(Cause.NO_ANSWER)
        await gone(end)

    play(name, scene, max_ani=7)


@pytest.mark.parametrize("name", ["itu", "br", "mx", "cn"])
@pytest.mark.parametrize("after_s", [0.05, 0.4, 0.9, 1.3])
def test_we_give_up_in_the_middle_of_the_dialogue(name: str, after_s: float) -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = trunk.dial(FACTS, circuit=CIRCUIT)
        await asyncio.sleep(after_s)
        await call.clear()
        await gone(end)

    play(name, scene, max_ani=7)


@pytest.mark.parametrize(
    ("number", "category"), [(0, "subscriber"), (1, "priority"), (2, "international")]
)
def test_categories(number: int, category: Any) -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        end.peer.call("1380013", "95588", number)
        while not offered:
            await asyncio.sleep(0.02)
        assert offered[0].facts.category == category
        await offered[0].clear(Cause.USER_BUSY)
        await gone(end)
        await asyncio.sleep(1)
        end.peer.events.clear()
        call = trunk.dial(CallFacts(called="95588", caller="1", category=category), circuit=CIRCUIT)
        assert await end.until("offered") == ["1", "95588", str(number)]
        await call.clear()
        await gone(end)

    play("itu", scene)


def test_argentina_counts_our_metering_pulses() -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = await called_by(end, offered)
        call.answer()
        await end.until("answered")
        for _ in range(3):
            await asyncio.sleep(1)
            call.meter()
        await asyncio.sleep(1)
        assert end.peer.names.count("metered") == 3
        assert "gone" not in end.peer.names
        await call.clear()
        await gone(end)

    play("ar", scene)


def test_openr2_answers_twice_and_it_is_one_call() -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = trunk.dial(FACTS, circuit=CIRCUIT)
        await end.until("offered")
        end.peer.tell("a", 0)
        await call.alerting
        end.peer.tell("D")
        await call.answered
        await asyncio.sleep(6)
        assert not call.cleared.done()
        said = "\n".join(call.transcript())
        assert "StartTimer(name='reanswer')" in said
        assert "StopTimer(name='reanswer')" in said
        end.peer.disconnect()
        assert await call.cleared == Cause.NORMAL_CLEARING
        await call.clear()
        await end.until("ended")

    play("br", scene, max_ani=7, ani_first=True)


def test_openr2_gives_a_call_up_that_is_answered_twice() -> None:
    """It takes clear-back for the end at once, as Brazil's exchanges do with a collect call."""

    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = await called_by(end, offered)
        call.answer()
        await end.until("answered")
        await end.until("gone")
        end.peer.disconnect()
        assert await call.cleared == Cause.NORMAL_CLEARING
        assert not call.answered.done()
        await call.clear()
        await end.until("ended")

    play("br", scene, overrides={"double_answer_s": 1.5})


def test_an_address_of_unknown_length_ends_by_a_pulse() -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        before = current().now()
        call = await called_by(end, offered)
        assert (call.called, call.caller) == ("95588", "1380013")
        assert 5 < (current().now() - before) / NS < 9  # four seconds of which are silence
        call.answer()
        await end.until("answered")
        await call.clear()
        await gone(end)

    play("br", scene, wishes=Wishes())


def test_openr2_ends_an_address_of_unknown_length_by_a_pulse() -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        call = trunk.dial(FACTS, circuit=CIRCUIT)
        assert await end.until("offered") == ["1380013", "95588", "0"]
        end.peer.tell("a", 0)
        await call.alerting
        await call.clear()
        await gone(end)

    play("br", scene, max_dnis=10, max_ani=7, ani_first=True)


def _noise(dbm0: float, seed: int) -> Sound:
    """Noise of so much on a line, beside what it carries."""
    chance = np.random.default_rng(seed)
    sigma = 10 ** ((dbm0 - 6.15) / 20) * 32768 / np.sqrt(2) * np.sqrt(2)

    def sound(octets: bytes) -> bytes:
        pcm = g711.decode_alaw(octets).astype(float) + chance.normal(0, sigma, len(octets))
        return g711.encode_alaw(np.clip(pcm, -32768, 32767).astype(np.int16)).tobytes()

    return sound


@pytest.mark.parametrize("seed", range(3))
def test_noise_20_db_below_the_tones_loses_no_call(seed: int) -> None:
    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        end.says = _noise(-31.5, seed)
        call = await called_by(end, offered)
        assert (call.called, call.caller) == ("95588", "1380013")
        call.answer()
        await end.until("answered")
        await call.clear()
        await gone(end)

    play("itu", scene)


async def let_go(end: OpenR2End) -> None:
    """openr2 has let go of the call, or has given it up as a fault of the protocol."""
    end.peer.disconnect()
    async with asyncio.timeout(60):
        while not {"ended", "wrong"} & set(end.peer.names):
            await asyncio.sleep(0.1)
            if "gone" in end.peer.names:
                end.peer.disconnect()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("outgoing", [True, False])
def test_a_line_that_goes_dead_for_a_moment_ends_no_call_for_ever(
    seed: int, outgoing: bool
) -> None:
    """Signals are cut to pieces: the call goes through, or both ends let go of it in time."""
    chance = random.Random(seed)
    dead_at = chance.uniform(0.2, 1.8)
    dead_s = chance.choice([0.02, 0.05, 0.1, 0.5, 3.0, 20.0])

    async def scene(trunk: R2Trunk, end: OpenR2End, offered: list[TrunkCall]) -> None:
        begun = current().now()

        def cut(octets: bytes) -> bytes:
            at_s = (current().now() - begun) / NS
            return bytes([0xD5]) * len(octets) if dead_at < at_s < dead_at + dead_s else octets

        end.says = end.hears = cut
        if outgoing:
            call = trunk.dial(FACTS, circuit=CIRCUIT)
            ends = [call.cleared, asyncio.ensure_future(end.until("offered", 60))]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            ends[1].cancel()
            await call.clear()
            await let_go(end)
        else:
            end.peer.call("1380013", "95588")
            while (
                not offered
                and not {"gone", "wrong"} & set(end.peer.names)
                and current().now() - begun < 40 * NS  # it would wait for ever
            ):
                await asyncio.sleep(0.05)
            for call in offered:
                await call.clear(Cause.USER_BUSY)
            await let_go(end)

    play("itu", scene, max_ani=7)
