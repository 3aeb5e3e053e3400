"""Tones with which fax machines and modems meet, and the tone that switches echo cancellers off.

    detect_fax_tones(pcm)                       # [FaxToneEvent('cng', 'ends', start=800, ...), ...]
    fax_tone("ansam", reversals=True)           # 3.3 s of it, int16 PCM

    disabler = ToneDisabler(channels=30)        # beside an echo canceller: G.168 7
    for block in blocks:                        # (frames, 30), of any length
        for event in disabler.process(block):
            print(event.channel, "off" if event.disabled else "on again")

The tones:

* `cng`: 1100 +-38 Hz, 0.5 s every 3.5 s, of a calling fax (T.30 5.2); known when it is over, for a
  tone that goes on for more than 0.65 s is none;
* `ans`: 2100 +-15 Hz, of an answering fax (there CED, T.30 5.2) or modem (V.25);
* `ansam`: the same, its amplitude modulated by a fifth at 15 Hz (V.8 3.2);
* `bell_2225`: 2225 Hz, of an answering modem by Bell;
* `v21_preamble`: the flags of HDLC at 300 bit/s that begin every command of a fax (T.30 5.3.1).

Both kinds of 2100 Hz may have their phase reversed every 450 +-25 ms; that is told when it has
been seen to be periodic, some 470 ms after the tone began.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from telcard import units
from telcard._native import detect
from telcard.dsp.pcm import frames_of, recording_of
from telcard.dsp.tones import ToneGenerator, ToneSegment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

FaxTone = Literal["cng", "ans", "ansam", "bell_2225", "v21_preamble"]
"""What `FaxToneDetector` hears and `fax_tone_segments` sends."""

FAX_TONES: tuple[FaxTone, ...] = get_args(FaxTone)
"""All of them."""

FaxTonePhase = Literal["begins", "reverses", "ends"]
"""What an event tells: a tone has lasted long enough; its reversals are periodic; it is over."""

_NAMES: dict[int, FaxTone] = {detect.FAX_TONES[tone]: tone for tone in FAX_TONES}
_PHASES: dict[int, FaxTonePhase] = {
    detect.FAX_ON: "begins",
    detect.FAX_REVERSES: "reverses",
    detect.FAX_OFF: "ends",
}


@dataclass(frozen=True, slots=True)
class FaxToneProfile:
    """What a detector accepts.

    `floor_dbm0`: a tone below is not heard.  `share`: least part of all energy that it must have.
    `cng_ms`: how long CNG must have lasted when it is over, 650 at most; `answer_ms`: how long the
    tones that answer must last before they are believed; `flags`: how many flags a preamble must
    have had.
    """

    floor_dbm0: float = -44.0
    share: float = 0.7
    cng_ms: float = 350.0
    answer_ms: float = 200.0
    flags: float = 6.0

    def __post_init__(self) -> None:
        ranges = {
            "floor_dbm0": (-60, 0),
            "share": (0.5, 0.99),
            "cng_ms": (50, 600),
            "answer_ms": (50, 2000),
            "flags": (2, 30),
        }
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: want {least} to {most}, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class FaxToneEvent:
    """A tone of a fax or modem, and where it lies in the stream.

    `start` is its first sample, `frames` its length (so far, unless it `ends`), both at 8 kHz and
    good to 5 ms; `decided` how many samples had been heard.  `hz` is what its frequency was (1750
    of a preamble), `reversals` how often its phase was reversed.
    """

    tone: FaxTone
    phase: FaxTonePhase
    channel: int
    start: int
    frames: int
    level_dbm0: float
    hz: float
    reversals: int
    decided: int


class FaxToneDetector:
    """Hears fax and modem tones on `channels` lines at once; the stream may be cut anywhere.

    `process` reports a tone when it has ended.  With `early=True` it does so when the tone has
    lasted long enough to be believed, too ("begins"; CNG does both some 30 ms behind its end), and
    when 2100 Hz turns out to reverse its phase ("reverses").  Many channels at once cost far less
    than one by one: they are worked on 16 abreast.
    """

    def __init__(
        self, channels: int = 1, *, early: bool = False, profile: FaxToneProfile | None = None
    ) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self.early = early
        self.profile = profile or FaxToneProfile()
        self._native = detect.FaxTones(channels, asdict(self.profile))
        self._heard = 0

    def __repr__(self) -> str:
        return f"<FaxToneDetector {self.channels} channels, {self._heard} frames heard>"

    def process(self, block: Pcm) -> list[FaxToneEvent]:
        """Hear the next frames, PCM of shape (frames, channels), or (frames,) for one channel.

        Gives what was decided, in that order.  int16, or float32 in -1..1 (TypeError); ValueError
        when the number of channels is another.
        """
        pcm = frames_of(block, self.channels)
        self._heard += len(pcm)
        return self._events(pcm)

    def reset(self, channel: int) -> None:
        """Forget what one channel has heard and count it from 0; a tone in progress is dropped.

        ValueError when there is no such channel.
        """
        self._native.reset(channel)

    def flush(self) -> list[FaxToneEvent]:
        """End the stream: give the tones that have not ended yet, and forget everything.

        The next `process` starts a new stream, counted from 0.
        """
        events = self._events(np.zeros((_FLUSH_FRAMES, self.channels), np.int16))
        self._native = detect.FaxTones(self.channels, asdict(self.profile))
        self._heard = 0
        return events

    def _events(self, pcm: NDArray[np.int16]) -> list[FaxToneEvent]:
        events = []
        for decided, channel, kind, tone, start, frames, level, hz, turns in self._native.feed(pcm):
            phase = _PHASES.get(kind)
            if phase == "ends" or (self.early and phase is not None):
                name = _NAMES[tone]
                events.append(
                    FaxToneEvent(name, phase, channel, start, frames, level, hz, turns, decided)
                )
        return events


def fax_tone_of(code: int) -> str:
    """The name of a tone by the kernel's code of it; empty for 0, no tone."""
    return _NAMES[code] if code else ""


