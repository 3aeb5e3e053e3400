"""Detectors of registers, signalling and fax tones: channels that a core keeps up with, and ticks.

One call brings 10 ms of 1 to 3,840 channels.  spandsp hears eight of the channels, each by itself,
as many times as it takes to make the same amount of sound.  The last figures are those of an
engine's tick: what 1,920 lanes with DTMF cost, alone and with a detector beside it on every lane.
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
from telcard.bench.kernels import channels_of_sound
from telcard.dsp.fax_tones import FaxToneDetector, fax_tone
from telcard.dsp.mf import MF_HZ, MfDetector, mf
from telcard.dsp.templates import ToneTemplate
from telcard.engine import E1Line, Engine, Lane, make_playlist, native_core
from telcard.units import SAMPLE_RATE, TICK_SAMPLES

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import mf_peers
from tests.support.peers import PeerMissing

CHANNELS = (1, 30, 480, 1920, 3840)


def sound_of(kind: str, channels: int) -> NDArray[np.int16]:
    """A second of speech-like sound, or of signals of a system, or of a fax, on each channel."""
    if kind == "speech":
        return channels_of_sound("speech", channels)
    if kind == "fax":
        row = np.tile(fax_tone("ans", seconds=1.5, reversals=True), 2)
    else:  # some four signals a second, as a compelled register has them
        row = np.tile(mf(list(MF_HZ[kind])[:8], kind, on_ms=120, off_ms=120), 2)
    return np.stack([row[137 * i % 7000 :][:SAMPLE_RATE] for i in range(channels)], axis=1)


def by_spandsp(what: str, pcm: NDArray[np.int16]) -> dict[str, Callable[[], object]]:
    """The same seconds of sound through spandsp; nothing when it is not installed."""
    channels = pcm.shape[1]
    if channels < 8:
        return {}
    try:
        mf_peers.spandsp()
    except PeerMissing:
        return {}
    hears: dict[str, Callable[[NDArray[np.int16]], object]] = {
        "r1": lambda one: mf_peers.hears_r1(one, block=80),
        "r2_forward": lambda one: mf_peers.hears_r2(one, forward=True),
        "r2_backward": lambda one: mf_peers.hears_r2(one, forward=False),
        "signalling": lambda one: mf_peers.hears_line(one, "2400"),
        "fax": lambda one: mf_peers.hears_modem(one, "ans, reversed", block=80),
    }
    some = [np.tile(np.ascontiguousarray(pcm[:, i]), channels // 8) for i in range(8)]
    return {"spandsp": lambda: [hears[what](one) for one in some]}


@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("kind", ["speech", "signals"])
@pytest.mark.parametrize("what", ["r1", "r2_forward", "signalling", "fax"])
def test_detector(what: str, kind: str, channels: int, tell) -> None:
    pcm = sound_of("speech" if kind == "speech" else what, channels)
    blocks = [
        np.ascontiguousarray(pcm[at : at + TICK_SAMPLES]) for at in range(0, len(pcm), TICK_SAMPLES)
    ]
    detector = FaxToneDetector(channels) if what == "fax" else MfDetector(what, channels)

    def detect() -> None:
        for block in blocks:
            detector.process(block)

    goal = (60_000 if what == "fax" else 200_000) if channels >= 480 else 0
    work = Work("mf", f"{what}, {kind}, {channels} channels", pcm.size, detect, goal=goal)
    tell(work, by_spandsp(what, pcm))


LANES = 1920


TONES = [ToneTemplate.cadenced("busy", (480, 620), on_ms=500, off_ms=500)]


@pytest.mark.parametrize("hearing", ["none", "r2_forward", "signalling", "fax", "tones", "voice"])
def test_tick(hearing: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A tick of 1,920 lanes that receive what 1,920 others play."""
    with closing(Engine(LANES, name="ours")) as ours, closing(Engine(LANES, name="far")) as far:
        sound = make_playlist([np.random.default_rng(1).integers(0, 256, 80_000, np.uint8)])
        timeslots = [*range(1, 16), *range(17, 32)]
        here: list[Lane] = []
        for _ in range(LANES // 30):
            line = E1Line()
            spans = ours.plug(line, 0), far.plug(line, 1)
            for timeslot in timeslots:
                here.append(ours.open_lane(spans[0], timeslot))
                far.open_lane(spans[1], timeslot, detect=False).play(sound)
        for lane in here if hearing != "none" else ():
            templates = TONES if hearing == "tones" else ()
            lane.detect(hearing, lambda event: None, templates=templates)
        core, times = native_core(ours), []
        for tick in range(1, 300):
            far.step(tick)
            before = time.thread_time_ns()
            core.tick_without_writer(tick)
            times.append(time.thread_time_ns() - before)
            core.drain()
            ours.poll()
    with capsys.disabled():
        mean, most = np.mean(times[50:]) / 1e6, np.quantile(times[50:], 0.9) / 1e6
        print(
            f"\ntick of {LANES} lanes, DTMF and {hearing}: mean {mean:.2f} ms, 9 of 10 < {most:.2f}"
        )
