"""FSK modems that are not ours: spandsp (through cffi) and minimodem (a process).

Debian: apt install gcc libspandsp-dev libtiff-dev minimodem.
"""

from __future__ import annotations

import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from tests.support.peers import program, spandsp_shim

Signal = NDArray[np.int16]

SPANDSP = {
    "v21_1": 0,
    "v21_2": 1,
    "v23_1200": 2,
    "v23_75": 3,
    "bell103_1": 5,
    "bell103_2": 4,
    "bell202": 6,
}
"""Places in its table of standards."""

_DECLARATIONS = """
int hear(int standard, int mode, float cutoff, const int16_t *x, int n, int block, uint8_t *bits,
         int max);
int send(int standard, float level, const uint8_t *bits, int count, int16_t *x, int max);
"""

_SOURCE = """
typedef struct { uint8_t *bits; int found, max; } heard_t;

static void on_bit(void *user, int bit)
{
    heard_t *h = user;
    if (bit >= 0 && h->found < h->max) /* below 0: carrier up and down */
        h->bits[h->found++] = (uint8_t) bit;
}

static int hear(int standard, int mode, float cutoff, const int16_t *x, int n, int block,
                uint8_t *bits, int max)
{
    heard_t h = {bits, 0, max};
    fsk_rx_state_t *s = fsk_rx_init(NULL, &preset_fsk_specs[standard], mode, on_bit, &h);
    if (cutoff)
        fsk_rx_signal_cutoff(s, cutoff);
    for (int i = 0; i < n; i += block)
        fsk_rx(s, x + i, n - i < block ? n - i : block);
    fsk_rx_free(s);
    return h.found;
}

typedef struct { const uint8_t *bits; int at, count; } given_t;

static int next_bit(void *user)
{
    given_t *g = user;
    return g->at < g->count ? g->bits[g->at++] : SIG_STATUS_END_OF_DATA;
}

static int send(int standard, float level, const uint8_t *bits, int count, int16_t *x, int max)
{
    given_t g = {bits, 0, count};
    fsk_tx_state_t *s = fsk_tx_init(NULL, &preset_fsk_specs[standard], next_bit, &g);
    fsk_tx_power(s, level);
    int n = 0, made;
    while (n < max && (made = fsk_tx(s, x + n, max - n < 160 ? max - n : 160)) > 0)
        n += made;
    fsk_tx_free(s);
    return n;
}
"""


@cache
def spandsp() -> ModuleType:
    """The compiled cffi module (`ffi`, `lib`); PeerMissing without compiler or library."""
    return spandsp_shim("fsk", _DECLARATIONS, _SOURCE)


def spandsp_bits(
    standard: str, pcm: Signal, *, mode: int = 1, cutoff_dbm0: float = 0, block: int = 160
) -> NDArray[np.uint8]:
    """What its receiver puts out: bits in mode 1, whole frames in modes above."""
    native = spandsp()
    x = np.ascontiguousarray(pcm, np.int16)
    bits = np.zeros(len(x) + 1, np.uint8)
    count = native.lib.hear(
        SPANDSP[standard],
        mode,
        cutoff_dbm0,
        native.ffi.from_buffer("int16_t[]", x),
        len(x),
        block,
        native.ffi.from_buffer("uint8_t[]", bits),
        len(bits),
    )
    return bits[:count]


def spandsp_sends(standard: str, bits: NDArray[np.uint8], *, level_dbm0: float = -14) -> Signal:
    """A carrier with these bits."""
    native = spandsp()
    given = np.ascontiguousarray(bits, np.uint8)
    x = np.zeros(len(given) * 120 + 1000, np.int16)
    count = native.lib.send(
        SPANDSP[standard],
        level_dbm0,
        native.ffi.from_buffer("uint8_t[]", given),
        len(given),
        native.ffi.from_buffer("int16_t[]", x),
        len(x),
    )
    return x[:count]


def characters(octets: bytes, *, idle: int = 60) -> NDArray[np.uint8]:
    """The bits of 8N1 characters, marks before and after."""
    bits = [np.ones(idle, np.uint8)]
    for octet in octets:
        data = np.unpackbits(np.array([octet], np.uint8), bitorder="little")
        bits += [np.zeros(1, np.uint8), data, np.ones(1, np.uint8)]
    return np.concatenate([*bits, np.ones(idle, np.uint8)])


MINIMODEM = {
    "bell103_1": ("--mark", "1270", "--space", "1070", "300"),
    "bell103_2": ("--mark", "2225", "--space", "2025", "300"),
    "bell202": ("1200",),
    "v21_1": ("--mark", "980", "--space", "1180", "300"),
    "v21_2": ("--mark", "1650", "--space", "1850", "300"),
    "v23_1200": ("--mark", "1300", "--space", "2100", "1200"),
    "v23_75": ("--mark", "390", "--space", "450", "75"),
}
"""How it is told of a standard."""


def minimodem_sends(standard: str, octets: bytes) -> Signal:
    """A recording that it makes of these characters."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.wav"
        command = [program("minimodem", "minimodem"), "--tx", "-8", "-q", "-R", "8000"]
        subprocess.run(
            [*command, "-f", str(path), *MINIMODEM[standard]], input=octets, check=True, timeout=60
        )
        with wave.open(str(path)) as file:
            return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def minimodem_hears(standard: str, pcm: Signal) -> bytes:
    """The characters that it finds in a recording."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(np.ascontiguousarray(pcm, "<i2").tobytes())
        run = subprocess.run(
            [program("minimodem", "minimodem"), "--rx", "-8", "-q", "-f", str(path),
             *MINIMODEM[standard]],
            capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        return run.stdout
