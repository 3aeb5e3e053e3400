"""Framing: what makes bits of a line into octets of timeslots, and octets into frames.

sender, receiver = HdlcSender(), HdlcReceiver()
sender.send(b"\\x00\\x01\\x7f")
[frame] = receiver.receive(sender.make(80))
"""

from telcard.signalling.framing.hdlc import (
    FrameCounts,
    HdlcReceiver,
    HdlcSender,
    ReceivedFrame,
    fcs16,
)

__all__ = ["FrameCounts", "HdlcReceiver", "HdlcSender", "ReceivedFrame", "fcs16"]
