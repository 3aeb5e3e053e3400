"""Fax modems over bad lines: from which signal to noise on no bit is wrong, spandsp's beside ours.

python benchmarks/quality_faxmodem.py

Our own transmitter feeds both receivers.  First table: the lowest SNR (white noise, 0 to 4 kHz,
whole dB) from which on three transmissions of about a second of data each are received without an
error, for levels, and at -13 dBm0 for lines that do more than hiss.  spandsp takes noise before the
carrier for a carrier, and misses the training then; so the noise comes and goes with the signal,
but for the column `hissing`, where it is there before and after.  Second table: what slips and
impulses cost, as wrong or lost bits of 20 seconds at 32 dB.  Third: V.17's short training at 30 dB,
by level, successes of ten that follow a long one.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from telcard.dsp.faxmodem import FAX_RATES, FaxReceiver, fax_carrier
from tests.support import fax_modem_peers as peers
from tests.support.modem_line import ModemLine

Signal = NDArray[np.int16]
Hears = Callable[[str, int, list[Signal]], list[bytes]]
"""A receiver: the octets of some transmissions, of which all but the first train shortly."""

MOST_DB, LEAST_DB = 45, 3
SECONDS = 1.0
TRIES = 3

Figures = dict[str, Any]

CONDITIONS: dict[str, tuple[float, Figures]] = {
    "-3 dBm0": (-3, {}),
    "-13": (-13, {}),
    "-28": (-28, {}),
    "-40": (-40, {}),
    "-43": (-43, {}),
    "hissing": (-13, {"hissing": 1}),
    "A-law": (-13, {"law": "A"}),
    "7 Hz off": (-13, {"offset_hz": 7}),
    "jitter": (-13, {"jitter_degrees": 10}),
    "echo": (-13, {"echo_db": 20}),
    "loop": (-13, {"shape": "loop"}),
    "c2": (-13, {"shape": "c2"}),
    "c1": (-13, {"shape": "c1"}),
    "3002": (-13, {"shape": "3002"}),
}
"""Level and line.  The jitter is 10 degrees peak to peak at 60 Hz, the echo 20 ms late."""


def we_hear(modem: str, rate: int, lines: list[Signal]) -> list[bytes]:
    receiver, heard = FaxReceiver(modem, rate), []
    for count, line in enumerate(lines):
        if count:
            receiver.arm(modem, rate, short=True)
        receiver.process(line)
        heard.append(receiver.read())
    return heard


def spandsp_hears(modem: str, rate: int, lines: list[Signal]) -> list[bytes]:
    receiver = peers.SpandspReceiver(modem, rate)
    made = [receiver.hear(line, short=count > 0) for count, line in enumerate(lines)]
    return [np.packbits(one.bits, bitorder="little").tobytes() for one in made]


def octets_of(seed: int, rate: int, seconds: float) -> bytes:
    return np.random.default_rng(seed).bytes(round(rate / 8 * seconds))


def carried(pcm: Signal, line: ModemLine, seed: int, *, hissing: bool) -> Signal:
    """Through the line, 100 ms of silence on either side, or of its noise."""
    if hissing:
        return line.carry(np.pad(pcm, 800), seed=seed)
    return np.pad(line.carry(np.pad(pcm, (0, 400)), seed=seed), 800)


def wrong_bits(got: bytes, want: bytes) -> int:
    """Wrong bits; pieces count where they fit, so that lost bits do not spoil all others."""
    came = np.unpackbits(np.frombuffer(got, np.uint8), bitorder="little")
    sent = np.unpackbits(np.frombuffer(want, np.uint8), bitorder="little")
    wrong, late, now = 0, 0, 0
    for at in range(0, len(sent), 500):
        piece = sent[at : at + 500]
        best = len(piece)
        for shift in sorted(range(late - 12, late + 13), key=lambda s: abs(s - late)):
            other = came[max(at + shift, 0) :][: len(piece)]
            if len(other) == len(piece):
                count = int(np.count_nonzero(other != piece))
                if count < best:
                    best, now = count, shift
            if best < 10:
                break
        if best < len(piece) // 4:
            late = now
        wrong += best
    return wrong


def error_free(hears: Hears, modem: str, rate: int, level: float, figures: Figures) -> str:
    """The lowest SNR from which on there is no error, as text."""
    others = {name: value for name, value in figures.items() if name != "hissing"}
    octets = octets_of(rate, rate, SECONDS)
    pcm = fax_carrier(octets, modem, rate, level_dbm0=level)

    def whole(snr_db: int) -> bool:
        line = ModemLine(snr_db=snr_db, **others)
        for seed in range(TRIES):
            arrived = carried(pcm, line, seed, hissing="hissing" in figures)
            if hears(modem, rate, [arrived])[0][: len(octets)] != octets:
                return False
        return True

    best = None
    for snr_db in range(MOST_DB, LEAST_DB, -3):  # most lines bear most of it
        if whole(snr_db):
            best = snr_db
        elif best is not None or snr_db < 30:
            break
    if best is None:
        return "never"
    while best - 1 > LEAST_DB and whole(best - 1):
        best -= 1
    return str(best)


def modes() -> Iterator[tuple[str, int]]:
    for modem, rates in FAX_RATES.items():
        for rate in rates:
            yield modem, rate


def main() -> None:
    print("no error from so many dB on, ours/spandsp's")
    print(f"{'':12}" + "".join(f"{name:>10}" for name in CONDITIONS))
    for modem, rate in modes():
        cells = []
        for level, figures in CONDITIONS.values():
            ours = error_free(we_hear, modem, rate, level, figures)
            theirs = error_free(spandsp_hears, modem, rate, level, figures)
            cells.append(f"{ours:>4}/{theirs:<5}")
        print(f"{modem} {rate:<6}" + "".join(f"{cell:>10}" for cell in cells), flush=True)
    faults: dict[str, Figures] = {
        "slips, 5 s": {"slip_every_s": 5},
        "slips, 20 s": {"slip_every_s": 20},
        "impulses, 1/s": {"impulses_per_s": 1},
        "impulses, 5/s": {"impulses_per_s": 5},
    }
    print("\nwrong or lost bits of 20 s at 32 dB, ours/spandsp's")
    print(f"{'':12}" + "".join(f"{name:>18}" for name in faults))
    for modem, rate in modes():
        octets = octets_of(rate, rate, 20)
        pcm = fax_carrier(octets, modem, rate)
        cells = []
        for figures in faults.values():
            arrived = carried(pcm, ModemLine(snr_db=32, **figures), 1, hissing=False)
            lost = (
                wrong_bits(hears(modem, rate, [arrived])[0], octets)
                for hears in (we_hear, spandsp_hears)
            )
            cells.append("/".join(map(str, lost)))
        print(f"{modem} {rate:<6}" + "".join(f"{cell:>18}" for cell in cells), flush=True)
    print("\nV.17's short training: successes of 10 at 30 dB, ours/spandsp's")
    levels = (-3, -8, -13, -18, -23, -28, -33, -38, -43)
    print(f"{'':12}" + "".join(f"{level:>8}" for level in levels))
    for rate in FAX_RATES["v17"]:
        cells = []
        for level in levels:
            octets = octets_of(rate, rate, 0.3)
            lines = [
                carried(
                    fax_carrier(octets, "v17", rate, short=count > 0, level_dbm0=level),
                    ModemLine(snr_db=30),
                    count,
                    hissing=False,
                )
                for count in range(11)
            ]
            whole = (
                sum(got[: len(octets)] == octets for got in hears("v17", rate, lines)[1:])
                for hears in (we_hear, spandsp_hears)
            )
            cells.append("/".join(map(str, whole)))
        print(f"v17 {rate:<8}" + "".join(f"{cell:>8}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
