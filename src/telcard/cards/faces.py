"""The two faces of a card, and what a driver has to bring.

A `LineFace` is a line: octets, signalling bits and alarms by timeslot, and no policy.  DAHDI, e1d
and emulated cards have it; signalling and the engine work on it.  A `ResourceFace` is one channel
as a call holds it: play, record, collect, tones, listen.  The engine gives it over any line; boards
that keep their sound to themselves have nothing else.  Calls use `ResourceFace` and know no other,
so everything a card may lack is declared in its `Capabilities` and refused in one sentence.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol, Self

from telcard.cards.board import BoardStatus
from telcard.cards.pools import Pool
from telcard.cards.spec import CardSpec, Port
from telcard.engine import (
    Alarm,
    Controls,
    EchoCancelling,
    Engine,
    Lane,
    Outcome,
    Recorded,
    RecordFormat,
    SecretBuffer,
    ToneEvent,
    ToneSegment,
    Until,
)
from telcard.errors import CardError
from telcard.signalling.framing.hdlc import FrameCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do; whatever is not declared is absent."""

    play: bool = False
    pause: bool = False
    """Hold a play, and let it go on."""
    seek: bool = False
    """Go to another place of a play."""
    volume: bool = False
    """Play louder or softer, also while it plays."""
    speed: bool = False
    """Play faster or slower, also while it plays."""
    controls: bool = False
    """Let digits do that at once, by `Controls`."""
    record: bool = False
    stereo_record: bool = False
    """Both directions in one file, apart from each other."""
    mono_record: bool = False
    """One direction, or both added up."""
    pcm_record: bool = False
    """Linear 16-bit samples."""
    raw_record: bool = False
    """A file without a header."""
    agc_record: bool = False
    """Talkers of every loudness brought to one level."""
    beep: bool = False
    """A tone before a recording."""
    collect: bool = False
    tones: bool = False
    detect: bool = False
    """Hear signals, tones and speech beside digits."""
    listen: bool = False
    """Send what another channel receives: bridging, announcements, music."""
    monitor: bool = False
    """Hear both directions of another channel, unheard."""
    gains: bool = False
    """A gain of its own for what comes from the line, and for what goes to it."""
    echo: bool = False
    """Take out of what comes from the line what it gives back of what was sent."""
    modem: bool = False
    """Run a data link with terminals."""
    mask: bool = False
    """Keep a secret step out of recordings and from listeners; without it, do not record there."""
    fax: bool = False
    """Send and receive faxes."""
    conference: bool = False

    @classmethod
    def of_lane(cls, lane: Lane) -> Self:
        """All that the engine can do over this lane."""
        return cls.of_engine(
            line=lane.span is not None,
            digits=lane.detects,
            sound=lane.engine.fidelity == "sound",
        )

    @classmethod
    def of_engine(cls, *, line: bool = True, digits: bool = True, sound: bool = True) -> Self:
        """All that the engine can do over a lane, of a line or without, that detects digits or not.

        Without DTMF it collects nothing and obeys no digit; without sound it records nothing.
        Without a line it has no gains, monitors nobody and keeps no secret, which is masked where
        it comes from.
        """
        return cls(
            play=True,
            pause=True,
            seek=True,
            volume=True,
            speed=True,
            controls=digits,
            record=sound,
            stereo_record=sound,
            mono_record=sound,
            pcm_record=sound,
            raw_record=sound,
            agc_record=sound,
            beep=sound,
            collect=digits,
            tones=True,
            detect=sound,
            listen=True,
            monitor=line,
            gains=line,
            echo=line and sound,
            modem=sound,
            fax=sound,
            mask=line,
        )

    def require(self, who: str, *wanted: str) -> None:
        """Refuse in one sentence what `who` has not declared.

        Raises `CardError`; ValueError for a capability that does not exist.
        """
        known = [part.name for part in fields(self)]
        for name in wanted:
            if name not in known:
                raise ValueError(f"capability: want one of {', '.join(known)}; got {name!r}")
        if missing := [name for name in wanted if not getattr(self, name)]:
            has = ", ".join(name for name in known if getattr(self, name)) or "nothing"
            raise CardError(f"{who}: cannot {', '.join(missing)}; it can {has}")


class Carries(enum.Flag):
    """What passes through a line."""

    OCTETS = enum.auto()
    """64 kbit/s sound, by way of an engine's lanes."""
    BITS = enum.auto()
    """ABCD bits of channel-associated signalling."""
    FRAMES = enum.auto()
    """HDLC frames of a signalling timeslot."""


class DChannel(Protocol):
    """The frames of a signalling timeslot, by HDLC of the card's or of ours.

    A frame is address, control and information (ITU-T Q.921 2), without flags and FCS.
    """

    def send_frame(self, frame: bytes) -> None:
        """Send a frame, after those that wait.

        Raises `LineError` when there is no room for another one.
        """

    def on_frame(self, callback: Callable[[bytes], None] | None) -> None:
        """Call `callback(frame)` with every good frame from now on; None: nobody."""

    def counters(self) -> FrameCounts:
        """What was sent and received, and what was received in vain."""

    def close(self) -> None:
        """No more frames; what waits is not sent.  Harmless twice."""


