"""The echo taken out of a recording, and what is told of that."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from telcard import audio
from telcard.analysis.cleaning import EchoCleaned, clean_recording, measure_recording
from telcard.errors import MediaError
from tests.support.echoes import hybrid, later, pcm, prompts

DELAY = 320


@pytest.fixture(scope="module")
def sides() -> np.ndarray:
    """12 s: echo alone, then both, then the near end alone."""
    receive, near = prompts(12, -16).copy(), prompts(12, -18, 40).copy()
    receive[76_000:] = 0
    near[:50_000] = 0
    echo = later(np.convolve(receive, hybrid(erl_db=10))[: len(receive)], DELAY)
    return np.stack([pcm(receive, -85), pcm(echo + near)], axis=1)


def cleaned(
    folder: Path, sides: np.ndarray, samplerate: int = 8000, **options: object
) -> tuple[EchoCleaned, np.ndarray]:
    path, out = folder / "call.wav", folder / "clean.wav"
    audio.write(path, sides, samplerate, "PCM_16")
    found = measure_recording(path, swap=bool(options.get("swap")))
    told = clean_recording(path, found, out, **options)  # type: ignore[arg-type]
    return told, audio.read(out)[0]


def test_the_echo_goes_and_the_talker_stays(tmp_path: Path, sides: np.ndarray) -> None:
    told, clean = cleaned(tmp_path, sides)
    assert clean.shape == sides.shape
    np.testing.assert_array_equal(clean[:, 0], sides[:, 0])
    assert told.erle_db is not None
    assert told.erle_db > 12
    assert told.near_db == pytest.approx(0, abs=1)
    assert 3 < told.echo_s < 7
    assert 1 < told.double_talk_s < 4
    assert 1 < told.near_s < 3
    assert told.double_talk == pytest.approx(
        told.double_talk_s / (told.double_talk_s + told.echo_s)
    )
    assert told.delay_ms == pytest.approx(DELAY / 8 - 2, abs=0.6)
    assert told.tail_ms in (16, 24, 32)
    assert len(told.levels.out) == 600
    assert told.levels.step_s == 0.02
    assert soundfile.info(str(tmp_path / "clean.wav")).subtype == "PCM_16"


def test_the_sides_may_be_the_other_way_round(tmp_path: Path, sides: np.ndarray) -> None:
    told, clean = cleaned(tmp_path, sides)
    swapped, other = cleaned(tmp_path, sides[:, ::-1], swap=True)
    np.testing.assert_array_equal(other[:, ::-1], clean)
    assert swapped.erle_db == told.erle_db


def test_an_echo_before_its_cause_is_taken_out_as_well(tmp_path: Path, sides: np.ndarray) -> None:
    """A recorder has put the prompts 60 ms too late."""
    shifted = sides.copy()
    shifted[:, 0] = later(sides[:, 0].astype(float), DELAY + 160).astype(np.int16)
    told, clean = cleaned(tmp_path, shifted)
    assert told.delay_ms == pytest.approx(-22, abs=0.6)
    assert clean.shape == shifted.shape
    assert told.erle_db is not None
    assert told.erle_db > 12
    assert told.near_db == pytest.approx(0, abs=1)


def test_other_samplerates_and_alaw_are_kept_as_far_as_they_go(
    tmp_path: Path, sides: np.ndarray
) -> None:
    path, out = tmp_path / "call.wav", tmp_path / "clean.wav"
    audio.write(path, np.repeat(sides, 2, axis=0), 16_000, "ULAW")
    told = clean_recording(path, measure_recording(path), out, tail_ms=32)
    about = soundfile.info(str(out))
    assert (about.samplerate, about.subtype, about.frames) == (8000, "ULAW", len(sides))
    assert told.tail_ms == 32


def test_a_long_recordings_levels_stay_bounded(tmp_path: Path, sides: np.ndarray) -> None:
    from telcard.analysis.cleaning import _Curve

    curve, loud = _Curve(), np.full(7, -20.0)
    for _ in range(3000):
        curve.add(loud, loud - 10, loud - 40)
    levels = curve.levels()
    assert 2000 <= len(levels.out) <= 4000
    assert levels.step_s == pytest.approx(0.02 * 16, rel=0.6)
    np.testing.assert_allclose(levels.out, -60, atol=0.01)


def test_damage_is_told(tmp_path: Path, sides: np.ndarray) -> None:
    path = tmp_path / "call.wav"
    audio.write(path, sides, subtype="PCM_16")
    path.write_bytes(path.read_bytes()[:100_000])
    assert "cut short" in (clean_recording(path, measure_recording(path)).damage or "")


@pytest.mark.parametrize(
    ("pcm", "told"),
    [
        (np.zeros(800, np.int16), "a.wav: want two channels, one towards the line .* got 1"),
        (np.zeros((0, 2), np.int16), "a.wav: holds no sound"),
    ],
)
def test_what_is_no_recording_of_two_sides_is_one_sentence(
    tmp_path: Path, pcm: np.ndarray, told: str
) -> None:
    audio.write(tmp_path / "a.wav", pcm)
    with pytest.raises(MediaError, match=told):
        measure_recording(tmp_path / "a.wav")
