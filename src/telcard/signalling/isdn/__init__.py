"""ISDN on the D-channel of a primary rate interface, without I/O: Q.921 and Q.931, both sides.

    link = DataLink("user")                            # messages, delivered once and in order
    layer = Layer3("user", EURO)                       # our end of a link to an exchange
    handle = layer.new_call()
    layer.fire("setup", handle, CallFacts(called="95588", complete=True))
    decode(octets).describe()                          # what a message says, in words

`lapd` is the frames of a data link, `q921` its machine, `link` what the machine tells.
`elements`, `numbers` and `payloads` are what stands in messages, `messages` reads and writes them;
`call` is the machine of one call, `channels` the books of the B-channels, `layer3` all calls of a
D-channel; `profiles` what the exchanges of the world do differently, `offers` what a SETUP says;
`facilities` are its supplementary services: `services` and `qsig` what stands in their elements,
`transfers` sends calls away, to another number or to each other, `replacement` gives two that were
joined a shorter way; `backup` lets a second D-channel take over.
"""

from telcard.signalling.isdn.channels import CHANNELS, D_CHANNEL, E1, T1, CallEvent, ChannelStatus
from telcard.signalling.isdn.lapd import Frame, FrameError
from telcard.signalling.isdn.layer3 import ESTABLISH, Layer3
from telcard.signalling.isdn.link import (
    Data,
    LinkDown,
    LinkError,
    LinkReset,
    LinkStatus,
    LinkUp,
    UnitData,
)
from telcard.signalling.isdn.messages import Message, MessageType, Unreadable, decode
from telcard.signalling.isdn.profiles import EURO, NI2, PROFILES, QSIG, USUAL, Profile, profile_on
from telcard.signalling.isdn.q921 import DataLink

__all__ = [
    "CHANNELS",
    "D_CHANNEL",
    "E1",
    "ESTABLISH",
    "EURO",
    "NI2",
    "PROFILES",
    "QSIG",
    "T1",
    "USUAL",
    "CallEvent",
    "ChannelStatus",
    "Data",
    "DataLink",
    "Frame",
    "FrameError",
    "Layer3",
    "LinkDown",
    "LinkError",
    "LinkReset",
    "LinkStatus",
    "LinkUp",
    "Message",
    "MessageType",
    "Profile",
    "UnitData",
    "Unreadable",
    "decode",
    "profile_on",
]
