#include "link.h"

#include <string.h>

#define PEEKED 8 /* octets that a stretch of 80 samples may begin: 12 bits at most, so 2 */

int tc_link_init(tc_link *link, const tc_link_plan *plan, const tc_fsk_standard *sends,
                 tc_fsk_framing framing, uint8_t stop, uint32_t capacity)
{
    memset(link, 0, sizeof *link);
    link->plan = *plan;
    link->framing = framing;
    tc_fsk_send_init(&link->send, sends->mark_hz, sends->space_hz, sends->baud, plan->level_dbm0,
                     framing.data, framing.parity, stop);
    link->answer = (tc_tone_segment){
        .hz = {plan->tone_hz}, .level_dbm0 = {plan->level_dbm0}, .samples = plan->tone};
    if (tc_ring_init(&link->to_send, 1, capacity))
        return -1;
    if (tc_ring_init(&link->received, 1, capacity)) {
        tc_ring_free(&link->to_send);
        return -1;
    }
    return 0;
}

void tc_link_free(tc_link *link)
{
    tc_ring_free(&link->to_send);
    tc_ring_free(&link->received);
}

/* ---- Hearing ---- */

static void take(tc_link *link, uint8_t octet)
{
    uint8_t *place = tc_ring_claim(&link->received);
    link->last_octet = link->now;
    link->news = 1;
    if (!place)
        return;
    *place = octet;
    tc_ring_publish(&link->received);
}

static void count(_Atomic uint32_t *errors)
{
    atomic_fetch_add_explicit(errors, 1, memory_order_relaxed);
}

void tc_link_hear(tc_link *link, const tc_fsk_event *events, unsigned n, unsigned row, bool marks)
{
    bool echo = link->plan.half && (link->raised_now || link->now < link->quiet_since);
    bool listens = link->phase == TC_LINK_DATA && !echo;
    for (unsigned i = 0; i < n; i++) {
        const tc_fsk_event *event = &events[i];
        if (event->lane != row)
            continue;
        switch (event->kind) {
        case TC_FSK_CARRIER:
            link->there = 1;
            link->level = event->value;
            break;
        case TC_FSK_LOST:
            link->there = 0;
            link->absent_since = link->now;
            link->answered = link->phase == TC_LINK_WAITS;
            break;
        case TC_FSK_OCTET:
            if (listens)
                take(link, (uint8_t)event->value);
            break;
        case TC_FSK_FRAMING:
            if (listens)
                count(&link->framing_errors);
            break;
        case TC_FSK_PARITY:
            if (listens)
                count(&link->parity_errors);
            break;
        case TC_FSK_BREAK:
            if (listens)
                count(&link->breaks);
            break;
        }
    }
    if (link->carrier != (link->there && !echo)) {
        link->carrier = link->there && !echo;
        link->news = 1;
    }
    if (!(marks && link->there && !echo))
        link->marks = 0;
    else if (!link->marks) {
        link->marks = 1;
        link->marking_since = link->now;
    }
}

/* ---- Phases ---- */

static void enter(tc_link *link, uint8_t phase)
{
    link->phase = phase;
    link->since = link->now;
    link->news = 1;
    if (phase == TC_LINK_TONE)
        tc_tone_init(&link->tone, &link->answer, 1, 1);
    if (phase == TC_LINK_DATA)
        link->last_octet = link->now;
}

static void end(tc_link *link, uint8_t why)
{
    link->why = why;
    enter(link, TC_LINK_OVER);
}

static bool settled(const tc_link *link)
{
    return link->marks && link->now - link->marking_since >= link->plan.settle;
}

