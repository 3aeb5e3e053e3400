"""What the tests of all kernels share: a SIMD level that was forced is given back."""

from collections.abc import Iterator

import pytest

from telcard._native import codec, detect, dsp, echo, modem, voice

EXTENSIONS = (codec, detect, dsp, echo, modem, voice)
"""Each has kernels of its own, and their level."""


@pytest.fixture(autouse=True)
def environments_level() -> Iterator[None]:
    """The level that the environment chose, after each test."""
    yield
    for extension in EXTENSIONS:
        extension.force_simd(None)


@pytest.fixture(params=dsp.simd_levels())
def simd(request: pytest.FixtureRequest) -> str:
    """Runs the test once for each SIMD level of this processor."""
    for extension in EXTENSIONS:
        extension.force_simd(request.param)
    return request.param
