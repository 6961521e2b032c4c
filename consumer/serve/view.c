#include "consumer/serve/view.h"

#include <stdlib.h>

#include "consumer/serve/fold_case.h"
#include "core/memory.h"

struct view {
    struct names *names;
    struct name_rows *by_name; /* 0..name_size */
    uint32_t name_size;
    struct subject_row *subjects;
    struct alert_row *alerts;
    struct event_row *events;
    uint32_t subject_count, subject_size, alert_count, alert_size, event_count, event_size;
    uint32_t *ranked; /* rows of subjects in the order of their ids; the first `settled` */
    uint32_t settled, ranked_size;
    struct partition_state *partitions;
    int32_t partition_count;
    size_t packed_bytes;
    struct buffer scratch;
    uint32_t *parties; /* names: of the row that is put now, each once */
    uint32_t party_count, party_size, party_set;
};

struct view *view_new(int32_t partitions)
{
    struct view *v = memory_zeroed(sizeof *v);
    v->names = names_new();
    v->partition_count = partitions;
    v->partitions = memory_zeroed((size_t)partitions * sizeof *v->partitions);
    for (int32_t p = 0; p < partitions; p++) {
        v->partitions[p].as_of = INSTANT_NONE;
        for (int t = 0; t < TOPIC_COUNT; t++)
            v->partitions[p].lag[t] = -1;
    }
    return v;
}

void view_free(struct view *v)
{
    if (!v)
        return;
    for (uint32_t i = 0; i < v->subject_count; i++)
        memory_give(v->subjects[i].packed);
    for (uint32_t i = 0; i < v->alert_count; i++)
        memory_give(v->alerts[i].packed);
    for (uint32_t i = 0; i < v->event_count; i++)
        memory_give(v->events[i].packed);
    names_free(v->names);
    memory_give(v->by_name);
    memory_give(v->subjects);
    memory_give(v->alerts);
    memory_give(v->events);
    memory_give(v->ranked);
    memory_give(v->parties);
    memory_give(v->partitions);
    buffer_free(&v->scratch);
    memory_give(v);
}

/* --- Growing --- */

static void *grown(void *at, uint32_t count, uint32_t *size, size_t bytes)
{
    if (count < *size)
        return at;
    *size = *size ? *size + *size / 2 : 256;
    return memory_resize(at, *size * bytes);
}

static struct name_rows *rows_of(struct view *v, uint32_t name)
{
    if (name >= v->name_size) {
        uint32_t size = v->name_size ? v->name_size : 1024;
        while (size <= name)
            size += size / 2;
        v->by_name = memory_resize(v->by_name, size * sizeof *v->by_name);
        memset(v->by_name + v->name_size, 0, (size - v->name_size) * sizeof *v->by_name);
        v->name_size = size;
    }
    return &v->by_name[name];
}

static struct packed *packed_new(struct view *v, struct text avro, const uint32_t *parties,
                                 size_t party_count, struct text id, struct text title)
{
    buffer_clear(&v->scratch);
    fold_case(id, &v->scratch);
    if (title.len) {
        buffer_add_byte(&v->scratch, ' ');
        fold_case(title, &v->scratch);
    }
    size_t bytes = sizeof(struct packed) + party_count * sizeof *parties + avro.len + v->scratch.len;
    struct packed *p = memory_take(bytes);
    p->avro_len = (uint32_t)avro.len;
    p->search_len = (uint32_t)v->scratch.len;
    p->party_count = (uint32_t)party_count;
    if (party_count)
        memcpy(p->parties, parties, party_count * sizeof *parties);
    char *to = (char *)(p->parties + party_count);
    memcpy(to, avro.at, avro.len);
    if (v->scratch.len)
        memcpy(to + avro.len, v->scratch.at, v->scratch.len);
    v->packed_bytes += bytes;
    return p;
}

static void packed_drop(struct view *v, struct packed *p)
{
    if (!p)
        return;
    v->packed_bytes -= sizeof *p + p->party_count * sizeof *p->parties + p->avro_len + p->search_len;
    memory_give(p);
}

/* --- Subjects --- */

/* Every party that has to do with a row, once, however many there are: a name tells by the number of the set
 * whether it is in it already. */
static void parties_begin(struct view *v)
{
    v->party_count = 0;
    if (++v->party_set != 0)
        return;
    for (uint32_t name = 0; name < v->name_size; name++) /* the numbers begin again */
        v->by_name[name].set = 0;
    v->party_set = 1;
}

static void party_add(struct view *v, struct text party)
{
    uint32_t name = names_intern(v->names, party);
    struct name_rows *known = rows_of(v, name);
    if (name == NAME_NULL || known->set == v->party_set)
        return;
    known->set = v->party_set;
    v->parties = grown(v->parties, v->party_count, &v->party_size, sizeof *v->parties);
    v->parties[v->party_count++] = name;
}

static void parties_add(struct view *v, struct texts parties)
{
    for (size_t i = 0; i < parties.count; i++)
        party_add(v, parties.at[i]);
}

