/* How long it takes from an event to its alert, and what a transaction takes by itself. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stddef.h>

/* Publishes so many events, one every `every_ms`, each of which raises an alert at once, while a processor
 * runs elsewhere, and prints from when until when an alert can be read: p50, p99 and the largest, in
 * milliseconds, as a JSON object. How many alerts there were. */
size_t latency_of_alerts(const char *brokers, const char *prefix, size_t events, unsigned every_ms);

/* The same of bare transactions: begun, three records, the offsets of a group, committed. An object of three.
 * First so many of them, one every `every_ms`, or as soon as the one before is done: "begun" counts from when
 * one began, "due" from when it would have begun had none before it been late, as an event is counted that
 * comes at its time and waits. Then as many with a rest of `every_ms` after each: "rested". How many there
 * were. */
size_t latency_of_transactions(const char *brokers, const char *prefix, size_t count, unsigned every_ms);

#endif
