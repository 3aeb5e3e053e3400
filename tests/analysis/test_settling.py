"""What several finders found becomes one account: the more telling kept, and named."""

import pytest

from telcard.analysis import (
    Cadence,
    Caller,
    Data,
    Digit,
    FaxSignal,
    Pulse,
    Signal,
    Silence,
    Speech,
    Tone,
)
from telcard.analysis.settling import settle
from telcard.errors import ConfigError
from tests.analysis.test_cadences import row


def test_the_sound_of_a_digit_is_not_told_again_as_a_tone() -> None:
    digit = Digit(0, 1.0, 0.08, "5", -10.0, -8.0, 2.0, 0.0, 0.0)
    (same,) = row(0.08, hz=(770.2, 1335.8))
    (other_side,) = row(0.08, hz=(770.2, 1335.8), channel=1)
    (elsewhere,) = row(0.08, hz=(770.2, 1335.8), start_s=2.0)
    (longer,) = row(3.0, hz=(770.0,), start_s=0.5)
    found = settle([same, other_side, elsewhere, longer, digit])
    assert set(found) == {digit, other_side, elsewhere, longer}


def test_everything_is_told_in_order() -> None:
    found = settle([Silence(0, 5.0, 1.0), *row(*[0.5, 0.5] * 3)])
    assert [item.start_s for item in found] == sorted(item.start_s for item in found)
    assert sum(isinstance(item, Cadence) for item in found) == 1


def signal(start_s: float, name: str = "5", system: str = "r1", length_s: float = 0.07) -> Signal:
    return Signal(0, start_s, length_s, system, name, (-7.0, -7.0))


def data(standard: str, text: bytes, errors: int = 0, dbm0: float = -13.0) -> Data:
    return Data(0, 1.0, 1.0, standard, text, errors, dbm0)


def test_signals_of_a_register_come_in_rows() -> None:
    row_ = [signal(1 + 0.14 * n) for n in range(4)]
    alone = [signal(30.0), signal(30.2), signal(60.0, "7", "r2_forward")]
    assert settle([*row_, *alone]) == row_


def test_a_line_signal_lasts() -> None:
    seize = signal(1.0, "2400", "signalling", 0.4)
    assert settle([seize, signal(9.0, "2600", "signalling", 0.05)]) == [seize]


def test_of_modems_that_heard_the_same_the_best_is_told() -> None:
    good = data("bell202", b"hello", dbm0=-12.9)
    worse = [data("v23_1200", b"hello"), data("v21_1", b"hell"), data("bell103_1", b"hellooo", 1)]
    assert settle([*worse, good]) == [good]


def test_what_explains_stands_for_what_it_is_made_of() -> None:
    caller = Caller(0, 0.9, 1.2, "bellcore", "123", None, None, None, "123", None)
    fax = FaxSignal(0, 5.0, 3.3, "ans", 2100.0, -13.0, 0)
    clicks = Pulse(0, 12.0, 0.5, "5", 5, 10.0, -30.0, 0.9)
    told = [caller, fax, clicks]
    doubles = [
        data("bell202", b"\x80\x05123"),
        Tone(0, 5.0, 3.3, (2100.0,), (-13.0,), 0.999),
        Speech(0, 1.0, 0.8, -20.0, 30.0),
        Speech(0, 12.0, 0.6, -30.0, 20.0),
    ]
    assert settle([*doubles, *told]) == told
    elsewhere = Speech(1, 1.0, 0.8, -20.0, 30.0)
    assert elsewhere in settle([*told, elsewhere])


def named(findings, country=None):
    return {
        f.names: f.countries for f in settle(findings, country) if isinstance(f, (Tone, Cadence))
    }


def test_tones_have_the_names_of_a_country() -> None:
    busy = row(*[0.35, 0.35] * 5, hz=(450.0,))
    assert [f.names for f in settle(busy, "CN") if isinstance(f, Cadence)] == [("busy",)]
    assert [f.names for f in settle(busy, "US") if isinstance(f, Cadence)] == [()]
    (dial,) = row(3.0, hz=(350.0, 440.0))
    assert named([dial], "US") == {("dial",): ()}
    assert named(row(1.0, hz=(350.0, 440.0)), "US") == {(): ()}


def test_without_a_country_all_are_asked() -> None:
    told = settle(row(*[0.4, 0.2, 0.4, 2.0] * 3, hz=(400.0, 450.0)))
    (ringing,) = (f for f in told if isinstance(f, Cadence))
    assert ringing.names[0] == "ringback"
    assert "GB" in ringing.countries
    assert "so in" in ringing.detail


def test_a_cadence_may_begin_anywhere() -> None:
    told = settle(row(*[0.4, 2.0, 0.4, 0.2] * 4, hz=(400.0, 450.0)), "GB")
    assert [f.names for f in told if isinstance(f, Cadence)] == [("ringback",)]


def test_tones_in_turn_are_one_signal() -> None:
    sit = [
        Tone(0, 1 + 0.33 * n, 0.33, (hz,), (-14.0,), 0.999)
        for n, hz in enumerate((950.0, 1400.0, 1800.0))
    ]
    assert all(
        tone.names and "sit" in tone.names[0] for tone in settle(sit) if isinstance(tone, Tone)
    )
    assert named(sit[:2]) == {(): ()}


def test_an_unknown_country_is_told() -> None:
    with pytest.raises(ConfigError, match="XX"):
        settle(row(2.0), "XX")
