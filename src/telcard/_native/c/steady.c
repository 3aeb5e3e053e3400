#include "steady.h"

#include "simd.h"
#include "steady_tables.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define DBM0_POWER 260551249.0 /* square of units.DBM0_RMS */

#define BIN_HZ 15.625f
#define LEAST_BIN 13  /* 203 Hz: what is below is hum, not held against a tone */
#define MOST_BIN 243  /* 3,797 Hz */
#define NEAR 8        /* bins around the greatest in which a second sine may be close by */
#define INNER 6       /* ... and in which a modulated tone has its energy */
#define STEPS 3       /* of Newton: 440 + 480 Hz are known to 0.1 Hz after them */
#define APART 1.7f    /* bins; nearer to each other, two sines are one */
#define WEAKEST 0.05f /* part of the other's power; a weaker sine is no second tone */
/* Of a sine with mean square p, Hann's window makes a bin of p * N^2 / 8 and 1.5 of that in all. */
#define SQUARE_SCALE (8.0f / (TC_STEADY_WINDOW * TC_STEADY_WINDOW))
#define WHOLE_SCALE (SQUARE_SCALE / 1.5f)

#define SAME_HZ 12.0      /* most that a tone may move from window to window */
#define NEAR_HZ 90.0      /* sines further apart are not one modulated tone */
#define FADED 0.2f        /* part of the tone's power below which a window lacks it */
#define WARBLED 0.08f     /* ... if the window is one of a modulated tone: it may sink so far */
#define WHOLE_WINDOW 0.6f /* ... and above which it is full of it */
#define RISEN 1.6f        /* a window by so much louder: those before were not full */
#define SHORT_PURITY 0.9f /* a tone known from one window only must be pure */
#define SHORTEST 280.0    /* samples */
#define MISSED 2          /* windows without the tone, after which it is over */
#define KNOWN 2           /* windows with it, after which it is certain */

#define TC_KERNEL "steady.inl"
#include "levels.inl"

tc_steady_profile tc_steady_profile_default(void)
{
    return (tc_steady_profile){.floor_dbm0 = -46.0f, .purity = 0.7f, .hole_ms = 25.0f};
}

void tc_steady_init(tc_steady *s, const tc_steady_profile *profile)
{
    memset(s, 0, sizeof *s);
    s->profile = profile ? *profile : tc_steady_profile_default();
    s->floor = (float)(DBM0_POWER * pow(10, s->profile.floor_dbm0 / 10));
}

void tc_steady_reset(tc_steady *s, unsigned lane)
{
    for (unsigned i = 0; i < TC_STEADY_WINDOW; i++)
        s->x[i][lane] = 0;
    for (unsigned i = 0; i < TC_STEADY_PIECES; i++)
        s->energy[i][lane] = 0;
    memset(&s->track[lane], 0, sizeof s->track[lane]);
    s->origin[lane] = s->heard + s->fill;
    s->before[lane] = (double)s->origin[lane];
}

/* What the newest window says of one lane. */
typedef struct {
    int sines; /* 1, 2, 0: modulated, -1: no tone */
    float hz[2], power[2];
    float purity, level, centre;
} window;

static window read_window(const tc_steady *s, unsigned lane)
{
    window w = {.sines = -1};
    if (s->now.purity[lane] >= s->profile.purity) {
        w.sines = s->now.hz[1][lane] > 0 ? 2 : 1;
        w.purity = s->now.purity[lane];
        for (int i = 0; i < 2; i++) {
            w.hz[i] = s->now.hz[i][lane];
            w.power[i] = s->now.power[i][lane];
        }
        w.level = w.power[0] + w.power[1];
        w.centre = s->now.centre[lane];
    } else if (s->now.near[lane] >= s->profile.purity) {
        w.sines = 0;
        w.purity = s->now.near[lane];
        w.hz[0] = w.centre = s->now.centre[lane];
        w.power[0] = w.level = s->now.whole[lane] * w.purity;
    }
    if (!(w.level >= s->floor))
        w.sines = -1;
    return w;
}

static int near(double a, double b)
{
    return fabs(a - b) < SAME_HZ;
}

