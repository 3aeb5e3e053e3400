#include "recorder.h"

#include "g711.h"

#include <errno.h>
#include <unistd.h>

#define HEADER_OCTETS 58
#define FLUSH_OCTETS 8000 /* half a second */

struct tc_file {
    int fd; /* -1: the slot is free */
    int error;
    uint32_t missing;
    uint64_t written; /* octets of sound in the file */
    uint32_t held;    /* octets of sound in the buffer */
    uint8_t *buffer;
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

static void make_header(uint8_t header[HEADER_OCTETS], uint32_t octets)
{
    uint8_t *at = put4(header, "RIFF");
    at = put32(at, HEADER_OCTETS - 8 + octets);
    at = put4(put4(at, "WAVE"), "fmt ");
    at = put32(at, 18);
    at = put16(at, 6); /* WAVE_FORMAT_ALAW */
    at = put16(at, 2); /* channels */
    at = put32(at, 8000);
    at = put32(at, 16000); /* octets a second */
    at = put16(at, 2);     /* octets a frame */
    at = put16(at, 8);     /* bits a sample */
    at = put16(at, 0);     /* no extension */
    at = put4(at, "fact"); /* every format but PCM has it */
    at = put32(at, 4);
    at = put32(at, octets / 2);
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

/* Sound first, header after: the header never claims what is not there. */
static void flush(tc_file *file)
{
    uint8_t header[HEADER_OCTETS];
    if (!file->error && file->held) {
        file->error = write_at(file->fd, file->buffer, file->held, HEADER_OCTETS + file->written);
        if (!file->error) {
            file->written += file->held;
            make_header(header, (uint32_t)file->written);
            file->error = write_at(file->fd, header, HEADER_OCTETS, 0);
        }
    }
    file->held = 0;
}

static void append(tc_file *file, const uint8_t *received, const uint8_t *sent)
{
    uint8_t *at = file->buffer + file->held;
    for (unsigned i = 0; i < TC_TICK_SAMPLES; i++) {
        at[2 * i] = received[i];
        at[2 * i + 1] = sent[i];
    }
    file->held += 2 * TC_TICK_SAMPLES;
    if (file->held == FLUSH_OCTETS)
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

int tc_recorder_open(tc_recorder *recorder, uint32_t slot, int fd)
{
    tc_file *file = &recorder->files[slot];
    uint8_t header[HEADER_OCTETS];
    make_header(header, 0);
    int error = write_at(fd, header, HEADER_OCTETS, 0);
    if (error)
        return error;
    uint8_t *buffer = malloc(FLUSH_OCTETS);
    if (!buffer)
        return ENOMEM;
    *file = (tc_file){.fd = fd, .buffer = buffer};
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
                                      .frames = file->written / 2};
            tc_ring_publish(&recorder->finished);
            ended++;
        }
        tc_ring_pop(&recorder->blocks);
    }
    return ended;
}
