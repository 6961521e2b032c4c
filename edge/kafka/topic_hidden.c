#include "edge/kafka/topic_hidden.h"

int topic_hidden(rd_kafka_t *rk, const char *name, int timeout_ms, struct error *e)
{
    int rc = 0;
    const struct rd_kafka_metadata *found = NULL;
    /* Asked by a client that may not create topics, brokers create none. */
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    if (!topic)
        return 0;
    if (rd_kafka_metadata(rk, 0, topic, &found, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (found->topic_cnt == 1 && found->topics[0].err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
            rc = error_set(e, ERROR_KAFKA, name, "the brokers do not allow us this topic (ACL)");
        rd_kafka_metadata_destroy(found);
    }
    rd_kafka_topic_destroy(topic);
    return rc;
}
