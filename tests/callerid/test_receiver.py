"""Hearing caller ID at the limits of lines, in every standard, and in what is none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.callerid import (
    STANDARDS,
    Absence,
    CallerId,
    CallerIdEvent,
    CallerIdReceiver,
    Moment,
    caller_id,
    detect_caller_id,
)
from telcard.callerid.japan import encode_japan
from telcard.callerid.octets import framed
from telcard.callerid.sender import data_sound
from telcard.dsp import g711, tones
from telcard.dsp.resample import Resampler
from telcard.units import dbm0_to_rms

FULL = CallerId(number="02162345678", name="ZHANG SAN", time=Moment(9, 30, 12, 24))
CHINESE = CallerId(number="02162345678", name="张三", time=Moment(9, 30, 12, 24))
NUMBER = CallerId(number="02162345678")


def lanes(
    pcm: NDArray, count: int, noise_dbm0: float | None = None, seed: int = 7
) -> NDArray[np.int16]:
    """The sound on some channels, each a little later, in noise, through A-law."""
    random = np.random.default_rng(seed)
    sound = np.zeros((len(pcm) + 2400, count))
    for channel in range(count):
        at = int(random.integers(0, 1600))
        sound[at : at + len(pcm), channel] = pcm
    if noise_dbm0 is not None:
        sound += random.normal(0, dbm0_to_rms(noise_dbm0), sound.shape)
    clipped = np.clip(np.round(sound), -32768, 32767).astype(np.int16)
    return g711.decode_alaw(g711.encode_alaw(clipped))


def understood(sound: NDArray[np.int16], standard: str, message: CallerId) -> float:
    """Part of the channels on which the message was heard, once and nothing else."""
    events = detect_caller_id(sound, standard)
    assert [event for event in events if event.message not in (None, message)] == []
    channels = [event.channel for event in events if event.message]
    assert len(set(channels)) == len(channels)
    return len(channels) / sound.shape[1]


@pytest.mark.parametrize("standard", STANDARDS)
def test_what_is_sent_is_heard_in_its_own_standard_and_in_any(standard: str) -> None:
    message = NUMBER if STANDARDS[standard].form or standard == "jclip" else FULL
    pcm = caller_id(message, standard)
    for wanted in {standard, *({"any"} if standard not in ("bare_dtmf", "jclip") else ())}:
        (event,) = detect_caller_id(pcm, wanted)
        assert event.message == message
        assert event.error == ""
        data = np.flatnonzero(pcm)
        if STANDARDS[standard].alert_ms == 100 and "_dt" not in standard and "lr" not in standard:
            assert abs(event.start - data[0]) < 40
        assert abs(event.start + event.frames - data[-1]) < 120


def test_the_modem_is_told_by_its_marks() -> None:
    for standard in ("bellcore", "etsi"):
        both = detect_caller_id(caller_id(FULL, standard), "any")
        assert [event.standard for event in both] == [standard]


def test_names_in_gb_2312_come_from_a_chinese_exchange_and_are_guessed_elsewhere() -> None:
    pcm = caller_id(CHINESE, "china_fsk")
    for wanted in ("china", "china_fsk", "any"):
        assert detect_caller_id(pcm, wanted)[0].message == CHINESE


def test_an_exchange_in_china_may_use_either_way() -> None:
    both = np.stack(
        [
            np.resize(np.append(caller_id(NUMBER, way), np.zeros(20000, np.int16)), 22000)
            for way in ("china_fsk", "china_dtmf")
        ],
        1,
    )
    events = CallerIdReceiver("china", 2).process(both)
    assert [
        (event.standard, event.message) for event in sorted(events, key=lambda e: e.channel)
    ] == [
        ("china_fsk", NUMBER),
        ("china_dtmf", NUMBER),
    ]


@pytest.mark.parametrize("standard", ["bellcore", "etsi"])
def test_levels_and_noise_at_the_limits(standard: str) -> None:
    for level in (-3, -12, -25, -38, -40):
        assert (
            understood(lanes(caller_id(FULL, standard, level_dbm0=level), 4), standard, FULL) == 1
        )
    quiet = caller_id(FULL, standard, level_dbm0=-20)
    assert understood(lanes(quiet, 48, noise_dbm0=-32), standard, FULL) == 1  # 12 dB
    assert understood(lanes(quiet, 48, noise_dbm0=-30), standard, FULL) >= 0.9


@pytest.mark.parametrize("standard", ["bellcore", "etsi"])
@pytest.mark.parametrize("coefficient", [0.75, -0.24])
def test_a_line_may_weaken_either_tone_and_the_clock_be_off(standard, coefficient) -> None:
    """Two taps tilt the tones by 10 dB one way and 4 the other; the clock is 1 % off, both ways."""
    sent = caller_id(FULL, standard, level_dbm0=-18)
    tilted = np.convolve(sent, [1, coefficient])
    for rate in (7920, 8080):
        resampler = Resampler(rate, 1)
        pcm = tilted.astype(np.int16)[:, None]
        off = np.concatenate([resampler.process(pcm), resampler.flush()])[:, 0]
        assert understood(lanes(off, 8, noise_dbm0=-45), standard, FULL) == 1


@pytest.mark.parametrize("cut", [7, 160, 999])
def test_the_same_events_come_however_the_stream_is_cut(cut: int) -> None:
    parts = [
        caller_id(CHINESE, "china_fsk"),
        caller_id(NUMBER, "taiwan_dtmf", level_dbm0=-14)[2000:-1800],
        caller_id(FULL, "etsi", type2=True),
    ]
    sound = np.concatenate(parts)
    sound = sound if cut > 7 else sound[:11000]
    sound = np.stack([sound, np.roll(sound, 333)], 1)
    whole = detect_caller_id(sound)
    assert len(whole) == (6 if cut > 7 else 2)
    receiver = CallerIdReceiver("any", 2)
    events = [
        event
        for at in range(0, len(sound), cut)
        for event in receiver.process(sound[at : at + cut])
    ] + receiver.flush()
    assert sorted(events, key=repr) == sorted(whole, key=repr)


def test_a_message_follows_another_and_comes_twice_if_it_is_sent_twice() -> None:
    pcm = np.tile(caller_id(FULL), 2)
    events = detect_caller_id(pcm, "bellcore")
    assert [event.message for event in events] == [FULL, FULL]
    assert abs(events[1].start - events[0].start - len(pcm) // 2) < 4
    assert [event.message for event in detect_caller_id(pcm, "any")] == [FULL, FULL]


def test_what_is_broken_is_told_with_its_reason() -> None:
    octets = framed(0x80, b"\x02\x0512345")
    wrong = octets[:-1] + b"\0"
    (event,) = detect_caller_id(data_sound(wrong), "bellcore")
    assert event.message is None
    assert event.octets == wrong
    assert event.error == "caller ID message: want checksum 73h, got 00h (GR-30)"
    (event,) = detect_caller_id(data_sound(octets[:6]), "bellcore")
    assert event.error == "caller ID message: it ended after 6 of 10 octets"
    row = tones.dtmf("A77D88B")
    (event,) = detect_caller_id(row, "etsi_dtmf")
    assert event.digits == "A77D88B"
    assert "want the form of etsi_dtmf, got 'A77D88B'" in event.error
    assert event.message is None


def test_a_frame_of_ntt_that_is_broken_is_told_with_its_reason() -> None:
    whole = encode_japan(NUMBER)
    for octets, why in ((whole[:-1] + b"?", "want CRC"), (whole[:12], "no end within 12 octets")):
        pcm = data_sound(octets, "v23_1200", seizure_bits=0, mark_bits=72)
        (event,) = detect_caller_id(pcm, "jclip")
        assert event.message is None
        assert why in event.error


def test_stuffed_marks_and_a_lost_stop_bit_cost_no_message() -> None:
    from telcard.dsp.fsk import FskSender

    octets = framed(0x80, b"\x02\x0512345")
    sender = FskSender("bell202")
    parts = [sender.process(1500)]
    for octet in octets:
        sender.send(bytes([octet]))
        parts.append(sender.process(round(20 * 20 / 3)))  # ten bits of mark after each
    (event,) = detect_caller_id(np.concatenate([*parts, np.zeros(500, np.int16)]), "bellcore")
    assert event.message == CallerId(number="12345")


def test_ordinary_dialling_is_no_caller_id() -> None:
    assert detect_caller_id(tones.dtmf("0215551212#"), "any") == []
    assert detect_caller_id(tones.dtmf("A"), "dtmf") == []
    (event,) = detect_caller_id(tones.dtmf("5551212#"), "bare_dtmf")
    assert event.message == CallerId(number="5551212")


def test_a_row_ends_with_its_last_letter_or_with_a_pause() -> None:
    row = tones.dtmf("D1#", on_ms=70, off_ms=70)
    receiver = CallerIdReceiver("denmark_dtmf")
    (event,) = receiver.process(np.append(row, np.zeros(400, np.int16)))
    assert event.message == CallerId(absence=Absence.PRIVATE)
    receiver = CallerIdReceiver("dtmf")
    assert receiver.process(row) == []
    assert [e.message for e in receiver.process(np.zeros(4800, np.int16))] == [event.message]
    apart = np.concatenate([tones.dtmf("A12"), np.zeros(6000, np.int16), tones.dtmf("C")])
    (event,) = detect_caller_id(apart, "dtmf")
    assert event.message is None


def test_speech_like_noise_tells_nothing() -> None:
    random = np.random.default_rng(11)
    noise = random.normal(0, 2000, (40_000, 4))
    burst = (noise * (np.arange(40_000)[:, None] // 2000 % 2)).astype(np.int16)
    assert [e for e in detect_caller_id(burst, "any") if e.message] == []


def test_a_channel_is_forgotten() -> None:
    pcm = np.stack([caller_id(FULL)] * 2, 1)
    receiver = CallerIdReceiver("any", 2)
    receiver.process(pcm[:7000])
    receiver.reset(1)
    assert [event.channel for event in receiver.process(pcm[7000:]) + receiver.flush()] == [0]
    receiver = CallerIdReceiver("any", 2)
    receiver.process(pcm)
    receiver.reset(1)
    events = receiver.process(pcm)
    assert [event.start for event in events if event.channel == 1] == [
        detect_caller_id(pcm[:, 1])[0].start
    ]


def test_wrong_arguments_are_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="channels: want 1 or more, got 0"):
        CallerIdReceiver(channels=0)
    with pytest.raises(ValueError, match="channel: want 0 to 0, got 3"):
        CallerIdReceiver().reset(3)
    with pytest.raises(ValueError, match=r"want \(frames, 1\), got shape \(9, 2\)"):
        CallerIdReceiver().process(np.zeros((9, 2), np.int16))
    with pytest.raises(ValueError, match="want one of bellcore"):
        CallerIdReceiver("nowhere")
    with pytest.raises(ValueError, match="8000 Hz, got 16000"):
        detect_caller_id(np.zeros(9, np.int16), samplerate=16000)
    assert repr(CallerIdReceiver()) == "<CallerIdReceiver 1 channels, 0 frames heard>"


def test_an_event_is_a_plain_value() -> None:
    event = CallerIdEvent(0, 1, 2, "etsi", NUMBER)
    assert event == CallerIdEvent(0, 1, 2, "etsi", CallerId(number="02162345678"))
