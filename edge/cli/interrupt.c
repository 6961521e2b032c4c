#include "edge/cli/interrupt.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked;

static void note(int signal)
{
    (void)signal;
    asked = 1;
}

void interrupt_listen(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    int rc = sigaction(SIGINT, &action, NULL) | sigaction(SIGTERM, &action, NULL);
    assert(rc == 0);
    (void)rc;
}

bool interrupt_asked(void)
{
    return asked != 0;
}
