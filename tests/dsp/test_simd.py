"""Which instructions the kernels use."""

import os

from telcard.dsp import simd


def test_the_level_in_use_is_one_that_the_processor_has() -> None:
    assert simd.levels()[0] == "base"
    assert simd.level() in simd.levels()
    if "TELCARD_SIMD" not in os.environ:
        assert simd.level() == simd.levels()[-1]
