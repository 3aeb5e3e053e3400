"""The fax lane: programs in sound, from one lane to another and cut in any way."""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard.dsp import g711
from telcard.fax.lane import FaxLane
from telcard.fax.phases import (
    CarrierLost,
    CarrierUp,
    Content,
    EcmImage,
    Evidence,
    Fast,
    FrameReceived,
    Frames,
    Greeted,
    Greeting,
    Image,
    ImageOctets,
    Listen,
    Phase,
    PhaseDone,
    Program,
    Rate,
    Silence,
    Tone,
    TrainingCheck,
    TrainingChecked,
)
from telcard.speech import ClipLibrary
from telcard.units import dbm0_to_peak

RATES = [Rate.V27TER_4800, Rate.V29_9600, Rate.V17_14400]
LISTEN = Listen()


def dcs(rate: Rate) -> bytes:
    return bytes([0xFF, 0x13, 0x83, 0, rate.code << 2, 0x88])


def end_of_page() -> bytes:
    """RTC: six EOLs, the first bit lowest."""
    bits = np.array(([0] * 11 + [1]) * 6, np.uint8)
    return np.packbits(bits, bitorder="little").tobytes()


def hears(lane: FaxLane, pcm: NDArray[np.int16]) -> list[Evidence]:
    """What a lane makes of sound."""
    found: list[Evidence] = []
    at = 0
    while at < len(pcm):
        at += lane.receive(pcm[at:])
        found += lane.evidence()
    return found


def between(
    ours: Iterable[Phase], theirs: Iterable[Phase], seconds: float, block: int = 160
) -> tuple[list[Evidence], list[Evidence]]:
    """Two lanes, each with a program, over a clean line: what the one and the other tell."""
    lanes = FaxLane(), FaxLane()
    for lane, phases in zip(lanes, (ours, theirs), strict=True):
        lane.run(Program(1, tuple(phases)))
    told: tuple[list[Evidence], list[Evidence]] = ([], [])
    sound = np.zeros((2, block), np.int16)
    for _ in range(int(seconds * 8000 / block)):
        for lane, out in zip(lanes, sound, strict=True):
            lane.transmit(out)
        for lane, heard, found in zip(lanes, sound[::-1], told, strict=True):
            found += hears(lane, heard)
    return told


def frames_of(evidence: list[Evidence]) -> list[bytes]:
    return [e.octets for e in evidence if isinstance(e, FrameReceived) and e.good]


def test_frames_are_heard_and_the_far_end_is_quiet_before_they_begin() -> None:
    sent = (b"\xff\x03\x40Bank", b"\xff\x13\x80\x00\x46\x88")
    ours, theirs = between([Frames(sent), LISTEN], [LISTEN], 2.5)
    assert frames_of(theirs) == list(sent)
    assert isinstance(theirs[0], CarrierUp)
    assert theirs[0].rate is None
    lost = theirs[-1]
    assert isinstance(lost, CarrierLost)
    assert (lost.good_frames, lost.bad_frames) == (2, 0)
    assert lost.quality.level_dbm0 == pytest.approx(-13, abs=0.1)
    assert [e for e in ours if isinstance(e, PhaseDone)] == ours


@pytest.mark.parametrize("rate", RATES)
def test_a_dcs_arms_the_training_check_behind_it(rate: Rate) -> None:
    listen = Listen(after_dcs=frozenset(Rate))
    _, theirs = between([Frames((dcs(rate),)), TrainingCheck(rate), LISTEN], [listen], 5)
    (checked,) = (e for e in theirs if isinstance(e, TrainingChecked))
    assert checked.rate is rate
    assert checked.bits == pytest.approx(rate.bit_s * 1.5, abs=8)
    assert (checked.bad_bits, checked.longest_good) == (0, checked.bits)
    assert checked.quality.snr_db is not None
    assert checked.quality.snr_db > 30


@pytest.mark.parametrize("rate", [Rate.V17_14400, Rate.V27TER_4800])
def test_a_training_check_that_is_hit_once_leaves_two_runs_without_an_error(rate: Rate) -> None:
    sender, hearer = FaxLane(), FaxLane()
    sender.run(Program(1, (TrainingCheck(rate), LISTEN)))
    hearer.run(Program(1, (Listen(Fast(rate, False, Content.TRAINING_CHECK)),)))
    sound = np.zeros(4 * 8000, np.int16)
    sender.transmit(sound)
    middle = np.flatnonzero(sound)[-1] - 6000
    sound[middle : middle + 160] = 0  # a packet is lost
    (checked,) = (e for e in hears(hearer, sound) if isinstance(e, TrainingChecked))
    assert checked.longest_good / rate.bit_s == pytest.approx(0.75, abs=0.05)
    assert (checked.longest_good + checked.second_good) / rate.bit_s > 1.4
    assert checked.bad_bits > 10


def test_a_dcs_that_names_another_rate_arms_nothing() -> None:
    rate = Rate.V29_9600
    listen = Listen(after_dcs=frozenset({Rate.V29_7200}))
    _, theirs = between([Frames((dcs(rate),)), TrainingCheck(rate), LISTEN], [listen], 4)
    assert not [e for e in theirs if isinstance(e, TrainingChecked)]


