"""A whole fax terminal of spandsp: far end for ours, and the other end of its own calls.

    with SpandspFax(calling=False, folder=tmp_path) as peer:
        run(terminal, peer, line)
        peer.pages                     # arrays of bool, True = black

Debian: apt install gcc libspandsp-dev libtiff-dev.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from telcard.dsp import g711
from telcard.errors import MediaError
from telcard.fax import tiff
from telcard.fax.geometry import Resolution
from tests.support.peers import spandsp_shim

Signal = NDArray[np.int16]

MODEMS = {"v27ter": 1, "v29": 3, "v17": 7, "only v29": 2}
CODINGS = {"mh": 1, "mr": 2, "mmr": 4}
TEXTS = {
    "sub_address": 0,  # SUB
    "selective_polling_address": 1,  # SEP
    "polled_sub_address": 2,  # PSA
    "sender_ident": 3,  # SID
    "password": 4,  # PWD
}
"""What spandsp may say of itself before DCS and DTC, in its own words."""

_DECLARATIONS = """
typedef struct {
    int ended, code, bit_s, ecm, sent, received, bad_rows, retries;
} verdict_t;
void *terminal(int calling, const char *ident, int modems, int codings, int ecm, int scan_ms,
               int echo_tone, const char *to_send, const char *to_keep);
void terminal_say(void *terminal, int what, const char *text);
const char *terminal_heard(void *terminal, int what);
void terminal_busy(void *terminal, int times);
void terminal_interrupts(void *terminal, int asks, int allows);
void terminal_hang_up(void *terminal);
void terminal_free(void *terminal);
int terminal_make(void *terminal, int16_t *x, int n);
void terminal_hear(void *terminal, int16_t *x, int n);
int terminal_active(void *terminal);
void terminal_verdict(void *terminal, verdict_t *verdict);
const char *terminal_words(void *terminal);
"""

_SOURCE = """
typedef struct {
    int ended, code, bit_s, ecm, sent, received, bad_rows, retries;
} verdict_t;
typedef struct { fax_state_t *fax; t30_state_t *t30; int ended, code; } terminal_t;

static void on_end(t30_state_t *t30, void *user, int code)
{
    terminal_t *t = user;
    t->ended = 1;
    t->code = code;
}

static void *terminal(int calling, const char *ident, int modems, int codings, int ecm, int scan_ms,
                      int echo_tone, const char *to_send, const char *to_keep)
{
    terminal_t *t = calloc(1, sizeof *t);
    t->fax = fax_init(NULL, calling);
    t->t30 = fax_get_t30_state(t->fax);
    span_log_set_level(fax_get_logging_state(t->fax), 0);
    span_log_set_level(t30_get_logging_state(t->t30), 0);
    fax_set_transmit_on_idle(t->fax, 1);
    fax_set_tep_mode(t->fax, echo_tone);
    t30_set_supported_modems(t->t30, (modems & 1 ? T30_SUPPORT_V27TER : 0) |
                             (modems & 2 ? T30_SUPPORT_V29 : 0) |
                             (modems & 4 ? T30_SUPPORT_V17 : 0));
    t30_set_supported_compressions(t->t30, (codings & 1 ? T30_SUPPORT_T4_1D_COMPRESSION : 0) |
                                   (codings & 2 ? T30_SUPPORT_T4_2D_COMPRESSION : 0) |
                                   (codings & 4 ? T30_SUPPORT_T6_COMPRESSION : 0));
    t30_set_supported_resolutions(t->t30, T30_SUPPORT_STANDARD_RESOLUTION |
                                  T30_SUPPORT_FINE_RESOLUTION | T30_SUPPORT_SUPERFINE_RESOLUTION |
                                  T30_SUPPORT_R8_RESOLUTION);
    t30_set_supported_image_sizes(t->t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH |
                                  T30_SUPPORT_303MM_WIDTH | T30_SUPPORT_UNLIMITED_LENGTH |
                                  T30_SUPPORT_A4_LENGTH | T30_SUPPORT_B4_LENGTH);
    t30_set_supported_t30_features(t->t30, T30_SUPPORT_IDENTIFICATION | T30_SUPPORT_SUB_ADDRESSING |
                                   T30_SUPPORT_SELECTIVE_POLLING |
                                   T30_SUPPORT_POLLED_SUB_ADDRESSING);
    t30_set_ecm_capability(t->t30, ecm);
    if (scan_ms)
        t30_set_minimum_scan_line_time(t->t30, scan_ms);
    t30_set_tx_ident(t->t30, ident);
    if (*to_send)
        t30_set_tx_file(t->t30, to_send, -1, -1);
    if (*to_keep)
        t30_set_rx_file(t->t30, to_keep, -1);
    t30_set_phase_e_handler(t->t30, on_end, t);
    return t;
}

