#include "commands.h"

#include "g711.h"

#include <assert.h>

/* The store is taken in: lanes that are open go on with what they heard last. */
static void take_store_in(tc_engine *engine, unsigned index, uint64_t tick)
{
    const tc_span *span = &engine->span[index];
    tc_elastic *store = &engine->impairment[index].store;
    if (store->in)
        return;
    store->in = 1;
    store->tick = tick;
    for (uint32_t left = span->open; left; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left);
        uint8_t last[TC_TICK_SAMPLES];
        memcpy(last, engine->received[span->lane_at[t]], TC_TICK_SAMPLES);
        if (span->ulaw)
            tc_alaw_to_ulaw(last, last, TC_TICK_SAMPLES);
        tc_elastic_take_in(store, t, last, tc_span_silence(span));
    }
    for (uint32_t left = span->framed; left; left &= left - 1) {
        unsigned t = (unsigned)__builtin_ctz(left);
        uint8_t
            last[TC_TICK_SAMPLES]; /* of a frame that was under way, all but the newest is lost */
        memset(last, span->dchannel[t]->heard, TC_TICK_SAMPLES);
        tc_elastic_take_in(store, t, last, TC_ALL_ONES);
    }
}

static void join_span(tc_engine *engine, const tc_lane *lane, uint64_t tick)
{
    tc_span *span = &engine->span[lane->span];
    tc_elastic *store = &engine->impairment[lane->span].store;
    if (store->in) {
        if (!(span->open | span->framed)) /* what slipped while nobody listened */
            tc_elastic_advance(store, tick, 0);
        tc_elastic_open(store, lane->timeslot, tc_span_silence(span));
    }
    span->lane_at[lane->timeslot] = lane->index;
    span->open |= 1u << lane->timeslot;
}

static void open_lane(tc_engine *engine, uint64_t tick, const tc_command *command)
{
    unsigned index = command->lane, group = index / TC_GROUP, row = index % TC_GROUP;
    tc_lane *lane = &engine->lane[index];
    size_t kept = offsetof(tc_lane, open); /* the loop thread may be reading the status */
    memset((uint8_t *)lane + kept, 0, sizeof *lane - kept);
    lane->open = 1;
    lane->detects = command->args.open.detects;
    lane->index = (uint16_t)index;
    lane->span = command->args.open.span;
    lane->timeslot = command->args.open.timeslot;
    lane->generation = command->args.open.generation;
    lane->source = -1;
    lane->speed = TC_TEMPO_NORMAL;
    lane->ahead.capacity = command->args.open.digits;
    lane->meter.threshold = TC_SOUND_ENERGY;
    tc_gain_jump(&lane->receive, command->args.open.receive);
    tc_gain_jump(&lane->transmit, command->args.open.transmit);
    if (tc_gain_on(&lane->receive) || tc_gain_on(&lane->transmit))
        engine->faded[group] |= (uint16_t)(1u << row);
    if (tc_lane_is_resource(lane))
        engine->resources[group] |= (uint16_t)(1u << row);
    else
        join_span(engine, lane, tick);
    engine->open[group] |= (uint16_t)(1u << row);
    if (lane->detects) {
        tc_dtmf_reset(&engine->dtmf[group], row);
        engine->detecting[group] |= (uint16_t)(1u << row);
    }
    engine->open_lanes++;
}

static void listen(tc_engine *engine, unsigned index, int32_t source, unsigned what)
{
    unsigned group = index / TC_GROUP;
    uint16_t bit = (uint16_t)(1u << index % TC_GROUP);
    engine->lane[index].source = source;
    engine->lane[index].hears = (uint8_t)what;
    if (what == TC_HEARS_BOTH)
        engine->monitoring[group] |= bit;
    else
        engine->monitoring[group] &= (uint16_t)~bit;
}

static void put_on_copper(tc_engine *engine, tc_lane *lane, tc_copper *line, uint8_t cut_through)
{
    unsigned group = lane->index / TC_GROUP;
    uint16_t bit = (uint16_t)(1u << lane->index % TC_GROUP);
    lane->copper = line;
    lane->cut_through = cut_through;
    if (line)
        engine->on_copper[group] |= bit;
    else
        engine->on_copper[group] &= (uint16_t)~bit;
}

