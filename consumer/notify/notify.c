#include "consumer/notify/notify.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "consumer/notify/metrics.h"
#include "consumer/stop.h"
#include "consumer/watermarks.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/exit.h"
#include "edge/cli/log.h"
#include "edge/cli/secret.h"
#include "edge/kafka/client.h"

#define TICK_MS 1000
#define LOOKUP_MS 2000

struct notify {
    const struct settings *settings;
    struct topic_names names;
    struct signature_secrets secrets;
    struct notifying to;
    int wake_fd;
    struct metrics_port *port; /* own; NULL: none */
    rd_kafka_t *watch;         /* own: looks where the topic ends */
    bool said_away;
};

/* --- Receivers --- */

static int secrets_read(struct notify *n, struct error *e)
{
    const char *path = n->settings->webhook_secret_file, *lines;
    bool open_to_all = false;
    if (!path) {
        if (n->settings->webhooks.count)
            log_warn("what goes to webhooks is not signed: nobody there can tell whether it is ours; see "
                     "--webhook-secret-file",
                     log_number("webhooks", (int64_t)n->settings->webhooks.count));
        return 0;
    }
    struct arena *a = arena_new(1024);
    int rc = secret_read(path, "--webhook-secret-file", "the secret", a, &lines, &open_to_all, e);
    if (rc == 0)
        rc = signature_secrets_parse(text_of(lines), "--webhook-secret-file", &n->secrets, e);
    if (rc == 0 && open_to_all)
        log_warn("a secret lies open", log_text("where", "--webhook-secret-file"),
                 log_text("reason", "everybody on this machine may read the file that holds it"));
    arena_free(a);
    return rc;
}

static int receiver_add(struct notify *n, enum receiver_kind kind, const char *given, struct error *e)
{
    struct receiver *r = NULL;
    int rc = receiver_new(n->settings, kind, given, &r, e);
    if (rc)
        return rc;
    r->topic = n->names.all[TOPIC_ALERTS].at;
    r->stop_fd = n->wake_fd;
    r->secrets = n->secrets.count ? &n->secrets : NULL;
    for (size_t i = 0; i < n->to.count && rc == 0; i++)
        if (strcmp(n->to.receivers[i]->name, r->name) == 0)
            rc = error_set(e, ERROR_USAGE, kind == RECEIVER_WEBHOOK ? "--webhook" : "--alertmanager",
                           "two receivers are called %s", r->name);
    if (rc)
        receiver_free(r);
    else
        n->to.receivers[n->to.count++] = r;
    return rc;
}

static int receivers_make(struct notify *n, struct error *e)
{
    const struct settings *s = n->settings;
    size_t count = s->alertmanagers.count + s->webhooks.count;
    if (count == 0)
        return error_set(e, ERROR_USAGE, "notify", "nobody to tell: give --alertmanager or --webhook");
    n->to.receivers = memory_zeroed(count * sizeof(struct receiver *));
    int rc = secrets_read(n, e);
    for (size_t i = 0; rc == 0 && i < s->alertmanagers.count; i++)
        rc = receiver_add(n, RECEIVER_ALERTMANAGER, s->alertmanagers.at[i], e);
    for (size_t i = 0; rc == 0 && i < s->webhooks.count; i++)
        rc = receiver_add(n, RECEIVER_WEBHOOK, s->webhooks.at[i], e);
    return rc;
}

/* --- Beginning --- */

static void say_whom(const struct notify *n)
{
    for (size_t i = 0; i < n->to.count; i++)
        log_info("telling", log_text("receiver", n->to.receivers[i]->name),
                 log_text("group", n->to.receivers[i]->group), log_text("topic", n->to.receivers[i]->topic));
}

static void tick(struct notify *n)
{
    struct pollfd fd = {n->wake_fd, POLLIN, 0};
    (void)poll(&fd, 1, TICK_MS);
    metrics_port_tick(n->port);
}

