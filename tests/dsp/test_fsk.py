"""FSK modems: figures of the recommendations, every cutting and SIMD level, and noise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from telcard._native import modem
from telcard.dsp import g711, simd
from telcard.dsp.fsk import (
    STANDARDS,
    FskEvent,
    FskKind,
    FskReceiver,
    FskSender,
    detect_fsk,
    fsk,
)

NAMES = list(STANDARDS)


def text_of(events: list[FskEvent], channel: int = 0) -> bytes:
    return bytes(e.octet for e in events if e.kind is FskKind.OCTET and e.channel == channel)


def noise(rng: np.random.Generator, pcm: NDArray[np.int16], snr_db: float) -> NDArray[np.int16]:
    """White noise 0 to 4 kHz below a carrier that sounds all the time, through A-law."""
    rms = np.sqrt(np.mean(pcm[pcm != 0].astype(float) ** 2)) * 10 ** (-snr_db / 20)
    line = np.clip(np.rint(pcm + rng.normal(0, rms, pcm.shape)), -32768, 32767).astype(np.int16)
    return g711.decode_alaw(g711.encode_alaw(line))


def test_octets_are_those_of_the_events() -> None:
    texts = [b"first", b"", b"the third"]
    pcm = np.zeros((8000, 3), np.int16)
    for channel, text in enumerate(texts):
        sound = fsk(text, "bell202")
        pcm[: len(sound), channel] = sound
    receiver = FskReceiver("bell202", 3)
    assert receiver.octets(pcm) == texts
    assert receiver.octets(pcm[:0]) == [b""] * 3
    events = FskReceiver("bell202", 3).process(pcm)
    assert [text_of(events, channel) for channel in range(3)] == texts


def test_events_are_as_their_class_would_make_them_and_in_order() -> None:
    rng = np.random.default_rng(5)
    pcm = np.append(fsk(rng.bytes(20), "v23_1200"), np.zeros(800, np.int16))
    lines = [np.append(np.zeros(i, np.int16), pcm)[: len(pcm)] for i in range(35)]
    events = FskReceiver("v23_1200", 35).process(np.stack(lines, axis=1))
    assert [(e.decided, e.channel) for e in events] == sorted(
        (e.decided, e.channel) for e in events
    )
    assert {type(e.kind) for e in events} == {FskKind}
    assert {e.kind for e in events} >= {FskKind.CARRIER, FskKind.OCTET, FskKind.LOST}
    for event in events:
        assert event == replace(event)
        assert hash(event) == hash(replace(event))
        assert repr(event) == repr(replace(event))


@pytest.mark.parametrize("standard", NAMES)
def test_a_text_arrives_with_its_places(standard: str) -> None:
    data = bytes(range(0, 256, 7))
    baud = STANDARDS[standard].baud
    pcm = fsk(data, standard, mark_ms=200, level_dbm0=-20)
    events = detect_fsk(np.concatenate([np.zeros(800, np.int16), pcm]), standard=standard)
    assert text_of(events) == data
    assert [e.kind for e in events if e.kind is not FskKind.OCTET] == [
        FskKind.CARRIER,
        FskKind.LOST,
    ]
    carrier, first = events[0], events[1]
    assert carrier.level_dbm0 == pytest.approx(-20, abs=0.2)
    bit = 8000 / baud
    begun = 800 + 1600
    starts = [e.start for e in events if e.kind is FskKind.OCTET]
    assert np.allclose(starts, begun + np.arange(len(data)) * 10 * bit, atol=1 + 0.05 * bit)
    assert first.decided - first.start >= 9.5 * bit


@pytest.mark.parametrize("standard", NAMES)
def test_little_mark_goes_before_the_first_character(standard: str) -> None:
    data = bytes(range(65, 75)) + b"\x00\xff\x55"
    bit_ms = 1000 / STANDARDS[standard].baud
    sent = fsk(data, standard, mark_ms=(10 if bit_ms < 1 else 4) * bit_ms)
    lines = np.zeros((len(sent) + 1000, 16), np.int16)
    for channel in range(16):  # so many places in the receiver's blocks
        lines[137 + 5 * channel :, channel][: len(sent)] = sent
    events = detect_fsk(lines, standard=standard)
    assert [text_of(events, channel) for channel in range(16)] == [data] * 16


def test_the_sender_puts_bits_where_the_recommendation_does() -> None:
    # V.23: 1300 Hz is 1, 2100 Hz is 0, 1200 bit/s; a character of 8N1 is 0, data from its lowest
    # bit on, 1.  The phase after each bit is the sum of the whole bits before.
    sender = FskSender("v23_1200", level_dbm0=0)
    sender.send(b"\x4d")
    bits = [0, 1, 0, 1, 1, 0, 0, 1, 0, 1]
    pcm = sender.process(80)
    time = np.arange(66) / 8000
    at = np.floor(time * 1200 + 1e-9).astype(int)
    hertz = np.where(np.array(bits) == 1, 1300, 2100)
    turns = np.concatenate([[0], np.cumsum(hertz / 1200)])[at] + (time - at / 1200) * hertz[at]
    wanted = 22827.1 * np.sin(2 * np.pi * turns)
    assert np.abs(pcm[:66] - wanted).max() <= 2


@pytest.mark.parametrize("framing", ["8N1", "7E1", "7O2", "5N2", "6E2", "bits"])
def test_every_framing_survives(framing: str) -> None:
    data = bytes(i * 37 % 256 for i in range(40))
    mask = 255 if framing == "bits" else (1 << int(framing[0])) - 1
    events = detect_fsk(fsk(data, "v21_2", framing=framing), standard="v21_2", framing=framing)
    octets = text_of(events)
    if framing == "bits":  # the stream begins anywhere: marks go before
        stream = "".join(f"{octet:08b}"[::-1] for octet in octets)
        assert "".join(f"{octet:08b}"[::-1] for octet in data) in stream
    else:
        assert octets == bytes(octet & mask for octet in data)
        assert all(e.kind is FskKind.OCTET for e in events[1:-1])


def test_errors_are_told_apart() -> None:
    sent = fsk(b"\x41", "v21_2", framing="7O1")
    (error,) = [
        e
        for e in detect_fsk(sent, standard="v21_2", framing="7E1")
        if e.kind not in (FskKind.CARRIER, FskKind.LOST)
    ]
    assert (error.kind, error.octet) == (FskKind.PARITY, 0x41)
    sender = FskSender("v21_2", framing="bits")
    lead = sender.process(1600)
    sender.send(b"\x00\x00\x00\xff\xff\x06\xfc\xff\xff")
    # A break of 24 bits; a character 0x03 whose stop bit is 0.
    pcm = np.concatenate([lead, sender.process(4000)])
    kinds = [(e.kind, e.octet) for e in detect_fsk(pcm, standard="v21_2")]
    assert kinds[0][0] is FskKind.CARRIER
    assert kinds[1:] == [(FskKind.BREAK, 0), (FskKind.FRAMING, 0x03), (FskKind.LOST, 0)]


@given(st.data())
def test_any_cutting_gives_the_same_events(data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    standard = data.draw(st.sampled_from(["v21_1", "v23_1200", "bell202"]))
    pcm = noise(rng, fsk(rng.bytes(6), standard, mark_ms=60), 12)
    whole = FskReceiver(standard).process(pcm)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(pcm)), max_size=6)))
    receiver = FskReceiver(standard)
    parts = [receiver.process(part) for part in np.split(pcm, cuts)]
    assert [event for part in parts for event in part] == whole


@pytest.mark.parametrize("standard", NAMES)
def test_lanes_and_levels_agree(standard: str) -> None:
    rng = np.random.default_rng(20)
    one = fsk(rng.bytes(5), standard, mark_ms=100)
    lines = np.stack([noise(rng, one, snr) for snr in rng.uniform(4, 30, 19)], axis=1)
    alone = [detect_fsk(lines[:, i], standard=standard) for i in range(19)]
    for level in simd.levels():
        modem.force_simd(level)
        try:
            events = detect_fsk(lines, standard=standard)
        finally:
            modem.force_simd(None)
        for i in range(19):
            mine = [e for e in events if e.channel == i]
            assert [(e.kind, e.start, e.decided, e.octet, e.level_dbm0) for e in mine] == [
                (e.kind, e.start, e.decided, e.octet, e.level_dbm0) for e in alone[i]
            ]
