#include "lane.h"

#include "g711.h"

#include <assert.h>
#include <string.h>

uint32_t tc_pack_levels(float low_dbm0, float high_dbm0)
{
    int16_t low = (int16_t)(low_dbm0 * 256.0f), high = (int16_t)(high_dbm0 * 256.0f);
    return (uint32_t)(uint16_t)low << 16 | (uint16_t)high;
}

static void tell(tc_lane *lane, const tc_ways *ways, uint8_t kind, char code, uint32_t value,
                 uint64_t sample)
{
    tc_event *event = tc_ring_claim(ways->events);
    if (!event)
        return;
    *event = (tc_event){
        .sample = sample, .value = value, .lane = lane->index, .kind = kind, .code = code};
    tc_ring_publish(ways->events);
}

/* As tell(), for what must not be lost: false means "try again in the next tick". */
static bool report(tc_lane *lane, const tc_ways *ways, uint8_t kind, uint32_t value,
                   uint64_t sample)
{
    tc_event *event = tc_ring_try(ways->events);
    if (!event)
        return false;
    *event = (tc_event){.sample = sample, .value = value, .lane = lane->index, .kind = kind};
    tc_ring_publish(ways->events);
    return true;
}

/* ---- Commands ---- */

void tc_lane_start(tc_lane *lane, uint64_t tick, unsigned what, uint32_t operation, tc_start start)
{
    assert(lane->doing == TC_IDLE && !lane->owed); /* the loop thread sees to it */
    lane->doing = (uint8_t)what;
    lane->stopping = 0;
    lane->beat = tick;
    lane->told = 0;
    lane->operation = operation;
    lane->outcome.start = tick * TC_TICK_SAMPLES;
    lane->outcome.position = 0;
    lane->outcome.reasons = 0;
    lane->outcome.armed = 0;
    tc_digits_wipe(&lane->outcome.digits);
    lane->into = start.secret ? start.secret : &lane->outcome.digits;
    lane->tone = start.tone;
    lane->link = start.link;
    lane->fax = start.fax;
    lane->place = start.place;
    lane->then_arm = start.then_arm;
    if (what == TC_PLAY) {
        tc_player_start(&lane->player, start.list);
        lane->controls = *start.controls;
    }
    lane->meter.threshold = start.until->threshold;
    tc_collector_start(&lane->collector, start.until, what == TC_COLLECT, tick, &lane->ahead);
}

void tc_lane_pause(tc_lane *lane, bool paused)
{
    lane->player.paused = paused;
    lane->player.part = 0;
}

void tc_lane_seek(tc_lane *lane, int64_t samples, bool relative)
{
    tc_player_seek(&lane->player, relative ? (int64_t)lane->player.position + samples : samples);
}

void tc_lane_volume(tc_lane *lane, int tenths)
{
    if (lane->doing == TC_PLAY && !lane->player.paused)
        tc_gain_move(&lane->volume, tenths);
    else
        tc_gain_jump(&lane->volume, tenths);
}

void tc_lane_speed(tc_lane *lane, int percent)
{
    percent = percent > TC_TEMPO_LEAST ? percent : TC_TEMPO_LEAST;
    lane->speed = (uint8_t)(percent < TC_TEMPO_MOST ? percent : TC_TEMPO_MOST);
    lane->player.part = 0;
}

void tc_lane_clear_digits(tc_lane *lane)
{
    tc_typeahead_clear(&lane->ahead);
    tc_collector_cleared(&lane->collector);
}

void tc_lane_arm(tc_lane *lane, const tc_ways *ways, uint64_t tick, tc_lookback *lookback)
{
    if (!tc_mask_on(&lane->mask))
        tell(lane, ways, TC_EVENT_MASK, 1, 0, tick * TC_TICK_SAMPLES);
    tc_mask_arm(&lane->mask);
    tc_lane_clear_digits(lane);
    tc_lookback_mask(lookback->received);
}

void tc_lane_disarm(tc_lane *lane, uint64_t tick)
{
    if (lane->mask.state != TC_MASK_ARMED)
        return;
    tc_mask_disarm(&lane->mask, tick);
    tc_lane_clear_digits(lane);
}

