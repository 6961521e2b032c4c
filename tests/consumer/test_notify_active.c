/* What stands: a table of small stories, and the times at which each is told again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consumer/notify/active.h"

#define NEWS_MS 86400000LL
#define RESEND_MS 60000
#define MOST 64

static const struct instant wall = {1800000000000};

static struct alert alert_of(const char *subject, uint8_t kind, const char *stage, int64_t revision)
{
    return (struct alert){
        .alert_id = TEXT_LITERAL("0123456789abcdef0123456789abcdef"),
        .subject = text_of(subject),
        .subject_kind = SUBJECT_COMMITMENT,
        .dossier = TEXT_LITERAL("d"),
        .kind = kind,
        .stage = text_of(stage),
        .severity = SEVERITY_INFO,
        .revision = revision,
        .threshold = {wall.ms - 5000},
        .raised_at = {wall.ms - 4000},
        .slip_days = INT64_MIN,
        .days_left = 3,
    };
}

/* Words separated by blanks, each as "UPCOMING/-P7D/1": kind, stage, revision; "!" in front: stale, "~":
 * known. */
static void put_word(struct active *a, const char *word)
{
    char kind[32], stage[32] = "";
    int revision = 1;
    bool stale = *word == '!', known = *word == '~';
    word += stale || known;
    size_t len = strcspn(word, "/");
    (void)snprintf(kind, sizeof kind, "%.*s", (int)len, word);
    word += len + 1;
    len = strcspn(word, "/");
    (void)snprintf(stage, sizeof stage, "%.*s", (int)len, word);
    assert_int_equal(sscanf(word + len, "/%d", &revision), 1);
    struct alert alert = alert_of("road", symbols_find(&alert_kinds, text_of(kind)), stage, revision);
    assert_true(alert.kind != 0);
    alert.stale = stale;
    active_put(a, &alert, 1, 7, known);
}

static void put_words(struct active *a, const char *words)
{
    char copy[400], *rest = copy;
    (void)snprintf(copy, sizeof copy, "%s", words);
    for (char *word; (word = strsep(&rest, " "));)
        if (*word)
            put_word(a, word);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static size_t due_at(struct active *a, int64_t now_ms, struct instant when, int64_t resend_ms,
                     struct active_entry **out, size_t most)
{
    size_t from = 0;
    return active_due(a, now_ms, when, resend_ms, &from, out, most);
}

/* What is due, sorted: "KIND/STAGE/REVISION", and "=ended" where it has ended. All of it is told. */
static void tell_all(struct active *a, int64_t now_ms, char out[400])
{
    struct active_entry *due[MOST];
    char lines[MOST][64];
    size_t count = due_at(a, now_ms, wall, RESEND_MS, due, MOST);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(lines[i], sizeof lines[i], "%s/%.*s/%d%s",
                       symbols_name(&alert_kinds, due[i]->alert.kind), (int)due[i]->alert.stage.len,
                       due[i]->alert.stage.at, (int)due[i]->alert.revision,
                       instant_is_none(due[i]->ended) ? "" : "=ended");
        active_told(a, due[i], now_ms, wall);
    }
    qsort(lines, count, sizeof lines[0], by_text);
    *out = '\0';
    for (size_t i = 0; i < count; i++)
        strcat(strcat(out, i ? " " : ""), lines[i]);
}

