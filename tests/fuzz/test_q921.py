"""A data link that is given any octets, between whatever its own side asks for."""

import os
from random import Random

import pytest

from telcard.machine import Effect, StartTimer, StopTimer
from telcard.signalling.isdn.lapd import Frame, FrameError
from telcard.signalling.isdn.q921 import DataLink, State

COUNT = int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "200"))
SEED = 921

CONTROLS = (
    *(0x00, 0x02, 0x04, 0x01, 0x05, 0x09, 0x6F, 0x7F, 0x63, 0x73),
    *(0x43, 0x53, 0x0F, 0x1F, 0x87, 0xAF, 0x03, 0x13),
)
REQUESTS = ("establish", "release", "data", "T200", "T203", "busy", "free")


def any_frame(rng: Random) -> bytes:
    """Octets, most of which are nearly a frame for us."""
    if rng.random() < 0.1:
        return rng.randbytes(rng.randint(0, 12))
    address = bytes((rng.choice((0x00, 0x02, 0xFC, 0x01)), rng.choice((0x01, 0x01, 0x01, 0xFF))))
    control = bytes((rng.choice(CONTROLS),))
    return address + control + bytes((rng.randrange(16),) * rng.randint(0, 3))


def give(link: DataLink, step: str, running: set[str]) -> list[Effect]:
    if step == "data":
        return link.fire("data", b"m")
    if step in ("busy", "free"):
        return link.fire("own_busy", step == "busy")
    if not step.startswith("T"):
        return link.fire(step)
    if step not in running:
        return []
    running.discard(step)
    return link.expire(step)


@pytest.mark.fuzz
def test_no_octets_raise_or_leave_a_state_without_its_timer() -> None:
    rng = Random(SEED)
    for number in range(max(20, COUNT // 20)):
        link, running = DataLink("user" if rng.random() < 0.5 else "network"), set[str]()
        for step in range(40):
            if rng.random() < 0.7:
                effects = link.fire("frame", any_frame(rng))
            else:
                effects = give(link, rng.choice(REQUESTS), running)
            for effect in effects:
                if isinstance(effect, StartTimer):
                    running.add(effect.name)
                elif isinstance(effect, StopTimer):
                    running.discard(effect.name)
            where = f"seed {SEED}, number {number}, step {step}"
            match link.state:
                case State.TEI_ASSIGNED:
                    assert running == set(), where
                case State.ESTABLISHED:
                    assert len(running) == 1, where
                case _:
                    assert running == {"T200"}, where
            assert link.query().unacknowledged <= link.profile.k, where


@pytest.mark.fuzz
def test_octets_are_a_frame_that_gives_them_back_or_are_refused() -> None:
    rng = Random(SEED)
    for number in range(COUNT):
        octets = any_frame(rng)
        try:
            frame = Frame.decode(octets)
        except FrameError as error:
            assert error.code in ("", "L", "M", "N"), f"seed {SEED}, number {number}"
        else:
            assert frame.encode() == octets, f"seed {SEED}, number {number}"
