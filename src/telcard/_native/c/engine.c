#include "engine.h"

#include "commands.h"
#include "g711.h"
#include "level.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TAP_TICKS 64    /* of sound for every lane that fit into the ring of taps */
#define RECORD_TICKS 64 /* of sound for every lane that fit into the ring to the writer */
#define EVENTS_A_LANE 16
#define COMMANDS_A_LANE 16

/* ---- Memory ---- */

/* Cleared, touched, on a cache line. */
static void *take_memory(size_t count, size_t size)
{
    size_t octets = (count * size + TC_CACHE_LINE - 1) / TC_CACHE_LINE * TC_CACHE_LINE;
    void *memory = aligned_alloc(TC_CACHE_LINE, octets);
    if (memory)
        memset(memory, 0, octets);
    return memory;
}

/* Cleared memory in pages of its own, for what holds secret type-ahead: it stays out of core dumps,
 * and is not swapped out where that is allowed to us. */
static void *take_pages(size_t octets)
{
    void *pages = mmap(NULL, octets, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    (void)madvise(pages, octets, MADV_DONTDUMP);
    (void)mlock(pages, octets);
    return pages;
}

static bool take_all(tc_engine *engine)
{
    size_t lanes = engine->lanes, groups = engine->groups;
    engine->open = take_memory(groups, sizeof *engine->open);
    engine->detecting = take_memory(groups, sizeof *engine->detecting);
    engine->resources = take_memory(groups, sizeof *engine->resources);
    engine->faded = take_memory(groups, sizeof *engine->faded);
    engine->monitoring = take_memory(groups, sizeof *engine->monitoring);
    engine->on_copper = take_memory(groups, sizeof *engine->on_copper);
    engine->quiet = take_memory(groups, sizeof *engine->quiet);
    engine->span = take_memory(engine->spans, sizeof *engine->span);
    engine->lane = take_pages(lanes * sizeof *engine->lane);
    engine->dtmf = take_memory(groups, sizeof *engine->dtmf);
    engine->hearing = take_memory(groups, sizeof *engine->hearing);
    engine->received = take_memory(groups * TC_GROUP, sizeof *engine->received);
    engine->to_send = take_memory(lanes, sizeof *engine->to_send);
    engine->lookback = take_memory(lanes, sizeof *engine->lookback);
    engine->impairment = calloc(engine->spans, sizeof *engine->impairment);
    engine->modems.count = TC_MODEM_GROUPS(engine->lanes);
    engine->modems.group = take_memory(engine->modems.count, sizeof *engine->modems.group);
    engine->shared.count = TC_SHARED_GROUPS(engine->lanes);
    engine->shared.group = take_memory(engine->shared.count, sizeof *engine->shared.group);
    tc_cancellers *cancellers = &engine->cancellers;
    cancellers->count = TC_CANCELLER_GROUPS(engine->lanes);
    cancellers->group = take_memory(cancellers->count, sizeof *cancellers->group);
    cancellers->wanted = take_memory(groups, sizeof *cancellers->wanted);
    cancellers->place = take_memory(lanes, sizeof *cancellers->place);
    cancellers->sent = take_memory(lanes, sizeof *cancellers->sent);
    return engine->open && engine->detecting && engine->resources && engine->faded &&
           engine->monitoring && engine->on_copper && engine->quiet && engine->span &&
           engine->lane && engine->dtmf && engine->hearing && engine->received && engine->to_send &&
           engine->lookback && engine->impairment && engine->modems.group && cancellers->group &&
           cancellers->wanted && cancellers->place && cancellers->sent && engine->shared.group &&
           !tc_ring_init(&engine->commands, sizeof(tc_command), 1024 + lanes * COMMANDS_A_LANE) &&
           !tc_ring_init(&engine->events, sizeof(tc_event), 1024 + lanes * EVENTS_A_LANE) &&
           !tc_ring_init(&engine->tapped, sizeof(tc_tapped), lanes * TAP_TICKS) &&
           !tc_recorder_init(&engine->recorder, 2 * engine->lanes, lanes * RECORD_TICKS);
}

tc_engine *tc_engine_create(unsigned lanes, unsigned spans, const tc_dtmf_profile *dtmf)
{
    tc_engine *engine = take_memory(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->lanes = lanes;
    engine->spans = spans;
    engine->groups = (lanes + TC_GROUP - 1) / TC_GROUP;
    engine->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (engine->wake_fd < 0 || !take_all(engine)) {
        tc_engine_destroy(engine);
        return NULL;
    }
    for (unsigned g = 0; g < engine->groups; g++) {
        tc_dtmf_init(&engine->dtmf[g], dtmf);
        tc_hearing_init(&engine->hearing[g]);
    }
    memset(engine->received, TC_ALAW_SILENCE, engine->groups * TC_GROUP * sizeof *engine->received);
    return engine;
}

void tc_engine_destroy(tc_engine *engine)
{
    if (!engine)
        return;
    if (engine->lane) /* the system clears pages before it gives them to anybody */
        munmap(engine->lane, engine->lanes * sizeof *engine->lane);
    tc_recorder_free(&engine->recorder);
    tc_ring_free(&engine->commands);
    tc_ring_free(&engine->events);
    tc_ring_free(&engine->tapped);
    free(engine->open);
    free(engine->detecting);
    free(engine->resources);
    free(engine->faded);
    free(engine->monitoring);
    free(engine->on_copper);
    free(engine->quiet);
    free(engine->span);
    free(engine->dtmf);
    free(engine->hearing);
    free(engine->received);
    free(engine->to_send);
    free(engine->lookback);
    free(engine->impairment);
    free(engine->modems.group);
    free(engine->cancellers.group);
    free(engine->cancellers.wanted);
    free(engine->cancellers.place);
    free(engine->cancellers.sent);
    free(engine->shared.group);
    if (engine->wake_fd >= 0)
        close(engine->wake_fd);
    free(engine);
}

/* ---- Commands ---- */

bool tc_engine_command(tc_engine *engine, const tc_command *command, unsigned reserve)
{
    if (tc_ring_room(&engine->commands) <= reserve)
        return false;
    memcpy(tc_ring_claim(&engine->commands), command, sizeof *command);
    tc_ring_publish(&engine->commands);
    return true;
}

/* ---- The tick ---- */

static bool has(const uint16_t *lanes_of_group, unsigned lane)
{
    return lanes_of_group[lane / TC_GROUP] >> lane % TC_GROUP & 1;
}

static void read_octets(tc_engine *engine, unsigned index, uint64_t tick)
{
    tc_span *span = &engine->span[index];
    const tc_e1_frame *frame = tc_e1_read(span->line, span->end, tick);
    bool carried = span->carrier != NULL;
    tc_impairment *impairment = &engine->impairment[index];
    bool impaired = impairment->store.in || (impairment->errors.threshold && !carried);
    int32_t slips = impairment->store.in
                        ? tc_elastic_advance(&impairment->store, tick, span->open | span->framed)
                        : 0;
    for (uint32_t left = span->open; left; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left), at = span->lane_at[t];
        uint8_t *received = engine->received[at];
        const uint8_t *came = tc_span_octets(span, frame, t);
        if (span->garbled)
            memset(received, TC_ALL_ONES, TC_TICK_SAMPLES);
        else if (came)
            memcpy(received, came, TC_TICK_SAMPLES);
        else
            memset(received, frame ? frame->idle : tc_span_silence(span), TC_TICK_SAMPLES);
        if (impaired)
            tc_impair_octets(impairment, tick, t, slips, carried, received);
        if (span->ulaw)
            tc_ulaw_to_alaw(received, received, TC_TICK_SAMPLES);
        if (has(engine->on_copper, at))
            tc_lane_over_copper(&engine->lane[at], tc_copper_receive, received);
    }
    if (span->framed) {
        tc_span_hear_frames(span, impairment, tick, frame, slips);
        tc_span_tell_frames(span, index, tick, &engine->events);
    }
}

/* What came from lines passes the gain of its lane before anybody hears it. */
static void fade_group(tc_engine *engine, unsigned group)
{
    for (uint32_t left = engine->faded[group]; left; left &= left - 1) {
        unsigned index = group * TC_GROUP + (unsigned)__builtin_ctz(left);
        tc_gain_apply(&engine->lane[index].receive, engine->received[index], TC_TICK_SAMPLES);
    }
}

/* What a lane gets from the one that it listens to; NULL: silence.  `early`: nobody has heard yet
 * in this tick, so what tc_lane_hear() is going to mask is left out, and the sound is that of the
 * last tick. */
static const uint8_t *slot_value(const tc_engine *engine, const tc_lane *lane, bool early)
{
    if (lane->source < 0)
        return NULL;
    const tc_lane *source = &engine->lane[lane->source];
    if (tc_engine_hears_sound(engine, lane))
        return source->speaks ? engine->to_send[lane->source] : NULL;
    return early && tc_mask_on(&source->mask) ? NULL : engine->received[lane->source];
}

/* Resources receive before anybody hears: it does not matter who comes first. */
static void receive_group(tc_engine *engine, unsigned group)
{
    for (uint32_t left = engine->resources[group]; left; left &= left - 1) {
        unsigned index = group * TC_GROUP + (unsigned)__builtin_ctz(left);
        const uint8_t *value = slot_value(engine, &engine->lane[index], true);
        if (value)
            memcpy(engine->received[index], value, TC_TICK_SAMPLES);
        else
            memset(engine->received[index], TC_ALAW_SILENCE, TC_TICK_SAMPLES);
    }
}

static void write_line(tc_engine *engine, unsigned index, uint64_t tick)
{
    tc_span *span = &engine->span[index];
    tc_carrier *carrier = span->carrier;
    tc_impairment *impairment = &engine->impairment[index];
    if (carrier &&
        tc_carrier_sleeps(carrier, impairment, span->sent, tc_span_busy(span, impairment)))
        return;
    tc_e1_frame *frame = tc_e1_begin(span->line, span->end, tick);
    uint8_t unheard[TC_E1_TIMESLOTS][TC_TICK_SAMPLES]; /* while what comes goes back */
    uint8_t (*to_send)[TC_TICK_SAMPLES] = frame->octets;
    if (carrier)
        to_send = carrier->loop == TC_LOOP_PAYLOAD ? unheard : carrier->octets;
    frame->speaking = 0;
    for (uint32_t left = span->open; left; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left), at = span->lane_at[t];
        uint8_t *octets = to_send[t];
        bool faded = has(engine->faded, at);
        bool cancels = has(engine->cancellers.wanted, at);
        if (has(engine->quiet, at)) {
            if (faded)
                tc_gain_settle(&engine->lane[at].transmit);
            if (cancels)
                tc_cancellers_sent(&engine->cancellers, at, NULL);
            continue;
        }
        frame->speaking |= 1u << t;
        memcpy(octets, engine->to_send[at], TC_TICK_SAMPLES);
        if (faded)
            tc_gain_apply(&engine->lane[at].transmit, octets, TC_TICK_SAMPLES);
        if (span->ulaw)
            tc_alaw_to_ulaw(octets, octets, TC_TICK_SAMPLES);
        if (cancels)
            tc_cancellers_sent(&engine->cancellers, at, octets);
    }
    tc_span_make_frames(span, frame, to_send);
    frame->idle = span->idle;
    memcpy(frame->bits, span->sent, sizeof frame->bits);
    tc_impair_sent(impairment, &span->heard, frame);
    if (carrier)
        tc_carrier_send(carrier, span->sent, span->open | span->framed, frame);
    tc_e1_commit(span->line, span->end, tick, frame);
}

