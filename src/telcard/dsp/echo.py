"""Line echo canceller: what the line gives back of what was sent is taken out again.

    canceller = EchoCanceller(channels=30, tail_ms=64)
    for receive, send in ticks:         # (frames, 30) each
        out = canceller.process(receive, send)

    canceller.statistics(0)             # EchoStatistics(erl_db=11.9, erle_db=33.8, ...)

The names are those of G.168: `receive` (Rin) goes towards the echo path, `send` (Sin) comes back
with the echo and whoever talks there, `out` (Sout) is `send` without the echo.  `receive` has to be
what the line really carried: after A-law, after every gain.  Frame n of `out` is frame n of `send`:
nothing is delayed.

How it works, and its limits, are told in `_native/c/echo.h`.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from telcard import units
from telcard._native import echo
from telcard.dsp.pcm import frames_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from telcard.dsp.pcm import Pcm

_PER_MS = units.SAMPLE_RATE // 1000


class EchoState(StrEnum):
    """What a canceller does now."""

    LEARNING = "learning"
    """It has not taken 15 dB of an echo yet."""
    CONVERGED = "converged"
    DOUBLE_TALK = "double_talk"
    """Somebody talks at the near end, so that nothing can be learnt."""
    FROZEN = "frozen"
    """It was told not to learn."""
    DISABLED = "disabled"
    """A modem or a fax has sent its reversals of 2100 Hz: nothing is cancelled."""


@dataclass(frozen=True, slots=True)
class EchoEvent:
    """Something happened to a channel at frame `start` of its stream.

    `kind`: converged, path_changed, disabled, enabled, or delay_found (the tail begins elsewhere
    from now on).
    """

    kind: str
    channel: int
    start: int


@dataclass(frozen=True, slots=True)
class EchoStatistics:
    """Figures of a channel.

    `receive_dbm0`, `send_dbm0` and `rest_dbm0` are levels over the last quarter of a second, the
    last of them what the linear filter leaves of `send`.  `erl_db`: how much lower an echo is than
    what causes it, by the filter's response (infinite when none was found); `erle_db`: how much
    of it is taken away.  `delay_ms`: to the first strong part of the echo; `begins_ms`: to where
    the tail begins.
    """

    receive_dbm0: float
    send_dbm0: float
    rest_dbm0: float
    erl_db: float
    erle_db: float
    delay_ms: float
    begins_ms: float
    state: EchoState


class EchoCanceller:
    """Cancels the echo of `channels` at once, each by itself; the stream may be cut anywhere.

    `tail_ms`: how long an echo may last, the line's delay included: 8 to 128 in steps of 8, one
    number or one for each channel.  `delay`: known samples, 0 to 4000, between what is given as
    `receive` and what is heard of it at the earliest; they are not part of the tail.
    `nlp`: what the linear filter leaves of an echo is suppressed, where nobody talks; and with
    `comfort_noise` noise as the near end has it takes its place.  `high_pass`: `send` loses its
    offset and what is below 60 Hz; without it a near end over no echo comes out bit by bit.
    `disabler`: nothing is cancelled from the 2100 Hz with reversed phases of a modem or fax on
    until its line falls silent (G.168 7).  `find_delay`: an echo that comes later, up to 500 ms, is
    found by itself, in two to four seconds of talk, and the tail begins some 3 ms before it;
    `delay` is the least it can be then.  ValueError for anything else, TypeError for what is
    no whole number.  Many channels at once cost far less than one by one.
    """

    def __init__(
        self,
        channels: int = 1,
        tail_ms: int | Sequence[int] = 64,
        nlp: bool = True,
        comfort_noise: bool = True,
        *,
        delay: int | Sequence[int] = 0,
        high_pass: bool = False,
        disabler: bool = True,
        find_delay: bool = False,
    ) -> None:
        self.channels = channels = _whole("channels", channels)
        if channels < 1:
            raise ValueError(f"channels: want 1 or more, got {channels}")
        self.tail_ms = _each("tail_ms", tail_ms, channels)
        self.delay = _each("delay", delay, channels)
        taps = [tail_taps(ms) for ms in self.tail_ms]
        for samples in self.delay:
            if not 0 <= samples <= echo.FARTHEST:
                raise ValueError(f"delay: want 0 to {echo.FARTHEST} samples, got {samples}")
        flags = (
            high_pass * echo.HIGH_PASS
            + nlp * echo.NLP
            + comfort_noise * echo.COMFORT
            + disabler * echo.TONE_DISABLER
            + find_delay * echo.FIND_DELAY
        )
        self._native = echo.Echo(taps, self.delay, flags)
        self._events: deque[EchoEvent] = deque(maxlen=_EVENTS)
        self._taken = 0

    def __repr__(self) -> str:
        return f"<EchoCanceller {self.channels} channels, {self._taken} frames cancelled>"

    def process(self, receive: Pcm, send: Pcm) -> NDArray[np.int16]:
        """Give `send` without its echo, in its shape: `(frames,)` for one channel, or
        `(frames, channels)`.

        `receive` and `send` have the same number of frames, any (ValueError); int16, or float32 in
        -1..1 (TypeError).
        """
        towards, back = frames_of(receive, self.channels), frames_of(send, self.channels)
        if len(towards) != len(back):
            raise ValueError(
                f"receive and send: want as many frames of both, got {len(towards)} and {len(back)}"
            )
        self._taken += len(back)
        made, events = self._native.feed(np.ascontiguousarray(towards), np.ascontiguousarray(back))
        self._events.extend(EchoEvent(*event) for event in events)
        return made[:, 0] if np.ndim(send) == 1 else made

    def events(self) -> list[EchoEvent]:
        """What has happened since the last call, in the order of `start`; of more than 1,000 the
        last ones."""
        told = sorted(self._events, key=lambda event: (event.start, event.channel))
        self._events.clear()
        return told

    def freeze(self, on: bool = True, channel: int | None = None) -> None:
        """Stop learning, or go on: one channel, or all of them; what is known is still cancelled.

        ValueError when there is no such channel.
        """
        for one in self._these(channel):
            self._native.freeze(one, on)

    def reset(self, channel: int | None = None) -> None:
        """Forget what one channel, or all of them, have learnt and heard, and be thawed.

        ValueError when there is no such channel.
        """
        for one in self._these(channel):
            self._native.reset(one)

    def save(self, channel: int) -> NDArray[np.float32]:
        """The response of a channel's echo path as far as it is known, one number a sample, from
        where the tail begins (`EchoStatistics.begins_ms`).

        ValueError when there is no such channel.
        """
        channel = self._one(channel)
        return self._native.save(channel)

    def load(self, channel: int, response: NDArray[np.float32]) -> None:
        """Begin with this response, as `save` has given it.

        ValueError when there is no such channel, or the response has not as many finite samples as
        the channel's tail; TypeError when it is no array of real numbers.
        """
        channel = self._one(channel)
        given = np.asarray(response)
        if given.dtype.kind not in "fiu":
            raise TypeError(f"response: want an array of float32, got {given.dtype}")
        taps = np.ascontiguousarray(given, np.float32)
        wanted = self.tail_ms[channel] * _PER_MS
        if taps.shape != (wanted,):
            raise ValueError(f"response: want shape ({wanted},), got {taps.shape}")
        if not np.isfinite(taps).all() or np.abs(taps).max() > _LOUDEST:
            raise ValueError(f"response: want finite numbers up to {_LOUDEST:g}")
        self._native.load(channel, taps)

    def statistics(self, channel: int) -> EchoStatistics:
        """Figures of a channel as they are now.  ValueError when there is no such channel."""
        channel = self._one(channel)
        return echo_statistics(self._native.look(channel))

    def _one(self, channel: int) -> int:
        channel = _whole("channel", channel)
        if not 0 <= channel < self.channels:
            raise ValueError(f"channel: want 0 to {self.channels - 1}, got {channel}")
        return channel

    def _these(self, channel: int | None) -> Sequence[int]:
        return range(self.channels) if channel is None else (self._one(channel),)


def echo_statistics(figures: Mapping[str, Any]) -> EchoStatistics:
    """The kernel's figures in words and decibels."""
    if figures["disabled"]:
        state = EchoState.DISABLED
    elif figures["frozen"]:
        state = EchoState.FROZEN
    elif figures["double_talk"]:
        state = EchoState.DOUBLE_TALK
    else:
        state = EchoState.CONVERGED if figures["converged"] else EchoState.LEARNING
    return EchoStatistics(
        receive_dbm0=units.rms_to_dbm0(figures["receive"] ** 0.5),
        send_dbm0=units.rms_to_dbm0(figures["send"] ** 0.5),
        rest_dbm0=units.rms_to_dbm0(figures["rest"] ** 0.5),
        erl_db=figures["erl_db"],
        erle_db=figures["erle_db"],
        delay_ms=figures["delay"] / _PER_MS,
        begins_ms=figures["begins"] / _PER_MS,
        state=state,
    )


_EVENTS = 1000

_LOUDEST = 16.0
"""A response's largest sample: no line amplifies by 24 dB."""


def tail_taps(tail_ms: int, what: str = "tail_ms") -> int:
    """How many taps a tail has; ValueError for one that there is not, called `what`."""
    step, most = echo.STEP // _PER_MS, echo.LONGEST // _PER_MS
    tail_ms = _whole(what, tail_ms)
    if tail_ms % step or not step <= tail_ms <= most:
        raise ValueError(f"{what}: want {step} to {most} in steps of {step}, got {tail_ms}")
    return tail_ms * _PER_MS


def _whole(what: str, given: int) -> int:
    try:
        return operator.index(given)
    except TypeError:
        raise TypeError(f"{what}: want a whole number, got {given!r}") from None


def _each(what: str, given: int | Sequence[int], channels: int) -> tuple[int, ...]:
    """One number for each channel."""
    if np.ndim(given) == 0:
        return (_whole(what, given),) * channels  # type: ignore[arg-type]
    numbers = tuple(_whole(what, number) for number in given)  # type: ignore[union-attr]
    if len(numbers) != channels:
        raise ValueError(f"{what}: want {channels}, one for each channel, got {len(numbers)}")
    return numbers
