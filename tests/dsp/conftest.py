"""What the tests of all kernels share: a SIMD level that was forced is given back."""

from collections.abc import Iterator

import pytest

from telcard._native import codec, detect, dsp


@pytest.fixture(autouse=True)
def environments_level() -> Iterator[None]:
    """The level that the environment chose, after each test."""
    yield
    dsp.force_simd(None)
    codec.force_simd(None)
    detect.force_simd(None)


@pytest.fixture(params=dsp.simd_levels())
def simd(request: pytest.FixtureRequest) -> str:
    """Runs the test once for each SIMD level of this processor."""
    dsp.force_simd(request.param)
    codec.force_simd(request.param)
    detect.force_simd(request.param)
    return request.param
