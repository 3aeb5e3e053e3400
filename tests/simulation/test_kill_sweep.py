"""Transfers and faxes survive a kill -9, and a power failure, at every write to the books."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")
"""Where an fsync costs nothing, if there is such a place: who is killed loses nothing there."""


@pytest.fixture(scope="module")
def mortal(tmp_path_factory):
    """The library that kills."""
    if shutil.which("gcc") is None:
        pytest.skip("apt install gcc")
    path = tmp_path_factory.mktemp("mortal") / "mortal.so"
    source = ROOT / "tests" / "support" / "mortal.c"
    flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", path, source, "-ldl"], check=True)
    return path


@pytest.fixture
def place(tmp_path):
    folder = MEMORY / f"telcard-{os.getpid()}" if MEMORY.is_dir() else tmp_path / "sweep"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def sweep(mortal, place):
    """Sweep, print how many points there were and what came of them, and give both."""

    def sweep(what, how, stride=1):
        preload = os.pathsep.join(filter(None, [os.environ.get("LD_PRELOAD"), str(mortal)]))
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.kill_sweep", what, how, str(stride), place],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LD_PRELOAD": preload},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        outcomes = ", ".join(f"{number} {what}" for what, number in said["outcomes"].items())
        print(f"{what}, {how}: swept {said['points']} points: {outcomes}")  # noqa: T201 - for people
        return said["points"], set(said["outcomes"])

    return sweep


def test_a_kill_at_any_write_leaves_a_transfer_done_once_or_not_at_all(sweep):
    points, outcomes = sweep("fake", "killed", stride=14)
    assert points >= 4
    assert {"nothing", "told"} <= outcomes


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "torn", "power"])
def test_every_write_is_a_point_at_which_a_transfer_may_be_killed(sweep, how):
    points, outcomes = sweep("fake", how)
    assert points > 50
    told_again = "told, and again at the next call"
    assert outcomes == {"nothing", "told at the next call", told_again, "told"}


@pytest.mark.slow
def test_a_house_killed_before_and_after_every_commit_of_a_call_over_the_line(sweep):
    points, outcomes = sweep("line", "killed")
    assert points >= 8
    assert {"nothing", "told at the next call", "told"} <= outcomes


@pytest.mark.slow
@pytest.mark.parametrize(("how", "stride"), [("killed", 1), ("torn", 3), ("power", 2)])
def test_a_fax_that_was_promised_is_sent_at_whichever_write_the_house_is_killed(sweep, how, stride):
    points, outcomes = sweep("fax", how, stride)
    assert points > 15
    assert {"nothing", "sent after the next start", "sent"} <= outcomes
    assert outcomes <= {"nothing", "sent after the next start", "sent", "sent twice"}
