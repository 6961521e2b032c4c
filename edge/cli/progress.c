#include "edge/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/cli/clock.h"
#include "edge/cli/log.h"

#define REDRAW_MS 200

size_t progress_line(const struct progress *p, int64_t elapsed_ms, char out[PROGRESS_LINE_SIZE])
{
    double rate = elapsed_ms > 0 ? (double)p->done * 1000 / (double)elapsed_ms : 0;
    int len =
        snprintf(out, PROGRESS_LINE_SIZE, "%.40s: %lld events, %.0f/s", p->what, (long long)p->done, rate);
    if (p->total > 0) {
        /* More can arrive than there was at the start; 100 % is said only when all of it is done. */
        double share = (double)p->done / (double)p->total;
        int percent = p->done >= p->total ? 100 : (int)(share * 100);
        len += snprintf(out + len, PROGRESS_LINE_SIZE - (size_t)len, ", %d%%", percent);
        if (rate > 0 && p->done < p->total)
            len += snprintf(out + len, PROGRESS_LINE_SIZE - (size_t)len, ", %.0f s left",
                            (double)(p->total - p->done) / rate);
    }
    return (size_t)len;
}

/* No newline and no wrapping: a line longer than the terminal could not be wiped again. */
static void draw(struct progress *p, int64_t now_ms)
{
    char line[PROGRESS_LINE_SIZE];
    char bytes[PROGRESS_LINE_SIZE + 32];
    (void)progress_line(p, now_ms - p->started_ms, line);
    int len = snprintf(bytes, sizeof bytes, "\r\033[?7l%s\033[?7h\033[K", line);
    p->drawn_ms = now_ms;
    p->drawn = write(STDERR_FILENO, bytes, (size_t)len) == len;
    log_over_status(p->drawn);
}

void progress_start(struct progress *p, const char *what, int64_t total)
{
    *p = (struct progress){.what = what, .total = total, .shown = isatty(STDERR_FILENO) == 1};
    if (p->shown)
        p->started_ms = p->drawn_ms = clock_monotonic_ms();
}

void progress_total(struct progress *p, int64_t total)
{
    p->total = total;
}

void progress_add(struct progress *p, int64_t events)
{
    p->done += events;
    if (!p->shown)
        return;
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - p->drawn_ms >= REDRAW_MS)
        draw(p, now_ms);
}

void progress_end(struct progress *p)
{
    if (!p->drawn)
        return;
    log_over_status(false);
    p->drawn = false;
    if (write(STDERR_FILENO, "\r\033[K", 4) != 4)
        p->shown = false;
}
