"""Words of `telcard fax`; as in `telcard.cli.app`, rooms load when used."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from telcard.errors import ConfigError

if TYPE_CHECKING:
    from telcard.dsp.copper import Copper

OVER = "Over a card"
"""Heading under which what a card wants is listed."""

fax = typer.Typer(
    name="fax",
    help="Send and receive faxes, over cards or a line that is made up; read recorded ones.",
    epilog="Start with: telcard fax send README.md --recording call.wav, "
    "then: telcard fax decode call.wav, "
    "then: telcard fax receive faxes/ --try README.md",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


class Fineness(StrEnum):
    """How fine pages are sent."""

    standard = "standard"
    fine = "fine"
    superfine = "superfine"


class Modems(StrEnum):
    """The fastest modem; slower ones are included."""

    v17 = "v17"
    v29 = "v29"
    v27ter = "v27ter"


class Rate(StrEnum):
    """A fast modem at one of its speeds."""

    v27ter_2400 = "v27ter-2400"
    v27ter_4800 = "v27ter-4800"
    v29_7200 = "v29-7200"
    v29_9600 = "v29-9600"
    v17_7200 = "v17-7200"
    v17_9600 = "v17-9600"
    v17_12000 = "v17-12000"
    v17_14400 = "v17-14400"


class PageCoding(StrEnum):
    """How pages are coded."""

    mh = "mh"
    mr = "mr"
    mmr = "mmr"


class Kind(StrEnum):
    """What received pages become."""

    tif = "tif"
    pdf = "pdf"
    png = "png"


class Coding(StrEnum):
    """How bare octets are coded."""

    alaw = "alaw"
    ulaw = "ulaw"
    pcm = "pcm"
    vox = "vox"


BEHIND = "Where it begins behind the DCS"
"""Heading under which what is not in a recording is listed."""

CARD = typer.Option(
    "--card",
    help="A card, as `telcard cards` names it; several stand in one chassis, so that lines of one "
    "borrow fax channels of another.  Unless given: emulator:d300sc_e1 with emulator:cp6_sc.",
)


def _copper(line: str, **figures: float | None) -> Copper:
    """A line that has a name, with other figures where they are given."""
    from dataclasses import replace

    from telcard.exchange.lines import named_line

    given = {name: value for name, value in figures.items() if value is not None}
    try:
        return replace(named_line(line), **given)  # type: ignore[arg-type]
    except ValueError as error:
        raise ConfigError(str(error)) from error


@fax.command()
def send(
    documents: Annotated[list[Path], typer.Argument(help="Text, TIFF, PDF or pictures.")],
    number: Annotated[
        str, typer.Option("--number", help="Call this number, over a card.", rich_help_panel=OVER)
    ] = "",
    card: Annotated[list[str] | None, CARD] = None,
    retries: Annotated[
        int,
        typer.Option(
            min=0,
            help="So many more calls for pages that have not gone over.",
            rich_help_panel=OVER,
        ),
    ] = 0,
    retry_s: Annotated[
        float, typer.Option(min=1, help="Seconds between two calls.", rich_help_panel=OVER)
    ] = 60.0,
    live: Annotated[
        bool,
        typer.Option("--live", help="In real time, not as fast as it goes.", rich_help_panel=OVER),
    ] = False,
    received: Annotated[
        Path | None, typer.Option("--received", "-o", help="Keep the pages: .tif, .pdf, .png.")
    ] = None,
    recording: Annotated[
        Path | None,
        typer.Option(
            "--recording",
            help="Keep the sound: left sends, right answers; over a card left is what it hears.",
        ),
    ] = None,
    resolution: Annotated[Fineness, typer.Option(help="How fine.")] = Fineness.fine,
    to: Annotated[str, typer.Option(help="For whom: puts a cover page before it.")] = "",
    subject: Annotated[str, typer.Option(help="About what, on the cover page.")] = "",
    text: Annotated[str, typer.Option(help="Lines on the cover page.")] = "",
    header: Annotated[
        str, typer.Option(help="Name and number of who sends: a line over every page.")
    ] = "",
    font: Annotated[
        Path | None, typer.Option(help="TrueType font for letters that we do not have.")
    ] = None,
    ident: Annotated[str, typer.Option(help="Our number, for the far end's display.")] = "",
    subaddress: Annotated[
        str, typer.Option(help="For whom behind the far end's number, where it can tell.")
    ] = "",
    modems: Annotated[Modems, typer.Option(help="The fastest modem.")] = Modems.v17,
    ecm: Annotated[bool, typer.Option(help="Error correction.")] = True,
    line: Annotated[
        str, typer.Option(help="The line: good_local, long_loop, noisy_rural, mobile ...")
    ] = "good_local",
    loss_db: Annotated[float | None, typer.Option(help="Its loss, instead.")] = None,
    noise_dbm0: Annotated[float | None, typer.Option(help="Its noise, instead.")] = None,
    slips_per_min: Annotated[
        float | None, typer.Option(help="Samples lost or doubled, instead.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all chance.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Send documents from one fax machine to another, and read along.

    Without --number both machines are telcard's; the line between them is made up, with loss, noise
    and slips as wanted, and each sound goes over it.  With it a card dials and sends: on its own
    channels where it can fax, else on those of another card.  At the other end of an emulated card
    lives a town, in which a machine has that number, on that line: -o keeps what it has got.
    In virtual time: a page takes a moment.  -> is what the sender says, <- what it hears, each
    frame in words.  Exit status 1 where not all pages went over.

        telcard fax send letter.pdf --to "Mr Li" --header "Bank of Xuhui" -o out.pdf

        telcard fax send letter.txt --line noisy_rural --slips-per-min 12 --recording call.wav

        telcard fax send letter.pdf --number 02154321 --card emulator:dahdi_4e1 --retries 2
    """
    from telcard.cli import fax_dial, fax_send
    from telcard.cli.fax_cards import CARDS
    from telcard.clock import SystemClock
    from telcard.fax.geometry import Resolution

    copper = _copper(line, loss_db=loss_db, noise_dbm0=noise_dbm0, slips_per_min=slips_per_min)
    wish = fax_send.Wish(
        documents=documents, resolution=Resolution[resolution.name.upper()], font=font,
        header=header, to=to, subject=subject, text=text, ident=ident, modems=modems.value, ecm=ecm,
        subaddress=subaddress,
    )  # fmt: skip
    if card and not number:
        raise ConfigError("--card: want the --number that it is to call, got none")
    if number:
        way = fax_dial.Way(
            number=number, cards=card or CARDS, retries=retries, retry_s=retry_s,
            live=live,
        )  # fmt: skip
        status = fax_dial.run(
            wish, way, clock=SystemClock(), copper=copper, seed=seed, received=received,
            recording=recording, as_json=json,
        )  # fmt: skip
    else:
        status = fax_send.run(
            wish, clock=SystemClock(), copper=copper, seed=seed, received=received,
            recording=recording, as_json=json,
        )  # fmt: skip
    raise typer.Exit(status)


