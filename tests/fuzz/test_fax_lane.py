"""Fax lanes that hear random sound and get random programs, and calls over a line that spoils them.

Nothing may break, no evidence may lie outside its time, and every call ends.
"""

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.clock import VirtualClock
from telcard.engine import E1Line, Engine, Lane, Operation
from telcard.fax import FaxTerminal
from telcard.fax.lane import FaxLane
from telcard.fax.phases import (
    Content,
    EcmImage,
    Fast,
    Frames,
    Image,
    Listen,
    Phase,
    Program,
    Rate,
    Silence,
    Tone,
    TrainingCheck,
)
from tests.support.fax_peers import letter, run
from tests.support.fuzz import by_chance

pytestmark = pytest.mark.fuzz

Signal = NDArray[np.int16]

RATES = list(Rate)
PAGE = letter(1, rows=130)


def noise_of(chance: random.Random, samples: int) -> Signal:
    """Noise, tones, steps, full scale: of a random size."""
    rng = np.random.default_rng(chance.getrandbits(32))
    size = 10 ** chance.uniform(0, 4.5)
    match chance.randrange(5):
        case 0:
            x = rng.normal(0, size, samples)
        case 1:
            x = size * np.sin(np.arange(samples) * chance.uniform(0, np.pi))
        case 2:
            x = size * np.sign(np.sin(np.arange(samples) * chance.uniform(0.1, np.pi)))
        case 3:
            x = np.repeat(rng.normal(0, size, samples // 7 + 1), 7)[:samples]
        case _:
            x = np.full(samples, chance.choice([0, 8, -8, 32767, -32768]))
    return np.clip(np.rint(x), -32768, 32767).astype(np.int16)


def phase_of(chance: random.Random) -> Phase:
    rate, short = chance.choice(RATES), chance.random() < 0.5
    frames = tuple(chance.randbytes(chance.randrange(1, 262)) for _ in range(chance.randrange(4)))
    match chance.randrange(7):
        case 0:
            return Silence(chance.randrange(200))
        case 1:
            return Tone.CED
        case 2:
            return Frames(frames)
        case 3:
            return TrainingCheck(rate)
        case 4:
            return Image(rate, short, chance.randbytes(chance.randrange(3000)))
        case 5:
            return EcmImage(rate, short, frames)
        case _:
            fast = Fast(rate, short, chance.choice(list(Content)))
            return Listen(fast, frozenset(chance.sample(RATES, 3)), chance.random() < 0.5)


def struck(pcm: Signal, chance: random.Random) -> Signal:
    """Pieces of a block lost, doubled, louder, or gone under other sound."""
    match chance.randrange(5):
        case 0:
            return noise_of(chance, len(pcm))
        case 1:
            return np.roll(pcm, chance.randrange(-3, 4))
        case 2:
            gain = chance.choice([0, 0.05, 0.5, 3, -1])
            return np.clip(pcm * gain, -32768, 32767).astype(np.int16)
        case 3:
            return np.clip(pcm + noise_of(chance, len(pcm)) / 4.0, -32768, 32767).astype(np.int16)
        case _:
            return pcm


def program_of(chance: random.Random, number: int) -> Program:
    return Program(number, tuple(phase_of(chance) for _ in range(chance.randrange(1, 6))))


def block_of(chance: random.Random) -> int:
    """How many samples go in one go: few, as a line gives them, or half a second."""
    return chance.randrange(1, chance.choice([40, 400, 4000]))


@by_chance(71, inputs=50, few=25)
def test_a_lane_bears_any_sound_and_any_program(chance: random.Random) -> None:
    lanes = FaxLane(), FaxLane(echo_tone=True)
    for number in range(1, 5):
        for lane in lanes:
            if chance.random() < 0.8:
                lane.run(program_of(chance, number))
        for _ in range(chance.randrange(16)):
            said = []
            for lane in lanes:
                out = np.empty(block_of(chance), np.int16)
                if chance.random() < 0.9:
                    lane.transmit(out)
                    said.append(struck(out, chance) if chance.random() < 0.2 else out)
                else:  # one that only hears
                    said.append(noise_of(chance, len(out)))
            for lane, pcm in zip(lanes, reversed(said), strict=True):
                while len(pcm):
                    pcm = pcm[lane.receive(pcm) :]
                    for evidence in lane.evidence():
                        assert 0 <= evidence.sample <= max(lane.heard, lane.sent)


@by_chance(73, inputs=1250, few=1)
def test_all_lanes_of_a_line_bear_each_others_programs(chance: random.Random) -> None:
    """Sixty faxes abreast, sixteen V.21 receivers in a group; some stop, and others begin."""
    line = E1Line()
    engines = [Engine(30, clock=VirtualClock(), name=name) for name in ("ours", "theirs")]
    faxes: dict[Lane, FaxLane] = {}
    operations: dict[Lane, Operation] = {}

    def begin(lane: Lane) -> None:
        fax = faxes[lane] = FaxLane(echo_tone=chance.random() < 0.5)
        operations[lane] = lane.fax(fax, news=lambda: list(fax.evidence()))

    try:
        for end, engine in enumerate(engines):
            span = engine.plug(line, end)
            for timeslot in (slot for slot in range(1, 32) if slot != 16):
                begin(span.open_lane(timeslot))
        tick = 0
        for number in range(1, 5):
            for lane, fax in faxes.items():
                if chance.random() < 0.8:
                    fax.run(program_of(chance, number))
                elif chance.random() < 0.2:
                    operations[lane].stop()
            for _ in range(chance.randrange(20, 100)):
                tick += 1
                for engine in engines:
                    engine.core.tick(tick)
                for engine in engines:
                    engine.poll()
            for lane in [lane for lane in faxes if lane.operation is None]:
                begin(lane)
    finally:
        for engine in engines:
            engine.close()


@by_chance(72, inputs=1250, few=3)
def test_every_call_ends_whatever_the_line_does(chance: random.Random) -> None:
    modems, ecm = chance.choice(["v17", "v29", "v27ter"]), chance.random() < 0.5
    sender = FaxTerminal(calling=True, modems=modems, ecm=ecm, pages=[PAGE, PAGE])
    receiver = FaxTerminal(calling=False, modems=modems, ecm=ecm)
    share = chance.choice([0.001, 0.003, 0.01, 0.05])

    def line(pcm: Signal) -> Signal:
        return struck(pcm, chance) if chance.random() < share else pcm

    run(sender, receiver, line, longest_s=3600)
    assert not sender.active
    assert not receiver.active
    for end in (sender, receiver):
        assert end.result.ended is not None
        assert str(end.result)
