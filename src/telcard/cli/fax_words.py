"""Words of `telcard fax`; as in `telcard.cli.app`, rooms load when used."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from telcard.errors import ConfigError

fax = typer.Typer(
    name="fax",
    help="Send a fax over a line that is made up, or read one out of a recording.",
    epilog="Start with: telcard fax send README.md --recording call.wav, "
    "then: telcard fax decode call.wav",
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


class Coding(StrEnum):
    """How bare octets are coded."""

    alaw = "alaw"
    ulaw = "ulaw"
    pcm = "pcm"
    vox = "vox"


@fax.command()
def send(
    documents: Annotated[list[Path], typer.Argument(help="Text, TIFF, PDF or pictures.")],
    received: Annotated[
        Path | None, typer.Option("--received", "-o", help="Keep the pages: .tif, .pdf, .png.")
    ] = None,
    recording: Annotated[
        Path | None, typer.Option("--recording", help="Keep the sound: left sends, right answers.")
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
    modems: Annotated[Modems, typer.Option(help="The fastest modem.")] = Modems.v17,
    ecm: Annotated[bool, typer.Option(help="Error correction.")] = True,
    line: Annotated[
        str, typer.Option(help="Our line: good_local, long_loop, noisy_rural, mobile ...")
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

    Both machines are telcard's; the line between them is made up, with loss, noise and slips as
    wanted, and each sound goes over it.  In virtual time: a page takes a moment.  -> is what the
    sender says, <- what it hears, each frame in words.

        telcard fax send letter.pdf --to "Mr Li" --header "Bank of Xuhui" -o out.pdf

        telcard fax send letter.txt --line noisy_rural --slips-per-min 12 --recording call.wav
    """
    from dataclasses import replace

    from telcard.cli.fax_send import Wish, run
    from telcard.clock import SystemClock
    from telcard.exchange.lines import named_line
    from telcard.fax.geometry import Resolution

    figures = {"loss_db": loss_db, "noise_dbm0": noise_dbm0, "slips_per_min": slips_per_min}
    try:
        copper = named_line(line)
        given = {name: value for name, value in figures.items() if value is not None}
        copper = replace(copper, **given)  # type: ignore[arg-type]
    except ValueError as error:
        raise ConfigError(str(error)) from error
    wish = Wish(
        documents=documents, resolution=Resolution[resolution.name.upper()], font=font,
        header=header, to=to, subject=subject, text=text, ident=ident, modems=modems.value, ecm=ecm,
    )  # fmt: skip
    status = run(
        wish, clock=SystemClock(), copper=copper, seed=seed, received=received, recording=recording,
        as_json=json,
    )  # fmt: skip
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

        telcard fax decode call.wav -o fax.pdf --picture call.png
    """
    from telcard.audio import Raw
    from telcard.cli.fax_decode import run

    form = Raw(raw.value, samplerate, channels) if raw else None
    status = run(
        recording, output=output, drawing=picture, mix=mix, as_json=json, raw=form,
    )  # fmt: skip
    raise typer.Exit(status)