@fax.command()
def receive(
    folder: Annotated[Path, typer.Argument(help="Where the faxes go; made if need be.")],
    tries: Annotated[
        list[Path] | None,
        typer.Option(
            "--try", help="A document that the emulator's town faxes to us; several: several calls."
        ),
    ] = None,
    card: Annotated[list[str] | None, CARD] = None,
    calls: Annotated[int | None, typer.Option(min=1, help="End after so many calls.")] = None,
    kind: Annotated[Kind, typer.Option(help="What the pages become.")] = Kind.tif,
    ident: Annotated[str, typer.Option(help="Our number, for the far end's display.")] = "",
    modems: Annotated[Modems, typer.Option(help="The fastest modem.")] = Modems.v17,
    ecm: Annotated[bool, typer.Option(help="Error correction.")] = True,
    line: Annotated[
        str, typer.Option(help="Of whoever calls: good_local, long_loop, noisy_rural, mobile ...")
    ] = "good_local",
    loss_db: Annotated[float | None, typer.Option(help="Its loss, instead.")] = None,
    noise_dbm0: Annotated[float | None, typer.Option(help="Its noise, instead.")] = None,
    slips_per_min: Annotated[
        float | None, typer.Option(help="Samples lost or doubled, instead.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="In real time, not as fast as it goes.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all chance.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="JSON lines, one a call.")] = False,
) -> None:
    """Answer the calls of a card, and keep the faxes that come.

    Every fax becomes a file in the folder, and beside it one that ends in .json: who called, his
    machine's number and the sub-address that he wants, pages and their bad rows, rate, how it
    ended, every frame.  What has come of a fax that breaks off is kept.  Several may come at once,
    as many as there are fax channels.  Ctrl-C takes no more calls and lets present ones end;
    once more breaks them off.  Exit status 1 where a fax has not come whole.

    Whoever calls an emulated card lives in its town: --try lets a machine there fax a document.

        telcard fax receive faxes/ --try letter.pdf --try README.md

        telcard fax receive faxes/ --try letter.pdf --card emulator:dahdi_4e1 --line noisy_rural
    """
    from telcard.cli.fax_cards import CARDS
    from telcard.cli.fax_receive import Reception, run
    from telcard.clock import SystemClock
    from telcard.fax.dialogue import FaxOptions

    reception = Reception(
        folder=folder, kind=kind.value, cards=card or CARDS, calls=calls, tries=tries or (),
        options=FaxOptions(ident=ident, modems=modems.value, ecm=ecm), live=live,
    )  # fmt: skip
    copper = _copper(line, loss_db=loss_db, noise_dbm0=noise_dbm0, slips_per_min=slips_per_min)
    status = run(reception, clock=SystemClock(), copper=copper, seed=seed, as_json=json)
    raise typer.Exit(status)


