"""The picture of a fax call: who said what to whom, how well it was heard, and the pages.

    draw_fax("call.png", listen_to_recording("call.wav"))

Above, both ends' signals to scale.  Below, the call as a ladder, in order and not to scale: thin
arrows are frames at 300 bit/s, broad ones the fast modems.  Beside it each page, and the points
that its modem has sent, as they came: the more of a cloud, the nearer to the next one is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from telcard.analysis.faxes import FaxFound
from telcard.analysis.picture import INK, PALE, SIDES
from telcard.analysis.recording import stretch
from telcard.audio import Raw
from telcard.dsp.faxmodem import FaxKind, FaxReceiver
from telcard.errors import ConfigError, MissingExtra
from telcard.fax.listening import Signal
from telcard.fax.negotiation import MODEMS
from telcard.fax.overheard import HeardPage, times
from telcard.fax.phases import Modem, Quality, Rate
from telcard.units import SAMPLE_RATE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STATIONS = {"caller": SIDES[0], "called": SIDES[1]}
FAST = {Modem.V17: "#7a4f8f", Modem.V29: "#5b7f3b", Modem.V27TER: "#b8860b"}
"""Colours of ends and of modems."""

TRAINING_S = {Modem.V17: 1.39, Modem.V29: 0.25, Modem.V27TER: 0.94}
"""Lengths of the long trainings (V.17 Table 3; V.29 7; V.27ter Table 3, at 2400 bit/s)."""
SHORT_S = 0.14
"""Of V.17's short one, which stands before pages."""

MOST_LINES, MOST_PAGES = 150, 8
"""In one picture; what lies behind is counted."""

KINDS = (".png", ".pdf", ".svg")

POINTS = 2000
"""Symbols of a page that are shown."""

# All places are in inches, from the left and from above.
_WIDE, _EDGE = 14.0, 0.35
_STRIP_TOP, _STRIP_HIGH = 0.6, 0.62
_TOP = 1.85  # of the ladder
_LINE = 0.235
_CALLER, _CALLED = 1.25, 8.95  # where the ladder's poles stand
_SHEETS, _SHEET = 9.45, 2.45  # left edge of the pages, and how much each takes downwards
_LETTERS_AN_INCH = 15.5  # of 7.5 points


def draw_fax(path: str | Path, found: FaxFound, raw: Raw | None = None) -> None:
    """Draw a call that was listened to, to `path` (PNG, PDF or SVG by its ending).

    Its sound is read again for the points; `raw` as for `listen_to_recording`.  `MissingExtra`
    without matplotlib, `ConfigError` for a file that cannot be written.
    """
    require_drawing(path)
    from matplotlib.figure import Figure

    lines = _rungs(found)
    shown, pages = lines[:MOST_LINES], found.pages[:MOST_PAGES]
    below = max(len(shown) * _LINE + 0.45, len(pages) * _SHEET)
    figure = Figure(figsize=(_WIDE, _TOP + below + 0.35))
    _write(figure, _EDGE, 0.3, _title(found), fontsize=12, color=INK)
    _strip(_axes(figure, _EDGE + 0.6, _STRIP_TOP, _WIDE - 2 * _EDGE - 0.6, _STRIP_HIGH), found)
    ladder = _axes(figure, 0, _TOP, _WIDE, below)
    ladder.set(xlim=(0, _WIDE), ylim=(below, 0))
    ladder.axis("off")
    _ladder(ladder, shown, len(lines) - len(shown))
    for number, page in enumerate(pages):
        _sheet(figure, _TOP + 0.1 + number * _SHEET, page, constellation(found, page, raw))
    if len(pages) < len(found.pages):
        more = f"and {len(found.pages) - len(pages)} pages more"
        _write(figure, _SHEETS, _TOP + below + 0.1, more, fontsize=8, color=PALE)
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise ConfigError(f"--picture {path}: cannot be written: {error.strerror}") from error


