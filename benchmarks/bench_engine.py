"""What a tick of the engine costs, in processor time of the thread that ticks; see `telcard.bench`.

    python benchmarks/bench_engine.py [--ticks 2000] [--record] [--echo] [--faxes]

Prints one line a size: mean, p99.9 and greatest time of a tick, the part of one core that is
used, and how many such channels one core would carry.  `telcard bench --only ticks --picture
docs/cost.svg --seconds 2` draws the picture.
"""

import argparse

import pytest

from telcard.bench import tick_cost
from telcard.dsp import simd

SIZES = (30, 480, 1920)
FAXES = 72
HEAD = "lanes   mean us   p99.9 us   max us   core     lanes a core"


def row(lanes: int, ticks: int, record: bool, tail_ms: int = 0, faxes: int = 0) -> str:
    """A line of the table."""
    cost = tick_cost(lanes, ticks, recording=record, tail_ms=tail_ms, faxes=min(faxes, lanes))
    return (
        f"{lanes:5} {cost.mean_us:9.1f} {cost.p999_us:10.1f} {cost.worst_us:8.1f}"
        f" {cost.core:7.2%} {cost.channels:12,.0f}"
    )


@pytest.mark.parametrize("lanes", SIZES)
@pytest.mark.parametrize("record", [False, True], ids=["playing", "recording, too"])
def test_tick(lanes: int, record: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints what a tick costs while every second lane plays, or plays and records."""
    line = row(lanes, 1000, record)
    with capsys.disabled():
        print(f"\n{HEAD}\n{line}", end="")


def test_tick_with_echo_cancellers(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints what a tick costs while the echo of all lanes is cancelled over 64 ms."""
    line = row(SIZES[-1], 300, False, 64)
    with capsys.disabled():
        print(f"\n{HEAD}\n{line}  with cancellers of 64 ms", end="")


def test_tick_with_faxes(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints what a tick costs while so many lanes receive pages by V.17 at 14,400 bit/s."""
    line = row(FAXES, 300, False, faxes=FAXES)
    with capsys.disabled():
        print(f"\n{HEAD}\n{line}  with {FAXES} faxes", end="")


def main() -> None:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ticks", type=int, default=2000, help="ticks of 10 ms for each size")
    parser.add_argument("--record", action="store_true", help="every second lane records, too")
    parser.add_argument("--echo", action="store_true", help="every lane cancels 64 ms of echo, too")
    parser.add_argument(
        "--faxes", action="store_true", help=f"{FAXES} lanes at most receive faxes instead"
    )
    options = parser.parse_args()
    print(f"{options.ticks} ticks, SIMD level {simd.level()}")
    print(HEAD)
    tail_ms, faxes = 64 if options.echo else 0, FAXES if options.faxes else 0
    for lanes in SIZES:
        print(row(lanes, options.ticks, options.record, tail_ms, faxes))


if __name__ == "__main__":
    main()
