"""What the engine's C headers offer."""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from telcard._native.detect cimport tc_templates
from telcard._native.dsp cimport tc_copper
from telcard._native.echo cimport tc_echo, tc_echo_figures
from telcard._native.hdlc cimport tc_dchannel
from telcard._native.faxlane cimport tc_fax_lane
from telcard._native.modem cimport tc_fsk, tc_link

cdef extern from "ring.h" nogil:
    ctypedef struct tc_ring:
        pass
    const void *tc_ring_front(tc_ring *ring)
    void tc_ring_pop(tc_ring *ring)
    bint tc_ring_waits(const tc_ring *ring)
    uint64_t tc_ring_lost(const tc_ring *ring)
    uint64_t tc_ring_high_water(const tc_ring *ring)
    uint64_t tc_ring_capacity(const tc_ring *ring)

cdef extern from "e1line.h" nogil:
    enum:
        TC_E1_TIMESLOTS
        TC_TICK_SAMPLES
        TC_BITS_BLOCKED
    ctypedef struct tc_e1line:
        pass
    void tc_e1_init(tc_e1line *line)

cdef extern from "secret.h" nogil:
    enum:
        TC_DIGITS_MAX
        TC_MASK_OFF
        TC_MASK_ARMED
    ctypedef struct tc_digits:
        char digits[64]
    bint tc_digits_add(tc_digits *digits, char digit)
    uint32_t tc_digits_count(const tc_digits *digits)
    void tc_digits_drop_last(tc_digits *digits)
    void tc_digits_wipe(tc_digits *digits)

cdef extern from "collector.h" nogil:
    ctypedef struct tc_until:
        uint64_t threshold
        uint32_t first_digit, inter_digit, max, silence, sound, initial_silence
        uint16_t digits
        uint8_t max_digits, edge, also
    ctypedef struct tc_typeahead:
        uint8_t count, capacity
    ctypedef struct tc_meter:
        uint64_t threshold
        uint32_t silence, sound
        uint8_t loud, against
    ctypedef struct tc_collector:
        tc_until until
        uint64_t started, digit_at
        uint8_t taken
        uint8_t any_digit, heard
    uint16_t tc_digit_bit(char digit)
    void tc_typeahead_clear(tc_typeahead *ahead)
    bint tc_typeahead_add(tc_typeahead *ahead, char digit)
    void tc_meter_tick(tc_meter *meter, uint64_t energy)
    void tc_collector_start(tc_collector *collector, const tc_until *until, bint takes,
                            uint64_t tick, const tc_typeahead *ahead)
    void tc_collector_digit(tc_collector *collector, char digit, uint64_t tick,
                            const tc_typeahead *ahead)
    void tc_collector_cleared(tc_collector *collector)
    uint32_t tc_collector_tick(tc_collector *collector, uint64_t tick, bint sounding,
                               const tc_meter *meter, tc_typeahead *ahead, tc_digits *into)
    enum:
        TC_METER_TICKS
        TC_SOUND_ENERGY
        TC_EDGE_MAX_DIGITS
        TC_EDGE_DIGITS
        TC_EDGE_SILENCE
        TC_EDGE_SOUND
        TC_ALSO_TONE
        TC_ALSO_SPEECH

cdef extern from "player.h" nogil:
    ctypedef struct tc_segment:
        const uint8_t *octets
        size_t count
    ctypedef struct tc_playlist:
        size_t count
        const tc_segment *segments
        uint64_t octets
    enum:
        TC_CONTROLS
    ctypedef struct tc_controls:
        uint16_t digits[9]
        int16_t step
        uint8_t speed_step
        uint32_t skip

cdef extern from "tempo.h" nogil:
    enum:
        TC_TEMPO_LEAST
        TC_TEMPO_MOST

cdef extern from "mix.h" nogil:
    enum:
        TC_GAIN_MIN
        TC_GAIN_MAX

cdef extern from "dtmf.h" nogil:
    ctypedef struct tc_dtmf_profile:
        float floor_dbm0, forward_twist_db, reverse_twist_db
        float tolerance, tolerance_hz, purity, share, gap_ms, shortest_ms

cdef extern from "tone.h" nogil:
    ctypedef struct tc_tone_segment:
        float[4] hz, level_dbm0
        uint32_t samples
    ctypedef struct tc_tone:
        pass
    void tc_tone_init(tc_tone *tone, const tc_tone_segment *segments, unsigned count,
                      unsigned repeats)

cdef extern from "recorder.h" nogil:
    ctypedef struct tc_recorded:
        uint32_t slot, reasons, missing
        int32_t error
        uint64_t frames
    ctypedef struct tc_recorder:
        tc_ring blocks, finished
        uint32_t slots
    ctypedef struct tc_record_format:
        uint8_t sides, coding, raw, agc
    int tc_recorder_open(tc_recorder *recorder, uint32_t slot, int fd, tc_record_format format)
    void tc_recorder_abandon(tc_recorder *recorder, uint32_t slot)
    unsigned tc_recorder_drain(tc_recorder *recorder)

