#include "edge/kafka/cloud_events.h"

#include <stdio.h>

#include "core/instant.h"

#define HEADERS 7

static void header_add(rd_kafka_headers_t *headers, const char *name, struct text value)
{
    (void)rd_kafka_header_add(headers, name, -1, value.at, (ssize_t)value.len);
}

rd_kafka_headers_t *cloud_events_headers(const struct cloud_event *e)
{
    char time[INSTANT_TEXT_SIZE];
    size_t n = instant_format(e->time, time);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(HEADERS);
    header_add(headers, "ce_specversion", TEXT_LITERAL("1.0"));
    header_add(headers, "ce_id", e->id);
    header_add(headers, "ce_source", e->source);
    header_add(headers, "ce_type", e->type);
    header_add(headers, "ce_subject", e->subject);
    header_add(headers, "ce_time", (struct text){time, n});
    header_add(headers, "content-type", TEXT_LITERAL("application/avro"));
    return headers;
}

struct text cloud_events_type(char *out, size_t size, const char *kind, const char *name)
{
    int n = snprintf(out, size, "org.chapar.%s.%s", kind, name);
    size_t len = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
    for (size_t i = 0; i < len; i++)
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] - 'A' + 'a');
    return (struct text){out, len};
}
