/* Questions, pages and cursors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "consumer/serve/cursor.h"
#include "consumer/serve/page_of.h"
#include "consumer/serve/parameters.h"
#include "tests/consumer/serve_fixture.h"

static struct arena *arena;

static int arena_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int arena_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* A question as it is asked of /api/v1/subjects (or another resource). */
static struct question ask(const char *query, unsigned on_resource)
{
    struct http_target t;
    struct question q;
    struct error e = {0};
    char raw[512];
    (void)snprintf(raw, sizeof raw, "/?%s", query);
    assert_int_equal(http_target_parse(arena_copy(arena, text_of(raw)), arena, &t, &e), 0);
    question_init(&q, on(2027, 6, 1));
    q.limit = LIMIT_INITIAL;
    int rc = parameters_read(&t, on_resource, &q, &e);
    if (rc)
        print_error("%s: %s: %s\n", query, e.where, e.text);
    assert_int_equal(rc, 0);
    return q;
}

/* The ids of a page, separated by blanks; *q's cursor is moved on to the next. */
static const char *page_ids(struct question *q, const struct view *v)
{
    static char ids[4096];
    struct page page;
    struct error e = {0};
    uint32_t count;
    const struct subject_row *rows = view_subjects(v, &count);
    ids[0] = '\0';
    assert_int_equal(page_of_subjects(q, v, q->limit, arena, &page, &e), 0);
    for (uint32_t i = 0; i < page.count; i++) {
        struct text id = names_text(view_names(v), rows[page.at[i].row].id);
        (void)snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%s%.*s", i ? " " : "", (int)id.len,
                       id.at);
    }
    q->cursor = TEXT_NULL;
    if (page.more) {
        struct buffer b = BUFFER_EMPTY;
        page_cursor_subject(q, v, &page.at[page.count - 1], &b);
        q->cursor = arena_copy(arena, buffer_text(&b));
        buffer_free(&b);
    }
    return ids;
}

static void expect(const struct view *v, const char *query, const char *ids)
{
    struct question q = ask(query, ON_SUBJECTS);
    assert_string_equal(page_ids(&q, v), ids);
    question_free(&q);
}

static struct view *small_view(void)
{
    static const struct text kaz[] = {{"KAZ", 3}}, both[] = {{"KAZ", 3}, {"org:ifas", 8}};
    struct view *v = view_new(1);
    struct record r = due_on("bridge", on(2027, 7, 1), on(2027, 12, 31));
    r.common.title = text_of("Открыть МОСТ");
    r.commitment.parties = (struct texts){kaz, 1};
    r.commitment.instrument = TEXT_LITERAL("pact");
    put(v, &r);
    r = due_on("canal", on(2027, 5, 20), on(2027, 5, 22));
    r.commitment.contested = true;
    r.commitment.slippage = (struct records){0};
    r.commitment.slip_days = 30;
    r.commitment.parties = (struct texts){both, 2};
    put(v, &r);
    r = commitment("archive");
    r.common.incomplete = true;
    r.commitment.delivery = DELIVERY_PROPOSED;
    put(v, &r);
    r = due_on("road", on(2030, 1, 1), DAY_NONE);
    put(v, &r);
    r = summit("forum", on(2027, 6, 10), on(2027, 6, 12));
    r.summit.hosts = (struct texts){kaz, 1};
    put(v, &r);
    return v;
}

