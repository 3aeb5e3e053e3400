import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from telcard._native import dsp


@pytest.fixture(autouse=True)
def back_to_the_environments_level() -> Iterator[None]:
    yield
    dsp.force_simd(None)


def level_under(wanted: str) -> str:
    """The level that a new process chooses with TELCARD_SIMD set so."""
    environment = {**os.environ, "TELCARD_SIMD": wanted}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    code = "from telcard._native import dsp; print(dsp.simd_level())"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_levels_build_on_one_another() -> None:
    assert dsp.simd_levels() == ("base", "v3", "v4")[: len(dsp.simd_levels())]
    assert dsp.simd_levels()[0] == "base"


def test_every_level_of_this_processor_can_be_forced_and_given_back() -> None:
    at_first = dsp.simd_level()
    for level in dsp.simd_levels():
        dsp.force_simd(level)
        assert dsp.simd_level() == level
    dsp.force_simd(None)
    assert dsp.simd_level() == at_first


def test_a_level_that_does_not_exist_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"SIMD level: want one of base, v3, v4 or None, got 'v5'"):
        dsp.force_simd("v5")  # type: ignore[arg-type]


def test_a_level_that_this_processor_lacks_is_refused_and_changes_nothing() -> None:
    missing = [level for level in ("v3", "v4") if level not in dsp.simd_levels()]
    before = dsp.simd_level()
    for level in missing:
        with pytest.raises(ValueError, match="this processor stops at"):
            dsp.force_simd(level)  # type: ignore[arg-type]
    assert dsp.simd_level() == before


@pytest.mark.parametrize("level", dsp.simd_levels())
def test_the_environment_lowers_the_level(level: str) -> None:
    assert level_under(level) == level


def test_the_environment_cannot_raise_the_level_above_the_processors() -> None:
    assert level_under("v4") == dsp.simd_levels()[-1]


def test_an_environment_that_asks_for_nonsense_is_told_so() -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        level_under("avx1024")
    assert "TELCARD_SIMD: want base, v3 or v4, got 'avx1024'" in refused.value.stderr