static void leave_span(tc_engine *engine, const tc_lane *lane)
{
    engine->span[lane->span].open &= ~(1u << lane->timeslot);
}

/* From this tick on another timeslot is the lane's: what is on the old one's way is lost, and what
 * the lane does goes on. */
static void move_lane(tc_engine *engine, tc_lane *lane, uint64_t tick, const tc_command *command)
{
    if (lane->closing)
        return;
    leave_span(engine, lane);
    lane->span = command->args.move.span;
    lane->timeslot = command->args.move.timeslot;
    join_span(engine, lane, tick);
}

/* From this tick on the lane has no timeslot; it stays open until everything was reported. */
static void close_lane(tc_engine *engine, tc_lane *lane)
{
    if (lane->closing)
        return;
    lane->closing = 1;
    tc_shared_leave(&engine->shared, lane, TC_HEARING_TONES);
    tc_shared_leave(&engine->shared, lane, TC_HEARING_VOICE);
    put_on_copper(engine, lane, NULL, 0);
    tc_cancellers_leave(&engine->cancellers, lane->index);
    if (tc_lane_is_resource(lane))
        engine->resources[lane->index / TC_GROUP] &= (uint16_t)~(1u << lane->index % TC_GROUP);
    else
        leave_span(engine, lane);
    memset(engine->received[lane->index], TC_ALAW_SILENCE, TC_TICK_SAMPLES);
    for (unsigned i = 0; i < engine->lanes; i++)
        if (engine->lane[i].source == (int32_t)lane->index)
            listen(engine, i, -1, TC_HEARS_RECEIVED);
}

void tc_engine_free_lane(tc_engine *engine, tc_lane *lane)
{
    unsigned group = lane->index / TC_GROUP;
    uint16_t bit = (uint16_t)(1u << lane->index % TC_GROUP);
    engine->open[group] &= (uint16_t)~bit;
    engine->detecting[group] &= (uint16_t)~bit;
    for (unsigned hearing = 0; hearing < TC_HEARINGS; hearing++)
        tc_hearing_want(&engine->hearing[group], lane->index % TC_GROUP, hearing, 0);
    engine->faded[group] &= (uint16_t)~bit;
    engine->open_lanes--;
    tc_typeahead_clear(&lane->ahead);
    lane->open = 0;
    listen(engine, lane->index, -1, TC_HEARS_RECEIVED);
}

bool tc_engine_hears_sound(const tc_engine *engine, const tc_lane *lane)
{
    return lane->hears == TC_HEARS_SENT || tc_lane_is_resource(&engine->lane[lane->source]);
}

void tc_engine_mask_listeners(tc_engine *engine, const tc_lane *source)
{
    for (unsigned i = 0; i < engine->lanes; i++) {
        const tc_lane *lane = &engine->lane[i];
        if (!lane->open || lane->source != (int32_t)source->index ||
            tc_engine_hears_sound(engine, lane))
            continue;
        tc_lookback *lookback = &engine->lookback[i];
        tc_lookback_mask(tc_lane_is_resource(lane) ? lookback->received : lookback->sent);
        if (tc_lane_is_resource(lane))
            memset(engine->received[i], TC_ALAW_SILENCE, TC_TICK_SAMPLES);
    }
}

static void start(tc_lane *lane, uint64_t tick, unsigned what, const tc_command *command)
{
    tc_lane_start(lane, tick, what, command->operation,
                  (tc_start){.until = &command->args.start.until,
                             .list = command->args.start.list,
                             .controls = &command->args.start.controls,
                             .then_arm = command->args.start.then_arm,
                             .tone = command->args.start.tone,
                             .link = what == TC_MODEM ? command->args.start.link : NULL,
                             .fax = what == TC_FAX ? command->args.start.fax : NULL,
                             .place = what >= TC_MODEM ? command->args.start.place : 0,
                             .secret = command->args.start.secret});
}