/* Whether the window goes on with the tone of the window that the track knows best. */
static int same(const tc_steady_track *t, const window *w)
{
    if (w->level < (w->sines ? FADED : WARBLED) * t->level)
        return 0;
    if (t->sines == w->sines && near(t->hz[0], w->hz[0]) && near(t->hz[1], w->hz[1]))
        return 1;
    /* One of them a single sine: the other may have seen the end or the beginning of another. */
    if (t->sines == 1 && w->sines == 2)
        return (near(t->hz[0], w->hz[0]) && w->power[0] >= FADED * t->level) ||
               (near(t->hz[0], w->hz[1]) && w->power[1] >= FADED * t->level) ||
               (w->hz[1] - w->hz[0] < NEAR_HZ && near(t->centre, w->centre));
    if (t->sines == 2 && w->sines == 1)
        return near(t->hz[0], w->hz[0]) || near(t->hz[1], w->hz[0]) ||
               (t->hz[1] - t->hz[0] < NEAR_HZ && near(t->centre, w->centre));
    /* Otherwise one of them is modulated, or both are two sines that beat. */
    int close = (t->sines != 2 || t->hz[1] - t->hz[0] < NEAR_HZ) &&
                (w->sines != 2 || w->hz[1] - w->hz[0] < NEAR_HZ);
    return close && near(t->centre, w->centre);
}

static void add(tc_steady_track *t, const window *w, uint64_t now)
{
    t->windows++;
    t->last = now;
    t->missed = 0;
    if (w->level > RISEN * t->level) {
        memset(t->count, 0, sizeof t->count);
        memset(t->sum, 0, sizeof t->sum);
        t->purity = 0;
    }
    t->level = w->level > t->level ? w->level : t->level;
    if (w->level < WHOLE_WINDOW * t->level)
        return;
    t->sines = (int8_t)w->sines;
    t->centre = w->centre;
    for (int i = 0; i < 2; i++) {
        t->hz[i] = w->hz[i];
        t->sum[w->sines][i] += w->hz[i];
        t->sum[w->sines][2 + i] += w->power[i];
    }
    t->purity += w->purity;
    t->count[w->sines]++;
}

static float dbm0(double power)
{
    return (float)(10 * log10(power / DBM0_POWER + 1e-20));
}

static tc_steady_tone describe(const tc_steady_track *t)
{
    int kind = 0;
    for (int i = 1; i < 3; i++)
        kind = t->count[i] >= t->count[kind] ? i : kind;
    uint32_t n = t->count[kind], all = t->count[0] + t->count[1] + t->count[2];
    tc_steady_tone tone = {.sines = (uint8_t)kind, .purity = (float)(t->purity / all)};
    for (int i = 0; i < (kind == 2 ? 2 : 1); i++) {
        tone.hz[i] = (float)(t->sum[kind][i] / n);
        tone.dbm0[i] = dbm0(t->sum[kind][2 + i] / n);
    }
    return tone;
}

/* The sample in [from, to] at which the energy most likely changes from noise to tone (`rise`) or
 * back: the sums of what is more than half way between both are extreme there. */
static double edge(const tc_steady *s, unsigned lane, double from, double to, int rise)
{
    const tc_steady_track *t = &s->track[lane];
    double purity = t->purity / (t->count[0] + t->count[1] + t->count[2]);
    double noise = t->level * (1 / purity - 1), half = 0.5 * t->level + noise;
    double oldest = (double)s->heard - TC_STEADY_PIECES * TC_STEADY_PIECE;
    int first = (int)ceil((from - oldest) / TC_STEADY_PIECE);
    int last = (int)floor((to - oldest) / TC_STEADY_PIECE), best;
    first = first < 0 ? 0 : first;
    last = last > TC_STEADY_PIECES ? TC_STEADY_PIECES : last;
    best = first;
    double sum = 0, least = 0;
    for (int i = first; i < last; i++) {
        double more = s->energy[i][lane] / TC_STEADY_PIECE - half;
        sum += rise ? more : -more;
        if (sum < least) {
            least = sum;
            best = i + 1;
        }
    }
    /* The piece in which it changes is in part the one, in part the other. */
    int mixed = rise ? best - 1 : best;
    double part = 0;
    if (mixed >= 0 && mixed < TC_STEADY_PIECES) {
        part = (s->energy[mixed][lane] / TC_STEADY_PIECE - noise) / t->level;
        part = part < 0 ? 0 : part > 1 ? 1 : part;
    }
    double at = oldest + TC_STEADY_PIECE * (best + (rise ? -part : part));
    return at < from ? from : at > to ? to : at;
}

static double find_start(const tc_steady *s, unsigned lane)
{
    const tc_steady_track *t = &s->track[lane];
    double from = (double)t->first - TC_STEADY_WINDOW - 2 * TC_STEADY_PIECE;
    return edge(s, lane, fmax(from, s->before[lane]), (double)t->first, 1);
}

static tc_steady_event report(const tc_steady *s, unsigned lane, uint8_t kind, double end)
{
    const tc_steady_track *t = &s->track[lane];
    double origin = (double)s->origin[lane];
    double start = fmax(rint(t->start), origin);
    return (tc_steady_event){
        .start = (uint64_t)(start - origin),
        .decided = s->heard - s->origin[lane],
        .frames = end > start ? (uint32_t)lrint(end - start) : 0,
        .lane = (uint8_t)lane,
        .kind = kind,
        .tone = describe(t),
    };
}

