#include "edge/metrics/openmetrics.h"

#include <math.h>

#include "edge/json/json_write.h"

const double openmetrics_bounds[OPENMETRICS_BUCKETS] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                                        0.1,   0.2,   0.5,   1,    2,    10};

static void add(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

/* Backslash, quote and line feed are all that the format escapes. */
static void add_escaped(struct buffer *b, struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        if (c == '\n') {
            add(b, "\\n");
            continue;
        }
        if (c == '\\' || c == '"')
            buffer_add_byte(b, '\\');
        buffer_add_byte(b, (unsigned char)c);
    }
}

void openmetrics_family(struct buffer *b, const char *name, enum openmetrics_kind kind, const char *unit,
                        const char *help)
{
    static const char *const kinds[] = {
        [OPENMETRICS_COUNTER] = "counter",
        [OPENMETRICS_GAUGE] = "gauge",
        [OPENMETRICS_HISTOGRAM] = "histogram",
        [OPENMETRICS_INFO] = "info",
    };
    add(b, "# TYPE ");
    add(b, name);
    add(b, " ");
    add(b, kinds[kind]);
    if (*unit) {
        add(b, "\n# UNIT ");
        add(b, name);
        add(b, " ");
        add(b, unit);
    }
    add(b, "\n# HELP ");
    add(b, name);
    add(b, " ");
    add_escaped(b, text_of(help));
    add(b, "\n");
}

static void add_value(struct buffer *b, double value)
{
    if (isnan(value))
        add(b, "NaN");
    else if (isinf(value))
        add(b, value > 0 ? "+Inf" : "-Inf");
    else
        json_write_number(b, value);
}

static void add_label(struct buffer *b, const char *name, struct text value, bool first)
{
    add(b, first ? "{" : ",");
    add(b, name);
    add(b, "=\"");
    add_escaped(b, value);
    add(b, "\"");
}

void openmetrics_sample(struct buffer *b, const char *name, const struct openmetrics_label *labels,
                        size_t count, double value)
{
    add(b, name);
    for (size_t i = 0; i < count; i++)
        add_label(b, labels[i].name, labels[i].value, i == 0);
    add(b, count ? "} " : " ");
    add_value(b, value);
    add(b, "\n");
}

void openmetrics_single(struct buffer *b, const char *name, enum openmetrics_kind kind, const char *unit,
                        const char *help, double value)
{
    openmetrics_family(b, name, kind, unit, help);
    add(b, name);
    add(b, kind == OPENMETRICS_COUNTER ? "_total " : " ");
    add_value(b, value);
    add(b, "\n");
}

static const double *bounds_of(const struct openmetrics_histogram *h)
{
    return h->bounds ? h->bounds : openmetrics_bounds;
}

void openmetrics_observe(struct openmetrics_histogram *h, double value)
{
    const double *bounds = bounds_of(h);
    size_t i = 0;
    while (i < OPENMETRICS_BUCKETS && value > bounds[i])
        i++;
    h->buckets[i]++;
    h->sum += value;
}

void openmetrics_histogram_take(struct openmetrics_histogram *to, struct openmetrics_histogram *from)
{
    for (size_t i = 0; i <= OPENMETRICS_BUCKETS; i++)
        to->buckets[i] += from->buckets[i];
    to->sum += from->sum;
    *from = (struct openmetrics_histogram){.bounds = from->bounds};
}

static void add_series(struct buffer *b, const char *name, const char *suffix,
                       const struct openmetrics_label *labels, size_t count, const char *bound, double value)
{
    add(b, name);
    add(b, suffix);
    for (size_t i = 0; i < count; i++)
        add_label(b, labels[i].name, labels[i].value, i == 0);
    if (bound)
        add_label(b, "le", text_of(bound), count == 0);
    add(b, count || bound ? "} " : " ");
    add_value(b, value);
    add(b, "\n");
}

void openmetrics_histogram(struct buffer *b, const char *name, const struct openmetrics_label *labels,
                           size_t count, const struct openmetrics_histogram *h)
{
    uint64_t up_to = 0;
    const double *bounds = bounds_of(h);
    for (size_t i = 0; i <= OPENMETRICS_BUCKETS; i++) {
        char bound[JSON_NUMBER_SIZE + 2] = "+Inf";
        up_to += h->buckets[i];
        /* The format wants bounds of floats: 1.0, not 1. */
        if (i < OPENMETRICS_BUCKETS && json_number_format(bounds[i], bound) && !strchr(bound, '.'))
            strcat(bound, ".0");
        add_series(b, name, "_bucket", labels, count, bound, (double)up_to);
    }
    add_series(b, name, "_count", labels, count, NULL, (double)up_to);
    add_series(b, name, "_sum", labels, count, NULL, h->sum);
}

void openmetrics_end(struct buffer *b)
{
    add(b, "# EOF\n");
}
