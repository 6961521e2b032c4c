#include "edge/kafka/event_topics.h"

#include <stdarg.h>
#include <stdio.h>

#include "edge/kafka/topic_hidden.h"

static const struct rd_kafka_metadata_topic *find(const struct rd_kafka_metadata *all, const char *name)
{
    for (int i = 0; i < all->topic_cnt; i++)
        if (strcmp(all->topics[i].topic, name) == 0 &&
            all->topics[i].err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            return &all->topics[i];
    return NULL;
}

/* Adds to a list in words, which is cut where it does not fit. */
__attribute__((format(printf, 3, 4))) static void list_add(char *list, size_t size, const char *format, ...)
{
    size_t n = strlen(list);
    va_list ap;
    va_start(ap, format);
    (void)snprintf(list + n, size - n, "%s", n ? ", " : "");
    n = strlen(list);
    (void)vsnprintf(list + n, size - n, format, ap);
    va_end(ap);
}

static int judge(rd_kafka_t *rk, const struct rd_kafka_metadata *all, const struct topic_names *names,
                 int timeout_ms, int32_t *out, struct error *e)
{
    char missing[300] = "", counts[300] = "";
    int32_t least = INT32_MAX, most = 0;
    for (int k = 0; k < EVENT_KINDS; k++) {
        const char *name = names->all[topic_of_event((enum event_kind)k)].at;
        const struct rd_kafka_metadata_topic *t = find(all, name);
        if (!t) {
            int rc = topic_hidden(rk, name, timeout_ms, e);
            if (rc < 0)
                return rc;
            list_add(missing, sizeof missing, "%s", name);
            continue;
        }
        if (t->err || t->partition_cnt < 1)
            return error_set(e, ERROR_KAFKA, name, "the topic cannot be used: %s",
                             t->err ? rd_kafka_err2str(t->err) : "it has no partitions");
        list_add(counts, sizeof counts, "%s has %d", name, t->partition_cnt);
        least = t->partition_cnt < least ? t->partition_cnt : least;
        most = t->partition_cnt > most ? t->partition_cnt : most;
    }
    if (*missing)
        return error_set(e, ERROR_KAFKA, missing,
                         "no such topic; `chapar topics create` makes what is missing");
    if (least != most)
        return error_set(e, ERROR_KAFKA, "",
                         "the event topics must have the same number of partitions, but %s", counts);
    *out = least;
    return 0;
}

int event_topics_partitions(rd_kafka_t *rk, const struct topic_names *names, int timeout_ms, int32_t *out,
                            struct error *e)
{
    /* Asking about all topics creates none, where asking about one may. */
    const struct rd_kafka_metadata *all = NULL;
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 1, NULL, &all, timeout_ms);
    if (err)
        return error_set(e, ERROR_KAFKA, "", "the brokers do not tell which topics there are: %s",
                         rd_kafka_err2str(err));
    int rc = judge(rk, all, names, timeout_ms, out, e);
    rd_kafka_metadata_destroy(all);
    return rc;
}
