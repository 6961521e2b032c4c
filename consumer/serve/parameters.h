/* What may be asked: every parameter of every resource, declared once. The parser, the description of the API
 * (openapi.h) and its tests come from this table. */
#ifndef CONSUMER_SERVE_PARAMETERS_H
#define CONSUMER_SERVE_PARAMETERS_H

#include "consumer/serve/question.h"
#include "core/error.h"
#include "edge/http/target.h"

/* Resources that take parameters, as bits. */
enum {
    ON_INSTRUMENTS = 1,
    ON_SUMMITS = 2,
    ON_COMMITMENTS = 4,
    ON_SUBJECTS = 8, /* all kinds: /subjects, /due, /overdue */
    ON_ALERTS = 16,
    ON_CALENDAR = 32,
    ON_STREAM = 64,
    ON_EVENTS = 128, /* of one subject */
    ON_YEARS = 256,
    ON_PARTIES = 512,
    ON_PARTICIPATION = 1024,
    ON_CHANGES = 2048,
    ON_LETTERS = 4096,
};
#define ON_KINDS (ON_INSTRUMENTS | ON_SUMMITS | ON_COMMITMENTS | ON_PARTICIPATION)
#define ON_SUBJECT_ROWS (ON_KINDS | ON_SUBJECTS | ON_CALENDAR | ON_STREAM | ON_YEARS)
#define ON_LISTS (ON_KINDS | ON_SUBJECTS | ON_ALERTS)

enum parameter_kind {
    PARAMETER_TEXT,   /* struct text: free text to search */
    PARAMETER_ID,     /* struct text */
    PARAMETER_PARTY,  /* struct text */
    PARAMETER_DAY,    /* struct day */
    PARAMETER_FLAG,   /* int8_t: 0, 1; -1: not given */
    PARAMETER_CHOICE, /* uint16_t: bit n for the symbol stored as n; several separated by commas */
    PARAMETER_SORT,   /* struct order */
    PARAMETER_LIMIT,  /* uint32_t */
    PARAMETER_FIRST,  /* uint32_t: a place in a list, from 0 */
    PARAMETER_CURSOR, /* struct text */
    PARAMETER_SINCE,  /* struct text: an id of the stream */
    PARAMETER_MOMENT, /* struct moment */
};

struct parameter {
    const char *name;
    enum parameter_kind kind;
    unsigned on;                   /* bits */
    size_t offset;                 /* in struct question */
    const struct symbols *symbols; /* PARAMETER_CHOICE */
    const char *help;              /* without full stop */
};

extern const struct parameter parameters[];
extern const size_t parameter_count;

#define LIMIT_MOST 500
#define TEXT_MOST 100 /* characters to search for */
#define LIMIT_INITIAL 50
#define PARTICIPATION_INITIAL 12 /* parties side by side */

/* The names that `sort` takes, NULL-terminated; alerts have one of their own. */
extern const char *const sort_names[], *const alert_sort_names[];

/* Reads the parameters of the target for a resource (one bit of `on`); what is not given stays as it is in
 * *q. Every parameter must be one that the resource takes. ERROR_INVALID names it and says what was
 * expected. Texts are the target's. */
int parameters_read(const struct http_target *target, unsigned on, struct question *q, struct error *e);

/* Whether the resource takes the parameter. */
bool parameter_is_on(const struct parameter *p, unsigned on);

#endif
