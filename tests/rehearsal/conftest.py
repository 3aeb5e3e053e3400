"""A stage in virtual time, with a cheap check of PINs: the tests are about the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telcard.bank import Cost
from telcard.bank.ledger import faults
from telcard.clock import VirtualClock, run
from telcard.daemon.config import AgentSection, FaxSection
from telcard.rehearsal import Stage, set_stage
from telcard.rehearsal.performance import Rehearsed, rehearse

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
CHEAP = Cost(time=1, memory_kib=8, lanes=1)
Play = Callable[[Stage], Awaitable[None]]


@pytest.fixture
def fidelity() -> str:
    """Of the stage: a test that holds in both is parametrised over it."""
    return "sound"


@pytest.fixture
def on_stage(tmp_path: Path, fidelity: str) -> Callable[..., None]:
    """Run a play on a stage below `tmp_path`, and look that nothing is left of it."""

    def perform(play: Play, *agents: AgentSection, fax: FaxSection | None = None) -> None:
        async def main() -> None:
            async with set_stage(
                tmp_path, pin_cost=CHEAP, agents=agents, fidelity=fidelity, fax=fax
            ) as stage:
                await play(stage)
                await stage.finish()
                await asyncio.sleep(1)  # the town's clear-forward, and the circuit's guard
                card = stage.house.card
                assert card.calls == []
                assert card.engine.open_lanes == ()
                assert card.board.pools["voice"].taken == ()
                assert not any(each.board.resources for each in stage.house.chassis.cards)
                assert not any(each.board.bearers for each in stage.house.chassis.cards)
                assert not any(circuit.call for circuit in card.circuits())
                assert stage.house.bank.records.waiting == 0
                assert stage.house.bank.database.transact(faults) == []

        run(main(), VirtualClock(NINE))

    return perform


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """A minute of twelve callers."""
    folder = tmp_path_factory.mktemp("day")
    return run(rehearse(folder, callers=12, duration_s=60, seed=3), VirtualClock())
