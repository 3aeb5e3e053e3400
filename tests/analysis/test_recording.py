"""From a file to its findings: formats, samplerates, sides, memory."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from telcard import audio
from telcard.analysis import Analysis, Cadence, Digit, Tone, analyse
from telcard.analysis.recording import stretch
from telcard.analysis.signals import speech
from telcard.audio import CondensedWriter, Raw
from telcard.dsp import g711
from telcard.errors import MediaError
from tests.support.recordings import dialled_call

CALL = dialled_call()


def keys(found: Analysis) -> str:
    return "".join(item.digit for item in found.findings if isinstance(item, Digit))


def judge(found: Analysis) -> None:
    """Dial tone, keys, ringing, SIT: all there, each where it is, and nothing else."""
    assert found.length_s == pytest.approx(len(CALL) / 8000, abs=0.001)
    assert keys(found) == "5551#"
    (ringing,) = (item for item in found.findings if isinstance(item, Cadence))
    assert ringing.pattern_s == pytest.approx((1, 4), abs=0.01)
    assert ringing.hz == pytest.approx((425,), abs=0.5)
    tones = [item for item in found.findings if isinstance(item, Tone)]
    wanted = [(0.5, 350, 440), (4, 425), (9, 425), (14, 425), (15.5, 950), (15.83, 1400),
              (16.16, 1800)]  # fmt: skip
    assert len(tones) == len(wanted)
    for tone, (start_s, *hz) in zip(tones, wanted, strict=True):
        assert tone.start_s == pytest.approx(start_s, abs=0.01)
        assert tone.hz == pytest.approx(hz, abs=1)
        assert tone.channel == 0


@pytest.mark.parametrize(
    ("name", "subtype"),
    [("a.wav", "ALAW"), ("a.wav", "ULAW"), ("a.wav", "PCM_16"), ("a.wav", "FLOAT"),
     ("a.flac", "PCM_16"), ("a.au", "ULAW")],
)  # fmt: skip
def test_a_call_is_understood_in_every_format(tmp_path: Path, name: str, subtype: str) -> None:
    soundfile.write(tmp_path / name, CALL / 32768, 8000, subtype=subtype)
    judge(analyse(str(tmp_path / name)))


@pytest.mark.parametrize(
    "samplerate",
    [11025, 44100, *(pytest.param(rate, marks=pytest.mark.slow) for rate in (16000, 48000))],
)
def test_other_samplerates_give_the_same_findings(tmp_path: Path, samplerate: int) -> None:
    n = np.arange(len(CALL) * samplerate // 8000)
    # The same call made anew at that rate, from its bands: zeros between the bins of its spectrum.
    spectrum = np.fft.rfft(CALL, axis=0)
    wide = np.zeros((len(n) // 2 + 1, 2), complex)
    wide[: len(spectrum)] = spectrum[: len(wide)]
    pcm = np.fft.irfft(wide, len(n), axis=0) * (len(n) / len(CALL))
    soundfile.write(tmp_path / "a.wav", pcm / 32768, samplerate, subtype="PCM_16")
    found = analyse(str(tmp_path / "a.wav"))
    assert found.samplerate == samplerate
    judge(found)


@pytest.mark.parametrize("suffix", [".al", ".ul", ".raw"])
def test_octets_without_a_header_are_known_by_their_ending_or_told(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"keys{suffix}"
    keyed = CALL[:, 1]
    if suffix == ".al":
        path.write_bytes(g711.encode_alaw(keyed))
    elif suffix == ".ul":
        path.write_bytes(g711.encode_ulaw(keyed))
    else:
        path.write_bytes(CALL.astype("<i2").tobytes())
    found = analyse(str(path), Raw("pcm", 8000, 2) if suffix == ".raw" else None)
    assert keys(found) == "5551#"
    assert found.channels == (2 if suffix == ".raw" else 1)


def test_the_detectors_may_be_chosen_and_progress_is_told(tmp_path: Path) -> None:
    from telcard.analysis.signals import digits

    audio.write(tmp_path / "a.wav", CALL)
    done: list[float] = []
    found = analyse(str(tmp_path / "a.wav"), progress=done.append, detectors=[digits])
    assert {item.kind for item in found.findings} == {"digit"}
    assert done == sorted(done)
    assert done[-1] == 1.0


def test_a_long_recording_wants_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    most = []
    for seconds in (20, 80):  # 0.3 and 1.3 MB of samples
        soundfile.write(tmp_path / "long.wav", np.zeros(8000 * seconds, np.int16), 8000)
        tracemalloc.start()
        found = analyse(str(tmp_path / "long.wav"))
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found.length_s == seconds
    assert most[1] < most[0] + 5e5


def test_a_stretch_is_the_sound_between_two_seconds(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", CALL, subtype="PCM_16")
    np.testing.assert_array_equal(
        stretch(str(tmp_path / "a.wav"), None, 1.5, 12.25), CALL[12_000:98_000]
    )


def test_a_recording_without_its_silences_is_told_in_real_time(tmp_path: Path) -> None:
    with CondensedWriter(tmp_path / "a.wav", channels=2) as file:
        file.write(CALL)
    assert (tmp_path / "a.wav").stat().st_size < len(CALL) * 2
    judge(analyse(str(tmp_path / "a.wav")))


def test_nothing_lasts_longer_than_the_recording(tmp_path: Path) -> None:
    talk = np.random.default_rng(1).normal(0, 2000, 8000 + 2403).astype(np.int16)
    talk[:8000] //= 500  # a second of quiet, and somebody hisses until the very end
    audio.write(tmp_path / "a.wav", talk, subtype="PCM_16")
    found = analyse(str(tmp_path / "a.wav"), detectors=[speech])
    (spoken,) = found.findings
    assert spoken.start_s == pytest.approx(1.0, abs=0.1)
    assert spoken.end_s == pytest.approx(len(talk) / 8000, abs=1e-9)


def test_what_lacks_in_a_recording_is_told(tmp_path: Path) -> None:
    audio.write(tmp_path / "a.wav", CALL)
    octets = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(octets[:-10_000])
    found = analyse(str(tmp_path / "a.wav"))
    assert keys(found) == "5551#"
    assert found.damage is not None
    assert "cut short" in found.damage


def test_what_cannot_be_analysed_is_one_sentence(tmp_path: Path) -> None:
    slow = tmp_path / "slow.wav"
    soundfile.write(slow, np.zeros(100), 1000)
    with pytest.raises(MediaError, match=r"slow\.wav: samplerate: want 4000 to 192000 Hz, got"):
        analyse(str(slow))
    wide = tmp_path / "wide.wav"
    soundfile.write(wide, np.zeros((10, 65)), 8000)
    with pytest.raises(MediaError, match=r"wide\.wav: want at most 64 channels, got 65"):
        analyse(str(wide))
    with pytest.raises(MediaError, match="no such file"):
        analyse(str(tmp_path / "none.wav"))
