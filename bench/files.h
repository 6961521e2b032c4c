/* Files, read generically by the libraries alone. */
#ifndef BENCH_FILES_H
#define BENCH_FILES_H

#include <stddef.h>

/* Every line parsed by jansson, every record by avro-c as a generic value, and dropped. Return how many. */
size_t files_read_json(const char *path);
size_t files_read_avro(const char *path);

/* Returns how many there are; nothing is done with them. */
size_t files_read_bytes(const char *path);

#endif
