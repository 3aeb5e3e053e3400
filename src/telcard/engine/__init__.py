"""The native engine: sound in ticks of 10 ms, over all channels at once, without the GIL.

    engine = Engine(lanes=30, clock=VirtualClock())
    span = engine.plug(line, 0)                         # one end of an E1Line
    lane = engine.open_lane(span, timeslot=1)
    lane.play([welcome, menu], Until(digits="12#"), done=print)

Commands apply at the next tick; callbacks come on the loop thread.
"""

from telcard.dsp.tones import ToneSegment, dtmf_segments
from telcard.engine.cancelling import EchoCancelling, EchoTold
from telcard.engine.carrier import CarrierEnd, CarrierStatus, FrameFormat, Framing, Loop
from telcard.engine.controls import NO_CONTROLS, Controls
from telcard.engine.core import FIDELITIES, Fidelity, check_fidelity
from telcard.engine.dchannel import SpanDChannel
from telcard.engine.driver import Driver
from telcard.engine.engine import Engine, native_core
from telcard.engine.gain import GAIN_MAX_DB, GAIN_MIN_DB
from telcard.engine.hearing import HEARINGS, Hearing, ToneEvent
from telcard.engine.lane import STUCK_S, Lane
from telcard.engine.operation import Operation, Playlist, Recording, make_playlist
from telcard.engine.outcome import (
    EVERY_DIGIT,
    DigitEvent,
    LaneState,
    Outcome,
    Reason,
    Recorded,
    Until,
)
from telcard.engine.quiet import Piece
from telcard.engine.record_format import BEEP_SAMPLES, STEREO_ALAW, RecordFormat
from telcard.engine.secret import SecretBuffer
from telcard.engine.span import BLOCKED_BITS, IDLE_OCTETS, E1Line, Law, Span, T1Line
from telcard.engine.stats import DriverStats, EngineStats, RingStats
from telcard.signalling.framing.alarms import Alarm

__all__ = [
    "BEEP_SAMPLES",
    "BLOCKED_BITS",
    "EVERY_DIGIT",
    "FIDELITIES",
    "GAIN_MAX_DB",
    "GAIN_MIN_DB",
    "HEARINGS",
    "IDLE_OCTETS",
    "NO_CONTROLS",
    "STEREO_ALAW",
    "STUCK_S",
    "Alarm",
    "CarrierEnd",
    "CarrierStatus",
    "Controls",
    "DigitEvent",
    "Driver",
    "DriverStats",
    "E1Line",
    "EchoCancelling",
    "EchoTold",
    "Engine",
    "EngineStats",
    "Fidelity",
    "FrameFormat",
    "Framing",
    "Hearing",
    "Lane",
    "LaneState",
    "Law",
    "Loop",
    "Operation",
    "Outcome",
    "Piece",
    "Playlist",
    "Reason",
    "RecordFormat",
    "Recorded",
    "Recording",
    "RingStats",
    "SecretBuffer",
    "Span",
    "SpanDChannel",
    "T1Line",
    "ToneEvent",
    "ToneSegment",
    "Until",
    "check_fidelity",
    "dtmf_segments",
    "make_playlist",
    "native_core",
]