static void test_what_follows_from_alerts(void **state)
{
    static const struct {
        const char *given, *told;
    } cases[] = {
        {"UPCOMING/-P7D/1", "UPCOMING/-P7D/1"},
        {"UPCOMING/-P7D/1 UPCOMING/-P1D/1", "UPCOMING/-P1D/1 UPCOMING/-P7D/1=ended"},
        {"UPCOMING/-P7D/1 OVERDUE/+P1D/1 CLOSED//1", "OVERDUE/+P1D/1=ended UPCOMING/-P7D/1=ended"},
        {"UPCOMING/-P7D/1 CANCELLED//1", "CANCELLED//1 UPCOMING/-P7D/1=ended"},
        {"UPCOMING/-P7D/1 MOVED//2 UPCOMING/-P30D/2", "MOVED//2 UPCOMING/-P30D/2 UPCOMING/-P7D/1=ended"},
        {"UPCOMING/-P7D/1 REFINED//2", "REFINED//2 UPCOMING/-P7D/1=ended"},
        /* raised again under the same labels: only what is now is told */
        {"UPCOMING/-P7D/1 MOVED//2 UPCOMING/-P7D/2", "MOVED//2 UPCOMING/-P7D/2"},
        {"MOVED//2 MOVED//3", "MOVED//3"},
        {"REFINED//2 MOVED//3", "MOVED//3 REFINED//2=ended"},
        {"MOVED//2 CLOSED//2", "MOVED//2=ended"},
        /* news stand beside the stage that follows them */
        {"MOVED//2 UPCOMING/-P7D/2 UPCOMING/-P1D/2", "MOVED//2 UPCOMING/-P1D/2 UPCOMING/-P7D/2=ended"},
        /* the end of an earlier revision does not end a later one */
        {"UPCOMING/-P7D/2 CLOSED//1", "UPCOMING/-P7D/2"},
        {"CLOSED//1", ""},
        {"!UPCOMING/-P7D/1", ""},
        {"UPCOMING/-P30D/1 !UPCOMING/-P7D/1 UPCOMING/-P1D/1", "UPCOMING/-P1D/1 UPCOMING/-P30D/1=ended"},
        /* what was told in an earlier run: what stands is told again, what ended and what was news is not */
        {"~UPCOMING/-P7D/1", "UPCOMING/-P7D/1"},
        {"~UPCOMING/-P7D/1 ~CLOSED//1", ""},
        {"~UPCOMING/-P7D/1 CLOSED//1", "UPCOMING/-P7D/1=ended"},
        {"~UPCOMING/-P7D/1 ~MOVED//2 ~UPCOMING/-P7D/2", "UPCOMING/-P7D/2"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char told[400];
        struct active *a = active_new(NEWS_MS);
        put_words(a, cases[i].given);
        tell_all(a, 1000, told);
        if (strcmp(told, cases[i].told) != 0)
            fail_msg("%s: told %s, expected %s", cases[i].given, told, cases[i].told);
        active_free(a);
    }
}

static void test_news_can_be_left_out_and_end_all_the_same(void **state)
{
    char told[400];
    struct active *a = active_new(0);
    (void)state;
    put_words(a, "UPCOMING/-P7D/1 MOVED//2");
    tell_all(a, 1000, told);
    assert_string_equal(told, "UPCOMING/-P7D/1=ended");
    active_free(a);
}

static void test_it_is_told_again_until_some_time_after_its_end(void **state)
{
    char told[400];
    struct active *a = active_new(NEWS_MS);
    (void)state;
    put_words(a, "UPCOMING/-P7D/1");
    tell_all(a, 1000, told);
    tell_all(a, 1000 + RESEND_MS - 1, told);
    assert_string_equal(told, "");
    tell_all(a, 1000 + RESEND_MS, told);
    assert_string_equal(told, "UPCOMING/-P7D/1");
    assert_int_equal(active_standing(a), 1);
    put_words(a, "CLOSED//1");
    assert_int_equal(active_standing(a), 0);
    int64_t ended_ms = 1001 + RESEND_MS;
    tell_all(a, ended_ms, told);
    assert_string_equal(told, "UPCOMING/-P7D/1=ended");
    tell_all(a, ended_ms + RESEND_MS, told);
    assert_string_equal(told, "UPCOMING/-P7D/1=ended");
    tell_all(a, ended_ms + ACTIVE_ENDED_MS, told);
    assert_string_equal(told, "");
    active_free(a);
}

static void test_news_stand_from_when_they_were_told(void **state)
{
    struct active_entry *due[MOST];
    struct instant later = {wall.ms + 1000}, end = {later.ms + NEWS_MS};
    struct active *a = active_new(NEWS_MS);
    (void)state;
    put_words(a, "MOVED//2");
    assert_int_equal(due_at(a, 1000, wall, RESEND_MS, due, MOST), 1);
    assert_int_equal(active_ends(a, due[0], later).ms, end.ms);
    active_told(a, due[0], 2000, later);
    struct instant last = {end.ms - 1};
    assert_int_equal(active_ends(a, due[0], last).ms, end.ms);
    assert_int_equal(due_at(a, 3000 + RESEND_MS, last, RESEND_MS, due, MOST), 1);
    assert_int_equal(due_at(a, 3000 + RESEND_MS, end, RESEND_MS, due, MOST), 0);
    assert_int_equal(active_standing(a), 0);
    active_free(a);
}

static void test_what_is_refused_is_not_told_again_before_it_changes(void **state)
{
    struct active_entry *due[MOST];
    struct active *a = active_new(NEWS_MS);
    (void)state;
    put_words(a, "UPCOMING/-P7D/1");
    assert_int_equal(due_at(a, 1000, wall, RESEND_MS, due, MOST), 1);
    active_refused(due[0]);
    assert_int_equal(due_at(a, 1000000, wall, RESEND_MS, due, MOST), 0);
    put_words(a, "CLOSED//1");
    assert_int_equal(due_at(a, 1000000, wall, RESEND_MS, due, MOST), 1);
    active_refused(due[0]);
    assert_int_equal(due_at(a, 1000000, wall, RESEND_MS, due, MOST), 0);
    active_free(a);
}

/* An Alertmanager refuses what ends before it begins, and does not show what begins later than now. */
static void test_begin_and_end_are_in_order_and_not_in_the_future(void **state)
{
    static const struct {
        int64_t threshold, ended, starts, ends; /* to the wall clock */
    } cases[] = {{-5000, -1000, -5000, -1000},
                 {-5000, -9000, -5000, -5000},
                 {-5000, 9000, -5000, 0},
                 {7000, 9000, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct active_entry entry = {.until = INSTANT_NONE};
        struct active *a = active_new(NEWS_MS);
        entry.alert.threshold.ms = wall.ms + cases[i].threshold;
        entry.ended.ms = wall.ms + cases[i].ended;
        assert_int_equal(active_starts(&entry, wall).ms - wall.ms, cases[i].starts);
        assert_int_equal(active_ends(a, &entry, wall).ms - wall.ms, cases[i].ends);
        entry.ended = INSTANT_NONE;
        assert_true(instant_is_none(active_ends(a, &entry, wall)));
        active_free(a);
    }
}

static void test_it_stands_for_four_rounds_at_least(void **state)
{
    static const struct {
        int64_t wanted_s, resend_s;
        size_t requests;
        int64_t request_s, stands_s;
    } cases[] = {
        {3600, 60, 1, 10, 3600},
        {1, 60, 1, 10, 280},
        {3600, 60, 1000, 10, 40240}, /* 100,000 alerts, to somebody who takes his time */
        {2592000, 3600, 1, 300, 2592000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(active_stands_ms(cases[i].wanted_s * 1000, cases[i].resend_s * 1000,
                                          cases[i].requests, cases[i].request_s * 1000),
                         cases[i].stands_s * 1000);
}

static void test_many_subjects_are_kept_apart(void **state)
{
    enum { MANY = 3000 };
    static struct active_entry *due[MANY + 1];
    struct active *a = active_new(NEWS_MS);
    char name[32];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "s%d", i);
        struct alert alert = alert_of(name, ALERT_UPCOMING, "-P7D", 1);
        active_put(a, &alert, 0, i, false);
    }
    for (int i = 0; i < MANY; i += 3) {
        (void)snprintf(name, sizeof name, "s%d", i);
        struct alert alert = alert_of(name, ALERT_CLOSED, "", 1);
        active_put(a, &alert, 0, MANY + i, false);
    }
    assert_int_equal(active_standing(a), MANY - MANY / 3);
    assert_int_equal(due_at(a, 1, wall, RESEND_MS, due, MANY + 1), MANY);
    for (int i = 0; i < MANY; i++) {
        struct text subject = due[i]->alert.subject;
        (void)snprintf(name, sizeof name, "%.*s", (int)subject.len, subject.at);
        assert_int_equal(instant_is_none(due[i]->ended), atoi(name + 1) % 3 != 0);
    }
    active_free(a);
}

/* In pieces, each told before the next is asked for, everything comes once, though buckets hold several. */
static void test_what_is_due_comes_in_pieces(void **state)
{
    enum { MANY = 1000, PIECE = 7 };
    struct active_entry *due[PIECE];
    struct active *a = active_new(NEWS_MS);
    char name[32];
    size_t from = 0, told = 0, count;
    (void)state;
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "s%d", i);
        struct alert alert = alert_of(name, ALERT_UPCOMING, "-P7D", 1);
        active_put(a, &alert, 0, i, false);
    }
    while ((count = active_due(a, 1, wall, RESEND_MS, &from, due, PIECE)) > 0) {
        for (size_t i = 0; i < count; i++) {
            assert_false(due[i]->told || due[i]->refused);
            if ((told + i) % 10)
                active_told(a, due[i], 2, wall);
            else
                active_refused(due[i]);
        }
        told += count;
        assert_true(count == PIECE || told == MANY);
    }
    assert_int_equal(told, MANY);
    assert_int_equal(due_at(a, 1, wall, RESEND_MS, due, PIECE), 0);
    active_free(a);
}

