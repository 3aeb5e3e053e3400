"""Whom a lane tells what: the callbacks that its events reach."""

from __future__ import annotations

from collections.abc import Callable

from telcard.engine.cancelling import EchoTold, Told
from telcard.engine.hearing import Heard, Hearing, ToneEvent
from telcard.engine.outcome import DigitEvent
from telcard.engine.quiet import Piece


class Callbacks:
    """One lane's callbacks, set by its verbs and called by the engine on the loop thread.

    Events of a lane are under way for a while when it is closed: by then nobody is told of digits,
    tones and faults, but the end of masking and of what was tapped is still told.
    """

    def __init__(self) -> None:
        self.digit: Callable[[DigitEvent], None] | None = None
        self.digit_end: Callable[[DigitEvent], None] | None = None
        self.heard: dict[Hearing, Heard] = {}
        self.echo: Told | None = None
        self.mask: Callable[[bool, int], None] | None = None
        self.stuck: Callable[[], None] | None = None
        self.tap: Callable[[bytes, int], None] | None = None
        self.piece: Callable[[Piece], None] | None = None

    def close(self) -> None:
        """The lane was closed."""
        self.digit = self.digit_end = self.stuck = self.echo = None
        self.heard.clear()

    def digit_accepted(self, digit: str, sample: int, low_dbm0: float, high_dbm0: float) -> None:
        """A digit was accepted."""
        if self.digit is not None:
            self.digit(DigitEvent(digit, sample, 0, low_dbm0, high_dbm0))

    def digit_ended(self, digit: str, sample: int, frames: int) -> None:
        """A digit has ended."""
        if self.digit_end is not None:
            self.digit_end(DigitEvent(digit, sample, frames))

    def tone_heard(self, event: ToneEvent) -> None:
        """A detector beside DTMF has heard something."""
        heard = self.heard.get(event.hearing)
        if heard is not None:
            heard(event)

    def echo_told(self, event: EchoTold) -> None:
        """Something has happened to the echo canceller."""
        if self.echo is not None:
            self.echo(event)

    def operation_stuck(self) -> None:
        """The operation does not advance."""
        if self.stuck is not None:
            self.stuck()

    def mask_changed(self, masked: bool, sample: int) -> None:
        """Masking has begun or ended."""
        if self.mask is not None:
            self.mask(masked, sample)

    def tapped(self, octets: bytes, sample: int) -> None:
        """Octets for the tap."""
        if self.tap is not None:
            self.tap(octets, sample)

    def piece_told(self, piece: Piece) -> None:
        """A piece for the tap."""
        if self.piece is not None:
            self.piece(piece)