static int32_t bounded(int64_t n)
{
    return n > INT32_MAX ? INT32_MAX : n < INT32_MIN + 1 ? INT32_MIN + 1 : (int32_t)n;
}

static void row_of_instrument(struct view *v, struct subject_row *row, const struct instrument_record *r)
{
    row->status = r->status;
    row->open = r->status >= INSTRUMENT_SIGNED && r->status <= INSTRUMENT_IN_FORCE;
    row->summit = names_intern(v->names, r->summit);
    parties_add(v, r->parties);
    const struct participant *p = r->participants.at;
    for (size_t i = 0; i < r->participants.count; i++)
        party_add(v, p[i].party);
}

static void row_of_summit(struct view *v, struct subject_row *row, const struct summit_record *r)
{
    row->status = r->status;
    row->open = r->status == SUMMIT_PROPOSED || r->status == SUMMIT_SCHEDULED;
    row->last_day = day_is_none(r->latest_end) ? row->closes : r->latest_end;
    row->slip_days = bounded(r->slip_days);
    row->expected = r->expected_signings == LONG_NULL ? -1 : bounded(r->expected_signings);
    row->identified = bounded(r->identified_signings);
    parties_add(v, r->hosts);
    parties_add(v, r->participants);
}

static void row_of_commitment(struct view *v, struct subject_row *row, const struct commitment_record *r)
{
    row->status = r->delivery;
    row->open = r->delivery == DELIVERY_UNDERTAKEN || r->delivery == DELIVERY_IN_PROGRESS;
    row->timeliness = r->timeliness;
    row->clock = r->clock;
    row->contested = r->contested;
    row->slip_days = bounded(r->slip_days);
    row->instrument = names_intern(v->names, r->instrument);
    row->summit = names_intern(v->names, r->summit);
    row->part_of = names_intern(v->names, r->part_of);
    const struct resume *resume = r->common.resume;
    if (resume && r->delivery == DELIVERY_FULFILLED) {
        row->fulfilled_from = resume->fulfilled_from;
        row->fulfilled_to = resume->fulfilled_to;
        row->fulfilled_dated = resume->fulfilled_dated;
    }
    parties_add(v, r->parties);
}

static void row_fill(struct view *v, struct subject_row *row, const struct record *r)
{
    const struct record_common *c = &r->common;
    row->kind = (uint8_t)r->kind;
    row->dossier = names_intern(v->names, c->dossier);
    row->opens = c->opens;
    row->closes = row->last_day = c->closes;
    row->recorded_at = c->last ? c->last->recorded_at : INSTANT_NONE;
    row->incomplete = c->incomplete;
    row->expected = -1;
    row->fulfilled_from = row->fulfilled_to = DAY_NONE;
    switch (r->kind) {
    case SUBJECT_INSTRUMENT: row_of_instrument(v, row, &r->instrument); break;
    case SUBJECT_SUMMIT: row_of_summit(v, row, &r->summit); break;
    case SUBJECT_COMMITMENT: row_of_commitment(v, row, &r->commitment); break;
    case SUBJECT_UNKNOWN: break;
    }
}

static void clock_seen(struct view *v, int32_t partition, struct instant t)
{
    if (t.ms > v->partitions[partition].as_of.ms)
        v->partitions[partition].as_of = t;
}

uint32_t view_put_subject(struct view *v, const struct record *r, int32_t partition, int64_t offset,
                          struct text avro)
{
    uint32_t id = names_intern(v->names, r->common.id);
    struct name_rows *known = rows_of(v, id);
    if (!known->subject) {
        v->subjects = grown(v->subjects, v->subject_count, &v->subject_size, sizeof *v->subjects);
        v->subjects[v->subject_count++] = (struct subject_row){0};
        known->subject = v->subject_count;
    }
    uint32_t number = known->subject - 1;
    struct subject_row *row = &v->subjects[number];
    struct packed *before = row->packed;
    *row = (struct subject_row){.id = id, .rank = row->rank, .partition = partition, .offset = offset};
    parties_begin(v);
    row_fill(v, row, r);
    row->packed = packed_new(v, avro, v->parties, v->party_count, r->common.id, r->common.title);
    packed_drop(v, before);
    clock_seen(v, partition, r->common.as_of);
    return number;
}

/* --- Alerts and events --- */

uint32_t view_put_alert(struct view *v, const struct alert *a, int32_t partition, int64_t offset,
                        struct text avro)
{
    uint32_t number = v->alert_count;
    uint32_t subject = names_intern(v->names, a->subject);
    parties_begin(v);
    parties_add(v, a->parties);
    struct name_rows *known = rows_of(v, subject);
    v->alerts = grown(v->alerts, v->alert_count, &v->alert_size, sizeof *v->alerts);
    v->alerts[v->alert_count++] = (struct alert_row){
        .packed = packed_new(v, avro, v->parties, v->party_count, a->subject, a->title),
        .subject = subject,
        .dossier = names_intern(v->names, a->dossier),
        .raised_at = a->raised_at,
        .offset = offset,
        .partition = partition,
        .previous = known->alert,
        .kind = a->kind,
        .severity = a->severity,
        .subject_kind = a->subject_kind,
        .stale = a->stale,
    };
    known->alert = number + 1;
    known->alerts++;
    if (a->kind == ALERT_CLOSED || a->kind == ALERT_CANCELLED)
        known->standing = 0;
    else if (a->stage.len)
        known->standing = number + 1;
    clock_seen(v, partition, a->raised_at);
    return number;
}

