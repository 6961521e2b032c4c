#include "bench/records.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/plain.h"

#define ALIGNMENT 8

/* --- Saving --- */

struct pile {
    struct record_head **at; /* own, each */
    size_t count, size;
};

static size_t record_bytes(const struct record_head *r)
{
    size_t n = sizeof *r + r->key_len + r->value_len + r->headers_len;
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void *must(void *p)
{
    if (!p)
        die("out of memory");
    return p;
}

static size_t headers_copy(rd_kafka_headers_t *headers, char *out, uint32_t *count)
{
    size_t bytes = 0, size;
    const char *name;
    const void *value;
    *count = 0;
    while (headers &&
           rd_kafka_header_get_all(headers, *count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        uint32_t lengths[2] = {(uint32_t)strlen(name), (uint32_t)size};
        if (out) {
            memcpy(out + bytes, lengths, sizeof lengths);
            memcpy(out + bytes + sizeof lengths, name, lengths[0]);
            memcpy(out + bytes + sizeof lengths + lengths[0], value, size);
        }
        bytes += sizeof lengths + lengths[0] + size;
        ++*count;
    }
    return bytes;
}

static void pile_add(void *context, int topic, const rd_kafka_message_t *m)
{
    struct pile *p = context;
    rd_kafka_timestamp_type_t type;
    rd_kafka_headers_t *headers = NULL;
    if (rd_kafka_message_headers(m, &headers))
        headers = NULL;
    struct record_head head = {
        .timestamp = rd_kafka_message_timestamp(m, &type),
        .topic = (uint32_t)topic,
        .partition = (uint32_t)m->partition,
        .key_len = (uint32_t)m->key_len,
        .value_len = (uint32_t)m->len,
    };
    head.headers_len = (uint32_t)headers_copy(headers, NULL, &head.headers);
    struct record_head *r = must(calloc(1, record_bytes(&head)));
    *r = head;
    char *at = (char *)(r + 1);
    memcpy(at, m->key, m->key_len);
    memcpy(at + m->key_len, m->payload, m->len);
    (void)headers_copy(headers, at + m->key_len + m->len, &head.headers);
    if (p->count == p->size)
        p->at = must(realloc(p->at, (p->size = p->size ? 2 * p->size : 1024) * sizeof *p->at));
    p->at[p->count++] = r;
}

static int by_time(const void *a, const void *b)
{
    const struct record_head *x = *(const struct record_head *const *)a;
    const struct record_head *y = *(const struct record_head *const *)b;
    return (x->timestamp > y->timestamp) - (x->timestamp < y->timestamp);
}

size_t records_save(const char *brokers, const char *prefix, int first, int count, const char *path)
{
    struct pile p = {NULL, 0, 0};
    size_t n = plain_read(PLAIN_READER, brokers, prefix, first, count, pile_add, &p);
    /* glibc sorts by merging: what has the same time keeps its order. */
    if (p.count)
        qsort(p.at, p.count, sizeof *p.at, by_time);
    FILE *f = fopen(path, "wb");
    if (!f)
        die("%s cannot be written", path);
    for (size_t i = 0; i < p.count; i++) {
        (void)fwrite(p.at[i], 1, record_bytes(p.at[i]), f);
        free(p.at[i]);
    }
    if (ferror(f) || fclose(f))
        die("%s cannot be written", path);
    free(p.at);
    return n;
}

/* --- Loading --- */

struct records records_load(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st))
        die("%s cannot be read", path);
    if (st.st_size == 0)
        return (struct records){NULL, 0};
    const char *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED)
        die("%s cannot be mapped", path);
    (void)close(fd);
    const char *end = at + st.st_size;
    size_t count = 0, size = 0;
    const struct record_head **index = NULL;
    while (at < end) {
        const struct record_head *r = (const struct record_head *)(const void *)at;
        if (count == size)
            index = must(realloc(index, (size = size ? 2 * size : 1024) * sizeof *index));
        index[count++] = r;
        at += record_bytes(r);
    }
    return (struct records){index, count};
}

/* --- Producing --- */

void records_target_open(struct records_target *t, rd_kafka_t *producer, const char *prefix)
{
    char name[256];
    t->producer = producer;
    for (int k = 0; k < TOPICS; k++) {
        topic_name(name, sizeof name, prefix, k);
        t->topics[k] = rd_kafka_topic_new(producer, name, NULL);
    }
}

void records_target_close(struct records_target *t)
{
    for (int k = 0; k < TOPICS; k++)
        rd_kafka_topic_destroy(t->topics[k]);
}

static rd_kafka_headers_t *headers_of(const struct record_head *r, const char *at)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(r->headers);
    for (uint32_t i = 0; i < r->headers; i++) {
        uint32_t lengths[2];
        memcpy(lengths, at, sizeof lengths);
        at += sizeof lengths;
        (void)rd_kafka_header_add(headers, at, (ssize_t)lengths[0], at + lengths[0], (ssize_t)lengths[1]);
        at += lengths[0] + lengths[1];
    }
    return headers;
}

void records_produce(struct records_target *t, const struct record_head *r, int keep_time)
{
    const char *key = (const char *)(r + 1), *value = key + r->key_len;
    rd_kafka_headers_t *headers = headers_of(r, value + r->value_len);
    for (;;) {
        rd_kafka_resp_err_t refused = rd_kafka_producev(
            t->producer, RD_KAFKA_V_RKT(t->topics[r->topic]), RD_KAFKA_V_PARTITION((int32_t)r->partition),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY((void *)(uintptr_t)key, r->key_len),
            RD_KAFKA_V_VALUE((void *)(uintptr_t)value, r->value_len), RD_KAFKA_V_HEADERS(headers),
            RD_KAFKA_V_TIMESTAMP(keep_time ? r->timestamp : 0), RD_KAFKA_V_END);
        if (!refused)
            return;
        if (refused != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            die("cannot produce: %s", rd_kafka_err2str(refused));
        (void)rd_kafka_poll(t->producer, 100);
    }
}
