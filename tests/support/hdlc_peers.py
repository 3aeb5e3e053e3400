"""HDLC that is not ours: spandsp's, through cffi (Debian: gcc libspandsp-dev libtiff-dev)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import ModuleType

from tests.support.peers import spandsp_shim

_DECLARATIONS = """
int send_frames(const uint8_t *frames, const int *lengths, int count, uint8_t *octets, int n);
int hear_frames(const uint8_t *octets, int n, int block, uint8_t *frames, int *lengths, int most,
                int *bad);
"""

_SOURCE = """
#include <string.h>

typedef struct { const uint8_t *frames; const int *lengths; int count, at; } sending_t;
typedef struct { uint8_t *frames; int *lengths; int most, count, at, bad; } heard_t;

static hdlc_tx_state_t *sender;

static void next_frame(void *user)
{
    sending_t *s = user;
    if (s->at == s->count)
        return;
    hdlc_tx_frame(sender, s->frames, s->lengths[s->at]);
    s->frames += s->lengths[s->at++];
}

int send_frames(const uint8_t *frames, const int *lengths, int count, uint8_t *octets, int n)
{
    sending_t s = {frames, lengths, count, 0};
    sender = hdlc_tx_init(NULL, 0, 1, 0, next_frame, &s);
    hdlc_tx_flags(sender, 2);
    int made = hdlc_tx_get(sender, octets, n);
    hdlc_tx_free(sender);
    return made;
}

static void got(void *user, const uint8_t *frame, int length, int ok)
{
    heard_t *h = user;
    if (!ok || length < 0 || h->count == h->most) {
        h->bad += length >= 0;
        return;
    }
    memcpy(h->frames + h->at, frame, length);
    h->at += length;
    h->lengths[h->count++] = length;
}

int hear_frames(const uint8_t *octets, int n, int block, uint8_t *frames, int *lengths, int most,
                int *bad)
{
    heard_t h = {frames, lengths, most, 0, 0, 0};
    hdlc_rx_state_t *receiver = hdlc_rx_init(NULL, 0, 1, 1, got, &h);
    for (int at = 0; at < n; at += block)
        hdlc_rx_put(receiver, octets + at, n - at < block ? n - at : block);
    hdlc_rx_free(receiver);
    *bad = h.bad;
    return h.count;
}
"""


@cache
def spandsp() -> ModuleType:
    """The library; PeerMissing names the package that has it."""
    return spandsp_shim("hdlc", _DECLARATIONS, _SOURCE)


def spandsp_sends(frames: Sequence[bytes], octets: int) -> bytes:
    """So many octets of a timeslot with these frames."""
    native = spandsp()
    made = native.ffi.new("uint8_t[]", octets)
    lengths = native.ffi.new("int[]", [len(frame) for frame in frames])
    count = native.lib.send_frames(b"".join(frames), lengths, len(frames), made, octets)
    return bytes(native.ffi.buffer(made, count))


def spandsp_hears(octets: bytes, most: int = 10_000, block: int = 80) -> tuple[list[bytes], int]:
    """The good frames in octets, and how many bad ones were reported."""
    native = spandsp()
    frames = native.ffi.new("uint8_t[]", len(octets) + 1)
    lengths, bad = native.ffi.new("int[]", most), native.ffi.new("int *")
    count = native.lib.hear_frames(octets, len(octets), block, frames, lengths, most, bad)
    found, at = [], 0
    for number in range(count):
        found.append(bytes(native.ffi.buffer(frames + at, lengths[number])))
        at += lengths[number]
    return found, bad[0]
