"""Faces of the native engine: lines, pinned sound, secrets, the engine's rings, the driver.

Everything here is called by one thread, the event loop's; checks that need to know about lanes and
operations are made in `telcard.engine`, which is the only user.
"""

cimport cython
from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS,
    PyBUF_FORMAT,
    PyBuffer_FillInfo,
    PyBuffer_Release,
    PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport (
    UINT64_MAX,
    int16_t,
    int64_t,
    uint8_t,
    uint16_t,
    uint32_t,
    uint64_t,
)
from libc.stdlib cimport free
from libc.string cimport memset

from telcard._native.detect cimport Templates
from telcard._native.dsp cimport Copper
from telcard._native.engine cimport *
from telcard._native.echo cimport TC_ECHO_LANES, tc_echo, tc_echo_init, tc_echo_octets
from telcard._native.hdlc cimport Channel
from telcard._native.faxlane cimport Lane as FaxLane
from telcard._native.modem cimport Fsk, Link

cdef extern from "stdlib.h" nogil:
    void *aligned_alloc(size_t alignment, size_t size)

cdef extern from "sys/mman.h" nogil:
    enum:
        PROT_READ
        PROT_WRITE
        MAP_PRIVATE
        MAP_ANONYMOUS
        MADV_DONTDUMP
        MADV_WIPEONFORK
    void *MAP_FAILED
    void *mmap(void *at, size_t length, int protection, int flags, int fd, long offset)
    int munmap(void *at, size_t length)
    int mlock(const void *at, size_t length)
    int madvise(void *at, size_t length, int advice)

include "levels.pxi"

include "numbers.pxi"
include "held.pxi"
include "collector.pxi"


