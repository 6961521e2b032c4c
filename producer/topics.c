#include "producer/topics.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "edge/cli/clock.h"
#include "edge/cli/exit.h"
#include "edge/cli/log.h"
#include "edge/kafka/admin.h"
#include "edge/kafka/topics.h"

#define BROKER_WAIT_MS 10000
#define MADE_WAIT_MS 30000
#define MADE_PAUSE_MS 50

/* What all topics are held against. */
struct plan {
    int32_t partitions;
    int32_t replicas; /* 0: any */
};

/* All topics have the same number of partitions: unless told, that of the first that exists, so that a topic
 * that is made later fits the others. */
static struct plan plan_of(const struct settings *s, const struct topic_found found[TOPIC_COUNT])
{
    struct plan p = {(int32_t)s->partitions, (int32_t)s->replication_factor};
    for (int t = 0; p.partitions == 0 && t < TOPIC_COUNT; t++)
        if (found[t].exists)
            p.partitions = found[t].partitions;
    if (p.partitions == 0)
        p.partitions = TOPICS_PARTITIONS;
    return p;
}

static void print_number(const char *name, const char *what, int32_t is, int32_t wanted, int *differences)
{
    if (is == wanted)
        return;
    (void)printf("%s differs: %s is %d, not %d\n", name, what, is, wanted);
    ++*differences;
}

/* One line for each difference; returns how many. */
static int print_differences(const char *name, enum topic t, const struct topic_found *found,
                             const struct plan *p)
{
    size_t count;
    int differences = 0;
    const struct topic_setting *settings = topic_settings(t, &count);
    print_number(name, "the number of partitions", found->partitions, p->partitions, &differences);
    if (p->replicas)
        print_number(name, "the replication factor", found->replicas, p->replicas, &differences);
    for (size_t i = 0; i < count; i++) {
        const char *value = found->values[i];
        if (value && strcmp(value, settings[i].value) == 0)
            continue;
        (void)printf("%s differs: %s is %s, not %s\n", name, settings[i].name,
                     value ? value : "not a setting of this broker", settings[i].value);
        differences++;
    }
    return differences;
}

/* Returns how many topics are missing or differ. */
static int print_topics(const struct topic_names *names, const struct topic_found found[TOPIC_COUNT],
                        const struct plan *p, const bool *made)
{
    int wrong = 0;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        const char *name = names->all[t].at;
        if (!found[t].exists) {
            (void)printf("%s missing\n", name);
            wrong++;
        } else if (print_differences(name, (enum topic)t, &found[t], p) > 0) {
            wrong++;
        } else {
            (void)printf("%s %s: %d partition%s\n", name, made[t] ? "made" : "ok", found[t].partitions,
                         found[t].partitions == 1 ? "" : "s");
        }
    }
    return wrong;
}

static bool any_missing(const struct topic_found found[TOPIC_COUNT])
{
    for (int t = 0; t < TOPIC_COUNT; t++)
        if (!found[t].exists)
            return true;
    return false;
}

/* The broker that is asked may hear of a new topic later than the one that made it. */
static int find_made(struct admin *a, const struct topic_names *names, struct topic_found found[TOPIC_COUNT],
                     struct error *e)
{
    const int64_t end_ms = clock_monotonic_ms() + MADE_WAIT_MS;
    for (;;) {
        int rc = admin_find(a, names, found, e);
        if (rc != 0 || !any_missing(found) || clock_monotonic_ms() >= end_ms)
            return rc;
        (void)poll(NULL, 0, MADE_PAUSE_MS);
    }
}

static int create(struct admin *a, const struct topic_names *names, struct topic_found found[TOPIC_COUNT],
                  const struct plan *p, bool made[TOPIC_COUNT], struct error *e)
{
    if (!any_missing(found))
        return 0;
    for (int t = 0; t < TOPIC_COUNT; t++)
        made[t] = !found[t].exists;
    int rc = admin_create(a, names, made, p->partitions, p->replicas, e);
    return rc ? rc : find_made(a, names, found, e);
}

int topics_run(const struct settings *s)
{
    struct error e = {0};
    struct admin *a = NULL;
    struct topic_found found[TOPIC_COUNT];
    bool made[TOPIC_COUNT] = {false};
    struct topic_names names;
    int code = EXIT_FAILED;

    topic_names_make(&names, s->prefix);
    int rc = admin_open(s, BROKER_WAIT_MS, &a, &e);
    if (rc == 0)
        rc = admin_find(a, &names, found, &e);
    if (rc != 0)
        goto out;
    struct plan p = plan_of(s, found);
    if (s->action == TOPICS_CREATE)
        rc = create(a, &names, found, &p, made, &e);
    if (rc != 0)
        goto out;
    if (print_topics(&names, found, &p, made) == 0)
        code = EXIT_DONE;
out:
    if (rc != 0) {
        log_problem(LOG_LEVEL_ERROR, s->action == TOPICS_CREATE ? "topics not made" : "topics not checked",
                    &e);
        code = exit_of_error(rc);
    }
    admin_close(a);
    topic_names_free(&names);
    return code;
}
