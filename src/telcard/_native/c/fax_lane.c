#include "fax_lane.h"

#include <string.h>

#define MS 8                     /* samples */
#define GAP (75 * MS)            /* T.30 5.3.2.3: 75 +-20 ms between two signals */
#define LONGEST_WAIT (1000 * MS) /* for a far end that does not become quiet */
#define PREAMBLE 38              /* flags at 300 bit/s: 1.01 s (T.30 5.3.1: 1 s +-15 %) */
#define ECM_PREAMBLE_MS 200      /* T.4 A.3.1 */
#define CHECK_MS 1500            /* T.30 5.3.6.1.3 */
#define TRAILING 3  /* flags behind the last frame: one may be lost as a carrier goes */
#define CED_HZ 2100 /* T.30 4.3.3.3 */
#define CNG_HZ 1100 /* T.30 4.2 */
#define CNG_ON (500 * MS)
#define CNG_OFF (3000 * MS)
#define MARK_HZ 1650 /* V.21 channel 2 */
#define SPACE_HZ 1850
#define SLOW_BAUD 300
#define PROGRAMS 8
#define TOLD 64

enum { STEP_WAITS, STEP_SENDS, STEP_ENDS };

int tc_fax_lane_init(tc_fax_lane *lane, const tc_fax_manner *manner, const tc_fax_plans *plans)
{
    memset(lane, 0, sizeof *lane);
    lane->manner = *manner;
    if (tc_ring_init(&lane->programs, sizeof(const tc_fax_program *), PROGRAMS))
        return -1;
    if (tc_ring_init(&lane->told, sizeof(tc_fax_told), TOLD)) {
        tc_ring_free(&lane->programs);
        return -1;
    }
    lane->silent = GAP;
    tc_fax_ear_init(&lane->ear, plans, &lane->told);
    return 0;
}

void tc_fax_lane_free(tc_fax_lane *lane)
{
    tc_ring_free(&lane->programs);
    tc_ring_free(&lane->told);
}

bool tc_fax_lane_run(tc_fax_lane *lane, const tc_fax_program *program)
{
    const tc_fax_program **place = tc_ring_try(&lane->programs);
    if (!place)
        return false;
    *place = program;
    tc_ring_publish(&lane->programs);
    return true;
}

/* ---- Programs ---- */

/* The phase has ended by itself. */
static void tell_done(tc_fax_lane *lane)
{
    tc_fax_told *told = tc_ring_claim(&lane->told);
    if (!told)
        return;
    memset(told, 0, offsetof(tc_fax_told, octets));
    told->sample = lane->sent;
    told->kind = TC_TOLD_DONE;
    told->program = lane->program->number;
    told->phase = (uint8_t)lane->at;
    tc_ring_publish(&lane->told);
}

static const tc_fax_phase *phase_of(const tc_fax_lane *lane)
{
    const tc_fax_program *program = lane->program;
    return program && lane->at < program->count ? &program->phase[lane->at] : NULL;
}

static void call(tc_fax_lane *lane)
{
    lane->segment[0] = (tc_tone_segment){
        .hz = {CNG_HZ}, .level_dbm0 = {(float)lane->manner.level_dbm0}, .samples = CNG_ON};
    lane->segment[1] = (tc_tone_segment){.samples = CNG_OFF};
    tc_tone_init(&lane->tone, lane->segment, 2, 0);
}

static void enter(tc_fax_lane *lane)
{
    const tc_fax_phase *phase = phase_of(lane);
    lane->step = STEP_WAITS;
    lane->waited = 0;
    lane->calling = 0;
    tc_fax_ear_close(&lane->ear);
    lane->ear.greets = TC_GREETING_CNG; /* whoever calls may do so while we send CED */
    if (!phase)
        return;
    lane->left = phase->samples;
    if (phase->kind != TC_PHASE_LISTEN)
        return;
    tc_fax_ear_open(&lane->ear, phase->wish);
    lane->ear.greets = TC_GREETING_CED | TC_GREETING_CNG | TC_GREETING_SOUND;
    lane->calling = phase->calling_tone;
    if (!lane->calling)
        return;
    lane->ear.greets = TC_GREETING_CED | TC_GREETING_SOUND; /* CNG would be our own, come back */
    call(lane);
}

static void leave(tc_fax_lane *lane)
{
    tell_done(lane);
    lane->at++;
    enter(lane);
}