def require_drawing(path: str | Path) -> None:
    """Raise what `draw_fax` would for such a path, before anything is listened to."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise MissingExtra("a picture of a fax", "analysis") from error
    kind = Path(path).suffix.lower()
    if kind not in KINDS:
        raise ConfigError(f"--picture {path}: want {', '.join(KINDS)}, got {kind or 'no ending'}")


def constellation(
    found: FaxFound, page: HeardPage, raw: Raw | None = None
) -> NDArray[np.complex64] | None:
    """The points of a page's modem as they came, (symbols,), in its recommendation's units.

    None where the signal cannot be made out by itself.  A short training builds on the training
    check before: that is heard first.
    """
    signals = [s for s in found.signals if s.rate is not None and s.began <= page.ended]
    own = [s for s in signals if s.name == "page" and s.ended > page.began - SAMPLE_RATE // 100]
    if not own:
        return None
    signal = own[0]
    checks = [s for s in signals if s.name == "training check" and s.ended <= signal.began]
    alike = [s for s in checks if s.rate is signal.rate and s.side == signal.side]
    for check in [None, alike[-1]] if alike else [None]:
        points = _points(found, signal, check, raw)
        if len(points):
            return points
    return None


def _points(
    found: FaxFound, signal: Signal, check: Signal | None, raw: Raw | None
) -> NDArray[np.complex64]:
    """With a long training, or behind this training check with a short one."""
    assert signal.rate is not None
    modem, rate = _name(signal.rate), signal.rate.bit_s
    receiver = FaxReceiver(modem, rate, points=POINTS)
    if check is not None:
        if signal.rate.modem is not Modem.V17:
            return np.empty(0, np.complex64)
        receiver.process(_sound(found, check, raw))
        receiver.arm(modem, rate, short=True)
    pcm = _sound(found, signal, raw)
    for at in range(0, len(pcm), 80):
        events = receiver.process(pcm[at : at + 80])
        if any(event.kind is FaxKind.DATA for event in events):
            receiver.constellation()  # the training's
            receiver.process(pcm[at + 80 :])
            return receiver.constellation()
    return np.empty(0, np.complex64)


def _name(rate: Rate) -> str:
    return next(name for name, modem in MODEMS.items() if modem is rate.modem)


def _sound(found: FaxFound, signal: Signal, raw: Raw | None) -> NDArray[np.int16]:
    """A signal with its training, and no more of it than the points take."""
    began_s = max(0.0, signal.began / SAMPLE_RATE - 1.7)
    ended_s = min(signal.ended / SAMPLE_RATE + 0.1, signal.began / SAMPLE_RATE + 2)
    pcm = stretch(found.file, raw, began_s, ended_s)
    if pcm.shape[1] == found.sides:
        return np.ascontiguousarray(pcm[:, signal.side])
    both = np.clip(pcm.astype(np.int32).sum(axis=1), -32768, 32767)
    return np.asarray(both, np.int16)


# --- drawing ----------------------------------------------------------------------------------


def _axes(figure: Figure, left: float, top: float, wide: float, high: float) -> Axes:
    """Axes at a place in inches."""
    whole_wide, whole_high = figure.get_size_inches()
    bottom = whole_high - top - high
    return figure.add_axes(
        (left / whole_wide, bottom / whole_high, wide / whole_wide, high / whole_high)
    )


def _write(figure: Figure, left: float, top: float, text: str, **how: Any) -> None:
    wide, high = figure.get_size_inches()
    figure.text(left / wide, 1 - top / high, text.replace("$", r"\$"), va="center", **how)


def _title(found: FaxFound) -> str:
    idents = [f"{station} {ident}" for station, ident in found.idents.items() if ident]
    count = f"{len(found.pages)} page{'' if len(found.pages) == 1 else 's'}"
    return "   ".join([Path(found.file).name, f"{found.length_s:.1f} s", count, *idents])


def _strip(axes: Axes, found: FaxFound) -> None:
    """Both ends' signals over time, to scale."""
    axes.set(xlim=(0, max(found.length_s, 0.1)), ylim=(2, 0), yticks=[0.5, 1.5])
    axes.set_yticklabels(list(STATIONS), fontsize=8)
    for label, colour in zip(axes.get_yticklabels(), STATIONS.values(), strict=True):
        label.set_color(colour)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=7, colors=PALE, length=2)
    axes.set_xlabel("seconds", fontsize=7, color=PALE, labelpad=1)
    for edge in ("top", "left", "right"):
        axes.spines[edge].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    axes.axhline(1, color="#eeeeee", linewidth=0.6)
    inches_a_second = (_WIDE - 2 * _EDGE - 0.6) / max(found.length_s, 0.1)
    for signal in found.signals:
        lane = int(signal.station == "called")
        began_s, ended_s = signal.began / SAMPLE_RATE, signal.ended / SAMPLE_RATE
        if signal.rate is None:
            colour = STATIONS.get(signal.station, PALE)
            tone = signal.name != "frames"
            axes.barh(
                lane + 0.5, ended_s - began_s, 0.3 if tone else 0.5, began_s,
                color=colour, alpha=0.35 if tone else 0.8, linewidth=0,
            )  # fmt: skip
            continue
        colour = FAST[signal.rate.modem]
        page = signal.name == "page"
        trained_s = SHORT_S if page and signal.rate.has_short_training else None
        training_s = trained_s or TRAINING_S[signal.rate.modem]
        axes.barh(lane + 0.5, training_s, 0.8, began_s - training_s, color=colour, alpha=0.3,
                  linewidth=0)  # fmt: skip
        axes.barh(lane + 0.5, ended_s - began_s, 0.8, began_s, color=colour,
                  alpha=1 if page else 0.6, linewidth=0)  # fmt: skip
        text = f"{signal.rate.modem.value} {signal.rate.bit_s}" if page else "check"
        if (ended_s - began_s) * inches_a_second * _LETTERS_AN_INCH > len(text):
            axes.text((began_s + ended_s) / 2, lane + 0.52, text, fontsize=7, color="white",
                      ha="center", va="center", clip_on=True)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rung:
    """One thing that one end has said."""

    sample: int
    station: str
    text: str
    rate: Rate | None = None
    """Of the fast modem that has brought it."""
    page: bool = False


