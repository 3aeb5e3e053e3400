"""Faces of the detectors that lanes may run beside DTMF; people use telcard.dsp."""

from libc.stdlib cimport malloc

from telcard._native.detect cimport *

include "levels.pxi"
include "groups.pxi"
include "records.pxi"

cdef extern from *:
    """
    #define MF_EVENTS TC_MF_MAX_EVENTS(STRETCH)
    #define FAX_EVENTS TC_FAX_MAX_EVENTS(STRETCH)
    """
    enum:
        MF_EVENTS
        FAX_EVENTS

SYSTEMS = {
    "r1": TC_MF_R1,
    "r2_forward": TC_MF_R2_FORWARD,
    "r2_backward": TC_MF_R2_BACKWARD,
    "signalling": TC_MF_SIGNALLING,
}

FAX_TONES = {
    "cng": TC_FAX_CNG,
    "ans": TC_FAX_ANS,
    "ansam": TC_FAX_ANSAM,
    "bell_2225": TC_FAX_2225,
    "v21_preamble": TC_FAX_V21,
}
cdef enum:
    ALONE = 7  # in the code of a signal, instead of a second tone

MF_ALONE = ALONE
FAX_ON, FAX_REVERSES, FAX_OFF = TC_FAX_ON, TC_FAX_REVERSES, TC_FAX_OFF
FAX_DISABLE, FAX_RELEASE = TC_FAX_DISABLE, TC_FAX_RELEASE


# ---------------------------------------------------------------- multi-frequency signals

def mf_profile(system):
    """The profile of a system as a dict."""
    return tc_mf_profile_default(SYSTEMS[system])


cdef class Mf:
    """Multi-frequency detector of any number of channels, in groups of 16."""

    cdef tc_mf *_groups
    cdef Py_ssize_t _channels, _count
    cdef _Events _events

    def __cinit__(self, Py_ssize_t channels, profile):
        cdef Py_ssize_t i
        cdef tc_mf_profile limits = profile  # a dict: one entry a field
        self._channels = channels
        self._count = groups_of(channels)
        self._events = _Events(sizeof(tc_mf_event))
        self._groups = <tc_mf *>aligned(self._count * sizeof(tc_mf))
        for i in range(self._count):
            tc_mf_init(&self._groups[i], &limits)

    def __dealloc__(self):
        free(self._groups)

    def feed(self, const int16_t[:, ::1] samples, bint early, type kind, names, bint falls):
        cdef Py_ssize_t frames = samples.shape[0], at = 0, group, n
        cdef size_t i
        cdef unsigned found, k, low = falls, high = not falls
        cdef int16_t stretch[STRETCH][16]
        cdef tc_mf_event events[MF_EVENTS]
        cdef const tc_mf_event *e
        check_channels(samples.shape[1], self._channels)
        with nogil:
            while at < frames:
                n = min(STRETCH, frames - at)
                for group in range(self._count):
                    found = tc_mf_feed(&self._groups[group],
                                       group_of(samples, at, n, group, stretch), n, 0xFFFF,
                                       events, MF_EVENTS)
                    for k in range(found):
                        if early or events[k].kind != TC_MF_ON:
                            self._events.keep(
                                &events[k], events[k].decided, group * LANES + events[k].lane)
                at += n
        made = []
        for i in range(self._events.sort()):
            e = <const tc_mf_event *>self._events.event(i)
            if e.signal >> 4 == ALONE:
                levels, offsets = (e.level_dbm0[0],), (e.offset_hz[0],)
            else:
                levels = e.level_dbm0[low], e.level_dbm0[high]
                offsets = e.offset_hz[low], e.offset_hz[high]
            made.append(record(kind, (
                names[e.signal], self._events.places[i].channel, e.start, e.frames, levels, offsets,
                e.decided, e.kind != TC_MF_ON,
            )))
        return made

    def reset(self, Py_ssize_t channel):
        check_channel(channel, self._channels)
        tc_mf_reset(&self._groups[channel // LANES], channel % LANES)


# ---------------------------------------------------------------- fax and modem tones

def fax_profile():
    """The default profile as a dict."""
    return tc_fax_profile_default()


cdef class FaxTones:
    """Fax tone detector of any number of channels, in groups of 16."""

    cdef tc_fax_tones *_groups
    cdef Py_ssize_t _channels, _count

    def __cinit__(self, Py_ssize_t channels, profile):
        cdef Py_ssize_t i
        cdef tc_fax_profile limits = profile  # a dict: one entry a field
        self._channels = channels
        self._count = groups_of(channels)
        self._groups = <tc_fax_tones *>aligned(self._count * sizeof(tc_fax_tones))
        for i in range(self._count):
            tc_fax_tones_init(&self._groups[i], &limits)

    def __dealloc__(self):
        free(self._groups)

    def feed(self, const int16_t[:, ::1] samples):
        cdef Py_ssize_t frames = samples.shape[0], at, group, n
        cdef unsigned found, k
        cdef int16_t stretch[STRETCH][16]
        cdef tc_fax_event events[FAX_EVENTS]
        cdef tc_fax_event *e
        check_channels(samples.shape[1], self._channels)
        made = []
        for at in range(0, frames, STRETCH):
            n = min(STRETCH, frames - at)
            for group in range(self._count):
                with nogil:
                    found = tc_fax_tones_feed(&self._groups[group],
                                              group_of(samples, at, n, group, stretch), n, 0xFFFF,
                                              events, FAX_EVENTS)
                for k in range(found):
                    e = &events[k]
                    made.append((
                        e.decided, group * LANES + e.lane, e.kind, e.tone, e.start, e.frames,
                        e.level_dbm0, e.hz, e.reversals,
                    ))
        made.sort()
        return made

    def reset(self, Py_ssize_t channel):
        check_channel(channel, self._channels)
        tc_fax_tones_reset(&self._groups[channel // LANES], channel % LANES)

    def disabled(self, Py_ssize_t channel):
        check_channel(channel, self._channels)
        return bool(tc_fax_tones_disabled(&self._groups[channel // LANES])
                    >> (channel % LANES) & 1)


include "steady.pxi"
