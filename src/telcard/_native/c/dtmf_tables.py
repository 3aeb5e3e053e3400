"""Writes dtmf_tables.h: filters and phasors of the DTMF detector (run it, commit the result).

Each group of tones is brought to complex baseband in two steps, to 1600 and 800 values a second.

Step 1 (12 taps, one value every 5 samples) turns the group's centre, 800 or 1400 Hz, to 0 Hz and
keeps out what would fold onto the group at 1600 values a second.  The centres are multiples of
200 Hz, so that a block of 40 samples is a whole number of turns: from value to value half a turn
(low group) or an eighth (high).

Step 2 (16 taps, every second value) is the group filter.  It passes the tones of the group with
their tolerance of 1.5 % + 2 Hz and stops what is known to sound beside them:

    group   passes (Hz)     stops
    low     684 ... 958     dial tones up to 450 Hz and hum, the high group from 1167 Hz on
    high    1187 ... 1662   the low group up to 974 Hz, as far above

A third filter over the values of step 1 of the low group (22 taps, once in 40 samples) measures
what sounds between 340 and 460 Hz: the energy of a dial tone, which nobody holds against a digit.

Both steps are symmetric (linear phase: an edge of the tone stays where it is) and are fitted by
weighted least squares, reweighted until the error is even (Lawson), step 2 against the slope that
step 1 leaves.  The gain is sqrt(2), so that a tone's magnitude is its RMS value, times UNIT.  Taps
are 16-bit numbers, two samples' or a phasor's two parts side by side: products of pairs of samples
are summed whole, of the later products only the upper half is kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TONES = {"LOW": (697, 770, 852, 941), "HIGH": (1209, 1336, 1477, 1633)}
CENTRE = {"LOW": 800, "HIGH": 1400}
PASS = {"LOW": 160.0, "HIGH": 263.0}
"""Half width of what passes, in Hz around the centre."""
STOP = {"LOW": 348.0, "HIGH": 428.0}
TAPS_1, TAPS_2, TAPS_DIAL = 12, 16, 22
STEP_1, STEP_2 = 5, 10
"""Samples between two values after each step."""
UNIT = 0.5
"""What a filter gives for a tone of RMS 1.  Values are 16-bit numbers, of the sound's own unit
about: with this no sound at all makes them overflow, and the softest tone has 40 of them."""

Array = NDArray[np.floating[Any]]


def basis(taps: int, rate: float, hz: Array) -> Array:
    """Columns: response at `hz` of each pair of taps of a symmetric filter of even length."""
    position = taps / 2 - 0.5 - np.arange(taps // 2)
    return np.asarray(2 * np.cos(2 * np.pi * np.outer(hz, position) / rate))


def fit(taps: int, rate: float, hz: Array, wanted: Array, weight: Array) -> Array:
    """Half of the symmetric filter whose weighted error is (nearly) even."""
    columns = basis(taps, rate, hz)
    emphasis = np.ones_like(hz)
    for _ in range(60):
        root = np.sqrt(emphasis) * weight
        half = np.linalg.lstsq(columns * root[:, None], wanted * root, rcond=None)[0]
        error = np.abs(columns @ half - wanted) * weight
        emphasis *= error / error.max() + 1e-3
        emphasis /= emphasis.mean()
    return half


def design(group: str) -> tuple[Array, Array]:
    """Half filters of step 1 and step 2."""
    inside = np.linspace(0, PASS[group], 60)
    rate_1 = 8000 / STEP_1
    folds = np.concatenate([k * rate_1 + np.linspace(-1.2, 1.2, 60) * PASS[group] for k in (1, 2)])
    hz = np.concatenate([inside, folds])
    half_1 = fit(TAPS_1, 8000, hz, (hz <= PASS[group]) * 1.0, np.where(hz <= PASS[group], 0.1, 1.0))
    half_1 /= basis(TAPS_1, 8000, np.zeros(1)) @ half_1
    outside = np.linspace(STOP[group], rate_1 / 2, 200)
    hz = np.concatenate([inside, outside])
    slope = basis(TAPS_1, 8000, hz) @ half_1
    wanted = np.where(hz <= PASS[group], 1 / slope, 0.0)
    half_2 = fit(TAPS_2, rate_1, hz, wanted, np.where(hz <= PASS[group], 0.7, 1.0))
    return half_1 * np.sqrt(2), half_2


def design_dial() -> tuple[Array, Array]:
    """Half of the dial tone filter, real and imaginary (the other half is its conjugate)."""
    half_1, _ = design("LOW")
    time = (TAPS_DIAL / 2 - 0.5 - np.arange(TAPS_DIAL // 2)) * STEP_1 / 8000
    hz = np.concatenate(
        [np.arange(340, 461, 2.0), np.arange(0, 230, 2.0), np.arange(590, 1590, 2.0)]
    )
    away = hz - CENTRE["LOW"]
    inside = (hz >= 340) & (hz <= 460)
    slope = basis(TAPS_1, 8000, away) @ half_1 / np.sqrt(2)
    turn = 2 * np.pi * np.outer(away, time)
    columns = 2 * np.concatenate([np.cos(turn), np.sin(turn)], axis=1) * slope[:, None]
    weight = np.where(inside, 3.0, 1.0)
    taps = np.linalg.lstsq(columns * weight[:, None], inside * weight, rcond=None)[0]
    return taps[: TAPS_DIAL // 2], taps[TAPS_DIAL // 2 :]


def response(group: str, hz: Array) -> Array:
    """Gain in dB at `hz` (negative: the other side of the spectrum), both steps together."""
    half_1, half_2 = design(group)
    away = hz - CENTRE[group]
    gain = basis(TAPS_1, 8000, away) @ half_1 * (basis(TAPS_2, 8000 / STEP_1, away) @ half_2)
    return np.asarray(20 * np.log10(np.abs(gain) / np.sqrt(2) + 1e-9))


def literal(value: float) -> str:
    """A C float."""
    text = f"{value:.9g}"
    return text + ("f" if set(text) & set(".e") else ".0f")


def words(first: float, second: float) -> str:
    """A C literal of two 16-bit numbers side by side, `first` in the lower half."""
    lower, upper = (round(value) for value in (first, second))
    assert max(abs(lower), abs(upper)) < 2**15
    return f"{(lower & 0xFFFF) | (upper & 0xFFFF) << 16:#010x}"


def taps_1() -> list[list[list[str]]]:
    """Step 1 of even and odd values: re and im of the low group, of the high one, 7 pairs of taps.

    The window of an even value begins within a pair of samples.  The centre of the low group turns
    by half a circle from value to value, that of the high one by an eighth back; of that what an
    odd value has more than the even one before it is undone here.
    """
    made: list[list[list[str]]] = []
    position = TAPS_1 / 2 - 0.5 - np.arange(TAPS_1)
    for odd in (0, 1):
        rows = []
        for group, eighths in (("LOW", 4 * odd), ("HIGH", odd)):
            half, _ = design(group)
            turn = 2 * np.pi * (CENTRE[group] / 8000 * position + eighths / 8)
            taps = np.concatenate([half, half[::-1]]) * np.exp(1j * turn)
            for part in (taps.real, taps.imag):
                assert np.abs(part).sum() * 2**15 * UNIT < 2**14  # two values' sum fits 16 bits
                row = np.concatenate([[0.0] * (1 - odd), part, [0.0] * (1 + odd)]) * 2**16 * UNIT
                rows.append([words(row[i], row[i + 1]) for i in range(0, 14, 2)])
        made.append(rows)
    return made


def tables() -> str:
    """Text of dtmf_tables.h."""
    text = "/* Written by dtmf_tables.py, which explains it; do not edit. */\n"
    text += "/* clang-format off */\n#ifndef TC_DTMF_TABLES_H\n#define TC_DTMF_TABLES_H\n\n"
    text += f"#define TAPS_2 {TAPS_2}\n#define TAPS_DIAL {TAPS_DIAL}\n"
    text += f"#define UNIT {literal(UNIT)} /* a filter's value for a tone of RMS 1 */\n"
    delay = (TAPS_1 - 1) / 2 + STEP_1 * (TAPS_2 - 1) / 2
    text += f"#define DELAY {delay:.1f}f /* samples from the filters' middle to their newest */\n\n"
    text += "static const uint32_t STEP_1[2][4][7] = {\n"
    for rows in taps_1():
        text += "    {\n" + "".join(f"        {{{', '.join(row)}}},\n" for row in rows) + "    },\n"
    text += "};\n"
    pairs: dict[str, list[list[str]]] = {}
    arrays: dict[str, list[Array]] = {}
    for group, tones in TONES.items():
        _, half_2 = design(group)
        assert np.abs(half_2).sum() < 1  # with such sums, the value fits as well
        pairs.setdefault("STEP_2", []).append([words(tap, tap) for tap in half_2 * 2**16])
        hz = np.array(tones, dtype=float)
        arrays.setdefault("TONE_HZ", []).append(hz)
        for lag in (1, 4):  # the phase step of each tone over this many values
            step = lag * 2 * np.pi * (hz - CENTRE[group]) * STEP_2 / 8000
            arrays.setdefault(f"TURN_{lag}_RE", []).append(np.cos(step))
            arrays.setdefault(f"TURN_{lag}_IM", []).append(np.sin(step))
        arrays.setdefault("TONE_GAIN", []).append(10 ** (-response(group, hz) / 10))
    real, imag = (part * 2**16 for part in design_dial())
    pairs["STEP_DIAL"] = [[words(tap, tap) for tap in real], [words(-tap, tap) for tap in imag]]
    for name, words_of in pairs.items():
        text += f"static const uint32_t {name}[2][{len(words_of[0])}] = {{\n"
        text += "".join(f"    {{{', '.join(row)}}},\n" for row in words_of) + "};\n"
    for name, rows_of in arrays.items():
        text += f"static const float {name}[2][{len(rows_of[0])}] = {{\n"
        text += "".join(f"    {{{', '.join(f'{literal(v)}' for v in row)}}},\n" for row in rows_of)
        text += "};\n"
    return text + "\n#endif\n"


if __name__ == "__main__":
    Path(__file__).with_suffix(".h").write_text(tables())
