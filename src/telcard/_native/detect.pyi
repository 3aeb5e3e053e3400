"""Faces of the detectors that lanes may run beside DTMF; people use telcard.dsp."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar, final

import numpy as np
from numpy.typing import NDArray

_Event = TypeVar("_Event")

def force_simd(level: Literal["base", "v3", "v4"] | None) -> None: ...

SYSTEMS: dict[str, int]
MF_ALONE: int
FAX_TONES: dict[str, int]
FAX_ON: int
FAX_REVERSES: int
FAX_OFF: int
FAX_DISABLE: int
FAX_RELEASE: int

def mf_profile(system: str) -> dict[str, float]: ...

@final
class Mf:
    """Multi-frequency detector of any number of channels; its events are instances of `kind`, a
    dataclass like `telcard.dsp.MfEvent`, the second tone first if the frequencies fall.
    """

    def __init__(self, channels: int, profile: dict[str, float]) -> None: ...
    def feed(
        self,
        samples: NDArray[np.int16],
        early: bool,
        kind: type[_Event],
        names: Mapping[int, str],
        falls: bool,
    ) -> list[_Event]: ...
    def reset(self, channel: int) -> None: ...

# --- steady tones, tone templates

TEMPLATE_BURSTS: int
TEMPLATE_STRETCHES: int
TEMPLATES_MOST: int

_Pair = tuple[float, float]
_Length = tuple[int, int]
_Burst = tuple[_Pair, _Pair, _Length, _Length]
_Template = tuple[Sequence[_Burst], tuple[float, float, float], int, bool, bool]

@final
class Steady:
    """Hears steady tones on any number of channels; events are tuples, see `telcard.dsp.steady`."""

    def __init__(self, channels: int, profile: dict[str, float]) -> None: ...
    def feed(
        self, samples: NDArray[np.int16], early: bool
    ) -> list[
        tuple[int, int, bool, int, int, tuple[float, ...], tuple[float, ...], float, bool]
    ]: ...
    def reset(self, channel: int) -> None: ...

@final
class Templates:
    """Recognises tone templates; events are tuples, see `telcard.dsp.templates`."""

    def __init__(
        self, channels: int, templates: Sequence[_Template], profile: dict[str, float]
    ) -> None: ...
    def feed(
        self, samples: NDArray[np.int16]
    ) -> list[
        tuple[int, int, bool, int, int, int, tuple[float, ...], tuple[float, ...], float, bool]
    ]: ...
    def reset(self, channel: int) -> None: ...

def fax_profile() -> dict[str, float]: ...

@final
class FaxTones:
    """Fax tone detector of any number of channels; events are tuples, see
    `telcard.dsp.fax_tones`.
    """

    def __init__(self, channels: int, profile: dict[str, float]) -> None: ...
    def feed(
        self, samples: NDArray[np.int16]
    ) -> list[tuple[int, int, int, int, int, int, float, float, int]]: ...
    def reset(self, channel: int) -> None: ...
    def disabled(self, channel: int) -> bool: ...
