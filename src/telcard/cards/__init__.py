"""Cards: what a model is, how a board comes to life, and what its lines and channels can do.

    spec = load("d300sc_e1")                     # firmware_specs/d300sc_e1.toml, strictly read
    card = EmulatedCard(spec, engine)            # or a driver's card: they are all a BoardFace
    await card.bring_up()
    bearer = card.open_bearer(card.spans[0], 1)  # a timeslot with a voice resource

`LineFace` is what signalling works on, `ResourceFace` what calls hold.
"""

from telcard.cards.board import Board, BoardState, BoardStatus
from telcard.cards.bus import Bus, BusStatus, Route
from telcard.cards.clocking import Clocking, ClockState, ClockStatus
from telcard.cards.descriptor import FrameDescriptor
from telcard.cards.devices import ChannelNames, Device, channels, find
from telcard.cards.emulator import (
    EmulatedCard,
    EmulatedLine,
    EmulatorDriver,
    FarEnd,
    StageFault,
)
from telcard.cards.faces import (
    BoardFace,
    Capabilities,
    CardDriver,
    Carries,
    DChannel,
    LineFace,
    RecordingFace,
    ResourceFace,
)
from telcard.cards.faults import KINDS, Fault, FaultScript, inject
from telcard.cards.lanes import Bearer, Resource
from telcard.cards.performance import LinePerformance, LineStatus
from telcard.cards.pools import Entry, Pool
from telcard.cards.recovery import Distance, Recovery
from telcard.cards.spec import (
    AnaloguePort,
    CardSpec,
    E1Port,
    Port,
    SpanPort,
    T1Port,
    load,
    specs,
)
from telcard.engine import Alarm

DRIVERS: dict[str, CardDriver] = {driver.name: driver for driver in (EmulatorDriver(),)}
"""By the part of a card's name before the colon: `emulator:d300sc_e1`."""

__all__ = [
    "DRIVERS",
    "KINDS",
    "Alarm",
    "AnaloguePort",
    "Bearer",
    "Board",
    "BoardFace",
    "BoardState",
    "BoardStatus",
    "Bus",
    "BusStatus",
    "Capabilities",
    "CardDriver",
    "CardSpec",
    "Carries",
    "ChannelNames",
    "ClockState",
    "ClockStatus",
    "Clocking",
    "DChannel",
    "Device",
    "Distance",
    "E1Port",
    "EmulatedCard",
    "EmulatedLine",
    "EmulatorDriver",
    "Entry",
    "FarEnd",
    "Fault",
    "FaultScript",
    "FrameDescriptor",
    "LineFace",
    "LinePerformance",
    "LineStatus",
    "Pool",
    "Port",
    "RecordingFace",
    "Recovery",
    "Resource",
    "ResourceFace",
    "Route",
    "SpanPort",
    "StageFault",
    "T1Port",
    "channels",
    "find",
    "inject",
    "load",
    "specs",
]
