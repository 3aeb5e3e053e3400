"""Fast fax modems: figures of V.17, V.29 and V.27ter, every cutting and SIMD level."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from telcard._native import fax
from telcard.dsp import simd
from telcard.dsp.faxmodem import FAX_RATES, FaxTransmitter, fax_carrier
from telcard.dsp.level import level_dbm0
from telcard.units import DBM0_RMS

ALL = [(modem, rate) for modem, rates in FAX_RATES.items() for rate in rates]
BAUD = {2400: 1200, 4800: 1600}


def root_raised_cosine(at: NDArray[np.float64], excess: float) -> NDArray[np.float64]:
    """A receiver's ideal half of the pulse, at times in symbols."""
    at = np.where(np.abs(np.abs(4 * excess * at) - 1) < 1e-6, at + 1e-6, at) + 1e-9
    top = np.sin(np.pi * at * (1 - excess)) + 4 * excess * at * np.cos(np.pi * at * (1 + excess))
    return top / (np.pi * at * (1 - (4 * excess * at) ** 2))


def symbols_of(
    pcm: NDArray[np.int16], modem: str, rate: int, first: int, count: int
) -> NDArray[np.complex128]:
    """Symbols of a carrier, the middle of number 0 at sample 0, of mean power 1 at -13 dBm0."""
    baud = BAUD.get(rate, 2400)
    carrier = 1700 if modem == "v29" else 1800
    per_symbol = 8000 / baud
    middle = (first + np.arange(count))[:, None] * per_symbol
    at = middle.astype(int) + np.arange(-100, 100)
    sound = np.append(pcm, [0])[np.where((at >= 0) & (at < len(pcm)), at, -1)]
    weights = root_raised_cosine((at - middle) / per_symbol, 0.5 if modem == "v27ter" else 0.25)
    made = np.sum(weights * sound * np.exp(-2j * np.pi * carrier / 8000 * at), axis=1)
    return made * np.sqrt(2) / per_symbol / (DBM0_RMS * 10 ** (-13 / 20))


def near(
    got: NDArray[np.complex128], want: list[complex] | NDArray[np.complex128], within: float
) -> bool:
    return bool(np.all(np.abs(got - np.asarray(want)) < within))


def test_v17_trains_as_its_clause_5_says() -> None:
    """Long: 256 symbols A B, then C D B A by two scrambled ones each, a bridge, coded ones.

    The register begins as 0x2ECDD5, so that C D C D C D C D C D C D goes before all chance.
    """
    pcm = fax_carrier(b"", "v17", 14400)
    assert len(pcm) == (256 + 2976 + 64 + 48 + 32 + 48) * 10 // 3 - 39  # ends with silence
    states = {"A": -6 - 2j, "B": 2 - 6j, "C": 6 + 2j, "D": -2 + 6j}
    begun = symbols_of(pcm[:1200], "v17", 14400, 0, 272) * np.sqrt(41)
    assert near(begun[12:256], [states["A"], states["B"]] * 122, 0.15)
    line = [0x2ECDD5 >> k & 1 for k in range(23)]  # the newest first
    for _ in range(32):
        line.insert(0, 1 ^ line[17] ^ line[22])
    bits = line[31::-1]
    letters = ["CDBA"[2 * a + b] for a, b in zip(bits[::2], bits[1::2], strict=True)]
    assert letters[:14] == list("CDCDCDCDCDCDBD")
    assert near(begun[256:], [states[letter] for letter in letters], 0.15)


def test_v17_s_short_training_is_its_long_one_without_most_of_it() -> None:
    long, short = (fax_carrier(b"", "v17", 7200, short=short) for short in (False, True))
    assert len(long) - len(short) == (2976 - 38 + 64) * 10 // 3 + 1
    assert np.array_equal(long[:900], short[:900])


def test_v29_trains_as_its_clause_8_says() -> None:
    """48 symbols of silence, A B for 128, C D by a register that begins C D C D C D C, ones."""
    for rate, b, d in ((9600, 3 - 3j, -3 + 3j), (7200, 1 - 1j, -1 + 1j)):
        pcm = fax_carrier(b"", "v29", rate)
        assert not pcm[:100].any()
        power = np.sqrt(13.5 if rate == 9600 else 5.5)
        turn = np.exp(-2j * np.pi * 40 * 17 / 80)  # no half pulse is left out here
        begun = symbols_of(pcm[40:2100], "v29", rate, 48, 128 + 30) * power * turn
        assert near(begun[:128], [-3, b] * 64, 0.15)
        chance = [0, 1, 0, 1, 0, 1, 0]  # C is 0; then by 1 + x^-6 + x^-7
        while len(chance) < 30:
            chance.append(chance[-7] ^ chance[-6])
        assert near(begun[128:], [d if bit else 3 for bit in chance], 0.15)