/* The next program takes the present one's place; that of a transmitter when it has ended. */
static void take_programs(tc_fax_lane *lane)
{
    const tc_fax_program *const *next;
    while ((next = tc_ring_front(&lane->programs))) {
        const tc_fax_phase *phase = phase_of(lane);
        bool sounds = phase && phase->kind >= TC_PHASE_FRAMES && phase->kind <= TC_PHASE_ECM;
        if (sounds && lane->step != STEP_WAITS) {
            lane->step = STEP_ENDS;
            lane->waits = lane->held;
            return;
        }
        lane->program = *next;
        lane->at = 0;
        atomic_store_explicit(&lane->running, lane->program->number, memory_order_release);
        tc_ring_pop(&lane->programs);
        enter(lane);
    }
}

/* ---- Bits ---- */

static uint8_t mirror(uint8_t octet)
{
    return (uint8_t)((octet * 0x80200802ull & 0x0884422110ull) * 0x0101010101ull >> 32);
}

/* Flags and frames, as octets whose lowest bit is sent first; false: all have been made. */
static bool queue_frames(tc_fax_lane *lane, const tc_fax_phase *phase)
{
    uint8_t line;
    while (lane->held < sizeof lane->queue) {
        bool idle = tc_hdlc_wants(&lane->frames);
        bool more = lane->taken < phase->length;
        if (idle && more && !lane->left) {
            const uint8_t *frame = phase->octets + lane->taken;
            size_t length = frame[0] | (size_t)frame[1] << 8;
            tc_hdlc_give(&lane->frames, frame + 2, length);
            lane->taken += 2 + length;
            if (lane->taken == phase->length)
                lane->left = TRAILING; /* for when it has ended */
            continue;
        }
        if (idle && !lane->left)
            return lane->held > lane->waits;
        if (!tc_hdlc_make(&lane->frames, &line, 1))
            continue; /* the frame has ended */
        lane->queue[lane->held++] = mirror(line);
        if (idle)
            lane->left--;
    }
    return true;
}

static void begin(tc_fax_lane *lane, const tc_fax_phase *phase)
{
    const tc_fax_manner *manner = &lane->manner;
    lane->step = STEP_SENDS;
    lane->taken = 0;
    lane->waits = lane->held = 0;
    switch (phase->kind) {
    case TC_PHASE_CED:
        lane->segment[0] = (tc_tone_segment){
            .hz = {CED_HZ}, .level_dbm0 = {(float)manner->level_dbm0}, .samples = phase->samples};
        tc_tone_init(&lane->tone, lane->segment, 1, 1);
        return;
    case TC_PHASE_FRAMES:
        tc_fsk_send_init(&lane->slow, MARK_HZ, SPACE_HZ, SLOW_BAUD, manner->level_dbm0, 0, 0, 1);
        tc_hdlc_sender_init(&lane->frames, 8, false);
        lane->left = PREAMBLE;
        return;
    case TC_PHASE_ECM:
        tc_hdlc_sender_init(&lane->frames, 8, false);
        break;
    }
    tc_fax_mode mode = (tc_fax_mode)phase->mode;
    tc_fax_figures figures = tc_fax_figures_of(mode);
    uint32_t bit_s = (uint32_t)figures.baud * figures.bits;
    lane->left = bit_s * (phase->kind == TC_PHASE_ECM ? ECM_PREAMBLE_MS : CHECK_MS) / 8000;
    tc_fax_send_init(&lane->fast, mode, phase->short_train, manner->echo_tone, manner->level_dbm0);
}

/* ---- Sound ---- */

static size_t send_slow(tc_fax_lane *lane, const tc_fax_phase *phase, int16_t *out, size_t n)
{
    size_t made = 0;
    while (made < n) {
        size_t used = 0, had;
        if (lane->waits == lane->held) {
            lane->waits = lane->held = 0;
            if (lane->step == STEP_SENDS)
                queue_frames(lane, phase);
        }
        had = (size_t)(lane->held - lane->waits);
        size_t got = tc_fsk_send_feed(&lane->slow, lane->queue + lane->waits, had, &used,
                                      out + made, n - made);
        lane->waits = (uint8_t)(lane->waits + used);
        made += got;
        if (!had && !got)
            break;
    }
    return made;
}

