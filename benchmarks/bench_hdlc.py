"""HDLC: timeslots that one core keeps up with, beside spandsp's, and a tick of 64 D-channels.

A second of octets of each channel, in ticks of 10 ms: full of frames of 30 octets (as long as
Q.931's commonly are), of random ones of 260, or of flags alone.  spandsp does the same for eight of
the channels, as many times as it takes.  The last figure is the tick of an engine whose 64 spans
have a D-channel each, which send and receive without a pause.
"""

import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from telcard.bench import Work
from telcard.engine import E1Line, Engine, native_core
from telcard.signalling.framing.hdlc import HdlcReceiver, HdlcSender
from telcard.units import SAMPLE_RATE, TICK_SAMPLES

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import hdlc_peers
from tests.support.peers import PeerMissing

CHANNELS = 64
SOME = 8
SECOND = SAMPLE_RATE


def frames_of(kind: str) -> list[bytes]:
    """Somewhat more than a second holds."""
    rng = np.random.default_rng(921)
    if kind == "flags":
        return []
    octets = 260 if kind == "long" else 30
    return [rng.integers(0, 256, octets, np.uint8).tobytes() for _ in range(SECOND // octets + 2)]


def has_spandsp() -> bool:
    try:
        hdlc_peers.spandsp()
    except PeerMissing:
        return False
    return True


@pytest.mark.parametrize("kind", ["messages", "long", "flags"])
def test_receiver(kind: str, tell) -> None:
    sender = HdlcSender(CHANNELS)
    for channel in range(CHANNELS):
        for frame in frames_of(kind):
            sender.send(frame, channel)
    line = sender.make(SECOND)
    ticks = [
        np.ascontiguousarray(line[:, at : at + TICK_SAMPLES])
        for at in range(0, SECOND, TICK_SAMPLES)
    ]
    receiver = HdlcReceiver(CHANNELS)

    def hear() -> None:
        for tick in ticks:
            receiver.receive(tick)

    peers: dict[str, Callable[[], object]] = {}
    if has_spandsp():
        row = line[0].tobytes()
        peers["spandsp"] = lambda: [hdlc_peers.spandsp_hears(row) for _ in range(CHANNELS)]
    tell(Work("hdlc", f"receive {kind}, {CHANNELS} channels", line.size, hear), peers)


@pytest.mark.parametrize("kind", ["messages", "long", "flags"])
def test_sender(kind: str, tell) -> None:
    sender, frames = HdlcSender(CHANNELS), frames_of(kind)

    def send() -> None:
        for channel in range(CHANNELS):
            for frame in frames[sender.waiting(channel) :]:
                sender.send(frame, channel)
        for _ in range(SECOND // TICK_SAMPLES):
            sender.make(TICK_SAMPLES)

    peers: dict[str, Callable[[], object]] = {}
    if has_spandsp():
        peers["spandsp"] = lambda: [
            hdlc_peers.spandsp_sends(frames, SECOND) for _ in range(CHANNELS)
        ]
    tell(Work("hdlc", f"send {kind}, {CHANNELS} channels", CHANNELS * SECOND, send), peers)


@pytest.mark.parametrize("busy", [False, True])
def test_tick(busy: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """A tick of 64 D-channels, at rest or with frames both ways all the time."""
    with closing(Engine(1, name="ours")) as ours, closing(Engine(1, name="far")) as far:
        ends = []
        for _ in range(CHANNELS):
            line = E1Line()
            ends += [engine.plug(line, n).open_dchannel() for n, engine in enumerate((ours, far))]
        core, times = native_core(ours), []
        frames = frames_of("messages")
        for tick in range(1, 500):
            for dchannel in ends if busy else ():
                while dchannel.waiting < 5:
                    dchannel.send_frame(frames[tick % len(frames)])
            far.step(tick)
            before = time.thread_time_ns()
            core.tick_without_writer(tick)
            times.append(time.thread_time_ns() - before)
            ours.poll()
        received = sum(dchannel.counters().received for dchannel in ends)
    settled = np.array(times[100:]) / 1e3
    with capsys.disabled():
        print(
            f"\ntick of {CHANNELS} D-channels, {'busy' if busy else 'at rest'}: median "
            f"{np.median(settled):.1f} us, worst {settled.max():.1f} us, {received:,} frames"
        )
    assert bool(received) is busy