def detect_fax_tones(
    pcm: Pcm, samplerate: int = units.SAMPLE_RATE, *, profile: FaxToneProfile | None = None
) -> list[FaxToneEvent]:
    """Give all fax and modem tones of a recording, ordered by start; `pcm` as for the detector.

    The number of channels is that of `pcm`.  ValueError when `samplerate` is not 8000.
    """
    sound = recording_of(pcm, samplerate, "tones are heard")
    channels = sound.shape[1]
    detector = FaxToneDetector(channels, profile=profile)
    events = detector.process(sound) + detector.flush()
    return sorted(events, key=lambda event: (event.start, event.channel))


@dataclass(frozen=True, slots=True)
class DisablerEvent:
    """Echo cancelling has to cease (`disabled`) or may go on, from the sample `decided` on."""

    channel: int
    disabled: bool
    decided: int


class ToneDisabler:
    """Tells an echo canceller when a modem wants it off (G.168 7), on `channels` lines at once.

    It must cease when 2100 +-21 Hz of -31 dBm0 or more reverse their phase by 180 +-25 degrees
    every 450 +-25 ms, and may go on when all sound has been below -36 dBm0 for 250 ms.  Plain 2100
    Hz, and speech, do not disable.
    """

    def __init__(self, channels: int = 1) -> None:
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.channels = channels
        self._native = detect.FaxTones(channels, detect.fax_profile())

    def __repr__(self) -> str:
        off = [channel for channel in range(self.channels) if self.is_disabled(channel)]
        return f"<ToneDisabler {self.channels} channels, disabled: {off}>"

    def is_disabled(self, channel: int) -> bool:
        """Whether the canceller of a channel must not work now; ValueError for no such channel."""
        return self._native.disabled(channel)

    def process(self, block: Pcm) -> list[DisablerEvent]:
        """Hear the next frames, as `FaxToneDetector.process`; either way of the line may ask."""
        events = []
        for decided, channel, kind, *_ in self._native.feed(frames_of(block, self.channels)):
            if kind in (detect.FAX_DISABLE, detect.FAX_RELEASE):
                events.append(DisablerEvent(channel, kind == detect.FAX_DISABLE, decided))
        return events

    def reset(self, channel: int) -> None:
        """A new call on a channel: its canceller works.  ValueError for no such channel."""
        self._native.reset(channel)


