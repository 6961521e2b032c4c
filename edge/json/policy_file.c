#include "edge/json/policy_file.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/buffer.h"
#include "core/duration.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* The place of a value, such as leads[2].stages[0]; cut where a member's name is absurdly long. */
struct place {
    char at[96];
};

__attribute__((format(printf, 1, 2))) static struct place place_of(const char *format, ...)
{
    struct place place;
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(place.at, sizeof place.at, format, ap);
    va_end(ap);
    return place;
}

struct reader {
    const char *name; /* of the file */
    struct error *error;
};

__attribute__((format(printf, 3, 4))) static int wrong(const struct reader *r, const char *path,
                                                       const char *format, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, format);
    (void)vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return error_set(r->error, ERROR_USAGE, r->name, "%s%s%s", path, *path ? ": " : "", text);
}

static struct text string_of(const json_t *value)
{
    return (struct text){json_string_value(value), json_string_length(value)};
}

/* "P30D", "P2W": a duration of days, of 1 to POLICY_DAYS_MAX. */
static int read_days(const struct reader *r, const char *path, const json_t *value, int32_t *out)
{
    struct duration duration;
    struct error why;
    if (!json_is_string(value))
        return wrong(r, path, "expected a duration as a string, such as \"P30D\" or \"P2W\"");
    if (duration_parse(string_of(value), &duration, &why))
        return wrong(r, path, "%s", why.text);
    if (duration.months)
        return wrong(r, path,
                     "expected whole days or weeks, such as \"P30D\" or \"P2W\": months and years vary");
    if (duration.days < 1 || duration.days > POLICY_DAYS_MAX)
        return wrong(r, path, "expected 1 to %d days", POLICY_DAYS_MAX);
    *out = duration.days;
    return 0;
}

/* A list of durations, each once: the longest first, or with `ascending` the shortest. */
static int read_days_list(const struct reader *r, const char *path, const json_t *value, bool ascending,
                          int max, int32_t *out, int32_t *count)
{
    int n = (int)json_array_size(value);
    if (!json_is_array(value) || n == 0)
        return wrong(r, path, "expected a list of at least one duration");
    if (json_array_size(value) > (size_t)max)
        return wrong(r, path, "expected at most %d durations", max);
    for (int i = 0; i < n; i++) {
        struct place place = place_of("%s[%d]", path, i);
        int rc = read_days(r, place.at, json_array_get(value, (size_t)i), &out[i]);
        if (rc)
            return rc;
        if (i && out[i] == out[i - 1])
            return wrong(r, place.at, "stands there twice");
        if (i && (out[i] > out[i - 1]) != ascending)
            return wrong(r, place.at, "expected the %s first", ascending ? "shortest" : "longest");
    }
    *count = n;
    return 0;
}

/* Hands each member of an object to its reader; `known` are the names, for the message about one that is not.
 */
typedef int member_reader(const struct reader *r, const char *path, const json_t *value, void *out);

struct member {
    const char *name;
    member_reader *read;
    size_t offset; /* of what it fills, in the struct that the object stands for */
};

static int wrong_member(const struct reader *r, const char *path, const struct member *members, int count)
{
    char names[256] = "";
    size_t len = 0;
    for (int i = 0; i < count && len < sizeof names; i++)
        len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", i ? ", " : "", members[i].name);
    return wrong(r, path, "no such member; there are %s", names);
}