static void terminal_say(void *terminal, int what, const char *text)
{
    static int (*const say[])(t30_state_t *, const char *) = {
        t30_set_tx_sub_address, t30_set_tx_selective_polling_address, t30_set_tx_polled_sub_address,
        t30_set_tx_sender_ident, t30_set_tx_password};
    say[what](((terminal_t *) terminal)->t30, text);
}

static const char *terminal_heard(void *terminal, int what)
{
    static const char *(*const heard[])(t30_state_t *) = {
        t30_get_rx_sub_address, t30_get_rx_selective_polling_address, t30_get_rx_polled_sub_address,
        t30_get_rx_sender_ident, t30_get_rx_password};
    const char *text = heard[what](((terminal_t *) terminal)->t30);
    return text ? text : "";
}

static void terminal_busy(void *terminal, int times)
{
    t30_set_receiver_not_ready(((terminal_t *) terminal)->t30, times);
}

static void terminal_interrupts(void *terminal, int asks, int allows)
{
    t30_local_interrupt_request(((terminal_t *) terminal)->t30, asks);
    t30_remote_interrupts_allowed(((terminal_t *) terminal)->t30, allows);
}

static void terminal_hang_up(void *terminal)
{
    t30_terminate(((terminal_t *) terminal)->t30);
}

static void terminal_free(void *terminal)
{
    fax_free(((terminal_t *) terminal)->fax);
    free(terminal);
}

static int terminal_make(void *terminal, int16_t *x, int n)
{
    return fax_tx(((terminal_t *) terminal)->fax, x, n);
}

static void terminal_hear(void *terminal, int16_t *x, int n)
{
    fax_rx(((terminal_t *) terminal)->fax, x, n);
}

static int terminal_active(void *terminal)
{
    terminal_t *t = terminal;
    return !t->ended && t30_call_active(t->t30);
}

static void terminal_verdict(void *terminal, verdict_t *v)
{
    terminal_t *t = terminal;
    t30_stats_t s;
    t30_get_transfer_statistics(t->t30, &s);
    *v = (verdict_t){t->ended, t->code, s.bit_rate, s.error_correcting_mode, s.pages_tx, s.pages_rx,
                     s.bad_rows, s.error_correcting_mode_retries};
}