static void test_what_is_asked_for(void **state)
{
    struct view *v = small_view();
    (void)state;
    expect(v, "", "archive bridge canal forum road");
    expect(v, "sort=-id", "road forum canal bridge archive");
    expect(v, "sort=next", "forum bridge road archive canal");
    expect(v, "sort=closes", "canal forum bridge archive road");
    expect(v, "sort=-opens", "road bridge forum canal archive");
    expect(v, "sort=-slip", "canal archive bridge forum road");
    expect(v, "kind=SUMMIT", "forum");
    expect(v, "kind=SUMMIT,COMMITMENT&party=KAZ", "bridge canal forum");
    expect(v, "party=org:ifas", "canal");
    expect(v, "party=UZB", "");
    expect(v, "instrument=pact", "bridge");
    expect(v, "instrument=unheard-of", "");
    expect(v, "contested=true", "canal");
    expect(v, "contested=false&incomplete=false&kind=COMMITMENT", "bridge road");
    expect(v, "open=false", "archive");
    expect(v, "dated=false", "archive");
    expect(v, "dated=true&kind=COMMITMENT", "bridge canal road");
    expect(v, "q=мост", "bridge");
    expect(v, "q=CAN", "canal");
    expect(v, "from=2027-06-12", "bridge forum road");
    expect(v, "to=2027-06-10", "canal forum");
    expect(v, "from=2027-12-31&to=2029-12-31", "bridge");
    view_free(v);
}

static void test_due_and_overdue(void **state)
{
    struct view *v = small_view();
    struct question q = ask("sort=next", ON_SUBJECTS);
    (void)state;
    q.preset = PRESET_DUE;
    assert_string_equal(page_ids(&q, v), "forum bridge road");
    q.preset = PRESET_OVERDUE;
    assert_string_equal(page_ids(&q, v), "canal");
    question_free(&q);
    view_free(v);
}

static void test_a_new_record_replaces_the_old(void **state)
{
    struct view *v = small_view();
    struct record r = due_on("canal", on(2028, 1, 1), on(2028, 1, 1));
    (void)state;
    put(v, &r);
    expect(v, "contested=true", "");
    expect(v, "party=org:ifas", "");
    expect(v, "from=2028-01-01&to=2028-01-01", "canal");
    view_free(v);
}

/* Whatever the order, going through all pages of a view that changes shows what stays exactly once. */
static void test_pages_are_stable_under_change(void **state)
{
    static const char *const sorts[] = {"id",    "-id",     "next", "-next",
                                        "opens", "-closes", "slip", "-recorded"};
    unsigned seed = 3;
    (void)state;
    for (size_t s = 0; s < sizeof sorts / sizeof *sorts; s++) {
        struct view *v = view_new(1);
        char id[40], query[64], seen[200] = {0};
        for (int i = 0; i < 200; i++) {
            (void)snprintf(id, sizeof id, "stays-%03d", i);
            struct day day = on(2027, 1 + i % 12, 1 + i % 3);
            struct record r = i % 5 ? due_on(id, day, day) : commitment(id);
            put(v, &r);
        }
        (void)snprintf(query, sizeof query, "sort=%s&limit=7&q=stays", sorts[s]);
        struct question q = ask(query, ON_SUBJECTS);
        do {
            char *rest = (char *)(uintptr_t)page_ids(&q, v);
            for (char *one = strtok_r(rest, " ", &rest); one; one = strtok_r(NULL, " ", &rest))
                seen[strtol(one + strlen("stays-"), NULL, 10)]++;
            /* Others come before, between and behind; some of those named by a cursor go. */
            (void)snprintf(id, sizeof id, "%c-new-%d", 'a' + rand_r(&seed) % 26, rand_r(&seed) % 1000);
            struct record r = due_on(id, on(2027, 1, 1), on(2027, 12, 31));
            put(v, &r);
        } while (q.cursor.at);
        for (int i = 0; i < 200; i++)
            assert_int_equal(seen[i], 1);
        question_free(&q);
        view_free(v);
    }
}

static void test_a_cursor_belongs_to_its_question(void **state)
{
    struct view *v = small_view();
    struct question q = ask("sort=next&limit=1", ON_SUBJECTS), other = ask("sort=opens&limit=1", ON_SUBJECTS);
    struct page page;
    struct error e = {0};
    (void)state;
    assert_string_equal(page_ids(&q, v), "forum");
    other.cursor = q.cursor;
    assert_int_equal(page_of_subjects(&other, v, 1, arena, &page, &e), ERROR_INVALID);
    assert_string_equal(e.where, "cursor");
    question_free(&q);
    question_free(&other);
    view_free(v);
}

