"""The house: its cards, the bank behind them, and the hotline between them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from telcard.acd import Agent, Desk
from telcard.bank import Bank, Cost, Faxes, PinKey, hotline
from telcard.bank.faxes import can_fax
from telcard.calls import Call, Card, Chassis, open_chassis
from telcard.clock import Clock, current
from telcard.daemon.config import Config
from telcard.errors import CardError, ConfigError, MediaError, MissingExtra
from telcard.speech import ClipLibrary
from telcard.trunks import PriTrunk, Trunk
from telcard.trunks.associated import AssociatedTrunk
from telcard.trunks.trace import loop_ns
from telcard.units import NS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class House:
    """All that serves the hotline's callers; made by `open_house`."""

    config: Config
    chassis: Chassis
    bank: Bank
    desk: Desk | None = None
    """Where callers wait for a person; None without agents."""
    faxes: Faxes | None = None
    """What sends statements by fax; None where the configuration wants none."""

    @property
    def card(self) -> Card:
        """The first card that has spans, or lines: where calls come in."""
        return next(card for card in self.chassis.cards if card.plans or card.lines)

    async def run(self) -> None:
        """Serve calls, and send faxes, until `drain`; returns when the last one has ended."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.chassis.serve(self._attend), name="calls")
            if self.faxes is not None:
                tasks.create_task(self.faxes.run(), name="faxes")

    async def drain(self) -> None:
        """Take and make no new calls; those that are on may go on."""
        if self.faxes is not None:
            await self.faxes.drain()
        await self.chassis.drain()

    def status(self) -> dict[str, Any]:
        """What an operator wants to know at a glance."""
        circuits = Counter(circuit.state for circuit in self.chassis.circuits())
        cards = self.chassis.cards
        bus, clock = self.chassis.bus.query(), self.chassis.clocking.query()
        return {
            "boards": {card.name: str(card.board.status) for card in cards},
            "lines": {
                f"{card.name} {line.name}": {
                    "alarms": line.alarms().name,
                    "slips": line.span.slips,
                    "bit_errors": line.span.bit_errors,
                }
                for card in cards
                for line in card.board.lines
            },
            "bus": {
                "kind": bus.kind,
                "slots": bus.slots,
                "taken": bus.taken,
                "routes": [str(route) for route in self.chassis.bus.routes()],
            },
            "clock": {
                "master": clock.master,
                "reference": clock.reference,
                "state": clock.state.value,
                "roles": dict(clock.roles),
            },
            "circuits": dict(sorted(circuits.items())),
            "calls": [
                {"id": call.id, "caller": call.caller, "called": call.called, "step": call.step}
                for call in self.chassis.calls
            ],
            "faxes": None if self.faxes is None else self.faxes.status(),
            "records_waiting": self.bank.records.waiting,
        }

    def trunks_status(self) -> dict[str, Any]:
        """Every trunk with its counts, its lines, and what each of its circuits is doing."""
        on = {call.circuit: call for call in self.chassis.calls}
        return {
            "trunks": [
                {
                    "name": trunk.name,
                    "signalling": trunk.signalling,
                    **asdict(trunk.stats()),
                    "lines": self._lines(trunk),
                    "circuits": [
                        asdict(circuit)
                        | {
                            "caller": on[circuit.name].caller if circuit.name in on else "",
                            "called": on[circuit.name].called if circuit.name in on else "",
                        }
                        for circuit in trunk.query()
                    ],
                }
                for trunk in self.chassis.trunks
            ]
        }

    def _lines(self, trunk: Trunk) -> dict[str, Any]:
        """How good the lines of a trunk are and were, by name; none of analogue lines."""
        cards, names = self.chassis.cards, _spans(trunk)
        found = ((name, card.line_status(name)) for card in cards for name in names)
        return {name: asdict(status) for name, status in found if status is not None}

    def set_trunk(self, name: str, wish: str) -> dict[str, Any]:
        """Block, unblock or restart a circuit, a trunk, or one span of several that make a trunk;
        returns the status.

        Raises `ConfigError` for anything else.
        """
        for trunk in self.chassis.trunks:
            whole = name == trunk.name
            known = {*_spans(trunk), *(circuit.name for circuit in trunk.query())}
            if not whole and name not in known:
                continue
            circuit = None if whole else name
            match wish:
                case "block":
                    trunk.block(circuit)
                case "unblock":
                    trunk.unblock(circuit)
                case "restart":
                    trunk.restart(circuit)
                case _:
                    raise ConfigError(f"{name}: want block, unblock or restart, got {wish!r}")
            return self.trunks_status()
        there = ", ".join(trunk.name for trunk in self.chassis.trunks)
        raise ConfigError(f"want a trunk ({there}) or one of its circuits, got {name!r}")

    def traced(self, trunk: str = "", since: str = "0") -> dict[str, Any]:
        """What has passed on a trunk after the frame, or the signal, with the number `since`.

        Frames of its D-channel, or line and register signals of its circuits.  The first trunk that
        has either unless named; of spans that share a D-channel, those that have it are named.
        Raises `ConfigError` for one that has neither, or a number that is none.
        """
        captures = {
            name: capture
            for each in self.chassis.trunks
            if isinstance(each, PriTrunk)
            for name, capture in each.captures.items()
        }
        signals = {
            each.name: each.signals
            for each in self.chassis.trunks
            if isinstance(each, AssociatedTrunk)
        }
        there = (*captures, *signals)
        name = trunk or next(iter(there), "")
        if name not in there:
            known = ", ".join(there) or "none"
            raise ConfigError(
                f"want a trunk with a D-channel or line bits ({known}), got {trunk!r}"
            )
        if not since.isdecimal():
            raise ConfigError(f"want the number of a frame, got {since!r}")
        behind_ns = int(current().utc().timestamp() * NS) - loop_ns()
        if name in signals:
            return {
                "trunk": name,
                "count": signals[name].count,
                "signals": [
                    [signal.number, signal.at_ns + behind_ns, signal.sent, signal.describe()]
                    for signal in signals[name].since(int(since))
                ],
            }
        capture = captures[name]
        return {
            "trunk": name,
            "side": capture.side,
            "count": capture.count,
            "frames": [
                [frame.number, frame.at_ns + behind_ns, frame.sent, frame.octets.hex()]
                for frame in capture.since(int(since))
            ],
        }

    def desk_status(self, agent: str = "") -> dict[str, Any]:
        """Agents, queue and screens; of one agent alone, as he may see them.

        Raises `ConfigError` for a name that no agent has, and where there is no desk.
        """
        return self._the_desk().status(agent)

    def set_agent(self, agent: str, status: str, reason: str = "") -> dict[str, Any]:
        """Make an agent "ready", "not-ready" for a reason, or "logged-out"; returns his status.

        Raises `ConfigError` for anything else.
        """
        desk = self._the_desk()
        if reason and status != "not-ready":
            raise ConfigError(f"agent {agent}: want a reason for not-ready alone, got {status!r}")
        match status:
            case "ready":
                desk.ready(agent)
            case "not-ready":
                desk.not_ready(agent, reason)
            case "logged-out":
                desk.log_out(agent)
            case _:
                wanted = "ready, not-ready or logged-out"
                raise ConfigError(f"agent {agent}: want {wanted}, got {status!r}")
        return desk.status(agent)

    def _the_desk(self) -> Desk:
        if self.desk is None:
            raise ConfigError("desk.agents: this house has no agents")
        return self.desk

    def counters(self) -> dict[str, float]:
        """What has been counted so far, by name and labels: calls, faults, limits that were met."""
        told: dict[str, float] = {}
        for metrics in (self.bank.metrics, *(card.metrics for card in self.chassis.cards)):
            for name, labels, value in metrics:
                described = ", ".join(f"{label}={of}" for label, of in labels)
                key = f"{name}{{{described}}}" if labels else name
                told[key] = told.get(key, 0) + value
        return dict(sorted(told.items()))

    async def _attend(self, call: Call) -> None:
        recordings = self.config.recordings
        if recordings.enabled and not call.hung_up and call.channel.capabilities.record:
            try:
                call.record(recordings.folder / f"{call.id}.wav")
            except (MediaError, CardError) as error:
                # A full disk must not close the bank's hotline: the call goes on unrecorded.
                self.card.metrics.count("recordings_failed")
                log.error("call %s is not recorded: %s", call.id, error)
        await hotline(call, self.bank, desk=self.desk, faxes=self.faxes)


def prepare(config: Config) -> None:
    """Make what a house needs before its first day: its folders and the key of its PINs.

    What is there already stays as it is.  Raises `ConfigError`.
    """
    _make_folders(config)
    if not config.bank.pin_key.exists():
        PinKey.create(config.bank.pin_key)


def check_prepared(config: Config) -> None:
    """Raise `ConfigError` where nobody has prepared the house."""
    if not config.bank.pin_key.exists():
        raise ConfigError(f"{config.bank.pin_key}: there is no PIN key; 'telcard setup' makes one")


@asynccontextmanager
async def open_house(
    config: Config,
    clock: Clock | None = None,
    *,
    driven: bool = True,
    pin_cost: Cost | None = None,
    fidelity: str = "sound",
) -> AsyncIterator[House]:
    """Build everything that `config` names, and take it down again.

    `driven=False` leaves the engine to a driver of the caller's; `pin_cost` makes checking
    a PIN cheaper, for simulations.  A house of `fidelity` "events" serves the same calls without
    sound, and so records none of them, which it says once.

    Raises `ConfigError`, `SpecError`, `StorageError`, `CardError` or `MediaError`: one sentence
    about what cannot be used.
    """
    clock = clock or current()
    loop = asyncio.get_running_loop()
    check_prepared(config)
    _make_folders(config)
    prompts = await loop.run_in_executor(None, lambda: _prompts(config).load())
    async with AsyncExitStack() as stack:
        bank = await loop.run_in_executor(
            None,
            lambda: Bank.open(
                config.bank.database,
                config.bank.pin_key,
                clock,
                cost=pin_cost,
                limits=config.limits.limits(),
            ),
        )
        await stack.enter_async_context(bank)
        echo = None if config.echo_canceller is None else config.echo_canceller.cancelling()
        chassis = open_chassis(
            *config.chassis.cards,
            clock=clock,
            prompts=prompts,
            ended=bank.records.add,
            driven=driven,
            fidelity=fidelity,
            country=config.country,
            echo_canceller=echo,
            signalling=[span.plan() for span in config.span] or None,
            lines=[bank.plan() for bank in config.lines] or None,
        )
        if config.recordings.enabled and chassis.fidelity == "events":
            log.warning("no call is recorded: this house carries events and no sound")
        if not any(card.plans or card.lines for card in chassis.cards):
            cards = ", ".join(config.chassis.cards)
            raise ConfigError(
                f"chassis.cards: want a card that has a span or lines for calls, got {cards}"
            )
        await stack.enter_async_context(chassis)
        for card in chassis.cards:
            card.measure()
        yield House(
            config, chassis, bank, _open_desk(config, chassis), _open_faxes(config, chassis, bank)
        )


def _spans(trunk: Trunk) -> tuple[str, ...]:
    """What the lines of a trunk are called."""
    return trunk.spans if isinstance(trunk, PriTrunk) else (trunk.name,)


def _prompts(config: Config) -> ClipLibrary:
    """The clips of the language that is configured, or else of the country's."""
    wanted = config.prompts
    if wanted.language is None and config.country is not None:
        return ClipLibrary.of(config.country, wanted.folder)
    return ClipLibrary(wanted.language or "en", wanted.folder)


