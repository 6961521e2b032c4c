#include "edge/cli/interrupt.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
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

bool interrupt_wait(int fd)
{
    /* Only poll lets the signals through: one that came between looking and waiting would wait as well. */
    sigset_t both, before;
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    (void)sigemptyset(&both);
    (void)sigaddset(&both, SIGINT);
    (void)sigaddset(&both, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &both, &before);
    while (!interrupt_asked() && ppoll(&readable, 1, NULL, &before) < 0 && errno == EINTR)
        ;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return !interrupt_asked();
}
