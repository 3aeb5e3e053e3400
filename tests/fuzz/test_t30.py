"""T.30 from lines that spoil it: frames bent at random, in the middle of calls, at either end."""

import os
from random import Random

import pytest

from telcard.fax.frames import Damaged, Fcf, Frame, decode
from telcard.fax.phases import (
    CarrierLost,
    CarrierUp,
    FrameReceived,
    Greeted,
    Greeting,
    ImageOctets,
    PhaseDone,
    Rate,
    TrainingChecked,
)
from telcard.fax.t30 import State
from telcard.machine import StartTimer, StopTimer
from tests.support.fax_script import frame_of, terminal

pytestmark = pytest.mark.fuzz

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "500"))
SEED = 30

MESSAGES = """
    DIS:v17,ecm,document DIS:v29,deaf DTC:v17,ecm DCS:v17-14400,ecm DCS:9600 DCS:4800,ecm,small
    CSI:1 TSI:2 SUB:3 PWD:4 SEP:5 NSF:x CTC:4800 CFR FTT CTR MPS EOM EOP PRI-EOP RR MCF RTN RTP
    PIN PIP RNR ERR PPR:0-3,9 PPS:EOP,4 PPS:NULL,256 PPS:MPS,2,1 EOR:NULL EOR:EOP FNV CRP DCN
"""
NAMES = MESSAGES.split()
TERMINALS = (
    "sends 2",
    "sends 3 plain coarse",
    "receives",
    "receives plain busy:2",
    "polls 0",
    "polled 2",
)


def bent(random: Random) -> bytes:
    """A frame with octets changed, left out, doubled, or joined with another's end."""
    octets = bytearray(frame_of(random.choice(NAMES), random.random() < 0.5).encode())
    for _ in range(random.choice((0, 0, 0, 1, 1, 2, 5))):
        at = random.randrange(len(octets) + 1)
        match random.randrange(5):
            case 0 if at < len(octets):
                octets[at] = random.randrange(256)
            case 1:
                del octets[at : at + random.randrange(4)]
            case 2:
                octets[at:at] = octets[: random.randrange(8)]
            case 3:
                octets[at:] = frame_of(random.choice(NAMES), False).encode()[at:]
            case 4 if at < len(octets):
                octets[at] ^= 1 << random.randrange(8)
    return bytes(octets)


def test_bent_frames_are_read_or_named() -> None:
    random = Random(SEED)
    for _ in range(COUNT):
        octets = bent(random)
        frame = decode(octets)
        assert frame.text(), octets.hex()
        if isinstance(frame, Frame):
            assert frame.encode() == octets, octets.hex()
        else:
            assert isinstance(frame, Damaged)


@pytest.mark.parametrize("words", TERMINALS)
def test_terminals_bear_whatever_they_hear(words: str) -> None:
    """Any evidence in any order, and any timer that runs."""
    random = Random(SEED)
    given = 0
    while given < COUNT // len(TERMINALS):
        seed = random.randrange(1 << 32)
        try:
            given += abused(words, Random(seed))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error


def abused(words: str, random: Random) -> int:
    """A terminal is told nonsense until its call has ended; how much it took."""
    machine, _ = terminal(words)
    running: set[str] = set()
    sample = 0
    effects = machine.fire("start")
    for given in range(1, 400):
        for effect in effects:
            if isinstance(effect, StartTimer):
                running.add(effect.name)
            elif isinstance(effect, StopTimer):
                running.discard(effect.name)
        assert running == machine.running
        if machine.state is State.ENDED:
            assert not running
            return given
        sample += random.randrange(20_000)
        rate = random.choice((None, *Rate))
        fast = rate or Rate.V17_14400
        match random.randrange(11):
            case 0 | 1 | 2:
                effects = machine.fire("hear", FrameReceived(sample, bent(random)))
            case 3:
                effects = machine.fire("hear", CarrierUp(sample, rate, random.random() < 0.8))
            case 4:
                lost = CarrierLost(sample, rate, random.random() < 0.8)
                effects = machine.fire("hear", lost)
            case 5:
                run = random.choice((0, 30_000))
                effects = machine.fire("hear", TrainingChecked(sample, fast, 30_000, 9, run))
            case 6:
                octets = random.randbytes(random.randrange(200))
                effects = machine.fire("hear", ImageOctets(sample, octets))
            case 7:
                piece = Frame(Fcf.FCD, random.randbytes(random.randrange(1, 80)), False)
                heard = FrameReceived(sample, piece.encode(), True, fast)
                effects = machine.fire("hear", heard)
            case 8 if running:
                timer = random.choice(sorted(running))
                running.discard(timer)
                effects = machine.expire(timer)
            case 9:
                effects = machine.fire("hear", Greeted(sample, random.choice(list(Greeting))))
            case _:
                done = PhaseDone(sample, machine.number, random.randrange(4))
                effects = machine.fire("hear", done)
    return given
