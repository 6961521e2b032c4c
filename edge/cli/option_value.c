/* Reading the values of options, by kind. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/instant.h"
#include "edge/cli/nearest.h"
#include "edge/cli/options.h"
#include "edge/cli/secret.h"

static void *field_of(const struct option *o, struct settings *s)
{
    return (char *)s + o->offset;
}

static int read_text(const struct option *o, const char *value, const char *where, struct arena *a,
                     const char **out, struct error *e)
{
    if (*value == '\0' && !o->initial) {
        *out = NULL;
        return 0;
    }
    const char *wrong = o->wrong ? o->wrong(value) : NULL;
    if (wrong)
        return error_set(e, ERROR_USAGE, where, "%s", wrong);
    *out = arena_copy(a, text_of(value)).at;
    return 0;
}

static int read_flag(const char *value, const char *where, bool *out, struct error *e)
{
    bool yes = strcmp(value, "true") == 0;
    if (!yes && strcmp(value, "false") != 0)
        return error_set(e, ERROR_USAGE, where, "expected true or false, not '%s'", value);
    *out = yes;
    return 0;
}

static int read_integer(const struct option *o, const char *value, const char *where, int64_t *out,
                        struct error *e)
{
    size_t digits = strspn(value, "0123456789");
    int64_t n = -1;
    if (digits > 0 && digits <= 18 && value[digits] == '\0')
        n = strtoll(value, NULL, 10);
    if (n < o->least || n > o->most)
        return error_set(e, ERROR_USAGE, where, "expected a whole number from %lld to %lld, not '%s'",
                         (long long)o->least, (long long)o->most, value);
    *out = n;
    return 0;
}

static int word_find(const char *const *words, const char *at, size_t len)
{
    for (int i = 0; words[i]; i++)
        if (strlen(words[i]) == len && memcmp(words[i], at, len) == 0)
            return i;
    return -1;
}

/* "expected a, b or c, not 'x'" with the nearest. */
static int unknown_word(const struct option *o, const char *at, size_t len, const char *where,
                        struct error *e)
{
    char list[160] = "";
    struct nearest n = {0};
    for (int i = 0; o->words[i]; i++) {
        const char *joint = i == 0 ? "" : o->words[i + 1] ? ", " : " or ";
        assert(strlen(list) + strlen(joint) + strlen(o->words[i]) < sizeof list);
        strcat(strcat(list, joint), o->words[i]);
        nearest_offer(&n, at, len, o->words[i]);
    }
    if (n.name)
        return error_set(e, ERROR_USAGE, where, "expected %s, not '%.*s' (did you mean %s?)", list, (int)len,
                         at, n.name);
    return error_set(e, ERROR_USAGE, where, "expected %s, not '%.*s'", list, (int)len, at);
}

static int read_choice(const struct option *o, const char *value, const char *where, int *out,
                       struct error *e)
{
    int word = word_find(o->words, value, strlen(value));
    if (word < 0)
        return unknown_word(o, value, strlen(value), where, e);
    *out = word;
    return 0;
}

static int read_choices(const struct option *o, const char *value, const char *where, unsigned *out,
                        struct error *e)
{
    unsigned bits = 0;
    const char *at = value;
    do {
        size_t len = strcspn(at, ",");
        int word = word_find(o->words, at, len);
        if (word < 0)
            return unknown_word(o, at, len, where, e);
        bits |= 1u << word;
        at += len;
    } while (*at++ == ',');
    *out = bits;
    return 0;
}

static int read_instant(const char *value, const char *where, struct instant *out, struct error *e)
{
    struct error inner = {0};
    struct instant t;
    if (instant_parse(text_of(value), &t, &inner) != 0)
        return error_set_at(e, ERROR_USAGE, where, inner.position,
                            "expected an instant as 2026-05-22T10:00:00Z: %s", inner.text);
    *out = t;
    return 0;
}

static int read_clock(const struct option *o, const char *value, const char *where, struct clock_choice *out,
                      struct error *e)
{
    struct clock_choice c = {CLOCK_INSTANT, INSTANT_NONE};
    if (value[0] >= '0' && value[0] <= '9') {
        int rc = read_instant(value, where, &c.at, e);
        if (rc != 0)
            return rc;
    } else {
        int word = word_find(o->words, value, strlen(value));
        if (word < 0)
            return error_set(e, ERROR_USAGE, where,
                             "expected %s%s or an instant as 2026-05-22T10:00:00Z, not '%s'", o->words[0],
                             o->words[1] ? ", stream" : "", value);
        c.kind = strcmp(o->words[word], "wall") == 0 ? CLOCK_WALL : CLOCK_STREAM;
    }
    *out = c;
    return 0;
}

static int read_speed(const char *value, const char *where, double *out, struct error *e)
{
    size_t whole = strspn(value, "0123456789");
    size_t len = whole;
    if (whole > 0 && value[len] == '.') {
        size_t decimals = strspn(value + len + 1, "0123456789");
        len += decimals ? decimals + 1 : 0;
    }
    double speed = 0;
    if (whole > 0 && len <= 32 && strcmp(value + len, "x") == 0)
        speed = strtod(value, NULL);
    if (!(speed > 0 && speed <= 1e12))
        return error_set(e, ERROR_USAGE, where, "expected a factor above 0 as 86400x, not '%s'", value);
    *out = speed;
    return 0;
}

