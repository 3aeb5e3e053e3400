"""Caller ID while people talk (type II, call waiting): the handshake of both ends, without I/O.

    exchange                                telephone
    mutes both ways, alerting signal  ──▶   mutes handset and keys
                                      ◀──   DTMF D, "I understand" (A: a telephone with a screen)
    FSK: marks and message            ──▶   shows it, and lets people talk on

A telephone that does not know the signal answers nothing, and the exchange lets people talk on.
`Exchange` and `Telephone` are machines (`telcard.machine`): `Send` of a `Do` is something to be
carried out on the line, `Send` of a `CallerId` the message itself, `Report` what came of it.

Times of an exchange and a telephone that follow Bellcore (GR-30, GR-575 and SR-TSV-002476, as the
data sheets of Zarlink's MT88E45 and Winbond's W91030 draw them): signal 75 to 85 ms; answer begins
within 100 ms and lasts 55 to 65; FSK begins within 500 ms of it.  BT (SIN 242, the same sources):
80 to 85; within 100, 65 to 75; 5 to 100 ms.  How long the exchange waits for the answer (160 ms) is
from memory of GR-575, not checked; a receiver's own delay comes on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from telcard.callerid.messages import CallerId
from telcard.errors import LocalProtocolError
from telcard.machine import Action, Effect, Machine, Report, Send, StartTimer, StopTimer


class Do(Enum):
    """What an end of the line has to carry out."""

    MUTE = "let nobody talk, in neither direction"
    UNMUTE = "let people talk on"
    ALERT = "sound the alerting signal for the time of the timer alert"
    ACKNOWLEDGE = "sound the DTMF digit for the time of the timer acknowledge"
    LISTEN = "receive FSK"


@dataclass(frozen=True, slots=True)
class TypeTwoTimes:
    """A standard's times, in seconds; `answers` are the digits that the exchange understands."""

    name: str
    alert_s: float
    answer_s: float
    """How long the exchange waits for the answer's end, from the end of its signal."""
    pause_s: float
    """From the answer to the data."""
    delay_s: float
    """From the end of the signal, as far as the telephone knows it, to its answer."""
    acknowledge_s: float
    data_s: float
    """How long the telephone waits for the data."""
    message_s: float = 4.0
    """The longest message: 258 characters of 10 bits and as many stuffed marks at 1200 bit/s."""
    digit: str = "D"
    answers: str = "DA"

    @property
    def timers(self) -> dict[str, float]:
        """Length of every timer of both machines, for the runner."""
        return {
            "alert": self.alert_s,
            "answer": self.answer_s,
            "pause": self.pause_s,
            "delay": self.delay_s,
            "acknowledge": self.acknowledge_s,
            "data": self.data_s,
            "longest": self.message_s,
        }


BELLCORE_TIMES = TypeTwoTimes(
    "bellcore",
    alert_s=0.08,
    answer_s=0.2,
    pause_s=0.1,
    delay_s=0.02,
    acknowledge_s=0.06,
    data_s=0.5,
)
"""Telcordia GR-30 and GR-575; the answer's limit of 165 ms and 35 ms for the receiver's delay."""

BT_TIMES = TypeTwoTimes(
    "bt", alert_s=0.082, answer_s=0.2, pause_s=0.05, delay_s=0.02, acknowledge_s=0.07, data_s=0.1
)
"""BT's SIN 242."""

