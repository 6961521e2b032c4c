/* Another time for a program that has not asked for it: preloaded, it shifts what the program sees of the
 * machine's civil clock by the milliseconds (a signed 64-bit number, in the machine's order) that the file
 * named by STEP_CLOCK holds; whoever writes the file steps the clock under the running program. Clocks that
 * measure spans are left alone. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift_ms;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void shift_open(void)
{
    const char *name = getenv("STEP_CLOCK");
    int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        _exit(2);
    (void)close(fd);
    shift_ms = at;
}

/* Constructors of other libraries may ask for the time before ours has run. */
static void shift_ready(void)
{
    if (!real_clock_gettime)
        *(void **)&real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
}

static int64_t now_us(void)
{
    struct timespec t;
    shift_ready();
    (void)real_clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 + (shift_ms ? *shift_ms * 1000 : 0);
}

int clock_gettime(clockid_t clock_id, struct timespec *tp)
{
    shift_ready();
    if (clock_id != CLOCK_REALTIME && clock_id != CLOCK_REALTIME_COARSE)
        return real_clock_gettime(clock_id, tp);
    int64_t us = now_us();
    *tp = (struct timespec){us / 1000000, us % 1000000 * 1000};
    return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    (void)tz;
    int64_t us = now_us();
    *tv = (struct timeval){us / 1000000, us % 1000000};
    return 0;
}

time_t time(time_t *timer)
{
    time_t now = now_us() / 1000000;
    if (timer)
        *timer = now;
    return now;
}
