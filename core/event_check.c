#include "core/event.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/due.h"
#include "core/edtf.h"
#include "core/instant.h"
#include "core/text_check.h"

#define ID_MAX 128

/* What a character may be of an id. */
enum { ID_REST = 1, ID_START = 3 };
#define LETTERS(c) [c] = ID_START, [(c) + 1] = ID_START
#define FOUR(c) LETTERS(c), LETTERS((c) + 2)
static const uint8_t id_characters[256] = {
    FOUR('a'), FOUR('e'), FOUR('i'),    FOUR('m'),       FOUR('q'),       FOUR('u'),       LETTERS('y'),
    FOUR('0'), FOUR('4'), LETTERS('8'), ['.'] = ID_REST, ['_'] = ID_REST, ['-'] = ID_REST,
};

/* Whether all bytes are letters, digits, '.', '_' or '-': sixteen at a time, from both ends, which may
 * overlap.
 */
static bool all_of_id(const unsigned char *at, size_t n)
{
    typedef unsigned char bytes16 __attribute__((vector_size(16)));
    typedef signed char flags16 __attribute__((vector_size(16)));
    typedef uint64_t halves __attribute__((vector_size(16)));
    halves found = {UINT64_MAX, UINT64_MAX}, part = {0};
    for (size_t i = 0; i < n; i += sizeof part) {
        if (n < sizeof part) {
            memcpy(&part, at, 8);
            memcpy((char *)&part + 8, at + n - 8, 8);
        } else {
            memcpy(&part, at + (n - i < sizeof part ? n - sizeof part : i), sizeof part);
        }
        bytes16 c = (bytes16)part;
        flags16 fine = (c - 'a' < 26) | (c - '0' < 10) | (c == '.') | (c == '_') | (c == '-');
        found &= (halves)fine;
    }
    return (found[0] & found[1]) == UINT64_MAX;
}

bool id_is_valid(struct text id)
{
    if (id.len < 1 || id.len > ID_MAX)
        return false;
    const unsigned char *at = (const unsigned char *)id.at;
    if (id.len >= 8)
        return id_characters[at[0]] == ID_START && all_of_id(at, id.len);
    uint8_t all = ID_REST;
    for (size_t i = 1; i < id.len; i++)
        all &= id_characters[at[i]];
    return all && id_characters[at[0]] == ID_START;
}

bool party_is_valid(struct text party)
{
    static const char body[] = "org:";
    const size_t prefix = sizeof body - 1;
    if (party.len > prefix && memcmp(party.at, body, prefix) == 0)
        return id_is_valid((struct text){party.at + prefix, party.len - prefix});
    if (party.len != 3)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (party.at[i] < 'A' || party.at[i] > 'Z')
            return false;
    return true;
}

/* --- what holds of every field, by its kind --- */

static int check_text(struct text t, bool nullable, const char *where, struct error *e)
{
    if (!nullable && t.len == 0)
        return error_set(e, ERROR_INVALID, where, "required, but missing");
    if (!text_is_utf8(t))
        return error_set(e, ERROR_INVALID, where, "not UTF-8");
    return 0;
}

static int check_texts(const struct texts *list, const char *where, struct error *e)
{
    for (size_t i = 0; i < list->count; i++)
        if (!text_is_utf8(list->at[i]))
            return error_set(e, ERROR_INVALID, where, "entry %zu: not UTF-8", i + 1);
    return 0;
}

static int check_enum(uint8_t stored, const struct field *f, const char *where, struct error *e)
{
    if (stored == 0 && !f->nullable)
        return error_set(e, ERROR_INVALID, where, "required, but missing");
    if (stored > f->symbols->count)
        return error_set(e, ERROR_INVALID, where, "no symbol of %s", f->symbols->name);
    return 0;
}

static int check_instant(struct instant t, bool nullable, const char *where, struct error *e)
{
    if (instant_is_none(t))
        return nullable ? 0 : error_set(e, ERROR_INVALID, where, "required, but missing");
    if (t.ms <= 0 || t.ms > INSTANT_LAST.ms)
        return error_set(e, ERROR_INVALID, where,
                         "expected an instant after 1970-01-01T00:00:00Z and up to 9999");
    return 0;
}

static int check_fields(const struct fields *table, const void *record, const char *outer, struct error *e);

