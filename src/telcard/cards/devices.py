"""Names of a card's devices, as programs open them: `dxxxB1C1`, `dtiB1T1`, `msiB1C1`.

The n-th voice resource of a D/300SC-E1 is `dxxxB<board>C<channel>`, four channels a "board"; the
n-th bearer of its span is `dtiB1T<n>`, which counts bearers and so passes over timeslot 16.  The
n-th of the one belongs with the n-th of the other: `dxxxB4C4`, `dtiB1T16` and timeslot 17.
Sockets for telephones stand in banks of 24, each a span: `msiB<bank>C<port>` is timeslot `<port>`.

Cards in one chassis are numbered on, each kind of name by itself: the second D/300SC-E1 begins
with `dxxxB9C1` and `dtiB2T1`.  `count` of the cards before it tells a card where.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from telcard.cards.spec import NONE, CardSpec
from telcard.errors import UnknownCard

Numbers = Mapping[str, int]
"""How many are taken, by pattern of the name: of boards, spans or channels, whichever it counts."""

FIRST: Numbers = {}
"""Where a card begins that stands alone, or first."""


@dataclass(frozen=True, slots=True)
class ChannelNames:
    """One bearer of a card, and the voice resource that goes with it by its number."""

    number: int
    """From 1, over all spans of the card."""
    span: int
    """From 1, on the card."""
    timeslot: int
    network: str
    """Name of the network device."""
    voice: str | None
    """Name of the voice device of the same number; None where the pool is too small for one."""


BANK_PORTS = 24
"""Ports of a bank: what a channel bank makes of a T1.  A card with more has several banks."""


@dataclass(frozen=True, slots=True)
class Socket:
    """One analogue port: for a telephone (FXS), or towards an exchange (FXO)."""

    number: int
    """From 1, among those of its kind on the card."""
    bank: int
    """From 1, among those of its kind on the card."""
    timeslot: int
    """Of the bank's span, which is the number of the port in its bank, from 1."""
    name: str
    """Name of the device, e.g. `msiB1C1`."""


@dataclass(frozen=True, slots=True)
class Device:
    """Something of a card that sound goes into and comes out of."""

    name: str
    kind: str
    """`network` for a bearer of a span, `fxs` or `fxo` for an analogue port, or the pool's name."""
    number: int
    """From 1, among those of its kind on the card; in a pool it is the entry's number."""


def voice_name(spec: CardSpec, number: int, before: Numbers = FIRST) -> str:
    """Name of the n-th voice resource, from 1."""
    board, channel = divmod(number - 1, spec.limits.channels_per_board)
    board += before.get(spec.devices.voice, 0)
    return spec.devices.voice.format(board=board + 1, channel=channel + 1)


def span_name(spec: CardSpec, number: int, before: Numbers = FIRST) -> str:
    """Name of the n-th span, from 1."""
    span = before.get(spec.devices.network_board, 0) + number
    return spec.devices.network_board.format(span=span, line=span - 1)


def sockets(spec: CardSpec, kind: str, before: Numbers = FIRST) -> tuple[Socket, ...]:
    """All analogue ports of a kind, `fxs` or `fxo`, in order."""
    names = [device.name for device in _devices(spec, before) if device.kind == kind]
    places = (divmod(number, BANK_PORTS) for number in range(len(names)))
    return tuple(
        Socket(number, bank + 1, port + 1, name)
        for number, ((bank, port), name) in enumerate(zip(places, names, strict=True), 1)
    )


def channels(spec: CardSpec, before: Numbers = FIRST) -> tuple[ChannelNames, ...]:
    """All bearers of a card's spans, in order."""
    return tuple(_channels(spec, before))


def devices(spec: CardSpec, before: Numbers = FIRST) -> tuple[Device, ...]:
    """All devices of a card, in the order in which they get their slots of the bus: bearers,
    analogue ports, and the entries of its pools.

    A party of a conference is `<conference device>/<party>`; a device that programs open by the
    name of a voice channel is that name with its kind, `dxxxB1C1/fax`; one for which the card has
    no pattern is `<pool><number>`.
    """
    return tuple(_devices(spec, before))