void tc_lane_record(tc_lane *lane, uint64_t tick, uint32_t slot, uint64_t ticks, bool beep)
{
    static const tc_tone_segment beeping = {
        .hz = {1000}, .level_dbm0 = {-18}, .samples = TC_BEEP_TICKS * TC_TICK_SAMPLES};
    uint64_t first = tick + (beep ? TC_BEEP_TICKS : 0);
    lane->recording = (tc_recording){
        .slot = slot, .first = first, .end = first + ticks, .reasons = TC_REASON_MAX_TIME};
    lane->records = 1;
    lane->beeps = beep;
    if (beep)
        tc_tone_init(&lane->recording.beep, &beeping, 1, 1);
}

static void end_recording(tc_lane *lane, uint64_t tick, uint32_t reason)
{
    if (!lane->records || tick >= lane->recording.end)
        return;
    lane->recording.end = tick;
    lane->recording.reasons = reason;
}

void tc_lane_stop_recording(tc_lane *lane, uint64_t tick)
{
    end_recording(lane, tick, TC_REASON_STOPPED);
}

/* ---- Copper ---- */

_Static_assert(TC_TICK_SAMPLES <= TC_COPPER_MOST, "a tick goes over the copper at once");

void tc_lane_over_copper(tc_lane *lane,
                         void (*way)(tc_copper *, const int16_t *, int16_t *, size_t),
                         uint8_t *octets)
{
    int16_t sound[TC_TICK_SAMPLES];
    tc_alaw_decode(octets, sound, TC_TICK_SAMPLES);
    way(lane->copper, sound, sound, TC_TICK_SAMPLES);
    tc_alaw_encode(sound, octets, TC_TICK_SAMPLES);
}

/* ---- Hearing ---- */

/* Whether the digit controlled the play, and so is nobody else's. */
static bool obey_control(tc_lane *lane, char digit)
{
    const tc_controls *controls = &lane->controls;
    if (lane->doing != TC_PLAY || tc_mask_on(&lane->mask))
        return false;
    switch (tc_control_of(controls, tc_digit_bit(digit))) {
    case TC_CONTROL_PAUSE:
        tc_lane_pause(lane, !lane->player.paused);
        return true;
    case TC_CONTROL_BACK:
        tc_lane_seek(lane, -(int64_t)controls->skip, true);
        return true;
    case TC_CONTROL_FORWARD:
        tc_lane_seek(lane, controls->skip, true);
        return true;
    case TC_CONTROL_LOUDER:
        tc_lane_volume(lane, lane->volume.tenths + controls->step);
        return true;
    case TC_CONTROL_SOFTER:
        tc_lane_volume(lane, lane->volume.tenths - controls->step);
        return true;
    case TC_CONTROL_NORMAL:
        tc_lane_volume(lane, 0);
        return true;
    case TC_CONTROL_FASTER:
        tc_lane_speed(lane, lane->speed + controls->speed_step);
        return true;
    case TC_CONTROL_SLOWER:
        tc_lane_speed(lane, lane->speed - controls->speed_step);
        return true;
    case TC_CONTROL_NORMAL_SPEED:
        tc_lane_speed(lane, TC_TEMPO_NORMAL);
        return true;
    default:
        return false;
    }
}

static void digit_begins(tc_lane *lane, const tc_ways *ways, uint64_t tick,
                         const tc_dtmf_event *found, uint64_t sample)
{
    lane->sounding = 1;
    lane->reported = 0;
    if (lane->mask.state == TC_MASK_ENDING)
        return; /* one key too many after a secret: nobody gets it */
    if (lane->mask.state == TC_MASK_OFF) {
        tell(lane, ways, TC_EVENT_DIGIT, found->digit,
             tc_pack_levels(found->low_dbm0, found->high_dbm0), sample);
        lane->reported = 1;
    }
    if (obey_control(lane, found->digit))
        return;
    if (!tc_typeahead_add(&lane->ahead, found->digit))
        atomic_fetch_add_explicit(&lane->status.lost, 1, memory_order_relaxed);
    if (lane->doing)
        tc_collector_digit(&lane->collector, found->digit, tick, &lane->ahead);
}

static void digit_ends(tc_lane *lane, const tc_ways *ways, const tc_dtmf_event *found,
                       uint64_t sample)
{
    if (lane->reported && lane->mask.state == TC_MASK_OFF)
        tell(lane, ways, TC_EVENT_DIGIT_END, found->digit, found->frames, sample);
    lane->sounding = lane->reported = 0;
}

