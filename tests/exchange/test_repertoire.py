import numpy as np
import pytest

from telcard.dsp import g711
from telcard.exchange.repertoire import WINDOW, Repertoire, emphasised, pcm


def test_finds_a_moment_in_its_clip(repertoire, clips):
    moment = emphasised(clips["not_available"])[8000 : 8000 + WINDOW]
    best = repertoire.places(moment)[0]
    assert repertoire.names[best.clip] == "not_available"
    assert abs(best.offset - 8000) <= 4
    assert best.score > 0.6  # a low band, and a sharp lag between two of its samples


def test_finds_a_moment_that_began_before_the_clip(repertoire, clips):
    moment = np.concatenate([np.zeros(800, np.float32), emphasised(clips["welcome"])])[:WINDOW]
    places = {repertoire.names[place.clip]: place for place in repertoire.places(moment)}
    assert abs(places["welcome"].offset + 800) <= 4


def test_a_silent_moment_reminds_of_nothing(repertoire):
    assert repertoire.places(np.zeros(WINDOW, np.float32)) == []


def test_takes_octets_and_samples_alike(library, clips):
    octets = Repertoire({"goodbye": library["goodbye"]})
    samples = Repertoire({"goodbye": clips["goodbye"]})
    assert np.array_equal(octets.clips[0], samples.clips[0])
    assert np.array_equal(pcm(library["goodbye"]), g711.decode_alaw(library["goodbye"]))


def test_emphasis_goes_on_from_block_to_block(clips):
    sound = clips["welcome"]
    parts = [emphasised(sound[:777]), emphasised(sound[777:], int(sound[776]))]
    assert np.array_equal(np.concatenate(parts), emphasised(sound))


def test_refuses_what_nobody_could_recognise(clips):
    with pytest.raises(ValueError, match="want at least one clip, got none"):
        Repertoire({})
    with pytest.raises(ValueError, match="clip 'mute': want sound, got 800 samples of silence"):
        Repertoire({"mute": np.zeros(800, np.int16)})
    with pytest.raises(ValueError, match="clip 'tick': want 1600 samples or more, got 1599"):
        Repertoire({"tick": clips["welcome"][:1599]})
