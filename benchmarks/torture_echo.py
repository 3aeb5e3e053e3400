"""Hours of chance through the echo canceller: is its output ever louder than it may be?

    python benchmarks/torture_echo.py --hours 1000 --jobs 2   # some three hours of two cores
    python benchmarks/torture_echo.py --hours 1 --seed 4711   # the same hour again

Each ordeal is 64 channels of 30 s under a seed of its own (`tests/support/echo_torture.py`):
speech, tones, noise, clicks, silence, clipping from both ends, echo paths that jump.  It is gone
through with every tail, with the suppressor and without.  Over 50 ms the output may not be 3 dB
above the louder of Sin and -50 dBm0, the 100 ms after a jump left out.  A fault of more than
`--told` dB is told with what it takes to see it again, and how many there were, by how far they
went, stands at the end; the exit status is 1 when there was one beyond `--allowed` dB.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import echo_peers
from tests.support.echo_torture import Fault, Ordeal

CHANNELS = 64
SECONDS = 30
TAILS_MS = (16, 32, 64, 128)
RUNS = [(tail_ms, nlp) for tail_ms in TAILS_MS for nlp in (False, True)]
HOURS = CHANNELS * SECONDS * len(RUNS) / 3600
"""Of one channel's sound, in an ordeal."""
STEPS_DB = (0, 1, 3, 6, 10, 15, 20)

Found = list[tuple[int, bool, Fault]]


def suffer(canceller: str, seed: int) -> tuple[int, Found]:
    """The faults of one ordeal: tail, suppressor, fault."""
    ordeal, cancel = Ordeal.of(seed, CHANNELS, SECONDS), echo_peers.named(canceller)
    found: Found = []
    for tail_ms, nlp in RUNS:
        sout = cancel(ordeal.rin, ordeal.sin, tail_ms=tail_ms, nlp=nlp, comfort_noise=nlp)
        found += [(tail_ms, nlp, fault) for fault in ordeal.faults(sout)]
    return seed, found


def ordeals(canceller: str, first: int, hours: float, jobs: int) -> Iterator[tuple[int, Found]]:
    """As many as the hours want, some at a time."""
    seeds = islice(count(first), max(1, round(hours / HOURS)))
    if jobs == 1:
        yield from map(partial(suffer, canceller), seeds)
    else:
        with ProcessPoolExecutor(jobs) as pool:
            try:
                yield from pool.map(partial(suffer, canceller), seeds)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--hours", type=float, default=1, help="of one channel's sound")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first ordeal; then one more each"
    )
    parser.add_argument("--jobs", type=int, default=1, help="ordeals at a time")
    parser.add_argument("--told", type=float, default=3.0, help="dB from which a fault is told")
    parser.add_argument("--allowed", type=float, default=0.0, help="dB that are no failure")
    parser.add_argument("--canceller", default="telcard", help="a name, or module:callable")
    options = parser.parse_args()
    tell(ordeals(options.canceller, options.seed, options.hours, options.jobs), options)


def tell(found_by_seed: Iterator[tuple[int, Found]], options: argparse.Namespace) -> None:
    """Faults as they come, their numbers at the end; a key press of Ctrl-C is an end, too."""
    done_h, begun, worst_db, last = 0.0, time.monotonic(), 0.0, options.seed
    steps: Counter[int] = Counter()
    with suppress(KeyboardInterrupt):
        for seed, found in found_by_seed:
            for tail_ms, nlp, fault in found:
                worst_db = max(worst_db, fault.excess_db)
                steps[max(step for step in STEPS_DB if step <= max(0, fault.excess_db))] += 1
                if fault.excess_db > options.told:
                    how = f"tail {tail_ms} ms, {'NLP' if nlp else 'no NLP'}"
                    print(
                        f"seed {seed}, {how}: channel {fault.channel} at"
                        f" {fault.start / 8000:.2f} s is {fault.excess_db:.1f} dB too loud",
                        flush=True,
                    )
            done_h, last = done_h + HOURS, seed
            so_far = f"{done_h:.1f} h, {steps.total()} faults, {time.monotonic() - begun:.0f} s"
            print(so_far, file=sys.stderr, flush=True)
    print(f"{done_h:.1f} hours of sound, seeds {options.seed} to {last}: {steps.total()} faults")
    for step in sorted(steps):
        print(f"  from {step:2d} dB on: {steps[step]}, one in {done_h / steps[step]:.2g} hours")
    print(f"  worst {worst_db:.1f} dB")
    sys.exit(worst_db > options.allowed)


if __name__ == "__main__":
    main()
