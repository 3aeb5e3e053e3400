"""What the tests of the engine share: a line with an engine at either end."""

from collections.abc import Iterator

import pytest

from tests.support.line import Rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Two engines on one line; afterwards no lane, recording or pinned sound is left."""
    made = Rig()
    yield made
    made.close()
    for engine in made.engines:
        assert engine.stats().lanes_open == 0
        assert len(engine._free) == 31
        assert engine._recordings == {}
        assert not engine.due()
