"""Whole fax calls over bad lines: ours to ours, with spandsp as either end, spandsp to spandsp.

python benchmarks/quality_fax.py [--quick] [--only WORD[,WORD...]] [--seeds 10]

Each cell is some calls of two pages (A4 at 3.85 lines/mm, 1,100 rows of broken bars) with other
noise in each: calls of which all pages arrived exactly (of the pages, without error correction:
exact pages and bad rows a page), the bit/s at which the last page went, seconds a call took.  Calls
that were not whole have their reasons below, in the words of the ends that are ours.  A call that
has not ended after 30 minutes of line time counts as endless.  `--only` picks rows and columns by
what their names contain: conditions, `v17`, `ecm`, `plain`, `ours>spandsp`.  The lines marked *
are goals: 9 of 10 calls whole.

A line hisses whether anybody speaks or not: SNR is against -13 dBm0.  Talker echo 15 dB, listener
echo 20 dB below, 30 ms late; impulses of +-9000; slips of one sample, lost and doubled in turns.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from telcard.fax import FaxTerminal
from telcard.fax.geometry import Resolution
from tests.support.fax_peers import SpandspFax, letter, run
from tests.support.fax_wires import Wires
from tests.support.modem_line import ModemLine
from tests.support.peers import PeerMissing, spandsp_shim

Figures = dict[str, Any]

A_LAW: Figures = {"law": "A"}

CONDITIONS: dict[str, Figures] = {
    "A-law": A_LAW,
    "u-law": {"law": "u"},
    "linear": {},
    **{f"{level} dBm0": A_LAW | {"gain_db": level + 13} for level in (0, -6, -20, -28, -35, -43)},
    **{f"SNR {snr}": {"snr_db": snr, "gain_db": -15} for snr in (30, 24, 21, 18, 15, 13)},
    **{f"floor {dbm0}": A_LAW | {"noise_dbm0": dbm0} for dbm0 in (-60, -55, -50, -46, -43, -40)},
    "slip 20 s": A_LAW | {"slip_every_s": 20},
    "slip 5 s": A_LAW | {"slip_every_s": 5},
    "impulse 1/s": A_LAW | {"impulses_per_s": 1},
    "impulse 5/s": A_LAW | {"impulses_per_s": 5},
    "talker echo": A_LAW | {"talker_db": 15, "echo_ms": 30},
    "listener echo": A_LAW | {"echo_db": 20, "echo_ms": 30},
    "7 Hz off": A_LAW | {"offset_hz": 7},
    "-10 Hz off": A_LAW | {"offset_hz": -10},
}

GOALS = {
    ("SNR 21", "v17"): 14_400,
    ("SNR 15", "v17"): 9600,
    ("SNR 18", "v29"): 9600,
    ("SNR 13", "v27ter"): 4800,
}
"""With error correction, nine of ten calls whole at this rate or more."""

PAIRS = ("ours>ours", "ours>spandsp", "spandsp>ours", "spandsp>spandsp")
MODEMS = ("v17", "v29", "v27ter")
QUICK = ("A-law", "-43 dBm0", "SNR 21", "SNR 15", "floor -46", "slip 5 s", "impulse 1/s")
LONGEST_S = 1800
PAGES = [letter(1), letter(2)]


@dataclass
class Cell:
    """What some calls have come to."""

    calls: int = 0
    whole: int = 0
    exact: int = 0
    bad_rows: int = 0
    seconds: float = 0
    rates: list[int] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def text(self, ecm: bool) -> str:
        rate = f"{min(self.rates)}-{max(self.rates)}" if self.rates else "-"
        rate = str(self.rates[0]) if len(set(self.rates)) == 1 else rate
        rows = "" if ecm else f" {self.exact}p {self.bad_rows / max(1, 2 * self.calls):.0f}r"
        return f"{self.whole}/{self.calls}{rows} {rate} {self.seconds / self.calls:.0f}s"


def one_call(pair: str, modems: str, ecm: bool, line: ModemLine, seed: int, cell: Cell) -> None:
    """A call, and what it adds to its cell."""
    sender, receiver = pair.split(">")
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        options: Figures = {"modems": modems, "ecm": ecm}
        sends: Figures = options | {"pages": PAGES, "resolution": Resolution.STANDARD}
        one: Any = (
            FaxTerminal(calling=True, **sends)
            if sender == "ours"
            else stack.enter_context(SpandspFax(calling=True, folder=folders[0], **sends))
        )
        other: Any = (
            FaxTerminal(calling=False, **options)
            if receiver == "ours"
            else stack.enter_context(SpandspFax(calling=False, folder=folders[1], **options))
        )
        wires = Wires(line, seed)
        took = run(one, other, wires.there, wires.back, longest_s=LONGEST_S)
        pages = other.result.pages if receiver == "ours" else other.pages
        exact = sum(np.array_equal(got, sent) for got, sent in zip(pages, PAGES, strict=False))
        reasons = []
        for side, end, who in (("sender", one, sender), ("receiver", other, receiver)):
            if end.active:
                reasons.append(f"{side} never ended")
            elif who == "ours" and not end.result.good:
                reasons.append(f"{side}: {end.result.ended.reason.words}")
            elif who != "ours" and end.verdict["words"] != "OK":
                reasons.append(f"{side} ({who}): {end.verdict['words']}")
        ours = [end for end, who in ((one, sender), (other, receiver)) if who == "ours"]
        if ours and ours[-1].result.reports:
            cell.rates.append(ours[-1].result.reports[-1].agreement.rate.bit_s)
        elif not ours:
            cell.rates.append(int(other.verdict["bit_s"]))
        if receiver == "ours":
            cell.bad_rows += sum(report.bad_rows for report in other.result.reports)
        else:
            cell.bad_rows += max(0, int(other.verdict["bad_rows"]))
    cell.calls += 1
    cell.exact += exact
    cell.whole += exact == len(PAGES)
    cell.seconds += took
    if reasons:
        cell.reasons[", ".join(reasons)] += 1


def rows(options: argparse.Namespace) -> Iterator[tuple[str, str, bool]]:
    """Conditions, modems and error correction that are asked for."""
    words = options.only.split(",") if options.only else []
    named = [w for w in words if any(w in name for name in CONDITIONS)]
    modems = [w for w in words if w in MODEMS] or list(MODEMS)
    manners = [w == "ecm" for w in words if w in ("ecm", "plain")] or [True, False]
    for name in QUICK if options.quick and not named else CONDITIONS:
        if not named or any(word in name for word in named):
            for modem in modems:
                for ecm in manners:
                    yield name, modem, ecm


def main() -> int:
    """The table; status 1 where a goal is missed or a call of our own never ends."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="seven lines, three calls each")
    parser.add_argument("--only", default="", help="words in names of rows and columns")
    parser.add_argument("--seeds", type=int, default=0, help="calls of a cell (3; goals 10)")
    options = parser.parse_args()
    words = options.only.split(",")
    pairs = [pair for pair in PAIRS if pair in words] or list(PAIRS)
    try:
        spandsp_shim("there", "int one(void);", "static int one(void) { return 1; }")
    except PeerMissing as missing:
        pairs = ["ours>ours"]
        print(f"without spandsp: {missing}", file=sys.stderr)
    failures, began = [], time.monotonic()
    print(f"{'line':14}{'modems':13}" + "".join(f"{pair:28}" for pair in pairs))
    for name, modem, ecm in rows(options):
        goal = GOALS.get((name, modem)) if ecm else None
        label = f"{modem} {'ecm' if ecm else 'plain'}{'*' if goal else ''}"
        print(f"{name:14}{label:13}", end="", flush=True)
        reasons = []
        for pair in pairs:
            cell = Cell()
            if sys.stderr.isatty():
                print(f"\r[{time.monotonic() - began:5.0f} s] ", end="", file=sys.stderr)
            seeds = options.seeds or (10 if goal and pair == "ours>ours" else 3)
            for seed in range(seeds):
                one_call(pair, modem, ecm, ModemLine(**CONDITIONS[name]), 100 + seed, cell)
            print(f"{cell.text(ecm):28}", end="", flush=True)
            reasons += [f"    {pair}: {n} x {why}" for why, n in cell.reasons.items()]
            if pair == "ours>ours":
                good = sum(rate >= (goal or 0) for rate in cell.rates)
                if goal and min(good, cell.whole) < 0.9 * cell.calls:
                    failures.append(f"{name} {label}: want 9 of 10 at {goal}")
                if any("never ended" in why for why in cell.reasons):
                    failures.append(f"{name} {label}: a call never ended")
        print("", *reasons, sep="\n", flush=True)
    print(f"{time.monotonic() - began:.0f} s", *failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
