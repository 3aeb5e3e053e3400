/* A class 1 fax modem (T.31) under a foreign program, and a clock that is its line's sound.
 *
 * Preloaded (LD_PRELOAD) into a program that faxes by way of a modem at a serial port.  The port
 * lies in memory: the program's open, read, write and select of it end here, and so do its time of
 * day, its sleep and its alarm.  Whenever it waits, 10 ms pass: 80 samples of the modem's go out on
 * a socket, 80 come back.  So a fax takes as long as its computing, and is the same every time.
 * While no call is up time passes without the socket.
 *
 *     TELCARD_PORT    the path that the program opens
 *     TELCARD_LINE    the number of the socket
 *     TELCARD_RINGS   a call comes in; else the program begins one, which is there at once
 *
 * The modem is spandsp's.  30 s after the call the program is ended, for a server never would by
 * itself.  Processes that it starts have no modem and the system's time.
 */
#define _GNU_SOURCE
#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <termios.h>
#include <tiffio.h>
#include <time.h>
#include <unistd.h>

#include <spandsp.h>

#define STEP 80 /* samples */
#define STEP_US 10000
#define ROOM 65536
#define CHUNK 64      /* octets written to the modem before its buffer is looked at again */
#define PATIENCE 1000 /* looks without waiting, until time passes all the same */
#define RING_US 6000000
#define REST_US 30000000
#define XON 0x11
#define XOFF 0x13

static t31_state_t *modem;
static struct termios settings;
static char port[256];
static int port_fd = -1, line_fd = -1;
static pid_t owner;
static bool rings, line_up;
static int begun; /* AT_CALL_EVENT_... of a call that begins */
static long long now_us = 1700000000000000LL, alarm_us, again_us, rung_us, over_us;
static unsigned looks;
static unsigned char inbox[ROOM];
static unsigned head, tail;

/* --- the modem, and its line ----------------------------------------------------------------- */

static int to_program(at_state_t *at, void *user, const uint8_t *octets, size_t n)
{
    bool flow = n == 1 && (octets[0] == XON || octets[0] == XOFF);
    if (flow && at->at_rx_mode == AT_MODE_STUFFED)
        return 0; /* the port holds the program up by itself */
    for (size_t i = 0; i < n; i++)
        inbox[head++ % ROOM] = octets[i];
    return 0;
}

static int control(t31_state_t *state, void *user, int operation, const char *number)
{
    if (operation == AT_MODEM_CONTROL_CALL)
        begun = AT_CALL_EVENT_CONNECTED;
    else if (operation == AT_MODEM_CONTROL_ANSWER)
        begun = AT_CALL_EVENT_ANSWERED;
    else if (operation == AT_MODEM_CONTROL_HANGUP && line_up) {
        line_up = false;
        over_us = now_us;
        shutdown(line_fd, SHUT_RDWR);
    }
    return 0;
}

static void carry(bool out, int16_t *samples)
{
    char *at = (char *) samples, *end = (char *) (samples + STEP);
    while (at < end) {
        ssize_t n =
            out ? send(line_fd, at, end - at, MSG_NOSIGNAL) : recv(line_fd, at, end - at, 0);
        if (n <= 0)
            _exit(3); /* the other end of the socket has gone */
        at += n;
    }
}

/* 10 ms pass. */
static void step(void)
{
    int16_t said[STEP] = {0}, heard[STEP] = {0};
    looks = 0;
    t31_tx(modem, said, STEP);
    if (line_up) {
        carry(true, said);
        carry(false, heard);
    }
    t31_rx(modem, heard, STEP);
    now_us += STEP_US;
    if (begun && !over_us) {
        int event = begun;
        begun = 0;
        rings = false;
        line_up = true;
        t31_call_event(modem, event);
    }
    if (rings && now_us - rung_us >= RING_US) {
        rung_us = now_us;
        t31_call_event(modem, AT_CALL_EVENT_ALERTING);
    }
    if (over_us && now_us - over_us > REST_US)
        _exit(0);
}

/* 10 ms pass; true, with errno, when the program's alarm rings then. */
static bool interrupted(void)
{
    step();
    if (alarm_us == 0 || now_us < alarm_us)
        return false;
    alarm_us = again_us ? now_us + again_us : 0;
    raise(SIGALRM);
    errno = EINTR;
    return true;
}

static bool full(void)
{
    return modem->at_state.at_rx_mode == AT_MODE_STUFFED && modem->tx.holding;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("TELCARD_PORT"), *line = getenv("TELCARD_LINE");
    if (path == NULL || line == NULL)
        return;
    snprintf(port, sizeof port, "%s", path);
    line_fd = atoi(line);
    rings = getenv("TELCARD_RINGS") != NULL;
    unsetenv("LD_PRELOAD");
    unsetenv("TELCARD_PORT");
    unsetenv("TELCARD_LINE");
    unsetenv("TELCARD_RINGS");
    modem = t31_init(NULL, to_program, NULL, control, NULL, NULL, NULL);
    span_log_set_level(t31_get_logging_state(modem), 0);
    t31_set_transmit_on_idle(modem, 1);
    owner = getpid();
}

/* --- its port -------------------------------------------------------------------------------- */

static bool ours(void)
{
    return owner != 0 && owner == getpid();
}

static bool is_port(int fd)
{
    return ours() && fd >= 0 && fd == port_fd;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    int mode = va_arg(args, int);
    va_end(args);
    if (!ours() || strcmp(path, port) != 0)
        return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    return port_fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", flags, 0);
}

int close(int fd)
{
    if (ours() && fd == line_fd)
        return 0;
    if (is_port(fd))
        port_fd = -1;
    return syscall(SYS_close, fd);
}

