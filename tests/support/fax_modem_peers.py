"""The bare fax modems of spandsp, both ways: judges of ours, and what ours are measured beside.

Debian: apt install gcc libspandsp-dev libtiff-dev.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from tests.support.peers import spandsp_shim

Signal = NDArray[np.int16]

MODEMS = {"v27ter": 0, "v29": 1, "v17": 2}

_DECLARATIONS = """
typedef struct { int up, down, trained, failed; } said_t;
void *listener(int modem, int rate);
void listener_free(void *listener);
int listen(void *listener, int shortly, const int16_t *x, int n, uint8_t *bits, int max,
           said_t *said);
double listening(int modem, int rate, const int16_t *x, int n, int times);
int speak(int modem, int rate, int tep, int shortly, float level, const uint8_t *bits, int count,
          int16_t *x, int max);
"""

_SOURCE = """
#include <time.h>

typedef struct { int up, down, trained, failed; } said_t;
typedef struct {
    int modem, rate, begun, found, max;
    void *rx;
    uint8_t *bits;
    said_t said;
} heard_t;

static void on_bit(void *user, int bit)
{
    heard_t *h = user;
    if (bit >= 0) {
        if (h->found < h->max)
            h->bits[h->found] = (uint8_t) bit;
        h->found++;
        return;
    }
    h->said.up += bit == SIG_STATUS_CARRIER_UP;
    h->said.down += bit == SIG_STATUS_CARRIER_DOWN;
    h->said.trained += bit == SIG_STATUS_TRAINING_SUCCEEDED;
    h->said.failed += bit == SIG_STATUS_TRAINING_FAILED;
}

static void *listener(int modem, int rate)
{
    heard_t *h = calloc(1, sizeof *h);
    h->modem = modem;
    h->rate = rate;
    h->rx = modem == 0   ? (void *) v27ter_rx_init(NULL, rate, on_bit, h)
            : modem == 1 ? (void *) v29_rx_init(NULL, rate, on_bit, h)
                         : (void *) v17_rx_init(NULL, rate, on_bit, h);
    if (modem == 0)
        v27ter_rx_signal_cutoff(h->rx, -45.5f);
    else if (modem == 1)
        v29_rx_signal_cutoff(h->rx, -45.5f);
    else
        v17_rx_signal_cutoff(h->rx, -45.5f);
    return h;
}

static void listener_free(void *listener)
{
    heard_t *h = listener;
    if (h->modem == 0)
        v27ter_rx_free(h->rx);
    else if (h->modem == 1)
        v29_rx_free(h->rx);
    else
        v17_rx_free(h->rx);
    free(h);
}

static void hear(heard_t *h, const int16_t *x, int n)
{
    for (int i = 0; i < n; i += 160) {
        int block = n - i < 160 ? n - i : 160;
        if (h->modem == 0)
            v27ter_rx(h->rx, x + i, block);
        else if (h->modem == 1)
            v29_rx(h->rx, x + i, block);
        else
            v17_rx(h->rx, x + i, block);
    }
}

static int listen(void *listener, int shortly, const int16_t *x, int n, uint8_t *bits, int max,
                  said_t *said)
{
    heard_t *h = listener;
    h->bits = bits;
    h->max = max;
    h->found = 0;
    memset(&h->said, 0, sizeof h->said);
    if (h->begun++) {
        if (h->modem == 0)
            v27ter_rx_restart(h->rx, h->rate, 0);
        else if (h->modem == 1)
            v29_rx_restart(h->rx, h->rate, 0);
        else
            v17_rx_restart(h->rx, h->rate, shortly);
    }
    hear(h, x, n);
    *said = h->said;
    return h->found < max ? h->found : max;
}

static double listening(int modem, int rate, const int16_t *x, int n, int times)
{
    struct timespec a, b;
    double best = 1e9;
    for (int i = 0; i < times; i++) {
        heard_t *h = listener(modem, rate);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
        hear(h, x, n);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
        listener_free(h);
        double took = b.tv_sec - a.tv_sec + 1e-9 * (b.tv_nsec - a.tv_nsec);
        best = took < best ? took : best;
    }
    return best;
}

typedef struct { const uint8_t *bits; int at, count; } given_t;

static int next_bit(void *user)
{
    given_t *g = user;
    return g->at < g->count ? g->bits[g->at++] : SIG_STATUS_END_OF_DATA;
}