static void test_no_text_is_a_cursor_by_chance(void **state)
{
    unsigned seed = 11;
    struct cursor c = {.fingerprint = 1, .key = -5, .id = "bridge", .id_len = 6}, read;
    struct buffer b = BUFFER_EMPTY;
    (void)state;
    cursor_write(&c, &b);
    assert_int_equal(cursor_read(buffer_text(&b), 1, &read, NULL), 0);
    assert_int_equal(read.key, -5);
    assert_int_equal(read.id_len, 6);
    for (int round = 0; round < 20000; round++) {
        char text[300];
        size_t len = (size_t)rand_r(&seed) % sizeof text;
        for (size_t i = 0; i < len; i++)
            text[i] = (char)(rand_r(&seed) % 3 ? 'A' + rand_r(&seed) % 26 : rand_r(&seed) % 256);
        if (round % 2 && len >= b.len) /* nearly right ones too */
            memcpy(text, b.at, b.len);
        int rc = cursor_read((struct text){text, len}, 1, &read, NULL);
        assert_true(rc == 0 || rc == ERROR_INVALID);
        assert_true(rc != 0 || read.id_len <= CURSOR_ID_MOST);
    }
    buffer_free(&b);
}

static void test_parameters_that_are_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *query, *where, *says;
        unsigned resource;
    } cases[] = {
        {"limit=0", "limit", "1 to 500", ON_SUBJECTS},
        {"limit=501", "limit", "1 to 500", ON_SUBJECTS},
        {"limit=99999999999999999999", "limit", "1 to 500", ON_SUBJECTS},
        {"limit=", "limit", "1 to 500", ON_SUBJECTS},
        {"limit=-1", "limit", "1 to 500", ON_SUBJECTS},
        {"sort=size", "sort", "one of id, next", ON_SUBJECTS},
        {"sort=-", "sort", "one of id, next", ON_SUBJECTS},
        {"sort=id", "sort", "raised or -raised", ON_ALERTS},
        {"kind=summit", "kind", "one or more of INSTRUMENT", ON_SUBJECTS},
        {"kind=SUMMIT,", "kind", "one or more of INSTRUMENT", ON_SUBJECTS},
        {"kind=", "kind", "one or more of INSTRUMENT", ON_SUBJECTS},
        {"open=1", "open", "true or false", ON_SUBJECTS},
        {"from=2027", "from", "a day as 2027-05-22", ON_SUBJECTS},
        {"from=2027-02-30", "from", "a day as 2027-05-22", ON_SUBJECTS},
        {"from=202X-01-01", "from", "a day as 2027-05-22", ON_SUBJECTS},
        {"from=2027-05-22&to=2027-05-21", "to", "not before `from`", ON_SUBJECTS},
        {"party=kaz", "party", "a party", ON_SUBJECTS},
        {"dossier=No", "dossier", "an id", ON_SUBJECTS},
        {"q=", "q", "1 to 100", ON_SUBJECTS},
        {"cursor=", "cursor", "earlier", ON_SUBJECTS},
        {"status=SIGNED", "status", "is no parameter", ON_COMMITMENTS},
        {"severity=INFO", "severity", "is no parameter", ON_SUBJECTS},
        {"Kind=SUMMIT", "Kind", "is no parameter", ON_SUBJECTS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_target t;
        struct question q;
        struct error e = {0};
        char raw[128];
        (void)snprintf(raw, sizeof raw, "/?%s", cases[i].query);
        assert_int_equal(http_target_parse(text_of(raw), arena, &t, &e), 0);
        question_init(&q, on(2027, 6, 1));
        assert_int_equal(parameters_read(&t, cases[i].resource, &q, &e), ERROR_INVALID);
        assert_string_equal(e.where, cases[i].where);
        if (!strstr(e.text, cases[i].says))
            fail_msg("%s: %s", cases[i].query, e.text);
    }
}

