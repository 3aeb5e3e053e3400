"""A card that is up, and a far exchange on two of its circuits, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

import telcard
from telcard.calls import Card
from telcard.calls.card import Ended
from tests.support.exchange import Circuit, far_exchange

T = TypeVar("T")
Scene = Callable[[Card, list[Circuit]], Awaitable[T]]


@pytest.fixture
def on_card() -> Callable[..., T]:
    """Run a scene with a card and two circuits of a far exchange."""

    def play(scene: Scene[T], ended: Ended | None = None) -> T:
        async def main() -> T:
            async with (
                telcard.open("emulator:d300sc_e1", ended=ended, signalling="cas") as card,
                far_exchange(card.far_ends[0], 1, 17) as circuits,
            ):
                async with asyncio.timeout(600):
                    result = await scene(card, circuits)
                voice = card.board.pools["voice"]
            assert not voice.taken
            return result

        return telcard.run(main(), telcard.VirtualClock())

    return play
