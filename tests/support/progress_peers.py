"""Cadenced tones that are not ours: spandsp's super_tone_tx and super_tone_rx (through cffi).

Debian: apt install gcc libspandsp-dev libtiff-dev.  PeerMissing says what lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from telcard.countries import CadencedTone
from tests.support.peers import spandsp_shim

Signal = NDArray[np.int16]

_DECLARATIONS = """
int tones_send(const float *f1, const float *f2, const int *ms, int steps, float level,
               int16_t *x, int max);
void *tones_new(const int *elements, int count);
void tones_end(void *detector);
int tones_hear(void *detector, const int16_t *x, int n, int block, int *codes, int max);
"""

_SOURCE = """
#include <spandsp/expose.h> /* the links between steps */

typedef struct {
    super_tone_rx_descriptor_t *descriptor;
    super_tone_rx_state_t *rx;
    int *codes, found, max;
} tones_t;

static void on_tone(void *user, int code, int level, int delay)
{
    tones_t *t = user;
    if (code >= 0 && t->found < t->max) /* -1 = it has ended */
        t->codes[t->found++] = code;
}

/* A step has room for four tones; of its own, spandsp sets two and sounds what malloc left. */
static super_tone_tx_step_t *step(float f1, float f2, float level, int ms, int cycles)
{
    super_tone_tx_step_t *s = calloc(1, sizeof *s);
    return super_tone_tx_make_step(s, f1, level, f2, level, ms, cycles);
}

static int tones_send(const float *f1, const float *f2, const int *ms, int steps, float level,
                      int16_t *x, int max)
{
    super_tone_tx_step_t *first = step(0, 0, 0, 0, 0);
    super_tone_tx_step_t **next = &first->nest;
    for (int i = 0; i < steps; i++) {
        *next = step(f1[i], f2[i], level, ms[i], 1);
        next = &(*next)->next;
    }
    super_tone_tx_state_t *tx = super_tone_tx_init(NULL, first);
    int made = 0, n;
    while (made < max && (n = super_tone_tx(tx, x + made, max - made)) > 0)
        made += n;
    super_tone_tx_free(tx);
    super_tone_tx_free_tone(first);
    return made;
}

/* elements: tone, f1, f2, least ms, most ms, for each; tones are numbered from 0.  The last tone is
 * of our making, an hour of 2600 Hz: spandsp ranks the powers of its two loudest frequencies, and
 * of a set with only one frequency it reads a second power that nobody wrote. */
static void *tones_new(const int *elements, int count)
{
    tones_t *t = calloc(1, sizeof *t);
    super_tone_rx_descriptor_t *d = t->descriptor = super_tone_rx_make_descriptor(NULL);
    int tones = 0;
    for (int i = 0; i < count; i++, elements += 5) {
        while (tones <= elements[0])
            tones = super_tone_rx_add_tone(d) + 1;
        super_tone_rx_add_element(d, elements[0], elements[1], elements[2], elements[3],
                                  elements[4]);
    }
    super_tone_rx_add_element(d, super_tone_rx_add_tone(d), 2600, 0, 3600000, 0);
    t->rx = super_tone_rx_init(NULL, d, on_tone, t);
    return t;
}

static void tones_end(void *detector)
{
    tones_t *t = detector;
    super_tone_rx_free(t->rx);
    super_tone_rx_free_descriptor(t->descriptor);
    free(t);
}

static int tones_hear(void *detector, const int16_t *x, int n, int block, int *codes, int max)
{
    tones_t *t = detector;
    t->codes = codes, t->found = 0, t->max = max;
    for (int i = 0; i < n; i += block) {
        int left = n - i < block ? n - i : block;
        for (const int16_t *at = x + i; left > 0;) {
            int used = super_tone_rx(t->rx, at, left);
            at += used, left -= used;
        }
    }
    return t->found;
}
"""


def spandsp() -> Any:
    """The shim; PeerMissing when it cannot be built."""
    return spandsp_shim("progress", _DECLARATIONS, _SOURCE)


def spandsp_sends(tone: CadencedTone, level_dbm0: float, seconds: float) -> Signal:
    """A country's tone by super_tone_tx."""
    native = spandsp()
    steps: list[tuple[float, float, int]] = []
    if tone.continuous:
        hz = tone.during(0)
        steps = [(hz[0], hz[1] if len(hz) > 1 else 0.0, int(1000 * seconds))]
    while sum(ms for _, _, ms in steps) < 1000 * seconds:
        for burst in range(tone.bursts):
            hz = tone.during(burst)
            on_s, off_s = tone.cadence_s[2 * burst : 2 * burst + 2]
            steps += [
                (hz[0], hz[1] if len(hz) > 1 else 0.0, round(1000 * on_s)),
                (0.0, 0.0, round(1000 * off_s)),
            ]
    made = np.zeros(round(seconds * 8000), np.int16)
    # spandsp's levels are dBm0 of each sine.
    native.lib.tones_send(
        native.ffi.new("float[]", [f1 for f1, _, _ in steps]),
        native.ffi.new("float[]", [f2 for _, f2, _ in steps]),
        native.ffi.new("int[]", [ms for _, _, ms in steps]),
        len(steps),
        level_dbm0,
        native.ffi.from_buffer("int16_t[]", made),
        len(made),
    )
    return made


class SpandspTones:
    """super_tone_rx with one tone of a country after the other; `hear` gives their numbers."""

    def __init__(self, tones: Sequence[CadencedTone]) -> None:
        elements: list[int] = []
        for number, tone in enumerate(tones):
            if tone.continuous:
                elements += self._element(number, tone.during(0), 700, 0)
            for burst in range(0 if tone.continuous else tone.bursts):
                on_s, off_s = tone.cadence_s[2 * burst : 2 * burst + 2]
                elements += self._element(number, tone.during(burst), *self._about(on_s))
                elements += self._element(number, (), *self._about(off_s))
        self._native = spandsp()
        self._detector = self._native.ffi.gc(
            self._native.lib.tones_new(self._native.ffi.new("int[]", elements), len(elements) // 5),
            self._native.lib.tones_end,
        )

    @staticmethod
    def _about(seconds: float) -> tuple[int, int]:
        wide = max(50.0, 150 * seconds)
        return round(1000 * seconds - wide), round(1000 * seconds + wide)

    @staticmethod
    def _element(number: int, hz: Sequence[float], least: int, most: int) -> list[int]:
        both = [round(f) for f in [*hz, 0, 0]][:2]  # 0 is none, whatever the header says
        return [number, *both, least, most]

    def hear(self, pcm: Signal, block: int = 160) -> list[int]:
        """Numbers of the tones that were told, in order."""
        codes = self._native.ffi.new("int[]", 256)
        x = np.ascontiguousarray(pcm)
        found = self._native.lib.tones_hear(
            self._detector, self._native.ffi.from_buffer("int16_t[]", x), len(x), block, codes, 256
        )
        return list(codes[0:found])
