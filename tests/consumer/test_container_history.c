/* Container files as a history: what a thread reads ahead comes out whole, in order, and once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "consumer/replay/history.h"
#include "core/arena.h"
#include "edge/avro/codec.h"
#include "edge/avro/container.h"
#include "edge/avro/framing.h"

#define FIRST_MS INT64_C(1700000000000)
#define NOW ((struct instant){INT64_C(1900000000000)})
#define PATH_SIZE 64

static const char *const names[EVENT_KINDS] = {"signing", "summit", "milestone"};

/* Written for one test, gone with it. */
struct files {
    char paths[4][PATH_SIZE + 32];
    size_t count;
};

static char folder[PATH_SIZE];

static int start(void **state)
{
    static struct files f;
    const char *temporary = getenv("TMPDIR");
    f.count = 0;
    *state = &f;
    (void)snprintf(folder, sizeof folder, "%.*s/history-XXXXXX", PATH_SIZE - 20,
                   temporary ? temporary : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    struct files *f = *state;
    for (size_t i = 0; i < f->count; i++)
        (void)unlink(f->paths[i]);
    return rmdir(folder);
}

/* What event number n of a kind says; two milestones come to one signing and one summit. */
struct said {
    char id[32], subject[32], note[32];
    struct text parties[2];
    struct event event;
};

static struct said *say(struct said *s, enum event_kind kind, int n)
{
    (void)snprintf(s->id, sizeof s->id, "%s-event-%d", names[kind], n);
    (void)snprintf(s->subject, sizeof s->subject, "%s-%d", names[kind], n);
    (void)snprintf(s->note, sizeof s->note, "note no. %d", n);
    s->parties[0] = TEXT_LITERAL("KAZ");
    s->parties[1] = TEXT_LITERAL("org:ifas");
    s->event.kind = kind;
    fields_clear(event_fields[kind], &s->event.common);
    struct event_common *c = &s->event.common;
    c->event_id = text_of(s->id);
    c->recorded_at.ms = FIRST_MS + (kind == EVENT_MILESTONE ? n * 500 : n * 1000);
    c->dossier = text_of(s->subject);
    c->type = 1;
    c->note = text_of(s->note);
    c->initiated_by = (struct texts){s->parties, 2};
    if (kind == EVENT_SIGNING)
        s->event.signing.instrument = c->dossier;
    else if (kind == EVENT_SUMMIT)
        s->event.summit.summit = c->dossier;
    else
        s->event.milestone.commitment = c->dossier;
    return s;
}

static void write_file(struct files *f, enum event_kind kind, int from, int to, bool deflated)
{
    char *path = f->paths[f->count++];
    struct codec *codec = NULL;
    struct container_writer *w = NULL;
    struct buffer b = BUFFER_EMPTY;
    struct said s;
    (void)snprintf(path, sizeof f->paths[0], "%s/%s-%d.avro", folder, names[kind], from);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(codec_new(&codec, NULL), 0);
    struct text schema = codec_schema_json((enum codec_subject)(CODEC_SIGNING + (int)kind));
    assert_int_equal(container_create(file, path, schema, deflated, NULL, &w, NULL), 0);
    for (int n = from; n < to; n++) {
        struct framing framing;
        buffer_clear(&b);
        assert_int_equal(codec_encode_event(codec, &say(&s, kind, n)->event, &b, NULL), 0);
        assert_int_equal(framing_read(b.at, b.len, &framing, NULL), 0);
        assert_int_equal(container_append(w, b.at + framing.payload, b.len - framing.payload, NULL), 0);
    }
    assert_int_equal(container_finish(w, NULL), 0);
    container_writer_free(w);
    codec_free(codec);
    buffer_free(&b);
    assert_int_equal(fclose(file), 0);
}

static struct history *open_all(const struct files *f, struct instant as_of, const char *paths[4])
{
    struct history *h = NULL;
    for (size_t i = 0; i < f->count; i++)
        paths[i] = f->paths[i];
    assert_int_equal(container_history_open(paths, f->count, NOW, as_of, false, &h, NULL), 1);
    return h;
}

/* How many events it was told of before they came. */
static void count_told(void *context, int32_t partition, const struct event *events, size_t count)
{
    size_t *told = context;
    (void)events;
    assert_int_equal(partition, 0);
    *told += count;
}

static void is_as_written(const struct history_item *item, int n)
{
    struct said s;
    const struct event_common *c = &item->event->common;
    (void)say(&s, item->kind, n);
    assert_true(text_equal(c->event_id, text_of(s.id)));
    assert_true(text_equal(event_subject(item->event), text_of(s.subject)));
    assert_true(text_equal(c->note, text_of(s.note)));
    assert_int_equal(c->initiated_by.count, 2);
    assert_true(text_equal(c->initiated_by.at[1], s.parties[1]));
    assert_int_equal(item->timestamp.ms, s.event.common.recorded_at.ms);
    assert_int_equal(item->offset, n);
}

/* Reads it to its end, and returns how many events there were. */
static size_t read_all(struct history *h)
{
    struct history_item item;
    struct error e = {0};
    int next[EVENT_KINDS] = {0}, rc;
    size_t count = 0, told = 0;
    int64_t last = 0;
    h->expect = count_told;
    h->context = &told;
    for (; (rc = history_next(h, &item, &e)) == 1; count++) {
        is_as_written(&item, next[item.kind]++);
        assert_true(item.timestamp.ms >= last);
        assert_true(told > count);
        last = item.timestamp.ms;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(told, count);
    return count;
}

#define MANY 3000 /* many runs, and many blocks */

static void all_events_come_once_and_in_order(void **state)
{
    struct files *f = *state;
    const char *paths[4];
    write_file(f, EVENT_SIGNING, 0, MANY, false);
    write_file(f, EVENT_SUMMIT, 0, 10, true);
    write_file(f, EVENT_MILESTONE, 0, MANY, true);
    write_file(f, EVENT_MILESTONE, MANY, 2 * MANY, false);
    struct history *h = open_all(f, INSTANT_NONE, paths);
    assert_int_equal(read_all(h), 3 * MANY + 10);
    history_free(h);
}

static void what_was_recorded_later_is_passed_over(void **state)
{
    struct files *f = *state;
    const char *paths[4];
    write_file(f, EVENT_SIGNING, 0, MANY, false);
    write_file(f, EVENT_MILESTONE, 0, MANY, false);
    struct history *h = open_all(f, (struct instant){FIRST_MS + 1000000}, paths);
    assert_int_equal(read_all(h), 1001 + 2001);
    history_free(h);
}

static void nobody_need_read_to_the_end(void **state)
{
    struct files *f = *state;
    const char *paths[4];
    struct history_item item;
    write_file(f, EVENT_MILESTONE, 0, MANY, false);
    for (int n = 0; n < 200; n += 50) {
        struct history *h = open_all(f, INSTANT_NONE, paths);
        for (int i = 0; i < n; i++)
            assert_int_equal(history_next(h, &item, NULL), 1);
        history_free(h);
    }
}

static void a_damaged_file_is_an_error_after_what_is_right(void **state)
{
    struct files *f = *state;
    const char *paths[4];
    struct history_item item;
    struct error e;
    int rc, count = 0;
    write_file(f, EVENT_MILESTONE, 0, MANY, false);
    struct history *h = open_all(f, INSTANT_NONE, paths);
    assert_int_equal(truncate(f->paths[0], 100000), 0);
    for (; (rc = history_next(h, &item, &e)) == 1; count++)
        is_as_written(&item, count);
    assert_int_equal(rc, ERROR_INVALID);
    assert_in_range(count, 0, MANY - 1);
    history_free(h);
}

static void a_file_that_went_away_is_an_error(void **state)
{
    struct files *f = *state;
    const char *paths[4];
    struct history_item item;
    struct error e;
    write_file(f, EVENT_MILESTONE, 0, 1, false);
    struct history *h = open_all(f, INSTANT_NONE, paths);
    assert_int_equal(unlink(f->paths[0]), 0);
    assert_int_equal(history_next(h, &item, &e), ERROR_SYSTEM);
    assert_non_null(strstr(e.where, f->paths[0]));
    history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_events_come_once_and_in_order, start, end),
        cmocka_unit_test_setup_teardown(what_was_recorded_later_is_passed_over, start, end),
        cmocka_unit_test_setup_teardown(nobody_need_read_to_the_end, start, end),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_an_error_after_what_is_right, start, end),
        cmocka_unit_test_setup_teardown(a_file_that_went_away_is_an_error, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
