"""Who calls on an analogue line, heard on its channel before anybody answers.

What a country's exchanges send is known by name (`telcard.countries`): FSK after the first ring or
before it, or DTMF before it.  FSK is heard by a data link that never sends, DTMF by the detector
that every channel has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from telcard.callerid import CallerId, Standard, parse, parse_digits
from telcard.callerid.octets import TYPES
from telcard.callerid.standards import Alerting, standards_of
from telcard.dsp.datalink import DataLink, LinkTimes
from telcard.errors import MediaError, RemoteProtocolError
from telcard.media import Channel
from telcard.signalling import CallFacts

MODES = {"bell202": "bell202_half", "v23_1200": "v23_half"}
"""The data link that hears a standard's modem."""

FSK_S = 4.0
"""After the first ring the data begin within 0.5 s and last 2 s at most; then the second ring comes
(GR-30; EN 300 659-1)."""

_LISTENING = LinkTimes(
    quiet_s=0, tone_s=0, pause_s=0, carrier_s=3600, settle_s=0, lost_s=3600, idle_s=3600
)


class CallerIdEar:
    """Hears who calls on one channel; `standards` are names of `telcard.callerid.STANDARDS`.

    Of several modems the first is heard: a line has one exchange.  A standard for which the
    telephone must lift by itself, as Japan's, is not heard.
    """

    def __init__(self, standards: Iterable[str]) -> None:
        every = [one for name in standards for one in standards_of(name)]
        modems = [one for one in every if one.modem and one.alerting is not Alerting.ANSWER]
        self.fsk: Standard | None = modems[0] if modems else None
        self.forms = tuple(one.form for one in every if one.form is not None)

    @property
    def after_ring(self) -> bool:
        """Whether it is told after the first ring, by FSK."""
        return self.fsk is not None and self.fsk.alerting is Alerting.RING

    @property
    def before_ring(self) -> bool:
        """Whether it may be told before the first ring: the line is listened to all the time."""
        return bool(self.forms) or (self.fsk is not None and not self.after_ring)

    def keyed(self, digits: str) -> CallerId | None:
        """What these digits, heard before the first ring, say; None when they say nothing."""
        try:
            return parse_digits(digits, self.forms) if self.forms and digits else None
        except RemoteProtocolError:
            return None

    async def hear(self, channel: Channel, patience_s: float | None = FSK_S) -> CallerId | None:
        """Listen for one message of FSK; None when none has come, or the channel was closed."""
        if self.fsk is None or not channel.capabilities.modem:
            return None
        link = DataLink(MODES[self.fsk.modem], "call", times=_LISTENING)
        octets = b""
        try:
            async with asyncio.timeout(patience_s), channel.modem(link) as line:
                while not line.over:
                    octets += await line.read()
                    for message in messages(octets, self.fsk):
                        return message
        except (TimeoutError, MediaError):
            pass
        return None


def messages(octets: bytes, standard: Standard) -> Iterator[CallerId]:
    """Every whole message in a row of octets, whatever lies before and between them.

    What noise makes before a message may look like the beginning of one; the checksum tells.
    """
    for at, kind in enumerate(octets[:-2]):
        end = at + octets[at + 1] + 3
        if kind in TYPES and end <= len(octets):
            try:
                yield parse(octets[at:end], standard.dialect)
            except RemoteProtocolError:
                continue


def facts_of(message: CallerId | None, called: str) -> CallFacts:
    """What an analogue line tells of a call that comes in on it, to the number `called`."""
    if message is None:
        return CallFacts(called=called, complete=True)
    return CallFacts(
        called=message.called or called,
        caller=message.number or "",
        caller_presented=message.absence is None,
        display=message.name or "",
        complete=True,
    )