ssize_t read(int fd, void *to, size_t count)
{
    if (!is_port(fd))
        return syscall(SYS_read, fd, to, count);
    long long until = now_us + settings.c_cc[VTIME] * 100000LL;
    while (head == tail) {
        if (settings.c_cc[VMIN] == 0 && now_us >= until)
            return 0;
        if ((fcntl(fd, F_GETFL) & O_NONBLOCK) && ++looks < PATIENCE) {
            errno = EAGAIN;
            return -1;
        }
        if (interrupted())
            return -1;
    }
    unsigned char *octets = to;
    size_t n = 0;
    while (n < count && head != tail)
        octets[n++] = inbox[tail++ % ROOM];
    return n;
}

ssize_t write(int fd, const void *from, size_t count)
{
    if (!is_port(fd))
        return syscall(SYS_write, fd, from, count);
    const char *octets = from;
    size_t done = 0;
    while (done < count) {
        if (full()) {
            if (interrupted())
                return done ? (ssize_t) done : -1;
            continue;
        }
        size_t n = count - done < CHUNK ? count - done : CHUNK;
        t31_at_rx(modem, octets + done, n);
        done += n;
    }
    return done;
}

int select(int n, fd_set *in, fd_set *out, fd_set *odd, struct timeval *limit)
{
    if (!ours())
        return syscall(SYS_select, n, in, out, odd, limit);
    long long until = limit ? now_us + limit->tv_sec * 1000000LL + limit->tv_usec : -1;
    bool reads = in && port_fd >= 0 && port_fd < n && FD_ISSET(port_fd, in);
    bool writes = out && port_fd >= 0 && port_fd < n && FD_ISSET(port_fd, out);
    fd_set wanted[3];
    fd_set *sets[3] = {in, out, odd};
    for (int i = 0; i < 3; i++) {
        if (sets[i])
            wanted[i] = *sets[i];
        else
            FD_ZERO(&wanted[i]);
    }
    if (reads)
        FD_CLR(port_fd, &wanted[0]);
    if (writes)
        FD_CLR(port_fd, &wanted[1]);
    for (;;) {
        fd_set found[3] = {wanted[0], wanted[1], wanted[2]};
        struct timeval at_once = {0, 0};
        int ready = syscall(SYS_select, n, &found[0], &found[1], &found[2], &at_once);
        if (ready < 0)
            return ready;
        if (reads && head != tail) {
            FD_SET(port_fd, &found[0]);
            ready++;
        }
        if (writes && !full()) {
            FD_SET(port_fd, &found[1]);
            ready++;
        }
        bool expired = until >= 0 && now_us >= until;
        if (ready || (expired && ++looks < PATIENCE)) {
            for (int i = 0; i < 3; i++)
                if (sets[i])
                    *sets[i] = found[i];
            return ready;
        }
        if (interrupted())
            return -1;
    }
}

int tcgetattr(int fd, struct termios *to)
{
    *to = settings;
    return 0;
}

int tcsetattr(int fd, int when, const struct termios *from)
{
    settings = *from;
    if (when == TCSAFLUSH)
        tail = head;
    return 0;
}

int tcflush(int fd, int queue)
{
    if (queue != TCOFLUSH)
        tail = head;
    return 0;
}

int tcflow(int fd, int action)
{
    return 0;
}

int tcdrain(int fd)
{
    return 0;
}

int tcsendbreak(int fd, int duration)
{
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    int *value = va_arg(args, int *);
    va_end(args);
    if (!is_port(fd))
        return syscall(SYS_ioctl, fd, request, value);
    if (request == TIOCMGET)
        *value = TIOCM_DTR | TIOCM_RTS | TIOCM_CTS | TIOCM_DSR | TIOCM_CAR;
    return 0;
}

/* --- the clock ------------------------------------------------------------------------------- */

time_t time(time_t *to)
{
    time_t now = now_us / 1000000;
    if (to)
        *to = now;
    return now;
}

int gettimeofday(struct timeval *restrict to, void *restrict zone)
{
    *to = (struct timeval){now_us / 1000000, now_us % 1000000};
    return 0;
}

unsigned sleep(unsigned seconds)
{
    long long until = now_us + seconds * 1000000LL;
    while (ours() && now_us < until)
        if (interrupted())
            return (until - now_us) / 1000000;
    return 0;
}

int setitimer(__itimer_which_t which, const struct itimerval *restrict to,
              struct itimerval *restrict old)
{
    long long first_us = to->it_value.tv_sec * 1000000LL + to->it_value.tv_usec;
    again_us = to->it_interval.tv_sec * 1000000LL + to->it_interval.tv_usec;
    alarm_us = first_us ? now_us + first_us : 0;
    return 0;
}

/* --- what a fax server wants of root, and has no use for here ---------------------------------- */

uid_t getuid(void)
{
    return 0;
}

uid_t geteuid(void)
{
    return 0;
}

int seteuid(uid_t user)
{
    return 0;
}

int setegid(gid_t group)
{
    return 0;
}

int initgroups(const char *user, gid_t group)
{
    return 0;
}

int chown(const char *path, uid_t user, gid_t group)
{
    return 0;
}

int fchown(int fd, uid_t user, gid_t group)
{
    return 0;
}

int fchmod(int fd, mode_t mode)
{
    return is_port(fd) ? 0 : syscall(SYS_fchmod, fd, mode);
}

int sched_setscheduler(pid_t process, int policy, const struct sched_param *param)
{
    return 0;
}

void __vsyslog_chk(int priority, int flag, const char *format, va_list args)
{
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}
