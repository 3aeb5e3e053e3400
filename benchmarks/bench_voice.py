"""Voices: channels that one core keeps up with, speexdsp, spandsp's peers and sox in the same run.

One call brings 100 ms of 480 channels of noisy speech-like sound; the peers, which know one channel
only, work on as many one by one.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from telcard.bench import Work
from telcard.bench.kernels import channels_of_sound
from telcard.dsp.agc import Agc
from telcard.dsp.noise import ComfortNoise, NoiseSuppressor
from telcard.dsp.plc import Concealer
from telcard.dsp.tempo import Tempo, change_tempo
from telcard.dsp.vad import VoiceDetector

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import voice_peers
from tests.support.peers import PeerMissing, program

CHANNELS = 480


def sound(channels: int) -> np.ndarray:
    hiss = np.random.default_rng(3).normal(0, 100, (8000, channels)).astype(np.int16)
    return channels_of_sound("speech", channels) // 2 + hiss


def by_speex(**how: object) -> dict[str, Callable[[], object]]:
    try:
        voice_peers.speexdsp()
    except PeerMissing:
        return {}
    one = np.ascontiguousarray(sound(1)[:, 0])
    return {"speexdsp": lambda: [voice_peers.speex(one, **how) for _ in range(CHANNELS)]}


def stream(make: Callable[[], object], name: str) -> Work:
    pcm = sound(CHANNELS)
    blocks = [np.ascontiguousarray(part) for part in np.split(pcm, 10)]
    worker = make()

    def work() -> None:
        for block in blocks:
            worker.process(block)

    return Work("voice", f"{name}, {CHANNELS} channels", pcm.size, work, {})


def test_vad(tell) -> None:
    tell(stream(lambda: VoiceDetector(CHANNELS), "VAD"), by_speex(vad=True))


def test_noise_suppression(tell) -> None:
    tell(stream(lambda: NoiseSuppressor(CHANNELS), "noise suppression"), by_speex(denoise_db=14))


def test_agc(tell) -> None:
    tell(stream(lambda: Agc(CHANNELS), "gain control"), by_speex(agc_level=8000))


def test_concealment(tell) -> None:
    tell(stream(lambda: Concealer(CHANNELS), "concealment, nothing lost"))


def test_comfort_noise(tell) -> None:
    maker = ComfortNoise()
    maker.analyse(sound(1))
    tell(Work("voice", "comfort noise", 8000, lambda: maker.generate(8000), {}))


@pytest.mark.parametrize("speed", [0.7, 1.3])
def test_tempo(speed: float, tell) -> None:
    one = np.ascontiguousarray(np.tile(sound(1)[:, 0], 60))
    tell(Work("voice", f"tempo {speed}", len(one), lambda: change_tempo(one, speed), {}))


def test_tempo_by_sox(capsys) -> None:
    """sox's share of a core, beside ours; a row of its own, as its time is that of a process."""
    try:
        sox = program("sox", "sox")
    except PeerMissing as missing:
        pytest.skip(str(missing))
    one = np.ascontiguousarray(np.tile(sound(1)[:, 0], 60))
    raw = ["-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sox, *raw, "-", *raw, "-", "tempo", "-s", "1.3"]
    subprocess.run(command, input=one.tobytes(), stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    change_tempo(one, 1.3)
    start = time.process_time()
    change_tempo(one, 1.3)
    ours = time.process_time() - start
    with capsys.disabled():
        print(f"\nsox tempo -s 1.3: {60 / used:,.0f} ch/core, ours {used / ours:.1f} times")


def test_tempo_of_many(tell) -> None:
    tell(stream(lambda: Tempo(1.3, CHANNELS), "tempo 1.3"))
