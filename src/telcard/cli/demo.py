"""`telcard demo`: callers of a simulated town ring the hotline; see, hear and read what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table
from rich.text import Text

from telcard.bank import CallRecord
from telcard.clock import Clock, SystemClock, VirtualClock, run
from telcard.errors import HungUp, MissingExtra
from telcard.events import Event
from telcard.exchange import Telephone
from telcard.rehearsal import AGENT, SCENES, WITH_AN_AGENT, Scene, Stage, set_stage
from telcard.rehearsal.picture import timeline
from telcard.units import NS, SAMPLE_RATE

ALL = (*SCENES, WITH_AN_AGENT)
"""What is played."""

BOARDS = ("emulator:d300sc_e1", "emulator:d300sc_e1")
"""Where the calls come in: two primary rate lines, 2 x 30B+D."""

COLOURS = ("cyan", "yellow", "magenta", "green")


def play(folder: Path, seed: int, live: bool) -> None:
    """Play the demo into `folder`; in real time if `live`."""
    console = Console(highlight=False, markup=False)
    clock: Clock = SystemClock() if live else VirtualClock(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    console.print(
        f"A town calls the bank's hotline over two primary rate lines of emulated D/300SC-E1, "
        f"{'in real time' if live else 'in virtual time'} (seed {seed}); "
        f"{AGENT.name} sits at a telephone of an MSI/240SC.",
        soft_wrap=True,
    )
    console.print("First the cards download their firmware, which takes them 5 seconds.\n")
    watch = SystemClock()
    records, events = run(_perform(folder, seed, console), clock)
    took_s = watch.now() / NS
    console.print()
    console.print(_table(records))
    if not live:
        simulated_s = clock.now() / NS
        console.print(f"{simulated_s:.0f} s of telephony took {took_s:.1f} s.", style="dim")
    _draw(folder, records, events, console)


async def _perform(
    folder: Path, seed: int, console: Console
) -> tuple[list[CallRecord], list[Event]]:
    """Play all scenes; returns the calls' records and everything that happened."""
    async with AsyncExitStack() as stack:
        # The books of the made-up bank go with the demo: played again, it is the same again.
        books = Path(stack.enter_context(TemporaryDirectory(prefix="telcard-demo-")))
        stage = await stack.enter_async_context(
            set_stage(
                books,
                recordings=folder,
                seed=seed,
                agents=[AGENT],
                cards=BOARDS,
                signalling="pri",
            )
        )
        stage.house.card.events.subscribe(_Transcript(console).tell)
        async with asyncio.TaskGroup() as people:
            for scene in ALL:
                people.create_task(_enter(stage, scene), name=scene.caller)
                if scene.agent is not None:
                    phone = stage.town.telephone(AGENT.station)
                    people.create_task(_answer(phone, scene.agent), name=AGENT.name)
        await stage.finish()
        records = await stage.house.bank.records.newest()
        records.sort(key=lambda record: record.call_id)
        return records, list(stage.house.card.events)


async def _enter(stage: Stage, scene: Scene) -> None:
    await asyncio.sleep(scene.at_s)
    async with stage.town.subscriber(scene.caller) as caller:
        try:
            await scene.play(caller)
        except HungUp as error:
            raise RuntimeError(f"{scene.title}: the bank hung up too early") from error


async def _answer(phone: Telephone, script: Callable[[Telephone], Awaitable[None]]) -> None:
    async with phone:
        await script(phone)


class _Transcript:
    """Prints events as they happen, one line each, a colour a call; keys in a row are one line.

    A call that was made for another is told of with that one.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._calls: list[str] = []
        self._keys: dict[str, tuple[int, str]] = {}
        self._made_for: dict[str, str] = {}

    def tell(self, event: Event) -> None:
        """Print an event, if people care for it."""
        if event.name == "digit":
            since, keys = self._keys.get(event.call, (event.sample, ""))
            self._keys[event.call] = since, keys + str(event.facts["digit"])
            return
        if event.name == "rings":
            self._made_for[event.call] = str(event.facts["on_behalf_of"])
        leg = event.call in self._made_for
        said = _sentence(event)
        if said is None or (leg and event.name not in _TOLD_OF_AGENTS):
            return
        call = self._made_for.get(event.call, event.call)
        if call in self._keys:
            since, keys = self._keys.pop(call)
            self._line(since, call, f"caller  {keys}")
        self._line(event.sample, call, said)

    def _line(self, sample: int, call: str, said: str) -> None:
        if call not in self._calls:
            self._calls.append(call)
        number = self._calls.index(call)
        text = Text(f"{sample / SAMPLE_RATE:6.1f} s  {number + 1}  ", style="dim")
        text.append(said, style=COLOURS[number % len(COLOURS)])
        self._console.print(text, soft_wrap=True)


_TOLD_OF_AGENTS = ("rings", "flashed")
"""What is told of an agent's side of a call."""


def _sentence(event: Event) -> str | None:
    """What people are told of an event; None for those that only machines care for."""
    facts = event.facts
    match event.name:
        case "offered":
            return f"{facts['caller']} calls {facts['called']} on {facts['circuit']}"
        case "says":
            return f"bank    {facts['text']}"
        case "collected" if facts.get("secret"):
            return "caller  (keys a PIN; this side is masked in the recording)"
        case "step" if facts["step"] == "judged":
            return f"        identified: {'yes' if facts['accepted'] else 'no'}"
        case "screen":
            proved = "proved" if facts["identified"] else "not proved"
            return (
                f"screen  {facts['agent']} sees {facts['caller']}, "
                f"account ...{facts['account']} ({proved})"
            )
        case "rings":
            return f"agent   (the telephone on {facts['circuit']} rings)"
        case "desk_taken":
            return f"agent   ({facts['agent']} lifts: they talk)"
        case "flashed":
            return "agent   (presses the hook: the caller goes back)"
        case "ended":
            return f"        ended by {facts['by']}, cause {facts['cause']}"
    return None


def _table(records: Sequence[CallRecord]) -> Table:
    table = Table(
        title="Call records", title_justify="left", header_style="bold", box=None, pad_edge=False
    )
    for heading in ("caller", "called", "channel", "answered", "billed", "ended as", "because"):
        table.add_column(heading, no_wrap=True)
    for record in records:
        answered = f"{record.answered_at:%H:%M:%S}" if record.answered_at else "-"
        table.add_row(
            record.caller,
            record.called,
            record.channel,
            answered,
            f"{record.billed_s} s",
            record.disposition,
            record.reason,
        )
    return table


def _draw(
    folder: Path, records: Sequence[CallRecord], events: Sequence[Event], console: Console
) -> None:
    titles = {scene.caller: scene.title for scene in ALL}
    console.print(f"\nIn {folder}, sound (left: caller, right: bank) and picture of each:")
    lacking: MissingExtra | None = None
    for record in records:
        if not record.recording:  # it could not be written, which was told
            continue
        recording = folder / record.recording
        files, title = [recording.name], titles[record.caller]
        if lacking is None:
            picture = recording.with_suffix(".png")
            own = [event for event in events if event.call == record.call_id]
            try:
                with console.status(f"drawing {picture.name} ..."):
                    timeline(picture, recording, own, f"{record.caller} {title}")
                files.append(picture.name)
            except MissingExtra as error:
                lacking = error
        console.print("  ".join(("", *files, title)), soft_wrap=True)
    if lacking is not None:
        console.print(f"No pictures: {lacking}", style="yellow", soft_wrap=True)
