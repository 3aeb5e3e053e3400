#include "recorder.h"

#include "agc.h"
#include "g711.h"
#include "mix.h"

#include <errno.h>
#include <unistd.h>

#define MAX_HEADER 58  /* octets */
#define FLUSH_TICKS 50 /* half a second */

struct tc_file {
    int fd; /* -1: the slot is free */
    tc_record_format format;
    int error;
    uint32_t missing;
    uint64_t written; /* octets of sound in the file */
    uint32_t held;    /* octets of sound in the buffer */
    uint8_t *buffer;
    tc_agc agc[2]; /* by channel of the file */
};

void tc_lookback_mask(uint8_t leg[TC_LOOKBACK_TICKS][TC_TICK_SAMPLES])
{
    memset(leg, TC_ALAW_SILENCE, sizeof(uint8_t[TC_LOOKBACK_TICKS][TC_TICK_SAMPLES]));
}

static uint8_t *put16(uint8_t *at, uint16_t value)
{
    *at++ = (uint8_t)value;
    *at++ = (uint8_t)(value >> 8);
    return at;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    return put16(put16(at, (uint16_t)value), (uint16_t)(value >> 16));
}

static uint8_t *put4(uint8_t *at, const char *name)
{
    memcpy(at, name, 4);
    return at + 4;
}

static unsigned channels(tc_record_format format)
{
    return format.sides == TC_SIDES_BOTH ? 2 : 1;
}

static unsigned frame_octets(tc_record_format format)
{
    return channels(format) * (format.coding == TC_CODING_PCM ? 2 : 1);
}

static unsigned header_octets(tc_record_format format)
{
    return format.raw ? 0 : format.coding == TC_CODING_PCM ? 44 : MAX_HEADER;
}

static void make_header(uint8_t header[MAX_HEADER], tc_record_format format, uint32_t octets)
{
    static const uint16_t wave_format[] = {
        [TC_CODING_ALAW] = 6, [TC_CODING_ULAW] = 7, [TC_CODING_PCM] = 1};
    bool pcm = format.coding == TC_CODING_PCM;
    unsigned frame = frame_octets(format);
    uint8_t *at = put4(header, "RIFF");
    at = put32(at, header_octets(format) - 8 + octets);
    at = put4(put4(at, "WAVE"), "fmt ");
    at = put32(at, pcm ? 16 : 18);
    at = put16(at, wave_format[format.coding]);
    at = put16(at, (uint16_t)channels(format));
    at = put32(at, 8000);
    at = put32(at, 8000 * frame); /* octets a second */
    at = put16(at, (uint16_t)frame);
    at = put16(at, pcm ? 16 : 8); /* bits a sample */
    if (!pcm) {
        at = put16(at, 0);     /* no extension */
        at = put4(at, "fact"); /* every format but PCM has it */
        at = put32(at, 4);
        at = put32(at, octets / frame);
    }
    at = put4(at, "data");
    put32(at, octets);
}

