"""Framing: what makes bits of a line into octets of timeslots, and octets into frames.

    framer, deframer = E1Framer(), E1Deframer()
    frames = deframer.process(framer.process(frames))       # octets of the line between
    consequences(deframer.state().alarms).rai               # whether the far end is to be told

    sender, receiver = HdlcSender(), HdlcReceiver()         # of one timeslot
    sender.send(b"\\x00\\x01\\x7f")
    [frame] = receiver.receive(sender.make(80))

`Alarm` names what a receiver of a line finds, `consequences` what follows of it at once,
`Integrator` makes failures of what lasts, `Performance` counts errored seconds; `reports` are what
the ends of a T1 tell each other of them.
"""

from telcard.signalling.framing.alarms import (
    DEAF,
    WITHOUT_BITS,
    Alarm,
    Consequences,
    FailureCleared,
    FailureDeclared,
    Integrator,
    Persistency,
    Standing,
    consequences,
)
from telcard.signalling.framing.e1 import E1Counts, E1Deframer, E1Framer, E1State, crc4
from telcard.signalling.framing.hdlc import (
    FrameCounts,
    HdlcReceiver,
    HdlcSender,
    ReceivedFrame,
    fcs16,
)
from telcard.signalling.framing.seconds import (
    E1_CRC4,
    E1_FAS,
    T1_D4,
    T1_ESF,
    Interval,
    Performance,
    Thresholds,
)
from telcard.signalling.framing.t1 import (
    BitMessage,
    T1Counts,
    T1Deframer,
    T1Format,
    T1Framer,
    T1State,
    crc6,
)

__all__ = [
    "DEAF",
    "E1_CRC4",
    "E1_FAS",
    "T1_D4",
    "T1_ESF",
    "WITHOUT_BITS",
    "Alarm",
    "BitMessage",
    "Consequences",
    "E1Counts",
    "E1Deframer",
    "E1Framer",
    "E1State",
    "FailureCleared",
    "FailureDeclared",
    "FrameCounts",
    "HdlcReceiver",
    "HdlcSender",
    "Integrator",
    "Interval",
    "Performance",
    "Persistency",
    "ReceivedFrame",
    "Standing",
    "T1Counts",
    "T1Deframer",
    "T1Format",
    "T1Framer",
    "T1State",
    "Thresholds",
    "consequences",
    "crc4",
    "crc6",
    "fcs16",
]
