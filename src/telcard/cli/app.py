"""The `telcard` command: its words, and how it fails.

A word's room loads when the word is used, so that `telcard --help` is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

import telcard
from telcard.cli import book_words, fax_words, line_words
from telcard.errors import ConfigError, TelcardError

if TYPE_CHECKING:
    from telcard.audio import Raw

TRY, RUN, LOOK = "Try it", "Run a hotline", "Look into it"
"""Headings under which the commands are listed."""

app = typer.Typer(
    name="telcard",
    help="Telephony cards, their sound and their signalling: try it, run it, look into it.",
    epilog="Start with: telcard demo.  Each command explains itself: telcard analyze --help.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,  # a PIN may be among them
)


@app.command(rich_help_panel=TRY)
def demo(
    folder: Annotated[
        Path, typer.Option("--out", "-o", help="Where recordings and pictures go.")
    ] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Seed of noise and sample data.")] = 1,
    live: Annotated[
        bool, typer.Option("--live", help="In real time, instead of as fast as it goes.")
    ] = False,
) -> None:
    """Let callers of a simulated town ring the bank's hotline on an emulated E1 card.

    One hears his balance and last entries, one forgets his PIN, one hangs up in the middle, one
    moves money between her accounts.
    Everything is real but the copper: line signals, A-law, tones, detectors, ledger.  Leaves a
    stereo recording and a timeline picture of each call in the folder.
    """
    from telcard.cli.demo import play

    play(folder, seed, live)


@app.command(rich_help_panel=RUN)
def setup(
    config: Annotated[Path, typer.Argument(help="Configuration, e.g. examples/hotline.toml.")],
    sample: Annotated[
        bool, typer.Option("--sample", help="Fill the books with a small made-up bank.")
    ] = False,
) -> None:
    """Make what the hotline needs before its first day: folders, PIN key, database.

    What is there already stays as it is.

        telcard setup examples/hotline.toml --sample
    """
    from telcard.cli.setup import run

    run(config, sample)


@app.command(rich_help_panel=RUN)
def serve(
    config: Annotated[Path, typer.Argument(help="Configuration, e.g. examples/hotline.toml.")],
    check: Annotated[
        bool, typer.Option("--check", help="Read the configuration, say what is wrong, and end.")
    ] = False,
) -> None:
    """Run the hotline on a card, in real time, until SIGTERM or Ctrl-C.

    SIGTERM drains: no new calls are taken, present ones may finish.

        telcard serve examples/hotline.toml --check

        telcard serve examples/hotline.toml
    """
    from telcard.cli.serve import run

    run(config, check)


class Fidelity(StrEnum):
    """How much of a call is simulated."""

    sound = "sound"
    events = "events"


@app.command(rich_help_panel=TRY)
def rehearse(
    callers: Annotated[int, typer.Option(min=1, max=30, help="Callers at once.")] = 30,
    minutes: Annotated[float, typer.Option(min=0.1, help="Simulated minutes.")] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all chance in it.")] = 1,
    faults: Annotated[
        Path | None, typer.Option(help="What breaks meanwhile: a script, see telcard.cards.faults.")
    ] = None,
    fault_every_s: Annotated[
        float | None,
        typer.Option(min=1, help="Break something so often, in seconds on average, by the seed."),
    ] = None,
    fidelity: Annotated[
        Fidelity, typer.Option(help="With sound, or with its events alone, which is far quicker.")
    ] = Fidelity.sound,
    folder: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Keep books and recordings there; else nothing is kept."),
    ] = None,
) -> None:
    """Let a town call the hotline for an hour, and audit every call from both ends of the line.

    Callers ask for balances, mistype PINs, say nothing, lose patience.  What each of them heard,
    and how his call ended, is laid beside its record, transcript, recording and the ledger.  Exit
    status 1 when anything disagrees or is left behind.

        telcard rehearse --callers 5 --minutes 2
    """
    from telcard.cards import FaultScript
    from telcard.cli.rehearse import play

    script = FaultScript.from_toml(faults) if faults else fault_every_s
    play(callers, minutes, seed, script, fidelity.value, folder)


@app.command(rich_help_panel=RUN)
def desk(
    config: Annotated[Path, typer.Argument(help="Configuration of the hotline that runs.")],
    agent: Annotated[str, typer.Option(help="Show, or set, this agent alone.")] = "",
    ready: Annotated[bool, typer.Option("--ready", help="He takes calls from now on.")] = False,
    not_ready: Annotated[
        str, typer.Option("--not-ready", metavar="REASON", help="He takes none, for a reason.")
    ] = "",
    log_out: Annotated[bool, typer.Option("--log-out", help="He goes home.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Show it once, and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="A line of JSON, once.")] = False,
) -> None:
    """Watch the desk of a hotline that runs: agents, their callers' screens, who waits.

    With --agent and one of --ready, --not-ready and --log-out it sets what he does first.
    """
    from telcard.cli.desk import run

    wishes = [
        status
        for status, wanted in (
            ("ready", ready),
            ("not-ready", bool(not_ready)),
            ("logged-out", log_out),
        )
        if wanted
    ]
    if len(wishes) > 1:
        raise ConfigError(
            f"desk: want one of --ready, --not-ready and --log-out, got {len(wishes)}"
        )
    if wishes and not agent:
        raise ConfigError("desk: want --agent NAME with --ready, --not-ready and --log-out")
    run(config, agent, wishes[0] if wishes else "", not_ready, once, json)


app.command(rich_help_panel=RUN)(line_words.trunks)
app.command(rich_help_panel=RUN)(book_words.records)
app.command(rich_help_panel=RUN)(book_words.faxes)
app.command(rich_help_panel=LOOK)(line_words.trace)
app.add_typer(fax_words.fax, rich_help_panel=LOOK)


@app.command(rich_help_panel=LOOK)
def cards(
    name: Annotated[
        str | None, typer.Argument(help="Show one card in full, or all: specs.")
    ] = None,
) -> None:
    """List the cards that telcard knows, or explain one.

    A card's spec says what it has (ports, pools, bus, firmware, limits) and where each value comes
    from; those that the emulator can run are opened as emulator:NAME.

        telcard cards d300sc_e1
    """
    from telcard.cli.cards import show

    show(name)


@app.command(rich_help_panel=LOOK)
def countries(
    code: Annotated[
        str | None, typer.Argument(help="Show one country in full: its code, or a TOML file.")
    ] = None,
    wav: Annotated[
        Path | None, typer.Option("--wav", help="Write its tones into this folder.")
    ] = None,
) -> None:
    """List the countries that telcard knows, or show how one of them sounds.

    Its tones are drawn, with what is known of law, ringing, flash and caller ID, and where each
    value is from.  The same code is the one switch for all of it: telcard.open(..., country="CN"),
    or country = "CN" in the hotline's configuration.

        telcard countries CN --wav tones/
    """
    from telcard.cli.countries import show

    show(code, wav)


class Coding(StrEnum):
    """What octets without a header may be."""

    alaw = "alaw"
    ulaw = "ulaw"
    pcm = "pcm"
    vox = "vox"
    oki = "oki"
    ima = "ima"
    gsm = "gsm"
    g726_16 = "g726-16"
    g726_24 = "g726-24"
    g726_32 = "g726-32"
    g726_40 = "g726-40"
    aal2_16 = "aal2-16"
    aal2_24 = "aal2-24"
    aal2_32 = "aal2-32"
    aal2_40 = "aal2-40"


@app.command(rich_help_panel=LOOK)
def analyze(
    files: Annotated[list[Path], typer.Argument(help="Recordings, or folders of them.")],
    json: Annotated[
        bool, typer.Option("--json", help="JSON lines, one finding each, instead of a table.")
    ] = False,
    picture: Annotated[
        Path | None,
        typer.Option(help="Draw sound and findings: a PNG, PDF or SVG; a folder for several."),
    ] = None,
    start_s: Annotated[
        float, typer.Option("--from", min=0, help="Second at which the picture begins.")
    ] = 0.0,
    end_s: Annotated[
        float | None, typer.Option("--to", min=0, help="Second at which the picture ends.")
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(help="Name tones as this country does, e.g. CN; otherwise as any does."),
    ] = None,
    raw: Annotated[
        Coding | None,
        typer.Option(help="The files are bare octets (vox: Dialogic's ADPCM, pcm: int16)."),
    ] = None,
    samplerate: Annotated[
        int, typer.Option(min=4000, max=192_000, help="Samples a second of bare octets.")
    ] = 8000,
    channels: Annotated[int, typer.Option(min=1, max=64, help="Channels of bare octets.")] = 1,
) -> None:
    """Tell what is in recordings: keys and dials, signals, tones and what they mean, data, callers.

    And fax tones, speech, silence, levels.  WAV, FLAC and whatever else libsndfile knows, the
    boards' voice files and bare octets (.vox, .al, .ul, --raw), recordings without their silences;
    any number of channels, any samplerate, any length.  A file that cannot be read, or not wholly,
    is one sentence and exit status 1; the others are analysed all the same.  The fields of --json
    are documented in telcard.analysis.findings.

        telcard analyze call.wav --picture call.png

        telcard analyze --raw ulaw --json recordings/ > findings.jsonl
    """
    from telcard.cli.analyze import run

    raise typer.Exit(
        run(
            files,
            raw=_form(raw, samplerate, channels),
            country=country,
            as_lines=json,
            drawing=picture,
            start_s=start_s,
            end_s=end_s,
        )
    )


def _form(coding: Coding | None, samplerate: int, channels: int = 1) -> Raw | None:
    from telcard.audio import Raw

    try:
        return Raw(coding.value, samplerate, channels) if coding else None
    except ValueError as error:
        raise ConfigError(str(error)) from error


@app.command(rich_help_panel=LOOK)
def convert(
    files: Annotated[list[Path], typer.Argument(help="Sound files, or folders of them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file, or the folder, to write.")],
    suffix: Annotated[
        str, typer.Option(help="Ending of the files in a folder, which chooses their container.")
    ] = ".wav",
    subtype: Annotated[
        str | None, typer.Option(help="What a container holds: ALAW, ULAW, PCM_16, GSM610 ...")
    ] = None,
    to: Annotated[
        Coding | None, typer.Option(help="Write bare octets of this coding, without a header.")
    ] = None,
    rate: Annotated[
        int, typer.Option(min=4000, max=192_000, help="Samples a second of what is written.")
    ] = 8000,
    raw: Annotated[
        Coding | None, typer.Option(help="The files are bare octets of this coding.")
    ] = None,
    samplerate: Annotated[
        int, typer.Option(min=4000, max=192_000, help="Samples a second of bare octets.")
    ] = 8000,
) -> None:
    """Convert sound files: the boards' voice files, telephone and studio formats, any samplerate.

    Damaged files are converted as far as they go; that, and each file that cannot be, is one
    sentence and exit status 1.

        telcard convert --raw vox --samplerate 6000 prompts/ --out wav/

        telcard convert greeting.flac --to vox --rate 6000 --out greeting.vox
    """
    from telcard.cli.convert import run

    raise typer.Exit(
        run(
            files,
            out,
            suffix=suffix,
            raw=_form(raw, samplerate),
            to=_form(to, rate),
            subtype=subtype,
            rate=rate,
        )
    )


@app.command(rich_help_panel=LOOK)
def echo(
    recording: Annotated[Path, typer.Argument(help="A stereo recording of both ways of a line.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The cleaned file; RECORDING-clean.wav unless given."),
    ] = None,
    measure_only: Annotated[
        bool, typer.Option("--measure-only", help="Tell, and write no file.")
    ] = False,
    swap: Annotated[
        bool, typer.Option("--swap", help="Right is what went towards the line, left what came.")
    ] = False,
    tail_ms: Annotated[
        int | None, typer.Option(help="Tail of the canceller, 8 to 128; the echo's unless given.")
    ] = None,
    nlp: Annotated[
        bool, typer.Option(help="Suppress what the filter leaves while nobody else talks.")
    ] = True,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of sentences.")
    ] = False,
    picture: Annotated[
        Path | None,
        typer.Option(help="Draw levels before and after, the path and its delay: PNG, PDF, SVG."),
    ] = None,
    raw: Annotated[
        Coding | None, typer.Option(help="The file is bare octets, of two channels.")
    ] = None,
    samplerate: Annotated[
        int, typer.Option(min=4000, max=192_000, help="Samples a second of bare octets.")
    ] = 8000,
) -> None:
    """Measure the echo in a recording of both ways of a line, and write the recording without it.

    Left is what was sent towards the line, right what came from it: prompts and their echo with
    the caller.  Tells how much weaker the echo is (ERL), after which delay it comes and how long it
    lasts, whether the delay stays, how often both ends talk, and how much of the echo telcard's
    canceller takes away (ERLE).  Any samplerate, any length; what is written has 8 kHz.  The fields
    of --json are documented in telcard.analysis.echo and telcard.analysis.cleaning.

        telcard echo call.wav --picture echo.png

        telcard echo call.wav --swap --measure-only --json
    """
    from telcard.cli.echo import run

    raise typer.Exit(
        run(
            recording,
            output=output,
            measure_only=measure_only,
            swap=swap,
            tail_ms=tail_ms,
            nlp=nlp,
            as_json=json,
            drawing=picture,
            raw=_form(raw, samplerate, 2),
        )
    )


class Part(StrEnum):
    """What may be measured by itself."""

    g711 = "g711"
    dtmf = "dtmf"
    tones = "tones"
    resample = "resample"
    ticks = "ticks"
    calls = "calls"


@app.command(rich_help_panel=LOOK)
def bench(
    only: Annotated[
        list[Part] | None, typer.Option(help="Measure this alone; may be given several times.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.01, max=60, help="How long to measure each thing.")
    ] = 0.2,
    json: Annotated[
        bool, typer.Option("--json", help="JSON lines, one figure each, instead of tables.")
    ] = False,
    picture: Annotated[
        Path | None,
        typer.Option(help="Draw the cost of a tick against the lanes: a PNG, PDF or SVG."),
    ] = None,
) -> None:
    """Measure what this machine can do: kernels, the engine's tick, calls a second.

    Takes some 15 seconds; figures are of one core, in processor time, with NumPy's way of doing
    the same beside them.  Let the machine be quiet meanwhile, and take more --seconds for figures
    to quote:

        telcard bench --only ticks --seconds 2 --picture cost.svg
    """
    from telcard.cli.bench import run

    run([part.value for part in only or ()], seconds, json, picture)


@app.command(rich_help_panel=TRY)
def load(
    erlang: Annotated[float, typer.Argument(help="Traffic to offer, in Erlang.")] = 15.0,
    minutes: Annotated[float, typer.Option(help="How long to offer it, after the ramp.")] = 10.0,
    lines: Annotated[
        int | None, typer.Option(help="Circuits of the town; all of the card's unless given.")
    ] = None,
    ramp: Annotated[
        float, typer.Option(help="Seconds in which traffic grows from nothing; not counted.")
    ] = 60.0,
    mix: Annotated[
        str, typer.Option(help="Shares of balance, entries, transfer, menu, pin, silent.")
    ] = "balance=45,entries=20,transfer=10,menu=15,pin=5,silent=5",
    line: Annotated[
        str, typer.Option(help="The callers' own lines: good_local, long_loop, mobile ...")
    ] = "",
    card: Annotated[
        str, typer.Option(help="The card that takes the calls, as `telcard cards` names it.")
    ] = "emulator:d300sc_e1",
    fidelity: Annotated[
        str, typer.Option(help="sound, or events: without sound, the same outcomes, far quicker.")
    ] = "sound",
    seed: Annotated[int, typer.Option(min=0, help="Seed of all chance.")] = 1,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of tables.")
    ] = False,
    picture: Annotated[
        Path | None, typer.Option(help="Draw traffic, blocking and delays: a PNG, PDF or SVG.")
    ] = None,
) -> None:
    """Load the hotline with calls of a simulated town, and see what it carries and what it blocks.

    Calls arrive by chance (Poisson) and each caller follows a script: hears his balance or the last
    entries too, moves money, hangs up in the menu, has forgotten his PIN, or says nothing.  Who
    finds no circuit goes away.  The blocked share stands beside Erlang B's expectation, with the
    interval that the sample allows.  Runs in virtual time, as fast as it goes; the same words give
    the same report.

        telcard load 20 --lines 24 --minutes 60 --fidelity events --picture load.png

        telcard load 3 --line noisy_rural --mix balance=1,pin=1
    """
    from telcard.cli.load import play
    from telcard.rehearsal.load import Profile
    from telcard.rehearsal.mix import read_mix

    profile = Profile(
        erlang=erlang, minutes=minutes, lines=lines, ramp_s=ramp, mix=read_mix(mix), line=line,
        card=card, fidelity=fidelity, seed=seed,
    )  # fmt: skip
    play(profile, json, picture)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"telcard {telcard.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which this is.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command; what goes wrong on purpose is one sentence and exit status 1."""
    errors: Sequence[Exception] = ()
    try:
        app(prog_name="telcard")
    except* TelcardError as group:  # several at once, where calls run side by side
        errors = _leaves(group)
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    for error in errors:
        console.print(f"telcard: {error}")
    if errors:
        sys.exit(1)


def _leaves(group: ExceptionGroup[Exception]) -> list[Exception]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, ExceptionGroup) else [error])
    ]