/* [lane][80] -> [80][16], octets, because they are half as wide as what they stand for. */
static void interleave(const uint8_t (*received)[TC_TICK_SAMPLES], uint8_t *octets)
{
    for (unsigned s = 0; s < TC_TICK_SAMPLES; s++)
        for (unsigned row = 0; row < TC_GROUP; row++)
            octets[s * TC_GROUP + row] = received[row][s];
}

/* What a group's lanes need lies cold: it is fetched while their sound is looked at. */
static void fetch_lanes(const tc_engine *engine, unsigned group)
{
    for (uint32_t left = engine->open[group]; left; left &= left - 1) {
        const tc_lane *lane = &engine->lane[group * TC_GROUP + (unsigned)__builtin_ctz(left)];
        __builtin_prefetch(&lane->status, 1);
        __builtin_prefetch(&lane->heard, 1);
        __builtin_prefetch(&lane->collector, 1);
        __builtin_prefetch(&lane->player, 1);
    }
}

/* The other detectors' turn; nobody hears what is masked. */
static unsigned hear_beside(tc_engine *engine, uint64_t tick, unsigned group, const int16_t *sound)
{
    tc_hearing *hearing = &engine->hearing[group];
    if (!tc_hearing_wanted(hearing))
        return 0;
    uint16_t masked = 0;
    for (uint32_t left = engine->open[group]; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left);
        masked |= (uint16_t)(tc_mask_on(&engine->lane[group * TC_GROUP + row].mask) << row);
    }
    return tc_hearing_tick(hearing, sound, tick * TC_TICK_SAMPLES, masked, engine->heard);
}

