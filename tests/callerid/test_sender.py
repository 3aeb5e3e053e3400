import numpy as np
import pytest

from telcard.callerid import CallerId, Moment, caller_id, detect_alerts
from telcard.callerid.sender import StepKind, data_sound, plan
from telcard.dsp import detect_dtmf, level
from telcard.dsp.fsk import FskKind, detect_fsk

MESSAGE = CallerId(number="02162345678", time=Moment(9, 30, 12, 24))


@pytest.mark.parametrize(
    ("standard", "kinds"),
    [
        ("bellcore", "RING SILENCE DATA SILENCE RING"),
        ("etsi_dtas", "ALERT SILENCE DATA SILENCE RING"),
        ("etsi_rpas", "RING_PULSE SILENCE DATA SILENCE RING"),
        ("etsi_lr", "REVERSAL ALERT SILENCE DATA SILENCE RING"),
        ("jclip", "RING_PULSE SILENCE DATA SILENCE RING"),
        ("china_dtmf", "SILENCE DIGITS SILENCE RING"),
    ],
)
def test_each_standard_has_its_sequence(standard: str, kinds: str) -> None:
    message = CallerId(number="123")
    assert " ".join(step.kind.name for step in plan(message, standard)) == kinds


def test_the_data_are_300_bits_by_turns_180_marks_and_the_message() -> None:
    (data,) = [step for step in plan(MESSAGE) if step.kind is StepKind.DATA]
    assert (data.seizure_bits, data.mark_bits) == (300, 180)
    raw = detect_fsk(data_sound(data.octets), standard="bell202", framing="bits")
    octets = [event.octet for event in raw if event.kind is FskKind.OCTET]
    bits = "".join(f"{octet:08b}"[::-1] for octet in octets)
    heard = bits[bits.index("1010101") :]
    assert len(heard[: heard.index("1111")]) >= 270  # the first bits find the carrier
    assert "0" + "1" * 181 + "0" in heard  # the last of the 300 is a 1
    characters = detect_fsk(data_sound(data.octets), standard="bell202")
    received = bytes(e.octet for e in characters if e.kind is FskKind.OCTET)
    assert received.endswith(data.octets)


def test_while_people_talk_there_is_no_seizure_but_80_marks() -> None:
    steps = plan(MESSAGE, type2=True)
    assert [step.kind.name for step in steps] == ["ALERT", "SILENCE", "DATA"]
    assert (steps[-1].seizure_bits, steps[-1].mark_bits) == (0, 80)
    pcm = caller_id(MESSAGE, type2=True)
    (alert,) = detect_alerts(pcm)
    assert abs(alert.frames - 640) <= 4


def test_levels_are_those_that_are_asked_for() -> None:
    assert level.level_dbm0(data_sound(b"U" * 50, level_dbm0=-20)) == pytest.approx(-20, abs=0.1)
    pcm = caller_id(CallerId(number="123456"), "china_dtmf", level_dbm0=-17)
    for digit in detect_dtmf(pcm):
        assert (digit.low_dbm0 + digit.high_dbm0) / 2 == pytest.approx(-17, abs=0.3)
    silence = caller_id(CallerId(number="1"))[:3200]
    assert not np.any(silence)


def test_what_a_standard_cannot_send_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="DTMF comes before the first ring"):
        plan(CallerId(number="1"), "china_dtmf", type2=True)
    with pytest.raises(ValueError, match="jclip: has one form only"):
        plan(CallerId(number="1"), "jclip", sdmf=True)
    with pytest.raises(ValueError, match="'china' is for receivers; to send, choose of china_fsk"):
        caller_id(MESSAGE, "china")
    with pytest.raises(ValueError, match="seizure_bits: want a multiple of 10, got 301"):
        data_sound(b"", seizure_bits=301)
    with pytest.raises(ValueError, match="name: china_dtmf cannot say it"):
        caller_id(CallerId(number="1", name="张"), "china_dtmf")
