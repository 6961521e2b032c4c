#include "consumer/serve/parameters.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/edtf.h"
#include "core/instant.h"
#include "core/text_check.h"

#define FIELD(member) offsetof(struct question, member)

const char *const sort_names[] = {"id", "next", "opens", "closes", "recorded", "slip", NULL};
const char *const alert_sort_names[] = {"raised", NULL};

const struct parameter parameters[] = {
    {"kind", PARAMETER_CHOICE, ON_SUBJECTS | ON_CALENDAR | ON_STREAM | ON_YEARS | ON_CHANGES, FIELD(kinds),
     &subject_kinds, "kinds of subjects"},
    {"status", PARAMETER_CHOICE, ON_INSTRUMENTS | ON_PARTICIPATION, FIELD(instrument_statuses),
     &instrument_statuses, "how far it has come"},
    {"status", PARAMETER_CHOICE, ON_SUMMITS, FIELD(summit_statuses), &summit_types, "state of the summit"},
    {"delivery", PARAMETER_CHOICE, ON_COMMITMENTS, FIELD(deliveries), &deliveries, "how far it has come"},
    {"timeliness", PARAMETER_CHOICE, ON_COMMITMENTS, FIELD(timelinesses), &timelinesses,
     "how it stands to its deadline, as the register says"},
    {"clock", PARAMETER_CHOICE, ON_COMMITMENTS, FIELD(clocks), &clock_states, "whether its clock runs"},
    {"kind", PARAMETER_CHOICE, ON_ALERTS, FIELD(alert_kinds), &alert_kinds, "kinds of alerts"},
    {"severity", PARAMETER_CHOICE, ON_ALERTS, FIELD(severities), &severities, "severities"},
    {"subject_kind", PARAMETER_CHOICE, ON_ALERTS, FIELD(kinds), &subject_kinds, "kinds of the subjects"},
    {"subject", PARAMETER_ID, ON_ALERTS | ON_CHANGES, FIELD(subject), NULL, "id of the subject"},
    {"stale", PARAMETER_FLAG, ON_ALERTS, FIELD(stale), NULL,
     "whether a later stage had begun when it came out"},
    {"standing", PARAMETER_FLAG, ON_ALERTS, FIELD(standing), NULL,
     "whether it is the alert of its subject that still stands: nothing followed it or closed it"},
    {"party", PARAMETER_PARTY, ON_SUBJECT_ROWS | ON_ALERTS | ON_CHANGES, FIELD(party), NULL,
     "a party that has to act, has signed, hosts or takes part"},
    {"dossier", PARAMETER_ID, ON_SUBJECT_ROWS | ON_ALERTS | ON_CHANGES, FIELD(dossier), NULL,
     "id of the dossier"},
    {"instrument", PARAMETER_ID, ON_COMMITMENTS | ON_SUBJECTS | ON_CALENDAR | ON_STREAM | ON_YEARS,
     FIELD(instrument), NULL, "id of the instrument that holds it"},
    {"summit", PARAMETER_ID, (unsigned)(ON_SUBJECT_ROWS & ~ON_SUMMITS), FIELD(summit), NULL,
     "id of the summit where it was made"},
    {"part_of", PARAMETER_ID, ON_COMMITMENTS | ON_SUBJECTS | ON_CALENDAR | ON_STREAM | ON_YEARS,
     FIELD(part_of), NULL, "id of the commitment that it is a step towards"},
    {"contested", PARAMETER_FLAG, ON_COMMITMENTS | ON_SUBJECTS | ON_CALENDAR | ON_YEARS, FIELD(contested),
     NULL, "whether a party disputes that it was delivered"},
    {"incomplete", PARAMETER_FLAG, ON_KINDS | ON_SUBJECTS | ON_YEARS, FIELD(incomplete), NULL,
     "whether it is only spoken of"},
    {"open", PARAMETER_FLAG, ON_KINDS | ON_SUBJECTS | ON_CALENDAR | ON_YEARS, FIELD(open), NULL,
     "whether its deadline, if any, still stands"},
    {"dated", PARAMETER_FLAG, ON_KINDS | ON_SUBJECTS | ON_CALENDAR | ON_YEARS, FIELD(dated), NULL,
     "whether it has a deadline, or had one"},
    {"from", PARAMETER_DAY, (ON_SUBJECT_ROWS & ~ON_STREAM) | ON_ALERTS, FIELD(from), NULL,
     "only what has days on or after this one in its deadline; of alerts, raised then (in UTC)"},
    {"to", PARAMETER_DAY, (ON_SUBJECT_ROWS & ~ON_STREAM) | ON_ALERTS, FIELD(to), NULL,
     "only what has days on or before this one in its deadline; of alerts, raised then (in UTC)"},
    {"q", PARAMETER_TEXT, (ON_SUBJECT_ROWS & ~ON_STREAM) | ON_ALERTS | ON_CHANGES, FIELD(text), NULL,
     "text in title or id, capitals or not"},
    {"sort", PARAMETER_SORT, ON_LISTS, FIELD(order), NULL, "what to sort by; with '-' in front, descending"},
    {"limit", PARAMETER_LIMIT, ON_LISTS | ON_EVENTS | ON_PARTIES | ON_CHANGES | ON_LETTERS, FIELD(limit),
     NULL, "how many at most"},
    {"cursor", PARAMETER_CURSOR, ON_LISTS | ON_EVENTS | ON_PARTIES | ON_CHANGES, FIELD(cursor), NULL,
     "`next` of the page before"},
    {"parties", PARAMETER_LIMIT, ON_PARTICIPATION, FIELD(party_limit), NULL,
     "how many parties are shown of each; as CSV 500 unless told otherwise"},
    {"first_party", PARAMETER_FIRST, ON_PARTICIPATION, FIELD(first_party), NULL,
     "the place among the parties of the first one that is shown, from 0"},
    {"change", PARAMETER_CHOICE, ON_CHANGES, FIELD(changes), &changes_of,
     "what was told: events, alerts; records where the server keeps no events"},
    {"since", PARAMETER_MOMENT, ON_CHANGES, FIELD(after), NULL,
     "what became known from then on: a day in the server's zone, or an instant"},
    {"until", PARAMETER_MOMENT, ON_CHANGES, FIELD(before), NULL,
     "what became known until then, the day or instant included"},
    {"since", PARAMETER_SINCE, ON_STREAM, FIELD(since), NULL,
     "`position` of an earlier answer: begin with what has changed since; the header Last-Event-ID wins"},
};
const size_t parameter_count = sizeof parameters / sizeof parameters[0];

