#include "consumer/process/process.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "consumer/heartbeat.h"
#include "consumer/process/session.h"
#include "consumer/stop.h"
#include "edge/cli/clock.h"
#include "edge/cli/exit.h"
#include "edge/cli/log.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_LAST_MS 10000
#define LONG_SESSION_MS 60000 /* after which a failure is a new one */

/* Between two sessions; a stop ends it. What woke the last session, and was not read any more, must not. */
static void pause_between(int wake_fd, int *pause_ms)
{
    uint64_t count;
    struct pollfd fd = {wake_fd, POLLIN, 0};
    heartbeat();
    if (read(wake_fd, &count, sizeof count) < 0 || !stop_requested())
        (void)poll(&fd, 1, *pause_ms);
    *pause_ms = *pause_ms * 2 > PAUSE_LAST_MS ? PAUSE_LAST_MS : *pause_ms * 2;
}

static int process_sessions(const struct settings *s, int wake_fd, struct process_metrics *metrics)
{
    int pause_ms = PAUSE_FIRST_MS;
    for (;;) {
        struct error e = {0};
        int64_t began = clock_monotonic_ms();
        switch (session_run(s, wake_fd, metrics, &e)) {
        case SESSION_DONE: return EXIT_DONE;
        case SESSION_FAILED: log_problem(LOG_LEVEL_ERROR, "cannot go on", &e); return exit_of_error(e.code);
        case SESSION_AGAIN: break;
        }
        if (stop_requested()) {
            log_problem(LOG_LEVEL_WARN,
                        "stopped before all was committed, the rest is processed at the next start", &e);
            return EXIT_FAILED;
        }
        log_problem(LOG_LEVEL_WARN, "beginning again from what is committed", &e);
        metrics->meter.now.restarts++;
        if (clock_monotonic_ms() - began > LONG_SESSION_MS)
            pause_ms = PAUSE_FIRST_MS;
        pause_between(wake_fd, &pause_ms);
    }
}

int process_run(const struct settings *s)
{
    int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_fd < 0 || stop_listen(wake_fd) != 0) {
        log_error("no event file descriptor or no thread is left");
        return EXIT_FAILED;
    }
    /* A limit on the size of files is an error of write(2) as a full disk is, not the end of the process. */
    (void)signal(SIGXFSZ, SIG_IGN);
    log_info("processing", log_text("brokers", s->brokers), log_text("prefix", s->prefix),
             log_text("group", s->group), log_text("instance", s->instance), log_text("zone", s->zone_name));
    struct error e = {0};
    struct process_metrics metrics;
    int code = EXIT_FAILED;
    int rc = process_metrics_open(s, &metrics, &e);
    if (rc) {
        log_problem(LOG_LEVEL_ERROR, "cannot begin", &e);
        code = exit_of_error(rc);
    } else {
        code = process_sessions(s, wake_fd, &metrics);
    }
    process_metrics_close(&metrics);
    stop_reached(); /* its thread may write to wake_fd as long as the process lives: it stays open */
    return code;
}
