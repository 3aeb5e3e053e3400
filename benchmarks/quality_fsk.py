"""FSK receivers over bad lines: bit error rates, spandsp's beside ours.

python benchmarks/quality_fsk.py
"""

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import fsk_exam, fsk_peers
from tests.support.fsk_exam import Bits, Line, Signal

SNR_DB = {
    "v21_1": (-3, 0, 2, 4, 6),
    "v21_2": (-3, 0, 2, 4, 6),
    "bell103_2": (-3, 0, 2, 4, 6),
    "v23_1200": (3, 5, 8, 10, 14),
    "bell202": (3, 5, 8, 10, 12),
    "v23_75": (-9, -6, -4, -2, 0),
}


def spandsp(standard: str, lines: Sequence[Signal]) -> list[Bits]:
    """What it hears, with its own settings."""
    return [fsk_peers.spandsp_bits(standard, line) for line in lines]


def row(standard: str, label: str, lines: list[Line], bits: int) -> None:
    """One row: ours, then spandsp's, for each line."""
    ours = fsk_exam.rates(fsk_exam.we_hear, standard, lines, bits=bits, seed=7)
    theirs = fsk_exam.rates(spandsp, standard, lines, bits=bits, seed=7)
    cells = "  ".join(f"{a:.5f}/{b:.5f}" for a, b in zip(ours, theirs, strict=True))
    print(f"{standard:10} {label:34} {cells}", flush=True)


def main() -> None:
    print("bit error rate, ours/spandsp's; white noise 0 to 4 kHz, through A-law")
    for standard, snrs in SNR_DB.items():
        bits = 1000 if standard == "v23_75" else 4000
        for level in (-14, -26, -38):
            lines = [Line(level_dbm0=level, snr_db=snr) for snr in snrs]
            row(standard, f"{level} dBm0, SNR {snrs}", lines, bits)
        offsets = (-30, -12, 12, 30)
        row(standard, f"offset {offsets} Hz", [Line(offset_hz=o, snr_db=15) for o in offsets], bits)
        twists = (-10, -6, 6, 10)
        row(standard, f"twist {twists} dB", [Line(twist_db=t, snr_db=18) for t in twists], bits)
        clocks = (0.99, 1.01)
        row(standard, f"clock {clocks}", [Line(clock=c, snr_db=15) for c in clocks], bits)
        rest = [Line(dc=1000), Line(clipped=True), Line(level_dbm0=-40), Line(level_dbm0=-43)]
        row(standard, "DC, clipped, -40 dBm0, -43 dBm0", rest, bits)


if __name__ == "__main__":
    main()
