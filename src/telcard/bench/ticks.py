"""What a tick of the engine costs against the number of its lanes, with cold state.

Every lane listens for DTMF and receives speech-like sound with digits in it; every second lane
plays.  If wanted, every lane has an echo canceller too, and every fourth line gives back what it is
sent; and some lanes receive a fax instead.  A second engine, not measured, sends all that and in
doing so sweeps the caches between two ticks: the state of the lanes is cold, as in a machine that
does other things too.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
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
from telcard.fax.lane import FaxLane
from telcard.fax.phases import Content, Fast, Image, Listen, Program, Rate
from telcard.units import SAMPLE_RATE, TICK_NS

TIMESLOTS = (*range(1, 16), *range(17, 32))
"""As on a real E1: 0 frames, 16 signals."""

WARM_UP = 50
"""Ticks before measuring begins."""

TRAINED = 200
"""The same where faxes are received: V.17 has been trained by then (1.4 s)."""


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
    faxes: int = 0
    """How many of the lanes receive a page by V.17 at 14,400 bit/s."""

    @property
    def core(self) -> float:
        """The part of one core that is used."""
        return 1000 * self.mean_us / TICK_NS

    @property
    def channels(self) -> float:
        """How many such lanes one core would carry."""
        return self.lanes / self.core


def tick_cost(
    lanes: int, ticks: int = 1000, *, recording: bool = False, tail_ms: int = 0, faxes: int = 0
) -> TickCost:
    """Tick an engine of so many lanes so often; with `recording` every second lane records, with
    `tail_ms` the echo of each is cancelled, and the first `faxes` receive a fax and no digits.

    ValueError when there is no tick to measure, or there are more faxes than lanes; errors of
    `Engine` for the number of lanes.
    """
    if ticks < 1:
        raise ValueError(f"ticks: want 1 or more, got {ticks}")
    if not 0 <= faxes <= lanes:
        raise ValueError(f"faxes: want 0 to {lanes}, as many as there are lanes, got {faxes}")
    warm_up = TRAINED if faxes else WARM_UP
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(closing(Engine(lanes, name="ours")))
        far = stack.enter_context(closing(Engine(lanes, name="far")))
        here, there = _join(ours, far, lanes)
        sounds = [make_playlist([speech(3 + seed / 2, seed)]) for seed in range(7)]
        for lane, subscriber in zip(here[:faxes], there[:faxes], strict=True):
            _keep_faxing(lane, subscriber, warm_up + ticks)
        for number, lane in enumerate(here):
            if number >= faxes and number % 2:
                _keep_busy(lane, sounds)
        for lane in there[faxes:]:
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
        times = np.empty(warm_up + ticks)
        for tick in range(1, len(times) + 1):
            far.step(tick)
            before = time.thread_time_ns()
            core.tick_without_writer(tick)
            times[tick - 1] = time.thread_time_ns() - before
            core.drain()
            ours.poll()
    us = times[warm_up:] / 1000
    return TickCost(
        lanes,
        ticks,
        float(us.mean()),
        float(np.quantile(us, 0.999)),
        float(us.max()),
        recording,
        tail_ms,
        faxes,
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


def _keep_faxing(receiver: Lane, sender: Lane, ticks: int) -> None:
    """Send a page that lasts so many ticks at least."""
    rate = Rate.V17_14400
    page = np.random.default_rng(sender.index).bytes(rate.bit_s // 8 * (ticks + 100) // 100)
    ends = (
        (sender, Image(rate, False, page)),
        (receiver, Listen(Fast(rate, False, Content.IMAGE))),
    )
    for lane, phase in ends:
        fax = FaxLane()
        fax.run(Program(1, (phase,)))
        lane.fax(fax, news=partial(_read, fax))


def _read(fax: FaxLane) -> None:
    """Take what has come, so that there is room for more."""
    for _ in fax.evidence():
        pass
