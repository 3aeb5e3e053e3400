import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telcard.dsp import g711
from telcard.exchange import Listener, Repertoire
from telcard.exchange.verbatim import KEY, Index, Verbatim
from telcard.speech import ClipLibrary

SILENCE = bytes([g711.ALAW_SILENCE])


@pytest.fixture(scope="module")
def library() -> ClipLibrary:
    return ClipLibrary("en").load()


@pytest.fixture(scope="module")
def repertoire(library: ClipLibrary) -> Repertoire:
    return Repertoire({name: library[name] for name in library.clips()})


def noise(seed: int, count: int) -> bytes:
    chance = np.random.default_rng(seed)
    return g711.encode_alaw((chance.normal(0, 3000, count)).astype(np.int16)).tobytes()


ONE, OTHER = noise(1, 900), noise(2, 700)
LONGER = ONE + noise(3, 400)


def follow(stream: bytes, cut: int, *clips: bytes) -> list[tuple[int, int, int, bool]]:
    verbatim = Verbatim(Index(clips))
    found = []
    for at in range(0, len(stream), cut):
        found += verbatim.take(stream[at : at + cut])
    found += verbatim.take(SILENCE * (KEY + 1))
    return [(match.clip, match.start, match.matched, match.complete) for match in found]


def test_a_clip_that_comes_unchanged_is_named_with_its_place():
    assert follow(SILENCE * 333 + ONE, 80, ONE, OTHER) == [(0, 333, 900, True)]


def test_clips_without_a_gap_are_named_one_by_one():
    assert follow(ONE + OTHER + ONE, 80, ONE, OTHER) == [
        (0, 0, 900, True),
        (1, 900, 700, True),
        (0, 1600, 900, True),
    ]


def test_silence_around_a_clip_belongs_to_it_but_need_not_come():
    padded = SILENCE * 200 + ONE + SILENCE * 300
    ((clip, start, matched, complete), *rest) = follow(padded[:1150] + OTHER, 80, padded, OTHER)
    assert (clip, start, complete) == (0, 0, True)
    assert 1100 <= matched < 1160
    assert rest == [(1, 1150, 700, True)]


def test_a_clip_that_breaks_off_says_how_far_it_came():
    ((clip, start, matched, complete), *rest) = follow(ONE[:500] + OTHER, 80, ONE, OTHER)
    assert (clip, start, complete) == (0, 0, False)
    assert 500 <= matched < 510
    assert rest == [(1, 500, 700, True)]


def test_of_clips_that_begin_alike_the_one_that_was_played_is_named():
    assert follow(LONGER, 80, ONE, LONGER) == [(1, 0, 1300, True)]
    assert follow(ONE + SILENCE * 80, 80, ONE, LONGER) == [(0, 0, 900, True)]
    # The longer one broke off: the shorter one is what was heard whole.
    assert follow(LONGER[:1200] + SILENCE, 80, ONE, LONGER) == [(0, 0, 900, True)]


@settings(max_examples=50)
@given(st.integers(1, 400), st.integers(0, 200), st.integers(1, 900))
def test_every_cutting_of_the_stream_gives_the_same(cut: int, gap: int, part: int):
    stream = ONE[:part] + SILENCE * gap + LONGER + OTHER[: part // 2] + ONE
    assert follow(stream, cut, ONE, OTHER, LONGER) == follow(stream, 80, ONE, OTHER, LONGER)


def test_what_is_no_clip_is_left_unexplained():
    verbatim = Verbatim(Index([ONE]))
    verbatim.take(SILENCE * 100 + ONE + SILENCE * 100)
    assert verbatim.explains(0)
    verbatim.take(OTHER + SILENCE * 100)
    assert not verbatim.explains(1100)
    assert verbatim.explains(1800)


def test_samples_that_are_no_octets_break_a_clip_off():
    verbatim = Verbatim(Index([ONE]))
    assert verbatim.take(ONE[:640]) == []
    broken = verbatim.lose(80)
    assert broken is not None
    assert (broken.matched, broken.complete) == (640, False)
    assert verbatim.lose(80) is None


def both(repertoire: Repertoire, stream: bytes) -> tuple[list[object], list[object]]:
    """What a listener makes of octets, and of the same as samples."""
    told = []
    for sound in (stream, g711.decode_alaw(stream)):
        listener = Listener(repertoire)
        heard = [
            clip
            for at in range(0, len(sound), 80)
            for clip in listener.process(sound[at : at + 80])
        ]
        told.append([*heard, *listener.flush()])
    return told[0], told[1]


SPOKEN = ("welcome", "your_balance_is", "digit_3", "point", "on", "goodbye")


def test_octets_and_likeness_tell_the_same_clips(library: ClipLibrary, repertoire: Repertoire):
    names = [name for name in SPOKEN if name in library.clips()]
    stream = SILENCE * 500 + b"".join(library[name] for name in names) + SILENCE * 4000
    octets, likeness = both(repertoire, stream)
    assert [heard.clip for heard in octets] == names
    for one, other in zip(octets, likeness, strict=True):
        assert one.clip == other.clip
        assert one.complete
        assert abs(one.start - other.start) <= 80
        assert abs(one.end - other.end) <= 160


@pytest.mark.parametrize("spoilt", ["slipped", "struck", "cut short", "beheaded"])
def test_a_clip_with_a_fault_in_it_is_told_once(
    library: ClipLibrary, repertoire: Repertoire, spoilt: str
):
    clip = library["enter_account"]
    half = len(clip) // 2
    octets = {
        "slipped": clip[:half] + clip[half + 1 :],
        "struck": clip[:half] + noise(9, 40) + clip[half + 40 :],
        "cut short": clip[:half],
        "beheaded": clip[half:],
    }[spoilt]
    stream = SILENCE * 500 + octets + SILENCE * 800 + library["goodbye"] + SILENCE * 4000
    told, likeness = both(repertoire, stream)
    assert [heard.clip for heard in told] == ["enter_account", "goodbye"]
    assert told[0].share == pytest.approx(likeness[0].share, abs=0.06)
    assert told[1].complete


@pytest.mark.parametrize("share", [0.12, 0.28, 0.74])
def test_a_clip_after_one_that_broke_off_is_told_once(library, repertoire, share):
    offer, answer = library["for_your_balance"], library["your_balance_is"]
    broken = bytes(offer)[: int(share * len(offer))]
    sound = SILENCE * 80 + broken + SILENCE * 160 + bytes(answer) + SILENCE * 8000
    listener = Listener(repertoire)
    heard = listener.process(sound) + listener.flush()
    assert [one.clip for one in heard].count("your_balance_is") == 1
