"""A line with real frames between two engines, and its ends."""

from telcard.engine import CarrierEnd, E1Line, FrameFormat, Framing, Span, T1Line
from tests.support.line import Rig

ALIGNING_TICKS = 4  # an ESF needs 15 ms


def framed(*formats: FrameFormat, cas: bool = True, order: tuple[int, int] = (0, 1)) -> Rig:
    """A line whose ends frame so, aligned."""
    ends = tuple(Framing(each, cas) for each in formats)
    framing = (ends[0], ends[-1])
    line = T1Line(framing=framing) if ends[0].t1 else E1Line(framing=framing)
    rig = Rig(line=line, order=order)
    rig.run(ALIGNING_TICKS)
    return rig


def carrier(span: Span) -> CarrierEnd:
    assert span.carrier is not None
    return span.carrier