/* --- Alerts --- */

static void put_alert(struct view *v, const char *subject, enum alert_kind kind, const char *stage,
                      int64_t ms)
{
    static int64_t offset;
    struct alert a;
    fields_clear(&alert_fields, &a);
    a.subject = text_of(subject);
    a.dossier = TEXT_LITERAL("d");
    a.subject_kind = SUBJECT_COMMITMENT;
    a.kind = (uint8_t)kind;
    a.stage = text_of(stage);
    a.severity = SEVERITY_INFO;
    a.raised_at = (struct instant){ms};
    (void)view_put_alert(v, &a, 0, offset++, TEXT_LITERAL("avro"));
}

static uint64_t count_alerts(struct view *v, const char *query)
{
    struct question q = ask(query, ON_ALERTS);
    struct page page;
    assert_int_equal(page_of_alerts(&q, v, 10, arena, &page, NULL), 0);
    question_free(&q);
    return page.total;
}

static void test_the_alert_that_stands(void **state)
{
    struct view *v = view_new(1);
    (void)state;
    put_alert(v, "road", ALERT_UPCOMING, "-P30D", 1);
    put_alert(v, "road", ALERT_UPCOMING, "-P7D", 2);
    put_alert(v, "canal", ALERT_OVERDUE, "+P1D", 3);
    put_alert(v, "canal", ALERT_MOVED, "", 4);
    assert_int_equal(count_alerts(v, "standing=true"), 2);
    assert_int_equal(count_alerts(v, "standing=true&subject=road&kind=UPCOMING"), 1);
    put_alert(v, "road", ALERT_CLOSED, "", 5);
    assert_int_equal(count_alerts(v, "standing=true&subject=road"), 0);
    assert_int_equal(count_alerts(v, "subject=road"), 3);
    assert_int_equal(count_alerts(v, "from=1970-01-02"), 0);
    assert_int_equal(count_alerts(v, "to=1970-01-01"), 5);
    view_free(v);
}

/* Every member of the United Nations and more may have signed: all are found, and those of the record before
 * are not. */
static void test_no_party_is_one_too_many(void **state)
{
    enum { PARTIES = 1500 };
    static char names[PARTIES][16];
    static struct text parties[2 * PARTIES];
    struct view *v = view_new(1);
    struct record r = commitment("treaty");
    (void)state;
    for (size_t i = 0; i < PARTIES; i++) {
        (void)snprintf(names[i], sizeof names[i], "org:p%zu", i);
        parties[i] = parties[i + PARTIES] = text_of(names[i]);
    }
    r.commitment.parties = (struct texts){parties, 2 * PARTIES};
    put(v, &r);
    uint32_t count;
    assert_int_equal(view_subjects(v, &count)[0].packed->party_count, PARTIES); /* each once */
    for (size_t i = 0; i < PARTIES; i += 7) {
        char query[32];
        (void)snprintf(query, sizeof query, "party=org:p%zu", i);
        expect(v, query, "treaty");
    }
    r.commitment.parties = (struct texts){parties, 1};
    put(v, &r);
    expect(v, "party=org:p0", "treaty");
    expect(v, "party=org:p1", "");
    view_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked_for),
        cmocka_unit_test(test_due_and_overdue),
        cmocka_unit_test(test_a_new_record_replaces_the_old),
        cmocka_unit_test(test_pages_are_stable_under_change),
        cmocka_unit_test(test_a_cursor_belongs_to_its_question),
        cmocka_unit_test(test_no_text_is_a_cursor_by_chance),
        cmocka_unit_test(test_parameters_that_are_wrong),
        cmocka_unit_test(test_the_alert_that_stands),
        cmocka_unit_test(test_no_party_is_one_too_many),
    };
    return cmocka_run_group_tests(tests, arena_up, arena_down);
}
