/* Metrics as OpenMetrics text (version 1.0.0), for any command that has some to tell.
 *
 *     openmetrics_family(&b, "chapar_serve_requests", OPENMETRICS_COUNTER, "", "Requests answered");
 *     openmetrics_sample(&b, "chapar_serve_requests_total", labels, 2, 17);
 *     openmetrics_end(&b);
 *
 * Pure; writes into a buffer. */
#ifndef EDGE_METRICS_OPENMETRICS_H
#define EDGE_METRICS_OPENMETRICS_H

#include "core/buffer.h"

#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum openmetrics_kind {
    OPENMETRICS_COUNTER,   /* samples named FAMILY_total */
    OPENMETRICS_GAUGE,     /* FAMILY */
    OPENMETRICS_HISTOGRAM, /* by openmetrics_histogram */
    OPENMETRICS_INFO,      /* FAMILY_info */
};

struct openmetrics_label {
    const char *name;  /* [a-z_]+ */
    struct text value; /* any text */
};

/* Begins a family; all its samples must follow. `unit` is "" or the last word of the name ("seconds"). */
void openmetrics_family(struct buffer *b, const char *name, enum openmetrics_kind kind, const char *unit,
                        const char *help);

/* One sample. A value that is not a number is written as NaN: unknown. */
void openmetrics_sample(struct buffer *b, const char *name, const struct openmetrics_label *labels,
                        size_t count, double value);

/* Family and its one sample without labels; of a counter "_total" is added to the sample's name. */
void openmetrics_single(struct buffer *b, const char *name, enum openmetrics_kind kind, const char *unit,
                        const char *help, double value);

#define OPENMETRICS_BUCKETS 12

/* Counts of values by upper bounds; one thread at a time. */
struct openmetrics_histogram {
    const double *bounds; /* OPENMETRICS_BUCKETS, rising; static. NULL: openmetrics_bounds */
    uint64_t buckets[OPENMETRICS_BUCKETS + 1]; /* the last: above all bounds */
    double sum;
};

/* Upper bounds in seconds, from 1 ms to 10 s. */
extern const double openmetrics_bounds[OPENMETRICS_BUCKETS];

void openmetrics_observe(struct openmetrics_histogram *h, double value);

/* Adds the values of the other, which has the same bounds, and leaves that one empty. */
void openmetrics_histogram_take(struct openmetrics_histogram *to, struct openmetrics_histogram *from);
void openmetrics_histogram(struct buffer *b, const char *name, const struct openmetrics_label *labels,
                           size_t count, const struct openmetrics_histogram *h);

/* The process as the system sees it: CPU time, memory, open files, start (names as Prometheus' clients have
 * them). Linux's /proc; what cannot be read is left out. */
void openmetrics_process(struct buffer *b);

void openmetrics_end(struct buffer *b);

#endif