static int check_field(const struct field *f, const void *at, const char *where, struct error *e)
{
    switch (f->kind) {
    case FIELD_TEXT: return check_text(*(const struct text *)at, f->nullable, where, e);
    case FIELD_TEXTS: return check_texts(at, where, e);
    case FIELD_ENUM: return check_enum(*(const uint8_t *)at, f, where, e);
    case FIELD_INSTANT: return check_instant(*(const struct instant *)at, f->nullable, where, e);
    case FIELD_DOUBLE:
        if (((const struct number *)at)->set && !isfinite(((const struct number *)at)->value))
            return error_set(e, ERROR_INVALID, where, "not a finite number");
        return 0;
    case FIELD_RECORD: return check_fields(f->of, *(const void *const *)at, f->name, e);
    default:
        return 0; /* no event has days, bytes, bools or lists of records; the rest has rules of its own */
    }
}

static int check_fields(const struct fields *table, const void *record, const char *outer, struct error *e)
{
    for (size_t i = 0; record && i < table->count; i++) {
        const struct field *f = &table->at[i];
        int rc = check_field(f, (const char *)record + f->offset, f->name, e);
        if (rc) {
            if (e && outer)
                (void)snprintf(e->where, sizeof e->where, "%s.%s", outer, f->name);
            return rc;
        }
    }
    return 0;
}

/* --- what holds of single fields --- */

enum rule {
    RULE_ID,    /* an id, where the text is not null or empty */
    RULE_PARTY, /* a party, likewise */
    RULE_PARTIES,
    RULE_DATE, /* EDTF */
    RULE_WHEN, /* EDTF or a repetition */
    RULE_DUE,  /* any wording */
};

struct check {
    const char *field;
    size_t offset;
    enum rule rule;
};

#define AT(type, member) #member, offsetof(struct type, member)

static const struct check common_checks[] = {
    {AT(event_common, dossier), RULE_ID},
    {AT(event_common, initiated_by), RULE_PARTIES},
    {AT(event_common, pursuant_to), RULE_ID},
};
static const struct check signing_checks[] = {
    {AT(signing, instrument), RULE_ID}, {AT(signing, parties), RULE_PARTIES},
    {AT(signing, date), RULE_DATE},     {AT(signing, period), RULE_DATE},
    {AT(signing, summit), RULE_ID},     {AT(signing, superseded_by), RULE_ID},
};
static const struct check summit_checks[] = {
    {AT(summit, summit), RULE_ID},
    {AT(summit, date), RULE_WHEN},
    {AT(summit, hosts), RULE_PARTIES},
    {AT(summit, participants), RULE_PARTIES},
};
static const struct check milestone_checks[] = {
    {AT(milestone, commitment), RULE_ID},    {AT(milestone, parties), RULE_PARTIES},
    {AT(milestone, instrument), RULE_ID},    {AT(milestone, summit), RULE_ID},
    {AT(milestone, part_of), RULE_ID},       {AT(milestone, due), RULE_DUE},
    {AT(milestone, anchor), RULE_ID},        {AT(milestone, date), RULE_DATE},
    {AT(milestone, claimed_by), RULE_PARTY}, {AT(milestone, superseded_by), RULE_ID},
};
static const struct check target_checks[] = {
    {AT(target, from), RULE_DATE},
    {AT(target, to), RULE_DATE},
};

static int check_party(struct text party, struct error *e)
{
    if (party_is_valid(party))
        return 0;
    return error_set(e, ERROR_INVALID, "", "expected a party such as KAZ or org:unga, found \"%s\"",
                     text_quote(party).at);
}

static int check_parties(const struct texts *list, struct error *e)
{
    for (size_t i = 0; i < list->count; i++) {
        int rc = check_party(list->at[i], e);
        if (rc)
            return rc;
    }
    return 0;
}

/* Most fields of most events. */
static inline bool is_absent(enum rule rule, const void *at)
{
    return rule == RULE_PARTIES ? ((const struct texts *)at)->count == 0
                                : ((const struct text *)at)->len == 0;
}

