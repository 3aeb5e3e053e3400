import datetime

import numpy as np
import pytest

from telcard import audio
from telcard._native import dsp
from telcard.errors import ConfigError, MediaError
from telcard.speech import ClipLibrary, Date, Digits, Money, manifest, plan
from telcard.speech.english import CLIPS
from telcard.speech.library import CLIPS_FOLDER
from telcard.speech.render import LEVEL_DBM0, differences, digest
from telcard.units import SAMPLE_RATE, rms_to_dbm0

LIBRARY = ClipLibrary()
TONE = (8000 * np.sin(np.arange(1600) * 0.5)).astype(np.int16)


def decoded(octets: bytes) -> np.ndarray:
    return dsp.alaw_decode(octets).astype(float)


# ---- the clips of the package


def test_clips_texts_and_manifest_are_about_the_same_clips():
    files = {file.stem for file in (CLIPS_FOLDER / "en").glob("*.wav")}
    assert files == CLIPS.keys() == manifest()["clips"].keys() == set(LIBRARY.clips())
    others = {file.name for file in (CLIPS_FOLDER / "en").iterdir() if file.suffix != ".wav"}
    assert others == {"manifest.toml"}


def test_every_clip_speaks_the_text_of_today():
    for name, entry in manifest()["clips"].items():
        assert entry["text"] == CLIPS[name].text
        assert entry["spoken"] == CLIPS[name].spoken
        assert entry["text"].strip()


def test_every_clip_has_the_octets_that_the_manifest_names():
    entries = manifest()["clips"]
    octets = {name: LIBRARY[name] for name in LIBRARY.clips()}
    assert {name: digest(sound) for name, sound in octets.items()} == {
        name: entry["sha256"] for name, entry in entries.items()
    }
    assert differences(CLIPS_FOLDER / "en", octets) == []


def test_the_manifest_says_how_the_clips_were_made():
    head = manifest()
    assert head["language"] == "en"
    assert head["tool"].startswith("hibari-tts ")
    assert head["licence"] == "Apache-2.0"
    assert head["command"] == "python -m telcard.speech.render --language en"
    assert {"voice", "with", "speed", "seed", "gain_db", "level_dbm0"} <= head.keys()


def test_the_set_is_smaller_than_two_megabytes():
    assert sum(file.stat().st_size for file in (CLIPS_FOLDER / "en").iterdir()) < 2 * 1_048_576


def test_the_set_has_its_level_and_no_clip_is_overloaded_or_lost():
    everything = np.concatenate([decoded(LIBRARY[name]) for name in LIBRARY.clips()])
    assert rms_to_dbm0(np.sqrt(np.mean(everything**2))) == pytest.approx(LEVEL_DBM0, abs=0.5)
    for name in LIBRARY.clips():
        sound = decoded(LIBRARY[name])
        assert np.abs(sound).max() < 32256 * 0.95, name
        assert rms_to_dbm0(np.sqrt(np.mean(sound**2))) == pytest.approx(LEVEL_DBM0, abs=5), name


def test_clips_begin_and_end_in_silence_so_that_joins_do_not_click():
    for name in LIBRARY.clips():
        sound = decoded(LIBRARY[name])
        assert np.abs(sound[:40]).max() < 500, name
        assert np.abs(sound[-40:]).max() < 500, name
        assert np.abs(sound[[0, -1]]).max() <= 8, name


def test_clips_hold_the_telephone_band_only():
    sound = np.concatenate([decoded(LIBRARY[name]) for name in LIBRARY.clips()])
    power = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    outside = power[(hertz < 100) | (hertz > 3600)].sum() / power.sum()
    assert 10 * np.log10(outside) < -33  # what A-law's own noise leaves there


# ---- a library


def test_a_sentence_is_the_octets_of_its_clips():
    items = ("your_balance_is", Money(125_075, "USD"))
    assert LIBRARY.plan(*items) == plan(*items)
    assert LIBRARY.segments(*items) == [LIBRARY[name] for name in plan(*items)]


def test_silences_are_silence_of_their_length():
    assert LIBRARY["gap"] == b"\xd5" * 1200
    assert LIBRARY["pause"] == b"\xd5" * 2400
    assert "pause" in LIBRARY
    assert "pause" not in LIBRARY.clips()
    assert LIBRARY.text("pause") == ""


def test_a_clip_is_read_once():
    assert LIBRARY["welcome"] is LIBRARY["welcome"]


def test_texts_can_be_asked():
    assert LIBRARY.text("welcome") == "Welcome to the bank hotline."
    assert LIBRARY.text("two_on") == LIBRARY.text("two") == "two"


