# ---------------------------------------------------------------- steady tones, tone templates

cdef extern from *:
    """
    #define STEADY_EVENTS TC_STEADY_MAX_EVENTS(STRETCH)
    """
    enum:
        STEADY_EVENTS

TEMPLATE_BURSTS = TC_TEMPLATE_BURSTS
TEMPLATE_STRETCHES = TC_TEMPLATE_STRETCHES - 1
TEMPLATES_MOST = TC_TEMPLATES_MOST


cdef tuple _tone(const tc_steady_tone *tone):
    cdef int n = 2 if tone.sines == 2 else 1, i
    return (
        tuple([tone.hz[i] for i in range(n)]), tuple([tone.dbm0[i] for i in range(n)]),
        tone.purity, tone.sines == 0,
    )


cdef class Steady:
    """Hears steady tones on any number of channels, in groups of 16."""

    cdef tc_steady *_groups
    cdef Py_ssize_t _channels, _count

    def __cinit__(self, Py_ssize_t channels, profile):
        cdef Py_ssize_t i
        cdef tc_steady_profile limits = profile  # a dict: one entry a field
        self._channels = channels
        self._count = groups_of(channels)
        self._groups = <tc_steady *>aligned(self._count * sizeof(tc_steady))
        for i in range(self._count):
            tc_steady_init(&self._groups[i], &limits)

    def __dealloc__(self):
        free(self._groups)

    def feed(self, const int16_t[:, ::1] samples, bint early):
        cdef Py_ssize_t frames = samples.shape[0], at, group, n
        cdef unsigned found, k
        cdef int16_t stretch[STRETCH][16]
        cdef tc_steady_event events[STEADY_EVENTS]
        cdef tc_steady_event *e
        check_channels(samples.shape[1], self._channels)
        made = []
        for at in range(0, frames, STRETCH):
            n = min(STRETCH, frames - at)
            for group in range(self._count):
                with nogil:
                    found = tc_steady_feed(&self._groups[group],
                                           group_of(samples, at, n, group, stretch), n, 0xFFFF,
                                           events, STEADY_EVENTS)
                for k in range(found):
                    e = &events[k]
                    if e.kind == TC_STEADY_ON and not early:
                        continue
                    made.append((
                        e.decided, group * LANES + e.lane, e.kind != TC_STEADY_ON, e.start,
                        e.frames, *_tone(&e.tone),
                    ))
        made.sort()
        return made

    def reset(self, Py_ssize_t channel):
        check_channel(channel, self._channels)
        tc_steady_reset(&self._groups[channel // LANES], channel % LANES)


cdef class Templates:
    """Recognises tone templates on any number of channels, in groups of 16."""

    def __cinit__(self, Py_ssize_t channels, templates, profile):
        cdef Py_ssize_t i, k
        cdef tc_template *t
        cdef tc_steady_profile limits = profile
        if not 1 <= len(templates) <= TC_TEMPLATES_MOST:
            raise ValueError(f"templates: want 1 to {TC_TEMPLATES_MOST}, got {len(templates)}")
        for i, (bursts, level, repetitions, stands, trailing) in enumerate(templates):
            t = &self.templates[i]
            t.floor_dbm0, t.ceiling_dbm0, t.twist_db = level
            t.bursts = 0 if stands else len(bursts)
            t.repetitions = repetitions
            t.trailing = trailing
            for k, (hz, deviation, on, off) in enumerate(bursts):
                t.hz[k][0], t.hz[k][1] = hz
                t.deviation[k][0], t.deviation[k][1] = deviation
                t.on[k].least, t.on[k].most = on
                t.off[k].least, t.off[k].most = off
        self.channels = channels
        self.count = groups_of(channels)
        self.most = 2 * STEADY_EVENTS * <unsigned>len(templates)
        self.events = <tc_template_event *>malloc(self.most * sizeof(tc_template_event))
        if self.events is NULL:
            raise MemoryError
        self.groups = <tc_templates *>aligned(self.count * sizeof(tc_templates))
        for i in range(self.count):
            tc_templates_init(&self.groups[i], self.templates, len(templates), &limits)

    def __dealloc__(self):
        free(self.groups)
        free(self.events)

    def feed(self, const int16_t[:, ::1] samples):
        cdef Py_ssize_t frames = samples.shape[0], at, group, n
        cdef unsigned found, k
        cdef int16_t stretch[STRETCH][16]
        cdef tc_template_event *e
        check_channels(samples.shape[1], self.channels)
        made = []
        for at in range(0, frames, STRETCH):
            n = min(STRETCH, frames - at)
            for group in range(self.count):
                with nogil:
                    found = tc_templates_feed(&self.groups[group],
                                              group_of(samples, at, n, group, stretch), n, 0xFFFF,
                                              self.events, self.most)
                for k in range(found):
                    e = &self.events[k]
                    made.append((
                        e.decided, group * LANES + e.lane, e.kind != TC_TEMPLATE_ON, e.index,
                        e.start, e.frames, *_tone(&e.tone),
                    ))
        made.sort()
        return made

    def reset(self, Py_ssize_t channel):
        check_channel(channel, self.channels)
        tc_templates_reset(&self.groups[channel // LANES], channel % LANES)
