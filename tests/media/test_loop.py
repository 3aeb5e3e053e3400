"""The exchange's sound on a loop: dial tone, what is dialled, who calls."""

from __future__ import annotations

import asyncio

import numpy as np

from telcard.callerid import STANDARDS, Absence
from telcard.clock import VirtualClock, run
from telcard.countries import country
from telcard.dsp import g711, tones
from telcard.engine import E1Line, Engine
from telcard.media import LoopSound
from telcard.media.loop import FIRST_DIGIT_S, INTER_DIGIT_S, message_of, standard_of
from telcard.signalling import CallFacts


def with_loop(test) -> None:
    """Run `test(sound, far lane)` with both ends of a timeslot."""
    clock = VirtualClock()

    async def main() -> None:
        near, far = (Engine(2, clock=clock, name=name) for name in ("near", "far"))
        line = E1Line("u-law")
        here, there = near.plug(line, 0, "here"), far.plug(line, 1, "there")
        await asyncio.sleep(0.1)
        await test(LoopSound(here.open_lane(1), country("US")), there.open_lane(1))
        near.close()
        far.close()

    run(main(), clock)


def keys(digits: str) -> bytes:
    return g711.encode_alaw(tones.dtmf(digits)).tobytes()


def test_dial_tone_stops_at_the_first_digit_and_a_pause_ends_the_number() -> None:
    async def test(sound: LoopSound, far) -> None:
        heard: list[bytes] = []
        dialled: list[str] = []
        far.tap(lambda octets, _: heard.append(octets), look_back=False)
        sound.listen(dialled.append)
        await asyncio.sleep(0.5)
        level = np.abs(g711.decode_alaw(b"".join(heard[-20:]))).mean()
        assert level > 500
        far.play([keys("407")])
        await asyncio.sleep(1.0)
        assert np.abs(g711.decode_alaw(b"".join(heard[-20:]))).max() <= 8
        await asyncio.sleep(INTER_DIGIT_S - 1.5)
        assert dialled == []
        await asyncio.sleep(2.0)
        assert dialled == ["407"]

    with_loop(test)


def test_pulses_and_a_hash_count_and_what_comes_after_the_number_does_not() -> None:
    async def test(sound: LoopSound, far) -> None:
        dialled: list[str] = []
        sound.listen(dialled.append)
        for digit in "40#7":
            sound.digit(digit)
        assert dialled == ["40"]

    with_loop(test)


def test_who_dials_nothing_is_given_up() -> None:
    async def test(sound: LoopSound, far) -> None:
        dialled: list[str] = []
        sound.listen(dialled.append)
        await asyncio.sleep(FIRST_DIGIT_S + 0.1)
        assert dialled == [""]

    with_loop(test)


def test_a_name_travels_in_fsk_alone_and_a_withheld_number_not_at_all() -> None:
    anna = CallFacts(caller="0215432", display="ANNA")
    assert message_of(anna, STANDARDS["bellcore"]).name == "ANNA"
    assert message_of(anna, STANDARDS["etsi_dtmf"]).name is None
    hidden = CallFacts(caller="0215432", caller_presented=False)
    assert message_of(hidden, STANDARDS["etsi"]).absence is Absence.PRIVATE


def test_a_country_whose_telephones_must_lift_for_it_tells_nothing() -> None:
    assert standard_of(country("JP")) is None
