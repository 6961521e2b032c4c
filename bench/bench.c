/* The plain clients and readers that bench/run measures Chapar beside, and what it needs to prepare them.
 *
 *   chapar_bench consume BROKERS PREFIX [registers]
 *       read the events of the topics (the register), only count
 *   chapar_bench produce BROKERS PREFIX RECORDS
 *       write records, idempotent
 *   chapar_bench copy BROKERS FROM TO RECORDS EVENTS
 *       read the events, write records, in transactions
 *   chapar_bench json FILE
 *       parse every line with jansson
 *   chapar_bench avro FILE...
 *       read every record with avro-c
 *   chapar_bench bytes FILE...
 *       read every byte
 *   chapar_bench latency BROKERS PREFIX EVENTS MS
 *       publish an event every so often, wait for their alerts
 *   chapar_bench cycle BROKERS PREFIX TRANSACTIONS MS
 *       bare transactions, so far apart
 *   chapar_bench save BROKERS PREFIX events|outputs RECORDS
 *       keep records in a file
 *
 * Each prints how many records (bytes) it read or wrote. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/copy.h"
#include "bench/files.h"
#include "bench/latency.h"
#include "bench/plain.h"
#include "bench/records.h"

#define SENDS_BETWEEN_POLLS 500

static size_t consume(int argc, char **argv)
{
    if (argc < 3)
        return plain_read(PLAIN_READER, argv[0], argv[1], 0, EVENT_TOPICS, NULL, NULL);
    if (strcmp(argv[2], "registers") != 0)
        die("%s: expected registers", argv[2]);
    return plain_read(PLAIN_RESTORER, argv[0], argv[1], EVENT_TOPICS, REGISTER_TOPICS, NULL, NULL);
}

static size_t produce(int argc, char **argv)
{
    (void)argc;
    struct records records = records_load(argv[2]);
    struct records_target target;
    rd_kafka_t *rk = plain_client(PLAIN_PUBLISHER, argv[0]);
    records_target_open(&target, rk, argv[1]);
    for (size_t i = 0; i < records.count; i++) {
        records_produce(&target, records.at[i], 1);
        if (i % SENDS_BETWEEN_POLLS == 0)
            (void)rd_kafka_poll(rk, 0);
    }
    while (rd_kafka_flush(rk, 1000) == RD_KAFKA_RESP_ERR__TIMED_OUT)
        ;
    records_target_close(&target);
    rd_kafka_destroy(rk);
    return records.count;
}

static size_t copy(int argc, char **argv)
{
    (void)argc;
    return copy_all(argv[0], argv[1], argv[2], argv[3], strtoul(argv[4], NULL, 10));
}

static size_t json(int argc, char **argv)
{
    (void)argc;
    return files_read_json(argv[0]);
}

static size_t avro(int argc, char **argv)
{
    size_t n = 0;
    for (int i = 0; i < argc; i++)
        n += files_read_avro(argv[i]);
    return n;
}

static size_t bytes(int argc, char **argv)
{
    size_t n = 0;
    for (int i = 0; i < argc; i++)
        n += files_read_bytes(argv[i]);
    return n;
}

static size_t save(int argc, char **argv)
{
    (void)argc;
    int events = strcmp(argv[2], "events") == 0;
    return records_save(argv[0], argv[1], events ? 0 : EVENT_TOPICS,
                        events ? EVENT_TOPICS : TOPICS - EVENT_TOPICS, argv[3]);
}

static size_t latency(int argc, char **argv)
{
    (void)argc;
    return latency_of_alerts(argv[0], argv[1], strtoul(argv[2], NULL, 10),
                             (unsigned)strtoul(argv[3], NULL, 10));
}

static size_t cycle(int argc, char **argv)
{
    (void)argc;
    return latency_of_transactions(argv[0], argv[1], strtoul(argv[2], NULL, 10),
                                   (unsigned)strtoul(argv[3], NULL, 10));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int least, most;
        size_t (*run)(int argc, char **argv);
    } commands[] = {
        {"consume", 2, 3, consume},  {"produce", 3, 3, produce}, {"copy", 5, 5, copy},
        {"json", 1, 1, json},        {"avro", 1, 1000, avro},    {"save", 4, 4, save},
        {"bytes", 1, 100000, bytes}, {"latency", 4, 4, latency}, {"cycle", 4, 4, cycle},
    };
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, argv[1]) == 0) {
            if (argc - 2 < commands[i].least || argc - 2 > commands[i].most)
                die("wrong number of arguments for %s", argv[1]);
            printf("%zu\n", commands[i].run(argc - 2, argv + 2));
            return 0;
        }
    die("unknown command");
}
