"""DTMF detectors and senders that are not ours: spandsp (through cffi) and multimon-ng (a process).

Debian: apt install gcc libspandsp-dev libtiff-dev multimon-ng.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.support.peers import PeerMissing, program, spandsp_shim


class Heard(NamedTuple):
    """A digit; where it began and how long it was, if the detector tells (samples)."""

    digit: str
    start: int | None = None
    frames: int | None = None


Signal = NDArray[np.int16]
Hears = Callable[[Sequence[Signal]], list[list[Heard]]]

# ---------------------------------------------------------------- spandsp

_DECLARATIONS = """
int hear(const int16_t *x, int n, int block, int filter_dialtone, char *digits, int max);
int send(const char *digits, int level, int twist, int on_ms, int off_ms, int16_t *x, int max);
"""

_SOURCE = """
typedef struct { char *digits; int found, max; } heard_t;

static void on_digit(void *user, int code, int level, int delay)
{
    heard_t *h = user;
    if (code && h->found < h->max) /* 0 = the digit has ended */
        h->digits[h->found++] = (char) code;
}

static int hear(const int16_t *x, int n, int block, int filter_dialtone, char *digits, int max)
{
    heard_t h = {digits, 0, max};
    dtmf_rx_state_t *s = dtmf_rx_init(NULL, NULL, NULL);
    dtmf_rx_parms(s, filter_dialtone, -1, -1, -99);
    dtmf_rx_set_realtime_callback(s, on_digit, &h);
    for (int i = 0; i < n; i += block)
        dtmf_rx(s, x + i, n - i < block ? n - i : block);
    dtmf_rx_free(s);
    return h.found;
}

static int send(const char *digits, int level, int twist, int on_ms, int off_ms, int16_t *x,
                int max)
{
    dtmf_tx_state_t *s = dtmf_tx_init(NULL);
    dtmf_tx_set_level(s, level, twist);
    dtmf_tx_set_timing(s, on_ms, off_ms);
    int n = 0, made;
    dtmf_tx_put(s, digits, -1);
    while (n < max && (made = dtmf_tx(s, x + n, max - n)) > 0)
        n += made;
    dtmf_tx_free(s);
    return n;
}
"""


def spandsp() -> ModuleType:
    """The compiled cffi module (`ffi`, `lib`); PeerMissing without compiler or library."""
    return spandsp_shim("dtmf", _DECLARATIONS, _SOURCE)


def spandsp_hears(signal: Signal, *, filter_dialtone: bool = False, block: int = 160) -> str:
    """Digits that spandsp's dtmf_rx finds."""
    native: Any = spandsp()
    digits = native.ffi.new("char[]", 4096)
    samples = native.ffi.from_buffer("int16_t[]", np.ascontiguousarray(signal))
    found = native.lib.hear(samples, len(signal), block, filter_dialtone, digits, 4096)
    return bytes(native.ffi.buffer(digits, found)).decode()


def spandsp_sends(
    digits: str, *, level_dbm0: int = -10, twist_db: int = 2, on_ms: int = 50, off_ms: int = 55
) -> Signal:
    """What spandsp's dtmf_tx makes of the digits; the twist is of the high tone over the low."""
    native: Any = spandsp()
    made = np.empty(len(digits) * (on_ms + off_ms) * 8 + 8000, np.int16)
    samples = native.ffi.from_buffer("int16_t[]", made)
    frames = native.lib.send(
        digits.encode(), level_dbm0, twist_db, on_ms, off_ms, samples, len(made)
    )
    return made[:frames]


# ---------------------------------------------------------------- multimon-ng

_MARK = "A*D#B"
"""Sent clean and slowly between two signals, to tell their digits apart."""


def multimon_hears(signals: Sequence[Signal]) -> list[str]:
    """Digits that multimon-ng finds in each signal (one process for all; it tells no times)."""
    from telcard.dsp import tones

    multimon = program("multimon-ng", "multimon-ng")
    if not signals:
        return []
    gap = np.zeros(1200, np.int16)
    mark = np.concatenate([gap, tones.dtmf(_MARK, on_ms=100, off_ms=100), gap])
    sound = np.concatenate([part for signal in signals for part in (signal, mark)])
    done = subprocess.run(
        [multimon, "-q", "-t", "raw", "-a", "DTMF", "-"],
        input=at_22050(sound).tobytes(),
        capture_output=True,
        check=True,
    )
    heard = "".join(row[6:] for row in done.stdout.decode().splitlines() if row[:6] == "DTMF: ")
    parts = heard.split(_MARK)
    if len(parts) != len(signals) + 1:
        raise RuntimeError(f"multimon-ng: want {len(signals)} marks, got {len(parts) - 1}")
    return parts[:-1]


def at_22050(sound: Signal) -> Signal:
    """Resampled from 8000 Hz by Fourier transform, in overlapping seconds."""
    made = []
    padded = np.concatenate([np.zeros(4000), sound, np.zeros(12000)])
    for at in range(0, len(sound), 8000):
        spectrum = np.fft.rfft(padded[at : at + 16000])
        long = np.fft.irfft(np.pad(spectrum, (0, 22051 - len(spectrum))), 44100) * (22050 / 8000)
        made.append(long[11025:33075])
    everything = np.concatenate(made)[: round(len(sound) * 22050 / 8000)]
    return np.clip(np.rint(everything), -32768, 32767).astype(np.int16)


# ---------------------------------------------------------------- anybody's


def plugged_in(spec: str) -> Hears:
    """A detector of your own: "module:callable", the module found as Python finds it.

    The callable gets a list of signals, int16 at 8 kHz, and gives a list with the digits of each:
    a string of them, or (digit, start, frames) for each if it tells times, in samples.
    SystemExit, in one sentence, when there is none or it gives something else.
    """
    name, _, attribute = spec.partition(":")
    try:
        own = getattr(importlib.import_module(name), attribute)
    except (ImportError, AttributeError, ValueError) as wrong:
        raise SystemExit(f"--detector: want module:callable, got {spec}: {wrong}") from None

    def hears(signals: Sequence[Signal]) -> list[list[Heard]]:
        answers = list(own(list(signals)))
        if len(answers) != len(signals):
            raise SystemExit(f"{spec}: want {len(signals)} answers, got {len(answers)}")
        return [[Heard(*digit) for digit in answer] for answer in answers]

    return hears


# ---------------------------------------------------------------- all


def available() -> dict[str, Hears]:
    """The peers that are installed, by name."""
    peers: dict[str, Hears] = {}
    try:
        spandsp()
    except PeerMissing:
        pass
    else:
        peers["spandsp"] = lambda signals: [
            [Heard(digit) for digit in spandsp_hears(signal)] for signal in signals
        ]
        peers["spandsp, dial-tone filter"] = lambda signals: [
            [Heard(digit) for digit in spandsp_hears(signal, filter_dialtone=True)]
            for signal in signals
        ]
    if shutil.which("multimon-ng"):
        peers["multimon-ng"] = lambda signals: [
            [Heard(digit) for digit in digits] for digits in multimon_hears(signals)
        ]
    return peers
