"""What kernels have heard, on its way to Python; included where there are detectors."""

from cpython.object cimport PyObject_GenericSetAttr
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, qsort, realloc
from libc.string cimport memcpy

cdef extern from *:
    """
    typedef struct {
        uint64_t decided;
        uint32_t channel, number;
    } place;

    /* By time of decision, then channel, then as they came. */
    static int in_order(const void *a, const void *b)
    {
        const place *one = a, *other = b;
        if (one->decided != other->decided)
            return one->decided < other->decided ? -1 : 1;
        if (one->channel != other->channel)
            return one->channel < other->channel ? -1 : 1;
        return one->number < other->number ? -1 : 1;
    }
    """
    ctypedef struct place:
        uint64_t decided
        uint32_t channel, number

    int in_order(const void *, const void *) noexcept nogil

    ctypedef object (*newfunc)(type, object, object)
    ctypedef struct PyTypeObject:
        newfunc tp_new


cdef class _Events:
    """Events of `size` octets each, kept until all groups have been heard."""

    cdef size_t size, count, room
    cdef char *events
    cdef place *places

    def __cinit__(self, size_t size):
        self.size = size

    def __dealloc__(self):
        free(self.events)
        free(self.places)

    cdef int keep(self, const void *event, uint64_t decided, Py_ssize_t channel) except -1 nogil:
        cdef void *more
        if self.count == self.room:
            more = realloc(self.events, (2 * self.room + 64) * self.size)
            if more is not NULL:
                self.events = <char *>more
                more = realloc(self.places, (2 * self.room + 64) * sizeof(place))
            if more is NULL:
                with gil:
                    raise MemoryError
            self.places = <place *>more
            self.room = 2 * self.room + 64
        memcpy(self.events + self.count * self.size, event, self.size)
        self.places[self.count] = place(decided, <uint32_t>channel, <uint32_t>self.count)
        self.count += 1
        return 0

    cdef size_t sort(self) noexcept nogil:
        """Bring them into the order of their decisions; how many there are."""
        cdef size_t count = self.count
        if count > 1:
            qsort(self.places, count, sizeof(place), in_order)
        self.count = 0
        return count

    cdef inline const void *event(self, size_t i) noexcept nogil:
        return self.events + self.places[i].number * self.size


cdef object record(type kind, tuple values):
    """An instance of a dataclass with slots, its fields in order.

    What its own `__init__` does, without a call for each field: with a signal on every channel
    that would take longer than hearing it.
    """
    cdef object made = (<PyTypeObject *>kind).tp_new(kind, (), None)
    cdef tuple names = kind.__slots__
    cdef Py_ssize_t i
    for i in range(len(values)):
        PyObject_GenericSetAttr(made, names[i], values[i])
    return made
