"""The machine that is measured: without it a figure means little."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

import telcard
from telcard.dsp import simd

SIMD_WORDS = {
    "base": "SSE2, or plain C on other processors",
    "v3": "AVX2",
    "v4": "AVX-512",
}
"""What telcard's SIMD levels stand for."""


@dataclass(frozen=True, slots=True)
class Host:
    """A machine as far as it matters to figures: processor, caches, SIMD level, versions.

    `cores` are those that this process may use; `load` is the system's load average of the last
    minute, which ought to be near 0 where figures are to be believed.
    """

    processor: str
    cores: int
    l2_kib: int | None
    simd: str
    python: str
    telcard: str
    load: float


def host() -> Host:
    """This machine."""
    return Host(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
        l2_kib=_l2_kib(),
        simd=simd.level(),
        python=platform.python_version(),
        telcard=telcard.__version__,
        load=round(os.getloadavg()[0], 1),
    )


def _processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    try:
        named = re.search(r"^model name\s*: (.+)$", cpuinfo.read_text(), re.MULTILINE)
    except OSError:
        named = None
    return named[1].strip() if named else platform.processor() or platform.machine()


def _l2_kib(caches: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> int | None:
    """Size of the second-level cache; None where the system does not tell."""
    for cache in sorted(caches.glob("index*")):
        try:
            if (cache / "level").read_text().strip() == "2":
                return int((cache / "size").read_text().strip().removesuffix("K"))
        except (OSError, ValueError):
            return None
    return None
