/* Register records that this program never wrote, as somebody could have put them into the changelog: each is
 * refused with a reason, or the task that was restored from it goes on, whatever it says.
 *
 * A history is made and its records are taken; then the input changes fields in them at will, as far as Avro
 * can write the result. Input: see history.h, then the choices of the changes. */
#include <inttypes.h>
#include <math.h>

#include "core/due.h"
#include "core/roll.h"
#include "tests/fuzz/avro_fuzz.h"
#include "tests/fuzz/history.h"

#define EVENTS_BEFORE 12
#define EVENTS_AFTER 8
#define CHANGES 4
#define ALERTS_MAX 20000
#define OCCURRENCES_MAX 5000

static const struct task_config basic = {
    .partition = 3,
    .topics = {TEXT_LITERAL("t.signings"), TEXT_LITERAL("t.summits"), TEXT_LITERAL("t.milestones")},
};

/* --- Changing a struct by its field table --- */

static const char *const hostile_texts[] = {"",
                                            "c1",
                                            "i1",
                                            "s1",
                                            "C1",
                                            "d1",
                                            "d2",
                                            "-P30D",
                                            "+P7D",
                                            "P0D",
                                            "+P3660D",
                                            "-P3660D",
                                            "+P3661D",
                                            "t.signings",
                                            "t.milestones",
                                            "elsewhere",
                                            "2026-06-01",
                                            "R/2026-01-01/P1D",
                                            "R/P1D",
                                            "R999999999/0001-01-01/P1D",
                                            "P1D",
                                            "R/XXXX-02-29/P1Y",
                                            "../9999",
                                            "0001/..",
                                            "9999-24",
                                            "\xff\xfe",
                                            "\n",
                                            "KAZ",
                                            "e1"};
static const int64_t hostile_longs[] = {0,
                                        1,
                                        -1,
                                        2,
                                        100,
                                        INT32_MAX,
                                        INT64_C(-2147483647),
                                        UINT32_MAX,
                                        INT64_C(4294967296),
                                        INT64_MAX,
                                        -INT64_MAX,
                                        LONG_NULL,
                                        4000000,
                                        1779444000000};
static const int32_t hostile_days[] = {0,       INT32_MAX, INT32_MIN, -719162, -719163,
                                       2932896, 2932897,   20000,     20500,   20600};
static const double hostile_numbers[] = {0, -1, 1, 2, 1e308, -1e308, 5e-324, INFINITY, -INFINITY, NAN};

static struct text hostile_text(struct history *h)
{
    size_t i = choose(&h->in, sizeof hostile_texts / sizeof hostile_texts[0] + 3);
    if (i < sizeof hostile_texts / sizeof hostile_texts[0])
        return text_of(hostile_texts[i]);
    return i % 2 ? TEXT_NULL : arena_copy(h->arena, choose_text(&h->in, 48));
}

static void change_record(struct history *h, const struct fields *fields, void *record);

static void change_records(struct history *h, const struct field *f, struct records *list)
{
    size_t count = choose(&h->in, 4) == 0 ? 101 : choose(&h->in, 4), size = f->of->size;
    char *at = arena_array(h->arena, count, size);
    for (size_t i = 0; i < count; i++) {
        if (list->count > 0)
            memcpy(at + i * size, (const char *)list->at + (i % list->count) * size, size);
        else
            fields_clear(f->of, at + i * size);
    }
    if (count > 0)
        change_record(h, f->of, at + choose(&h->in, count) * size);
    *list = (struct records){at, count};
}

static void change_texts(struct history *h, struct texts *list)
{
    size_t count = choose(&h->in, 4) == 0 ? 101 : choose(&h->in, 4);
    struct text *at = arena_array(h->arena, count, sizeof *at);
    for (size_t i = 0; i < count; i++)
        at[i] = hostile_text(h);
    *list = (struct texts){at, count};
}