def count(specs: Iterable[CardSpec]) -> Numbers:
    """What these cards take of each kind of name."""
    taken: Counter[str] = Counter()
    for spec in specs:
        names, conferees = spec.devices, spec.limits.conference_parties
        taken[names.network_board] += len(spec.spans)
        taken[names.voice] += _virtual_boards(spec, spec.pool("voice"))
        for pattern, size in (
            (names.analogue, -(-sum(port.count for port in spec.analogue) // BANK_PORTS)),
            (names.conference, 1 if conferees else 0),
            (names.fax, 1 if "{board" in names.fax else spec.pool("fax")),
        ):
            if pattern != names.voice:
                taken[pattern] += size
        for pool in spec.pools:
            if _pattern(spec, pool.name) == NONE:
                taken[pool.name] += pool.size
    del taken[NONE]
    return taken


def find(spec: CardSpec, name: str, before: Numbers = FIRST) -> ChannelNames:
    """The channel that has this name, of the network or of the voice device.

    Raises `UnknownCard` for a device that the card has not, and names the nearest.
    """
    every = channels(spec, before)
    names = {channel.network: channel for channel in every}
    names |= {channel.voice: channel for channel in every if channel.voice is not None}
    if name in names:
        return names[name]
    near = difflib.get_close_matches(name, names, n=1)
    there = " and ".join(_ranges(every)) or "no bearers on spans"
    hint = f"did you mean {near[0]}?" if near else f"it has {there}"
    raise UnknownCard(f"{spec.identity.model}: no device is called {name!r}; {hint}")


def _channels(spec: CardSpec, before: Numbers) -> Iterator[ChannelNames]:
    number, first = 0, before.get(spec.devices.network_board, 0)
    for index, port in enumerate(spec.spans, 1):
        span = first + index
        for bearer, timeslot in enumerate(port.bearers, 1):
            number += 1
            network = spec.devices.network.format(
                span=span, line=span - 1, bearer=bearer, timeslot=timeslot
            )
            voice = voice_name(spec, number, before) if number <= spec.pool("voice") else None
            yield ChannelNames(number, index, timeslot, network, voice)


def _devices(spec: CardSpec, before: Numbers) -> Iterator[Device]:
    for channel in _channels(spec, before):
        yield Device(channel.network, "network", channel.number)
    number = 0
    for port in spec.analogue:
        for _ in range(port.count):
            number += 1
            yield Device(_of_kind(spec, port.kind, number, before), port.kind, number)
    for pool in spec.pools:
        for entry in range(1, pool.size + 1):
            yield Device(_of_kind(spec, pool.name, entry, before), pool.name, entry)


def _pattern(spec: CardSpec, kind: str) -> str:
    names = spec.devices
    patterns = {"voice": names.voice, "fax": names.fax, "conference": names.conference}
    return {**patterns, "fxs": names.analogue, "fxo": names.analogue}.get(kind, NONE)


def _of_kind(spec: CardSpec, kind: str, number: int, before: Numbers) -> str:
    """Name of the n-th device of a kind, from 1."""
    pattern = _pattern(spec, kind)
    if pattern == NONE:
        return f"{kind}{before.get(kind, 0) + number}"
    if kind == "voice":
        return voice_name(spec, number, before)
    if pattern == spec.devices.voice:
        return f"{voice_name(spec, number, before)}/{kind}"
    taken = before.get(pattern, 0)
    if kind == "conference":
        parties = spec.limits.conference_parties if "{dsp" in pattern else number
        dsp, party = divmod(number - 1, parties)
        return f"{pattern.format(board=taken + 1, dsp=dsp + 1)}/{party + 1}"
    if kind in ("fxs", "fxo"):
        bank, port = divmod(number - 1, BANK_PORTS)
        return pattern.format(board=taken + bank + 1, channel=port + 1)
    if "{board" in pattern:
        return pattern.format(board=taken + 1, channel=number)
    return pattern.format(channel=taken + number)


def _virtual_boards(spec: CardSpec, voices: int) -> int:
    return -(-voices // spec.limits.channels_per_board) if voices else 0


def _ranges(every: tuple[ChannelNames, ...]) -> Iterator[str]:
    if every:
        yield f"{every[0].network} to {every[-1].network}"
    if voices := [channel.voice for channel in every if channel.voice]:
        yield f"{voices[0]} to {voices[-1]}"
