/* Answers that wait for others: one thread does their work, one after another, in the order of requests. */
#include <microhttpd.h>

#include "core/memory.h"
#include "edge/http/server_state.h"

struct deferred {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct http_exchange *first, **last;
    size_t count;
    bool stopping, stopped;
};

void http_defer(struct http_exchange *x, void (*work)(void *state, struct http_exchange *x), void *state)
{
    x->work = work;
    x->work_state = state;
}

static void refuse(struct http_exchange *x, const char *why)
{
    http_problem(x, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "%s", why);
    http_add_header(x, "Retry-After", "1");
}

bool deferred_take(struct deferred *d, struct http_exchange *x)
{
    (void)pthread_mutex_lock(&d->lock);
    bool taken = !d->stopping && d->count < HTTP_DEFERRED_MAX;
    if (taken) {
        MHD_suspend_connection(x->connection);
        x->deferred = true;
        x->next_deferred = NULL;
        *d->last = x;
        d->last = &x->next_deferred;
        d->count++;
        (void)pthread_cond_signal(&d->changed);
    }
    (void)pthread_mutex_unlock(&d->lock);
    if (!taken)
        refuse(x, "too many answers are waited for; try again");
    return taken;
}

/* With the lock; NULL: none and no more will come. */
static struct http_exchange *next_of(struct deferred *d)
{
    while (!d->first && !d->stopping)
        (void)pthread_cond_wait(&d->changed, &d->lock);
    struct http_exchange *x = d->first;
    if (x) {
        d->first = x->next_deferred;
        if (!d->first)
            d->last = &d->first;
    }
    return x;
}

/* Once its connection goes on, the exchange is the server's again. */
static void *deferred_run(void *context)
{
    struct deferred *d = context;
    struct http_exchange *x;
    (void)pthread_mutex_lock(&d->lock);
    while ((x = next_of(d))) {
        bool stopping = d->stopping;
        (void)pthread_mutex_unlock(&d->lock);
        if (stopping)
            refuse(x, "the server ends");
        else
            x->work(x->work_state, x);
        MHD_resume_connection(x->connection);
        (void)pthread_mutex_lock(&d->lock);
        d->count--;
    }
    (void)pthread_mutex_unlock(&d->lock);
    return NULL;
}

struct deferred *deferred_start(void)
{
    struct deferred *d = memory_zeroed(sizeof *d);
    d->last = &d->first;
    (void)pthread_mutex_init(&d->lock, NULL);
    (void)pthread_cond_init(&d->changed, NULL);
    if (pthread_create(&d->thread, NULL, deferred_run, d) == 0)
        return d;
    memory_give(d);
    return NULL;
}

void deferred_free(struct deferred *d)
{
    if (!d)
        return;
    deferred_stop(d);
    (void)pthread_mutex_destroy(&d->lock);
    (void)pthread_cond_destroy(&d->changed);
    memory_give(d);
}

void deferred_stop(struct deferred *d)
{
    if (!d || d->stopped)
        return;
    (void)pthread_mutex_lock(&d->lock);
    d->stopping = true;
    (void)pthread_cond_signal(&d->changed);
    (void)pthread_mutex_unlock(&d->lock);
    (void)pthread_join(d->thread, NULL);
    d->stopped = true;
}
