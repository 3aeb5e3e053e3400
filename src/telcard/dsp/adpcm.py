"""ADPCM of 4 bits a sample: Dialogic's VOX files, in both published roundings, and IMA/DVI.

    octets = encode_adpcm(pcm)                          # a VOX file's contents
    pcm = decode_adpcm(octets)

    decoder = AdpcmDecoder("ima", order="little")       # a stream
    for octets in packets:
        play(decoder.process(octets))

| kind | rule |
| --- | --- |
| `dialogic` | the application note "Dialogic ADPCM Algorithm" (00-1366-001, 1988): each part of a difference is cut off by itself, 12 bits; what the boards and spandsp do |
| `oki` | the sum of the parts is cut off once, up to 16 bits: libsndfile, SoX |
| `ima` | IMA's recommended practices of 1992: 89 steps, 16 bits |

A decoder of another rounding than its coder's drifts: the sound gets an offset that wanders.  VOX
files have the first of two samples in the upper half of an octet (`order="big"`), and so has DVI4 of
RFC 3551; IMA ADPCM in WAV files has it in the lower half (`order="little"`).
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from telcard._native import codec
from telcard.dsp.bitpack import BitPacker, BitUnpacker, Order
from telcard.dsp.pcm import to_int16

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Octets, Pcm

Kind = Literal["dialogic", "oki", "ima"]
"""One of the three rules above."""

KINDS = get_args(Kind)
"""The three rules."""


class AdpcmEncoder:
    """Codes a stream of one channel; the stream may be cut anywhere.

    ValueError for a kind or an order that there is not.
    """

    def __init__(self, kind: Kind = "dialogic", *, order: Order = "big") -> None:
        self.kind = _known(kind)
        self._coder = codec.Adpcm(kind, 1)
        self._packer = BitPacker(4, order)

    def __repr__(self) -> str:
        return f"<AdpcmEncoder {self.kind}>"

    def process(self, pcm: Pcm) -> bytes:
        """The octets of the next frames, int16 or float32, `(frames,)`; half an octet waits."""
        return self._packer.process(self._coder.encode(column(to_int16(pcm)))[:, 0])

    def flush(self) -> bytes:
        """End the stream: the last octet, if it is half full, and be as new."""
        self._coder.reset(0)
        return self._packer.flush()


class AdpcmDecoder:
    """Decodes a stream of one channel; the stream may be cut anywhere.

    Octets are bytes or uint8.  ValueError for a kind or an order that there is not.
    """

    def __init__(self, kind: Kind = "dialogic", *, order: Order = "big") -> None:
        self.kind = _known(kind)
        self._coder = codec.Adpcm(kind, 1)
        self._unpacker = BitUnpacker(4, order)

    def __repr__(self) -> str:
        return f"<AdpcmDecoder {self.kind}>"

    def process(self, octets: Octets) -> NDArray[np.int16]:
        """The two samples of each octet, int16, `(frames,)`."""
        return self._coder.decode(self._unpacker.process(octets)[:, np.newaxis])[:, 0]

    def flush(self) -> NDArray[np.int16]:
        """End the stream and be as new; nothing is left over."""
        self._coder.reset(0)
        self._unpacker.flush()
        return np.empty(0, np.int16)


def encode_adpcm(pcm: Pcm, kind: Kind = "dialogic", *, order: Order = "big") -> bytes:
    """All of a sound as octets; an odd sample at the end is followed by a code of 0."""
    encoder = AdpcmEncoder(kind, order=order)
    return encoder.process(pcm) + encoder.flush()


def decode_adpcm(
    octets: Octets, kind: Kind = "dialogic", *, order: Order = "big"
) -> NDArray[np.int16]:
    """All the sound of some octets, two samples each."""
    return AdpcmDecoder(kind, order=order).process(octets)


def column(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    """One channel as `(frames, 1)`; ValueError for more of them."""
    if pcm.ndim == 2 and pcm.shape[1] == 1:
        return pcm
    if pcm.ndim != 1:
        raise ValueError(f"pcm: want one channel, (frames,), got shape {pcm.shape}")
    return pcm[:, np.newaxis]


def _known(kind: Kind) -> Kind:
    if kind not in KINDS:
        raise ValueError(f"kind: want one of {', '.join(KINDS)}, got {kind!r}")
    return kind
