"""The native fax lane's own manners; what it does is tested in tests/fax/test_lane.py."""

from dataclasses import asdict

import numpy as np
import pytest

from telcard._native import faxlane
from telcard.fax.lane import V21, plans

NOTHING = (faxlane.NO_MODE, 0, 0, 0)


def test_programs_that_nobody_takes_are_refused_in_the_end() -> None:
    lane = faxlane.Lane(plans(), -13.0, False)
    programs = [
        faxlane.Program(n, [((faxlane.LISTEN, 0, 0, 0, 0, *NOTHING), b"")]) for n in range(9)
    ]
    assert [lane.run(program) for program in programs] == [True] * 8 + [False]
    lane.make(np.zeros(80, np.int16), 0)
    assert lane.run(programs[8])


def test_a_lane_without_a_program_is_silent_and_deaf() -> None:
    lane = faxlane.Lane(faxlane.Plans(asdict(V21)), -13.0, False)
    out = np.ones(100, np.int16)
    lane.make(out, 0)
    assert not out.any()
    noise = np.random.default_rng(1).normal(0, 5000, 8000).astype(np.int16)
    assert lane.hear(noise, 0) == 8000
    assert lane.told() is None
    assert (lane.heard, lane.sent) == (8000, 100)


def test_nothing_is_heard_or_made_of_no_samples() -> None:
    lane = faxlane.Lane(plans(), -13.0, False)
    lane.make(np.zeros(0, np.int16), 0)
    assert lane.hear(np.zeros(0, np.int16), 0) == 0


def test_a_level_is_forced_for_tests_only_if_it_is_known() -> None:
    with pytest.raises(ValueError, match="want one of base, v3, v4"):
        faxlane.force_simd("v9")
