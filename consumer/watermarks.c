#include "consumer/watermarks.h"

#include <time.h>

#include "consumer/stop.h"
#include "edge/cli/clock.h"
#include "edge/kafka/client.h"
#include "edge/kafka/topic_hidden.h"

#define RETRY_MS 50

int watermarks_client(const struct settings *s, rd_kafka_t **out, struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "isolation.level", "read_uncommitted"},
    };
    rd_kafka_conf_t *conf = NULL;
    int rc = client_configure(s, settings, sizeof settings / sizeof *settings, &conf, e);
    if (rc)
        return rc;
    return client_new(CLIENT_CONSUMER, conf, out, e);
}

static const rd_kafka_metadata_topic_t *topic_find(const rd_kafka_metadata_t *metadata, const char *name)
{
    for (int i = 0; i < metadata->topic_cnt; i++)
        if (strcmp(metadata->topics[i].topic, name) == 0)
            return metadata->topics[i].err || metadata->topics[i].partition_cnt == 0 ? NULL
                                                                                     : &metadata->topics[i];
    return NULL;
}

/* What is hidden, or has just come, is waited for. */
static int topic_missing(rd_kafka_t *client, const char *name, int timeout_ms, struct error *e)
{
    int rc = topic_hidden(client, name, timeout_ms, e);
    if (rc < 0)
        return rc;
    return rc ? error_set(e, ERROR_KAFKA, name, "the brokers have only now begun to list it")
              : error_set(e, ERROR_STATE, name, "there is no such topic; `chapar topics create` makes it");
}

static int partitions_agree(rd_kafka_t *client, const rd_kafka_metadata_t *metadata,
                            const struct topic_names *names, enum topic first, int count, int timeout_ms,
                            int32_t *out, struct error *e)
{
    int32_t partitions = 0;
    for (int k = (int)first; k < (int)first + count; k++) {
        const rd_kafka_metadata_topic_t *topic = topic_find(metadata, names->all[k].at);
        if (!topic)
            return topic_missing(client, names->all[k].at, timeout_ms, e);
        if (partitions && topic->partition_cnt != partitions)
            return error_set(e, ERROR_STATE, names->all[k].at,
                             "has %d partitions and %s has %d, expected the same; see `chapar topics check`",
                             topic->partition_cnt, names->all[first].at, (int)partitions);
        partitions = topic->partition_cnt;
    }
    *out = partitions;
    return 0;
}

int watermarks_partitions(rd_kafka_t *client, const struct topic_names *names, enum topic first, int count,
                          int timeout_ms, int32_t *out, struct error *e)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t refused = rd_kafka_metadata(client, 1, NULL, &metadata, timeout_ms);
    if (refused)
        return error_set(e, ERROR_KAFKA, "brokers", "no answer: %s", rd_kafka_err2str(refused));
    int rc = partitions_agree(client, metadata, names, first, count, timeout_ms, out, e);
    rd_kafka_metadata_destroy(metadata);
    return rc;
}

/* `which`: RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END. */
static rd_kafka_resp_err_t ask(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int64_t which,
                               int timeout_ms)
{
    for (int i = 0; i < list->cnt; i++)
        list->elems[i].offset = which;
    rd_kafka_resp_err_t refused = rd_kafka_offsets_for_times(client, list, timeout_ms);
    for (int i = 0; !refused && i < list->cnt; i++)
        refused = list->elems[i].err;
    return refused;
}

/* As it is for a moment after topics were made or leaders moved. */
static bool is_leaderless(rd_kafka_resp_err_t refused)
{
    return refused == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           refused == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           refused == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

static int look_up(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int64_t which, int timeout_ms,
                   struct error *e)
{
    static const struct timespec pause = {0, RETRY_MS * 1000000L};
    if (list->cnt == 0)
        return 0;
    int64_t until_ms = clock_monotonic_ms() + timeout_ms, left;
    rd_kafka_resp_err_t refused = ask(client, list, which, timeout_ms);
    while (is_leaderless(refused) && (left = until_ms - clock_monotonic_ms()) > 0 && !stop_requested()) {
        (void)nanosleep(&pause, NULL);
        refused = ask(client, list, which, (int)left);
    }
    if (refused)
        return error_set(e, ERROR_KAFKA, "watermarks", "%s", rd_kafka_err2str(refused));
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].offset < 0)
            return error_set(e, ERROR_KAFKA, list->elems[i].topic, "partition %d has no watermark",
                             (int)list->elems[i].partition);
    return 0;
}

int watermarks_high(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int timeout_ms,
                    struct error *e)
{
    return look_up(client, list, RD_KAFKA_OFFSET_END, timeout_ms, e);
}

int watermarks_low(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list, int timeout_ms, struct error *e)
{
    return look_up(client, list, RD_KAFKA_OFFSET_BEGINNING, timeout_ms, e);
}