static int read_object(const struct reader *r, const char *path, const json_t *object,
                       const struct member *members, int count, void *out)
{
    if (!json_is_object(object))
        return wrong(r, path, "expected an object");
    json_t *o = (json_t *)(uintptr_t)object; /* iterators take no const, but change nothing */
    for (void *i = json_object_iter(o); i; i = json_object_iter_next(o, i)) {
        const char *name = json_object_iter_key(i);
        struct place place = place_of("%s%s%s", path, *path ? "." : "", name);
        int m = 0;
        while (m < count && strcmp(members[m].name, name) != 0)
            m++;
        if (m == count)
            return wrong_member(r, place.at, members, count);
        int rc = members[m].read(r, place.at, json_object_iter_value(i), (char *)out + members[m].offset);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_duration(const struct reader *r, const char *path, const json_t *value, void *out)
{
    return read_days(r, path, value, out);
}

static int read_severity(const struct reader *r, const char *path, const json_t *value, void *out)
{
    uint8_t severity = json_is_string(value) ? symbols_find(&severities, string_of(value)) : 0;
    if (severity == 0 || severity == SEVERITY_UNKNOWN)
        return wrong(r, path, "expected \"INFO\", \"WARNING\" or \"CRITICAL\"");
    *(uint8_t *)out = severity;
    return 0;
}

static int read_width(const struct reader *r, const char *path, const json_t *value, void *out)
{
    json_int_t days = json_integer_value(value);
    if (!json_is_integer(value) || days < 1 || days >= INT32_MAX)
        return wrong(r, path, "expected a whole number of days from 1");
    *(int32_t *)out = (int32_t)days;
    return 0;
}

static int read_stages(const struct reader *r, const char *path, const json_t *value, void *out)
{
    struct policy_band *band = out;
    return read_days_list(r, path, value, false, POLICY_LEADS, band->leads_days, &band->count);
}

static int read_band(const struct reader *r, const char *path, const json_t *value, struct policy_band *out)
{
    static const struct member members[] = {
        {"up_to_days", read_width, offsetof(struct policy_band, max_days)},
        {"stages", read_stages, 0},
    };
    *out = (struct policy_band){.max_days = INT32_MAX};
    int rc = read_object(r, path, value, members, COUNT(members), out);
    if (rc == 0 && out->count == 0)
        rc = wrong(r, path, "\"stages\" is missing");
    return rc;
}

static int read_leads(const struct reader *r, const char *path, const json_t *value, void *out)
{
    struct policy *p = out;
    int n = (int)json_array_size(value);
    if (!json_is_array(value) || n == 0)
        return wrong(r, path, "expected a list of at least one band");
    if (json_array_size(value) > POLICY_BANDS)
        return wrong(r, path, "expected at most %d bands", POLICY_BANDS);
    for (int i = 0; i < n; i++) {
        struct place place = place_of("%s[%d]", path, i);
        struct policy_band *band = &p->bands[i];
        int rc = read_band(r, place.at, json_array_get(value, (size_t)i), band);
        if (rc)
            return rc;
        bool last = i == n - 1;
        if (last != (band->max_days == INT32_MAX))
            return wrong(r, place.at,
                         last ? "\"up_to_days\" in the last band, which holds for all that is wider"
                              : "\"up_to_days\" is missing; only the last band goes without");
        if (i && band->max_days <= p->bands[i - 1].max_days)
            return wrong(r, place.at, "\"up_to_days\" must be larger than in the band before");
    }
    p->band_count = n;
    return 0;
}

static int read_escalations(const struct reader *r, const char *path, const json_t *value, void *out)
{
    struct policy *p = out;
    return read_days_list(r, path, value, true, POLICY_ESCALATIONS, p->escalations_days,
                          &p->escalation_count);
}

#define SEVERITY(name)                                                                                       \
    {                                                                                                        \
#name, read_severity, offsetof(struct policy, name)                                                  \
    }

static int read_severities(const struct reader *r, const char *path, const json_t *value, void *out)
{
    static const struct member members[] = {
        SEVERITY(upcoming),
        SEVERITY(last_lead),
        SEVERITY(opened),
        SEVERITY(overdue),
        {"overdue_critical_from", read_duration, offsetof(struct policy, overdue_critical_from_days)},
        SEVERITY(unconfirmed),
        SEVERITY(moved),
        SEVERITY(refined),
        SEVERITY(cancelled),
        SEVERITY(closed),
        SEVERITY(ended),
    };
    return read_object(r, path, value, members, COUNT(members), out);
}

static int read_policy(const struct reader *r, const json_t *root, struct policy *out)
{
    static const struct member members[] = {
        {"leads", read_leads, 0},
        {"escalations", read_escalations, 0},
        {"ended", read_duration, offsetof(struct policy, ended_days)},
        {"unconfirmed", read_duration, offsetof(struct policy, unconfirmed_days)},
        {"severities", read_severities, 0},
    };
    return read_object(r, "", root, members, COUNT(members), out);
}

int policy_from_json(const char *json, size_t n, const char *name, struct policy *out, struct error *e)
{
    json_error_t why;
    json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &why);
    if (!root) {
        char where[160];
        (void)snprintf(where, sizeof where, "%.120s:%d:%d", name, why.line, why.column);
        return error_set_at(e, ERROR_USAGE, where, why.position > 0 ? (size_t)why.position : 0,
                            "not a JSON object: %s", why.text);
    }
    struct reader r = {name, e};
    struct policy policy = policy_builtin;
    int rc = read_policy(&r, root, &policy);
    if (rc == 0)
        *out = policy;
    json_decref(root);
    return rc;
}

int policy_file_read(const char *path, struct policy *out, struct error *e)
{
    struct buffer content = BUFFER_EMPTY;
    int rc = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(e, ERROR_SYSTEM, path, "cannot be opened: %s", strerror(errno));
    size_t n;
    do {
        n = fread(buffer_room(&content, 4096), 1, 4096, file);
        content.len += n;
    } while (n > 0 && content.len <= POLICY_FILE_BYTES);

    if (ferror(file))
        rc = error_set(e, ERROR_SYSTEM, path, "cannot be read: %s", strerror(errno));
    else if (content.len > POLICY_FILE_BYTES)
        rc = error_set(e, ERROR_USAGE, path, "larger than %d bytes, which no policy is", POLICY_FILE_BYTES);
    else
        rc = policy_from_json((const char *)content.at, content.len, path, out, e);
    (void)fclose(file);
    buffer_free(&content);
    return rc;
}
