import itertools

import numpy as np
import pytest

from telcard.dsp import g711, tones
from telcard.exchange.recognise import Heard, Listener
from telcard.exchange.repertoire import Repertoire

DEMO = [
    *("welcome", "enter_account", "enter_pin", "menu", "your_balance_is"),
    *("one_on", "thousand_on", "two_hundred_on", "fifty_on", "dollars_on", "and", "fifty", "cents"),
    *("your_last_entries_are", "debit_of", "nine", "dollars", "goodbye"),
]


def silence(seconds):
    return np.zeros(round(seconds * 8000), np.int16)


def noise(rng, samples, rms):
    return rng.normal(0, rms, samples)


def through_line(sound, *, loss_db=0.0, snr_db=None, rng=None):
    """What arrives: weaker, with white noise against the mean level of the speech, in A-law."""
    x = sound * 10 ** (-loss_db / 20)
    if snr_db is not None:
        x = x + noise(rng, len(x), np.sqrt(np.mean(x[x != 0] ** 2)) * 10 ** (-snr_db / 20))
    return g711.encode_alaw(np.clip(np.rint(x), -32768, 32767).astype(np.int16)).tobytes()


def listen(repertoire, sound, block=80):
    listener = Listener(repertoire)
    heard: list[Heard] = []
    for at in range(0, len(sound), block):
        heard += listener.process(sound[at : at + block])
    return heard + listener.flush()


def names(heard):
    return [str(each) for each in heard]


def test_names_each_clip_of_a_call_in_order(repertoire, clips):
    gaps = itertools.cycle([silence(0.5), silence(0), silence(0.13)])
    sound = np.concatenate([part for name in DEMO for part in (clips[name], next(gaps))])
    assert names(listen(repertoire, through_line(sound))) == DEMO


@pytest.mark.parametrize(("loss_db", "seed"), [(0, 1), (20, 2)])
def test_names_every_clip_through_loss_and_noise_at_15_db(repertoire, clips, loss_db, seed):
    rng = np.random.default_rng(seed)
    order = [str(name) for name in rng.permutation(list(clips))[:40]]
    parts = [part for name in order for part in (clips[name], silence(rng.uniform(0, 0.3)))]
    line = through_line(np.concatenate(parts), loss_db=loss_db, snr_db=15, rng=rng)
    assert names(listen(repertoire, line)) == order, f"seed {seed}"


def test_says_where_a_clip_began_and_ended_to_within_10_ms(repertoire, clips):
    sound = np.concatenate([silence(0.777), clips["goodbye"], silence(1)])
    (heard,) = listen(repertoire, through_line(sound))
    begin = round(0.777 * 8000)
    assert abs(heard.start - begin) <= 80
    assert abs(heard.end - begin - len(clips["goodbye"])) <= 160
    assert heard.score > 0.99


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.8])
def test_says_how_much_of_an_interrupted_clip_was_heard(repertoire, clips, share):
    menu = clips["menu"]
    sound = np.concatenate([silence(0.3), menu[: int(share * len(menu))], silence(1)])
    (heard,) = listen(repertoire, through_line(sound))
    assert (heard.clip, heard.complete, heard.skipped) == ("menu", False, 0)
    assert heard.share == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.8])
def test_says_how_much_was_missing_at_the_head(repertoire, clips, share):
    menu = clips["menu"]
    sound = np.concatenate([menu[int(share * len(menu)) :], silence(1)])
    (heard,) = listen(repertoire, through_line(sound))
    assert (heard.clip, heard.complete) == ("menu", False)
    assert heard.skipped == pytest.approx(share, abs=0.03)
    assert heard.skipped + heard.share == pytest.approx(1)


@pytest.mark.parametrize("slip", range(1, 9))
def test_follows_a_line_that_loses_and_repeats_samples(repertoire, clips, slip):
    menu = clips["menu"]
    parts = [menu[:9000], menu[9000 + slip : 20000], menu[20000 - slip :], silence(0.5)]
    assert names(listen(repertoire, through_line(np.concatenate(parts)))) == ["menu"]


def test_bridges_a_hole_of_two_ticks(repertoire, clips):
    menu = clips["menu"].copy()
    menu[9000:9160] = 0
    assert names(listen(repertoire, np.concatenate([menu, silence(0.5)]))) == ["menu"]


