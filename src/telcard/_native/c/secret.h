/* Secret: digits that nobody may read along, and the time during which nobody may listen.
 *
 * What.  tc_digits is a bounded string of digits that one thread fills while another may count it;
 * tc_mask says whether the inbound leg of a lane is masked now.
 *
 * How.  A secret step is armed before its prompt; from that tick on the lane's inbound sound is
 * replaced by silence for listeners, taps and the recorder (which also wipes its look-back, see
 * recorder.h), and no event carries a digit.  Digits are detected from the unmasked sound, which
 * nobody else sees.  Disarming begins a tail: masking goes on until TC_MASK_TAIL ticks have passed
 * in which no tone sounded, accepted or merely suspected; each tone begins the tail anew.  So a key
 * that is held down stays unheard, with whatever holes a bad line or a voice makes in it, and so do
 * keys pressed in haste after the last one that was wanted.  The tail has no time limit while tones
 * go on.
 *
 * Source.  Detecting first and masking after would leak: 25 ms of a tone can be decoded.
 */
#ifndef TC_SECRET_H
#define TC_SECRET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TC_DIGITS_MAX 64
#define TC_MASK_TAIL 20 /* ticks (200 ms) after disarming, or after the last tone */

typedef struct {
    _Atomic uint32_t count;
    _Atomic char digits[TC_DIGITS_MAX];
} tc_digits;

/* Adds one digit; false when there is no room. */
static inline bool tc_digits_add(tc_digits *digits, char digit)
{
    uint32_t count = atomic_load_explicit(&digits->count, memory_order_relaxed);
    if (count >= TC_DIGITS_MAX)
        return false;
    atomic_store_explicit(&digits->digits[count], digit, memory_order_relaxed);
    atomic_store_explicit(&digits->count, count + 1, memory_order_release);
    return true;
}

static inline uint32_t tc_digits_count(const tc_digits *digits)
{
    return atomic_load_explicit(&digits->count, memory_order_acquire);
}

/* Takes the last digit off and leaves nothing of it; for when nobody fills the string any more. */
static inline void tc_digits_drop_last(tc_digits *digits)
{
    uint32_t count = tc_digits_count(digits);
    if (!count)
        return;
    atomic_store_explicit(&digits->count, count - 1, memory_order_release);
    atomic_store_explicit(&digits->digits[count - 1], 0, memory_order_release);
}

/* Nothing is left in memory; atomic stores, so that no compiler removes them. */
static inline void tc_digits_wipe(tc_digits *digits)
{
    atomic_store_explicit(&digits->count, 0, memory_order_release);
    for (unsigned i = 0; i < TC_DIGITS_MAX; i++)
        atomic_store_explicit(&digits->digits[i], 0, memory_order_release);
}

enum { TC_MASK_OFF, TC_MASK_ARMED, TC_MASK_ENDING };

typedef struct {
    uint8_t state;
    uint64_t until; /* tick at which the tail may end */
} tc_mask;

static inline bool tc_mask_on(const tc_mask *mask)
{
    return mask->state != TC_MASK_OFF;
}

static inline void tc_mask_arm(tc_mask *mask)
{
    mask->state = TC_MASK_ARMED;
}

static inline void tc_mask_disarm(tc_mask *mask, uint64_t tick)
{
    mask->state = TC_MASK_ENDING;
    mask->until = tick + TC_MASK_TAIL;
}

/* One tick has been heard, `busy` if a tone sounds at its end.  True when the mask has just ended:
 * this tick is the last one masked. */
static inline bool tc_mask_tick(tc_mask *mask, uint64_t tick, bool busy)
{
    if (mask->state != TC_MASK_ENDING)
        return false;
    if (busy)
        mask->until = tick + 1 + TC_MASK_TAIL;
    if (tick + 1 < mask->until)
        return false;
    mask->state = TC_MASK_OFF;
    return true;
}

#endif
