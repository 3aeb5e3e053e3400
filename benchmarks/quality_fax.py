"""Whole fax calls over bad lines: ours to ours, with spandsp as either end, spandsp to spandsp.

python benchmarks/quality_fax.py [--quick] [--only WORD[,WORD...]] [--seeds 3] [--markdown PATH]

Each cell is some calls of two pages (A4 at 3.85 lines/mm, 1,100 rows of broken bars) with other
noise in each: calls of which all pages arrived exactly (of the pages, without error correction:
exact pages and bad rows a page), the bit/s at which the last page went, seconds a call took.  Calls
that were not whole have their reasons below, in the words of the ends that are ours.  A call that
has not ended after 15 minutes of line time counts as endless; spandsp's end a minute after ours,
or after 6 minutes to itself.  `--only` picks rows and columns by
what their names contain: conditions, `v17`, `ecm`, `plain`, `ours>spandsp`.  `--quick` takes nine
lines and V.17 with error correction, a call a cell where no goal stands: a minute.

Each row ends with a verdict, and the table with one on all of them:

* every call ends at our end, whatever the far one does;
* with error correction nine of ten calls of ours to ours are whole, and where goals.md names a
  rate (the lines marked *) at that rate or more;
* wherever spandsp gets a call over to itself, it gets over with us in either place too.

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
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TextIO

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from telcard.fax import FaxTerminal
from telcard.fax.geometry import Resolution
from telcard.units import SAMPLE_RATE
from tests.support.fax_peers import Signal, SpandspFax, letter, run
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
    "silence, -46": A_LAW | {"noise_dbm0": -46, "silent_s": 2},
    "slip 20 s": A_LAW | {"slip_every_s": 20},
    "slip 5 s": A_LAW | {"slip_every_s": 5},
    "impulse 1/s": A_LAW | {"impulses_per_s": 1},
    "impulse 5/s": A_LAW | {"impulses_per_s": 5},
    "talker echo": A_LAW | {"talker_db": 15, "echo_ms": 30},
    "listener echo": A_LAW | {"echo_db": 20, "echo_ms": 30},
    "7 Hz off": A_LAW | {"offset_hz": 7},
    "-10 Hz off": A_LAW | {"offset_hz": -10},
    "satellite": A_LAW | {"delay_ms": 300, "talker_db": 20, "echo_ms": 10},
    "lost packets": A_LAW | {"lost_per_s": 0.05},
}
"""Figures of a `ModemLine`, and of `Wires`."""

GOALS = {
    ("SNR 21", "v17"): 14_400,
    ("SNR 15", "v17"): 9600,
    ("SNR 18", "v29"): 9600,
    ("SNR 13", "v27ter"): 4800,
}
"""With error correction, nine of ten calls whole at this rate or more."""

PAIRS = ("ours>ours", "ours>spandsp", "spandsp>ours", "spandsp>spandsp")
MODEMS = ("v17", "v29", "v27ter")
QUICK = (
    *("A-law", "-43 dBm0", "SNR 21", "SNR 15", "floor -46", "silence, -46", "slip 5 s"),
    *("impulse 1/s", "satellite"),
)
LONGEST_S = 900
THEIR_LONGEST_S = 360
PATIENCE_S = 60
PAGES = [letter(1), letter(2)]
LINE_FIGURES = {one.name for one in fields(ModemLine)}


@dataclass
class Cell:
    """What some calls have come to."""

    calls: int = 0
    whole: int = 0
    exact: int = 0
    bad_rows: int = 0
    seconds: float = 0
    endless: bool = False
    """An end of ours never ended."""
    rates: list[int] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def text(self, ecm: bool) -> str:
        rate = f"{min(self.rates)}-{max(self.rates)}" if self.rates else "-"
        rate = str(self.rates[0]) if len(set(self.rates)) == 1 else rate
        rows = "" if ecm else f" {self.exact}p {self.bad_rows / max(1, 2 * self.calls):.0f}r"
        return f"{self.whole}/{self.calls}{rows} {rate} {self.seconds / self.calls:.0f}s"


class Awaited:
    """An end that is waited for no longer than a while after the other one has hung up."""

    def __init__(self, end: Any, other: Any) -> None:
        self._end, self._other, self._left = end, other, PATIENCE_S * SAMPLE_RATE
        self.transmit = end.transmit

    @property
    def active(self) -> bool:
        return self._left > 0 and bool(self._end.active)

    def receive(self, pcm: Signal) -> None:
        self._end.receive(pcm)
        if not self._other.active:
            self._left -= len(pcm)


@dataclass(frozen=True)
class Row:
    """A line, and how its calls go."""

    name: str
    modem: str
    ecm: bool

    @property
    def goal(self) -> int:
        """The bit/s that goals.md names; 0: none."""
        return GOALS.get((self.name, self.modem), 0) if self.ecm else 0

    @property
    def manner(self) -> str:
        return f"{self.modem} {'ecm' if self.ecm else 'plain'}"

    def missed(self, cells: dict[str, Cell]) -> list[str]:
        """What was wanted and did not come."""
        found = []
        for pair, cell in cells.items():
            if cell.endless:
                found.append(f"{pair} never ends")
            theirs = cells.get("spandsp>spandsp", cell)
            if cell.whole * theirs.calls < theirs.whole * cell.calls:
                found.append(f"{pair} behind spandsp's own")
        ours = cells.get("ours>ours")
        if ours and self.ecm:
            if ours.whole < 0.9 * ours.calls:
                found.append(f"{ours.whole} of {ours.calls} whole")
            if sum(rate >= self.goal for rate in ours.rates) < 0.9 * ours.calls:
                found.append(f"not at {self.goal}")
        return found


def one_call(pair: str, row: Row, seed: int, cell: Cell) -> None:
    """A call, and what it adds to its cell."""
    sender, receiver = pair.split(">")
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        options: Figures = {"modems": row.modem, "ecm": row.ecm}
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
        figures = CONDITIONS[row.name]
        line = ModemLine(**{k: v for k, v in figures.items() if k in LINE_FIGURES})
        wires = Wires(line, seed, **{k: v for k, v in figures.items() if k not in LINE_FIGURES})
        took = run(
            Awaited(one, other) if sender != "ours" == receiver else one,
            Awaited(other, one) if receiver != "ours" == sender else other,
            wires.there,
            wires.back,
            longest_s=LONGEST_S if "ours" in (sender, receiver) else THEIR_LONGEST_S,
        )
        pages = other.result.pages if receiver == "ours" else other.pages
        exact = sum(np.array_equal(got, sent) for got, sent in zip(pages, PAGES, strict=False))
        reasons = []
        for side, end, who in (("sender", one, sender), ("receiver", other, receiver)):
            cell.endless |= end.active and who == "ours"
            if end.active:
                reasons.append(f"{side} ({who}) never ended")
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


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """Conditions, modems and error correction that are asked for."""
    words = options.only.split(",") if options.only else []
    named = [w for w in words if any(w in name for name in CONDITIONS)]
    modems = [w for w in words if w in MODEMS] or (["v17"] if options.quick else list(MODEMS))
    manners = [w == "ecm" for w in words if w in ("ecm", "plain")] or [True, False]
    if options.quick and not options.only:
        manners = [True]
    for modem in modems:
        for ecm in manners:
            for name in QUICK if options.quick and not named else CONDITIONS:
                if not named or any(word in name for word in named):
                    yield Row(name, modem, ecm)


def show(progress: str) -> None:
    """Behind the row so far, to whoever looks on; the next cell takes its place."""
    if sys.stderr.isatty():
        print(f"\0337\033[K{progress}\0338", end="", file=sys.stderr, flush=True)


def write_markdown(file: TextIO, table: list[tuple[Row, dict[str, Cell], list[str]]]) -> None:
    """The rows as tables, one for each modem and manner."""
    told = ""
    for row, cells, missed in table:
        if row.manner != told:
            told = row.manner
            manner = "with" if row.ecm else "without"
            modem = {"v17": "V.17", "v29": "V.29", "v27ter": "V.27ter"}[row.modem]
            file.write(f"\n### {modem} {manner} error correction\n\n")
            file.write("| line | " + " | ".join(cells) + " | verdict |\n")
            file.write("| --- |" + " --- |" * (len(cells) + 1) + "\n")
        texts = [cell.text(row.ecm) for cell in cells.values()]
        name = f"{row.name} (goal: {row.goal})" if row.goal else row.name
        file.write(f"| {name} | " + " | ".join([*texts, "; ".join(missed) or "met"]) + " |\n")


def main() -> int:
    """The table; status 1 where a verdict says that something was missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="nine lines, V.17")
    parser.add_argument("--only", default="", help="words in names of rows and columns")
    parser.add_argument("--seeds", type=int, default=0, help="calls of a cell (3; goals 10)")
    parser.add_argument("--first-seed", type=int, default=100, help="of a cell's first call")
    parser.add_argument("--markdown", type=Path, help="write the table here as well")
    options = parser.parse_args()
    words = options.only.split(",")
    pairs = [pair for pair in PAIRS if pair in words] or list(PAIRS)
    try:
        spandsp_shim("there", "int one(void);", "static int one(void) { return 1; }")
    except PeerMissing as missing:
        pairs = ["ours>ours"]
        print(f"without spandsp: {missing}", file=sys.stderr)
    began, wanted = time.monotonic(), list(rows(options))
    table: list[tuple[Row, dict[str, Cell], list[str]]] = []
    print(f"{'line':14}{'modems':14}" + "".join(f"{pair:30}" for pair in pairs) + "verdict")
    for number, row in enumerate(wanted, 1):
        print(f"{row.name:14}{row.manner + '*' * bool(row.goal):14}", end="", flush=True)
        cells: dict[str, Cell] = {}
        for pair in pairs:
            cell = cells[pair] = Cell()
            calls = options.seeds or (1 if options.quick else 3)
            if row.goal and pair == "ours>ours":
                calls = options.seeds or 10
            for seed in range(options.first_seed, options.first_seed + calls):
                show(f"{pair}, row {number} of {len(wanted)}, {time.monotonic() - began:.0f} s")
                one_call(pair, row, seed, cell)
            print(f"{cell.text(row.ecm):29} ", end="", flush=True)
        missed = row.missed(cells)
        table.append((row, cells, missed))
        show("")
        print("; ".join(missed) or "met", flush=True)
        for pair, cell in cells.items():
            for why, n in cell.reasons.items():
                print(f"    {pair}: {n} x {why}", flush=True)
        if options.markdown:
            with options.markdown.open("w") as file:
                write_markdown(file, table)
    met = sum(not missed for _, _, missed in table)
    print(f"verdict: {met} of {len(table)} rows met, in {time.monotonic() - began:.0f} s")
    for row, _, missed in table:
        if missed:
            print(f"    {row.name} {row.manner}: {'; '.join(missed)}")
    return 0 if met == len(table) else 1


if __name__ == "__main__":
    raise SystemExit(main())
