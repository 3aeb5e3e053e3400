"""libpri as the far end of a D-channel: frames in memory, time that a test owns.

    peer = PriPeer(network=True)               # on a running loop, whose clock may be virtual
    peer.on_frame(runner_input)                # what it sends, `delay_s` later
    peer.send_frame(frame)                     # what it receives
    peer.events                                # what it told its application, in order

It has the face of a D-channel (`telcard.cards.DChannel`), so a data link runs on it as on a card's.
Debian: apt install gcc libpri-dev.  Nothing here is telcard's code, and nothing of libpri's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

from tests.support.peers import shim

_DECLARATIONS = """
struct pri; struct pri_sr; struct q931_call; typedef struct q931_call q931_call;
struct timeval { long tv_sec; long tv_usec; };
typedef struct { int e; int channel; char callingnum[256]; char callednum[256];
  char callingname[256]; int callingpres; int callingplan; int calledplan; int cref; int ctype;
  int layer1; int complete; int flexible; char redirectingnum[256]; int redirectingreason;
  char useruserinfo[260]; int progress; int progressmask; q931_call *call; ...; } pri_event_ring;
typedef struct { int e; int channel; int cause; int cref; q931_call *call; ...; } pri_event_hangup;
typedef struct { int e; int channel; int cref; int progress; int progressmask; q931_call *call;
  ...; } pri_event_ringing;
typedef struct { int e; int channel; int cref; q931_call *call; ...; } pri_event_answer;
typedef struct { int e; int channel; int cref; int progress; int progressmask; int cause;
  q931_call *call; ...; } pri_event_proceeding;
typedef struct { int e; int channel; q931_call *call; ...; } pri_event_setup_ack;
typedef struct { int e; int channel; q931_call *call; char digits[64];
  ...; } pri_event_keypad_digit;
typedef struct { int e; int channel; int info; q931_call *call; ...; } pri_event_notify;
typedef struct { int e; int channel; } pri_event_restart;
typedef struct { int e; char err[256]; } pri_event_error;
typedef union { int e; pri_event_ring ring; pri_event_hangup hangup; pri_event_ringing ringing;
  pri_event_answer answer; pri_event_proceeding proceeding; pri_event_setup_ack setup_ack;
  pri_event_keypad_digit digit; pri_event_restart restart; pri_event_notify notify;
  pri_event_error err; ...; } pri_event;
typedef int (*pri_io_cb)(struct pri *pri, void *buf, int buflen);
struct pri *pri_new_cb(int fd, int nodetype, int switchtype, pri_io_cb r, pri_io_cb w,
                       void *userdata);
void *pri_get_userdata(struct pri *pri);
void pri_set_debug(struct pri *pri, int debug);
char *pri_event2str(int id);
pri_event *pri_check_event(struct pri *pri);
pri_event *pri_schedule_run(struct pri *pri);
struct timeval *pri_schedule_next(struct pri *pri);
int pri_acknowledge(struct pri *pri, q931_call *call, int channel, int info);
int pri_information(struct pri *pri, q931_call *call, char digit);
int pri_proceeding(struct pri *pri, q931_call *c, int channel, int info);
int pri_progress(struct pri *pri, q931_call *c, int channel, int info);
int pri_progress_with_cause(struct pri *pri, q931_call *c, int channel, int info, int cause);
int pri_setup_ack(struct pri *ctrl, q931_call *call, int channel, int nonisdn, int inband);
int pri_answer(struct pri *pri, q931_call *call, int channel, int nonisdn);
int pri_hangup(struct pri *pri, q931_call *call, int cause);
int pri_notify(struct pri *pri, q931_call *c, int channel, int info);
void pri_destroycall(struct pri *pri, q931_call *call);
int pri_restart(struct pri *pri);
int pri_reset(struct pri *pri, int channel);
q931_call *pri_new_call(struct pri *pri);
struct pri_sr *pri_sr_new(void);
void pri_sr_free(struct pri_sr *sr);
int pri_sr_set_channel(struct pri_sr *sr, int channel, int exclusive, int nonisdn);
int pri_sr_set_bearer(struct pri_sr *sr, int transmode, int userl1);
int pri_sr_set_called(struct pri_sr *sr, char *called, int calledplan, int complete);
int pri_sr_set_caller(struct pri_sr *sr, char *caller, char *callername, int callerplan,
                      int callerpres);
