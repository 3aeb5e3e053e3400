import numpy as np

from telcard._native import framing as native
from telcard.signalling.framing import Alarm


def test_alarms_have_the_same_numbers_in_the_kernel() -> None:
    assert {alarm.name: alarm.value for alarm in Alarm} == native.ALARMS


def test_nothing_is_made_of_nothing() -> None:
    native.E1Tx(2, True, True).feed(np.zeros((2, 0, 32), np.uint8))
    frames = native.E1Rx(2, True, True).feed(np.zeros((2, 0), np.uint8))
    assert [each.shape for each in frames] == [(0, 32), (0, 32)]


def test_a_receiver_begins_without_alignment_and_all_circuits_blocked() -> None:
    receiver = native.E1Rx(1, True, True)
    assert receiver.state(0) == (native.ALARMS["LFA"], False, False, False, False, 31)
    assert receiver.bits(0) == bytes([0b1101] * 32)
    assert not any(receiver.counts(0).values())
