"""A picture of what a tick costs against the number of lanes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from telcard.bench.host import SIMD_WORDS, Host
from telcard.bench.ticks import TickCost
from telcard.errors import ConfigError, MissingExtra
from telcard.units import TICK_NS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEAN, TAIL, INK, LIMIT = "#1f6f8b", "#a8572e", "#333333", "#9b2d30"

CARDS = {30: "one E1", 120: "four E1", 480: "sixteen E1", 1920: "sixty-four E1"}
"""Sizes that people know."""


def check_drawable(path: Path) -> None:
    """Raise what `draw_costs` would, before anything is measured for it."""
    endings = _figure().canvas.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in endings:
        raise ConfigError(
            f"--picture {path}: want a file that ends in .png, .svg or .pdf, got {path.suffix!r}"
        )
    if not path.parent.is_dir():
        raise ConfigError(f"--picture {path}: there is no folder {path.parent}")


def _figure() -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a picture of costs", "analysis") from error
    return Figure(figsize=(9, 5.4), layout="constrained")


def draw_costs(path: Path, costs: Sequence[TickCost], machine: Host) -> None:
    """Draw mean and p99.9 of ticks to `path` (PNG, PDF or SVG by its ending).

    Both axes are logarithmic: a straight line at 45 degrees is a price per lane, a flat one a price
    per tick.  Raises `MissingExtra` without matplotlib, `ConfigError` for a file nobody can write.
    """
    check_drawable(path)
    figure = _figure()
    lanes = [cost.lanes for cost in costs]
    axes = figure.subplots()
    axes.set(xscale="log", yscale="log", xlabel="lanes, all of them open and hearing DTMF")
    axes.set_ylabel("processor time of a tick")
    mean, tail = [cost.mean_us for cost in costs], [cost.p999_us for cost in costs]
    axes.fill_between(lanes, mean, tail, color=TAIL, alpha=0.12, linewidth=0)
    axes.plot(lanes, tail, "o-", color=TAIL, markersize=4, linewidth=1.2, label="p99.9")
    axes.plot(lanes, mean, "o-", color=MEAN, markersize=4, linewidth=1.8, label="mean")
    axes.axhline(TICK_NS / 1000, color=LIMIT, linewidth=1.2)
    axes.text(lanes[0], TICK_NS / 1000 * 0.93, "10 ms: all there is", color=LIMIT, va="top")
    for cost in costs:
        if cost.lanes in CARDS:
            axes.axvline(cost.lanes, color="#dddddd", linewidth=0.8, zorder=0)
            axes.annotate(
                f"{CARDS[cost.lanes]}\n{cost.core:.1%} of a core", (cost.lanes, cost.mean_us),
                xytext=(4, -26), textcoords="offset points", fontsize=8, color=INK,
            )  # fmt: skip
    axes.set_xticks(lanes, [f"{n:,}" for n in lanes])
    axes.set_yticks([1, 10, 100, 1000, 10_000], ["1 us", "10 us", "100 us", "1 ms", "10 ms"])
    axes.set_ylim(bottom=min(mean) / 2)
    axes.minorticks_off()
    axes.grid(axis="y", color="#eeeeee", linewidth=0.8)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 0.9))
    axes.set_title(
        f"A tick of 10 ms, cold state: {machine.processor}, {SIMD_WORDS[machine.simd]}, one core",
        fontsize=10, color=INK, loc="left",
    )  # fmt: skip
    for edge in ("top", "right"):
        axes.spines[edge].set_visible(False)
    still = {"Date": None} if path.suffix.lower() == ".svg" else None  # same figures, same file
    import matplotlib

    try:
        with matplotlib.rc_context({"svg.hashsalt": "telcard", "svg.fonttype": "none"}):
            figure.savefig(path, dpi=110, metadata=still)
    except OSError as error:
        raise ConfigError(f"--picture {path}: {error}") from error
