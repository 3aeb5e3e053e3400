"""Caller ID that is not ours: spandsp's adsi (through cffi) and minimodem (a process).

Debian: apt install gcc libspandsp-dev libtiff-dev minimodem.
"""

from __future__ import annotations

import subprocess
import tempfile
import wave
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.support.peers import program, spandsp_shim

Signal = NDArray[np.int16]

CLASS, CLIP, ACLIP, JCLIP, CLIP_DTMF = 1, 2, 3, 4, 5
"""spandsp's names for standards: Bellcore, ETSI, Singapore, Japan, DTMF."""

_DECLARATIONS = """
int hear(int standard, const int16_t *x, int n, uint8_t *messages, int max);
int send(int standard, const uint8_t *fields, int n, int alert, int16_t *x, int max);
"""

_SOURCE = """
typedef struct { uint8_t *messages; int used, max; } heard_t;

static void on_message(void *user, const uint8_t *msg, int len)
{
    heard_t *h = user;
    if (h->used + 2 + len > h->max)
        return;
    h->messages[h->used++] = (uint8_t) (len >> 8);
    h->messages[h->used++] = (uint8_t) len;
    memcpy(h->messages + h->used, msg, len);
    h->used += len;
}

static int hear(int standard, const int16_t *x, int n, uint8_t *messages, int max)
{
    heard_t h = {messages, 0, max};
    adsi_rx_state_t *s = adsi_rx_init(NULL, standard, on_message, &h);
    for (int i = 0; i < n; i += 160)
        adsi_rx(s, x + i, n - i < 160 ? n - i : 160);
    adsi_rx_free(s);
    return h.used;
}

/* fields: type, length, octets ...; the first one is the message's type, its length 0. */
static int send(int standard, const uint8_t *fields, int n, int alert, int16_t *x, int max)
{
    uint8_t msg[256];
    int len = -1, made = 0, got;
    adsi_tx_state_t *s = adsi_tx_init(NULL, standard);
    for (int i = 0; i < n; i += 2 + fields[i + 1])
        len = adsi_add_field(s, msg, len, fields[i], fields[i + 1] ? fields + i + 2 : NULL,
                             fields[i + 1]);
    if (alert)
        adsi_tx_send_alert_tone(s);
    adsi_tx_put_message(s, msg, len);
    while (made < max && (got = adsi_tx(s, x + made, max - made)) > 0)
        made += got;
    adsi_tx_free(s);
    return made;
}
"""


def spandsp() -> ModuleType:
    """The compiled cffi module (`ffi`, `lib`); PeerMissing without compiler or library."""
    return spandsp_shim("callerid", _DECLARATIONS, _SOURCE)


def spandsp_hears(signal: Signal, standard: int) -> list[bytes]:
    """The messages that spandsp's adsi_rx finds: octets with their checksum, or DTMF digits."""
    native: Any = spandsp()
    messages = native.ffi.new("uint8_t[]", 4096)
    samples = native.ffi.from_buffer("int16_t[]", np.ascontiguousarray(signal))
    used = native.lib.hear(standard, samples, len(signal), messages, 4096)
    data, found = bytes(native.ffi.buffer(messages, used)), []
    while data:
        length = int.from_bytes(data[:2], "big")
        found.append(data[2 : 2 + length])
        data = data[2 + length :]
    return found


def spandsp_sends(
    standard: int, kind: int, fields: list[tuple[int, bytes]], *, alert: bool = False
) -> Signal:
    """What spandsp's adsi_tx makes of a message of this type with these fields."""
    native: Any = spandsp()
    flat = bytes([kind, 0]) + b"".join(bytes([t, len(value)]) + value for t, value in fields)
    made = np.zeros(80_000, np.int16)
    samples = native.ffi.from_buffer("int16_t[]", made)
    frames = native.lib.send(standard, flat, len(flat), alert, samples, len(made))
    return made[:frames]


def minimodem_hears(signal: Signal) -> str:
    """What minimodem's caller ID decoder prints."""
    minimodem = program("minimodem", "minimodem")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(signal.tobytes())
        done = subprocess.run(
            [minimodem, "--rx", "--quiet", "--file", str(path), "callerid"],
            capture_output=True,
            check=False,
            timeout=20,
        )
    return done.stdout.decode("latin-1")