static void finish(tc_lane *lane, uint32_t reasons, uint64_t end)
{
    lane->outcome.reasons = reasons;
    lane->outcome.end = end;
    if (lane->doing == TC_PLAY)
        lane->outcome.position = lane->player.position;
    lane->doing = TC_IDLE;
    lane->tone = NULL;
    lane->link = NULL;
    lane->fax = NULL;
    lane->into = NULL;
    lane->owed = 1;
}

_Static_assert(TC_TICK_SAMPLES == TC_TEMPO_HOP, "a tick of a play is a hop of its tempo");

/* Octets of the operation for this tick; `over` when they were the last. */
static size_t make_sound(tc_lane *lane, uint8_t *send, bool *over)
{
    size_t made = TC_TICK_SAMPLES;
    if (lane->doing == TC_PLAY) {
        if (lane->speed == TC_TEMPO_NORMAL && !lane->player.stretched)
            made = tc_player_feed(&lane->player, send, TC_TICK_SAMPLES);
        else
            made = tc_player_stretch(&lane->player, &lane->tempo, lane->speed, send);
        if (tc_gain_on(&lane->volume))
            tc_gain_apply(&lane->volume, send, made);
        *over = tc_player_over(&lane->player);
    } else {
        int16_t sound[TC_TICK_SAMPLES];
        if (lane->doing == TC_TONES)
            *over = (made = tc_tone_feed(lane->tone, sound, TC_TICK_SAMPLES)) < TC_TICK_SAMPLES;
        else if (lane->doing == TC_MODEM)
            *over = !tc_link_make(lane->link, sound, TC_TICK_SAMPLES);
        else
            tc_fax_lane_make(lane->fax, sound, TC_TICK_SAMPLES);
        tc_alaw_encode(sound, send, made);
    }
    memset(send + made, TC_ALAW_SILENCE, TC_TICK_SAMPLES - made);
    return made;
}

static void advance(tc_lane *lane, uint64_t tick, uint8_t *send)
{
    lane->beat = tick;
    uint32_t reasons = tc_collector_tick(&lane->collector, tick, lane->sounding, &lane->meter,
                                         &lane->ahead, lane->into);
    const uint8_t raised = lane->raised & lane->collector.until.also;
    if (raised & TC_ALSO_TONE)
        reasons |= TC_REASON_TONE;
    if (raised & TC_ALSO_SPEECH)
        reasons |= TC_REASON_SPEECH;
    if (lane->stopping)
        reasons |= TC_REASON_STOPPED;
    if (lane->closing)
        reasons |= TC_REASON_HANG_UP;
    size_t made = 0;
    bool silent = lane->doing == TC_COLLECT || (lane->doing == TC_PLAY && lane->player.paused);
    if (!reasons && !silent) {
        bool over = false;
        made = make_sound(lane, send, &over);
        lane->speaks = made > 0;
        if (over)
            reasons = TC_REASON_END_OF_DATA;
    }
    if (reasons)
        finish(lane, reasons, tick * TC_TICK_SAMPLES + made);
}

/* The watchdog's look at an operation that should have advanced. */
static void watch(tc_lane *lane, const tc_ways *ways, uint64_t tick)
{
    if (!lane->told && tick - lane->beat >= TC_STUCK_TICKS)
        lane->told = report(lane, ways, TC_EVENT_STUCK, lane->operation, tick * TC_TICK_SAMPLES);
}

/* The collect that was to be followed by a secret step has ended in this tick.  If it took nothing
 * no secret will be asked for, and after a hang-up none can be. */
static void arm_after(tc_lane *lane, const tc_ways *ways, uint64_t tick, uint8_t *received,
                      tc_lookback *lookback)
{
    lane->then_arm = 0;
    if (!lane->collector.taken || lane->closing)
        return;
    tc_lane_arm(lane, ways, tick, lookback);
    lane->outcome.armed = lane->armed_now = 1;
    memset(received, TC_ALAW_SILENCE, TC_TICK_SAMPLES);
}

