"""Channels in groups of 16 lanes, as the kernels want them; included where there are such kernels."""

from libc.stdint cimport int16_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t, size_t)

cdef extern from *:
    """
    #define LANES 16
    #define STRETCH 400 /* frames of a group worked on in one go; they stay in the L1 cache */

    /* A frame of one group.  The next frame lies too far away for the processor to expect it, and
     * so does what the next group will want: that is asked for now. */
    static inline void copy_frame(int16_t *to, const int16_t *from)
    {
        memcpy(to, from, LANES * sizeof *to);
        __builtin_prefetch(from + 64 / sizeof *from);
    }
    """
    enum:
        LANES
        STRETCH

    void copy_frame(int16_t *, const int16_t *) noexcept nogil


cdef inline void *aligned(size_t octets) except NULL:
    """Memory on a cache line, to be freed."""
    cdef void *memory = aligned_alloc(64, (octets + 63) // 64 * 64)
    if memory is NULL:
        raise MemoryError
    return memory


cdef inline Py_ssize_t groups_of(Py_ssize_t channels) noexcept nogil:
    """How many groups hold so many channels."""
    return (channels + LANES - 1) // LANES


cdef inline const int16_t *group_of(const int16_t[:, ::1] samples, Py_ssize_t at, Py_ssize_t n,
                                    Py_ssize_t group, int16_t (*stretch)[16]) noexcept nogil:
    """Frames at ... at + n of the channels of a group, [sample][lane]; silence where there are fewer.

    They are where they were if there is but one full group, else copied into `stretch`.
    """
    cdef Py_ssize_t channels = samples.shape[1], i
    cdef Py_ssize_t width = min(LANES, channels - group * LANES)
    cdef const int16_t *x = &samples[at, group * LANES]
    if channels == LANES:
        return x
    if width == LANES:  # a length known to the compiler: one move a frame
        for i in range(n):
            copy_frame(stretch[i], x + i * channels)
    else:
        memset(stretch, 0, n * sizeof(stretch[0]))
        for i in range(n):
            memcpy(stretch[i], x + i * channels, width * sizeof(int16_t))
    return stretch[0]


cdef inline int check_channels(Py_ssize_t got, Py_ssize_t channels) except -1:
    if got != channels:
        raise ValueError(f"block: want {channels} channels, got {got}")
    return 0


cdef inline int check_channel(Py_ssize_t channel, Py_ssize_t channels) except -1:
    if not 0 <= channel < channels:
        raise ValueError(f"channel: want 0 to {channels - 1}, got {channel}")
    return 0
