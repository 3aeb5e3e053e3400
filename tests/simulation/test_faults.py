"""What a house survives: being killed in the middle of a call, and a disk that is full."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from telcard.bank import ledger
from telcard.storage import Database

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(["", *sys.path])}


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


LIVE = """
import asyncio, sys
from pathlib import Path
from telcard.bank import Cost
from telcard.clock import SystemClock, run
from telcard.rehearsal import SCENES, set_stage

async def main():
    async with set_stage(Path(sys.argv[1]), pin_cost=Cost(1, 8, 1)) as stage:
        engine = stage.house.card.engine
        async with stage.town.subscriber("0111") as caller:
            playing = asyncio.create_task(SCENES[0].play(caller))
            while not stage.house.card.calls:
                await asyncio.sleep(0.01)
            first = engine.sample
            while not playing.done():
                print(engine.sample - first, flush=True)
                await asyncio.sleep(0.05)
            await playing

run(main(), SystemClock())
"""


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [2, 9])
def test_a_house_that_is_killed_leaves_its_recording_and_whole_books(
    tmp_path: Path, seconds: int
) -> None:
    """In real time; 9 seconds into the call its caller keys his PIN or is being judged."""
    house = start(LIVE, tmp_path)
    assert house.stdout is not None
    passed = 0
    while passed < seconds * 8000:
        ready, _, _ = select.select([house.stdout], [], [], 60)
        assert ready, "nothing happened for 60 seconds"
        passed = int(house.stdout.readline())
    house.send_signal(signal.SIGKILL)
    house.communicate()
    (path,) = (tmp_path / "recordings").glob("*.wav")
    sound, samplerate = soundfile.read(path, dtype="int16")
    assert samplerate == 8000
    assert passed - 8000 <= len(sound)
    assert abs(sound[:, 1]).max() > 3000  # the bank's side
    with Database(tmp_path / "bank.sqlite") as database:
        assert database.transact(ledger.faults) == []


FULL = """
import asyncio, json, logging, resource, sys
from pathlib import Path
from telcard.bank import Cost
from telcard.clock import VirtualClock, run
from telcard.errors import HungUp
from telcard.exchange import NotHeard
from telcard.rehearsal import SCENES, set_stage

logging.basicConfig(level=logging.INFO, format="%(message)s")

async def main(folder, more):
    async with set_stage(folder, pin_cost=Cost(1, 8, 1)) as stage:
        largest = max(path.stat().st_size for path in folder.iterdir())
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + more, hard))
        said = []
        stage.house.card.events.subscribe(lambda event: said.append(event.name))
        async with stage.town.subscriber("0111") as caller:
            try:
                await SCENES[0].play(caller)
                served = True
            except (NotHeard, HungUp):
                served = False
                await caller.hung_up_by_far_end()
            heard = [found.clip for found in caller.heard]
        waiting = stage.house.bank.records.waiting
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await stage.house.bank.records.flush()
        (record,) = await stage.house.bank.records.newest()
        await stage.finish()
        print(json.dumps([served, heard, said, waiting, record.reason, record.cause]))

run(main(Path(sys.argv[1]), int(sys.argv[2])), VirtualClock())
"""


def full(folder: Path, more: int) -> tuple[list[object], str]:
    """Play a call on a disk on which no file may grow beyond the books' size and `more`."""
    house = start(FULL, folder, more)
    said, complaints = house.communicate(timeout=120)
    assert house.returncode == 0, complaints
    return json.loads(said), complaints


def test_a_call_whose_recording_fills_the_disk_is_served_to_its_end(tmp_path: Path) -> None:
    (served, _, said, waiting, reason, _), complaints = full(tmp_path, 100_000)
    assert served is True
    assert (waiting, reason) == (0, "goodbye")
    assert "recording_failed" in said
    assert complaints.count("File too large") == 1
    assert "Traceback" not in complaints
    (path,) = (tmp_path / "recordings").glob("*.wav")
    assert soundfile.info(path).frames > 8000


def test_a_call_that_finds_the_disk_of_the_books_full_is_told_and_ended(tmp_path: Path) -> None:
    (served, heard, _, waiting, reason, cause), complaints = full(tmp_path, 0)
    assert served is False
    assert heard[-1] == "not_available"
    assert (waiting, reason, cause) == (1, "storage away", 41)
    assert "bank.sqlite: " in complaints
    assert "Traceback" not in complaints
    with Database(tmp_path / "bank.sqlite") as database:
        assert database.transact(ledger.faults) == []
