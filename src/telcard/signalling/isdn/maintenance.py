"""Taking channels out of service, and back: SERVICE messages of North American exchanges.

A protocol of its own beside call control (AT&T TR 41449; libpri knows the same messages).  Where
there is none of it, as in EuroISDN, the far end learns that a channel is blocked when it offers a
call there: cause 44.  D-channels are spoken of as well, where there are two: the one that
is named in service carries the calls from then on (`telcard.signalling.isdn.backup`).
"""

from __future__ import annotations

from telcard.machine import Effect, Report, Send
from telcard.signalling.events import Blocked, Unblocked
from telcard.signalling.isdn.channels import CallEvent, Channels
from telcard.signalling.isdn.elements import ChangeStatus, ChannelIdentification
from telcard.signalling.isdn.messages import MAINTENANCE, Message, Service
from telcard.signalling.isdn.profiles import Profile

IN_SERVICE = 0
"""The change status of what serves."""


def tell(
    profile: Profile, channels: Channels, numbers: tuple[int, ...], status: int
) -> list[Effect]:
    """Tell the far end of channels that are out of service (status 2), or back in it (0)."""
    if profile.maintenance is None:
        return []
    messages = [_service(profile.maintenance, status, channels.element(n)) for n in numbers]
    return [Send(message.encode()) for message in messages]


def _service(discriminator: int, status: int, named: ChannelIdentification) -> Message:
    return Message(Service.SERVICE, 0, (ChangeStatus(status), named), discriminator=discriminator)


def announce(discriminator: int, interface: int) -> Message:
    """SERVICE that names the D-channel of an interface: it is in service from now on."""
    named = ChannelIdentification(interface=interface, d_channel=True)
    return _service(discriminator, IN_SERVICE, named)


def d_channel(message: Message) -> tuple[int | None, bool] | None:
    """What a SERVICE says of a D-channel: its interface, and whether it is in service.

    None for any other message.
    """
    status, element = message.get(ChangeStatus), message.get(ChannelIdentification)
    service = message.discriminator in MAINTENANCE and message.kind == Service.SERVICE
    if not service or status is None or element is None or not element.d_channel:
        return None
    return element.interface, status.status == IN_SERVICE


def acknowledgement(message: Message) -> Message:
    """SERVICE ACKNOWLEDGE: what a SERVICE has said, said back."""
    kinds = (ChangeStatus, ChannelIdentification)
    return Message(
        Service.ACKNOWLEDGE,
        message.reference,
        tuple(element for element in message.elements if isinstance(element, kinds)),
        not message.to_origin and message.reference is not None,
        discriminator=message.discriminator,
    )


def hear(message: Message, channels: Channels) -> list[Effect]:
    """Meet a maintenance message: SERVICE is noted and acknowledged, all else passed over."""
    status, element = message.get(ChangeStatus), message.get(ChannelIdentification)
    if message.kind != Service.SERVICE or status is None or element is None:
        return []
    effects: list[Effect] = [Send(acknowledgement(message).encode())]
    for number in channels.named(element):
        if number in channels and (status.status != IN_SERVICE) != (number in channels.far_blocked):
            channels.far_blocked.symmetric_difference_update({number})
            event = Blocked() if status.status != IN_SERVICE else Unblocked()
            effects.append(Report(CallEvent(0, number, event)))
    return effects
