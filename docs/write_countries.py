"""Write `docs/countries.md`: what telcard knows of every country, from the data and nothing else.

python docs/write_countries.py            # write the page
python docs/write_countries.py --check    # say whether it is as the data have it
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from telcard.countries import CALLER_IDS, R2_VARIANTS, TONES, Country, countries, country

PAGE = Path(__file__).parent / "countries.md"

HEAD = """\
# Countries

Written by `make api` from [the data](../src/telcard/countries/data): edit those, not this page.

One switch sets all that differs between countries:

```python
telcard.open("emulator:d300sc_e1", country="GB")
Town(card.far_ends, country="GB")  # its people know the same tones
```

or `country = "CN"` at the top of the daemon's configuration; as a table it varies what the country
has:

```toml
[country]
code = "CN"
flash_ms = [90, 300]
tones.busy = { hz = "450", cadence_s = [0.4, 0.4] }
```

* **Tones**: who is refused on a digital line hears the country's congestion tone; a town's people
  know its ringing, busy and congestion; `telcard.dsp.tones.sounded` makes any of them.
* **Law**: of telephones, and of lines of the country's own kind; elsewhere an E1 is A-law, a T1
  u-law.
* **Ringing and flash**: of stations on a card's own sockets, and of the people at them.
* **Language**: of the prompts; one that telcard does not speak is refused unless prompts are given.
* **DTMF**: the limits within which the card's lanes hear digits (rows of ITU-T Q.24).
* **Caller ID, R2, hang-up**: names and figures, for detectors and for trunks that take them.

A country of your own is one more file (`telcard.countries.country_from_toml`, or
`country = "xy.toml"` in the configuration). `telcard countries CODE` draws one, with the source of
every tone; `--wav FOLDER` writes its tones.

**Where the values are from.** Tones follow the list that the ITU publishes under Recommendation
E.180 (supplement 2, "Various tones used in national networks"), in its notation: `f1+f2` together,
`f1/f2` one burst after the other, `f1xf2` modulated. A value that was compared with a text at hand
names it. All others are marked *assumed*, here in italics: they are from memory of that list and of
national standards, and nothing stands behind them but that. Where you have the regulator's paper,
it is right and the data are wrong. Without a country things are as the row ITU has them.
"""


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    lines += [
        "| code | country | lines | dial | ringing tone | busy | congestion | others |",
        "| --- " * 8 + "|",
    ]
    lines += [_tones(country(code)) for code in countries()]
    lines += ["", "## Telephones", ""]
    lines += [
        "| code | rings, s | flash, ms | caller ID | DTMF | R2 | hung up |",
        "| --- " * 7 + "|",
    ]
    lines += [_telephones(country(code)) for code in countries()]
    for title, words in (("Names of tones", TONES), ("Caller ID", CALLER_IDS), ("R2", R2_VARIANTS)):
        lines += ["", f"## {title}", "", *_heading("name", "what it is")]
        lines += [f"| `{name}` | {text} |" for name, text in words.items() if name]
    return "\n".join(lines) + "\n"


def _heading(*names: str) -> list[str]:
    return [f"| {' | '.join(names)} |", "| --- " * len(names) + "|"]


def _tones(land: Country) -> str:
    def shown(name: str) -> str:
        assumed = {"tones", f"tones.{name}"} & {*land.assumed}
        text = str(land.tones[name]).replace(" Hz, ", " ").replace(" continuous", "")
        return f"*{text}*" if assumed else text

    def kinds(meaning: str) -> str:
        names = [meaning, *(f"{meaning}_{n}" for n in range(2, 10))]
        return "<br>".join(shown(name) for name in names if name in land.tones)

    common = ("dial", "ringback", "busy", "congestion")
    rest = [name for name in land.tones if name.rstrip("_23456789") not in common]
    lines = _marked(land, "law", f"{land.digital}, {land.law}")
    cells = [land.code, land.name, lines, *map(kinds, common), ", ".join(f"`{n}`" for n in rest)]
    return f"| {' | '.join(cells)} |"


def _telephones(land: Country) -> str:
    detection = land.busy_detection
    hung_up = ", ".join(detection.tones)
    if detection.open_loop_ms[1]:
        hung_up += f"; open loop {detection.open_loop_ms[0]:g}-{detection.open_loop_ms[1]:g} ms"
    cells = [
        land.code,
        _marked(land, "ringing_s", " ".join(f"{seconds:g}" for seconds in land.ringing_s)),
        _marked(land, "flash_ms", f"{land.flash_ms[0]:g}-{land.flash_ms[1]:g}"),
        _marked(land, "caller_id", ", ".join(land.caller_id)),
        land.dtmf,
        _marked(land, "r2_variant", land.r2_variant),
        _marked(land, "busy_detection", hung_up),
    ]
    return f"| {' | '.join(cells)} |"


def _marked(land: Country, name: str, text: str) -> str:
    return f"*{text}*" if text and name in land.assumed else text


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        if PAGE.read_text("utf-8") == page():
            return 0
        print(f"{PAGE.name}: not as the data have it; 'make api' writes it")
        return 1
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