/* Whatever is written into the topic must not grow without bounds here, nor be cut within a character. */
static void test_long_texts_are_cut_between_characters(void **state)
{
    static char title[3 * ACTIVE_TEXT_MAX];
    static struct text parties[ACTIVE_TEXT_MAX];
    struct active_entry *due[1];
    struct active *a = active_new(NEWS_MS);
    (void)state;
    for (size_t i = 0; i + 1 < sizeof title; i += 3)
        memcpy(title + i, "\xE2\x82\xAC", 3);
    for (size_t i = 0; i < ACTIVE_TEXT_MAX; i++)
        parties[i] = TEXT_LITERAL("KAZ");
    struct alert alert = alert_of("road", ALERT_UPCOMING, "-P7D", 1);
    alert.title = (struct text){title, sizeof title};
    alert.parties = (struct texts){parties, ACTIVE_TEXT_MAX};
    active_put(a, &alert, 0, 0, false);
    assert_int_equal(due_at(a, 1, wall, RESEND_MS, due, 1), 1);
    assert_int_equal(due[0]->alert.title.len, ACTIVE_TEXT_MAX / 3 * 3);
    assert_int_equal(due[0]->parties.len, ACTIVE_TEXT_MAX / 4 * 4 - 1);
    assert_memory_equal(due[0]->parties.at, "KAZ,KAZ", 7);
    active_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_follows_from_alerts),
        cmocka_unit_test(test_news_can_be_left_out_and_end_all_the_same),
        cmocka_unit_test(test_it_is_told_again_until_some_time_after_its_end),
        cmocka_unit_test(test_news_stand_from_when_they_were_told),
        cmocka_unit_test(test_what_is_refused_is_not_told_again_before_it_changes),
        cmocka_unit_test(test_begin_and_end_are_in_order_and_not_in_the_future),
        cmocka_unit_test(test_it_stands_for_four_rounds_at_least),
        cmocka_unit_test(test_many_subjects_are_kept_apart),
        cmocka_unit_test(test_what_is_due_comes_in_pieces),
        cmocka_unit_test(test_long_texts_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
