#include "e1line.h"

#include <string.h>

void tc_e1_init(tc_e1line *line)
{
    memset(line, 0, sizeof *line);
    for (unsigned end = 0; end < 2; end++) {
        atomic_init(&line->from[end].newest, TC_NEVER);
        for (unsigned i = 0; i < TC_E1_DEPTH; i++)
            atomic_init(&line->from[end].frames[i].tick, TC_NEVER);
    }
}

tc_e1_frame *tc_e1_begin(tc_e1line *line, unsigned end, uint64_t tick)
{
    tc_e1_frame *frame = &line->from[end].frames[tick % TC_E1_DEPTH];
    frame->speaking = frame->lively = 0;
    return frame;
}

void tc_e1_commit(tc_e1line *line, unsigned end, uint64_t tick, tc_e1_frame *frame)
{
    atomic_store_explicit(&frame->tick, tick, memory_order_release);
    atomic_store_explicit(&line->from[end].newest, tick, memory_order_release);
}

const tc_e1_frame *tc_e1_read(const tc_e1line *line, unsigned end, uint64_t tick)
{
    if (tick == 0)
        return NULL;
    const tc_e1_frame *frame = &line->from[1 - end].frames[(tick - 1) % TC_E1_DEPTH];
    return atomic_load_explicit(&frame->tick, memory_order_acquire) == tick - 1 ? frame : NULL;
}

void tc_e1_state_init(tc_e1_state *state)
{
    state->signal = TC_SIGNAL_ABSENT;
    state->remote = 0;
    memset(state->bits, TC_BITS_BLOCKED, sizeof state->bits);
}

static void state_of(const tc_e1_frame *frame, tc_e1_state *state)
{
    state->signal = frame->signal;
    state->remote = frame->remote;
    memcpy(state->bits, frame->bits, sizeof state->bits);
}

void tc_e1_state_at(const tc_e1line *line, unsigned end, uint64_t tick, tc_e1_state *state)
{
    const tc_e1_direction *direction = &line->from[1 - end];
    const tc_e1_frame *last = NULL;
    uint64_t last_tick = 0;
    for (unsigned i = 0; i < TC_E1_DEPTH; i++) {
        const tc_e1_frame *frame = &direction->frames[i];
        uint64_t written = atomic_load_explicit(&frame->tick, memory_order_acquire);
        if (written < tick && (!last || written > last_tick)) {
            last = frame;
            last_tick = written;
        }
    }
    if (last)
        state_of(last, state);
    else
        tc_e1_state_init(state);
}

bool tc_e1_news(const tc_e1line *line, unsigned end, const tc_e1_state *known)
{
    const tc_e1_direction *direction = &line->from[1 - end];
    uint64_t newest = atomic_load_explicit(&direction->newest, memory_order_acquire);
    if (newest == TC_NEVER)
        return false;
    tc_e1_state state;
    state_of(&direction->frames[newest % TC_E1_DEPTH], &state);
    return memcmp(&state, known, sizeof state) != 0;
}

uint32_t tc_e1_lively(const tc_e1line *line, unsigned end, uint64_t tick)
{
    const tc_e1_direction *direction = &line->from[1 - end];
    uint64_t newest = atomic_load_explicit(&direction->newest, memory_order_acquire);
    if (newest == TC_NEVER || newest < tick)
        return 0;
    return direction->frames[newest % TC_E1_DEPTH].lively;
}
