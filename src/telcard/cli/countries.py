"""`telcard countries`: which countries there are, how one sounds, its tones as WAV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from telcard import audio
from telcard.countries import CALLER_IDS, Country, countries, country, country_from_toml
from telcard.countries.picture import cadence_picture
from telcard.dsp.tones import sounded
from telcard.errors import ConfigError

LEAST_S, MOST_S = 5.0, 20.0
"""A tone is written for two rounds of its cadence, within these bounds."""

ASSUMED = "from memory, not compared with any text"


def show(code: str | None, wav: Path | None) -> None:
    """List all countries, or explain one, and write its tones as WAV into a folder."""
    console = Console(highlight=False, markup=False)
    if code is None:
        if wav is not None:
            raise ConfigError("--wav: want the code of a country as well; telcard countries CN")
        _list(console)
        return
    found = country_from_toml(code) if code.endswith(".toml") else country(code)
    _explain(console, found)
    if wav is not None:
        for path in _write(found, wav):
            console.print(str(path), style="dim", soft_wrap=True)


def _list(console: Console) -> None:
    table = Table(
        *("code", "country", "lines", "dial", "ringing", "busy"), box=None, header_style="bold"
    )
    for code in countries():
        each = country(code)
        table.add_row(
            code,
            each.name,
            f"{each.digital}, {each.law}",
            *(str(each.tone(name)) for name in ("dial", "ringback", "busy")),
        )
    console.print(table)
    console.print("\nOne in full: telcard countries CODE", style="dim")
    console.print("One switch for it: telcard.open(..., country='CODE')", style="dim")


def _explain(console: Console, land: Country) -> None:
    console.print(f"{land.name} ({land.code})", style="bold")
    facts = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for what, told in _facts(land):
        facts.add_row(what, told)
    console.print(facts)
    console.print()
    tones = Table(
        *("tone", "Hz", "5 s of it", "cadence", "from"),
        box=None,
        header_style="bold",
        pad_edge=False,
    )
    for name, tone in land.tones.items():
        assumed = {"tones", f"tones.{name}"} & {*land.assumed}
        source = "assumed" if assumed else tone.source or "tones"
        tones.add_row(name, tone.hz, cadence_picture(tone), tone.cadence, source)
    console.print(tones)
    console.print()
    sources = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for what, told in land.sources.items():
        sources.add_row(what, told)
    if land.assumed:
        sources.add_row("assumed", f"{ASSUMED}: {', '.join(land.assumed)}")
    console.print(sources)


def _facts(land: Country) -> Iterator[tuple[str, str]]:
    yield "lines", f"{land.digital}, {land.law}"
    yield "language", land.language
    turns = zip(land.ringing_s, ("on", "off") * 2, strict=False)
    yield "ringing", " ".join(f"{seconds:g} {turn}" for seconds, turn in turns)
    yield "flash", f"{land.flash_ms[0]:g} to {land.flash_ms[1]:g} ms"
    for kind in land.caller_id or ("",):
        yield "caller ID", f"{kind}: {CALLER_IDS[kind]}" if kind else "none that is known"
    yield "DTMF", land.dtmf
    yield "R2", land.r2_variant or "none that is known"
    detection = land.busy_detection
    told = [f"{' or '.join(detection.tones)}, {detection.cycles} times"] if detection.tones else []
    if detection.open_loop_ms[1]:
        least, most = detection.open_loop_ms
        told.append(f"no loop current for {least:g} to {most:g} ms")
    yield "hung up", ", or ".join(told) or "nothing tells it"


def _write(land: Country, folder: Path) -> Iterator[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"folder {folder}: cannot be made: {error.strerror}") from error
    subtype = "ALAW" if land.law == "a-law" else "ULAW"
    for name, tone in land.tones.items():
        seconds = min(max(LEAST_S, 2 * tone.period_s), MOST_S)
        path = folder / f"{land.code.lower()}_{name}.wav"
        audio.write(path, sounded(tone, seconds), subtype=subtype)
        yield path