/* More than librdkafka has. Each is looked for among the others, and few lines can name many. */
#define PROPERTIES_MOST 1000

/* A property once more replaces its earlier value in place. */
static void property_set(struct properties *list, struct property p, struct arena *a)
{
    struct property *grown = arena_array(a, list->count + 1, sizeof *grown);
    size_t count = list->count;
    size_t i = 0;
    if (count)
        memcpy(grown, list->at, count * sizeof *grown);
    while (i < count && strcmp(grown[i].name, p.name) != 0)
        i++;
    grown[i] = p;
    *list = (struct properties){grown, i == count ? count + 1 : count};
}

void settings_warn(struct settings *s, struct arena *a, const char *where, const char *property,
                   const char *text)
{
    struct settings_warning **last = &s->warnings;
    while (*last)
        last = &(*last)->next;
    *last = arena_take(a, sizeof **last);
    **last = (struct settings_warning){where, property, text, NULL};
}

/* No message here repeats the text: where the '=' was forgotten, all of it may be a secret. */
static int read_property(const struct option *o, const char *value, const char *where, struct arena *a,
                         struct settings *s, struct error *e)
{
    size_t len = strcspn(value, "=");
    if (len == 0 || value[len] == '\0')
        return error_set(e, ERROR_USAGE, where, "expected %s", o->argument);
    if (strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != len)
        return error_set(e, ERROR_USAGE, where,
                         "expected %s with a property's name of letters, digits and dots", o->argument);
    const struct properties *list = field_of(o, s);
    if (list->count >= PROPERTIES_MOST)
        return error_set(e, ERROR_USAGE, where, "more than %d properties", PROPERTIES_MOST);
    struct property p = {
        .name = arena_copy(a, (struct text){value, len}).at,
        .value = arena_copy(a, text_of(value + len + 1)).at,
        .where = arena_copy(a, text_of(where)).at,
    };
    bool open_to_all = false;
    int rc = o->kind == OPTION_SECRETS
                 ? secret_read(value + len + 1, where, p.name, a, &p.value, &open_to_all, e)
                 : 0;
    if (rc != 0)
        return rc;
    if (open_to_all)
        settings_warn(s, a, p.where, p.name, "everybody on this machine may read the file that holds it");
    property_set(field_of(o, s), p, a);
    return 0;
}

#define LIST_MOST 100

/* The same text once more changes nothing. */
static int read_list(const struct option *o, const char *value, const char *where, struct arena *a,
                     struct text_list *list, struct error *e)
{
    const char *wrong = *value ? o->wrong(value) : "must not be empty";
    if (wrong)
        return error_set(e, ERROR_USAGE, where, "%s", wrong);
    if (list->count >= LIST_MOST)
        return error_set(e, ERROR_USAGE, where, "given more than %d times", LIST_MOST);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i], value) == 0)
            return 0;
    const char **grown = arena_array(a, list->count + 1, sizeof *grown);
    for (size_t i = 0; i < list->count; i++)
        grown[i] = list->at[i];
    grown[list->count] = arena_copy(a, text_of(value)).at;
    *list = (struct text_list){grown, list->count + 1};
    return 0;
}

int option_read(const struct option *o, const char *value, const char *where, struct arena *a,
                struct settings *s, struct error *e)
{
    void *field = field_of(o, s);
    switch (o->kind) {
    case OPTION_TEXT: return read_text(o, value, where, a, field, e);
    case OPTION_FLAG: return read_flag(value, where, field, e);
    case OPTION_INTEGER: return read_integer(o, value, where, field, e);
    case OPTION_CHOICE: return read_choice(o, value, where, field, e);
    case OPTION_CHOICES: return read_choices(o, value, where, field, e);
    case OPTION_INSTANT: return read_instant(value, where, field, e);
    case OPTION_CLOCK: return read_clock(o, value, where, field, e);
    case OPTION_SPEED: return read_speed(value, where, field, e);
    case OPTION_PROPERTIES:
    case OPTION_SECRETS: return read_property(o, value, where, a, s, e);
    case OPTION_LIST: return read_list(o, value, where, a, field, e);
    }
    assert(0 && "an option of no kind");
    return ERROR_USAGE;
}

bool option_adds_up(const struct option *o)
{
    return o->kind == OPTION_PROPERTIES || o->kind == OPTION_SECRETS || o->kind == OPTION_LIST;
}

void option_clear(const struct option *o, struct settings *s)
{
    void *field = field_of(o, s);
    switch (o->kind) {
    case OPTION_TEXT: *(const char **)field = NULL; return;
    case OPTION_FLAG: *(bool *)field = false; return;
    case OPTION_INTEGER: *(int64_t *)field = 0; return;
    case OPTION_CHOICE: *(int *)field = 0; return;
    case OPTION_CHOICES: *(unsigned *)field = 0; return;
    case OPTION_INSTANT: *(struct instant *)field = INSTANT_NONE; return;
    case OPTION_CLOCK:
        *(struct clock_choice *)field = (struct clock_choice){CLOCK_STREAM, INSTANT_NONE};
        return;
    case OPTION_SPEED: *(double *)field = 0; return;
    case OPTION_PROPERTIES:
    case OPTION_SECRETS: *(struct properties *)field = (struct properties){NULL, 0}; return;
    case OPTION_LIST: *(struct text_list *)field = (struct text_list){NULL, 0}; return;
    }
    assert(0 && "an option of no kind");
}
