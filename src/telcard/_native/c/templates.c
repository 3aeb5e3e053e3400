#include "templates.h"

#include <math.h>
#include <string.h>

/* A tone is told some 60 ms after it has begun, and its end some 60 ms after it: what was not told
 * so long after a moment has not happened before it. */
#define LAG 960

void tc_templates_init(tc_templates *g, const tc_template *templates, unsigned count,
                       const tc_steady_profile *profile)
{
    memset(g, 0, sizeof *g);
    tc_steady_init(&g->steady, profile);
    g->templates = templates;
    g->count = count;
}

void tc_templates_reset(tc_templates *g, unsigned lane)
{
    tc_steady_reset(&g->steady, lane);
    g->stretches[lane] = g->sounding[lane] = 0;
    g->next[lane] = 0;
    memset(g->state[lane], 0, sizeof g->state[lane]);
}

/* The stretch that is `back` before the newest. */
static tc_template_stretch *stretch(tc_templates *g, unsigned lane, uint32_t back)
{
    return &g->stretch[lane][(g->newest[lane] - back) % TC_TEMPLATE_STRETCHES];
}

static int within(uint64_t length, tc_template_length wanted)
{
    return length >= wanted.least && (!wanted.most || length <= wanted.most);
}

/* Whether the tone is that of a burst.  A single window takes also what has all its energy inside:
 * two frequencies, or one that is modulated. */
static int fits(const tc_template *t, unsigned burst, const tc_steady_tone *tone)
{
    const float *hz = t->hz[burst], *deviation = t->deviation[burst];
    const int sines = tone->sines == 2 ? 2 : 1;
    for (int i = 0; i < sines; i++)
        if (tone->dbm0[i] < t->floor_dbm0 || tone->dbm0[i] > t->ceiling_dbm0)
            return 0;
    if (hz[1] > 0)
        return sines == 2 && fabsf(tone->hz[0] - hz[0]) <= deviation[0] &&
               fabsf(tone->hz[1] - hz[1]) <= deviation[1] &&
               fabsf(tone->dbm0[0] - tone->dbm0[1]) <= t->twist_db;
    return fabsf(tone->hz[0] - hz[0]) <= deviation[0] &&
           (sines == 1 || fabsf(tone->hz[1] - hz[0]) <= deviation[0]);
}

static unsigned tell(tc_templates *g, unsigned lane, unsigned index, uint8_t kind,
                     tc_template_event *out)
{
    const tc_template_state *s = &g->state[lane][index];
    *out = (tc_template_event){
        .start = s->start,
        .decided = g->steady.heard - g->steady.origin[lane],
        .frames = s->last - s->start,
        .lane = (uint8_t)lane,
        .kind = kind,
        .index = (uint8_t)index,
        .tone = stretch(g, lane, 0)->tone,
    };
    return 1;
}

static unsigned quit(tc_templates *g, unsigned lane, unsigned index, tc_template_event *out)
{
    tc_template_state *s = &g->state[lane][index];
    unsigned told = s->active ? tell(g, lane, index, TC_TEMPLATE_OFF, out) : 0;
    s->active = 0;
    s->due = s->expire = 0;
    return told;
}

/* Whether the newest stretches are the last bursts of so many cycles, the newest being `burst`. */
static int cycles(tc_templates *g, unsigned lane, const tc_template *t, unsigned burst)
{
    const uint32_t all = t->bursts * t->repetitions;
    if (g->stretches[lane] < all)
        return 0;
    for (uint32_t back = 0; back < all; back++) {
        const tc_template_stretch *s = stretch(g, lane, back);
        unsigned at = (burst + all - back) % t->bursts;
        if (!fits(t, at, &s->tone) || !within(s->end - s->start, t->on[at]))
            return 0;
        if (back && !within(stretch(g, lane, back - 1)->start - s->end, t->off[at]))
            return 0;
    }
    return 1;
}

/* A stretch has begun: a pause is over, a tone stands. */
static unsigned begun(tc_templates *g, unsigned lane, unsigned index, tc_template_event *out)
{
    const tc_template *t = &g->templates[index];
    tc_template_state *s = &g->state[lane][index];
    const tc_template_stretch *now = stretch(g, lane, 0);
    unsigned told = 0;
    if (!t->bursts) {
        if (!t->trailing && fits(t, 0, &now->tone)) {
            s->start = now->start;
            s->due = now->start + t->on[0].least;
        }
        return 0;
    }
    if (s->due) { /* the last pause that was waited for: long enough? */
        const tc_template_stretch *before = stretch(g, lane, 1);
        if (now->start - before->end >= t->off[s->burst].least) {
            s->active = 1;
            /* what is told is the cycle, not the tone that has begun since */
            g->newest[lane]--;
            told += tell(g, lane, index, TC_TEMPLATE_ON, out);
            g->newest[lane]++;
        }
        s->due = 0;
    }
    if (s->active) {
        const tc_template_stretch *before = stretch(g, lane, 1);
        unsigned next = (unsigned)(s->burst + 1) % t->bursts;
        if (!within(now->start - before->end, t->off[s->burst]) || !fits(t, next, &now->tone))
            return told + quit(g, lane, index, out + told);
        s->expire = t->on[next].most ? now->start + t->on[next].most + LAG : 0;
    }
    return told;
}

