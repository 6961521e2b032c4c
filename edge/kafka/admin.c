#include "edge/kafka/admin.h"

#include <librdkafka/rdkafka.h>
#include <string.h>

#include "core/arena.h"
#include "core/memory.h"
#include "edge/kafka/client.h"
#include "edge/kafka/topic_hidden.h"

#define REQUEST_MS 30000 /* of one request, retries included */
#define REASON_SIZE 256

struct admin {
    const struct settings *settings; /* borrow */
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    struct arena *arena; /* values of the last admin_find */
};

int admin_open(const struct settings *s, int timeout_ms, struct admin **out, struct error *e)
{
    rd_kafka_conf_t *conf;
    rd_kafka_t *rk = NULL;
    int rc = client_conf(s, &conf, e);
    if (rc == 0)
        rc = client_new(CLIENT_ADMIN, conf, &rk, e);
    if (rc == 0)
        rc = client_wait(rk, s, timeout_ms, e);
    if (rc != 0) {
        if (rk)
            rd_kafka_destroy(rk);
        return rc;
    }
    struct admin *a = memory_zeroed(sizeof *a);
    *a = (struct admin){.settings = s, .rk = rk, .queue = rd_kafka_queue_new(rk), .arena = arena_new(4096)};
    *out = a;
    return 0;
}

void admin_close(struct admin *a)
{
    if (!a)
        return;
    rd_kafka_queue_destroy(a->queue);
    rd_kafka_destroy(a->rk);
    arena_free(a->arena);
    memory_give(a);
}

/* The answer to the request just sent, or NULL with the error. own: rd_kafka_event_destroy. */
static rd_kafka_event_t *wait_for_answer(struct admin *a, rd_kafka_event_type_t wanted, struct error *e)
{
    /* The request has its own time-out and always answers; ours is only there in case it does not. */
    rd_kafka_event_t *answer = rd_kafka_queue_poll(a->queue, 2 * REQUEST_MS);
    if (!answer) {
        (void)error_set(e, ERROR_KAFKA, a->settings->brokers, "no answer within %d s", 2 * REQUEST_MS / 1000);
        return NULL;
    }
    rd_kafka_resp_err_t err = rd_kafka_event_error(answer);
    if (err || rd_kafka_event_type(answer) != wanted) {
        (void)error_set(e, ERROR_KAFKA, a->settings->brokers, "%s",
                        err ? rd_kafka_event_error_string(answer) : "an answer to something else");
        rd_kafka_event_destroy(answer);
        return NULL;
    }
    return answer;
}

static rd_kafka_AdminOptions_t *options_new(struct admin *a, rd_kafka_admin_op_t operation, struct error *e)
{
    char reason[REASON_SIZE];
    rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(a->rk, operation);
    rd_kafka_resp_err_t err = rd_kafka_AdminOptions_set_request_timeout(o, REQUEST_MS, reason, sizeof reason);
    /* Topics are made when every broker knows them, so that whoever comes next finds them. */
    if (!err && operation == RD_KAFKA_ADMIN_OP_CREATETOPICS)
        err = rd_kafka_AdminOptions_set_operation_timeout(o, REQUEST_MS, reason, sizeof reason);
    if (err) {
        (void)error_set(e, ERROR_KAFKA, "", "%s", reason);
        rd_kafka_AdminOptions_destroy(o);
        return NULL;
    }
    return o;
}

/* ---- what there is ---- */

static const struct rd_kafka_metadata_topic *topic_in(const struct rd_kafka_metadata *all, const char *name)
{
    for (int i = 0; i < all->topic_cnt; i++)
        if (strcmp(all->topics[i].topic, name) == 0)
            return &all->topics[i];
    return NULL;
}

static int find_one(struct admin *a, const struct rd_kafka_metadata_topic *t, const char *name,
                    struct topic_found *out, struct error *e)
{
    *out = (struct topic_found){0};
    if (!t || t->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return topic_hidden(a->rk, name, REQUEST_MS, e) < 0 ? ERROR_KAFKA : 0;
    /* A partition without a leader at the moment is there all the same. */
    if (t->err && t->err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
        return error_set(e, ERROR_KAFKA, name, "%s", rd_kafka_err2str(t->err));
    out->exists = true;
    out->partitions = t->partition_cnt;
    for (int i = 0; i < t->partition_cnt; i++)
        if (i == 0 || t->partitions[i].replica_cnt < out->replicas)
            out->replicas = t->partitions[i].replica_cnt;
    return 0;
}

/* All topics are asked for: a broker may make a topic that is asked for by name. */
static int find_topics(struct admin *a, const struct topic_names *names,
                       struct topic_found found[TOPIC_COUNT], struct error *e)
{
    const struct rd_kafka_metadata *all;
    rd_kafka_resp_err_t err = rd_kafka_metadata(a->rk, 1, NULL, &all, REQUEST_MS);
    int rc = 0;
    if (err)
        return error_set(e, ERROR_KAFKA, a->settings->brokers, "%s", rd_kafka_err2str(err));
    for (int t = 0; rc == 0 && t < TOPIC_COUNT; t++) {
        const char *name = names->all[t].at;
        rc = find_one(a, topic_in(all, name), name, &found[t], e);
    }
    rd_kafka_metadata_destroy(all);
    return rc;
}

static const char *value_in(const rd_kafka_ConfigResource_t *r, const char *setting)
{
    size_t count;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(r, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), setting) == 0)
            return rd_kafka_ConfigEntry_value(entries[i]);
    return NULL;
}

