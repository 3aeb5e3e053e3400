import numpy as np

from telcard.dsp import tones
from telcard.dsp.copper import Copper
from telcard.engine import ToneSegment
from telcard.exchange.handset import SoundHandset
from tests.support.line import Ear, Rig


def connected(repertoire, **quality):
    rig = Rig()
    ours, far = rig.pair()
    heard, told = [], []
    handset = SoundHandset(repertoire, heard.extend, told.append, **quality)
    handset.connect(far)
    rig.run(2)
    return rig, ours, handset, heard, told


def test_a_clip_on_the_line_is_heard_where_it_sounded(repertoire, library):
    rig, ours, handset, heard, _ = connected(repertoire)
    playing = ours.play([library["welcome"]])
    rig.until(lambda: handset.sounding)
    rig.until(lambda: playing.outcome)
    rig.run(50)
    (clip,) = heard
    assert (clip.clip, clip.complete) == ("welcome", True)
    assert handset.audible > 0.5 * (clip.end - clip.start)
    assert handset.position > clip.end
    rig.close()


def test_a_clip_that_is_cut_by_the_end_of_the_call_is_told_by_flush(repertoire, library):
    rig, ours, handset, heard, _ = connected(repertoire)
    ours.play([library["welcome"]])
    rig.run(80)
    assert heard == []
    (part,) = handset.flush()
    assert part.clip == "welcome"
    assert not part.complete
    rig.close()


def test_keys_become_digits_at_the_far_end_and_a_weak_line_makes_them_weak(repertoire):
    rig, ours, handset, _, _ = connected(repertoire, line=Copper(loss_db=20))
    digits = []
    ours.on_digit(digits.append)
    ended = []
    handset.key_address("9", ended.append)
    rig.until(lambda: ended)
    handset.key("15", 80, 80, ended.append)
    rig.until(lambda: len(ended) == 2)
    rig.run(10)
    assert "".join(event.digit for event in digits) == "915"
    assert digits[0].low_dbm0 - digits[1].low_dbm0 > 15  # the register's line loses nothing
    rig.close()


def test_words_are_sent_as_they_are_over_a_good_line(repertoire):
    rig, ours, handset, _, _ = connected(repertoire)
    ear = Ear(ours)
    words = tones.dtmf("5")
    ended = []
    handset.speak(words, ended.append)
    rig.until(lambda: ended)
    rig.run(15)
    assert np.count_nonzero(np.frombuffer(ear.speech, np.uint8)) > len(words) // 3
    rig.close()


def test_a_cadence_is_told_by_name(repertoire):
    rig, ours, _, _, told = connected(repertoire)
    ours.tones([ToneSegment(0.35, 425.0), ToneSegment(0.35)], repeats=4)
    rig.run(400)
    assert told
    assert set(told) == {"busy"}
    rig.close()


def test_the_noise_of_his_own_line_is_no_sound_that_he_could_tell_of(repertoire):
    rig, ours, handset, _, _ = connected(repertoire, line=Copper(noise_dbm0=-45.0))
    rig.run(200)
    assert handset.audible == 0
    ours.tones([ToneSegment(0.5, 1000.0)])
    rig.run(60)
    assert handset.audible >= 4000
    rig.close()