static void publish_status(tc_lane *lane, uint64_t energy)
{
    tc_lane_status *status = &lane->status;
    const tc_meter *meter = &lane->meter;
    bool masked = tc_mask_on(&lane->mask); /* then not even how long a key was held */
    uint32_t run = meter->loud ? meter->sound : meter->silence;
    uint8_t waiting = masked ? 0 : lane->ahead.count, loud = masked ? 0 : meter->loud;
    atomic_store_explicit(&status->energy, masked ? 0 : energy, memory_order_relaxed);
    atomic_store_explicit(&status->run, masked ? 0 : run, memory_order_relaxed);
    atomic_store_explicit(&status->loud, loud, memory_order_relaxed);
    atomic_store_explicit(&status->doing, lane->doing, memory_order_relaxed);
    bool plays = lane->doing == TC_PLAY;
    uint64_t position = plays ? lane->player.position : 0;
    atomic_store_explicit(&status->position, position, memory_order_relaxed);
    atomic_store_explicit(&status->paused, plays && lane->player.paused, memory_order_relaxed);
    atomic_store_explicit(&status->speed, lane->speed, memory_order_relaxed);
    atomic_store_explicit(&status->volume, lane->volume.tenths, memory_order_relaxed);
    atomic_store_explicit(&status->waiting, waiting, memory_order_relaxed);
    atomic_store_explicit(&status->masked, lane->mask.state, memory_order_relaxed);
}

void tc_lane_hear(tc_lane *lane, const tc_ways *ways, uint64_t tick, const tc_dtmf_event *found,
                  unsigned finds, bool busy, uint64_t energy, uint8_t *received, uint8_t *send,
                  tc_lookback *lookback)
{
    lane->heard += TC_TICK_SAMPLES;
    lane->speaks = lane->armed_now = 0;
    tc_meter_tick(&lane->meter, energy);
    for (unsigned i = 0; i < finds; i++) {
        uint64_t sample = (tick + 1) * TC_TICK_SAMPLES - (lane->heard - found[i].start);
        if (found[i].kind == TC_DTMF_ON)
            digit_begins(lane, ways, tick, &found[i], sample);
        else
            digit_ends(lane, ways, &found[i], sample);
    }
    if (tc_mask_on(&lane->mask)) {
        memset(received, TC_ALAW_SILENCE, TC_TICK_SAMPLES);
        if (tc_mask_tick(&lane->mask, tick, busy))
            tell(lane, ways, TC_EVENT_MASK, 0, 0, (tick + 1) * TC_TICK_SAMPLES);
    }
    if (lane->doing && (!lane->stuck || lane->closing))
        advance(lane, tick, send);
    lane->raised = 0;
    if (lane->doing)
        watch(lane, ways, tick);
    if (lane->doing == TC_MODEM && lane->link->news)
        lane->link->news =
            !report(lane, ways, TC_EVENT_LINK, lane->operation, tick * TC_TICK_SAMPLES);
    if (lane->doing == TC_FAX && tc_fax_lane_news(lane->fax) &&
        report(lane, ways, TC_EVENT_LINK, lane->operation, tick * TC_TICK_SAMPLES))
        tc_fax_lane_announced(lane->fax);
    if (lane->then_arm && lane->owed)
        arm_after(lane, ways, tick, received, lookback);
    if (lane->owed && report(lane, ways, TC_EVENT_DONE, lane->operation, lane->outcome.end))
        lane->owed = 0;
    publish_status(lane, energy);
}

/* A beginning has a level, everything else a length, in 24 bits. */
void tc_lane_tell_heard(tc_lane *lane, const tc_ways *ways, const tc_heard *heard)
{
    const uint32_t most = 0xFFFFFF;
    if (tc_mask_on(&lane->mask) || lane->closing)
        return;
    uint32_t frames = heard->frames < most ? heard->frames : most;
    uint32_t more = heard->phase == TC_FAX_ON ? (uint16_t)heard->level_dbm0 : frames;
    tell(lane, ways, TC_EVENT_HEARD, (char)(heard->hearing | heard->phase << 3),
         heard->signal | more << 8, heard->sample);
}

void tc_lane_tell_echo(tc_lane *lane, const tc_ways *ways, uint8_t kind, uint64_t sample)
{
    if (!lane->closing)
        tell(lane, ways, TC_EVENT_ECHO, (char)kind, 0, sample);
}

/* ---- Sending ---- */

static void put_tap(tc_lane *lane, const tc_ways *ways, uint64_t tick, const uint8_t *octets)
{
    if (tick < lane->tap_first)
        return;
    tc_tapped *tapped = tc_ring_claim(ways->tapped);
    if (!tapped)
        return;
    tapped->sample = tick * TC_TICK_SAMPLES;
    tapped->generation = lane->generation;
    tapped->lane = lane->index;
    memcpy(tapped->octets, octets, TC_TICK_SAMPLES);
    tc_ring_publish(ways->tapped);
}