static const char *terminal_words(void *terminal)
{
    return t30_completion_code_to_str(((terminal_t *) terminal)->code);
}
"""


@cache
def _native() -> ModuleType:
    return spandsp_shim("fax", _DECLARATIONS, _SOURCE)


class Terminal(Protocol):
    """What `run` needs of either end."""

    @property
    def active(self) -> bool: ...

    def receive(self, pcm: Signal) -> None: ...

    def transmit(self, frames: int) -> Signal: ...


class SpandspFax:
    """One end of a fax call, by spandsp; pages go through TIFF files in `folder`."""

    def __init__(
        self,
        *,
        calling: bool,
        folder: Path,
        ident: str = "222",
        modems: str = "v17",
        codings: Sequence[str] = ("mh", "mr", "mmr"),
        ecm: bool = True,
        scan_ms: int = 0,
        echo_tone: bool = False,
        pages: Sequence[NDArray[np.bool_]] = (),
        resolution: Resolution | Sequence[Resolution] = Resolution.FINE,
    ) -> None:
        native = _native()
        self._lib, self._ffi = native.lib, native.ffi
        to_send, self._kept = folder / "sent.tif", folder / "kept.tif"
        each = [resolution] * len(pages) if isinstance(resolution, Resolution) else resolution
        if pages:
            with tiff.TiffWriter(to_send, "mh", total=len(pages)) as writer:
                for page, its in zip(pages, each, strict=True):
                    writer.add(page, its)
        self._terminal = self._lib.terminal(
            calling,
            ident.encode(),
            MODEMS[modems],
            sum(CODINGS[coding] for coding in codings),
            ecm,
            scan_ms,
            echo_tone,
            str(to_send).encode() if pages else b"",
            str(self._kept).encode(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lib.terminal_free(self._terminal)

    def say(self, **texts: str) -> None:
        """What it says of itself, by the names of `TEXTS`."""
        for name, text in texts.items():
            self._lib.terminal_say(self._terminal, TEXTS[name], text.encode())

    @property
    def heard(self) -> dict[str, str]:
        """What it was told, by the names of `TEXTS`; only what came."""
        told = {
            name: self._ffi.string(self._lib.terminal_heard(self._terminal, what)).decode()
            for name, what in TEXTS.items()
        }
        return {name: text for name, text in told.items() if text}

    def busy(self, times: int) -> None:
        """Answer so often that no more can be taken (RNR), with error correction."""
        self._lib.terminal_busy(self._terminal, times)

    def interrupts(self, *, asks: bool = False, allows: bool = False) -> None:
        """Its operator wants to talk; or ours may call for him."""
        self._lib.terminal_interrupts(self._terminal, asks, allows)

    def hang_up(self) -> None:
        """End the call as its phase allows it."""
        self._lib.terminal_hang_up(self._terminal)

    @property
    def active(self) -> bool:
        """Whether the call goes on."""
        return bool(self._lib.terminal_active(self._terminal))

    def receive(self, pcm: Signal) -> None:
        """Hear samples."""
        heard = np.ascontiguousarray(pcm).copy()
        pointer = self._ffi.cast("int16_t *", self._ffi.from_buffer(heard))
        self._lib.terminal_hear(self._terminal, pointer, len(heard))

    def transmit(self, frames: int) -> Signal:
        """The next samples to send."""
        out = np.zeros(frames, np.int16)
        pointer = self._ffi.cast("int16_t *", self._ffi.from_buffer(out))
        self._lib.terminal_make(self._terminal, pointer, frames)
        return out

    @property
    def verdict(self) -> dict[str, int | str]:
        """How it ended: ended, code, bit_s, ecm, sent, received, bad_rows, retries, words."""
        found = self._ffi.new("verdict_t *")
        self._lib.terminal_verdict(self._terminal, found)
        names = ("ended", "code", "bit_s", "ecm", "sent", "received", "bad_rows", "retries")
        words = self._ffi.string(self._lib.terminal_words(self._terminal)).decode()
        return {name: getattr(found, name) for name in names} | {"words": words}

    @property
    def pages(self) -> list[NDArray[np.bool_]]:
        """The pages that were kept; none where the file cannot be read."""
        try:
            return [page.pixels for page in tiff.read(self._kept)]
        except MediaError:
            return []


Line = Callable[[Signal], Signal]


def alaw(pcm: Signal) -> Signal:
    """Through A-law and back."""
    return g711.decode_alaw(g711.encode_alaw(pcm))


def ulaw(pcm: Signal) -> Signal:
    """Through u-law and back."""
    return g711.decode_ulaw(g711.encode_ulaw(pcm))


def run(
    one: Terminal,
    other: Terminal,
    there: Line = alaw,
    back: Line | None = None,
    *,
    longest_s: float = 900,
    block: int = 160,
) -> float:
    """A call between two terminals, to its end; the seconds that it took.

    `there` is the line from the one to the other, `back` the other way (the same by default).
    """
    back = back or there
    made = after = 0
    while after < 0.5 * 8000 and made < longest_s * 8000:
        said, heard = one.transmit(block), other.transmit(block)
        other.receive(there(said))
        one.receive(back(heard))
        made += block
        after = 0 if one.active or other.active else after + block
    return made / 8000


def letter(seed: int, rows: int = 1100, width: int = 1728) -> NDArray[np.bool_]:
    """A page with words of black bars, a grey patch and a frame."""
    rng = np.random.default_rng(seed)
    page = np.zeros((rows, width), bool)
    for top in range(60, rows - 80, 46):
        at = 120
        while at < width - 200:
            long = int(rng.integers(20, 90))
            strokes = rng.random(long) < 0.45
            page[top : top + int(rng.integers(14, 24)), at : at + long] = strokes
            at += long + 18
    page[rows // 2 : rows // 2 + 60, 200:420] = rng.random((60, 220)) < 0.3
    page[20:24, 60:-60] = page[-24:-20, 60:-60] = True
    return page
