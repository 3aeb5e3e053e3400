"""A call as a picture: both sides' sound, prompts, digits, and the stretch that was masked."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from telcard import audio
from telcard.errors import MissingExtra
from telcard.events import Event
from telcard.units import SAMPLE_RATE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CALLER, BANK, MASK, PROMPT, INK = "#1f6f8b", "#a8572e", "#d9d4c7", "#f6e7d8", "#333333"

ROW_S = 18.0
"""Seconds in a row of the picture: what a prompt's words need to be read."""

LETTERS_A_SECOND = 14
"""Letters of a prompt that fit into the width of a second."""


def timeline(path: Path, recording: Path, events: Sequence[Event], title: str) -> None:
    """Draw the timeline of one recorded call to `path` (PNG, PDF or SVG by its ending).

    `events` are the call's; the one named "recording" says at which sample the file begins.
    Raises `MissingExtra` without matplotlib, `MediaError` when the recording cannot be read.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a timeline picture", "analysis") from error
    pcm, samplerate = audio.read(recording)
    length = len(pcm) / samplerate
    rows = max(1, math.ceil(length / ROW_S))
    figure = Figure(figsize=(15.0, 0.5 + 2.9 * rows), layout="constrained")
    figure.suptitle(title, fontsize=13, color=INK, x=0.01, ha="left")
    for row, part in enumerate(figure.subfigures(rows, 1, squeeze=False)[:, 0]):
        caller, bank, script = part.subplots(
            3, 1, sharex=True, gridspec_kw={"height_ratios": [3, 3, 2.6]}
        )
        first, end = (round(edge * ROW_S * samplerate) for edge in (row, row + 1))
        _wave(caller, pcm[first:end, 0], row * ROW_S, samplerate, CALLER, "caller")
        _wave(bank, pcm[first:end, 1], row * ROW_S, samplerate, BANK, "bank")
        _annotate(caller, bank, script, events, row * ROW_S)
        script.set(ylim=(0, 1), yticks=[], xlim=(row * ROW_S, (row + 1) * ROW_S))
        script.set_ylabel("script", color=INK)
        if row == rows - 1:
            script.set_xlabel("seconds")
        for side in (caller, bank, script):
            for edge in ("top", "right"):
                side.spines[edge].set_visible(False)
    figure.savefig(path, dpi=110)


def _annotate(
    caller: Axes, bank: Axes, script: Axes, events: Sequence[Event], since_s: float
) -> None:
    """Write beside a row's sound what happened: keys, prompts, steps, and what was masked."""
    begin = next(event.sample for event in events if event.name == "recording")

    def second(sample: int) -> float:
        return (sample - begin) / SAMPLE_RATE

    def shown(start_s: float, end_s: float) -> bool:
        return end_s >= since_s and start_s < since_s + ROW_S

    for since, until in _masked(events):
        if not shown(second(since), second(until)):
            continue
        for side in (caller, script):
            side.axvspan(second(since), second(until), color=MASK, zorder=0)
        caller.text(
            second(since) + 0.1, 0.35, "PIN: masked", fontsize=9, color=INK, style="italic",
            clip_on=True,
        )  # fmt: skip
    text = ""
    for event in events:
        at, facts = second(event.sample), event.facts
        match event.name:
            case "digit" if shown(at, at):
                caller.text(
                    at + 0.04, 0.72, str(facts["digit"]), ha="center", fontsize=10,
                    weight="bold", color=CALLER, clip_on=True,
                )  # fmt: skip
            case "says":
                text = str(facts["text"])
            case "said":
                start = second(int(facts["start"] or 0))
                if not shown(start, at):
                    continue
                script.barh(0.3, at - start, left=start, height=0.55, color=PROMPT, edgecolor=BANK)
                script.text(
                    start + 0.06, 0.3, _wrap(text, at - start), va="center", fontsize=7.5,
                    color=INK, clip_on=True,
                )  # fmt: skip
            case "step" if shown(at, at) and facts["step"] != "judged":
                for side in (caller, bank, script):
                    side.axvline(at, color="#bbbbbb", linewidth=0.7, zorder=0)
                script.text(
                    at + 0.06, 0.95, str(facts["step"]).replace("_", " "), fontsize=9,
                    weight="bold", color=INK, va="top", clip_on=True,
                )  # fmt: skip


def _wave(
    axes: Axes,
    pcm: np.ndarray[Any, Any],
    start_s: float,
    samplerate: int,
    colour: str,
    name: str,
) -> None:
    """Draw the extremes of each 10 ms: what the eye sees of a waveform."""
    step = samplerate // 100
    whole = pcm[: len(pcm) // step * step].reshape(-1, step) / 32768
    seconds = start_s + np.arange(len(whole)) * step / samplerate
    axes.fill_between(seconds, whole.min(1), whole.max(1), color=colour, linewidth=0.4, step="post")
    axes.set(ylim=(-1, 1), yticks=[])
    axes.set_ylabel(name, color=colour)


def _masked(events: Iterable[Event]) -> Iterator[tuple[int, int]]:
    """The stretches in which the caller's side is masked; the last may have no end of its own."""
    since, last = None, 0
    for event in events:
        last = max(last, event.sample)
        if event.name == "masked":
            since = event.sample
        elif event.name == "unmasked" and since is not None:
            yield since, event.sample
            since = None
    if since is not None:
        yield since, last


def _wrap(text: str, seconds: float) -> str:
    """A prompt's words in lines that fit its bar; what does not fit is left out."""
    width = max(6, int(seconds * LETTERS_A_SECOND))
    return "\n".join(textwrap.wrap(text, width, max_lines=4, placeholder=" ..."))
