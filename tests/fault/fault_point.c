/* The injection switch: what chapar-faults has in place of the empty fault_point() of every other build.
 *
 *     FAULT_POINTS=NAME:PASSING:ACTION[,...]
 *
 * ACTION is done when NAME is passed for the PASSING-th time (0: every time):
 *     kill           SIGKILL to the process
 *     kill-in=US     the same, so many microseconds later, whatever it does then
 *     delay=MS       this thread sleeps
 *     hold           this thread waits until there is a file FAULT_RELEASE/NAME
 *     stop           SIGSTOP to the process, until somebody sends SIGCONT
 *     say            nothing but the line "fault point NAME" on standard error, which comes with all others
 * too */
#include "core/fault_point.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FAULTS 8
#define NAME_SIZE 48

static struct fault {
    char name[NAME_SIZE];
    char action[16];
    long passing;
    long amount;
    atomic_long passed;
} faults[FAULTS];
static int fault_count;

static void sleep_for(long seconds, long nanoseconds)
{
    struct timespec left = {seconds + nanoseconds / 1000000000, nanoseconds % 1000000000};
    while (nanosleep(&left, &left) != 0)
        ;
}

static void *kill_later(void *fault)
{
    sleep_for(0, ((const struct fault *)fault)->amount * 1000);
    (void)kill(getpid(), SIGKILL);
    return NULL;
}

/* Whoever asks for something that this does not understand must not get a run without it. */
static void misuse(const char *text)
{
    (void)fprintf(stderr, "FAULT_POINTS: not understood: %s\n", text);
    _exit(2);
}

static void fault_parse(const char *text)
{
    if (fault_count == FAULTS)
        misuse(text);
    struct fault *f = &faults[fault_count++];
    int end = -1;
    if (sscanf(text, "%47[^:]:%ld:%15[a-z-]%n", f->name, &f->passing, f->action, &end) != 3)
        misuse(text);
    if (text[end] == '=')
        f->amount = strtol(text + end + 1, NULL, 10);
    static const char *const actions[] = {"kill", "kill-in", "delay", "hold", "stop", "say"};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(f->action, actions[i]) == 0)
            return;
    misuse(text);
}

__attribute__((constructor)) static void faults_read(void)
{
    const char *given = getenv("FAULT_POINTS");
    char *rest = NULL, *copy = given ? strdup(given) : NULL;
    for (char *part = copy ? strtok_r(copy, ",", &rest) : NULL; part; part = strtok_r(NULL, ",", &rest))
        fault_parse(part);
    free(copy);
}

static void fault_hold(const struct fault *f)
{
    char path[512];
    const char *folder = getenv("FAULT_RELEASE");
    (void)snprintf(path, sizeof path, "%s/%s", folder ? folder : "", f->name);
    while (access(path, F_OK) != 0)
        sleep_for(0, 10000000);
}

static void fault_happen(struct fault *f)
{
    pthread_t thread;
    char line[NAME_SIZE + 32];
    int n = snprintf(line, sizeof line, "fault point %s\n", f->name);
    if (write(STDERR_FILENO, line, (size_t)n) < 0 || strcmp(f->action, "kill") == 0)
        (void)kill(getpid(), SIGKILL);
    if (strcmp(f->action, "kill-in") == 0 && pthread_create(&thread, NULL, kill_later, f) != 0)
        misuse("no thread is left");
    if (strcmp(f->action, "delay") == 0)
        sleep_for(f->amount / 1000, f->amount % 1000 * 1000000);
    if (strcmp(f->action, "hold") == 0)
        fault_hold(f);
    if (strcmp(f->action, "stop") == 0)
        (void)kill(getpid(), SIGSTOP);
}

void fault_point(const char *name)
{
    for (int i = 0; i < fault_count; i++) {
        struct fault *f = &faults[i];
        if (strcmp(f->name, name) != 0)
            continue;
        long passed = atomic_fetch_add(&f->passed, 1) + 1;
        if (f->passing == 0 || passed == f->passing)
            fault_happen(f);
    }
}
