/* One R2 channel of openr2 as a process: octets and ABCD bits in, octets and bits out.
 *
 *     openr2_peer VARIANT MAX_ANI MAX_DNIS ANI_FIRST SKIP_CATEGORY
 *
 * openr2 reads a DAHDI channel by system calls and the time of day by two more.  This program has
 * those calls under the same names, so that the channel lies in memory and the clock is that of the
 * octets.  On stdin come commands, each a letter and what belongs to it:
 *
 *     t BITS OCTETS[160]   20 ms pass; answered by BITS OCTETS[160] LENGTH[2] and so many octets of
 *                          text, a line for each event
 *     c CATEGORY ANI DNIS  make a call      a MODE  accept      w  answer (D double answer)
 *     d CAUSE              disconnect       i  idle     b  block
 *
 * Those of text end with a line feed.  Debian: libopenr2-dev.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <openr2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CHANNEL 1000 /* the descriptor of the channel, which is none */
#define BLOCK 160
#define ROOM 65536
#define BITS_CHANGED 13
#define SIG_CAS (1 << 15)

struct params { /* of DAHDI's user interface: what openr2 looks at */
    int chan, span, position, sigtype, sigcap, rx_off_hook, rx_bits, tx_bits, tx_hook, rx_hook, law,
        idle_bits;
    char name[40];
    int rest[12];
};

static long long now_us = 1000000000000000LL;
static unsigned char rx[ROOM], tx[ROOM];
static unsigned rx_head, rx_tail, tx_head, tx_tail;
static int rx_bits, tx_bits, changed;
static char said[8192];
static size_t saying;

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    tv->tv_sec = now_us / 1000000;
    tv->tv_usec = now_us % 1000000;
    return 0;
}

time_t time(time_t *t)
{
    time_t now = now_us / 1000000;
    if (t)
        *t = now;
    return now;
}

static unsigned held(unsigned head, unsigned tail)
{
    return (head - tail) % ROOM;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    int *value = va_arg(args, int *);
    va_end(args);
    if (fd != CHANNEL)
        return (int) syscall(SYS_ioctl, fd, request, value);
    switch (_IOC_NR(request)) {
    case 1: /* block size */
        if (!(_IOC_DIR(request) & _IOC_WRITE))
            *value = BLOCK;
        return 0;
    case 3: /* flush */
        if (*value & 1)
            rx_tail = rx_head;
        if (*value & 2)
            tx_tail = tx_head;
        if (*value & 4)
            changed = 0;
        return 0;
    case 5: { /* parameters */
        struct params *params = (struct params *) value;
        if (_IOC_DIR(request) == _IOC_WRITE)
            return 0;
        memset(params, 0, _IOC_SIZE(request));
        params->chan = params->span = params->position = 1;
        params->sigtype = params->sigcap = SIG_CAS;
        params->rx_bits = rx_bits;
        params->tx_bits = tx_bits;
        return 0;
    }
    case 8: /* event */
        *value = changed ? BITS_CHANGED : 0;
        changed = 0;
        return 0;
    case 9: { /* what is there to be done */
        int wanted = *value, found = 0;
        if ((wanted & 8) && changed)
            found |= 8;
        if ((wanted & 1) && held(rx_head, rx_tail) >= BLOCK)
            found |= 1;
        if ((wanted & 2) && held(tx_head, tx_tail) < BLOCK)
            found |= 2;
        *value = found;
        return 0;
    }
    case 27: /* buffers */
        return 0;
    case 34: /* number */
        *value = 1;
        return 0;
    case 43: /* bits */
        if (_IOC_DIR(request) & _IOC_WRITE)
            tx_bits = *value;
        else
            *value = rx_bits;
        return 0;
    }
    return 0; /* gains, law, echo canceller: nothing to be set */
}

ssize_t read(int fd, void *to, size_t count)
{
    if (fd != CHANNEL)
        return syscall(SYS_read, fd, to, count);
    if (changed) {
        errno = 500; /* DAHDI's ELAST: look for events first */
        return -1;
    }
    unsigned char *octets = to;
    size_t n = held(rx_head, rx_tail);
    n = n < count ? n : count;
    for (size_t i = 0; i < n; i++)
        octets[i] = rx[rx_tail++ % ROOM];
    if (n == 0)
        errno = EAGAIN;
    return n ? (ssize_t) n : -1;
}

ssize_t write(int fd, const void *from, size_t count)
{
    if (fd != CHANNEL)
        return syscall(SYS_write, fd, from, count);
    if (changed) {
        errno = 500;
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        tx[tx_head++ % ROOM] = ((const unsigned char *) from)[i];
    return (ssize_t) count;
}

static void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (saying < sizeof said - 256)
        saying += (size_t) vsnprintf(said + saying, 256, format, args);
    va_end(args);
}

