#include "edge/kafka/topic_hidden.h"

static int judge(const struct rd_kafka_metadata *found, const char *name, struct error *e)
{
    rd_kafka_resp_err_t refused =
        found->topic_cnt == 1 ? found->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (refused == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
        return error_set(e, ERROR_KAFKA, name, "the brokers do not allow us this topic (ACL)");
    return refused != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

int topic_hidden(rd_kafka_t *rk, const char *name, int timeout_ms, struct error *e)
{
    const struct rd_kafka_metadata *found = NULL;
    /* Asked by a client that may not create topics, brokers create none. */
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    rd_kafka_resp_err_t refused =
        topic ? rd_kafka_metadata(rk, 0, topic, &found, timeout_ms) : rd_kafka_last_error();
    int rc = found ? judge(found, name, e)
                   : error_set(e, ERROR_KAFKA, name, "whether it is there is not known: %s",
                               rd_kafka_err2str(refused));
    if (found)
        rd_kafka_metadata_destroy(found);
    if (topic)
        rd_kafka_topic_destroy(topic);
    return rc;
}