static void put_block(tc_lane *lane, const tc_ways *ways, uint64_t tick, const uint8_t *received,
                      const uint8_t *sent)
{
    tc_recording *recording = &lane->recording;
    if (tick < recording->first || tick >= recording->end)
        return;
    tc_block *block = tc_ring_claim(ways->blocks);
    if (!block) {
        recording->missing++;
        return;
    }
    block->slot = recording->slot;
    block->missing = recording->missing;
    block->kind = TC_BLOCK_SOUND;
    block->reasons = 0;
    memcpy(block->received, received, TC_TICK_SAMPLES);
    memcpy(block->sent, sent, TC_TICK_SAMPLES);
    tc_ring_publish(ways->blocks);
    recording->missing = 0;
}

/* The tick `past` leaves the look-back. */
static void leave_lookback(tc_lane *lane, const tc_ways *ways, uint64_t past,
                           const tc_lookback *lookback)
{
    unsigned at = past % TC_LOOKBACK_TICKS;
    if (lane->tapped && lane->tap_delayed)
        put_tap(lane, ways, past, lookback->received[at]);
    if (lane->records)
        put_block(lane, ways, past, lookback->received[at], lookback->sent[at]);
}

/* The recording has put everything; if the ring is full its end is tried again. */
static void put_end(tc_lane *lane, const tc_ways *ways)
{
    tc_block *block = tc_ring_try(ways->blocks);
    if (!block)
        return;
    block->slot = lane->recording.slot;
    block->missing = lane->recording.missing;
    block->kind = TC_BLOCK_END;
    block->reasons = lane->recording.reasons;
    tc_ring_publish(ways->blocks);
    lane->records = 0;
}

/* The lane closes: nobody can arm a secret any more, so nothing is held back. */
static void empty_lookback(tc_lane *lane, const tc_ways *ways, uint64_t tick,
                           const tc_lookback *lookback)
{
    uint64_t past = tick > TC_LOOKBACK_TICKS ? tick - TC_LOOKBACK_TICKS : 0;
    for (; past < tick; past++)
        leave_lookback(lane, ways, past, lookback);
    end_recording(lane, tick, TC_REASON_HANG_UP);
    lane->tapped = 0;
}

static void add_beep(tc_lane *lane, uint64_t tick, uint8_t *send)
{
    tc_recording *recording = &lane->recording;
    lane->beeps = tick + 1 < recording->first && tick < recording->end;
    if (tick >= recording->end)
        return; /* stopped before it began */
    int16_t sound[TC_TICK_SAMPLES];
    uint8_t beep[TC_TICK_SAMPLES];
    size_t made = tc_tone_feed(&recording->beep, sound, TC_TICK_SAMPLES);
    tc_alaw_encode(sound, beep, made);
    tc_alaw_add(send, beep, send, made);
    lane->quiet = 0;
}

bool tc_lane_send(tc_lane *lane, const tc_ways *ways, uint64_t tick, const uint8_t *source,
                  const uint8_t *received, uint8_t *send, tc_lookback *lookback)
{
    if (lane->closing) {
        if (lane->closing == 1)
            empty_lookback(lane, ways, tick, lookback);
        lane->closing = 2;
        if (lane->records)
            put_end(lane, ways);
        return lane->owed || lane->records ||
               !report(lane, ways, TC_EVENT_CLOSED, 0, tick * TC_TICK_SAMPLES);
    }
    bool was_quiet = lane->quiet; /* then `send` is silence still */
    lane->quiet = !lane->speaks && !source;
    if (lane->quiet && !was_quiet)
        memset(send, TC_ALAW_SILENCE, TC_TICK_SAMPLES);
    else if (!lane->speaks && source)
        memcpy(send, source, TC_TICK_SAMPLES);
    if (lane->beeps)
        add_beep(lane, tick, send);
    if (lane->tapped && !lane->tap_delayed)
        put_tap(lane, ways, tick, received);
    if (lane->records || (lane->tapped && lane->tap_delayed)) {
        unsigned at = tick % TC_LOOKBACK_TICKS;
        if (tick >= TC_LOOKBACK_TICKS)
            leave_lookback(lane, ways, tick - TC_LOOKBACK_TICKS, lookback);
        memcpy(lookback->received[at], received, TC_TICK_SAMPLES);
        memcpy(lookback->sent[at], send, TC_TICK_SAMPLES);
        if (lane->records && tick + 1 >= lane->recording.end + TC_LOOKBACK_TICKS)
            put_end(lane, ways);
    }
    return true;
}
