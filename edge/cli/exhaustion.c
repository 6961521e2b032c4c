#include "edge/cli/exhaustion.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/memory.h"
#include "edge/cli/exit.h"

/* Where so much cannot be had, memory is why a library gave up. */
#define PROBE_BYTES (64L << 20)

static void say_and_end(void)
{
    static const char line[] = "chapar: out of memory\n";
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
        _exit(EXIT_FAILED);
    _exit(EXIT_FAILED);
}

/* Only calls that are safe in a handler. */
static void on_abort(int signal)
{
    void *probe = mmap(NULL, PROBE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (probe == MAP_FAILED)
        say_and_end();
    (void)signal; /* the handler is gone (SA_RESETHAND): returning lets abort() go on as ever */
}

void exhaustion_listen(void)
{
    struct sigaction action = {.sa_handler = on_abort, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    int rc = sigaction(SIGABRT, &action, NULL);
    assert(rc == 0);
    (void)rc;
    memory_on_exhausted(say_and_end);
}