static void set_gains(tc_engine *engine, tc_lane *lane, int receive, int transmit)
{
    tc_gain_move(&lane->receive, receive);
    tc_gain_move(&lane->transmit, transmit);
    engine->faded[lane->index / TC_GROUP] |= (uint16_t)(1u << lane->index % TC_GROUP);
}

static void tap(tc_lane *lane, uint64_t tick, bool delayed)
{
    lane->tapped = 1;
    lane->tap_delayed = delayed;
    lane->tap_first = tick;
}

static void obey_for_lane(tc_engine *engine, const tc_ways *ways, uint64_t tick,
                          const tc_command *command)
{
    tc_lane *lane = &engine->lane[command->lane];
    tc_lookback *lookback = &engine->lookback[command->lane];
    bool meant = lane->doing && lane->operation == command->operation;
    bool plays = meant && lane->doing == TC_PLAY;
    switch (command->what) {
    case TC_DO_MOVE:
        move_lane(engine, lane, tick, command);
        break;
    case TC_DO_CLOSE:
        close_lane(engine, lane);
        break;
    case TC_DO_PLAY:
        start(lane, tick, TC_PLAY, command);
        break;
    case TC_DO_COLLECT:
        start(lane, tick, TC_COLLECT, command);
        break;
    case TC_DO_TONES:
        start(lane, tick, TC_TONES, command);
        break;
    case TC_DO_MODEM:
        start(lane, tick, TC_MODEM, command);
        tc_modems_join(&engine->modems, lane, command->args.start.fsk);
        break;
    case TC_DO_FAX:
        start(lane, tick, TC_FAX, command);
        tc_modems_join(&engine->modems, lane, command->args.start.fsk);
        break;
    case TC_DO_STOP:
        lane->stopping = meant;
        break;
    case TC_DO_PAUSE:
    case TC_DO_RESUME:
        if (plays)
            tc_lane_pause(lane, command->what == TC_DO_PAUSE);
        break;
    case TC_DO_SEEK:
        if (plays)
            tc_lane_seek(lane, command->args.seek.samples, command->args.seek.relative);
        break;
    case TC_DO_VOLUME:
        tc_lane_volume(lane, command->args.volume.tenths);
        break;
    case TC_DO_SPEED:
        tc_lane_speed(lane, command->args.speed.percent);
        break;
    case TC_DO_GAINS:
        set_gains(engine, lane, command->args.gains.receive, command->args.gains.transmit);
        break;
    case TC_DO_CLEAR_DIGITS:
        tc_lane_clear_digits(lane);
        break;
    case TC_DO_ARM:
        tc_lane_arm(lane, ways, tick, lookback);
        tc_engine_mask_listeners(engine, lane);
        break;
    case TC_DO_DISARM:
        tc_lane_disarm(lane, tick);
        break;
    case TC_DO_LISTEN:
        listen(engine, command->lane, command->args.listen.source, command->args.listen.what);
        break;
    case TC_DO_TAP:
        tap(lane, tick, command->args.tap.delayed);
        break;
    case TC_DO_UNTAP:
        lane->tapped = 0;
        break;
    case TC_DO_RECORD:
        tc_lane_record(lane, tick, command->args.record.slot, command->args.record.ticks,
                       command->args.record.beep);
        break;
    case TC_DO_STOP_RECORDING:
        tc_lane_stop_recording(lane, tick);
        break;
    case TC_DO_COPPER:
        if (!lane->closing)
            put_on_copper(engine, lane, command->args.copper.line,
                          command->args.copper.cut_through);
        break;
    case TC_DO_HEAR:
        tc_hearing_want(&engine->hearing[command->lane / TC_GROUP], command->lane % TC_GROUP,
                        command->args.hear.hearing, command->args.hear.wanted);
        break;
    case TC_DO_CANCEL:
        if (!lane->closing)
            tc_cancellers_join(&engine->cancellers, command->lane, tick, &command->args.cancel);
        break;
    case TC_DO_JOIN:
        tc_shared_join(&engine->shared, lane, command->args.join.place,
                       command->args.join.detector);
        break;
    case TC_DO_LEAVE:
        tc_shared_leave(&engine->shared, lane, command->args.leave.kind);
        break;
    case TC_DO_STICK:
        lane->stuck = command->args.number.value != 0;
        break;
    default:
        assert(!"a command that exists");
    }
}

