"""Octets without a header: what they may be, and how a stream of them becomes sound and back.

| coding | octets a second at 8 kHz | what it is |
| --- | --- | --- |
| alaw, ulaw | 8000 | ITU-T G.711 |
| pcm | 16000 | int16, little endian |
| vox | 4000 | Dialogic's ADPCM with Dialogic's rounding: voice files of the boards, 6 or 8 kHz |
| oki | 4000 | the same with the rounding of libsndfile and SoX |
| ima | 4000 | IMA/DVI ADPCM, the first sample in the lower half of an octet |
| g726-16 ... g726-40 | 2000 ... 5000 | ITU-T G.726, packed as RFC 3551 says (first code lowest) |
| aal2-16 ... aal2-40 | 2000 ... 5000 | the same, packed as ITU-T I.366.2 and X.420 say (first code highest) |
| gsm | 1650 | GSM 06.10 full rate, frames of 33 octets, through libsndfile |
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from telcard.dsp.adpcm import AdpcmDecoder, AdpcmEncoder
from telcard.dsp.bitpack import BitPacker, BitUnpacker, Order
from telcard.dsp.g726 import G726Decoder, G726Encoder, bits_of
from telcard.units import SAMPLE_RATE

if TYPE_CHECKING:
    from telcard.dsp.adpcm import Kind

Coding = Literal[
    "alaw", "ulaw", "pcm", "vox", "oki", "ima", "gsm",
    "g726-16", "g726-24", "g726-32", "g726-40",
    "aal2-16", "aal2-24", "aal2-32", "aal2-40",
]  # fmt: skip
"""A coding of the table above."""

CODINGS = get_args(Coding)
"""Every coding that octets without a header may have."""

SUBTYPES = {"alaw": "ALAW", "ulaw": "ULAW", "pcm": "PCM_16", "gsm": "GSM610"}
"""Those that libsndfile reads and writes."""

_KINDS: dict[str, Kind] = {"vox": "dialogic", "oki": "oki", "ima": "ima"}


@dataclass(frozen=True, slots=True)
class Raw:
    """How octets without a header are to be understood.

    ADPCM and GSM have one channel.  ValueError for what makes no sense.
    """

    coding: Coding
    samplerate: int = SAMPLE_RATE
    channels: int = 1

    def __post_init__(self) -> None:
        if self.coding not in CODINGS:
            raise ValueError(f"coding: want one of {', '.join(CODINGS)}, got {self.coding!r}")
        if self.samplerate < 1 or not 1 <= self.channels <= 64:
            raise ValueError(
                f"want a samplerate above 0 and 1 to 64 channels, "
                f"got {self.samplerate} Hz and {self.channels}"
            )
        if self.channels > 1 and self.coding not in ("alaw", "ulaw", "pcm"):
            raise ValueError(f"{self.coding}: want 1 channel, got {self.channels}")

    @property
    def bits(self) -> int | None:
        """Bits of a sample where telcard's own coders do the work, otherwise None."""
        if self.coding in _KINDS:
            return 4
        return None if self.coding in SUBTYPES else bits_of(int(self.coding[5:]))


RAW_SUFFIXES = {
    ".al": Raw("alaw"),
    ".alaw": Raw("alaw"),
    ".ul": Raw("ulaw"),
    ".ulaw": Raw("ulaw"),
    ".vox6": Raw("vox", 6000),
    ".vox8": Raw("vox"),
    ".gsm": Raw("gsm"),
}
"""Endings that say what bare octets are; one channel."""

BARE = {
    ".vox": "the samplerate, 6000 or 8000, and the coding: vox (ADPCM), alaw, ulaw or pcm",
    ".g726": "the coding: g726-16 to g726-40, or aal2-16 to aal2-40",
    ".raw": "the coding, the samplerate and the channels",
    ".pcm": "the coding, the samplerate and the channels",
}
"""Endings of files that have no header and do not say enough; and what is wanted to be told."""


class Decoding:
    """Octets of a coding with a memory become sound, however they are cut."""

    def __init__(self, raw: Raw) -> None:
        self._take: Callable[[bytes], npt.NDArray[np.int16]]
        self._rest: Callable[[], npt.NDArray[np.int16]]
        if raw.coding in _KINDS:
            adpcm = AdpcmDecoder(_KINDS[raw.coding], order=_order(raw))
            self._take, self._rest = adpcm.process, adpcm.flush
        else:
            rate = int(raw.coding[5:])
            unpacker, g726 = BitUnpacker(bits_of(rate), _order(raw)), G726Decoder(rate)
            self._take = lambda octets: _linear(g726.process(unpacker.process(octets)))
            self._rest = lambda: _linear(g726.process(unpacker.flush()))

    def process(self, octets: bytes) -> npt.NDArray[np.int16]:
        """The sound of the next octets, `(frames,)`."""
        return self._take(octets)

    def flush(self) -> npt.NDArray[np.int16]:
        """What is left when the octets are over."""
        return self._rest()


class Encoding:
    """Sound becomes octets of a coding with a memory, however it is cut."""

    def __init__(self, raw: Raw) -> None:
        self._take: Callable[[npt.NDArray[np.int16]], bytes]
        self._rest: Callable[[], bytes]
        if raw.coding in _KINDS:
            adpcm = AdpcmEncoder(_KINDS[raw.coding], order=_order(raw))
            self._take, self._rest = adpcm.process, adpcm.flush
        else:
            rate = int(raw.coding[5:])
            packer, g726 = BitPacker(bits_of(rate), _order(raw)), G726Encoder(rate)
            self._take = lambda pcm: packer.process(g726.process(pcm))
            self._rest = packer.flush

    def process(self, pcm: npt.NDArray[np.int16]) -> bytes:
        """The octets of the next frames, `(frames,)`."""
        return self._take(pcm)

    def flush(self) -> bytes:
        """The last octet, if it is not full."""
        return self._rest()


def _order(raw: Raw) -> Order:
    return "big" if raw.coding in ("vox", "oki") or raw.coding.startswith("aal2") else "little"


def _linear(sound: npt.NDArray[np.int16] | npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    return sound.view(np.int16)
