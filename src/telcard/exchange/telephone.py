"""A telephone on the cord of a station (FXS): it rings, somebody lifts it, flashes, puts it down.

    async with town.telephone("msiB1C1") as phone:
        await phone.rings()
        phone.lift()
        await phone.hear("welcome")
        await phone.flash()
        phone.put_down()
        await phone.dial("95588")

It meets the card on its cord alone: ringing current and the loop as the bits of
`telcard.signalling.fxs`, sound on the timeslot.  A loop has no signal for the other's hanging up:
who holds the handset hears it.
"""

from __future__ import annotations

import asyncio

from telcard.callerid import CallerId, CallerIdReceiver, Standard
from telcard.callerid.standards import Alerting
from telcard.dsp import g711
from telcard.engine import BLOCKED_BITS, Lane, Span
from telcard.errors import LineError
from telcard.exchange.person import MakeHandset, Person
from telcard.signalling import Cause, loop

FLASH_S = 0.6
"""How long people press the hook where no country says otherwise."""

DIAL_TONE_S = 0.7
"""How long people listen for dial tone before they dial."""

BREAK_S, MAKE_S, DIGIT_PAUSE_S = 0.06, 0.04, 0.7
"""A dial: ten pulses a second, 60 to 40 (EN 300 001), and what a finger needs between digits."""

PULSE_MOST_S = 0.4
"""Poles that come back sooner have told a unit, and no answer or end of a call (EN 300 001: units
last 50 to 250 ms in most countries)."""

SECOND_RING_S = 6.0
"""A display listens for so long from the first ring on: the second has come by then."""


class Telephone(Person):
    """The telephone on the station called `number`; `async with` puts it down at the end."""

    def __init__(
        self,
        span: Span,
        timeslot: int,
        number: str,
        make_handset: MakeHandset,
        flash_s: float = FLASH_S,
        standard: Standard | None = None,
    ) -> None:
        self.rung = 0
        """How often the bell has sounded, since it was made."""
        self.units = 0
        """What its meter has counted since it was made: tones of units, or poles that changed
        places for a moment."""
        self._feed = loop.FEED
        self._turned_at = 0.0
        self._span = span
        self._timeslot = timeslot
        self._flash_s = flash_s
        self._lane: Lane | None = None
        self._ringing = False
        self.display: CallerId | None = None
        """What was told of the caller of the last call, where that comes after the first ring."""
        after_ring = standard is not None and standard.alerting is Alerting.RING
        self._standard = standard if after_ring else None
        self._ear: Lane | None = None  # on hook, from the first ring on
        super().__init__(number, make_handset)

    @property
    def lifted(self) -> bool:
        """Whether the handset is off the hook."""
        return self._lane is not None

    @property
    def ringing(self) -> bool:
        """Whether the bell sounds at this moment."""
        return self._ringing

    def plug_in(self) -> None:
        """Put the cord into the socket, the handset on the hook; the town does it at its start."""
        self._span.set_bits(self._timeslot, loop.ON_HOOK)

    def unplug(self) -> None:
        """Pull the cord out of the socket."""
        self.put_down()
        self._span.set_bits(self._timeslot, BLOCKED_BITS)

    async def rings(self, timeout_s: float = 60.0) -> None:
        """Wait until it rings, if it does not ring now; `LineError` when it stays quiet."""
        try:
            async with asyncio.timeout(timeout_s):
                while not self._ringing:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise LineError(f"{self.number}: it did not ring in {timeout_s:g} s") from None

    def lift(self) -> None:
        """Lift the handset; `LineError` when it is lifted already."""
        if self._lane is not None:
            raise LineError(f"{self.number}: the handset is lifted already")
        self._reset()
        ear, self._ear = self._ear, None
        self._lane = ear or self._span.open_lane(self._timeslot, detect=False)
        self._lift_to(self._lane)
        self._span.set_bits(self._timeslot, loop.OFF_HOOK)

    async def dial(self, number: str, *, pulse: bool = False) -> None:
        """Lift, wait for dial tone as long as people do, and dial: with keys, or with a dial's
        pulses, ten a second."""
        self.lift()
        await self.stay_silent(DIAL_TONE_S)
        if not pulse:
            await self.press(number)
            return
        for digit in number:
            for _ in range(int(digit) or 10):
                self._span.set_bits(self._timeslot, loop.ON_HOOK)
                await asyncio.sleep(BREAK_S)
                self._span.set_bits(self._timeslot, loop.OFF_HOOK)
                await asyncio.sleep(MAKE_S)
            await self.stay_silent(DIGIT_PAUSE_S)

    async def flash(self, on_hook_s: float | None = None) -> None:
        """Press the hook for a moment, as long as is usual; too long, and the call is over."""
        if self._lane is None:
            raise LineError(f"{self.number}: cannot flash, the handset is down")
        self._span.set_bits(self._timeslot, loop.ON_HOOK)
        await asyncio.sleep(self._flash_s if on_hook_s is None else on_hook_s)
        if self._lane is not None:
            self._span.set_bits(self._timeslot, loop.OFF_HOOK)

    def put_down(self) -> None:
        """Put the handset down, if it is lifted; whatever was going on ends."""
        lane, self._lane = self._lane, None
        if lane is not None:
            self._span.set_bits(self._timeslot, loop.ON_HOOK)
            lane.close()
            self._over(Cause.NORMAL_CLEARING)
            self._let_go()

    async def hang_up(self) -> None:
        """As `put_down`."""
        self.put_down()

    def bits(self, abcd: int) -> None:
        """What the station sends has changed."""
        if abcd in loop.FEEDS:
            self._meter(abcd)
        ringing = abcd == loop.RINGING
        if ringing and not self._ringing:
            self.rung += 1
            self._listen()
        self._ringing = ringing
        self._news.set()

    def _meter(self, feed: int) -> None:
        """Count a unit when it is over."""
        changed, self._feed = feed ^ self._feed, feed
        now = asyncio.get_running_loop().time()
        if changed & loop.EXCHANGED:
            brief, self._turned_at = now - self._turned_at <= PULSE_MOST_S, now
            self.units += brief
        if changed & loop.METERING and not (feed ^ loop.FEED) & loop.METERING:
            self.units += 1

    def _listen(self) -> None:
        """A display hears after the first ring who calls."""
        if self._standard is None or self._ear is not None or self._lane is not None:
            return
        if self._span.engine.fidelity != "sound":
            return
        receiver = CallerIdReceiver(self._standard)

        def heard(octets: bytes, _sample: int) -> None:
            for event in receiver.process(g711.decode_alaw(octets)):
                self.display = event.message or self.display

        self.display = None
        self._ear = self._span.open_lane(self._timeslot, detect=False)
        self._ear.tap(heard, look_back=False)
        asyncio.get_running_loop().call_later(SECOND_RING_S, self._hang_ear_up)

    def _hang_ear_up(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()

    def __repr__(self) -> str:
        state = "lifted" if self.lifted else "rings" if self._ringing else "on hook"
        return f"<Telephone {self.number}: {state}, heard {len(self.heard)} clips>"
