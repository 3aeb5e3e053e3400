"""The fast modems of fax machines: V.27ter, V.29 and V.17, 2400 to 14400 bit/s, one way at a time.

    pcm = fax_carrier(octets, "v17", 14400)          # training, these octets, turn-off, as PCM

    sender = FaxTransmitter("v29", 9600)             # a stream
    sender.send(octets)
    sender.finish()
    while not sender.done:
        line.write(sender.process(160))

    fax_octets(pcm, "v17", 14400)                    # and back: the octets of a recording

    receiver = FaxReceiver("v29", 9600, channels=72) # 72 lines at once
    for block in blocks:                             # (frames, 72), of any length
        for event in receiver.process(block):
            print(event.channel, event.kind, event.sample)
    receiver.read(0), receiver.quality(0)            # what came, and how well

Octets leave and come lowest bit first, as T.30 and T.4 have them.  `FAX_RATES` has the modems with
their rates.  What is sent, and how, is told in `_native/c/fax_send.h`; how it is received in
`_native/c/fax_receive.h`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from telcard._native import fax
from telcard.dsp.pcm import frames_of, recording_of
from telcard.units import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Buffer

    from telcard.dsp.pcm import Pcm

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


class FaxKind(IntEnum):
    """What a receiver reports."""

    CARRIER = 1
    """A modem's training has begun; value: how far its carrier is off, in Hz."""
    TRAINED = 2
    """The equaliser is set; value: the carrier's level in dBm0."""
    DATA = 3
    """The training is over, data follow; value: signal to noise in dB."""
    SLIP = 4
    """Samples were lost or repeated on the way, and it was made good; value: how many were lost."""
    LOST = 5
    """The carrier is gone; value: signal to noise in dB before it went."""
    FAILED = 6
    """What had begun like a training was none, or cannot be made out."""


@dataclass(frozen=True, slots=True)
class FaxEvent:
    """Something happened on a channel.

    `sample`: of the channel's own count, when it was decided.  `bits`: of the data, before it.
    """

    kind: FaxKind
    channel: int
    sample: int
    bits: int
    value: float


@dataclass(frozen=True, slots=True)
class FaxQuality:
    """How a channel is received, or was until its carrier went.

    `snr_db`: the data's power over that of the errors behind the equaliser.  `bits`: of the data so
    far.  `slips`: samples lost or repeated on the way that were made good.
    """

    receiving: bool
    bits: int
    level_dbm0: float
    snr_db: float
    offset_hz: float
    slips: int


_RUN_OUT = 400
"""Samples after which all that came before has been decided."""

_UNITS = {FaxKind.SLIP: 1, FaxKind.FAILED: 1}
"""What the kernel's values are parts of: all others 256."""


class FaxReceiver:
    """Hears one modem at one rate on each of `channels` lines; the same however the stream is cut.

    It waits for a training sequence, reports it, keeps the octets that follow for `read`, and when
    the carrier has gone waits for the next one.  `arm` makes it wait for another.  `points` is how
    many symbols are kept for `constellation`.
    """

    def __init__(
        self, modem: str = "v17", rate: int = 14400, *, channels: int = 1, points: int = 0
    ) -> None:
        mode = mode_of(modem, rate)
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        if not 0 <= points <= 100_000:
            raise ValueError(f"points: want 0 to 100000, got {points}")
        self.channels = channels
        self._octets = [bytearray() for _ in range(channels)]
        self._native = fax.FaxReceive(mode, channels, points)

    def process(self, pcm: Pcm) -> list[FaxEvent]:
        """Hear a block, `(frames,)` or `(frames, channels)`; what happened, by channel, then time.

        ValueError for another number of channels.
        """
        block = frames_of(pcm, self.channels)
        events = []
        for channel, state, sample, bits, value in self._native.feed(block, self._octets):
            kind = FaxKind(state)
            events.append(FaxEvent(kind, channel, sample, bits, value / _UNITS.get(kind, 256)))
        return events

    def read(self, channel: int = 0) -> bytes:
        """The octets that have come since the last call, whole ones only."""
        octets = bytes(self._octets[self._checked(channel)])
        self._octets[channel].clear()
        return octets

    def arm(self, modem: str, rate: int, *, channel: int = 0, short: bool = False) -> None:
        """Wait for the training of this modem, whatever is being received.

        `short`: V.17's short one; it needs what a long one has taught.  ValueError for others.
        """
        mode = mode_of(modem, rate)
        if short and modem != "v17":
            raise ValueError(f"short: want v17, the one with a short training, got {modem}")
        self._native.arm(self._checked(channel), mode, short)

    def quality(self, channel: int = 0) -> FaxQuality:
        """How well the channel is received."""
        state, bits, level, snr, offset_hz, slips = self._native.state(self._checked(channel))
        receiving = state in (FaxKind.TRAINED, FaxKind.DATA)
        return FaxQuality(receiving, bits, level / 256, snr / 256, offset_hz, slips)

    def constellation(self, channel: int = 0) -> NDArray[np.complex64]:
        """Symbols since the last call, `points` at most, in the units of the recommendations."""
        return self._native.points(self._checked(channel))

    def _checked(self, channel: int) -> int:
        if not 0 <= channel < self.channels:
            raise ValueError(f"channel: want 0 to {self.channels - 1}, got {channel}")
        return channel


def fax_octets(
    pcm: Pcm, modem: str = "v17", rate: int = 14400, *, samplerate: int = SAMPLE_RATE
) -> bytes:
    """The octets of all transmissions in a recording `(frames,)`; b"" when there are none.

    Each is followed by what turn-off and the end of the carrier look like, 20 ms or so.
    """
    receiver = FaxReceiver(modem, rate)
    receiver.process(recording_of(pcm, samplerate, "fax modems are heard"))
    receiver.process(np.zeros(_RUN_OUT, np.int16))
    return receiver.read()
