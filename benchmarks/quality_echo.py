"""How good the echo canceller is: tests in the manner of ITU-T G.168, foreign cancellers beside it.

    python benchmarks/quality_echo.py                       # everything, 64 ms, all peers
    python benchmarks/quality_echo.py --only 2B --tail 128  # one test
    python benchmarks/quality_echo.py --quick --canceller telcard
    python benchmarks/quality_echo.py --canceller my_module:my_canceller

Each figure stands with the recommendation's limit (or ours: "[ours]") and telcard's goal; a figure
beyond its limit is marked "!", one that only misses the goal "~".  `--picture` draws how the loss
grows on all echo paths.  Peers: speexdsp, spandsp, WebRTC's AEC and AECm (Debian: libspeexdsp-dev
libspandsp-dev libtiff-dev g++ libwebrtc-audio-processing-dev); a missing one is left out. What a
canceller delays the near end by is told ("near alone") and taken out everywhere else.

What is only an approximation of the recommendation: all tests at one or a few levels of Rin where
it asks for -30 to 0 dBm0; limits that are curves over that level are taken at -10 dBm0; the
composite signals are made at 8 kHz with pseudo-noise of our own; test 3C by figures instead of
listening; 8 and 14 by our reading; 10 with flags of V.21 and noise for the page, and no reply; 13
with G.726 instead of coders below 8 kbit/s; 11 and 12 (for study) are not there.  Cancellers
without a switch that freezes the filter (speexdsp, WebRTC) go on learning where 2C and 3A want it
frozen.  A pass here is no conformance.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.support import echo_peers
from tests.support.echo_exam import Exam, Row, questions
from tests.support.peers import PeerMissing

PEERS = ("telcard", "speex", "spandsp", "webrtc", "webrtc-m")


def verdict(row: Row) -> str:
    """`!` beyond the limit, `~` short of the goal, nothing otherwise."""
    if row.passed is not None and not row.passed:
        return "!"
    return "~" if row.reached is not None and not row.reached else " "


def ask(name: str, options: argparse.Namespace, tail_ms: int) -> list[Row]:
    """All answers of one canceller; what it costs is told on stderr."""
    exam = Exam(echo_peers.named(name), tail_ms, options.quick)
    rows: list[Row] = []
    for one in questions():
        if options.only and one.name not in options.only:
            continue
        begun = time.process_time()
        print(f"{name} {tail_ms} ms: {one.name} ...", end="", file=sys.stderr, flush=True)
        rows += one.ask(exam)
        print(f" {time.process_time() - begun:.1f} s", file=sys.stderr)
    return rows


def report(told: dict[str, list[Row]], tail_ms: int) -> None:
    """A Markdown table: rows of the exam, columns of cancellers; marks and sums below."""
    names = list(told)
    print(f"\n### {tail_ms} ms tail\n")
    print(f"| test | | limit; goal | {' | '.join(names)} |")
    print("| --- " * (3 + len(names)) + "|")
    for rows in zip(*told.values(), strict=True):
        first = rows[0]
        wanted = first.limit + (f"; {first.goal}" if first.goal else "")
        cells = " | ".join(f"{verdict(row)} {row.told}".strip() for row in rows)
        print(f"| {first.test} | {first.what} | {wanted} | {cells} |")
    for name, rows in told.items():
        marks = Counter(verdict(row) for row in rows)
        goals = sum(row.reached is not None for row in rows)
        print(
            f"\n{name}: {len(rows) - marks['!']} of {len(rows)} within the limits,"
            f" {sum(bool(row.reached) for row in rows)} of {goals} goals reached"
        )


def draw(told: dict[str, list[Row]], path: Path, tail_ms: int) -> None:
    """The loss over time on every echo path of test 2B, one panel a canceller."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        sys.exit("--picture: needs matplotlib; pip install 'telcard[analysis]'")
    drawn = {
        name: next((row.curves for row in rows if row.curves), {}) for name, rows in told.items()
    }
    drawn = {name: curves for name, curves in drawn.items() if curves}
    if not drawn:
        sys.exit("--picture: test 2B has to be among those asked")
    figure, panels = pyplot.subplots(
        1, len(drawn), figsize=(3 * len(drawn), 3.4), sharey=True, squeeze=False
    )
    for panel, (name, curves) in zip(panels[0], drawn.items(), strict=True):
        for curve in curves.values():
            panel.plot(0.35 + 0.05 * np.arange(len(curve)), curve, lw=0.7, alpha=0.7)
        panel.axhline(20, color="grey", lw=0.6, ls=":")
        panel.axhline(30, color="grey", lw=0.6, ls=":")
        panel.set(title=name, xlim=(0, 6), ylim=(-15, 45), xlabel="s")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0][0].set_ylabel("echo return loss enhancement, dB")
    figure.suptitle(
        f"Eight echo paths of G.168, ERL 6 dB, tail {tail_ms} ms, no suppressor asked for", size=10
    )
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    print(f"\n{path}")


def main() -> None:
    names = [one.name for one in questions()]
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", action="append", choices=names, help="one test, or several times")
    parser.add_argument("--tail", type=int, action="append", help="ms (64); several times")
    parser.add_argument("--quick", action="store_true", help="fewer paths and delays, less silence")
    parser.add_argument("--canceller", action="append", help="a name, or module:callable")
    parser.add_argument("--picture", type=Path, help="where to draw how the loss grows (PNG)")
    options = parser.parse_args()
    for tail_ms in options.tail or [64]:
        told = {}
        for name in options.canceller or PEERS:
            try:
                told[name] = ask(name, options, tail_ms)
            except PeerMissing as missing:
                print(f"{name} is left out: {missing}", file=sys.stderr)
        report(told, tail_ms)
        if options.picture:
            draw(told, options.picture, tail_ms)


if __name__ == "__main__":
    main()
