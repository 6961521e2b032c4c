#include "consumer/group_offsets.h"

#include "consumer/stop.h"
#include "edge/cli/clock.h"
#include "edge/kafka/client.h"

#define TRY_MS 2000
#define LIMIT_MS 20000

/* As it is while a transaction is open, or the coordinator moves. */
static bool is_passing(rd_kafka_resp_err_t refused)
{
    return refused == RD_KAFKA_RESP_ERR__TIMED_OUT || refused == RD_KAFKA_RESP_ERR__TRANSPORT ||
           refused == RD_KAFKA_RESP_ERR__WAIT_COORD || refused == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
           refused == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
           refused == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
           refused == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT;
}

static rd_kafka_resp_err_t ask(rd_kafka_t *client, rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t refused = rd_kafka_committed(client, list, TRY_MS);
    for (int i = 0; !refused && i < list->cnt; i++)
        refused = list->elems[i].err;
    return refused;
}

/* That the group's coordinator may not be asked for is told to the consumer alone; the question times out. */
static rd_kafka_resp_err_t refusal(rd_kafka_t *client)
{
    rd_kafka_message_t *m = rd_kafka_consumer_poll(client, 50);
    rd_kafka_resp_err_t err = m ? m->err : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (m)
        rd_kafka_message_destroy(m);
    return err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ? err : RD_KAFKA_RESP_ERR_NO_ERROR;
}

int group_offsets_ask(rd_kafka_t *client, const char *group, rd_kafka_topic_partition_list_t *list,
                      struct error *e)
{
    int64_t limit = clock_monotonic_ms() + LIMIT_MS;
    rd_kafka_resp_err_t refused = ask(client, list);
    while (is_passing(refused) && clock_monotonic_ms() < limit && !stop_requested()) {
        refused = refusal(client);
        if (!refused)
            refused = ask(client, list);
    }
    return refused ? error_set(e, ERROR_KAFKA, group, "the group's offsets cannot be read: %s",
                               rd_kafka_err2str(refused))
                   : 0;
}

int group_offsets_read(const struct settings *s, const struct topic_names *names, int32_t partitions,
                       int64_t (*out)[EVENT_KINDS], struct error *e)
{
    const struct client_setting settings[] = {
        {CLIENT_DECIDES, "group.id", s->group},
        {CLIENT_DECIDES, "isolation.level", "read_committed"},
        {CLIENT_DECIDES, "enable.auto.commit", "false"},
    };
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *client = NULL;
    int rc = client_configure(s, settings, sizeof settings / sizeof *settings, &conf, e);
    if (rc || (rc = client_new(CLIENT_CONSUMER, conf, &client, e)))
        return rc;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(EVENT_KINDS * partitions);
    for (int32_t p = 0; p < partitions; p++)
        for (int k = 0; k < EVENT_KINDS; k++)
            rd_kafka_topic_partition_list_add(list, names->all[k].at, p);
    rc = group_offsets_ask(client, s->group, list, e);
    for (int i = 0; rc == 0 && i < list->cnt; i++)
        out[i / EVENT_KINDS][i % EVENT_KINDS] = list->elems[i].offset < 0 ? -1 : list->elems[i].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
    return rc;
}