/* Missing topics are a mistake of whoever starts; brokers that are away are waited for. */
static int partitions_find(struct notify *n, int32_t *out, struct error *e)
{
    while (!stop_requested()) {
        int rc = watermarks_partitions(n->watch, &n->names, TOPIC_ALERTS, 1, LOOKUP_MS, out, e);
        if (rc != ERROR_KAFKA)
            return rc;
        if (!n->said_away)
            log_problem(LOG_LEVEL_WARN, "waiting for the brokers", e);
        n->said_away = true;
        tick(n);
    }
    return ERROR_STOPPED;
}

/* --- Running --- */

static void look_at_ends(struct notify *n, rd_kafka_topic_partition_list_t *list)
{
    struct error e = {0};
    bool answered = watermarks_high(n->watch, list, LOOKUP_MS, &e) == 0;
    if (!answered && !n->said_away)
        log_problem(LOG_LEVEL_WARN, "the brokers do not answer", &e);
    if (answered && n->said_away)
        log_info("the brokers answer again");
    n->said_away = !answered;
    (void)pthread_mutex_lock(&n->to.lock);
    if (!answered) {
        memory_give(n->to.high);
        n->to.high = NULL;
    } else if (!n->to.high) {
        n->to.high = memory_take((size_t)n->to.partitions * sizeof *n->to.high);
    }
    for (int i = 0; n->to.high && i < list->cnt; i++)
        n->to.high[i] = list->elems[i].offset;
    (void)pthread_mutex_unlock(&n->to.lock);
}

static int notify_all(struct notify *n, struct error *e)
{
    size_t started = 0;
    int rc = partitions_find(n, &n->to.partitions, e);
    if (rc)
        return rc == ERROR_STOPPED ? 0 : rc;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(n->to.partitions);
    for (int32_t p = 0; p < n->to.partitions; p++)
        rd_kafka_topic_partition_list_add(list, n->names.all[TOPIC_ALERTS].at, p);
    for (; rc == 0 && started < n->to.count; started += rc == 0)
        rc = receiver_start(n->to.receivers[started], n->to.partitions, e);
    atomic_store(&n->to.running, rc == 0);
    while (rc == 0 && !stop_requested()) {
        look_at_ends(n, list);
        tick(n);
    }
    if (rc)
        (void)kill(getpid(), SIGTERM); /* those that run end as ever */
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(n->to.receivers[i]->thread, NULL);
    rd_kafka_topic_partition_list_destroy(list);
    return rc;
}

static int run(struct notify *n, struct error *e)
{
    const char *listen = n->settings->metrics_listen;
    const struct metrics_source source = notify_metrics(&n->to);
    int rc = receivers_make(n, e);
    if (rc == 0 && listen)
        rc = metrics_port_open(n->settings, listen, &source, &n->port, e);
    if (rc == 0)
        rc = watermarks_client(n->settings, &n->watch, e);
    if (rc == 0) {
        say_whom(n);
        rc = notify_all(n, e);
    }
    metrics_port_close(n->port);
    if (n->watch)
        rd_kafka_destroy(n->watch);
    for (size_t i = 0; i < n->to.count; i++)
        receiver_free(n->to.receivers[i]);
    memory_give(n->to.receivers);
    memory_give(n->to.high);
    return rc;
}

int notify_run(const struct settings *settings)
{
    struct error e = {0};
    struct notify n = {.settings = settings, .wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    if (n.wake_fd < 0 || stop_listen(n.wake_fd) != 0) {
        log_error("no event file descriptor or no thread is left");
        return EXIT_FAILED;
    }
    topic_names_make(&n.names, settings->prefix);
    (void)pthread_mutex_init(&n.to.lock, NULL);
    int rc = run(&n, &e);
    if (rc)
        log_problem(LOG_LEVEL_ERROR, "cannot notify", &e);
    (void)pthread_mutex_destroy(&n.to.lock);
    topic_names_free(&n.names);
    stop_reached();
    /* wake_fd stays open: nobody reads it, so whoever listens to signals may only now write to it. */
    return exit_of_error(rc);
}