static void hear_group(tc_engine *engine, const tc_ways *ways, uint64_t tick, unsigned group)
{
    enum { CELLS = TC_TICK_SAMPLES * TC_GROUP };
    uint8_t octets[CELLS];
    _Alignas(TC_CACHE_LINE) int16_t sound[CELLS];
    uint64_t energy[TC_GROUP] = {0};
    unsigned first = group * TC_GROUP, finds = 0;
    uint32_t busy = 0;

    fetch_lanes(engine, group);
    interleave((const uint8_t (*)[TC_TICK_SAMPLES])engine->received + first, octets);
    tc_alaw_decode(octets, sound, CELLS);
    tc_energy_lanes(sound, TC_TICK_SAMPLES, TC_GROUP, energy);
    if (engine->detecting[group]) {
        tc_dtmf *dtmf = &engine->dtmf[group];
        finds = tc_dtmf_feed(dtmf, sound, TC_TICK_SAMPLES, engine->detecting[group], engine->found,
                             sizeof engine->found / sizeof *engine->found);
        busy = tc_dtmf_busy(dtmf) & engine->detecting[group];
    }
    unsigned heard = hear_beside(engine, tick, group, sound);
    for (uint32_t left = engine->open[group]; left; left &= left - 1) {
        unsigned row = (unsigned)__builtin_ctz(left), mine = 0;
        tc_dtmf_event found[4]; /* of one lane in 10 ms: an end and a beginning, if that */
        for (unsigned i = 0; i < finds && mine < 4; i++)
            if (engine->found[i].lane == row)
                found[mine++] = engine->found[i];
        tc_lane_hear(&engine->lane[first + row], ways, tick, found, mine, busy >> row & 1,
                     energy[row], engine->received[first + row], engine->to_send[first + row],
                     &engine->lookback[first + row]);
        if (engine->lane[first + row].armed_now)
            tc_engine_mask_listeners(engine, &engine->lane[first + row]);
    }
    for (unsigned i = 0; i < heard; i++)
        tc_lane_tell_heard(&engine->lane[first + engine->heard[i].row], ways, &engine->heard[i]);
    if (finds) /* they may be secret */
        memset(engine->found, 0, finds * sizeof *engine->found);
}

