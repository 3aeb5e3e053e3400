/* A process that dies at a chosen write: preloaded before libc (LD_PRELOAD), for kill_sweep.py.
 *
 * Counts what a program does to the files of one folder: each write, each cut, each fsync.  At the
 * chosen one the process is killed with SIGKILL, before it is done or, torn, when half of its
 * octets are written.  After each fsync that was done the file is copied to a second folder, the
 * "platter": what a power failure would have left.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[PATH_MAX], platter[PATH_MAX];
static long steps, syncs, deadly;
static int torn, only_syncs;

/* Watch `watched` from now on; die at step `nth`, or at none for 0. */
void mortal_arm(const char *watched, const char *kept, long nth, int half, int of_syncs)
{
    snprintf(folder, sizeof folder, "%s/", watched);
    snprintf(platter, sizeof platter, "%s", kept);
    steps = syncs = 0;
    deadly = nth;
    torn = half;
    only_syncs = of_syncs;
}

long mortal_steps(void)
{
    return only_syncs ? syncs : steps;
}

static const char *ours(int fd, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0 || !*folder)
        return NULL;
    path[length] = 0;
    size_t prefix = strlen(folder);
    return strncmp(path, folder, prefix) ? NULL : path + prefix;
}

/* One step on a watched file; true when its time has come. */
static int step(int fd, int sync)
{
    char path[PATH_MAX];
    if (!ours(fd, path))
        return 0;
    steps++;
    syncs += sync;
    return deadly && (sync || !only_syncs) && mortal_steps() == deadly;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
}

static void keep(int fd)
{
    char path[PATH_MAX], copy[2 * PATH_MAX], block[65536];
    const char *name = ours(fd, path);
    if (!name || !*platter)
        return;
    snprintf(copy, sizeof copy, "%s/%s", platter, name);
    int to = open(copy, O_WRONLY | O_CREAT | O_TRUNC, 0600), from = open(path, O_RDONLY);
    for (ssize_t got; (got = read(from, block, sizeof block)) > 0;)
        if (write(to, block, (size_t)got) != got)
            _exit(9);
    close(from);
    close(to);
}

#define REAL(result, name, ...)                                                                    \
    static result (*real)(__VA_ARGS__);                                                            \
    if (!real)                                                                                     \
    real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t pwrite64(int fd, const void *octets, size_t count, off64_t at)
{
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    if (step(fd, 0)) {
        if (torn)
            real(fd, octets, count / 2, at);
        die();
    }
    return real(fd, octets, count, at);
}

ssize_t write(int fd, const void *octets, size_t count)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    if (step(fd, 0)) {
        if (torn)
            real(fd, octets, count / 2);
        die();
    }
    return real(fd, octets, count);
}

int ftruncate64(int fd, off64_t length)
{
    REAL(int, "ftruncate64", int, off64_t);
    if (step(fd, 0))
        die();
    return real(fd, length);
}

static int synced(int (*real)(int), int fd)
{
    if (step(fd, 1))
        die();
    int result = real(fd);
    if (!result) {
        keep(fd);
        if (step(fd, 1)) /* a second step of each: done, and nobody has heard of it */
            die();
    }
    return result;
}

int fsync(int fd)
{
    REAL(int, "fsync", int);
    return synced(real, fd);
}

int fdatasync(int fd)
{
    REAL(int, "fdatasync", int);
    return synced(real, fd);
}
