/* What the system knows about this process. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "edge/heap/heap.h"
#include "edge/metrics/openmetrics.h"

/* Fields of /proc/self/stat behind the name, counted from 3 as proc(5) does. */
enum { FIELD_USER = 14, FIELD_SYSTEM = 15, FIELD_START = 22, FIELD_VIRTUAL = 23, FIELD_RESIDENT = 24 };

static bool stat_read(double out[FIELD_RESIDENT + 1])
{
    char line[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file)
        return false;
    size_t n = fread(line, 1, sizeof line - 1, file);
    (void)fclose(file);
    line[n] = '\0';
    char *at = strrchr(line, ')');
    if (!at)
        return false;
    at = strchr(at + 1, ' ');
    at = at ? strchr(at + 1, ' ') : NULL; /* behind the state, field 3 */
    for (int field = 4; at && field <= FIELD_RESIDENT; field++) {
        char *end;
        out[field] = strtod(at, &end);
        if (end == at)
            return false;
        at = end;
    }
    return at != NULL;
}

static double files_open(void)
{
    DIR *folder = opendir("/proc/self/fd");
    double count = -3; /* ".", ".." and this one */
    if (!folder)
        return -1;
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count;
}

static double seconds_of(clockid_t which)
{
    struct timespec t = {0};
    (void)clock_gettime(which, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The system knows it as a time since it was booted. It is made a time of day once: a clock that is set
 * afterwards must not look like another start. */
static double started_at;

static void find_start(void)
{
    double stat[FIELD_RESIDENT + 1] = {0};
    if (stat_read(stat))
        started_at = seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) +
                     stat[FIELD_START] / (double)sysconf(_SC_CLK_TCK);
}

/* Where resident memory grows and what is in use does not, it is what malloc keeps between pieces in use. */
static void heap(struct buffer *b)
{
    struct heap found = heap_look();
    openmetrics_single(b, "process_heap_bytes", OPENMETRICS_GAUGE, "bytes",
                       "Memory that malloc has, resident", (double)found.bytes);
    openmetrics_single(b, "process_heap_in_use_bytes", OPENMETRICS_GAUGE, "bytes", "Of that, what is in use",
                       (double)found.in_use);
}

void openmetrics_process(struct buffer *b)
{
    double stat[FIELD_RESIDENT + 1] = {0};
    double ticks = (double)sysconf(_SC_CLK_TCK), page = (double)sysconf(_SC_PAGESIZE);
    double files = files_open();
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, find_start);
    if (files >= 0)
        openmetrics_single(b, "process_open_fds", OPENMETRICS_GAUGE, "", "Open file descriptors", files);
    heap(b);
    if (!stat_read(stat))
        return;
    openmetrics_single(b, "process_start_time_seconds", OPENMETRICS_GAUGE, "seconds",
                       "When the process was started, since 1970", started_at);
    openmetrics_single(b, "process_cpu_seconds", OPENMETRICS_COUNTER, "seconds", "CPU time, user and system",
                       (stat[FIELD_USER] + stat[FIELD_SYSTEM]) / ticks);
    openmetrics_single(b, "process_virtual_memory_bytes", OPENMETRICS_GAUGE, "bytes", "Virtual memory",
                       stat[FIELD_VIRTUAL]);
    openmetrics_single(b, "process_resident_memory_bytes", OPENMETRICS_GAUGE, "bytes", "Resident memory",
                       stat[FIELD_RESIDENT] * page);
}
