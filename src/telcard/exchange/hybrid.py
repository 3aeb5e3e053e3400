"""Why a line gives back what it is sent: a two-wire pair against the network that balances it.

    taps = hybrid_echo(Pair(km=3.0, mm=0.4), RESISTIVE)     # for `Copper(echo=taps)`
    hybrid_loss_db(taps)                                    # 14.3: the echo return loss of noise

At the exchange a hybrid parts the two ways of a pair.  What is sent splits between the pair and a
network that imitates it; what the imitation is not like goes back: the balance return loss of ITU-T
G.122, 20 lg |(Z + B) / (Z - B)| with Z, what the pair looks like from the exchange, and B, the
network.  On its way there and back each half of the hybrid takes 3.5 dB, and the codec's filters
leave 200 to 3,600 Hz.

The pair is a line in the sense of the telegrapher's equations: its resistance, inductance and
capacitance a kilometre give the characteristic impedance and the propagation, and the telephone at
its end the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAPS = 96
"""Of a response: 12 ms."""

_OHM_MM2 = 35.6  # loop resistance of copper at 20 degrees, ohms a km for 1 mm2: 2 x 17.8
_NF_A_KM = 45.0  # of paired cable; from memory of cable tables, not checked
_MH_A_KM = 0.7  # likewise
_FLIGHT_MS = 1.0  # group delay of the codec's filters, both ways: assumed
_POINTS = 1024


@dataclass(frozen=True, slots=True)
class Network:
    """`series_ohm`, and behind it `parallel_ohm` and `parallel_nf` side by side."""

    series_ohm: float
    parallel_ohm: float = 0.0
    parallel_nf: float = 0.0

    def impedance(self, hz: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Ohms at these frequencies."""
        slope = 2j * np.pi * hz * self.parallel_nf * 1e-9
        return np.asarray(self.series_ohm + self.parallel_ohm / (1 + slope * self.parallel_ohm))


HARMONIZED = Network(270.0, 750.0, 150.0)
"""ETSI TBR 21: the European reference impedance of a telephone."""

CHINESE = Network(200.0, 680.0, 100.0)
"""YD/T 514: of telephones and exchanges in China; from memory, not checked."""

RESISTIVE = Network(600.0)
"""A plain resistor, as the oldest telephones and exchanges have it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """`km` of copper pair, `mm` thick, with a telephone at its end."""

    km: float
    mm: float = 0.4
    telephone: Network = HARMONIZED

    def __post_init__(self) -> None:
        if not 0 <= self.km <= 20:
            raise ValueError(f"km: want 0 to 20, got {self.km:g}")
        if not 0.2 <= self.mm <= 2:
            raise ValueError(f"mm: want 0.2 to 2, got {self.mm:g}")

    def impedance(self, hz: NDArray[np.float64]) -> NDArray[np.complex128]:
        """What it looks like from the exchange, in ohms; above 0 Hz."""
        turn = 2j * np.pi * hz
        along = _OHM_MM2 / (np.pi * self.mm**2 / 4) + turn * _MH_A_KM * 1e-3
        across = turn * _NF_A_KM * 1e-9
        own = np.sqrt(along / across)
        far = self.telephone.impedance(hz)
        swing = np.tanh(np.sqrt(along * across) * self.km)
        return np.asarray(own * (far + own * swing) / (own + far * swing))


def hybrid_echo(pair: Pair, balance: Network = HARMONIZED) -> tuple[float, ...]:
    """The response of a hybrid with this balance network before this pair, 96 taps at 8 kHz.

    For `Copper(echo=...)`, where `erl_db` may scale it; ValueError for a pair that nobody has laid.
    """
    hz = np.maximum(1.0, np.arange(_POINTS // 2 + 1) * (8000 / _POINTS))
    line, network = pair.impedance(hz), balance.impedance(hz)
    back = (line - network) / (line + network) * 10 ** (-2 * 3.5 / 20)
    band = np.clip((hz - 150) / 150, 0, 1) * np.clip((3900 - hz) / 500, 0, 1)
    smooth = np.sin(np.pi / 2 * band) ** 2
    later = np.exp(-2j * np.pi * hz * _FLIGHT_MS / 1000)
    taps = np.fft.irfft(back * smooth * later)[:TAPS]
    taps[-32:] *= np.cos(np.pi / 2 * (np.arange(32) + 0.5) / 32) ** 2
    return tuple(round(float(tap), 6) for tap in taps)


def hybrid_loss_db(taps: tuple[float, ...]) -> float:
    """How much weaker comes back white noise of 300 to 3,400 Hz, in dB."""
    hz = np.fft.rfftfreq(_POINTS, 1 / 8000)
    power = np.abs(np.fft.rfft(taps, _POINTS)) ** 2
    return float(-10 * np.log10(power[(hz >= 300) & (hz <= 3400)].mean() + 1e-12))
