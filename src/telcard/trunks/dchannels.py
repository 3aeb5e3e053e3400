"""The D-channels of a trunk while it is in service, one or two, and the machines on them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from telcard.cards import DChannel
from telcard.errors import LineError
from telcard.runner import Runner
from telcard.signalling.isdn.interface import BackedInterface, Interface, Numbered

log = logging.getLogger(__name__)


class DChannels:
    """Runs an interface on the D-channels that are open; what is sent on others is lost.

    `report` is called with all that the interface reports.
    """

    def __init__(self, interface: Interface, report: Callable[[object], None]) -> None:
        self.interface = interface
        self._numbered = isinstance(interface, BackedInterface)
        self._open: dict[int, DChannel] = {}
        self._runner = Runner(interface, timers=interface.timers, send=self._send, report=report)

    @property
    def up(self) -> bool:
        """Whether messages are carried now."""
        return self.interface.up

    def fire(self, name: str, *args: object) -> None:
        """Give the interface an input."""
        self._runner.fire(name, *args)

    def frame(self, number: int, octets: bytes) -> None:
        """A frame has come on this D-channel."""
        self._runner.fire("frame", octets, *self._which(number))

    def open(self, number: int, dchannel: DChannel) -> None:
        """This D-channel is there, to send on."""
        self._open[number] = dchannel

    def lose(self, number: int) -> None:
        """Its line has failed: its data link is down at once."""
        self._open.pop(number).close()
        self._runner.fire("deactivate", *self._which(number))

    def close(self) -> None:
        """No more frames, no more timers."""
        self._runner.close()
        for dchannel in self._open.values():
            dchannel.close()
        self._open.clear()

    def _which(self, number: int) -> tuple[int, ...]:
        return (number,) if self._numbered else ()

    def _send(self, pdu: bytes | Numbered) -> None:
        number, octets = (pdu.link, pdu.octets) if isinstance(pdu, Numbered) else (0, pdu)
        dchannel = self._open.get(number)
        if dchannel is None:
            return
        try:
            dchannel.send_frame(octets)
        except LineError as error:
            # As if it had been lost on the line: Q.921 sends it again.
            log.warning("a frame was not sent: %s", error)
