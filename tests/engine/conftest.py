"""What the tests of the engine share: a line with an engine at either end."""

from collections.abc import Iterator

import pytest

from telcard.engine import FIDELITIES
from tests.support.line import Rig


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked `both_fidelities` run with sound and without, but for those `sound_only`."""
    if "rig" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker
        both = marked("both_fidelities") and not marked("sound_only")
        metafunc.parametrize("rig", FIDELITIES if both else FIDELITIES[:1], indirect=True)


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Two engines on one line; afterwards no lane, recording or pinned sound is left."""
    made = Rig(fidelity=request.param)
    yield made
    made.close()
    for engine in made.engines:
        assert engine.stats().lanes_open == 0
        assert len(engine._free) == 31
        assert engine._recordings == {}
        assert not engine.due()
