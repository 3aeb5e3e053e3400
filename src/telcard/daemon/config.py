"""The daemon's configuration: one TOML file, every fault told at once."""

from __future__ import annotations

import re
import reprlib
import tomllib
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from telcard.acd import Rules
from telcard.bank import Budget, FaxRules, Limits, Sender
from telcard.bank.limits import WARNING_S
from telcard.countries import Country, configured
from telcard.engine import EchoCancelling
from telcard.errors import ConfigError, MissingExtra
from telcard.signalling import Hunt
from telcard.signalling.address import AddressForm
from telcard.trunks import LinesPlan, SpanPlan

if TYPE_CHECKING:
    from pydantic import ValidationError

try:
    from pydantic import (
        AfterValidator,
        BaseModel,
        BeforeValidator,
        ConfigDict,
        Field,
        InstanceOf,
        ValidationInfo,
        field_validator,
        model_validator,
    )
    from pydantic import ValidationError as _Invalid
except ImportError as error:
    raise MissingExtra("the daemon's configuration", "hotline") from error


def _usable(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("want a path, which has no octet 0")
    return path


_Path = Annotated[Path, AfterValidator(_usable)]


class _Section(BaseModel):
    """A table of the file: an unknown key is a fault, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ChassisSection(_Section):
    """[chassis]: which cards stand in it, side by side on one bus; calls come in on all of them.

    Two primary rate interfaces (2 x 30B+D) unless it says otherwise.
    """

    cards: tuple[str, ...] = Field(default=("emulator:d300sc_e1",) * 2, min_length=1)


_PLAN = SpanPlan()


class SpanSection(_Section):
    """[[span]]: how an E1 or a T1 is used, one table for each span of all cards, in their order.

    The keys are those of `telcard.trunks.SpanPlan`; without any such table each span speaks ISDN,
    where its card can.
    """

    signalling: str = _PLAN.signalling
    variant: str = _PLAN.variant
    side: str = _PLAN.side
    hunt: Hunt = _PLAN.hunt
    digits: int = _PLAN.digits
    address: AddressForm = _PLAN.address
    number: str = _PLAN.number
    overrides: dict[str, Any] = {}
    group: str = _PLAN.group
    interface: int | None = _PLAN.interface
    d_channel: str = _PLAN.d_channel
    framing: str = _PLAN.framing
    frames: bool = _PLAN.frames
    law: str = _PLAN.law
    timeslots: str = _PLAN.timeslots

    @model_validator(mode="after")
    def _possible(self) -> SpanSection:
        try:
            self.plan()
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self

    def plan(self) -> SpanPlan:
        """The same, as a card wants it."""
        return SpanPlan(**self.model_dump())


_LINES = LinesPlan()


class LinesSection(_Section):
    """[[lines]]: analogue lines towards an exchange, a table for each bank of all cards, in order.

    The keys are those of `telcard.trunks.LinesPlan`; without any such table nobody knows which
    number is called on them.
    """

    numbers: str | tuple[str, ...] = ""
    poles_answer: bool | tuple[bool, ...] = False
    pulse: bool | tuple[bool, ...] = False
    hunt: Hunt = _LINES.hunt
    silence_s: float = _LINES.silence_s

    @model_validator(mode="after")
    def _possible(self) -> LinesSection:
        try:
            self.plan()
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return self

    def plan(self) -> LinesPlan:
        """The same, as a card wants it."""
        return LinesPlan(**self.model_dump())


class PromptsSection(_Section):
    """[prompts]: which voice speaks; that of the country unless a language is given."""

    language: str | None = None
    folder: _Path | None = None


class BankSection(_Section):
    """[bank]: the books, and the key that PINs are verified with (outside the database)."""

    database: _Path = Path("bank.sqlite")
    pin_key: _Path = Path("pin.key")


class RecordingsSection(_Section):
    """[recordings]: where calls are recorded; `enabled = false` records none."""

    enabled: bool = True
    folder: _Path = Path("recordings")


_LIMITS = Limits()


class CallerSection(_Section):
    """[limits.caller]: what each number may do, see `telcard.bank.Budget`."""

    at_once: int = Field(default=_LIMITS.caller.at_once, ge=1)
    calls: int = Field(default=_LIMITS.caller.calls, ge=1)
    wrong_pins: int = Field(default=_LIMITS.caller.wrong_pins, ge=1)


class WithheldSection(_Section):
    """[limits.withheld]: the same for all who withhold their number, together."""

    at_once: int = Field(default=_LIMITS.withheld.at_once, ge=1)
    calls: int = Field(default=_LIMITS.withheld.calls, ge=1)
    wrong_pins: int = Field(default=_LIMITS.withheld.wrong_pins, ge=1)


class LimitsSection(_Section):
    """[limits]: against callers who hold lines, guess PINs or move too much at once.

    A call lasts `longest_call_s` at most, and `dead_air_s` with nothing to be heard; calls and
    wrong PINs of a number are counted over `window_s`; `refusal` is what becomes of a call beyond
    its budget; `largest_transfer` is in whole units of the account's currency.
    """

    longest_call_s: float = Field(default=_LIMITS.longest_call_s, ge=2 * WARNING_S, le=86400)
    dead_air_s: float = Field(default=_LIMITS.dead_air_s, ge=15, le=86400)
    window_s: float = Field(default=_LIMITS.window_s, gt=0, le=31 * 86400)
    refusal: Literal["sentence", "cause"] = _LIMITS.refusal
    largest_transfer: int = Field(default=_LIMITS.largest_transfer, ge=1, lt=10**9)
    caller: CallerSection = CallerSection()
    withheld: WithheldSection = WithheldSection()

    def limits(self) -> Limits:
        """The same, as the bank wants them."""
        own = self.model_dump()
        own |= {name: Budget(**own[name]) for name in ("caller", "withheld")}
        return Limits(**own)


_RULES = Rules()


class AgentSection(_Section):
    """[[desk.agents]]: somebody who answers callers, at a telephone of one of the cards.

    With `ready` he takes calls from the start, without saying so; with `sees_accounts` his screen
    shows whole account numbers.
    """

    name: str = Field(min_length=1, max_length=40, pattern=r"^[^\s\x00-\x1f](.*[^\s])?$")
    station: str
    ready: bool = False
    sees_accounts: bool = False


class DeskSection(_Section):
    """[desk]: people who answer callers; without agents a person is not offered.

    A telephone rings for `ring_s`, after a call an agent has `wrap_up_s`, a caller waits for
    `longest_wait_s` at most and is told where he stands every `announce_s`.
    """

    ring_s: float = Field(default=_RULES.ring_s, ge=5, le=300)
    wrap_up_s: float = Field(default=_RULES.wrap_up_s, ge=0, le=3600)
    longest_wait_s: float = Field(default=_RULES.longest_wait_s, ge=10, le=3600)
    announce_s: float = Field(default=_RULES.announce_s, ge=5, le=600)
    agents: tuple[AgentSection, ...] = ()

    @field_validator("agents")
    @classmethod
    def _apart(cls, agents: tuple[AgentSection, ...]) -> tuple[AgentSection, ...]:
        for what in ("name", "station"):
            values = [getattr(agent, what) for agent in agents]
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"want each {what} once, {', '.join(twice)} is there twice")
        return agents

    def rules(self) -> Rules:
        """The same, as the desk wants them."""
        return Rules(**self.model_dump(exclude={"agents"}))


def _country(value: Any, info: ValidationInfo) -> Any:
    """A country by its code, or with values of its own; relative to the configuration's folder."""
    if value is None or isinstance(value, Country):
        return value
    return configured(value, (info.context or {}).get("folder", Path()))


_ECHO = EchoCancelling()


class EchoSection(_Section):
    """[echo_canceller]: what lines give back of what they are sent is taken out, on every call.

    The keys are those of `telcard.engine.EchoCancelling`; without the table nothing is taken out.
    """

    tail_ms: int = Field(default=_ECHO.tail_ms, ge=8, le=128, multiple_of=8)
    nlp: bool = _ECHO.nlp
    comfort_noise: bool = _ECHO.comfort_noise
    high_pass: bool = _ECHO.high_pass
    disabler: bool = _ECHO.disabler
    find_delay: bool = _ECHO.find_delay

    def cancelling(self) -> EchoCancelling:
        """The same, as the engine wants it."""
        return EchoCancelling(**self.model_dump())


_FAXES = FaxRules()

_Prefix = Annotated[str, Field(pattern="^[0-9]+$")]


class FaxSection(_Section):
    """[fax]: statements by fax, on the caller's call and to numbers; not offered without the table.

    `name` is the letterhead, and stands over every page; `ident` is shown by the far end's display,
    `number` told to whom the bank calls, `font` a TrueType font for letters beyond Latin.  At most
    `at_once` faxes are sent at a time, and `keep_free` circuits stay free for callers; a telephone
    rings for `answer_s`.  All else is as in `telcard.bank.FaxRules`: `hours` is like "08:00-21:00",
    or "" for any hour, `zone` a name such as "Asia/Shanghai", or "" for this machine's.
    """

    name: str = Field(default="The Bank", min_length=1, max_length=40, pattern=r"^\S(.*\S)?$")
    ident: str = Field(default="", max_length=20, pattern=r"^[0-9 +]*$")
    number: str = Field(default="", pattern=r"^[0-9]*$")
    font: _Path | None = None
    at_once: int = Field(default=2, ge=1, le=100)
    keep_free: int = Field(default=2, ge=0)
    answer_s: float = Field(default=60.0, ge=10, le=180)
    retry_min: tuple[Annotated[float, Field(ge=1, le=7 * 1440)], ...] = Field(
        default=_FAXES.retry_min, max_length=20
    )
    keep_h: float = Field(default=_FAXES.keep_h, ge=1, le=7 * 24)
    hours: str = "08:00-21:00"
    zone: str = ""
    number_a_day: int = Field(default=_FAXES.number_a_day, ge=1)
    a_day: int = Field(default=_FAXES.a_day, ge=1)
    asked_a_day: int = Field(default=_FAXES.asked_a_day, ge=1)
    allowed: tuple[_Prefix, ...] = _FAXES.allowed
    refused: tuple[_Prefix, ...] = _FAXES.refused
    shortest: int = Field(default=_FAXES.shortest, ge=3, le=20)
    longest: int = Field(default=_FAXES.longest, ge=3, le=20)

    @field_validator("retry_min")
    @classmethod
    def _growing(cls, minutes: tuple[float, ...]) -> tuple[float, ...]:
        if list(minutes) != sorted(minutes):
            raise ValueError("want minutes that do not become fewer, as in [1, 5, 15]")
        return minutes

    @field_validator("hours")
    @classmethod
    def _a_day(cls, hours: str) -> str:
        _opened(hours)
        return hours

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            if zone:
                ZoneInfo(zone)
        except (KeyError, OSError, ValueError) as error:  # unknown, a folder, out of the tree
            raise ValueError("want the name of a time zone, such as Asia/Shanghai") from error
        return zone

    @model_validator(mode="after")
    def _possible(self) -> FaxSection:
        if self.longest < self.shortest:
            raise ValueError(f"want longest to be {self.shortest} or more, as shortest is")
        return self

    def sender(self) -> Sender:
        """Who sends, as the bank wants it."""
        return Sender(self.name, self.ident, self.number, self.font)

    def rules(self) -> FaxRules:
        """How faxes are tried, as the bank wants it."""
        own = self.model_dump(
            exclude={"name", "ident", "number", "font", "at_once", "keep_free", "answer_s"}
        )
        own["hours"] = _opened(self.hours)
        own["zone"] = ZoneInfo(self.zone) if self.zone else None
        return FaxRules(**own)


def _opened(hours: str) -> tuple[time, time] | None:
    """The two times of "08:00-21:00"; None of ""."""
    if not hours:
        return None
    found = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", hours, re.ASCII)
    try:
        opens, closes = map(time.fromisoformat, found.groups() if found else ())
        if opens < closes:
            return opens, closes
    except ValueError:
        pass
    raise ValueError('want hours of one day, such as "08:00-21:00", or ""')


class ServiceSection(_Section):
    """[service]: how the daemon runs.

    `control` is the Unix socket where `telcard serve` answers questions; `drain_s` is how long
    present calls may go on after SIGTERM.
    """

    control: _Path = Path("telcard.sock")
    drain_s: float = Field(default=30.0, ge=0)


class Config(_Section):
    """A whole configuration; relative paths are relative to the file.

    `country = "CN"` at the top sets tones, law, ringing, flash and the language of the prompts; as
    a table, `[country]`, it has a `code` and values of its own (`telcard.countries.configured`).
    """

    country: Annotated[InstanceOf[Country] | None, BeforeValidator(_country)] = None
    chassis: ChassisSection = ChassisSection()
    span: tuple[SpanSection, ...] = ()
    lines: tuple[LinesSection, ...] = ()
    echo_canceller: EchoSection | None = None
    prompts: PromptsSection = PromptsSection()
    bank: BankSection = BankSection()
    recordings: RecordingsSection = RecordingsSection()
    limits: LimitsSection = LimitsSection()
    desk: DeskSection = DeskSection()
    fax: FaxSection | None = None
    service: ServiceSection = ServiceSection()

    def below(self, folder: Path) -> Config:
        """The same, with relative paths resolved below `folder`."""
        return Config(
            country=self.country,
            chassis=self.chassis,
            span=self.span,
            lines=self.lines,
            echo_canceller=self.echo_canceller,
            prompts=self.prompts.model_copy(
                update={"folder": self.prompts.folder and folder / self.prompts.folder}
            ),
            bank=BankSection(
                database=folder / self.bank.database, pin_key=folder / self.bank.pin_key
            ),
            recordings=self.recordings.model_copy(
                update={"folder": folder / self.recordings.folder}
            ),
            limits=self.limits,
            desk=self.desk,
            fax=self.fax
            and self.fax.model_copy(update={"font": self.fax.font and folder / self.fax.font}),
            service=self.service.model_copy(update={"control": folder / self.service.control}),
        )


def load(path: Path) -> Config:
    """Read a configuration file.

    Raises `ConfigError` that lists every fault with its path in the file.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: want UTF-8 text, got other octets at {error.start}") from error
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # no TOML, endless digits, too deep
        raise ConfigError(f"{path}: not TOML: {error}") from error
    try:
        read = Config.model_validate(tables, context={"folder": path.parent})
        return read.below(path.parent)
    except _Invalid as error:
        raise ConfigError(_sentences(path, error)) from error


def _sentences(path: Path, error: ValidationError) -> str:
    return "\n".join(
        f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}, "
        f"got {reprlib.repr(fault['input'])}"
        for fault in error.errors()
    )
