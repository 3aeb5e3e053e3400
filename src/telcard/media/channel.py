"""One bearer as a call holds it: the voice resource of a line, in coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from telcard.cards import Capabilities
from telcard.engine import (
    DigitEvent,
    Lane,
    LaneState,
    Operation,
    Outcome,
    Recorded,
    Recording,
    SecretBuffer,
    ToneSegment,
    Until,
)
from telcard.errors import MediaError

T = TypeVar("T")

FOR_EVER = Until()
"""Until nothing: the operation ends at the end of its data, when stopped, or at hang-up."""

MAX_RECORDING_S = 8 * 3600.0
"""No recording lasts longer unless asked to: a forgotten one must not fill the disk."""


class Recorder:
    """A recording that runs: both directions of a channel, in a stereo A-law WAV."""

    def __init__(self, recording: Recording, sample: int) -> None:
        self._recording = recording
        self.sample = sample
        """Position of the file's first sample in media time."""

    @property
    def path(self) -> Path:
        """The file; it can be read while it grows, half a second behind at most."""
        return self._recording.path

    async def stop(self) -> Recorded:
        """End the recording, or wait for its end; returns once the file is complete.

        Raises `MediaError` when writing failed: the file holds what was written until then.
        """
        recorded: Recorded = await _called_back(self._recording.stop)
        if recorded.error is not None:
            raise MediaError(f"recording {self.path}: {recorded.error.strerror}")
        return recorded


class Channel:
    """A `ResourceFace` over one lane of the engine.

    `name` is what people call it (`dxxxB1C1`).  One operation (play, collect, tones) at a time:
    another raises `CardError`.  Recording and listening go on beside it.  A cancelled operation is
    stopped before the cancellation goes on, so the channel is free again.
    """

    def __init__(self, lane: Lane, name: str) -> None:
        self.lane = lane
        self.name = name
        self._secret_steps = 0

    def __repr__(self) -> str:
        return f"<Channel {self.name}>"

    @property
    def capabilities(self) -> Capabilities:
        """What it can do: an engine without sound has nothing to record."""
        sound = self.lane.engine.fidelity == "sound"
        return Capabilities(
            play=True,
            record=sound,
            stereo_record=sound,
            collect=True,
            tones=True,
            listen=True,
            mask=True,
        )

    async def play(self, segments: Sequence[bytes], until: Until = FOR_EVER) -> Outcome:
        """Play pieces of A-law octets one after the other, without a gap."""
        return await self._operate(lambda done: self.lane.play(segments, until, done))

    async def collect(self, until: Until, secret: SecretBuffer | None = None) -> Outcome:
        """Collect digits, those typed ahead first; secret ones go to `secret` and nowhere else."""
        return await self._operate(lambda done: self.lane.collect(until, done, secret))

    async def tones(
        self, segments: Sequence[ToneSegment], repeats: int = 1, until: Until = FOR_EVER
    ) -> Outcome:
        """Send tones; `repeats` 0 is for ever."""
        return await self._operate(lambda done: self.lane.tones(segments, repeats, until, done))

    def record(self, path: Path, max_s: float = MAX_RECORDING_S) -> Recorder:
        """Record both directions to a stereo A-law WAV (left: received, right: sent).

        Raises `MediaError` when the file cannot be written, `CardError` where there is no sound.
        """
        self.capabilities.require(self.name, "record")
        return Recorder(self.lane.record(path, max_s), self.lane.engine.sample)

    def listen(self, source: Channel | None) -> None:
        """Send what `source` receives, or stop doing so, which is harmless at any time."""
        if source is not None:
            self.lane.listen(source.lane)
        elif self.lane.is_open:
            self.lane.listen(None)

    @asynccontextmanager
    async def keeping_secret(self) -> AsyncIterator[None]:
        """While inside, the inbound leg is masked for recorder, listeners and taps.

        What was typed ahead is discarded.  On leaving, masking goes on until the last tone has
        ended.  One step may lie within another: the outermost decides how long it lasts.
        """
        if self._secret_steps:
            self.lane.clear_digits()
        else:
            self.lane.arm_secret()
        self._secret_steps += 1
        try:
            yield
        finally:
            self._secret_steps -= 1
            if not self._secret_steps and self.lane.is_open:
                self.lane.disarm_secret()

    def on_digit(self, callback: Callable[[DigitEvent], None]) -> None:
        """Call `callback` with each digit outside secret steps, as soon as it is certain."""
        self.lane.on_digit(callback)

    def on_mask(self, callback: Callable[[bool, int], None]) -> None:
        """Call `callback(masked, sample)` when masking begins or has ended."""
        self.lane.on_mask(callback)

    def on_stuck(self, callback: Callable[[], None]) -> None:
        """Call `callback` when an operation has stood still for `telcard.engine.STUCK_S`.

        Nothing but closing the lane ends it then.
        """
        self.lane.on_stuck(callback)

    def clear_digits(self) -> None:
        """Forget the digits typed ahead."""
        self.lane.clear_digits()

    def query(self) -> LaneState:
        """What the channel is doing now."""
        return self.lane.query()

    async def _operate(self, start: Callable[[Callable[[Outcome], None]], Operation]) -> Outcome:
        operation: Operation | None = None

        def begin(done: Callable[[Outcome], None]) -> None:
            nonlocal operation
            operation = start(done)

        def stop() -> None:
            if operation is not None and self.lane.is_open:
                operation.stop()

        return await _called_back(begin, stop)


async def _called_back(
    start: Callable[[Callable[[T], None]], None], stop: Callable[[], None] | None = None
) -> T:
    """Start something that calls back once, and wait for what it says.

    When cancelled, stops it first and waits until it has let go.
    """
    said: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    start(said.set_result)
    try:
        return await asyncio.shield(said)
    except asyncio.CancelledError:
        if not said.done():
            if stop is not None:
                stop()
            await asyncio.wait([said])
        raise