/* `rows`: lanes of the group that do. */
static void send_group(tc_engine *engine, const tc_ways *ways, uint64_t tick, unsigned group,
                       uint16_t rows)
{
    uint16_t quiet = 0;
    for (uint32_t left = rows; left; left &= left - 1) {
        unsigned index = group * TC_GROUP + (unsigned)__builtin_ctz(left);
        tc_lane *lane = &engine->lane[index];
        const uint8_t *source = tc_lane_is_resource(lane) ? NULL : slot_value(engine, lane, false);
        uint8_t both[TC_TICK_SAMPLES];
        if (lane->hears == TC_HEARS_BOTH) {
            tc_alaw_add(source, engine->to_send[lane->source], both, TC_TICK_SAMPLES);
            source = both;
        }
        if (!tc_lane_send(lane, ways, tick, source, engine->received[index], engine->to_send[index],
                          &engine->lookback[index])) {
            tc_engine_free_lane(engine, lane);
        } else if (has(engine->on_copper, index) && lane->cut_through) {
            tc_lane_over_copper(lane, tc_copper_send, engine->to_send[index]);
            lane->quiet = 0; /* it has noises of its own */
        }
        quiet |= (uint16_t)(lane->quiet << index % TC_GROUP);
    }
    engine->quiet[group] = (uint16_t)((engine->quiet[group] & ~rows) | quiet);
}

