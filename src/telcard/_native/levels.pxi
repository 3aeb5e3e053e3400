"""The SIMD level of this extension's own kernels; every extension with kernels includes this."""

cdef extern from "simd.h" nogil:
    int tc_simd_level()
    int tc_simd_supported()
    int tc_simd_force(int level)

_LEVELS = ("base", "v3", "v4")


def force_simd(level):
    """For tests: `base`, `v3`, `v4`, or None for the environment's choice."""
    if level is not None and level not in _LEVELS:
        raise ValueError(f"SIMD level: want one of {', '.join(_LEVELS)} or None, got {level!r}")
    if tc_simd_force(-1 if level is None else _LEVELS.index(level)) < 0:
        raise ValueError(
            f"SIMD level: this processor stops at {_LEVELS[tc_simd_supported()]}, got {level}")