cdef extern from "histogram.h" nogil:
    ctypedef struct tc_histogram:
        uint64_t count, total, greatest
    uint64_t tc_histogram_quantile(const tc_histogram *histogram, double part)

cdef extern from "lane.h" nogil:
    enum:
        TC_EVENT_BITS
        TC_EVENT_DIGIT
        TC_EVENT_DIGIT_END
        TC_EVENT_DONE
        TC_EVENT_MASK
        TC_EVENT_CLOSED
        TC_BEEP_TICKS
        TC_HEARS_RECEIVED
        TC_HEARS_SENT
        TC_HEARS_BOTH
        TC_NO_SPAN
        TC_EVENT_ALARM
        TC_EVENT_STUCK
        TC_EVENT_HEARD
        TC_EVENT_LINK
        TC_EVENT_ECHO
        TC_EVENT_FRAMES
        TC_STUCK_TICKS
    ctypedef struct tc_event:
        uint64_t sample
        uint32_t value
        uint16_t lane
        uint8_t kind
        char code
    ctypedef struct tc_tapped:
        uint64_t sample
        uint32_t generation, lane
        uint8_t octets[80]
    ctypedef struct tc_outcome:
        uint64_t start, end, position
        uint32_t reasons
        uint8_t armed
        tc_digits digits
    ctypedef struct tc_lane_status:
        uint64_t energy, position
        uint32_t run, lost
        uint8_t loud, doing, waiting, masked, paused, speed
        int16_t volume
    ctypedef struct tc_lane:
        tc_outcome outcome
        tc_lane_status status

cdef extern from "hearing.h" nogil:
    enum:
        TC_HEARING_R1
        TC_HEARING_R2_FORWARD
        TC_HEARING_R2_BACKWARD
        TC_HEARING_SIGNALLING
        TC_HEARING_FAX
        TC_HEARING_TONES
        TC_HEARING_VOICE
        TC_FAX_ON

cdef extern from "vad.h" nogil:
    ctypedef struct tc_vad_profile:
        float threshold, floor_dbm0
        uint32_t hangover
    ctypedef struct tc_vad:
        pass
    void tc_vad_init(tc_vad *, const tc_vad_profile *)

cdef extern from "shared.h" nogil:
    ctypedef struct tc_detector:
        tc_templates *tones
        tc_vad *voice
    ctypedef struct tc_shared:
        unsigned count

cdef extern from "carrier.h" nogil:
    enum:
        TC_COUNTS
        TC_STATUS_ALIGNED
        TC_STATUS_MULTI
        TC_STATUS_INTERWORKING
        TC_STATUS_CAS
        TC_LOOP_NONE
        TC_LOOP_LOCAL
        TC_LOOP_LINE
        TC_LOOP_PAYLOAD
        TC_STATUS_LOOP
        TC_STATUS_CODE
        TC_STATUS_MESSAGE
        TC_SAY_MESSAGE
        TC_SAY_REPORT
        TC_SAY_CODE
        TC_SAY_OBEYS
        TC_T1_NO_MESSAGE
        TC_T1_NO_CODE
        TC_T1_CODE_UP
        TC_T1_CODE_DOWN
        TC_COUNT_REPORTS
        TC_COUNT_REPORT

    ctypedef struct tc_carrier:
        uint64_t counts[11]
        uint32_t status

    void tc_carrier_init(tc_carrier *carrier, bint t1, bint multi, bint cas)

cdef extern from "impair.h" nogil:
    enum:
        TC_SIGNAL_NORMAL
        TC_SIGNAL_NONE
        TC_SIGNAL_AIS
        TC_SIGNAL_UNFRAMED
        TC_ALARM_LOS
        TC_ALARM_LFA
        TC_ALARM_AIS
        TC_ALARM_RAI
    ctypedef struct tc_elastic:
        uint64_t slips, recentred
    ctypedef struct tc_biterrors:
        uint64_t count
    ctypedef struct tc_impairment:
        tc_biterrors errors
        tc_elastic store

cdef extern from "cancellers.h" nogil:
    ctypedef struct tc_canceller_order:
        tc_echo *echo
        uint32_t place
        uint16_t taps, delay
        uint8_t ulaw
    ctypedef struct tc_cancellers:
        unsigned count
    tc_echo_figures tc_cancellers_look(const tc_cancellers *cancellers, uint32_t place)