/* Lanes that monitor come last: they hear what the others send. */
static void send_all(tc_engine *engine, const tc_ways *ways, uint64_t tick)
{
    for (unsigned g = 0; g < engine->groups; g++)
        if (engine->open[g])
            send_group(engine, ways, tick, g, engine->open[g] & (uint16_t)~engine->monitoring[g]);
    for (unsigned g = 0; g < engine->groups; g++)
        if (engine->monitoring[g])
            send_group(engine, ways, tick, g, engine->monitoring[g]);
}

static uint64_t processor_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void run(tc_engine *engine, uint64_t tick)
{
    uint64_t began = processor_ns();
    tc_ways ways = {&engine->events, &engine->tapped, &engine->recorder.blocks};
    const tc_command *command;
    while ((command = tc_ring_front(&engine->commands))) {
        tc_engine_obey(engine, &ways, tick, command);
        tc_ring_pop(&engine->commands);
    }
    for (unsigned i = 0; i < engine->spans; i++)
        if (engine->span[i].line) {
            tc_span_read(&engine->span[i], &engine->impairment[i], i, tick, &engine->events);
            read_octets(engine, i, tick);
        }
    if (engine->open_lanes) {
        tc_cancellers_tick(&engine->cancellers, engine->lane, &ways, tick, engine->received);
        for (unsigned g = 0; g < engine->groups; g++)
            fade_group(engine, g);
        for (unsigned g = 0; g < engine->groups; g++)
            receive_group(engine, g);
        tc_modems_hear(&engine->modems, engine->lane,
                       (const uint8_t (*)[TC_TICK_SAMPLES])engine->received);
        tc_shared_hear(&engine->shared, engine->lane, &ways, tick,
                       (const uint8_t (*)[TC_TICK_SAMPLES])engine->received);
        for (unsigned g = 0; g < engine->groups; g++)
            if (engine->open[g])
                hear_group(engine, &ways, tick, g);
        send_all(engine, &ways, tick);
    }
    for (unsigned i = 0; i < engine->spans; i++)
        if (engine->span[i].line)
            write_line(engine, i, tick);
    atomic_store_explicit(&engine->last_tick, tick, memory_order_release);
    tc_histogram_add(&engine->tick_ns, processor_ns() - began);
}

void tc_engine_tick(tc_engine *engine, uint64_t tick)
{
    if (engine->stalled_from && tick < engine->stalled_until)
        return;
    for (uint64_t due = engine->stalled_from; due && due < tick; due++) {
        run(engine, due);
        atomic_fetch_add_explicit(&engine->late, 1, memory_order_relaxed);
    }
    engine->stalled_from = 0;
    run(engine, tick);
}

bool tc_engine_due(const tc_engine *engine)
{
    if (engine->open_lanes || engine->stalled_from || tc_ring_waits(&engine->commands))
        return true;
    for (unsigned i = 0; i < engine->spans; i++) {
        if (tc_span_due(&engine->span[i], &engine->impairment[i]))
            return true;
    }
    return false;
}

/* ---- Waking the loop ---- */

bool tc_engine_waits(const tc_engine *engine)
{
    return tc_ring_waits(&engine->events) || tc_ring_waits(&engine->tapped) ||
           tc_ring_waits(&engine->recorder.finished);
}

void tc_engine_wake(tc_engine *engine)
{
    if (!tc_engine_waits(engine) || atomic_exchange(&engine->woken, 1))
        return;
    uint64_t one = 1;
    ssize_t written = write(engine->wake_fd, &one, sizeof one);
    (void)written; /* fails only when the counter is full: then it is readable already */
}

void tc_engine_awake(tc_engine *engine)
{
    uint64_t count;
    ssize_t got = read(engine->wake_fd, &count, sizeof count);
    (void)got;                          /* nothing to read: nobody woke us, which is no error */
    atomic_exchange(&engine->woken, 0); /* reads what the waker wrote, and so sees what he pushed */
}
