/* A policy of alerts as a JSON file: see docs/policy.md for its members. What a file leaves out stays built
 * in; anything unknown, mistyped, out of range or out of order is an error, never a silent default. */
#ifndef EDGE_JSON_POLICY_FILE_H
#define EDGE_JSON_POLICY_FILE_H

#include "core/error.h"
#include "core/policy.h"

/* Larger files are no policies. */
#define POLICY_FILE_BYTES (1024 * 1024)

/* Reads the file at `path`; blocks while the file system does. ERROR_USAGE with `where` the file's name (with
 * line and column where it is no JSON) and the text naming the member, such as `leads[2].stages[0]`;
 * ERROR_SYSTEM where it cannot be read. `out` is touched only on success. */
int policy_file_read(const char *path, struct policy *out, struct error *e);

/* The same for a file's content; `name` is for messages. */
int policy_from_json(const char *json, size_t n, const char *name, struct policy *out, struct error *e);

#endif
