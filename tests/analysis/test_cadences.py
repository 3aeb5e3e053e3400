"""Which tones belong together, and in what pattern."""

import pytest

from telcard.analysis import Silence, Tone
from telcard.analysis.cadences import bursts, cadences, within_cadence


def row(
    *lengths_s: float, hz: tuple[float, ...] = (425.0,), channel: int = 0, start_s: float = 1.0
) -> list[Tone]:
    """Tones and pauses in turn."""
    found = []
    for place, length_s in enumerate(lengths_s):
        if place % 2 == 0:
            found.append(Tone(channel, start_s, length_s, hz, (-15.0,) * len(hz), 0.999))
        start_s += length_s
    return found


def test_busy_tone_is_a_cadence_of_half_a_second() -> None:
    (found,) = cadences(row(*[0.5, 0.5] * 5))
    assert found.pattern_s == (0.5, 0.5)
    assert (found.bursts, found.start_s, found.hz) == (5, 1.0, (425.0,))
    assert found.length_s == pytest.approx(4.5)


def test_ringing_as_in_britain_has_four_parts() -> None:
    (found,) = cadences(row(*[0.4, 0.2, 0.4, 2.0] * 3, hz=(400.0, 450.0)))
    assert found.pattern_s == (0.4, 0.2, 0.4, 2.0)
    assert found.bursts == 6


def test_the_first_and_the_last_tone_may_have_been_cut() -> None:
    (found,) = cadences(row(0.3, 4.0, 1.01, 4.0, 0.99, 4.0, 0.6))
    assert found.pattern_s == (1.0, 4.0)


def test_two_tones_are_a_cadence_if_they_are_equal() -> None:
    assert [found.pattern_s for found in cadences(row(2.0, 4.0, 2.0))] == [(2.0, 4.0)]
    assert cadences(row(2.0, 4.0, 1.0)) == []


def test_tones_without_a_pattern_and_a_tone_alone_have_no_cadence() -> None:
    assert cadences(row(0.5, 0.3, 0.9, 1.7, 0.2, 0.4, 1.4)) == []
    assert cadences(row(2.0)) == []
    assert cadences([]) == []


def test_another_frequency_a_long_pause_and_another_side_begin_anew() -> None:
    busy = row(*[0.5, 0.5] * 3)
    other = row(*[0.25, 0.25] * 3, hz=(450.0,), start_s=4.2)
    late = row(*[0.5, 0.5] * 3, start_s=30.0)
    right = row(*[1.0, 1.0] * 3, channel=1)
    found = cadences([*busy, *other, *late, *right])
    assert [(f.channel, f.start_s, f.pattern_s) for f in found] == [
        (0, 1.0, (0.5, 0.5)),
        (1, 1.0, (1.0, 1.0)),
        (0, 4.2, (0.25, 0.25)),
        (0, 30.0, (0.5, 0.5)),
    ]


def test_a_cadence_knows_its_bursts_and_what_lies_between_them() -> None:
    ringing = row(1.0, 4.0, 1.0, 4.0, 1.0)
    (found,) = cadences(ringing)
    assert bursts(found, [*ringing, *row(1.0, start_s=40.0)]) == ringing
    assert within_cadence(Silence(0, 2.0, 4.0), [found])
    assert not within_cadence(Silence(1, 2.0, 4.0), [found])
    assert not within_cadence(Silence(0, 13.0, 4.0), [found])


def test_a_signal_before_of_the_same_frequency_hides_no_pattern() -> None:
    """Dial tone and ringing tone of one exchange often have the same frequency."""
    (found,) = cadences(row(1.7, 3.0, 1.0, 4.0, 1.0, 4.0, 1.0))
    assert (found.pattern_s, found.bursts, found.start_s) == ((1.0, 4.0), 3, 5.7)


def test_two_signals_of_the_same_frequency_are_told_apart() -> None:
    ringing = row(1.0, 4.0, 1.0, 4.0, 1.0)
    busy = row(*[0.35, 0.35] * 5, start_s=16.0)
    assert [found.pattern_s for found in cadences([*ringing, *busy])] == [(1.0, 4.0), (0.35, 0.35)]
