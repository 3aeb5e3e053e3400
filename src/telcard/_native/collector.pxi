@cython.final
cdef class Collector:
    """A lane's type-ahead, meter and conditions by themselves: for an engine without sound.

    It is `collector.c`, which the tick of a sounding lane runs too: what ends an operation cannot
    differ between the two.  `tick` need be called only when something has happened, and at
    `next_tick`.
    """

    cdef tc_typeahead ahead
    cdef tc_meter meter
    cdef tc_collector collector
    cdef tc_digits taken
    cdef Secret secret

    def __cinit__(self, unsigned digits):
        self.ahead.capacity = <uint8_t> digits
        self.meter.threshold = TC_SOUND_ENERGY

    def __dealloc__(self):
        tc_typeahead_clear(&self.ahead)
        tc_digits_wipe(&self.taken)

    def start(self, Conditions until, bint takes, uint64_t tick, Secret secret):
        """An operation starts at `tick`; `secret` is where a collect puts its digits, or None."""
        tc_digits_wipe(&self.taken)
        self.secret = secret
        self.meter.threshold = until.until.threshold
        tc_collector_start(&self.collector, &until.until, takes, tick, &self.ahead)

    def end(self):
        """The operation has ended; the digits that it took, "" for a secret one."""
        self.secret = None
        return (<const char *>self.taken.digits)[: tc_digits_count(&self.taken)].decode("ascii")

    def digit(self, str digit, uint64_t tick, bint running):
        """A digit was heard; False when the type-ahead buffer is full."""
        cdef char key = <char> ord(digit)
        added = tc_typeahead_add(&self.ahead, key)
        if running:
            tc_collector_digit(&self.collector, key, tick, &self.ahead)
        return added

    def sounded(self, uint64_t tick):
        """A digit sounded until `tick`."""
        self.collector.digit_at = tick

    def clear(self):
        """Empty the type-ahead buffer."""
        tc_typeahead_clear(&self.ahead)
        tc_collector_cleared(&self.collector)

    def hear(self, uint64_t energy, uint64_t ticks):
        """So many ticks of this energy were received."""
        cdef tc_meter *meter = &self.meter
        cdef uint64_t steps = ticks if ticks < TC_METER_TICKS else TC_METER_TICKS
        cdef uint64_t i
        for i in range(steps):
            tc_meter_tick(meter, energy)
        # By now the meter believes it, and only counts.
        if meter.loud:
            meter.sound += <uint32_t> (ticks - steps)
        else:
            meter.silence += <uint32_t> (ticks - steps)

    def hear_all(self, energies):
        """Ticks of these energies were received."""
        for energy in energies:
            tc_meter_tick(&self.meter, <uint64_t> energy)

    def tick(self, uint64_t tick, bint sounding):
        """The reasons for which the operation ends at this tick; 0 if it goes on."""
        cdef tc_digits *into = self.secret.digits if self.secret is not None else &self.taken
        return tc_collector_tick(&self.collector, tick, sounding, &self.meter, &self.ahead, into)

    def next_tick(self, uint64_t tick, bint sounding, bint steady):
        """The first tick after `tick` that may end it, if nothing happens until then; 0: none.

        `steady`: what is received is silence and will stay so.
        """
        cdef const tc_until *until = &self.collector.until
        cdef const tc_meter *meter = &self.meter
        cdef uint64_t found = UINT64_MAX, at
        cdef uint32_t silence = until.silence
        if until.initial_silence and not self.collector.heard:
            silence = until.initial_silence
        if until.max:
            found = self.collector.started + until.max
        if not sounding:
            if until.first_digit and not self.collector.any_digit:
                found = min(found, self.collector.started + until.first_digit)
            if until.inter_digit and self.collector.any_digit:
                found = min(found, self.collector.digit_at + until.inter_digit)
        if silence or until.silence or until.sound:
            if not steady or meter.loud or meter.against:
                found = tick + 1
            elif silence:
                at = tick + (silence - meter.silence if silence > meter.silence else 1)
                if until.edge & TC_EDGE_SILENCE:
                    at = max(at, self.collector.started + silence)
                found = min(found, at)
        return 0 if found == UINT64_MAX else max(found, tick + 1)

    @property
    def waiting(self):
        """Digits in the type-ahead buffer."""
        return self.ahead.count

    @property
    def took(self):
        """Whether the collect has taken a digit."""
        return self.collector.taken > 0

    @property
    def threshold(self):
        """Energy of a tick that counts as sound."""
        return self.meter.threshold

    @property
    def run(self):
        """(loud, ticks): what the meter believes, and for how long it has lasted."""
        return bool(self.meter.loud), self.meter.sound if self.meter.loud else self.meter.silence