static int read_values(struct admin *a, const rd_kafka_ConfigResource_t *r, enum topic t,
                       struct topic_found *found, struct error *e)
{
    size_t count;
    const struct topic_setting *settings = topic_settings(t, &count);
    /* A broker that has not heard of the topic yet, or where it was deleted just now. */
    if (rd_kafka_ConfigResource_error(r) == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        found->exists = false;
        return 0;
    }
    if (rd_kafka_ConfigResource_error(r))
        return error_set(e, ERROR_KAFKA, rd_kafka_ConfigResource_name(r), "its settings cannot be read: %s",
                         rd_kafka_ConfigResource_error_string(r));
    for (size_t i = 0; i < count; i++)
        found->values[i] = arena_copy(a->arena, text_of(value_in(r, settings[i].name))).at;
    return 0;
}

/* Answers come in any order. */
static int read_answer(struct admin *a, const struct topic_names *names, rd_kafka_event_t *answer,
                       struct topic_found found[TOPIC_COUNT], struct error *e)
{
    size_t count;
    const rd_kafka_ConfigResource_t **resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(answer), &count);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        const char *name = names->all[t].at;
        for (size_t i = 0; found[t].exists && i < count; i++) {
            if (strcmp(rd_kafka_ConfigResource_name(resources[i]), name) != 0)
                continue;
            int rc = read_values(a, resources[i], (enum topic)t, &found[t], e);
            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

static int find_settings(struct admin *a, const struct topic_names *names,
                         struct topic_found found[TOPIC_COUNT], struct error *e)
{
    rd_kafka_ConfigResource_t *wanted[TOPIC_COUNT];
    size_t count = 0;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        const char *name = names->all[t].at;
        if (found[t].exists)
            wanted[count++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name);
    }
    if (count == 0)
        return 0;
    int rc = ERROR_KAFKA;
    rd_kafka_event_t *answer = NULL;
    rd_kafka_AdminOptions_t *o = options_new(a, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, e);
    if (!o)
        goto out;
    rd_kafka_DescribeConfigs(a->rk, wanted, count, o, a->queue);
    answer = wait_for_answer(a, RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT, e);
    if (answer)
        rc = read_answer(a, names, answer, found, e);
out:
    if (answer)
        rd_kafka_event_destroy(answer);
    if (o)
        rd_kafka_AdminOptions_destroy(o);
    rd_kafka_ConfigResource_destroy_array(wanted, count);
    return rc;
}

int admin_find(struct admin *a, const struct topic_names *names, struct topic_found found[TOPIC_COUNT],
               struct error *e)
{
    arena_reset(a->arena);
    struct topic_found now[TOPIC_COUNT] = {{0}};
    int rc = find_topics(a, names, now, e);
    if (rc == 0)
        rc = find_settings(a, names, now, e);
    if (rc == 0)
        memcpy(found, now, sizeof now);
    return rc;
}

/* ---- making what is missing ---- */

/* own: rd_kafka_NewTopic_destroy. NULL with the error. */
static rd_kafka_NewTopic_t *topic_new(const struct topic_names *names, enum topic t, int32_t partitions,
                                      int32_t replicas, struct error *e)
{
    char reason[REASON_SIZE];
    const char *name = names->all[t].at;
    size_t count;
    const struct topic_setting *settings = topic_settings(t, &count);
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(name, partitions, replicas ? replicas : -1, reason, sizeof reason);
    if (!topic) {
        (void)error_set(e, ERROR_KAFKA, name, "%s", reason);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t err = rd_kafka_NewTopic_set_config(topic, settings[i].name, settings[i].value);
        if (err) {
            (void)error_set(e, ERROR_KAFKA, name, "%s: %s", settings[i].name, rd_kafka_err2str(err));
            rd_kafka_NewTopic_destroy(topic);
            return NULL;
        }
    }
    return topic;
}

static int read_created(rd_kafka_event_t *answer, struct error *e)
{
    size_t count;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t err = rd_kafka_topic_result_error(results[i]);
        const char *why = rd_kafka_topic_result_error_string(results[i]);
        if (err && err != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return error_set(e, ERROR_KAFKA, rd_kafka_topic_result_name(results[i]), "cannot be made: %s",
                             why ? why : rd_kafka_err2str(err));
    }
    return 0;
}

int admin_create(struct admin *a, const struct topic_names *names, const bool missing[TOPIC_COUNT],
                 int32_t partitions, int32_t replicas, struct error *e)
{
    rd_kafka_NewTopic_t *topics[TOPIC_COUNT];
    rd_kafka_AdminOptions_t *o = NULL;
    rd_kafka_event_t *answer = NULL;
    size_t count = 0;
    int rc = ERROR_KAFKA;
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (!missing[t])
            continue;
        topics[count] = topic_new(names, (enum topic)t, partitions, replicas, e);
        if (!topics[count])
            goto out;
        count++;
    }
    if (count == 0)
        return 0;
    o = options_new(a, RD_KAFKA_ADMIN_OP_CREATETOPICS, e);
    if (!o)
        goto out;
    rd_kafka_CreateTopics(a->rk, topics, count, o, a->queue);
    answer = wait_for_answer(a, RD_KAFKA_EVENT_CREATETOPICS_RESULT, e);
    if (answer)
        rc = read_created(answer, e);
out:
    if (answer)
        rd_kafka_event_destroy(answer);
    if (o)
        rd_kafka_AdminOptions_destroy(o);
    rd_kafka_NewTopic_destroy_array(topics, count);
    return rc;
}