def test_v27ter_trains_as_its_clause_2_5_says() -> None:
    """50 reversals; then a reversal, or none, by every third bit of scrambled ones."""
    line = [0x3C >> k & 1 for k in range(12)]
    for _ in range(90):
        line.insert(0, 1 ^ line[5] ^ line[6])  # too few for the guard
    turned = line[89::-1][::3]
    for rate in FAX_RATES["v27ter"]:
        begun = symbols_of(fax_carrier(b"", "v27ter", rate)[:1000], "v27ter", rate, 0, 70)
        steps = begun[1:] / begun[:-1]
        assert near(steps[12:49], [-1] * 37, 0.05)
        assert near(steps[49:], [-1 if bit else 1 for bit in turned[:20]], 0.05)


def scrambled(bits: NDArray[np.uint8], register: int) -> list[int]:
    """By 1 + x^-18 + x^-23."""
    line = [register >> k & 1 for k in range(23)]
    for bit in bits.tolist():
        line.insert(0, bit ^ line[17] ^ line[22])
    return line[: len(bits)][::-1]


def test_v29_turns_by_its_table_1_and_has_the_amplitudes_of_its_table_2() -> None:
    octets = np.random.default_rng(3).bytes(60)
    pcm = fax_carrier(octets, "v29", 9600)
    turn = np.exp(-2j * np.pi * 40 * 17 / 80)
    first = 48 + 128 + 384
    got = symbols_of(pcm[40:], "v29", 9600, first, 48 + 120) * np.sqrt(13.5) * turn
    sent = np.unpackbits(np.frombuffer(octets, np.uint8), bitorder="little")
    line = scrambled(np.append(np.ones(192, np.uint8), sent), 0)
    table = {"001": 0, "000": 45, "010": 90, "011": 135, "111": 180, "110": 225, "100": 270}
    table["101"] = 315
    phase, want = 0, []
    for at in range(0, len(line), 4):
        phase = (phase + table["".join(map(str, line[at + 1 : at + 4]))]) % 360
        low, high = (np.sqrt(2), 3 * np.sqrt(2)) if phase % 90 else (3, 5)
        want.append((high if line[at] else low) * np.exp(1j * np.radians(phase)))
    assert near(got, want, 0.15)


