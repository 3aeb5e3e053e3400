"""telcard: telephony cards, their sound and their signalling, in Python.

    import telcard

    async with telcard.open("emulator:d300sc_e1") as card:
        async for call in card.incoming():
            await call.answer()
            await call.say("welcome")

`telcard.dsp` holds the detectors, generators and codecs for arrays; `telcard.errors` draws the
tree of errors.  Importing `telcard` loads neither NumPy nor asyncio: names load their rooms when
first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from telcard.errors import HungUp, TelcardError

if TYPE_CHECKING:
    from telcard.calls import Call, Card, Chassis, open_chassis
    from telcard.calls import open_card as open
    from telcard.clock import SystemClock, VirtualClock, run
    from telcard.media import Channel

__version__ = "0.1.0"

__all__ = [
    "Call",
    "Card",
    "Channel",
    "Chassis",
    "HungUp",
    "SystemClock",
    "TelcardError",
    "VirtualClock",
    "open",
    "open_chassis",
    "run",
]

_HOMES = {
    "Call": ("telcard.calls", "Call"),
    "Card": ("telcard.calls", "Card"),
    "Channel": ("telcard.media", "Channel"),
    "Chassis": ("telcard.calls", "Chassis"),
    "SystemClock": ("telcard.clock", "SystemClock"),
    "VirtualClock": ("telcard.clock", "VirtualClock"),
    "open": ("telcard.calls", "open_card"),
    "open_chassis": ("telcard.calls", "open_chassis"),
    "run": ("telcard.clock", "run"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'telcard' has no attribute {name!r}")
    module, home_name = _HOMES[name]
    value = globals()[name] = getattr(importlib.import_module(module), home_name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
