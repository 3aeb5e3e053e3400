"""Faxes on lanes of an engine: programs out, evidence back, beside each other, and refusals."""

import pytest

from telcard.errors import CardError
from telcard.fax.lane import FaxLane
from telcard.fax.phases import (
    Content,
    EcmImage,
    Evidence,
    Fast,
    FrameReceived,
    Frames,
    Listen,
    PhaseDone,
    Program,
    Rate,
)
from tests.support.line import Rig


def faxed(rig: Rig, slot: int, rate: Rate) -> tuple[list[bytes], list[Evidence], list[Evidence]]:
    """A lane sends a partial page and a command, the other listens: what was sent, what is told."""
    lane, far = rig.pair(slot)
    sender, receiver = FaxLane(), FaxLane()
    page = [b"\xff\x03\x06" + bytes([n]) + bytes([slot + n]) * 256 for n in range(3)]
    sent = [*page, *[b"\xff\x03\x86"] * 3, b"\xff\x13\xbf\x2f\0\0\2"]
    told: tuple[list[Evidence], list[Evidence]] = ([], [])
    lane.fax(sender, news=lambda: told[0].extend(sender.evidence()))
    far.fax(receiver, news=lambda: told[1].extend(receiver.evidence()))
    receiver.run(Program(1, (Listen(Fast(rate, False, Content.ECM)),)))
    sender.run(Program(1, (EcmImage(rate, False, tuple(sent[:-1])), Frames((sent[-1],)), Listen())))
    return sent, *told


def test_many_lanes_fax_side_by_side_and_none_hears_another(rig: Rig) -> None:
    rates = [Rate.V17_14400, Rate.V29_9600, Rate.V27TER_4800]
    slots = [*range(1, 16), *range(17, 21)]
    faxes = [faxed(rig, slot, rates[n % 3]) for n, slot in enumerate(slots)]
    rig.run(600)
    for sent, ours, theirs in faxes:
        assert [e.octets for e in theirs if isinstance(e, FrameReceived)] == sent
        assert [e.index for e in ours if isinstance(e, PhaseDone)] == [0, 1]


def test_a_lane_says_that_it_faxes_until_it_is_stopped(rig: Rig) -> None:
    lane, _ = rig.pair()
    operation = lane.fax(FaxLane())
    rig.run(2)
    assert lane.query().doing == "fax"
    with pytest.raises(CardError, match="cannot run a fax"):
        lane.fax(FaxLane())
    operation.stop()
    rig.run(3)
    assert operation.outcome is not None
    lane.fax(FaxLane())


def test_a_lane_in_a_secret_step_cannot_fax(rig: Rig) -> None:
    lane, _ = rig.pair()
    lane.arm_secret()
    with pytest.raises(CardError, match="a secret step is armed"):
        lane.fax(FaxLane())


def test_a_lane_that_is_closed_in_the_middle_of_a_fax_can_fax_again(rig: Rig) -> None:
    lane, far = rig.pair()
    fax = FaxLane()
    lane.fax(fax)
    fax.run(Program(1, (Frames((b"\xff\x13\x8c",)),)))
    rig.run(20)
    lane.close()
    rig.run(5)
    again = rig.ours.open_lane(rig.span, lane.timeslot)
    fax, ear, told = FaxLane(), FaxLane(), list[Evidence]()
    again.fax(fax)
    far.fax(ear, news=lambda: told.extend(ear.evidence()))
    ear.run(Program(1, (Listen(),)))
    fax.run(Program(1, (Frames((b"\xff\x13\x8c",)), Listen())))
    rig.run(200)
    assert [e.octets for e in told if isinstance(e, FrameReceived)] == [b"\xff\x13\x8c"]
