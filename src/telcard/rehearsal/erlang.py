"""Traffic theory, as much of it as a load report wants: Erlang B, and how sure a sample is."""

from __future__ import annotations

import math
from collections.abc import Sequence

_T_95: tuple[float, ...] = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093),
)
"""Student's t, two-sided 95 %, for 1 to 19 degrees of freedom."""


def erlang_b(offered: float, circuits: int) -> float:
    """Share of calls that find all circuits busy when `offered` Erlang meet them.

    For Poisson arrivals, blocked calls cleared, any distribution of holding times (A. K. Erlang,
    1917; ITU-T E.501), by the recursion 1/B(n) = 1 + n / (A B(n-1)).
    """
    if not 0 <= offered < math.inf:
        raise ValueError(f"offered traffic: want 0 Erlang or more, got {offered}")
    if circuits < 0:
        raise ValueError(f"circuits: want 0 or more, got {circuits}")
    blocked = 1.0
    for n in range(1, circuits + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked


def confidence(batches: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Interval that holds the true share with 95 %, of (blocked, attempts) in 2 to 20 batches.

    Calls that come close together meet the same busy circuits, so they are no independent sample;
    batches that are long beside a call nearly are.  It is the interval of a ratio of batch sums
    with Student's t.  Where nothing was blocked, or no batch differs, the upper end is that of
    independent calls: one that blocks this often would have shown nothing once in twenty times.
    """
    if not 2 <= len(batches) <= len(_T_95) + 1:
        raise ValueError(f"batches: want 2 to {len(_T_95) + 1}, got {len(batches)}")
    blocked, attempts = (sum(column) for column in zip(*batches, strict=True))
    if not attempts:
        return 0.0, 1.0
    if not blocked:
        return 0.0, 1 - 0.05 ** (1 / attempts)
    share = blocked / attempts
    count = len(batches)
    spread = sum((b - share * n) ** 2 for b, n in batches) * count / (count - 1)
    half = _T_95[count - 2] * math.sqrt(spread) / attempts
    return max(0.0, share - half), min(1.0, share + half)