class LineFace(Protocol):
    """One span of a card."""

    @property
    def name(self) -> str:
        """What the card's programs call it, e.g. `dtiB1`."""

    @property
    def port(self) -> Port:
        """Framing, law, bearers."""

    @property
    def carries(self) -> Carries:
        """What passes through it; asking for anything else raises `CardError`."""

    @property
    def transmit_to_receive_samples(self) -> int:
        """Samples from one that we send until we receive it back from a loop at the far end.

        An echo canceller looks for its echo no earlier than this.
        """

    def alarms(self) -> Alarm:
        """What is wrong now."""

    def on_alarm(self, callback: Callable[[Alarm], None]) -> None:
        """Call `callback(alarms)` whenever what is wrong has changed."""

    def bits(self, timeslot: int) -> int:
        """The ABCD bits received now (a is 8, d is 1)."""

    def set_bits(self, timeslot: int, abcd: int) -> None:
        """Send these ABCD bits from now on."""

    def on_bits(self, callback: Callable[[int, int, int], None]) -> None:
        """Call `callback(timeslot, abcd, sample)` whenever received bits have changed."""

    def open_lane(self, timeslot: int) -> Lane:
        """The octets of a bearer, both ways, in the engine's hands.

        Raises `CardError` for a timeslot that bears no call or is in use, `NoResource` when the
        engine has no lane left.
        """

    def open_dchannel(self, timeslot: int | None = None) -> DChannel:
        """The frames of a timeslot, that of the signalling unless given.

        Raises `CardError` where the line carries no frames, or the timeslot is in use.
        """


class RecordingFace(Protocol):
    """A recording that runs."""

    async def stop(self) -> Recorded:
        """End it; returns when the file is complete.  Raises `MediaError` when writing failed."""


class ResourceFace(Protocol):
    """One channel as a call holds it.

    One of play, collect and tones at a time: a second is refused as busy.  Each ends with an
    `Outcome` that says why; cancelling one stops it.  What `capabilities` does not declare is
    refused with a `CardError` of one sentence.
    """

    @property
    def name(self) -> str:
        """What the card's programs call it, e.g. `dxxxB1C1`."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    async def play(
        self, segments: Sequence[bytes], until: Until = ..., *, controls: Controls = ...
    ) -> Outcome:
        """Play prompts of A-law octets, one after the other without a gap, whatever the line's law.

        The digits of `controls` pause it, skip, and change volume and speed.
        """

    def pause(self) -> None:
        """Hold the play that runs at its place."""

    def resume(self) -> None:
        """Let it go on."""

    def seek(self, samples: int, *, relative: bool = False) -> None:
        """Let it go on at another place, counted from its beginning or from where it is."""

    def volume(self, level_db: float) -> None:
        """How loud plays are sent, this one and those that follow."""

    def speed(self, factor: float) -> None:
        """How fast plays are sent, at their own pitch, this one and those that follow."""

    def set_gains(self, *, receive_db: float = 0.0, transmit_db: float = 0.0) -> None:
        """The loss plan of this channel."""

    def cancel_echo(self, how: EchoCancelling | None) -> None:
        """Take the line's echo out of all that this channel hears; None: no longer."""

    async def collect(
        self, until: Until, secret: SecretBuffer | None = None, *, then_secret: bool = False
    ) -> Outcome:
        """Collect digits, those typed ahead first; secret ones into `secret` and nowhere else.

        With `then_secret` a secret step begins at the very moment at which the collect ends.
        """

    async def tones(
        self, segments: Sequence[ToneSegment], repeats: int = 1, until: Until = ...
    ) -> Outcome:
        """Send a cadence of tones; `repeats` 0 is for ever."""

    def detect(self, hearing: str, heard: Callable[[ToneEvent], None] | None) -> None:
        """Call `heard` with the signals, tones or speech that are heard, until it is None."""

    def record(
        self, path: Path, max_s: float = ..., *, format: RecordFormat = ..., beep: bool = False
    ) -> RecordingFace:
        """Record into a file beside whatever else the channel does, if wanted after a beep."""

    def listen(self, source: Self | None) -> None:
        """Send what `source` receives, or stop doing so."""

    def monitor(self, other: Self | None) -> None:
        """Hear what `other` receives and sends, unheard, or stop doing so."""


class BoardFace(Protocol):
    """A card in its slot: its state, its lines and what it has so and so many of."""

    @property
    def spec(self) -> CardSpec:
        """What model it is."""

    @property
    def status(self) -> BoardStatus:
        """How it stands now."""

    @property
    def pools(self) -> Mapping[str, Pool]:
        """Its resources."""

    @property
    def lines(self) -> Sequence[LineFace]:
        """Its spans."""

    @property
    def capabilities(self) -> Capabilities:
        """What its channels can do."""

    async def bring_up(self) -> None:
        """Make it ready; raises `CardError` with the stage and its code when that fails."""

    async def bring_down(self) -> None:
        """Stop it; whatever was still open is closed."""


class CardDriver(Protocol):
    """Knows one maker's cards."""

    @property
    def name(self) -> str:
        """The part of a card's name before the colon, e.g. `emulator`."""

    def probe(self) -> Sequence[str]:
        """Names of the cards that could be opened now."""

    def open(self, name: str, engine: Engine) -> BoardFace:
        """The card of this name, not yet brought up; raises `UnknownCard` or `SpecError`."""