int pri_sr_set_redirecting(struct pri_sr *sr, char *num, int plan, int pres, int reason);
int pri_setup(struct pri *pri, q931_call *call, struct pri_sr *req);
void pri_set_message(void (*f)(struct pri *pri, char *));
void pri_set_error(void (*f)(struct pri *pri, char *));
void pri_hangup_fix_enable(struct pri *ctrl, int enable);
void pri_set_overlapdial(struct pri *pri, int state);
int pri_channel_bridge(q931_call *call1, q931_call *call2);
void pri_reroute_enable(struct pri *ctrl, int enable);
void pri_persistent_layer2_option(struct pri *ctrl, int option);
int pri_set_timer(struct pri *pri, int timer, int value);
int pri_timer2idx(const char *timer_name);
void pri_enslave(struct pri *master, struct pri *slave);
int pri_set_service_message_support(struct pri *pri, int supportflag);
int pri_maintenance_service(struct pri *pri, int span, int channel, int changestatus);
void virtual_time(int64_t us);
extern "Python" int _pri_read(struct pri *pri, void *buf, int len);
extern "Python" int _pri_write(struct pri *pri, void *buf, int len);
extern "Python" void _pri_said(struct pri *pri, char *s);
#define PRI_NETWORK ...
#define PRI_CPE ...
#define PRI_SWITCH_EUROISDN_E1 ...
#define PRI_SWITCH_QSIG ...
#define PRI_SWITCH_NI2 ...
"""

_SOURCE = """
#include <stdint.h>
#include <sys/time.h>
#include <time.h>
#include <libpri.h>

static int64_t now_us;

void virtual_time(int64_t us) { now_us = us; }

/* What libpri finds when it asks for the time. */
int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    tv->tv_sec = now_us / 1000000;
    tv->tv_usec = now_us % 1000000;
    return 0;
}

