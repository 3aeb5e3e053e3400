"""The fax lane over a telephone line: programs carried out in sound, and what was heard.

The words are those of `telcard.fax.phases`; the work is done by native code.  What it needs of
the world is samples: no clock, no card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from telcard._native import faxlane
from telcard.dsp.fsk import STANDARDS, FskStandard
from telcard.fax.phases import (
    CarrierLost,
    CarrierUp,
    Content,
    EcmImage,
    Evidence,
    Fast,
    FrameReceived,
    Frames,
    Greeted,
    Greeting,
    Image,
    ImageOctets,
    Listen,
    Phase,
    PhaseDone,
    Program,
    Quality,
    Rate,
    Silence,
    Tone,
    TrainingCheck,
    TrainingChecked,
)

LEVEL_DBM0 = -13.0
"""At which a fax sends, by default (T.30 5.2 leaves it to national rules; -13 dBm0 is usual)."""

CED_MS = 2600
"""Length of CED (T.30 4.3.3.3: 2.6 to 4.0 s)."""

SAMPLES_MS = 8

V21 = replace(STANDARDS["v21_2"], floor_dbm0=-48.0)
"""Channel 2 of V.21 (clause 3), heard 5 dB below the least level that T.30 asks for."""

RATES = tuple(Rate)
GREETINGS = {1 << place: greeting for place, greeting in enumerate(Greeting)}
CONTENTS = (Content.TRAINING_CHECK, Content.IMAGE, Content.ECM)

NOTHING = (faxlane.NO_MODE, 0, 0, 0)
"""A wish for no fast carrier."""


@cache
def plans() -> faxlane.Plans:
    """What all lanes of a process share; made when the first one is."""
    return faxlane.Plans(asdict(V21))


def packed(frames: tuple[bytes, ...]) -> bytes:
    """Frames, each behind its length, as the native lane reads them."""
    return b"".join(len(frame).to_bytes(2, "little") + frame for frame in frames)


def wish_of(listen: Listen) -> tuple[int, int, int, int]:
    """A `Listen` as four numbers: mode, short training, content, modes after a DCS."""
    after = sum(1 << rate.mode for rate in listen.after_dcs)
    if listen.fast is None:
        return (faxlane.NO_MODE, 0, 0, after)
    fast: Fast = listen.fast
    return (fast.rate.mode, int(fast.short), CONTENTS.index(fast.content), after)


def native(phase: Phase) -> tuple[tuple[int, ...], bytes]:
    """A phase as the native lane has it: kind, mode, short, calling tone, samples, wish; octets."""
    match phase:
        case Silence(ms):
            return (faxlane.SILENCE, 0, 0, 0, ms * SAMPLES_MS, *NOTHING), b""
        case Tone.CED:
            return (faxlane.CED, 0, 0, 0, CED_MS * SAMPLES_MS, *NOTHING), b""
        case Frames(frames):
            return (faxlane.FRAMES, 0, 0, 0, 0, *NOTHING), packed(frames)
        case TrainingCheck(rate):
            return (faxlane.CHECK, rate.mode, 0, 0, 0, *NOTHING), b""
        case Image(rate, short, octets):
            return (faxlane.IMAGE, rate.mode, int(short), 0, 0, *NOTHING), octets
        case EcmImage(rate, short, frames):
            return (faxlane.ECM, rate.mode, int(short), 0, 0, *NOTHING), packed(frames)
        case Listen():
            calling = int(phase.calling_tone)
            return (faxlane.LISTEN, 0, 0, calling, 0, *wish_of(phase)), b""


def rate_of(mode: int) -> Rate | None:
    """The rate of a native mode; None for 300 bit/s."""
    return None if mode == faxlane.NO_MODE else RATES[mode]


class FaxLane:
    """One end of a fax call, as far as it is sound.

    `receive()` takes 8 kHz int16 samples of what is heard, `transmit()` gives what is to be sent;
    `run()` replaces the program, `evidence()` yields what has come of it.  `level_dbm0` is of all
    that is sent; `echo_tone` puts a tone before fast carriers that turns echo suppressors round
    (V.17, V.27 ter, V.29: talker echo protection).
    """

    def __init__(self, *, level_dbm0: float = LEVEL_DBM0, echo_tone: bool = False) -> None:
        if not -40 <= level_dbm0 <= 0:
            raise ValueError(f"level_dbm0: want -40 to 0, got {level_dbm0}")
        self.native = faxlane.Lane(plans(), level_dbm0, echo_tone)
        """For the engine, which hears and sends instead of `receive` and `transmit`."""
        self.hears: FskStandard = V21
        """What it hears frames with."""

    def run(self, program: Program) -> None:
        """Carry out this program from the next sample on that is heard or sent, whatever ran."""
        phases = [native(phase) for phase in program.phases]
        if not self.native.run(faxlane.Program(program.number, phases)):
            raise OverflowError(f"program {program.number}: the lane has not taken the ones before")

    def receive(self, pcm: NDArray[np.int16]) -> int:
        """Hear samples until there is evidence; returns how many were taken."""
        return self.native.hear(pcm, 0)

    def transmit(self, out: NDArray[np.int16]) -> None:
        """Fill `out` with the next samples to send."""
        made = 0
        while made < len(out):
            made = self.native.make(out, made)

    @property
    def heard(self) -> int:
        """Samples heard so far."""
        return self.native.heard

    @property
    def sent(self) -> int:
        """Samples sent so far."""
        return self.native.sent

    @property
    def waits(self) -> bool:
        """Whether there is evidence."""
        return self.native.waits

    def evidence(self) -> Iterator[Evidence]:
        """What has come of programs and line since the last time, in order."""
        while self.native.waits:
            yield self._next()

    def _next(self) -> Evidence:
        told = self.native.told()
        assert told is not None
        kind, sample, mode, program, phase, trained, *counts, figures, octets = told
        count, bad, longest, second = counts
        rate = rate_of(mode)
        if kind == faxlane.FRAME:  # most of what is told
            return FrameReceived(sample, octets, True, rate)
        quality = Quality(*figures)
        match kind:
            case faxlane.DONE:
                return PhaseDone(sample, program, phase)
            case faxlane.UP:
                return CarrierUp(sample, rate, bool(trained))
            case faxlane.GONE:
                return CarrierLost(sample, rate, bool(trained), count, bad, quality)
            case faxlane.BAD:
                return FrameReceived(sample, octets, False, rate)
            case faxlane.CHECKED:
                assert rate is not None
                return TrainingChecked(sample, rate, count, bad, longest, quality, second)
            case faxlane.GREETING:
                return Greeted(sample, GREETINGS[count])
            case _:
                return ImageOctets(sample, octets)
