"""The arithmetic of a link's variables; `test_q921` walks the states."""

import pytest

from telcard.signalling.isdn.procedures import Procedures


def test_a_side_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="side: want user or network, got 'x'"):
        Procedures("x")  # type: ignore[arg-type]


@pytest.mark.parametrize("start", [0, 100, 125, 127])
def test_an_acknowledgement_lies_between_what_is_known_and_what_was_sent(start: int) -> None:
    link = Procedures("user")
    link.vs = link.va = start
    for number in range(5):
        link.information(bytes([number]))
    assert link.vs == (start + 5) % 128
    assert not link.acknowledged((start + 6) % 128)
    assert not link.acknowledged((start - 1) % 128)
    assert link.acknowledged(start)
    assert link.query().unacknowledged == 5
    assert link.acknowledged((start + 3) % 128)
    assert link.query().unacknowledged == 2
    link.retransmit()
    assert (link.va, link.vs) == ((start + 3) % 128, (start + 3) % 128)
    assert (link.query().unacknowledged, link.query().waiting) == (0, 2)