static void nothing(openr2_chan_t *c) {}
static void offered(openr2_chan_t *c, const char *ani, const char *dnis,
                    openr2_calling_party_category_t category)
{
    say("offered %s %s %d\n", ani && *ani ? ani : "-", dnis && *dnis ? dnis : "-", category);
}
static void accepted(openr2_chan_t *c, openr2_call_mode_t mode) { say("accepted %d\n", mode); }
static void answered(openr2_chan_t *c) { say("answered\n"); }
static void gone(openr2_chan_t *c, openr2_call_disconnect_cause_t why) { say("gone %d\n", why); }
static void ended(openr2_chan_t *c) { say("ended\n"); }
static void heard(openr2_chan_t *c, const unsigned char *octets, int count) {}
static void alarm_(openr2_chan_t *c, int on) {}
static void os_error(openr2_chan_t *c, int error) { say("broken %d\n", error); }
static void wrong(openr2_chan_t *c, openr2_protocol_error_t e)
{
    say("wrong %s\n", openr2_proto_get_error(e));
}
static void blocked(openr2_chan_t *c) { say("blocked\n"); }
static void idle(openr2_chan_t *c) { say("idle\n"); }
static int digit(openr2_chan_t *c, char d) { return 1; }
static void caller_digit(openr2_chan_t *c, char d) {}
static void metered(openr2_chan_t *c) { say("metered\n"); }
static void log_context(openr2_context_t *c, openr2_log_level_t l, const char *f, va_list a) {}

static openr2_event_interface_t events = {
    .on_call_init = nothing,
    .on_call_offered = offered,
    .on_call_accepted = accepted,
    .on_call_answered = answered,
    .on_call_disconnect = gone,
    .on_call_end = ended,
    .on_call_read = heard,
    .on_hardware_alarm = alarm_,
    .on_os_error = os_error,
    .on_protocol_error = wrong,
    .on_line_blocked = blocked,
    .on_line_idle = idle,
    .on_context_log = log_context,
    .on_dnis_digit_received = digit,
    .on_ani_digit_received = caller_digit,
    .on_billing_pulse_received = metered,
};

static int tick(openr2_chan_t *channel)
{
    unsigned char block[1 + BLOCK];
    if (fread(block, 1, sizeof block, stdin) != sizeof block)
        return 0;
    if (block[0] != rx_bits) {
        rx_bits = block[0];
        changed = 1;
    }
    for (int i = 0; i < BLOCK; i++)
        rx[rx_head++ % ROOM] = block[1 + i];
    for (int i = 0; i < 4; i++)
        openr2_chan_process_event(channel);
    unsigned char answer[1 + BLOCK + 2];
    answer[0] = (unsigned char) tx_bits;
    for (int i = 0; i < BLOCK; i++)
        answer[1 + i] = held(tx_head, tx_tail) ? tx[tx_tail++ % ROOM] : 0xd5;
    answer[1 + BLOCK] = (unsigned char) (saying & 255);
    answer[2 + BLOCK] = (unsigned char) (saying >> 8);
    now_us += BLOCK * 125;
    fwrite(answer, 1, sizeof answer, stdout);
    fwrite(said, 1, saying, stdout);
    saying = 0;
    fflush(stdout);
    return 1;
}

int main(int count, char **args)
{
    if (count != 6)
        return 2;
    openr2_variant_t variant = openr2_proto_get_variant(args[1]);
    openr2_context_t *context =
        openr2_context_new(NULL, &events, NULL, variant, atoi(args[2]), atoi(args[3]));
    if (context == NULL)
        return 3;
    openr2_context_set_log_level(context, OR2_LOG_NOTHING);
    openr2_context_set_ani_first(context, atoi(args[4]));
    openr2_context_set_skip_category_request(context, atoi(args[5]));
    openr2_chan_t *channel = openr2_chan_new_from_fd(context, CHANNEL, NULL, NULL);
    if (channel == NULL)
        return 4;
    openr2_chan_set_idle(channel);
    for (int letter; (letter = getchar()) != EOF;) {
        char ani[128], dnis[128];
        int number = 0, wrong = 0;
        if (letter == 't') {
            if (!tick(channel))
                return 0;
            continue;
        }
        char line[300];
        if (fgets(line, sizeof line, stdin) == NULL)
            return 0;
        switch (letter) {
        case 'c':
            if (sscanf(line, "%d %127s %127s", &number, ani, dnis) == 3)
                wrong = openr2_chan_make_call(channel, ani, dnis, number);
            break;
        case 'a':
            wrong = openr2_chan_accept_call(channel, atoi(line));
            break;
        case 'w':
            wrong = openr2_chan_answer_call(channel);
            break;
        case 'D':
            wrong = openr2_chan_answer_call_with_mode(channel, OR2_ANSWER_DOUBLE);
            break;
        case 'd':
            wrong = openr2_chan_disconnect_call(channel, atoi(line));
            break;
        case 'i':
            wrong = openr2_chan_set_idle(channel);
            break;
        case 'b':
            wrong = openr2_chan_set_blocked(channel);
            break;
        }
        if (wrong)
            say("refused %c\n", letter);
    }
    return 0;
}
