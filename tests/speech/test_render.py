"""The rendering command with a voice of our own: no synthesiser is needed."""

import importlib.metadata
import sys
import tomllib
import zlib

import numpy as np
import pytest

from telcard import audio
from telcard.dsp.g711 import decode_alaw
from telcard.errors import MediaError, MissingExtra
from telcard.speech import render
from telcard.speech.english import CLIPS
from telcard.speech.language import Clip
from telcard.units import dbm0_to_rms


def voice(text: str) -> np.ndarray:
    """Half a second of noise in half a second of silence; the same text gives the same noise."""
    noise = np.random.default_rng(zlib.crc32(text.encode())).normal(0, 0.1, 4000)
    return np.pad(noise, 2000)


def band(sound: np.ndarray, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / 8000)
    return float(power[(hertz >= low_hz) & (hertz < high_hz)].mean())


@pytest.fixture(scope="module")
def rendered() -> tuple[dict[str, bytes], float]:
    return render.render("en", voice)


@pytest.fixture
def our_voice(monkeypatch):
    monkeypatch.setattr(render, "hibari", lambda: voice)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.2.3")


def test_the_same_text_gives_the_same_octets(rendered):
    again, gain_db = render.render("en", voice)
    assert again == rendered[0]
    assert gain_db == rendered[1]


def test_every_clip_is_rendered_at_one_gain_to_the_level_of_the_set(rendered):
    octets, _ = rendered
    assert octets.keys() == CLIPS.keys()
    together = decode_alaw(b"".join(octets.values())).astype(float)
    assert np.sqrt(np.mean(together**2)) == pytest.approx(dbm0_to_rms(-16), rel=0.01)


def test_a_set_that_would_overload_is_refused():
    def click(text: str) -> np.ndarray:
        return np.where(np.arange(8000) == 4000, 1.0, 0.01 * voice(text))

    with pytest.raises(MediaError, match=r"^clips: at -16.0 dBm0 they would peak at "):
        render.render("en", click)


def test_silence_is_cut_to_20_ms_that_fade():
    cut = render.trim(np.pad(np.ones(800), 3000))
    window = 80  # the level is taken over 10 ms, so a clip's end is known to 5 ms
    assert 800 + 2 * 160 <= len(cut) <= 800 + 2 * 160 + 2 * window
    assert cut[0] == cut[-1] == 0
    assert cut.max() == 1


def test_sound_to_the_very_edge_gets_its_silence_too():
    cut = render.trim(np.ones(800))
    assert len(cut) == 800 + 2 * 160
    assert cut[159] == cut[-160] == 0
    assert cut[160:-160].min() == 1


@pytest.mark.parametrize("sound", [np.zeros(800), np.zeros(0)])
def test_a_clip_of_silence_is_refused(sound):
    with pytest.raises(MediaError, match="the voice gave silence"):
        render.trim(sound)


def test_the_band_of_the_telephone_is_kept_and_the_rest_is_not():
    noise = np.random.default_rng(1).normal(0, 0.1, 80_000)
    limited = render.band_limit(noise)
    kept = band(limited, 300, 3300) / band(noise, 300, 3300)
    assert 10 * np.log10(kept) == pytest.approx(0, abs=0.1)
    for low_hz, high_hz in ((0, 100), (3550, 4001)):
        lost = band(limited, low_hz, high_hz) / band(noise, low_hz, high_hz)
        assert 10 * np.log10(lost) < -50


def test_the_band_limit_moves_nothing():
    click = np.zeros(1001)
    click[500] = 1
    assert np.argmax(render.band_limit(click)) == 500


def test_the_command_writes_what_it_then_finds(tmp_path, our_voice, capsys):
    assert render.main(["--folder", str(tmp_path)]) == 0
    head = tomllib.loads((tmp_path / "manifest.toml").read_text())
    assert head["tool"] == "hibari-tts 1.2.3"
    assert head["clips"]["two_on"]["text"] == "two"
    assert head["clips"]["two_on"]["spoken"] == "Two,"
    for name, entry in head["clips"].items():
        assert render.digest(audio.read_alaw(tmp_path / f"{name}.wav")) == entry["sha256"]
    assert render.main(["--folder", str(tmp_path), "--check"]) == 0
    assert f"{len(CLIPS)} clips, " in capsys.readouterr().out


def test_the_command_tells_which_clips_differ(tmp_path, our_voice, capsys):
    render.main(["--folder", str(tmp_path)])
    (tmp_path / "one.wav").unlink()
    audio.write(tmp_path / "two.wav", np.zeros(80, np.int16))
    audio.write(tmp_path / "orphan.wav", np.zeros(80, np.int16))
    assert render.main(["--folder", str(tmp_path), "--check"]) == 1
    assert capsys.readouterr().out.endswith("differ: one, orphan, two\n")


def test_a_set_grows_by_what_is_new_and_the_others_keep_their_octets(
    tmp_path, our_voice, capsys, monkeypatch
):
    render.main(["--folder", str(tmp_path)])
    before = {name: (tmp_path / f"{name}.wav").read_bytes() for name in CLIPS}
    monkeypatch.setitem(CLIPS, "new", Clip("Something new.", "Something new."))
    monkeypatch.setitem(CLIPS, "one", Clip("one", "Won."))
    assert render.main(["--folder", str(tmp_path), "--add"]) == 0
    assert capsys.readouterr().out.endswith("new: one, new\n")
    after = {name: (tmp_path / f"{name}.wav").read_bytes() for name in CLIPS}
    assert {name for name in CLIPS if before.get(name) != after[name]} == {"one", "new"}
    assert render.main(["--folder", str(tmp_path), "--check"]) == 0
    assert render.main(["--folder", str(tmp_path), "--add"]) == 0
    assert capsys.readouterr().out.endswith("nothing is new\n")


@pytest.mark.parametrize("how", ["--add", "--check"])
def test_a_set_that_is_not_there_cannot_be_compared_or_grow(tmp_path, our_voice, capsys, how):
    assert render.main(["--folder", str(tmp_path), how]) == 2
    assert "want a rendered set with its manifest.toml there" in capsys.readouterr().err


def test_the_command_takes_away_clips_that_are_no_more(tmp_path, our_voice):
    audio.write(tmp_path / "orphan.wav", np.zeros(80, np.int16))
    render.main(["--folder", str(tmp_path)])
    assert not (tmp_path / "orphan.wav").exists()


def test_without_the_voice_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "hibari", None)
    monkeypatch.setitem(sys.modules, "soxr", None)
    with pytest.raises(MissingExtra, match=r"pip install 'telcard\[prompts\]'"):
        render.hibari()
    assert render.main([]) == 2
    told = capsys.readouterr().err
    assert told == "rendering prompts needs an extra: pip install 'telcard[prompts]'\n"


def test_an_unknown_language_is_told_in_one_sentence(capsys):
    assert render.main(["--language", "xx"]) == 2
    assert capsys.readouterr().err == "language: want one of en, got 'xx'\n"
