"""FSK modems: channels that one core keeps up with beside spandsp's, and an engine's tick.

One call brings the receivers 20 ms of 1 to 3,840 channels, each full of characters, told as events
(whose making costs most) or as octets alone, or of a carrier that says nothing.  spandsp hears
eight of the channels, each by itself in 20 ms too, as many times as it takes to make the same
amount of sound; it frames the same characters.  Up to 16 channels cost the same, since 16 are
worked on abreast.
The last figures are those of a tick of 240 lanes, without and with a data link on every lane.
"""

import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.bench import Work
from telcard.bench.kernels import BLOCK
from telcard.dsp.datalink import DataLink, LinkTimes
from telcard.dsp.fsk import STANDARDS, FskReceiver, FskSender
from telcard.engine import E1Line, Engine, Lane, native_core
from telcard.units import SAMPLE_RATE

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import fsk_peers
from tests.support.peers import PeerMissing

NAMES = ("v21_1", "v21_2", "v23_1200", "v23_75", "bell202")
FRAMES_8N1 = 10
"""spandsp's mode that gives characters of 8N1 with their start and stop bits."""


def octets_of_a_second(standard: str) -> bytes:
    """Somewhat more than a second holds."""
    count = int(STANDARDS[standard].baud / 10) + 2
    return np.random.default_rng(23).integers(0, 256, count, np.uint8).tobytes()


def sound_of(kind: str, standard: str, channels: int) -> NDArray[np.int16]:
    """A second of characters back to back, or of mark alone, on each channel from another place."""
    sender = FskSender(standard)
    sender.send(b"" if kind == "mark" else octets_of_a_second(standard))
    row = sender.process(SAMPLE_RATE)
    return np.stack([np.roll(row, -137 * i) for i in range(channels)], axis=1)


def by_spandsp(standard: str, pcm: NDArray[np.int16]) -> dict[str, Callable[[], object]]:
    """The same seconds of sound through spandsp; nothing when it is not installed."""
    try:
        fsk_peers.spandsp()
    except PeerMissing:
        return {}
    some = min(8, pcm.shape[1])
    rows = [np.tile(pcm[:, i], pcm.shape[1] // some) for i in range(some)]
    return {
        "spandsp": lambda: [
            fsk_peers.spandsp_bits(standard, row, mode=FRAMES_8N1, block=BLOCK) for row in rows
        ]
    }


@pytest.mark.parametrize("channels", [1, 16, 240, 1920, 3840])
@pytest.mark.parametrize("kind", ["events", "octets", "mark"])
@pytest.mark.parametrize("standard", NAMES)
def test_receiver(standard: str, kind: str, channels: int, tell) -> None:
    pcm = sound_of(kind, standard, channels)
    blocks = [np.ascontiguousarray(pcm[at : at + BLOCK]) for at in range(0, len(pcm), BLOCK)]
    receiver = FskReceiver(standard, channels)

    listen = receiver.octets if kind == "octets" else receiver.process

    def hear() -> None:
        for block in blocks:
            listen(block)

    name = f"{standard}, {kind}, {channels} channels"
    tell(Work("fsk", name, pcm.size, hear), by_spandsp(standard, pcm))


@pytest.mark.parametrize("standard", NAMES)
def test_sender(standard: str, tell) -> None:
    """A second of characters a call, of one channel."""
    octets = octets_of_a_second(standard)
    sender = FskSender(standard)

    def send() -> None:
        sender.send(octets[: len(octets) - sender.waiting])
        sender.process(SAMPLE_RATE)

    peers: dict[str, Callable[[], object]] = {}
    try:
        fsk_peers.spandsp()
    except PeerMissing:
        pass
    else:
        bits = fsk_peers.characters(octets, idle=0)[: int(STANDARDS[standard].baud)]
        peers["spandsp"] = lambda: fsk_peers.spandsp_sends(standard, bits)
    tell(Work("fsk", f"{standard}, sender", SAMPLE_RATE, send), peers)


LANES = 240


@pytest.mark.parametrize("mode", ["none", "v21", "v23", "v23_half"])
def test_tick(mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A tick of 240 lanes that answer 240 callers, who send octets all the time.

    What the links may send they send too, except in `v23_half`, where one end speaks at a time.
    """
    quick = LinkTimes(quiet_s=0, tone_s=0, pause_s=0, carrier_s=2)
    with closing(Engine(LANES, name="ours")) as ours, closing(Engine(LANES, name="far")) as far:
        timeslots = [*range(1, 16), *range(17, 32)]
        pairs: list[tuple[Lane, Lane]] = []
        for _ in range(LANES // 30):
            line = E1Line()
            spans = ours.plug(line, 0), far.plug(line, 1)
            for timeslot in timeslots:
                pairs.append(
                    (ours.open_lane(spans[0], timeslot), far.open_lane(spans[1], timeslot))
                )
        answering, calling = [], []
        for here, there in pairs if mode != "none" else ():
            answering.append(DataLink(mode, times=quick))
            calling.append(DataLink(mode, "call", times=quick))
            here.modem(answering[-1])
            there.modem(calling[-1])
        talks = calling if mode == "v23_half" else answering + calling
        core, times, came = native_core(ours), [], 0
        for tick in range(1, 500):
            for link in talks:
                if link.connected and link.room > 2048:
                    link.write(b"0123456789abcdef" * 16)
            far.step(tick)
            before = time.thread_time_ns()
            core.tick_without_writer(tick)
            times.append(time.thread_time_ns() - before)
            core.drain()
            ours.poll()
            came += sum(len(link.read()) for link in answering)
    assert all(link.connected for link in answering)
    assert came or mode == "none"
    settled = np.array(times[100:]) / 1e6
    with capsys.disabled():
        print(
            f"\ntick of {LANES} lanes, links {mode}: {settled.mean():.3f} ms, worst "
            f"{settled.max():.3f} ms, {came:,} octets heard"
        )