static void advance(tc_link *link)
{
    const tc_link_plan *plan = &link->plan;
    uint64_t lasts = link->now - link->since;
    switch (link->phase) {
    case TC_LINK_QUIET:
        if (lasts < plan->quiet)
            return;
        enter(link, plan->tone ? TC_LINK_TONE : TC_LINK_PAUSE);
        break;
    case TC_LINK_TONE:
        if (lasts >= plan->tone)
            enter(link, TC_LINK_PAUSE);
        break;
    case TC_LINK_PAUSE:
        if (lasts >= plan->pause) /* half duplex has no carrier to wait for, but a tone */
            enter(link, plan->half && !plan->awaits ? TC_LINK_DATA : TC_LINK_WAITS);
        break;
    case TC_LINK_WAITS:
        if (plan->half ? link->answered : settled(link))
            enter(link, TC_LINK_DATA);
        else if (lasts >= plan->carrier)
            end(link, link->closing ? TC_LINK_CLOSED : TC_LINK_NO_CARRIER);
        break;
    case TC_LINK_DATA:
        if (!plan->half && !link->there && link->now - link->absent_since >= plan->lost)
            end(link, TC_LINK_LOST);
        else if (plan->idle && link->now - link->last_octet >= plan->idle)
            end(link, TC_LINK_IDLE);
        break;
    }
}

/* ---- Sending ---- */

static bool empty(const tc_link *link)
{
    return !tc_ring_waits(&link->to_send) && !link->send.left && !link->send.begun;
}

/* Octets that wait, and still do until they are taken. */
static size_t peek(const tc_ring *ring, uint8_t *octets)
{
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    size_t n = head - tail < PEEKED ? (size_t)(head - tail) : PEEKED;
    for (size_t i = 0; i < n; i++)
        octets[i] = ring->records[(tail + i) & ring->mask];
    return n;
}

/* A carrier; octets in it as soon as they may be. */
static void send(tc_link *link, int16_t *out, uint32_t n, bool octets_may)
{
    uint8_t octets[PEEKED];
    size_t used = 0, some = octets_may ? peek(&link->to_send, octets) : 0;
    link->send.idles = 1;
    tc_fsk_send_feed(&link->send, octets, some, &used, out, n);
    for (size_t i = 0; i < used; i++)
        tc_ring_pop(&link->to_send);
    if (used) {
        link->last_octet = link->now;
        link->news = 1; /* there is room again */
    }
}

/* Half duplex: whether the carrier is up in these samples. */
static bool turn(tc_link *link)
{
    const tc_link_plan *plan = &link->plan;
    if (!link->raised_now) {
        bool free = !link->there && link->now - link->absent_since >= plan->turn;
        if (empty(link) || !free)
            return false;
        link->raised_now = 1;
        link->raised = link->now;
        link->trailing = 0;
        return true;
    }
    if (!empty(link)) {
        link->trailing = 0;
    } else if (!link->trailing) {
        link->trailing = 1;
        link->emptied = link->now;
    } else if (link->now - link->emptied >= plan->trail) {
        link->raised_now = 0;
        link->quiet_since = link->now + plan->deaf;
        return false;
    }
    return true;
}

/* What is to be done in the stretch that begins. */
static void decide(tc_link *link)
{
    const tc_link_plan *plan = &link->plan;
    advance(link);
    link->up = link->may = 0;
    if (link->phase == TC_LINK_DATA && plan->half) {
        link->up = turn(link);
        link->may = link->up && link->now - link->raised >= plan->ready;
    } else if (link->phase == TC_LINK_DATA) {
        link->up = 1; /* who has just raised it lets the other's settle first */
        link->may = !plan->follows || link->now - link->since >= plan->settle + plan->ready;
    } else if (link->phase == TC_LINK_WAITS) {
        link->up = !plan->follows;
    }
}

bool tc_link_make(tc_link *link, int16_t *out, uint32_t n)
{
    while (n) {
        uint32_t at = link->now % TC_LINK_STRETCH, part = TC_LINK_STRETCH - at;
        size_t made = 0;
        part = n < part ? n : part;
        if (!at)
            decide(link);
        if (link->phase == TC_LINK_TONE)
            made = tc_tone_feed(&link->tone, out, part);
        if (link->up)
            send(link, out, part, link->may);
        else
            memset(out + made, 0, (part - made) * sizeof *out);
        link->now += part;
        out += part;
        n -= part;
    }
    if (link->phase == TC_LINK_DATA && link->closing && empty(link) && !link->raised_now)
        end(link, TC_LINK_CLOSED);
    return link->phase != TC_LINK_OVER;
}
