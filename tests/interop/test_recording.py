"""A recorded call as foreign decoders hear it: the account number is there, the PIN is not.

Debian: libspandsp-dev libtiff-dev multimon-ng.
"""

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from telcard.bank import Cost
from telcard.clock import VirtualClock, run
from telcard.rehearsal import SAMPLE_PINS, SCENES, scenes, set_stage
from tests.support import dtmf_peers
from tests.support.peers import PeerMissing

pytestmark = pytest.mark.interop

Sound = NDArray[np.int16]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sound, Sound]:
    """Caller's and bank's side of the first scene's recording, read by libsndfile."""
    try:
        dtmf_peers.spandsp()
        dtmf_peers.multimon_hears([])
    except PeerMissing as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("stage")

    async def main() -> None:
        async with set_stage(folder, pin_cost=Cost(1, 8, 1)) as stage:
            async with stage.town.subscriber(SCENES[0].caller) as caller:
                await SCENES[0].play(caller)
            await stage.finish()

    run(main(), VirtualClock())
    (path,) = (folder / "recordings").glob("*.wav")
    pcm, samplerate = soundfile.read(path, dtype="int16")
    assert samplerate == 8000
    return np.ascontiguousarray(pcm[:, 0]), np.ascontiguousarray(pcm[:, 1])


def hearers() -> list[pytest.ParameterSet]:
    return [
        pytest.param(dtmf_peers.spandsp_hears, id="spandsp"),
        pytest.param(lambda sound: dtmf_peers.multimon_hears([sound])[0], id="multimon-ng"),
    ]


@pytest.mark.parametrize("hear", hearers())
def test_the_account_number_and_the_menu_keys_are_heard(sides, hear) -> None:
    assert hear(sides[0]).startswith(scenes.ADA)
    assert hear(sides[0]).removeprefix(scenes.ADA).strip("#") == "12*"


@pytest.mark.parametrize("hear", hearers())
@pytest.mark.parametrize("side", [0, 1])
def test_nothing_of_the_pin_is_heard(sides, hear, side: int) -> None:
    heard = hear(sides[side]).removeprefix(scenes.ADA)
    for key in set(SAMPLE_PINS[scenes.ADA]) - set("12*"):
        assert key not in heard


def test_the_masked_stretch_is_silence_to_the_last_octet(sides) -> None:
    """From before the prompt that asks for the PIN until after its last tone: not one sample."""
    caller = sides[0]
    loud = np.flatnonzero(np.abs(caller.astype(int)) > 100)
    gaps = np.diff(loud)
    longest = int(np.argmax(gaps[: np.searchsorted(loud, len(caller) // 2)]))
    masked = caller[loud[longest] + 400 : loud[longest + 1] - 400]
    assert len(masked) > 3 * 8000
    assert len(set(masked.tolist())) == 1