bool parameter_is_on(const struct parameter *p, unsigned on)
{
    return (p->on & on) != 0;
}

static int wrong(const struct parameter *p, struct error *e, const char *expected)
{
    return error_set(e, ERROR_INVALID, p->name, "expected %s", expected);
}

/* "expected one or more of A, B" with as many as there is room for. */
static int wrong_choice(const struct parameter *p, struct error *e)
{
    char list[360] = "one or more of ";
    size_t len = strlen(list);
    for (size_t i = 0; i < p->symbols->count && len < sizeof list - 40; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", p->symbols->at[i]);
    (void)snprintf(list + len, sizeof list - len, ", separated by commas");
    return wrong(p, e, list);
}

static int read_choice(const struct parameter *p, struct text value, uint16_t *out, struct error *e)
{
    uint16_t bits = 0;
    for (size_t at = 0; at <= value.len;) {
        const char *comma = at < value.len ? memchr(value.at + at, ',', value.len - at) : NULL;
        size_t end = comma ? (size_t)(comma - value.at) : value.len;
        uint8_t symbol = symbols_find(p->symbols, (struct text){value.at + at, end - at});
        if (symbol == 0)
            return wrong_choice(p, e);
        bits = (uint16_t)(bits | 1u << symbol);
        at = end + 1;
    }
    *out = bits;
    return 0;
}

static int read_day(const struct parameter *p, struct text value, struct day *out, struct error *e)
{
    struct edtf date;
    if (value.len != strlen("2027-05-22") || edtf_parse(value, &date, NULL) != 0 ||
        day_is_none(date.earliest) || date.earliest.n != date.latest.n)
        return wrong(p, e, "a day as 2027-05-22");
    *out = date.earliest;
    return 0;
}

static int read_moment(const struct parameter *p, struct text value, struct moment *out, struct error *e)
{
    struct moment m = {DAY_NONE, INSTANT_NONE};
    bool good = value.len == strlen("2027-05-22") ? read_day(p, value, &m.day, NULL) == 0
                                                  : instant_parse(value, &m.at, NULL) == 0;
    if (!good)
        return wrong(p, e, "a day as 2027-05-22, or an instant as 2027-05-22T10:00:00Z");
    *out = m;
    return 0;
}

static int read_flag(const struct parameter *p, struct text value, int8_t *out, struct error *e)
{
    if (text_equal(value, TEXT_LITERAL("true")))
        *out = 1;
    else if (text_equal(value, TEXT_LITERAL("false")))
        *out = 0;
    else
        return wrong(p, e, "true or false");
    return 0;
}

static int read_first(const struct parameter *p, struct text value, uint32_t *out, struct error *e)
{
    uint32_t n = 0;
    bool good = value.len > 0 && value.len <= 6;
    for (size_t i = 0; good && i < value.len; i++) {
        good = value.at[i] >= '0' && value.at[i] <= '9';
        n = n * 10 + (uint32_t)(value.at[i] - '0');
    }
    if (!good)
        return wrong(p, e, "a whole number from 0 to 999999");
    *out = n;
    return 0;
}

static int read_limit(const struct parameter *p, struct text value, uint32_t *out, struct error *e)
{
    uint32_t n = 0;
    for (size_t i = 0; i < value.len && n <= LIMIT_MOST; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return wrong(p, e, "a whole number from 1 to 500");
        n = n * 10 + (uint32_t)(value.at[i] - '0');
    }
    if (n < 1 || n > LIMIT_MOST)
        return wrong(p, e, "a whole number from 1 to 500");
    *out = n;
    return 0;
}

static int read_sort(const struct parameter *p, struct text value, unsigned on, struct order *out,
                     struct error *e)
{
    bool is_alerts = on == ON_ALERTS;
    const char *const *names = is_alerts ? alert_sort_names : sort_names;
    bool descending = value.len && value.at[0] == '-';
    struct text name = descending ? (struct text){value.at + 1, value.len - 1} : value;
    for (uint8_t i = 0; names[i]; i++)
        if (text_equal(name, text_of(names[i]))) {
            *out = (struct order){is_alerts ? SORT_RECORDED : i, descending};
            return 0;
        }
    return wrong(p, e,
                 is_alerts ? "raised or -raised"
                           : "one of id, next, opens, closes, recorded, slip, with '-' in front or not");
}

/* UTF-8: every byte but those that continue a character begins one. */
static size_t characters(struct text t)
{
    size_t count = 0;
    for (size_t i = 0; i < t.len; i++)
        count += ((unsigned char)t.at[i] & 0xC0) != 0x80;
    return count;
}

static int read_text(const struct parameter *p, struct text value, struct text *out, struct error *e)
{
    if (p->kind == PARAMETER_ID && !id_is_valid(value))
        return wrong(p, e, "an id: 1 to 128 of a-z, 0-9, '.', '_' and '-', the first a letter or digit");
    if (p->kind == PARAMETER_PARTY && !party_is_valid(value))
        return wrong(p, e, "a party: three capital letters (KAZ), or org: and an id (org:ifas)");
    if (p->kind == PARAMETER_TEXT && (value.len == 0 || characters(value) > TEXT_MOST))
        return wrong(p, e, "1 to 100 characters of text");
    if (value.len == 0)
        return wrong(p, e, "what an earlier answer gave");
    *out = value;
    return 0;
}

static int read_parameter(const struct parameter *p, struct text value, unsigned on, struct question *q,
                          struct error *e)
{
    void *field = (char *)q + p->offset;
    switch (p->kind) {
    case PARAMETER_CHOICE: return read_choice(p, value, field, e);
    case PARAMETER_DAY: return read_day(p, value, field, e);
    case PARAMETER_MOMENT: return read_moment(p, value, field, e);
    case PARAMETER_FLAG: return read_flag(p, value, field, e);
    case PARAMETER_LIMIT: return read_limit(p, value, field, e);
    case PARAMETER_FIRST: return read_first(p, value, field, e);
    case PARAMETER_SORT: return read_sort(p, value, on, field, e);
    case PARAMETER_TEXT:
    case PARAMETER_ID:
    case PARAMETER_PARTY:
    case PARAMETER_CURSOR:
    case PARAMETER_SINCE: return read_text(p, value, field, e);
    }
    abort();
}

static const struct parameter *find(struct text name, unsigned on)
{
    for (size_t i = 0; i < parameter_count; i++)
        if (parameter_is_on(&parameters[i], on) && text_equal(name, text_of(parameters[i].name)))
            return &parameters[i];
    return NULL;
}

static int unknown(struct text name, unsigned on, struct error *e)
{
    char list[320] = "";
    size_t len = 0;
    for (size_t i = 0; i < parameter_count && len < sizeof list - 40; i++)
        if (parameter_is_on(&parameters[i], on))
            len +=
                (size_t)snprintf(list + len, sizeof list - len, "%s%s", len ? ", " : "", parameters[i].name);
    return error_set(e, ERROR_INVALID, text_quote(name).at,
                     len ? "is no parameter of this resource, which takes %s"
                         : "is no parameter of this resource, which takes none%s",
                     list);
}

int parameters_read(const struct http_target *target, unsigned on, struct question *q, struct error *e)
{
    for (size_t i = 0; i < target->count; i++) {
        const struct http_parameter *given = &target->parameters[i];
        const struct parameter *p = find(given->name, on);
        int rc = p ? read_parameter(p, given->value, on, q, e) : unknown(given->name, on, e);
        if (rc)
            return rc;
    }
    if (!day_is_none(q->from) && !day_is_none(q->to) && q->to.n < q->from.n)
        return error_set(e, ERROR_INVALID, "to", "expected a day that is not before `from`");
    return 0;
}
