#include "consumer/stop.h"

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

static void wait_then_end(void)
{
    struct timespec limit = {STOP_SECONDS, 0};
    (void)nanosleep(&limit, NULL);
    if (atomic_load(&reached))
        return;
    log_warn("Kafka did not answer in time, ending without it: what is not committed is processed at the "
             "next start",
             log_number("seconds", STOP_SECONDS));
    _exit(EXIT_FAILED);
}

static void *stop_thread(void *signals)
{
    int signal = 0;
    if (sigwait(signals, &signal) != 0)
        return NULL;
    atomic_store(&requested, true);
    log_info("stopping", log_text("signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"));
    uint64_t one = 1;
    if (write(wake, &one, sizeof one) < 0)
        log_warn("the event loop could not be woken", log_number("signal", signal));
    wait_then_end();
    return NULL;
}

int stop_listen(int wake_fd)
{
    static sigset_t signals;
    pthread_t thread;
    wake = wake_fd;
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
