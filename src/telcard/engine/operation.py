"""What runs on a lane: an operation in the foreground, a recording beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from telcard._native import engine as native
from telcard.engine.outcome import Outcome, Recorded
from telcard.engine.record_format import RecordFormat
from telcard.engine.secret import SecretBuffer
from telcard.errors import CardError, MediaError

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from telcard.engine.lane import Lane

Done = Callable[[Outcome], None]
Doing = Literal["play", "collect", "tones", "modem", "fax"]

Playlist = native.Playlist
"""Octets pinned for playing; made by `make_playlist`."""

MAX_SEGMENTS = 256
"""Segments that one play may have."""

FARTHEST = 2**40
"""Samples that a seek may ask for: four years."""


class Operation:
    """A play, a collect, tones, a modem or a fax on their way.

    `outcome` is None until it has ended; the `done` callback is called with it exactly once, on the
    loop thread.
    """

    def __init__(
        self, lane: Lane, number: int, doing: Doing, done: Done | None, secret: SecretBuffer | None
    ) -> None:
        self.lane = lane
        self.doing = doing
        self.outcome: Outcome | None = None
        self._number = number
        self._done = done
        self._secret = secret

    def stop(self) -> None:
        """End it with `Reason.STOPPED`, at the next tick; `done` is still called."""
        if self.outcome is None:
            self.lane.engine.give(self.lane.engine.core.stop(self.lane.index, self._number))

    def pause(self) -> None:
        """Hold a play at its place from the next tick on; harmless when it has ended.

        Until `resume` the lane sends what it listens to, or nothing.  Time limits run on.
        """
        self._check_plays("pause")
        if self.outcome is None:
            self.lane.engine.give(self.lane.engine.core.pause(self.lane.index, self._number))

    def resume(self) -> None:
        """Let a paused play go on; harmless when it was not paused, or has ended."""
        self._check_plays("resume")
        if self.outcome is None:
            self.lane.engine.give(self.lane.engine.core.resume(self.lane.index, self._number))

    def seek(self, samples: int, *, relative: bool = False) -> None:
        """Go to a place of the play, counted from its beginning, or from where it is now.

        A place before the beginning is the beginning; one behind the end ends the play.  Where it
        was in the end is its outcome's `position`.  Harmless when it has ended.
        """
        self._check_plays("seek")
        if not -FARTHEST <= samples <= FARTHEST:
            raise ValueError(f"seek: want at most {FARTHEST} samples either way, got {samples}")
        if self.outcome is None:
            core = self.lane.engine.core
            self.lane.engine.give(core.seek(self.lane.index, self._number, samples, relative))

    def volume(self, level_db: float) -> None:
        """As `Lane.volume`, for a play; harmless when it has ended."""
        self._check_plays("change the volume of")
        if self.outcome is None:
            self.lane.volume(level_db)

    def speed(self, factor: float) -> None:
        """As `Lane.speed`, for a play; harmless when it has ended."""
        self._check_plays("change the speed of")
        if self.outcome is None:
            self.lane.speed(factor)

    def _check_plays(self, wanted: str) -> None:
        if self.doing != "play":
            raise CardError(f"{self.lane}: cannot {wanted} a {self.doing}, only a play")

    def ended(self, outcome: Outcome) -> None:
        """The engine says so."""
        self.outcome = outcome
        if self._secret is not None:
            self._secret.collect_ended()
        done, self._done = self._done, None
        if done is not None:
            done(outcome)

    def __repr__(self) -> str:
        state = "runs" if self.outcome is None else f"ended: {self.outcome.reasons}"
        return f"<Operation: {self.doing} on lane {self.lane.index}, {state}>"


class Recording:
    """A file being written, in its `format`.

    `outcome` is None until the file is complete, which is some 100 ms after its last sample.
    """

    def __init__(self, lane: Lane, slot: int, path: Path, format: RecordFormat) -> None:
        self.lane = lane
        self.slot = slot
        self.path = path
        self.format = format
        self.outcome: Recorded | None = None
        self._waiting: list[Callable[[Recorded], None]] = []

    def stop(self, done: Callable[[Recorded], None] | None = None) -> None:
        """End it at the next tick.

        `done` is called when the file is complete; at once if it is already.
        """
        if self.outcome is not None:
            if done is not None:
                done(self.outcome)
            return
        if done is not None:
            self._waiting.append(done)
        if self.lane.is_open:
            self.lane.engine.give(self.lane.engine.core.stop_recording(self.lane.index))

    def on_done(self, done: Callable[[Recorded], None]) -> None:
        """Call `done` when the file is complete, for whatever reason."""
        self._waiting.append(done)

    def ended(self, outcome: Recorded) -> None:
        """The writer has closed the file."""
        self.outcome = outcome
        waiting, self._waiting = self._waiting, []
        for done in waiting:
            done(outcome)

    def __repr__(self) -> str:
        state = "runs" if self.outcome is None else f"ended: {self.outcome.reasons}"
        return f"<Recording: {self.path} of lane {self.lane.index}, {state}>"


def make_playlist(segments: Sequence[Buffer]) -> native.Playlist:
    """Pin A-law octets for playing, for those who play the same ones often.

    Raises `MediaError` for what is not octets, or for more than MAX_SEGMENTS segments.
    """
    if len(segments) > MAX_SEGMENTS:
        raise MediaError(f"play: want at most {MAX_SEGMENTS} segments, got {len(segments)}")
    try:
        return native.Playlist(segments)
    except (TypeError, ValueError, BufferError) as error:
        raise MediaError(f"play: {error}") from error


def open_file(path: Path) -> int:
    """A descriptor for a recording; raises `MediaError`."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise MediaError(f"recording {path}: {error.strerror}") from error