@pytest.mark.parametrize("rate", RATES)
def test_a_page_ends_with_its_rtc_and_the_command_behind_it_is_heard(rate: Rate) -> None:
    rows = bytes(np.random.default_rng(5).integers(1, 256, 1500, dtype=np.uint8))
    page = rows + end_of_page()
    eop = b"\xff\x13\x2e"
    program = [Image(rate, False, page), Frames((eop,)), LISTEN]
    _, theirs = between(program, [Listen(Fast(rate, False, Content.IMAGE))], 6.5)
    octets = b"".join(e.octets for e in theirs if isinstance(e, ImageOctets))
    assert rows in octets
    assert len(octets) <= len(page) + 1  # what a carrier sends as it goes is no page
    assert frames_of(theirs) == [eop]
    kinds = [type(e) for e in theirs if not isinstance(e, ImageOctets)]
    assert kinds == [CarrierUp, CarrierLost, CarrierUp, FrameReceived, CarrierLost]


@pytest.mark.parametrize("rate", RATES)
def test_a_partial_page_comes_frame_by_frame_and_ends_with_its_rcp(rate: Rate) -> None:
    rng = np.random.default_rng(6)
    fcd = [b"\xff\x03\x06" + bytes([n]) + rng.bytes(256) for n in range(4)]
    sent = (*fcd, *[b"\xff\x03\x86"] * 3)
    program = [EcmImage(rate, False, sent), Frames((b"\xff\x13\xbf\x2f\0\0\3",)), LISTEN]
    _, theirs = between(program, [Listen(Fast(rate, False, Content.ECM))], 7)
    frames = [e for e in theirs if isinstance(e, FrameReceived)]
    assert [e.octets for e in frames if e.rate is rate] == list(sent)
    assert [e.octets[:3] for e in frames if e.rate is None] == [b"\xff\x13\xbf"]


def test_a_new_program_cuts_the_one_that_runs() -> None:
    lane, other = FaxLane(), FaxLane()
    lane.run(Program(1, (Image(Rate.V29_9600, False, bytes(10_000)), LISTEN)))
    other.run(Program(1, (Listen(Fast(Rate.V29_9600, False, Content.IMAGE)),)))
    out = np.zeros(20_000, np.int16)
    lane.transmit(out)
    found = hears(other, out)
    lane.run(Program(2, (Frames((b"\xff\x13\xfb",)), LISTEN)))
    lane.transmit(out)
    found += hears(other, out)
    assert frames_of(found) == [b"\xff\x13\xfb"]


def test_calling_tone_is_sent_until_flags_are_heard() -> None:
    lane = FaxLane()
    lane.run(Program(1, (Listen(calling_tone=True),)))
    out = np.zeros(8 * 8000, np.int16)
    lane.transmit(out)
    loud = np.abs(out.reshape(-1, 400).astype(int)).max(axis=1) > 100
    assert loud.tolist() == [n % 70 < 10 for n in range(len(loud))]
    other = FaxLane()
    other.run(Program(1, (Frames((b"\xff\x03\x40",)),)))
    other.transmit(out)
    hears(lane, out[:16_000])
    lane.transmit(out)
    assert not out.any()


def test_silence_and_answering_tone_have_their_lengths() -> None:
    lane = FaxLane(level_dbm0=-10)
    lane.run(Program(1, (Silence(1900), Tone.CED)))
    out = np.zeros(6 * 8000, np.int16)
    lane.transmit(out)
    (sounding,) = np.nonzero(out)
    assert sounding[0] == pytest.approx(1.9 * 8000, abs=2)
    assert sounding[-1] - sounding[0] == pytest.approx(2.6 * 8000, abs=4)
    spectrum = np.abs(np.fft.rfft(out[16_000:24_000].astype(float)))
    assert spectrum.argmax() == 2100
    assert [e.index for e in lane.evidence() if isinstance(e, PhaseDone)] == [0, 1]


@pytest.mark.parametrize("block", [37, 400])
def test_the_same_is_told_however_the_sound_is_cut(block: int) -> None:
    rate = Rate.V29_9600
    sender = FaxLane()
    sender.run(Program(1, (Frames((dcs(rate),)), TrainingCheck(rate))))
    sound = np.zeros(40_000, np.int16)
    sender.transmit(sound)
    told = []
    for cut in (80, block):
        lane = FaxLane()
        lane.run(Program(1, (Listen(after_dcs=frozenset(Rate)),)))
        found = []
        for at in range(0, len(sound) - len(sound) % cut, cut):
            found += hears(lane, sound[at : at + cut])
        told.append(found)
    assert any(isinstance(e, TrainingChecked) for e in told[0])
    assert told[0] == told[1]