static void change_field(struct history *h, const struct field *f, void *at)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES: *(struct text *)at = hostile_text(h); break;
    case FIELD_ENUM: *(uint8_t *)at = (uint8_t)choose(&h->in, f->symbols->count + 1); break;
    case FIELD_INSTANT: ((struct instant *)at)->ms = CHOOSE(&h->in, hostile_longs); break;
    case FIELD_DAY: ((struct day *)at)->n = CHOOSE(&h->in, hostile_days); break;
    case FIELD_LONG: *(int64_t *)at = CHOOSE(&h->in, hostile_longs); break;
    case FIELD_DOUBLE:
        *(struct number *)at = (struct number){CHOOSE(&h->in, hostile_numbers), choose(&h->in, 8) > 0};
        break;
    case FIELD_BOOL: *(bool *)at = !*(bool *)at; break;
    case FIELD_TEXTS: change_texts(h, at); break;
    case FIELD_RECORD: {
        const void **inner = at;
        if (!*inner || choose(&h->in, 8) == 0) {
            *inner = NULL;
            break;
        }
        void *copy = arena_take(h->arena, f->of->size);
        memcpy(copy, *inner, f->of->size);
        change_record(h, f->of, copy);
        *inner = copy;
        break;
    }
    case FIELD_RECORDS: change_records(h, f, at); break;
    }
}

static void change_record(struct history *h, const struct fields *fields, void *record)
{
    const struct field *f = &fields->at[choose(&h->in, fields->count)];
    change_field(h, f, (char *)record + f->offset);
}

/* --- Records --- */

struct log {
    struct {
        enum subject_kind kind;
        struct buffer bytes;
    } at[HISTORY_IDS];
    size_t count;
};

static int encode(const struct record *r, struct buffer *out)
{
    int s = CODEC_INSTRUMENT_RECORD + (int)r->kind - SUBJECT_INSTRUMENT;
    buffer_clear(out);
    return avro_encode(avro_fuzz()->encoders[s], &r->common, out, NULL);
}

/* The record as it was, or changed where that can be written. */
static void take_record(void *context, const struct record *r)
{
    void **both = context;
    struct log *log = both[0];
    struct history *h = both[1];
    struct buffer *to = &log->at[log->count].bytes;
    struct record changed = *r;
    size_t changes = choose(&h->in, CHANGES);
    log->at[log->count++].kind = r->kind;
    FUZZ_HOLDS(encode(r, to) == 0, "a record of our own");
    for (size_t i = 0; i < changes; i++)
        change_record(h, record_fields[r->kind - 1], &changed.common);
    static struct buffer hostile;
    if (changes > 0 && encode(&changed, &hostile) == 0) {
        buffer_clear(to);
        buffer_add(to, hostile.at, hostile.len);
    }
}

static void show_record(void *context, const struct record *r)
{
    (void)context;
    avro_fuzz_print(record_fields[r->kind - 1], &r->common);
}

static size_t alerts;

static void on_alert(void *context, const struct alert *a)
{
    (void)context;
    if (alerts++ < 3)
        avro_fuzz_print(&alert_fields, a);
}

/* --- Tracing --- */

static void trace(const struct record *r)
{
    struct buffer b = BUFFER_EMPTY;
    if (!getenv("CHAPAR_FUZZ_TRACE"))
        return;
    register_print(&b, r);
    (void)fprintf(stderr, "%.*s\n", (int)b.len, (const char *)b.at);
    buffer_free(&b);
}

static void trace_event(const struct event *event)
{
    struct buffer b = BUFFER_EMPTY;
    if (!getenv("CHAPAR_FUZZ_TRACE"))
        return;
    event_print(&b, event, TEXT_LITERAL("t"), 3, 0);
    (void)fprintf(stderr, "%.*s\n", (int)b.len, (const char *)b.at);
    buffer_free(&b);
}

/* --- Going on --- */

