"""What lines with real frames stand: alignment under bit errors and slips, and what alarms take.

    python benchmarks/quality_framing.py

One table by bit error rate (what is lost, what the counters say), one by bits that were lost on the
way (how long until all is found again), one of alarms.  Times are those of the receivers alone, in
milliseconds of the line; limits are those of the recommendations, and a row that breaks one is
marked and makes the program fail.  One seed, printed, makes it all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np

from telcard.signalling.framing import Alarm, E1Deframer, E1Framer, T1Deframer, T1Framer

KINDS = ("crc4", "no-crc4", "esf", "d4")
SLIPS = (1, 3, 7, 64, 100, 255)
RATES = (1e-6, 1e-5, 1e-4, 1e-3, 3e-3)

# Found again: G.706 asks 4.1.2 and 8 ms for CRC-4; T1.403 at most 50 ms.  The receiver has to see
# first that alignment is gone, and a slip may be answered with a false signal or two.
WITHIN_MS = {"crc4": 24.0, "no-crc4": 8.0, "esf": 50.0, "d4": 50.0}
# A line at 1e-3 must not be given up every second: G.706 4.1.1, one loss in 10 minutes at 1e-3 for
# three errored FAS in a row, (7e-3)^3 of 4,000 a second.
MOST_LOSSES_A_MINUTE = {1e-6: 0, 1e-5: 0, 1e-4: 0, 1e-3: 3}


class Line:
    """A framer, its line and a deframer; times in ms of the line."""

    def __init__(self, kind: str, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.e1 = kind in ("crc4", "no-crc4")
        self.per_ms = 2048 if self.e1 else 1544
        if self.e1:
            crc4 = kind == "crc4"
            self.framer: E1Framer | T1Framer = E1Framer(crc4=crc4)
            self.deframer: E1Deframer | T1Deframer = E1Deframer(crc4=crc4)
        else:
            self.framer = T1Framer(format="esf" if kind == "esf" else "d4")
            self.deframer = T1Deframer(format="esf" if kind == "esf" else "d4")

    def bits(self, ms: int) -> np.ndarray:
        """What the framer sends in so many ms."""
        slots = 32 if self.e1 else 24
        frames = self.chance.integers(0, 256, (ms * 8, slots), dtype=np.uint8)
        return np.unpackbits(self.framer.process(frames))

    def hear(self, bits: np.ndarray) -> None:
        """A whole number of octets."""
        self.deframer.process(np.packbits(bits))

    def until(self, wanted: Alarm, bits: np.ndarray) -> float | None:
        """Ms until the receiver finds just that, an octet at a time; None: it does not."""
        octets = np.packbits(bits)
        for at in range(len(octets)):
            self.deframer.process(octets[at : at + 1])
            if self.deframer.state().alarms == wanted:
                return (at + 1) * 8 / self.per_ms
        return None

    def settled(self, bits: np.ndarray) -> float:
        """Ms until the receiver has nothing to complain of any more, to 64 bits."""
        octets, last = np.packbits(bits), 0
        for at in range(0, len(octets), 8):
            self.deframer.process(octets[at : at + 8])
            if self.deframer.state().alarms:
                last = at + 8
        return float(np.inf) if last >= len(octets) else last * 8 / self.per_ms


def errors(seed: int, seconds: int) -> Iterator[tuple[str, bool]]:
    """A row a kind and rate."""
    yield "framing   rate    losses/min  errored framing  errored blocks  in alignment", True
    for kind in KINDS:
        for rate in RATES:
            line = Line(kind, seed)
            line.hear(line.bits(100))
            for _ in range(seconds * 10):
                bits = line.bits(100)
                line.hear(bits ^ (line.chance.random(bits.size) < rate))
            counts = line.deframer.counts()
            framing = getattr(counts, "fas_errors", 0) or getattr(counts, "framing_errors", 0)
            losses = counts.losses * 60 / seconds
            share = counts.frames / (8 * (seconds * 1000 + 100))
            blocks = f"{counts.crc_errors / max(counts.crc_blocks, 1):14.2%}"
            row = f"{kind:9} {rate:.0e} {losses:11.1f} {framing:16} {blocks:>15} {share:13.3%}"
            most = MOST_LOSSES_A_MINUTE.get(rate)
            yield row, most is None or losses <= most + 60 / seconds


def slips(seed: int, times: int) -> Iterator[tuple[str, bool]]:
    """A row a kind and number of bits."""
    yield "framing   bits lost  losses  all found again after, ms: median, most (allowed)", True
    for kind in KINDS:
        for bits in SLIPS:
            took, losses = [], 0
            for time in range(times):
                line = Line(kind, seed + time)
                line.hear(line.bits(100))
                before = line.bits(1)
                after = line.bits(120)
                cut = int(line.chance.integers(0, before.size - bits % 193))
                spoilt = np.concatenate([before[:cut], after[bits:]])
                spoilt = spoilt[: spoilt.size // 8 * 8]
                took.append(line.settled(spoilt))
                losses += line.deframer.counts().losses
            row = f"{kind:9} {bits:9} {losses / times:7.2f} {np.median(took):27.1f} {max(took):.1f}"
            yield f"{row} ({WITHIN_MS[kind]:g})", max(took) <= WITHIN_MS[kind]


def alarms(seed: int) -> Iterator[tuple[str, bool]]:
    """A row a kind and signal: found, and gone."""
    yield "framing   alarm  found after, ms (allowed)  gone after, ms (allowed)", True
    for kind in KINDS:
        slow = kind in ("esf", "d4")
        limits = {Alarm.LOS: 1.0, Alarm.AIS: 75.0 if slow else 1.0, Alarm.LFA: 8.0}
        for alarm, allowed in limits.items():
            line = Line(kind, seed)
            line.hear(line.bits(100))
            size = line.per_ms * 100
            noise = line.chance.integers(0, 2, size, dtype=np.uint8)
            what = {Alarm.LOS: noise * 0, Alarm.AIS: noise | 1, Alarm.LFA: noise}[alarm]
            found = line.until(alarm, what)
            gone = line.until(Alarm.NONE, line.bits(100))
            good = found is not None and found <= allowed
            good &= gone is not None and gone <= WITHIN_MS[kind]
            row = f"{kind:9} {alarm.name} {found or np.inf:12.2f} ({allowed:g})"
            yield f"{row:40} {gone or np.inf:10.2f} ({WITHIN_MS[kind]:g})", good


def main() -> int:
    """Print the tables; 1 if a limit was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="a tenth of the time")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    seconds, times = (2, 2) if options.quick else (20, 20)
    broken = 0
    for table in (errors(options.seed, seconds), slips(options.seed, times), alarms(options.seed)):
        print()
        for row, good in table:
            print(row if good else f"{row}   <-- broken")
            broken += not good
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
