"""The bus between boards: a matrix of who listens to whose slot.

    bus.listen("dtiB1T1", bus.slot("GFAX1.1"))   # the line sends what the fax channel sends,
    bus.listen("GFAX1.1", bus.slot("dtiB1T1"))   # which hears what the line receives
    with bus.joined("dtiB1T1", "GFAX1.1"):       # both at once, until the block ends
        ...

Every device of a board that is ready owns one transmit slot, from the last stage of its download
until it goes down.  To listen is to receive one slot; a device listens to one at a time, a slot may
have many listeners, and a full-duplex route is two of them (SCbus; H.100 and H.110 alike).

The matrix knows devices, the engine knows lanes.  A route stands whether its two devices have a
lane now or not, and sound passes while both have one.  The voice resource of a bearer works on the
bearer's own lane, so those two listen to each other without a route; whoever takes the line
elsewhere (`listen`) and gives it back (`unlisten`) finds them joined again.

While a call is bridged, its lane listens to the other call's; its route is heard again afterwards.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from telcard.cards.devices import Device
from telcard.cards.pools import Pool
from telcard.cards.spec import NONE, CardSpec
from telcard.engine import Lane
from telcard.errors import CardError, NoResource, UnknownCard


class OnBus(Protocol):
    """A board as the bus sees it."""

    @property
    def name(self) -> str:
        """What tells it apart from the others."""

    @property
    def spec(self) -> CardSpec:
        """What model it is."""

    @property
    def pools(self) -> Mapping[str, Pool]:
        """Its resources."""

    @property
    def devices(self) -> Sequence[Device]:
        """Its devices."""

    def device_name(self, kind: str, number: int) -> str:
        """Name of the n-th device of a kind, from 1."""


@dataclass(frozen=True, slots=True)
class Route:
    """One cell of the matrix: `listener` hears what `source` puts on `slot`."""

    listener: str
    source: str
    slot: int
    live: bool
    """Whether both have a lane now, so that sound passes."""

    def __str__(self) -> str:
        return f"{self.listener} <- {self.source} (slot {self.slot})"


@dataclass(frozen=True, slots=True)
class BusStatus:
    """How the bus stands: its kind, its slots and how many are owned, and by which boards."""

    kind: str
    slots: int
    taken: int
    boards: tuple[str, ...]
    routes: int


@dataclass(slots=True)
class _Tap:
    """A device where it meets the bus."""

    device: Device
    board: str
    slot: int
    source: int | None = None
    """The slot that it listens to."""
    listeners: set[str] = field(default_factory=set)
    """Names of the devices that listen to its own."""
    lane: Lane | None = None
    gives_sound: bool = True
    """Whether its slot carries what its lane's operations send, or what the lane receives."""
    partner: str = ""
    """The other device on its lane: a bearer and its voice resource."""
    close: Callable[[], None] | None = None
    """Gives the lane back."""


