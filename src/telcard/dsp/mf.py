"""Multi-frequency signals between exchanges: R1 (Bell MF), R2 MFC, and tones of line signalling.

    mf(["KP", *"5551212", "ST"], "r1")              # int16 PCM, ready to send
    detect_mf(pcm, "r1")                            # [MfEvent('KP', start=0, frames=800, ...), ...]

    register = MfDetector("r2_forward", channels=30, early=True)
    for block in blocks:                            # (frames, 30), of any length
        for event in register.process(block):
            print(event.channel, event.signal, "ceases" if event.ended else "appears")

    mf_segment("15", "r2_backward")                 # a ToneSegment, for a sender that is switched

The systems and their signals:

* `r1`: digits, KP, ST, STP, ST2P, ST3P, two of 700 ... 1700 Hz (Q.320 to Q.323);
* `r2_forward`, `r2_backward`: 1 to 15, two of 1380 ... 1980 or of 1140 ... 540 Hz (Q.441);
* `signalling`: 2280, 2400, 2600 Hz, one or two at once ("2400+2600"), as line signalling in the
  speech band has them (No. 5: Q.141; R1: Q.311; AC systems).

Two and only two tones make a register's signal, both within their tolerance, neither much louder
than the other, and hardly anything else beside them.  A signal of R2 is told some 15 ms after it
has begun and its end some 11 ms after it has ceased; times of the events are those of the tones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from telcard import units
from telcard._native import detect
from telcard.dsp.pcm import frames_of, recording_of
from telcard.dsp.tones import ToneGenerator, ToneSegment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

MfSystem = Literal["r1", "r2_forward", "r2_backward", "signalling"]
"""What `MfDetector` and the senders know."""

MF_TONES_HZ: Mapping[MfSystem, tuple[int, ...]] = {
    "r1": (700, 900, 1100, 1300, 1500, 1700),
    "r2_forward": (1380, 1500, 1620, 1740, 1860, 1980),
    "r2_backward": (1140, 1020, 900, 780, 660, 540),
    "signalling": (2280, 2400, 2600),
}
"""The frequencies of each system, in the order in which the standard numbers them."""

_PAIRS = [(low, high) for high in range(1, 6) for low in range(high)]
"""Pairs in the order of signals 1 to 15 (Q.441, table 6), or 1 to 10 and then five more (Q.323)."""

_R1 = [*"1234567890", "ST3P", "STP", "KP", "ST2P", "ST"]
_SIGNALLING = {(0,): "2280", (1,): "2400", (2,): "2600"} | {
    (0, 1): "2280+2400",
    (0, 2): "2280+2600",
    (1, 2): "2400+2600",
}

_TONES_OF: dict[MfSystem, dict[str, tuple[int, ...]]] = {
    "r1": dict(zip(_R1, _PAIRS, strict=True)),
    "r2_forward": {str(number): pair for number, pair in enumerate(_PAIRS, 1)},
    "r2_backward": {str(number): pair for number, pair in enumerate(_PAIRS, 1)},
    "signalling": {name: tones for tones, name in _SIGNALLING.items()},
}

MF_HZ: Mapping[MfSystem, Mapping[str, tuple[int, ...]]] = {
    system: {
        name: tuple(sorted(MF_TONES_HZ[system][tone] for tone in tones))
        for name, tones in signals.items()
    }
    for system, signals in _TONES_OF.items()
}
"""The signals of each system and their frequencies, the lower one first."""

_NAMES: dict[MfSystem, dict[int, str]] = {
    system: {
        tones[0] | (tones[1] if len(tones) > 1 else detect.MF_ALONE) << 4: name
        for name, tones in signals.items()
    }
    for system, signals in _TONES_OF.items()
}

_CODES = {system: {name: code for code, name in names.items()} for system, names in _NAMES.items()}


def check_mf_system(wanted: str) -> MfSystem:
    """`wanted` if there is such a system; raises ValueError in one sentence."""
    for system in MF_TONES_HZ:
        if wanted == system:
            return system
    raise ValueError(f"system: want one of {', '.join(MF_TONES_HZ)}, got {wanted!r}")


@dataclass(frozen=True, slots=True)
class MfProfile:
    """What a detector accepts; `mf_profile` gives the default of each system.

    `floor_dbm0`: a tone below is not heard.  `adjacent_twist_db`, `twist_db`: by how much the two
    tones may differ, if they are neighbours in the table of frequencies, and if not.  `third_db`:
    how far below the weaker one any third must be.  `tolerance`, `tolerance_hz`: greatest offset
    from the nominal frequency, relative, and what comes on top.  `share`: least part of all energy
    that belongs to the signal; `sure`: part that is believed at once, that is, `operate_ms` after
    it was first seen, where others wait for `doubt_ms`.  `gap_ms`: absence that ends a signal,
    beside the 7 ms that a hole may always last.
    """

    system: MfSystem
    floor_dbm0: float
    adjacent_twist_db: float
    twist_db: float
    third_db: float
    tolerance: float
    tolerance_hz: float
    share: float
    sure: float
    operate_ms: float
    doubt_ms: float
    gap_ms: float

    def __post_init__(self) -> None:
        check_mf_system(self.system)
        ranges = {
            "floor_dbm0": (-60, 0),
            "adjacent_twist_db": (0, 15),
            "twist_db": (0, 15),
            "third_db": (3, 15),
            "tolerance": (0, 0.03),
            "tolerance_hz": (0, 40),
            "share": (0.5, 0.99),
            "sure": (0.5, 0.99),
            "operate_ms": (0, 500),
            "doubt_ms": (0, 500),
            "gap_ms": (0, 100),
        }
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name}: want {least} to {most}, got {getattr(self, name)}")

    def as_native(self) -> dict[str, float]:
        """The same for the kernel."""
        return asdict(self) | {"system": detect.SYSTEMS[self.system]}


def mf_profile(system: str) -> MfProfile:
    """The default profile of a system; `dataclasses.replace` makes another of it."""
    known = check_mf_system(system)
    limits = detect.mf_profile(known)
    return MfProfile(known, **{k: v for k, v in limits.items() if k != "system"})


@dataclass(frozen=True, slots=True)
class MfEvent:
    """A signal, where it lies in the stream, and what its tones were like.

    `start` is its first sample, `frames` its length (so far, if not `ended`), both at 8 kHz;
    `decided` how many samples had been heard when it was told.  Levels and offsets (from nominal,
    in Hz) are of each tone by itself, the lower frequency first.
    """

    signal: str
    channel: int
    start: int
    frames: int
    levels_dbm0: tuple[float, ...]
    offsets_hz: tuple[float, ...]
    decided: int
    ended: bool = True

    @property
    def twist_db(self) -> float:
        """By how much the higher tone is louder; 0 for one alone."""
        return self.levels_dbm0[-1] - self.levels_dbm0[0]


class MfDetector:
    """Hears one system's signals on `channels` lines at once; the stream may be cut anywhere.

    `process` reports a signal once, when it has ended.  With `early=True` it reports each signal
    twice: when it appears, with `ended` False, and when it has disappeared.  Many channels at once
    cost far less than one by one: they are worked on 16 abreast.
    """

    def __init__(
        self,
        system: str,
        channels: int = 1,
        *,
        early: bool = False,
        profile: MfProfile | None = None,
    ) -> None:
        self.system = check_mf_system(system)
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        if profile is not None and profile.system != system:
            raise ValueError(f"profile: want one of {system}, got one of {profile.system}")
        self.channels = channels
        self.early = early
        self.profile = profile or mf_profile(system)
        self._native = detect.Mf(channels, self.profile.as_native())
        self._heard = 0

    def __repr__(self) -> str:
        return f"<MfDetector {self.system}, {self.channels} channels, {self._heard} frames heard>"

    def process(self, block: Pcm) -> list[MfEvent]:
        """Hear the next frames, PCM of shape (frames, channels), or (frames,) for one channel.

        Gives the signals in the order in which they were decided.  int16, or float32 in -1..1
        (TypeError); ValueError when the number of channels is another.
        """
        pcm = frames_of(block, self.channels)
        self._heard += len(pcm)
        return self._events(pcm)

    def reset(self, channel: int) -> None:
        """Forget what one channel has heard and count it from 0; a signal in progress is dropped.

        ValueError when there is no such channel.
        """
        self._native.reset(channel)

    def flush(self) -> list[MfEvent]:
        """End the stream: give the signals that have not ended yet, and forget everything.

        The next `process` starts a new stream, counted from 0.
        """
        frames = _FLUSH_FRAMES + units.seconds_to_samples(self.profile.gap_ms / 1000)
        events = self._events(np.zeros((frames, self.channels), np.int16))
        self._native = detect.Mf(self.channels, self.profile.as_native())
        self._heard = 0
        return events

    def _events(self, pcm: NDArray[np.int16]) -> list[MfEvent]:
        falls = self.system == "r2_backward"  # numbered from the highest frequency down
        return self._native.feed(pcm, self.early, MfEvent, _NAMES[self.system], falls)


def mf_signal_of(system: MfSystem, code: int) -> str:
    """The name of a signal by the kernel's code of it."""
    return _NAMES[system][code]


