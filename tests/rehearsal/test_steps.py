"""The steps that all scripts share, walked by a caller of the sample bank."""

import pytest

from telcard.rehearsal import SAMPLE_PINS, Stage
from telcard.rehearsal.scenes import ADA
from telcard.rehearsal.stage import HOTLINE
from telcard.rehearsal.steps import identify, move_money, say_goodbye


@pytest.mark.parametrize(
    ("account", "target"), [(ADA, ""), ("20071115", "3")], ids=["two accounts", "three accounts"]
)
def test_money_is_moved_from_the_menu_on(on_stage, account: str, target: str) -> None:
    async def play(stage: Stage) -> None:
        ledger = stage.house.bank.ledger
        before = (await ledger.balance(account)).minor
        async with stage.town.subscriber("02154321007") as caller:
            await caller.dial(HOTLINE)
            await identify(caller, account, SAMPLE_PINS[account])
            await move_money(caller, "12*50#", target=target)
            await say_goodbye(caller)
        assert (await ledger.balance(account)).minor == before - 1250

    on_stage(play)
