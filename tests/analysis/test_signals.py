"""Finders of signals, modems, callers and people: each finds its own in a call that has all."""

import numpy as np
import pytest

from telcard.analysis import (
    Caller,
    Data,
    Digit,
    FaxSignal,
    Finding,
    Pulse,
    Signal,
    Speech,
    signals,
)
from telcard.analysis.detectors import MF_SYSTEMS
from telcard.analysis.settling import settle
from telcard.dsp import fsk, tones
from tests.support.recordings import everything

CALL = everything()


def found_by(detector, pcm: np.ndarray) -> list[Finding]:
    return detector.process(pcm) + detector.flush()


def test_digits_have_their_place_levels_and_offsets() -> None:
    pcm = np.concatenate([np.zeros(8000, np.int16), tones.dtmf("5", level_dbm0=-20, twist_db=-3)])
    (digit,) = found_by(signals.digits(1), pcm[:, None])
    assert isinstance(digit, Digit)
    assert (digit.digit, digit.channel) == ("5", 0)
    assert digit.start_s == pytest.approx(1, abs=0.002)
    assert digit.length_s == pytest.approx(0.08, abs=0.002)
    assert digit.twist_db == pytest.approx(-3, abs=0.2)
    assert abs(digit.low_offset) < 0.001


@pytest.mark.parametrize("system", MF_SYSTEMS)
def test_each_system_has_its_signals(system: str) -> None:
    wanted = {"r1": "KP 5 5 5 1 2 1 2 ST", "r2_forward": "1 2 3", "signalling": "2600"}
    told = settle(found_by(signals.signals(system)(2), CALL))
    assert all(isinstance(f, Signal) and f.channel == 0 for f in told)
    assert " ".join(f.signal for f in told if isinstance(f, Signal)) == wanted.get(system, "")


def test_dialled_digits_are_heard_by_their_clicks() -> None:
    told = [f for f in found_by(signals.pulses(2), CALL) if isinstance(f, Pulse)]
    assert "".join(f.digit for f in told) == "305"
    assert {f.channel for f in told} == {1}
    assert "10.0 a second" in told[1].detail


def test_modems_say_what_they_said() -> None:
    # The caller ID is a modem's data as well, and told as what it is.
    found = found_by(signals.Modems(2), CALL) + found_by(signals.callers(2), CALL)
    told = [f for f in settle(found) if isinstance(f, Data) and f.channel == 1]
    assert [f.standard for f in told] == ["v21_1", "bell202"]
    assert told[0].octets == b"Hello, world!"
    assert told[1].text == "AT+FCLASS=1 and more"
    assert told[0].dbm0 == pytest.approx(-13, abs=0.5)


@pytest.mark.parametrize("standard", signals.MODEMS)
def test_data_that_cannot_be_read_are_told_in_hex(standard: str) -> None:
    octets = np.random.default_rng(3).bytes(40)
    pcm = np.concatenate([np.zeros(4000, np.int16), fsk.fsk(octets, standard)])
    (told,) = settle(found_by(signals.Modems(1), pcm[:, None]))
    assert isinstance(told, Data)
    assert (told.standard, told.octets, told.errors) == (standard, octets, 0)
    assert told.text == octets.hex(" ")
    assert told.detail.startswith(f"40 octets: {octets[:10].hex(' ')}")


@pytest.mark.parametrize("octets", [bytes(range(16)), bytes(range(128, 143)) * 3])
def test_few_octets_that_cannot_be_read_are_not_believed(octets: bytes) -> None:
    # Speech and music spell as many, and melodies the same few values again and again.
    assert not found_by(signals.Modems(1), fsk.fsk(octets, "v21_1", mark_ms=400)[:, None])


def test_a_caller_has_number_and_name() -> None:
    (caller,) = found_by(signals.callers(2), CALL)
    assert isinstance(caller, Caller)
    assert (caller.number, caller.name, caller.error) == ("5551234567", "JOHN DOE", None)
    assert caller.label == "5551234567, JOHN DOE"


def test_an_answering_fax_is_heard() -> None:
    told = [f for f in found_by(signals.fax_signals(2), CALL) if isinstance(f, FaxSignal)]
    assert [f.tone for f in told] == ["ans"]
    assert told[0].hz == pytest.approx(2100, abs=3)
    assert told[0].label == "ANS"


def test_speech_is_where_somebody_talks() -> None:
    chance = np.random.default_rng(2)
    n = np.arange(16_000)
    pitch = np.cumsum(120 + 15 * np.sin(n / 3000)) / 8000
    voice = sum(np.sin(2 * np.pi * k * pitch) / k for k in range(1, 20))
    syllables = np.maximum(0, np.sin(2 * np.pi * 4 * n / 8000))
    talk = (3000 * voice * syllables).astype(np.int16)
    pcm = np.concatenate([np.zeros(8000, np.int16), talk, np.zeros(12_000, np.int16)])
    pcm = pcm + chance.normal(0, 8, len(pcm)).astype(np.int16)
    told = [f for f in found_by(signals.speech(1), pcm[:, None]) if isinstance(f, Speech)]
    assert told
    assert told[0].start_s == pytest.approx(1.0, abs=0.15)
    assert told[-1].end_s == pytest.approx(3.0, abs=0.6)
