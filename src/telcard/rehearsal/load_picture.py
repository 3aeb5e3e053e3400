"""A load as a picture: offered and carried traffic over time, what was blocked, answer delays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from telcard.errors import ConfigError, MissingExtra
from telcard.rehearsal.load import LoadReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OFFERED, CARRIED, BLOCKED, INK = "#b9b2a3", "#1f6f8b", "#9b2d30", "#333333"

SMOOTHED = 9
"""Slots over which the offered traffic is averaged: calls in one slot are few."""


def check_drawable(path: Path) -> None:
    """Raise what `draw_load` would, before anything is played for it."""
    endings = _figure().canvas.get_supported_filetypes()
    if path.suffix.lstrip(".").lower() not in endings:
        raise ConfigError(
            f"--picture {path}: want a file that ends in .png, .svg or .pdf, got {path.suffix!r}"
        )
    if not path.parent.is_dir():
        raise ConfigError(f"--picture {path}: there is no folder {path.parent}")


def draw_load(path: Path, report: LoadReport) -> None:
    """Draw a report to `path` (PNG, PDF or SVG by its ending).

    Raises `MissingExtra` without matplotlib, `ConfigError` for a file nobody can write.
    """
    check_drawable(path)
    figure = _figure()
    traffic, blocked, delays = figure.subplots(3, 1, gridspec_kw={"height_ratios": [4, 1.6, 2.2]})
    _traffic(traffic, report)
    _blocked(blocked, report)
    blocked.sharex(traffic)
    _delays(delays, report)
    for axes in (traffic, blocked, delays):
        axes.grid(axis="y", color="#eeeeee", linewidth=0.8)
        axes.set_axisbelow(True)
        for edge in ("top", "right"):
            axes.spines[edge].set_visible(False)
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise ConfigError(f"--picture {path}: {error}") from error


def _figure() -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a picture of a load", "analysis") from error
    return Figure(figsize=(10, 8), layout="constrained")


def _minutes(report: LoadReport) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([slot.at_s / 60 for slot in report.slots])


def _traffic(axes: Axes, report: LoadReport) -> None:
    minutes, profile = _minutes(report), report.profile
    slot_s = profile.minutes * 60 / len(report.slots)
    came = np.array([slot.attempts for slot in report.slots], float)
    near = np.ones(SMOOTHED)
    average = np.convolve(came, near, "same") / np.convolve(np.ones(len(came)), near, "same")
    offered = average * report.mean_holding_s / slot_s
    axes.fill_between(minutes, offered, color=OFFERED, alpha=0.5, linewidth=0, label="offered")
    carried = [slot.carried for slot in report.slots]
    axes.plot(minutes, carried, color=CARRIED, linewidth=1.6, label="carried")
    axes.axhline(profile.circuits, color=BLOCKED, linewidth=1.0)
    axes.text(0, profile.circuits, f"{profile.circuits} circuits", color=BLOCKED, va="bottom")
    axes.set(ylabel="Erlang", xlim=(0, profile.minutes))
    axes.set_ylim(0, 1.12 * max(profile.circuits, float(offered.max())))
    axes.legend(frameon=False, loc="lower right", ncols=2)
    low, high = report.interval
    axes.set_title(
        f"{profile.erlang:g} Erlang on {profile.circuits} circuits: "
        f"{report.blocked_share:.2%} of {len(report.attempts):,} calls blocked "
        f"({low:.2%} to {high:.2%}), Erlang B {report.expected_share:.2%}",
        fontsize=11, color=INK, loc="left",
    )  # fmt: skip


def _blocked(axes: Axes, report: LoadReport) -> None:
    width = report.profile.minutes / len(report.slots)
    counts = [slot.blocked for slot in report.slots]
    axes.bar(_minutes(report), counts, width=width, align="edge", color=BLOCKED)
    axes.set(ylabel="blocked", xlabel="minutes")
    axes.set_ylim(0, max(1, *counts) * 1.1)


def _delays(axes: Axes, report: LoadReport) -> None:
    delays = np.array(report.answer_s)
    axes.set(xlabel="seconds from lifting the handset to the answer", ylabel="calls")
    if not len(delays):
        axes.text(0.5, 0.5, "no call was answered", ha="center", transform=axes.transAxes)
        return
    longest_s = max(1.0, 1.1 * float(delays.max()))
    axes.hist(delays, bins=40, range=(0, longest_s), color=CARRIED)
    axes.set_xlim(0, longest_s)
    for part, name in ((0.5, "p50"), (0.99, "p99")):
        at = report.answer_quantile_s(part)
        axes.axvline(at, color=INK, linewidth=0.9)
        axes.annotate(
            f"{name} {at:.2f} s", (at, 0.9 if part == 0.5 else 0.75),
            xycoords=axes.get_xaxis_transform(), xytext=(-6, 0), textcoords="offset points",
            ha="right", fontsize=9,
        )  # fmt: skip
