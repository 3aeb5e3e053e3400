"""Voice activity: when somebody talks.

    vad = VoiceDetector(channels=30)
    for block in blocks:                # (frames, 30)
        for event in vad.process(block):
            print(event.channel, event.start, event.frames, event.level_dbm0)

    detect_voice(pcm)                   # [SpeechEvent(channel=0, start=4080, frames=9600, ...)]

Speech is heard from an SNR of about 5 dB and a level of about -50 dBm0 on; tones, steady or keyed,
are none.  What decides, and its limits, are told in `_native/c/vad.h`;
`benchmarks/quality_vad.py` measures how often it is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from telcard import units
from telcard._native import voice
from telcard.dsp.hops import Hops
from telcard.dsp.pcm import recording_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm


@dataclass(frozen=True, slots=True)
class SpeechEvent:
    """Somebody talked on a channel: from `start` on, for so many `frames`.

    `level_dbm0` is the mean while there was speech, `snr_db` how far it lay above the noise before.
    `ended` is False in the first of the two events that `early` gives: then `frames` and levels are
    those until now.  Places are right to about 10 ms where speech begins and ends clearly.
    """

    channel: int
    start: int
    frames: int
    level_dbm0: float
    snr_db: float
    ended: bool = True


@dataclass(frozen=True, slots=True)
class VoiceProfile:
    """What counts as speech.

    `threshold`, more than 0: of the mean log-likelihood ratio of speech; a lower one hears more,
    also where nobody talks.  `floor_dbm0`: what is below is never speech.
    `hangover_s`: a pause this long ends the speech.
    """

    threshold: float = 0.25
    floor_dbm0: float = -60.0
    hangover_s: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 20:
            raise ValueError(f"threshold: want more than 0, at most 20, got {self.threshold}")
        if not -70 <= self.floor_dbm0 <= 3:
            raise ValueError(f"floor_dbm0: want -70 to 3, got {self.floor_dbm0}")
        if not 0.03 <= self.hangover_s <= 10:
            raise ValueError(f"hangover_s: want 0.03 to 10, got {self.hangover_s}")

    def as_native(self) -> dict[str, float]:
        """The same as the kernel has it."""
        return {
            "threshold": self.threshold,
            "floor_dbm0": self.floor_dbm0,
            "hangover": round(units.seconds_to_samples(self.hangover_s) / voice.HOP),
        }


class VoiceDetector:
    """Hears where somebody talks, on `channels` lines at once; the stream may be cut anywhere.

    Speech is reported once, when it has ended; with `early=True` also when it has begun, some 60 ms
    after its start.  Many channels at once cost far less than one by one.
    """

    def __init__(
        self, channels: int = 1, *, early: bool = False, profile: VoiceProfile | None = None
    ) -> None:
        self._hops = Hops(channels)
        self.channels = channels
        self.early = early
        self.profile = profile or VoiceProfile()
        self._native = voice.Vad(channels, self.profile.as_native())
        self.scores: NDArray[np.float32] = np.empty((0, channels), np.float32)
        """Those of the last call, one row for each 10 ms that it completed.

        They are the log-likelihood ratio of speech, averaged over some 80 ms: near 0 where there is
        noise alone, about 1 and more where somebody talks, 0 under tones that have lasted, or come
        again and again, for 200 ms.  Keys and shorter tones only `process` and `talking` tell."""

    def __repr__(self) -> str:
        return f"<VoiceDetector {self.channels} channels, {self._hops.taken} frames heard>"

    @property
    def talking(self) -> NDArray[np.bool_]:
        """For each channel, whether somebody talks now; pauses up to the hangover count."""
        return self._native.talking()

    def process(self, block: Pcm) -> list[SpeechEvent]:
        """Hear the next frames, `(frames, channels)`, or `(frames,)` for one channel.

        int16, or float32 in -1..1 (TypeError); ValueError for another number of channels.
        """
        return self._feed(self._hops.take(block))

    def reset(self, channel: int) -> None:
        """Forget what one channel has heard and count it from 0, at the grid of 10 ms.

        ValueError when there is no such channel.
        """
        self._native.reset(channel)

    def flush(self) -> list[SpeechEvent]:
        """End the stream: give the speech that has not ended yet, and be as new."""
        silence = round(self.profile.hangover_s * units.SAMPLE_RATE) + _TAIL_FRAMES
        events = self._feed(self._hops.rest(silence))
        self._native = voice.Vad(self.channels, self.profile.as_native())
        return events

    def _feed(self, samples: NDArray[np.int16]) -> list[SpeechEvent]:
        self.scores = np.empty((len(samples) // voice.HOP, self.channels), np.float32)
        return [
            SpeechEvent(channel, start, frames, level, snr, ended)
            for channel, ended, start, frames, _, level, snr in self._native.feed(
                samples, self.scores
            )
            if ended or self.early
        ]


def detect_voice(
    pcm: Pcm, samplerate: int = units.SAMPLE_RATE, *, profile: VoiceProfile | None = None
) -> list[SpeechEvent]:
    """Give all speech of a recording, ordered by start; the channels are those of `pcm`.

    ValueError when `samplerate` is not 8000.
    """
    sound = recording_of(pcm, samplerate, "speech is heard")
    detector = VoiceDetector(sound.shape[1], profile=profile)
    events = detector.process(sound) + detector.flush()
    return sorted(events, key=lambda event: (event.start, event.channel))


_TAIL_FRAMES = 480
"""Silence in which the last window leaves the spectrum."""
