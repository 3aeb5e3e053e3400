"""DTMF detectors that are not ours, for comparison: spandsp (cffi) and multimon-ng (a process)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Heard(NamedTuple):
    """A digit; where and how long if the detector tells (samples)."""

    digit: str
    start: int | None = None
    frames: int | None = None


Hears = Callable[[Sequence[NDArray[np.int16]]], list[list[Heard]]]


def available() -> dict[str, Hears]:
    return {}
