"""Taking channels out of service, and back: SERVICE messages of North American exchanges.

A protocol of its own beside call control (AT&T TR 41449; libpri knows the same messages).  Where
there is none of it, as in EuroISDN, the far end learns that a channel is blocked when it offers a
call there: cause 44.
"""

from __future__ import annotations

from telcard.machine import Effect, Report, Send
from telcard.signalling.events import Blocked, Unblocked
from telcard.signalling.isdn.channels import CallEvent, Channels
from telcard.signalling.isdn.elements import ChangeStatus, ChannelIdentification
from telcard.signalling.isdn.messages import Message, Service
from telcard.signalling.isdn.profiles import Profile


def tell(profile: Profile, numbers: tuple[int, ...], status: int) -> list[Effect]:
    """Tell the far end of channels that are out of service (status 2), or back in it (0)."""
    if profile.maintenance is None:
        return []
    messages = [
        Message(
            Service.SERVICE,
            0,
            (ChangeStatus(status), ChannelIdentification((number,), True, profile.interface)),
            discriminator=profile.maintenance,
        )
        for number in numbers
    ]
    return [Send(message.encode()) for message in messages]


def hear(message: Message, channels: Channels) -> list[Effect]:
    """Meet a maintenance message: SERVICE is noted and acknowledged, all else passed over."""
    status, element = message.get(ChangeStatus), message.get(ChannelIdentification)
    if message.kind != Service.SERVICE or status is None or element is None:
        return []
    back = Message(
        Service.ACKNOWLEDGE,
        message.reference,
        (status, element),
        not message.to_origin and message.reference is not None,
        discriminator=message.discriminator,
    )
    effects: list[Effect] = [Send(back.encode())]
    for number in element.channels:
        if number in channels and (status.status != 0) != (number in channels.far_blocked):
            channels.far_blocked.symmetric_difference_update({number})
            event = Blocked() if status.status else Unblocked()
            effects.append(Report(CallEvent(0, number, event)))
    return effects