@fax.command()
def decode(
    recording: Annotated[Path, typer.Argument(help="A recording of a fax call.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The pages: .tif, .pdf, .png; RECORDING.tif else."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", help="Draw the call: .png, .pdf, .svg (needs the extra analysis)."
        ),
    ] = None,
    mix: Annotated[
        bool, typer.Option("--mix", help="Of two channels each holds both ends: mix them.")
    ] = False,
    rate: Annotated[
        Rate | None,
        typer.Option(help="Modem and speed of the pages.", rich_help_panel=BEHIND),
    ] = None,
    coding: Annotated[
        PageCoding | None,
        typer.Option(
            help="How pages are coded: MMR with error correction, else MH, unless given.",
            rich_help_panel=BEHIND,
        ),
    ] = None,
    ecm: Annotated[bool, typer.Option(help="Error correction.", rich_help_panel=BEHIND)] = True,
    resolution: Annotated[
        Fineness, typer.Option(help="How fine the pages are.", rich_help_panel=BEHIND)
    ] = Fineness.fine,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    raw: Annotated[
        Coding | None, typer.Option(help="The file is bare octets in this coding.")
    ] = None,
    samplerate: Annotated[
        int, typer.Option(min=4000, max=192_000, help="Samples a second of bare octets.")
    ] = 8000,
    channels: Annotated[int, typer.Option(min=1, max=2, help="Channels of bare octets.")] = 1,
) -> None:
    """Read a recorded fax call: its pages, and who said what when.

    One channel with both ends in it will do, or a channel for each end.  The DCS in it says how
    pages are coded, so that all modems (V.27ter, V.29, V.17), codings (MH, MR, MMR) and error
    correction are read without being asked for.  Frames that were sent again are put in their
    places.  A recording that begins too late tells what it lacks.

    Of one that begins behind the DCS you may know, or guess, what that has said: --rate, and with
    it --coding, --no-ecm and --resolution.  V.27ter and V.29 are read from anywhere; V.17 only with
    the training check before its first page, for pages are trained for in short by what the
    receiver has learnt there.

        telcard fax decode call.wav -o fax.pdf --picture call.png

        telcard fax decode late.wav --rate v29-9600 --no-ecm --coding mr
    """
    from telcard.audio import Raw
    from telcard.cli.fax_decode import assumed, run

    form = Raw(raw.value, samplerate, channels) if raw else None
    if coding and not rate:
        raise ConfigError("--coding: want the --rate of the pages with it, got none")
    said = None
    if rate:
        said = assumed(rate.name, coding.value if coding else None, ecm, resolution.name)
    status = run(
        recording, output=output, drawing=picture, mix=mix, as_json=json, raw=form, said=said,
    )  # fmt: skip
    raise typer.Exit(status)
