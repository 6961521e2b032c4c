#include "consumer/header_bound.h"

#include <stdint.h>
#include <string.h>

/* More than anything else that stands between two values: the head of a record, and lengths. */
#define BETWEEN 128

size_t header_bytes(const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers = NULL;
    size_t bytes = 0, size;
    const char *name;
    const void *value;
    if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        bytes += strlen(name) + size;
    return bytes;
}

size_t header_bound(const rd_kafka_message_t *m, const rd_kafka_message_t *next)
{
    /* What is empty or null need not lie where it was fetched. */
    if (!next || next->err || m->err || m->len == 0)
        return SIZE_MAX;
    uintptr_t end = (uintptr_t)m->payload + m->len;
    uintptr_t begins = next->key_len ? (uintptr_t)next->key : next->len ? (uintptr_t)next->payload : 0;
    return begins >= end ? begins - end : SIZE_MAX;
}

bool header_bound_holds(const rd_kafka_message_t *m, const rd_kafka_message_t *next)
{
    size_t bound = header_bound(m, next);
    size_t bytes = bound == SIZE_MAX ? 0 : header_bytes(m);
    /* Short ones might be somewhere else and the room be taken by what always stands there. */
    return bytes > BETWEEN && bytes <= bound && bound - bytes <= BETWEEN;
}
