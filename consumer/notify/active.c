#include "consumer/notify/active.h"

#include "core/memory.h"
#include "core/siphash.h"
#include "core/text_check.h"

struct active {
    struct active_entry **buckets; /* by subject */
    size_t size, count, standing;
    int64_t news_ms;
};

struct active *active_new(int64_t news_ms)
{
    struct active *a = memory_zeroed(sizeof *a);
    a->size = 256;
    a->buckets = memory_zeroed(a->size * sizeof(struct active_entry *));
    a->news_ms = news_ms;
    return a;
}

void active_free(struct active *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->size; i++)
        for (struct active_entry *e = a->buckets[i], *next; e; e = next) {
            next = e->next;
            memory_give(e);
        }
    memory_give(a->buckets);
    memory_give(a);
}

static struct active_entry **bucket_of(const struct active *a, struct text subject)
{
    return &a->buckets[siphash(subject) & (a->size - 1)];
}

static void grow(struct active *a)
{
    struct active old = *a;
    if (a->count <= a->size)
        return;
    a->size *= 2;
    a->buckets = memory_zeroed(a->size * sizeof(struct active_entry *));
    for (size_t i = 0; i < old.size; i++)
        for (struct active_entry *e = old.buckets[i], *next; e; e = next) {
            struct active_entry **to = bucket_of(a, e->alert.subject);
            next = e->next;
            e->next = *to;
            *to = e;
        }
    memory_give(old.buckets);
}

/* --- Entries --- */

/* As much of the text as is kept, cut between characters. */
static struct text cut(struct text t)
{
    size_t len = 0;
    while (t.len > ACTIVE_TEXT_MAX && len < ACTIVE_TEXT_MAX) {
        size_t n = text_character_length((const unsigned char *)t.at + len, t.len - len);
        n = n ? n : 1;
        if (len + n > ACTIVE_TEXT_MAX)
            break;
        len += n;
    }
    return t.len > ACTIVE_TEXT_MAX ? (struct text){t.at, len} : t;
}

static struct text keep(char **room, struct text t)
{
    if (text_is_null(t))
        return t;
    char *at = *room;
    if (t.len)
        memcpy(at, t.at, t.len);
    *room += t.len;
    return (struct text){at, t.len};
}

static size_t parties_join(struct texts parties, char out[ACTIVE_TEXT_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < parties.count && len + 1 + parties.at[i].len <= ACTIVE_TEXT_MAX; i++) {
        if (i)
            out[len++] = ',';
        if (parties.at[i].len)
            memcpy(out + len, parties.at[i].at, parties.at[i].len);
        len += parties.at[i].len;
    }
    return len;
}

/* One piece of memory each, the texts behind it. */
static struct active_entry *entry_new(const struct alert *alert, int32_t partition, int64_t offset)
{
    char joined[ACTIVE_TEXT_MAX];
    struct text parties = {joined, parties_join(alert->parties, joined)};
    struct text title = cut(alert->title), due = cut(alert->due);
    size_t bytes = alert->alert_id.len + alert->subject.len + alert->dossier.len + alert->stage.len +
                   title.len + due.len + parties.len;
    struct active_entry *e = memory_zeroed(sizeof *e + bytes);
    char *room = (char *)(e + 1);
    e->alert = *alert;
    e->alert.alert_id = keep(&room, alert->alert_id);
    e->alert.subject = keep(&room, alert->subject);
    e->alert.dossier = keep(&room, alert->dossier);
    e->alert.stage = keep(&room, alert->stage);
    e->alert.title = keep(&room, title);
    e->alert.due = keep(&room, due);
    e->alert.parties = (struct texts){NULL, 0};
    e->alert.cause = NULL;
    e->parties = keep(&room, parties);
    e->partition = partition;
    e->offset = offset;
    e->ended = e->until = INSTANT_NONE;
    return e;
}

/* Takes what *at points to out of its bucket. */
static void drop(struct active *a, struct active_entry **at)
{
    struct active_entry *gone = *at;
    a->count--;
    a->standing -= instant_is_none(gone->ended);
    *at = gone->next;
    memory_give(gone);
}

static bool is_same(const struct active_entry *e, const struct alert *alert)
{
    return e->alert.kind == alert->kind && e->alert.severity == alert->severity &&
           text_equal(e->alert.subject, alert->subject) && text_equal(e->alert.stage, alert->stage);
}

