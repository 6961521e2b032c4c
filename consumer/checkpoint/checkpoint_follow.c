#include "consumer/checkpoint/checkpoint_follow.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "consumer/checkpoint/checkpoint_file.h"
#include "consumer/checkpoint/checkpoint_message.h"
#include "consumer/inbox.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"
#include "edge/kafka/client.h"

#define RETRY_DISK_MS 5000
#define RETRY_KAFKA_MS 1000
#define WAIT_MS 1000
#define NICE 10

/* One task as it is followed. */
struct followed {
    struct checkpoint_order order; /* its identity is own */
    struct checkpoint_file file;
    struct inbox inboxes[CHANGELOG_TOPICS];
    bool known[CHANGELOG_TOPICS]; /* that the topic goes on behind the tip */
    int64_t retry_ms;             /* when it is opened, where it is not */
};

/* What passes between the threads; with the mutex. */
struct letterbox {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct followed *orders; /* own; as they are given */
    size_t count;
    bool waits;                            /* there are orders to be taken */
    bool taken;                            /* the last ones were, and the files before them were let go */
    rd_kafka_topic_partition_list_t *ends; /* own; NULL: there is nothing to finish */
    bool finished;                         /* the files hold what stands before the ends */
    bool ending;
    const struct state_dir *dir; /* once it is open */
};

struct checkpoint_follower {
    const struct settings *settings;
    const struct topic_names *names;
    struct letterbox letters;
    pthread_t thread;
    int wake_fd;

    /* The thread's alone. */
    struct state_dir *dir; /* own; NULL: not open */
    int64_t dir_retry_ms;
    rd_kafka_t *client;   /* own; NULL: not made yet */
    struct followed *all; /* own */
    size_t count;
    bool failing; /* it was said that no checkpoint is kept */
    struct changelog_stop stop;
};

/* --- Orders --- */

static struct followed *orders_copy(const struct checkpoint_order *orders, size_t count)
{
    struct followed *all = memory_zeroed(count * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        struct text identity = orders[i].identity;
        all[i].order = orders[i];
        all[i].order.identity.at = memcpy(memory_take(identity.len + 1), identity.at, identity.len);
    }
    return all;
}

static void followed_close(struct followed *f)
{
    for (int k = 0; k < CHANGELOG_TOPICS; k++)
        inbox_close(&f->inboxes[k]);
    checkpoint_file_close(&f->file);
}

static void orders_free(struct followed *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        followed_close(&all[i]);
        memory_give((void *)(uintptr_t)all[i].order.identity.at);
    }
    memory_give(all);
}

/* What was read and not written yet need not be read again. */
static void followed_finish(struct followed *t)
{
    struct error e;
    if (t->file.writer && changelog_writer_write(t->file.writer, &e))
        log_problem(LOG_LEVEL_WARN, "a checkpoint lacks its end", &e);
}

static void wake(const struct checkpoint_follower *f)
{
    static const uint64_t one = 1;
    if (write(f->wake_fd, &one, sizeof one) < 0)
        return; /* it is awake as it is: the counter is full */
}

static struct timespec time_in(int ms)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (t.tv_nsec / 1000000 + ms) / 1000;
    t.tv_nsec = (t.tv_nsec / 1000000 + ms) % 1000 * 1000000;
    return t;
}

bool checkpoint_follower_order(struct checkpoint_follower *f, const struct checkpoint_order *orders,
                               size_t count, int wait_ms)
{
    struct letterbox *l = &f->letters;
    struct timespec until = time_in(wait_ms);
    pthread_mutex_lock(&l->mutex);
    orders_free(l->orders, l->count);
    l->orders = orders_copy(orders, count);
    l->count = count;
    l->waits = true;
    l->taken = false;
    wake(f);
    int rc = 0;
    while (!l->taken && wait_ms && rc == 0)
        rc = pthread_cond_timedwait(&l->changed, &l->mutex, &until);
    bool taken = l->taken;
    pthread_mutex_unlock(&l->mutex);
    return taken;
}

