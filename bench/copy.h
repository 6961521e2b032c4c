/* What process does without doing anything: reads the events as a member of a group, and commits in
 * transactions, with their offsets, as many records as process wrote, of the same bytes. */
#ifndef BENCH_COPY_H
#define BENCH_COPY_H

#include <stddef.h>

/* Events of topics `from`..., the records of the file to `to`...; `events` are there to be read. Returns how
 * many records were written. */
size_t copy_all(const char *brokers, const char *from, const char *to, const char *path, size_t events);

#endif
