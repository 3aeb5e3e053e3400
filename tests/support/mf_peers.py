"""spandsp's registers, signalling tones and modem tones, sent and heard (libspandsp-dev)."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from tests.support.peers import spandsp_shim

Signal = NDArray[np.int16]

_DECLARATIONS = """
int hear_r1(const int16_t *x, int n, int block, char *digits, int max);
int hear_r2(const int16_t *x, int n, int block, int forward, int *codes, int *at, int max);
int hear_line(int16_t *x, int n, int type, int *codes, int *at, int max);
int hear_modem(const int16_t *x, int n, int block, int type, int *codes, int *at, int max);
int send_r1(const char *digits, int16_t *x, int max);
int send_r2(int digit, int forward, int16_t *x, int max);
int send_line(int type, int mode, int16_t *x, int max);
int send_modem(int type, int16_t *x, int max);
"""

_SOURCE = """
typedef struct { int *codes, *at, found, max, now; } heard_t;

static void on_code(void *user, int code, int level, int delay)
{
    heard_t *h = user;
    if (h->found < h->max) {
        h->at[h->found] = h->now;
        h->codes[h->found++] = code;
    }
}

static int hear_r1(const int16_t *x, int n, int block, char *digits, int max)
{
    bell_mf_rx_state_t *s = bell_mf_rx_init(NULL, NULL, NULL);
    for (int i = 0; i < n; i += block)
        bell_mf_rx(s, x + i, n - i < block ? n - i : block);
    int found = bell_mf_rx_get(s, digits, max);
    bell_mf_rx_free(s);
    return found;
}

static int hear_r2(const int16_t *x, int n, int block, int forward, int *codes, int *at, int max)
{
    heard_t h = {codes, at, 0, max, 0};
    r2_mf_rx_state_t *s = r2_mf_rx_init(NULL, forward, on_code, &h);
    for (int i = 0; i < n; i += block) {
        h.now = i + block;
        r2_mf_rx(s, x + i, n - i < block ? n - i : block);
    }
    r2_mf_rx_free(s);
    return h.found;
}

static int hear_line(int16_t *x, int n, int type, int *codes, int *at, int max)
{
    heard_t h = {codes, at, 0, max, 0};
    sig_tone_rx_state_t *s = sig_tone_rx_init(NULL, type, on_code, &h);
    sig_tone_rx_set_mode(s, SIG_TONE_RX_PASSTHROUGH, 0);
    for (int i = 0; i < n; i += 80) {
        h.now = i + 80;
        sig_tone_rx(s, x + i, n - i < 80 ? n - i : 80);
    }
    sig_tone_rx_free(s);
    return h.found;
}

static int hear_modem(const int16_t *x, int n, int block, int type, int *codes, int *at, int max)
{
    heard_t h = {codes, at, 0, max, 0};
    modem_connect_tones_rx_state_t *s = modem_connect_tones_rx_init(NULL, type, on_code, &h);
    for (int i = 0; i < n; i += block) {
        h.now = i + block;
        modem_connect_tones_rx(s, x + i, n - i < block ? n - i : block);
    }
    modem_connect_tones_rx_free(s);
    return h.found;
}

static int send_r1(const char *digits, int16_t *x, int max)
{
    bell_mf_tx_state_t *s = bell_mf_tx_init(NULL);
    int n = 0, made;
    bell_mf_tx_put(s, digits, -1);
    while (n < max && (made = bell_mf_tx(s, x + n, max - n)) > 0)
        n += made;
    bell_mf_tx_free(s);
    return n;
}

static int send_r2(int digit, int forward, int16_t *x, int max)
{
    r2_mf_tx_state_t *s = r2_mf_tx_init(NULL, forward);
    r2_mf_tx_put(s, (char) digit);
    int n = r2_mf_tx(s, x, max);
    r2_mf_tx_free(s);
    return n;
}

static void on_update(void *user, int what, int level, int duration)
{
}

