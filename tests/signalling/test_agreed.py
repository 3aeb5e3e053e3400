"""What both ends of a span know before it carries a call."""

from telcard.signalling import Agreed
from telcard.signalling.r2 import variant


def test_without_an_order_an_e1_speaks_q421_and_no_poles_answer() -> None:
    assert Agreed() == Agreed("cas", variant("itu"), poles_answer=False)
    assert Agreed("r2", variant("br", {"cd": 3})) != Agreed("r2", variant("br"))
