"""Receiving V.17: trellis, both trainings, noise, levels, slips, every cutting and SIMD level."""

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard._native import fax
from telcard.dsp import simd
from telcard.dsp.faxmodem import FAX_RATES, FaxKind, FaxReceiver, fax_carrier
from tests.support.modem_line import ModemLine

LIMITS = list(zip(FAX_RATES["v17"], (11, 15, 18, 22), strict=True))
"""dB of signal to noise, 0 to 4 kHz, at which 2000 octets have no error: 1 dB above theory."""


def octets_of(seed: int, count: int) -> bytes:
    return np.random.default_rng(seed).bytes(count)


def amid_silence(pcm: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.pad(pcm, 800)


def wrong_bits(got: bytes, want: bytes) -> NDArray[np.intp]:
    """Where bits differ; all of them where octets lack."""
    sent, came = (
        np.unpackbits(np.frombuffer(octets, np.uint8), bitorder="little") for octets in (want, got)
    )
    if len(came) < len(sent):
        return np.arange(len(sent))
    return np.flatnonzero(sent != came[: len(sent)])


@pytest.mark.parametrize(("rate", "snr_db"), LIMITS)
def test_noise_alone_limits_it_and_the_last_octet_comes_as_well(rate: int, snr_db: float) -> None:
    octets = octets_of(rate, 2000)
    pcm = ModemLine(snr_db=snr_db).carry(amid_silence(fax_carrier(octets, "v17", rate)), seed=2)
    receiver = FaxReceiver("v17", rate)
    kinds = [event.kind for event in receiver.process(pcm)]
    assert kinds == [FaxKind.CARRIER, FaxKind.TRAINED, FaxKind.DATA, FaxKind.LOST]
    got = receiver.read()
    assert got[: len(octets)] == octets
    assert len(got) - len(octets) < rate // 8 // 30  # the 32 symbols of turn-off, and some


@pytest.mark.parametrize(("rate", "snr_db"), LIMITS)
@pytest.mark.parametrize("level_dbm0", [-1, -31, -43])
def test_short_trainings_serve_at_every_level(rate: int, snr_db: float, level_dbm0: float) -> None:
    line = ModemLine(snr_db=snr_db + 1)
    receiver = FaxReceiver("v17", rate)
    for count in range(4):
        octets = octets_of(count, 200)
        pcm = fax_carrier(octets, "v17", rate, short=count > 0, level_dbm0=level_dbm0)
        receiver.arm("v17", rate, short=count > 0)
        receiver.process(line.carry(np.pad(pcm, (800 + 37 * count, 800)), seed=count))
        assert receiver.read()[: len(octets)] == octets, count


def test_a_short_training_needs_what_a_long_one_has_taught() -> None:
    receiver = FaxReceiver("v17", 9600)
    receiver.arm("v17", 9600, short=True)
    pcm = amid_silence(fax_carrier(b"what", "v17", 9600, short=True))
    assert [event.kind for event in receiver.process(pcm)] == [FaxKind.CARRIER, FaxKind.FAILED]
    assert receiver.read() == b""


def test_a_short_training_behind_a_long_one_that_broke_off_does_no_harm() -> None:
    whole, short = (
        amid_silence(fax_carrier(b"what", "v17", 14400, short=shortly)) for shortly in (False, True)
    )
    cuts = range(1100, 3000, 20)
    lanes = np.repeat(whole[:, None], len(cuts), 1)
    for lane, cut in enumerate(cuts):
        lanes[cut:, lane] = 0
    receiver = FaxReceiver("v17", 14400, channels=len(cuts))
    receiver.process(lanes)
    for lane in range(len(cuts)):
        receiver.arm("v17", 14400, channel=lane, short=True)
    receiver.process(np.repeat(short[:, None], len(cuts), 1))
    for lane in range(len(cuts)):
        assert np.isfinite(receiver.quality(lane).snr_db)


@pytest.mark.parametrize(("rate", "snr_db"), LIMITS)
@pytest.mark.parametrize("slip", [-1, 1])
def test_a_sample_more_or_less_costs_some_symbols_and_no_more(
    rate: int, snr_db: float, slip: int
) -> None:
    octets = octets_of(5, rate)
    pcm = amid_silence(fax_carrier(octets, "v17", rate))
    for more_db in (1, 20):
        line = ModemLine(snr_db=snr_db + more_db, slip_every_s=2, slip=slip)
        receiver = FaxReceiver("v17", rate)
        slips = [event for event in receiver.process(line.carry(pcm)) if event.kind is FaxKind.SLIP]
        assert [event.value for event in slips] == [-slip] * len(slips)
        assert receiver.quality().slips == len(slips) == 5
        wrong = wrong_bits(receiver.read(), octets)
        bursts = np.split(wrong, np.flatnonzero(np.diff(wrong) > 1000) + 1)
        assert len(bursts) <= 5
        assert max(burst[-1] - burst[0] for burst in bursts) < 128 * rate // 2400


@pytest.mark.parametrize(("rate", "snr_db"), LIMITS)
@pytest.mark.parametrize("slip", [-1, 1])
def test_a_slip_costs_a_short_training_no_more_than_any_other(
    rate: int, snr_db: float, slip: int
) -> None:
    octets = octets_of(6, rate // 32)
    line = ModemLine(snr_db=snr_db + 3)
    first = line.carry(amid_silence(fax_carrier(octets_of(7, 100), "v17", rate)), seed=1)
    again = line.carry(amid_silence(fax_carrier(octets, "v17", rate, short=True)), seed=2)
    places = range(820, 2900, 65)  # the alternation, 38 known symbols, ones, data
    slipped = np.stack(
        [np.delete(again, at) if slip < 0 else np.insert(again, at, again[at]) for at in places], 1
    )
    receiver = FaxReceiver("v17", rate, channels=len(places))
    receiver.process(np.repeat(first[:, None], len(places), 1))
    for channel in range(len(places)):
        receiver.read(channel)
        receiver.arm("v17", rate, channel=channel, short=True)
    receiver.process(slipped)
    for channel, at in enumerate(places):
        wrong = wrong_bits(receiver.read(channel), octets)
        assert len(wrong) == 0 or wrong[-1] - wrong[0] < 128 * rate // 2400, at


def turned(pcm: NDArray[np.int16], by: complex) -> NDArray[np.int16]:
    """The second half by a phase and a size."""
    spectrum = np.fft.fft(pcm.astype(np.float64))
    spectrum[len(pcm) // 2 :] = 0
    both = np.fft.ifft(2 * spectrum)
    both[len(pcm) // 2 :] *= by
    return np.rint(both.real).astype(np.int16)


@pytest.mark.parametrize(("rate", "snr_db"), LIMITS)
def test_a_jump_of_phase_or_level_costs_some_symbols_and_no_more(rate: int, snr_db: float) -> None:
    octets = octets_of(8, rate // 8)
    pcm = amid_silence(fax_carrier(octets, "v17", rate))
    for by in (np.exp(0.35j), np.exp(-0.6j), 0.7, 0.5, 1.6):
        line = ModemLine(snr_db=snr_db + 6)
        receiver = FaxReceiver("v17", rate)
        receiver.process(line.carry(turned(pcm, by), seed=8))
        wrong = wrong_bits(receiver.read(), octets)
        assert len(wrong) == 0 or wrong[-1] - wrong[0] < 128 * rate // 2400, by


@pytest.mark.parametrize(("rate", "snr_db"), LIMITS)
@pytest.mark.parametrize("jitter_hz", [50, 150])
def test_a_carrier_that_hums_costs_next_to_nothing(
    rate: int, snr_db: float, jitter_hz: float
) -> None:
    """15 degrees peak to peak; the bursts of short training lean on what the long one has seen."""
    line = ModemLine(snr_db=snr_db + 3, jitter_degrees=15, jitter_hz=jitter_hz)
    octets, receiver = octets_of(9, rate // 10), FaxReceiver("v17", rate)
    for seed, short in enumerate((False, True)):
        if short:
            receiver.arm("v17", rate, short=True)
        pcm = amid_silence(fax_carrier(octets, "v17", rate, short=short))
        receiver.process(line.carry(pcm, seed=seed))
        assert receiver.read()[: len(octets)] == octets, short


BAD_LINES = [
    ModemLine(snr_db=21, slip_every_s=3, offset_hz=3),
    ModemLine(snr_db=24, slip_every_s=4, jitter_degrees=15),
]


@pytest.mark.parametrize("line", BAD_LINES)
def test_every_cutting_and_level_gives_the_same_bits(line: ModemLine) -> None:
    octets = octets_of(7, 2500)
    first = line.carry(amid_silence(fax_carrier(octets, "v17", 14400)), seed=7)
    again = amid_silence(fax_carrier(octets, "v17", 14400, short=True))
    pcm = np.concatenate([first, line.carry(again, seed=8)])
    told = []
    for seed, level in [(0, None), *enumerate(simd.levels())]:
        rng = np.random.default_rng(seed)
        fax.force_simd(level)
        try:
            receiver, at, events = FaxReceiver("v17", 14400), 0, []
            while at < len(pcm):
                step = min(int(rng.integers(1, 900)), len(pcm) - at)
                step = min(step, len(first) - at) if at < len(first) else step
                events += receiver.process(pcm[at : at + step])
                at += step
                if at == len(first):
                    receiver.arm("v17", 14400, short=True)
            told.append((events, receiver.read()))
        finally:
            fax.force_simd(None)
    assert len(told[0][1]) > 2 * len(octets)
    assert all(one == told[0] for one in told), "seeds: 0, 0, 1, 2"