def _rungs(found: FaxFound) -> list[_Rung]:
    """The transcript, where each signal of a page stands for itself, the last one for the page."""
    rungs = [
        _Rung(line.sample, line.station, line.what, line.training.rate if line.training else None)
        for line in found.transcript
        if line.page is None and not line.echo
    ]
    signals = [signal for signal in found.signals if signal.name == "page"]
    for place, signal in enumerate(signals):
        assert signal.rate is not None
        text = f"{signal.rate}{_snr(signal.quality)}"
        of = [page for page in found.pages if page.began <= signal.began <= page.ended]
        if of:
            page = of[-1]
            following = signals[place + 1].began if place + 1 < len(signals) else page.ended + 1
            text = page.text() if following > page.ended else f"page {page.number}: {text}"
        rungs.append(_Rung(signal.ended, signal.station, text, signal.rate, page=True))
    return sorted(rungs, key=lambda rung: rung.sample)


def _snr(quality: Quality) -> str:
    return "" if quality.snr_db is None else f", SNR {quality.snr_db:.0f} dB"


def _ladder(axes: Axes, lines: list[_Rung], more: int) -> None:
    """An arrow from the one who speaks for each thing that is said."""
    ends = {"caller": _CALLER, "called": _CALLED}
    bottom = 0.35 + len(lines) * _LINE
    for station, x in ends.items():
        axes.plot([x, x], [0.2, bottom], color=STATIONS[station], linewidth=1.4, zorder=1)
        axes.text(x, 0.08, station, ha="center", va="center", fontsize=9,
                  color=STATIONS[station], weight="bold")  # fmt: skip
    for number, line in enumerate(lines):
        y = 0.4 + (number + 0.5) * _LINE - 0.1
        when = f"{line.sample / SAMPLE_RATE:.1f}"
        axes.text(_EDGE + 0.45, y, when, ha="right", va="center", fontsize=7, color=PALE)
        _rung(axes, line, y, ends)
    if more:
        axes.text((_CALLER + _CALLED) / 2, bottom + 0.05, f"and {more} lines more", ha="center",
                  va="center", fontsize=8, color=PALE)  # fmt: skip