cdef extern from "engine.h" nogil:
    enum:
        TC_DO_PLUG
        TC_DO_BITS
        TC_DO_OPEN
        TC_DO_MOVE
        TC_DO_CLOSE
        TC_DO_PLAY
        TC_DO_COLLECT
        TC_DO_TONES
        TC_DO_MODEM
        TC_DO_FAX
        TC_DO_STOP
        TC_DO_PAUSE
        TC_DO_RESUME
        TC_DO_SEEK
        TC_DO_VOLUME
        TC_DO_SPEED
        TC_DO_GAINS
        TC_DO_CLEAR_DIGITS
        TC_DO_ARM
        TC_DO_DISARM
        TC_DO_LISTEN
        TC_DO_TAP
        TC_DO_UNTAP
        TC_DO_RECORD
        TC_DO_STOP_RECORDING
        TC_DO_COPPER
        TC_DO_HEAR
        TC_DO_CANCEL
        TC_DO_JOIN
        TC_DO_LEAVE
        TC_DO_DCHANNEL
        TC_DO_UNPLUG
        TC_DO_CUT
        TC_DO_DRIFT
        TC_DO_SLIP
        TC_DO_ERRORS
        TC_DO_LOSE
        TC_DO_LOOP
        TC_DO_SAY
        TC_DO_STICK
        TC_DO_JAM
        TC_DO_STALL
    struct tc_command_plug:
        tc_e1line *line
        tc_carrier *carrier
        uint8_t end, ulaw, idle
    struct tc_command_bits:
        uint8_t timeslot, abcd
    struct tc_command_open:
        uint32_t generation
        uint16_t span
        uint8_t timeslot, digits, detects
        int16_t receive, transmit
    struct tc_command_move:
        uint16_t span
        uint8_t timeslot
    struct tc_command_start:
        tc_until until
        const tc_playlist *list
        tc_controls controls
        tc_tone *tone
        tc_digits *secret
        uint8_t then_arm
        tc_link *link
        tc_fax_lane *fax
        tc_fsk *fsk
        unsigned place
    struct tc_command_seek:
        int64_t samples
        uint8_t relative
    struct tc_command_volume:
        int16_t tenths
    struct tc_command_speed:
        uint8_t percent
    struct tc_command_gains:
        int16_t receive, transmit
    struct tc_command_listen:
        int32_t source
        uint8_t what
    struct tc_command_tap:
        uint8_t delayed
    struct tc_command_record:
        uint32_t slot
        uint64_t ticks
        uint8_t beep
    struct tc_command_copper:
        tc_copper *line
        uint8_t cut_through
    struct tc_command_hear:
        uint8_t hearing, wanted
    struct tc_command_join:
        tc_detector detector
        unsigned place
    struct tc_command_leave:
        uint8_t kind
    struct tc_command_dchannel:
        tc_dchannel *channel
        uint8_t timeslot
    struct tc_command_number:
        int64_t value, other
    union tc_command_args:
        tc_command_plug plug
        tc_command_bits bits
        tc_command_open open
        tc_command_move move
        tc_command_start start
        tc_command_seek seek
        tc_command_volume volume
        tc_command_speed speed
        tc_command_gains gains
        tc_command_listen listen
        tc_command_tap tap
        tc_command_record record
        tc_command_copper copper
        tc_command_hear hear
        tc_canceller_order cancel
        tc_command_join join
        tc_command_leave leave
        tc_command_dchannel dchannel
        tc_command_number number
    ctypedef struct tc_command:
        uint16_t what, lane
        uint32_t operation
        tc_command_args args
    ctypedef struct tc_modems:
        unsigned count
    ctypedef struct tc_engine:
        tc_modems modems
        tc_cancellers cancellers
        tc_shared shared
        tc_ring commands, events, tapped
        tc_recorder recorder
        tc_lane *lane
        tc_impairment *impairment
        uint64_t last_tick
        uint64_t late
        tc_histogram tick_ns
        int wake_fd
    tc_engine *tc_engine_create(unsigned lanes, unsigned spans, const tc_dtmf_profile *dtmf)
    void tc_engine_destroy(tc_engine *engine)
    bint tc_engine_command(tc_engine *engine, const tc_command *command, unsigned reserve)
    bint tc_engine_due(const tc_engine *engine)
    void tc_engine_tick(tc_engine *engine, uint64_t tick)
    bint tc_engine_waits(const tc_engine *engine)
    void tc_engine_awake(tc_engine *engine)

cdef extern from "driver.h" nogil:
    ctypedef struct tc_driver:
        pass
    ctypedef struct tc_driver_stats:
        uint64_t ticks, late, lateness_ns_p999, lateness_ns_max
        int fifo
    tc_driver *tc_driver_create(uint64_t origin_ns, int priority)
    bint tc_driver_add(tc_driver *driver, tc_engine *engine)
    void tc_driver_remove(tc_driver *driver, tc_engine *engine)
    int tc_driver_start(tc_driver *driver)
    void tc_driver_request_stop(tc_driver *driver)
    void tc_driver_join(tc_driver *driver)
    void tc_driver_destroy(tc_driver *driver)
    tc_driver_stats tc_driver_get_stats(const tc_driver *driver)