void checkpoint_follower_finish(struct checkpoint_follower *f, const rd_kafka_topic_partition_list_t *ends,
                                int wait_ms)
{
    struct letterbox *l = &f->letters;
    struct timespec until = time_in(wait_ms);
    pthread_mutex_lock(&l->mutex);
    if (l->ends)
        rd_kafka_topic_partition_list_destroy(l->ends);
    l->ends = rd_kafka_topic_partition_list_copy(ends);
    l->finished = false;
    wake(f);
    int rc = 0;
    while (!l->finished && rc == 0)
        rc = pthread_cond_timedwait(&l->changed, &l->mutex, &until);
    pthread_mutex_unlock(&l->mutex);
}

const struct state_dir *checkpoint_follower_dir(struct checkpoint_follower *f)
{
    pthread_mutex_lock(&f->letters.mutex);
    const struct state_dir *dir = f->letters.dir;
    pthread_mutex_unlock(&f->letters.mutex);
    return dir;
}

/* Asked on the way of what takes long. */
static bool follow_is_asked(void *context)
{
    struct checkpoint_follower *f = context;
    pthread_mutex_lock(&f->letters.mutex);
    bool asked = f->letters.waits || f->letters.ending;
    pthread_mutex_unlock(&f->letters.mutex);
    return asked;
}

/* The next task makes another one: librdkafka 2.0.2 keeps for as long as a client lives what comes in while
 * its reader is being closed, up to tens of megabytes. */
static void follow_drop_client(struct checkpoint_follower *f)
{
    if (f->client)
        rd_kafka_destroy(f->client);
    f->client = NULL;
}

/* false: the follower ends. */
static bool follow_take_orders(struct checkpoint_follower *f)
{
    struct letterbox *l = &f->letters;
    pthread_mutex_lock(&l->mutex);
    bool waits = l->waits, ending = l->ending;
    pthread_mutex_unlock(&l->mutex);
    if (!waits && !ending)
        return true;
    for (size_t i = 0; i < f->count; i++)
        followed_finish(&f->all[i]);
    orders_free(f->all, f->count);
    f->all = NULL;
    f->count = 0;
    pthread_mutex_lock(&l->mutex);
    if (l->waits) {
        f->all = l->orders;
        f->count = l->count;
        l->orders = NULL;
        l->count = 0;
    }
    l->waits = false;
    l->taken = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->mutex);
    follow_drop_client(f);
    return !ending;
}

/* --- What goes wrong --- */

/* It is told once, until everything works again. */
static void follow_say(struct checkpoint_follower *f, const struct error *e)
{
    log_problem(f->failing ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "no checkpoint is kept for the time being", e);
    f->failing = true;
}

static void follow_say_well(struct checkpoint_follower *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (!f->all[i].file.writer)
            return;
    if (f->failing)
        log_info("the checkpoint is kept again", log_text("state_dir", f->settings->state_dir));
    f->failing = false;
}

static void followed_fail(struct checkpoint_follower *f, struct followed *t, const struct error *e)
{
    followed_close(t);
    t->order.end = 0;
    t->retry_ms = clock_monotonic_ms() + (e->code == ERROR_KAFKA ? RETRY_KAFKA_MS : RETRY_DISK_MS);
    if (e->code == ERROR_SYSTEM || e->code == ERROR_STATE)
        follow_say(f, e);
    else
        log_problem(LOG_LEVEL_DEBUG, "the checkpoint is to be opened again", e);
}

/* --- Opening --- */

static int follow_client(struct checkpoint_follower *f, struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.partition.eof", "true"},
        {CLIENT_DECIDES, "auto.offset.reset", "error"},
        /* There is no hurry: the broker is asked a few times a second, or when there is much. */
        {CLIENT_PREFERS, "fetch.min.bytes", "1048576"},
        {CLIENT_PREFERS, "fetch.wait.max.ms", "250"},
        {CLIENT_PREFERS, "queued.min.messages", "100000"},
        {CLIENT_PREFERS, "queued.max.messages.kbytes", "8192"},
    };
    rd_kafka_conf_t *conf = NULL;
    int rc = client_configure(f->settings, settings, sizeof settings / sizeof *settings, &conf, e);
    return rc ? rc : client_new(CLIENT_CONSUMER, conf, &f->client, e);
}

