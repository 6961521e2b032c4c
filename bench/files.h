/* Event files: made for the benchmark, and read generically, by the libraries alone. */
#ifndef BENCH_FILES_H
#define BENCH_FILES_H

#include <stddef.h>

/* From events as JSON Lines a container file of each kind: DIR/signings.avro and so on. Returns how many
 * events. */
size_t files_make_containers(const char *path, const char *dir);

/* Every line parsed by jansson, every record by avro-c as a generic value, and dropped. Return how many. */
size_t files_read_json(const char *path);
size_t files_read_avro(const char *path);

#endif