def test_tells_the_two_tones_of_a_word_apart(repertoire, clips):
    for name in ("seven", "seven_on", "fourteen", "fourteen_on", "two", "two_on"):
        sound = np.concatenate([silence(0.3), clips[name], silence(0.5)])
        assert names(listen(repertoire, through_line(sound))) == [name]


def test_hears_a_clip_twice_when_it_is_played_twice(repertoire, clips):
    sound = np.concatenate([clips["one_on"]] * 3 + [silence(0.5)])
    assert names(listen(repertoire, through_line(sound))) == ["one_on"] * 3


def test_does_not_hear_a_clip_that_it_does_not_know(clips):
    """The voice, and often most of the words, are those of known clips."""
    unknown = ("welcome", "menu", "seven", "thousand_on", "fourteen", "may", "goodbye")
    known = Repertoire({name: clip for name, clip in clips.items() if name not in unknown})
    sound = np.concatenate([part for name in unknown for part in (clips[name], silence(0.4))])
    assert listen(known, through_line(sound)) == []


def test_takes_an_unknown_clip_that_begins_like_a_known_one_for_a_part_of_that(clips):
    """Both say "please enter your": what was heard of the known one is what they share."""
    known = Repertoire(
        {name: clip for name, clip in clips.items() if name != "enter_pin" and "amount" not in name}
    )
    (heard,) = listen(known, np.concatenate([clips["enter_pin"], silence(0.5)]))
    assert heard.clip == "enter_account"
    assert heard.share < 0.3


def test_does_not_hear_a_clip_played_backward(repertoire, clips):
    sound = np.concatenate([clips["welcome"][::-1], clips["menu"][::-1], silence(0.5)])
    assert listen(repertoire, through_line(sound)) == []


def test_hears_nothing_in_tones_noise_and_silence(repertoire):
    rng = np.random.default_rng(3)
    ringing = tones.ToneGenerator([tones.ToneSegment(1, 425), tones.ToneSegment(1)], 2)
    for sound in (
        tones.dtmf("*02154321*95588#"),
        ringing.process(32000),
        noise(rng, 40000, 1500).astype(np.int16),
        silence(3),
    ):
        assert listen(repertoire, through_line(sound)) == []


def test_hears_two_clips_at_once(repertoire, clips):
    both = np.concatenate([clips["menu"], silence(0.5)]).astype(np.int32)
    both[5000 : 5000 + len(clips["goodbye"])] += clips["goodbye"]
    heard = listen(repertoire, np.clip(both, -32768, 32767).astype(np.int16))
    assert sorted(each.clip for each in heard) == ["goodbye", "menu"]


def test_hears_a_clip_through_another_voice(clips):
    """The other voice is a stranger's here: its clip is not among the known ones."""
    known = Repertoire({name: clip for name, clip in clips.items() if name != "not_available"})
    stranger = clips["not_available"][: len(clips["menu"])]
    both = np.concatenate([clips["menu"], silence(0.5)]).astype(np.int32)
    both[2000 : 2000 + len(stranger)] += stranger
    (heard,) = listen(known, np.clip(both, -32768, 32767).astype(np.int16))
    assert heard.clip == "menu"
    assert heard.share > 0.9


def test_hears_the_same_however_the_stream_is_cut(repertoire, clips):
    sound = np.concatenate([clips[name] for name in ("welcome", "nine_on", "march", "goodbye")])
    line = through_line(sound, loss_db=6, snr_db=20, rng=np.random.default_rng(4))
    whole = listen(repertoire, line, len(line))
    assert names(whole) == ["welcome", "nine_on", "march", "goodbye"]
    assert all(listen(repertoire, line, block) == whole for block in (7, 80, 1000))


def test_says_what_sounds_while_it_sounds(repertoire, clips):
    listener = Listener(repertoire)
    assert listener.sounding is None
    listener.process(clips["menu"][:24000])
    sounding = listener.sounding
    assert sounding is not None
    assert sounding.clip == "menu"
    assert sounding.share == pytest.approx(24000 / len(clips["menu"]), abs=0.02)


def test_keeps_memory_bounded_however_long_it_listens(repertoire, clips):
    listener = Listener(repertoire)
    size = listener._stream._sound.nbytes
    for _ in range(30):
        listener.process(clips["on"])
        listener.process(silence(1))
    assert listener._stream._sound.nbytes == size
    assert len(listener._told) + len(listener._ended) + len(listener._tracks) < 20
