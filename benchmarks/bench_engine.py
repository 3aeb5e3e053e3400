"""What a tick of the engine costs, in processor time of the thread that ticks.

Every lane listens for DTMF and receives speech-like sound with digits in it; every second lane
plays.  A second engine, not measured, sends that sound and in doing so sweeps the caches between
two ticks, so the state of the lanes is cold, as it is in a machine that does other things too.

    python benchmarks/bench_engine.py [--ticks 2000] [--record]

Prints one line a size: mean, p99.9 and greatest time of a tick, the part of one core that is
used, and how many such channels one core would carry.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from telcard._native import dsp
from telcard.engine import E1Line, Engine, Lane, Playlist, dtmf_segments, make_playlist

SIZES = (30, 480, 1920)
TIMESLOTS = [*range(1, 16), *range(17, 32)]  # as on a real E1: 0 frames, 16 signals


def speech(seconds: float, seed: int) -> bytes:
    """Noise with the slow ups and downs of speech, about -20 dBm0, as A-law."""
    random = np.random.default_rng(seed)
    samples = round(seconds * 8000)
    envelope = np.repeat(random.uniform(0, 1, samples // 800 + 1) ** 2, 800)[:samples]
    sound = np.convolve(random.normal(0, 6000, samples), [0.3, 0.4, 0.3], "same") * envelope
    return dsp.alaw_encode(sound.clip(-30000, 30000).astype(np.int16)).tobytes()


def build(lanes: int) -> tuple[Engine, Engine, list[Lane], list[Lane]]:
    """Ours and the far engine with as many E1 lines between them as the lanes need."""
    ours, far = Engine(lanes, name="ours"), Engine(lanes, name="far")
    here, there = [], []
    for first in range(0, lanes, len(TIMESLOTS)):
        line = E1Line()
        spans = ours.plug(line, 0), far.plug(line, 1)
        for timeslot in TIMESLOTS[: lanes - first]:
            here.append(spans[0].open_lane(timeslot))
            there.append(spans[1].open_lane(timeslot, detect=False))
    return ours, far, here, there


def keep_busy(lanes: list[Lane], sounds: list[Playlist]) -> None:
    """Whoever has nothing to do plays again, or keys a few digits."""
    for lane in lanes:
        if lane.operation is None:
            turn = lane._operations + lane.index
            if turn % 4 == 3:
                lane.tones(dtmf_segments("159#"))
            else:
                lane.play(sounds[turn % len(sounds)])


def measure(lanes: int, ticks: int, record: bool) -> list[int]:
    """Nanoseconds of processor time of each tick of our engine."""
    ours, far, here, there = build(lanes)
    sounds = [make_playlist([speech(3 + seed / 2, seed)]) for seed in range(7)]
    times = []
    with tempfile.TemporaryDirectory() as folder:
        if record:
            for lane in here[::2]:
                lane.record(Path(folder) / f"{lane.index}.wav")
        for tick in range(1, ticks + 51):
            keep_busy(here[1::2], sounds)
            keep_busy(there, sounds)
            far.step(tick)
            before = time.thread_time_ns()
            ours.core.tick_without_writer(tick)
            times.append(time.thread_time_ns() - before)
            ours.core.drain()
            ours.poll()
        ours.close()
        far.close()
    return times[50:]


HEAD = "lanes   mean us   p99.9 us   max us   core     lanes a core"


def row(lanes: int, ticks: int, record: bool) -> str:
    """A line of the table."""
    times = np.array(measure(lanes, ticks, record)) / 1000
    mean, p999 = times.mean(), np.quantile(times, 0.999)
    return (
        f"{lanes:5} {mean:9.1f} {p999:10.1f} {times.max():8.1f}"
        f" {mean / 10_000:7.2%} {lanes * 10_000 / mean:12,.0f}"
    )


@pytest.mark.parametrize("lanes", SIZES)
def test_tick(lanes: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints what a tick costs while every second lane plays and records."""
    line = row(lanes, 500, record=True)
    with capsys.disabled():
        print(f"\n{HEAD}\n{line}")


def main() -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ticks", type=int, default=2000, help="ticks of 10 ms for each size")
    parser.add_argument("--record", action="store_true", help="every second lane records, too")
    options = parser.parse_args()
    print(f"{options.ticks} ticks, SIMD level {dsp.simd_level()}")
    print(HEAD)
    for lanes in SIZES:
        print(row(lanes, options.ticks, options.record))


if __name__ == "__main__":
    main()
