"""What somebody holds of a card is given back whole, whatever happens; test_bus holds much more."""

import pytest

from telcard.cards import EmulatedCard, load
from telcard.clock import VirtualClock, current, run
from telcard.engine import Engine
from telcard.errors import UnknownCard


def test_a_bearer_knows_its_names_slot_and_state() -> None:
    async def main() -> None:
        engine = Engine(31, clock=current())
        card = EmulatedCard(load("d300sc_e1"), engine)
        await card.bring_up()
        with card.open_bearer(card.spans[0], 17) as bearer:
            assert (bearer.device, bearer.name, bearer.slot) == ("dtiB1T16", "dxxxB1C1", 15)
            assert repr(bearer) == "<Bearer dxxxB1C1 on dtiB1 timeslot 17, open>"
        assert repr(bearer).endswith("closed>")
        await card.bring_down()
        with pytest.raises(UnknownCard, match="on it: no board"):
            _ = bearer.slot
        engine.close()

    run(main(), VirtualClock())


def test_what_is_held_is_given_back_when_the_block_breaks() -> None:
    async def main() -> None:
        engine = Engine(6, clock=current())
        card = EmulatedCard(load("cp6_sc"), engine)
        await card.bring_up()
        with pytest.raises(ZeroDivisionError), card.open_resource("fax", "me"):
            _ = 1 / 0
        assert card.resources == ()
        assert card.pools["fax"].free == 6
        engine.close()

    run(main(), VirtualClock())
