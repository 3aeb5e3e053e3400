"""Hybrids: what comes back by the impedances of a pair and of the network that balances it."""

import numpy as np
import pytest

from telcard.dsp.copper import Copper, CopperLine
from telcard.exchange.hybrid import (
    CHINESE,
    HARMONIZED,
    RESISTIVE,
    TAPS,
    Network,
    Pair,
    hybrid_echo,
    hybrid_loss_db,
)

HZ = np.array([300.0, 1000.0, 3000.0])


def test_a_pair_without_length_is_its_telephone() -> None:
    for telephone in (HARMONIZED, CHINESE, RESISTIVE):
        pair = Pair(km=0, telephone=telephone)
        np.testing.assert_allclose(pair.impedance(HZ), telephone.impedance(HZ))
    assert hybrid_loss_db(hybrid_echo(Pair(km=0), HARMONIZED)) > 60


def test_a_network_is_the_one_of_the_standard() -> None:
    """TBR 21's network at 1 kHz: 270 + 750 / (1 + j 0.7069)."""
    assert HARMONIZED.impedance(HZ)[1] == pytest.approx(270 + 750 / (1 + 0.706858j), rel=1e-4)
    assert Network(600).impedance(HZ) == pytest.approx([600, 600, 600])


def test_a_long_pair_looks_like_its_characteristic_impedance() -> None:
    """0.4 mm, 283 ohms a km, at 1 kHz: sqrt(R / jwC) is 1001 ohms at -45 degrees, about."""
    impedance = Pair(km=20).impedance(HZ)[1]
    assert abs(impedance) == pytest.approx(1001, rel=0.03)
    assert np.degrees(np.angle(impedance)) == pytest.approx(-45, abs=2)
    np.testing.assert_allclose(
        Pair(km=20, telephone=RESISTIVE).impedance(HZ)[1], impedance, rtol=0.02
    )


def test_a_resistor_that_meets_a_resistor_gives_back_by_the_textbook() -> None:
    """600 against 900 ohms: 20 lg 5 and twice 3.5 dB, 21 dB."""
    taps = hybrid_echo(Pair(km=0, telephone=Network(900)), RESISTIVE)
    assert hybrid_loss_db(taps) == pytest.approx(14.0 + 7.0, abs=0.3)
    assert int(np.abs(taps).argmax()) == 8  # the filters' millisecond


@pytest.mark.parametrize("km", [0.2, 1, 3, 8])
@pytest.mark.parametrize("balance", [HARMONIZED, CHINESE, RESISTIVE])
def test_real_pairs_give_back_what_a_canceller_has_to_expect(km: float, balance: Network) -> None:
    taps = np.array(hybrid_echo(Pair(km=km), balance))
    assert len(taps) == TAPS
    assert 10 < hybrid_loss_db(tuple(taps)) < 45
    energy = np.cumsum(taps**2) / (taps**2).sum()
    assert energy[-32] > 0.99  # over within 8 ms
    assert energy[2] < 0.05


def test_it_is_an_echo_for_copper() -> None:
    taps = hybrid_echo(Pair(km=3), RESISTIVE)
    sound = np.random.default_rng(1).normal(0, 4000, 8000).astype(np.int16)
    _, back = CopperLine(Copper(echo=taps)).process(sound)
    np.testing.assert_allclose(back, np.convolve(sound, taps)[:8000], atol=1.5)


@pytest.mark.parametrize(
    ("figures", "told"),
    [({"km": 30}, "km: want 0 to 20, got 30"), ({"km": 1, "mm": 3}, "mm: want")],
)
def test_pairs_that_nobody_lays_are_refused(figures: dict[str, float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Pair(**figures)
