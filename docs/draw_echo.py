"""Draw `docs/echo-canceller.png`: a path cut into partitions, and a call over it.

python docs/draw_echo.py            # wants telcard's `analysis` extra
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from telcard.analysis.picture import INK, PALE
from telcard.dsp import EchoCanceller, g711
from telcard.dsp.copper import Copper, CopperLine
from telcard.exchange.hybrid import RESISTIVE, Pair, hybrid_echo
from telcard.speech.library import ClipLibrary
from telcard.units import DBM0_RMS

PICTURE = Path(__file__).parent / "echo-canceller.png"
TAIL_MS, PARTITION_MS, FAR_MS, REROUTED_S, TALKS_S, LENGTH_S = 32, 10, 180.0, 7, 14, 18
TOWARDS, BEFORE, AFTER = "#c3ccd1", "#a8572e", "#1f6f8b"

Sound = NDArray[np.int16]


def prompts(seconds: float, first: int) -> Sound:
    """Clips one after the other, from one of them on."""
    library = ClipLibrary("en")
    names = library.clips()
    octets = b"".join(library[names[(first + n) % len(names)]] for n in range(len(names)))
    return np.resize(g711.decode_alaw(np.frombuffer(octets, np.uint8)), round(8000 * seconds))


def levels(sound: Sound) -> NDArray[np.float64]:
    """dBm0 of every 50 ms."""
    pieces = sound[: len(sound) // 400 * 400].reshape(-1, 400).astype(float)
    power = np.convolve((pieces**2).mean(axis=1), np.ones(3) / 3, "same")
    return np.asarray(10 * np.log10(power / DBM0_RMS**2 + 1e-10))


def call() -> tuple[Sound, Sound, tuple[float, ...]]:
    """A prompt all along, and what comes back: late, later from some second on, at last with a
    caller; and the hybrid."""
    receive, caller = prompts(LENGTH_S, 0), prompts(LENGTH_S, 40)
    caller[: 8000 * TALKS_S] = 0
    pair = hybrid_echo(Pair(km=3, mm=0.4), RESISTIVE)
    sides = []
    for delay_ms in (FAR_MS / 2, FAR_MS):  # each way
        copper = Copper(echo=pair, erl_db=8, noise_dbm0=(None, -60), delay_ms=delay_ms)
        sides.append(CopperLine(copper).process(receive, caller)[1])
    change = 8000 * REROUTED_S
    return receive, np.concatenate([sides[0][:change], sides[1][change:]]), pair


def main() -> None:
    """Draw it."""
    receive, send, _ = call()
    canceller = EchoCanceller(tail_ms=TAIL_MS, find_delay=True, comfort_noise=False)
    change = 8000 * REROUTED_S
    out = [canceller.process(receive[:change], send[:change])]
    known, begins_ms = canceller.save(0), canceller.statistics(0).begins_ms
    out.append(canceller.process(receive[change:], send[change:]))
    figure = Figure(figsize=(11, 7.2), layout="constrained")
    path, course = figure.subplots(2, 1, height_ratios=[1, 1.25])
    at = begins_ms + np.arange(len(known)) / 8
    path.axvspan(0, begins_ms, color=TOWARDS, alpha=0.5, linewidth=0)
    path.text(begins_ms / 2, -0.9, "delay: found, or told", ha="center", color=INK, fontsize=9)
    for begin in np.arange(begins_ms, begins_ms + TAIL_MS, PARTITION_MS):
        path.axvline(begin, color=PALE, linewidth=0.6, linestyle=":")
    told = f"tail: {TAIL_MS} ms, in partitions of {PARTITION_MS}"
    path.text(begins_ms + 1, -0.9, told, color=INK, fontsize=9)
    path.plot(at, known / np.abs(known).max(), color=BEFORE, linewidth=1.2)
    path.set(xlim=(begins_ms - 30, begins_ms + TAIL_MS + 6), ylim=(-1.1, 1.1))
    path.set_xlabel("ms after what was sent")
    path.set_title("what the filter has learnt of the path", fontsize=10, loc="left", color=INK)
    path.texts[0].set_x(begins_ms - 15)
    seconds = np.arange(len(levels(send))) * 0.05
    course.fill_between(
        seconds, -80, levels(receive), color=TOWARDS, linewidth=0, label="receive: towards the line"
    )
    course.plot(seconds, levels(send), color=BEFORE, linewidth=0.9, label="send: from the line")
    course.plot(seconds, levels(np.concatenate(out)), color=AFTER, linewidth=0.9, label="out")
    for event in canceller.events():
        course.axvline(event.start / 8000, color=PALE, linewidth=0.6, linestyle=":")
        course.text(event.start / 8000, -79, f" {event.kind}", color=INK, fontsize=7.5, rotation=90)
    for second, what in ((REROUTED_S, "rerouted: later by 180 ms"), (TALKS_S, "the caller talks")):
        course.axvline(second, color=BEFORE, linewidth=0.8)
        course.text(second + 0.1, 4, what, color=BEFORE, fontsize=9)
    course.set(xlim=(0, LENGTH_S), ylim=(-80, 20), xlabel="seconds", ylabel="dBm0")
    course.legend(frameon=False, ncols=3, loc="upper left", fontsize=8.5)
    for axes in (path, course):
        axes.tick_params(labelsize=8, colors=PALE)
        for edge in ("top", "right"):
            axes.spines[edge].set_visible(False)
    figure.savefig(PICTURE, dpi=100)
    print(PICTURE)


if __name__ == "__main__":
    main()
