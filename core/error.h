/* Errors are values: functions that can fail return 0 or a negative `enum error_code` and fill a
 * `struct error` of the caller's, which says what happened and where. Outputs are touched only on success.
 * A NULL `struct error *` is allowed everywhere and means that only the code is wanted. */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <stddef.h>

enum error_code {
    ERROR_INVALID = -1,   /* a value that is malformed or out of range: `where` names the field */
    ERROR_MALFORMED = -2, /* bytes that do not decode */
    ERROR_UNKNOWN_SCHEMA = -3,
    ERROR_TOO_LARGE = -4,
    ERROR_USAGE = -5,     /* wrong option or configuration */
    ERROR_SYSTEM = -6,    /* the operating system refused: file, memory, network */
    ERROR_KAFKA = -7,     /* the broker or librdkafka refused */
    ERROR_STOPPED = -8,   /* a stop was asked for while waiting */
    ERROR_STATE = -9,     /* what is there does not fit: topics that are missing, records that are not ours */
    ERROR_REGISTRY = -10, /* the schema registry does not answer, so that nothing is known of a schema */
};

struct error {
    int code;        /* enum error_code, 0: no error */
    size_t position; /* byte offset from 0 within the text that is wrong, where there is one */
    char where[160]; /* the field, file:line or option concerned; may be empty */
    char text[400];  /* what is wrong and what was expected, without a full stop */
};

/* Fills `e` (may be NULL) and returns `code`. Text that does not fit is cut; control characters and bytes
 * that are not UTF-8 become '?' (text_tame), so that whatever is quoted from outside stays on its line. */
__attribute__((format(printf, 4, 5))) int error_set(struct error *e, int code, const char *where,
                                                    const char *format, ...);

/* The same, with the position in the text that is wrong. */
__attribute__((format(printf, 5, 6))) int error_set_at(struct error *e, int code, const char *where,
                                                       size_t position, const char *format, ...);

/* The analyser sees one file at a time: this tells it that an error's code comes back. */
#ifdef __clang_analyzer__
#define error_set(e, code, ...) ((void)error_set((e), (code), __VA_ARGS__), (code))
#define error_set_at(e, code, ...) ((void)error_set_at((e), (code), __VA_ARGS__), (code))
#endif

#endif
