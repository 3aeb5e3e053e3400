"""Subscribers' lines by name: good, long, noisy, mobile and others, each figure with its source.

    town.subscriber("02154321", line="noisy_rural")

A figure whose source is "assumed" is a sensible one that no public page states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from telcard.dsp.copper import Copper
from telcard.exchange.hybrid import RESISTIVE, Pair, hybrid_echo, hybrid_loss_db

HYBRID = hybrid_echo(Pair(km=3.0, mm=0.4), RESISTIVE)
"""Response of a hybrid that a plain resistor balances, before three kilometres of thin pair."""

_HYBRID_SOURCE = "telcard.exchange.hybrid: a resistor before 3 km of 0.4 mm pair"


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A line's figures, in words, and where each of them comes from, by the figure's name."""

    title: str
    copper: Copper
    sources: Mapping[str, str]


def _line(title: str, sources: Mapping[str, str], copper: Copper) -> NamedLine:
    return NamedLine(title, copper, MappingProxyType(dict(sources)))


LINES: Mapping[str, NamedLine] = MappingProxyType(
    {
        "good_local": _line(
            "A short loop in town",
            {
                "loss_db": "assumed: some hundred metres of 0.4 mm pair",
                "noise_dbm0": "ITU-T G.712: idle noise of a PCM channel, -65 dBm0p",
                "echo": _HYBRID_SOURCE,
                "erl_db": "assumed: a hybrid that is well balanced",
            },
            Copper(loss_db=2.0, noise_dbm0=-65.0, echo=HYBRID, erl_db=18.0),
        ),
        "long_loop": _line(
            "Some kilometres of thin pair",
            {
                "loss_db": "assumed: what administrations allow a loop at most",
                "noise_dbm0": "assumed",
                "echo": _HYBRID_SOURCE,
                "erl_db": "assumed",
            },
            Copper(loss_db=7.0, noise_dbm0=-58.0, echo=HYBRID, erl_db=11.0),
        ),
        "noisy_rural": _line(
            "A long overhead line along a road",
            {
                "loss_db": "assumed",
                "noise_dbm0": "assumed",
                "impulses_per_min": "assumed",
                "impulse_dbm0": "assumed",
                "echo": _HYBRID_SOURCE,
                "erl_db": "ITU-T G.168: the poorest hybrid that a canceller must cope with, 6 dB",
            },
            Copper(
                loss_db=9.0,
                noise_dbm0=-50.0,
                impulses_per_min=6.0,
                impulse_dbm0=-20.0,
                echo=HYBRID,
                erl_db=6.0,
            ),
        ),
        "hybrid": _line(
            "A pair whose hybrid a plain resistor balances, and nothing else wrong with it",
            {
                "noise_dbm0": "ITU-T G.712: idle noise of a PCM channel, -65 dBm0p",
                "echo": _HYBRID_SOURCE,
                "erl_db": "as the impedances have it",
            },
            Copper(noise_dbm0=-65.0, echo=HYBRID, erl_db=round(hybrid_loss_db(HYBRID), 1)),
        ),
        "carrier": _line(
            "An analogue carrier system whose oscillators differ",
            {
                "loss_db": "assumed",
                "noise_dbm0": "assumed",
                "offset_hz": "ITU-T G.135: at most 2 Hz over a whole chain",
            },
            Copper(loss_db=3.0, noise_dbm0=-55.0, offset_hz=2.0),
        ),
        "mobile": _line(
            "A mobile telephone, its sound as far as delay and echo go",
            {
                "delay_ms": "GSM 03.50: 180 ms there and back",
                "noise_dbm0": "assumed",
                "echo": "the coupling of an earpiece, as one tap: assumed",
                "erl_db": "GSM 03.50: weighted terminal coupling loss, 46 dB",
            },
            Copper(delay_ms=90.0, noise_dbm0=-55.0, echo=(1.0,), erl_db=46.0),
        ),
        "satellite": _line(
            "A circuit by way of a geostationary satellite",
            {
                "delay_ms": "ITU-T G.114: 260 ms for one hop",
                "noise_dbm0": "assumed",
                "echo": _HYBRID_SOURCE,
                "erl_db": "assumed",
            },
            Copper(delay_ms=260.0, noise_dbm0=-55.0, echo=HYBRID, erl_db=12.0),
        ),
        "bad_clock": _line(
            "A digital link whose clock is off",
            {"slips_per_min": "ITU-T G.822: more than 30 slips an hour are unacceptable"},
            Copper(slips_per_min=0.5),
        ),
    }
)
"""The lines that have a name."""


def named_line(name: str) -> Copper:
    """The figures of the line called `name`; ValueError with the names there are."""
    if name not in LINES:
        raise ValueError(f"line {name!r}: want a Copper or one of {', '.join(LINES)}")
    return LINES[name].copper
