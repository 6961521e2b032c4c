#include "edge/kafka/cloud_events.h"

#include <string.h>

#include "core/instant.h"

#define HEADERS 7

struct header {
    struct text name;
    struct text value;
};

/* `time` is scratch that must live as long as the list is looked at. */
static void list(const struct cloud_event *e, char time[INSTANT_TEXT_SIZE], struct header out[HEADERS])
{
    size_t n = instant_format(e->time, time);
    out[0] = (struct header){TEXT_LITERAL("ce_specversion"), TEXT_LITERAL("1.0")};
    out[1] = (struct header){TEXT_LITERAL("ce_id"), e->id};
    out[2] = (struct header){TEXT_LITERAL("ce_source"), e->source};
    out[3] = (struct header){TEXT_LITERAL("ce_type"), e->type};
    out[4] = (struct header){TEXT_LITERAL("ce_subject"), e->subject};
    out[5] = (struct header){TEXT_LITERAL("ce_time"), {time, n}};
    out[6] = (struct header){TEXT_LITERAL("content-type"), TEXT_LITERAL("application/avro")};
}

rd_kafka_headers_t *cloud_events_headers(const struct cloud_event *e)
{
    char time[INSTANT_TEXT_SIZE];
    struct header all[HEADERS];
    list(e, time, all);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(HEADERS);
    for (size_t i = 0; i < HEADERS; i++)
        (void)rd_kafka_header_add(headers, all[i].name.at, (ssize_t)all[i].name.len, all[i].value.at,
                                  (ssize_t)all[i].value.len);
    return headers;
}

size_t cloud_events_bytes(const struct cloud_event *e)
{
    char time[INSTANT_TEXT_SIZE];
    struct header all[HEADERS];
    size_t bytes = 0;
    list(e, time, all);
    for (size_t i = 0; i < HEADERS; i++)
        bytes += all[i].name.len + all[i].value.len;
    return bytes;
}

static size_t add(char *out, size_t size, size_t len, const char *text)
{
    size_t n = strlen(text), room = size - 1 - len;
    n = n < room ? n : room;
    memcpy(out + len, text, n);
    return len + n;
}

struct text cloud_events_type(char *out, size_t size, const char *kind, const char *name)
{
    size_t len = add(out, size, 0, "org.chapar.");
    len = add(out, size, len, kind);
    len = add(out, size, len, ".");
    len = add(out, size, len, name);
    for (size_t i = 0; i < len; i++)
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] - 'A' + 'a');
    out[len] = '\0';
    return (struct text){out, len};
}
