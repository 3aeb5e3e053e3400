"""Names of a card's devices, as programs open them: `dxxxB1C1`, `dtiB1T1`, `msiB1C1`.

The n-th voice resource of a D/300SC-E1 is `dxxxB<board>C<channel>`, four channels a "board"; the
n-th bearer of its span is `dtiB1T<n>`, which counts bearers and so passes over timeslot 16.  The
n-th of the one belongs with the n-th of the other: `dxxxB4C4`, `dtiB1T16` and timeslot 17.
Sockets for telephones stand in banks of 24, each a span: `msiB<bank>C<port>` is timeslot `<port>`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from telcard.cards.spec import CardSpec
from telcard.errors import UnknownCard


@dataclass(frozen=True, slots=True)
class ChannelNames:
    """One bearer of a card, and the voice resource that goes with it by its number."""

    number: int
    """From 1, over all spans of the card."""
    span: int
    """From 1."""
    timeslot: int
    network: str
    """Name of the network device."""
    voice: str | None
    """Name of the voice device of the same number; None where the pool is too small for one."""


BANK_PORTS = 24
"""Ports of a bank: what a channel bank makes of a T1.  A card with more has several banks."""


@dataclass(frozen=True, slots=True)
class StationName:
    """One socket for a telephone (FXS)."""

    bank: int
    """From 1."""
    timeslot: int
    """Of the bank's span, which is the number of the port in its bank, from 1."""
    name: str
    """Name of the device, e.g. `msiB1C1`."""


def voice_name(spec: CardSpec, number: int) -> str:
    """Name of the n-th voice resource, from 1."""
    board, channel = divmod(number - 1, spec.limits.channels_per_board)
    return spec.devices.voice.format(board=board + 1, channel=channel + 1)


def span_name(spec: CardSpec, number: int) -> str:
    """Name of the n-th span, from 1."""
    return spec.devices.network_board.format(span=number, line=number - 1)


def stations(spec: CardSpec) -> tuple[StationName, ...]:
    """All sockets for telephones of a card, in order."""
    count = sum(port.count for port in spec.analogue if port.kind == "fxs")
    places = [divmod(number, BANK_PORTS) for number in range(count)]
    return tuple(
        StationName(
            bank + 1, port + 1, spec.devices.analogue.format(board=bank + 1, channel=port + 1)
        )
        for bank, port in places
    )


def channels(spec: CardSpec) -> tuple[ChannelNames, ...]:
    """All bearers of a card, in order."""
    return tuple(_channels(spec))


def find(spec: CardSpec, name: str) -> ChannelNames:
    """The channel that has this name, of the network or of the voice device.

    Raises `UnknownCard` for a device that the card has not, and names the nearest.
    """
    names = {name: channel for channel in _channels(spec) for name in (channel.network,)}
    names |= {channel.voice: channel for channel in names.values() if channel.voice is not None}
    if name in names:
        return names[name]
    near = difflib.get_close_matches(name, names, n=1)
    there = " and ".join(_ranges(spec)) or "no bearers on spans"
    hint = f"did you mean {near[0]}?" if near else f"it has {there}"
    raise UnknownCard(f"{spec.identity.model}: no device is called {name!r}; {hint}")


def _channels(spec: CardSpec) -> Iterator[ChannelNames]:
    number = 0
    for span, port in enumerate(spec.spans, 1):
        for bearer, timeslot in enumerate(port.bearers, 1):
            number += 1
            network = spec.devices.network.format(
                span=span, line=span - 1, bearer=bearer, timeslot=timeslot
            )
            voice = voice_name(spec, number) if number <= spec.pool("voice") else None
            yield ChannelNames(number, span, timeslot, network, voice)


def _ranges(spec: CardSpec) -> Iterator[str]:
    every = channels(spec)
    if every:
        yield f"{every[0].network} to {every[-1].network}"
    if voices := [channel.voice for channel in every if channel.voice]:
        yield f"{voices[0]} to {voices[-1]}"
