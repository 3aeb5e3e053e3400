"""A handset without sound beside one with it."""

import numpy as np
import pytest

from telcard.engine import FIDELITIES, ToneSegment
from telcard.exchange.handset import SoundHandset
from telcard.exchange.quiet import QuietHandset
from tests.support.line import Rig

HANDSETS = {"sound": SoundHandset, "events": QuietHandset}


class Listening:
    """A handset on the far end of a line, and what it has told."""

    def __init__(self, fidelity, repertoire):
        self.rig = Rig(fidelity=fidelity)
        self.ours, far = self.rig.pair()
        self.heard, self.told = [], []
        self.handset = HANDSETS[fidelity](repertoire, self.heard.extend, self.told.append)
        self.rig.run(3)
        self.handset.connect(far)
        self.rig.run(2)

    def names(self):
        return [heard.clip for heard in self.heard]


@pytest.fixture(params=FIDELITIES)
def listening(request, repertoire):
    made = Listening(request.param, repertoire)
    yield made
    made.rig.close()


def test_clips_are_heard_one_after_the_other(listening, library):
    play = listening.ours.play([library[name] for name in ("welcome", "one", "enter_account")])
    listening.rig.until(lambda: play.outcome)
    listening.rig.run(50)
    assert listening.names() == ["welcome", "one", "enter_account"]
    assert all(heard.complete for heard in listening.heard)
    assert listening.heard[1].start == pytest.approx(
        listening.heard[0].start + len(library["welcome"]), abs=80
    )


@pytest.mark.parametrize("ticks", [10, 60, 130])
def test_a_clip_that_breaks_off_is_heard_in_part_or_not_at_all(repertoire, library, ticks):
    parts = {}
    for fidelity in FIDELITIES:
        listening = Listening(fidelity, repertoire)
        play = listening.ours.play([library["enter_account"]])
        listening.rig.run(ticks)
        play.stop()
        listening.rig.run(100)
        listening.rig.close()
        parts[fidelity] = listening.heard
    assert [heard.clip for heard in parts["events"]] == [heard.clip for heard in parts["sound"]]
    for told, listened in zip(parts["events"], parts["sound"], strict=True):
        assert not told.complete
        assert told.share == pytest.approx(listened.share, abs=0.1)


def test_the_clip_that_sounds_is_known_before_it_is_over(listening, library):
    listening.ours.play([library["enter_account"]])
    listening.rig.run(60)
    now = listening.handset.sounding
    assert now.clip == "enter_account"
    assert 0.1 < now.share < 0.5
    assert listening.handset.audible > 1600
    (rest,) = listening.handset.flush()
    assert (rest.clip, rest.complete) == ("enter_account", False)


def test_position_counts_while_nothing_sounds(listening):
    before = listening.handset.position
    listening.rig.run(10)
    assert listening.handset.position == before + 800
    assert listening.handset.audible == 0


@pytest.mark.parametrize(("seconds", "name"), [(0.35, "busy"), (0.25, "congestion")])
def test_a_cadence_is_told_by_name(listening, seconds, name):
    listening.ours.tones([ToneSegment(seconds, 425.0), ToneSegment(seconds)], repeats=4)
    listening.rig.run(300)
    assert set(listening.told) == {name}


def test_keys_become_digits(listening):
    digits, ended = [], []
    listening.ours.on_digit(lambda event: digits.append(event.digit))
    listening.handset.key_address("*12*3#", ended.append)
    listening.rig.until(lambda: ended)
    listening.handset.key("45", 60, 60, ended.append)
    listening.rig.until(lambda: len(ended) == 2)
    listening.rig.run(10)
    assert "".join(digits) == "*12*3#45"


def test_what_is_said_lasts_as_long_as_it_does(listening):
    ended = []
    listening.handset.speak(np.zeros(4000, np.int16), ended.append)
    listening.rig.until(lambda: ended)
    assert ended[0].end - ended[0].start == 4000
