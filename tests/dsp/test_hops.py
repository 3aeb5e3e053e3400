import numpy as np
import pytest

from telcard.dsp.hops import HOP, Aligned, Hops


def test_whole_hops_come_out_and_the_rest_waits() -> None:
    pcm = np.arange(500, dtype=np.int16).reshape(-1, 2)
    hops = Hops(2)
    parts = [hops.take(part) for part in np.split(pcm, [1, 79, 81, 240])]
    assert all(len(part) % HOP == 0 for part in parts)
    assert hops.taken == 250
    rest = hops.rest(100)
    assert len(rest) == 160
    assert not rest[10:].any()
    assert (np.concatenate([*parts, rest])[:250] == pcm).all()
    assert hops.taken == 0
    assert len(hops.rest()) == 0


def test_what_a_delay_adds_is_cut() -> None:
    aligned = Aligned(90)
    made = np.arange(240, dtype=np.int16).reshape(-1, 1)
    cut = [aligned.cut(part) for part in np.split(made, 3)]
    assert [len(part) for part in cut] == [0, 70, 80]
    assert cut[1][0, 0] == 90
    aligned.reset()
    assert len(aligned.cut(made)) == 150


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        Hops(0)
    with pytest.raises(ValueError, match=r"block: want \(frames, 3\), got shape \(80, 2\)"):
        Hops(3).take(np.zeros((80, 2), np.int16))
