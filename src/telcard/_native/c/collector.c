#include "collector.h"

#include <string.h>

#define LOUD_TICKS 3               /* before sound is believed */
#define QUIET_TICKS TC_METER_TICKS /* before silence is believed */

uint16_t tc_digit_bit(char digit)
{
    static const char order[] = "D1234567890*#ABC"; /* bit 0 upwards */
    const char *found = digit ? strchr(order, digit) : NULL;
    return found ? (uint16_t)(1u << (found - order)) : 0;
}

void tc_typeahead_clear(tc_typeahead *ahead)
{
    volatile char *digits = ahead->digits; /* volatile: no compiler may think this useless */
    for (unsigned i = 0; i < TC_DIGITS_MAX; i++)
        digits[i] = 0;
    ahead->first = ahead->count = 0;
}

bool tc_typeahead_add(tc_typeahead *ahead, char digit)
{
    if (ahead->count >= ahead->capacity)
        return false;
    ahead->digits[(ahead->first + ahead->count++) % TC_DIGITS_MAX] = digit;
    return true;
}

static char take(tc_typeahead *ahead)
{
    char digit = ahead->digits[ahead->first];
    ahead->digits[ahead->first] = 0;
    ahead->first = (ahead->first + 1) % TC_DIGITS_MAX;
    ahead->count--;
    return digit;
}

void tc_meter_tick(tc_meter *meter, uint64_t energy)
{
    bool loud = energy >= meter->threshold;
    if (meter->loud)
        meter->sound++;
    else
        meter->silence++;
    if (loud == (bool)meter->loud) {
        meter->against = 0;
        return;
    }
    if (++meter->against < (meter->loud ? QUIET_TICKS : LOUD_TICKS))
        return;
    meter->loud = loud;
    meter->sound = loud ? meter->against : 0;
    meter->silence = loud ? 0 : meter->against;
    meter->against = 0;
}

void tc_collector_start(tc_collector *collector, const tc_until *until, bool takes, uint64_t tick,
                        const tc_typeahead *ahead)
{
    *collector = (tc_collector){.until = *until,
                                .started = tick,
                                .digit_at = tick,
                                .takes = takes,
                                .waiting = ahead->count};
    if (takes)
        return; /* waiting digits are taken in the first tick */
    if (until->max_digits && ahead->count >= until->max_digits &&
        !(until->edge & TC_EDGE_MAX_DIGITS))
        collector->reasons |= TC_REASON_MAX_DIGITS;
    if (until->edge & TC_EDGE_DIGITS)
        return;
    for (unsigned i = 0; i < ahead->count; i++)
        if (until->digits & tc_digit_bit(ahead->digits[(ahead->first + i) % TC_DIGITS_MAX]))
            collector->reasons |= TC_REASON_DIGIT;
}

void tc_collector_digit(tc_collector *collector, char digit, uint64_t tick,
                        const tc_typeahead *ahead)
{
    const tc_until *until = &collector->until;
    collector->digit_at = tick;
    if (collector->takes)
        return; /* it is taken from the buffer, after those that came before it */
    collector->any_digit = 1;
    if (until->digits & tc_digit_bit(digit))
        collector->reasons |= TC_REASON_DIGIT;
    if (until->max_digits && ahead->count >= until->max_digits)
        collector->reasons |= TC_REASON_MAX_DIGITS;
}

void tc_collector_cleared(tc_collector *collector)
{
    collector->waiting = 0;
}

static void take_digits(tc_collector *collector, tc_typeahead *ahead, tc_digits *into)
{
    const tc_until *until = &collector->until;
    while (ahead->count && !collector->reasons) {
        char digit = take(ahead);
        uint8_t edge = 0; /* conditions that this digit, having waited, may not fulfil */
        if (collector->waiting) {
            collector->waiting--;
            edge = until->edge;
        }
        bool full = !tc_digits_add(into, digit) || tc_digits_count(into) == TC_DIGITS_MAX;
        collector->taken++;
        collector->any_digit = 1;
        if ((until->digits & tc_digit_bit(digit)) && !(edge & TC_EDGE_DIGITS))
            collector->reasons |= TC_REASON_DIGIT;
        if (full || (until->max_digits && collector->taken >= until->max_digits &&
                     !(edge & TC_EDGE_MAX_DIGITS)))
            collector->reasons |= TC_REASON_MAX_DIGITS;
    }
}

static bool reached(uint32_t run, uint64_t elapsed, uint32_t wanted, bool edge)
{
    if (edge && run > elapsed)
        run = (uint32_t)elapsed;
    return wanted && run >= wanted;
}

uint32_t tc_collector_tick(tc_collector *collector, uint64_t tick, bool sounding,
                           const tc_meter *meter, tc_typeahead *ahead, tc_digits *into)
{
    const tc_until *until = &collector->until;
    uint64_t elapsed = tick - collector->started;
    if (collector->takes)
        take_digits(collector, ahead, into);
    if (sounding)
        collector->digit_at = tick;

    uint32_t reasons = collector->reasons;
    if (until->max && elapsed >= until->max)
        reasons |= TC_REASON_MAX_TIME;
    if (until->first_digit && !collector->any_digit && !sounding && elapsed >= until->first_digit)
        reasons |= TC_REASON_FIRST_DIGIT;
    if (until->inter_digit && collector->any_digit &&
        tick - collector->digit_at >= until->inter_digit)
        reasons |= TC_REASON_INTER_DIGIT;
    if (meter->loud && elapsed)
        collector->heard = 1;
    uint32_t silence = until->silence;
    if (until->initial_silence && !collector->heard)
        silence = until->initial_silence;
    if (reached(meter->silence, elapsed, silence, until->edge & TC_EDGE_SILENCE))
        reasons |= TC_REASON_SILENCE;
    if (reached(meter->sound, elapsed, until->sound, until->edge & TC_EDGE_SOUND))
        reasons |= TC_REASON_SOUND;
    return reasons;
}
