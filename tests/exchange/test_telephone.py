"""The telephone of a station: what it does on its cord, and that the card understands it."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

import telcard
from telcard.calls import Card
from telcard.errors import HungUp, LineError
from telcard.exchange import Repertoire, Telephone, Town
from telcard.signalling import fxs

SOCKET = "msiB1C7"
Scene = Callable[[Card, Telephone], Awaitable[None]]


@pytest.fixture
def at_home(repertoire: Repertoire) -> Callable[[Scene], None]:
    """Run a scene with a card of telephones, and one of them."""

    def play(scene: Scene) -> None:
        async def main() -> None:
            async with (
                telcard.open("emulator:msi_240sc") as card,
                Town(card.far_ends, repertoire) as town,
            ):
                await asyncio.sleep(0.1)
                async with asyncio.timeout(600), town.telephone(SOCKET) as phone:
                    await scene(card, phone)
                assert not phone.lifted
                await asyncio.sleep(2)
                assert town.engine.open_lanes == ()
                assert card.engine.open_lanes == ()

        telcard.run(main(), telcard.VirtualClock())

    return play


def test_it_rings_is_lifted_and_talks(at_home, clips: dict[str, np.ndarray]) -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        ringing = asyncio.create_task(card.ring(SOCKET))
        await phone.rings()
        assert "rings" in repr(phone)
        phone.lift()
        async with await ringing as call:
            # The board has no voices of its own: what sounds here, its lane sends.
            call.channel.lane.play([card.prompts["welcome"]])
            await phone.hear("welcome")
            keys: list[str] = []
            call.channel.lane.on_digit(lambda event: keys.append(event.digit))
            await phone.press("42")
            await phone.stay_silent(0.2)
            assert keys == ["4", "2"]
            phone.put_down()
            await asyncio.sleep(3)  # until then it might be a flash
            assert call.hung_up
        with pytest.raises(LineError, match="cannot speak, the handset is down"):
            await phone.speak(clips["goodbye"])

    at_home(scene)


def test_it_stays_quiet(at_home) -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        with pytest.raises(LineError, match=f"{SOCKET}: it did not ring in 5 s"):
            await phone.rings(5)

    at_home(scene)


def test_a_handset_is_lifted_once_and_flashes_only_then(at_home) -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        with pytest.raises(LineError, match="cannot flash, the handset is down"):
            await phone.flash()
        phone.lift()
        assert "lifted" in repr(phone)
        with pytest.raises(LineError, match="is lifted already"):
            phone.lift()
        await phone.flash()
        phone.put_down()
        phone.put_down()
        assert "on hook" in repr(phone)

    at_home(scene)


def test_putting_it_down_in_the_middle_of_a_flash_is_no_lifting(at_home) -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        phone.lift()
        flash = asyncio.create_task(phone.flash())
        await asyncio.sleep(0.1)
        phone.put_down()
        await flash
        await asyncio.sleep(0.1)
        assert card.board.banks[0].bits(7) == fxs.ON_HOOK

    at_home(scene)


def test_putting_it_down_ends_what_goes_on(at_home, clips: dict[str, np.ndarray]) -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        phone.lift()
        speaking = asyncio.create_task(phone.speak(clips["welcome"]))
        await asyncio.sleep(0.1)
        phone.put_down()
        with pytest.raises(HungUp):
            await speaking

    at_home(scene)


def test_a_station_without_a_cord_has_no_telephone(at_home) -> None:
    async def scene(card: Card, phone: Telephone) -> None:
        async with Town(()) as empty:
            with pytest.raises(LineError, match="no telephone is on station 'x'; there are none"):
                empty.telephone("x")

    at_home(scene)
