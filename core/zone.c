#include "core/zone.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/civil.h"
#include "core/memory.h"
#include "core/zone_rule.h"

#define DAY_SECONDS INT64_C(86400)
#define YEAR_FIRST (-2) /* a year more on either side than is asked for */
#define YEAR_LAST 10002
#define OFFSET_MIN (-89999) /* RFC 8536, 3.2 */
#define OFFSET_MAX 93599

/* A stretch of time with one offset. The first begins at INT64_MIN, each ends where the next begins.
 *
 * Local time goes back where an offset falls, so that "the first instant at which local time has reached a
 * midnight" is found through `reach`: the least local time that nothing up to the end of this stretch has
 * come to. It never falls from one stretch to the next, so both questions are a binary search. */
struct stretch {
    int64_t from;   /* seconds since 1970 in UTC */
    int64_t reach;  /* seconds since 1970-01-01T00:00:00 local time; INT64_MAX in the last */
    int32_t offset; /* seconds east of UTC */
};

struct zone {
    char *name;                /* own */
    struct stretch *stretches; /* own; at least one */
    size_t count;
};

/* Out of memory ends the process, as in the arena. */
static void *taken(void *memory)
{
    if (!memory)
        memory_exhausted();
    return memory;
}

/* --- the bytes of a TZif file --- */

struct bytes {
    const char *name;           /* of the zone, for messages */
    const unsigned char *start; /* of the file, likewise */
    const unsigned char *at;
    size_t len; /* from `at` on */
};

/* One of the two blocks of a TZif file, its counts held against what is there. */
struct block {
    const unsigned char *times; /* `transitions` times of `time_size` bytes */
    const unsigned char *types; /* as many indices into `local` */
    const unsigned char *local; /* `type_count` records: offset (4 bytes), is summer time (1), name (1) */
    size_t transitions, type_count;
    size_t time_size;
};

#define HEADER_BYTES 44
#define TYPE_BYTES 6

static int malformed(struct error *e, const struct bytes *b, const unsigned char *at, const char *what)
{
    size_t position = (size_t)(at - b->start);
    return error_set_at(e, ERROR_MALFORMED, b->name, position, "not a time zone file: %s at byte %zu", what,
                        position);
}

static const unsigned char *take_bytes(struct bytes *b, uint64_t count)
{
    const unsigned char *at = b->at;
    if (count > b->len)
        return NULL;
    b->at += count;
    b->len -= (size_t)count;
    return at;
}

static uint32_t big_endian_32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t time_at(const struct block *k, size_t i)
{
    const unsigned char *at = k->times + i * k->time_size;
    if (k->time_size == 4)
        return (int32_t)big_endian_32(at);
    return (int64_t)((uint64_t)big_endian_32(at) << 32 | big_endian_32(at + 4));
}

static int32_t offset_of_type(const struct block *k, size_t type)
{
    return (int32_t)big_endian_32(k->local + type * TYPE_BYTES);
}

static int read_block(struct bytes *b, size_t time_size, char *version, struct block *out, struct error *e)
{
    const unsigned char *start = b->at;
    const unsigned char *header = take_bytes(b, HEADER_BYTES);
    if (!header || memcmp(header, "TZif", 4) != 0)
        return malformed(e, b, start, "no header");
    uint64_t ut = big_endian_32(header + 20), standard = big_endian_32(header + 24);
    uint64_t leaps = big_endian_32(header + 28), times = big_endian_32(header + 32);
    uint64_t types = big_endian_32(header + 36), chars = big_endian_32(header + 40);
    if (types < 1 || types > 256 || chars < 1 || (ut != 0 && ut != types) ||
        (standard != 0 && standard != types))
        return malformed(e, b, start, "a header with impossible counts");
    if (leaps != 0)
        return malformed(e, b, start, "a header that counts leap seconds, which instants do not,");
    struct block k = {.transitions = (size_t)times, .type_count = (size_t)types, .time_size = time_size};
    k.times = take_bytes(b, times * time_size);
    k.types = k.times ? take_bytes(b, times) : NULL;
    k.local = k.types ? take_bytes(b, types * TYPE_BYTES) : NULL;
    if (!k.local || !take_bytes(b, chars) || !take_bytes(b, standard + ut))
        return malformed(e, b, b->at, "the end comes too early,");
    *version = (char)header[4];
    *out = k;
    return 0;
}

static int check_block(const struct bytes *b, const struct block *k, struct error *e)
{
    for (size_t i = 0; i < k->type_count; i++)
        if (offset_of_type(k, i) < OFFSET_MIN || offset_of_type(k, i) > OFFSET_MAX)
            return malformed(e, b, k->local + i * TYPE_BYTES, "an offset of more than a day");
    for (size_t i = 0; i < k->transitions; i++) {
        if (k->types[i] >= k->type_count)
            return malformed(e, b, k->types + i, "a transition to an unknown type");
        if (i > 0 && time_at(k, i) <= time_at(k, i - 1))
            return malformed(e, b, k->times + i * k->time_size, "a transition out of order");
    }
    return 0;
}

/* LF, a TZ string that may be empty, LF. */
static int read_footer(struct bytes *b, bool *present, struct zone_rule *out, struct error *e)
{
    const unsigned char *lf = take_bytes(b, 1);
    const unsigned char *end = lf && *lf == '\n' ? memchr(b->at, '\n', b->len) : NULL;
    if (!end)
        return malformed(e, b, b->at, "no footer");
    struct text rule = {(const char *)b->at, (size_t)(end - b->at)};
    *present = rule.len > 0;
    struct error inner;
    if (!*present || zone_rule_parse(rule, out, &inner) == 0)
        return 0;
    return error_set_at(e, ERROR_MALFORMED, b->name, (size_t)(b->at - b->start) + inner.position,
                        "not a time zone file: its last line: %s", inner.text);
}

