#include "consumer/checkpoint/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "consumer/checkpoint/checkpoint_follow.h"
#include "consumer/watermarks.h"
#include "core/fault_point.h"
#include "core/memory.h"
#include "edge/cli/log.h"

#define PARTITIONS_MOST 4096
#define LOOKUP_TIMEOUT_MS 10000
#define RELEASE_MS 5000
#define FINISH_MS 2500
#define IDENTITY_SIZE 512

/* What is known of a task's file from taking it to keeping it. */
struct kept {
    int32_t partition;
    char identity[IDENTITY_SIZE];
    struct checkpoint_order order;
};

struct checkpoint {
    const struct settings *settings;
    const struct topic_names *names;
    struct task_config config;
    struct checkpoint_follower *follower; /* own; NULL: no thread was left */
    struct checkpoint_loads *loads;       /* own; NULL: the folder was not open yet */
    struct kept *kept;                    /* own */
    size_t kept_count;
    bool held_up; /* the follower has not let go of its files */
    bool untold;  /* Kafka did not tell what a file must be a copy of: it is not asked for the other tasks */
};

/* --- Beginning and end --- */

static void checkpoint_begin_loads(struct checkpoint *c)
{
    const struct state_dir *dir = c->follower ? checkpoint_follower_dir(c->follower) : NULL;
    if (dir && !c->loads)
        c->loads = checkpoint_loads_new(c->settings, state_dir_folder(dir), &c->config);
}

/* What is there now is most likely what is wanted soon. */
static void checkpoint_load_all(struct checkpoint *c)
{
    int32_t *partitions = memory_take(PARTITIONS_MOST * sizeof *partitions);
    const struct state_dir *dir = checkpoint_follower_dir(c->follower);
    size_t count = dir ? state_dir_partitions(dir, partitions, PARTITIONS_MOST) : 0;
    for (size_t i = 0; i < count; i++)
        checkpoint_loads_begin(c->loads, partitions[i]);
    memory_give(partitions);
}

struct checkpoint *checkpoint_open(const struct settings *s, const struct topic_names *names,
                                   const struct task_config *config)
{
    struct error e = {0};
    struct state_dir *dir = NULL;
    if (!s->state_dir)
        return NULL;
    struct checkpoint *c = memory_zeroed(sizeof *c);
    c->settings = s;
    c->names = names;
    c->config = *config;
    int rc = state_dir_open(s->state_dir, &dir, &e);
    if (rc)
        log_problem(LOG_LEVEL_WARN, "no checkpoint is kept for the time being", &e);
    rc = checkpoint_follower_start(s, names, dir, &c->follower, &e);
    if (rc)
        log_problem(LOG_LEVEL_WARN, "no checkpoint is kept", &e);
    checkpoint_begin_loads(c);
    if (c->loads)
        checkpoint_load_all(c);
    return c;
}

static void kept_free(struct checkpoint *c)
{
    memory_give(c->kept);
    c->kept = NULL;
    c->kept_count = 0;
}

void checkpoint_close(struct checkpoint *c)
{
    if (!c)
        return;
    checkpoint_loads_free(c->loads);
    checkpoint_follower_stop(c->follower);
    kept_free(c);
    memory_give(c);
}

/* --- What a file must be a copy of --- */

/* The cluster, the topics, and where these begin: somebody who deletes records moves that. */
static int identity_make(const struct checkpoint *c, rd_kafka_t *watermarks, struct kept *out,
                         struct error *e)
{
    int32_t partition = out->partition;
    int64_t *at = out->order.begins;
    rd_kafka_topic_partition_list_t *begins = rd_kafka_topic_partition_list_new(REGISTERS);
    for (int k = 0; k < REGISTERS; k++)
        rd_kafka_topic_partition_list_add(begins, c->names->all[TOPIC_INSTRUMENTS + k].at, partition);
    char *cluster = rd_kafka_clusterid(watermarks, LOOKUP_TIMEOUT_MS);
    int rc = watermarks_low(watermarks, begins, LOOKUP_TIMEOUT_MS, e);
    for (int k = 0; rc == 0 && k < REGISTERS; k++)
        at[k] = begins->elems[k].offset;
    if (rc == 0)
        (void)snprintf(out->identity, IDENTITY_SIZE,
                       "cluster %s\nprefix %s\npartition %" PRId32 "\nbegins %" PRId64 " %" PRId64 " %" PRId64
                       "\n",
                       cluster ? cluster : "", c->settings->prefix, partition, at[0], at[1], at[2]);
    rd_kafka_mem_free(watermarks, cluster);
    rd_kafka_topic_partition_list_destroy(begins);
    return rc;
}

/* The line that begins at `*at`, which goes behind it. */
static struct text line_next(struct text t, size_t *at)
{
    const char *from = t.at + *at, *end = memchr(from, '\n', t.len - *at);
    struct text line = {from, end ? (size_t)(end - from) : t.len - *at};
    *at += line.len + (end ? 1 : 0);
    return line;
}

/* Names the first line in which they differ. */
static int identity_check(struct text found, struct text wanted, struct error *e)
{
    if (text_equal(found, wanted))
        return 0;
    for (size_t at = 0, there = 0; at < wanted.len;) {
        struct text want = line_next(wanted, &at), have = line_next(found, &there);
        if (!text_equal(have, want))
            return error_set(e, ERROR_STATE, "", "it is of \"%.*s\", expected \"%.*s\"", (int)have.len,
                             have.at, (int)want.len, want.at);
    }
    return error_set(e, ERROR_STATE, "", "it says more of its origin than is known");
}