@pytest.mark.parametrize(
    ("rate", "places"),
    [
        # Where 0000... of figures 2 to 5 lie, and points that only one of 128 bits apart could be.
        (14400, {0: -8 - 3j, 1: 9 + 2j, 0x3B: 1, 0x4B: 1 - 8j, 0x7F: -5}),
        (12000, {0: 7 + 1j, 1: -5 - 1j, 0x2F: -1 - 1j, 0x3E: -3 + 7j}),
        (9600, {0: -8 + 2j, 1: -6 - 4j, 0x12: -4 - 2j, 0x1B: 2 - 8j}),
        (7200, {0: 6 - 6j, 1: -2 + 6j, 0xB: 2 + 2j, 0xF: -2 - 2j}),
    ],
)
def test_v17_codes_by_its_trellis_and_places_by_its_figures(
    rate: int, places: dict[int, complex]
) -> None:
    octets = np.random.default_rng(4).bytes(4 << (rate // 1800))
    pcm = fax_carrier(octets, "v17", rate, short=True)
    bits = rate // 2400
    count = 48 + 8 * len(octets) // bits
    power = {7200: 40, 9600: 40, 12000: 42, 14400: 41}[rate]
    got = symbols_of(pcm, "v17", rate, 256 + 38, count) * np.sqrt(power)
    sent = np.unpackbits(np.frombuffer(octets, np.uint8), bitorder="little")
    ones = np.ones(76 + 48 * bits, np.uint8)
    line = scrambled(np.append(ones, sent), 0x2ECDD5)[76:]
    y, w0, w1, w2 = 0, 0, 0, 0
    found: dict[int, complex] = {}
    for at in range(count):
        q = sum(bit << k for k, bit in enumerate(line[at * bits : (at + 1) * bits]))
        y = (y + q) % 4
        number = (q >> 2) << 3 | y << 1 | w0
        y1, y2 = y & 1, y >> 1
        w0, w1, w2 = y2 ^ w1 ^ (y1 & w0), y2 ^ y1 ^ w2 ^ ((y2 ^ w1) & w0), w0
        found.setdefault(number, complex(got[at]))
        assert abs(found[number] - got[at]) < 0.3, (at, number)
    points = np.array(list(found.values()))
    assert np.max(np.abs(points - points.round())) < 0.2
    assert len(found) == 1 << (bits + 1)
    assert {number: complex(np.round(found[number])) for number in places} == places


@pytest.mark.parametrize(("modem", "rate"), ALL)
def test_the_same_samples_at_every_level_and_for_every_cutting(modem: str, rate: int) -> None:
    octets = bytes(range(200))
    whole = fax_carrier(octets, modem, rate, echo_protection=True)
    for level in simd.levels():
        fax.force_simd(level)
        try:
            assert np.array_equal(whole, fax_carrier(octets, modem, rate, echo_protection=True)), (
                level
            )
        finally:
            fax.force_simd(None)
    rng = np.random.default_rng(rate)
    sender = FaxTransmitter(modem, rate, echo_protection=True)
    made, at = [], 0
    while not sender.done:
        if at < len(octets):
            step = int(rng.integers(1, 40))
            sender.send(octets[at : at + step])
            at += step
        elif at:
            sender.finish()
        made.append(sender.process(int(rng.integers(0, 700))))
    assert np.array_equal(whole, np.concatenate(made)), "seed: the rate"


@pytest.mark.parametrize(("modem", "rate"), ALL)
def test_a_carrier_has_the_level_that_was_asked_for_and_stays_in_its_band(
    modem: str, rate: int
) -> None:
    octets = np.random.default_rng(5).bytes(rate // 4)
    for level in (-13.0, -30.0):
        pcm = fax_carrier(octets, modem, rate, level_dbm0=level)
        data = pcm[-len(octets) * 8 * 8000 // rate : -1000]
        assert level_dbm0(data) == pytest.approx(level, abs=0.25)
    spectrum = np.abs(np.fft.rfft(pcm.astype(float) * np.hanning(len(pcm)))) ** 2
    hz = np.fft.rfftfreq(len(pcm), 1 / 8000)
    half = BAUD.get(rate, 2400) / 2 * (1.5 if modem == "v27ter" else 1.25)
    outside = np.abs(hz - (1700 if modem == "v29" else 1800)) > half + 150
    assert 10 * np.log10(spectrum[outside].sum() / spectrum.sum()) < -40


def test_a_transmitter_waits_for_octets_and_says_where_it_is() -> None:
    sender = FaxTransmitter("v29", 9600)
    assert sender.training
    first = sender.process(8000)
    assert len(first) < 2100
    assert not sender.training
    assert not sender.done
    assert len(sender.process(80)) == 0
    sender.send(b"12345")
    assert sender.waiting == 5
    assert len(sender.process(8000)) == 33  # ten symbols
    assert sender.waiting == 0
    sender.finish()
    assert len(sender.process(8000)) == 214  # 16 symbols of ones, 48 of silence
    assert sender.done
    with pytest.raises(ValueError, match="want octets before finish"):
        sender.send(b"6")


def test_what_there_is_not_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="modem: want one of v27ter, v29, v17, got 'v34'"):
        FaxTransmitter("v34", 33600)
    with pytest.raises(ValueError, match="rate of v29: want one of 7200, 9600 bit/s, got 14400"):
        FaxTransmitter("v29", 14400)
    with pytest.raises(ValueError, match="short: want v17"):
        FaxTransmitter("v29", 9600, short=True)
    with pytest.raises(ValueError, match=r"level_dbm0: want -60 to \+3, got 9"):
        FaxTransmitter(level_dbm0=9)
    with pytest.raises(ValueError, match="frames: want 0 or more"):
        FaxTransmitter().process(-1)
    with pytest.raises(ValueError, match="mode: want 0 to 7"):
        fax.FaxSend(8, False, False, -13)


def test_bits_that_do_not_fill_a_symbol_leave_before_the_ones_that_end_all() -> None:
    """Seven bits of V.17 at 12000 bit/s are two symbols, the rest of them ones."""
    lengths = [len(fax_carrier(b"\0" * count, "v17", 12000)) for count in range(6)]
    symbols = [round(length * 3 / 10) for length in lengths]
    assert list(itertools.accumulate([0, 2, 2, 1, 2, 1])) == [n - symbols[0] for n in symbols]