void view_put_event(struct view *v, const struct event *e, int32_t partition, int64_t offset,
                    struct text avro)
{
    uint32_t subject = names_intern(v->names, event_subject(e));
    struct name_rows *known = rows_of(v, subject);
    v->events = grown(v->events, v->event_count, &v->event_size, sizeof *v->events);
    v->events[v->event_count++] = (struct event_row){
        .packed = packed_new(v, avro, NULL, 0, TEXT_NULL, TEXT_NULL),
        .offset = offset,
        .partition = partition,
        .recorded_at = e->common.recorded_at,
        .subject = subject,
        .previous = known->event,
        .kind = (uint8_t)e->kind,
    };
    known->event = v->event_count;
    known->events++;
}

/* --- Ranks --- */

static int compare_new(const void *a, const void *b, void *context)
{
    const struct view *v = context;
    const struct subject_row *one = &v->subjects[*(const uint32_t *)a];
    const struct subject_row *other = &v->subjects[*(const uint32_t *)b];
    return text_compare(names_text(v->names, one->id), names_text(v->names, other->id));
}

static struct text id_of_row(const struct view *v, uint32_t row)
{
    return names_text(v->names, v->subjects[row].id);
}

/* The new ones are sorted and merged in from behind, which takes one pass over the ranks. */
void view_settle(struct view *v)
{
    uint32_t count = v->subject_count, fresh = count - v->settled;
    if (fresh == 0)
        return;
    if (count > v->ranked_size) {
        v->ranked_size = v->subject_size;
        v->ranked = memory_resize(v->ranked, v->ranked_size * sizeof *v->ranked);
    }
    uint32_t *added = memory_take(fresh * sizeof *added);
    for (uint32_t i = 0; i < fresh; i++)
        added[i] = v->settled + i;
    qsort_r(added, fresh, sizeof *added, compare_new, v);
    uint32_t old = v->settled, new = fresh;
    for (uint32_t to = count; to-- > 0;) {
        bool take_old = new == 0 || (old > 0 && text_compare(id_of_row(v, v->ranked[old - 1]),
                                                             id_of_row(v, added[new - 1])) > 0);
        v->ranked[to] = take_old ? v->ranked[--old] : added[--new];
        v->subjects[v->ranked[to]].rank = to;
    }
    v->settled = count;
    memory_give(added);
}

uint32_t view_rank(const struct view *v, struct text id, bool *found)
{
    uint32_t low = 0, high = v->settled;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (text_compare(id_of_row(v, v->ranked[middle]), id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < v->settled && text_equal(id_of_row(v, v->ranked[low]), id);
    return low;
}

/* --- Looking --- */

struct partition_state *view_partition(struct view *v, int32_t partition)
{
    return &v->partitions[partition];
}

const struct partition_state *view_partition_state(const struct view *v, int32_t partition)
{
    return &v->partitions[partition];
}

int32_t view_partitions(const struct view *v)
{
    return v->partition_count;
}

const struct names *view_names(const struct view *v)
{
    return v->names;
}

const struct subject_row *view_subjects(const struct view *v, uint32_t *count)
{
    *count = v->settled;
    return v->subjects;
}

const struct alert_row *view_alerts(const struct view *v, uint32_t *count)
{
    *count = v->alert_count;
    return v->alerts;
}

const struct event_row *view_events(const struct view *v, uint32_t *count)
{
    *count = v->event_count;
    return v->events;
}

const struct name_rows *view_name(const struct view *v, uint32_t name)
{
    return name != NAME_NULL && name <= names_count(v->names) && name < v->name_size ? &v->by_name[name]
                                                                                     : NULL;
}

struct instant view_as_of(const struct view *v)
{
    struct instant latest = INSTANT_NONE;
    for (int32_t p = 0; p < v->partition_count; p++)
        if (v->partitions[p].as_of.ms > latest.ms)
            latest = v->partitions[p].as_of;
    return latest;
}

bool view_stands(const struct view *v, uint32_t alert)
{
    return v->by_name[v->alerts[alert].subject].standing == alert + 1;
}

size_t view_bytes(const struct view *v)
{
    return v->packed_bytes + v->subject_size * sizeof *v->subjects + v->alert_size * sizeof *v->alerts +
           v->event_size * sizeof *v->events + v->name_size * sizeof *v->by_name +
           v->ranked_size * sizeof *v->ranked + v->party_size * sizeof *v->parties;
}