def test_a_line_that_never_is_quiet_is_spoken_to_all_the_same() -> None:
    lane = FaxLane()
    lane.run(Program(1, (LISTEN,)))
    out = np.zeros(80, np.int16)
    noise = np.random.default_rng(3).normal(0, 3000, (200, 80)).astype(np.int16)
    begun = None
    lane.transmit(out)
    lane.run(Program(2, (Frames((b"\xff\x13\x8c",)),)))
    for tick, heard in enumerate(noise):
        hears(lane, heard)
        lane.transmit(out)
        if begun is None and out.any():
            begun = tick
    assert begun == pytest.approx(100, abs=2)


def test_bad_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="level_dbm0: want -40 to 0, got 3"):
        FaxLane(level_dbm0=3)
    lane = FaxLane()
    with pytest.raises(ValueError, match="want 8 phases at most, got 9"):
        lane.run(Program(1, (LISTEN,) * 9))


def greetings(pcm: NDArray[np.int16], listen: Listen = LISTEN, block: int = 160) -> list[Evidence]:
    """What somebody is told who only hears."""
    lane = FaxLane()
    lane.run(Program(1, (listen,)))
    found: list[Evidence] = []
    for at in range(0, len(pcm), block):
        found += hears(lane, pcm[at : at + block])
    return found


def beep(hz: float, ms: int, level_dbm0: float = -13.0) -> NDArray[np.int16]:
    """A tone through A-law, 200 ms of silence on either side."""
    tone = dbm0_to_peak(level_dbm0) * np.sin(2 * np.pi * hz * np.arange(8 * ms) / 8000)
    return g711.decode_alaw(g711.encode_alaw(np.pad(tone, 1600).astype(np.int16)))


@pytest.mark.parametrize("level_dbm0", [0.0, -38.0])
@pytest.mark.parametrize(
    ("hz", "ms", "greeting", "at_ms"),
    [
        (2100, 3000, Greeting.CED, 500),
        (2075, 2600, Greeting.CED, 500),
        (2125, 4000, Greeting.CED, 500),
        (1100, 500, Greeting.CNG, 725),
        (1062, 425, Greeting.CNG, 650),
        (1138, 575, Greeting.CNG, 800),
    ],
)
def test_who_only_hears_is_told_how_a_fax_greets(
    hz: float, ms: int, greeting: Greeting, at_ms: int, level_dbm0: float
) -> None:
    (told,) = greetings(beep(hz, ms, level_dbm0))
    assert isinstance(told, Greeted)
    assert told.greeting is greeting
    assert told.sample / 8 == pytest.approx(at_ms, abs=20)
    assert greetings(beep(hz, ms, level_dbm0), block=37) == [told]


@pytest.mark.parametrize(
    ("hz", "ms"), [(2000, 3000), (2170, 3000), (2225, 3000), (1000, 500), (1180, 500), (1100, 900)]
)
def test_other_tones_are_no_greeting(hz: float, ms: int) -> None:
    told = [e.greeting for e in greetings(beep(hz, ms)) if isinstance(e, Greeted)]
    assert Greeting.CED not in told
    assert Greeting.CNG not in told


def test_ced_with_its_phase_reversed_is_one_too() -> None:
    turns = np.repeat([1, -1, 1, -1, 1, -1, 1], 3600)
    pcm = (beep(2100, 3150)[1600:-1600] * turns).astype(np.int16)
    assert [e.greeting for e in greetings(pcm) if isinstance(e, Greeted)] == [Greeting.CED]


def test_a_voice_is_told_and_noise_of_the_line_is_not() -> None:
    speech = np.frombuffer(ClipLibrary()["welcome"], np.uint8)
    spoken = np.tile(g711.decode_alaw(speech), 3)
    assert [e.greeting for e in greetings(spoken) if isinstance(e, Greeted)] == [Greeting.SOUND]
    hiss = np.random.default_rng(8).normal(0, 100, 80_000).astype(np.int16)  # -44 dBm0
    assert greetings(hiss) == []


def test_a_caller_does_not_hear_its_own_calling_tone() -> None:
    echo = np.tile(np.pad(beep(1100, 500)[1600:-1600], (0, 24_000)), 3)
    assert greetings(echo, Listen(calling_tone=True)) == []
    assert len(greetings(echo)) == 1


def test_a_greeting_is_none_behind_a_frame() -> None:
    sender = FaxLane()
    sender.run(Program(1, (Frames((b"\xff\x03\x40Bank",)),)))
    frame = np.zeros(24_000, np.int16)
    sender.transmit(frame)
    told = greetings(np.concatenate([frame, beep(2100, 3000)]))
    assert frames_of(told) == [b"\xff\x03\x40Bank"]
    assert not [e for e in told if isinstance(e, Greeted)]


def test_calling_tone_is_heard_while_the_called_end_answers() -> None:
    ours, _ = between([Silence(1900), Tone.CED, LISTEN], [Listen(calling_tone=True)], 5)
    assert [e.greeting for e in ours if isinstance(e, Greeted)] == [Greeting.CNG]
    _, theirs = between([Tone.CED, LISTEN], [Listen(calling_tone=True)], 4)
    assert [e.greeting for e in theirs if isinstance(e, Greeted)] == [Greeting.CED]