/* A stretch is over. */
static unsigned ended(tc_templates *g, unsigned lane, unsigned index, tc_template_event *out)
{
    const tc_template *t = &g->templates[index];
    tc_template_state *s = &g->state[lane][index];
    const tc_template_stretch *now = stretch(g, lane, 0);
    unsigned told = 0;
    if (!t->bursts) {
        int fit = fits(t, 0, &now->tone) && within(now->end - now->start, t->on[0]);
        s->last = now->end;
        if (!s->active && fit) {
            s->start = now->start;
            s->active = 1;
            told += tell(g, lane, index, TC_TEMPLATE_ON, out);
        }
        return told + quit(g, lane, index, out + told);
    }
    if (s->active) {
        unsigned next = (unsigned)(s->burst + 1) % t->bursts;
        if (!fits(t, next, &now->tone) || !within(now->end - now->start, t->on[next])) {
            told += quit(g, lane, index, out);
        } else {
            s->burst = (int8_t)next;
            s->last = now->end;
            s->expire = t->off[next].most ? now->end + t->off[next].most + LAG : 0;
            return told;
        }
    }
    for (unsigned burst = 0; burst < t->bursts; burst++)
        if (cycles(g, lane, t, burst)) {
            s->burst = (int8_t)burst;
            s->start = stretch(g, lane, t->bursts * t->repetitions - 1)->start;
            s->last = now->end;
            s->due = now->end + t->off[burst].least;
            break;
        }
    return told;
}

/* Time has passed in which nothing began or ended. */
static unsigned passed(tc_templates *g, unsigned lane, unsigned index, uint64_t now,
                       tc_template_event *out)
{
    const tc_template *t = &g->templates[index];
    tc_template_state *s = &g->state[lane][index];
    if (s->due && now >= s->due + (t->bursts ? LAG : 0)) {
        s->active = 1;
        if (t->bursts) {
            s->expire = t->off[s->burst].most ? s->last + t->off[s->burst].most + LAG : 0;
        } else {
            s->last = now;
            s->expire = t->on[0].most ? s->start + t->on[0].most + LAG : 0;
        }
        s->due = 0;
        return tell(g, lane, index, TC_TEMPLATE_ON, out);
    }
    if (s->active && s->expire && now >= s->expire)
        return quit(g, lane, index, out);
    return 0;
}

/* When anything on the lane is due or expires next. */
static void wait(tc_templates *g, unsigned lane)
{
    uint64_t next = 0;
    for (unsigned i = 0; i < g->count; i++) {
        const tc_template_state *s = &g->state[lane][i];
        uint64_t due = s->due ? s->due + (g->templates[i].bursts ? LAG : 0) : 0;
        uint64_t then = due ? due : s->active ? s->expire : 0;
        if (then && (!next || then < next))
            next = then;
    }
    g->next[lane] = next;
}

unsigned tc_templates_feed(tc_templates *g, const int16_t *x, unsigned n, uint32_t lanes,
                           tc_template_event *events, unsigned max)
{
    unsigned found = 0;
    while (n) {
        unsigned room = TC_STEADY_BLOCK - g->steady.fill, take = room < n ? room : n;
        tc_steady_event heard[TC_STEADY_MAX_EVENTS(0)];
        unsigned count = tc_steady_feed(&g->steady, x, take, lanes, heard, TC_STEADY_MAX_EVENTS(0));
        x += take * TC_STEADY_LANES;
        n -= take;
        if (take < room)
            break;
        tc_template_event made[2];
        for (unsigned i = 0; i < count; i++) {
            const tc_steady_event *e = &heard[i];
            const unsigned lane = e->lane;
            if (!g->sounding[lane]) {
                g->newest[lane]++;
                g->stretches[lane] += g->stretches[lane] < TC_TEMPLATE_STRETCHES;
            }
            int fresh = !g->sounding[lane];
            g->sounding[lane] = e->kind == TC_STEADY_ON;
            *stretch(g, lane, 0) = (tc_template_stretch){e->start, e->start + e->frames, e->tone};
            for (unsigned t = 0; t < g->count; t++) {
                unsigned told = fresh ? begun(g, lane, t, made) : 0;
                for (unsigned k = 0; k < told && found < max; k++)
                    events[found++] = made[k];
                told = e->kind == TC_STEADY_OFF ? ended(g, lane, t, made) : 0;
                for (unsigned k = 0; k < told && found < max; k++)
                    events[found++] = made[k];
            }
            wait(g, lane);
        }
        for (unsigned lane = 0; lane < TC_STEADY_LANES; lane++) {
            uint64_t now = g->steady.heard - g->steady.origin[lane];
            if (!g->next[lane] || now < g->next[lane])
                continue;
            for (unsigned t = 0; t < g->count; t++)
                if (passed(g, lane, t, now, made) && found < max)
                    events[found++] = made[0];
            wait(g, lane);
        }
    }
    return found;
}