static void begin(tc_steady *s, unsigned lane, const window *w)
{
    tc_steady_track *t = &s->track[lane];
    memset(t, 0, sizeof *t);
    t->first = s->heard;
    t->start = -1;
    add(t, w, s->heard);
}

/* The stretch is over: tell it, unless it was too short to be sure. */
static unsigned finish(tc_steady *s, unsigned lane, tc_steady_event *out)
{
    tc_steady_track *t = &s->track[lane];
    unsigned told = 0;
    if (t->start < 0)
        t->start = find_start(s, lane);
    tc_steady_event event = report(s, lane, TC_STEADY_OFF, t->ended);
    int sure = t->windows >= KNOWN || (event.tone.purity >= SHORT_PURITY && event.tone.sines);
    if (t->told || (sure && event.frames >= SHORTEST)) {
        out[told++] = event;
        s->before[lane] = t->ended;
    }
    t->windows = 0;
    return told;
}

/* One lane's window; at most three events. */
static unsigned follow(tc_steady *s, unsigned lane, tc_steady_event *out)
{
    tc_steady_track *t = &s->track[lane];
    window w = read_window(s, lane);
    unsigned told = 0;
    if (!t->windows) {
        if (w.sines >= 0)
            begin(s, lane, &w);
        return 0;
    }
    if (w.sines >= 0 && same(t, &w)) {
        if (t->missed) {
            double again = edge(s, lane, t->ended, (double)s->heard, 1);
            if (again - t->ended >= s->profile.hole_ms * 8) {
                told += finish(s, lane, out);
                begin(s, lane, &w);
                return told;
            }
        }
        add(t, &w, s->heard);
    } else {
        /* Two windows that follow each other share the moment half way between their middles. */
        double between = ((double)t->last + (double)s->heard - TC_STEADY_WINDOW) / 2;
        if (!t->missed++) {
            double from = (double)t->last - TC_STEADY_WINDOW;
            t->ended = edge(s, lane, fmax(from, t->start), (double)s->heard, 0);
        }
        int other = w.sines >= 0 && w.level >= FADED * t->level;
        if (other || t->missed >= MISSED) {
            int at_once = other && t->ended > between;
            if (at_once)
                t->ended = between;
            double ended = t->ended;
            told += finish(s, lane, out);
            if (w.sines >= 0) {
                begin(s, lane, &w);
                if (at_once && told)
                    s->before[lane] = t->start = ended;
            }
        }
        return told;
    }
    if (!t->told && t->count[0] + t->count[1] + t->count[2] >= KNOWN) {
        if (t->start < 0)
            t->start = find_start(s, lane);
        t->told = 1;
        out[told++] = report(s, lane, TC_STEADY_ON, (double)s->heard);
    }
    return told;
}

unsigned tc_steady_feed(tc_steady *s, const int16_t *x, unsigned n, uint32_t lanes,
                        tc_steady_event *events, unsigned max)
{
    enum { OLD = TC_STEADY_WINDOW - TC_STEADY_BLOCK };
    enum { NEW = TC_STEADY_BLOCK / TC_STEADY_PIECE };
    tc_steady_event made[3] = {{0}};
    int16_t mask[TC_STEADY_LANES];
    unsigned found = 0;
    for (unsigned lane = 0; lane < TC_STEADY_LANES; lane++)
        mask[lane] = (lanes >> lane & 1) ? -1 : 0;
    while (n) {
        unsigned room = TC_STEADY_BLOCK - s->fill, take = room < n ? room : n;
        int16_t (*to)[TC_STEADY_LANES] = s->x + OLD + s->fill;
        memcpy(to, x, take * sizeof *to);
        if (lanes != (1u << TC_STEADY_LANES) - 1)
            for (unsigned i = 0; i < take; i++)
                for (unsigned lane = 0; lane < TC_STEADY_LANES; lane++)
                    to[i][lane] &= mask[lane];
        x += take * TC_STEADY_LANES;
        n -= take;
        s->fill += take;
        if (s->fill < TC_STEADY_BLOCK)
            break;
        memmove(s->energy, s->energy + NEW, sizeof s->energy - NEW * sizeof s->energy[0]);
        TC_DISPATCH(tc_steady_look, s);
        s->fill = 0;
        s->heard += TC_STEADY_BLOCK;
        for (unsigned lane = 0; lane < TC_STEADY_LANES; lane++) {
            unsigned count = follow(s, lane, made);
            for (unsigned i = 0; i < count && found < max; i++)
                events[found++] = made[i];
        }
        memmove(s->x, s->x + TC_STEADY_BLOCK, OLD * sizeof s->x[0]);
    }
    return found;
}