ETSI_TIMES = TypeTwoTimes(
    "etsi", alert_s=0.08, answer_s=0.2, pause_s=0.1, delay_s=0.02, acknowledge_s=0.06, data_s=0.5
)
"""ETSI EN 300 659-2: the length of the signal; the other times by analogy with Bellcore."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The telephone has answered and been told."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The telephone did not answer: it knows nothing of caller ID, or heard nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """The exchange has told this."""

    message: CallerId


@dataclass(frozen=True, slots=True)
class Missed:
    """No message came, or none that was whole; `why` in words."""

    why: str


class ExchangeState(Enum):
    """Where the exchange stands."""

    TALKING = "people talk"
    ALERTING = "the signal sounds"
    ANSWER = "the telephone may answer"
    PAUSE = "it has answered"
    SENDING = "the message is sent"


class TelephoneState(Enum):
    """Where the telephone stands."""

    TALKING = "people talk"
    DELAY = "the signal has been heard"
    ANSWERING = "the answer sounds"
    WAITING = "the data may begin"
    RECEIVING = "a carrier is heard"


X, T = ExchangeState, TelephoneState


class Exchange(Machine[ExchangeState]):
    """The exchange's end.

    Inputs: `fire("offer", message)`; `fire("digit", key)` for each DTMF digit from the telephone;
    `fire("sent")` when the message has gone out; `fire("stop")` when the call has ended.  A second
    offer while one is under way raises `LocalProtocolError`.
    """

    def __init__(self, times: TypeTwoTimes = BELLCORE_TIMES) -> None:
        super().__init__(X.TALKING)
        self.times = times
        self.message: CallerId | None = None
        """What is being told."""

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """Digits at other times are the people's; a second offer is refused."""
        if name != "offer":
            return []
        raise LocalProtocolError(f"caller ID: cannot offer while {self.state.value}")

    def _offer(self, message: CallerId) -> list[Effect]:
        """-> ALERTING"""
        self.message = message
        return self.go(X.ALERTING, Send(Do.MUTE), Send(Do.ALERT), StartTimer("alert"))

    def _alerted(self) -> list[Effect]:
        return self.go(X.ANSWER, StartTimer("answer"))

    def _digit(self, key: str) -> list[Effect]:
        if key not in self.times.answers:
            return []
        return self.go(X.PAUSE, StopTimer("answer"), StartTimer("pause"))

    def _unanswered(self) -> list[Effect]:
        return self.go(X.TALKING, Send(Do.UNMUTE), Report(Unanswered()))

    def _send(self) -> list[Effect]:
        return self.go(X.SENDING, Send(self.message))

    def _sent(self) -> list[Effect]:
        return self.go(X.TALKING, Send(Do.UNMUTE), Report(Delivered()))

    def _stop(self) -> list[Effect]:
        """-> TALKING"""
        running = {X.ALERTING: "alert", X.ANSWER: "answer", X.PAUSE: "pause"}.get(self.state)
        stopped: list[Effect] = [StopTimer(running)] if running else []
        return self.go(X.TALKING, *stopped, Send(Do.UNMUTE))

    table: ClassVar[Mapping[tuple[Any, str], Action]] = {
        (X.TALKING, "offer"): _offer,
        (X.ALERTING, "alert"): _alerted,
        (X.ALERTING, "stop"): _stop,
        (X.ANSWER, "digit"): _digit,
        (X.ANSWER, "answer"): _unanswered,
        (X.ANSWER, "stop"): _stop,
        (X.PAUSE, "pause"): _send,
        (X.PAUSE, "stop"): _stop,
        (X.SENDING, "sent"): _sent,
        (X.SENDING, "stop"): _stop,
    }


class Telephone(Machine[TelephoneState]):
    """The telephone's end.

    Inputs: `fire("alert")` when the signal has been heard to its end; `fire("carrier")` and
    `fire("no_carrier")` of the FSK; `fire("message", message)` when one has come, and
    `fire("broken", why)` when what came cannot be believed; `fire("stop")` when the call has ended.
    What comes at other times means nothing.
    """

    def __init__(self, times: TypeTwoTimes = BELLCORE_TIMES) -> None:
        super().__init__(T.TALKING)
        self.times = times

    def unexpected(self, name: str, *args: Any) -> list[Effect]:
        """People's voices may look like anything."""
        return []

    def _alert(self) -> list[Effect]:
        return self.go(T.DELAY, Send(Do.MUTE), StartTimer("delay"))

    def _answer(self) -> list[Effect]:
        return self.go(T.ANSWERING, Send(Do.ACKNOWLEDGE), StartTimer("acknowledge"))

    def _answered(self) -> list[Effect]:
        return self.go(T.WAITING, Send(Do.LISTEN), StartTimer("data"))

    def _carrier(self) -> list[Effect]:
        return self.go(T.RECEIVING, StopTimer("data"), StartTimer("longest"))

    def _message(self, message: CallerId) -> list[Effect]:
        return self._over(Told(message), "longest")

    def _broken(self, why: str) -> list[Effect]:
        """-> TALKING"""
        return self._over(Missed(why), "longest")

    def _no_carrier(self) -> list[Effect]:
        """-> TALKING"""
        return self._over(Missed("the carrier went before the message was whole"), "longest")

    def _too_long(self) -> list[Effect]:
        """-> TALKING"""
        return self._over(Missed("the message does not end"))

    def _nothing(self) -> list[Effect]:
        """-> TALKING"""
        return self._over(Missed("no data came"))

    def _stop(self) -> list[Effect]:
        """-> TALKING"""
        running = {
            T.DELAY: "delay",
            T.ANSWERING: "acknowledge",
            T.WAITING: "data",
            T.RECEIVING: "longest",
        }[self.state]
        return self.go(T.TALKING, StopTimer(running), Send(Do.UNMUTE))

    def _over(self, came: Told | Missed, timer: str = "") -> list[Effect]:
        stopped: list[Effect] = [StopTimer(timer)] if timer else []
        return self.go(T.TALKING, *stopped, Send(Do.UNMUTE), Report(came))

    table: ClassVar[Mapping[tuple[Any, str], Action]] = {
        (T.TALKING, "alert"): _alert,
        (T.DELAY, "delay"): _answer,
        (T.DELAY, "stop"): _stop,
        (T.ANSWERING, "acknowledge"): _answered,
        (T.ANSWERING, "stop"): _stop,
        (T.WAITING, "carrier"): _carrier,
        (T.WAITING, "data"): _nothing,
        (T.WAITING, "stop"): _stop,
        (T.RECEIVING, "message"): _message,
        (T.RECEIVING, "broken"): _broken,
        (T.RECEIVING, "no_carrier"): _no_carrier,
        (T.RECEIVING, "longest"): _too_long,
        (T.RECEIVING, "stop"): _stop,
    }
