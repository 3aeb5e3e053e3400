"""The picture of a recording: each side's waveform and spectrogram, with what was found in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from telcard.analysis.cadences import bursts, within_cadence
from telcard.analysis.findings import Cadence, Finding, Level, Silence, Tone, side_name
from telcard.analysis.recording import Analysis, stretch
from telcard.audio import Raw
from telcard.errors import ConfigError, MissingExtra
from telcard.units import DBM0_RMS, SAMPLE_RATE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

LONGEST_S = 600.0
"""Seconds of sound in a picture, at most."""

SIDES = ("#1f6f8b", "#a8572e", "#5b7f3b", "#7a4f8f")
INK, PALE = "#333333", "#8a8a8a"

LANES = ("keys", "signals", "data", "tones", "speech")
"""Rows under the spectrogram, from above; a side has those in which something was found."""

_INK_OF_SOUND = ("#ffffff", "#eef3f5", "#c9dbe2", "#8fb4c3", "#4f8aa3", "#1f5f7a", "#0d3446")

_ROW_S = 22.0
_MOST_ROWS = 6
_WINDOW = 256
_LOWEST_DBM0, _HIGHEST_DBM0 = -62.0, -14.0


def picture(
    path: str | Path,
    analysis: Analysis,
    raw: Raw | None = None,
    *,
    start_s: float = 0.0,
    end_s: float | None = None,
) -> tuple[float, float]:
    """Draw an analysed recording to `path` (PNG, PDF or SVG by its ending).

    Returns the seconds that were drawn: from `start_s` to `end_s`, or to the end, at most ten
    minutes if no end was given.  `MissingExtra` without matplotlib; `ConfigError` for a stretch
    that is empty, longer, or outside the recording; `MediaError` if the file cannot be read again.
    """
    try:
        from matplotlib.colors import LinearSegmentedColormap
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a picture of a recording", "analysis") from error
    end_s = min(analysis.length_s, start_s + LONGEST_S if end_s is None else end_s)
    if not 0 <= start_s < end_s:
        raise ConfigError(
            f"{analysis.file}: want a stretch within its {analysis.length_s:.1f} s to draw, "
            f"got {start_s:g} to {end_s:g} s"
        )
    if end_s - start_s > LONGEST_S:
        raise ConfigError(
            f"{analysis.file}: want at most {LONGEST_S:g} s in a picture, got {end_s - start_s:g} s"
        )
    pcm = stretch(analysis.file, raw, start_s, end_s)
    colours = LinearSegmentedColormap.from_list("sound", _INK_OF_SOUND)
    length_s = end_s - start_s
    rows = min(_MOST_ROWS, math.ceil(length_s / _ROW_S))
    row_s = length_s / rows
    sides = range(pcm.shape[1])
    findings = [[f for f in analysis.of(side) if not isinstance(f, Level)] for side in sides]
    lanes = [_lanes(own) for own in findings]
    ratios = [part for own in lanes for part in (1.0, 1.5, *([0.19 * len(own)] if own else []))]
    height = 0.6 + rows * (0.3 + 0.86 * sum(ratios))
    figure = Figure(figsize=(15, height), layout="constrained")
    figure.suptitle(_title(analysis, start_s, end_s), fontsize=12, color=INK, x=0.008, ha="left")
    parts = figure.subfigures(rows, 1, squeeze=False)[:, 0]
    for row, part in enumerate(parts):
        since_s = start_s + row * row_s
        first = round(row * row_s * SAMPLE_RATE)
        piece = pcm[first : first + round(row_s * SAMPLE_RATE)]
        axes = part.subplots(
            len(ratios), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": ratios},
        )[:, 0]  # fmt: skip
        free = iter(axes)
        for side in sides:
            wave, bands = next(free), next(free)
            colour = SIDES[side % len(SIDES)]
            name = side_name(side, pcm.shape[1])
            _wave(wave, piece[:, side], since_s, row_s, colour, name)
            _bands(bands, piece[:, side], since_s, row_s, colours)
            _shade(wave, findings[side], since_s, row_s)
            if lanes[side]:
                _mark(next(free), lanes[side], _told(findings[side]), since_s, row_s)
        axes[0].set_xlim(since_s, since_s + row_s)
        for axis in axes[:-1]:
            axis.tick_params(bottom=False)
        axes[-1].tick_params(labelsize=8, colors=PALE)
    axes[-1].set_xlabel("seconds", color=PALE, fontsize=9)
    figure.savefig(path, dpi=110)
    return start_s, end_s


def _title(analysis: Analysis, start_s: float, end_s: float) -> str:
    sides = {1: "mono", 2: "stereo"}.get(analysis.channels, f"{analysis.channels} channels")
    text = f"{Path(analysis.file).name}   {sides}, {analysis.samplerate} Hz"
    if end_s - start_s < analysis.length_s - 0.01:
        return f"{text}, {start_s:g} to {end_s:g} s of {analysis.length_s:.1f} s"
    return f"{text}, {analysis.length_s:.1f} s"


def _wave(
    axes: Axes, pcm: npt.NDArray[np.int16], since_s: float, row_s: float, colour: str, name: str
) -> None:
    """The extremes in each of some 2,000 pieces: what the eye sees of a waveform."""
    step = max(1, math.ceil(row_s * SAMPLE_RATE / 2000))
    whole = pcm[: len(pcm) // step * step].reshape(-1, step) / 32768
    seconds = since_s + np.arange(len(whole)) * step / SAMPLE_RATE
    axes.fill_between(
        seconds, whole.min(1, initial=0), whole.max(1, initial=0),
        color=colour, linewidth=0.3, step="post",
    )  # fmt: skip
    axes.set(ylim=(-1.05, 1.05), yticks=[])
    axes.set_ylabel(name, color=colour, fontsize=10)
    for edge in ("top", "right", "left", "bottom"):
        axes.spines[edge].set_visible(False)
    axes.axhline(0, color="#e2e2e2", linewidth=0.5, zorder=0)


def _bands(
    axes: Axes, pcm: npt.NDArray[np.int16], since_s: float, row_s: float, colours: Colormap
) -> None:
    """Levels in dBm0 over time and frequency, the loudest of the moments that fall in a column."""
    image = _spectrogram(pcm, max(1, math.ceil(row_s * SAMPLE_RATE / 1400 / 64)))
    end_s = since_s + len(pcm) / SAMPLE_RATE
    axes.imshow(
        image, origin="lower", aspect="auto", cmap=colours, interpolation="bilinear",
        extent=(since_s, end_s, 0, 4), vmin=_LOWEST_DBM0, vmax=_HIGHEST_DBM0,
    )  # fmt: skip
    axes.set(ylim=(0, 4), yticks=[1, 2, 3])
    axes.set_ylabel("kHz", color=PALE, fontsize=8)
    axes.tick_params(axis="y", labelsize=7, colors=PALE, length=2)
    for edge in axes.spines.values():
        edge.set(color="#d5d5d5", linewidth=0.6)


def _spectrogram(pcm: npt.NDArray[np.int16], together: int) -> npt.NDArray[np.float32]:
    """dBm0 of a sine in each bin, (bins, columns); `together` windows of 32 ms make a column."""
    window = np.hanning(_WINDOW + 1)[:-1]
    padded = np.concatenate([np.zeros(_WINDOW // 2), pcm, np.zeros(_WINDOW)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::64]
    columns: list[npt.NDArray[Any]] = []
    for first in range(0, max(1, len(pcm) // 64), together * 64):  # in parts: memory is bounded
        part = np.abs(np.fft.rfft(frames[first : first + together * 64] * window)) ** 2
        whole = len(part) // together * together or len(part)
        width = min(together, whole)
        columns.append(part[:whole].reshape(-1, width, part.shape[1]).max(1))
    power = np.concatenate(columns) * (2 / window.sum() ** 2) / DBM0_RMS**2
    return np.asarray(10 * np.log10(power + 1e-12), np.float32).T


def _lanes(findings: Iterable[Finding]) -> list[str]:
    """The rows that a side needs, from the keys down."""
    needed = {finding.lane for finding in findings}
    return [lane for lane in LANES if lane in needed]


def _mark(
    axes: Axes, lanes: Sequence[str], told: Sequence[Finding], since_s: float, row_s: float
) -> None:
    """One row a lane; a name stands in its bar, or behind it as far as the next one lets it."""
    until_s = since_s + row_s
    character_s = row_s / 205  # of 7.5 points, in a picture of 15 inches
    axes.set(ylim=(len(lanes), 0), yticks=[n + 0.5 for n in range(len(lanes))])
    axes.set_yticklabels(lanes, fontsize=7, color=PALE)
    axes.tick_params(axis="y", length=0)
    for edge in axes.spines.values():
        edge.set_visible(False)
    for number, lane in enumerate(lanes):
        axes.axhline(number, color="#eeeeee", linewidth=0.6)
        row = [
            finding
            for finding in told
            if finding.lane == lane and finding.end_s > since_s and finding.start_s < until_s
        ]
        for place, finding in enumerate(row):
            left, right = max(finding.start_s, since_s), min(finding.end_s, until_s)
            axes.barh(
                number + 0.5, max(right - left, row_s / 1500), 0.8, left,
                color=finding.colour, alpha=0.22, linewidth=0,
            )  # fmt: skip
            axes.plot([left, left], [number + 0.1, number + 0.9], color=finding.colour, linewidth=1)
            after = row[place + 1].start_s if place + 1 < len(row) else until_s
            room = int((max(right, min(after, until_s)) - left) / character_s - 0.4)
            if lane == "speech" or room < 1:
                continue
            text = finding.label
            if len(text) > room:
                text = text[: room - 1] + "\N{HORIZONTAL ELLIPSIS}" if room > 3 else ""
            axes.text(
                left + 0.4 * character_s, number + 0.52, text.replace("$", r"\$"), va="center",
                fontsize=7.5, color=finding.colour, weight="bold", clip_on=True,
            )  # fmt: skip


def _told(findings: Iterable[Finding]) -> list[Finding]:
    """What gets a bar: a cadence stands for its tones."""
    findings = list(findings)
    tones = [finding for finding in findings if isinstance(finding, Tone)]
    inside = {
        tone
        for cadence in findings
        if isinstance(cadence, Cadence)
        for tone in bursts(cadence, tones)
    }
    return [finding for finding in findings if finding.lane and finding not in inside]


def _shade(wave: Axes, findings: Iterable[Finding], since_s: float, row_s: float) -> None:
    """Keys and tones in the waveform, and its silences."""
    until_s = since_s + row_s
    shown = [f for f in findings if f.end_s > since_s and f.start_s < until_s]
    for finding in shown:
        left, right = max(finding.start_s, since_s), min(finding.end_s, until_s)
        if finding.lane in ("keys", "tones", "signals", "data") and not isinstance(
            finding, Cadence
        ):
            wave.axvspan(left, right, color=finding.colour, alpha=0.14, linewidth=0, zorder=0)
        elif isinstance(finding, Silence) and not within_cadence(finding, shown):
            wave.plot([left, right], [0, 0], color=PALE, linewidth=1.0, linestyle=(0, (1, 3)))
            if right - left > row_s / 12:
                wave.text(
                    (left + right) / 2, 0.12, f"silence {finding.length_s:.1f} s", ha="center",
                    fontsize=7.5, color=PALE, style="italic", clip_on=True,
                )  # fmt: skip
