#include "consumer/process/restoration.h"

#include <pthread.h>
#include <unistd.h>

#include "edge/cli/clock.h"
#include "edge/cli/log.h"

#define HELPERS_MOST 2 /* librdkafka's own thread needs a core too */

struct restoration {
    const struct settings *settings;
    struct restorer *restorer; /* the caller's, whose client is shared */
    rd_kafka_t *watermarks;
    struct restoration_task *tasks;
    size_t count;
    atomic_bool halt; /* one has failed */

    pthread_mutex_t mutex; /* for what follows */
    pthread_cond_t changed;
    size_t next;    /* the first that nobody has begun */
    size_t pending; /* begun, and not finished */
    int rc;
    struct error error;
};

/* NULL: there is none left. */
static struct restoration_task *restoration_next(struct restoration *n)
{
    struct restoration_task *t = NULL;
    (void)pthread_mutex_lock(&n->mutex);
    if (n->rc == 0 && n->next < n->count) {
        t = &n->tasks[n->next++];
        n->pending++;
    }
    (void)pthread_mutex_unlock(&n->mutex);
    return t;
}

static void restoration_finish(struct restoration *n, struct restoration_task *t)
{
    (void)pthread_mutex_lock(&n->mutex);
    t->state = RESTORATION_FINISHED;
    n->pending--;
    if (t->rc && !t->job.stale && n->rc == 0) {
        n->rc = t->rc;
        n->error = t->error;
        atomic_store(&n->halt, true);
    }
    (void)pthread_cond_broadcast(&n->changed);
    (void)pthread_mutex_unlock(&n->mutex);
}

static void restoration_do(struct restoration *n, struct restorer *r, struct restoration_task *t)
{
    int64_t began = clock_monotonic_ms();
    t->rc = restorer_restore(r, n->watermarks, &t->job, &n->halt, &t->error);
    t->ms += clock_monotonic_ms() - began;
    restoration_finish(n, t);
}

static void *restoration_help(void *context)
{
    struct restoration *n = context;
    struct restorer *r = NULL;
    struct restoration_task *t;
    struct error e = {0};
    if (restorer_beside(n->settings, n->restorer, &r, &e)) {
        log_problem(LOG_LEVEL_WARN, "tasks are restored by fewer threads", &e);
        return NULL;
    }
    while ((t = restoration_next(n)))
        restoration_do(n, r, t);
    restorer_close(r);
    return NULL;
}

/* --- The caller --- */

/* One that is finished, and of which the caller does not know yet. */
static struct restoration_task *restoration_news(struct restoration *n)
{
    for (size_t i = 0; i < n->count; i++)
        if (n->tasks[i].state == RESTORATION_FINISHED)
            return &n->tasks[i];
    return NULL;
}

/* `wait`: until nothing is pending. */
static void restoration_tell(struct restoration *n, bool wait, void (*done)(struct restoration_task *))
{
    struct restoration_task *t;
    (void)pthread_mutex_lock(&n->mutex);
    for (;;) {
        if ((t = restoration_news(n))) {
            t->state = RESTORATION_TOLD;
            (void)pthread_mutex_unlock(&n->mutex);
            if (done)
                done(t);
            (void)pthread_mutex_lock(&n->mutex);
        } else if (wait && n->pending) {
            (void)pthread_cond_wait(&n->changed, &n->mutex);
        } else {
            break;
        }
    }
    (void)pthread_mutex_unlock(&n->mutex);
}

static size_t helpers_wanted(size_t tasks)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t most = cores < 1 ? 0 : (size_t)cores - 1;
    if (most > HELPERS_MOST)
        most = HELPERS_MOST;
    return tasks == 0 ? 0 : tasks - 1 < most ? tasks - 1 : most;
}

int restoration_run(const struct settings *s, struct restorer *r, rd_kafka_t *watermarks,
                    struct restoration_task *tasks, size_t count, void (*done)(struct restoration_task *),
                    struct error *e)
{
    struct restoration n = {
        .settings = s, .restorer = r, .watermarks = watermarks, .tasks = tasks, .count = count};
    pthread_t helpers[HELPERS_MOST];
    size_t wanted = helpers_wanted(count), made = 0;
    struct restoration_task *t;
    for (size_t i = 0; i < count; i++)
        tasks[i].state = RESTORATION_WAITING;
    atomic_init(&n.halt, false);
    (void)pthread_mutex_init(&n.mutex, NULL);
    (void)pthread_cond_init(&n.changed, NULL);
    /* Without any, the caller restores them all. */
    while (made < wanted && pthread_create(&helpers[made], NULL, restoration_help, &n) == 0)
        made++;
    while ((t = restoration_next(&n))) {
        restoration_do(&n, r, t);
        restoration_tell(&n, false, done);
    }
    restoration_tell(&n, true, done);
    for (size_t i = 0; i < made; i++)
        (void)pthread_join(helpers[i], NULL);
    (void)pthread_cond_destroy(&n.changed);
    (void)pthread_mutex_destroy(&n.mutex);
    if (n.rc)
        *e = n.error;
    return n.rc;
}