@cython.final
@cython.no_gc_clear  # a thread may be ticking: what it reads must outlive it
cdef class Core:
    """The native engine: commands in, ticks, events out.

    Commands return False when the command ring is too full (`urgent` ones use its last places).
    What the tick reads or writes is pinned here until the operation's end has been polled.
    """

    cdef tc_engine *engine
    cdef dict pinned  # by lane: what its operation plays or fills
    cdef dict coppers  # by lane: its subscriber's lines
    cdef list lines
    cdef dict shared  # by group: the detector that lanes share
    cdef dict framed  # by span and timeslot: its D-channel
    cdef list retired  # those whose place another has taken, until the tick knows of that
    cdef unsigned reserve
    cdef readonly unsigned lanes
    cdef readonly unsigned spans

    def __cinit__(self, unsigned lanes, unsigned spans, dtmf):
        cdef tc_dtmf_profile limits = dtmf  # a dict: one entry a field
        self.engine = tc_engine_create(lanes, spans, &limits)
        if self.engine == NULL:
            raise MemoryError(f"engine of {lanes} lanes")
        self.lanes = lanes
        self.spans = spans
        self.pinned = {}
        self.coppers = {}
        self.lines = []
        self.shared = {}
        self.framed = {}
        self.retired = []
        self.reserve = 2 * lanes  # the places that stopping and closing every lane takes

    def __dealloc__(self):
        tc_engine_destroy(self.engine)

    cdef bint give(self, tc_command *command, bint urgent=False):
        return tc_engine_command(self.engine, command, 0 if urgent else self.reserve)

    cdef bint start(self, tc_command *command, object pin):
        if not self.give(command):
            return False
        self.pinned[command.lane] = pin
        return True

    def plug(self, unsigned span, Line line, unsigned end, bint ulaw, unsigned idle,
             Carrier carrier=None):
        cdef tc_command command
        command.what, command.lane = TC_DO_PLUG, <uint16_t> span
        command.args.plug.line, command.args.plug.end = line.line, <uint8_t> end
        command.args.plug.ulaw, command.args.plug.idle = ulaw, <uint8_t> idle
        command.args.plug.carrier = NULL if carrier is None else carrier.carrier
        self.lines.append((line, carrier))
        return self.give(&command)

    def set_bits(self, unsigned span, unsigned timeslot, unsigned abcd):
        cdef tc_command command
        command.what, command.lane = TC_DO_BITS, <uint16_t> span
        command.args.bits.timeslot, command.args.bits.abcd = <uint8_t> timeslot, <uint8_t> abcd
        return self.give(&command)

    def open_dchannel(self, unsigned span, unsigned timeslot, unsigned width, bint marks,
                      unsigned least, unsigned most):
        """Run a D-channel on a timeslot; None when the command was not accepted."""
        cdef Channel channel = Channel(width, marks, least, most)
        return channel if self.dchannel(span, timeslot, channel) else None

    def close_dchannel(self, unsigned span, unsigned timeslot):
        """No longer."""
        return self.dchannel(span, timeslot, None)

    cdef bint dchannel(self, unsigned span, unsigned timeslot, Channel channel):
        cdef tc_command command
        command.what, command.lane = TC_DO_DCHANNEL, <uint16_t> span
        command.args.dchannel.channel = NULL if channel is None else channel.channel
        command.args.dchannel.timeslot = <uint8_t> timeslot
        if not self.replace(&command, self.framed.get((span, timeslot)), channel is None):
            return False
        self.framed[span, timeslot] = channel
        return True

    cdef bint replace(self, tc_command *command, object before, bint urgent):
        """Give a command that puts something else in the place of `before`, which stays until the
        tick knows of that."""
        if not tc_ring_waits(&self.engine.commands):
            self.retired.clear()
        if not self.give(command, urgent):
            return False
        self.retired.append(before)
        return True

    cdef bint number(self, unsigned what, unsigned index, int64_t value, int64_t other=0,
                     bint urgent=False):
        cdef tc_command command
        command.what, command.lane = <uint16_t> what, <uint16_t> index
        command.args.number.value, command.args.number.other = value, other
        return self.give(&command, urgent)

    def unplug(self, unsigned span):
        return self.number(TC_DO_UNPLUG, span, 0, 0, True)

    def cut(self, unsigned span, unsigned received, unsigned sent):
        return self.number(TC_DO_CUT, span, received, sent)

    def drift(self, unsigned span, int64_t parts):
        return self.number(TC_DO_DRIFT, span, parts)

    def slip(self, unsigned span, int octets):
        return self.number(TC_DO_SLIP, span, octets)

    def errors(self, unsigned span, uint64_t seed, uint32_t threshold, uint32_t burst=1):
        return self.number(TC_DO_ERRORS, span, <int64_t> seed,
                           <int64_t> ((<uint64_t> burst) << 32 | threshold))

    def lose(self, unsigned span, int bits):
        return self.number(TC_DO_LOSE, span, bits)

    def loop(self, unsigned span, unsigned kind):
        return self.number(TC_DO_LOOP, span, kind)

    def say(self, unsigned span, unsigned what, uint64_t value):
        return self.number(TC_DO_SAY, span, what, <int64_t> value)

    def stick(self, unsigned lane, bint on):
        return self.number(TC_DO_STICK, lane, on)

    def jam(self, bint on):
        return self.number(TC_DO_JAM, 0, on, 0, True)

    def stall(self, uint32_t ticks):
        return self.number(TC_DO_STALL, 0, ticks)

    def line_counts(self, unsigned span):
        """(slips, timeslots recentred, wrong bits)."""
        cdef tc_impairment *impairment = &self.engine.impairment[span]
        return impairment.store.slips, impairment.store.recentred, impairment.errors.count

    def open(self, unsigned lane, unsigned span, unsigned timeslot, uint32_t generation,
             unsigned digits, bint detects, int16_t receive, int16_t transmit):
        """Open a lane; `span` NO_SPAN makes it a resource."""
        cdef tc_command command
        command.what, command.lane = TC_DO_OPEN, <uint16_t> lane
        command.args.open.generation = generation
        command.args.open.span = <uint16_t> span
        command.args.open.timeslot = <uint8_t> timeslot
        command.args.open.digits = <uint8_t> digits
        command.args.open.detects = detects
        command.args.open.receive, command.args.open.transmit = receive, transmit
        return self.give(&command)

    def move(self, unsigned lane, unsigned span, unsigned timeslot):
        cdef tc_command command
        command.what, command.lane = TC_DO_MOVE, <uint16_t> lane
        command.args.move.span, command.args.move.timeslot = <uint16_t> span, <uint8_t> timeslot
        return self.give(&command)

    def play(self, unsigned lane, uint32_t operation, Conditions until, Playlist list,
             Controls controls):
        cdef tc_command command
        command.what, command.lane, command.operation = TC_DO_PLAY, <uint16_t> lane, operation
        command.args.start.until = until.until
        command.args.start.list = &list.list
        command.args.start.controls = controls.controls
        command.args.start.tone = NULL
        command.args.start.secret = NULL
        command.args.start.then_arm = False
        return self.start(&command, list)

    def collect(self, unsigned lane, uint32_t operation, Conditions until, Secret secret,
                bint then_arm):
        cdef tc_command command
        command.what, command.lane, command.operation = TC_DO_COLLECT, <uint16_t> lane, operation
        command.args.start.until = until.until
        command.args.start.list = NULL
        command.args.start.tone = NULL
        command.args.start.secret = NULL if secret is None else secret.digits
        command.args.start.then_arm = then_arm
        return self.start(&command, secret)

    def tones(self, unsigned lane, uint32_t operation, Conditions until, Tones tones):
        cdef tc_command command
        command.what, command.lane, command.operation = TC_DO_TONES, <uint16_t> lane, operation
        command.args.start.until = until.until
        command.args.start.list = NULL
        command.args.start.tone = &tones.tone
        command.args.start.secret = NULL
        command.args.start.then_arm = False
        return self.start(&command, tones)

    cdef int heard_by(self, tc_command *command, unsigned lane, uint32_t operation,
                      Conditions until, Fsk receiver, unsigned place) except -1:
        """What a modem's and a fax's command share: a place of a receiver, pinned for ever."""
        memset(command, 0, sizeof(tc_command))
        command.lane, command.operation = <uint16_t> lane, operation
        command.args.start.until = until.until
        command.args.start.fsk = &receiver.groups[0]
        command.args.start.place = place
        if receiver not in self.lines:
            self.lines.append(receiver)
        return 0

    def modem(self, unsigned lane, uint32_t operation, Conditions until, Link link, Fsk receiver,
              unsigned place):
        """Run a data link on the lane."""
        cdef tc_command command
        self.heard_by(&command, lane, operation, until, receiver, place)
        command.what = TC_DO_MODEM
        command.args.start.link = link.link
        return self.start(&command, link)

    def fax(self, unsigned lane, uint32_t operation, Conditions until, FaxLane fax, Fsk receiver,
            unsigned place):
        """Run a fax on the lane, its 300 bit/s heard at the place."""
        cdef tc_command command
        self.heard_by(&command, lane, operation, until, receiver, place)
        command.what = TC_DO_FAX
        command.args.start.fax = fax.lane
        return self.start(&command, fax)

    def modem_groups(self):
        """For how many groups of modems there is room."""
        return self.engine.modems.count

    def pause(self, unsigned lane, uint32_t operation):
        return self.order(TC_DO_PAUSE, lane, operation, False)

    def resume(self, unsigned lane, uint32_t operation):
        return self.order(TC_DO_RESUME, lane, operation, False)

    def seek(self, unsigned lane, uint32_t operation, int64_t samples, bint relative):
        cdef tc_command command
        command.what, command.lane, command.operation = TC_DO_SEEK, <uint16_t> lane, operation
        command.args.seek.samples, command.args.seek.relative = samples, relative
        return self.give(&command)

    def volume(self, unsigned lane, int16_t tenths):
        cdef tc_command command
        command.what, command.lane = TC_DO_VOLUME, <uint16_t> lane
        command.args.volume.tenths = tenths
        return self.give(&command)

    def speed(self, unsigned lane, uint8_t percent):
        cdef tc_command command
        command.what, command.lane = TC_DO_SPEED, <uint16_t> lane
        command.args.speed.percent = percent
        return self.give(&command)

    def gains(self, unsigned lane, int16_t receive, int16_t transmit):
        cdef tc_command command
        command.what, command.lane = TC_DO_GAINS, <uint16_t> lane
        command.args.gains.receive, command.args.gains.transmit = receive, transmit
        return self.give(&command)

    def listen(self, unsigned lane, int source, unsigned what):
        """`source` -1 ends it; `what` is one of the HEARS_."""
        cdef tc_command command
        command.what, command.lane = TC_DO_LISTEN, <uint16_t> lane
        command.args.listen.source, command.args.listen.what = source, <uint8_t> what
        return self.give(&command, source < 0)

    def copper(self, unsigned lane, Copper copper, bint cut_through):
        cdef tc_command command
        command.what, command.lane = TC_DO_COPPER, <uint16_t> lane
        command.args.copper.line = NULL if copper is None else &copper.copper
        command.args.copper.cut_through = cut_through
        if not self.give(&command):
            return False
        if copper is not None:
            self.coppers.setdefault(lane, set()).add(copper)
        return True

    def hear(self, unsigned lane, unsigned hearing, bint wanted):
        """Switch one of HEARINGS on or off."""
        cdef tc_command command
        command.what, command.lane = TC_DO_HEAR, <uint16_t> lane
        command.args.hear.hearing, command.args.hear.wanted = <uint8_t> hearing, wanted
        return self.give(&command, not wanted)

    def cancel_echo(self, unsigned lane, Cancellers group, unsigned place, unsigned taps,
                    unsigned delay, bint ulaw):
        """Take the lane's echo away, at a place of a group, which stays pinned for ever; no group:
        no longer."""
        cdef tc_command command
        command.what, command.lane = TC_DO_CANCEL, <uint16_t> lane
        command.args.cancel.echo = NULL if group is None else group.echo
        command.args.cancel.place = place
        command.args.cancel.taps, command.args.cancel.delay = <uint16_t> taps, <uint16_t> delay
        command.args.cancel.ulaw = ulaw
        if group is not None and group not in self.lines:
            self.lines.append(group)
        return self.give(&command, group is None)

    def canceller_groups(self):
        """For how many groups of echo cancellers there is room."""
        return self.engine.cancellers.count

    def echo_figures(self, unsigned place):
        """What the canceller at a place has found, as tc_echo_figures has it."""
        return tc_cancellers_look(&self.engine.cancellers, place)
    def join(self, unsigned lane, detector, unsigned place):
        """Give the lane a place of a detector that 16 may share, `Templates` or `Voice`."""
        cdef tc_command command
        command.what, command.lane = TC_DO_JOIN, <uint16_t> lane
        command.args.join.place = place
        command.args.join.detector.tones = NULL
        command.args.join.detector.voice = NULL
        if isinstance(detector, Templates):
            command.args.join.detector.tones = (<Templates> detector).groups
        else:
            command.args.join.detector.voice = (<Voice?> detector).vad
        if not self.replace(&command, self.shared.get(place // 16), False):
            return False
        self.shared[place // 16] = detector
        return True

    def leave(self, unsigned lane, unsigned hearing):
        """Take the place away, "tones" or "voice" of HEARINGS."""
        cdef tc_command command
        command.what, command.lane = TC_DO_LEAVE, <uint16_t> lane
        command.args.leave.kind = <uint8_t> hearing
        return self.give(&command, True)

    def shared_groups(self):
        """For how many groups of 16 places there is room."""
        return self.engine.shared.count

    def tap(self, unsigned lane, bint delayed):
        cdef tc_command command
        command.what, command.lane = TC_DO_TAP, <uint16_t> lane
        command.args.tap.delayed = delayed
        return self.give(&command)

    def open_recording(self, unsigned slot, int fd, unsigned sides, unsigned coding, bint raw,
                       bint agc):
        """Own `fd` and write the header; 0 or errno."""
        cdef int error
        cdef tc_record_format format
        format.sides, format.coding, format.raw = <uint8_t> sides, <uint8_t> coding, raw
        format.agc = agc
        with nogil:
            error = tc_recorder_open(&self.engine.recorder, slot, fd, format)
        return error

    def abandon_recording(self, unsigned slot):
        """Close the file again; no lane records into it."""
        with nogil:
            tc_recorder_abandon(&self.engine.recorder, slot)

    def record(self, unsigned lane, unsigned slot, uint64_t ticks, bint beep):
        cdef tc_command command
        command.what, command.lane = TC_DO_RECORD, <uint16_t> lane
        command.args.record.slot, command.args.record.ticks = slot, ticks
        command.args.record.beep = beep
        return self.give(&command)

    cdef bint order(self, unsigned what, unsigned lane, uint32_t operation, bint urgent):
        cdef tc_command command
        command.what, command.lane, command.operation = <uint16_t> what, <uint16_t> lane, operation
        return self.give(&command, urgent)

    def close(self, unsigned lane):
        return self.order(TC_DO_CLOSE, lane, 0, True)

    def stop(self, unsigned lane, uint32_t operation):
        return self.order(TC_DO_STOP, lane, operation, True)

    def clear_digits(self, unsigned lane):
        return self.order(TC_DO_CLEAR_DIGITS, lane, 0, False)

    def arm(self, unsigned lane):
        return self.order(TC_DO_ARM, lane, 0, False)

    def disarm(self, unsigned lane):
        return self.order(TC_DO_DISARM, lane, 0, True)

    def untap(self, unsigned lane):
        return self.order(TC_DO_UNTAP, lane, 0, True)

    def stop_recording(self, unsigned lane):
        return self.order(TC_DO_STOP_RECORDING, lane, 0, True)

    def due(self):
        return tc_engine_due(self.engine)

    def next_tick(self, uint64_t first):
        """`first` if the next tick has work, else None: sound has no plans."""
        return first if tc_engine_due(self.engine) else None

    def tick(self, uint64_t tick):
        """Run one tick and drain the recorder; whether events wait."""
        with nogil:
            tc_engine_tick(self.engine, tick)
            tc_recorder_drain(&self.engine.recorder)
        return tc_engine_waits(self.engine)

    def tick_without_writer(self, uint64_t tick):
        """For tests and benchmarks: the tick alone, what it recorded waits for `drain`."""
        with nogil:
            tc_engine_tick(self.engine, tick)

    def drain(self):
        """Write to the files what waits for it."""
        with nogil:
            tc_recorder_drain(&self.engine.recorder)

    def late(self):
        """Ticks that a stall delayed."""
        return self.engine.late

    def last_tick(self):
        return self.engine.last_tick

    def fileno(self):
        return self.engine.wake_fd

    def awake(self):
        tc_engine_awake(self.engine)

    def poll(self):
        """What waits, as tuples that begin with an EVENT_ number.

        Octets come first, so that those of a lane's last tick come before its EVENT_CLOSED.
        """
        cdef list found = []
        cdef uint64_t events = 0
        cdef const tc_tapped *tapped
        cdef const tc_recorded *recorded
        cdef const tc_event *event
        cdef list later = []
        while True:
            event = <const tc_event *> tc_ring_front(&self.engine.events)
            if event == NULL or events == tc_ring_capacity(&self.engine.events):
                break
            later.append(self.event(event))
            tc_ring_pop(&self.engine.events)
            events += 1
        while True:
            tapped = <const tc_tapped *> tc_ring_front(&self.engine.tapped)
            if tapped == NULL:
                break
            found.append((
                EVENT_TAP, tapped.lane, tapped.generation, tapped.sample,
                PyBytes_FromStringAndSize(<const char *> tapped.octets, TC_TICK_SAMPLES),
            ))
            tc_ring_pop(&self.engine.tapped)
        found.extend(later)
        while True:
            recorded = <const tc_recorded *> tc_ring_front(&self.engine.recorder.finished)
            if recorded == NULL:
                break
            found.append((EVENT_RECORDED, recorded.slot, recorded.reasons, recorded.error,
                          recorded.missing, recorded.frames))
            tc_ring_pop(&self.engine.recorder.finished)
        return found

    cdef tuple event(self, const tc_event *event):
        cdef int kind = event.kind
        if kind == TC_EVENT_BITS:
            return kind, event.lane, <int> event.code, event.value, event.sample
        if kind == TC_EVENT_DIGIT:
            return (kind, event.lane, chr(event.code), event.sample,
                    <int16_t> (event.value >> 16) / 256.0, <int16_t> (event.value & 0xFFFF) / 256.0)
        if kind == TC_EVENT_DIGIT_END:
            return kind, event.lane, chr(event.code), event.sample, event.value
        if kind == TC_EVENT_DONE:
            return self.outcome(event.lane, event.value)
        if kind == TC_EVENT_ALARM or kind == TC_EVENT_STUCK or kind == TC_EVENT_LINK:
            return kind, event.lane, event.value
        if kind == TC_EVENT_HEARD:
            return self.heard(event)
        if kind == TC_EVENT_ECHO:
            return kind, event.lane, <int> event.code, event.sample
        if kind == TC_EVENT_FRAMES:
            return kind, event.lane, <int> event.code
        if kind == TC_EVENT_MASK:
            return kind, event.lane, <bint> event.code, event.sample
        if kind == TC_EVENT_CLOSED:
            self.coppers.pop(event.lane, None)  # the tick has let go of them
        return kind, event.lane

    cdef tuple heard(self, const tc_event *event):
        """(kind, lane, hearing, phase, signal, sample, frames, dBm0); frames of a beginning are 0,
        only it has a level."""
        cdef uint32_t phase = event.code >> 3, more = event.value >> 8
        cdef bint begins = phase == TC_FAX_ON
        return (event.kind, event.lane, event.code & 7, phase, event.value & 0xFF, event.sample,
                0 if begins else more, <int16_t> more / 256.0 if begins else None)

    cdef tuple outcome(self, unsigned lane, uint32_t operation):
        cdef tc_outcome *outcome = &self.engine.lane[lane].outcome
        cdef const char *text = <const char *> outcome.digits.digits
        self.pinned.pop(lane, None)  # the tick has let go of it
        digits = text[: tc_digits_count(&outcome.digits)].decode("ascii")
        return (TC_EVENT_DONE, lane, operation, outcome.reasons, digits, outcome.start, outcome.end,
                outcome.position, <bint> outcome.armed)

    def status(self, unsigned lane):
        """(doing, digits waiting, masked, loud, ticks of this run, energy of a tick, digits lost,
        position of the play, paused, tenths of a dB of volume, percent of speed)."""
        cdef tc_lane_status *status = &self.engine.lane[lane].status
        return (status.doing, status.waiting, status.masked, <bint> status.loud, status.run,
                status.energy, status.lost, status.position, <bint> status.paused, status.volume,
                status.speed)

    def tick_times(self):
        """(ticks, total ns, greatest ns, p99.9 ns), processor time."""
        cdef tc_histogram *ticks = &self.engine.tick_ns
        return ticks.count, ticks.total, ticks.greatest, tc_histogram_quantile(ticks, 0.999)

    def rings(self):
        """{ring: (capacity, high water, lost)}."""
        return {
            "commands": self.ring(&self.engine.commands),
            "events": self.ring(&self.engine.events),
            "taps": self.ring(&self.engine.tapped),
            "recordings": self.ring(&self.engine.recorder.blocks),
        }

    cdef tuple ring(self, tc_ring *ring):
        return tc_ring_capacity(ring), tc_ring_high_water(ring), tc_ring_lost(ring)


include "ticker.pxi"