def _rung(axes: Axes, line: _Rung, y: float, ends: dict[str, float]) -> None:
    begin = ends.get(line.station, _CALLER)
    end = _CALLED if begin == _CALLER else _CALLER
    ahead = 0.12 if end > begin else -0.12
    begin, end = begin + ahead / 2, end - ahead / 2
    text = line.text.replace("$", r"\$")
    room = int(abs(end - begin - 2 * ahead) * _LETTERS_AN_INCH)
    if len(text) > room:
        text = text[: room - 1].rstrip(", ") + "\N{HORIZONTAL ELLIPSIS}"
    where: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5, "zorder": 3}
    if line.rate is not None:
        half = 0.1
        shape = [(begin, y - half), (end - ahead, y - half), (end, y), (end - ahead, y + half),
                 (begin, y + half)]  # fmt: skip
        axes.fill(*zip(*shape, strict=True), color=FAST[line.rate.modem], linewidth=0,
                  alpha=1 if line.page else 0.65, zorder=2)  # fmt: skip
        axes.text((begin + end) / 2, y + 0.005, text, color="white", **where)
        return
    colour = STATIONS.get(line.station, PALE)
    arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    if not line.station:  # nobody knows whose it is
        arrow |= {"arrowstyle": "-", "linestyle": ":"}
    axes.annotate("", (end, y), (begin, y), arrowprops=arrow, zorder=2)
    axes.text((begin + end) / 2, y + 0.005, text, color=INK, **where,
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2})  # fmt: skip


def _sheet(
    figure: Figure, top: float, page: HeardPage, points: NDArray[np.complex64] | None
) -> None:
    """A page, what it came by, and its modem's points."""
    resolution = page.resolution
    rows, width = page.pixels.shape
    wide_mm = width / resolution.pixels_a_mm(resolution.width_of(width))
    high_mm = rows / resolution.rows_a_mm
    sheet = _axes(figure, _SHEETS, top, 1.6, _SHEET - 0.2)
    sheet.imshow(
        _small(page.pixels), cmap="gray_r", vmin=0, vmax=0.7, interpolation="antialiased",
        extent=(0, wide_mm, high_mm, 0), aspect="equal",
    )  # fmt: skip
    sheet.set(xticks=[], yticks=[], anchor="NW")
    for edge in sheet.spines.values():
        edge.set(color=PALE, linewidth=0.6)
    left = _SHEETS + 1.8
    rate = page.agreement.rate
    how = f"{page.agreement.coding.upper()}{', error correction' if page.agreement.ecm else ''}"
    bad = [f"{page.bad_rows} bad rows"] if page.bad_rows else []
    bad += [f"mended {times(page.requests)}"] if page.requests else []
    bad += [f"{page.lost_frames} frames never heard"] if page.lost_frames else []
    told = [f"page {page.number}", f"{rate}{_snr(page.quality)}", ", ".join([how, *bad])]
    for number, text in enumerate(told):
        _write(figure, left, top + 0.05 + 0.16 * number, text, fontsize=8 if number else 9,
               color=INK if not number else PALE)  # fmt: skip
    if points is None:
        return
    cloud = _axes(figure, left, top + 0.5, _SHEET - 0.72, _SHEET - 0.72)
    reach = float(np.abs(points).max()) * 1.05
    cloud.plot(points.real, points.imag, ".", markersize=1.6, color=FAST[rate.modem], alpha=0.6,
               markeredgewidth=0)  # fmt: skip
    cloud.axhline(0, color="#dddddd", linewidth=0.6, zorder=0)
    cloud.axvline(0, color="#dddddd", linewidth=0.6, zorder=0)
    cloud.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
    for edge in cloud.spines.values():
        edge.set(color="#d5d5d5", linewidth=0.6)


def _small(pixels: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The share of black in squares of some 400 across a page."""
    step = max(1, pixels.shape[1] // 400)
    rows = -(-len(pixels) // step) * step
    padded = np.zeros((rows, -(-pixels.shape[1] // step) * step), np.float32)
    padded[: len(pixels), : pixels.shape[1]] = pixels
    small: NDArray[np.float32] = padded.reshape(rows // step, step, -1, step).mean(axis=(1, 3))
    return small
