"""DTMF exam: what detectors take for a digit and what they do not, ours and the peers side by side.

    python benchmarks/quality_dtmf.py                       # ours, spandsp, multimon-ng
    python benchmarks/quality_dtmf.py --only ours --quick
    python benchmarks/quality_dtmf.py --detector module:callable   # yours, beside all of them
    python benchmarks/quality_dtmf.py --profile denmark            # ours by another row of Q.24

A detector of your own is a callable in a module that Python finds (PYTHONPATH=.): it gets a list of
signals, int16 arrays at 8 kHz, and gives for each a string of digits, or, if it knows the times,
a list of (digit, start, frames), in samples:

    def hears(signals):
        return [my_detector(signal) for signal in signals]         # ["159#", "", ...]

Every signal goes through A-law, at a random phase and place in the detector's grid.  Limits are
those of ITU-T Q.24 and of the project's goals; "(info)" has none.  Bold means failed, "n/a" that
the detector tells no times.  One seed, printed, makes the whole exam.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from telcard.dsp import g711
from telcard.dsp.tones import DTMF_HIGH_HZ, DTMF_HZ, DTMF_LOW_HZ

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script
from tests.support import dtmf_peers
from tests.support.dtmf_exam import KEYS, RATE, Maker, Sound, line, ms, ours_with, sine
from tests.support.dtmf_peers import Hears

# ---------------------------------------------------------------- the exam


@dataclass
class Result:
    text: str
    passed: bool | None
    """None: nothing was asked, or the detector cannot say."""


@dataclass
class Exam:
    """Runs the items for one detector; every item makes the same signals for each detector."""

    hears: Hears
    seed: int
    repeats: int

    def maker(self) -> Maker:
        return Maker(np.random.default_rng(self.seed))

    def count(self, trials: list[tuple[Sound, str]]) -> tuple[float, int]:
        """Part of the wanted digits that was found, in order, and how many were false."""
        heard = self.hears([line(sound) for sound, _ in trials])
        found = wanted = false = 0
        for digits, (_, keys) in zip(heard, trials, strict=True):
            same = matching("".join(h.digit for h in digits), keys)
            found += same
            wanted += len(keys)
            false += len(digits) - same
        return found / max(wanted, 1), false

    def accepted(self, make: Callable[[Maker, str], Sound]) -> float:
        """Part of single digits, all 16 at `repeats` random phases, heard as itself, once."""
        maker = self.maker()
        keys = list(KEYS) * self.repeats
        trials = [line(maker.padded(make(maker, key))) for key in keys]
        heard = self.hears(trials)
        return sum(
            [h.digit for h in digits] == [key] for digits, key in zip(heard, keys, strict=True)
        ) / len(keys)

    def anything(self, make: Callable[[Maker, str], Sound]) -> float:
        """Part of such signals in which any digit is heard."""
        maker = self.maker()
        heard = self.hears(
            [line(maker.padded(make(maker, key))) for key in list(KEYS) * self.repeats]
        )
        return sum(bool(digits) for digits in heard) / len(heard)


def matching(heard: str, wanted: str) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(wanted) + 1)
    for digit in heard:
        before = 0
        for i, key in enumerate(wanted):
            here = row[i + 1]
            row[i + 1] = before + 1 if digit == key else max(here, row[i])
            before = here
    return row[-1]


def percent(part: float) -> str:
    return f"{100 * part:.4g}%"


Item = Callable[[Exam], Result]
ITEMS: list[tuple[str, str, Item]] = []


def item(name: str, limit: str) -> Callable[[Item], Item]:
    def add(function: Item) -> Item:
        ITEMS.append((name, limit, function))
        return function

    return add


def rows(name: str, limit: str, on_ms: float, off_ms: float, least: float = 1) -> None:
    @item(name, limit)
    def _(exam: Exam) -> Result:
        maker = exam.maker()
        trials = []
        for _ in range(exam.repeats):
            keys = "".join(maker.random.permutation(list(KEYS)))
            trials.append((maker.padded(maker.row(keys, on_ms, off_ms)), keys))
        part, false = exam.count(trials)
        return Result(f"{percent(part)}, {false}", part >= least and not false)


rows("16 digits, 50/50 ms, -10 dBm0", "100%, 0", 50, 50)
rows("16 digits, 100/100 ms", "100%, 0", 100, 100)
rows("fastest dialling: 40/40 ms", "100%, 0", 40, 40)


@item("200 times '5', 50/45 ms", "100%, 0")
def _(exam: Exam) -> Result:
    maker = exam.maker()
    part, false = exam.count([(maker.padded(maker.row("5" * 200, 50, 45)), "5" * 200)])
    return Result(f"{percent(part)}, {false}", part == 1 and not false)


def signs(size: float) -> list[tuple[float, float]]:
    return [(a * size, b * size) for a, b in itertools.product((-1, 0, 1), repeat=2) if a or b]


@item("worst acceptance at +-1.5 %, all sign pairs", "100%")
def _(exam: Exam) -> Result:
    worst = min(
        exam.accepted(lambda m, k, a=a, b=b: m.pair(k, low=a, high=b)) for a, b in signs(0.015)
    )
    return Result(percent(worst), worst == 1)


@item("worst acceptance at +-(1.5 % + 2 Hz)", "100%")
def _(exam: Exam) -> Result:
    worst = min(
        exam.accepted(
            lambda m, k, a=a, b=b: m.pair(
                k, low=0.015 * a, high=0.015 * b, low_hz=2 * a, high_hz=2 * b
            )
        )
        for a, b in signs(1)
    )
    return Result(percent(worst), worst == 1)


@item("worst acceptance at +-1.8 % (NTT)", "100%")
def _(exam: Exam) -> Result:
    worst = min(
        exam.accepted(lambda m, k, a=a, b=b: m.pair(k, low=a, high=b)) for a, b in signs(0.018)
    )
    return Result(percent(worst), worst == 1)


for size, limit in ((0.03, "0% (NTT)"), (0.035, "0%"), (0.045, "0%"), (0.06, "0%")):

    @item(f"worst acceptance at +-{size:.1%}, one or both", limit)
    def _(exam: Exam, size: float = size) -> Result:
        worst = max(
            exam.anything(lambda m, k, a=a, b=b: m.pair(k, 100, low=a, high=b))
            for a, b in signs(size)
        )
        return Result(percent(worst), worst == 0)


for size in (0.02, 0.0225, 0.025, 0.0275):

    @item(f"acceptance of both tones off by {size:.2%}", "(info)")
    def _(exam: Exam, size: float = size) -> Result:
        part = np.mean(
            [
                exam.accepted(lambda m, k, a=a, b=b: m.pair(k, low=a, high=b))
                for a, b in itertools.product((-size, size), repeat=2)
            ]
        )
        return Result(percent(float(part)), None)


def last_that_passes(steps: Sequence[float], passes: Callable[[float], bool]) -> float | None:
    """Last of the steps before the first that fails."""
    last = None
    for step in steps:
        if not passes(step):
            break
        last = step
    return last


for name, limit_db, low, high in (
    ("forward twist accepted (low louder)", 8, 1, 0),
    ("reverse twist accepted (high louder)", 4, 0, 1),
):

    @item(name, f">= {limit_db} dB")
    def _(exam: Exam, limit_db: float = limit_db, low: int = low, high: int = high) -> Result:
        last = last_that_passes(
            np.arange(0, 14.1, 0.5),
            lambda db: (
                exam.accepted(lambda m, k: m.pair(k, 50, -16 + low * db, -16 + high * db)) == 1
            ),
        )
        return Result(f"{last} dB", last is not None and last >= limit_db)


@item("acceptance at 12 dB forward / 10 dB reverse", "(info)")
def _(exam: Exam) -> Result:
    forward = exam.accepted(lambda m, k: m.pair(k, 50, -8, -20))
    reverse = exam.accepted(lambda m, k: m.pair(k, 50, -20, -10))
    return Result(f"{percent(forward)} / {percent(reverse)}", None)


@item("always heard down to (per tone)", "<= -40 dBm0")
def _(exam: Exam) -> Result:
    last = last_that_passes(
        [-3.0, -10.0, -25.0, *np.arange(-36, -58, -1.0)],
        lambda level: exam.accepted(lambda m, k: m.pair(k, 50, level, level)) == 1,
    )
    return Result(f"{last} dBm0", last is not None and last <= -40)


@item("clipped, 0 dBm0 per tone", "100%")
def _(exam: Exam) -> Result:
    part = exam.accepted(lambda m, k: m.pair(k, 50, 0, 0))
    return Result(percent(part), part == 1)


@item("nothing heard at or below", ">= -55 dBm0")
def _(exam: Exam) -> Result:
    last = last_that_passes(
        np.arange(-62, -40, 1.0),
        lambda level: exam.anything(lambda m, k: m.pair(k, 100, level, level)) == 0,
    )
    return Result(f"{last} dBm0", last is not None and last >= -55)


@item("-25/-29 dBm0 (4 dB forward twist)", "100%")
def _(exam: Exam) -> Result:
    part = exam.accepted(lambda m, k: m.pair(k, 50, -25, -29))
    return Result(percent(part), part == 1)


@item("always accepted from", "<= 40 ms")
def _(exam: Exam) -> Result:
    last = last_that_passes(
        np.arange(50, 20, -1.0), lambda on: exam.accepted(lambda m, k: m.pair(k, on)) == 1
    )
    return Result(f"{last} ms", last is not None and last <= 40)


@item("never accepted up to", ">= 23 ms")
def _(exam: Exam) -> Result:
    last = last_that_passes(
        np.arange(8, 45, 1.0), lambda on: exam.anything(lambda m, k: m.pair(k, on)) == 0
    )
    return Result(f"{last} ms", last is not None and last >= 23)


@item("40 ms at +-(1.5 % + 2 Hz), 8 / 4 dB twist", "(info)")
def _(exam: Exam) -> Result:
    parts = [
        exam.accepted(
            lambda m, k, a=a, b=b, lv=lv: m.pair(
                k, 40, lv, -16, 0.015 * a, 0.015 * b, low_hz=2 * a, high_hz=2 * b
            )
        )
        for (a, b), lv in itertools.product(signs(1), (-8, -20))
    ]
    return Result(percent(min(parts)), None)


@item("pause that always gives two digits", "<= 40 ms")
def _(exam: Exam) -> Result:
    def split(off: float) -> bool:
        maker = exam.maker()
        trials = [
            (maker.padded(maker.row(key + key, 60, off)), key + key)
            for key in list(KEYS) * exam.repeats
        ]
        part, false = exam.count(trials)
        return part == 1 and not false

    last = last_that_passes(np.arange(60, 9, -1.0), split)
    return Result(f"{last} ms", last is not None and last <= 40)


@item("break that never splits a digit", ">= 10 ms")
def _(exam: Exam) -> Result:
    last = last_that_passes(
        np.arange(1, 40, 1.0),
        lambda off: exam.accepted(lambda m, k: holed(m, k, 100, 50 - off / 2, off)) == 1,
    )
    return Result(f"{last} ms", last is not None and last >= 10)


def holed(maker: Maker, key: str, on_ms: float, at_ms: float, hole_ms: float) -> Sound:
    sound = maker.pair(key, on_ms)
    sound[ms(at_ms) : ms(at_ms) + ms(hole_ms)] = 0
    return sound


@item("dropout of 2/5/8/10 ms anywhere in 100 ms: once", "100%")
def _(exam: Exam) -> Result:
    parts = [
        exam.accepted(lambda m, k, off=off: holed(m, k, 100, m.random.uniform(0, 100 - off), off))
        for off in (2, 5, 8, 10)
    ]
    return Result("/".join(percent(part) for part in parts), min(parts) == 1)


@item("start: largest error, 50 and 200 ms digits", "<= 2 ms")
def _(exam: Exam) -> Result:
    return edges(exam, start=True)


@item("length: largest error, 50 and 200 ms digits", "<= 2 ms")
def _(exam: Exam) -> Result:
    return edges(exam, start=False)


def edges(exam: Exam, start: bool) -> Result:
    maker = exam.maker()
    trials, places = [], []
    for key, on in itertools.product(list(KEYS) * exam.repeats, (50, 200)):
        before = int(maker.random.integers(800, 1600))
        sound = np.concatenate([np.zeros(before), maker.pair(key, on), np.zeros(1200)])
        trials.append(line(sound))
        places.append((before, ms(on)))
    error = 0.0
    heard = exam.hears(trials)
    if any(digit.start is None for digits in heard for digit in digits):
        return Result("n/a", None)
    for digits, (at, frames) in zip(heard, places, strict=True):
        if len(digits) == 1 and digits[0].start is not None and digits[0].frames is not None:
            off = digits[0].start - at if start else digits[0].frames - frames
            error = max(error, abs(off) * 1000 / RATE)
        else:
            error = math.inf
    return Result(f"{error:.2f} ms", error <= 2)


def noisy(
    name: str, limit: str, snr: float, level: float = -10, least: float | None = None
) -> None:
    @item(name, limit)
    def _(exam: Exam) -> Result:
        maker = exam.maker()
        trials = []
        for _ in range(exam.repeats * 5):
            keys = maker.keys(10)
            sound = maker.padded(maker.row(keys, 50, 50, level))
            noise = maker.noise(len(sound), level + 10 * math.log10(2) - snr)
            trials.append((sound + noise, keys))
        part, false = exam.count(trials)
        return Result(
            f"{percent(part)}, {false}",
            None if least is None else part >= least and not false,
        )


for snr, least in ((24, 1), (18, 0.999), (15, 0.99), (12, 0.99), (9, 0.99), (6, 0.99), (3, None)):
    noisy(
        f"digits in white noise, SNR {snr} dB",
        f">= {percent(least)}, 0" if least else "(info)",
        snr,
        least=least,
    )
noisy("digits at -22 dBm0, SNR 15 dB", ">= 99%, 0", 15, -22, 0.99)


@item("digits and 20 clicks a second", ">= 98%, 0")
def _(exam: Exam) -> Result:
    maker = exam.maker()
    trials = []
    for _ in range(exam.repeats * 5):
        keys = maker.keys(10)
        sound = maker.padded(maker.row(keys, 50, 50))
        clicks = maker.random.integers(0, len(sound), len(sound) // 400)
        sound[clicks] += maker.random.choice([-1, 1], len(clicks)) * 12000
        trials.append((sound, keys))
    part, false = exam.count(trials)
    return Result(f"{percent(part)}, {false}", part >= 0.98 and not false)


@item("white noise at -20 dBm0, minutes x false", "0")
def _(exam: Exam) -> Result:
    maker = exam.maker()
    minutes = exam.repeats
    _, false = exam.count([(maker.noise(60 * RATE, -20), "") for _ in range(minutes)])
    return Result(f"{minutes} x {false / minutes:.2g}", false == 0)


def over(name: str, limit: str, others: Sequence[float], least_db: float) -> None:
    """A steady tone under digits of -16 dBm0: the loudest that does no harm."""

    @item(name, limit)
    def _(exam: Exam) -> Result:
        def harmless(db: float) -> bool:
            maker = exam.maker()
            trials = []
            for _ in range(exam.repeats):
                keys = "".join(maker.random.permutation(list(KEYS)))
                sound = maker.padded(maker.row(keys, 50, 50, -16))
                for hz in others:
                    sound += sine(hz, -16 + db, len(sound), maker.random.uniform(0, 7))
                trials.append((sound, keys))
            part, false = exam.count(trials)
            return part == 1 and not false

        last = last_that_passes(np.arange(-18, 9.1, 1.0), harmless)
        return Result(f"{last} dB", last is not None and last >= least_db)


over("350+440 Hz dial tone: loudest that does no harm", ">= 3 dB each", (350, 440), 3)
over("450 Hz dial tone: loudest that does no harm", ">= 3 dB", (450,), 3)
over("425 Hz dial tone: loudest that does no harm", ">= 3 dB", (425,), 3)
over("400+450 Hz: loudest that does no harm", "(info)", (400, 450), -math.inf)


@item("digits at -20 with 50/150/250 Hz hum at -24/-30/-36", "100%, 0")
def _(exam: Exam) -> Result:
    maker = exam.maker()
    trials = []
    for _ in range(exam.repeats * 2):
        keys = maker.keys(16)
        sound = maker.padded(maker.row(keys, 50, 50, -20))
        for hz, level in ((50, -24), (150, -30), (250, -36)):
            sound += sine(hz, level, len(sound), maker.random.uniform(0, 7))
        trials.append((sound, keys))
    part, false = exam.count(trials)
    return Result(f"{percent(part)}, {false}", part == 1 and not false)


R1 = (700, 900, 1100, 1300, 1500, 1700)
R2_FORWARD = (1380, 1500, 1620, 1740, 1860, 1980)
R2_BACKWARD = (1140, 1020, 900, 780, 660, 540)
PROGRESS = (
    *((350, 440), (440, 480), (480, 620), (425,), (450,), (400,), (400, 450), (950,), (1400,)),
    *((1800,), (1000,), (2100,), (1100,), (1850,), (1650,), (2280,), (2400, 2600), (1004,)),
)


def never(name: str, chords: Sequence[Sequence[float]]) -> None:
    @item(name, "0")
    def _(exam: Exam) -> Result:
        maker = exam.maker()
        trials = []
        for chord, level, on in itertools.product(chords, (-3, -10, -25), (68, 200, 1000)):
            sound = np.zeros(ms(on))
            for hz in chord:
                sound += sine(hz, level, len(sound), maker.random.uniform(0, 7))
            trials.append((maker.padded(sound), ""))
        _, false = exam.count(trials)
        return Result(f"{false} of {len(trials)}", false == 0)


never("call progress and fax tones", PROGRESS)
never(
    "R2 forward and backward pairs",
    [*itertools.combinations(R2_FORWARD, 2), *itertools.combinations(R2_BACKWARD, 2)],
)
# 700 + 1500 Hz, R1's 7, is a '3' within +-(1.5 % + 2 Hz): no receiver that keeps Q.24 can tell.
never("R1 pairs but 700+1500", [c for c in itertools.combinations(R1, 2) if c != (700, 1500)])
never("single DTMF components", [(hz,) for hz in DTMF_LOW_HZ + DTMF_HIGH_HZ])
never(
    "two tones of one group",
    [*itertools.combinations(DTMF_LOW_HZ, 2), *itertools.combinations(DTMF_HIGH_HZ, 2)],
)
never(
    "pair plus an equal third tone",
    [
        (*DTMF_HZ[key], other)
        for key in KEYS
        for other in DTMF_LOW_HZ + DTMF_HIGH_HZ
        if other not in DTMF_HZ[key]
    ],
)


for delay, limit_db in ((5, -16), (10, -16), (20, -16), (30, -24)):

    @item(f"echo at {delay} ms: loudest harmless", f"{limit_db} dB or louder")
    def _(exam: Exam, delay: float = delay, limit_db: float = limit_db) -> Result:
        def harmless(db: float) -> bool:
            maker = exam.maker()
            trials = []
            for _ in range(exam.repeats):
                keys = "".join(maker.random.permutation(list(KEYS)))
                sound = maker.padded(maker.row(keys, 50, 50))
                sound[ms(delay) :] += 10 ** (db / 20) * sound[: -ms(delay)]
                trials.append((sound, keys))
            part, false = exam.count(trials)
            return part == 1 and not false

        last = last_that_passes(np.arange(-30, -3.9, 2.0), harmless)
        return Result(f"{last} dB", last is not None and last >= limit_db)


@item("digits 50/50, 1e-3 bit errors in the octets", ">= 98%, 0")
def _(exam: Exam) -> Result:
    maker = exam.maker()
    trials, wanted = [], []
    for _ in range(exam.repeats * 5):
        keys = maker.keys(10)
        octets = g711.encode_alaw(maker.padded(maker.row(keys, 50, 50)).astype(np.int16))
        flips = maker.random.random((len(octets), 8)) < 1e-3
        octets ^= np.packbits(flips, axis=1)[:, 0]
        trials.append(g711.decode_alaw(octets).astype(np.float64))
        wanted.append(keys)
    part, false = exam.count(list(zip(trials, wanted, strict=True)))
    return Result(f"{percent(part)}, {false}", part >= 0.98 and not false)


@item("digits 80/50, 2 % of 20 ms packets lost (zeros)", "(info)")
def _(exam: Exam) -> Result:
    maker = exam.maker()
    trials = []
    for _ in range(exam.repeats * 5):
        keys = maker.keys(10)
        sound = maker.padded(maker.row(keys, 80, 50))
        for at in range(0, len(sound), 160):
            if maker.random.random() < 0.02:
                sound[at : at + 160] = 0
        trials.append((sound, keys))
    part, false = exam.count(trials)
    return Result(f"{percent(part)}, {false}", None)


# ---------------------------------------------------------------- the table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", metavar="DETECTOR", help="ours, spandsp, multimon-ng ...")
    parser.add_argument("--detector", metavar="MODULE:CALLABLE", help="one of your own")
    parser.add_argument("--profile", default="q24", help="what ours keeps to: q24, ntt ...")
    parser.add_argument("--quick", action="store_true", help="a fifth of the trials")
    parser.add_argument("--items", default="", help="only items whose name holds this")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    detectors: dict[str, Hears] = {"ours": ours_with(options.profile)}
    detectors |= dtmf_peers.available()
    if options.detector:
        detectors[options.detector] = dtmf_peers.plugged_in(options.detector)
    if options.only:
        detectors = {options.only: detectors[options.only]}
    print(f"seed {options.seed}\n")
    print(f"| item | limit | {' | '.join(detectors)} |")
    print("| --- | --- |" + " --- |" * len(detectors))
    failed = dict.fromkeys(detectors, 0)
    asked = dict.fromkeys(detectors, 0)
    exams = {
        name: Exam(hears, options.seed, 4 if options.quick else 20)
        for name, hears in detectors.items()
    }
    for name, limit, examine in ITEMS:
        if options.items not in name:
            continue
        cells = []
        for detector, exam in exams.items():
            result = examine(exam)
            failed[detector] += result.passed is False
            asked[detector] += result.passed is not None
            cells.append(f"**{result.text}**" if result.passed is False else result.text)
        print(f"| {name} | {limit} | {' | '.join(cells)} |", flush=True)
    passed = [f"{asked[d] - failed[d]} of {asked[d]}" for d in detectors]
    print(f"| passed | | {' | '.join(passed)} |")


if __name__ == "__main__":
    main()
