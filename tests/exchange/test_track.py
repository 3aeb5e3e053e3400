import numpy as np
import pytest

from telcard.exchange.repertoire import WINDOW, Repertoire
from telcard.exchange.track import SLIP, Heard, Stream, Track, overlap


@pytest.fixture
def goodbye(clips):
    return Repertoire({"goodbye": clips["goodbye"]})


def laid(repertoire, sound, lag, start):
    stream = Stream(repertoire.longest + 2 * WINDOW)
    stream.take(sound)
    track = Track(repertoire, 0, stream)
    likeness = track.lock(lag, start)
    track.begin()
    return track, likeness


def test_locks_to_the_sample_from_a_pitch_period_away(goodbye, clips):
    sound = np.concatenate([np.zeros(1000, np.int16), clips["goodbye"], np.zeros(999, np.int16)])
    for error in (-100, -3, 0, 40, 110):
        track, likeness = laid(goodbye, sound, 1000 + error, 4000)
        assert track.forth.lag == 1000
        assert likeness > 0.999
        assert track.certain
        assert track.ended


def test_measures_the_gain_of_the_line(goodbye, clips):
    sound = (clips["goodbye"] * 0.25).astype(np.int16)
    track, _ = laid(goodbye, sound, 0, 2000)
    assert track.gain == pytest.approx(0.25, rel=0.01)


def test_ends_where_the_clip_falls_silent(goodbye, clips):
    sound = np.concatenate([clips["goodbye"][:4000], np.zeros(4000, np.int16)])
    track, _ = laid(goodbye, sound, 0, 2000)
    assert track.ended
    assert track.end == pytest.approx(4000, abs=80)


def test_noise_is_not_taken_for_the_clip(goodbye):
    rng = np.random.default_rng(5)
    track, likeness = laid(goodbye, rng.normal(0, 2000, 10000).astype(np.int16), 0, 2000)
    assert likeness < 0.3
    assert not track.certain


def test_nothing_is_left_of_a_clip_that_is_taken_away_from_itself(goodbye, clips):
    sound = np.concatenate([clips["goodbye"], np.zeros(1000, np.int16)])
    track, _ = laid(goodbye, sound, 0, 2000)
    twin, _ = laid(goodbye, sound, 0, 2500)
    assert track.same(twin)
    twin.without(track)
    assert track.certain
    assert not twin.certain


def test_a_slip_moves_the_lag(goodbye, clips):
    clip = clips["goodbye"]
    sound = np.concatenate([clip[:5000], clip[5000 - SLIP :], np.zeros(1000, np.int16)])
    track, _ = laid(goodbye, sound, 0, 2000)
    assert (track.back.lag, track.forth.lag) == (0, SLIP)


def test_overlap_is_half_of_the_shorter():
    long, short = Heard("a", 0, 1000, 1.0), Heard("b", 900, 1100, 1.0)
    assert overlap(long, short)
    assert not overlap(long, Heard("b", 901, 1101, 1.0))


def test_heard_reads_as_its_name_and_how_much_of_it():
    assert str(Heard("menu", 0, 100, 0.9)) == "menu"
    assert str(Heard("menu", 0, 100, 0.9, share=0.4)) == "menu (40% of it)"
