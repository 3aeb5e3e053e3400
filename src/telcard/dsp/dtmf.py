"""Hearing DTMF: telephone keys, as ITU-T Q.23 makes them and Q.24 has them received.

    detect_dtmf(pcm)                        # [DtmfEvent('5', start=800, frames=640, ...), ...]

    detector = DtmfDetector(channels=30)    # a stream: 30 lines at once
    for block in blocks:                    # (frames, 30), of any length
        for event in detector.process(block):
            print(event.channel, event.digit)

A digit is heard when both its tones stand for some 35 ms within 1.9 % of their frequencies, neither
below -46 dBm0, the low one at most 9 dB and the high one at most 6.5 dB louder than the other, when
each is nearly all there is in the band of its group, and both together are most of all that sounds
beside a dial tone; both must have begun together, and not fade one by one.  So 40 ms, 1.5 % + 2 Hz
and twists of 8 and 4 dB are always accepted, 23 ms and 3.5 % never.  A hole of up to 18 ms does not
end a digit, a pause of 30 ms does.  Start and length are those of the tone, to 2 ms, not of the
decision.  Other limits, an administration's or your own, are a `DtmfProfile`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import dsp
from telcard.dsp.dtmf_profiles import DtmfProfile as DtmfProfile
from telcard.dsp.pcm import frames_of, recording_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm


@dataclass(frozen=True, slots=True)
class DtmfEvent:
    """A digit, where it lies in the stream, and what its tones were like.

    `start` is its first sample, `frames` its length (so far, if not `ended`), both at 8 kHz.
    Levels are of each tone by itself; offsets are relative to the nominal frequency (0.01 = 1 %
    too high).
    """

    digit: str
    channel: int
    start: int
    frames: int
    low_dbm0: float
    high_dbm0: float
    low_offset: float
    high_offset: float
    ended: bool = True

    @property
    def twist_db(self) -> float:
        """By how much the high tone is louder; negative when the low one is."""
        return self.high_dbm0 - self.low_dbm0


class DtmfDetector:
    """Hears the DTMF digits of `channels` lines at once; the stream may be cut anywhere.

    `process` reports a digit once, when it has ended (25 to 30 ms after its last sample).  With
    `early=True` it reports each digit twice: as soon as it is accepted, 40 to 45 ms after its
    start, with `ended` False, and again when it has ended.  Many channels at once cost far less
    than one by one: they are worked on 16 abreast.  `profile` is what it accepts, or the name of
    an administration (`DTMF_PROFILES`).
    """

    def __init__(
        self,
        channels: int = 1,
        *,
        early: bool = False,
        profile: DtmfProfile | str | None = None,
    ) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self.early = early
        self.profile = (
            DtmfProfile.named(profile) if isinstance(profile, str) else profile or DtmfProfile()
        )
        self._native = dsp.Dtmf(channels, asdict(self.profile))
        self._heard = 0

    def __repr__(self) -> str:
        return f"<DtmfDetector {self.channels} channels, {self._heard} frames heard>"

    @property
    def busy(self) -> NDArray[np.bool_]:
        """For each channel, whether a tone sounds now: accepted, or merely suspected."""
        return self._native.busy()

    def process(self, block: Pcm) -> list[DtmfEvent]:
        """Hear the next frames, PCM of shape (frames, channels), or (frames,) for one channel.

        Gives the digits in the order in which they were decided.  int16, or float32 in -1..1
        (TypeError); ValueError when the number of channels is another.
        """
        pcm = frames_of(block, self.channels)
        self._heard += len(pcm)
        return self._events(pcm)

    def reset(self, channel: int) -> None:
        """Forget what one channel has heard and count it from 0; a digit in progress is dropped.

        ValueError when there is no such channel.
        """
        self._native.reset(channel)

    def flush(self) -> list[DtmfEvent]:
        """End the stream: give the digits that have not ended yet, and forget everything.

        The next `process` starts a new stream, counted from 0.
        """
        silence = np.zeros((_FLUSH_FRAMES, self.channels), np.int16)
        events = self._events(silence)
        self._native = dsp.Dtmf(self.channels, asdict(self.profile))
        self._heard = 0
        return events

    def _events(self, pcm: NDArray[np.int16]) -> list[DtmfEvent]:
        return self._native.feed(pcm, self.early, DtmfEvent)


def detect_dtmf(
    pcm: Pcm, samplerate: int = units.SAMPLE_RATE, *, profile: DtmfProfile | str | None = None
) -> list[DtmfEvent]:
    """Give all DTMF digits of a recording, ordered by start; `pcm` as for `DtmfDetector`.

    The number of channels is that of `pcm`; `profile` as for `DtmfDetector`.  ValueError when
    `samplerate` is not 8000.
    """
    sound = recording_of(pcm, samplerate, "DTMF is heard")
    channels = sound.shape[1]
    detector = DtmfDetector(channels, profile=profile)
    events = detector._events(sound) + detector.flush()
    return sorted(events, key=lambda event: (event.start, event.channel))


_FLUSH_FRAMES = 640
"""Silence that ends every digit: the filters' delay, the gap and the grid of blocks."""
