"""What a lane is joined to: whom it hears, who taps it, the subscriber's line before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from telcard._native import dsp
from telcard.engine.callbacks import Callbacks
from telcard.engine.quiet import NO_SOUND, Piece, QuietCore
from telcard.errors import CardError, StaleHandle

if TYPE_CHECKING:
    from telcard.dsp.copper import Copper
    from telcard.engine.engine import Engine
    from telcard.engine.lane import Lane
    from telcard.engine.route import Route
    from telcard.engine.span import Span


class Wired:
    """A handle of a lane, as far as it does nothing itself; `Lane` is the whole."""

    hears: Route
    """Whom it hears, and who hears it; for this room."""

    def __init__(
        self,
        engine: Engine,
        index: int,
        generation: int,
        name: str,
        span: Span | None,
        timeslot: int,
        detects: bool,
    ) -> None:
        self.engine = engine
        self.index = index
        self.generation = generation
        self.name = name
        """The timeslot in words, or the resource's name."""
        self.span = span
        self.timeslot = timeslot
        self.is_open = True
        self.detects = detects
        """Whether it listens for DTMF."""
        self.tells = Callbacks()
        """Whom its events reach; for this room."""
        self._copper: dsp.Copper | None = None

    def check_open(self) -> None:
        """Raise `StaleHandle` when the lane was closed; for this room."""
        if not self.is_open:
            raise StaleHandle(f"{self}: the lane was closed")

    def listen(self, source: Lane | None, *, sound: bool = False) -> None:
        """Listen to `source`; None stops it.

        A line's lane sends what `source` receives, while no operation sends; a resource receives
        it.  Of a resource, and with `sound` of any lane, one hears what its operations send.  Two
        lanes that listen to each other are bridged.  A source that closes falls silent.  It takes
        the place of what the lane monitored.

        Sound takes no tick on its way, but for a resource that hears what operations send: one.
        """
        self.check_open()
        self.hears.listen(source, sound)

    def route(self, source: Lane | None, *, sound: bool = False) -> None:
        """As `listen`, for what is heard while the lane does not `listen`: a route of the bus."""
        self.check_open()
        self.hears.lead(source, sound)

    def monitor(self, other: Lane) -> None:
        """Send what `other` receives and sends, added up, while no operation sends; unheard.

        Both sides are those of the same tick: a monitor is no later than a listener.  A secret
        step of `other` is masked here too.  It takes the place of what the lane listened to;
        `listen(None)` ends it.  Any number of lanes may monitor one.

        Raises `CardError` for a lane without a line, on either side, and for one that monitors
        and is to be monitored.
        """
        self.check_open()
        self.hears.monitor(other)

    @property
    def source(self) -> Lane | None:
        """The lane that is listened to now."""
        return self.hears.source

    @property
    def monitored(self) -> Lane | None:
        """The lane that this one monitors."""
        return self.hears.monitored

    def copper(self, line: Copper | None, *, seed: int = 1, cut_through: bool = True) -> None:
        """Lay a subscriber's line between this lane and its span, new from the next tick on.

        What the lane receives comes over it before anybody hears it, and what it sends goes over it
        last.  None takes it away.  All chance in it comes from `seed`.  With `cut_through=False`
        only the receiving way is connected, until `cut_through()`: an exchange's register sends
        past the subscriber's line.  Raises `CardError` for a lane without a span.
        """
        self.check_open()
        if self.span is None:
            raise CardError(f"{self}: cannot lay a subscriber's line, it has no span")
        self._copper = None if line is None else line.as_native(seed)
        self.engine.give(self.engine.core.copper(self.index, self._copper, cut_through))

    def cut_through(self) -> None:
        """From the next tick on, send over the line that `copper` laid."""
        self.check_open()
        self.engine.give(self.engine.core.copper(self.index, self._copper, True))

    def tap(self, callback: Callable[[bytes, int], None], *, look_back: bool = True) -> None:
        """Call `callback(octets, first_sample)` with 80 received octets each tick.

        With `look_back` they come 100 ms late, so that a secret step can still mask the beginning
        of a tone; without it they come at once, and 40 ms of the tone may slip through.  Raises
        `CardError` in an engine without sound: there `tap_pieces` tells what is received.
        """
        self.check_open()
        if self.engine.fidelity == "events":
            raise CardError(f"{self}: cannot tap octets, {NO_SOUND}")
        self.engine.give(self.engine.core.tap(self.index, look_back))
        self.tells.tap = callback

    def tap_pieces(self, callback: Callable[[Piece], None], *, every: int = 1) -> None:
        """Call `callback` with each piece that is received: when it begins, and when it is over.

        They are told when `every` more ticks are complete, as a listener works who takes sound in
        larger blocks.  Raises `CardError` in an engine with sound.
        """
        self.check_open()
        if every < 1:
            raise ValueError(f"every: want 1 tick or more, got {every}")
        core = self.engine.core
        if not isinstance(core, QuietCore):
            raise CardError(f"{self}: cannot tell pieces, it carries sound (fidelity 'sound')")
        self.engine.give(core.tap_pieces(self.index, every))
        self.tells.piece = callback

    def untap(self) -> None:
        """No more octets, or pieces, for the tap's callback."""
        self.check_open()
        self.engine.give(self.engine.core.untap(self.index))
        self.tells.tap = self.tells.piece = None

    def __repr__(self) -> str:
        return f"<Lane {self.index}.{self.generation} on {self.name}>"

    def __str__(self) -> str:
        return f"{self.engine.name} lane {self.index} ({self.name})"
