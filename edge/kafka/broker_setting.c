#include "edge/kafka/broker_setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Any broker will do. */
static int find_broker(rd_kafka_t *rk, int timeout_ms, char id[16], struct error *e)
{
    const struct rd_kafka_metadata *found = NULL;
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, NULL, &found, timeout_ms);
    if (err)
        return error_set(e, ERROR_KAFKA, "", "no broker answered: %s", rd_kafka_err2str(err));
    int rc = 0;
    if (found->broker_cnt > 0)
        (void)snprintf(id, 16, "%d", found->brokers[0].id);
    else
        rc = error_set(e, ERROR_KAFKA, "", "there is no broker");
    rd_kafka_metadata_destroy(found);
    return rc;
}

/* The answer to the request; NULL: none came. own. */
static rd_kafka_event_t *ask(rd_kafka_t *rk, const char *id, int timeout_ms)
{
    char reason[256];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_ConfigResource_t *broker = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, id);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, reason, sizeof reason);
    rd_kafka_DescribeConfigs(rk, &broker, 1, options, queue);
    rd_kafka_event_t *answer = rd_kafka_queue_poll(queue, timeout_ms + 1000);
    rd_kafka_ConfigResource_destroy(broker);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return answer;
}

static const char *value_of(const rd_kafka_ConfigResource_t *broker, const char *name)
{
    size_t count = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(broker, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0)
            return rd_kafka_ConfigEntry_value(entries[i]);
    return NULL;
}

static int read_answer(rd_kafka_event_t *answer, const char *name, int64_t *out, struct error *e)
{
    if (!answer)
        return error_set(e, ERROR_KAFKA, name, "no broker answered");
    if (rd_kafka_event_error(answer))
        return error_set(e, ERROR_KAFKA, name, "%s", rd_kafka_event_error_string(answer));
    const rd_kafka_DescribeConfigs_result_t *result = rd_kafka_event_DescribeConfigs_result(answer);
    size_t count = 0;
    const rd_kafka_ConfigResource_t **brokers = rd_kafka_DescribeConfigs_result_resources(result, &count);
    if (count == 0)
        return error_set(e, ERROR_KAFKA, name, "the broker told nothing");
    if (rd_kafka_ConfigResource_error(brokers[0]))
        return error_set(e, ERROR_KAFKA, name, "%s", rd_kafka_ConfigResource_error_string(brokers[0]));
    const char *value = value_of(brokers[0], name);
    char *end = NULL;
    errno = 0;
    long long number = value ? strtoll(value, &end, 10) : 0;
    if (!value || end == value || *end || errno)
        return error_set(e, ERROR_KAFKA, name, "the broker has no such number");
    *out = number;
    return 0;
}

int broker_setting(rd_kafka_t *rk, const char *name, int timeout_ms, int64_t *out, struct error *e)
{
    char id[16];
    int rc = find_broker(rk, timeout_ms, id, e);
    if (rc)
        return rc;
    rd_kafka_event_t *answer = ask(rk, id, timeout_ms);
    rc = read_answer(answer, name, out, e);
    if (answer)
        rd_kafka_event_destroy(answer);
    return rc;
}
