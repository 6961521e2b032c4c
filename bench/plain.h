/* The plain clients that Chapar is measured beside: librdkafka with Chapar's own client settings and nothing
 * done with the records. A mistake ends the program: it only measures. */
#ifndef BENCH_PLAIN_H
#define BENCH_PLAIN_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>
#include <stdint.h>

/* Prints the message and exits with 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Topics by number, as the contract of the topics lists them: three of events, then what follows from them.
 */
#define TOPICS 8
#define EVENT_TOPICS 3
#define REGISTER_TOPICS 3
extern const char *const topic_suffixes[TOPICS];
void topic_name(char *out, size_t size, const char *prefix, int topic);

/* Which of Chapar's clients it stands for. */
enum plain_role {
    PLAIN_READER,    /* replay: no group */
    PLAIN_RESTORER,  /* process: what restores tasks from the register */
    PLAIN_MEMBER,    /* process: a member of a group of its own */
    PLAIN_PUBLISHER, /* publish: idempotent */
    PLAIN_WRITER,    /* process: transactional */
    PLAIN_PROMPT,    /* an application that publishes each event as it happens */
};

rd_kafka_t *plain_client(enum plain_role role, const char *brokers); /* own */

/* Of the first event topic of that prefix. */
int32_t plain_partitions(rd_kafka_t *rk, const char *prefix);

/* Calls `each` for every committed record of `count` topics from `first` on, until all partitions have ended;
 * NULL: only counts. Returns how many there were. */
size_t plain_read(enum plain_role role, const char *brokers, const char *prefix, int first, int count,
                  void (*each)(void *context, int topic, const rd_kafka_message_t *m), void *context);

#endif