static int speak(int modem, int rate, int tep, int shortly, float level, const uint8_t *bits,
                 int count, int16_t *x, int max)
{
    given_t g = {bits, 0, count};
    int n = 0, made;
    if (modem == 0) {
        v27ter_tx_state_t *s = v27ter_tx_init(NULL, rate, tep, next_bit, &g);
        v27ter_tx_power(s, level);
        v27ter_tx_restart(s, rate, tep);
        while (n < max && (made = v27ter_tx(s, x + n, max - n < 160 ? max - n : 160)) > 0)
            n += made;
        v27ter_tx_free(s);
    } else if (modem == 1) {
        v29_tx_state_t *s = v29_tx_init(NULL, rate, tep, next_bit, &g);
        v29_tx_power(s, level);
        v29_tx_restart(s, rate, tep);
        while (n < max && (made = v29_tx(s, x + n, max - n < 160 ? max - n : 160)) > 0)
            n += made;
        v29_tx_free(s);
    } else {
        v17_tx_state_t *s = v17_tx_init(NULL, rate, tep, next_bit, &g);
        v17_tx_power(s, level);
        v17_tx_restart(s, rate, tep, shortly);
        while (n < max && (made = v17_tx(s, x + n, max - n < 160 ? max - n : 160)) > 0)
            n += made;
        v17_tx_free(s);
    }
    return n;
}
"""


@cache
def spandsp() -> ModuleType:
    """The compiled cffi module (`ffi`, `lib`); PeerMissing without compiler or library."""
    return spandsp_shim("fax_modems", _DECLARATIONS, _SOURCE)


@dataclass(frozen=True, slots=True)
class Heard:
    """What its receiver made of a carrier; how often it said what."""

    bits: NDArray[np.uint8]
    trained: int
    failed: int
    carriers: int

    def errors(self, octets: bytes) -> int:
        """Bits that differ from these octets, lowest first; all of them when they came short."""
        sent = np.unpackbits(np.frombuffer(octets, np.uint8), bitorder="little")
        if not self.trained or len(self.bits) < len(sent):
            return len(sent)
        return int(np.count_nonzero(self.bits[: len(sent)] != sent))


class SpandspReceiver:
    """A receiver of one modem and rate; it keeps what it learnt for V.17's short training."""

    def __init__(self, modem: str, rate: int) -> None:
        self._native = spandsp()
        self._listener = self._native.ffi.gc(
            self._native.lib.listener(MODEMS[modem], rate), self._native.lib.listener_free
        )

    def hear(self, pcm: Signal, *, short: bool = False) -> Heard:
        """One transmission; the receiver is restarted before every one but the first."""
        native = self._native
        x = np.ascontiguousarray(pcm, np.int16)
        bits = np.zeros(2 * len(x) + 1, np.uint8)
        said = native.ffi.new("said_t *")
        count = native.lib.listen(
            self._listener,
            short,
            native.ffi.from_buffer("int16_t[]", x),
            len(x),
            native.ffi.from_buffer("uint8_t[]", bits),
            len(bits),
            said,
        )
        return Heard(bits[:count], said.trained, said.failed, said.up)


def spandsp_hears(modem: str, rate: int, pcm: Signal) -> Heard:
    """What a new receiver makes of one transmission."""
    return SpandspReceiver(modem, rate).hear(pcm)


def spandsp_sends(
    modem: str,
    rate: int,
    octets: bytes,
    *,
    short: bool = False,
    echo_protection: bool = False,
    level_dbm0: float = -13.0,
) -> Signal:
    """A whole transmission, training to turn-off."""
    native = spandsp()
    given = np.unpackbits(np.frombuffer(octets, np.uint8), bitorder="little")
    x = np.zeros(round(len(given) / rate * 8000) + 16000, np.int16)
    count = native.lib.speak(
        MODEMS[modem],
        rate,
        echo_protection,
        short,
        level_dbm0,
        native.ffi.from_buffer("uint8_t[]", given),
        len(given),
        native.ffi.from_buffer("int16_t[]", x),
        len(x),
    )
    return x[:count]


def spandsp_seconds(modem: str, rate: int, pcm: Signal, *, times: int = 3) -> float:
    """CPU seconds that its receiver needs for a transmission, the best of some."""
    native = spandsp()
    x = np.ascontiguousarray(pcm, np.int16)
    signal = native.ffi.from_buffer("int16_t[]", x)
    return float(native.lib.listening(MODEMS[modem], rate, signal, len(x), times))