time_t time(time_t *at)
{
    if (at)
        *at = now_us / 1000000;
    return now_us / 1000000;
}
"""


def on_span(span: int, channel: int) -> int:
    """What libpri calls a channel of an interface that is to be named in messages."""
    return 1 << 16 | span << 8 | channel


EPOCH_US = 10**15
"""What libpri takes the beginning of a test for."""

DCHAN_UP, DCHAN_DOWN, RESTART, RING, HANGUP, RINGING, ANSWER = 1, 2, 3, 5, 6, 7, 8
HANGUP_ACK, RESTART_ACK, INFO_RECEIVED, PROCEEDING, SETUP_ACK = 9, 10, 12, 13, 14
HANGUP_REQ, NOTIFY, PROGRESS, KEYPAD_DIGIT = 15, 16, 17, 18

_PARTS = {
    RESTART: ("restart", ("channel",)),
    RESTART_ACK: ("restart", ("channel",)),
    RING: (
        "ring",
        (
            *("call", "channel", "callingnum", "callednum", "callingname", "callingpres"),
            *("callingplan", "calledplan", "cref", "ctype", "layer1", "complete", "flexible"),
            *("redirectingnum", "redirectingreason", "useruserinfo", "progress"),
        ),
    ),
    HANGUP: ("hangup", ("call", "channel", "cause", "cref")),
    HANGUP_ACK: ("hangup", ("call", "channel", "cause", "cref")),
    HANGUP_REQ: ("hangup", ("call", "channel", "cause", "cref")),
    RINGING: ("ringing", ("call", "channel", "progressmask")),
    ANSWER: ("answer", ("call", "channel")),
    INFO_RECEIVED: ("ring", ("call", "channel", "callednum", "complete")),
    PROCEEDING: ("proceeding", ("call", "channel", "progressmask", "cause")),
    PROGRESS: ("proceeding", ("call", "channel", "progressmask", "cause")),
    SETUP_ACK: ("setup_ack", ("call", "channel")),
    NOTIFY: ("notify", ("call", "channel", "info")),
    KEYPAD_DIGIT: ("digit", ("call", "channel", "digits")),
    4: ("err", ("err",)),
}


@cache
def libpri() -> ModuleType:
    """The library; PeerMissing names the package that has it."""
    native = shim(
        "pri",
        _DECLARATIONS,
        _SOURCE,
        ["pri"],
        needs=("libpri.h",),
        packages="libpri-dev",
        replaces=True,
    )
    ffi, lib = native.ffi, native.lib

    @ffi.def_extern()
    def _pri_read(pri: Any, buffer: Any, room: int) -> int:
        peer: PriPeer = ffi.from_handle(lib.pri_get_userdata(pri))
        if not peer.arrived:
            return 0
        frame = peer.arrived.popleft() + b"\0\0"  # where a card would leave the FCS
        ffi.memmove(buffer, frame, len(frame))
        return len(frame)

    @ffi.def_extern()
    def _pri_write(pri: Any, buffer: Any, length: int) -> int:
        peer: PriPeer = ffi.from_handle(lib.pri_get_userdata(pri))
        peer.leaving.append(bytes(ffi.buffer(buffer, length))[:-2])
        return length

    @ffi.def_extern()
    def _pri_said(pri: Any, text: Any) -> None:
        if pri != ffi.NULL:
            peer: PriPeer = ffi.from_handle(lib.pri_get_userdata(pri))
            peer.said.append(ffi.string(text).decode("latin-1").rstrip())

    lib.pri_set_message(lib._pri_said)
    lib.pri_set_error(lib._pri_said)
    return native


@dataclass(slots=True)
class PriEvent:
    """What libpri told its application."""

    code: int
    name: str
    fields: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None


Drop = Callable[[bytes], bool]
"""Whether a frame is lost on its way."""


class PriPeer:
    """One end of a D-channel: libpri's Q.921 and Q.931, in the time of the running loop.

    `switch` is one of EUROISDN_E1, QSIG, NI2.  `lose_sent` and `lose_received` say which frames are
    lost on their way from it, and to it; `trace` has them all, with their time: (seconds, "<" sent
    by it or ">" received, frame), "!" behind the arrow for one that was lost.  `on_event` is called
    with each event; requests may be made in it.
    """

    def __init__(
        self,
        network: bool,
        switch: str = "EUROISDN_E1",
        *,
        delay_s: float = 0.01,
        lose_sent: Drop = lambda _: False,
        lose_received: Drop = lambda _: False,
        on_event: Callable[[PriEvent], None] = lambda _: None,
    ) -> None:
        native = libpri()
        self.ffi, self.lib = native.ffi, native.lib
        self.arrived: deque[bytes] = deque()
        self.leaving: deque[bytes] = deque()
        self.said: list[str] = []
        self.events: list[PriEvent] = []
        self.trace: list[tuple[float, str, bytes]] = []
        self.delay_s = delay_s
        self.lose_sent, self.lose_received = lose_sent, lose_received
        self.tell = on_event
        self._receive: Callable[[bytes], None] | None = None
        # Queues, because a loop calls what is due at one time in any order.
        self._to_it: deque[bytes] = deque()
        self._from_it: deque[bytes] = deque()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._handle = self.ffi.new_handle(self)
        self._now()
        self.pri = self.lib.pri_new_cb(
            -1,
            self.lib.PRI_NETWORK if network else self.lib.PRI_CPE,
            getattr(self.lib, f"PRI_SWITCH_{switch}"),
            self.lib._pri_read,
            self.lib._pri_write,
            self._handle,
        )
        if self.pri == self.ffi.NULL:
            raise RuntimeError("libpri: pri_new_cb failed")
        self.lib.pri_hangup_fix_enable(self.pri, 1)
        self._pump()

    # The D-channel

    def send_frame(self, frame: bytes) -> None:
        """It receives this frame, `delay_s` later."""
        self._to_it.append(bytes(frame))
        self._loop.call_later(self.delay_s, self._arrive)

    def on_frame(self, callback: Callable[[bytes], None] | None) -> None:
        """Call `callback(frame)` with what it sends, `delay_s` later."""
        self._receive = callback

    def close(self) -> None:
        """Nothing goes either way any more, and none of its timers runs."""
        self._closed = True
        self._receive = None
        if self._timer is not None:
            self._timer.cancel()

    # Its application

    def codes(self) -> list[int]:
        """What it told, as PRI_EVENT numbers."""
        return [event.code for event in self.events]

    def last(self, code: int) -> PriEvent:
        """The last event of a kind."""
        return next(event for event in reversed(self.events) if event.code == code)

    def call(self, name: str, *args: Any) -> Any:
        """`pri_<name>(pri, *args)`, and what comes of it."""
        self._now()
        result = getattr(self.lib, f"pri_{name}")(self.pri, *args)
        self._pump()
        return result

    def enslave(self, backup: PriPeer) -> None:
        """Its calls are those of the other D-channel as well (NFAS)."""
        self.lib.pri_enslave(self.pri, backup.pri)

    def bridge(self, first: Any, second: Any) -> None:
        """It asks us to connect the far ends of two of its calls."""
        self._now()
        self.lib.pri_channel_bridge(first, second)
        self._pump()

    def setup(
        self,
        caller: str,
        called: str,
        channel: int = 1,
        *,
        exclusive: bool = True,
        complete: bool = True,
        name: str = "",
        presentation: int = 0,
        redirecting: str = "",
        reason: int = 0,
        plan: int = 0x21,
        layer1: int = 0x23,
    ) -> Any:
        """It calls: speech, in A-law unless `layer1` is another; returns libpri's call."""
        self._now()
        call = self.lib.pri_new_call(self.pri)
        request = self.lib.pri_sr_new()
        texts = [self.ffi.new("char[]", text.encode()) for text in (caller, called, name)]
        self.lib.pri_sr_set_channel(request, channel, exclusive, 0)
        self.lib.pri_sr_set_bearer(request, 0x00, layer1)
        self.lib.pri_sr_set_called(request, texts[1], plan, complete)
        self.lib.pri_sr_set_caller(request, texts[0], texts[2], plan, presentation)
        if redirecting:
            number = self.ffi.new("char[]", redirecting.encode())
            self.lib.pri_sr_set_redirecting(request, number, plan, 0, reason)
        failed = self.lib.pri_setup(self.pri, call, request)
        self.lib.pri_sr_free(request)
        if failed:
            raise RuntimeError("libpri: pri_setup failed")
        self._pump()
        return call

    # How it runs

    def _now(self) -> None:
        self.lib.virtual_time(EPOCH_US + round(self._loop.time() * 1e6))

    def _note(self, event: Any) -> None:
        if event == self.ffi.NULL:
            return
        part, names = _PARTS.get(event.e, ("", ()))
        values = {name: getattr(getattr(event, part), name) for name in names}
        for name, value in values.items():
            if isinstance(value, self.ffi.CData) and self.ffi.typeof(value).kind == "array":
                values[name] = self.ffi.string(value).decode("latin-1")
        if "channel" in values and values["channel"] >= 0:
            values["span"] = values["channel"] >> 8 & 0xFF  # of an interface that was named
            values["channel"] &= 0xFF
        noted = PriEvent(event.e, self.ffi.string(self.lib.pri_event2str(event.e)).decode(), values)
        self.events.append(noted)
        self.tell(noted)

    def _arrive(self) -> None:
        frame = self._to_it.popleft()
        if self._closed:
            return
        lost = self.lose_received(frame)
        self.trace.append((self._loop.time(), ">!" if lost else ">", frame))
        if not lost:
            self._now()
            self.arrived.append(frame)
            self._note(self.lib.pri_check_event(self.pri))
            self._pump()

    def _leave(self) -> None:
        frame = self._from_it.popleft()
        if self._receive is not None:
            self._receive(frame)

    def _pump(self) -> None:
        while self.leaving:
            frame = self.leaving.popleft()
            lost = self.lose_sent(frame)
            self.trace.append((self._loop.time(), "<!" if lost else "<", frame))
            if not lost:
                self._from_it.append(frame)
                self._loop.call_later(self.delay_s, self._leave)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.lib.pri_schedule_next(self.pri)
        if due != self.ffi.NULL and not self._closed:
            at_s = (due.tv_sec * 1_000_000 + due.tv_usec - EPOCH_US) / 1e6
            # A microsecond late: what is due by rounding alone would ask for the same time again.
            self._timer = self._loop.call_at(at_s + 1e-6, self._expire)

    def _expire(self) -> None:
        self._timer = None
        self._now()
        self._note(self.lib.pri_schedule_run(self.pri))
        self._pump()