def _open_desk(config: Config, chassis: Chassis) -> Desk | None:
    """The desk, with those agents ready who are so from the start."""
    if not config.desk.agents:
        return None
    agents = [Agent(agent.name, agent.station, agent.sees_accounts) for agent in config.desk.agents]
    try:
        desk = Desk(chassis, agents, config.desk.rules())
    except ConfigError as error:
        faults = str(error).splitlines()
        raise ConfigError("\n".join(f"desk.agents: {fault}" for fault in faults)) from error
    for agent in config.desk.agents:
        if agent.ready:
            desk.ready(agent.name)
    return desk


def _open_faxes(config: Config, chassis: Chassis, bank: Bank) -> Faxes | None:
    """What sends faxes, if that is wanted and a card can."""
    wanted = config.fax
    if wanted is None:
        return None
    if chassis.fidelity == "events":
        log.warning("no fax is sent: this house carries events and no sound")
        return None
    if not can_fax(chassis):
        cards = ", ".join(config.chassis.cards)
        raise ConfigError(f"fax: want a card that can fax, such as emulator:cp6_sc, got {cards}")
    if wanted.keep_free >= (there := len(chassis.circuits())):
        raise ConfigError(
            f"fax.keep_free: want fewer than the {there} circuits that there are, "
            f"got {wanted.keep_free}"
        )
    sender = wanted.sender()
    try:
        sender.letters()
    except (MediaError, MissingExtra) as error:
        raise ConfigError(f"fax.font: {error}") from error
    return Faxes(
        bank,
        chassis,
        sender,
        wanted.rules(),
        at_once=wanted.at_once,
        keep_free=wanted.keep_free,
        answer_s=wanted.answer_s,
    )


def _make_folders(config: Config) -> None:
    bank = config.bank
    for folder in (config.recordings.folder, bank.database.parent, bank.pin_key.parent):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(f"folder {folder}: cannot be made: {error.strerror}") from error