static void go_on(struct task *t, struct history *h, struct arena *scratch)
{
    struct event event;
    struct record r;
    for (int i = 0; i < EVENTS_AFTER && alerts < ALERTS_MAX; i++) {
        if (history_event(h, &event)) {
            trace_event(&event);
            (void)task_apply(t, &event, i, NULL);
        }
        struct instant clock = task_clock(t);
        if (!instant_is_none(clock) && clock.ms < HISTORY_END && choose(&h->in, 2))
            (void)task_advance_part(t, (struct instant){clock.ms + (int64_t)choose(&h->in, 60) * DAY_MS},
                                    choose(&h->in, 2) ? STEP_OUTAGE : STEP_FORECAST, ALERTS_MAX);
        while (task_next_changed(t, RECORD_WITH_RESUME, scratch, &r)) {
            static struct buffer bytes;
            FUZZ_HOLDS(encode(&r, &bytes) == 0, "a record that cannot be written");
            arena_reset(scratch);
        }
    }
    for (int kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
        tasks_each_record(&t, 1, (enum subject_kind)kind, RECORD_FOR_PEOPLE, scratch, show_record, NULL);
}

/* A repetition that has thousands of occurrences to make up for takes seconds, which is no finding. */
static bool is_slow(const struct record *r, int64_t now)
{
    struct due due = {.form = DUE_NONE};
    struct text wording = r->kind == SUBJECT_COMMITMENT ? r->commitment.due
                          : r->kind == SUBJECT_SUMMIT   ? r->summit.date
                                                        : TEXT_NULL;
    (void)due_parse(wording, DUE_ALLOW_REPEAT | DUE_ALLOW_RELATIVE, &due, NULL);
    int64_t start = due.form == DUE_REPEAT ? due.date.earliest.n : DAY_FIRST.n;
    int64_t step = due.step.months * INT64_C(30) + due.step.days;
    return due_repeats(&due) && (now / DAY_MS - start) / step > OCCURRENCES_MAX;
}

static void restore(struct task *t, const struct log *log, int64_t now)
{
    struct avro_fuzz *f = avro_fuzz();
    for (size_t i = 0; i < log->count; i++) {
        struct record r = {.kind = log->at[i].kind};
        struct error e = {0};
        int s = CODEC_INSTRUMENT_RECORD + (int)r.kind - SUBJECT_INSTRUMENT;
        uint64_t before = task_count(t, SUBJECT_INSTRUMENT) + task_count(t, SUBJECT_SUMMIT) +
                          task_count(t, SUBJECT_COMMITMENT);
        if (avro_decode(f->plans[s], log->at[i].bytes.at, log->at[i].bytes.len, f->arena, &r.common, NULL) ||
            is_slow(&r, now))
            continue;
        trace(&r);
        int rc = task_restore(t, &r, &e);
        if (rc)
            fuzz_error(&e, ERROR_INVALID);
        uint64_t after = task_count(t, SUBJECT_INSTRUMENT) + task_count(t, SUBJECT_SUMMIT) +
                         task_count(t, SUBJECT_COMMITMENT);
        FUZZ_HOLDS(after == before + (rc == 0) || (rc == 0 && after == before),
                   "%" PRIu64 " entities, then %" PRIu64, before, after);
    }
    task_restored(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct log log;
    static struct arena *scratch, *events;
    struct history h;
    struct event event;
    (void)avro_fuzz_start();
    if (!scratch) {
        scratch = arena_new(1 << 14);
        events = arena_new(1 << 14);
    }
    arena_reset(events);
    history_start(&h, data, size, events);
    struct task_config config = basic;
    config.zone = history_zone(choose(&h.in, 3));
    config.policy = &policy_builtin;
    struct task *t = task_new(&config);
    for (int i = 0; i < EVENTS_BEFORE && h.in.left > 0; i++)
        if (history_event(&h, &event))
            (void)task_apply(t, &event, i, NULL);
    void *both[] = {&log, &h};
    log.count = 0;
    for (int kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
        tasks_each_record(&t, 1, (enum subject_kind)kind, RECORD_WITH_RESUME, scratch, take_record, both);
    task_free(t);
    alerts = 0;
    config.alert = on_alert;
    config.policy = history_policy(choose(&h.in, 2));
    t = task_new(&config);
    restore(t, &log, h.now);
    go_on(t, &h, scratch);
    task_free(t);
    return 0;
}
