"""One span of a primary rate trunk: its bearers, its D-channel, and the watch over its line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from telcard.cards import EmulatedCard
from telcard.engine import Span
from telcard.signalling import Membership
from telcard.signalling.isdn.capture import Capture
from telcard.signalling.isdn.channels import address
from telcard.signalling.isdn.lapd import Side
from telcard.signalling.supervision import Patience
from telcard.trunks.pri_call import PriBearer
from telcard.trunks.trace import TracedDChannel
from telcard.trunks.watch import LineWatch, Report


class Shared(Protocol):
    """A trunk, as one of its spans has it."""

    def span_serves(self, span: PriSpan) -> None:
        """Its line is in order."""

    def span_lost(self, span: PriSpan) -> int:
        """Its line, or the board, has failed; returns how many calls that has cost."""


class PriSpan:
    """A span, as its trunk has it."""

    def __init__(
        self,
        trunk: Shared,
        card: EmulatedCard,
        span: Span,
        place: Membership,
        side: Side,
        report: Report,
        patience: Patience | None,
    ) -> None:
        self.span = span
        self.interface = place.interface
        self.number = place.number
        """That of its D-channel; None without one."""
        self.capture = Capture(side)
        """The newest frames of its D-channel, in the time of the loop."""
        self._trunk = trunk
        self._line = card.line(span)
        d_channel = None if self.number is None else self._line.signalling_timeslot
        self.bearers = tuple(
            PriBearer(self, timeslot, address(self.interface, timeslot), name)
            for timeslot, name in card.timeslots(span)
            if timeslot != d_channel
        )
        """Those that carry calls."""
        self._watch = LineWatch(card, span, self, report, patience)

    @property
    def name(self) -> str:
        """What the card's programs call it."""
        return self.span.name

    @property
    def serving(self) -> bool:
        """Whether its line, and the board, are in order."""
        return self._watch.serving

    @property
    def believes(self) -> bool:
        """Whether what it receives means anything now."""
        return self._watch.believes

    def start(self) -> None:
        """Watch its line from now on; it serves at once, unless that has failed."""
        self._watch.start()

    def stop(self) -> None:
        """Watch no more."""
        self._watch.stop()

    def open_dchannel(self, frame: Callable[[bytes], None]) -> TracedDChannel:
        """Its D-channel; `frame` is called with what it receives, unless an alarm stands."""
        dchannel = TracedDChannel(self._line.open_dchannel(), self.capture)
        dchannel.on_frame(lambda octets: frame(octets) if self.believes else None)
        return dchannel

    def serve(self) -> None:
        """Board and line are in order."""
        self._trunk.span_serves(self)

    def lose(self) -> int:
        """Board or line have failed."""
        return self._trunk.span_lost(self)

    def resumed(self) -> None:
        """Nothing: frames that an alarm has torn are sent again by Q.921."""

    def __repr__(self) -> str:
        return f"<PriSpan {self.name}, interface {self.interface}>"
