"""The canceller's test data beside libspandsp-dev's copy of the same tables of G.168."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support import g168
from tests.support.peers import spandsp_shim

pytestmark = pytest.mark.interop


def test_the_numbers_of_g168_are_those_that_spandsp_ships() -> None:
    models = "\n".join(f"const int32_t *path_{name}(void);" for name in g168.PATHS)
    source = "#include <spandsp/g168models.h>\n" + "\n".join(
        f"const int32_t *path_{name}(void) {{ return line_model_{name.lower()}_coeffs; }}"
        for name in g168.PATHS
    )
    source += """
    const int *voiced(int c3) { return c3 ? css_c3 : css_c1; }
    const float *meter(void) { return level_measurement_bp_coeffs; }
    """
    gains = ", ".join(f"LINE_MODEL_{name}_GAIN" for name in g168.PATHS)
    source += f"float gain(int path) {{ float all[] = {{ {gains} }}; return all[path]; }}"
    native = spandsp_shim(
        "g168",
        models + "const int *voiced(int c3); const float *meter(void); float gain(int path);",
        source,
    )

    def read(pointer: object, count: int) -> list[float]:
        return [float(value) for value in native.ffi.unpack(pointer, count)]

    ours = g168.tables()
    for index, name in enumerate(g168.PATHS):
        assert native.lib.gain(index) == pytest.approx(ours["path"][name]["gain"], rel=1e-6)
        taps = ours["path"][name]["taps"]
        assert read(getattr(native.lib, f"path_{name}")(), len(taps)) == taps, name
    for c3, kind in enumerate(("C1", "C3")):
        assert read(native.lib.voiced(c3), len(ours["voiced"][kind])) == ours["voiced"][kind], kind
    meter = ours["meter"]["taps"]
    np.testing.assert_allclose(read(native.lib.meter(), len(meter)), meter, atol=1e-7)
