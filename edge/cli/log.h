/* The log: one line on standard error for each thing worth knowing, with key=value pairs.
 *
 *     log_info("topic made", log_text("topic", name), log_number("partitions", 4));
 *
 * gives `2026-11-22T10:00:00.000Z info  topic made topic=chapar.alerts partitions=4`, or as JSON (RFC 8259)
 * `{"time":"2026-11-22T10:00:00.000Z","level":"info","message":"topic
 * made","topic":"chapar.alerts","partitions":4}`.
 *
 * Any thread: a line is one write(2). Blocks only as long as standard error does (see log_never_wait()).
 * Control characters are escaped, so that a line stays a line; invalid UTF-8 becomes U+FFFD; long values are
 * cut and end with "...", pairs beyond LOG_LINE_SIZE are left out. Never pass a secret. */
#ifndef EDGE_CLI_LOG_H
#define EDGE_CLI_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"
#include "core/time.h"

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
};

enum log_format {
    LOG_FORMAT_TEXT,
    LOG_FORMAT_JSON,
};

#define LOG_LINE_SIZE 8192
#define LOG_VALUE_SIZE 1024 /* bytes of one value before escaping */

enum log_kind {
    LOG_NOTHING, /* left out */
    LOG_TEXT,
    LOG_NUMBER,
    LOG_REAL,
    LOG_INSTANT,
};

struct log_pair {
    const char *key; /* [a-z_]+ */
    enum log_kind kind;
    struct text text;
    int64_t number;
    double real;
};

/* What is logged and how; info and text until it is called. Call before other threads start. */
void log_setup(enum log_level level, enum log_format format);

/* True when a line of that level would be written: for pairs that are costly to make. */
bool log_wants(enum log_level level);

/* From now on a line that standard error does not take within a tenth of a second is left out: for the last
 * seconds of a process that has been asked to end. */
void log_never_wait(void);

/* pairs[0] is skipped: the macros below put an empty one there. */
void log_write(enum log_level level, const char *message, const struct log_pair *pairs, size_t count);

#define LOG_AT(level, message, ...)                                                                          \
    log_write((level), (message), (const struct log_pair[]){{0}, __VA_ARGS__},                               \
              sizeof((const struct log_pair[]){{0}, __VA_ARGS__}) / sizeof(struct log_pair))

#define log_error(message, ...) LOG_AT(LOG_LEVEL_ERROR, message, __VA_ARGS__)
#define log_warn(message, ...) LOG_AT(LOG_LEVEL_WARN, message, __VA_ARGS__)
#define log_info(message, ...) LOG_AT(LOG_LEVEL_INFO, message, __VA_ARGS__)
#define log_debug(message, ...) LOG_AT(LOG_LEVEL_DEBUG, message, __VA_ARGS__)

/* The pairs. Null texts and INSTANT_NONE leave the pair out. */
struct log_pair log_text(const char *key, const char *value);
struct log_pair log_view(const char *key, struct text value);
struct log_pair log_number(const char *key, int64_t value);
struct log_pair log_real(const char *key, double value);
struct log_pair log_instant(const char *key, struct instant value);

/* `message` with what went wrong and where, from the error. */
void log_problem(enum log_level level, const char *message, const struct error *e);

/* Makes one line, with its newline, as it would be written at `now`; returns its length (never more than
 * `size`, which must be at least 512). What log_write uses; here for tests. */
size_t log_line(char *out, size_t size, enum log_format format, struct instant now, enum log_level level,
                const char *message, const struct log_pair *pairs, size_t count);

/* Told by progress: a status line stands on the terminal and must be wiped before a log line. */
void log_over_status(bool shown);

#endif
