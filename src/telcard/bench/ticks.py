"""What a tick of the engine costs against the number of its lanes, with cold state.

Every lane listens for DTMF and receives speech-like sound with digits in it; every second lane
plays.  If wanted, every lane has an echo canceller too, and every fourth line gives back what it is
sent.  A second engine, not measured, sends that sound and in doing so sweeps the caches between
two ticks: the state of the lanes is cold, as in a machine that does other things too.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from telcard.dsp import g711
from telcard.dsp.copper import Copper
from telcard.engine import (
    E1Line,
    EchoCancelling,
    Engine,
    Lane,
    Playlist,
    dtmf_segments,
    make_playlist,
    native_core,
)
from telcard.units import SAMPLE_RATE, TICK_NS

TIMESLOTS = (*range(1, 16), *range(17, 32))
"""As on a real E1: 0 frames, 16 signals."""

WARM_UP = 50
"""Ticks before measuring begins."""


@dataclass(frozen=True, slots=True)
class TickCost:
    """Processor time of a tick of 10 ms, in microseconds; `ticks` is how many were measured."""

    lanes: int
    ticks: int
    mean_us: float
    p999_us: float
    worst_us: float
    recording: bool
    tail_ms: int = 0
    """Of the echo canceller that every lane has; 0: none has."""

    @property
    def core(self) -> float:
        """The part of one core that is used."""
        return 1000 * self.mean_us / TICK_NS

    @property
    def channels(self) -> float:
        """How many such lanes one core would carry."""
        return self.lanes / self.core


def tick_cost(
    lanes: int, ticks: int = 1000, *, recording: bool = False, tail_ms: int = 0
) -> TickCost:
    """Tick an engine of so many lanes so often; with `recording` every second lane records, with
    `tail_ms` the echo of each is cancelled.

    ValueError when there is no tick to measure; errors of `Engine` for the number of lanes.
    """
    if ticks < 1:
        raise ValueError(f"ticks: want 1 or more, got {ticks}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(closing(Engine(lanes, name="ours")))
        far = stack.enter_context(closing(Engine(lanes, name="far")))
        here, there = _join(ours, far, lanes)
        sounds = [make_playlist([speech(3 + seed / 2, seed)]) for seed in range(7)]
        for lane in (*here[1::2], *there):
            _keep_busy(lane, sounds)
        if recording:
            for lane in here[::2]:
                lane.record(folder / f"{lane.index}.wav")
        if tail_ms:
            for number, (lane, subscriber) in enumerate(zip(here, there, strict=True)):
                lane.cancel_echo(EchoCancelling(tail_ms=tail_ms))
                if number % 4 == 1:
                    subscriber.copper(Copper(echo=(0.0,) * 8 + (0.3, 0.2, -0.1)))
        core = native_core(ours)
        times = np.empty(WARM_UP + ticks)
        for tick in range(1, len(times) + 1):
            far.step(tick)
            before = time.thread_time_ns()
            core.tick_without_writer(tick)
            times[tick - 1] = time.thread_time_ns() - before
            core.drain()
            ours.poll()
    us = times[WARM_UP:] / 1000
    return TickCost(
        lanes,
        ticks,
        float(us.mean()),
        float(np.quantile(us, 0.999)),
        float(us.max()),
        recording,
        tail_ms,
    )


def speech(seconds: float, seed: int) -> bytes:
    """Noise with the slow ups and downs of speech, about -20 dBm0, as A-law."""
    chance = np.random.default_rng(seed)
    samples = round(seconds * SAMPLE_RATE)
    envelope = np.repeat(chance.uniform(0, 1, samples // 800 + 1) ** 2, 800)[:samples]
    sound = np.convolve(chance.normal(0, 6000, samples), [0.3, 0.4, 0.3], "same") * envelope
    return g711.encode_alaw(sound.clip(-30000, 30000).astype(np.int16)).tobytes()


def _join(ours: Engine, far: Engine, lanes: int) -> tuple[list[Lane], list[Lane]]:
    """As many E1 lines between two engines as the lanes need, all timeslots open at both ends."""
    here, there = [], []
    for first in range(0, lanes, len(TIMESLOTS)):
        line = E1Line()
        spans = ours.plug(line, 0), far.plug(line, 1)
        for timeslot in TIMESLOTS[: lanes - first]:
            here.append(ours.open_lane(spans[0], timeslot))
            there.append(far.open_lane(spans[1], timeslot, detect=False))
    return here, there


def _keep_busy(lane: Lane, sounds: list[Playlist]) -> None:
    """Play one sound after the other for ever, and now and then key some digits."""
    turn = lane.index

    def begin(*_: object) -> None:
        nonlocal turn
        turn += 1
        if not lane.is_open:
            return
        if turn % 4 == 3:
            lane.tones(dtmf_segments("159#"), done=begin)
        else:
            lane.play(sounds[turn % len(sounds)], done=begin)

    begin()