static void open_dchannel(tc_engine *engine, uint64_t tick, unsigned index, unsigned timeslot,
                          tc_dchannel *channel)
{
    tc_span *span = &engine->span[index];
    tc_elastic *store = &engine->impairment[index].store;
    span->framed &= ~(1u << timeslot);
    if (!channel)
        return;
    if (store->in) {
        if (!(span->open | span->framed)) /* what slipped while nobody listened */
            tc_elastic_advance(store, tick, 0);
        tc_elastic_open(store, timeslot, TC_ALL_ONES);
    }
    span->dchannel[timeslot] = channel;
    span->framed |= 1u << timeslot;
}

static void obey_for_line(tc_engine *engine, uint64_t tick, const tc_command *command)
{
    tc_impairment *impairment = &engine->impairment[command->lane];
    switch (command->what) {
    case TC_DO_UNPLUG:
        tc_span_unplug(&engine->span[command->lane], tick);
        break;
    case TC_DO_CUT:
        impairment->received = (uint8_t)command->args.number.value;
        impairment->sent = (uint8_t)command->args.number.other;
        break;
    case TC_DO_DRIFT:
        take_store_in(engine, command->lane, tick);
        tc_elastic_tune(&impairment->store, command->args.number.value, tick);
        break;
    case TC_DO_SLIP:
        take_store_in(engine, command->lane, tick);
        tc_elastic_ask(&impairment->store, (int32_t)command->args.number.value);
        break;
    case TC_DO_ERRORS:
        impairment->errors.seed = (uint64_t)command->args.number.value;
        impairment->errors.threshold = (uint32_t)command->args.number.other;
        impairment->errors.burst = (uint32_t)(command->args.number.other >> 32);
        break;
    case TC_DO_LOSE:
        tc_carrier_slip(engine->span[command->lane].carrier, (int32_t)command->args.number.value);
        break;
    case TC_DO_LOOP:
        engine->span[command->lane].carrier->loop = (uint8_t)command->args.number.value;
        break;
    case TC_DO_SAY:
        tc_carrier_say(engine->span[command->lane].carrier, (unsigned)command->args.number.value,
                       (uint64_t)command->args.number.other);
        break;
    default:
        assert(!"a command that exists");
    }
}

void tc_engine_obey(tc_engine *engine, const tc_ways *ways, uint64_t tick,
                    const tc_command *command)
{
    switch (command->what) {
    case TC_DO_PLUG:
        tc_span_plug(&engine->span[command->lane], command->args.plug.line,
                     command->args.plug.carrier, command->args.plug.end, command->args.plug.ulaw,
                     command->args.plug.idle);
        break;
    case TC_DO_BITS:
        engine->span[command->lane].sent[command->args.bits.timeslot] = command->args.bits.abcd;
        break;
    case TC_DO_OPEN:
        open_lane(engine, tick, command);
        break;
    case TC_DO_UNPLUG:
    case TC_DO_CUT:
    case TC_DO_DRIFT:
    case TC_DO_SLIP:
    case TC_DO_ERRORS:
    case TC_DO_LOSE:
    case TC_DO_LOOP:
    case TC_DO_SAY:
        obey_for_line(engine, tick, command);
        break;
    case TC_DO_DCHANNEL:
        open_dchannel(engine, tick, command->lane, command->args.dchannel.timeslot,
                      command->args.dchannel.channel);
        break;
    case TC_DO_JAM:
        engine->events.jammed = command->args.number.value != 0;
        break;
    case TC_DO_STALL:
        engine->stalled_from = tick + 1;
        engine->stalled_until = tick + 1 + (uint64_t)command->args.number.value;
        break;
    default:
        obey_for_lane(engine, ways, tick, command);
    }
}