def test_a_transcript_reads_as_one_writes():
    said = LIBRARY.plan(
        "your_balance_is", Money(125_075, "USD"), ".",
        "on", Date(datetime.date(2026, 11, 22)), "credit_of", Money(-100, "USD"), ".",
        Digits("12345"), ".", "goodbye",
    )  # fmt: skip
    assert LIBRARY.transcript(said) == (
        "Your balance is one thousand two hundred fifty dollars and seventy-five cents. "
        "On November twenty-second credit, minus one dollar. "
        "One two, three four five. "
        "Thank you for calling. Goodbye."
    )


def test_a_transcript_of_nothing_is_empty():
    assert LIBRARY.transcript(()) == LIBRARY.transcript(("gap", "pause")) == ""


def test_a_library_tells_what_it_is():
    assert repr(LIBRARY) == f"<ClipLibrary en: {len(CLIPS)} clips>"


@pytest.mark.parametrize("ask", [LIBRARY.__getitem__, LIBRARY.text, LIBRARY.plan])
def test_an_unknown_clip_is_told_in_one_sentence(ask):
    with pytest.raises(ConfigError, match=r"^no clip is called 'wellcome' in language 'en'$"):
        ask("wellcome")


def test_an_unknown_clip_in_a_transcript_is_told_in_one_sentence():
    with pytest.raises(ConfigError, match=r"^no clip is called 'wellcome' in language 'en'$"):
        LIBRARY.transcript(("welcome", "wellcome"))


def test_an_unknown_language_is_told_in_one_sentence():
    with pytest.raises(ConfigError, match=r"^language: want one of en, got 'xx'$"):
        ClipLibrary("xx")


# ---- an operator's own recordings


def test_an_own_recording_replaces_one_clip_alone(tmp_path):
    audio.write(tmp_path / "welcome.flac", TONE, subtype="PCM_16")
    library = ClipLibrary(folder=tmp_path).load()
    assert library["welcome"] == dsp.alaw_encode(TONE).tobytes()
    assert library["goodbye"] == LIBRARY["goodbye"]
    assert library.text("welcome") == LIBRARY.text("welcome")


def test_an_own_recording_may_be_a_new_clip(tmp_path):
    audio.write(tmp_path / "branch_hours.wav", TONE)
    library = ClipLibrary(folder=tmp_path)
    assert "branch_hours" in library.clips()
    plan_ = library.plan("branch_hours", ".", "goodbye")
    assert plan_ == ("branch_hours", "pause", "goodbye")
    assert library.transcript(plan_) == "Branch hours. Thank you for calling. Goodbye."


def test_an_own_recording_may_have_its_own_text(tmp_path):
    audio.write(tmp_path / "welcome.wav", TONE)
    (tmp_path / "texts.toml").write_text('welcome = "Welcome to the First Bank."\n')
    library = ClipLibrary(folder=tmp_path)
    assert library.transcript(library.plan("welcome")) == "Welcome to the First Bank."


def test_an_unreadable_recording_names_clip_and_file(tmp_path):
    (tmp_path / "welcome.wav").write_bytes(b"no sound at all")
    library = ClipLibrary(folder=tmp_path)
    told = f"clip welcome: {tmp_path / 'welcome.wav'}: cannot be read as sound: "
    for read in (library.load, lambda: library["welcome"], lambda: library.segments("welcome")):
        with pytest.raises(MediaError) as caught:
            read()
        assert str(caught.value).startswith(told)


def test_a_recording_of_another_rate_names_clip_and_file(tmp_path):
    audio.write(tmp_path / "welcome.wav", np.stack([TONE, TONE], axis=1), 44100, "PCM_16")
    with pytest.raises(MediaError) as caught:
        ClipLibrary(folder=tmp_path).load()
    assert str(caught.value) == (
        f"clip welcome: {tmp_path / 'welcome.wav'}: "
        "want 1 channel at 8000 Hz, got 2 channels at 44100 Hz"
    )


def test_hidden_files_are_no_recordings(tmp_path):
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "old").mkdir()
    assert ClipLibrary(folder=tmp_path).clips() == LIBRARY.clips()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"welcome.wav": "", "welcome.flac": ""}, r"welcome.wav: clip 'welcome' is there twice"),
        ({"pause.wav": ""}, r"pause.wav: 'pause' is a silence of every plan, not a clip"),
        ({"texts.toml": "welcome ="}, r"texts.toml: cannot be read: "),
        ({"texts.toml": 'welcome = "Hi."'}, r"texts.toml: welcome: want a clip of this folder"),
        ({"texts.toml": "a = 1", "a.wav": ""}, r"texts.toml: a: want a text, got 1"),
        ({"texts.toml": 'a = " "', "a.wav": ""}, r"texts.toml: a: want a text, got ' '"),
    ],
)
def test_a_folder_that_makes_no_sense_is_told_in_one_sentence(tmp_path, files, told):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=told):
        ClipLibrary(folder=tmp_path)


def test_a_folder_that_is_not_there_is_told_in_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"^folder of prompts: want a folder, got .*/none$"):
        ClipLibrary(folder=tmp_path / "none")
