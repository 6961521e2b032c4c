/* Records of Kafka kept in a file, so that the same bytes can be written again: everything but the offset.
 * The file is read by the machine that wrote it. */
#ifndef BENCH_RECORDS_H
#define BENCH_RECORDS_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

/* Stands in the file, followed by key, value and headers, each header as two lengths (uint32_t) and its
 * bytes. */
struct record_head {
    int64_t timestamp;
    uint32_t topic, partition, key_len, value_len, headers, headers_len;
};

/* The records of a topic range, in the order of their timestamps, as they were written. Returns how many. */
size_t records_save(const char *brokers, const char *prefix, int first, int count, const char *path);

struct records {
    const struct record_head *const *at; /* own */
    size_t count;
};
struct records records_load(const char *path);

/* Where the records go. */
struct records_target {
    rd_kafka_t *producer;
    rd_kafka_topic_t *topics[8];
};
void records_target_open(struct records_target *t, rd_kafka_t *producer, const char *prefix);
void records_target_close(struct records_target *t); /* the producer stays */

/* Produces it with key, value, headers and partition; waits while the queue is full. `keep_time`: the
 * timestamp too, else it is now. */
void records_produce(struct records_target *t, const struct record_head *r, int keep_time);

#endif
