"""Face of a fax lane by itself, outside an engine; people use telcard.fax."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

MOST_PHASES: int
MOST_OCTETS: int
NO_MODE: int
NEVER: int
SILENCE: int
CED: int
FRAMES: int
CHECK: int
IMAGE: int
ECM: int
LISTEN: int
DONE: int
UP: int
GONE: int
FRAME: int
BAD: int
CHECKED: int
OCTETS: int
GREETING: int

def force_simd(level: str | None) -> None: ...

@disjoint_base
class Plans:
    """What all lanes share: the fast receivers' plans, and that of V.21."""

    def __init__(self, v21: Mapping[str, float]) -> None: ...

@disjoint_base
class Program:
    """Phases in C's words, with the octets that they send."""

    def __init__(self, number: int, phases: Sequence[tuple[Sequence[int], bytes]]) -> None: ...

@final
class Lane:
    """One fax lane and the V.21 receiver beside it."""

    def __init__(self, plans: Plans, level_dbm0: float, echo_tone: bool) -> None: ...
    def run(self, program: Program) -> bool: ...
    due: int
    def hear(self, pcm: NDArray[np.int16], at: int) -> int: ...
    def make(self, out: NDArray[np.int16], at: int) -> int: ...
    @property
    def asks(self) -> bool: ...
    @property
    def time(self) -> int: ...
    @property
    def waits(self) -> bool: ...
    @property
    def heard(self) -> int: ...
    @property
    def sent(self) -> int: ...
    def told(self) -> tuple[Any, ...] | None: ...
