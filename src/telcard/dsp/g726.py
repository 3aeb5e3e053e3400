"""ITU-T G.726: ADPCM of 16, 24, 32 and 40 kbit/s, bit for bit.

    octets = encode_g726(pcm, 32)                   # RFC 3551's packing
    pcm = decode_g726(octets, 32)

    encoder = G726Encoder(24, channels=30)          # 30 channels at once, (frames, 30)
    codes = encoder.process(block)                  # one code an octet, (frames, 30)

PCM is int16 or float32 at 8 kHz, of which G.726 hears the upper 14 bits.  Octets of A-law or u-law,
decoded by `telcard.dsp.g711`, give the codes that the recommendation wants for them; back to octets
goes `G726Decoder(..., law="alaw")`, whose synchronous adjustment (G.726 4.2.8) keeps several such
links in a row from adding noise.

Packing: `little` puts the first code into the least significant bits of an octet (RFC 3551, 4.5.4;
most files), `big` into the most significant ones (ITU-T I.366.2 Annex E, "AAL2"; ITU-T X.420).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from telcard._native import codec
from telcard.dsp.adpcm import column
from telcard.dsp.bitpack import BitPacker, BitUnpacker, Order
from telcard.dsp.pcm import to_int16

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Octets, Pcm

Law = Literal["alaw", "ulaw"]
"""The octets that a decoder may give."""

_T = TypeVar("_T", np.int16, np.uint8)

RATES = {16: 2, 24: 3, 32: 4, 40: 5}
"""Bits of a code for each rate in kbit/s."""


class G726Encoder:
    """Codes `channels` streams at once; they may be cut anywhere.

    `rate` in kbit/s: 16, 24, 32 or 40 (ValueError).  Many channels in one object cost far less
    than one by one: they are worked on 16 abreast.
    """

    def __init__(self, rate: int, channels: int = 1) -> None:
        self.rate = rate
        self.channels = channels
        self._coder = codec.G726(bits_of(rate), channels)

    def __repr__(self) -> str:
        return f"<G726Encoder {self.rate} kbit/s, {self.channels} channels>"

    def process(self, pcm: Pcm) -> NDArray[np.uint8]:
        """The codes of the next frames, `(frames, channels)`, or `(frames,)` for one channel."""
        sound = to_int16(pcm)
        codes = self._coder.encode(_table(sound, self.channels))
        return codes if sound.ndim == 2 else codes[:, 0]

    def reset(self, channel: int) -> None:
        """Begin a channel anew, as the recommendation's reset does."""
        self._coder.reset(channel)


class G726Decoder:
    """Decodes `channels` streams at once; they may be cut anywhere.

    The result is linear sound, int16, or with `law` ("alaw", "ulaw") octets.  ValueError for a rate
    or a law that there is not.
    """

    def __init__(self, rate: int, channels: int = 1, *, law: Law | None = None) -> None:
        if law not in (None, "alaw", "ulaw"):
            raise ValueError(f"law: want alaw, ulaw or None, got {law!r}")
        self.rate = rate
        self.channels = channels
        self.law = law
        self._coder = codec.G726(bits_of(rate), channels)

    def __repr__(self) -> str:
        return f"<G726Decoder {self.rate} kbit/s, {self.channels} channels, {self.law or 'linear'}>"

    def process(self, codes: NDArray[np.uint8]) -> NDArray[np.int16] | NDArray[np.uint8]:
        """The sound of the next codes, uint8, `(frames, channels)`, or `(frames,)` for one."""
        table = _table(codes, self.channels)
        made: NDArray[np.int16] | NDArray[np.uint8]
        if self.law is None:
            made = self._coder.decode(table)
        else:
            made = self._coder.decode_law(table, self.law == "ulaw")
        return made if codes.ndim == 2 else made[:, 0]

    def reset(self, channel: int) -> None:
        """Begin a channel anew, as the recommendation's reset does."""
        self._coder.reset(channel)


def encode_g726(pcm: Pcm, rate: int, *, order: Order = "little") -> bytes:
    """All of a sound of one channel as octets; the last one is filled up with zeros."""
    codes = G726Encoder(rate).process(column(to_int16(pcm)))
    packer = BitPacker(bits_of(rate), order)
    return packer.process(codes[:, 0]) + packer.flush()


def decode_g726(octets: Octets, rate: int, *, order: Order = "little") -> NDArray[np.int16]:
    """All the sound of some octets, int16, `(frames,)`."""
    unpacker = BitUnpacker(bits_of(rate), order)
    codes = np.concatenate([unpacker.process(octets), unpacker.flush()])
    return G726Decoder(rate).process(codes).view(np.int16)


def bits_of(rate: int) -> int:
    """Bits of a code at a rate in kbit/s; ValueError for a rate that there is not."""
    if rate not in RATES:
        raise ValueError(f"rate: want one of {', '.join(map(str, RATES))} kbit/s, got {rate}")
    return RATES[rate]


def _table(block: NDArray[_T], channels: int) -> NDArray[_T]:
    if block.ndim == 1 and channels == 1:
        block = block[:, np.newaxis]
    if block.ndim != 2 or block.shape[1] != channels:
        raise ValueError(f"block: want (frames, {channels}), got shape {block.shape}")
    return np.ascontiguousarray(block)
