"""What the engine's Python half wants of the half that runs: commands in, ticks, events out.

There are two such halves.  The native one moves sound; `telcard.engine.quiet` moves only what
sound would mean to the other end.  Everything above - lanes, handles, operations, secrets - is the
same code over either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from telcard._native import engine as native

if TYPE_CHECKING:
    from telcard._native import dsp
    from telcard.engine.dchannel import Frames
    from telcard.engine.span import E1Line

Fidelity = Literal["sound", "events"]
"""`sound`: every octet is real.  `events`: no sound, the same calls with the same outcomes."""

FIDELITIES: tuple[Fidelity, ...] = ("sound", "events")
"""What an engine may carry: all sound, or the events of the same calls alone."""

EVENT_PIECE = 200
"""(event, lane, generation, `Piece`): something audible has begun or ended on a tapped lane."""


def check_fidelity(wanted: str) -> Fidelity:
    """`wanted` if there is such a fidelity; raises ValueError in one sentence."""
    for fidelity in FIDELITIES:
        if wanted == fidelity:
            return fidelity
    raise ValueError(f"fidelity: want one of {', '.join(FIDELITIES)}, got {wanted!r}")


class Core(Protocol):
    """The half that runs.

    Commands return False when they were not accepted; they apply at the next tick.  Events are
    tuples that begin with an EVENT_ number, see `Engine`.
    """

    def plug(
        self,
        span: int,
        line: E1Line,
        end: int,
        ulaw: bool,
        idle: int,
        carrier: native.Carrier | None,
    ) -> bool:
        """A cable is plugged in; with a carrier it has real frames."""

    def unplug(self, span: int) -> bool:
        """The cable is pulled."""

    def cut(self, span: int, received: int, sent: int) -> bool:
        """Break the line, either way, with these native signals."""

    def drift(self, span: int, parts: int) -> bool:
        """The line's clock is off by so many parts in 10**12."""

    def slip(self, span: int, octets: int) -> bool:
        """Delete octets, or repeat them."""

    def errors(self, span: int, seed: int, threshold: int, burst: int) -> bool:
        """Let bursts of errors begin, with the probability threshold / 2**32 at each bit."""

    def lose(self, span: int, bits: int) -> bool:
        """A line with real frames loses bits, or gains them."""

    def loop(self, span: int, kind: int) -> bool:
        """Loop an end of a line with real frames; one of `native.LOOPS`."""

    def say(self, span: int, what: int, value: int) -> bool:
        """Say something on the data link of a T1 with real frames; `native.SAY_*`."""

    def line_counts(self, span: int) -> tuple[int, int, int]:
        """(slips, timeslots recentred, wrong bits)."""

    def copper(self, lane: int, copper: dsp.Copper | None, cut_through: bool) -> bool:
        """Lay a subscriber's line; None takes it away."""

    def stick(self, lane: int, on: bool) -> bool:
        """Let no operation advance."""

    def jam(self, on: bool) -> bool:
        """Let the event ring behave as if it were full."""

    def stall(self, ticks: int) -> bool:
        """Stand still for so many ticks."""

    def set_bits(self, span: int, timeslot: int, abcd: int) -> bool:
        """Send these ABCD bits."""

    def open_dchannel(
        self, span: int, timeslot: int, width: int, marks: bool, least: int, most: int
    ) -> Frames | None:
        """Run a D-channel on a timeslot; None when the command was not accepted."""

    def close_dchannel(self, span: int, timeslot: int) -> bool:
        """No longer."""

    def open(
        self,
        lane: int,
        span: int,
        timeslot: int,
        generation: int,
        digits: int,
        detects: bool,
        receive: int,
        transmit: int,
    ) -> bool:
        """Open a lane; `span` NO_SPAN makes it a resource; gains in tenths of a dB."""

    def play(
        self,
        lane: int,
        operation: int,
        until: native.Conditions,
        list: native.Playlist,
        controls: native.Controls,
    ) -> bool:
        """Begin a play."""

    def collect(
        self,
        lane: int,
        operation: int,
        until: native.Conditions,
        secret: native.Secret | None,
        then_arm: bool,
    ) -> bool:
        """Begin a collect, whose end may begin a secret step."""

    def tones(
        self, lane: int, operation: int, until: native.Conditions, tones: native.Tones
    ) -> bool:
        """Begin tones."""

    def pause(self, lane: int, operation: int) -> bool:
        """Hold a play at its place."""

    def resume(self, lane: int, operation: int) -> bool:
        """Let it go on."""

    def seek(self, lane: int, operation: int, samples: int, relative: bool) -> bool:
        """Go to another place of it."""

    def speed(self, lane: int, percent: int) -> bool:
        """How fast plays are sent."""
        ...

    def volume(self, lane: int, tenths: int) -> bool:
        """Play louder or softer, in tenths of a dB."""

    def gains(self, lane: int, receive: int, transmit: int) -> bool:
        """Gains of the lane, in tenths of a dB."""

    def listen(self, lane: int, source: int, what: int) -> bool:
        """Listen to the lane `source`, -1 for none; `what` is one of HEARS_*."""

    def hear(self, lane: int, hearing: int, wanted: bool) -> bool:
        """Switch a detector beside DTMF on or off, by its native number."""

    def tap(self, lane: int, delayed: bool) -> bool:
        """Tell what the lane receives."""

    def untap(self, lane: int) -> bool:
        """Tell it no more."""

    def open_recording(
        self, slot: int, fd: int, sides: int, coding: int, raw: bool, agc: bool
    ) -> int:
        """Own a file; 0 or errno."""

    def abandon_recording(self, slot: int) -> None:
        """Close it again."""

    def record(self, lane: int, slot: int, ticks: int, beep: bool) -> bool:
        """Record into it."""

    def stop_recording(self, lane: int) -> bool:
        """End the recording."""

    def move(self, lane: int, span: int, timeslot: int) -> bool:
        """Give a line's lane another timeslot."""

    def close(self, lane: int) -> bool:
        """Close a lane."""

    def stop(self, lane: int, operation: int) -> bool:
        """Stop an operation, if it still runs."""

    def clear_digits(self, lane: int) -> bool:
        """Empty the type-ahead buffer."""

    def arm(self, lane: int) -> bool:
        """A secret step begins."""

    def disarm(self, lane: int) -> bool:
        """It is over."""

    def due(self) -> bool:
        """Whether the next tick has work."""

    def late(self) -> int:
        """Ticks that a stall delayed."""

    def next_tick(self, first: int) -> int | None:
        """The first tick from `first` on that has work."""

    def tick(self, tick: int) -> bool:
        """Run one tick; whether events wait."""

    def last_tick(self) -> int:
        """The last that ran."""

    def poll(self) -> list[tuple[Any, ...]]:
        """The events that wait."""

    def fileno(self) -> int:
        """Readable when events wait."""

    def awake(self) -> None:
        """The loop has been woken."""

    def status(self, lane: int) -> tuple[int, int, int, bool, int, int, int, int, bool, int, int]:
        """(doing, digits waiting, masked, loud, ticks of this run, energy of a tick, digits lost,
        position of the play, paused, volume in tenths of a dB, speed in percent).
        """

    def tick_times(self) -> tuple[int, int, int, int]:
        """(ticks, total ns, greatest ns, p99.9 ns), processor time."""

    def rings(self) -> dict[str, tuple[int, int, int]]:
        """{ring: (capacity, high water, lost)}."""
