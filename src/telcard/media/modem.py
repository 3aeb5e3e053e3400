"""A modem on a channel, in coroutines: what a host of terminals writes and reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from telcard.dsp.datalink import DataLink, LinkEnd, LinkState
from telcard.errors import MediaError

if TYPE_CHECKING:
    from typing_extensions import Buffer


class ModemLine:
    """A data link that runs on a channel; made by `Channel.modem`."""

    def __init__(self, name: str, link: DataLink) -> None:
        self.link = link
        """The link itself, for what is not awaited."""
        self._name = name
        self._ended = False
        self._news = asyncio.Event()

    def __repr__(self) -> str:
        return f"<ModemLine {self._name}: {self.link.state.phase.name}>"

    @property
    def state(self) -> LinkState:
        """How it stands."""
        return self.link.state

    @property
    def over(self) -> bool:
        """Whether nothing comes any more; what came may still be read."""
        return self._ended or self.link.over

    @property
    def why(self) -> LinkEnd:
        """Why it has ended, or RUNS: also when the channel was hung up, or the modem stopped."""
        return self.link.why

    def told(self) -> None:
        """The engine has news of the link."""
        self._news.set()

    def ended(self) -> None:
        """The engine has let go of the link."""
        self._ended = True
        self._news.set()

    async def connected(self, timeout_s: float | None = None) -> None:
        """Wait until octets may be sent and come.

        Raises `MediaError` when the link ends before, `TimeoutError` after `timeout_s`.
        """
        await self._until(lambda: self.link.connected or self.over, timeout_s)
        if not self.link.connected:
            raise self._over("cannot connect")

    async def read(self, limit: int = 65536, timeout_s: float | None = None) -> bytes:
        """Wait for octets, and give those that have come, at most `limit`.

        Empty when the link is over (`over`), or after `timeout_s` without any.
        """
        octets = b""

        def came() -> bool:
            nonlocal octets
            over = self.over
            octets = self.link.read(limit)
            return bool(octets) or over

        try:
            await self._until(came, timeout_s)
        except TimeoutError:
            return b""
        return octets

    async def write(self, octets: Buffer, timeout_s: float | None = None) -> None:
        """Queue octets, waiting for room as long as need be.

        Raises `MediaError` when the link ends before, `TimeoutError` after `timeout_s`.
        """
        left = memoryview(bytes(octets))

        def written() -> bool:
            nonlocal left
            if not self.over:
                left = left[self.link.write(left) :]
            return not left or self.over

        await self._until(written, timeout_s)
        if left:
            raise self._over(f"cannot write the last {len(left)} octets")

    async def closed(self) -> None:
        """End the link when what was written has left, and wait for that."""
        self.link.close()
        await self._until(lambda: self._ended, None)

    def _over(self, what: str) -> MediaError:
        return MediaError(f"{self._name}: {what}, the link is over ({self.why.name})")

    async def _until(self, done: Callable[[], bool], timeout_s: float | None) -> None:
        async with asyncio.timeout(timeout_s):
            while True:
                self._news.clear()
                if done():
                    return
                await self._news.wait()