static int follow_open_dir(struct checkpoint_follower *f, struct error *e)
{
    int rc = state_dir_open(f->settings->state_dir, &f->dir, e);
    if (rc)
        return rc;
    pthread_mutex_lock(&f->letters.mutex);
    f->letters.dir = f->dir;
    pthread_mutex_unlock(&f->letters.mutex);
    return 0;
}

static int followed_open_inboxes(struct checkpoint_follower *f, struct followed *t, struct error *e)
{
    const struct changelog_tip *tips = changelog_writer_tips(t->file.writer);
    int rc = 0;
    for (int k = 0; rc == 0 && k < CHANGELOG_TOPICS; k++) {
        int64_t from = tips[k].offset < 0 ? t->order.begins[k] : tips[k].offset;
        t->known[k] = tips[k].offset < 0;
        rc = inbox_open_simple(&t->inboxes[k], f->client, f->names->all[TOPIC_INSTRUMENTS + k].at,
                               t->order.partition, from, f->wake_fd, e);
    }
    return rc;
}

static int followed_open(struct checkpoint_follower *f, struct followed *t, struct error *e)
{
    int rc = f->client ? 0 : follow_client(f, e);
    if (rc || (rc = checkpoint_file_open(&t->file, state_dir_folder(f->dir), &t->order, &f->stop, e)))
        return rc;
    return followed_open_inboxes(f, t, e);
}

/* --- Following --- */

/* The topics are not those that the file is a copy of. Whoever restored a task from it has said so. */
static int followed_begin_anew(struct checkpoint_follower *f, struct followed *t, struct error *e)
{
    followed_close(t);
    log_debug("checkpoint begun anew", log_number("partition", t->order.partition));
    int rc = checkpoint_file_begin(&t->file, state_dir_folder(f->dir), t->order.identity, e);
    return rc ? rc : followed_open_inboxes(f, t, e);
}

/* What has arrived of one topic. 1: some, 0: nothing. */
static int followed_read(struct checkpoint_follower *f, struct followed *t, int k, struct error *e)
{
    const rd_kafka_message_t *m;
    struct inbox *in = &t->inboxes[k];
    bool some = false;
    for (int i = 0; i < INBOX_BATCH; i++, some = true) {
        int rc = inbox_head(in, 0, &m, e);
        if (rc)
            return rc;
        if (!m)
            break;
        struct changelog_entry entry = checkpoint_message(m, (uint32_t)k);
        if (t->known[k])
            rc = checkpoint_file_add(&t->file, &entry, e);
        else if (!changelog_tip_is(&changelog_writer_tips(t->file.writer)[k], &entry))
            return followed_begin_anew(f, t, e);
        if (rc)
            return rc;
        t->known[k] = true;
        inbox_take(in);
    }
    return some;
}

/* Whether there may be more right now. */
static bool followed_step(struct checkpoint_follower *f, struct followed *t)
{
    struct error e = {0};
    int rc = 0;
    bool some = false;
    if (!t->file.writer) {
        if (clock_monotonic_ms() < t->retry_ms)
            return false;
        rc = followed_open(f, t, &e);
    }
    for (int k = 0; rc >= 0 && k < CHANGELOG_TOPICS; k++) {
        rc = followed_read(f, t, k, &e);
        some = some || rc > 0;
    }
    if (rc >= 0)
        rc = checkpoint_file_settle(&t->file, state_dir_folder(f->dir), &f->stop, &e);
    if (rc == ERROR_STOPPED && t->file.writer)
        return false;
    if (rc < 0)
        followed_fail(f, t, &e);
    return some;
}

/* The work of one round. Whether there may be more right now. */
static bool follow_step(struct checkpoint_follower *f)
{
    struct error e = {0};
    bool some = false;
    if (!f->dir) {
        if (f->count == 0 || clock_monotonic_ms() < f->dir_retry_ms)
            return false;
        f->dir_retry_ms = clock_monotonic_ms() + RETRY_DISK_MS;
        if (follow_open_dir(f, &e)) {
            follow_say(f, &e);
            return false;
        }
    }
    for (size_t i = 0; i < f->count && !follow_is_asked(f); i++)
        some = followed_step(f, &f->all[i]) || some;
    follow_say_well(f);
    return some;
}

