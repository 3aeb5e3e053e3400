"""Counters and gauges that every room may keep, without knowing who reads them."""

from __future__ import annotations

from collections.abc import Iterator

Labels = tuple[tuple[str, str], ...]
"""A figure's labels with their values, sorted by label."""


class Metrics:
    """Named numbers with labels: `metrics.count("calls_offered", trunk="e1")`."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, Labels], int] = {}
        self._gauges: dict[tuple[str, Labels], float] = {}

    def count(self, name: str, /, by: int = 1, **labels: str) -> None:
        """Add `by` to a counter."""
        if by < 0:
            raise ValueError(f"counter {name}: want a step of 0 or more, got {by}")
        key = (name, tuple(sorted(labels.items())))
        self._counters[key] = self._counters.get(key, 0) + by

    def gauge(self, name: str, value: float, /, **labels: str) -> None:
        """Set a gauge to `value`."""
        self._gauges[name, tuple(sorted(labels.items()))] = value

    def value(self, name: str, /, **labels: str) -> float:
        """A counter's or gauge's present value; 0 where nothing was counted yet."""
        key = (name, tuple(sorted(labels.items())))
        return self._counters.get(key, self._gauges.get(key, 0))

    def __iter__(self) -> Iterator[tuple[str, Labels, float]]:
        for (name, labels), value in sorted({**self._counters, **self._gauges}.items()):
            yield name, labels, value
