"""Receiving V.29 and V.27ter: training, noise, levels, slips, every cutting and SIMD level."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard._native import fax
from telcard.dsp import simd
from telcard.dsp.faxmodem import FaxEvent, FaxKind, FaxReceiver, fax_carrier, fax_octets
from telcard.units import DBM0_RMS
from tests.support.modem_line import ModemLine

RATES = [("v27ter", 2400), ("v27ter", 4800), ("v29", 7200), ("v29", 9600)]


def octets_of(seed: int, count: int) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, count, np.uint8).tobytes()


def noisy(pcm: NDArray[np.int16], noise_dbm0: float, seed: int) -> NDArray[np.int16]:
    """With 100 ms before and after, under white noise."""
    sound = np.pad(pcm.astype(np.float64), 800)
    noise = np.random.default_rng(seed).normal(0, DBM0_RMS * 10 ** (noise_dbm0 / 20), len(sound))
    return np.clip(np.rint(sound + noise), -32768, 32767).astype(np.int16)


def heard(pcm: NDArray[np.int16], modem: str, rate: int) -> tuple[bytes, list[FaxEvent]]:
    receiver = FaxReceiver(modem, rate)
    events = receiver.process(pcm)
    return receiver.read(), events


@pytest.mark.parametrize(("modem", "rate"), RATES)
def test_octets_come_as_they_went(modem: str, rate: int) -> None:
    octets = octets_of(1, rate // 20)
    pcm = noisy(fax_carrier(octets, modem, rate, echo_protection=True), -50, 1)
    got, events = heard(pcm, modem, rate)
    assert got[: len(octets)] == octets
    assert len(got) <= len(octets) + rate // 8 // 12  # turn-off, and what its end looks like
    kinds = [event.kind for event in events]
    assert kinds == [FaxKind.CARRIER, FaxKind.TRAINED, FaxKind.DATA, FaxKind.LOST]
    carrier, trained, data, lost = events
    assert abs(carrier.value) < 1  # Hz
    assert abs(trained.value + 13) < 0.7  # dBm0
    assert 36 < data.value < 43
    assert carrier.sample < trained.sample < data.sample < lost.sample < len(pcm)


LIMITS = [("v27ter", 2400, 9), ("v27ter", 4800, 15), ("v29", 7200, 16), ("v29", 9600, 20)]


@pytest.mark.parametrize(("modem", "rate", "snr_db"), LIMITS)
@pytest.mark.parametrize("level_dbm0", [-1, -43])
def test_noise_alone_limits_a_modem_not_its_level(
    modem: str, rate: int, snr_db: float, level_dbm0: float
) -> None:
    octets = octets_of(2, rate // 16)
    pcm = noisy(fax_carrier(octets, modem, rate, level_dbm0=level_dbm0), level_dbm0 - snr_db, 2)
    assert heard(pcm, modem, rate)[0][: len(octets)] == octets


def test_a_sample_more_or_less_costs_some_symbols_and_no_more() -> None:
    octets = octets_of(3, 4800)
    pcm = noisy(fax_carrier(octets, "v29", 9600), -38, 3)
    pcm = np.insert(np.delete(pcm, 12_000), 24_000, pcm[24_000])
    receiver = FaxReceiver("v29", 9600)
    slips = [event for event in receiver.process(pcm) if event.kind is FaxKind.SLIP]
    assert [slip.value for slip in slips] == [1, -1]
    sent = np.unpackbits(np.frombuffer(octets, np.uint8), bitorder="little")
    got = np.unpackbits(np.frombuffer(receiver.read(), np.uint8), bitorder="little")[: len(sent)]
    assert np.count_nonzero(sent != got) < 120
    assert receiver.quality().slips == 2


ALIGNED = 40
"""Samples of the blocks in which the alternation is looked for."""


@pytest.mark.parametrize(("modem", "rate"), RATES)
def test_a_start_is_found_wherever_blocks_lie(modem: str, rate: int) -> None:
    octets = octets_of(10, rate // 100)
    pcm = fax_carrier(octets, modem, rate)
    starts = [np.pad(pcm, (400 + late, 400 - late)) for late in range(ALIGNED)]
    receiver = FaxReceiver(modem, rate, channels=ALIGNED)
    receiver.process(np.column_stack(starts))
    for late in range(ALIGNED):
        assert receiver.read(late)[: len(octets)] == octets, late


@pytest.mark.parametrize(("modem", "rate"), RATES)
def test_direct_current_and_hum_do_not_matter(modem: str, rate: int) -> None:
    """As strong as the signal, or more; at 100 Hz 3 dB less."""
    octets = octets_of(12, rate // 100)
    pcm = noisy(fax_carrier(octets, modem, rate) // 4, -55, 12)
    strength = np.sqrt(np.mean(pcm[1000:-1000].astype(float) ** 2))
    turn = 2 * np.pi * np.arange(len(pcm)) / 8000
    hums = [np.sqrt(2) * np.sin(50 * turn), 2 * np.sin(60 * turn + 1), np.sin(100 * turn)]
    lanes = [
        pcm + strength * more for more in (np.full(len(pcm), 1.5), np.full(len(pcm), -1), *hums)
    ]
    receiver = FaxReceiver(modem, rate, channels=len(lanes))
    receiver.process(np.column_stack(lanes).astype(np.int16))
    for lane in range(len(lanes)):
        assert receiver.read(lane)[: len(octets)] == octets, lane


DISTURBED = 24


@pytest.mark.parametrize("what", ["slip", "click", "gap"])
@pytest.mark.parametrize(("modem", "rate"), RATES)
def test_training_bears_what_a_line_does(modem: str, rate: int, what: str) -> None:
    """A sample lost, a click 8 dB above the carrier, 3 ms of silence, anywhere but in the first
    17 ms: V.27ter's alternation of 31 ms has to be seen in one piece."""
    octets = octets_of(11, rate // 100)
    pcm = noisy(fax_carrier(octets, modem, rate), -43, 11)
    data = len(octets) * 8 * 8000 // rate + 1100  # with turn-off and silence
    lanes = np.repeat(pcm[:, None], DISTURBED, axis=1)
    for lane, at in enumerate(np.linspace(940, len(pcm) - data, DISTURBED).astype(int)):
        if what == "slip":
            lanes[at:-1, lane] = lanes[at + 1 :, lane]
        elif what == "click":
            lanes[at, lane] = 9000
        else:
            lanes[at : at + 24, lane] = 0
    receiver = FaxReceiver(modem, rate, channels=DISTURBED)
    receiver.process(lanes)
    lost = [k for k in range(DISTURBED) if receiver.read(k)[: len(octets)] != octets]
    assert not lost


@pytest.mark.parametrize(("echo_db", "echo_ms"), [(12, 5), (20, 10), (20, 20), (15, 40)])
@pytest.mark.parametrize("short", [False, True])
def test_an_echo_later_than_the_equaliser_reaches_is_taken_off(
    short: bool, echo_db: float, echo_ms: float
) -> None:
    octets = octets_of(21, 1000)
    line = ModemLine(snr_db=26, echo_db=echo_db, echo_ms=echo_ms)
    receiver = FaxReceiver("v17", 14400)
    for shortly in (False, True)[: 1 + short]:
        pcm = np.pad(fax_carrier(octets, "v17", 14400, short=shortly), 800)
        receiver.arm("v17", 14400, short=shortly)
        receiver.process(line.carry(pcm, seed=21))
        assert receiver.read()[: len(octets)] == octets, shortly


@pytest.mark.parametrize(("modem", "rate", "snr_db"), LIMITS)
def test_an_echo_costs_a_modem_next_to_nothing(modem: str, rate: int, snr_db: float) -> None:
    octets = octets_of(22, rate // 8)
    pcm = np.pad(fax_carrier(octets, modem, rate), 800)
    line = ModemLine(snr_db=snr_db + 1.5, echo_db=18, echo_ms=25)
    assert heard(line.carry(pcm, seed=22), modem, rate)[0][: len(octets)] == octets


@pytest.mark.parametrize(("modem", "rate", "snr_db"), LIMITS)
def test_what_a_line_does_costs_some_bits_and_no_more(modem: str, rate: int, snr_db: float) -> None:
    octets = octets_of(12, rate // 4)
    sent = np.unpackbits(np.frombuffer(octets, np.uint8), bitorder="little")
    pcm = fax_carrier(octets, modem, rate)
    middle = len(pcm) // 2
    louder, clicks, dropped = pcm.copy(), pcm.copy(), pcm.copy()
    louder[middle:] //= 2
    clicks[middle::2000] += 9000
    dropped[middle : middle + 80] = 0
    cases = [np.delete(pcm, middle), np.insert(pcm, middle, pcm[middle]), louder, clicks, dropped]
    for case in cases:
        got, events = heard(noisy(case, -13 - 6 - snr_db - 3, 12), modem, rate)
        assert [event.kind for event in events if event.kind is not FaxKind.SLIP] == [
            *(FaxKind.CARRIER, FaxKind.TRAINED, FaxKind.DATA, FaxKind.LOST)
        ]
        bits = np.unpackbits(np.frombuffer(got, np.uint8), bitorder="little")[: len(sent)]
        assert np.count_nonzero(bits != sent) < 150


@pytest.mark.parametrize(("modem", "rate"), [*RATES, ("v17", 7200), ("v17", 14400)])
def test_the_end_of_a_carrier_is_sure_whatever_follows(modem: str, rate: int) -> None:
    """Silence as A-law has it, hum, a fainter tone, noise 10 dB below, a carrier's own echo."""
    pcm = fax_carrier(octets_of(14, rate // 40), modem, rate)
    pcm = pcm[: np.flatnonzero(pcm)[-1]]
    at = np.arange(4000)
    rng = np.random.default_rng(14)
    rests = [
        np.full(len(at), 8),
        800 * np.sin(2 * np.pi * 50 / 8000 * at),
        350 * np.sin(2 * np.pi * 1800 / 8000 * at),
        rng.normal(0, DBM0_RMS * 10 ** (-28 / 20), len(at)),
        np.resize(pcm[-1600:], len(at)) / 4,
    ]
    lanes = [np.concatenate([np.zeros(400), pcm, rest]) for rest in rests]
    receiver = FaxReceiver(modem, rate, channels=len(rests))
    events = receiver.process(np.rint(np.column_stack(lanes)).astype(np.int16))
    lost = [event.sample for event in events if event.kind is FaxKind.LOST]
    assert len(lost) == len(rests)
    assert max(lost) < 400 + len(pcm) + 0.07 * 8000


def test_garbage_is_borne() -> None:
    rng = np.random.default_rng(13)
    pcm = fax_carrier(octets_of(13, 300), "v29", 9600, level_dbm0=-40)
    for _ in range(8):
        lanes = np.repeat(pcm[:, None], 16, axis=1)
        for lane in range(16):
            for at in rng.integers(0, len(pcm), lane):
                piece = lanes[at : at + int(rng.integers(1, 300)), lane]
                piece[:] = rng.choice([-32768, 32767, 0], len(piece))
        receiver = FaxReceiver("v29", 9600, channels=16)
        receiver.process(lanes)
        for lane in range(16):
            quality = receiver.quality(lane)
            assert np.isfinite([quality.snr_db, quality.level_dbm0, quality.offset_hz]).all()


def test_a_training_lost_in_silence_leaves_nothing_that_breaks_the_next_one() -> None:
    """Its taps were no numbers, and led a short training out of the samples that are kept."""
    octets = bytes(range(256))
    for length in (800, 2000):
        receiver = FaxReceiver("v17", 14400)
        lost = np.pad(fax_carrier(octets), (800, 400))
        lost[1100 : 1100 + length] = 0
        kinds = [event.kind for event in receiver.process(lost)]
        assert FaxKind.FAILED in kinds
        receiver.arm("v17", 14400, short=True)
        receiver.process(np.pad(fax_carrier(octets, short=True), (800, 400)))
        assert receiver.quality().snr_db == 0
        receiver.arm("v17", 14400)
        receiver.process(np.pad(fax_carrier(octets), (800, 400)))
        assert octets in receiver.read()


def test_a_carrier_off_by_10_hz_is_followed() -> None:
    octets = octets_of(4, 1200)
    sound = np.fft.fft(noisy(fax_carrier(octets, "v29", 9600), -40, 4))
    sound[len(sound) // 2 :] = 0
    turning = np.fft.ifft(2 * sound) * np.exp(2j * np.pi * 10 / 8000 * np.arange(len(sound)))
    got, events = heard(np.rint(turning.real).astype(np.int16), "v29", 9600)
    assert got[: len(octets)] == octets
    assert abs(events[0].value - 10) < 1


def test_what_is_no_training_is_not_taken_for_one() -> None:
    at = np.arange(16_000)
    rng = np.random.default_rng(5)
    tones = [3000 * np.sin(2 * np.pi * hz / 8000 * at) for hz in (1100, 1700, 1800, 2100)]
    tones.append(rng.normal(0, 3000, len(at)))
    for modem, rate in RATES:
        receiver = FaxReceiver(modem, rate, channels=len(tones))
        assert receiver.process(np.rint(np.column_stack(tones)).astype(np.int16)) == []
        assert not receiver.quality().receiving


def test_every_cutting_and_level_gives_the_same_bits() -> None:
    pcm = noisy(fax_carrier(octets_of(6, 700), "v29", 9600), -33, 6)
    pcm = np.append(np.delete(pcm, 6000), pcm)  # a slip; then all once more
    results = []
    for level in simd.levels():
        fax.force_simd(level)
        try:
            results.append(heard(pcm, "v29", 9600))
        finally:
            fax.force_simd(None)
    receiver = FaxReceiver("v29", 9600, channels=2)
    rng = np.random.default_rng(6)
    cuts = np.sort(rng.integers(0, len(pcm), 300))
    events = []
    for part in np.split(np.column_stack([pcm[::-1], pcm]), cuts):
        events += receiver.process(np.ascontiguousarray(part))
    mine = [
        FaxEvent(event.kind, 0, event.sample, event.bits, event.value)
        for event in events
        if event.channel == 1
    ]
    results.append((receiver.read(1), mine))
    assert all(result == results[0] for result in results)
    assert len(results[0][1]) == 9


def test_a_channel_waits_for_what_it_is_armed_for() -> None:
    first, second = octets_of(7, 300), octets_of(8, 300)
    receiver = FaxReceiver("v29", 9600, points=100)
    receiver.process(noisy(fax_carrier(first, "v29", 9600), -50, 7))
    assert receiver.read()[:300] == first
    assert receiver.quality().snr_db > 30
    points = receiver.constellation()
    assert points.shape == (100,)
    assert np.all(
        np.min(
            np.abs(
                points[:, None]
                - [
                    [
                        3,
                        3j,
                        -3,
                        -3j,
                        5,
                        5j,
                        -5,
                        -5j,
                        1 + 1j,
                        1 - 1j,
                        -1 + 1j,
                        -1 - 1j,
                        3 + 3j,
                        3 - 3j,
                        -3 + 3j,
                        -3 - 3j,
                    ]
                ]
            ),
            axis=1,
        )
        < 0.4
    )
    receiver.arm("v27ter", 4800)
    receiver.process(noisy(fax_carrier(second, "v27ter", 4800), -50, 8))
    assert receiver.read()[:300] == second


def test_bad_calls_are_told_in_one_sentence() -> None:
    receiver = FaxReceiver("v29", 9600, channels=2)
    for call, words in [
        (lambda: FaxReceiver("v34"), "modem: want one of v27ter, v29, v17, got 'v34'"),
        (lambda: FaxReceiver("v29", 4800), "rate of v29: want one of 7200, 9600 bit/s, got 4800"),
        (lambda: FaxReceiver(channels=0), "channels: want 1 or more, got 0"),
        (lambda: FaxReceiver(points=-1), "points: want 0 to 100000, got -1"),
        (lambda: receiver.read(2), "channel: want 0 to 1, got 2"),
        (lambda: receiver.arm("v29", 9600, short=True), "short: want v17"),
        (lambda: receiver.process(np.zeros(80, np.int16)), "block: want (frames, 2)"),
    ]:
        with pytest.raises(ValueError) as caught:
            call()
        assert words in str(caught.value)


def test_a_recording_gives_its_octets() -> None:
    octets = octets_of(9, 200)
    pcm = fax_carrier(octets, "v27ter", 4800)
    assert fax_octets(pcm, "v27ter", 4800)[:200] == octets
    assert fax_octets(np.zeros(8000, np.int16), "v27ter", 4800) == b""