/* Whether the file has, on the disk or in the page cache, what stands before the ends. */
static bool followed_is_at(const struct checkpoint_follower *f, const struct followed *t,
                           const rd_kafka_topic_partition_list_t *ends)
{
    for (int k = 0; k < CHANGELOG_TOPICS; k++) {
        const rd_kafka_topic_partition_t *end =
            rd_kafka_topic_partition_list_find((rd_kafka_topic_partition_list_t *)(uintptr_t)ends,
                                               f->names->all[TOPIC_INSTRUMENTS + k].at, t->order.partition);
        if (end && (!t->file.writer || !inbox_reached(&t->inboxes[k], end->offset) ||
                    changelog_writer_waiting(t->file.writer)))
            return false;
    }
    return true;
}

/* Where nothing can be kept, nobody need wait for it either. */
static void follow_tell_finished(struct checkpoint_follower *f)
{
    struct letterbox *l = &f->letters;
    pthread_mutex_lock(&l->mutex);
    bool finished = l->ends != NULL;
    for (size_t i = 0; finished && !f->failing && i < f->count; i++)
        finished = followed_is_at(f, &f->all[i], l->ends);
    if (finished) {
        l->finished = true;
        pthread_cond_broadcast(&l->changed);
    }
    pthread_mutex_unlock(&l->mutex);
}

static void follow_wait(const struct checkpoint_follower *f)
{
    uint64_t count;
    struct pollfd fd = {f->wake_fd, POLLIN, 0};
    if (poll(&fd, 1, WAIT_MS) > 0 && read(f->wake_fd, &count, sizeof count) < 0)
        return;
    if (f->client)
        (void)rd_kafka_poll(f->client, 0);
}

static void *follow_thread(void *context)
{
    struct checkpoint_follower *f = context;
    /* Of this thread alone, and of those of its client: who processes events goes first. */
    if (setpriority(PRIO_PROCESS, 0, NICE) != 0)
        log_debug("the checkpoint is kept at the priority of everything else");
    while (follow_take_orders(f)) {
        bool some = follow_step(f);
        follow_tell_finished(f);
        if (!some)
            follow_wait(f);
    }
    return NULL;
}

/* --- Beginning and end --- */

static void follower_free(struct checkpoint_follower *f)
{
    orders_free(f->all, f->count);
    orders_free(f->letters.orders, f->letters.count);
    if (f->letters.ends)
        rd_kafka_topic_partition_list_destroy(f->letters.ends);
    if (f->client)
        rd_kafka_destroy(f->client);
    state_dir_close(f->dir);
    if (f->wake_fd >= 0)
        (void)close(f->wake_fd);
    pthread_cond_destroy(&f->letters.changed);
    pthread_mutex_destroy(&f->letters.mutex);
    memory_give(f);
}

int checkpoint_follower_start(const struct settings *s, const struct topic_names *names,
                              struct state_dir *dir, struct checkpoint_follower **out, struct error *e)
{
    struct checkpoint_follower *f = memory_zeroed(sizeof *f);
    f->settings = s;
    f->names = names;
    f->dir = dir;
    f->letters.dir = dir;
    f->failing = dir == NULL;
    f->dir_retry_ms = clock_monotonic_ms() + RETRY_DISK_MS;
    f->stop = (struct changelog_stop){follow_is_asked, f};
    f->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_mutex_init(&f->letters.mutex, NULL);
    /* Not by the civil clock, which may be set back by years while somebody waits. */
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&f->letters.changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (f->wake_fd < 0 || pthread_create(&f->thread, NULL, follow_thread, f) != 0) {
        follower_free(f);
        return error_set(e, ERROR_SYSTEM, s->state_dir, "no thread or file descriptor is left");
    }
    *out = f;
    return 0;
}

void checkpoint_follower_stop(struct checkpoint_follower *f)
{
    if (!f)
        return;
    pthread_mutex_lock(&f->letters.mutex);
    f->letters.ending = true;
    pthread_mutex_unlock(&f->letters.mutex);
    wake(f);
    (void)pthread_join(f->thread, NULL);
    follower_free(f);
}
