"""Recordings of strangers: whatever the octets, they are analysed or refused in one sentence."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from telcard.analysis import analyse, as_json
from telcard.audio import Raw
from telcard.errors import MediaError
from tests.fuzz.test_sound_files import good_files
from tests.support.mutate import mutants

# All finders listen to each input: 20 ms, a hundred times what a parser takes.
LEAST = 60 if os.environ.get("TELCARD_SANITIZED") else 300  # under ASan each costs thrice as much
COUNT = max(LEAST, int(os.environ.get("TELCARD_FUZZ_EXAMPLES", "0")) // 40)
SEED = 2


@pytest.mark.fuzz
def test_spoilt_recordings_are_analysed_or_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "spoilt"
    read = 0
    for number, data in mutants(good_files(), COUNT, SEED):
        path.write_bytes(data)
        try:
            found = analyse(str(path))
        except MediaError:
            continue
        except Exception as error:
            raise AssertionError(f"seed {SEED}, input {number}: {error!r}") from error
        for finding in found.findings:
            json.dumps(as_json(finding, found.file, found.channels), allow_nan=False)
        read += 1
    assert read > COUNT // 20


@pytest.mark.fuzz
@pytest.mark.parametrize("coding", ["alaw", "ulaw", "pcm"])
def test_any_octets_are_sound_to_him_who_says_so(tmp_path: Path, coding) -> None:
    path = tmp_path / "octets"
    for seed in range(max(3, COUNT // 50)):
        chance = np.random.default_rng(seed)
        # Stretches of one octet, of a few that repeat, and of chance: clicks, tones and noise.
        parts = [
            chance.bytes(int(size)) * int(times)
            for size, times in zip(
                chance.integers(1, 90, 40), chance.integers(1, 300, 40), strict=True
            )
        ]
        path.write_bytes(b"".join(parts))
        found = analyse(str(path), Raw(coding))
        for finding in found.findings:
            assert 0 <= finding.start_s <= finding.end_s <= found.length_s + 0.001, seed
