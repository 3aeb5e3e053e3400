"""The fast modems of fax machines: V.27ter, V.29 and V.17, 2400 to 14400 bit/s, one way at a time.

    pcm = fax_carrier(octets, "v17", 14400)          # training, these octets, turn-off, as PCM

    sender = FaxTransmitter("v29", 9600)             # a stream
    sender.send(octets)
    sender.finish()
    while not sender.done:
        line.write(sender.process(160))

Octets leave lowest bit first, as T.30 and T.4 have them.  `FAX_RATES` has the modems with their
rates.  What is sent, and how, is told in `_native/c/fax_send.h`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from telcard._native import fax

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Buffer

FAX_RATES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"v27ter": (2400, 4800), "v29": (7200, 9600), "v17": (7200, 9600, 12000, 14400)}
)
"""Modems and their rates in bit/s, the slowest first."""

_NUMBERS = tuple((modem, rate) for modem, rates in FAX_RATES.items() for rate in rates)
"""In the order of the kernel's modes."""


def mode_of(modem: str, rate: int) -> int:
    """The kernel's number of a modem at a rate; ValueError when there is no such one."""
    if modem not in FAX_RATES:
        raise ValueError(f"modem: want one of {', '.join(FAX_RATES)}, got {modem!r}")
    if rate not in FAX_RATES[modem]:
        rates = ", ".join(map(str, FAX_RATES[modem]))
        raise ValueError(f"rate of {modem}: want one of {rates} bit/s, got {rate}")
    return _NUMBERS.index((modem, rate))


class FaxTransmitter:
    """Sends octets over one line; the same samples however the stream is cut.

    Training goes first: V.17's long one, or `short`, which a receiver understands that was trained
    by a long one before; V.29 and V.27ter have but one (ValueError).  With `echo_protection` a bare
    carrier goes before it for 190 ms, so that echo suppressors turn round.

    `level_dbm0` is the level of the data; -13 dBm0 is the mean that V.2 allows a modem on lines
    that others share.
    """

    def __init__(
        self,
        modem: str = "v17",
        rate: int = 14400,
        *,
        short: bool = False,
        echo_protection: bool = False,
        level_dbm0: float = -13.0,
    ) -> None:
        mode = mode_of(modem, rate)
        if short and modem != "v17":
            raise ValueError(f"short: want v17, the one with a short training, got {modem}")
        if not -60 <= level_dbm0 <= 3:
            raise ValueError(f"level_dbm0: want -60 to +3, got {level_dbm0}")
        self.modem = modem
        self.rate = rate
        self._waiting = bytearray()
        self._ended = False
        self._native = fax.FaxSend(mode, short, echo_protection, level_dbm0)

    def __repr__(self) -> str:
        return f"<FaxTransmitter {self.modem} {self.rate} bit/s, {self.waiting} octets waiting>"

    @property
    def waiting(self) -> int:
        """Octets that have not been begun."""
        return len(self._waiting)

    @property
    def training(self) -> bool:
        """Whether the data are still to begin."""
        return self._native.stage < fax.SEND_DATA

    @property
    def done(self) -> bool:
        """Whether all is over, the turn-off sequence and its silence included."""
        return self._native.stage == fax.SEND_DONE

    def send(self, octets: Buffer) -> None:
        """Queue octets; ValueError after `finish`."""
        if self._ended:
            raise ValueError("transmitter: want octets before finish(), got them after it")
        self._waiting += bytes(octets)

    def finish(self) -> None:
        """No octets will come any more: turn off when those that wait have been sent."""
        self._ended = True

    def process(self, frames: int) -> NDArray[np.int16]:
        """The next samples, `(frames,)`, or fewer: when octets lack, and at the end (`done`)."""
        if frames < 0:
            raise ValueError(f"frames: want 0 or more, got {frames}")
        out = np.empty(frames, np.int16)
        made, used = self._native.feed(bytes(self._waiting), self._ended, out)
        del self._waiting[:used]
        return out[:made]


def fax_carrier(
    octets: Buffer,
    modem: str = "v17",
    rate: int = 14400,
    *,
    short: bool = False,
    echo_protection: bool = False,
    level_dbm0: float = -13.0,
) -> NDArray[np.int16]:
    """PCM of a whole transmission, training to turn-off, `(frames,)`; as `FaxTransmitter`."""
    sender = FaxTransmitter(
        modem, rate, short=short, echo_protection=echo_protection, level_dbm0=level_dbm0
    )
    sender.send(octets)
    sender.finish()
    made = [sender.process(8000)]
    while len(made[-1]):
        made.append(sender.process(8000))
    return np.concatenate(made)
