"""The picture of an echo: levels before and after it was taken out, the path, and its delay."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from telcard.analysis.cleaning import EchoCleaned
from telcard.analysis.echo import EchoFound
from telcard.analysis.picture import INK, PALE
from telcard.errors import ConfigError, MissingExtra

TOWARDS, BEFORE, AFTER = "#c3ccd1", "#a8572e", "#1f6f8b"


def draw_echo(path: str | Path, title: str, found: EchoFound, cleaned: EchoCleaned) -> None:
    """Draw what was measured and done to `path` (PNG, PDF or SVG by its ending).

    `MissingExtra` without matplotlib, `ConfigError` for a file that cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a picture of an echo", "analysis") from error
    figure = Figure(figsize=(13, 7), layout="constrained")
    figure.suptitle(title, fontsize=12, color=INK, x=0.008, ha="left")
    rows = figure.subplot_mosaic([["levels", "levels"], ["path", "delay"]])
    levels, (axes, response, delays) = (
        cleaned.levels,
        (rows[n] for n in ("levels", "path", "delay")),
    )
    seconds = np.arange(len(levels.send)) * levels.step_s
    axes.fill_between(
        seconds, -80, levels.receive, color=TOWARDS, linewidth=0, label="towards the line"
    )
    axes.plot(seconds, levels.send, color=BEFORE, linewidth=0.9, label="from the line")
    axes.plot(seconds, levels.out, color=AFTER, linewidth=0.9, label="the same, cleaned")
    axes.set(ylim=(-80, 3), ylabel="dBm0", xlabel="seconds")
    axes.margins(x=0)
    axes.legend(frameon=False, ncols=3, loc="upper right", fontsize=9)
    echo = found.echo
    if echo is None:
        response.text(0.5, 0.5, "no echo stands out", ha="center", color=PALE)
    else:
        at = echo.delay_ms + np.arange(len(echo.taps)) / 8
        response.axhline(0, color=PALE, linewidth=0.5)
        response.plot(at, echo.taps, color=BEFORE, linewidth=1.2)
        told = f"the path: {echo.erl_db:.1f} dB weaker, {echo.dispersion_ms:.1f} ms long"
        response.set_title(told, fontsize=10, loc="left", color=INK)
        response.set(xlabel="ms after what was sent")
    if echo is not None and echo.delays:
        delays.plot(*zip(*echo.delays, strict=True), "o-", color=AFTER, markersize=3, linewidth=1)
        middle = float(np.median([delay for _, delay in echo.delays]))
        lowest, highest = delays.get_ylim()
        delays.set_ylim(min(lowest, middle - 1), max(highest, middle + 1))
    delays.set_title("its delay in ms, over seconds", fontsize=10, loc="left", color=INK)
    for axis in (axes, response, delays):
        axis.tick_params(labelsize=8, colors=PALE)
        for edge in ("top", "right"):
            axis.spines[edge].set_visible(False)
    try:
        figure.savefig(path, dpi=110)
    except (ValueError, OSError) as error:
        raise ConfigError(f"--picture {path}: {error}") from error