/* --- from transitions to stretches --- */

static int64_t year_begins(int32_t year)
{
    return day_of_civil(year, 1, 1).n * DAY_SECONDS;
}

/* From `from` on the offset is another. Room must be there. */
static void change_offset(struct zone *z, int64_t from, int32_t offset)
{
    struct stretch *last = &z->stretches[z->count - 1];
    if (from <= year_begins(YEAR_FIRST) || from <= last->from)
        last->offset = offset;
    else if (from < year_begins(YEAR_LAST) && offset != last->offset)
        z->stretches[z->count++] = (struct stretch){.from = from, .offset = offset};
}

static void follow_rule(struct zone *z, const struct zone_rule *r, int64_t after)
{
    if (!r->changes) {
        change_offset(z, after, r->standard);
        return;
    }
    int64_t first = year_begins(YEAR_FIRST), last = year_begins(YEAR_LAST);
    struct civil c = civil_of_days((after < first ? first : after > last ? last : after) / DAY_SECONDS);
    for (int32_t year = c.year - 1; year < YEAR_LAST; year++) {
        int64_t begins = zone_rule_summer_begins(r, year), ends = zone_rule_summer_ends(r, year);
        bool summer_first = begins < ends;
        for (int i = 0; i < 2; i++) {
            bool to_summer = (i == 0) == summer_first;
            int64_t at = to_summer ? begins : ends;
            if (at > after)
                change_offset(z, at, to_summer ? r->summer : r->standard);
        }
    }
}

static void find_reaches(struct zone *z)
{
    int64_t reach = INT64_MIN;
    for (size_t i = 0; i + 1 < z->count; i++) {
        int64_t end = z->stretches[i + 1].from + z->stretches[i].offset;
        reach = end > reach ? end : reach;
        z->stretches[i].reach = reach;
    }
    z->stretches[z->count - 1].reach = INT64_MAX;
}

static struct zone *zone_with_room(const char *name, size_t stretches)
{
    struct zone *z = taken(malloc(sizeof *z));
    z->name = taken(strdup(name));
    z->stretches = taken(calloc(stretches, sizeof *z->stretches));
    z->stretches[0] = (struct stretch){.from = INT64_MIN, .reach = INT64_MAX};
    z->count = 1;
    return z;
}

static struct zone *zone_of_block(const char *name, const struct block *k, const struct zone_rule *rule)
{
    size_t by_rule = rule ? 2 * (YEAR_LAST - YEAR_FIRST + 2) : 0;
    struct zone *z = zone_with_room(name, 1 + k->transitions + by_rule);
    int64_t after = INT64_MIN;
    z->stretches[0].offset = offset_of_type(k, 0);
    for (size_t i = 0; i < k->transitions; i++) {
        after = time_at(k, i);
        change_offset(z, after, offset_of_type(k, k->types[i]));
    }
    if (rule)
        follow_rule(z, rule, after);
    z->stretches = taken(realloc(z->stretches, z->count * sizeof *z->stretches));
    find_reaches(z);
    return z;
}

int zone_new(const char *name, const void *tzif, size_t bytes, struct zone **out, struct error *e)
{
    struct bytes b = {name, tzif, tzif, bytes};
    struct block k;
    struct zone_rule rule;
    bool has_rule = false;
    char version = 0;
    int rc = read_block(&b, 4, &version, &k, e);
    /* The first block is for readers of version 1: its 32 bits end in 2038. */
    bool has_second = rc == 0 && version >= '2';
    if (has_second)
        rc = read_block(&b, 8, &version, &k, e);
    if (rc == 0)
        rc = check_block(&b, &k, e);
    if (rc == 0 && has_second)
        rc = read_footer(&b, &has_rule, &rule, e);
    if (rc == 0)
        *out = zone_of_block(name, &k, has_rule ? &rule : NULL);
    return rc;
}

struct zone *zone_new_utc(void)
{
    return zone_with_room("UTC", 1);
}

void zone_free(struct zone *z)
{
    if (!z)
        return;
    free(z->stretches);
    free(z->name);
    free(z);
}

const char *zone_name(const struct zone *z)
{
    return z->name;
}

/* --- days --- */

struct instant zone_day_start(const struct zone *z, struct day d)
{
    int64_t midnight = d.n * DAY_SECONDS;
    size_t low = 0, high = z->count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->stretches[middle].reach > midnight)
            high = middle;
        else
            low = middle + 1;
    }
    const struct stretch *s = &z->stretches[low];
    int64_t at = midnight - s->offset;
    return (struct instant){(at > s->from ? at : s->from) * 1000};
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t seconds_within(struct instant t)
{
    int64_t first = year_begins(YEAR_FIRST), last = year_begins(YEAR_LAST), at = floor_div(t.ms, 1000);
    return at < first ? first : at > last ? last : at;
}

static size_t stretch_at(const struct zone *z, int64_t at)
{
    size_t low = 0, high = z->count - 1;
    while (low < high) {
        size_t middle = high - (high - low) / 2;
        if (z->stretches[middle].from <= at)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

struct day zone_day_of(const struct zone *z, struct instant t)
{
    int64_t at = seconds_within(t);
    size_t i = stretch_at(z, at);
    int64_t local = at + z->stretches[i].offset;
    /* Where local time has gone back over a midnight, the day that had begun goes on. */
    if (i > 0 && z->stretches[i - 1].reach - 1 > local)
        local = z->stretches[i - 1].reach - 1;
    return (struct day){(int32_t)floor_div(local, DAY_SECONDS)};
}

int32_t zone_offset(const struct zone *z, struct instant t)
{
    return z->stretches[stretch_at(z, seconds_within(t))].offset;
}
