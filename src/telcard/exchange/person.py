"""Somebody at a telephone: listens, presses keys, speaks, whoever has called whom.

Nothing is passed aside: what he hears comes through his handset from the line, what he presses are
tones on it.
"""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import numpy as np

from telcard import audio
from telcard.dsp import g711
from telcard.engine import Lane, Operation, Outcome
from telcard.errors import HungUp, LineError, TelcardError
from telcard.exchange.handset import Done, Handset, Samples
from telcard.exchange.track import Heard
from telcard.units import SAMPLE_RATE, seconds_to_samples

MakeHandset = Callable[[Callable[[list[Heard]], None], Callable[[str], None]], Handset]
"""Makes a handset for one call, of its two callbacks: clips heard, and a progress tone told."""

_GLANCE_S = 0.04  # how often a listener is asked what sounds at this moment


class NotHeard(TelcardError):
    """Something else was heard than what was waited for, or nothing.

    `wanted` is the clip's name, `heard` what came instead, in order.
    """

    def __init__(self, message: str, wanted: str, heard: Sequence[Heard] = ()) -> None:
        super().__init__(message)
        self.wanted = wanted
        self.heard = tuple(heard)


class Person(ABC):
    """What a `Subscriber` and a `Telephone` have in common: an ear, a mouth, a finger.

    `heard` lists the clips of the call so far, `position` the samples since the far end could be
    heard.
    """

    def __init__(self, number: str, make_handset: MakeHandset) -> None:
        self.number = number
        self.heard: list[Heard] = []
        self._make_handset = make_handset
        self._handset: Handset | None = None  # while there is a call
        self._news = asyncio.Event()  # one for all calls: who waits for a ring must not miss it
        self._reset()

    def _reset(self) -> None:
        """A new call: nothing was heard of it yet."""
        self.heard = []
        self._listened = 0
        self._gone: int | None = None
        self._next = 0  # of `heard`: what has not been asked for
        self._early: Heard | None = None
        self._pressed = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.hang_up()

    @property
    def position(self) -> int:
        """Samples (8 kHz) since the call was connected through; `Heard.start` counts so."""
        return self._listened if self._handset is None else self._handset.position

    @property
    @abstractmethod
    def lifted(self) -> bool:
        """Whether the handset is off the hook."""

    @property
    def far_end_gone(self) -> bool:
        """Whether the far end has gone while the handset is still off."""
        return self.lifted and self._gone is not None

    @property
    def on_line(self) -> bool:
        """Whether the handset is off and the far end is there."""
        return self.lifted and self._gone is None

    @property
    def hears(self) -> Heard | None:
        """The clip that sounds now, as far as it was heard."""
        return None if self._handset is None else self._handset.sounding

    @abstractmethod
    async def hang_up(self) -> None:
        """Put the handset down; whatever was going on ends."""

    @property
    def _audible(self) -> int:
        return 0 if self._handset is None else self._handset.audible

    # ------------------------------------------------------------------ listening

    async def hear(
        self, clip: str, timeout_s: float = 20.0, *, share: float = 1.0, eventually: bool = False
    ) -> Heard:
        """Wait for a clip; it must be the next one, and whole.

        With `share` below 1 so much of it will do, and it is told while it still sounds.  With
        `eventually` other clips may come first.  What began before the last key was pressed
        does not count.  Raises NotHeard for another clip, for a part that is too small, and after
        `timeout_s`; HungUp, with a note of what was heard, when the far end goes before.
        """
        begun, others = self._audible, list[Heard]()
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    heard = await self._next_heard(clip, share)
                    if heard.clip == clip and heard.share >= share:
                        return heard
                    others.append(heard)
                    if not eventually:
                        raise NotHeard(
                            f"{self.number}: wanted to hear {clip!r}, heard {str(heard)!r} instead",
                            clip,
                            others,
                        )
        except HungUp as gone:
            heard_before = ", ".join(map(str, others)) or "nothing"
            gone.add_note(f"{self.number}: wanted to hear {clip!r}, heard {heard_before} before")
            raise
        except TimeoutError:
            instead = ", ".join(map(str, others))
            if not instead:
                sound_s = (self._audible - begun) / SAMPLE_RATE
                instead = (
                    f"{sound_s:.1f} s of sound that is no known clip" if sound_s else "nothing"
                )
            raise NotHeard(
                f"{self.number}: wanted to hear {clip!r} in {timeout_s:g} s, heard {instead}",
                clip,
                others,
            ) from None

    async def hear_all(self, clips: Sequence[str], timeout_s: float = 60.0) -> list[Heard]:
        """Wait for these clips, one after the other and nothing between; raises as `hear`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        return [await self.hear(clip, max(0.01, until - loop.time())) for clip in clips]

    async def _next_heard(self, clip: str, share: float) -> Heard:
        """The next clip that counts, or `clip` while it sounds when `share` of it is enough."""
        while True:
            while self._next < len(self.heard):
                heard = self.heard[self._next]
                self._next += 1
                if self._counts(heard):
                    return heard
            if self._gone is not None:
                raise HungUp(self._gone)
            now = self.hears if share < 1 else None
            if now is not None and now.clip == clip and now.share >= share and self._counts(now):
                self._early = now
                return now
            self._news.clear()
            try:
                async with asyncio.timeout(_GLANCE_S if share < 1 else None):
                    await self._news.wait()
            except TimeoutError:
                continue

    def _counts(self, heard: Heard) -> bool:
        """Whether it began after the last key, and was not told already while it sounded."""
        told = self._early
        return heard.start >= self._pressed and not (
            told is not None
            and (heard.clip, heard.start < told.end, told.start < heard.end)
            == (told.clip, True, True)
        )

    # ------------------------------------------------------------------ speaking

    async def press(self, keys: str, on_ms: float = 80.0, off_ms: float = 80.0) -> None:
        """Press keys one after the other; HungUp when the far end goes meanwhile."""
        handset = self._connected("press keys")
        last = seconds_to_samples((on_ms + off_ms) / 1000)
        began = self.position
        await self._send(lambda done: handset.key(keys, on_ms, off_ms, done))
        self._pressed = max(began, self.position - last)

    async def speak(self, sound: str | os.PathLike[str] | Samples) -> None:
        """Say something: a sound file (mono, 8 kHz) or int16 PCM; HungUp as `press`."""
        handset = self._connected("speak")
        pcm = sound if isinstance(sound, np.ndarray) else g711.decode_alaw(audio.read_alaw(sound))
        await self._send(lambda done: handset.speak(pcm, done))

    async def stay_silent(self, seconds: float) -> None:
        """Say nothing for a while; HungUp when the far end goes meanwhile."""
        self._connected("stay silent")
        try:
            async with asyncio.timeout(seconds):
                await self._until(lambda: False)
        except TimeoutError:
            return

    # ------------------------------------------------------------------ the line

    async def _send(self, send: Callable[[Done], Operation]) -> None:
        done = asyncio.Event()

        def ended(_: Outcome) -> None:
            done.set()
            self._news.set()

        operation = send(ended)
        try:
            await self._until(done.is_set)
        finally:
            if not done.is_set() and self.lifted:
                operation.stop()

    async def _until(self, true: Callable[[], bool]) -> None:
        """Wait until it is true; HungUp when the far end goes before."""
        while not true():
            if self._gone is not None:
                raise HungUp(self._gone)
            self._news.clear()
            await self._news.wait()

    def _lift_to(self, lane: Lane) -> Handset:
        """Listen to, and speak on, this lane until `_let_go`."""
        self._handset = self._make_handset(self._take, self._tone)
        self._handset.connect(lane)
        return self._handset

    def _let_go(self) -> None:
        """The handset is down: nothing of the call is kept but what was heard."""
        self._listened, self._handset = self.position, None

    def _take(self, heard: list[Heard]) -> None:
        self.heard += heard
        if heard:
            self._news.set()

    def _tone(self, name: str) -> None:
        """A progress tone was told."""
        return  # after the answer it is a sound like others

    def _over(self, cause: int) -> None:
        """The call has ended: what still sounded was heard as far as it came."""
        if self._gone is None:
            self._gone = cause
            if self._handset is not None:
                self._take(self._handset.flush())
        self._news.set()

    def _connected(self, wanted: str) -> Handset:
        if not self.lifted or self._handset is None:
            raise LineError(f"{self.number}: cannot {wanted}, the handset is down")
        if self._gone is not None:
            raise HungUp(self._gone)
        return self._handset
