"""The echo in a recording of both ways of a line: measured, taken out, and told how well.

    found = measure_recording("call.wav")               # left: towards the line, right: from it
    cleaned = clean_recording("call.wav", found, "clean.wav")

A recording is read twice, in blocks: ten hours want no more memory than one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from telcard.analysis.echo import FRAME_MS, EchoFinder, EchoFound, EchoPath, frame_levels
from telcard.analysis.recording import at_8_khz, open_recording
from telcard.audio import Raw, Writer
from telcard.dsp.echo import EchoCanceller
from telcard.errors import MediaError
from telcard.units import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]

_FRAME = round(8 * FRAME_MS)
_TALKS_DBM0 = -45.0  # a frame that is louder is talk
_OVER_ECHO_DB = 4.0  # what comes back beside an echo that is as loud as itself is 3 dB more
_OVER_NOISE_DB = 8.0
_BESIDE = 5  # frames: what is so near to somebody's talk is not told to be echo alone
_LEARNING = 100  # frames of echo alone, 2 s, that a canceller may take until its loss counts
_POINTS = 2000  # of the levels over time, at most twice as many
_EARLIER_MS = 2.0  # of the tail lie before what was found of a path: its beginning is weak

Progress = Callable[[float], None]
"""Told the part that is done, 0 to 1, now and then."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Levels over time in dBm0, each the mean of `step_s`: what was sent towards the line, what
    came from it, and what is left of that."""

    step_s: float
    receive: NDArray[np.float64]
    send: NDArray[np.float64]
    out: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class EchoCleaned:
    """What taking the echo out has done.

    Seconds in which the line was sent something and gave back its echo alone (`echo_s`), in which
    the near end talked as well (`double_talk_s`), and in which it talked alone (`near_s`).
    `erle_db`: how much less comes back while there is echo alone, from its third second on, and
    `learning_erle_db` the same of the first two; None where there is no such time.  `near_db`: what
    the near end's level has changed by where it talked alone.  `tail_ms` and `delay_ms` are what
    the canceller was given; `damage` is one sentence about what of the file could not be read.
    """

    echo_s: float
    double_talk_s: float
    near_s: float
    erle_db: float | None
    learning_erle_db: float | None
    near_db: float | None
    tail_ms: int
    delay_ms: float
    levels: Levels
    damage: str | None

    @property
    def double_talk(self) -> float:
        """The share of the time with something to give back in which both ends talk."""
        both = self.echo_s + self.double_talk_s
        return self.double_talk_s / both if both else 0.0


def measure_recording(
    path: str | Path,
    raw: Raw | None = None,
    *,
    swap: bool = False,
    progress: Progress | None = None,
) -> EchoFound:
    """Measure the echo in a stereo recording: left towards the line, right from it, or `swap`.

    Any samplerate; `raw` says what a file without a header holds.  MediaError where the file cannot
    be read, has not two channels, or holds no sound.
    """
    finder = EchoFinder()
    for receive, send, _ in _sides(path, raw, swap, progress):
        finder.process(receive, send)
    found = finder.result()
    if not found.length_s:
        raise MediaError(f"{path}: holds no sound")
    return found


def clean_recording(
    path: str | Path,
    found: EchoFound,
    out: str | Path | None = None,
    raw: Raw | None = None,
    *,
    swap: bool = False,
    tail_ms: int | None = None,
    nlp: bool = True,
    progress: Progress | None = None,
) -> EchoCleaned:
    """Take the echo out of a measured recording; write both sides to `out`, if given, at 8 kHz.

    The coding is that of the recording where it is A-law or u-law, otherwise 16 bit or what the
    ending wants.  `tail_ms` is that of the path unless given; without an echo nothing changes much,
    and 64 ms are watched.  `nlp` as for `EchoCanceller`.  Raises what `measure_recording` does, and
    MediaError where `out` cannot be written.
    """
    begins_ms, tail = _window(found.echo)
    tail = tail if tail_ms is None else tail_ms
    later = round(8 * begins_ms)
    canceller = EchoCanceller(tail_ms=tail, nlp=nlp, delay=max(0, later))
    account = _Account(found)
    ahead = max(0, -later)  # samples by which the echo comes before its cause
    towards, back = np.empty(0, np.int16), np.empty(0, np.int16)
    damage: str | None = None
    with ExitStack() as stack:
        file: Writer | None = None

        def cancel(receive: Samples, send: Samples) -> None:
            """`send` is heard `ahead` samples later than it was recorded."""
            left = canceller.process(receive[ahead:], send)
            account.process(receive[: len(send)], send, left)
            if file is not None:
                sides = (receive[: len(send)], left)
                file.write(np.stack(sides[::-1] if swap else sides, axis=1))

        for receive, send, sound in _sides(path, raw, swap, progress):
            if out is not None and file is None:
                file = stack.enter_context(Writer(out, channels=2, subtype=_subtype(sound, out)))
            towards, back = np.concatenate([towards, receive]), np.concatenate([back, send])
            whole = max(0, len(towards) - ahead)
            cancel(towards[: whole + ahead], back[:whole])
            towards, back = towards[whole:], back[whole:]
            damage = sound.damage
        cancel(np.concatenate([towards, np.zeros(ahead, np.int16)]), back)
    return account.result(tail, begins_ms, damage)


def _window(echo: EchoPath | None) -> tuple[float, int]:
    """Where a canceller begins to look, and how long."""
    if echo is None:
        return 0.0, 64
    first_ms = min([echo.delay_ms, *(delay for _, delay in echo.delays)])
    begins_ms = first_ms - _EARLIER_MS
    return (begins_ms if begins_ms > 0 or first_ms < 0 else 0.0), echo.tail_ms


def _subtype(sound: _Sound, out: str | Path) -> str | None:
    """A-law and u-law stay; containers that know no PCM choose themselves."""
    if Path(out).suffix.lower() in {".ogg", ".opus", ".mp3", ".al", ".ul", ".alaw", ".ulaw"}:
        return None
    return sound.subtype if sound.subtype in {"ALAW", "ULAW"} else "PCM_16"


@dataclass(slots=True)
class _Sound:
    subtype: str | None
    damage: str | None = None


def _sides(
    path: str | Path, raw: Raw | None, swap: bool, progress: Progress | None
) -> Iterator[tuple[Samples, Samples, _Sound]]:
    with open_recording(str(path), raw) as sound:
        if sound.channels != 2:
            raise MediaError(
                f"{path}: want two channels, one towards the line and one from it, "
                f"got {sound.channels}"
            )
        about = _Sound(getattr(sound, "subtype", None))
        frames = 0
        for block in at_8_khz(sound, str(path)):
            frames += len(block)
            about.damage = sound.damage
            sides = np.ascontiguousarray(block[:, 0]), np.ascontiguousarray(block[:, 1])
            yield (*(sides[::-1] if swap else sides), about)
            if progress and sound.frames:
                progress(min(1.0, frames * sound.samplerate / SAMPLE_RATE / sound.frames))
        about.damage = sound.damage
        yield np.empty(0, np.int16), np.empty(0, np.int16), about


class _Account:
    """Who talks in each frame of 20 ms, and what became of it."""

    def __init__(self, found: EchoFound) -> None:
        self._noise_dbm0 = found.noise_dbm0
        self._echo = _Predicted(found.echo)
        self._kept = [np.empty(0, np.int16)] * 4
        self._frames = {"echo": 0, "both": 0, "near": 0}
        self._learning = [0.0, 0.0]
        self._learnt = [0.0, 0.0]
        self._near = [0.0, 0.0]
        self._curve = _Curve()

    def process(self, receive: Samples, send: Samples, out: Samples) -> None:
        given = (receive, send, out, self._echo.process(receive))
        sounds = [np.concatenate(pair) for pair in zip(self._kept, given, strict=True)]
        whole = len(sounds[0]) // _FRAME * _FRAME
        self._kept = [sound[whole:] for sound in sounds]
        if whole:
            self._count(*(frame_levels(sound[:whole]) for sound in sounds))

    def _count(
        self,
        receive: NDArray[np.float64],
        send: NDArray[np.float64],
        out: NDArray[np.float64],
        echo: NDArray[np.float64],
    ) -> None:
        self._curve.add(receive, send, out)
        sent = receive > _TALKS_DBM0
        around = np.maximum(echo, np.maximum(np.roll(echo, 1), np.roll(echo, -1)))
        expected = 10 * np.log10(10 ** (around / 10) + 10 ** (self._noise_dbm0 / 10))
        near = (send > expected + _OVER_ECHO_DB) & (
            send > max(_TALKS_DBM0, self._noise_dbm0 + _OVER_NOISE_DB)
        )
        around_near = np.convolve(near, np.ones(2 * _BESIDE + 1))[_BESIDE : _BESIDE + len(near)]
        alone = sent & (around_near == 0) & (around > self._noise_dbm0 + 3)
        power = 10 ** (np.stack([send, out]) / 10)
        new = max(0, min(_LEARNING - self._frames["echo"], int(alone.sum())))
        first, rest = np.split(power[:, alone], [new], axis=1)
        for sums, part in (
            (self._learning, first), (self._learnt, rest), (self._near, power[:, near & ~sent]),
        ):  # fmt: skip
            sums[0] += float(part[0].sum())
            sums[1] += float(part[1].sum())
        self._frames["echo"] += int(alone.sum())
        self._frames["both"] += int((sent & near).sum())
        self._frames["near"] += int((near & ~sent).sum())

    def result(self, tail_ms: int, delay_ms: float, damage: str | None) -> EchoCleaned:
        seconds = {who: frames * FRAME_MS / 1000 for who, frames in self._frames.items()}
        near_db = _loss_db(self._near)
        return EchoCleaned(
            echo_s=seconds["echo"],
            double_talk_s=seconds["both"],
            near_s=seconds["near"],
            erle_db=_loss_db(self._learnt),
            learning_erle_db=_loss_db(self._learning),
            near_db=None if near_db is None else -near_db,
            tail_ms=tail_ms,
            delay_ms=delay_ms,
            levels=self._curve.levels(),
            damage=damage,
        )


class _Predicted:
    """What comes back by a path, as a stream; silence without one."""

    def __init__(self, echo: EchoPath | None) -> None:
        self._taps = echo.taps if echo is not None else np.zeros(1)
        self._delay = max(0, round(8 * echo.delay_ms)) if echo is not None else 0
        self._past = np.zeros(self._delay + len(self._taps) - 1)

    def process(self, receive: Samples) -> Samples:
        sound = np.concatenate([self._past, receive])
        self._past = sound[len(sound) - len(self._past) :]
        heard = sound[: len(sound) - self._delay]
        size = 1 << (len(heard) + len(self._taps)).bit_length()
        made = np.fft.irfft(np.fft.rfft(heard, size) * np.fft.rfft(self._taps, size), size)
        echo = made[len(self._taps) - 1 : len(heard)]
        return np.clip(np.rint(echo), -32768, 32767).astype(np.int16)


class _Curve:
    """Powers over time, in bounded memory: full, neighbours are put together."""

    def __init__(self) -> None:
        self._width = 1  # frames in a point
        self._points = np.empty((3, 0))
        self._left = np.empty((3, 0))

    def add(self, *levels: NDArray[np.float64]) -> None:
        self._left = np.concatenate([self._left, 10 ** (np.stack(levels) / 10)], axis=1)
        whole = self._left.shape[1] // self._width * self._width
        more = self._left[:, :whole].reshape(3, -1, self._width).mean(axis=2)
        self._left = self._left[:, whole:]
        self._points = np.concatenate([self._points, more], axis=1)
        while self._points.shape[1] > 2 * _POINTS:
            pairs = self._points.shape[1] // 2
            odd = np.repeat(self._points[:, 2 * pairs :], self._width, axis=1)
            self._left = np.concatenate([odd, self._left], axis=1)
            self._points = self._points[:, : 2 * pairs].reshape(3, pairs, 2).mean(axis=2)
            self._width *= 2

    def levels(self) -> Levels:
        points = np.maximum(-100.0, 10 * np.log10(self._points + 1e-11))
        return Levels(self._width * FRAME_MS / 1000, points[0], points[1], points[2])


def _loss_db(sums: list[float]) -> float | None:
    before, after = sums
    return 10 * float(np.log10(before / max(after, 1e-12))) if before else None