def mf_code_of(system: MfSystem, signal: str) -> int:
    """The kernel's code of a signal by its name."""
    return _CODES[system][signal]


def detect_mf(
    pcm: Pcm,
    system: str,
    samplerate: int = units.SAMPLE_RATE,
    *,
    profile: MfProfile | None = None,
) -> list[MfEvent]:
    """Give all signals of a system in a recording, ordered by start; `pcm` as for `MfDetector`.

    The number of channels is that of `pcm`.  ValueError when `samplerate` is not 8000.
    """
    sound = recording_of(pcm, samplerate, "signals are heard")
    channels = sound.shape[1]
    detector = MfDetector(system, channels, profile=profile)
    events = detector._events(sound) + detector.flush()
    return sorted(events, key=lambda event: (event.start, event.channel))


_LEVEL_DBM0: Mapping[MfSystem, float] = {
    "r1": -7.0,
    "r2_forward": -11.5,
    "r2_backward": -11.5,
    "signalling": -8.0,
}
"""What a sender gives each tone: Q.323, Q.454 (-11.5 +-1); Q.311 has -8 for 2600 Hz."""


def mf_segment(
    signal: str | int,
    system: str,
    seconds: float = 1.0,
    *,
    level_dbm0: float | None = None,
    twist_db: float = 0.0,
) -> ToneSegment:
    """One signal: repeated for ever it is what a compelled register sends until it is stopped.

    `level_dbm0` is the middle of both tones' levels (-7 in R1, -11.5 in R2, -8 of line signalling,
    unless given), `twist_db` by how much the higher frequency is louder.  ValueError for an
    unknown signal.
    """
    known = check_mf_system(system)
    signals = MF_HZ[known]
    if str(signal) not in signals:
        raise ValueError(f"signal: want one of {', '.join(signals)} in {system}, got {signal!r}")
    level_dbm0 = _LEVEL_DBM0[known] if level_dbm0 is None else level_dbm0
    hz = signals[str(signal)]
    if len(hz) == 1:
        return ToneSegment(seconds, hz[0], 0, level_dbm0)
    lower, higher = level_dbm0 - twist_db / 2, level_dbm0 + twist_db / 2
    return ToneSegment(seconds, hz[0], hz[1], lower, higher)