class Bus:
    """The slot matrix of the boards in one chassis.  All boards are of one kind of bus.

    A board without a bus may stand beside them and has no slots here.
    """

    def __init__(self) -> None:
        self.kind = NONE
        """`scbus`, `h100`, `h110`; `none` until a board with a bus is plugged in."""
        self.slots = 0
        """How many slots it has."""
        self._rate_mhz = 0.0
        self._first = ""
        self._boards: dict[str, OnBus] = {}
        self._taps: dict[str, _Tap] = {}
        self._owners: dict[int, _Tap] = {}

    # Boards

    def plug(self, name: str, spec: CardSpec) -> None:
        """Put a board on the bus, without any slot yet.

        Raises `CardError` when its bus does not fit: an SCbus board has other connectors, lines
        and clocks than an H.100 board, and an H.110 board plugs into a backplane.
        """
        if spec.bus.kind == NONE:
            return
        ours, theirs = (self.kind, self._rate_mhz), (spec.bus.kind, spec.bus.rate_mhz)
        if not self._first:
            self._first, self.slots = name, spec.bus.slots
            self.kind, self._rate_mhz = theirs
        elif ours != theirs:
            raise CardError(
                f"{name}: its bus, {theirs[0]} of {theirs[1]:g} MHz, does not fit "
                f"the {ours[0]} of {ours[1]:g} MHz of {self._first}"
            )

    def announce(self, board: OnBus) -> None:
        """Give every device of a board its slot, the lowest that are free, in the devices' order.

        Raises `NoResource` when they do not suffice; then it gets none.
        """
        if board.spec.bus.kind == NONE or board.name in self._boards:
            return
        owning = {pool.name for pool in board.spec.pools if pool.transmit_slots}
        pools = {pool.name for pool in board.spec.pools}
        devices = [one for one in board.devices if one.kind in owning or one.kind not in pools]
        free = (slot for slot in range(self.slots) if slot not in self._owners)
        taps = [_Tap(one, board.name, slot) for one, slot in zip(devices, free, strict=False)]
        if len(taps) < len(devices):
            raise NoResource(
                f"{board.name}: want {len(devices)} slots of the {self.kind}, "
                f"{len(taps)} of {self.slots} are free"
            )
        self._boards[board.name] = board
        for tap in taps:
            self._taps[tap.device.name] = self._owners[tap.slot] = tap

    def withdraw(self, board: OnBus) -> None:
        """Take a board's slots back: its lanes are closed, routes to and from it are gone."""
        if self._boards.pop(board.name, None) is None:
            return
        gone = [tap for tap in self._taps.values() if tap.board == board.name]
        for tap in gone:
            if tap.close is not None:
                tap.close()
        for tap in gone:
            self._route(tap, None)
            for listener in sorted(tap.listeners):
                self._route(self._taps[listener], None)
        for tap in gone:
            del self._taps[tap.device.name], self._owners[tap.slot]

    def lenders(self, board: OnBus) -> list[OnBus]:
        """The other boards whose voice resources a board may use, in the order of their slots."""
        return [
            other
            for name, other in self._boards.items()
            if name != board.name and board.name in self._boards and "voice" in other.pools
        ]

    # Routes

    def slot(self, device: str) -> int:
        """The slot on which a device transmits; raises `UnknownCard` for one that is not here."""
        return self._tap(device).slot

    def device(self, slot: int) -> Device:
        """Whose slot it is; raises `CardError` when nobody's."""
        return self._owner(slot).device

    def listen(self, device: str, slot: int) -> None:
        """Let a device receive a slot, instead of the one that it received until now.

        A bearer then sends it to its line whenever nothing is played on it.  Raises `UnknownCard`
        for a device and `CardError` for a slot that no ready board has, `CardError` for a voice
        resource that works on the lane of a bearer: that one hears its line.
        """
        tap, source = self._tap(device), self._owner(slot)
        if tap.partner and tap.gives_sound:
            if source.device.name == tap.partner:
                return
            raise CardError(
                f"{device}: it works on the lane of {tap.partner} and hears that line alone"
            )
        self._route(tap, source)

    def unlisten(self, device: str) -> None:
        """Let a device receive nothing; a bearer that has a voice resource is joined with it again.

        Harmless when it listens to nobody.  Raises `UnknownCard`.
        """
        self._route(self._tap(device), None)

    @contextmanager
    def joined(self, one: str, other: str) -> Iterator[None]:
        """Let two devices hear each other while inside; errors are those of `listen`.

        On leaving both listen to nobody, unless their board has gone meanwhile, or somebody has
        routed them elsewhere.
        """
        ends = ((one, self.slot(other)), (other, self.slot(one)))
        try:
            for device, slot in ends:
                self.listen(device, slot)
            yield
        finally:
            for device, slot in ends:
                if (tap := self._taps.get(device)) is not None and tap.source == slot:
                    self._route(tap, None)

    def routed(self, device: str) -> bool:
        """Whether a device listens to a slot, or is listened to; False for one without a slot."""
        tap = self._taps.get(device)
        return tap is not None and (tap.source is not None or bool(tap.listeners))

    def routes(self) -> tuple[Route, ...]:
        """Who listens to whom, by the listener's slot."""
        found = []
        for _, tap in sorted(self._owners.items()):
            source = self._owners.get(-1 if tap.source is None else tap.source)
            if source is None and tap.partner:
                source = self._taps[tap.partner]
            if source is not None:
                live = tap.lane is not None and source.lane is not None
                found.append(Route(tap.device.name, source.device.name, source.slot, live))
        return tuple(found)

    def query(self) -> BusStatus:
        """How the bus stands now."""
        boards = tuple(self._boards)
        return BusStatus(self.kind, self.slots, len(self._owners), boards, len(self.routes()))

    # Lanes

    def attach(
        self, device: str, lane: Lane, close: Callable[[], None], *, voice: str = ""
    ) -> None:
        """A device has got a lane, and `voice`, a resource that works on the same one.

        Its routes come into effect.  `close` gives the lane back when the board of either goes.
        """
        tap = self._tap(device)
        tap.lane, tap.close, tap.partner = lane, close, voice
        tap.gives_sound = lane.span is None
        if voice:
            other = self._tap(voice)
            self._route(other, None)
            other.lane, other.close, other.partner = lane, close, device
        for each in filter(None, (device, voice)):
            self._connect(self._taps[each])
            for listener in sorted(self._taps[each].listeners):
                self._connect(self._taps[listener])

    def detach(self, device: str) -> None:
        """The lane of a device, and of the voice on it, is about to close; routes stay."""
        tap = self._taps.get(device)
        for one in (tap, self._taps.get(tap.partner) if tap else None):
            if one is not None:
                one.lane, one.close, one.partner, one.gives_sound = None, None, "", True

    def _tap(self, device: str) -> _Tap:
        if device in self._taps:
            return self._taps[device]
        near = difflib.get_close_matches(device, self._taps, n=1)
        boards = ", ".join(self._boards) or "no board"
        hint = f"did you mean {near[0]}?" if near else f"on it: {boards}"
        raise UnknownCard(f"bus {self.kind}: no device is called {device!r}; {hint}")

    def _owner(self, slot: int) -> _Tap:
        if slot not in self._owners:
            raise CardError(
                f"bus {self.kind}: slot {slot} belongs to no device; "
                f"{len(self._owners)} of {self.slots} have one"
            )
        return self._owners[slot]

    def _route(self, tap: _Tap, source: _Tap | None) -> None:
        """Change the matrix, and the engine with it."""
        if tap.source is not None:
            self._owners[tap.source].listeners.discard(tap.device.name)
        tap.source = None if source is None else source.slot
        if source is not None:
            source.listeners.add(tap.device.name)
        self._connect(tap)

    def _connect(self, tap: _Tap) -> None:
        """Let the engine do what the matrix says of one listener."""
        if tap.lane is None or not tap.lane.is_open or (tap.partner and tap.gives_sound):
            return
        source = None if tap.source is None else self._owners[tap.source]
        heard = None if source is None or source.device.name == tap.partner else source.lane
        if source is None or heard is None or not heard.is_open:
            tap.lane.route(None)
        else:
            tap.lane.route(heard, sound=source.gives_sound)

    def __repr__(self) -> str:
        return f"<Bus {self.kind}: {len(self._owners)} of {self.slots} slots owned>"
