"""What a lane may listen for beside DTMF: signals of registers, lines and faxes, tones, voices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from telcard._native import engine as native
from telcard.dsp.fax_tones import fax_tone_of
from telcard.dsp.mf import MfSystem, mf_signal_of

Hearing = Literal["r1", "r2_forward", "r2_backward", "signalling", "fax", "tones", "voice"]
"""The detectors: those of `telcard.dsp.mf` and of `telcard.dsp.fax_tones`, tones that their user
defines (`telcard.dsp.templates`), and voices (`telcard.dsp.vad`)."""

HEARINGS: tuple[Hearing, ...] = get_args(Hearing)
"""All of them."""

TonePhase = Literal["begins", "reverses", "ends", "disables", "releases"]
"""A signal has appeared, or is over; 2100 Hz reverses its phase every 450 ms, and so disables echo
cancellers, until it releases them (G.168 7)."""

_PHASES: tuple[TonePhase, ...] = ("begins", "reverses", "ends", "disables", "releases")
"""In the order of the native numbers, from 1."""


@dataclass(frozen=True, slots=True)
class ToneEvent:
    """What a detector beside DTMF has heard on a lane.

    `name` is the signal's ("15", "KP", "2600", "cng", "speech", or a template's name; empty when an
    echo canceller is released), `sample` its first sample, `frames` its length in all when it
    `ends`, so far otherwise and 0 when it `begins`; then `level_dbm0` is that of its louder tone.
    """

    hearing: Hearing
    name: str
    phase: TonePhase
    sample: int
    frames: int = 0
    level_dbm0: float | None = None


Heard = Callable[[ToneEvent], None]
"""What is called with each event."""


def check_hearing(wanted: str) -> Hearing:
    """`wanted` if there is such a detector; raises ValueError in one sentence."""
    for hearing in HEARINGS:
        if wanted == hearing:
            return hearing
    raise ValueError(f"hearing: want one of {', '.join(HEARINGS)}, got {wanted!r}")


def signal_name(hearing: MfSystem | Literal["fax"], signal: int) -> str:
    """What a signal of `telcard.dsp.mf` or `telcard.dsp.fax_tones` is called, by native number."""
    return fax_tone_of(signal) if hearing == "fax" else mf_signal_of(hearing, signal)


def tone_event(
    hearing: Hearing,
    name: str,
    phase: int,
    sample: int,
    frames: int,
    level_dbm0: float | None,
) -> ToneEvent:
    """An event as the engine gives it."""
    return ToneEvent(hearing, name, _PHASES[phase - 1], sample, frames, level_dbm0)


HEARING_OF: dict[int, Hearing] = {native.HEARINGS[hearing]: hearing for hearing in HEARINGS}
"""By native number."""