/* Octets for the fast transmitter, and whether they are the last ones. */
static const uint8_t *next_octets(tc_fax_lane *lane, const tc_fax_phase *phase, size_t *count,
                                  int *ended)
{
    static const uint8_t zeros[64];
    *count = 0;
    *ended = 1;
    if (lane->step == STEP_ENDS)
        return zeros;
    if (phase->kind == TC_PHASE_CHECK) {
        *count = lane->left < sizeof zeros ? lane->left : sizeof zeros;
        *ended = *count == lane->left;
        return zeros;
    }
    if (phase->kind == TC_PHASE_IMAGE) {
        *count = phase->length - lane->taken;
        return phase->octets + lane->taken;
    }
    if (lane->waits == lane->held) {
        lane->waits = lane->held = 0;
        queue_frames(lane, phase);
    }
    *count = (size_t)(lane->held - lane->waits);
    *ended = !*count;
    return lane->queue + lane->waits;
}

static size_t send_fast(tc_fax_lane *lane, const tc_fax_phase *phase, int16_t *out, size_t n)
{
    size_t made = 0;
    while (made < n && lane->fast.stage != TC_FAX_SEND_DONE) {
        size_t count, used = 0;
        int ended;
        const uint8_t *octets = next_octets(lane, phase, &count, &ended);
        made += tc_fax_send_feed(&lane->fast, octets, count, ended, &used, out + made, n - made);
        if (lane->step == STEP_ENDS)
            continue;
        if (phase->kind == TC_PHASE_CHECK)
            lane->left -= (uint32_t)used;
        else if (phase->kind == TC_PHASE_IMAGE)
            lane->taken += used;
        else
            lane->waits = (uint8_t)(lane->waits + used);
    }
    return made;
}

static size_t send(tc_fax_lane *lane, const tc_fax_phase *phase, int16_t *out, size_t n)
{
    switch (phase->kind) {
    case TC_PHASE_CED:
        return tc_tone_feed(&lane->tone, out, n);
    case TC_PHASE_FRAMES:
        return send_slow(lane, phase, out, n);
    default:
        return send_fast(lane, phase, out, n);
    }
}

static void be_silent(tc_fax_lane *lane, int16_t *out, size_t n)
{
    memset(out, 0, n * sizeof *out);
    lane->silent += (uint32_t)n;
    lane->sent += n;
}

/* CNG, until the far end has said something. */
static void listen(tc_fax_lane *lane, int16_t *out, size_t n)
{
    if (lane->calling && lane->ear.flags)
        lane->calling = 0;
    if (!lane->calling) {
        be_silent(lane, out, n);
        return;
    }
    tc_tone_feed(&lane->tone, out, n);
    lane->silent = lane->tone.current ? lane->silent + (uint32_t)n : 0;
    lane->sent += n;
}

/* How long to wait still before a signal may begin, at most; 0: now. */
static size_t gap(const tc_fax_lane *lane)
{
    if (lane->silent < GAP)
        return GAP - lane->silent;
    bool answers = lane->at == 0;
    if (!answers || lane->ear.quiet >= GAP || lane->waited >= LONGEST_WAIT)
        return 0;
    return LONGEST_WAIT - lane->waited;
}

void tc_fax_lane_make(tc_fax_lane *lane, int16_t *out, size_t n)
{
    while (n) {
        size_t made = n;
        take_programs(lane);
        const tc_fax_phase *phase = phase_of(lane);
        if (!phase) {
            be_silent(lane, out, n);
        } else if (phase->kind == TC_PHASE_LISTEN) {
            listen(lane, out, n);
        } else if (phase->kind == TC_PHASE_SILENCE) {
            made = lane->left < n ? lane->left : n;
            be_silent(lane, out, made);
            lane->left -= (uint32_t)made;
            if (!lane->left)
                leave(lane);
        } else if (lane->step == STEP_WAITS) {
            size_t wait = gap(lane);
            made = wait < n ? wait : n;
            be_silent(lane, out, made);
            lane->waited += (uint32_t)made;
            if (!gap(lane))
                begin(lane, phase);
        } else {
            made = send(lane, phase, out, n);
            lane->sent += made;
            if (made)
                lane->silent = 0;
            if (made < n) {
                if (lane->step == STEP_ENDS)
                    lane->step = STEP_WAITS; /* so that the next program comes in */
                else
                    leave(lane);
            }
        }
        out += made;
        n -= made;
    }
}

bool tc_fax_lane_attend(tc_fax_lane *lane, bool *anew)
{
    take_programs(lane);
    return tc_fax_ear_wants_slow(&lane->ear, anew);
}

void tc_fax_lane_hear(tc_fax_lane *lane, const int16_t *in, unsigned n, const tc_fsk_event *found,
                      unsigned finds, unsigned row)
{
    tc_fax_ear_hear(&lane->ear, in, n, found, finds, row);
}