static int write_at(int fd, const uint8_t *octets, size_t count, uint64_t offset)
{
    while (count) {
        ssize_t written = pwrite(fd, octets, count, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        octets += written;
        offset += (uint64_t)written;
        count -= (size_t)written;
    }
    return 0;
}

static int write_header(const tc_file *file)
{
    uint8_t header[MAX_HEADER];
    if (file->format.raw)
        return 0;
    make_header(header, file->format, (uint32_t)file->written);
    return write_at(file->fd, header, header_octets(file->format), 0);
}

/* Sound first, header after: the header never claims what is not there. */
static void flush(tc_file *file)
{
    if (!file->error && file->held) {
        uint64_t end = header_octets(file->format) + file->written;
        file->error = write_at(file->fd, file->buffer, file->held, end);
        if (!file->error) {
            file->written += file->held;
            file->error = write_header(file);
        }
    }
    file->held = 0;
}

/* The sides of a tick as the file wants them, still A-law; returns how many octets. */
static size_t lay_out(unsigned sides, const uint8_t *received, const uint8_t *sent, uint8_t *out)
{
    switch (sides) {
    case TC_SIDES_BOTH:
        for (unsigned i = 0; i < TC_TICK_SAMPLES; i++) {
            out[2 * i] = received[i];
            out[2 * i + 1] = sent[i];
        }
        return 2 * TC_TICK_SAMPLES;
    case TC_SIDES_MIXED:
        tc_alaw_add(received, sent, out, TC_TICK_SAMPLES);
        return TC_TICK_SAMPLES;
    default:
        memcpy(out, sides == TC_SIDES_SENT ? sent : received, TC_TICK_SAMPLES);
        return TC_TICK_SAMPLES;
    }
}

static void put_pcm(const int16_t *sound, size_t count, uint8_t *at)
{
    for (size_t i = 0; i < count; i++)
        at = put16(at, (uint16_t)sound[i]);
}

/* Each channel of a tick at its talkers' level. */
static void level(tc_file *file, int16_t *sound)
{
    unsigned stride = channels(file->format);
    for (unsigned c = 0; c < stride; c++) {
        int16_t one[TC_TICK_SAMPLES];
        for (unsigned i = 0; i < TC_TICK_SAMPLES; i++)
            one[i] = sound[i * stride + c];
        tc_agc_hop(&file->agc[c], one, one);
        for (unsigned i = 0; i < TC_TICK_SAMPLES; i++)
            sound[i * stride + c] = one[i];
    }
}

_Static_assert(TC_TICK_SAMPLES == TC_AGC_HOP, "a tick of a recording is a hop of its gain control");

static void put_linear(tc_file *file, const uint8_t *octets, size_t count, uint8_t *at)
{
    int16_t sound[2 * TC_TICK_SAMPLES];
    tc_alaw_decode(octets, sound, count);
    if (file->format.agc)
        level(file, sound);
    if (file->format.coding == TC_CODING_PCM)
        put_pcm(sound, count, at);
    else if (file->format.coding == TC_CODING_ULAW)
        tc_ulaw_encode(sound, at, count);
    else
        tc_alaw_encode(sound, at, count);
}

static void append(tc_file *file, const uint8_t *received, const uint8_t *sent)
{
    uint8_t octets[2 * TC_TICK_SAMPLES], *at = file->buffer + file->held;
    size_t count = lay_out(file->format.sides, received, sent, octets);
    unsigned tick_octets = TC_TICK_SAMPLES * frame_octets(file->format);
    if (file->format.coding == TC_CODING_PCM || file->format.agc)
        put_linear(file, octets, count, at);
    else if (file->format.coding == TC_CODING_ULAW)
        tc_alaw_to_ulaw(octets, at, count);
    else
        memcpy(at, octets, count);
    file->held += tick_octets;
    if (file->held == FLUSH_TICKS * tick_octets)
        flush(file);
}

static void append_silence(tc_file *file, uint32_t ticks)
{
    uint8_t silence[TC_TICK_SAMPLES];
    memset(silence, TC_ALAW_SILENCE, sizeof silence);
    file->missing += ticks;
    while (ticks--)
        append(file, silence, silence);
}

int tc_recorder_init(tc_recorder *recorder, uint32_t slots, size_t blocks)
{
    memset(recorder, 0, sizeof *recorder);
    recorder->slots = slots;
    recorder->files = calloc(slots, sizeof *recorder->files);
    if (!recorder->files || tc_ring_init(&recorder->blocks, sizeof(tc_block), blocks) ||
        tc_ring_init(&recorder->finished, sizeof(tc_recorded), slots)) {
        tc_recorder_free(recorder);
        return -1;
    }
    for (uint32_t i = 0; i < slots; i++)
        recorder->files[i].fd = -1;
    return 0;
}

static void close_file(tc_file *file)
{
    flush(file);
    if (close(file->fd) && !file->error)
        file->error = errno;
    free(file->buffer);
    file->buffer = NULL;
    file->fd = -1;
}

void tc_recorder_free(tc_recorder *recorder)
{
    if (recorder->files)
        for (uint32_t i = 0; i < recorder->slots; i++)
            if (recorder->files[i].buffer)
                close_file(&recorder->files[i]);
    free(recorder->files);
    recorder->files = NULL;
    tc_ring_free(&recorder->blocks);
    tc_ring_free(&recorder->finished);
}

int tc_recorder_open(tc_recorder *recorder, uint32_t slot, int fd, tc_record_format format)
{
    tc_file file = {.fd = fd, .format = format};
    for (unsigned c = 0; c < 2; c++)
        tc_agc_init(&file.agc[c], NULL);
    int error = write_header(&file);
    if (error)
        return error;
    file.buffer = malloc(FLUSH_TICKS * TC_TICK_SAMPLES * frame_octets(format));
    if (!file.buffer)
        return ENOMEM;
    recorder->files[slot] = file;
    return 0;
}

void tc_recorder_abandon(tc_recorder *recorder, uint32_t slot)
{
    close_file(&recorder->files[slot]);
}

unsigned tc_recorder_drain(tc_recorder *recorder)
{
    const tc_block *block;
    unsigned ended = 0;
    while ((block = tc_ring_front(&recorder->blocks))) {
        tc_file *file = &recorder->files[block->slot];
        append_silence(file, block->missing);
        if (block->kind == TC_BLOCK_SOUND) {
            append(file, block->received, block->sent);
        } else {
            close_file(file);
            tc_recorded *recorded = tc_ring_claim(&recorder->finished);
            *recorded = (tc_recorded){.slot = block->slot, /* a place for each slot: never full */
                                      .reasons = block->reasons,
                                      .error = file->error,
                                      .missing = file->missing,
                                      .frames = file->written / frame_octets(file->format)};
            tc_ring_publish(&recorder->finished);
            ended++;
        }
        tc_ring_pop(&recorder->blocks);
    }
    return ended;
}
