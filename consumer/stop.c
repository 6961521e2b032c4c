#include "consumer/stop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "edge/cli/exit.h"
#include "edge/cli/log.h"

static atomic_bool requested, reached;
static int wake;

/* Whatever else waits, and for whatever: this thread's own words too may find a standard error that takes no
 * bytes, in spite of all care, for others write to it as well. */
static void end_now(int signal)
{
    (void)signal;
    if (!atomic_load(&reached))
        _exit(EXIT_FAILED);
}

static void end_in_any_case(void)
{
    sigset_t alarm_only;
    (void)sigemptyset(&alarm_only);
    (void)sigaddset(&alarm_only, SIGALRM);
    (void)signal(SIGALRM, end_now);
    (void)pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
    (void)alarm(STOP_SECONDS + 1);
}

static void end_after(struct timespec end)
{
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        continue;
    if (atomic_load(&reached))
        return;
    log_warn("Kafka did not answer in time, ending without it: what is not committed is processed at the "
             "next start",
             log_number("seconds", STOP_SECONDS));
    end_now(SIGALRM);
}

static void *stop_thread(void *signals)
{
    int signal = 0;
    if (sigwait(signals, &signal) != 0)
        return NULL;
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += STOP_SECONDS;
    end_in_any_case();
    log_never_wait();
    atomic_store(&requested, true);
    uint64_t one = 1;
    bool woken = write(wake, &one, sizeof one) == sizeof one;
    log_info("stopping", log_text("signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"));
    if (!woken)
        log_warn("the event loop could not be woken", log_number("signal", signal));
    end_after(end);
    return NULL;
}

int stop_listen(int wake_fd)
{
    static sigset_t signals;
    pthread_t thread;
    wake = wake_fd;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &signals, NULL) != 0 ||
        pthread_create(&thread, NULL, stop_thread, &signals) != 0)
        return ERROR_SYSTEM;
    (void)pthread_detach(thread);
    return 0;
}

bool stop_requested(void)
{
    return atomic_load(&requested);
}

void stop_reached(void)
{
    atomic_store(&reached, true);
}