/* --- Taking --- */

static void checkpoint_refuse(const char *message, int32_t partition, const struct error *e)
{
    log_warn(message, log_number("partition", partition), log_text("where", *e->where ? e->where : NULL),
             log_text("error", e->text),
             e->code == ERROR_MALFORMED ? log_number("byte", (int64_t)e->position) : (struct log_pair){0});
}

void checkpoint_discard(struct checkpoint *c, int32_t partition, const struct error *e)
{
    struct error refused;
    const struct state_dir *dir = c && c->follower ? checkpoint_follower_dir(c->follower) : NULL;
    if (!dir)
        return;
    checkpoint_refuse("the checkpoint cannot be used, the register is read from Kafka", partition, e);
    for (size_t i = 0; i < c->kept_count; i++)
        if (c->kept[i].partition == partition)
            c->kept[i].order.end = 0;
    if (state_dir_remove(dir, partition, &refused))
        log_problem(LOG_LEVEL_WARN, "the checkpoint stays where it is", &refused);
}

void checkpoint_expect(struct checkpoint *c, const int32_t *partitions, size_t count)
{
    if (!c)
        return;
    c->untold = false;
    if (c->held_up)
        return;
    checkpoint_begin_loads(c);
    for (size_t i = 0; c->loads && i < count; i++)
        checkpoint_loads_begin(c->loads, partitions[i]);
}

static struct kept *kept_add(struct checkpoint *c, int32_t partition)
{
    c->kept = memory_resize(c->kept, (c->kept_count + 1) * sizeof *c->kept);
    struct kept *k = &c->kept[c->kept_count++];
    *k = (struct kept){.partition = partition, .order = {.partition = partition}};
    return k;
}

bool checkpoint_take(struct checkpoint *c, rd_kafka_t *watermarks, int32_t partition,
                     struct checkpoint_loaded *out)
{
    struct error e = {0};
    *out = (struct checkpoint_loaded){.task = NULL};
    if (!c || c->untold)
        return false;
    fault_point("checkpoint.take");
    struct kept *k = kept_add(c, partition);
    if (identity_make(c, watermarks, k, &e)) {
        c->untold = true;
        c->kept_count--;
        checkpoint_refuse("whether the checkpoint can be used is not known", partition, &e);
        return false;
    }
    if (c->loads && !c->held_up)
        checkpoint_loads_take(c->loads, partition, out);
    /* First: what is of something else may well hold what looks like damage. */
    if (out->identity.at && identity_check(out->identity, text_of(k->identity), &e))
        out->refused = e;
    bool of_use = out->task && (!out->refused.code || out->refused.code == ERROR_MALFORMED);
    if (out->refused.code && of_use)
        checkpoint_refuse("the checkpoint is damaged, what follows is read from Kafka", partition,
                          &out->refused);
    else if (out->refused.code == ERROR_REGISTRY)
        checkpoint_refuse("the checkpoint cannot be used now, the register is read from Kafka", partition,
                          &out->refused);
    else if (out->refused.code && out->refused.code != ERROR_STOPPED)
        checkpoint_discard(c, partition, &out->refused);
    if (!of_use)
        checkpoint_loaded_free(out);
    if (!out->task)
        return false;
    k->order.end = out->end;
    k->order.entries = out->entries;
    k->order.subjects = out->subjects;
    memcpy(k->order.tips, out->tips, sizeof out->tips);
    return true;
}

/* --- Keeping --- */

void checkpoint_keep(struct checkpoint *c, const int32_t *partitions, size_t count)
{
    if (!c)
        return;
    if (c->loads)
        checkpoint_loads_drop(c->loads);
    struct checkpoint_order *orders = memory_zeroed((count ? count : 1) * sizeof *orders);
    size_t n = 0;
    for (size_t i = 0; i < c->kept_count; i++)
        for (size_t p = 0; p < count; p++)
            if (c->kept[i].partition == partitions[p]) {
                orders[n] = c->kept[i].order;
                orders[n++].identity = text_of(c->kept[i].identity);
            }
    if (c->follower)
        (void)checkpoint_follower_order(c->follower, orders, n, 0);
    memory_give(orders);
    kept_free(c);
}

void checkpoint_finish(struct checkpoint *c, rd_kafka_t *watermarks, const int32_t *partitions, size_t count)
{
    struct error e;
    if (!c || !c->follower || count == 0)
        return;
    rd_kafka_topic_partition_list_t *ends = rd_kafka_topic_partition_list_new((int)count * REGISTERS);
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < REGISTERS; k++)
            rd_kafka_topic_partition_list_add(ends, c->names->all[TOPIC_INSTRUMENTS + k].at, partitions[i]);
    if (watermarks_high(watermarks, ends, FINISH_MS, &e) == 0)
        checkpoint_follower_finish(c->follower, ends, FINISH_MS);
    else
        log_problem(LOG_LEVEL_DEBUG, "the checkpoint lacks what was written last", &e);
    rd_kafka_topic_partition_list_destroy(ends);
}

void checkpoint_release(struct checkpoint *c)
{
    if (!c || !c->follower)
        return;
    c->held_up = !checkpoint_follower_order(c->follower, NULL, 0, RELEASE_MS);
    if (c->held_up)
        log_warn("the disk of the checkpoint does not answer", log_text("state_dir", c->settings->state_dir));
    kept_free(c);
}