static int send_line(int type, int mode, int16_t *x, int max)
{
    sig_tone_tx_state_t *s = sig_tone_tx_init(NULL, type, on_update, NULL);
    memset(x, 0, max * sizeof *x);
    sig_tone_tx_set_mode(s, mode, 0);
    int n = sig_tone_tx(s, x, max);
    sig_tone_tx_free(s);
    return n;
}

static int send_modem(int type, int16_t *x, int max)
{
    modem_connect_tones_tx_state_t *s = modem_connect_tones_tx_init(NULL, type);
    int n = modem_connect_tones_tx(s, x, max);
    modem_connect_tones_tx_free(s);
    return n;
}
"""

R1 = {**{digit: digit for digit in "1234567890"}, "KP": "*", "ST": "#"}
"""spandsp's characters of R1 signals, of those whose names nobody disputes."""

R2 = dict(zip(map(str, range(1, 16)), "1234567890BCDEF", strict=True))
"""... and of R2's."""

LINE = {"2280": 1, "2600": 2, "2400": 3}
MODEM = {"cng": 1, "ans": 2, "ans, reversed": 3, "ansam": 4, "ansam, reversed": 5}
MODEM |= {"v21_preamble": 6, "bell_2225": 8}
"""Its tone types."""

_MOST = 400


def spandsp() -> ModuleType:
    """The compiled shim; PeerMissing when it cannot be had."""
    return spandsp_shim("mf", _DECLARATIONS, _SOURCE)


def _in(pcm: Signal) -> tuple[object, int]:
    pcm = np.ascontiguousarray(pcm, np.int16)
    return spandsp().ffi.from_buffer("int16_t[]", pcm), len(pcm)


def _room() -> tuple[object, object]:
    return spandsp().ffi.new("int[]", _MOST), spandsp().ffi.new("int[]", _MOST)


def hears_r1(pcm: Signal, block: int = 160) -> str:
    """Its characters of what it hears."""
    digits = spandsp().ffi.new("char[]", _MOST)
    found = spandsp().lib.hear_r1(*_in(pcm), block, digits, _MOST - 1)
    return spandsp().ffi.string(digits, found).decode()


def hears_r2(pcm: Signal, forward: bool, block: int = 80) -> list[tuple[str, int]]:
    """(character, or "" when it ceases; samples heard by then)."""
    codes, at = _room()
    found = spandsp().lib.hear_r2(*_in(pcm), block, forward, codes, at, _MOST)
    return [(chr(codes[i]) if codes[i] else "", at[i]) for i in range(found)]


def hears_line(pcm: Signal, tone: str) -> list[tuple[int, int]]:
    """(SIG_TONE_ flags, samples heard by then)."""
    codes, at = _room()
    copy = np.array(pcm, np.int16)
    found = spandsp().lib.hear_line(*_in(copy), LINE[tone], codes, at, _MOST)
    return [(codes[i], at[i]) for i in range(found)]


def hears_modem(pcm: Signal, tone: str, block: int = 160) -> list[int]:
    """Tone types that a detector of one tone reports."""
    codes, at = _room()
    found = spandsp().lib.hear_modem(*_in(pcm), block, MODEM[tone], codes, at, _MOST)
    return [codes[i] for i in range(found)]


def _made(name: str, frames: int, *what: object) -> Signal:
    pcm = np.zeros(frames, np.int16)
    room = spandsp().ffi.from_buffer("int16_t[]", pcm)
    made = getattr(spandsp().lib, name)(*what, room, frames)
    return pcm[:made]


def sends_r1(characters: str) -> Signal:
    return _made("send_r1", 80_000, characters.encode())


def sends_r2(character: str, forward: bool, frames: int = 800) -> Signal:
    return _made("send_r2", frames, ord(character), forward)


def sends_line(tone: str, frames: int = 1600) -> Signal:
    """The tone, and nothing else; of the pair 2400 + 2600 Hz the first is sent, 2400."""
    return _made("send_line", frames, LINE[tone], 1)


def sends_modem(tone: str, frames: int = 24_000) -> Signal:
    return _made("send_modem", frames, MODEM[tone])
