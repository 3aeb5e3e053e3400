"""How every benchmark tells: the figure, the goal, and how many times each peer's it is."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from telcard.bench import Figure, Work, measure
from telcard.dsp import simd

SECONDS = 1.0
"""Processor time for each of us and the peers."""

Tell = Callable[..., Figure]


@pytest.fixture
def tell(benchmark: BenchmarkFixture, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Measure a work beside its peers, print and keep the ratios; `peers` come on top of its own.

    pytest-benchmark's own rounds are for its tables and for comparing runs; what is printed comes
    from `telcard.bench.measure`, as in `telcard bench`.
    """

    def measured(work: Work, peers: dict[str, Callable[[], object]] | None = None) -> Figure:
        work = replace(work, peers={**work.peers, **(peers or {})})
        benchmark.pedantic(work.call, rounds=20, warmup_rounds=2)
        figure = measure(work, SECONDS)
        goal = f" (goal {figure.goal:,})" if figure.goal else ""
        told = [f"{figure.channels:,.0f} ch/core{goal}, {figure.msamples:,.0f} Msamples/s"]
        for peer, channels in figure.peers.items():
            benchmark.extra_info[f"ratio to {peer}"] = round(figure.ratio(peer), 1)
            told.append(f"{peer} {channels:,.0f}: {figure.ratio(peer):.1f} times as many")
        benchmark.extra_info["ch/core"] = round(figure.channels)
        with capsys.disabled():
            print(
                f"\n{work.subject} {work.name} at level {simd.level()}: {'; '.join(told)}", end=""
            )
        return figure

    return measured