def mf_segments(
    signals: Iterable[str | int],
    system: str = "r1",
    *,
    on_ms: float = 68.0,
    off_ms: float = 68.0,
    kp_ms: float = 100.0,
    level_dbm0: float | None = None,
    twist_db: float = 0.0,
) -> list[ToneSegment]:
    """Cadence of a row of signals: for each its tones and the pause after it.

    The lengths are those of R1: 68 +-7 ms of tone and of pause, KP 100 +-7 ms (Q.323).  R2 is
    compelled and needs a sender that is switched on and off: `mf_segment`.
    """
    segments: list[ToneSegment] = []
    for signal in signals:
        length = (kp_ms if signal == "KP" else on_ms) / 1000
        segments.append(
            mf_segment(signal, system, length, level_dbm0=level_dbm0, twist_db=twist_db)
        )
        segments.append(ToneSegment(off_ms / 1000))
    return segments


def mf(
    signals: Iterable[str | int],
    system: str = "r1",
    *,
    on_ms: float = 68.0,
    off_ms: float = 68.0,
    kp_ms: float = 100.0,
    level_dbm0: float | None = None,
    twist_db: float = 0.0,
) -> NDArray[np.int16]:
    """PCM of a row of signals, `(frames,)`; the parameters are those of `mf_segments`."""
    segments = mf_segments(
        signals,
        system,
        on_ms=on_ms,
        off_ms=off_ms,
        kp_ms=kp_ms,
        level_dbm0=level_dbm0,
        twist_db=twist_db,
    )
    return ToneGenerator(segments).process(sum(segment.samples for segment in segments))


_FLUSH_FRAMES = 240
"""Silence that ends every signal: the filters' length and the grid of blocks."""