/* --- The next alert --- */

static bool ends_all(uint8_t kind)
{
    return kind == ALERT_MOVED || kind == ALERT_REFINED || kind == ALERT_CANCELLED || kind == ALERT_CLOSED;
}

static bool is_ended_by(const struct active_entry *e, const struct alert *alert)
{
    bool staged = alert->stage.len > 0 && !e->news;
    return instant_is_none(e->ended) && text_equal(e->alert.subject, alert->subject) &&
           e->alert.revision <= alert->revision && (staged || ends_all(alert->kind));
}

static void end_others(struct active *a, const struct alert *alert, bool known)
{
    struct active_entry **at = bucket_of(a, alert->subject);
    while (*at) {
        struct active_entry *e = *at;
        if (!is_ended_by(e, alert)) {
            at = &e->next;
        } else if (known) {
            drop(a, at);
        } else {
            e->ended = alert->raised_at;
            e->told = e->refused = false;
            a->standing--;
            at = &e->next;
        }
    }
}

static void drop_same(struct active *a, const struct alert *alert)
{
    struct active_entry **at = bucket_of(a, alert->subject);
    while (*at)
        if (is_same(*at, alert))
            drop(a, at);
        else
            at = &(*at)->next;
}

void active_put(struct active *a, const struct alert *alert, int32_t partition, int64_t offset, bool known)
{
    bool news = alert->stage.len == 0;
    end_others(a, alert, known);
    if (alert->stale || alert->kind == ALERT_CLOSED || (news && (known || a->news_ms == 0)))
        return;
    drop_same(a, alert);
    struct active_entry *e = entry_new(alert, partition, offset);
    struct active_entry **bucket = bucket_of(a, alert->subject);
    e->news = news;
    e->next = *bucket;
    *bucket = e;
    a->count++;
    a->standing++;
    grow(a);
}

/* --- Telling --- */

static bool is_over(const struct active_entry *e, int64_t now_ms, struct instant wall)
{
    if (!instant_is_none(e->ended))
        return e->refused || (e->told && now_ms - e->first_told_ms >= ACTIVE_ENDED_MS);
    return !instant_is_none(e->until) && wall.ms >= e->until.ms;
}

size_t active_due(struct active *a, int64_t now_ms, struct instant wall, int64_t resend_ms, size_t *from,
                  struct active_entry **out, size_t most)
{
    size_t count = 0;
    for (; *from < a->size; ++*from)
        for (struct active_entry **at = &a->buckets[*from]; *at;) {
            struct active_entry *e = *at;
            if (is_over(e, now_ms, wall)) {
                drop(a, at);
                continue;
            }
            if (!e->refused && (!e->told || now_ms - e->told_ms >= resend_ms)) {
                if (count == most)
                    return count; /* this bucket comes again: what was told of it is not due any more */
                out[count++] = e;
            }
            at = &e->next;
        }
    return count;
}

void active_told(struct active *a, struct active_entry *e, int64_t now_ms, struct instant wall)
{
    if (!e->told)
        e->first_told_ms = now_ms;
    e->told = true;
    e->told_ms = now_ms;
    if (e->news && instant_is_none(e->until))
        e->until.ms = wall.ms + a->news_ms;
}

void active_refused(struct active_entry *e)
{
    e->refused = true;
}

struct instant active_starts(const struct active_entry *e, struct instant wall)
{
    return e->alert.threshold.ms < wall.ms ? e->alert.threshold : wall;
}

struct instant active_ends(const struct active *a, const struct active_entry *e, struct instant wall)
{
    if (!instant_is_none(e->ended)) {
        struct instant from = active_starts(e, wall);
        int64_t ms = e->ended.ms < wall.ms ? e->ended.ms : wall.ms;
        return (struct instant){ms > from.ms ? ms : from.ms};
    }
    if (!e->news)
        return INSTANT_NONE;
    return instant_is_none(e->until) ? (struct instant){wall.ms + a->news_ms} : e->until;
}

size_t active_standing(const struct active *a)
{
    return a->standing;
}

#define ROUNDS 4

int64_t active_stands_ms(int64_t wanted_ms, int64_t resend_ms, size_t requests, int64_t request_ms)
{
    int64_t rounds_ms = ROUNDS * (resend_ms + (int64_t)requests * request_ms);
    return wanted_ms > rounds_ms ? wanted_ms : rounds_ms;
}