static int check_rule(enum rule rule, const void *at, struct error *e)
{
    struct due due;
    if (rule == RULE_PARTIES)
        return check_parties(at, e);
    struct text t = *(const struct text *)at;
    switch (rule) {
    case RULE_PARTIES: break;
    case RULE_PARTY: return check_party(t, e);
    case RULE_DATE: return due_parse(t, DUE_ALLOW_DATE, &due, e);
    case RULE_WHEN: return due_parse(t, DUE_ALLOW_REPEAT, &due, e);
    case RULE_DUE: return due_parse(t, DUE_ALLOW_REPEAT | DUE_ALLOW_RELATIVE, &due, e);
    case RULE_ID:
        if (!id_is_valid(t))
            return error_set(
                e, ERROR_INVALID, "",
                "expected an id of 1 to 128 of a-z 0-9 . _ -, the first a letter or digit, found \"%s\"",
                text_quote(t).at);
        break;
    }
    return 0;
}

static int run_checks(const struct check *checks, size_t count, const void *record, const char *outer,
                      struct error *e)
{
    for (size_t i = 0; i < count; i++) {
        const void *at = (const char *)record + checks[i].offset;
        if (is_absent(checks[i].rule, at))
            continue;
        int rc = check_rule(checks[i].rule, at, e);
        if (rc) {
            if (e)
                (void)snprintf(e->where, sizeof e->where, "%s%s%s", outer, *outer ? "." : "",
                               checks[i].field);
            return rc;
        }
    }
    return 0;
}

#define RUN(checks, record, outer, e)                                                                        \
    run_checks(checks, sizeof(checks) / sizeof((checks)[0]), record, outer, e)

static int check_summit(const struct summit *s, struct error *e)
{
    int rc = RUN(summit_checks, s, "", e);
    if (rc)
        return rc;
    struct due due;
    bool may_repeat = s->common.type == SUMMIT_PROPOSED || s->common.type == SUMMIT_SCHEDULED ||
                      s->common.type == SUMMIT_UNKNOWN;
    if (!may_repeat && due_parse(s->date, DUE_ALLOW_REPEAT, &due, NULL) == 0 && due_repeats(&due))
        return error_set(e, ERROR_INVALID, "date",
                         "expected a date (only PROPOSED and SCHEDULED repeat) at position 0 of \"%s\"",
                         text_quote(s->date).at);
    if (s->expected_signings != LONG_NULL && (s->expected_signings < 0 || s->expected_signings > INT32_MAX))
        return error_set(e, ERROR_INVALID, "expected_signings", "expected a count 0..2147483647");
    return 0;
}

static int check_milestone(const struct milestone *m, struct error *e)
{
    int rc = RUN(milestone_checks, m, "", e);
    if (rc == 0 && m->target)
        rc = RUN(target_checks, m->target, "target", e);
    if (rc)
        return rc;
    if (m->progress.set && !(m->progress.value >= 0 && m->progress.value <= 1))
        return error_set(e, ERROR_INVALID, "progress", "expected a number 0..1");
    if (m->common.type == MILESTONE_DISPUTED && m->claimed_by.len == 0)
        return error_set(e, ERROR_INVALID, "claimed_by", "required in DISPUTED, but missing");
    return 0;
}

static int check_rules(const struct event *e, struct error *error)
{
    int rc = RUN(common_checks, &e->common, "", error);
    if (rc)
        return rc;
    switch (e->kind) {
    case EVENT_SIGNING: return RUN(signing_checks, &e->signing, "", error);
    case EVENT_SUMMIT: return check_summit(&e->summit, error);
    case EVENT_MILESTONE: return check_milestone(&e->milestone, error);
    }
    return 0;
}

int event_check(const struct event *e, struct error *error)
{
    int rc = check_fields(event_fields[e->kind], &e->common, NULL, error);
    return rc ? rc : check_rules(e, error);
}

static bool is_finite(struct number n)
{
    return !n.set || isfinite(n.value);
}

/* What check_fields() asks for besides UTF-8 and symbols. */
static bool rest_holds(const struct event *e)
{
    const struct event_common *c = &e->common;
    if (c->event_id.len == 0 || c->dossier.len == 0 || event_subject(e).len == 0 || c->type == 0 ||
        check_instant(c->recorded_at, false, "", NULL))
        return false;
    if (e->kind != EVENT_MILESTONE)
        return true;
    const struct milestone *m = &e->milestone;
    return is_finite(m->progress) && is_finite(m->value) &&
           (!m->target || (is_finite(m->target->baseline) && is_finite(m->target->value)));
}

int event_check_read(const struct event *e, struct error *error)
{
    return rest_holds(e) ? check_rules(e, error) : event_check(e, error);
}
