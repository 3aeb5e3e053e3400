"""The fax in a recording, whatever its form."""

import json
from pathlib import Path

import numpy as np
import pytest

from telcard import audio
from telcard.analysis.faxes import listen_to_recording
from telcard.errors import MediaError
from telcard.fax.geometry import Resolution
from telcard.fax.negotiation import Agreement
from telcard.fax.phases import Rate
from tests.support.fax_recordings import PAGES, call, mixed, same


def test_a_recording_gives_tones_frames_pages_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    audio.write(path, call())
    shares: list[float] = []
    found = listen_to_recording(path, progress=shares.append)
    assert same(found.pages, PAGES)
    assert (found.sides, found.lacking, found.damage) == (2, (), None)
    assert found.idents == {"called": "12345", "caller": "+86 10 95588"}
    assert shares[-1] == pytest.approx(1, abs=0.01)
    first = {(line.side, line.station, line.what) for line in found.transcript[:3]}
    assert first == {(0, "caller", "CNG, a fax calls"), (1, "called", "CED, a fax answers")}
    told = json.loads(json.dumps(found.fields(), allow_nan=False))
    assert [page["rows"] for page in told["pages"]] == [len(page) for page in PAGES]
    assert told["pages"][0]["modem"] == "V.17"
    assert told["transcript"][-1]["frame"] == "DCN"


def test_other_rates_and_mixed_channels_will_do(tmp_path: Path) -> None:
    path = tmp_path / "mixed.wav"
    both = mixed(call())[:, 0]
    smooth = np.fft.irfft(np.fft.rfft(both), 2 * len(both)) * 2  # 16 kHz
    pcm = np.clip(np.rint(smooth), -32768, 32767).astype(np.int16)
    audio.write(path, np.stack([pcm, pcm], axis=1), 16_000, subtype="PCM_16")
    found = listen_to_recording(path, mix=True)
    assert found.sides == 1
    assert same(found.pages, PAGES)


def test_what_a_recording_lacks_is_told(tmp_path: Path) -> None:
    path = tmp_path / "late.wav"
    audio.write(path, call("v17", False)[8000 * 13 : -16_000])
    found = listen_to_recording(path)
    assert found.is_fax
    assert found.pages == ()
    assert [sentence.split(":")[0] for sentence in found.lacking] == [
        "the recording begins behind the DIS",
        "there is no DCS in it",
        "it ends before the DCN",
    ]
    late = listen_to_recording(path, assumed=Agreement(Rate.V17_14400, "mr", Resolution.FINE))
    assert late.pages == ()
    assert "no receiver can be trained for the short training of V.17" in late.lacking[1]


def test_a_recording_without_a_fax_has_none(tmp_path: Path) -> None:
    path = tmp_path / "quiet.wav"
    audio.write(path, np.zeros(8000, np.int16))
    found = listen_to_recording(path)
    assert (found.is_fax, found.pages, found.lacking) == (False, (), ())


def test_more_than_two_channels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "three.wav"
    audio.write(path, np.zeros((800, 3), np.int16))
    with pytest.raises(MediaError, match=r"three\.wav: want one channel or two, got 3"):
        listen_to_recording(path)