def fax_tone_segments(
    tone: str, *, seconds: float = 3.3, level_dbm0: float = -13.0, reversals: bool = False
) -> list[ToneSegment]:
    """Cadence of a tone, to be sent once: answer tones and preambles `seconds` long.

    CNG is one burst of 0.5 s and the 3 s after it, to be repeated for as long as the call is set
    up.  `level_dbm0` is that of the whole signal's carrier.  With `reversals` the phase of 2100 Hz
    is reversed every 450 ms: within 1 ms it turns by half a turn more than it would.  ValueError
    for an unknown tone, or for reversals of another than `ans` and `ansam`.
    """
    if tone not in FAX_TONES:
        raise ValueError(f"tone: want one of {', '.join(FAX_TONES)}, got {tone!r}")
    if reversals and tone not in ("ans", "ansam"):
        raise ValueError(f"reversals: want tone ans or ansam, got {tone}")
    if tone == "cng":
        return [ToneSegment(0.5, 1100, 0, level_dbm0), ToneSegment(3)]
    if tone == "bell_2225":
        return [ToneSegment(seconds, 2225, 0, level_dbm0)]
    if tone == "v21_preamble":
        return _flags(seconds, level_dbm0)
    if not reversals:
        return [_answer(seconds, 0, tone == "ansam", level_dbm0)]
    segments = []
    left = units.seconds_to_samples(seconds)
    while left > 0:
        steady = min(left, _PERIOD - _TURN)
        segments.append(_answer(steady / units.SAMPLE_RATE, 0, tone == "ansam", level_dbm0))
        left -= steady
        if left > 0:
            turn = min(left, _TURN)
            segments.append(_answer(turn / units.SAMPLE_RATE, 500, tone == "ansam", level_dbm0))
            left -= turn
    return segments


def fax_tone(
    tone: str, *, seconds: float = 3.3, level_dbm0: float = -13.0, reversals: bool = False
) -> NDArray[np.int16]:
    """PCM of a tone, `(frames,)`; the parameters are those of `fax_tone_segments`."""
    segments = fax_tone_segments(tone, seconds=seconds, level_dbm0=level_dbm0, reversals=reversals)
    return ToneGenerator(segments).process(sum(segment.samples for segment in segments))


def _answer(seconds: float, more_hz: float, modulated: bool, level_dbm0: float) -> ToneSegment:
    hz = 2100 + more_hz
    if not modulated:
        return ToneSegment(seconds, hz, 0, level_dbm0)
    side = level_dbm0 - 20  # two side bands of a tenth each: a modulation of a fifth
    return ToneSegment(seconds, hz, hz - 15, level_dbm0, side, f3_hz=hz + 15, level3_dbm0=side)


def _flags(seconds: float, level_dbm0: float) -> list[ToneSegment]:
    """Flags, 01111110 at 300 bit/s: three of them are 640 samples."""
    segments = []
    for flag in range(units.seconds_to_samples(seconds) * 3 // 640):
        space = (53, 53, 54)[flag % 3]
        segments.append(ToneSegment(space / units.SAMPLE_RATE, 1850, 0, level_dbm0))
        segments.append(ToneSegment(160 / units.SAMPLE_RATE, 1650, 0, level_dbm0))
    return segments


_PERIOD, _TURN = 3600, 8
"""Samples between reversals, and within which one is made: 500 Hz more for 1 ms are half a turn."""

_FLUSH_FRAMES = 1000
"""Silence that ends every tone: what is bridged in one, and the filters' length."""
